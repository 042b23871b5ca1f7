#include "engine/model/symbol_standing.hpp"

#include <doctest/doctest.h>

#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

ReasonCode reason_for(const SymbolStanding& standing, const Instrument& listed,
                      OrderSide side = OrderSide::kBuy, std::size_t legs = 2) {
  const auto obstacle = obstacle_to(standing, listed, side, legs);
  return obstacle ? obstacle->reason : ReasonCode::kNone;
}

}  // namespace

TEST_CASE("an entry finds room while it, its stop and its target are within the venue's numbers") {
  Instrument listed = an_instrument();
  SymbolStanding taken;
  taken.orders = {.conditional = 100, .plain = 100};
  CHECK(reason_for(taken, listed) == ReasonCode::kNone);
  listed.max_conditional_orders = 5;
  taken.orders = {.conditional = 3, .plain = 100};
  CHECK(reason_for(taken, listed) == ReasonCode::kNone);
  taken.orders.conditional = 4;
  CHECK(reason_for(taken, listed) == ReasonCode::kNoOrderRoom);
  CHECK(reason_for(taken, listed, OrderSide::kBuy, 1) == ReasonCode::kNone);
  CHECK(obstacle_to(taken, listed, OrderSide::kBuy, 2)->detail ==
        "BTC/USDT has no room for one more entry with its stop and target: 4 of its 5 orders that "
        "wait for a trigger are taken by what is open or on its way");
  listed.max_conditional_orders = 0;
  listed.max_orders = 10;
  taken.orders = {.conditional = 3, .plain = 4};
  CHECK(reason_for(taken, listed) == ReasonCode::kNone);
  taken.orders.plain = 5;
  CHECK(reason_for(taken, listed) == ReasonCode::kNoOrderRoom);
}

TEST_CASE("a perpetual that is held one way is not entered the other way, a spot pair is") {
  Instrument listed = an_instrument();
  SymbolStanding held;
  held.long_by = {"a"};
  CHECK(reason_for(held, listed, OrderSide::kSell) == ReasonCode::kNone);
  listed.market = MarketType::kLinear;
  CHECK(reason_for(held, listed, OrderSide::kSell) == ReasonCode::kOppositeSideHeld);
  CHECK(reason_for(held, listed, OrderSide::kBuy) == ReasonCode::kNone);
  held.short_by.value.swap(held.long_by.value);
  CHECK(reason_for(held, listed, OrderSide::kBuy) == ReasonCode::kOppositeSideHeld);
  CHECK(reason_for(held, listed, OrderSide::kSell) == ReasonCode::kNone);
}

TEST_CASE("a difference that waits comes first, and holds what enlarges a position as well") {
  Instrument listed = an_instrument();
  listed.max_conditional_orders = 1;
  SymbolStanding standing;
  standing.orders.conditional = 1;
  CHECK_FALSE(obstacle_to_addition(standing).has_value());
  standing.difference = "the exchange differs from the records";
  CHECK(reason_for(standing, listed) == ReasonCode::kReconciliationPending);
  REQUIRE(obstacle_to_addition(standing).has_value());
  CHECK(obstacle_to_addition(standing)->reason == ReasonCode::kReconciliationPending);
}
