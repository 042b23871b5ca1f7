// Rules: candles per second of one strategy without an engine, and what one more bot costs.
#include <benchmark/benchmark.h>

#include "engine/assert.hpp"
#include "engine/market/candle_bar.hpp"
#include "engine/market/indicator_table.hpp"
#include "engine/strategy/rule/rule_run.hpp"
#include "engine/strategy/rule/shared_rules.hpp"
#include "tools/benchmarks/cycle/fleet.hpp"

namespace botbox::bench {
namespace {

constexpr Timeframe kFrame = Timeframe::minutes(5);

// Four indicators, crosses and looks back: what a trader writes.
rule::StrategyDefinition four_indicators(double oversold = 35) {
  rule::StrategyDefinition definition;
  definition.name = "four";
  definition.parameters = {{"oversold", oversold, 1, 99, false, ""}};
  definition.long_side.factors = {{"dip", 2, "rsi(14) < oversold"},
                                  {"trend", 1, "close > ema(50) and ema(50) > ema(50)[5]"},
                                  {"band", 1, "crosses_above(close, bollinger(20, 2).lower)"},
                                  {"moves", 1, "atr(14) / close > 0.001"}};
  definition.long_side.threshold = 0.6;
  definition.long_side.exit = "rsi(14) > 60 or close < close[12] * 0.97";
  return definition;
}

std::shared_ptr<const rule::RuleStrategy> made(const rule::StrategyDefinition& definition) {
  const auto strategy = rule::RuleStrategy::create(definition, kFrame, {});
  ENGINE_ASSERT(strategy.has_value());
  return *strategy;
}

std::vector<Candle> candles_of(std::size_t count) {
  return market()->candles(
      fleet(1).front().symbol, fleet(1).front().timeframe,
      {.from = kStart - kCycleLength * static_cast<std::int64_t>(count), .to = kStart});
}

// A year of 5 m candles goes around; the walk of the market does not matter to the cost.
void rule_run_four_indicators(benchmark::State& state) {
  std::vector<Bar> bars;
  for (const Candle& candle : candles_of(kWindow)) bars.push_back(to_bar(candle));
  rule::RuleRun run(made(four_indicators()), MarketType::kSpot);
  std::int64_t candles = 0;
  for (auto _ : state) {
    Bar bar = bars[static_cast<std::size_t>(candles) % bars.size()];
    bar.open_time = kStart + kFrame.duration() * candles++;
    benchmark::DoNotOptimize(run.update(bar));
  }
  state.SetItemsProcessed(candles);
}
BENCHMARK(rule_run_four_indicators);

// One candle of one symbol for N bots of one strategy, indicators computed: the rules once, then
// each bot's look, score and record. With `own`, each bot has other parameters.
void rules_of_a_fleet(benchmark::State& state, bool own) {
  const auto bots = static_cast<std::size_t>(state.range(0));
  std::vector<std::shared_ptr<const rule::RuleStrategy>> fleet;
  std::vector<BotConfig> configs(bots);
  const auto common = made(four_indicators());
  for (std::size_t i = 0; i < bots; ++i) {
    const double oversold = own ? 20 + 0.1 * static_cast<double>(i) : 35;
    fleet.push_back(own ? made(four_indicators(oversold)) : common);
    configs[i].timeframe = kFrame;
    configs[i].parameters = {{"oversold", oversold}};
  }
  const MarketNeeds needs = fleet.front()->needs(configs.front());
  SharedIndicators indicators;
  for (const IndicatorSpec& spec : needs.indicators)
    ENGINE_ASSERT(indicators.add(spec).has_value());
  const auto series = std::make_shared<CandleSeries>(kFrame, kWindow);
  ENGINE_ASSERT(series->merge(candles_of(kWindow), kStart).has_value());
  indicators.on_series(series);
  MarketView view{.symbol = {"BTC/USDT"},
                  .timeframe = kFrame,
                  .series = series,
                  .indicators = indicators.table(),
                  .as_of = kStart};
  rule::SharedRules rules;
  for (std::size_t i = 0; i < bots; ++i)
    for (const auto& program : fleet[i]->needs(configs[i]).rules) rules.add(program);
  for (auto _ : state) {
    view.rules = rules.evaluate(view);
    for (std::size_t i = 0; i < bots; ++i)
      benchmark::DoNotOptimize(fleet[i]->evaluate(view, configs[i], nullptr));
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * bots));
}
BENCHMARK_CAPTURE(rules_of_a_fleet, same_rules, false)->Arg(1)->Arg(100);
BENCHMARK_CAPTURE(rules_of_a_fleet, own_parameters, true)->Arg(1)->Arg(100);

}  // namespace
}  // namespace botbox::bench
