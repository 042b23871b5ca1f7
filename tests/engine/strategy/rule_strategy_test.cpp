// Strategies made of rules: scores, records, longer timeframes, and the engine's way against
// RuleRun's.
#include "engine/strategy/rule/rule_strategy.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/strategy/rule/rule_run.hpp"
#include "engine/strategy/rule/shared_rules.hpp"
#include "engine/strategy/rule/view_inputs.hpp"
#include "tests/engine/strategy/rule_views.hpp"
#include "tests/engine/strategy/strategy_bars.hpp"

using namespace botbox;
using namespace botbox::testing;
using rule::RuleRun;
using rule::RuleStrategy;
using rule::StrategyDefinition;

namespace {

StrategyDefinition three_factors() {
  StrategyDefinition definition;
  definition.name = "three";
  definition.parameters = {{"limit", 100, 1, 1'000, false, "buy below"}};
  definition.long_side.factors = {
      {"cheap", 2, "close < limit"}, {"fell", 1, "close < close[1]"}, {"old", 1, "rsi(2) < 10"}};
  definition.long_side.threshold = 0.75;
  definition.long_side.exit = "close > 110";
  definition.short_side.factors = {{"dear", 1, "close > 120"}};
  definition.short_side.exit = "close < 115";
  return definition;
}

BotConfig bot_of(MarketType market = MarketType::kLinear,
                 std::vector<StrategyParameter> parameters = {}) {
  return a_config({.market = market, .parameters = std::move(parameters)});
}

Evaluation after(const RuleStrategy& strategy, const std::vector<double>& closes,
                 const BotConfig& bot = bot_of(), const Position* position = nullptr) {
  return strategy.evaluate(a_view(candles_closing_at(closes), strategy.indicators(bot)), bot,
                           position);
}

std::optional<Direction> direction_of(const std::optional<Proposal>& proposal) {
  if (!proposal) return std::nullopt;
  return proposal->direction;
}

// Everything a language can be asked: several timeframes, looks back, states that are absent.
StrategyDefinition busy(std::uint64_t variant) {
  StrategyDefinition definition;
  definition.name = "busy";
  definition.long_side.factors = {
      {"dip", 2, "rsi(7) < 45"},
      {"up", 1, "close > ema(12, \"2h\")"},
      {"cross", 1, "crosses_above(close, ema(5, \"2h\")) or crosses_above(ema(3), ema(8))"},
      {"band", 1, "close < bollinger(10, 1.5).lower[1] or stochastic(7,2,2).k > 20"},
      {"flow", 1, "volume > 1.1 * sma(volume, 10) or change(close, 6) < -0.01"},
      {"shape", 0.5, "engulfing().bullish or any(hammer(), 3) or hour >= 12"}};
  definition.long_side.threshold = 0.3 + 0.1 * static_cast<double>(variant % 4);
  definition.long_side.exit = "rsi(7) > 60 or falling(macd(3,6,4, \"1h\").histogram, 2)";
  definition.short_side.factors = {{"high", 1, "rsi(7) > 65"},
                                   {"below", 1, "close(\"2h\") < ema(12, \"2h\")[1]"}};
  definition.short_side.threshold = 0.5;
  definition.short_side.exit = "rsi(7) < 40 and vwap() > 0";
  return definition;
}

}  // namespace

TEST_CASE("the score is the share of the weights that are met, and the threshold decides") {
  const auto strategy = made(three_factors());
  const Evaluation below = after(*strategy, {104, 103, 105, 99.5});  // cheap and fell, RSI is 31
  CHECK(below.warm);
  CHECK(direction_of(below.proposal) == Direction::kLong);
  CHECK(below.proposal->score == 0.75);
  CHECK(below.conditions ==
        std::vector<Condition>{{"long cheap: close < limit", 99.5, 100, true},
                               {"long fell: close < close[1]", 99.5, 105, true},
                               {"long old: rsi(2) < 10", below.conditions[2].value, 10, false},
                               {"long score", 0.75, 0.75, true},
                               {"short dear: close > 120", 99.5, 120, false},
                               {"short score", 0, 1, false}});
  const Evaluation half = after(*strategy, {104, 95, 98, 99});  // cheap alone
  CHECK_FALSE(half.proposal.has_value());
  CHECK(half.conditions[3] == Condition{"long score", 0.5, 0.75, false});
}

TEST_CASE("a parameter of the bot takes the place of the strategy's default") {
  const auto strategy = made(three_factors());
  const BotConfig strict = bot_of(MarketType::kLinear, {{"limit", 99}});
  CHECK_FALSE(after(*strategy, {104, 103, 105, 99.5}, strict).proposal.has_value());
  const auto prepared = strategy->prepared(strict);
  REQUIRE(prepared.has_value());
  REQUIRE(*prepared != nullptr);
  CHECK_FALSE((*prepared)
                  ->evaluate(a_view(candles_closing_at({104, 103, 105, 99.5}),
                                    (*prepared)->indicators(strict)),
                             strict, nullptr)
                  .proposal.has_value());
  // With its own settings it serves as it is.
  CHECK(*strategy->prepared(bot_of()) == nullptr);
}

TEST_CASE("a position is left by the exit rule of its side, and by nothing else") {
  const auto strategy = made(three_factors());
  const Position is_long = a_position({.side = PositionSide::kLong});
  const Position is_short = a_position({.side = PositionSide::kShort});
  CHECK(direction_of(after(*strategy, {1, 2, 111}, bot_of(), &is_long).proposal) ==
        Direction::kClose);
  CHECK_FALSE(after(*strategy, {1, 2, 110}, bot_of(), &is_long).proposal.has_value());
  const Evaluation stays = after(*strategy, {104, 103, 105, 99.5}, bot_of(), &is_long);
  CHECK_FALSE(stays.proposal.has_value());
  CHECK(stays.conditions == std::vector<Condition>{{"long exit: close > 110", 99.5, 110, false}});
  CHECK_FALSE(after(*strategy, {1, 2, 116}, bot_of(), &is_short).proposal.has_value());
  CHECK(direction_of(after(*strategy, {1, 2, 114}, bot_of(), &is_short).proposal) ==
        Direction::kClose);
}

TEST_CASE("no rule sells a spot market short, nor is the short side on its record") {
  const auto strategy = made(three_factors());
  CHECK(direction_of(after(*strategy, {119, 120, 121}).proposal) == Direction::kShort);
  const Evaluation spot = after(*strategy, {119, 120, 121}, bot_of(MarketType::kSpot));
  CHECK_FALSE(spot.proposal.has_value());
  CHECK(spot.conditions.size() == 4);
}

TEST_CASE("of two sides the higher score enters, and neither when they are equal") {
  StrategyDefinition definition;
  definition.name = "both";
  definition.long_side = {{{"a", 1, "close > 10"}, {"b", 1, "close > 20"}}, 0.5, "", ""};
  definition.short_side = {{{"a", 1, "close > 10"}, {"b", 1, "close > 30"}}, 0.5, "", ""};
  const auto strategy = made(definition);
  CHECK_FALSE(after(*strategy, {15}).proposal.has_value());
  CHECK(direction_of(after(*strategy, {25}).proposal) == Direction::kLong);
  CHECK_FALSE(after(*strategy, {35}).proposal.has_value());
}

TEST_CASE("what a strategy requires must hold, whatever the score") {
  StrategyDefinition definition = long_when("close > 10");
  definition.long_side.require = "close < 20";
  const auto strategy = made(definition);
  CHECK(after(*strategy, {15}).proposal.has_value());
  const Evaluation refused = after(*strategy, {25});
  CHECK_FALSE(refused.proposal.has_value());
  CHECK(refused.conditions[1] == Condition{"long require: close < 20", 25, 20, false});
}

TEST_CASE("a strategy enters only in the regimes it names, and leaves in any") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  StrategyDefinition definition = long_when("close > 0", "close > 0");
  definition.regimes = {"ranging", "quiet"};
  const Timeframe base = Timeframe::minutes(30);
  const auto strategy = made(definition, base);
  CHECK(rule::identity_of(definition) != rule::identity_of(long_when("close > 0", "close > 0")));
  RuleRun run(strategy, MarketType::kSpot);
  Indicator regime({IndicatorKind::kRegime, 14, 100});
  int entered = 0, held_back = 0;
  for (const Bar& bar : walk_of_bars(runs, 2'000)) {
    const RuleStrategy::Step step = run.update(bar);
    const IndicatorValue& value = regime.update(bar);
    if (!run.is_warm()) continue;
    const bool fits = value.output(1) == 1.0 || value.output(3) == 1.0;
    REQUIRE(step.entry.has_value() == fits);
    REQUIRE(step.exit_long);
    ++(fits ? entered : held_back);
  }
  CHECK(entered > 0);
  CHECK(held_back > 0);
}

TEST_CASE("an unknown factor is not met, says so, and neither does its opposite count") {
  StrategyDefinition definition;
  definition.name = "unknown";
  definition.long_side.factors = {{"low", 1, "rsi(2) < 50"}, {"not_low", 1, "not rsi(2) < 50"}};
  definition.long_side.threshold = 0.5;
  const auto strategy = made(definition);
  const Evaluation flat = after(*strategy, {100, 100, 100, 100});
  CHECK(flat.warm);
  CHECK_FALSE(flat.proposal.has_value());
  REQUIRE(flat.conditions.size() == 3);
  CHECK(flat.conditions[0].name ==
        "long low: rsi(2) < 50 (unknown: something in it has no value on this candle)");
  CHECK_FALSE(flat.conditions[0].met);
  CHECK_FALSE(flat.conditions[1].met);
  CHECK(flat.measurements.empty());
  CHECK(after(*strategy, {100, 101, 100, 101}).proposal.has_value());
}

TEST_CASE("nothing is proposed before every input is warm, though the score is reached") {
  StrategyDefinition definition = long_when("close > 0 or sma(5) > 0");
  const auto strategy = made(definition);
  CHECK_FALSE(after(*strategy, {1, 2, 3, 4}).warm);
  CHECK_FALSE(after(*strategy, {1, 2, 3, 4}).proposal.has_value());
  CHECK(after(*strategy, {1, 2, 3, 4, 5}).proposal.has_value());
}

TEST_CASE("a strategy's identity is its content: rules, weights, thresholds, not its layout") {
  const StrategyDefinition first = three_factors();
  const StrategyId id = rule::identity_of(first);
  CHECK(id.value.starts_with("three@"));
  CHECK(id.value.size() == 6 + 12);
  CHECK(rule::name_of(id) == "three");
  StrategyDefinition same = first;
  same.description = "other words";
  same.long_side.factors[0].when = "  close <\n\t limit ";
  same.parameters[0].help = "other help";
  CHECK(rule::identity_of(same) == id);
  const auto changed = [&](auto change) {
    StrategyDefinition other = first;
    change(other);
    return rule::identity_of(other) != id;
  };
  CHECK(changed([](auto& d) { d.long_side.factors[0].when = "close <= limit"; }));
  CHECK(changed([](auto& d) { d.long_side.factors[0].weight = 3; }));
  CHECK(changed([](auto& d) { d.long_side.threshold = 0.8; }));
  CHECK(changed([](auto& d) { d.long_side.exit += " and close > 0"; }));
  CHECK(changed([](auto& d) { d.short_side.require = "close > 0"; }));
  CHECK(changed([](auto& d) { std::swap(d.long_side, d.short_side); }));
}

TEST_CASE("a longer timeframe is read only as far as it had closed with the bot's own candle") {
  // Base 1 m, longer 5 m. Candles close at 100, 101, ...; 5 m candles close on the fifth.
  const auto strategy = made(long_when("close(\"5m\") == 104"));
  const BotConfig bot = bot_of();
  const MarketNeeds needs = strategy->needs(bot);
  REQUIRE(needs.higher.size() == 1);
  std::vector<Candle> candles;
  for (std::int64_t i = 0; i < 11; ++i) {
    Candle candle = a_candle({.number = i, .close = {Decimal::from_int(100 + i)}});
    candle.open_time = Timestamp{1'700'006'400'000} + Duration{60'000} * i;
    candles.push_back(candle);
  }
  std::vector<bool> entered;
  for (std::size_t count = 1; count <= candles.size(); ++count) {
    MarketOfBars market(Timeframe{}, needs);
    const std::vector<Candle> known(candles.begin(),
                                    candles.begin() + static_cast<std::ptrdiff_t>(count));
    MarketView view = market.view_after(known);
    // The longer series may be ahead: the exchange answered it a moment later.
    const auto ahead = longer_candles(candles, Timeframe::minutes(5), Duration{60'000});
    const auto series = std::make_shared<CandleSeries>(Timeframe::minutes(5), 500);
    REQUIRE(series->merge(ahead, Timestamp{1'800'000'000'000}).has_value());
    MarketView longer;
    longer.timeframe = Timeframe::minutes(5);
    longer.series = series;
    view.higher = {std::make_shared<const MarketView>(longer)};
    entered.push_back(strategy->evaluate(view, bot, nullptr).proposal.has_value());
  }
  CHECK(entered ==
        std::vector<bool>{false, false, false, false, true, true, true, true, true, false, false});
}

TEST_CASE("a longer timeframe that lacks its newest closed candle is unknown, not old") {
  const auto strategy = made(long_when("close(\"5m\") > 0"));
  const BotConfig bot = bot_of();
  std::vector<Candle> candles;
  for (std::int64_t i = 0; i < 10; ++i) {
    Candle candle = a_candle({.number = i});
    candle.open_time = Timestamp{1'700'006'400'000} + Duration{60'000} * i;
    candles.push_back(candle);
  }
  MarketOfBars market(Timeframe{}, strategy->needs(bot));
  MarketView view = market.view_after(candles);
  CHECK(strategy->evaluate(view, bot, nullptr).proposal.has_value());
  MarketOfBars late(Timeframe{}, strategy->needs(bot));
  view.higher = late.view_after({candles.begin(), candles.begin() + 9}).higher;
  const Evaluation behind = strategy->evaluate(view, bot, nullptr);
  CHECK(behind.warm);
  CHECK_FALSE(behind.proposal.has_value());
  CHECK(behind.conditions[0].name.find("unknown") != std::string::npos);
  view.higher.clear();
  CHECK_FALSE(strategy->evaluate(view, bot, nullptr).proposal.has_value());
}

TEST_CASE("the engine's way and the run over bare candles decide the same, gaps included") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 12; ++round) {
    const Timeframe base = Timeframe::minutes(30);
    const auto strategy = made(busy(runs.next()()), base);
    BotConfig bot = bot_of();
    bot.timeframe = base;
    std::vector<Bar> bars = walk_of_bars(runs, 160);
    if (runs.one_in(2))
      std::erase_if(bars, [&](const Bar& bar) { return bar.open_time.ms / 1'800'000 % 37 < 6; });
    MarketOfBars market(base, strategy->needs(bot));
    RuleRun run(strategy, MarketType::kLinear);
    const Position is_long = a_position({.side = PositionSide::kLong});
    std::vector<Candle> candles;
    int decided = 0;
    for (const Bar& bar : bars) {
      candles.push_back(candle_of(bar));
      const RuleStrategy::Step step = run.update(bar);
      const MarketView view = market.view_after(candles);
      const Evaluation seen = strategy->evaluate(view, bot, nullptr);
      if (!seen.warm || !run.is_warm()) continue;
      ++decided;
      std::vector<double> slots(strategy->program().slots());
      rule::read_inputs(view, strategy->program(), slots);
      strategy->program().run(slots);
      for (std::size_t i = 0; i < slots.size(); ++i) {
        CAPTURE(i);
        REQUIRE(rule::is_known(slots[i]) == rule::is_known(run.slots()[i]));
        if (rule::is_known(slots[i])) REQUIRE(slots[i] == run.slots()[i]);
      }
      const auto entry = seen.trades_regime ? seen.proposal : std::nullopt;
      REQUIRE(direction_of(entry) == direction_of(step.entry));
      if (entry) REQUIRE(entry->score == step.entry->score);
      REQUIRE(strategy->evaluate(view, bot, &is_long).proposal.has_value() == step.exit_long);
    }
    REQUIRE(decided > 20);
  }
}

TEST_CASE("no decision changes when the candles after it become known") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const Timeframe base = Timeframe::minutes(30);
  BotConfig bot = bot_of();
  bot.timeframe = base;
  for (int round = 0; round < 20; ++round) {
    const auto strategy = made(busy(runs.next()()), base);
    std::vector<Candle> candles;
    for (const Bar& bar : walk_of_bars(runs, 120)) candles.push_back(candle_of(bar));
    const auto cut = static_cast<std::size_t>(runs.between(30, 110));
    const std::vector<Candle> known(candles.begin(),
                                    candles.begin() + static_cast<std::ptrdiff_t>(cut));
    MarketOfBars alone(base, strategy->needs(bot)), among(base, strategy->needs(bot));
    MarketView then = alone.view_after(known);
    // The same moment, with longer series that know the next hours as well.
    candles.resize(std::min(candles.size(), cut + static_cast<std::size_t>(runs.between(1, 24))));
    MarketView later = then;
    later.higher = among.view_after(candles).higher;
    const Evaluation before = strategy->evaluate(then, bot, nullptr);
    const Evaluation after_all = strategy->evaluate(later, bot, nullptr);
    REQUIRE(before.warm == after_all.warm);
    REQUIRE(direction_of(before.proposal) == direction_of(after_all.proposal));
    REQUIRE(before.conditions == after_all.conditions);
  }
}

TEST_CASE("rules of many bots are computed once, and each reads what it would have computed") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const Timeframe base = Timeframe::minutes(30);
  BotConfig bot = bot_of();
  bot.timeframe = base;
  std::vector<std::shared_ptr<const RuleStrategy>> fleet;
  for (std::uint64_t i = 0; i < 40; ++i) fleet.push_back(made(busy(i), base));
  rule::SharedRules shared;
  MarketNeeds needs;
  for (const auto& strategy : fleet) needs.merge(strategy->needs(bot));
  for (const auto& program : needs.rules) shared.add(program);
  // Four variants differ in their thresholds alone, which are no part of the rules.
  CHECK(needs.rules.size() == 40);
  CHECK(shared.distinct() == fleet.front()->program().slots());
  MarketOfBars market(base, needs);
  std::vector<Candle> candles;
  for (const Bar& bar : walk_of_bars(runs, 90)) candles.push_back(candle_of(bar));
  MarketView view = market.view_after(candles);
  std::vector<Evaluation> alone;
  for (const auto& strategy : fleet) alone.push_back(strategy->evaluate(view, bot, nullptr));
  view.rules = shared.evaluate(view);
  CHECK(shared.computations() == fleet.front()->program().code.size());
  std::vector<std::size_t> order(fleet.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::shuffle(order.begin(), order.end(), runs.next());
  for (const std::size_t i : order) {
    const Evaluation together = fleet[i]->evaluate(view, bot, nullptr);
    CHECK(together.conditions == alone[i].conditions);
    CHECK(direction_of(together.proposal) == direction_of(alone[i].proposal));
  }
  CHECK(shared.computations() == fleet.front()->program().code.size());
}
