#include "engine/risk/guards.hpp"

#include <doctest/doctest.h>

#include "engine/risk/exits.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

constexpr Duration kHour{3'600'000};
constexpr Timestamp kMidnight{1'700'006'400'000};  // 2023-11-15

struct ResultWith {
  std::string_view profit = "-10";
  Duration after{0};  // midnight
  ReasonCode reason = ReasonCode::kStopLossHit;
};
// Of a position that cost 1000.
ClosedResult closed(const ResultWith& with) {
  return {.position = {"p"},
          .at = kMidnight + with.after,
          .profit = money(with.profit),
          .ratio = *divide(money(with.profit).value, Decimal::from_int(1000), Rounding::kHalfEven),
          .reason = with.reason};
}

std::vector<ReasonCode> reasons(const std::vector<RiskLock>& locks) {
  std::vector<ReasonCode> found;
  for (const RiskLock& lock : locks) found.push_back(lock.reason);
  return found;
}
using Reasons = std::vector<ReasonCode>;

Position closed_position(const std::string& id, std::string_view profit, Timestamp at) {
  Position position = a_position({.id = id});
  position.status = PositionStatus::kClosed;
  position.quantity = {};
  position.realised_profit = money(profit);
  position.closed_at = at;
  position.close_reason = ReasonCode::kStopLossHit;
  return position;
}

}  // namespace

TEST_CASE("each guard locks from its limit on, and not before") {
  GuardPlan daily;
  daily.daily_loss = Decimal::literal("0.03");
  GuardPlan drawdown;
  drawdown.drawdown = {2, Decimal::literal("0.04"), kHour * 24, kHour};
  GuardPlan streak;
  streak.streak = {.trades = 3, .limit = {}, .lookback = {}, .pause = kHour * 2};
  GuardPlan stops;
  stops.stops = {.trades = 2, .limit = {}, .lookback = kHour * 3, .pause = kHour * 4};
  GuardPlan low_profit;
  low_profit.low_profit = {2, Decimal::literal("0.005"), kHour * 6, kHour * 5};
  struct Row {
    const char* what;
    GuardPlan plan;
    std::vector<ClosedResult> results;
    Reasons wanted;
  };
  const ReasonCode exit = ReasonCode::kStrategyExit;
  const std::vector<Row> rows{
      {"29.99 of 1000 are not 3 %", daily, {closed({"-29.99"})}, {}},
      {"30 are", daily, {closed({"-30"})}, {ReasonCode::kDailyLossLimit}},
      {"a win makes up for a loss", daily, {closed({"10"}), closed({"-35"})}, {}},
      {"yesterday does not count", daily, {closed({"-29", -kHour}), closed({"-2"})}, {}},
      {"midnight is today", daily, {closed({"-30", Duration{0}})}, {ReasonCode::kDailyLossLimit}},
      {"too few results for a drawdown", drawdown, {closed({"-500"})}, {}},
      // 4 % of 1100 are 44.
      {"43 below the peak", drawdown, {closed({"100"}), closed({"-43"})}, {}},
      {"44 below the peak",
       drawdown,
       {closed({"100"}), closed({"-44"})},
       {ReasonCode::kMaxDrawdown}},
      {"the peak came later than the loss", drawdown, {closed({"-44"}), closed({"44"})}, {}},
      {"a loss before the lookback", drawdown, {closed({"-44", -kHour * 25}), closed({"-1"})}, {}},
      {"two losses", streak, {closed({"-1"}), closed({"-1"})}, {}},
      {"three losses", streak, {closed({}), closed({}), closed({})}, {ReasonCode::kLosingStreak}},
      {"a win between", streak, {closed({}), closed({"1"}), closed({}), closed({})}, {}},
      {"nothing won is no loss", streak, {closed({}), closed({"0"}), closed({}), closed({})}, {}},
      {"two stops", stops, {closed({}), closed({})}, {ReasonCode::kStopLossGuard}},
      {"a loss by the strategy's exit", stops, {closed({}), closed({"-1", {}, exit})}, {}},
      {"a stop in profit", stops, {closed({}), closed({"1"})}, {}},
      {"a stop before the lookback", stops, {closed({"-1", -kHour * 4}), closed({})}, {}},
      {"a stop exactly one lookback ago", stops, {closed({"-1", -kHour * 3}), closed({})}, {}},
      {"a stop just within the lookback",
       stops,
       {closed({"-1", Duration{1} - kHour * 3}), closed({})},
       {ReasonCode::kStopLossGuard}},
      {"a trailing stop at a loss",
       stops,
       {closed({}), closed({"-1", {}, ReasonCode::kTrailingStop})},
       {ReasonCode::kStopLossGuard}},
      {"0.4 % in two results",
       low_profit,
       {closed({"1"}), closed({"3"})},
       {ReasonCode::kLowProfit}},
      {"0.5 % in two results", low_profit, {closed({"2"}), closed({"3"})}, {}},
      {"one result says nothing yet", low_profit, {closed({"-900"})}, {}}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Timestamp now = row.results.back().at;
    CHECK(reasons(locks_after(row.plan, money("1000"), row.results, now)) == row.wanted);
  }
}

TEST_CASE("a drawdown is measured from the equity that there was, not from the allocation alone") {
  GuardPlan plan;
  plan.drawdown = {1, Decimal::literal("0.1"), kHour, kHour};
  const std::vector<ClosedResult> results{closed({"-60"})};
  const auto locked = [&](std::string_view earned_before) {
    return !locks_after(plan, money("1000"), results, results.back().at, money(earned_before))
                .empty();
  };
  CHECK_FALSE(locked("0"));
  CHECK_FALSE(locked("-399"));
  CHECK(locked("-400"));  // 60 of 600
  // The same where the results before the lookback say so.
  CHECK(locks_after(plan, money("1000"), std::vector{closed({"-400", -kHour * 2}), closed({"-60"})},
                    kMidnight)
            .size() == 1);
}

TEST_CASE("a day's lock ends at the next midnight, the others after their pause") {
  GuardPlan plan;
  plan.daily_loss = Decimal::literal("0.01");
  plan.streak = {.trades = 1, .limit = {}, .lookback = {}, .pause = kHour * 2};
  const std::vector<ClosedResult> results{closed({"-30", kHour * 5})};
  const auto locks = locks_after(plan, money("1000"), results, results.back().at);
  REQUIRE(locks.size() == 2);
  CHECK(locks[0].until == kMidnight + kHour * 24);
  CHECK(locks[1].until == kMidnight + kHour * 7);
  CHECK(locks[1].since == kMidnight + kHour * 5);
}

TEST_CASE("the pause after stops counts from the newest of them, whatever closes later") {
  GuardPlan plan;
  plan.stops = {.trades = 2, .limit = {}, .lookback = kHour * 6, .pause = kHour * 2};
  const auto until_after = [&](Duration win_at) {
    const std::vector<ClosedResult> results{closed({}), closed({"-10", kHour}),
                                            closed({"5", win_at, ReasonCode::kStrategyExit})};
    const auto locks = locks_after(plan, money("1000"), results, results.back().at);
    return locks.empty() ? Timestamp{} : locks.front().until;
  };
  CHECK(until_after(kHour + kHour / 2) == kMidnight + kHour * 3);
  CHECK(until_after(kHour * 3 - Duration{1}) == kMidnight + kHour * 3);
  // Over already, though both stops are within the lookback: nothing is locked again.
  CHECK(until_after(kHour * 3) == Timestamp{});
  CHECK(until_after(kHour * 5) == Timestamp{});
}

TEST_CASE("a closed position leaves its result after fees, and nothing to care for") {
  RiskPlan plan;
  plan.guards.streak = {.trades = 1, .limit = {}, .lookback = {}, .pause = kHour};
  RiskState state;
  state.care = {care_for(a_position({.id = "p"})), care_for(a_position({.id = "other"}))};
  Position position = closed_position("p", "-9", kMidnight);
  position.fees = money("1");
  const auto added = note_closed(state, plan, money("1000"), position, money("0"));
  REQUIRE(state.results.size() == 1);
  CHECK(state.results.front().profit == money("-10"));
  CHECK(to_string(state.results.front().ratio) == "-0.1");
  CHECK(state.care.size() == 1);
  CHECK(reasons(added) == Reasons{ReasonCode::kLosingStreak});
  CHECK(state.locks == added);
}

TEST_CASE("a lock is prolonged, replaced when it has ended, and one for each reason") {
  RiskPlan plan;
  plan.guards.streak = {.trades = 1, .limit = {}, .lookback = {}, .pause = kHour};
  RiskState state;
  note_closed(state, plan, money("1000"), closed_position("a", "-1", kMidnight), money("0"));
  note_closed(state, plan, money("1000"), closed_position("b", "-1", kMidnight + kHour / 2),
              money("0"));
  REQUIRE(state.locks.size() == 1);
  CHECK(state.locks.front().until == kMidnight + kHour + kHour / 2);
  note_closed(state, plan, money("1000"), closed_position("c", "5", kMidnight + kHour * 2),
              money("0"));
  CHECK(state.locks.empty());
}

TEST_CASE("a position that was opened again by a late fill replaces its result") {
  RiskPlan plan;
  plan.guards.streak = {.trades = 9, .limit = {}, .lookback = {}, .pause = kHour};
  RiskState state;
  note_closed(state, plan, money("1000"), closed_position("a", "-1", kMidnight), money("0"));
  note_closed(state, plan, money("1000"), closed_position("a", "-3", kMidnight + kHour),
              money("0"));
  REQUIRE(state.results.size() == 1);
  CHECK(state.results.front().profit == money("-3"));
}

TEST_CASE("no more results are kept than are looked at") {
  RiskPlan plan;
  plan.guards.streak = {.trades = 1000, .limit = {}, .lookback = {}, .pause = kHour};
  RiskState state;
  for (std::size_t i = 0; i < kResultsMax + 10; ++i)
    note_closed(state, plan, money("1000"), closed_position(std::to_string(i), "1", kMidnight),
                money("0"));
  REQUIRE(state.results.size() == kResultsMax);
  CHECK(state.results.front().position == PositionId{"10"});
}

TEST_CASE("without guards nothing is remembered of a closed position") {
  RiskState state;
  CHECK(note_closed(state, {}, money("1000"), closed_position("a", "-1", kMidnight), money("0"))
            .empty());
  CHECK(state == RiskState{});
}

TEST_CASE("the lock that holds longest speaks, until its time and not at it") {
  BotSnapshot snapshot = a_snapshot();
  CHECK(active_lock(snapshot, kMidnight) == nullptr);
  snapshot.risk = {{.care = {},
                    .results = {},
                    .locks = {{ReasonCode::kLosingStreak, kMidnight, kMidnight + kHour, {}},
                              {ReasonCode::kLowProfit, kMidnight, kMidnight + kHour * 2, {}}}}};
  REQUIRE(active_lock(snapshot, kMidnight) != nullptr);
  CHECK(active_lock(snapshot, kMidnight)->reason == ReasonCode::kLowProfit);
  CHECK(active_lock(snapshot, kMidnight + kHour * 2) == nullptr);
}

// The reference is written the slow way: every pair of a peak and a later value.
TEST_CASE("a drawdown locks exactly when the newest equity is that far below some earlier one") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int run = 0; run < 300; ++run) {
    GuardPlan plan;
    plan.drawdown = {1, Decimal::literal("0.1"), kHour * 1000, kHour};
    std::vector<ClosedResult> results;
    std::vector<std::int64_t> equity{1000};
    for (std::int64_t i = 0; i < runs.between(1, 12); ++i) {
      const std::int64_t profit = runs.between(-80, 80);
      results.push_back(closed({.profit = std::to_string(profit), .after = kHour * i}));
      equity.push_back(equity.back() + profit);
    }
    bool wanted = false;
    for (const std::int64_t before : equity) wanted |= (before - equity.back()) * 10 >= before;
    REQUIRE(locks_after(plan, money("1000"), results, results.back().at).size() ==
            (wanted ? 1U : 0U));
  }
}
