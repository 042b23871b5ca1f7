// Simulator: the three faces over their venues, faults on purpose, a ledger of what arrived, and
// the admin endpoints. One call per HTTP request; no sockets.
//
// Each face has a venue of its own ("bybit", "binance-spot", "binance-usdm") over the same market
// and clock; an API key is one account at each. Bybit's spot and linear share a wallet.
//
// Admin, JSON, no key: see admin_face.cpp for the paths.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "exchange/simulator/face.hpp"
#include "exchange/simulator/fault_plan.hpp"
#include "exchange/simulator/request_ledger.hpp"
#include "exchange/simulator/simulator_clock.hpp"

namespace botbox::exchange::sim {

struct SimulatorKey {
  std::string key;
  std::string secret;
};

struct SimulatorConfig {
  std::vector<SimulatorKey> keys;
  std::vector<Listing> listings;      // spot and linear
  std::map<Asset, Decimal> balances;  // of every account at every venue
  FeeCoin spot_fee_coin = FeeCoin::kReceived;
  Decimal max_participation;  // zero: no limit
  Decimal funding_rate;       // of perpetuals, every 8 hours; zero: none is paid
  bool check_timestamps = true;
  bool enforce_limits = true;
  bool enforce_order_caps = false;  // how many orders may stand
  FaultPlan faults;
};

// What the server has to do with an answer.
struct Delivery {
  WireAnswer answer;
  Duration delay{0};
  bool drop = false;   // close the connection without a byte
  bool reset = false;  // as drop, but with a TCP reset
  bool cut = false;    // send the head and half of the body, then close
};

class Simulator {
 public:
  // Feed and clock must outlive the simulator.
  Simulator(const SimulatorConfig& config, MarketFeed& feed, SimulatorClock& clock);
  ~Simulator();
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;

  Delivery handle(const WireRequest& request);

  SimulatedVenue& venue(const std::string& name) { return *venues_.at(name); }
  const RequestLedger& ledger() const { return ledger_; }
  FaultPlan& faults() { return faults_; }

 private:
  Delivery serve(Face& face, const WireRequest& request);
  WireAnswer admin(const WireRequest& request);
  Json admin_accounts() const;
  WireAnswer admin_time(const WireRequest& request);
  WireAnswer admin_hand(const WireRequest& request, const Params& params);
  // A request that is still on its way.
  struct Late {
    Timestamp arrives_at;
    Face* face = nullptr;
    WireRequest request;
  };

  void move_market();
  void move_venues(Timestamp now);
  void serve_late(const Late& late);
  void remember_holdings();

  SimulatorClock& clock_;
  FaultPlan faults_;
  RequestLedger ledger_;
  std::map<std::string, std::unique_ptr<SimulatedVenue>> venues_;
  std::vector<std::unique_ptr<Face>> faces_;
  std::vector<Late> late_;
};

}  // namespace botbox::exchange::sim
