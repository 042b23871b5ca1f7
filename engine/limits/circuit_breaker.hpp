// CircuitBreaker: stops asking a place that keeps failing, and tries it again carefully.
//
// Closed: everything passes. After `failures_to_open` failures in a row it opens for a delay; then
// it is half open: one probe passes, its success closes the breaker, its failure opens it for twice
// as long. A probe of which nothing is heard for `probe_timeout` counts as failed.
// Not durable: after a restart the first failures open it again. Pure; time is passed in.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/model/time.hpp"

namespace botbox {

enum class BreakerState : std::uint8_t { kClosed, kOpen, kHalfOpen };
constexpr std::string_view to_string(BreakerState state) {
  switch (state) {
    case BreakerState::kClosed: return "CLOSED";
    case BreakerState::kOpen: return "OPEN";
    case BreakerState::kHalfOpen: return "HALF_OPEN";
  }
  return "?";
}

struct CircuitBreakerConfig {
  std::uint32_t failures_to_open = 5;
  Duration first_delay{1'000};  // doubled at each failed probe
  Duration longest_delay{60'000};
  Duration probe_timeout{30'000};

  bool operator==(const CircuitBreakerConfig&) const = default;
};

class CircuitBreaker {
 public:
  explicit CircuitBreaker(CircuitBreakerConfig config) : config_(config) {}

  // May this call go now? In the half open state a `true` is the probe; report its outcome.
  bool allow(Timestamp now);
  void on_success(Timestamp now);
  // A refusal by the other side ("no such order") is an answer, thus a success. Timeouts, resets
  // and 5xx are failures.
  void on_failure(Timestamp now);

  BreakerState state(Timestamp now) const;
  // When allow() can be true again; `now` where it is already.
  Timestamp next_try(Timestamp now) const;
  std::uint32_t failures_in_a_row() const { return failures_; }

 private:
  void open(Timestamp now);

  CircuitBreakerConfig config_;
  std::uint32_t failures_ = 0;
  std::uint32_t openings_ = 0;  // in a row
  bool open_ = false;
  Timestamp open_until_;
  Timestamp probe_until_;  // "never": no probe under way
};

}  // namespace botbox
