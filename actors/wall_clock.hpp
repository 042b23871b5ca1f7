// The clocks of running programs. wall_clock.cpp is the one file that reads the wall clock.
#pragma once

#include <atomic>
#include <caf/actor_clock.hpp>
#include <cstdint>
#include <mutex>

#include "engine/clock.hpp"
#include "engine/set_back_time.hpp"

namespace botbox::actors {

// UTC, never backwards: when the system's clock is set back, time goes on at half its pace until
// it has caught up.
class WallClock final : public Clock {
 public:
  Timestamp now() const override;

 private:
  void raise_newest(std::int64_t to) const;
  Timestamp show_set_back() const;

  mutable std::atomic<std::int64_t> newest_{0};
  mutable std::mutex mutex_;
  mutable SetBackTime set_back_;  // under mutex_
};

// The time of a drill: `scale` times as fast as the wall clock, and equal to it at `origin`.
// Programs that were given the same two agree, also across their restarts. Never backwards, as the
// wall clock.
class ScaledClock final : public Clock {
 public:
  ScaledClock(Timestamp origin, std::uint32_t scale) : origin_(origin), scale_(scale) {}
  Timestamp now() const override { return origin_ + (wall_.now() - origin_) * scale_; }

 private:
  WallClock wall_;
  Timestamp origin_;
  std::uint32_t scale_;
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
