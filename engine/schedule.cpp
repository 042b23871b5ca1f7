#include "engine/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/assert.hpp"
#include "engine/jitter.hpp"
#include "engine/mutation.hpp"

namespace botbox {
namespace {

// The due time and the attempt are in the hash, so that two bots that met once do not meet again.
std::uint64_t salt_of(Timestamp due, std::uint32_t attempt) {
  return static_cast<std::uint64_t>(due.ms) * 31 + attempt;
}

}  // namespace

Timestamp next_regular_due(Timestamp due, Duration interval, Timestamp now) {
  ENGINE_ASSERT(interval > Duration{0});
  if (due.is_never()) return now + interval;
  if (due > now) return due + interval;
  const std::int64_t passed = (now - due) / interval;
  return due + (passed + 1) * interval;
}

Timestamp believable_due(const BotConfig& config, Timestamp due, Timestamp now) {
  Duration longest = config.check_interval;
  for (const CheckPace& pace : config.pace) longest = std::max(longest, pace.slowest);
  return due - now > longest ? now : due;
}

RetryDecision after_failure(const BotSchedule& schedule, CheckFailure failure, Timestamp now) {
  const std::uint32_t attempt = schedule.failed_attempts;
  ENGINE_ASSERT(attempt >= 1);
  if (failure == CheckFailure::kCounted && attempt > kMostRetries)
    return {AfterFailure::kAbandoned, next_regular_due(schedule.due, schedule.interval, now)};
  const auto doublings = std::min<std::uint32_t>(attempt - 1, 20);
  const Duration delay =
      std::min(kLongestRetryDelay, Duration{kFirstRetryDelay.count() << doublings});
  return {AfterFailure::kRetry,
          now + delay + jitter(schedule.bot.value, salt_of(schedule.due, attempt), delay / 4)};
}

void spread_overdue(std::vector<BotSchedule>& schedules, Timestamp now) {
  const auto overdue =
      std::count_if(schedules.begin(), schedules.end(),
                    [&](const BotSchedule& schedule) { return schedule.due <= now; });
  const Duration window = std::max(Duration{1'000}, Duration{overdue});
  for (BotSchedule& schedule : schedules) {
    if (schedule.due > now) continue;
    const Duration most = std::min(window, schedule.interval);
    schedule.due = now + jitter(schedule.bot.value, salt_of(schedule.due, 0), most);
  }
}

Duration adaptive_interval(Duration base, const CheckPace& pace, std::optional<RegimeKind> regime,
                           RateBudget budget) {
  if (regime == RegimeKind::kQuiet) return pace.slowest;
  if (regime == RegimeKind::kVolatile && budget == RateBudget::kAmple) return pace.fastest;
  return base;
}

bool DueTable::counts(const Place& place) const {
  const Entry& entry = entries_[place.second];
  return entry.is_armed && entry.due == place.first;
}

void DueTable::arm(BotSlot slot, Timestamp due) {
  Entry& entry = entries_[slot];
  const bool stands = entry.is_armed && entry.due == due;
  if (!entry.is_armed) ++armed_;
  entry.due = due;
  entry.is_armed = true;
  if (stands) return;
  order_.emplace_back(due, slot);
  std::push_heap(order_.begin(), order_.end(), std::greater<>());
  tidy();
}

void DueTable::disarm(Entry& entry) {
  if (entry.is_armed) --armed_;
  entry.is_armed = false;
}

void DueTable::tidy() {
  while (!order_.empty() && !counts(order_.front())) {
    std::pop_heap(order_.begin(), order_.end(), std::greater<>());
    order_.pop_back();
  }
  if (order_.size() <= 2 * armed_ + 64) return;
  std::erase_if(order_, [this](const Place& place) { return !counts(place); });
  std::sort(order_.begin(), order_.end());
  order_.erase(std::unique(order_.begin(), order_.end()), order_.end());
}

void DueTable::put(BotSlot slot, Timestamp due, std::uint32_t failed_attempts) {
  if (entries_.size() <= slot) entries_.resize(slot + 1);
  Entry& entry = entries_[slot];
  if (!entry.is_there) ++size_;
  entry.is_there = true;
  entry.failed_attempts = failed_attempts;
  arm(slot, due);
}

bool DueTable::reschedule(BotSlot slot, Timestamp due, std::uint32_t failed_attempts) {
  if (!is_there(slot)) return false;
  entries_[slot].failed_attempts = failed_attempts;
  arm(slot, due);
  return true;
}

bool DueTable::remove(BotSlot slot) {
  if (!is_there(slot)) return false;
  disarm(entries_[slot]);
  entries_[slot].is_there = false;
  --size_;
  tidy();
  return true;
}

std::optional<DueCheck> DueTable::armed_check(BotSlot slot) const {
  if (!is_there(slot) || !entries_[slot].is_armed) return std::nullopt;
  return DueCheck{slot, entries_[slot].due, entries_[slot].failed_attempts};
}

std::vector<DueCheck> DueTable::take_due(Timestamp now, std::size_t limit) {
  if (mutation::active(mutation::Kind::kEarlyAlarm)) now = now + Duration{10'000};
  std::vector<DueCheck> due;
  while (due.size() < limit && !order_.empty() && order_.front().first <= now) {
    const BotSlot slot = order_.front().second;
    Entry& entry = entries_[slot];
    due.push_back({slot, entry.due, entry.failed_attempts});
    disarm(entry);
    tidy();
  }
  return due;
}

void CheckTracker::on_started(BotSlot bot, Timestamp at) {
  const Timestamp deadline = at + deadline_;
  first_deadline_ = under_way_.empty() ? deadline : std::min(first_deadline_, deadline);
  const bool inserted = under_way_.emplace(bot, deadline).second;
  ENGINE_ASSERT(inserted);
  ++found_;
}

bool CheckTracker::finish(BotSlot bot, Timestamp at) {
  if (under_way_.erase(bot) == 0) return false;
  last_outcome_ = std::max(last_outcome_, at);
  return true;
}

bool CheckTracker::on_succeeded(BotSlot bot, Timestamp at, std::uint32_t signals) {
  if (!finish(bot, at)) return false;
  ++succeeded_;
  signals_ += signals;
  return true;
}

bool CheckTracker::on_failed(BotSlot bot, Timestamp at) {
  if (!finish(bot, at)) return false;
  ++failed_;
  return true;
}

std::vector<BotSlot> CheckTracker::expire(Timestamp now) {
  if (under_way_.empty() || now < first_deadline_) return {};
  std::vector<std::pair<Timestamp, BotSlot>> late;
  first_deadline_ = Timestamp{std::numeric_limits<std::int64_t>::max()};
  for (const auto& [bot, deadline] : under_way_) {
    if (deadline <= now)
      late.emplace_back(deadline, bot);
    else
      first_deadline_ = std::min(first_deadline_, deadline);
  }
  std::sort(late.begin(), late.end());
  std::vector<BotSlot> expired;
  for (const auto& [deadline, bot] : late) {
    expired.push_back(bot);
    on_failed(bot, now);
  }
  return expired;
}

CycleRecord CheckTracker::record(Timestamp now) const {
  const Timestamp end = is_done() ? std::max(last_outcome_, started_at_) : now;
  return {.number = number_,
          .started_at = started_at_,
          .duration = end - started_at_,
          .found = found_,
          .succeeded = succeeded_,
          .failed = failed_,
          .signals = signals_};
}

}  // namespace botbox
