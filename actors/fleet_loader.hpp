// From a data directory and a configuration to a fleet: what is new, what changed, what is under
// way.
#pragma once

#include <vector>

#include "actors/signal_inbox_actor.hpp"
#include "actors/supervisor_actor.hpp"
#include "actors/trade_queue_actor.hpp"
#include "engine/model/fleet_lock.hpp"
#include "engine/strategy/strategy.hpp"
#include "storage/commit.hpp"
#include "storage/directory.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct LoadedFleet {
  std::vector<FleetMember> members;
  TradeQueueBirth queue;
  SignalInboxBirth inbox;
  EngineState engine;
  std::optional<LimiterState> limiter;
  std::optional<LimiterState> local_limiter;
  std::vector<FleetResult> results;  // in the order of time
  std::vector<FleetLock> locks;      // that have not ended
  std::uint64_t last_cycle = 0;
  // Rows of new and changed bots, to be written before the fleet starts.
  storage::WriteOps first_rows;
  std::size_t created = 0;
  std::size_t updated = 0;
  std::size_t archived = 0;
  std::vector<BotId> bound;  // to another market than the configured one, by what they hold
};

struct FleetRequest {
  std::vector<BotConfig> bots;  // as configured
  std::string exchange;         // names the limiter's rows
  EngineState engine_at_first;  // when the directory has none yet
  storage::WriteOps rows;       // written with those of the fleet
  Timestamp now;
};

// A configured bot that changed keeps its snapshot under the next settings version. One that is
// gone from the configuration is archived, unless it has an open position or a trade under way:
// then it stays, paused, and leaves by its last settings until that is over; so does one that an
// earlier release archived with something open. Configured again, it goes on as configured. One
// that is configured for another symbol stays with its last settings as well until it holds
// nothing: the first start after that takes the new ones. One row that cannot be read puts one bot
// into quarantine; an unreadable trade or engine row is an error, since nothing could be decided
// safely without it.
Result<LoadedFleet> load_fleet(const storage::Store& store, const StrategyCatalogue& catalogue,
                               const FleetRequest& request);

}  // namespace botbox::actors
