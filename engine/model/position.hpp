// Position: the fold of its fills.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/order.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class PositionSide : std::uint8_t { kLong, kShort };
constexpr std::string_view to_string(PositionSide side) {
  return side == PositionSide::kLong ? "LONG" : "SHORT";
}
enum class PositionStatus : std::uint8_t { kOpen, kClosed };
constexpr std::string_view to_string(PositionStatus status) {
  return status == PositionStatus::kOpen ? "OPEN" : "CLOSED";
}

// How much of one order has been folded in; a report that says no more than this changes nothing.
struct AppliedOrder {
  ClientOrderId client_id;
  std::uint32_t fills = 0;

  bool operator==(const AppliedOrder&) const = default;
};

struct Position {
  PositionId id;
  BotId bot;
  Symbol symbol;
  PositionSide side = PositionSide::kLong;
  PositionStatus status = PositionStatus::kOpen;
  Quantity quantity;       // still open, >= 0; without coins that a fee took
  Quantity total_entered;  // all entry fills, as far as they enlarged it
  Notional entry_cost;     // sum of price * quantity of the open part, quote currency
  Price average_entry;     // entry_cost / quantity while open; of the last open part once closed
  Price stop_loss;
  Price take_profit;
  ClientOrderId stop_client_id;
  ClientOrderId take_profit_client_id;
  Notional realised_profit;  // before fees
  Notional fees;
  Timestamp opened_at;
  Timestamp closed_at;
  ReasonCode close_reason = ReasonCode::kNone;
  std::vector<AppliedOrder> applied;
  // Perpetuals: received up to its newest fill, negative when paid. No part of `fees`.
  Notional funding;

  bool operator==(const Position&) const = default;
};

// Realised profit, fees and funding paid.
inline Notional net_profit(const Position& position) {
  return position.realised_profit - position.fees + position.funding;
}

// Spot: what the exchange kept back, as its fee, of the coins that a purchase bought. Zero for
// every other fill.
Quantity kept_as_fee(const Fill& fill);

// The position after one more fill. A fill on the entry side enlarges it by what is left of it
// after the fee, one on the other side reduces it and realises profit at average cost. Quantity
// zero closes it; an entry fill that is told only after that opens it again. Error kInvalidInput:
// the fill would turn the position over, or is for another symbol.
Result<Position> apply_fill(Position position, const Fill& fill);

// The side of the position that an entry of this direction opens.
constexpr PositionSide side_of(Direction direction) {
  return direction == Direction::kShort ? PositionSide::kShort : PositionSide::kLong;
}

// The side of the order that opens, or enlarges, a position.
constexpr OrderSide entry_side(PositionSide side) {
  return side == PositionSide::kLong ? OrderSide::kBuy : OrderSide::kSell;
}

// Profit if the open part were sold at `price`, before fees of the way out.
Result<Notional> unrealised_profit(const Position& position, Price price);
// The same of any number of positions on one side: what is open of them, and what it cost.
Result<Notional> unrealised_profit(PositionSide side, Quantity open, Notional cost, Price price);

}  // namespace botbox
