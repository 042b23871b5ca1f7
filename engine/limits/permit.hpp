// Permit: the right to send one request, now. Only a limiter makes one; it is good once, and for as
// long as the limiter counts on (RateLimiterConfig::permit_life): sent later it would fall into a
// window in which it was not counted.
#pragma once

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>

#include "engine/model/time.hpp"

namespace botbox {

class PermitIssuer;

// Copies share one use: whichever copy is consumed first wins.
class Permit {
 public:
  // True exactly once over all copies. A transport that gets false must refuse the request.
  bool consume() const { return token_ != nullptr && !token_->exchange(true); }
  // Whoever holds the way to the exchange refuses an expired one; then nothing was sent.
  bool has_expired(Timestamp now) const { return !good_until_.is_never() && good_until_ < now; }
  // How long it is still good; empty: it does not expire.
  std::optional<Duration> time_left(Timestamp now) const {
    if (good_until_.is_never()) return std::nullopt;
    return std::max(Duration{0}, good_until_ - now);
  }

 private:
  friend class PermitIssuer;
  Permit(std::shared_ptr<std::atomic<bool>> used, Timestamp good_until)
      : token_(std::move(used)), good_until_(good_until) {}
  std::shared_ptr<std::atomic<bool>> token_;
  Timestamp good_until_;
};

// Base of whatever counts requests; nothing else can make a Permit.
class PermitIssuer {
 protected:
  // "Never" expires: for what does not count, as tests do.
  static Permit issue(Timestamp good_until = {}) {
    return Permit(std::make_shared<std::atomic<bool>>(false), good_until);
  }
  ~PermitIssuer() = default;
};

}  // namespace botbox
