#include "actors/wall_clock.hpp"

#include <chrono>

namespace botbox::actors {

namespace {

std::int64_t system_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::int64_t steady_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

// Less than that is waited for. So are the reads of other threads, which may be newer.
constexpr std::int64_t kStandsStillMs = 50;

}  // namespace

Timestamp WallClock::now() const {
  const std::int64_t read = system_ms();
  raise_newest(read);
  const std::int64_t newest = newest_.load(std::memory_order_relaxed);
  if (newest - read > kStandsStillMs) return show_set_back();
  return {newest};
}

void WallClock::raise_newest(std::int64_t to) const {
  std::int64_t newest = newest_.load(std::memory_order_relaxed);
  while (newest < to && !newest_.compare_exchange_weak(newest, to, std::memory_order_relaxed)) {
  }
}

Timestamp WallClock::show_set_back() const {
  const std::lock_guard lock(mutex_);
  const Timestamp shown =
      set_back_.show({newest_.load(std::memory_order_relaxed)}, Duration{steady_ns() / 1'000'000});
  raise_newest(shown.ms);
  return shown;
}

Stopwatch::Stopwatch() : started_ns_(steady_ns()) {}

double Stopwatch::seconds() const { return static_cast<double>(steady_ns() - started_ns_) / 1e9; }

Timestamp VirtualClock::now() const {
  return origin_ + std::chrono::duration_cast<Duration>(clock_.now() - start_);
}

}  // namespace botbox::actors
