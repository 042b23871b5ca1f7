#include "engine/schedule.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/assert.hpp"
#include "engine/jitter.hpp"

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

Duration adaptive_interval(Duration base, double volatility_ratio) {
  if (!std::isfinite(volatility_ratio) || volatility_ratio <= 1) return base;
  const double divisor = std::min(volatility_ratio, 4.0);
  return Duration{static_cast<std::int64_t>(static_cast<double>(base.count()) / divisor)};
}

void DueTable::put(const BotSchedule& schedule) {
  remove(schedule.bot);
  bots_.emplace(schedule.bot, schedule);
  order_.emplace(schedule.due, schedule.bot);
}

bool DueTable::reschedule(const BotId& bot, Timestamp due, std::uint32_t failed_attempts) {
  const auto found = bots_.find(bot);
  if (found == bots_.end()) return false;
  order_.erase({found->second.due, bot});
  found->second.due = due;
  found->second.failed_attempts = failed_attempts;
  order_.emplace(due, bot);
  return true;
}

bool DueTable::remove(const BotId& bot) {
  const auto found = bots_.find(bot);
  if (found == bots_.end()) return false;
  order_.erase({found->second.due, bot});
  bots_.erase(found);
  return true;
}

std::vector<DueCheck> DueTable::take_due(Timestamp now, std::size_t limit) {
  std::vector<DueCheck> due;
  while (due.size() < limit && !order_.empty() && order_.begin()->first <= now) {
    const auto [at, bot] = *order_.begin();
    order_.erase(order_.begin());
    due.push_back({bot, at, bots_.at(bot).failed_attempts});
  }
  return due;
}

const BotSchedule* DueTable::find(const BotId& bot) const {
  const auto found = bots_.find(bot);
  return found == bots_.end() ? nullptr : &found->second;
}

std::vector<DueBatch> in_batches(std::vector<DueCheck> due) {
  std::vector<DueBatch> batches;
  for (std::size_t first = 0; first < due.size(); first += kBatchSize) {
    const std::size_t last = std::min(due.size(), first + kBatchSize);
    DueBatch batch{static_cast<std::int64_t>(batches.size()) * kBatchStagger, {}};
    batch.checks.assign(std::make_move_iterator(due.begin() + static_cast<std::ptrdiff_t>(first)),
                        std::make_move_iterator(due.begin() + static_cast<std::ptrdiff_t>(last)));
    batches.push_back(std::move(batch));
  }
  return batches;
}

void CheckTracker::on_started(const BotId& bot, Timestamp at) {
  const Timestamp deadline = at + deadline_;
  const auto [entry, inserted] = under_way_.try_emplace(bot, deadline);
  ENGINE_ASSERT(inserted);
  deadlines_.emplace(deadline, bot);
  ++found_;
}

bool CheckTracker::finish(const BotId& bot, Timestamp at) {
  const auto entry = under_way_.find(bot);
  if (entry == under_way_.end()) return false;
  deadlines_.erase({entry->second, bot});
  under_way_.erase(entry);
  last_outcome_ = std::max(last_outcome_, at);
  return true;
}

bool CheckTracker::on_succeeded(const BotId& bot, Timestamp at, std::uint32_t signals) {
  if (!finish(bot, at)) return false;
  ++succeeded_;
  signals_ += signals;
  return true;
}

bool CheckTracker::on_failed(const BotId& bot, Timestamp at) {
  if (!finish(bot, at)) return false;
  ++failed_;
  return true;
}

std::vector<BotId> CheckTracker::expire(Timestamp now) {
  std::vector<BotId> expired;
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    expired.push_back(deadlines_.begin()->second);
    on_failed(expired.back(), now);
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
