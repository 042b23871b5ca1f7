// Webhooks of the real program, as a sender meets them.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <future>
#include <mutex>
#include <set>
#include <thread>

#include "storage/reader.hpp"
#include "tests/process/drill.hpp"
#include "tests/process/program.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {
namespace {

using storage::test::TemporaryDirectory;

struct SenderPermits : PermitIssuer {
  static Permit fresh() { return issue(); }
};

constexpr const char* kFollowers = R"([[bot]]
id = "follower"
strategy = "external"
symbol = "BTC/USDT"
timeframe = "1m"
check_interval = "1m"
allocation = 2000
stake_amount = 200
[webhook]
port = 0
[[webhook.source]]
name = "tv"
secret_file = "tv.secret"
per_minute = 100000
)";

std::string config_for(std::uint16_t paper_port) {
  return fmt::format(R"([engine]
name = "hooks"
freshness_max = "10m"
[exchange]
kind = "paper-http"
url = "http://127.0.0.1:{}"
[[paper.symbol]]
symbol = "BTC/USDT"
price = 60000
minute_volume = 20
)",
                     paper_port) +
         kFollowers;
}

std::uint16_t port_after(ChildProcess& program, const std::string& mark) {
  REQUIRE_MESSAGE(program.says(mark, kPatience), program.output());
  while (program.output().find('\n', program.output().find(mark)) == std::string::npos)
    REQUIRE(program.says("\n", kPatience));
  return static_cast<std::uint16_t>(
      std::stoul(program.output().substr(program.output().find(mark) + mark.size())));
}

// An engine with a bot that follows webhooks, and its exchange in another process.
struct Followed {
  Followed() {
    write_text(home.path(), "tv.secret", "correct-horse\n");
    ::chmod((home.path() / "tv.secret").c_str(), S_IRUSR | S_IWUSR);
    paper = std::make_unique<ChildProcess>(
        "botbox-paper",
        std::vector<std::string>{"--config", write_text(home.path(), "paper.toml", config_for(1))});
    paper_port = port_after(*paper, "listening on http://127.0.0.1:");
    config = write_text(home.path(), "engine.toml", config_for(paper_port));
    start();
    REQUIRE_MESSAGE(engine->says("cycle", kPatience), engine->output());
  }
  void start() {
    engine = std::make_unique<ChildProcess>(
        "botbox", std::vector<std::string>{"run", "--config", config, "--data", data().string()});
    port = port_after(*engine, "webhooks on http://127.0.0.1:");
    REQUIRE_MESSAGE(engine->says("fleet ready", kPatience), engine->output());
  }
  void end_gently() {
    engine->signal(SIGTERM);
    const auto ending = engine->wait(kPatience);
    REQUIRE_MESSAGE(ending.has_value(), engine->output());
    CHECK_MESSAGE(ending->exit_code == 0, engine->output());
  }
  std::filesystem::path data() const { return home.path() / "data"; }

  exchange::HttpResponse post(exchange::HttpTransport& through, const std::string& body) const {
    std::promise<Result<exchange::HttpResponse>> promise;
    through.send(SenderPermits::fresh(),
                 {exchange::HttpMethod::kPost,
                  fmt::format("http://127.0.0.1:{}/webhook/tradingview/follower", port),
                  {},
                  body},
                 [&](Result<exchange::HttpResponse> got) { promise.set_value(std::move(got)); });
    Result<exchange::HttpResponse> answer = promise.get_future().get();
    REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
    return *answer;
  }
  exchange::HttpResponse post(const std::string& body) {
    exchange::HttpTransport transport;
    return post(transport, body);
  }
  std::vector<Signal> signals() const {
    const auto store = storage::RocksDbStore::open_secondary(data());
    REQUIRE(store.has_value());
    return *storage::load_signals(**store, {"follower"}, {}, 5000);
  }
  void wait_for_order() const {
    PaperAuditor auditor(paper_port);
    for (int tries = 0; auditor.ledger().empty(); ++tries) {
      REQUIRE_MESSAGE(tries < 3'000, engine->output());
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }

  TemporaryDirectory home;
  std::unique_ptr<ChildProcess> paper;
  std::uint16_t paper_port = 0;
  std::string config;
  std::unique_ptr<ChildProcess> engine;
  std::uint16_t port = 0;
};

const std::string kBuy = R"({"action":"buy","ticker":"BTCUSDT","secret":"correct-horse"})";

std::string signal_id_in(const std::string& body) {
  const std::string mark = "\"signal_id\":\"";
  const std::size_t at = body.find(mark);
  REQUIRE_MESSAGE(at != std::string::npos, body);
  return body.substr(at + mark.size(), 32);
}

}  // namespace

TEST_CASE("an alert becomes an order at the exchange; bad ones are refused and kept") {
  Followed world;
  CHECK(world.post(R"({"action":"buy"})").status == 401);
  CHECK(world.post(R"({"action":"hodl","secret":"correct-horse"})").status == 400);
  const auto answer = world.post(kBuy);
  CHECK(answer.status == 200);
  world.wait_for_order();
  world.end_gently();
  CHECK(world.engine->output().find("correct-horse") == std::string::npos);
  const auto signals = world.signals();
  REQUIRE(signals.size() == 2);
  CHECK(signals[0].id.value == signal_id_in(answer.body));
  CHECK(signals[0].decision == SignalDecision::kAccepted);
  CHECK(signals[1].rejection_reason == ReasonCode::kMalformedAlert);
  const EngineRecords records = read_records(world.data());
  CHECK(records.intents.size() == 1);
  CHECK(records.trades.size() == 1);
  const Ended verified = run_program("botbox", {"verify", "--data", world.data().string()});
  CHECK_MESSAGE(verified.exit_code == 0, verified.out << verified.err);
}

TEST_CASE("the same alert from two connections, a thousand times, is one intent and one order") {
  Followed world;
  std::set<std::string> ids;
  std::mutex mutex;
  const auto send_half = [&] {
    exchange::HttpTransport transport;
    for (int i = 0; i < 500; ++i) {
      const auto answer = world.post(transport, R"({"id":"a-1",)" + kBuy.substr(1));
      const std::lock_guard lock(mutex);
      CHECK(answer.status == 200);
      ids.insert(signal_id_in(answer.body));
    }
  };
  std::thread other(send_half);
  send_half();
  other.join();
  CHECK(ids.size() == 1);
  world.wait_for_order();
  world.end_gently();
  CHECK(world.signals().size() == 1);
  const EngineRecords records = read_records(world.data());
  CHECK(records.intents.size() == 1);
  CHECK(records.trades.size() == 1);
  for (const auto& [id, entry] : PaperAuditor(world.paper_port).ledger()) CHECK(entry.arrived == 1);
}

TEST_CASE("killed right after the answer, the next process sends the order, once") {
  Followed world;
  exchange::HttpTransport transport;
  const auto answer = world.post(transport, R"({"id":"a-2",)" + kBuy.substr(1));
  world.engine->signal(SIGKILL);
  REQUIRE(world.engine->wait(kPatience).has_value());
  CHECK(answer.status == 200);
  for (int life = 0; life < 2; ++life) {
    world.start();
    world.wait_for_order();
    const auto again = world.post(R"({"id":"a-2",)" + kBuy.substr(1));
    CHECK(again.status == 200);
    CHECK(signal_id_in(again.body) == signal_id_in(answer.body));
    CHECK(again.body.find("\"duplicate\":true") != std::string::npos);
    world.end_gently();
    const EngineRecords records = read_records(world.data());
    CHECK(records.intents.size() == 1);
    CHECK(records.trades.size() == 1);
  }
  std::size_t entries = 0;
  for (const auto& [id, entry] : PaperAuditor(world.paper_port).ledger()) {
    ++entries;
    CHECK(entry.arrived == 1);
  }
  CHECK(entries == 1);
}

}  // namespace botbox::process
