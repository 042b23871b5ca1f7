// Guards: after a position is closed, is it time for this bot to pause? Pure functions of the
// results so far; a pause is a RiskLock in the snapshot, so it survives restarts and ends by
// itself or by an operator's hand.
#pragma once

#include <span>
#include <vector>

#include "engine/model/bot.hpp"

namespace botbox {

// The locks that the newest result calls for; `results` oldest first, ending with it, and
// `earned_before` what was earned before the oldest of them. Days are UTC. Called at each close, so
// a lock that has ended comes back only with another result.
std::vector<RiskLock> locks_after(const GuardPlan& plan, Notional allocation,
                                  std::span<const ClosedResult> results, Timestamp now,
                                  Notional earned_before = {});

// What a closed position brought.
ClosedResult closed_result(const Position& position);

// Takes up a closed position: its result, the locks that it calls for, and nothing more to care
// for. The same position again replaces its result. `earned` is all that the bot has earned so far,
// this position included. Returns the locks that are new or longer.
std::vector<RiskLock> note_closed(RiskState& state, const RiskPlan& plan, Notional allocation,
                                  const Position& position, Notional earned);

// The lock that holds longest at `now`, or null.
const RiskLock* active_lock(const BotSnapshot& snapshot, Timestamp now);

}  // namespace botbox
