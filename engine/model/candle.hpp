// Candle and CandleSeries: closed, ordered, without twins, its gaps known.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/model/money.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox {

struct Candle {
  Timestamp open_time;
  Price open;
  Price high;
  Price low;
  Price close;
  Quantity volume;  // base currency

  bool operator==(const Candle&) const = default;
};

// high >= open, close >= low > 0 and volume >= 0; the error names the rule that is broken.
Result<void> validate(const Candle& candle);

// A run of candles that the exchange does not have, or has not given yet.
struct CandleGap {
  Timestamp from;  // open time of the first missing candle
  Timestamp to;    // open time of the next present one

  bool operator==(const CandleGap&) const = default;
};

class CandleSeries {
 public:
  CandleSeries(Timeframe timeframe, std::size_t capacity)
      : timeframe_(timeframe), capacity_(capacity) {}

  // Merges candles in any order. Unfinished ones (close > now) are left out; a candle that is
  // already there is replaced when the exchange revised it; the oldest fall out beyond the
  // capacity. Off-grid or invalid candles: kInvalidInput, nothing is merged.
  Result<void> merge(const std::vector<Candle>& candles, Timestamp now);

  // A copy that takes `more` candles without moving those it has.
  CandleSeries copy_with_room(std::size_t more) const;

  Timeframe timeframe() const { return timeframe_; }
  const std::vector<Candle>& candles() const { return candles_; }
  bool empty() const { return candles_.empty(); }
  // Exclusive end of the newest candle; "never" when empty.
  Timestamp last_close() const;
  std::vector<CandleGap> gaps() const;

 private:
  Timeframe timeframe_;
  std::size_t capacity_;
  std::vector<Candle> candles_;  // ascending, unique open times
};

}  // namespace botbox
