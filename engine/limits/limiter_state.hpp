// LimiterState: what a rate limiter must find again after a crash, so that no window is exceeded
// across a restart. Storage encodes it; engine/limits/rate_limiter.hpp says when it is written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/limits/limit_window.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// Weight (or orders) granted at `at` or earlier.
struct UsedAmount {
  Timestamp at;
  std::int64_t amount = 0;

  bool operator==(const UsedAmount&) const = default;
};

struct WindowState {
  LimitWindow window;            // as configured when it was saved
  std::vector<UsedAmount> used;  // ascending in time

  bool operator==(const WindowState&) const = default;
};

// A right to grant without a further write. After a crash all of it counts as granted.
struct LimiterReservation {
  Timestamp expires;  // the latest time at which it can have been granted
  std::int64_t weight = 0;
  std::int64_t orders = 0;

  bool operator==(const LimiterReservation&) const = default;
};

struct LimiterState {
  Timestamp saved_at;
  Timestamp stopped_until;  // the exchange told us to stop; "never": it did not
  std::vector<WindowState> windows;
  std::vector<LimiterReservation> reservations;

  bool operator==(const LimiterState&) const = default;
};

}  // namespace botbox
