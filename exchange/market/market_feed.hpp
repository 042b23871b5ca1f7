// MarketFeed: what a market did, as a function of time. The paper exchange trades on it.
//
// A feed knows the whole of its history, the future included; whoever asks on behalf of a bot must
// cut at the present (the paper exchange does). A feed belongs to one thread: it may keep caches.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"

namespace botbox::exchange {

// Candles with from <= open_time < to; of more than `limit` the newest.
struct CandleRange {
  Timestamp from;
  Timestamp to;
  std::size_t limit = std::numeric_limits<std::size_t>::max();
};

class MarketFeed {
 public:
  virtual ~MarketFeed() = default;

  // In a fixed order.
  virtual std::vector<Symbol> symbols() const = 0;
  // The finest candles there are of a symbol; empty: the feed does not know the symbol.
  virtual std::optional<Timeframe> base_timeframe(const Symbol& symbol) const = 0;
  // How long the base candle lasts that contains `at`, or would: base candles follow each other
  // without overlap, and some stretches may be known only from longer ones. The feed knows the
  // symbol.
  virtual Timeframe timeframe_at(const Symbol& symbol, Timestamp at) const {
    (void)at;
    return *base_timeframe(symbol);
  }
  // Open times of the first and the last base candle; empty: no candle at all.
  virtual std::optional<Timestamp> first_open(const Symbol& symbol) const = 0;
  virtual std::optional<Timestamp> last_open(const Symbol& symbol) const = 0;
  // From the open of the first to the close of the last candle of this timeframe that candles()
  // yields, perhaps a part of one more at both ends; empty: none.
  virtual std::optional<CandleRange> known_range(const Symbol& symbol, Timeframe timeframe) const;

  // The base candle that opens at exactly `open_time`; empty in a gap, off the grid and outside the
  // history.
  virtual std::optional<Candle> candle_at(const Symbol& symbol, Timestamp open_time) = 0;
  // The first base candle with open_time >= from: the way over a gap.
  virtual std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) = 0;
  // Ascending. Timeframes above the base are aggregated, unless the feed has them as such; other
  // timeframes (finer, or not a multiple) yield nothing.
  virtual std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                                      CandleRange range) = 0;
  // The base candles, each of its own length.
  virtual std::vector<Candle> base_candles(const Symbol& symbol, CandleRange range) {
    return candles(symbol, *base_timeframe(symbol), range);
  }

  // The open time of the base candle that contains `at`, or would.
  Timestamp base_open(const Symbol& symbol, Timestamp at) const {
    return timeframe_at(symbol, at).floor(at);
  }
};

// Builds candles of `timeframe` from ascending finer ones. A candle with missing parts is built
// from those present, as exchanges do; one without any is left out. A part belongs to the candle
// that contains its open time, so the first and last result are whole only if the parts cover them.
std::vector<Candle> aggregate(const std::vector<Candle>& parts, Timeframe timeframe);

// What a client sees of the candle that is not closed yet: its open and nothing else. The feed
// knows how it ends; a bot must not.
Candle unfinished(const Candle& candle);

}  // namespace botbox::exchange
