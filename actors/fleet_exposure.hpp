// FleetExposure: how many positions all bots together have open or under way, and how many bots
// these are. Numbers that bots on different threads must agree on before an entry, so they are
// atomics and not messages.
//
// What a bot holds is kept under its slot and not given back when it dies: its positions are still
// open at the exchange, and its entry under way may have become durable. Its next activation, or
// whoever quarantines it, says what it really holds.
//
// Threads that ask must not meet a growing table, so there are places for bots that come later.
//
// Finer limits (engine/risk/fleet_book.hpp) and the guards of all bots together
// (engine/risk/fleet_ledger.hpp) stand behind a lock, and cost nothing where none is set.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/risk/fleet_book.hpp"
#include "engine/risk/fleet_ledger.hpp"

namespace botbox::actors {

// Bots that may come while an engine runs.
inline constexpr std::size_t kSpareSlots = 10'000;

class FleetExposure {
 public:
  FleetExposure(std::uint32_t limit, std::size_t slots, const FleetLimits& limits = {})
      : limit_(limit), held_(slots), held_unstopped_(slots) {
    if (limits.are_set()) book_ = std::make_unique<FleetBook>(limits, slots);
  }

  std::size_t slots() const { return held_.size(); }
  std::uint32_t limit() const { return limit_; }
  std::uint32_t open() const { return open_.load(std::memory_order_relaxed); }

  // Bots that hold at least one place.
  std::uint32_t live_bots() const { return live_bots_.load(std::memory_order_relaxed); }

  enum class Taken : std::uint8_t { kYes, kNoPlace, kNoBot };
  // One more place for the bot of this slot, if there is one, and if no more than `live_bots_max`
  // bots hold places then.
  Taken try_take(std::uint32_t slot, std::uint32_t live_bots_max = UINT32_MAX) {
    const bool comes = held_[slot] == 0;
    if (comes && !count_up(live_bots_, live_bots_max)) return Taken::kNoBot;
    if (count_up(open_, limit_)) {
      ++held_[slot];
      return Taken::kYes;
    }
    if (comes) live_bots_.fetch_sub(1, std::memory_order_relaxed);
    return Taken::kNoPlace;
  }
  // What the bot of this slot holds now, also beyond a limit that was lowered since. A slot belongs
  // to one activation at a time, so only the sum needs to be atomic.
  void hold(std::uint32_t slot, std::uint32_t places) {
    open_.fetch_add(places - held_[slot], std::memory_order_relaxed);  // modulo 2^32
    const std::uint32_t was_live = held_[slot] > 0 ? 1 : 0;
    live_bots_.fetch_add((places > 0 ? 1U : 0U) - was_live, std::memory_order_relaxed);
    held_[slot] = places;
  }

  // Open positions of the bot of this slot that have no stop, by its records.
  void hold_unstopped(std::uint32_t slot, std::uint32_t positions) {
    unstopped_.fetch_add(positions - held_unstopped_[slot], std::memory_order_relaxed);
    held_unstopped_[slot] = positions;
  }
  std::uint32_t unstopped() const { return unstopped_.load(std::memory_order_relaxed); }

  // Once, before the first bot.
  void guard(std::unique_ptr<FleetLedger> ledger) { ledger_ = std::move(ledger); }
  bool has_ledger() const { return ledger_ != nullptr; }
  // How long a result matters to the guards; only where there is a ledger.
  Duration memory() const { return ledger_->memory(); }
  // As the ledger's own; only where there is one.
  std::vector<FleetLock> note_closed(const FleetResult& closed) {
    const std::lock_guard guard(lock_);
    return ledger_->note_closed(closed);
  }
  std::optional<Verdict> refuse_locked(const Symbol& symbol, Timestamp now) {
    const std::lock_guard guard(lock_);
    return ledger_->refuse_locked(symbol, now);
  }
  std::vector<FleetLock> lift(const Symbol& scope, ReasonCode reason) {
    const std::lock_guard guard(lock_);
    return ledger_->lift(scope, reason);
  }
  void allocate(FleetAllocations allocations) {
    const std::lock_guard guard(lock_);
    ledger_->allocate(std::move(allocations));
  }

  bool has_book() const { return book_ != nullptr; }
  // As the book's own (engine/risk/fleet_book.hpp); only where there is one.
  Verdict admit(std::uint32_t slot, const FleetHolding& holding, FleetBook::Entry entry) {
    const std::lock_guard guard(lock_);
    return book_->admit(slot, holding, entry);
  }
  std::optional<Verdict> refuse_correlated(std::uint32_t slot, const FleetHolding& holding) {
    const std::lock_guard guard(lock_);
    return book_->refuse_correlated(slot, holding);
  }
  void hold(std::uint32_t slot, std::vector<FleetHolding> holdings) {
    const std::lock_guard guard(lock_);
    book_->hold(slot, std::move(holdings));
  }
  void see(std::uint32_t slot, std::shared_ptr<const CandleSeries> series) {
    const std::lock_guard guard(lock_);
    book_->see(slot, std::move(series));
  }

 private:
  // False: it stands at the limit.
  static bool count_up(std::atomic<std::uint32_t>& counter, std::uint32_t limit) {
    std::uint32_t seen = counter.load(std::memory_order_relaxed);
    while (seen < limit)
      if (counter.compare_exchange_weak(seen, seen + 1, std::memory_order_relaxed)) return true;
    return false;
  }

  std::uint32_t limit_;
  std::vector<std::uint32_t> held_;
  std::vector<std::uint32_t> held_unstopped_;
  std::atomic<std::uint32_t> open_{0};
  std::atomic<std::uint32_t> live_bots_{0};
  std::atomic<std::uint32_t> unstopped_{0};
  std::unique_ptr<FleetBook> book_;
  std::unique_ptr<FleetLedger> ledger_;
  std::mutex lock_;  // of the book and the ledger
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

inline std::uint32_t unstopped_of(const BotSnapshot& snapshot) {
  std::uint32_t positions = 0;
  for (const Position& position : snapshot.open_positions)
    positions += position.stop_client_id.empty() ? 1 : 0;
  return positions;
}

// What places_of() counts, for the book: with what they cost or reserve.
inline std::vector<FleetHolding> holdings_of(const BotConfig& config, const Asset& base,
                                             const BotSnapshot& snapshot) {
  std::vector<FleetHolding> holdings;
  std::vector<const PositionId*> owners;
  for (const Position& position : snapshot.open_positions) {
    holdings.push_back({position.symbol, base, position.side, position.entry_cost});
    owners.push_back(&position.id);
  }
  for (const PendingTrade& pending : snapshot.pending) {
    if (pending.direction == Direction::kClose) continue;
    const PositionSide side = side_of(pending.direction);
    bool is_known = false;
    for (std::size_t i = 0; i < owners.size(); ++i)
      if (*owners[i] == pending.position) {
        holdings[i].worth += pending.reserved;
        is_known = true;
      }
    if (!is_known) holdings.push_back({config.symbol, base, side, pending.reserved});
  }
  return holdings;
}

}  // namespace botbox::actors
