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
#include "tests/support/following_clock.hpp"

namespace botbox::simulation {

struct World {
  explicit World(const Plan& plan);

  // Every fill that ever was, as the exchange tells it.
  std::vector<OrderReport> venue_reports();

  InstallationId installation{"simulated"};
  test::FollowingClock clock;
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
