// The timeframes of which Bybit has candles, and what they are called there.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/model/time.hpp"

namespace botbox::exchange::bybit {

struct Interval {
  std::int64_t minutes;
  std::string_view name;
};
inline constexpr std::array kIntervals{
    Interval{1, "1"},     Interval{3, "3"},     Interval{5, "5"},     Interval{15, "15"},
    Interval{30, "30"},   Interval{60, "60"},   Interval{120, "120"}, Interval{240, "240"},
    Interval{360, "360"}, Interval{720, "720"}, Interval{1440, "D"},  Interval{10080, "W"}};

inline constexpr std::string_view kIntervalFix =
    "choose one of 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w";

// Empty: Bybit has no such candles (8h, 3d).
constexpr std::optional<std::string_view> interval_name(Timeframe timeframe) {
  for (const Interval& interval : kIntervals)
    if (timeframe == Timeframe::minutes(interval.minutes)) return interval.name;
  return std::nullopt;
}

}  // namespace botbox::exchange::bybit
