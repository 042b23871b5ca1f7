// LimitWindow and RateLimiterConfig: what an exchange publishes about its limits, and how much of
// it we allow ourselves. Data, not code; the numbers of each exchange live in its configuration.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox {

enum class LimitKind : std::uint8_t { kRequestWeight, kOrders };
constexpr std::string_view to_string(LimitKind kind) {
  return kind == LimitKind::kOrders ? "ORDERS" : "REQUEST_WEIGHT";
}

// "At most `limit` within any `length`": {"request_weight_1m", 60 s, 6000, kRequestWeight}.
struct LimitWindow {
  std::string name;  // unique within one exchange; the adapter reports counters under it
  Duration length{0};
  std::int64_t limit = 0;
  LimitKind kind = LimitKind::kRequestWeight;

  bool operator==(const LimitWindow&) const = default;
};

// Shares are percent of the published limit, as integers: 80 % of 6,000 is 4,800 on every machine.
struct RateLimiterConfig {
  std::vector<LimitWindow> windows;
  int ceiling_percent = 80;      // never more than this in any window
  int alert_percent = 60;        // operators hear of it from here on,
  int alert_clear_percent = 50;  // and that it is over below this, or below alert_percent if lower
  // Of a window shorter than this they hear once it was filled again and again for so long, and
  // that it is over once it was not for two of its lengths; of longer ones at once.
  Duration alert_for{10'000};
  int pause_percent = 90;        // above it by the exchange's counter, only closes and cancels go
  int protective_percent = 10;   // of the ceiling's share, kept for closes and cancels
  int buckets_per_window = 60;   // granted weight leaves a window in steps of length / buckets
  int reservation_percent = 10;  // of the smallest ceiling: one durable write pays for it
  Duration reservation_length{10'000};  // a reservation is good for this long
  Duration default_stop{60'000};        // "slow down" without a Retry-After
  // A permit is good for this long, but for at most a tenth of the shortest window; so much longer
  // than published every window is counted. Longer than a commit takes, or no order gets out.
  Duration permit_life{1'000};

  bool operator==(const RateLimiterConfig&) const = default;
};

// How long a permit really is good.
Duration permit_life_of(const RateLimiterConfig& config);

// Names the field that is out of range.
Result<void> validate(const RateLimiterConfig& config);

}  // namespace botbox
