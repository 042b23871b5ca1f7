#include "engine/model/position.hpp"

namespace botbox {
namespace {

// The worth of coins that were kept back stands among the fees, so it is no part of the cost.
Result<Position> enlarge(Position position, const Fill& fill) {
  const Quantity got = fill.quantity - kept_as_fee(fill);
  if (!got.is_positive())
    return fail(ErrorCode::kInvalidInput, "the fee takes all that was bought",
                fmt::format("position {}, execution {}", position.id.value, fill.id.value));
  BOTBOX_ASSIGN(const Notional cost, notional(fill.price, got, Rounding::kHalfEven));
  position.status = PositionStatus::kOpen;
  position.closed_at = {};
  position.close_reason = ReasonCode::kNone;
  position.quantity += got;
  position.total_entered += got;
  position.entry_cost += cost;
  BOTBOX_ASSIGN(const Decimal average,
                divide(position.entry_cost.value, position.quantity.value, Rounding::kHalfEven));
  position.average_entry = {average};
  // An entry can go on filling after a stop has taken all there was.
  position.status = PositionStatus::kOpen;
  position.closed_at = {};
  return position;
}

Result<Position> reduce(Position position, const Fill& fill) {
  if (fill.quantity > position.quantity)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("fill of {} is larger than the open quantity {}",
                            to_string(fill.quantity), to_string(position.quantity)),
                fmt::format("position {}, execution {}", position.id.value, fill.id.value));
  // The cost of the part that leaves: all of it when nothing stays, so that no dust remains.
  const bool closes = fill.quantity == position.quantity;
  Notional cost_out = position.entry_cost;
  if (!closes) {
    BOTBOX_ASSIGN(const Decimal part,
                  multiply_divide(position.entry_cost.value, fill.quantity.value,
                                  position.quantity.value, Rounding::kHalfEven));
    cost_out = {part};
  }
  BOTBOX_ASSIGN(const Notional proceeds, notional(fill.price, fill.quantity, Rounding::kHalfEven));
  position.realised_profit +=
      position.side == PositionSide::kLong ? proceeds - cost_out : cost_out - proceeds;
  position.quantity -= fill.quantity;
  position.entry_cost -= cost_out;
  if (closes) {
    position.status = PositionStatus::kClosed;
    position.closed_at = fill.at;
  }
  return position;
}

}  // namespace

Quantity kept_as_fee(const Fill& fill) {
  if (fill.fee_coin.empty() || fill.side != OrderSide::kBuy) return {};
  const Result<SymbolParts> parts = parse_symbol(fill.symbol.value);
  const bool is_kept = parts && parts->market == MarketType::kSpot && parts->base == fill.fee_coin;
  return is_kept ? Quantity{fill.fee_in_coin} : Quantity{};
}

Result<Position> apply_fill(Position position, const Fill& fill) {
  if (fill.symbol != position.symbol)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("fill is for {}, not {}", fill.symbol.value, position.symbol.value),
                fmt::format("position {}, execution {}", position.id.value, fill.id.value));
  if (!fill.quantity.is_positive())
    return fail(ErrorCode::kInvalidInput, "fill quantity must be above zero",
                fmt::format("position {}, execution {}", position.id.value, fill.id.value));
  position.fees += fill.fee;
  position.funding += fill.funding;
  if (position.opened_at.is_never()) position.opened_at = fill.at;
  return fill.side == entry_side(position.side) ? enlarge(std::move(position), fill)
                                                : reduce(std::move(position), fill);
}

Result<Notional> unrealised_profit(const Position& position, Price price) {
  return unrealised_profit(position.side, position.quantity, position.entry_cost, price);
}

Result<Notional> unrealised_profit(PositionSide side, Quantity open, Notional cost, Price price) {
  BOTBOX_ASSIGN(const Notional worth, notional(price, open, Rounding::kHalfEven));
  return side == PositionSide::kLong ? worth - cost : cost - worth;
}

}  // namespace botbox
