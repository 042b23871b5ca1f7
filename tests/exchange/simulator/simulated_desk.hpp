// SimulatedDesk: VenueExchange as the engine has it, over a real adapter, over HTTP, at simulated
// venues in this process. Time moves only when the test says so.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "exchange/simulator/simulator_server.hpp"
#include "exchange/venue/venue_exchange.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tests/exchange/simulator/sim_market.hpp"

namespace botbox::exchange::testing {

// As ManualClock, for several threads.
class SharedClock final : public Clock {
 public:
  explicit SharedClock(Timestamp start) : ms_(start.ms) {}
  Timestamp now() const override { return {ms_.load()}; }
  void advance(Duration by) { ms_ += by.count(); }

 private:
  std::atomic<std::int64_t> ms_;
};

struct SimulatedDeskOptions {
  VenueKind kind = VenueKind::kBybitLinear;
  std::vector<std::string> minutes;  // as add_minutes takes them
  sim::FeeCoin fee_coin = sim::FeeCoin::kQuote;
  std::string participation = "0";
  std::string funding = "0";  // rate of every eight hours
  bool enforce_limits = false;
  VenueExchangeSettings settings;
};

// The market of sim_market.hpp; an account with 100,000 USDT and no BTC.
class SimulatedDesk {
 public:
  explicit SimulatedDesk(SimulatedDeskOptions options);
  ~SimulatedDesk();
  SimulatedDesk(const SimulatedDesk&) = delete;
  SimulatedDesk& operator=(const SimulatedDesk&) = delete;

  // Another process at the same venues, which knows what its records say.
  void restart(const std::vector<OpenBracket>& open);
  Exchange& exchange() { return *exchange_; }
  VenueApi& api() { return *api_; }
  const Symbol& symbol() const { return symbol_; }
  MarketType market() const { return market_; }
  std::string venue() const;  // as the simulator names it
  Timestamp now() const { return clock_.now(); }
  // The bot's clock and the venue's.
  void step(Duration by);

  // -- what a test asks and does by hand ---------------------------------------------------------
  nlohmann::json get(const std::string& path);  // "/admin/ledger"
  nlohmann::json post(const std::string& path, const nlohmann::json& body);
  // `kind` for the next `count` requests whose method and path hold `path`.
  void fault(const std::string& kind, const std::string& path, int count = 1);
  nlohmann::json account();  // balances, positions, open orders
  void hedge(bool on);       // the position mode of the symbol
  void buy_by_hand(const std::string& quantity);
  std::size_t open_orders();
  std::uint32_t accepted(const std::string& client_id);

  OrderRequest entry(const std::string& id, std::string_view quantity = "3") const;
  std::map<std::string, OrderReport> poll();
  std::size_t events_of(std::string_view kind) const;

  bool no_room = false;              // no permit for what the exchange asks on its own account
  std::atomic<int> room{1'000'000};  // or so many of them
  std::atomic<int> permits{0};
  std::vector<std::pair<std::string, std::string>> events;
  // What was told of stops that the price has passed, since it was asked for last.
  std::vector<PassedStop> take_passed();
  std::vector<std::optional<Duration>> stops;
  std::map<std::string, std::int64_t, std::less<>> counters;
  std::uint64_t cursor = 0;

 private:
  ExchangeLink link();
  nlohmann::json send(HttpRequest request);

  SimulatedDeskOptions options_;
  MarketType market_;
  Symbol symbol_;
  SharedClock clock_;
  TableMarket feed_;
  sim::SimulatorClock venue_clock_;
  std::unique_ptr<sim::Simulator> simulator_;
  std::unique_ptr<sim::SimulatorServer> server_;
  HttpTransport by_hand_;
  mutable std::mutex told_;  // events, stops, counters, passed_
  std::vector<PassedStop> passed_;
  std::shared_ptr<VenueApi> api_;
  std::unique_ptr<VenueExchange> exchange_;
};

// All adapters, for tests that hold for each.
inline constexpr std::array kAllVenues{VenueKind::kBybitSpot, VenueKind::kBybitLinear,
                                       VenueKind::kBinanceSpot, VenueKind::kBinanceUsdm};
std::string_view name_of(VenueKind kind);

}  // namespace botbox::exchange::testing
