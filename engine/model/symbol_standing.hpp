// What an account has in one symbol, as far as it keeps further entries out of it: the side that is
// held, the orders that stand or may come to, and a difference that nobody has settled.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/reason_code.hpp"

namespace botbox {

// Orders of one symbol, as a venue counts those that stand.
struct OrderCount {
  std::size_t conditional = 0;  // wait for a trigger
  std::size_t plain = 0;

  std::size_t all() const { return conditional + plain; }
  bool operator==(const OrderCount&) const = default;
};

struct SymbolStanding {
  // That stand, or may come to stand.
  OrderCount orders;
  // An entry by which it is held, or may come to be; empty: none.
  ClientOrderId long_by;
  ClientOrderId short_by;
  std::vector<ClientOrderId> entries;  // that the above counts
  // Between the account and the records, that nobody has settled; empty: none.
  std::string difference;

  bool operator==(const SymbolStanding&) const = default;
};

// Of a difference of which no more is said.
inline constexpr std::string_view kDiffersFromRecords = "the exchange differs from the records";

// What keeps an entry out, for a person.
struct EntryObstacle {
  ReasonCode reason = ReasonCode::kNone;
  std::string detail;
  std::string fix;  // may be empty

  bool operator==(const EntryObstacle&) const = default;
};

// The first obstacle to an entry on this side with so many stops and targets; empty: there is none.
// In one-way mode two positions of a perpetual would close one another, and their stops stand for
// nothing. A stop without room would be found out when its position is open already.
std::optional<EntryObstacle> obstacle_to(const SymbolStanding& standing, const Instrument& listed,
                                         OrderSide side, std::size_t legs);
// The same of what enlarges a position: that one has stop and target.
std::optional<EntryObstacle> obstacle_to_addition(const SymbolStanding& standing);

}  // namespace botbox
