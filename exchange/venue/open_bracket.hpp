// OpenBracket: what the engine's own records say of an entry that may still be open at a venue. A
// start tells it to VenueExchange, which holds nothing durable itself.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "engine/model/order.hpp"

namespace botbox::exchange {

// A close that was sent, and of which no final word is recorded.
struct OpenClose {
  ClientOrderId id;
  Quantity filled;  // what is recorded of it

  bool operator==(const OpenClose&) const = default;
};

// An order that enlarges the position.
struct OpenAddition {
  ClientOrderId id;
  Quantity filled;  // what is recorded of it
  bool is_final = false;

  bool operator==(const OpenAddition&) const = default;
};

struct OpenBracket {
  ClientOrderId parent;  // of the entry
  PositionId group;
  Symbol symbol;
  OrderSide entry_side = OrderSide::kBuy;
  Quantity entered;        // what is recorded of the entry's fills
  Quantity open;           // of all that was bought, what is not sold again, fees in coins included
  Quantity stop_filled;    // what is recorded of the stop's fills
  Quantity target_filled;  // as above
  bool entry_is_final = false;
  std::optional<AttachedOrder> stop_loss;
  std::optional<AttachedOrder> take_profit;
  std::vector<OpenClose> closes;
  std::vector<OpenAddition> additions;
  // The executions that are on record, of all these orders, in the order in which they were booked:
  // reports repeat them in that order, whatever the venue tells later.
  std::vector<Fill> booked;

  bool operator==(const OpenBracket&) const = default;
};

// The bracket that an order at the venue belongs to, whatever became of its position; empty: the
// order is not one of ours. `id` may be a later id of a leg's chain (bracket_book.hpp). Called on
// the venue's thread, once for each order that stands there and that nobody here knows.
using FindBracket = std::function<std::optional<OpenBracket>(const ClientOrderId& id)>;

}  // namespace botbox::exchange
