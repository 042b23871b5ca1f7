// hour and weekday: the moment at which a candle closed, in UTC.
#pragma once

#include "engine/strategy/rule/program.hpp"

namespace botbox::rule {

// Hour 0 to 23; weekday 1 (Monday) to 7.
inline double clock_input(InputKind kind, Timestamp close) {
  constexpr std::int64_t kHourMs = 3'600'000;
  constexpr std::int64_t kDayMs = 24 * kHourMs;
  if (kind == InputKind::kHour) return static_cast<double>(close.ms / kHourMs % 24);
  return static_cast<double>((close.ms / kDayMs + 3) % 7 + 1);  // 1970-01-01 was a Thursday
}

}  // namespace botbox::rule
