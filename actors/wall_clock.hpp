// The clocks of running programs. wall_clock.cpp is the one file that reads the wall clock.
#pragma once

#include <atomic>
#include <caf/actor_clock.hpp>

#include "engine/clock.hpp"

namespace botbox::actors {

// UTC, never backwards: when the system's clock is set back, time stands still until it has caught up.
class WallClock final : public Clock {
 public:
  Timestamp now() const override;

 private:
  mutable std::atomic<std::int64_t> newest_{0};
};

// Real time that passed, for reports and benchmarks; no decision reads it.
class Stopwatch {
 public:
  Stopwatch();
  double seconds() const;

 private:
  std::int64_t started_ns_;
};

// The time of an actor system whose scheduler is the test coordinator: `origin` and whatever its
// virtual clock has advanced since.
class VirtualClock final : public Clock {
 public:
  VirtualClock(const caf::actor_clock& clock, Timestamp origin)
      : clock_(clock), start_(clock.now()), origin_(origin) {}
  Timestamp now() const override;

 private:
  const caf::actor_clock& clock_;
  caf::actor_clock::time_point start_;
  Timestamp origin_;
};

}  // namespace botbox::actors
