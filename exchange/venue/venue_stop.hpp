// VenueStop: a venue has asked for silence. What has its permit already, and is not on the wire
// yet, stays here until the silence is over; the limiter holds back everything else.
#pragma once

#include <atomic>
#include <optional>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

// Safe to use from any thread.
class VenueStop {
 public:
  // Without a time: until the limiter knows better, one second.
  void begin(Timestamp now, std::optional<Duration> wait) {
    constexpr Duration kUnsaid{1'000};
    const std::int64_t until = (now + wait.value_or(kUnsaid)).ms;
    std::int64_t known = until_ms_.load();
    while (known < until && !until_ms_.compare_exchange_weak(known, until)) {
    }
  }
  // Error kRateLimited: nothing may be sent.
  Result<void> check(Timestamp now, std::string place) const {
    const Timestamp until{until_ms_.load()};
    if (now >= until) return {};
    return fail(ErrorCode::kRateLimited,
                fmt::format("the venue has asked for silence until {}", to_iso8601(until)),
                std::move(place), "it is kept by itself");
  }

 private:
  std::atomic<std::int64_t> until_ms_{0};
};

}  // namespace botbox::exchange
