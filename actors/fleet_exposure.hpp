// FleetExposure: how many positions all bots together have open or under way. The one number that bots
// on different threads must agree on before an entry, so it is an atomic and not a message.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/model/bot.hpp"

namespace botbox::actors {

class FleetExposure {
 public:
  explicit FleetExposure(std::uint32_t limit) : limit_(limit) {}

  std::uint32_t limit() const { return limit_; }
  std::uint32_t open() const { return open_.load(std::memory_order_relaxed); }

  // Takes a place if there is one. Whoever took it gives it back when the entry came to nothing or
  // its position is closed.
  bool try_take() {
    std::uint32_t seen = open_.load(std::memory_order_relaxed);
    while (seen < limit_)
      if (open_.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) return true;
    return false;
  }
  // At start: what the snapshots hold, also beyond a limit that was lowered since.
  void add(std::uint32_t count) { open_.fetch_add(count, std::memory_order_relaxed); }
  void give_back(std::uint32_t count) { open_.fetch_sub(count, std::memory_order_relaxed); }

 private:
  std::uint32_t limit_;
  std::atomic<std::uint32_t> open_{0};
};

// Places that a snapshot holds: open positions, and entries under way that have no position yet.
inline std::uint32_t places_of(const BotSnapshot& snapshot) {
  std::size_t places = snapshot.open_positions.size();
  for (const PendingTrade& pending : snapshot.pending) {
    if (pending.direction == Direction::kClose) continue;
    bool has_position = false;
    for (const Position& position : snapshot.open_positions)
      has_position = has_position || position.id == pending.position;
    if (!has_position) ++places;
  }
  return static_cast<std::uint32_t>(places);
}

}  // namespace botbox::actors
