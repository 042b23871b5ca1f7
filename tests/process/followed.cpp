#include "tests/process/followed.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <future>
#include <thread>

#include "storage/reader.hpp"
#include "storage/rocksdb_store.hpp"

namespace botbox::process {
namespace {

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

}  // namespace

const std::string kBuyAlert = R"({"action":"buy","ticker":"BTCUSDT","secret":"correct-horse"})";

std::uint16_t port_after(ChildProcess& program, const std::string& mark) {
  REQUIRE_MESSAGE(program.says(mark, kPatience), program.output());
  while (program.output().find('\n', program.output().find(mark)) == std::string::npos)
    REQUIRE(program.says("\n", kPatience));
  return static_cast<std::uint16_t>(
      std::stoul(program.output().substr(program.output().find(mark) + mark.size())));
}

Followed::Followed(const std::string& more)
    : listens_(more.find("[api]") != std::string::npos ? "dashboard and API on http://127.0.0.1:"
                                                       : "webhooks on http://127.0.0.1:") {
  write_text(home(), "tv.secret", "correct-horse\n");
  ::chmod((home() / "tv.secret").c_str(), S_IRUSR | S_IWUSR);
  paper_ = std::make_unique<ChildProcess>(
      "botbox-paper",
      std::vector<std::string>{"--config", write_text(home(), "paper.toml", config_for(1))});
  paper_port_ = port_after(*paper_, "listening on http://127.0.0.1:");
  config_ = write_text(home(), "engine.toml", config_for(paper_port_) + more);
  start();
  REQUIRE_MESSAGE(engine_->says("cycle", kPatience), engine_->output());
}

void Followed::start() {
  engine_ = std::make_unique<ChildProcess>(
      "botbox", std::vector<std::string>{"run", "--config", config_, "--data", data().string()});
  port_ = port_after(*engine_, listens_);
  REQUIRE_MESSAGE(engine_->says("fleet ready", kPatience), engine_->output());
}

void Followed::kill() {
  engine_->signal(SIGKILL);
  REQUIRE(engine_->wait(kPatience).has_value());
}

void Followed::end_gently() {
  engine_->signal(SIGTERM);
  const auto ending = engine_->wait(kPatience);
  REQUIRE_MESSAGE(ending.has_value(), engine_->output());
  CHECK_MESSAGE(ending->exit_code == 0, engine_->output());
}

exchange::HttpResponse Followed::post_to(exchange::HttpTransport& through, const std::string& url,
                                         const std::vector<std::string>& headers,
                                         const std::string& body) {
  std::promise<Result<exchange::HttpResponse>> promise;
  through.send(SenderPermits::fresh(), {exchange::HttpMethod::kPost, url, headers, body},
               [&](Result<exchange::HttpResponse> got) { promise.set_value(std::move(got)); });
  Result<exchange::HttpResponse> answer = promise.get_future().get();
  REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
  return *answer;
}

exchange::HttpResponse Followed::post(exchange::HttpTransport& through,
                                      const std::string& body) const {
  return post_to(through, fmt::format("http://127.0.0.1:{}/webhook/tradingview/follower", port_),
                 {}, body);
}

exchange::HttpResponse Followed::post(const std::string& body) const {
  exchange::HttpTransport transport;
  return post(transport, body);
}

std::vector<Signal> Followed::signals(const std::vector<std::string>& bots) const {
  const auto store = storage::RocksDbStore::open_secondary(data());
  REQUIRE(store.has_value());
  std::vector<Signal> signals;
  for (const std::string& bot : bots) {
    const auto of_bot = storage::load_signals(**store, {bot}, {}, 1'000'000);
    REQUIRE(of_bot.has_value());
    signals.insert(signals.end(), of_bot->begin(), of_bot->end());
  }
  return signals;
}

void Followed::wait_for_orders(std::size_t orders) const {
  PaperAuditor auditor(paper_port_);
  for (int tries = 0; auditor.ledger().size() < orders; ++tries) {
    REQUIRE_MESSAGE(tries < 3'000, engine_->output());
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

}  // namespace botbox::process
