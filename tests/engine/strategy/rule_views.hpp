// Market views as the engine would show them after each candle, for the tests of rules.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/market/indicator_table.hpp"
#include "engine/market/market_view.hpp"
#include "engine/strategy/rule/rule_strategy.hpp"
#include "tests/support/builders.hpp"

namespace botbox::testing {

inline Candle candle_of(const Bar& bar) {
  const auto decimal = [](double value) { return *from_indicator_level(value); };
  return {.open_time = bar.open_time,
          .open = {decimal(bar.open)},
          .high = {decimal(bar.high)},
          .low = {decimal(bar.low)},
          .close = {decimal(bar.close)},
          .volume = {decimal(bar.volume)}};
}

// Complete candles of a longer timeframe, built here anew on purpose: another way than RuleRun's.
inline std::vector<Candle> longer_candles(const std::vector<Candle>& parts, Timeframe timeframe,
                                          Duration part) {
  std::map<std::int64_t, std::vector<Candle>> groups;
  for (const Candle& candle : parts) groups[timeframe.floor(candle.open_time).ms].push_back(candle);
  std::vector<Candle> candles;
  for (const auto& [open, group] : groups) {
    const bool seen_from_start = !candles.empty() || group.front().open_time.ms == open;
    const bool closed = parts.back().open_time + part >= Timestamp{open} + timeframe.duration();
    if (!seen_from_start || !closed) continue;
    Candle whole = group.front();
    whole.open_time = {open};
    for (const Candle& candle : group) {
      whole.high = std::max(whole.high, candle.high);
      whole.low = std::min(whole.low, candle.low);
      whole.close = candle.close;
    }
    whole.volume = {};
    for (const Candle& candle : group) whole.volume += candle.volume;
    candles.push_back(whole);
  }
  return candles;
}

// Series and running indicators of one symbol, as the market-data actor keeps them.
class MarketOfBars {
 public:
  MarketOfBars(Timeframe timeframe, const MarketNeeds& needs, std::size_t capacity = 500)
      : timeframe_(timeframe), capacity_(capacity), needs_(needs) {
    for (const IndicatorSpec& spec : needs.indicators) REQUIRE(indicators_.add(spec).has_value());
    for (const HigherSeries& series : needs.higher)
      for (const IndicatorSpec& spec : series.indicators)
        REQUIRE(higher_[series.timeframe].add(spec).has_value());
  }

  // The view after the newest of these candles has closed.
  MarketView view_after(const std::vector<Candle>& candles) {
    const Timestamp now = candles.back().open_time + timeframe_.duration();
    MarketView view = shown(candles, timeframe_, indicators_, now);
    for (const HigherSeries& series : needs_.higher) {
      const auto longer = longer_candles(candles, series.timeframe, timeframe_.duration());
      if (longer.empty()) continue;
      view.higher.push_back(std::make_shared<const MarketView>(
          shown(longer, series.timeframe, higher_[series.timeframe], now)));
    }
    return view;
  }

 private:
  MarketView shown(const std::vector<Candle>& candles, Timeframe timeframe,
                   SharedIndicators& indicators, Timestamp now) const {
    const auto series = std::make_shared<CandleSeries>(timeframe, capacity_);
    REQUIRE(series->merge(candles, now).has_value());
    indicators.on_series(series);
    MarketView view;
    view.symbol = {"BTC/USDT"};
    view.timeframe = timeframe;
    view.series = series;
    view.indicators = indicators.table();
    view.as_of = now;
    return view;
  }

  Timeframe timeframe_;
  std::size_t capacity_;
  MarketNeeds needs_;
  SharedIndicators indicators_;
  std::map<Timeframe, SharedIndicators> higher_;
};

// A strategy that goes long on one rule.
inline rule::StrategyDefinition long_when(std::string when, std::string exit = {}) {
  rule::StrategyDefinition definition;
  definition.name = "one_rule";
  definition.long_side.factors = {{"only", 1, std::move(when)}};
  definition.long_side.exit = std::move(exit);
  return definition;
}

inline std::shared_ptr<const rule::RuleStrategy> made(const rule::StrategyDefinition& definition,
                                                      Timeframe timeframe = {}) {
  const auto strategy = rule::RuleStrategy::create(definition, timeframe, {});
  REQUIRE_MESSAGE(strategy.has_value(), (strategy ? "" : to_string(strategy.error())));
  return *strategy;
}

}  // namespace botbox::testing
