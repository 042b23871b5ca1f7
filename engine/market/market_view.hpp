// MarketView: what a bot sees of one market in one turn. Immutable and shared: all bots on one
// symbol and timeframe read the same series and the same indicators.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "engine/market/indicator_table.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// Older data is refused by the freshness gate.
constexpr Duration kDataAgeRefused{120'000};

// How far the data may be from the market: the time since it was fetched, or how long the candle
// after the newest one is overdue, whichever is more; never negative.
constexpr Duration data_age(Timestamp fetched_at, Timestamp last_close, Timeframe timeframe,
                            Timestamp now) {
  return std::max({Duration{0}, now - fetched_at, now - (last_close + timeframe.duration())});
}

namespace rule {
class RuleValues;
}

struct MarketView {
  Symbol symbol;
  Timeframe timeframe;
  std::shared_ptr<const CandleSeries> series;        // closed candles only; never null or empty
  std::shared_ptr<const IndicatorTable> indicators;  // of that series; null: none is registered
  Timestamp as_of;                                   // when the exchange last answered
  std::size_t gaps = 0;                              // runs of missing candles in the series
  // The same symbol on longer timeframes, ascending. One may hold candles that closed after this
  // view's newest one, or lack the newest: readers go by the close time (rule/view_inputs.hpp).
  std::vector<std::shared_ptr<const MarketView>> higher;
  // What rules say of this view; null: nothing was evaluated yet.
  std::shared_ptr<const rule::RuleValues> rules;

  const Candle& last_candle() const { return series->candles().back(); }
  Timestamp last_close() const { return series->last_close(); }
  Duration age(Timestamp now) const {
    return data_age(as_of, series->last_close(), timeframe, now);
  }
};

}  // namespace botbox
