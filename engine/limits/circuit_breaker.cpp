#include "engine/limits/circuit_breaker.hpp"

#include <algorithm>

namespace botbox {

void CircuitBreaker::open(Timestamp now) {
  const auto doublings = std::min<std::uint32_t>(openings_, 20);
  const Duration delay{config_.first_delay.count() << doublings};
  open_ = true;
  open_until_ = now + std::min(delay, config_.longest_delay);
  probe_until_ = {};
  ++openings_;
}

bool CircuitBreaker::allow(Timestamp now) {
  if (!open_) return true;
  if (!probe_until_.is_never() && now >= probe_until_) {
    ++failures_;
    open(probe_until_);
  }
  if (now < open_until_ || !probe_until_.is_never()) return false;
  probe_until_ = now + config_.probe_timeout;
  return true;
}

// Also a late answer to a call from before the opening proves that the other side lives.
void CircuitBreaker::on_success(Timestamp) {
  failures_ = 0;
  openings_ = 0;
  open_ = false;
  probe_until_ = {};
}

// Failures of calls that were under way when it opened do not prolong the delay.
void CircuitBreaker::on_failure(Timestamp now) {
  ++failures_;
  if (open_ && probe_until_.is_never()) return;
  if (open_ || failures_ >= config_.failures_to_open) open(now);
}

BreakerState CircuitBreaker::state(Timestamp now) const {
  if (!open_) return BreakerState::kClosed;
  return now < open_until_ ? BreakerState::kOpen : BreakerState::kHalfOpen;
}

Timestamp CircuitBreaker::next_try(Timestamp now) const {
  if (!open_) return now;
  if (!probe_until_.is_never()) return std::max(now, probe_until_);
  return std::max(now, open_until_);
}

}  // namespace botbox
