// VenueFleet: a whole engine over a real adapter at simulated venues, in this thread and on virtual
// time: engine, adapter and venue share one clock, and every request is exactly where it belongs.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/virtual_engine.hpp"
#include "exchange/venue/venue_exchange.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "storage/memory_store.hpp"
#include "tests/support/following_clock.hpp"
#include "tests/support/simulator_sender.hpp"

namespace botbox::test {

struct VenueFleetOptions {
  exchange::VenueKind kind = exchange::VenueKind::kBybitLinear;
  std::size_t bots = 12;
  std::size_t symbols = 4;  // bots take them in turn
  const char* first_coin = "C000";
  std::uint64_t market_seed = 1;
  exchange::sim::FaultPlan faults;
  exchange::sim::FeeCoin fee_coin = exchange::sim::FeeCoin::kQuote;  // of spot; kThird is BNB
  bool reconciles = false;          // with the account, and lets go of dust
  bool scales_in = false;           // bots add to positions that run against them
  bool enforce_order_caps = false;  // how many orders may stand in a symbol
  Decimal max_participation;
  Decimal funding_rate;  // of perpetuals, every eight hours
  // The last word on what the next engine is made of; null: none.
  std::function<void(actors::VirtualEngineOptions&)> adjust;
};

class VenueFleet {
 public:
  explicit VenueFleet(VenueFleetOptions options);
  ~VenueFleet() { stop(); }
  VenueFleet(const VenueFleet&) = delete;
  VenueFleet& operator=(const VenueFleet&) = delete;

  // A process on the same disk, at the same venue. The one before ends as after a power cut.
  void start();
  void stop();
  actors::VirtualEngine& engine() { return *engine_; }
  exchange::sim::Simulator& simulator() { return *simulator_; }
  const exchange::sim::Account& account();
  // Another program on the same account.
  exchange::VenueApi& by_hand() { return *by_hand_; }
  const std::shared_ptr<storage::MemoryMedium>& disk() const { return medium_; }
  // While no engine lives.
  void pass(Duration time) { clock_.advance(time); }
  std::string venue() const;  // as the simulator names it
  const std::vector<Symbol>& symbols() const { return symbols_; }
  bool is_spot() const;

  // Requests that the venue turned away over a limit.
  std::uint64_t turned_away() const;
  // Requests to paths that contain `part`.
  std::uint64_t requests(const std::string& part) const;
  // Runs until the engine knows every execution of the venue; false: it does not within an hour.
  bool comes_to_rest();
  // Runs until no position is open that was when funding was paid last: the others have told all of
  // it. False: it does not come to that before funding is paid again.
  bool tells_funding();
  // For a person, when it does not: each order whose executions are not what is booked of it.
  std::string what_differs();
  // What the engine's open positions of a symbol add up to, and what the venue has of it. Signed.
  Decimal in_records(const Symbol& symbol);
  Decimal at_venue(const Symbol& symbol);

 private:
  std::size_t booked_fills();
  std::shared_ptr<exchange::VenueApi> open_api();

  VenueFleetOptions options_;
  FollowingClock clock_;
  std::vector<Symbol> symbols_;
  std::vector<BotConfig> bots_;
  std::unique_ptr<exchange::MarketFeed> feed_;
  exchange::sim::SimulatorClock venue_clock_;
  std::unique_ptr<exchange::sim::Simulator> simulator_;
  std::unique_ptr<SimulatorSender> sender_;
  std::shared_ptr<exchange::VenueApi> by_hand_;
  std::shared_ptr<storage::MemoryMedium> medium_ = std::make_shared<storage::MemoryMedium>();
  std::unique_ptr<actors::VirtualEngine> engine_;
};

}  // namespace botbox::test
