#include "actors/wall_clock.hpp"

#include <chrono>

namespace botbox::actors {

Timestamp WallClock::now() const {
  const std::int64_t read = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count();
  std::int64_t newest = newest_.load(std::memory_order_relaxed);
  while (newest < read && !newest_.compare_exchange_weak(newest, read, std::memory_order_relaxed)) {
  }
  return {std::max(newest, read)};
}

namespace {
std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}
}  // namespace

Stopwatch::Stopwatch() : started_ns_(steady_ns()) {}

double Stopwatch::seconds() const { return static_cast<double>(steady_ns() - started_ns_) / 1e9; }

Timestamp VirtualClock::now() const {
  return origin_ + std::chrono::duration_cast<Duration>(clock_.now() - start_);
}

}  // namespace botbox::actors
