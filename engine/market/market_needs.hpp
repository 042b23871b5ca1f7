// MarketNeeds: what must be computed of a market before a strategy can look at it. The needs of a
// whole fleet add up to one of these per (symbol, timeframe).
#pragma once

#include <memory>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/strategy/indicators.hpp"
#include "engine/strategy/rule/program.hpp"

namespace botbox {

// A longer timeframe of the same symbol.
struct HigherSeries {
  Timeframe timeframe;
  std::vector<IndicatorSpec> indicators;

  bool operator==(const HigherSeries&) const = default;
};

struct MarketNeeds {
  std::vector<IndicatorSpec> indicators;  // of the bot's own timeframe
  std::vector<HigherSeries> higher;       // ascending, each timeframe once
  // Rules to be evaluated once per candle for all who share them.
  std::vector<std::shared_ptr<const rule::Program>> rules;

  // Adds what is not there yet. False: all of it was.
  bool merge(const MarketNeeds& more);
  bool operator==(const MarketNeeds&) const = default;
};

}  // namespace botbox
