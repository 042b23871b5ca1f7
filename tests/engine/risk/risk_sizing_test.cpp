#include "engine/risk/sizing.hpp"

#include <doctest/doctest.h>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

BotConfig planned(SizingKind kind, std::string_view ratio) {
  BotConfig config = a_config();
  config.plan.emplace_back();
  config.plan.front().sizing.kind = kind;
  config.plan.front().sizing.ratio = Decimal::literal(ratio);
  return config;
}

Stake stake(const BotConfig& config, const BotSnapshot& snapshot = a_snapshot(),
            std::optional<Price> atr = {}) {
  return stake_for({.config = config,
                    .snapshot = snapshot,
                    .entry = price("100"),
                    .stop = price("95"),
                    .atr = atr,
                    .now = opens(100)});
}

ClosedResult result(std::string_view ratio, std::int64_t candle = 99) {
  return {.position = {std::string(ratio)},
          .at = opens(candle),
          .profit = Notional::literal(ratio),
          .ratio = Decimal::literal(ratio),
          .reason = ReasonCode::kStrategyExit};
}

}  // namespace

TEST_CASE("each kind of sizing stakes what its formula says") {
  BotSnapshot earned = a_snapshot();
  earned.realised_profit = money("220");
  earned.fees = money("20");
  struct Row {
    const char* what;
    BotConfig config;
    const BotSnapshot& snapshot;
    std::optional<Price> atr;
    std::string_view cost;
  };
  const BotSnapshot fresh = a_snapshot();
  const std::vector<Row> rows{
      {"without a plan the stake is what was named", a_config(), earned, {}, "100"},
      {"a plan without a kind too", planned(SizingKind::kStake, "0.5"), earned, {}, "100"},
      {"10 % of 1000", planned(SizingKind::kPercentOfEquity, "0.1"), fresh, {}, "100"},
      {"10 % of 1000 and 200 earned",
       planned(SizingKind::kPercentOfEquity, "0.1"),
       earned,
       {},
       "120"},
      {"1 % of 1000 lost over 5 of 100",
       planned(SizingKind::kRiskPerTrade, "0.01"),
       fresh,
       {},
       "200"},
      {"1 % of 1000 moved by 2 of 100", planned(SizingKind::kAtrTarget, "0.01"), fresh, price("2"),
       "500"}};
  for (const Row& row : rows) {
    CAPTURE(row.what);
    const Stake got = stake(row.config, row.snapshot, row.atr);
    CHECK(got.refusal == ReasonCode::kNone);
    CHECK(to_string(got.cost) == row.cost);
  }
}

TEST_CASE("sizing by ATR waits for the ATR") {
  CHECK(stake(planned(SizingKind::kAtrTarget, "0.01")).refusal == ReasonCode::kRiskDataMissing);
}

TEST_CASE("a computed stake is cut to what the allocation has room for") {
  const BotConfig config = planned(SizingKind::kRiskPerTrade, "0.5");  // 500 over 5 %: 10,000
  CHECK(stake(config).cost == money("1000"));
  BotSnapshot busy = a_snapshot({.open_positions = {a_position({.quantity = quantity("7")})}});
  CHECK(stake(config, busy).cost == money("300"));
  busy.open_positions.front().entry_cost = money("1000");
  CHECK(stake(config, busy).refusal == ReasonCode::kSizeZero);
  BotConfig levered = config;
  levered.plan.front().sizing.leverage = Decimal::from_int(3);
  CHECK(stake(levered).cost == money("3000"));
}

TEST_CASE("who has lost everything stakes nothing") {
  BotSnapshot ruined = a_snapshot();
  ruined.realised_profit = money("-1500");
  CHECK(equity(a_config(), ruined) == Notional{});
  CHECK(stake(planned(SizingKind::kPercentOfEquity, "0.1"), ruined).refusal ==
        ReasonCode::kSizeZero);
}

TEST_CASE("Kelly's share is W - (1 - W) / R over the results within the lookback") {
  const KellyCap cap{
      .fraction = Decimal::from_int(1), .min_trades = 4, .lookback = Duration{600'000}};
  const auto share = [&](std::vector<ClosedResult> results) {
    return kelly_share(results, cap, opens(100));
  };
  CHECK_FALSE(share({result("1"), result("1"), result("1")}).has_value());
  // Half won, twice as much as lost: 0.5 - 0.5 / 2.
  CHECK(*share({result("0.02"), result("-0.01"), result("0.02"), result("-0.01")}) ==
        doctest::Approx(0.25));
  CHECK(*share({result("1"), result("1"), result("1"), result("2")}) == 1);
  CHECK(*share({result("-1"), result("0"), result("-1"), result("-2")}) == -1);
  // The oldest lies before the lookback.
  CHECK_FALSE(share({result("1", 89), result("1"), result("1"), result("1")}).has_value());
}

TEST_CASE("Kelly caps a stake, refuses without an edge, and is silent with few results") {
  BotConfig config = a_config();
  config.plan.emplace_back();
  config.plan.front().sizing.kelly = {
      .fraction = Decimal::literal("0.2"), .min_trades = 2, .lookback = Duration{6'000'000}};
  BotSnapshot snapshot = a_snapshot();
  CHECK(stake(config, snapshot).cost == money("100"));
  snapshot.risk = {{.care = {}, .results = {result("0.02"), result("-0.01")}, .locks = {}}};
  // 0.25 of 1000, a fifth of it.
  CHECK(stake(config, snapshot).cost == money("50"));
  snapshot.risk.front().results = {result("0.01"), result("-0.02")};
  CHECK(stake(config, snapshot).refusal == ReasonCode::kKellyNoEdge);
}

TEST_CASE("a stop that is hit loses no more than the risk per trade, whatever the prices") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int run = 0; run < 500; ++run) {
    const auto some_price = [&] {
      return Price{Decimal::from_units(runs.between(1, 100'000) * 1'000'000'000)};
    };
    BotConfig config = planned(SizingKind::kRiskPerTrade, "0.02");
    config.plan.front().sizing.leverage = Decimal::from_int(1'000'000);
    const Price entry = some_price();
    Price stop = some_price();
    if (stop == entry) stop += price("1");
    const Stake got = stake_for({.config = config,
                                 .snapshot = a_snapshot(),
                                 .entry = entry,
                                 .stop = stop,
                                 .atr = {},
                                 .now = opens(1)});
    REQUIRE(got.refusal == ReasonCode::kNone);
    const Quantity bought = *quantity_for(got.cost, entry, Rounding::kDown);
    const Notional lost = *notional({abs(entry.value - stop.value)}, bought, Rounding::kDown);
    REQUIRE(lost <= money("20"));
    REQUIRE(lost > money("19.99"));
  }
}
