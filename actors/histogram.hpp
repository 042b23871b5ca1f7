// Histogram: how values are spread over fixed buckets, as Prometheus counts them.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/model/time.hpp"

namespace botbox::actors {

// Upper bounds in seconds; what is above the last falls into an overflow of its own.
inline constexpr std::array kDelayBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                         0.25,  0.5,    1.0,   2.5,  5.0,   10.0, 30.0};
// Of one synced batch, in seconds: a sound disk needs a fraction of a millisecond.
inline constexpr std::array kWriteBounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01,
                                         0.025,  0.05,    0.1,    0.25,  0.5,    1.0,   5.0};
// Commits of one batch.
inline constexpr std::array kGroupBounds{1.0,  2.0,   4.0,   8.0,   16.0,   32.0,
                                         64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0};

struct Histogram {
  // Bounds are rising, and outlive it.
  explicit Histogram(std::span<const double> upper) : bounds(upper), counts(upper.size() + 1) {}

  std::span<const double> bounds;
  std::vector<std::uint64_t> counts;  // one more than bounds
  double sum = 0;
  std::uint64_t count = 0;

  void add(double value);
  void merge(const Histogram& other);  // of the same bounds
  double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
  // The upper bound of the bucket that holds this share of the values; the last bound for what is
  // above it, zero without values.
  double quantile(double share) const;
};

// What came after `before` was read, of the same bounds and earlier than `now`.
Histogram difference(const Histogram& now, const Histogram& before);

struct DelayHistogram : Histogram {
  DelayHistogram() : Histogram(kDelayBounds) {}
  using Histogram::add;
  void add(Duration delay) { add(static_cast<double>(delay.count()) / 1000); }
};

// The same, written by one thread and read by any.
class HistogramMeter {
 public:
  explicit HistogramMeter(std::span<const double> upper)
      : bounds_(upper), counts_(upper.size() + 1) {}

  void add(double value);
  // Of a moment or two: a value that comes meanwhile may be in one part and not yet in another.
  Histogram read() const;

 private:
  std::span<const double> bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

}  // namespace botbox::actors
