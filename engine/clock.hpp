// The port through which time comes in. The domain takes time as an argument; only parts that stand
// at the border (exchange adapters, actors) hold a Clock. One file implements it over the wall
// clock (actors/wall_clock.cpp); tests and replay use virtual time.
#pragma once

#include "engine/model/time.hpp"

namespace botbox {

class Clock {
 public:
  virtual ~Clock() = default;
  // Milliseconds since the Unix epoch, UTC. Never goes backwards within one process.
  virtual Timestamp now() const = 0;
};

// A clock that stands where it is put.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_; }
  void set(Timestamp to) { now_ = to; }
  void advance(Duration by) { now_ = now_ + by; }

 private:
  Timestamp now_;
};

}  // namespace botbox
