// The time of a place that outlives its engines.
#pragma once

#include "engine/clock.hpp"

namespace botbox::test {

// Follows the clock of the engine that lives, and stands still, or is set, while none does.
class FollowingClock final : public Clock {
 public:
  explicit FollowingClock(Timestamp start) : now_(start) {}
  Timestamp now() const override {
    if (leader_ != nullptr) now_ = leader_->now();
    return now_;
  }
  void follow(const Clock* leader) {
    now();
    leader_ = leader;
  }
  void advance(Duration by) { now_ = now() + by; }

 private:
  mutable Timestamp now_;
  const Clock* leader_ = nullptr;
};

}  // namespace botbox::test
