#include "exchange/venue/clock_offset.hpp"

#include <algorithm>

namespace botbox::exchange {

void ClockOffset::learn(Timestamp sent, Timestamp venue, Timestamp received) {
  if (received < sent) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t trip_ms = received.ms - sent.ms;
  const std::uint64_t seen = samples_seen_.load(std::memory_order_relaxed);
  samples_[seen % kKept] = {venue.ms - (sent.ms + trip_ms / 2), (trip_ms + 1) / 2};
  const std::size_t count = std::min<std::size_t>(kKept, seen + 1);
  const auto best =
      std::min_element(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(count),
                       [](const Sample& a, const Sample& b) { return a.doubt_ms < b.doubt_ms; });
  offset_ms_.store(best->offset_ms, std::memory_order_relaxed);
  samples_seen_.store(seen + 1, std::memory_order_relaxed);
}

void ClockOffset::forget() {
  const std::lock_guard lock(mutex_);
  samples_seen_.store(0, std::memory_order_relaxed);
}

}  // namespace botbox::exchange
