// The turn of a close that reconciliation, an operator or the exchange's word, and not the
// strategy, wants.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "engine/decide_parts.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/lifecycle.hpp"
#include "engine/execution/outcome.hpp"
#include "engine/execution/payload.hpp"
#include "engine/short_text.hpp"

namespace botbox {
namespace {

Signal signal_for(const BotSnapshot& snapshot, const CloseRequested& event,
                  const Position& position, const DecisionContext& context) {
  Signal signal;
  signal.id = {
      content_hash({"reconciliation", event.difference.value, std::to_string(event.attempt)})};
  signal.source = SignalSource::kManual;
  signal.bot = context.config.id;
  signal.symbol = position.symbol;
  signal.direction = Direction::kClose;
  signal.timeframe = context.config.timeframe;
  signal.candle_close = snapshot.last_candle_close;
  signal.created_at = context.now;
  signal.score = 1.0;
  signal.entry = position.average_entry;
  signal.decision = SignalDecision::kAccepted;
  return signal;
}

Trade trade_for(const Signal& signal, const Position& position, const DecisionContext& context) {
  Trade trade;
  trade.intent = idempotency_key(signal.id);
  trade.client_order_id = client_order_id(context.installation, trade.intent, OrderLeg::kClose);
  trade.id = {trade.client_order_id.value};
  trade.bot = signal.bot;
  trade.signal = signal.id;
  trade.symbol = position.symbol;
  trade.direction = Direction::kClose;
  trade.side = opposite(entry_side(position.side));
  trade.position = position.id;
  trade.quantity = position.quantity;
  trade.entry = position.average_entry;
  trade.created_at = context.now;
  trade.updated_at = context.now;
  return trade;
}

DecisionTrace trace_of(const Signal& signal, const Trade& trade, const CloseRequested& event) {
  DecisionTrace trace;
  trace.bot = signal.bot;
  trace.candle_close = signal.created_at;
  trace.checked_at = signal.created_at;
  trace.stage = TraceStage::kOrderRequested;
  trace.decision = DecisionType::kPending;
  trace.signal = signal.id;
  trace.trade = trade.id;
  trace.reason = event.reason;
  trace.reason_message =
      fmt::format("{} asks to close position {}", event.by, event.position.value);
  return trace;
}

// As far as it is there by now; empty: it is closed.
std::optional<Position> to_be_closed(const BotSnapshot& snapshot, const CloseRequested& event,
                                     const DecisionContext& context) {
  if (!may_have_to_close(snapshot, event.position)) return std::nullopt;
  for (const Position& open : snapshot.open_positions)
    if (open.id == event.position) return open;
  Position coming;
  coming.id = event.position;
  coming.symbol = context.config.symbol;
  for (const PendingTrade& pending : snapshot.pending)
    if (pending.position == event.position && pending.direction != Direction::kClose)
      coming.side = side_of(pending.direction);
  return coming;
}

// Where the exchange does not say which of the two levels was passed: the one that the entry is
// nearer to.
ReasonCode passed_level(const BotSnapshot& snapshot, const StopPassed& event,
                        const Position& position) {
  const Decimal to_stop = abs(position.average_entry.value - position.stop_loss.value);
  const Decimal to_target = abs(position.average_entry.value - position.take_profit.value);
  const bool is_target =
      event.or_target && position.take_profit.is_positive() && to_target < to_stop;
  return is_target ? ReasonCode::kTakeProfitHit : stop_reason(snapshot, position);
}

}  // namespace

bool is_being_closed(const BotSnapshot& snapshot, const PositionId& position) {
  return std::any_of(snapshot.pending.begin(), snapshot.pending.end(), [&](const PendingTrade& p) {
    return p.position == position && p.direction == Direction::kClose;
  });
}

bool may_have_to_close(const BotSnapshot& snapshot, const PositionId& position) {
  if (is_being_entered(snapshot, position)) return true;
  return std::ranges::any_of(snapshot.open_positions, [&](const Position& open) {
    return open.id == position && open.quantity.is_positive();
  });
}

std::vector<CloseSize> close_sizes(const BotSnapshot& snapshot) {
  std::vector<CloseSize> sizes;
  for (const PendingTrade& pending : snapshot.pending) {
    // A part stays the part that was decided.
    if (pending.direction != Direction::kClose || pending.reason == ReasonCode::kPartialTakeProfit)
      continue;
    for (const Position& position : snapshot.open_positions)
      if (position.id == pending.position && position.quantity.is_positive())
        sizes.push_back({pending.id, position.quantity});
  }
  return sizes;
}

// Nothing to do: the position is closed, or a close of it is under way already. Behind an entry
// that still fills, or has not begun to, it waits for its turn.
Decision decide_close(const BotSnapshot& snapshot, const CloseRequested& event,
                      const DecisionContext& context) {
  Decision decision;
  Turn& turn = decision.turn;
  turn.next = snapshot;
  const std::optional<Position> position = to_be_closed(snapshot, event, context);
  if (!position || is_being_closed(snapshot, event.position)) return decision;
  Signal signal = signal_for(snapshot, event, *position, context);
  Trade trade = trade_for(signal, *position, context);
  signal.executed_trade_id = trade.id;
  decision.claim = IntentClaim{.key = trade.intent,
                               .expires_at = context.now + kIdempotencyRetention,
                               .symbol = trade.symbol,
                               .direction = trade.direction};
  ++turn.next.turn;
  turn.next.last_trade_at = context.now;
  turn.next.pending.push_back({.id = trade.id,
                               .direction = trade.direction,
                               .position = trade.position,
                               .reserved = {},
                               .stop_client_id = {},
                               .take_profit_client_id = {},
                               .closed = {},
                               .reason = event.reason});
  Event accepted = event_for(context, "signal.accepted", signal.id.value, "CLOSE");
  accepted.actor = event.by;
  turn.effects.events.push_back(std::move(accepted));
  turn.effects.events.push_back(event_for(context, "intent.pending", trade.intent.value, {}));
  turn.effects.events.push_back(
      event_for(context, "trade.pending", trade.id.value, with_standing(size_text(trade), trade)));
  turn.effects.intent = intent_of(trade);
  turn.effects.trace = trace_of(signal, trade, event);
  add_payload(turn.effects.trace->context_json, trade, context.config);
  turn.effects.signal = std::move(signal);
  turn.effects.trade = std::move(trade);
  return decision;
}

// Each turn of the bot asks for another order, so that one that failed is not the last one; within
// a turn it is the same, and while one is under way there is none beside it.
Decision decide_stop_passed(const BotSnapshot& snapshot, const StopPassed& event,
                            const DecisionContext& context) {
  Decision decision;
  decision.turn.next = snapshot;
  const auto open =
      std::ranges::find(snapshot.open_positions, event.stop, &Position::stop_client_id);
  if (event.stop.empty() || open == snapshot.open_positions.end()) return decision;
  decision = decide_close(snapshot,
                          {.difference = {fmt::format("{}/{}", event.stop.value, snapshot.turn)},
                           .position = open->id,
                           .attempt = 0,
                           .by = "engine",
                           .reason = passed_level(snapshot, event, *open)},
                          context);
  if (!decision.turn.effects.signal) return decision;
  decision.turn.effects.signal->source = SignalSource::kStrategy;
  decision.turn.effects.trace->reason_message =
      fmt::format("the price has passed the stop at {}, says the exchange: {}",
                  to_string(open->stop_loss), short_text(event.why));
  return decision;
}

}  // namespace botbox
