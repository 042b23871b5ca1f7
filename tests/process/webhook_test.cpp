// Webhooks of the real program, as a sender meets them.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <thread>
#include <vector>

#include "actors/wall_clock.hpp"
#include "tests/exchange/raw_client.hpp"
#include "tests/process/drill.hpp"
#include "tests/process/followed.hpp"
#include "tests/process/kill_drill.hpp"
#include "tests/process/program.hpp"

namespace botbox::process {
namespace {

using exchange::testing::RawClient;

std::string signal_id_in(const std::string& body) {
  const std::string mark = "\"signal_id\":\"";
  const std::size_t at = body.find(mark);
  REQUIRE_MESSAGE(at != std::string::npos, body);
  return body.substr(at + mark.size(), 32);
}

bool is_told_as_duplicate(const std::string& answer) {
  return answer.find("\"duplicate\":true") != std::string::npos;
}

std::string follower(std::size_t number) { return fmt::format("follower-{}", number); }

// Bots beside "follower", each with so little that the account has enough for a thousand.
std::string more_followers(std::size_t bots) {
  std::string text;
  for (std::size_t i = 0; i < bots; ++i)
    text += fmt::format(R"([[bot]]
id = "{}"
strategy = "external"
symbol = "BTC/USDT"
timeframe = "1m"
check_interval = "1m"
allocation = 8
stake_amount = 8
)",
                        follower(i));
  return text;
}

std::string request_with_alert(const std::string& bot, const std::string& id) {
  return exchange::testing::post_text("/webhook/tradingview/" + bot,
                                      fmt::format(R"({{"id":"{}",{})", id, kBuyAlert.substr(1)));
}

const std::string kVenueOfOneBot = R"([exchange]
kind = "binance-spot"
network = "testnet"
[[bot]]
id = "follower"
strategy = "external"
symbol = "BTC/USDT"
timeframe = "1m"
allocation = 2000
stake_amount = 200
)";

// The next answer of this connection, which says that the alert was taken.
std::string taken(RawClient& sender) {
  std::optional<std::string> answer = sender.read_answer();
  REQUIRE(answer.has_value());
  REQUIRE_MESSAGE(answer->starts_with("HTTP/1.1 200 "), *answer);
  return std::move(*answer);
}

}  // namespace

TEST_CASE("an alert becomes an order at the exchange; bad ones are refused and kept") {
  Followed world;
  CHECK(world.post(R"({"action":"buy"})").status == 401);
  CHECK(world.post(R"({"action":"hodl","secret":"correct-horse"})").status == 400);
  const auto answer = world.post(kBuyAlert);
  CHECK(answer.status == 200);
  world.wait_for_orders();
  world.end_gently();
  CHECK(world.engine().output().find("correct-horse") == std::string::npos);
  const auto signals = world.signals();
  REQUIRE(signals.size() == 2);
  CHECK(signals[0].id.value == signal_id_in(answer.body));
  CHECK(signals[0].decision == SignalDecision::kAccepted);
  CHECK(signals[1].rejection_reason == ReasonCode::kMalformedAlert);
  const Ended listed =
      run_program("botbox", {"inspect", "signals", "--data", world.data().string(), "--json"});
  REQUIRE_MESSAGE(listed.exit_code == 0, listed.err);
  for (const auto& row : nlohmann::json::parse(listed.out).at("rows"))
    CHECK(row.at("direction").is_null() == (row.at("rejection_reason") == "MALFORMED_ALERT"));
  const EngineRecords records = read_records(world.data());
  CHECK(records.intents.size() == 1);
  CHECK(records.trades.size() == 1);
  const Ended verified = run_program("botbox", {"verify", "--data", world.data().string()});
  CHECK_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
}

TEST_CASE("what an alert would become is shown in full, and nothing of it happens") {
  Followed world;
  world.end_gently();
  const std::string alert = write_text(world.home(), "alert.json", kBuyAlert);
  const Ended explained =
      run_program("botbox", {"explain", "--config", world.config(), "--data", world.data().string(),
                             "--bot", "follower", "--signal", alert, "--price", "60000", "--json"});
  REQUIRE_MESSAGE(explained.exit_code == 0, explained.out << explained.err);
  for (const char* part :
       {R"("outcome": "ACCEPTED")", R"("order_type": "MARKET")", R"("quantity":)", R"("cost":)",
        R"("allocation": "2000")", R"("leverage": "1")", R"("STOP_MARKET")", R"("verdicts":)"})
    CHECK_MESSAGE(explained.out.find(part) != std::string::npos, part << " in " << explained.out);
  CHECK(explained.out.find("correct-horse") == std::string::npos);
  CHECK(world.signals().empty());
}

TEST_CASE(
    "without the venue's filters an explanation says what it assumes, and takes them if told") {
  Followed world;
  world.end_gently();
  const std::string alert = write_text(world.home(), "alert.json", kBuyAlert);
  const std::string config = write_text(world.home(), "venue.toml", kVenueOfOneBot);
  const auto explain = [&](std::vector<std::string> more) {
    std::vector<std::string> arguments{
        "explain", "--config", config,     "--data", world.data().string(),
        "--bot",   "follower", "--signal", alert,    "--price",
        "60000",   "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const Ended explained = run_program("botbox", arguments);
    REQUIRE_MESSAGE(explained.exit_code == 0, explained.out << explained.err);
    return explained.out;
  };
  const std::string assumed = explain({});
  for (const char* part : {R"("source": "assumed")", "filters are not known here",
                           R"("lot": "0.00000001")", R"("quantity": "0.00333333")"})
    CHECK_MESSAGE(assumed.find(part) != std::string::npos, part << " in " << assumed);
  const std::string told = explain({"--tick", "0.01", "--lot", "0.001", "--min-notional", "5"});
  for (const char* part :
       {R"("source": "command line")", R"("outcome": "ACCEPTED")", R"("quantity": "0.003")"})
    CHECK_MESSAGE(told.find(part) != std::string::npos, part << " in " << told);
  CHECK(told.find("filters are not known here") == std::string::npos);
  const std::string too_small = explain({"--min-notional", "500"});
  CHECK_MESSAGE(too_small.find(R"("reason": "BELOW_MIN_NOTIONAL")") != std::string::npos,
                too_small);
}

TEST_CASE("what the exchange lists is kept, and an explanation goes by it without asking") {
  Followed world;
  const std::string alert = write_text(world.home(), "alert.json", kBuyAlert);
  // Beside the running engine, and after it.
  for (const bool is_running : {true, false}) {
    if (!is_running) world.end_gently();
    const Ended listed = run_program(
        "botbox", {"inspect", "instruments", "--data", world.data().string(), "--as", "jsonl"});
    CHECK_MESSAGE(
        listed.out.find(R"("venue":"paper-http","symbol":"BTC/USDT")") != std::string::npos,
        listed.out << listed.err);
    const Ended explained = run_program(
        "botbox", {"explain", "--config", world.config(), "--data", world.data().string(), "--bot",
                   "follower", "--signal", alert, "--price", "60000", "--json"});
    CHECK_MESSAGE(explained.out.find(R"("source": "paper-http")") != std::string::npos,
                  explained.out << explained.err);
    CHECK(explained.out.find("are not known here") == std::string::npos);
  }
}

TEST_CASE("before the first run an explanation takes the bot as it would start, and says so") {
  const storage::test::TemporaryDirectory home;
  const std::string alert = write_text(home.path(), "alert.json",
                                       R"({"action":"buy","ticker":"BTCUSDT","price":"60000"})");
  const std::string config = write_text(home.path(), "venue.toml", kVenueOfOneBot);
  const std::string data = (home.path() / "data").string();
  const auto holds = [](const std::string& text, std::initializer_list<const char*> parts) {
    for (const char* part : parts)
      CHECK_MESSAGE(text.find(part) != std::string::npos, part << " in " << text);
  };
  const std::vector<std::string> asked{"explain", "--signal", alert, "--bot", "follower", "--json"};
  // As the issue writes it: where configuration and directory are is told once, by variables.
  const Ended first =
      run_program("botbox", asked, {"BOTBOX_CONFIG=" + config, "BOTBOX_DATA=" + data});
  REQUIRE_MESSAGE(first.exit_code == 0, first.out << first.err);
  holds(first.out, {R"("records": "none in )", "as it would start", R"("source": "assumed")",
                    "filters are not known here", R"("quantity": "0.00333333")"});
  std::filesystem::create_directories(data);
  std::vector<std::string> told = asked;
  told.insert(told.end(), {"--config", config, "--data", data, "--tick", "0.01", "--lot", "0.001",
                           "--min-notional", "5"});
  const Ended second = run_program("botbox", told);
  REQUIRE_MESSAGE(second.exit_code == 0, second.out << second.err);
  holds(second.out, {R"("source": "command line")", R"("quantity": "0.003")"});
  CHECK(second.out.find("filters are not known here") == std::string::npos);
  CHECK(std::filesystem::is_empty(data));
  const Ended neither = run_program("botbox", asked, {"BOTBOX_DATA=" + data});
  CHECK(neither.exit_code == 2);
  holds(neither.err, {"--config"});
}

TEST_CASE("without a configuration an explanation goes by what an engine has left") {
  Followed world;
  world.end_gently();
  const std::string alert = write_text(world.home(), "alert.json", kBuyAlert);
  std::vector<std::string> asked{
      "explain", "--data",  world.data().string(), "--signal", alert, "--price", "60000", "--json",
      "--bot",   "follower"};
  const Ended explained = run_program("botbox", asked);
  REQUIRE_MESSAGE(explained.exit_code == 0, explained.out << explained.err);
  for (const char* part : {R"("outcome": "ACCEPTED")", R"("source": "paper-http")",
                           R"("configuration": "none is named)"})
    CHECK_MESSAGE(explained.out.find(part) != std::string::npos, part << " in " << explained.out);
  // One that is configured since, and has not run there yet.
  asked.back() = "newcomer";
  CHECK(run_program("botbox", asked).exit_code == 2);
  std::string text = kVenueOfOneBot;
  text.replace(text.find("follower"), 8, "newcomer");
  asked.insert(asked.end(), {"--config", write_text(world.home(), "newer.toml", text)});
  const Ended newer = run_program("botbox", asked);
  REQUIRE_MESSAGE(newer.exit_code == 0, newer.out << newer.err);
  CHECK_MESSAGE(newer.out.find(R"("records": "none in )") != std::string::npos, newer.out);
}

TEST_CASE("each of a thousand alerts, sent at once on two connections, is one intent, one order") {
  constexpr std::size_t kAlerts = 1'000;
  Followed world(more_followers(kAlerts) + long_windows());
  std::array<RawClient, 2> senders{RawClient(world.port()), RawClient(world.port())};
  std::set<std::string> ids;
  for (std::size_t i = 0; i < kAlerts; ++i) {
    const std::string request = request_with_alert(follower(i), fmt::format("a-{}", i));
    REQUIRE(senders[i % 2].send(request));  // either is the first in turn
    REQUIRE(senders[1 - i % 2].send(request));
    std::array<std::string, 2> answers;
    for (std::size_t sender = 0; sender < 2; ++sender) answers[sender] = taken(senders[sender]);
    CHECK(signal_id_in(answers[0]) == signal_id_in(answers[1]));
    CHECK(is_told_as_duplicate(answers[0]) != is_told_as_duplicate(answers[1]));
    ids.insert(signal_id_in(answers[0]));
  }
  CHECK(ids.size() == kAlerts);
  world.wait_for_orders(kAlerts);
  world.end_gently();
  std::vector<std::string> bots;
  for (std::size_t i = 0; i < kAlerts; ++i) bots.push_back(follower(i));
  CHECK(world.signals(bots).size() == kAlerts);
  const EngineRecords records = read_records(world.data());
  CHECK(records.intents.size() == kAlerts);
  std::set<std::string> of_intents;
  for (const auto& [key, intent] : records.intents) of_intents.insert(intent.signal.value);
  CHECK(of_intents == ids);
  CHECK(records.trades.size() == kAlerts);
  const auto ledger = PaperAuditor(world.paper_port()).ledger();
  CHECK(ledger.size() == kAlerts);
  for (const auto& [id, entry] : ledger) CHECK(entry.arrived == 1);
}

TEST_CASE("killed right after the answer, the next process sends the order, once") {
  Followed world;
  exchange::HttpTransport transport;
  const auto answer = world.post(transport, R"({"id":"a-2",)" + kBuyAlert.substr(1));
  world.kill();
  CHECK(answer.status == 200);
  for (int life = 0; life < 2; ++life) {
    world.start();
    world.wait_for_orders();
    const auto again = world.post(R"({"id":"a-2",)" + kBuyAlert.substr(1));
    CHECK(again.status == 200);
    CHECK(signal_id_in(again.body) == signal_id_in(answer.body));
    CHECK(again.body.find("\"duplicate\":true") != std::string::npos);
    world.end_gently();
    const EngineRecords records = read_records(world.data());
    CHECK(records.intents.size() == 1);
    CHECK(records.trades.size() == 1);
  }
  std::size_t entries = 0;
  for (const auto& [id, entry] : PaperAuditor(world.paper_port()).ledger()) {
    ++entries;
    CHECK(entry.arrived == 1);
  }
  CHECK(entries == 1);
}

TEST_CASE("a delayed alert is PENDING over a kill, executed once when it is due, and not before") {
  Followed world;
  const std::string alert = R"({"id":"a-3","delay":8,)" + kBuyAlert.substr(1);
  const auto answer = world.post(alert);
  CHECK(answer.status == 200);
  CHECK(answer.body.find("\"execution_scheduled_at\":\"") != std::string::npos);
  world.kill();
  const auto waiting = world.signals();
  REQUIRE(waiting.size() == 1);
  CHECK(waiting[0].execution_status == ExecutionStatus::kPending);
  const Timestamp due = waiting[0].execution_scheduled_at;
  CHECK(due >= waiting[0].created_at + Duration{7'900});
  const Ended why = run_program(
      "botbox", {"why", "--data", world.data().string(), "--bot", "follower", "--json"});
  CHECK_MESSAGE(why.out.find(waiting[0].id.value) != std::string::npos, why.out << why.err);
  CHECK(read_records(world.data()).trades.empty());
  world.start();
  world.wait_for_orders();
  world.end_gently();
  const EngineRecords records = read_records(world.data());
  REQUIRE(records.trades.size() == 1);
  CHECK(records.trades.begin()->second.created_at >= due);
  const auto refused = [&] {
    world.start();
    return world.post(R"({"delay":"2d",)" + kBuyAlert.substr(1));
  }();
  CHECK(refused.status == 400);
  CHECK(refused.body.find("SCHEDULED_TOO_FAR") != std::string::npos);
  world.end_gently();
  CHECK(read_records(world.data()).trades.size() == 1);
}

TEST_CASE(
    "beside a thousand idle connections a burst on five keeps each bot's order, none is lost") {
  // Here and in the engine, which inherits it.
  rlimit files{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8'192);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  constexpr std::size_t kBots = 5;
  constexpr std::size_t kOfEachBot = 100;
  Followed world(more_followers(kBots));
  std::vector<RawClient> others;
  for (int i = 0; i < 1'000; ++i) {
    others.emplace_back(world.port());
    if (i % 2 == 0) others.back().send("POST /webhook/signal HTTP/1.1\r\nHost: ");
  }
  std::vector<RawClient> senders;
  for (std::size_t bot = 0; bot < kBots; ++bot) senders.emplace_back(world.port());
  // Nobody waits for an answer before the next.
  for (std::size_t i = 0; i < kOfEachBot; ++i) {
    for (std::size_t drop = 0; drop < 10; ++drop) others[drop * 2].send("x");
    for (std::size_t bot = 0; bot < kBots; ++bot)
      REQUIRE(senders[bot].send(request_with_alert(follower(bot), fmt::format("{}-{}", bot, i))));
  }
  std::array<std::vector<std::string>, kBots> sent;
  for (std::size_t bot = 0; bot < kBots; ++bot)
    for (std::size_t i = 0; i < kOfEachBot; ++i)
      sent[bot].push_back(signal_id_in(taken(senders[bot])));
  others.clear();
  world.end_gently();
  for (std::size_t bot = 0; bot < kBots; ++bot) {
    CAPTURE(bot);
    std::vector<std::string> kept;
    for (const Signal& signal : world.signals({follower(bot)}))
      kept.insert(kept.begin(), signal.id.value);
    CHECK(kept == sent[bot]);
  }
}

// BOTBOX_WEBHOOK_SOAK_SECONDS: for longer.
TEST_CASE(
    "of alerts from four connections for a while, with kills in between, none is lost or twice") {
  const std::uint64_t seconds = number_from("BOTBOX_WEBHOOK_SOAK_SECONDS", 6);
  Followed world;
  std::set<std::string> answered;
  std::mutex mutex;
  for (int life = 0; life < 3; ++life) {
    const actors::Stopwatch watch;
    const auto send = [&](int sender) {
      exchange::HttpTransport transport;
      for (int i = 0; watch.seconds() < static_cast<double>(seconds) / 3; ++i) {
        const auto answer = world.post(transport, fmt::format(R"({{"id":"{}-{}-{}",{})", life,
                                                              sender, i, kBuyAlert.substr(1)));
        if (answer.status == 503) continue;  // too many wait: nothing was taken
        const std::lock_guard lock(mutex);
        CHECK(answer.status == 200);
        answered.insert(signal_id_in(answer.body));
      }
    };
    std::vector<std::thread> senders;
    for (int sender = 0; sender < 4; ++sender) senders.emplace_back(send, sender);
    for (std::thread& sender : senders) sender.join();
    world.kill();
    world.start();
  }
  world.end_gently();
  std::set<std::string> kept;
  for (const Signal& signal : world.signals()) CHECK(kept.insert(signal.id.value).second);
  CHECK(kept == answered);
  MESSAGE(answered.size() << " alerts");
  for (const auto& [id, entry] : PaperAuditor(world.paper_port()).ledger())
    CHECK(entry.accepted <= 1);
  const Ended verified = run_program("botbox", {"verify", "--data", world.data().string()});
  CHECK_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
}

}  // namespace botbox::process
