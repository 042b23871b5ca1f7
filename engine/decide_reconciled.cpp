// The turns in which the records follow the exchange: what is booked has no order of ours, so it is
// booked like the fill of one, under ids that are functions of the difference.
#include <fmt/format.h>

#include <algorithm>

#include "engine/decide_parts.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/reconciliation.hpp"

namespace botbox {
namespace {

using Positions = std::vector<Position>;

Positions::iterator open_position(Positions& positions, const PositionId& id) {
  return std::find_if(positions.begin(), positions.end(), [&](const Position& position) {
    return position.id == id && !position.quantity.is_zero();
  });
}

// The only one that the bot has.
Positions::iterator own_position(Positions& positions) {
  const bool is_one = positions.size() == 1 && !positions.front().quantity.is_zero();
  return is_one ? positions.begin() : positions.end();
}

OrderReport report_of(const DifferenceId& difference, Fill fill) {
  fill.id = {difference.value};
  fill.client_id = adopted_order_id(difference);
  OrderReport report;
  report.client_id = fill.client_id;
  report.symbol = fill.symbol;
  report.status = OrderStatus::kFilled;
  report.quantity = report.filled = fill.quantity;
  report.fills = {std::move(fill)};
  return report;
}

IdempotencyKey key_of(const DifferenceId& difference) { return {"a:" + difference.value}; }

// What the adopted part has cost, so that the whole has the exchange's average.
Price price_of(const PositionAdopted& event, const Position& position) {
  const Price told = event.average_entry;
  if (told.is_zero()) return event.mark.is_zero() ? position.average_entry : event.mark;
  const Result<Notional> whole =
      notional(told, position.quantity + event.quantity, Rounding::kHalfEven);
  if (!whole || !(*whole - position.entry_cost).is_positive()) return told;
  const Result<Decimal> price =
      divide((*whole - position.entry_cost).value, event.quantity.value, Rounding::kHalfEven);
  return price ? Price{*price} : told;
}

// The levels of the bot's configuration from the entry. One that the price has passed already would
// close at once what was to be kept: the stop goes as far from the mark then, the target is none.
Result<void> set_levels(Position& position, Price entry, Price mark,
                        const DecisionContext& context) {
  const bool is_long = position.side == PositionSide::kLong;
  const Decimal stop = context.config.stop_loss_ratio;
  const Decimal target = context.config.take_profit_ratio;
  const Instrument& instrument = *context.instrument;
  BOTBOX_ASSIGN(position.stop_loss, level_at(entry, is_long ? -stop : stop, instrument));
  const bool is_passed =
      !mark.is_zero() && (is_long ? position.stop_loss >= mark : position.stop_loss <= mark);
  if (is_passed) {
    BOTBOX_ASSIGN(position.stop_loss, level_at(mark, is_long ? -stop : stop, instrument));
  }
  if (target.is_zero()) return {};
  BOTBOX_ASSIGN(const Price level, level_at(entry, is_long ? target : -target, instrument));
  const bool is_reached = !mark.is_zero() && (is_long ? level <= mark : level >= mark);
  if (level.is_positive() && !is_reached) position.take_profit = level;
  return {};
}

// Without any fill; error: there are no levels that protect it.
Result<Position> opened_by(const PositionAdopted& event, Price entry,
                           const DecisionContext& context) {
  Position position;
  position.id = {adopted_order_id(event.difference).value};
  position.bot = context.config.id;
  position.symbol = event.symbol;
  position.side = event.side;
  BOTBOX_TRY(set_levels(position, entry, event.mark, context));
  if (!position.stop_loss.is_positive())
    return fail(ErrorCode::kInvalidInput, "no stop can protect it", position.id.value);
  const IdempotencyKey key = key_of(event.difference);
  position.stop_client_id = client_order_id(context.installation, key, OrderLeg::kStopLoss);
  if (!position.take_profit.is_zero())
    position.take_profit_client_id =
        client_order_id(context.installation, key, OrderLeg::kTakeProfit);
  return position;
}

// May the bot take it in now? While a trade of its is under way, its own fills come first.
bool can_adopt(const BotSnapshot& snapshot, const PositionAdopted& event,
               const DecisionContext& context) {
  return context.instrument != nullptr && context.instrument->market == MarketType::kLinear &&
         event.symbol == context.config.symbol && event.quantity.is_positive() &&
         snapshot.pending.empty();
}

void tell_reduced(const Position& position, const ReductionAdopted& event, const Fill& fill,
                  const DecisionContext& context, Effects& effects) {
  effects.events.push_back(
      event_for(context, "position.reduced", position.id.value,
                fmt::format("{} were taken off at {} (difference {}), {}", to_string(fill.quantity),
                            to_string(fill.price), event.difference.value,
                            event.price.is_zero() ? "the average of its entries: no price is known"
                                                  : "the mark that the exchange told last")));
}

void tell_adopted(const Position& position, const PositionAdopted& event, Price price,
                  const DecisionContext& context, Effects& effects) {
  effects.events.push_back(event_for(
      context, "position.adopted", position.id.value,
      fmt::format("{} {} at {} were taken in from the exchange (difference {}), stop at {}",
                  to_string(event.side), to_string(event.quantity), to_string(price),
                  event.difference.value, to_string(position.stop_loss))));
}

}  // namespace

// A trade that is under way decides the position by its own fills first.
Result<Decision> decide_reduction(const BotSnapshot& snapshot, const ReductionAdopted& event,
                                  const DecisionContext& context) {
  Decision decision;
  Turn& turn = decision.turn;
  turn.next = snapshot;
  const auto at = open_position(turn.next.open_positions, event.position);
  if (at == turn.next.open_positions.end() || is_busy(snapshot, event.position)) return decision;
  const Position before = *at;
  Fill fill;
  fill.symbol = at->symbol;
  fill.side = opposite(entry_side(at->side));
  fill.price = event.price.is_zero() ? at->average_entry : event.price;
  fill.quantity = std::min(event.quantity, at->quantity);
  fill.at = context.now;
  BOTBOX_ASSIGN(const bool changed,
                fold_fills(snapshot, *at, report_of(event.difference, fill), turn.effects));
  if (!changed) return decision;
  tell_reduced(*at, event, fill, context, turn.effects);
  if (at->quantity.is_zero()) {
    at->status = PositionStatus::kClosed;
    at->close_reason = ReasonCode::kReconciled;
  }
  settle_position(turn.next, at, before, context, turn.effects);
  ++turn.next.turn;
  return decision;
}

// The claim is what makes twice the same as once: a position that was adopted and is closed by now
// is in no snapshot.
Result<Decision> decide_adoption(const BotSnapshot& snapshot, const PositionAdopted& event,
                                 const DecisionContext& context) {
  Decision decision;
  decision.turn.next = snapshot;
  if (!can_adopt(snapshot, event, context)) return decision;
  Decision adopted = decision;
  Positions& open = adopted.turn.next.open_positions;
  auto at = event.position.empty() ? own_position(open) : open_position(open, event.position);
  if (event.position.empty() && open.empty()) {
    const Price entry = event.average_entry.is_zero() ? event.mark : event.average_entry;
    if (entry.is_zero()) return decision;
    Result<Position> made = opened_by(event, entry, context);
    // Taken in without a stop it would be worse off than left to the operator.
    if (!made) return decision;
    open.push_back(*std::move(made));
    at = open.end() - 1;
  }
  if (at == open.end() || at->side != event.side || at->quantity != event.held) return decision;
  const Position before = *at;
  Fill fill;
  fill.symbol = event.symbol;
  fill.side = entry_side(event.side);
  fill.price = price_of(event, *at);
  fill.quantity = event.quantity;
  fill.at = context.now;
  Effects& effects = adopted.turn.effects;
  BOTBOX_ASSIGN(const bool changed,
                fold_fills(snapshot, *at, report_of(event.difference, fill), effects));
  if (!changed) return decision;
  adopted.claim = IntentClaim{
      .key = key_of(event.difference),
      .expires_at = context.now + kIdempotencyRetention,
      .symbol = event.symbol,
      .direction = event.side == PositionSide::kLong ? Direction::kLong : Direction::kShort};
  tell_adopted(*at, event, fill.price, context, effects);
  settle_position(adopted.turn.next, at, before, context, effects);
  ++adopted.turn.next.turn;
  return adopted;
}

}  // namespace botbox
