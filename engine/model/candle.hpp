// Candle and CandleSeries: closed, ordered, without twins, its gaps known.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
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
  //
  // A copy is cheap: it shares the candles, and no copy ever sees what is merged into another.
  // Copies may be read on any thread; those of one origin are merged into on one thread only.
  Result<void> merge(const std::vector<Candle>& candles, Timestamp now);

  Timeframe timeframe() const { return timeframe_; }
  // Good as long as this series or a copy of it lives, and is not merged into.
  std::span<const Candle> candles() const { return candles_; }
  bool empty() const { return candles_.empty(); }
  // Exclusive end of the newest candle; "never" when empty.
  Timestamp last_close() const;
  const std::vector<CandleGap>& gaps() const { return gaps_; }

 private:
  void append(const Candle& candle, std::size_t room_for);
  void put_at(std::ptrdiff_t place, const Candle& candle);
  void move_to_own_room(std::size_t more);
  void find_gaps();
  void drop_oldest();

  Timeframe timeframe_;
  std::size_t capacity_;
  // Only ever filled up, never grown or changed: others look at what is in it.
  std::shared_ptr<std::vector<Candle>> room_;
  std::span<const Candle> candles_;  // of the room; ascending, unique open times
  std::vector<CandleGap> gaps_;      // of these candles
};

}  // namespace botbox
