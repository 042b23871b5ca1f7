// Candles for the tests of the market data.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "engine/market/candle_cache.hpp"
#include "engine/model/candle.hpp"

namespace botbox::testing {

constexpr Timeframe kMinute = Timeframe::minutes(1);
constexpr Timestamp kMarketOpen{1'700'000'040'000};  // a full minute

inline Timestamp minute(std::int64_t n) { return kMarketOpen + Duration{60'000} * n; }

// Prices walk with the minute; `revision` makes a different candle of the same minute.
inline Candle candle_of(std::int64_t n, int revision = 0) {
  const std::int64_t price = 1'000 + (n * 7'919) % 101 + revision;
  const auto at = [](std::int64_t whole) { return Price{Decimal::from_int(whole)}; };
  return {minute(n),
          at(price),
          at(price + 5),
          at(price - 5),
          at(price + (n % 5) - 2),
          Quantity{Decimal::from_int(10 + n % 3)}};
}

inline std::vector<Candle> candles_of(std::int64_t first, std::int64_t end) {
  std::vector<Candle> candles;
  for (std::int64_t n = first; n < end; ++n) candles.push_back(candle_of(n));
  return candles;
}

}  // namespace botbox::testing
