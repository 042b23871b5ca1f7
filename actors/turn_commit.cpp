#include "actors/turn_commit.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <utility>

#include "engine/execution/outcome.hpp"
#include "engine/execution/rejection.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

using storage::WriteOps;

template <class T>
void put(WriteOps& ops, storage::Key key, const T& record) {
  ops.puts.push_back({std::move(key), storage::encode(record)});
}

void put_trade(WriteOps& ops, const Trade& trade) {
  put(ops, storage::trade_key(trade.id), trade);
  if (!is_final(trade.status)) {
    if (trade.attempts == 0) ops.puts.push_back({storage::trade_open_key(trade.id), {}});
    return;
  }
  ops.deletes.push_back(storage::trade_open_key(trade.id));
  // Never dispatched: it still holds its slot.
  if (trade.attempts == 0)
    ops.deletes.push_back(storage::pending_slot_key(trade.bot, trade.symbol, trade.direction));
}

WriteOps rows_of(const BotConfig& config, const Turn& turn, Duration traces_kept) {
  const Effects& effects = turn.effects;
  WriteOps ops;
  ops.puts.reserve(6 + effects.positions.size() + effects.fills.size());
  put(ops, storage::bot_snapshot_key(config.id), turn.next);
  if (effects.signal)
    put(ops, storage::signal_key(config.id, effects.signal->created_at, effects.signal->id),
        *effects.signal);
  if (effects.intent) put(ops, storage::intent_key(effects.intent->key), *effects.intent);
  if (effects.trade) put_trade(ops, *effects.trade);
  if (effects.trace) ops.puts.push_back(trace_row(*effects.trace, traces_kept));
  for (const Position& position : effects.positions)
    put(ops, storage::position_key(config.id, position.id), position);
  for (const PositionFill& fill : effects.fills)
    put(ops, storage::fill_key(config.id, fill.position, fill.fill.id),
        storage::BookedFill{fill.fill, fill.number});
  for (const Difference& dust : effects.let_go) put(ops, storage::difference_key(dust.id), dust);
  for (const Event& event : effects.events) note(ops, event);
  return ops;
}

void append(WriteOps& ops, WriteOps&& more) {
  std::ranges::move(more.puts, std::back_inserter(ops.puts));
  std::ranges::move(more.deletes, std::back_inserter(ops.deletes));
  std::ranges::move(more.events, std::back_inserter(ops.events));
}

}  // namespace

std::shared_ptr<const storage::Commit> commit_for(const BotConfig& config, const Decision& decision,
                                                  storage::Epoch epoch, Timestamp now,
                                                  storage::WriteOps* more, Duration traces_kept) {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = config.id.value;
  commit->epoch = epoch;
  commit->turn = decision.turn.next.turn;
  commit->at = now;
  if (!decision.claim && !decision.settles) {
    commit->always = rows_of(config, decision.turn, traces_kept);
    if (more != nullptr) append(commit->always, std::move(*more));
    return commit;
  }
  if (decision.settles)
    commit->claims.push_back(
        {storage::decided_key(decision.settles->id), decision.settles->expires_at});
  if (decision.claim) {
    const IntentClaim& claim = *decision.claim;
    commit->claims.push_back({storage::intent_claim_key(claim.key), claim.expires_at});
    // Only a trade takes the slot of the one PENDING row; a blocked intent does not.
    if (decision.turn.effects.trade)
      commit->claims.push_back(
          {storage::pending_slot_key(config.id, claim.symbol, claim.direction), {}});
  }
  commit->if_claimed = rows_of(config, decision.turn, traces_kept);
  if (more != nullptr) append(commit->if_claimed, std::move(*more));
  if (decision.settles)
    commit->if_claimed.deletes.push_back(storage::inbox_key(decision.settles->order));
  return commit;
}

void put_result(WriteOps& ops, const FleetResult& result, Timestamp expires_at) {
  ops.puts.push_back({storage::fleet_result_key(result.result.at, result.result.position),
                      storage::encode_expiring(storage::encode(result), expires_at)});
}

void put_lock(WriteOps& ops, const FleetLock& lock) {
  put(ops, storage::fleet_lock_key(lock.symbol, lock.lock.reason), lock);
}

storage::Put trace_row(const DecisionTrace& trace, Duration kept) {
  return {storage::trace_key(trace.bot, trace.candle_close),
          storage::encode_expiring(storage::encode(trace), kept_until(trace.checked_at, kept))};
}

std::string series_text(const Symbol& symbol, Timeframe timeframe) {
  return symbol.value + " " + to_string(timeframe);
}

// In the order in which commit_for() claims.
std::optional<ReasonCode> refusal_of(const Decision& decision, std::size_t refused_claim) {
  const std::size_t of_intent = decision.settles ? 1 : 0;
  if (refused_claim < of_intent) return std::nullopt;
  return refused_claim == of_intent ? ReasonCode::kIdempotencyBlocked : ReasonCode::kQueueDuplicate;
}

bool is_empty(const Decision& decision, const BotSnapshot& before) {
  return !decision.claim && !decision.settles && decision.turn.next.turn == before.turn;
}

void note(storage::WriteOps& ops, const Event& event) {
  ops.events.push_back(storage::encode(event));
}

void note_unheard(storage::WriteOps& ops, const Signal& rejected, Timestamp at, std::string by,
                  Duration traces_kept) {
  put(ops, storage::signal_key(rejected.bot, rejected.created_at, rejected.id), rejected);
  ops.puts.push_back(trace_row(rejection_trace(rejected, at), traces_kept));
  note(ops, {.at = at,
             .kind = "signal.rejected",
             .bot = rejected.bot,
             .subject = rejected.id.value,
             .detail = std::string(to_string(rejected.rejection_reason)),
             .actor = std::move(by)});
}

namespace {

// While an exchange refuses connections, for hours, an order is tried once a second.
bool is_worth_an_event(std::uint32_t attempts) {
  return attempts <= 4 || std::has_single_bit(attempts);
}

}  // namespace

storage::WriteOps dispatch_rows(const std::vector<Trade>& trades, Timestamp now) {
  WriteOps ops;
  ops.puts.reserve(trades.size());
  for (const Trade& trade : trades) {
    put(ops, storage::trade_key(trade.id), trade);
    if (trade.attempts == 1)
      ops.deletes.push_back(storage::pending_slot_key(trade.bot, trade.symbol, trade.direction));
    if (!is_worth_an_event(trade.attempts)) continue;
    note(ops, {.at = now,
               .kind = "trade.executing",
               .bot = trade.bot,
               .subject = trade.id.value,
               .detail = with_standing(fmt::format("attempt {}", trade.attempts), trade),
               .actor = "engine"});
  }
  return ops;
}

}  // namespace botbox::actors
