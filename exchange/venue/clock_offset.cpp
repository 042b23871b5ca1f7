#include "exchange/venue/clock_offset.hpp"

#include <algorithm>
#include <cstdlib>

namespace botbox::exchange {

void ClockOffset::learn(Timestamp sent, Timestamp venue, Timestamp received) {
  if (received < sent) return;
  const std::lock_guard lock(mutex_);
  const std::int64_t trip_ms = received.ms - sent.ms;
  const std::uint64_t seen = samples_seen_.load(std::memory_order_relaxed);
  samples_[seen % kKept] = {venue.ms - (sent.ms + trip_ms / 2), (trip_ms + 1) / 2};
  const std::size_t count = std::min<std::size_t>(kKept, seen + 1);
  // Of samples that are equally good the newest: clocks are set.
  const Sample newest = samples_[seen % kKept];
  Sample best = newest;
  for (std::size_t age = 1; age < count; ++age) {
    const Sample& older = samples_[(seen - age) % kKept];
    if (contradicts(newest, older)) break;
    if (older.doubt_ms < best.doubt_ms) best = older;
  }
  offset_ms_.store(best.offset_ms, std::memory_order_relaxed);
  samples_seen_.store(seen + 1, std::memory_order_relaxed);
}

// They cannot both be true: between the two a clock was set, or goes at another pace.
bool ClockOffset::contradicts(const Sample& newest, const Sample& older) {
  constexpr std::int64_t kRoundedMs = 2;
  return std::abs(newest.offset_ms - older.offset_ms) >
         newest.doubt_ms + older.doubt_ms + kRoundedMs;
}

void ClockOffset::forget() {
  const std::lock_guard lock(mutex_);
  samples_seen_.store(0, std::memory_order_relaxed);
}

}  // namespace botbox::exchange
