#include "engine/limits/limiter_gate.hpp"

#include <algorithm>

namespace botbox {
namespace {

RateLimiterConfig local_limits(const GateConfig& config) {
  RateLimiterConfig limits = config.limits;
  limits.ceiling_percent = std::min(limits.ceiling_percent, config.local_ceiling_percent);
  return limits;
}

}  // namespace

LimiterGate::LimiterGate(const GateConfig& config)
    : local_(local_limits(config)), unanswered_to_switch_(config.unanswered_to_switch) {}

void LimiterGate::restore(const std::optional<LimiterState>& saved_local,
                          const std::optional<LimiterState>& saved_limiter, Timestamp now) {
  if (saved_local) local_.restore(*saved_local, now);
  if (saved_limiter) local_.learn_granted_by_sibling(*saved_limiter, now);
  mode_ = GateMode::kReturning;
  unanswered_ = 0;
  ++era_;
}

bool LimiterGate::on_no_answer() {
  if (mode_ == GateMode::kLocal) return false;
  if (++unanswered_ < unanswered_to_switch_) return false;
  mode_ = GateMode::kLocal;
  ++era_;
  return true;
}

// Between this state and its acceptance nothing is granted locally, or the limiter would not know
// of it.
std::optional<LimiterState> LimiterGate::on_answer(Timestamp now) {
  unanswered_ = 0;
  if (mode_ != GateMode::kLocal) return std::nullopt;
  mode_ = GateMode::kReturning;
  return local_.hand_over(now);
}

void LimiterGate::on_handed_over() {
  if (mode_ != GateMode::kReturning) return;
  local_.on_handed_over();
  mode_ = GateMode::kLimiter;
  unanswered_ = 0;
}

// Without eras, permits that the limiter granted while the local limiter did not know of them would
// pass after the return, on top of the local ones.
bool LimiterGate::let_pass(Timestamp now, const PermitRequest& request, std::uint64_t era) {
  if (mode_ != GateMode::kLimiter || era != era_) return false;
  local_.note_granted_by_sibling(now, request);
  return true;
}

AcquireResult LimiterGate::acquire_local(Timestamp now, const PermitRequest& request) {
  if (mode_ != GateMode::kLocal)
    return tl::unexpected<Denied>(Denied{DenialReason::kNotReserved, now, {}});
  return local_.acquire(now, request);
}

void LimiterGate::on_exchange_counter(Timestamp now, std::string_view window, std::int64_t used) {
  local_.on_exchange_counter(now, window, used);
}

void LimiterGate::on_rate_limited(Timestamp now, std::optional<Duration> retry_after) {
  local_.on_rate_limited(now, retry_after);
}

}  // namespace botbox
