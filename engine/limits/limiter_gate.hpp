// LimiterGate: what the gateway to one exchange does when its rate limiter does not answer.
//
// Three unanswered requests in a row: a local limiter at 50 % takes over. When the limiter answers
// again it must first take over, durably, what was granted locally; then the gate returns to it.
//
//   kLimiter --three times no answer--> kLocal --an answer--> kReturning --handed over--> kLimiter
//                                         ^----three times no answer------|
//
// Promise: all that the gate lets through, from both limiters, stays <= 80 % of the limit in every
// window, also over the switches and over crashes:
//  - a local grant needs (all that passed the gate in the window) + its weight <= 50 %;
//  - a permit that the limiter granted before a switch is refused ever after (its era is over);
//  - after the return the limiter counts the local grants as its own, under its 80 %.
// At a start, with the saved states of both (none: nothing was ever saved):
//   limiter.restore(saved_limiter, now); limiter.absorb(saved_local, now); save the limiter;
//   gate.restore(saved_local, saved_limiter, now); gate.on_handed_over(); save the gate.
// There is one gate per limiter. Pure; time is passed in.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/limits/rate_limiter.hpp"

namespace botbox {

enum class GateMode : std::uint8_t { kLimiter, kLocal, kReturning };
constexpr std::string_view to_string(GateMode mode) {
  switch (mode) {
    case GateMode::kLimiter: return "LIMITER";
    case GateMode::kLocal: return "LOCAL";
    case GateMode::kReturning: return "RETURNING";
  }
  return "?";
}

struct GateConfig {
  RateLimiterConfig limits;  // of the limiter; the local one uses the same windows
  int local_ceiling_percent = 50;
  std::uint32_t unanswered_to_switch = 3;
};

class LimiterGate {
 public:
  // For a data directory from which nothing was ever sent; otherwise call restore() at once.
  explicit LimiterGate(const GateConfig& config);
  // Afterwards the mode is kReturning until the limiter has absorbed and saved `saved_local`.
  void restore(const std::optional<LimiterState>& saved_local,
               const std::optional<LimiterState>& saved_limiter, Timestamp now);

  GateMode mode() const { return mode_; }
  // To be kept with each request to the limiter, and given to let_pass() with its answer.
  std::uint64_t era() const { return era_; }

  // A request to the limiter was not answered in time. True: the mode changed to kLocal (say so).
  bool on_no_answer();
  // The limiter answered (anything). In kLocal the mode becomes kReturning, and the result is what
  // the limiter must absorb; when it has saved that, call on_handed_over(). No other request is
  // made meanwhile; if this one is not answered either, on_no_answer() leads back to kLocal.
  std::optional<LimiterState> on_answer(Timestamp now);
  void on_handed_over();

  // The limiter granted this to a request of `era`, and it is sent now. False: it must not be sent.
  [[nodiscard]] bool let_pass(Timestamp now, const PermitRequest& request, std::uint64_t era);
  // kLocal only: from the local limiter; kNotReserved as for every limiter. In the other modes:
  // denied with retry_at = now; ask the limiter.
  AcquireResult acquire_local(Timestamp now, const PermitRequest& request);

  // The local limiter's durable part, saved under a key of its own.
  std::optional<LimiterState> state_to_save(Timestamp now) { return local_.state_to_save(now); }
  void on_saved() { local_.on_saved(); }
  void on_save_failed() { local_.on_save_failed(); }

  // To be told to both limiters: the gateway sees the exchange's answers first.
  void on_exchange_counter(Timestamp now, std::string_view window, std::int64_t used);
  void on_rate_limited(Timestamp now, std::optional<Duration> retry_after);

  LimiterSnapshot snapshot(Timestamp now) const { return local_.snapshot(now); }

 private:
  RateLimiter local_;
  std::uint32_t unanswered_to_switch_;
  std::uint32_t unanswered_ = 0;
  std::uint64_t era_ = 1;
  GateMode mode_ = GateMode::kLimiter;
};

}  // namespace botbox
