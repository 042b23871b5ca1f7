// ClockOffset: how far a venue's clock is from ours, learnt from its answers.
//
// One sample is (sent, venue's time, received); the venue's clock was read somewhere between the
// two, so the middle is taken, and the sample is in doubt by half the round trip. The best of the
// last few samples counts, so that one slow answer does not move the clock; of those, that is,
// which the newest leaves possible: a clock that was set goes on at half its pace
// (actors/wall_clock.hpp).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "engine/model/time.hpp"

namespace botbox::exchange {

// Safe to use from any thread.
class ClockOffset {
 public:
  // `received` >= `sent`; a sample that breaks this is ignored.
  void learn(Timestamp sent, Timestamp venue, Timestamp received);
  // The venue refused a time stamp: what was learnt so far counts no more. The offset stays what it
  // was until the next sample.
  void forget();
  // Venue minus local; zero before the first sample.
  Duration offset() const { return Duration{offset_ms_.load(std::memory_order_relaxed)}; }
  bool is_known() const { return samples_seen_.load(std::memory_order_relaxed) > 0; }

 private:
  struct Sample {
    std::int64_t offset_ms = 0;
    std::int64_t doubt_ms = 0;
  };
  static constexpr std::size_t kKept = 8;

  static bool contradicts(const Sample& newest, const Sample& older);

  std::mutex mutex_;
  std::array<Sample, kKept> samples_{};  // under mutex_, a ring
  std::atomic<std::uint64_t> samples_seen_{0};
  std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace botbox::exchange
