#include "engine/model/symbol_standing.hpp"

#include <fmt/format.h>

namespace botbox {
namespace {

std::optional<EntryObstacle> other_side(const SymbolStanding& standing, const Instrument& listed,
                                        OrderSide side) {
  const ClientOrderId& holder = side == OrderSide::kBuy ? standing.short_by : standing.long_by;
  if (listed.market != MarketType::kLinear || holder.empty()) return std::nullopt;
  return EntryObstacle{
      ReasonCode::kOppositeSideHeld,
      fmt::format("{} is held the other way by {}, and the venue would net the two",
                  listed.symbol.value, holder.value),
      "give bots that trade both ways symbols of their own"};
}

std::optional<EntryObstacle> no_room(const OrderCount& taken, const Instrument& listed,
                                     std::size_t legs) {
  const auto is_over = [](std::size_t number, std::size_t most) {
    return most > 0 && number > most;
  };
  const bool lacks_triggers =
      legs > 0 && is_over(taken.conditional + legs, listed.max_conditional_orders);
  if (!lacks_triggers && !is_over(taken.all() + legs + 1, listed.max_orders)) return std::nullopt;
  return EntryObstacle{
      ReasonCode::kNoOrderRoom,
      fmt::format("{} has no room for one more entry with its stop and target: {} of its {} "
                  "orders{} are taken by what is open or on its way",
                  listed.symbol.value, lacks_triggers ? taken.conditional : taken.all(),
                  lacks_triggers ? listed.max_conditional_orders : listed.max_orders,
                  lacks_triggers ? " that wait for a trigger" : ""),
      "spread the bots over more symbols"};
}

}  // namespace

std::optional<EntryObstacle> obstacle_to(const SymbolStanding& standing, const Instrument& listed,
                                         OrderSide side, std::size_t legs) {
  if (auto differs = obstacle_to_addition(standing)) return differs;
  if (auto held = other_side(standing, listed, side)) return held;
  return no_room(standing.orders, listed, legs);
}

std::optional<EntryObstacle> obstacle_to_addition(const SymbolStanding& standing) {
  if (standing.difference.empty()) return std::nullopt;
  return EntryObstacle{ReasonCode::kReconciliationPending, standing.difference,
                       "see 'botbox inspect differences'"};
}

}  // namespace botbox
