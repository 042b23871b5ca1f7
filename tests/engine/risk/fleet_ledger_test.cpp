#include "engine/risk/fleet_ledger.hpp"

#include <doctest/doctest.h>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

constexpr Duration kHour{3'600'000};
constexpr Timestamp kMidnight{1'700'006'400'000};  // 2023-11-15
const Symbol kBtc{"BTC/USDT"};
const Symbol kEth{"ETH/USDT"};

FleetResult ended(const std::string& position, const Symbol& symbol, std::string_view profit,
                  Duration after) {
  return {.bot = {"bot-of-" + position},
          .symbol = symbol,
          .result = {
              .position = {position},
              .at = kMidnight + after,
              .profit = money(profit),
              .ratio = *divide(money(profit).value, Decimal::from_int(1000), Rounding::kHalfEven),
              .reason = ReasonCode::kStopLossHit}};
}

FleetAllocations allocations() {
  return {.all = money("3000"), .by_symbol = {{kBtc, money("1000")}, {kEth, money("2000")}}};
}

GuardPlan daily(std::string_view ratio) {
  GuardPlan plan;
  plan.daily_loss = Decimal::literal(ratio);
  return plan;
}

ReasonCode reason_at(const FleetLedger& ledger, const Symbol& symbol, Timestamp at) {
  const auto refusal = ledger.refuse_locked(symbol, at);
  return refusal ? refusal->reason : ReasonCode::kNone;
}

}  // namespace

TEST_CASE("losses of different bots add up, and lock every symbol until midnight") {
  FleetLedger ledger({.fleet = daily("0.02"), .symbol = {}}, allocations());
  CHECK(ledger.note_closed(ended("a", kBtc, "-30", kHour)).empty());
  CHECK(reason_at(ledger, kBtc, kMidnight + kHour * 2) == ReasonCode::kNone);
  const auto locks = ledger.note_closed(ended("b", kEth, "-30", kHour * 3));
  REQUIRE(locks.size() == 1);
  CHECK(scope_of(locks.front()) == "fleet");
  CHECK(locks.front().lock.until == kMidnight + kHour * 24);
  CHECK(reason_at(ledger, kBtc, kMidnight + kHour * 4) == ReasonCode::kDailyLossLimit);
  CHECK(reason_at(ledger, {"SOL/USDT"}, kMidnight + kHour * 4) == ReasonCode::kDailyLossLimit);
  CHECK(reason_at(ledger, kBtc, kMidnight + kHour * 24) == ReasonCode::kNone);
}

TEST_CASE("a symbol's guard counts and locks that symbol alone, by its own allocations") {
  GuardPlan plan = daily("0.03");
  plan.stops = {.trades = 2, .limit = {}, .lookback = kHour * 3, .pause = kHour};
  FleetLedger ledger({.fleet = {}, .symbol = plan}, allocations());
  CHECK(ledger.note_closed(ended("a", kEth, "-10", kHour)).empty());
  CHECK(ledger.note_closed(ended("b", kBtc, "-10", kHour)).empty());
  const auto locks = ledger.note_closed(ended("c", kBtc, "-20", kHour * 2));
  REQUIRE(locks.size() == 2);
  for (const FleetLock& lock : locks) CHECK(lock.symbol == kBtc);
  // The one that holds longest is the one that is named.
  CHECK(reason_at(ledger, kBtc, kMidnight + kHour * 2) == ReasonCode::kDailyLossLimit);
  CHECK(reason_at(ledger, kEth, kMidnight + kHour * 2) == ReasonCode::kNone);
  CHECK(ledger.lift(kBtc, ReasonCode::kDailyLossLimit).size() == 1);
  CHECK(reason_at(ledger, kBtc, kMidnight + kHour * 2) == ReasonCode::kStopLossGuard);
  CHECK(ledger.lift(kBtc, ReasonCode::kNone).size() == 1);
  CHECK(reason_at(ledger, kBtc, kMidnight + kHour * 2) == ReasonCode::kNone);
}

TEST_CASE("the same position told again counts once") {
  FleetLedger ledger({.fleet = daily("0.02"), .symbol = {}}, allocations());
  ledger.note_closed(ended("a", kBtc, "-40", kHour));
  CHECK(ledger.note_closed(ended("a", kBtc, "-40", kHour)).empty());
  CHECK(ledger.note_closed(ended("a", kBtc, "-59", kHour)).empty());
  CHECK(ledger.note_closed(ended("a", kBtc, "-60", kHour)).size() == 1);
}

TEST_CASE("a ledger restored from its rows goes on as the one that wrote them") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int run = 0; run < 40; ++run) {
    GuardPlan plan = daily("0.03");
    plan.drawdown = {3, Decimal::literal("0.02"), kHour * 12, kHour * 5};
    plan.streak = {.trades = 4, .limit = {}, .lookback = {}, .pause = kHour * 2};
    const FleetGuards guards{.fleet = plan, .symbol = plan};
    std::vector<FleetResult> rows;
    for (int i = 0; i < 40; ++i)
      rows.push_back(ended("p" + std::to_string(i), runs.one_in(2) ? kBtc : kEth,
                           std::to_string(runs.between(-30, 20)),
                           kHour * i + Duration{runs.between(0, 60'000)}));
    FleetLedger whole(guards, allocations());
    for (const FleetResult& row : rows) whole.note_closed(row);
    const auto cut = rows.begin() + runs.between(0, 40);
    FleetLedger first(guards, allocations());
    for (auto row = rows.begin(); row != cut; ++row) first.note_closed(*row);
    FleetLedger second(guards, allocations());
    second.restore({rows.begin(), cut}, first.locks());
    for (auto row = cut; row != rows.end(); ++row) second.note_closed(*row);
    CHECK(second.locks() == whole.locks());
  }
}
