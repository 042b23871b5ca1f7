// MarketView: one series as a bot sees it at a check. Immutable and shared by all bots.
#pragma once

#include <algorithm>
#include <memory>

#include "engine/assert.hpp"
#include "engine/market/indicator_table.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"

namespace botbox {

class MarketView {
 public:
  // `series` holds at least one candle.
  MarketView(Symbol symbol, std::shared_ptr<const CandleSeries> series,
             std::shared_ptr<const IndicatorTable> indicators, Timestamp fetched_at)
      : symbol_(std::move(symbol)),
        series_(std::move(series)),
        indicators_(std::move(indicators)),
        fetched_at_(fetched_at),
        gap_count_(series_->gaps().size()) {
    ENGINE_ASSERT(!series_->empty());
  }

  const Symbol& symbol() const { return symbol_; }
  const CandleSeries& series() const { return *series_; }
  const IndicatorTable& indicators() const { return *indicators_; }
  const Candle& last_candle() const { return series_->candles().back(); }
  Timestamp last_close() const { return series_->last_close(); }
  std::size_t gap_count() const { return gap_count_; }

  // How old the knowledge is: since the exchange was asked, or since the candle that is missing by now
  // should have closed, whichever is longer. Zero while the newest candle is the newest there can be
  // and was just fetched.
  Duration age(Timestamp now) const {
    const Duration since_fetch = now - fetched_at_;
    const Duration behind = now - (last_close() + series_->timeframe().duration());
    return std::max({Duration{0}, since_fetch, behind});
  }

 private:
  Symbol symbol_;
  std::shared_ptr<const CandleSeries> series_;
  std::shared_ptr<const IndicatorTable> indicators_;
  Timestamp fetched_at_;
  std::size_t gap_count_;
};

}  // namespace botbox
