// From a decision to the rows it writes: the one place that knows which record goes under which
// key.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/decide.hpp"
#include "engine/model/fleet_lock.hpp"
#include "storage/commit.hpp"

namespace botbox::actors {

// How long traces and cycle records are kept where nothing else is configured. 0 would be for ever.
inline constexpr Duration kTraceRetention{30LL * 86'400'000};
inline constexpr Duration kCycleRetention{7LL * 86'400'000};
constexpr Timestamp kept_until(Timestamp at, Duration kept) {
  return kept > Duration{0} ? at + kept : Timestamp{};
}

// The commit of one turn of a bot, with `more` (null: nothing more). With a claim, all rows depend
// on it; refused, nothing is written. So it is when the turn settles a signal that was settled
// before.
std::shared_ptr<const storage::Commit> commit_for(const BotConfig& config, const Decision& decision,
                                                  storage::Epoch epoch, Timestamp now,
                                                  storage::WriteOps* more = nullptr,
                                                  Duration traces_kept = kTraceRetention);

// Kind and subject of the event that a market could not be looked at, so that no bot of it could.
inline constexpr std::string_view kCheckFailedEvent = "check.failed";
std::string series_text(const Symbol& symbol, Timeframe timeframe);  // "BTC/USDT 1h"

// What the guards of all bots add up, kept until `expires_at`, and the locks that they called for.
void put_result(storage::WriteOps& ops, const FleetResult& result, Timestamp expires_at);
void put_lock(storage::WriteOps& ops, const FleetLock& lock);

// Why the writer refused that commit, by the claim that was taken; empty: the signal that the turn
// settles was settled before.
std::optional<ReasonCode> refusal_of(const Decision& decision, std::size_t refused_claim);

storage::Put trace_row(const DecisionTrace& trace, Duration kept = kTraceRetention);

// True if the turn changes nothing durable: there is nothing to commit.
bool is_empty(const Decision& decision, const BotSnapshot& before);

// One more line of the event log; the writer gives it its number.
void note(storage::WriteOps& ops, const Event& event);

// What is written of a signal that no bot decides (engine/execution/rejection.hpp): its row, its
// trace and the event that says so.
void note_unheard(storage::WriteOps& ops, const Signal& rejected, Timestamp at, std::string by,
                  Duration traces_kept);

// The rows of trades that are about to be sent: EXECUTING, no longer in their PENDING slot.
storage::WriteOps dispatch_rows(const std::vector<Trade>& trades, Timestamp now);

}  // namespace botbox::actors
