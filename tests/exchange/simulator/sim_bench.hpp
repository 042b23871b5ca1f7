// SimBench: a simulator without sockets, and requests as its clients sign them.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "exchange/simulator/simulator.hpp"
#include "tests/exchange/simulator/sim_market.hpp"

namespace botbox::exchange::testing {

using Json = nlohmann::json;

// How a request is signed; each member is one thing to do wrong.
struct Signing {
  std::string key = "bench-key";
  std::string secret = "bench-secret";
  Duration stamp_off{0};
  std::string window;  // "": none is sent
};

struct SimBenchOptions {
  std::vector<std::string> minutes;  // as add_minutes takes them
  std::string participation = "0";
  std::string funding = "0";  // rate of every eight hours
  sim::FeeCoin fee_coin = sim::FeeCoin::kQuote;
  bool enforce_limits = true;
  bool enforce_order_caps = false;
};

// An account with 100,000 USDT and 10 BTC at each venue.
class SimBench {
 public:
  explicit SimBench(const SimBenchOptions& options = {});

  // "symbol=BTCUSDT&side=BUY", signed.
  sim::WireRequest binance(const std::string& method, const std::string& path,
                           const std::string& query, const Signing& signing = {}) const;
  // GET: a query; POST: a JSON object.
  sim::WireRequest bybit(const std::string& method, const std::string& path,
                         const std::string& query_or_body, const Signing& signing = {}) const;
  sim::Delivery send(const sim::WireRequest& request) { return simulator.handle(request); }
  // The same, of which only the body counts.
  Json spot(const std::string& method, const std::string& path, const std::string& query);
  Json usdm(const std::string& method, const std::string& path, const std::string& query);
  Json bybit_result(const std::string& method, const std::string& path, const std::string& text);
  // Zero: it went well.
  int bybit_code(const std::string& method, const std::string& path, const std::string& text);

  // The clock, and with it the market.
  void step(Duration by);
  const sim::Account& account(const std::string& venue);
  Decimal total(const std::string& venue, const std::string& asset);
  Decimal locked(const std::string& venue, const std::string& asset);

  ManualClock clock{kSimStart};
  TableMarket feed;
  sim::SimulatorClock venue_clock;
  sim::Simulator simulator;
};

}  // namespace botbox::exchange::testing
