// The commands of `botbox` as a user meets them: output, exit code, and what goes to stderr.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "tests/process/program.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {
namespace {

using Json = nlohmann::json;
using storage::encode;
using storage::encode_expiring;
using storage::Put;
using storage::test::must;
using storage::test::TemporaryDirectory;
using storage::test::write_next;

constexpr Timestamp kCandle{1'704'067'260'000};  // 2024-01-01T00:01:00Z
const BotId kBot{"alpha"};
const Symbol kSymbol{"BTC/USDT"};

Ended botbox(const std::vector<std::string>& arguments) { return run_program("botbox", arguments); }

Json json_of(const std::string& text) {
  const Json parsed = Json::parse(text, nullptr, false);
  REQUIRE_MESSAGE(!parsed.is_discarded(), text);
  return parsed;
}

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

DecisionTrace trace_at(Timestamp close) {
  DecisionTrace trace;
  trace.bot = kBot;
  trace.candle_close = close;
  trace.checked_at = close + Duration{500};
  trace.conditions = {{"rsi(14) < 30", 28.5, 30, true}};
  return trace;
}

// A data directory of one bot: two candles ago it found nothing, on the last one it bought, and the
// order is filled.
class EngineDirectory {
 public:
  EngineDirectory() {
    store_ = must(storage::RocksDbStore::open(directory_.path(), clock_));
    must(storage::open_directory(*store_, {"test"}));
    write_bot_and_decision();
    write_execution();
    write_engine();
  }

  std::string path() const { return directory_.path().string(); }
  storage::Store& store() { return *store_; }
  // Without a writer, as after the engine has stopped.
  void close() { store_.reset(); }

 private:
  void write_bot_and_decision() {
    BotConfig config;
    config.id = kBot;
    config.strategy = {"rsi_reversion"};
    config.symbol = kSymbol;
    Signal signal;
    signal.id = {"s1"};
    signal.bot = kBot;
    signal.symbol = kSymbol;
    signal.candle_close = kCandle;
    signal.created_at = kCandle + Duration{500};
    signal.decision = SignalDecision::kAccepted;
    signal.executed_trade_id = {"t1"};
    DecisionTrace nothing = trace_at(kCandle - Duration{60'000});
    nothing.conditions[0] = {"rsi(14) < 30", 44, 30, false};
    DecisionTrace bought = trace_at(kCandle);
    bought.signal = signal.id;
    bought.trade = {"t1"};
    bought.stage = TraceStage::kOrderRequested;
    bought.decision = DecisionType::kPending;
    bought.reason = ReasonCode::kNone;
    bought.verdicts = {{"engine_mode", ReasonCode::kNone, ""},
                       {"data_freshness", ReasonCode::kNone, "age 1 s, at most 120 s"}};
    write_next(*store_, {{storage::bot_config_key(kBot), encode(config)},
                         {storage::signal_key(kBot, signal.created_at, signal.id), encode(signal)},
                         {storage::trace_key(kBot, nothing.candle_close),
                          encode_expiring(encode(nothing), {})},
                         {storage::trace_key(kBot, kCandle), encode_expiring(encode(bought), {})}});
  }

  void write_execution() {
    OrderIntent intent;
    intent.key = {"k1"};
    intent.bot = kBot;
    intent.status = IntentStatus::kOrderPlaced;
    Trade trade;
    trade.id = {"t1"};
    trade.client_order_id = {"t1"};
    trade.bot = kBot;
    trade.intent = intent.key;
    trade.symbol = kSymbol;
    trade.position = {"t1"};
    trade.status = TradeStatus::kCompleted;
    trade.order_id = {"o-17"};
    trade.created_at = kCandle + Duration{500};
    Fill fill;
    fill.id = {"f1"};
    fill.symbol = kSymbol;
    fill.price = Price::literal("100.5");
    fill.quantity = Quantity::literal("2");
    fill.at = kCandle + Duration{600};
    Position position;
    position.id = {"t1"};
    position.bot = kBot;
    position.symbol = kSymbol;
    position = must(apply_fill(position, fill));
    position.applied = {{fill.client_id, 1}};
    BotSnapshot snapshot;
    snapshot.checks = 2;
    snapshot.open_positions = {position};
    snapshot.risk.emplace_back().locks = {
        {ReasonCode::kLosingStreak, kCandle, kCandle + Duration{3'600'000}, "3 losses in a row"}};
    write_next(*store_, {{storage::bot_snapshot_key(kBot), encode(snapshot)},
                         {storage::intent_key(intent.key), encode(intent)},
                         {storage::trade_key(trade.id), encode(trade)},
                         {storage::fill_key(kBot, position.id, fill.id),
                          encode(storage::BookedFill{fill, 1})},
                         {storage::position_key(kBot, position.id), encode(position)}});
  }

  void write_engine() {
    Event event;
    event.at = kCandle;
    event.kind = "trade.completed";
    event.bot = kBot;
    LimiterState limiter;
    limiter.windows = {{{"weight_1m", Duration{60'000}, 6000, LimitKind::kRequestWeight}, {}}};
    CycleRecord cycle;
    cycle.number = 1;
    write_next(*store_, {{storage::event_key(1), encode(event)},
                         {storage::last_event_key(), storage::big_endian(1)},
                         {storage::cycle_key(1), encode_expiring(encode(cycle), {})},
                         {storage::limiter_key("paper"), encode(limiter)}});
  }

  TemporaryDirectory directory_;
  ManualClock clock_{kCandle + Duration{60'000}};
  std::unique_ptr<storage::RocksDbStore> store_;
};

std::string write_config(const TemporaryDirectory& directory, const std::string& text) {
  const std::string file = (directory.path() / "bots.toml").string();
  std::ofstream(file) << text;
  return file;
}

constexpr const char* kGoodConfig = R"([[paper.symbol]]
symbol = "BTC/USDT"
price = 60000
[[bot]]
id = "one"
strategy = "rsi_reversion"
symbol = "BTC/USDT"
timeframe = "1m"
allocation = 1000
stake_amount = 100
)";

std::string demo_config() { return std::string(BOTBOX_SOURCE_DIR) + "/tools/demo/demo.toml"; }

}  // namespace

TEST_CASE("a good configuration is summed up and ends with 0") {
  const Ended text = botbox({"check-config", demo_config()});
  CHECK(text.exit_code == 0);
  CHECK(holds(text.out, "OK"));
  const Ended json = botbox({"check-config", demo_config(), "--json"});
  CHECK(json.exit_code == 0);
  CHECK(json_of(json.out).at("ok") == true);
  CHECK(json_of(json.out).at("fleet").at("bots") > 0);
}

TEST_CASE("a bad configuration ends with 4, each problem with place and fix") {
  TemporaryDirectory directory;
  const std::string file =
      write_config(directory, std::string(kGoodConfig) + "stop_loss = 3\nno_such_key = 1\n");
  const Ended text = botbox({"check-config", file});
  CHECK(text.exit_code == 4);
  CHECK(text.out.empty());
  CHECK(holds(text.err, file + ":11:"));
  CHECK(holds(text.err, file + ":12:"));
  const Ended json = botbox({"check-config", file, "--json"});
  CHECK(json.exit_code == 4);
  const Json problems = json_of(json.out).at("problems");
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].at("line") == 11);
  CHECK(!problems[0].at("fix").get<std::string>().empty());
  CHECK(json_of(json.err).contains("error"));
  CHECK(botbox({"check-config", file + ".missing"}).exit_code == 4);
}

TEST_CASE("check-config refuses files of secrets that others may read, as a start would") {
  TemporaryDirectory directory;
  const auto token = directory.path() / "alice.token";
  const auto keys = directory.path() / "venue.keys";
  std::ofstream(token) << "long-enough\n";
  std::ofstream(keys) << "key = public\nsecret = hidden-words\n";
  const std::string file = write_config(directory, R"([exchange]
kind = "bybit-spot"
credentials_file = "venue.keys"
[api]
[[api.token]]
name = "alice"
secret_file = "alice.token"
[[bot]]
id = "one"
strategy = "rsi_reversion"
symbol = "BTC/USDT"
timeframe = "1m"
allocation = 1000
stake_amount = 100
)");
  using Perms = std::filesystem::perms;
  constexpr Perms kOwner = Perms::owner_read | Perms::owner_write;
  const auto check = [&](Perms for_token, Perms for_keys) {
    std::filesystem::permissions(token, for_token);
    std::filesystem::permissions(keys, for_keys);
    return botbox({"check-config", file});
  };
  const Ended open = check(kOwner | Perms::group_read, kOwner | Perms::others_read);
  CHECK(open.exit_code == 4);
  CHECK(open.out.empty());
  CHECK(holds(open.err, "api.token.secret_file"));
  CHECK(holds(open.err, "exchange.credentials_file"));
  CHECK(holds(open.err, "others than its owner may read or write this file"));
  CHECK(holds(open.err, "chmod 600 " + token.string()));
  CHECK(holds(open.err, "chmod 600 " + keys.string()));
  CHECK_FALSE(holds(open.err, "hidden-words"));
  const Ended half = check(kOwner, kOwner | Perms::others_read);
  CHECK(half.exit_code == 4);
  CHECK_FALSE(holds(half.err, "api.token"));
  const Ended closed = check(kOwner, kOwner);
  CHECK_MESSAGE(closed.exit_code == 0, closed.err);
}

TEST_CASE("version names program, compiler and libraries") {
  const Json json = json_of(botbox({"version", "--json"}).out);
  CHECK(!json.at("version").get<std::string>().empty());
  for (const char* library : {"caf", "rocksdb", "simdjson"})
    CHECK(holds(json.at("libraries").at(library).get<std::string>(), "."));
}

TEST_CASE("a strategy that ships can be printed, renamed and given to a bot") {
  const Json all = json_of(botbox({"strategies", "--json"}).out).at("strategies");
  CHECK(all.size() >= 10);
  CHECK(holds(botbox({"strategies"}).out, "breakout"));
  CHECK(botbox({"strategies", "martingale"}).exit_code == 2);
  std::string text = botbox({"strategies", "breakout"}).out;
  const std::string_view name = "name = \"breakout\"";
  REQUIRE(holds(text, std::string(name)));
  text.replace(text.find(name), name.size(), "name = \"mine\"");
  const TemporaryDirectory directory;
  std::ofstream(directory.path() / "mine.toml") << text;
  std::ofstream(directory.path() / "fleet.toml")
      << "[[paper.symbol]]\nsymbol = \"BTC/USDT\"\nprice = 60000\n[[bot]]\nid = \"a\"\n"
         "strategy = \"mine.toml\"\nsymbol = \"BTC/USDT\"\nallocation = 1000\n"
         "stake_amount = 100\n";
  const Ended checked =
      botbox({"check-config", (directory.path() / "fleet.toml").string(), "--json"});
  CHECK_MESSAGE(checked.exit_code == 0, checked.out);
  CHECK(json_of(checked.out).at("fleet").at("by_strategy") == Json{{"mine", 1}});
}

TEST_CASE("a slip on the command line ends with 1 and says what is wrong") {
  CHECK(botbox({}).exit_code == 1);
  CHECK(botbox({"--help"}).exit_code == 0);
  CHECK(botbox({"inspect", "nonsense", "--data", "x"}).exit_code == 1);
  CHECK(botbox({"inspect", "trades", "--data", "x", "--limit", "-1"}).exit_code == 1);
  const Ended unknown = botbox({"repaly", "--config", "x"});
  CHECK(unknown.exit_code == 1);
  CHECK(unknown.err.find("there is no command 'repaly'") != std::string::npos);
  const Ended json = botbox({"why", "--json"});
  CHECK(json.exit_code == 1);
  CHECK(json.out.empty());
  CHECK(json_of(json.err).at("error").at("code") == "INVALID_INPUT");
}

TEST_CASE("verify ends with 0 on a sound directory, also beside the process that writes there") {
  EngineDirectory engine;
  const Ended beside = botbox({"verify", "--data", engine.path(), "--json"});
  CHECK_MESSAGE(beside.exit_code == 0, beside.out);
  CHECK(json_of(beside.out).at("clean") == true);
  CHECK(json_of(beside.out).at("rows").at("trade") == 1);
  engine.close();
  const Ended after = botbox({"verify", "--data", engine.path()});
  CHECK(after.exit_code == 0);
  CHECK(holds(after.out, "clean"));
}

TEST_CASE(
    "verify ends with 1 and names the row that does not fit, and with 2 without a directory") {
  EngineDirectory engine;
  write_next(engine.store(), {{storage::trade_open_key({"t9"}), ""}});
  const Ended found = botbox({"verify", "--data", engine.path(), "--json"});
  CHECK(found.exit_code == 1);
  CHECK(holds(json_of(found.out).at("findings").at(0).at("place"), "t9"));
  const Ended missing = botbox({"verify", "--data", engine.path() + "/none", "--json"});
  CHECK(missing.exit_code == 2);
  CHECK(json_of(missing.err).at("error").at("code") == "NOT_FOUND");
}

TEST_CASE("inspect lists every kind of record as JSON and as a table") {
  const EngineDirectory engine;
  for (const char* what : {"bots", "signals", "intents", "trades", "positions", "fills", "locks",
                           "events", "traces", "cycles", "limiter"}) {
    CAPTURE(what);
    const Ended json = botbox({"inspect", what, "--data", engine.path(), "--json"});
    CHECK_MESSAGE(json.exit_code == 0, json.err);
    CHECK(json_of(json.out).at("what") == what);
    CHECK(json_of(json.out).at("count") >= 1);
    const Ended text = botbox({"inspect", what, "--data", engine.path()});
    CHECK(text.exit_code == 0);
    CHECK(std::count(text.out.begin(), text.out.end(), '\n') >= 2);
    CHECK(!holds(text.out, "\033"));
  }
  const Ended bot = botbox({"inspect", "bot", "alpha", "--data", engine.path(), "--json"});
  CHECK(json_of(bot.out).at("config").at("strategy") == "rsi_reversion");
  const Ended all = botbox({"inspect", "engine", "--data", engine.path(), "--json"});
  CHECK(json_of(all.out).at("installation") == "test");
}

TEST_CASE("export writes every kind of record once, oldest first, and nothing over what is there") {
  const EngineDirectory engine;
  const TemporaryDirectory place;
  const std::string to = (place.path() / "all").string();
  const Ended done = botbox({"export", "--data", engine.path(), "--to", to, "--json"});
  REQUIRE_MESSAGE(done.exit_code == 0, done.err);
  const auto text_of = [](const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return std::string((std::istreambuf_iterator<char>(in)), {});
  };
  const Json manifest = json_of(text_of(std::filesystem::path(to) / "export.json"));
  CHECK(manifest.at("installation") == "test");
  CHECK(manifest.at("files") == json_of(done.out).at("files"));
  for (const Json& file : manifest.at("files")) {
    const std::string name = file.at("name");
    CAPTURE(name);
    const std::string text = text_of(std::filesystem::path(to) / name);
    CHECK(std::count(text.begin(), text.end(), '\n') == file.at("rows").get<std::int64_t>());
    const std::string what = name.substr(0, name.find('.'));
    const Json listed =
        json_of(botbox({"inspect", what, "--data", engine.path(), "--limit", "0", "--json"}).out);
    CHECK(listed.at("count") == file.at("rows"));
  }
  const std::string trade = text_of(std::filesystem::path(to) / "trades.jsonl");
  CHECK(json_of(trade).at("order_id") == "o-17");
  const Ended again = botbox({"export", "--data", engine.path(), "--to", to});
  CHECK(again.exit_code == 1);
  CHECK(holds(again.err, "not empty"));
  const std::string csv = (place.path() / "csv").string();
  REQUIRE(botbox({"export", "--data", engine.path(), "--to", csv, "--as", "csv"}).exit_code == 0);
  CHECK(text_of(std::filesystem::path(csv) / "trades.csv").starts_with("created_at,"));
  // A time before everything leaves only what is of no time.
  const std::string early = (place.path() / "early").string();
  REQUIRE(botbox({"export", "--data", engine.path(), "--to", early, "--until", "2001-01-01"})
              .exit_code == 0);
  CHECK(text_of(std::filesystem::path(early) / "trades.jsonl").empty());
  CHECK_FALSE(text_of(std::filesystem::path(early) / "bots.jsonl").empty());
  CHECK(botbox({"export", "--data", engine.path() + "/none", "--to", early + "2"}).exit_code == 2);
  CHECK_FALSE(std::filesystem::exists(early + "2"));
}

TEST_CASE("signals and traces are shown with what became of their trades") {
  const EngineDirectory engine;
  const Json signals =
      json_of(botbox({"inspect", "signals", "--data", engine.path(), "--json"}).out);
  CHECK(signals.at("rows").at(0).at("execution_status") == "EXECUTED");
  const Json traces = json_of(botbox({"inspect", "traces", "--data", engine.path(), "--json"}).out);
  CHECK(traces.at("rows").at(0).at("stage") == "ORDER_PLACED");
  CHECK(traces.at("rows").at(0).at("explanation") == "order o-17 placed");
}

TEST_CASE("filters of inspect narrow by status, time and number, and refuse what cannot be") {
  const EngineDirectory engine;
  const auto count = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "inspect");
    arguments.insert(arguments.end(), {"--data", engine.path(), "--json"});
    return json_of(botbox(arguments).out).at("count").get<int>();
  };
  CHECK(count({"traces"}) == 2);
  CHECK(count({"traces", "--limit", "1"}) == 1);
  CHECK(count({"traces", "--status", "NO_SIGNAL"}) == 1);
  CHECK(count({"traces", "--until", "2024-01-01T00:00:30"}) == 1);
  CHECK(count({"traces", "--from", "2024-01-01T00:01"}) == 1);
  CHECK(count({"trades", "--status", "completed", "--bot", "alpha"}) == 1);
  CHECK(count({"trades", "--status", "FAILED"}) == 0);
  CHECK(count({"trades", "--from", "2024-01-02"}) == 0);
  for (const char* what : {"bots", "signals", "trades", "positions", "fills"}) {
    CAPTURE(what);
    CHECK(count({what, "--symbol", "BTCUSDT"}) == count({what}));
    CHECK(count({what, "--symbol", "ETH/USDT"}) == 0);
  }
  CHECK(botbox({"inspect", "trades", "--data", engine.path(), "--symbol", "no"}).exit_code == 1);
  CHECK(botbox({"inspect", "cycles", "--data", engine.path(), "--symbol", "BTC/USDT"}).exit_code ==
        1);
  const Ended status = botbox({"inspect", "trades", "--data", engine.path(), "--status", "DONE"});
  CHECK(status.exit_code == 1);
  CHECK(holds(status.err, "COMPLETED"));
  CHECK(botbox({"inspect", "trades", "--data", engine.path(), "--bot", "nobody"}).exit_code == 2);
  CHECK(botbox({"inspect", "bot", "nobody", "--data", engine.path()}).exit_code == 2);
}

TEST_CASE("events are followed while the engine goes on writing") {
  EngineDirectory engine;
  const RunningProgram follower("botbox",
                                {"inspect", "events", "--follow", "--data", engine.path()});
  REQUIRE(follower.says("trade.completed"));
  Event event;
  event.at = kCandle;
  event.kind = "bot.paused";
  write_next(engine.store(), {{storage::event_key(2), encode(event)},
                              {storage::last_event_key(), storage::big_endian(2)}});
  CHECK(follower.says("bot.paused"));
}

TEST_CASE("why tells decision, conditions, gates and the trade of the newest candle") {
  const EngineDirectory engine;
  const Ended text = botbox({"why", "--data", engine.path(), "--bot", "alpha"});
  CHECK(text.exit_code == 0);
  for (const char* part : {"EXECUTED", "order o-17 placed", "rsi(14) < 30", "28.5",
                           "data_freshness", "age 1 s, at most 120 s", "COMPLETED", "OPEN LONG 2"})
    CHECK_MESSAGE(holds(text.out, part), part);
  const Json json =
      json_of(botbox({"why", "--data", engine.path(), "--bot", "alpha", "--json"}).out);
  CHECK(json.at("decision") == "EXECUTED");
  CHECK(json.at("trade").at("order_id") == "o-17");
  CHECK(json.at("signal").at("execution_status") == "EXECUTED");
}

TEST_CASE("why of an older candle tells what did not hold, and of no candle ends with 2") {
  const EngineDirectory engine;
  const Ended older =
      botbox({"why", "--data", engine.path(), "--bot", "alpha", "--at", "2024-01-01T00:00:59"});
  CHECK(older.exit_code == 0);
  CHECK(holds(older.out, "NO_SIGNAL"));
  CHECK(holds(older.out, "does not hold: 44 against 30"));
  const std::vector<std::string> start{"why", "--data", engine.path(), "--bot"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), start.begin(), start.end());
    return botbox(more).exit_code;
  };
  CHECK(with({"alpha", "--at", "2023-01-01"}) == 2);
  CHECK(with({"nobody"}) == 2);
  CHECK(with({"alpha", "--at", "yesterday"}) == 1);
}

TEST_CASE("doctor finds a sound machine sound, and warns of an engine that runs already") {
  EngineDirectory engine;
  const auto health = [&](const Json& json, const std::string& name) {
    for (const Json& check : json.at("checks"))
      if (check.at("name") == name) return check.at("health").get<std::string>();
    return std::string("absent");
  };
  const std::vector<std::string> arguments{"doctor", "--config",    demo_config(),
                                           "--data", engine.path(), "--json"};
  const Ended running = botbox(arguments);
  CHECK(running.exit_code == 0);
  CHECK(health(json_of(running.out), "engine") == "WARN");
  CHECK(health(json_of(running.out), "records") == "OK");
  engine.close();
  CHECK(health(json_of(botbox(arguments).out), "engine") == "OK");
}

TEST_CASE("doctor says how much room there is, and fails below the configured floor") {
  TemporaryDirectory directory;
  const std::string data = (directory.path() / "data").string();
  const Ended enough = botbox({"doctor", "--data", data});
  CHECK(holds(enough.out, "MiB free"));
  const std::string greedy = write_config(
      directory, std::string("[engine]\ndisk_free_min_mib = 1000000000\n") + kGoodConfig);
  const Ended low = botbox({"doctor", "--config", greedy, "--data", data});
  CHECK(low.exit_code == 1);
  CHECK(holds(low.out, "below 1000000000 MiB the engine enters nothing"));
  CHECK(holds(low.out, "disk_free_min_mib"));
}

TEST_CASE("doctor fails with a fix where the engine could not run") {
  TemporaryDirectory directory;
  const Ended config = botbox({"doctor", "--config", write_config(directory, "[[bot]]\nid = 5\n")});
  CHECK(config.exit_code == 4);
  CHECK(holds(config.out, "FAIL"));
  // Port 1 is nobody's.
  const std::string remote = write_config(
      directory, std::string("[exchange]\nkind = \"paper-http\"\nurl = \"http://127.0.0.1:1\"\n") +
                     kGoodConfig);
  const Ended exchange = botbox({"doctor", "--config", remote});
  CHECK(exchange.exit_code == 1);
  CHECK(holds(exchange.out, "not reachable"));
  CHECK(holds(exchange.out, "->"));
  const Ended file = botbox({"doctor", "--data", remote});
  CHECK(file.exit_code == 1);
  CHECK(holds(file.out, "is not a directory"));
}

TEST_CASE("doctor fails where others may read a secret, which would stop the engine's start") {
  TemporaryDirectory directory;
  const auto token = directory.path() / "alice.token";
  std::ofstream(token) << "long-enough\n";
  const std::string config = write_config(
      directory,
      std::string("[api]\n[[api.token]]\nname = \"alice\"\nsecret_file = \"alice.token\"\n") +
          kGoodConfig);
  using Perms = std::filesystem::perms;
  std::filesystem::permissions(token, Perms::owner_read | Perms::owner_write | Perms::group_read);
  const Ended exposed = botbox({"doctor", "--config", config});
  CHECK(exposed.exit_code == 1);
  CHECK(holds(exposed.out, "others than its owner may read or write this file"));
  CHECK(holds(exposed.out, "chmod 600"));
  std::filesystem::permissions(token, Perms::owner_read | Perms::owner_write);
  const Ended closed = botbox({"doctor", "--config", config});
  CHECK_MESSAGE(closed.exit_code == 0, closed.out << closed.err);
  CHECK(holds(closed.out, "1 files, each for its owner alone"));
}

}  // namespace botbox::process
