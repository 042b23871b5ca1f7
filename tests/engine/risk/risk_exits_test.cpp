#include "engine/risk/exits.hpp"

#include <doctest/doctest.h>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

struct Shape {
  std::string_view low = "100";
  std::string_view high = "100";
  std::string_view close = "100";
};

std::vector<Candle> candles(const std::vector<Shape>& bars, std::int64_t first = 0) {
  std::vector<Candle> made;
  for (const Shape& bar : bars) {
    Candle candle = a_candle({.number = first++, .close = price(bar.close)});
    candle.low = price(bar.low);
    candle.high = price(bar.high);
    candle.open = candle.low;
    made.push_back(candle);
  }
  return made;
}

// One unit at 100, opened with the open of candle 0, its stop at the exchange 10 away.
Position open_position_of(PositionSide side = PositionSide::kLong) {
  Position position = a_position({.id = "p", .side = side});
  position.stop_loss = price(side == PositionSide::kLong ? "90" : "110");
  return position;
}

ExitStep step(const ExitPlan& plan, const Position& position, const std::vector<Candle>& fresh,
              std::optional<PositionCare> care = {}, std::optional<Price> atr = {}) {
  return step_exits(
      {.plan = plan, .position = position, .fresh = fresh, .candle = Duration{60'000}, .atr = atr},
      care.value_or(care_for(position)));
}

ExitPlan trailing(std::string_view distance, std::string_view activation = "0") {
  ExitPlan plan;
  plan.trailing.distance = Decimal::literal(distance);
  plan.trailing.activation = Decimal::literal(activation);
  return plan;
}

// A candle of a walk: opens at `close`, in thousandths, and moves it by `reach` at most.
Candle wandering(SeededRuns& runs, std::int64_t number, std::int64_t& close, std::int64_t reach) {
  Candle candle =
      a_candle({.number = number, .close = {Decimal::from_units(close * 1'000'000'000)}});
  close += runs.between(-reach, reach);
  candle.close = {Decimal::from_units(close * 1'000'000'000)};
  candle.high = std::max(candle.open, candle.close) + price("0.3");
  candle.low = std::min(candle.open, candle.close) - price("0.3");
  return candle;
}

RoiStep roi(std::int64_t minutes, std::string_view ratio) {
  return {Duration{minutes * 60'000}, Decimal::literal(ratio)};
}

}  // namespace

TEST_CASE(
    "a trailing stop follows the best price, never turns back, and closes when it is crossed") {
  const Position position = open_position_of();
  const ExitPlan plan = trailing("0.05");
  const ExitStep up = step(plan, position, candles({{"100", "120", "118"}}));
  CHECK(up.reason == ReasonCode::kNone);
  CHECK(up.care.best == price("120"));
  CHECK(up.care.stop == price("114"));
  const ExitStep lower = step(plan, position, candles({{"114.1", "116", "115"}}, 1), up.care);
  CHECK(lower.reason == ReasonCode::kNone);
  CHECK(lower.care.stop == price("114"));
  const ExitStep crossed = step(plan, position, candles({{"114", "119", "119"}}, 2), lower.care);
  CHECK(crossed.reason == ReasonCode::kTrailingStop);
  REQUIRE(crossed.conditions.size() == 1);
  CHECK(crossed.conditions.front().value == 114);
  CHECK(crossed.conditions.front().met);
}

TEST_CASE("a short's trailing stop stands above the lowest price") {
  const Position position = open_position_of(PositionSide::kShort);
  const ExitStep down = step(trailing("0.05"), position, candles({{"80", "100", "83"}}));
  CHECK(down.care.stop == price("84"));
  CHECK(down.reason == ReasonCode::kNone);
  CHECK(step(trailing("0.05"), position, candles({{"81", "84", "82"}}, 1), down.care).reason ==
        ReasonCode::kTrailingStop);
}

TEST_CASE("a trailing stop waits for its activation, and for an ATR if it is made of one") {
  const Position position = open_position_of();
  const ExitPlan plan = trailing("0.02", "0.1");
  CHECK(step(plan, position, candles({{"100", "109.9", "109"}})).care.stop.is_zero());
  CHECK(step(plan, position, candles({{"100", "110", "109"}})).care.stop == price("107.8"));
  ExitPlan by_atr;
  by_atr.trailing.atr_multiple = Decimal::from_int(2);
  CHECK(step(by_atr, position, candles({{"100", "110", "109"}})).care.stop.is_zero());
  CHECK(step(by_atr, position, candles({{"100", "110", "109"}}), {}, price("3")).care.stop ==
        price("104"));
}

TEST_CASE("a stop that is no tighter than the one at the exchange is not kept") {
  CHECK(step(trailing("0.2"), open_position_of(), candles({{"100", "110", "109"}}))
            .care.stop.is_zero());
}

TEST_CASE("a close below the level that the same candle raised leaves at once") {
  const ExitStep spike =
      step(trailing("0.05"), open_position_of(), candles({{"99", "120", "105"}}));
  CHECK(spike.care.stop == price("114"));
  CHECK(spike.reason == ReasonCode::kTrailingStop);
}

TEST_CASE("of the candle in which it was opened, a position knows the close alone") {
  Position position = open_position_of();
  position.opened_at = opens(0) + Duration{30'000};
  const ExitStep first = step(trailing("0.05"), position, candles({{"50", "200", "101"}}));
  CHECK(first.care.best == price("101"));
  CHECK(first.reason == ReasonCode::kNone);
}

TEST_CASE("candles from before the position say nothing about it") {
  Position position = open_position_of();
  position.opened_at = opens(1);
  const ExitStep late =
      step(trailing("0.05"), position, candles({{"50", "200", "199"}, {"99", "101", "100"}}));
  CHECK(late.care.best == price("101"));
}

TEST_CASE("a stop that was crossed while nobody looked is found in the candles between") {
  const ExitPlan plan = trailing("0.05");
  const ExitStep after_all =
      step(plan, open_position_of(),
           candles({{"100", "120", "119"}, {"110", "119", "118"}, {"118", "130", "129"}}));
  CHECK(after_all.reason == ReasonCode::kTrailingStop);
  CHECK(after_all.care.due == ReasonCode::kTrailingStop);
  // Once crossed it stays due, though the price is back: the position should be gone.
  CHECK(
      step(plan, open_position_of(), candles({{"129", "140", "140"}}, 3), after_all.care).reason ==
      ReasonCode::kTrailingStop);
}

TEST_CASE("break-even moves the stop to the entry and the offset beyond it") {
  ExitPlan plan;
  plan.break_even_at = Decimal::literal("0.03");
  plan.break_even_offset = Decimal::literal("0.001");
  const Position position = open_position_of();
  CHECK(step(plan, position, candles({{"100", "102.9", "102"}})).care.stop.is_zero());
  const ExitStep moved = step(plan, position, candles({{"100", "103", "102"}}));
  CHECK(moved.care.stop == price("100.1"));
  CHECK(step(plan, position, candles({{"100.1", "101", "101"}}, 1), moved.care).reason ==
        ReasonCode::kBreakEvenStop);
  const Position sold = open_position_of(PositionSide::kShort);
  CHECK(step(plan, sold, candles({{"97", "100", "98"}})).care.stop == price("99.9"));
}

TEST_CASE("the tighter of trailing and break-even stop counts, with its own reason") {
  ExitPlan plan = trailing("0.05");
  plan.break_even_at = Decimal::literal("0.01");
  const ExitStep early = step(plan, open_position_of(), candles({{"100", "101", "101"}}));
  CHECK(early.care.stop == price("100"));
  CHECK(early.care.stop_reason == ReasonCode::kBreakEvenStop);
  const ExitStep late =
      step(plan, open_position_of(), candles({{"101", "120", "119"}}, 1), early.care);
  CHECK(late.care.stop == price("114"));
  CHECK(late.care.stop_reason == ReasonCode::kTrailingStop);
}

TEST_CASE("a position is closed at the close that makes it as old as its time stop") {
  ExitPlan plan;
  plan.time_stop = Duration{180'000};
  CHECK(step(plan, open_position_of(), candles({{}}, 1)).reason == ReasonCode::kNone);
  CHECK(step(plan, open_position_of(), candles({{}}, 2)).reason == ReasonCode::kTimeStop);
}

TEST_CASE("the minimal ROI is the step of the greatest age that is reached") {
  const std::vector<RoiStep> steps{roi(0, "0.04"), roi(20, "0.02"), roi(30, "0.01"), roi(40, "0")};
  const auto wanted = [&](std::int64_t seconds) {
    return to_string(*roi_wanted(steps, Duration{seconds * 1000}));
  };
  CHECK(wanted(0) == "0.04");
  CHECK(wanted(20 * 60 - 1) == "0.04");
  CHECK(wanted(20 * 60) == "0.02");
  CHECK(wanted(30 * 60 + 59) == "0.01");
  CHECK(wanted(100'000) == "0");
  CHECK_FALSE(roi_wanted(std::vector{roi(10, "0.1")}, Duration{599'999}).has_value());
}

TEST_CASE("the minimal ROI is asked of the profit after all costs, which has to be above it") {
  ExitPlan plan;
  plan.roi = {roi(0, "0.03")};
  Position position = open_position_of();
  CHECK(step(plan, position, candles({{"100", "103", "103"}})).reason == ReasonCode::kNone);
  CHECK(step(plan, position, candles({{"100", "103.1", "103.1"}})).reason ==
        ReasonCode::kMinimalRoi);
  position.fees = money("0.1");  // and 0.1 on the way out
  CHECK(step(plan, position, candles({{"100", "103.1", "103.1"}})).reason == ReasonCode::kNone);
  position.fees = {};
  position.funding = money("-0.2");  // paid
  CHECK(step(plan, position, candles({{"100", "103.1", "103.1"}})).reason == ReasonCode::kNone);
  position.funding = money("0.2");  // received
  CHECK(step(plan, position, candles({{"100", "102.9", "102.9"}})).reason ==
        ReasonCode::kMinimalRoi);
  plan.roi = {roi(0, "-1")};
  CHECK(step(plan, position, candles({{"91", "91", "91"}})).reason == ReasonCode::kMinimalRoi);
}

TEST_CASE("what a partial exit has paid on its way out is no cost of the rest") {
  Position position = open_position_of();
  position.fees = money("0.1");
  CHECK(to_string(net_profit_ratio(position, price("110"))) == "0.098");
  // Half of it left at the same fee.
  position.quantity = quantity("0.5");
  position.entry_cost = money("50");
  position.fees = money("0.15");
  CHECK(to_string(net_profit_ratio(position, price("110"))) == "0.098");
}

TEST_CASE("partial exits are taken one after the other, several at once after a jump") {
  ExitPlan plan;
  plan.partials = {{Decimal::literal("0.02"), Decimal::literal("0.25")},
                   {Decimal::literal("0.04"), Decimal::literal("0.5")}};
  const Position position = open_position_of();
  CHECK(step(plan, position, candles({{"100", "105", "101"}})).reason == ReasonCode::kNone);
  const ExitStep first = step(plan, position, candles({{"100", "102", "102"}}));
  CHECK(first.reason == ReasonCode::kPartialTakeProfit);
  CHECK(first.quantity == quantity("0.25"));
  CHECK(first.partials == 1);
  const ExitStep both = step(plan, position, candles({{"100", "104", "104"}}));
  CHECK(both.quantity == quantity("0.75"));
  CHECK(both.partials == 2);
  PositionCare taken = care_for(position);
  taken.partials = 1;
  CHECK(step(plan, position, candles({{"100", "103", "103"}}), taken).reason == ReasonCode::kNone);
  CHECK(step(plan, position, candles({{"100", "104", "104"}}), taken).quantity == quantity("0.5"));
}

TEST_CASE("a crossed stop goes before time, ROI and partial exits") {
  ExitPlan plan = trailing("0.05");
  plan.time_stop = Duration{60'000};
  plan.roi = {roi(0, "-1")};
  plan.partials = {{Decimal::literal("0.01"), Decimal::literal("0.5")}};
  const ExitStep all = step(plan, open_position_of(), candles({{"100", "120", "110"}}));
  CHECK(all.reason == ReasonCode::kTrailingStop);
  CHECK(all.quantity.is_zero());
}

TEST_CASE("levels of scaling in lie at growing deviations and cost growing amounts") {
  const ScalingPlan plan{.levels = 3,
                         .deviation = Decimal::literal("0.01"),
                         .deviation_scale = Decimal::from_int(2),
                         .size_scale = Decimal::literal("1.5")};
  CHECK(to_string(*deviation_of(plan, 1)) == "0.01");
  CHECK(to_string(*deviation_of(plan, 2)) == "0.03");
  CHECK(to_string(*deviation_of(plan, 3)) == "0.07");
  const Position position = open_position_of();
  PositionCare care = care_for(position);
  CHECK_FALSE(next_level(plan, position, care, price("99.01")).has_value());
  const auto first = next_level(plan, position, care, price("99"));
  REQUIRE(first.has_value());
  CHECK(first->level == 1);
  CHECK(first->cost == money("150"));
  // One level at a time, however far the price has gone.
  CHECK(next_level(plan, position, care, price("91"))->level == 1);
  care.levels = 1;
  CHECK_FALSE(next_level(plan, position, care, price("97.01")).has_value());
  CHECK(next_level(plan, position, care, price("97"))->cost == money("225"));
  care.levels = 3;
  CHECK_FALSE(next_level(plan, position, care, price("1")).has_value());
  const Position sold = open_position_of(PositionSide::kShort);
  CHECK_FALSE(next_level(plan, sold, care_for(sold), price("100.99")).has_value());
  CHECK(next_level(plan, sold, care_for(sold), price("101"))->level == 1);
}

TEST_CASE("a stop only tightens, and candles told together or one by one lead to the same") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int run = 0; run < 300; ++run) {
    const bool sells = runs.one_in(2);
    Position position = open_position_of(sells ? PositionSide::kShort : PositionSide::kLong);
    position.stop_loss = price(sells ? "1000" : "1");
    ExitPlan plan = trailing("0.03", "0.01");
    plan.break_even_at = Decimal::literal("0.005");
    std::vector<Candle> walk;
    std::int64_t close = 100'000;
    for (std::int64_t i = 0; i < 20; ++i) walk.push_back(wandering(runs, i, close, 1500));
    PositionCare one_by_one = care_for(position);
    for (const Candle& candle : walk) {
      const PositionCare next = step(plan, position, {candle}, one_by_one).care;
      if (!one_by_one.stop.is_zero()) {
        if (sells)
          REQUIRE(next.stop <= one_by_one.stop);
        else
          REQUIRE(next.stop >= one_by_one.stop);
      }
      one_by_one = next;
    }
    REQUIRE(step(plan, position, walk).care == one_by_one);
  }
}

TEST_CASE("scaling prices scales every level of a plan and changes none of its decisions") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const auto four = [](Price level) {
    return *scaled(level, Decimal::from_int(4), Rounding::kHalfEven);
  };
  int exits = 0, stops = 0, levels = 0;
  for (int run = 0; run < 300; ++run) {
    CAPTURE(run);
    const PositionSide side = runs.one_in(2) ? PositionSide::kShort : PositionSide::kLong;
    Position plain = open_position_of(side);
    Position dear = a_position({.id = "p", .side = side, .price = four(price("100"))});
    dear.stop_loss = four(plain.stop_loss);
    ExitPlan plan = trailing(runs.one_in(2) ? "0.03" : "0", "0.01");
    if (plan.trailing.distance.is_zero()) plan.trailing.atr_multiple = Decimal::from_int(2);
    plan.break_even_at = Decimal::literal("0.02");
    plan.break_even_offset = Decimal::literal("0.001");
    plan.roi = {roi(5, "0.05"), roi(12, "0.03")};
    plan.partials = {{Decimal::literal("0.04"), Decimal::literal("0.5")}};
    const ScalingPlan scaling{.levels = 2, .deviation = Decimal::literal("0.015")};
    PositionCare of_plain = care_for(plain), of_dear = care_for(dear);
    std::int64_t close = 100'000;
    for (std::int64_t i = 0; i < 20; ++i) {
      const Candle candle = wandering(runs, i, close, 900);
      Candle other = candle;
      for (Price* level : {&other.open, &other.high, &other.low, &other.close})
        *level = four(*level);
      const ExitStep cheap = step(plan, plain, {candle}, of_plain, price("0.7"));
      const ExitStep scaled_up = step(plan, dear, {other}, of_dear, four(price("0.7")));
      REQUIRE(scaled_up.reason == cheap.reason);
      REQUIRE(scaled_up.quantity == cheap.quantity);
      REQUIRE(scaled_up.partials == cheap.partials);
      REQUIRE(scaled_up.care.stop == four(cheap.care.stop));
      REQUIRE(scaled_up.care.stop_reason == cheap.care.stop_reason);
      const auto level = next_level(scaling, plain, cheap.care, candle.close);
      const auto level_up = next_level(scaling, dear, scaled_up.care, other.close);
      REQUIRE(level_up.has_value() == level.has_value());
      if (level)
        REQUIRE(level_up->cost == *scaled(level->cost, Decimal::from_int(4), Rounding::kHalfEven));
      levels += level ? 1 : 0;
      stops += cheap.care.stop.is_zero() ? 0 : 1;
      exits += cheap.reason == ReasonCode::kNone ? 0 : 1;
      if (cheap.reason != ReasonCode::kNone) break;
      of_plain = cheap.care;
      of_dear = scaled_up.care;
    }
  }
  CHECK(exits > 20);
  CHECK(stops > 50);
  CHECK(levels > 50);
}
