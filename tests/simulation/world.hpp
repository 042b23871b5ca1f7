// World: everything of a run that outlives the engine's process: time, market, exchange, network,
// disk.
#pragma once

#include <memory>
#include <random>

#include "exchange/faults/faulty_exchange.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "tests/simulation/disk.hpp"
#include "tests/simulation/network.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/plan.hpp"

namespace botbox::simulation {

// Follows the clock of the engine that lives, and stands still, or is set, while none does.
class WorldClock final : public Clock {
 public:
  explicit WorldClock(Timestamp start) : now_(start) {}
  Timestamp now() const override {
    if (leader_ != nullptr) now_ = leader_->now();
    return now_;
  }
  void follow(const Clock* leader) {
    now();
    leader_ = leader;
  }
  void advance(Duration by) { now_ = now() + by; }

 private:
  mutable Timestamp now_;
  const Clock* leader_ = nullptr;
};

struct World {
  explicit World(const Plan& plan);

  // Every fill that ever was, as the exchange tells it.
  std::vector<OrderReport> venue_reports();

  InstallationId installation{"simulated"};
  WorldClock clock;
  Trace trace;
  Oracle oracle;
  // One generator per concern, so that one more draw here does not change everything there.
  std::mt19937_64 line_random;
  std::mt19937_64 disk_random;
  std::mt19937_64 venue_random;
  std::shared_ptr<exchange::MarketFeed> feed;
  std::unique_ptr<exchange::PaperExchange> paper;
  Door door;
  exchange::FaultyExchange faulty;
  Network network;
  Disk disk;
};

}  // namespace botbox::simulation
