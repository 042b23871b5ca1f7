#include "tools/benchmarks/micro/checks.hpp"

#include "engine/assert.hpp"

namespace botbox::bench {

CheckBench::CheckBench() : bots_(fleet(10'000)) {
  const StrategyCatalogue all =
      catalogue(Indicators::kShared, std::make_shared<CheckStarts>(bots_.size()));
  strategy_ = all.find(bots_.front().strategy);
  instrument_ = paper_config().instruments.front().instrument;
  auto series = std::make_shared<CandleSeries>(bots_.front().timeframe, kWindow);
  const auto candles = market()->candles(
      bots_.front().symbol, bots_.front().timeframe,
      {.from = kStart - kCycleLength * static_cast<std::int64_t>(kWindow), .to = kStart});
  ENGINE_ASSERT(series->merge(candles, kStart).has_value());
  SharedIndicators indicators;
  for (const IndicatorSpec& spec : strategy_->indicators(bots_.front()))
    ENGINE_ASSERT(indicators.add(spec).has_value());
  indicators.on_series(series);
  view_ = std::make_shared<const MarketView>(MarketView{.symbol = bots_.front().symbol,
                                                        .timeframe = bots_.front().timeframe,
                                                        .series = series,
                                                        .indicators = indicators.table(),
                                                        .as_of = kStart});
}

Result<Decision> CheckBench::decide(std::size_t index) const {
  return botbox::decide(snapshot_, CheckDue{view_, kStart},
                        {.now = kStart,
                         .installation = installation_,
                         .config = bots_[index],
                         .strategy = *strategy_,
                         .instrument = &instrument_,
                         .engine = {.mode = EngineMode::kActive, .live_trading = true}});
}

}  // namespace botbox::bench
