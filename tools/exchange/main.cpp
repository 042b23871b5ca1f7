// The program `botbox-exchange`: three simulated venues on 127.0.0.1, over the protocols of Bybit
// v5, Binance spot and Binance USD-M, for testing bots. README.md says how.
#include <fmt/format.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>

#include "actors/wall_clock.hpp"
#include "exchange/simulator/simulator_server.hpp"
#include "tools/botbox/exit_code.hpp"
#include "tools/exchange/market_choice.hpp"

namespace botbox::cli {
namespace {

namespace sim = exchange::sim;

struct ExchangeOptions {
  sim::ServerOptions server;
  std::vector<std::string> keys{"test-key:test-secret"};
  std::vector<std::string> balances{"USDT=100000", "BTC=2", "ETH=20", "BNB=10"};
  std::vector<std::string> faults;
  std::vector<std::string> fee_coins{"received"};
  MarketChoice market;
  std::int64_t speed = 1;
  std::int64_t time_origin_ms = 0;
  std::string start;
  std::string participation = "0";
  std::string funding = "0";
  std::uint64_t fault_seed = 1;
  bool ignore_timestamps = false;
  bool ignore_limits = false;
};

sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// "a=b" in two.
Result<std::pair<std::string, std::string>> split(const std::string& text, char at,
                                                  const char* what) {
  const std::size_t mark = text.find(at);
  if (mark == std::string::npos || mark == 0 || mark + 1 == text.size())
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is no {}", text, what));
  return std::pair{text.substr(0, mark), text.substr(mark + 1)};
}

Result<sim::SimulatorConfig> simulator_config(const ExchangeOptions& options) {
  sim::SimulatorConfig config;
  for (const std::string& key : options.keys) {
    BOTBOX_ASSIGN(auto parts, split(key, ':', "key; write KEY:SECRET"));
    config.keys.push_back({parts.first, parts.second});
  }
  for (const std::string& balance : options.balances) {
    BOTBOX_ASSIGN(auto parts, split(balance, '=', "balance; write ASSET=AMOUNT"));
    BOTBOX_ASSIGN(const Decimal amount, Decimal::parse(parts.second));
    config.balances[{parts.first}] = amount;
  }
  for (const std::string& fault : options.faults) {
    BOTBOX_ASSIGN(auto rule, sim::parse_fault_rule(fault));
    config.faults.rules.push_back(std::move(rule));
  }
  config.faults.seed = options.fault_seed;
  const std::string& coin = options.fee_coins.front();
  config.spot_fee_coin = coin == "quote"   ? sim::FeeCoin::kQuote
                         : coin == "third" ? sim::FeeCoin::kThird
                                           : sim::FeeCoin::kReceived;
  BOTBOX_ASSIGN(config.max_participation, Decimal::parse(options.participation));
  BOTBOX_ASSIGN(config.funding_rate, Decimal::parse(options.funding));
  // A clock that stands still cannot agree with anybody's.
  config.check_timestamps = !options.ignore_timestamps && options.speed > 0;
  config.enforce_limits = config.enforce_order_caps = !options.ignore_limits;
  return config;
}

Result<void> serve(const ExchangeOptions& options) {
  const sigset_t signals = block_stop_signals();
  const actors::WallClock wall;
  BOTBOX_ASSIGN(sim::SimulatorConfig config, simulator_config(options));
  BOTBOX_ASSIGN(const Market market, open_market(options.market));
  config.listings = market.listings;
  Timestamp start = market.recorded_from.is_never() ? wall.now() : market.recorded_from;
  if (!options.start.empty()) {
    BOTBOX_ASSIGN(start, parse_timestamp(options.start));
  } else if (options.time_origin_ms > 0) {
    const Timestamp origin{options.time_origin_ms};
    start = origin + (wall.now() - origin) * options.speed;
  }
  sim::SimulatorClock clock(wall, start, options.speed);
  sim::Simulator simulator(config, *market.feed, clock);
  BOTBOX_ASSIGN(const auto server, sim::SimulatorServer::start(simulator, options.server));
  fmt::print("listening on http://127.0.0.1:{}\n", server->port());
  fmt::print(
      "  Bybit v5 at /v5, Binance spot at /api/v3, Binance USD-M at /fapi, admin at /admin\n");
  fmt::print("  API key {} with secret {}\n", config.keys.front().key, config.keys.front().secret);
  fmt::print("  the venue's time is {}, {} times as fast as ours\n", to_iso8601(start),
             options.speed);
  std::fflush(stdout);
  int caught = 0;
  sigwait(&signals, &caught);
  return {};
}

int run(int argc, char** argv) {
  ExchangeOptions options;
  options.server.port = 8790;
  CLI::App app("Simulated venues that speak Bybit v5, Binance spot and Binance USD-M",
               "botbox-exchange");
  app.set_config("--config", "", "TOML file with these options, without the dashes");
  app.add_option("--port", options.server.port, "Port on 127.0.0.1; 0: the system chooses")
      ->capture_default_str();
  app.add_option("--key", options.keys, "KEY:SECRET of an account, repeatable");
  app.add_option("--balance", options.balances, "ASSET=AMOUNT of every account, repeatable");
  app.add_option(
      "--symbols", options.market.symbols,
      "What to list, as ccxt writes it, repeatable; default BTC and ETH, spot and linear");
  app.add_option("--feed", options.market.csv,
                 "CSV file or directory of recorded candles; default: an invented market");
  app.add_option(
         "--venue", options.market.venues,
         "Whose files of --feed, as their names begin, where a symbol has those of several; "
         "repeatable")
      ->needs("--feed");
  app.add_option("--seed", options.market.seed, "Seed of the invented market");
  app.add_option(
      "--start", options.start,
      "The venue's time at the start; default: now, or when all recorded series have begun");
  app.add_option("--time-origin", options.time_origin_ms,
                 "Epoch milliseconds at which the venue's time equals real time, as in a drill");
  app.add_option("--speed", options.speed, "The venue's time runs so many times as fast; 0: steps")
      ->check(CLI::Range(0, 100'000));
  app.add_option("--spot-fee", options.fee_coins, "Coin of spot fees: received, quote or third")
      ->expected(1)
      ->check(CLI::IsMember({"received", "quote", "third"}));
  app.add_option("--participation", options.participation,
                 "Share of a tick's volume that orders can take; 0: all of it and more");
  app.add_option("--funding", options.funding,
                 "Rate that longs pay shorts at 00:00, 08:00 and 16:00 UTC; below zero: receive");
  app.add_option("--fault", options.faults,
                 "kind:chance[:path[:ms]], chance in 1/1000 of requests, repeatable");
  app.add_option("--fault-seed", options.fault_seed, "Seed of the faults");
  app.add_flag("--ignore-timestamps", options.ignore_timestamps, "Take any timestamp");
  app.add_flag("--ignore-limits", options.ignore_limits,
               "Count requests, turn nobody away, and let any number of orders stand");
  CLI11_PARSE(app, argc, argv);
  if (const auto served = serve(options); !served) {
    fmt::print(stderr, "botbox-exchange: {}\n", to_string(served.error()));
    return number(ExitCode::kError);
  }
  return number(ExitCode::kOk);
}

}  // namespace
}  // namespace botbox::cli

int main(int argc, char** argv) { return botbox::cli::run(argc, argv); }
