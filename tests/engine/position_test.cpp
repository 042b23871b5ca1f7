#include "engine/model/position.hpp"

#include <doctest/doctest.h>

#include <boost/multiprecision/cpp_int.hpp>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

using boost::multiprecision::cpp_int;
using boost::multiprecision::cpp_rational;

cpp_rational exact(Decimal value) {
  const Decimal::Units units = value.units();
  const bool negative = units < 0;
  __extension__ using Magnitude = unsigned __int128;
  const Magnitude magnitude = static_cast<Magnitude>(negative ? -units : units);
  cpp_int whole = static_cast<std::uint64_t>(magnitude >> 64);
  whole <<= 64;
  whole += static_cast<std::uint64_t>(magnitude);
  const cpp_rational result{whole, cpp_int{Decimal::kOne}};
  return negative ? cpp_rational{-result} : result;
}
template <class Unit>
cpp_rational exact(Amount<Unit> amount) {
  return exact(amount.value);
}
const cpp_rational kUnit{1, cpp_int{Decimal::kOne}};

Position empty_position(PositionSide side) {
  Position position;
  position.id = {"entry"};
  position.bot = {"bot-1"};
  position.symbol = {"BTC/USDT"};
  position.side = side;
  return position;
}

OrderSide exit_side(PositionSide side) { return opposite(entry_side(side)); }

// The definition, in fractions: average cost, profit at every fill that reduces.
struct Oracle {
  PositionSide side = PositionSide::kLong;
  cpp_rational quantity, cost, profit, paid_in, paid_out;
  int fills = 0;

  void take(const Fill& fill) {
    ++fills;
    const cpp_rational worth = exact(fill.price) * exact(fill.quantity);
    if (fill.side == entry_side(side)) {
      quantity += exact(fill.quantity);
      cost += worth;
      paid_in += worth;
      return;
    }
    const cpp_rational out = cost * exact(fill.quantity) / quantity;
    profit += side == PositionSide::kLong ? cpp_rational{worth - out} : cpp_rational{out - worth};
    quantity -= exact(fill.quantity);
    cost -= out;
    paid_out += worth;
  }
};

Fill random_fill(SeededRuns& runs, const Position& position) {
  Fill fill = a_fill({.price = {Decimal::from_units(runs.between(1, 9'000'000'000'000'000))},
                      .quantity = {Decimal::from_units(runs.between(1, 5'000'000'000'000))},
                      .fee = {Decimal::from_units(runs.between(-1'000, 1'000'000))}});
  const bool reduces = position.quantity.is_positive() && runs.one_in(2);
  fill.side = reduces ? exit_side(position.side) : entry_side(position.side);
  if (reduces && (fill.quantity > position.quantity || runs.one_in(8)))
    fill.quantity = position.quantity;
  return fill;
}

}  // namespace

TEST_CASE("a fee in the coins that were bought is none of the position, and is paid once") {
  Fill bought = a_fill(
      {.price = price("100"), .quantity = quantity("3"), .fee = money("0.3"), .at = opens(1)});
  bought.fee_coin = {"BTC"};
  bought.fee_in_coin = Decimal::literal("0.003");
  CHECK(kept_as_fee(bought) == quantity("0.003"));
  Position p = *apply_fill(empty_position(PositionSide::kLong), bought);
  CHECK(p.quantity == quantity("2.997"));
  CHECK(p.total_entered == quantity("2.997"));
  CHECK(p.entry_cost == money("299.7"));
  CHECK(p.average_entry == price("100"));
  CHECK(p.fees == money("0.3"));
  Fill sold = a_fill({.side = OrderSide::kSell,
                      .price = price("100"),
                      .quantity = quantity("2.997"),
                      .fee = money("0.2997"),
                      .at = opens(2)});
  CHECK(kept_as_fee(sold).is_zero());
  p = *apply_fill(p, sold);
  CHECK(p.status == PositionStatus::kClosed);
  CHECK(p.realised_profit.is_zero());
  // 300 were paid, 299.7 came back less the fee: what the account has lost is what the fees say.
  CHECK(p.fees == money("0.5997"));
  // The same fee in another coin leaves the position whole.
  bought.fee_coin = {"BNB"};
  CHECK(apply_fill(empty_position(PositionSide::kLong), bought)->quantity == quantity("3"));
  // A fee that leaves nothing cannot be.
  bought.fee_coin = {"BTC"};
  bought.fee_in_coin = Decimal::from_int(3);
  CHECK(apply_fill(empty_position(PositionSide::kLong), bought).error().code ==
        ErrorCode::kInvalidInput);
}

TEST_CASE("a long bought twice and sold in two parts") {
  Position p = empty_position(PositionSide::kLong);
  p = *apply_fill(
      p,
      a_fill(
          {.price = price("100"), .quantity = quantity("1"), .fee = money("0.1"), .at = opens(1)}));
  p = *apply_fill(
      p,
      a_fill(
          {.price = price("110"), .quantity = quantity("1"), .fee = money("0.1"), .at = opens(2)}));
  CHECK(p.quantity == quantity("2"));
  CHECK(p.average_entry == price("105"));
  CHECK(p.entry_cost == money("210"));
  CHECK(p.opened_at == opens(1));
  CHECK(*unrealised_profit(p, price("104")) == money("-2"));

  p = *apply_fill(p, a_fill({.side = OrderSide::kSell,
                             .price = price("120"),
                             .quantity = quantity("0.5"),
                             .at = opens(3)}));
  CHECK(p.realised_profit == money("7.5"));
  CHECK(p.average_entry == price("105"));
  CHECK(p.entry_cost == money("157.5"));
  CHECK(p.status == PositionStatus::kOpen);
  CHECK(p.closed_at.is_never());

  p = *apply_fill(p, a_fill({.side = OrderSide::kSell,
                             .price = price("100"),
                             .quantity = quantity("1.5"),
                             .fee = money("-0.05"),
                             .at = opens(4)}));
  CHECK(p.status == PositionStatus::kClosed);
  CHECK(p.realised_profit == money("0"));
  CHECK(p.quantity.is_zero());
  CHECK(p.entry_cost.is_zero());
  CHECK(p.total_entered == quantity("2"));
  CHECK(p.fees == money("0.15"));
  CHECK(p.closed_at == opens(4));
}

TEST_CASE("a short profits when it is bought back below") {
  Position p = empty_position(PositionSide::kShort);
  p = *apply_fill(
      p, a_fill({.side = OrderSide::kSell, .price = price("100"), .quantity = quantity("2")}));
  CHECK(*unrealised_profit(p, price("90")) == money("20"));
  CHECK(*unrealised_profit(p, price("101")) == money("-2"));
  p = *apply_fill(
      p, a_fill({.side = OrderSide::kBuy, .price = price("90"), .quantity = quantity("2")}));
  CHECK(p.realised_profit == money("20"));
  CHECK(p.status == PositionStatus::kClosed);
}

TEST_CASE("a fill that contradicts the position is refused") {
  const Position open = *apply_fill(empty_position(PositionSide::kLong), a_fill());
  const Fill exit = a_fill({.side = OrderSide::kSell});
  const Position closed = *apply_fill(open, exit);
  Fill turning = exit, other = exit, nothing = exit, negative = exit;
  turning.quantity = quantity("1.000000000001");
  other.symbol = {"ETH/USDT"};
  nothing.quantity = {};
  negative.quantity = quantity("-1");
  for (const Fill& fill : {turning, other, nothing, negative}) {
    const Result<Position> folded = apply_fill(open, fill);
    REQUIRE_FALSE(folded.has_value());
    CHECK(folded.error().code == ErrorCode::kInvalidInput);
  }
  CHECK_FALSE(apply_fill(closed, exit).has_value());
  CHECK_FALSE(apply_fill(empty_position(PositionSide::kLong), exit).has_value());
}

TEST_CASE("an entry fill that is told after the position was closed opens it again") {
  const Position open = *apply_fill(empty_position(PositionSide::kLong), a_fill());
  Position closed = *apply_fill(open, a_fill({.side = OrderSide::kSell, .price = price("103")}));
  closed.close_reason = ReasonCode::kStopLossHit;
  const Position again =
      *apply_fill(closed, a_fill({.price = price("102"), .quantity = quantity("0.5")}));
  CHECK(again.status == PositionStatus::kOpen);
  CHECK(again.closed_at.is_never());
  CHECK(again.close_reason == ReasonCode::kNone);
  CHECK(again.quantity == quantity("0.5"));
  CHECK(again.average_entry == price("102"));
  CHECK(again.realised_profit == money("3"));
  CHECK(again.total_entered == quantity("1.5"));
}

TEST_CASE("profit and cost agree with fractions, and no unit of money is lost or made") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 400; ++round) {
    const PositionSide side = runs.one_in(2) ? PositionSide::kLong : PositionSide::kShort;
    Position position = empty_position(side);
    Oracle oracle{.side = side};
    Notional paid_in, paid_out, fees;
    for (int i = 0; i < 30 && position.status == PositionStatus::kOpen; ++i) {
      const Fill fill = random_fill(runs, position);
      const Notional worth = *notional(fill.price, fill.quantity, Rounding::kHalfEven);
      (fill.side == entry_side(side) ? paid_in : paid_out) += worth;
      fees += fill.fee;
      position = *apply_fill(position, fill);
      oracle.take(fill);

      REQUIRE(exact(position.quantity) == oracle.quantity);
      REQUIRE(position.fees == fees);
      // Conservation, to the unit: what went in is in the position or has become profit.
      const Notional gained = side == PositionSide::kLong ? paid_out - paid_in : paid_in - paid_out;
      const Notional held =
          side == PositionSide::kLong ? position.entry_cost : -position.entry_cost;
      REQUIRE(position.realised_profit == gained + held);
      // Each fill rounds at most twice, each time by half a unit.
      const cpp_rational allowed = kUnit * oracle.fills;
      REQUIRE(abs(cpp_rational{exact(position.entry_cost) - oracle.cost}) <= allowed);
      REQUIRE(abs(cpp_rational{exact(position.realised_profit) - oracle.profit}) <= allowed);
      REQUIRE_FALSE(position.entry_cost.is_negative());
      REQUIRE((position.status == PositionStatus::kClosed) == position.quantity.is_zero());
    }
    if (position.status == PositionStatus::kClosed) REQUIRE(position.entry_cost.is_zero());
  }
}

TEST_CASE("a fill in two parts comes to the same as in one, but for one unit per fill") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 1'000; ++round) {
    const PositionSide side = runs.one_in(2) ? PositionSide::kLong : PositionSide::kShort;
    Position whole = empty_position(side), parts = whole;
    int fills = 0;
    for (int i = 0; i < 8 && whole.status == PositionStatus::kOpen; ++i) {
      const Fill fill = random_fill(runs, whole);
      whole = *apply_fill(whole, fill);
      Fill first = fill, second = fill;
      first.quantity = {Decimal::from_units(
          runs.between(0, static_cast<std::int64_t>(fill.quantity.value.units())))};
      second.quantity = fill.quantity - first.quantity;
      first.fee = second.fee = {};
      for (const Fill& part : {first, second})
        if (part.quantity.is_positive()) parts = *apply_fill(parts, part), ++fills;
      REQUIRE(parts.quantity == whole.quantity);
      REQUIRE(parts.total_entered == whole.total_entered);
      REQUIRE(parts.status == whole.status);
      const cpp_rational allowed = kUnit * (2 * fills);
      REQUIRE(abs(cpp_rational{exact(parts.entry_cost) - exact(whole.entry_cost)}) <= allowed);
      REQUIRE(abs(cpp_rational{exact(parts.realised_profit) - exact(whole.realised_profit)}) <=
              allowed);
    }
  }
}
