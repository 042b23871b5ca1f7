// AccountSnapshot: what the exchange says of the whole account at one moment, ours or anybody's.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"

namespace botbox {

// An order that stands. Protective orders of the engine carry the id that the engine gave them,
// whatever id the venue knows their present incarnation by.
struct OpenOrder {
  ClientOrderId client_id;  // may be empty: placed by hand
  OrderId order_id;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  OrderType type = OrderType::kMarket;
  Quantity quantity;
  Quantity filled;

  bool operator==(const OpenOrder&) const = default;
};

// Whether a position's margin is its own or the whole account's. kNone: spot, or not told.
enum class MarginMode : std::uint8_t { kNone, kCross, kIsolated };
constexpr std::string_view to_string(MarginMode mode) {
  switch (mode) {
    case MarginMode::kNone: return "none";
    case MarginMode::kCross: return "cross";
    case MarginMode::kIsolated: return "isolated";
  }
  return "?";
}

// The net position of one symbol.
struct NetPosition {
  Symbol symbol;
  PositionSide side = PositionSide::kLong;
  Quantity quantity;  // > 0
  Price average_entry;
  Price mark;                                  // zero where unknown
  Decimal leverage;                            // zero where unknown
  MarginMode margin_mode = MarginMode::kNone;  // kNone: unknown, or the account's

  bool operator==(const NetPosition&) const = default;
};

struct Holding {
  Asset asset;
  Decimal total;  // free and locked

  bool operator==(const Holding&) const = default;
};

// A part that is empty was not told: that is not the same as "there is none".
struct AccountSnapshot {
  std::optional<std::vector<OpenOrder>> open_orders;
  std::optional<std::vector<NetPosition>> positions;  // linear only
  std::optional<std::vector<Holding>> holdings;
  std::optional<std::vector<Instrument>> instruments;
  std::optional<bool> is_hedged;          // one position for each side instead of a net one
  std::optional<MarginMode> margin_mode;  // where it is the account's, not each position's

  bool operator==(const AccountSnapshot&) const = default;
};

}  // namespace botbox
