// SimulatorClock: the venue's time, so many times as fast as a given clock, or only when stepped.
// Never backwards.
#pragma once

#include "engine/clock.hpp"

namespace botbox::exchange::sim {

class SimulatorClock {
 public:
  // `speed` 0: stands still until it is stepped. The clock must outlive this one.
  SimulatorClock(const Clock& real, Timestamp start, std::int64_t speed)
      : real_(real), origin_(start), since_(real.now()), speed_(speed) {}

  Timestamp now() const { return origin_ + (real_.now() - since_) * speed_; }
  std::int64_t speed() const { return speed_; }
  void set_speed(std::int64_t speed) {
    origin_ = now();
    since_ = real_.now();
    speed_ = speed;
  }
  // Forward only.
  void step(Duration by) {
    if (by > Duration{0}) origin_ = origin_ + by;
  }

 private:
  const Clock& real_;
  Timestamp origin_;
  Timestamp since_;
  std::int64_t speed_;
};

}  // namespace botbox::exchange::sim
