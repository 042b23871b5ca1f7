#include "engine/strategy/strategy.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/strategy/ema_cross.hpp"
#include "engine/strategy/rsi_reversion.hpp"
#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

using Closes = std::vector<double>;

BotConfig rsi_config(MarketType market = MarketType::kSpot) {
  return a_config({.market = market, .parameters = {{"rsi_period", 3}}});
}
BotConfig ema_config(MarketType market = MarketType::kSpot) {
  return a_config({.market = market, .parameters = {{"fast", 2}, {"slow", 3}}});
}

Evaluation evaluate(const Strategy& strategy, const BotConfig& config, const Closes& closes,
                    const Position* position = nullptr) {
  return strategy.evaluate(a_view(candles_closing_at(closes), strategy.indicators(config)), config,
                           position);
}

std::optional<Direction> proposed(const Evaluation& evaluation) {
  if (!evaluation.proposal) return std::nullopt;
  return evaluation.proposal->direction;
}
const Condition* condition(const Evaluation& evaluation, std::string_view name) {
  for (const Condition& c : evaluation.conditions)
    if (c.name == name) return &c;
  return nullptr;
}

const Position kLong = a_position({.side = PositionSide::kLong});
const Position kShort = a_position({.side = PositionSide::kShort});
const RsiReversion kRsi;
const EmaCross kEma;

// With a period of 3: changes -1 -1 -1 give RSI 0; +1 +1 +1 give 100; +1 -1 +1 give 66.7.
const Closes kFalling{100, 99, 98, 97};
const Closes kRising{100, 101, 102, 103};
const Closes kBetween{100, 101, 100, 101};
const Closes kFlat{100, 100, 100, 100, 100};

Closes random_walk(SeededRuns& runs, std::size_t length) {
  Closes closes{100};
  while (closes.size() < length)
    closes.push_back(std::max(1.0, closes.back() + static_cast<double>(runs.between(-3, 3))));
  return closes;
}

}  // namespace

TEST_CASE("rsi reversion buys an oversold market and says how far it has fallen") {
  const Evaluation e = evaluate(kRsi, rsi_config(), kFalling);
  CHECK(e.warm);
  CHECK(proposed(e) == Direction::kLong);
  CHECK(e.proposal->score == 1.0);
  REQUIRE(condition(e, "rsi < oversold") != nullptr);
  CHECK(*condition(e, "rsi < oversold") == Condition{"rsi < oversold", 0, 30, true});
  REQUIRE(e.measurements.size() == 1);
  CHECK(e.measurements[0].name == "rsi");
  CHECK(e.measurements[0].value == 0.0);
}

TEST_CASE("rsi reversion is exact at its threshold: below, not at") {
  // Gains 1, losses 3: RSI is 25.
  const Closes quarter{100, 101, 99.5, 98};
  BotConfig config = rsi_config();
  config.parameters.push_back({"oversold", 25});
  CHECK_FALSE(proposed(evaluate(kRsi, config, quarter)).has_value());
  config.parameters.back().value = 25.001;
  CHECK(proposed(evaluate(kRsi, config, quarter)) == Direction::kLong);
}

TEST_CASE("rsi reversion sells an overbought perpetual short, a spot market never") {
  const Evaluation e = evaluate(kRsi, rsi_config(MarketType::kLinear), kRising);
  CHECK(proposed(e) == Direction::kShort);
  CHECK(e.proposal->score == 1.0);
  CHECK(condition(e, "rsi > overbought")->met);
  CHECK_FALSE(proposed(evaluate(kRsi, rsi_config(), kRising)).has_value());
}

TEST_CASE("rsi reversion closes a long above its exit and a short below its mirror") {
  const BotConfig config = rsi_config(MarketType::kLinear);
  const Evaluation out = evaluate(kRsi, config, kBetween, &kLong);
  CHECK(proposed(out) == Direction::kClose);
  CHECK(condition(out, "rsi >= exit_rsi")->met);
  CHECK_FALSE(proposed(evaluate(kRsi, config, kBetween, &kShort)).has_value());
  CHECK(proposed(evaluate(kRsi, config, kFalling, &kShort)) == Direction::kClose);
  const Evaluation stays = evaluate(kRsi, config, {100, 99, 100, 99}, &kLong);  // RSI 33.3
  CHECK_FALSE(proposed(stays).has_value());
  CHECK_FALSE(condition(stays, "rsi >= exit_rsi")->met);
}

TEST_CASE("rsi reversion waits for its indicator") {
  const Evaluation e = evaluate(kRsi, rsi_config(), {100, 99, 98});
  CHECK_FALSE(e.warm);
  CHECK_FALSE(e.proposal.has_value());
  CHECK(evaluate(kRsi, rsi_config(), kFalling).warm);
}

TEST_CASE("a market that does not move is neither oversold nor overbought") {
  for (const MarketType market : {MarketType::kSpot, MarketType::kLinear}) {
    const Evaluation e = evaluate(kRsi, rsi_config(market), kFlat);
    CHECK(e.warm);
    CHECK_FALSE(e.proposal.has_value());
    CHECK_FALSE(evaluate(kEma, ema_config(market), kFlat).proposal.has_value());
  }
}

TEST_CASE("ema cross buys when the fast average comes up through the slow one, once") {
  const Closes falling{105, 104, 103, 102, 101};
  Closes closes = falling;
  CHECK_FALSE(proposed(evaluate(kEma, ema_config(), closes)).has_value());
  closes.push_back(106);
  const Evaluation crossed = evaluate(kEma, ema_config(), closes);
  CHECK(proposed(crossed) == Direction::kLong);
  CHECK(condition(crossed, "fast crosses above slow")->met);
  CHECK_FALSE(condition(crossed, "fast crosses below slow")->met);
  CHECK(crossed.measurements.size() == 2);
  closes.push_back(107);
  CHECK_FALSE(proposed(evaluate(kEma, ema_config(), closes)).has_value());
}

TEST_CASE(
    "ema cross goes short on a perpetual when the fast average falls through, never on spot") {
  const Closes closes{101, 102, 103, 104, 105, 100};
  CHECK(proposed(evaluate(kEma, ema_config(MarketType::kLinear), closes)) == Direction::kShort);
  const Evaluation spot = evaluate(kEma, ema_config(), closes);
  CHECK_FALSE(spot.proposal.has_value());
  CHECK(condition(spot, "fast crosses below slow")->met);
}

TEST_CASE("ema cross closes a position by the cross against it, and by no other") {
  const Closes up{105, 104, 103, 102, 101, 106}, down{101, 102, 103, 104, 105, 100};
  const BotConfig config = ema_config(MarketType::kLinear);
  CHECK(proposed(evaluate(kEma, config, down, &kLong)) == Direction::kClose);
  CHECK(proposed(evaluate(kEma, config, up, &kShort)) == Direction::kClose);
  CHECK_FALSE(proposed(evaluate(kEma, config, up, &kLong)).has_value());
  CHECK_FALSE(proposed(evaluate(kEma, config, down, &kShort)).has_value());
}

TEST_CASE("a cross out of equal averages counts in both directions, a mere touch in none") {
  const BotConfig config = ema_config(MarketType::kLinear);
  CHECK(proposed(evaluate(kEma, config, {100, 100, 100, 100, 101})) == Direction::kLong);
  CHECK(proposed(evaluate(kEma, config, {100, 100, 100, 100, 99})) == Direction::kShort);
  // An EMA of 1 is the close itself, one of 3 goes half the way: they meet exactly on the last
  // close.
  const BotConfig dyadic =
      a_config({.market = MarketType::kLinear, .parameters = {{"fast", 1}, {"slow", 3}}});
  for (const Closes& touch : {Closes{96, 96, 96, 104, 100}, Closes{104, 104, 104, 96, 100}}) {
    const Evaluation e = evaluate(kEma, dyadic, touch);
    REQUIRE(e.measurements[0].value == e.measurements[1].value);
    CHECK_FALSE(e.proposal.has_value());
    CHECK_FALSE(evaluate(kEma, dyadic, touch, &kLong).proposal.has_value());
    CHECK_FALSE(evaluate(kEma, dyadic, touch, &kShort).proposal.has_value());
  }
}

TEST_CASE("ema cross needs two candles of both averages") {
  CHECK_FALSE(evaluate(kEma, ema_config(), {100, 101, 102}).warm);
  CHECK(evaluate(kEma, ema_config(), {100, 101, 102, 103}).warm);
}

TEST_CASE("a decision does not change when the future becomes known") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 60; ++round) {
    const Closes closes = random_walk(runs, 60);
    for (const Strategy* strategy :
         {static_cast<const Strategy*>(&kRsi), static_cast<const Strategy*>(&kEma)}) {
      const BotConfig config =
          strategy == &kRsi ? rsi_config(MarketType::kLinear) : ema_config(MarketType::kLinear);
      const auto specs = strategy->indicators(config);
      const auto cut = static_cast<std::size_t>(runs.between(1, 59));
      const Closes known(closes.begin(), closes.begin() + static_cast<std::ptrdiff_t>(cut));
      // The same candles, once alone and once out of a feed that holds the future too, most of it
      // not closed yet at that time.
      const auto series = std::make_shared<CandleSeries>(Timeframe::minutes(1), 500);
      REQUIRE(series
                  ->merge(candles_closing_at(closes),
                          opens(static_cast<std::int64_t>(cut)) + Duration{1})
                  .has_value());
      SharedIndicators indicators;
      for (const IndicatorSpec& spec : specs) REQUIRE(indicators.add(spec).has_value());
      indicators.on_series(series);
      MarketView fed = a_view(candles_closing_at(known), specs);
      const Evaluation alone = strategy->evaluate(fed, config, nullptr);
      fed.series = series;
      fed.indicators = indicators.table();
      const Evaluation among = strategy->evaluate(fed, config, nullptr);
      REQUIRE(alone.warm == among.warm);
      REQUIRE(proposed(alone) == proposed(among));
      REQUIRE(alone.conditions == among.conditions);
    }
  }
}

TEST_CASE("no spot market is ever sold short, scores stay within 0 and 1") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 400; ++round) {
    const Closes closes = random_walk(runs, static_cast<std::size_t>(runs.between(5, 40)));
    for (const MarketType market : {MarketType::kSpot, MarketType::kLinear})
      for (const Position* position : {static_cast<const Position*>(nullptr), &kLong, &kShort})
        for (const Evaluation& e : {evaluate(kRsi, rsi_config(market), closes, position),
                                    evaluate(kEma, ema_config(market), closes, position)}) {
          if (!e.proposal) continue;
          REQUIRE((market == MarketType::kLinear || e.proposal->direction != Direction::kShort));
          REQUIRE((position != nullptr || e.proposal->direction != Direction::kClose));
          REQUIRE(e.proposal->score >= 0);
          REQUIRE(e.proposal->score <= 1);
          REQUIRE(std::any_of(e.conditions.begin(), e.conditions.end(),
                              [](const Condition& c) { return c.met; }));
        }
  }
}

TEST_CASE("a strategy asks for what it reads") {
  CHECK(kRsi.indicators(a_config()) == std::vector<IndicatorSpec>{{IndicatorKind::kRsi, 14, 0}});
  CHECK(kEma.indicators(ema_config()) ==
        std::vector<IndicatorSpec>{{IndicatorKind::kEma, 2, 0}, {IndicatorKind::kEma, 3, 0}});
}

TEST_CASE("the catalogue knows its strategies by the names of a config") {
  const StrategyCatalogue catalogue = StrategyCatalogue::standard();
  CHECK(catalogue.find({"rsi_reversion"}) != nullptr);
  CHECK(catalogue.find({"ema_cross"}) != nullptr);
  CHECK(catalogue.find({"martingale"}) == nullptr);
  for (const StrategySchema& schema : catalogue.schemas()) {
    CAPTURE(schema.name);
    for (const ParameterSchema& p : schema.parameters) {
      CAPTURE(p.name);
      CHECK(p.min <= p.default_value);
      CHECK(p.default_value <= p.max);
    }
    // What a config leaves out is what the schema says.
    BotConfig plain = a_config(), spelled_out = a_config();
    for (const ParameterSchema& p : schema.parameters)
      spelled_out.parameters.push_back({p.name, p.default_value});
    const auto strategy = catalogue.find({schema.name});
    SeededRuns runs;
    for (int i = 0; i < 20; ++i) {
      const Closes closes = random_walk(runs, 60);
      CHECK(evaluate(*strategy, plain, closes).conditions ==
            evaluate(*strategy, spelled_out, closes).conditions);
    }
  }
}
