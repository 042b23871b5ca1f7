// The schedule: which bots are due, in which order, and when each is due next.
//
// The truth is durable and stands in each bot's snapshot (next_check_at, failed_attempts), written
// with the turn that handled the check; so a check happens at least once for each due time, never
// early, and a crash during it makes it happen again. DueTable is the index over it, rebuilt at
// each start. Pure: time is passed in, jitter is a hash.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/model/event.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"
#include "engine/strategy/regime.hpp"

namespace botbox {

// A bot's place in the fleet, the same for the life of a process.
using BotSlot = std::uint32_t;

struct BotSchedule {
  BotId bot;
  Timestamp due;  // "never" means at once
  Duration interval{300'000};
  std::uint32_t failed_attempts = 0;  // of this due time

  bool operator==(const BotSchedule&) const = default;
};

// The next due time of a bot that was due at `due`: due + k * interval, the first one after `now`.
// Checks that were missed are left out; there is never a burst to catch up. interval > 0.
Timestamp next_regular_due(Timestamp due, Duration interval, Timestamp now);

// The due time of a bot as it was written down, under the configuration of now. Further ahead than
// its longest pause: the clock was ahead then and has been set back, or the pause has become
// shorter since. Either way it is due.
Timestamp believable_due(const BotConfig& config, Timestamp due, Timestamp now);

constexpr std::uint32_t kMostRetries = 6;
constexpr Duration kFirstRetryDelay{2'000};
constexpr Duration kLongestRetryDelay{1'024'000};

// Counted: the check itself failed. Infrastructure (storage, limiter, overload): not the bot's
// fault; it is retried for ever, ever more slowly.
enum class CheckFailure : std::uint8_t { kCounted, kInfrastructure };

enum class AfterFailure : std::uint8_t { kRetry, kAbandoned };
struct RetryDecision {
  AfterFailure what = AfterFailure::kRetry;
  Timestamp at;  // of the retry; when abandoned (raise an alert), the next regular due time

  bool operator==(const RetryDecision&) const = default;
};

// After the `failed_attempts`-th failure (>= 1) of the check that was due at schedule.due: 2, 4,
// ... 64 s and up to 25 % more, then abandoned (durable-object alarms: 2 s, 6 retries).
RetryDecision after_failure(const BotSchedule& schedule, CheckFailure failure, Timestamp now);

// After a restart: bots that are overdue are spread over 1 ms per overdue bot (10 s for 10,000),
// but at least a second and never more than their own interval. The others keep their due times.
void spread_overdue(std::vector<BotSchedule>& schedules, Timestamp now);

// How busy the rate limiter is (engine/limits/rate_limiter.hpp). Tight: beyond its alert level.
enum class RateBudget : std::uint8_t { kAmple, kTight };

// How long until a bot's next check: the pace's fastest in a volatile market, its slowest in a
// quiet one, else the base; the base too where the regime is not known. Nobody looks faster than
// the base while the rate budget is tight. Up to one look a minute and series costs a request; more
// looks share it (engine/market/candle_cache.hpp).
Duration adaptive_interval(Duration base, const CheckPace& pace, std::optional<RegimeKind> regime,
                           RateBudget budget);

struct DueCheck {
  BotSlot slot = 0;
  Timestamp due;
  std::uint32_t failed_attempts = 0;

  bool operator==(const DueCheck&) const = default;
};

// At most one due time per bot; a new one replaces the old one. Selecting k due bots of n costs
// O(k log n), however many there are; memory goes with the largest slot.
class DueTable {
 public:
  void put(BotSlot slot, Timestamp due, std::uint32_t failed_attempts = 0);
  // False: not there.
  bool reschedule(BotSlot slot, Timestamp due, std::uint32_t failed_attempts = 0);
  bool remove(BotSlot slot);
  // Nothing: not there, or under way.
  std::optional<DueCheck> armed_check(BotSlot slot) const;
  // Also one that is under way.
  bool contains(BotSlot slot) const { return is_there(slot); }

  // The bots with due <= now, longest overdue first, then by slot. Each is handed out once and then
  // is under way until put() or reschedule() arms it again: the owner does so for each, also after
  // a failure.
  std::vector<DueCheck> take_due(Timestamp now, std::size_t limit);

  std::size_t size() const { return size_; }
  std::size_t armed() const { return armed_; }
  // The earliest due time; of an empty table: "never", as for a bot that is due at once. See
  // armed().
  Timestamp next_due() const { return order_.empty() ? Timestamp{} : order_.front().first; }

 private:
  struct Entry {
    Timestamp due;
    std::uint32_t failed_attempts = 0;
    bool is_there = false;
    bool is_armed = false;
  };
  using Place = std::pair<Timestamp, BotSlot>;

  bool is_there(BotSlot slot) const { return slot < entries_.size() && entries_[slot].is_there; }
  bool counts(const Place& place) const;
  void arm(BotSlot slot, Timestamp due);
  void disarm(Entry& entry);
  void tidy();

  std::vector<Entry> entries_;  // by slot
  // A heap, earliest first. Places that no longer count stay in it until they reach its front, or
  // until they outnumber the others: moving one bot then costs no search.
  std::vector<Place> order_;
  std::size_t size_ = 0;
  std::size_t armed_ = 0;
};

// More due checks than this go in batches (actors/scheduler_actor.hpp).
constexpr std::size_t kBatchSize = 500;

constexpr Duration kCheckDeadline{10'000};

// One cycle: from the tick that found the bots to the last outcome. A bot that gives no outcome
// within its deadline counts as failed, and the cycle goes on.
class CheckTracker {
 public:
  CheckTracker(std::uint64_t number, Timestamp started_at, Duration deadline = kCheckDeadline)
      : number_(number), started_at_(started_at), deadline_(deadline) {}

  // A check that this cycle found; its deadline counts from `at`.
  void on_started(BotSlot bot, Timestamp at);
  // False: not under way in this cycle (any more); the outcome came too late and is not counted.
  bool on_succeeded(BotSlot bot, Timestamp at, std::uint32_t signals);
  bool on_failed(BotSlot bot, Timestamp at);
  // The bots whose deadline has passed, the earliest first; they are counted as failed now.
  std::vector<BotSlot> expire(Timestamp now);

  bool is_done() const { return under_way_.empty(); }
  // Duration up to the last outcome, or to `now` while checks are under way.
  CycleRecord record(Timestamp now) const;

 private:
  bool finish(BotSlot bot, Timestamp at);

  std::uint64_t number_;
  Timestamp started_at_;
  Duration deadline_;
  Timestamp last_outcome_;
  std::uint32_t found_ = 0;
  std::uint32_t succeeded_ = 0;
  std::uint32_t failed_ = 0;
  std::uint32_t signals_ = 0;
  std::unordered_map<BotSlot, Timestamp> under_way_;  // -> deadline
  Timestamp first_deadline_;                          // none is earlier
};

}  // namespace botbox
