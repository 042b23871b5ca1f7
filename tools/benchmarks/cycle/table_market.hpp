// TableMarket: a market whose candles were all made beforehand, so that a benchmark measures the
// engine and not the invention of candles.
#pragma once

#include <vector>

#include "engine/model/instrument.hpp"
#include "exchange/market/market_feed.hpp"

namespace botbox::bench {

// Every candle of every symbol, 5m, without gaps. Prices swing by half a percent around 100: no
// stop of 2 % is ever reached. Immutable, so several exchanges may share one.
class TableMarket final : public exchange::MarketFeed {
 public:
  // `count` candles per symbol; the first opens at `first`, which lies on the grid.
  TableMarket(std::vector<Symbol> symbols, Timestamp first, std::size_t count);

  std::vector<Symbol> symbols() const override { return symbols_; }
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override;
  std::optional<Timestamp> first_open(const Symbol& symbol) const override;
  std::optional<Timestamp> last_open(const Symbol& symbol) const override;
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp open_time) override;
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override;
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                              exchange::CandleRange range) override;

 private:
  const std::vector<Candle>* find(const Symbol& symbol) const;
  // Index of the first candle that opens at `at` or later.
  std::size_t index(Timestamp at) const;

  std::vector<Symbol> symbols_;  // ascending
  Timestamp first_;
  std::size_t count_;
  std::vector<std::vector<Candle>> tables_;  // parallel to symbols_
};

}  // namespace botbox::bench
