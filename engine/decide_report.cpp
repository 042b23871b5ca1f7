// The turn of an order report: new fills are folded into the position, a final word ends the trade.
#include <algorithm>

#include "engine/decide_parts.hpp"
#include "engine/execution/lifecycle.hpp"
#include "engine/execution/outcome.hpp"
#include "engine/risk/exits.hpp"
#include "engine/risk/guards.hpp"
#include "engine/risk/sizing.hpp"

namespace botbox {
namespace {

using Positions = std::vector<Position>;

Positions::iterator by_id(Positions& positions, const PositionId& id) {
  return std::find_if(positions.begin(), positions.end(),
                      [&](const Position& p) { return p.id == id; });
}

Positions::iterator by_protective_order(Positions& positions, const ClientOrderId& id) {
  return std::find_if(positions.begin(), positions.end(), [&](const Position& p) {
    return p.stop_client_id == id || p.take_profit_client_id == id;
  });
}

Position opened_by(const Trade& trade) {
  Position position;
  position.id = trade.position;
  position.bot = trade.bot;
  position.symbol = trade.symbol;
  position.side = side_of(trade.direction);
  position.stop_loss = trade.stop_loss;
  position.take_profit = trade.take_profit;
  position.stop_client_id = trade.stop_client_id;
  position.take_profit_client_id = trade.take_profit_client_id;
  return position;
}

AppliedOrder& applied(Position& position, const ClientOrderId& id) {
  for (AppliedOrder& order : position.applied)
    if (order.client_id == id) return order;
  return position.applied.emplace_back(AppliedOrder{id, 0});
}

std::uint32_t folded_fills(const Position& position, const ClientOrderId& id) {
  for (const AppliedOrder& order : position.applied)
    if (order.client_id == id) return order.fills;
  return 0;
}

std::uint32_t folded_fills(const Position& position) {
  std::uint32_t sum = 0;
  for (const AppliedOrder& order : position.applied) sum += order.fills;
  return sum;
}

ReasonCode close_reason(const BotSnapshot& snapshot, const Position& position,
                        const ClientOrderId& id) {
  if (id == position.stop_client_id) return stop_reason(snapshot, position);
  if (id == position.take_profit_client_id) return ReasonCode::kTakeProfitHit;
  for (const PendingTrade& pending : snapshot.pending)
    if (pending.id.value == id.value && pending.direction == Direction::kClose &&
        pending.reason != ReasonCode::kNone)
      return pending.reason;
  return ReasonCode::kStrategyExit;
}

// Is the entry of this position, as of this event, still at the exchange?
bool entry_works(const BotSnapshot& snapshot, const PositionId& position,
                 const OrderReported& event) {
  const bool ends = event.blocked != ReasonCode::kNone || is_final(event.report.status);
  return std::any_of(snapshot.pending.begin(), snapshot.pending.end(), [&](const PendingTrade& p) {
    return p.position == position && p.direction != Direction::kClose &&
           !(ends && p.id == event.trade.id);
  });
}

// The plan's guards look at what the position brought.
void note_result(BotSnapshot& next, const Position& position, const DecisionContext& context,
                 Effects& effects) {
  const RiskPlan* plan = plan_of(context.config);
  if (plan == nullptr) return;
  if (next.risk.empty()) next.risk.emplace_back();
  for (const RiskLock& lock :
       note_closed(next.risk.front(), *plan, context.config.allocation, position, net_profit(next)))
    effects.events.push_back(event_for(context, "risk.locked", context.config.id.value,
                                       fmt::format("{} until {}: {}", to_string(lock.reason),
                                                   to_iso8601(lock.until), lock.detail)));
}

// The best price before it was enlarged is no profit of its new average.
void forget_best(BotSnapshot& next, const Position& enlarged) {
  if (next.risk.empty()) return;
  for (PositionCare& care : next.risk.front().care)
    if (care.position == enlarged.id) care.best = {};
}

}  // namespace

ReasonCode stop_reason(const BotSnapshot& snapshot, const Position& position) {
  if (has_moved_stop(snapshot, position))
    for (const PositionCare& care : snapshot.risk.front().care)
      if (care.position == position.id) return care.stop_reason;
  return ReasonCode::kStopLossHit;
}

Result<bool> fold_fills(const BotSnapshot& snapshot, Position& position, const OrderReport& report,
                        Effects& effects) {
  const std::uint32_t known = folded_fills(position, report.client_id);
  if (report.fills.size() <= known) return false;
  Position next = position;
  std::uint32_t number = folded_fills(position);
  for (std::size_t i = known; i < report.fills.size(); ++i) {
    BOTBOX_ASSIGN(next, apply_fill(std::move(next), report.fills[i]));
    effects.fills.push_back({position.id, report.fills[i], ++number});
  }
  applied(next, report.client_id).fills = static_cast<std::uint32_t>(report.fills.size());
  if (next.status == PositionStatus::kClosed)
    next.close_reason = close_reason(snapshot, next, report.client_id);
  position = std::move(next);
  return true;
}

void settle_position(BotSnapshot& next, std::vector<Position>::iterator at, const Position& before,
                     const DecisionContext& context, Effects& effects) {
  const Position& position = *at;
  if (position.total_entered > before.total_entered) forget_best(next, position);
  next.realised_profit += position.realised_profit - before.realised_profit;
  next.fees += position.fees - before.fees;
  next.funding += position.funding - before.funding;
  const bool opened = before.quantity.is_zero() && position.status == PositionStatus::kOpen;
  const std::string kind = position.status == PositionStatus::kClosed ? "position.closed"
                           : opened                                   ? "position.opened"
                                                                      : "position.changed";
  effects.events.push_back(event_for(
      context, kind, position.id.value,
      position.status == PositionStatus::kClosed
          ? fmt::format("{}, profit {}", to_string(position.close_reason),
                        to_string(net_profit(position)))
          : fmt::format("{} {} at {}", to_string(position.side), to_string(position.quantity),
                        to_string(position.average_entry))));
  effects.positions.push_back(position);
  if (position.status != PositionStatus::kClosed) return;
  // Also where no order of a turn closed it: who was stopped out cools down as well.
  next.last_trade_at = std::max(next.last_trade_at, position.closed_at);
  // Its own entry, or a close beside the stop, may not have said its last word yet. That word
  // repeats fills; without the position at hand they would be folded into a new one.
  for (PendingTrade& pending : next.pending)
    if (pending.position == position.id) pending.closed = {position};
  note_result(next, position, context, effects);
  next.open_positions.erase(at);
}

namespace {

bool is_protective(const OrderReported& event) { return event.trade.id.empty(); }

// Does this trade wait for words about the position that the event is about?
bool concerns(const PendingTrade& pending, const OrderReported& event) {
  const ClientOrderId& id = event.report.client_id;
  return is_protective(event) ? pending.stop_client_id == id || pending.take_profit_client_id == id
                              : pending.position == event.trade.position;
}

// The position that the event is about, among the open ones; end() when there is nothing to fold.
Result<Positions::iterator> position_for(BotSnapshot& next, const OrderReported& event,
                                         const DecisionContext& context, Effects& effects) {
  Positions& open = next.open_positions;
  const bool closes = event.trade.direction == Direction::kClose;
  const auto at = is_protective(event) ? by_protective_order(open, event.report.client_id)
                                       : by_id(open, event.trade.position);
  if (at != open.end()) return at;
  for (const PendingTrade& pending : next.pending) {
    if (!concerns(pending, event)) continue;
    if (!pending.closed.empty()) {
      const Position& closed = pending.closed.front();
      if (event.report.fills.size() <= folded_fills(closed, event.report.client_id))
        return open.end();
      open.push_back(closed);
      return open.end() - 1;
    }
    // The exchange tells of each order when it changed last, so a stop can be told before the entry
    // that it protects. Taken as an old story, its fills would be lost and the position never
    // close.
    if (pending.direction != Direction::kClose && (is_protective(event) || closes))
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("order {} is told before the entry it depends on",
                              event.report.client_id.value),
                  "trade " + pending.id.value);
  }
  // A protective order of a position that is closed already: folded before, nothing is left to do.
  if (is_protective(event)) return open.end();
  // A close can only fill what is open; if it did, the books and the exchange differ and somebody
  // must look. Nothing is folded, nothing is hidden.
  if (closes) {
    if (is_final(event.report.status))
      effects.events.push_back(event_for(context, "fill.unmatched", event.report.client_id.value,
                                         "filled " + to_string(event.report.filled)));
    return open.end();
  }
  open.push_back(opened_by(event.trade));
  return open.end() - 1;
}

// What would have enlarged a position ends without a fill, and a stop has taken all there was
// meanwhile: nothing keeps the position any more.
void close_if_flat(BotSnapshot& next, const OrderReported& event, const DecisionContext& context,
                   Effects& effects) {
  if (is_protective(event) || !enlarges(event.trade)) return;
  const auto at = by_id(next.open_positions, event.trade.position);
  if (at == next.open_positions.end() || !at->quantity.is_zero()) return;
  if (entry_works(next, at->id, event)) return;
  const Position before = *at;
  at->status = PositionStatus::kClosed;
  settle_position(next, at, before, context, effects);
}

Result<void> apply_fills(BotSnapshot& next, const OrderReported& event,
                         const DecisionContext& context, Effects& effects) {
  if (event.report.fills.empty()) {
    close_if_flat(next, event, context, effects);
    return {};
  }
  BOTBOX_ASSIGN(const Positions::iterator at, position_for(next, event, context, effects));
  if (at == next.open_positions.end()) return {};
  const Position before = *at;
  BOTBOX_ASSIGN(bool changed, fold_fills(next, *at, event.report, effects));
  // A stop or a close took all there was while the entry still works. The position stays, flat,
  // until the entry is final: it knows which of the entry's fills it holds, and more may come.
  const bool is_flat = at->quantity.is_zero();
  const PositionStatus status = is_flat && !entry_works(next, at->id, event)
                                    ? PositionStatus::kClosed
                                    : PositionStatus::kOpen;
  changed = changed || at->status != status;
  at->status = status;
  if (changed) settle_position(next, at, before, context, effects);
  return {};
}

// How many partial exits a close of this quantity makes up for: the newest of those taken.
std::uint32_t partials_of(const ExitPlan& plan, const Position& position, const PositionCare& care,
                          Quantity quantity) {
  Decimal share;
  std::uint32_t count = 0;
  while (count < care.partials) {
    ++count;
    const std::size_t at = care.partials - count;
    if (at < plan.partials.size()) share += plan.partials[at].share;
    const Result<Quantity> part = scaled(position.total_entered, share, Rounding::kDown);
    if (!part || *part >= quantity) break;
  }
  return count;
}

// What the engine's mode has held back in the queue was not refused: the plan asks for it again.
void ask_again(BotSnapshot& next, const OrderReported& event, const DecisionContext& context) {
  const bool is_held_back =
      event.blocked == ReasonCode::kEngineHalted || event.blocked == ReasonCode::kEngineReducing;
  const RiskPlan* plan = plan_of(context.config);
  if (!is_held_back || plan == nullptr || next.risk.empty()) return;
  const auto at = by_id(next.open_positions, event.trade.position);
  const auto trade = std::ranges::find(next.pending, event.trade.id, &PendingTrade::id);
  if (at == next.open_positions.end() || trade == next.pending.end()) return;
  for (PositionCare& care : next.risk.front().care) {
    if (care.position != at->id) continue;
    if (trade->reason == ReasonCode::kScaleIn && care.levels > 0) --care.levels;
    if (trade->reason == ReasonCode::kPartialTakeProfit)
      care.partials -= partials_of(plan->exits, *at, care, event.trade.quantity);
  }
}

Result<void> finish_trade(BotSnapshot& next, const OrderReported& event,
                          const DecisionContext& context, Effects& effects) {
  const bool blocked = event.blocked != ReasonCode::kNone;
  const TradeStep step = blocked ? TradeStep::kBlocked : step_for(event.report);
  if (step == TradeStep::kAccepted && effects.fills.empty()) return {};
  const ReasonCode reason = blocked                                ? event.blocked
                            : step == TradeStep::kCompleted        ? ReasonCode::kExecOrderPlaced
                            : step != TradeStep::kFailed           ? ReasonCode::kNone
                            : event.cancelled != ReasonCode::kNone ? event.cancelled
                                                                   : ReasonCode::kExchangeRejected;
  BOTBOX_ASSIGN(Trade trade, advance(event.trade, step,
                                     {.at = context.now,
                                      .order_id = event.report.order_id,
                                      .reason = reason,
                                      .message = event.report.message}));
  if (is_final(trade.status)) {
    std::erase_if(next.pending, [&](const PendingTrade& p) { return p.id == trade.id; });
    const bool completed = trade.status == TradeStatus::kCompleted;
    // What it was for has happened without it.
    const bool overtaken =
        trade.reason == ReasonCode::kClosedMeanwhile || trade.reason == ReasonCode::kNothingToClose;
    if (!overtaken) ++(completed ? next.trades_completed : next.trades_failed);
    effects.intent = intent_of(trade);
    effects.events.push_back(event_for(
        context,
        completed   ? "trade.completed"
        : overtaken ? "trade.overtaken"
                    : "trade.failed",
        trade.id.value,
        with_standing(completed ? "order " + trade.order_id.value : trade.error_message, trade)));
  }
  effects.trade = std::move(trade);
  return {};
}

}  // namespace

Result<Decision> decide_report(const BotSnapshot& snapshot, const OrderReported& event,
                               const DecisionContext& context) {
  Decision decision;
  Turn& turn = decision.turn;
  turn.next = snapshot;
  const bool protective = is_protective(event);
  const bool pending = std::any_of(snapshot.pending.begin(), snapshot.pending.end(),
                                   [&](const PendingTrade& p) { return p.id == event.trade.id; });
  // Final before, and said again: the records stand.
  if (!protective && !pending) return decision;
  // There is, or may be: the caller tells the queue how much (close_sizes).
  if (event.blocked == ReasonCode::kNothingToClose &&
      may_have_to_close(snapshot, event.trade.position))
    return decision;
  BOTBOX_TRY(apply_fills(turn.next, event, context, turn.effects));
  if (!protective) {
    ask_again(turn.next, event, context);
    BOTBOX_TRY(finish_trade(turn.next, event, context, turn.effects));
  }
  const bool changed = !turn.effects.fills.empty() || turn.effects.trade.has_value();
  if (changed) ++turn.next.turn;
  return decision;
}

}  // namespace botbox
