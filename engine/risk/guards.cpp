#include "engine/risk/guards.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace botbox {
namespace {

using Results = std::span<const ClosedResult>;

constexpr Duration kDay{86'400'000};

Timestamp start_of_day(Timestamp at) { return {at.ms - at.ms % kDay.count()}; }

// What closed exactly one lookback ago is over, as in freqtrade's protections.
Results within(Results results, Duration lookback, Timestamp now) {
  const auto first = std::find_if(results.begin(), results.end(), [&](const ClosedResult& result) {
    return result.at + lookback > now;
  });
  return results.subspan(static_cast<std::size_t>(first - results.begin()));
}

bool is_loss(const ClosedResult& result) { return result.profit.is_negative(); }

bool by_stop(ReasonCode reason) {
  return reason == ReasonCode::kStopLossHit || reason == ReasonCode::kTrailingStop ||
         reason == ReasonCode::kBreakEvenStop;
}

void lock_day(const GuardPlan& plan, Notional allocation, Results results, Timestamp now,
              std::vector<RiskLock>& locks) {
  if (!plan.daily_loss.is_positive()) return;
  const Timestamp day = start_of_day(now);
  Notional sum;
  for (const ClosedResult& result : results)
    if (result.at >= day) sum += result.profit;
  const Result<Notional> most = scaled(allocation, plan.daily_loss, Rounding::kHalfEven);
  if (!most || -sum < *most) return;
  locks.push_back(
      {ReasonCode::kDailyLossLimit, now, day + kDay,
       fmt::format("{} today, at most {} may be lost", to_string(sum), to_string(*most))});
}

Notional sum_of(Results results) {
  Notional sum;
  for (const ClosedResult& result : results) sum += result.profit;
  return sum;
}

// `equity` is that before the oldest result.
void lock_drawdown(const PauseRule& rule, Notional equity, Results results, Timestamp now,
                   std::vector<RiskLock>& locks) {
  if (rule.trades == 0) return;
  const Results recent = within(results, rule.lookback, now);
  if (recent.size() < rule.trades) return;
  equity += sum_of(results.first(results.size() - recent.size()));
  Notional peak = equity;
  for (const ClosedResult& result : recent) {
    equity += result.profit;
    peak = std::max(peak, equity);
  }
  const Result<Notional> most = scaled(peak, rule.limit, Rounding::kHalfEven);
  if (!most || peak - equity < *most) return;
  locks.push_back(
      {ReasonCode::kMaxDrawdown, now, now + rule.pause,
       fmt::format("{} below the highest {} of {} results, at most {}", to_string(peak - equity),
                   to_string(peak), recent.size(), to_string(*most))});
}

void lock_streak(const PauseRule& rule, Results results, Timestamp now,
                 std::vector<RiskLock>& locks) {
  if (rule.trades == 0) return;
  const auto last_other = std::find_if_not(results.rbegin(), results.rend(), is_loss);
  const auto losses = static_cast<std::size_t>(last_other - results.rbegin());
  if (losses < rule.trades) return;
  locks.push_back({ReasonCode::kLosingStreak, now, now + rule.pause,
                   fmt::format("{} losses in a row, at most {}", losses, rule.trades - 1)});
}

// The pause is one after the newest of the stops: what closes later without one prolongs nothing.
void lock_stops(const PauseRule& rule, Results results, Timestamp now,
                std::vector<RiskLock>& locks) {
  if (rule.trades == 0) return;
  std::uint32_t stops = 0;
  Timestamp newest;
  for (const ClosedResult& result : within(results, rule.lookback, now)) {
    if (!is_loss(result) || !by_stop(result.reason)) continue;
    ++stops;
    newest = result.at;
  }
  const Timestamp until = newest + rule.pause;
  if (stops < rule.trades || until <= now) return;
  locks.push_back({ReasonCode::kStopLossGuard, now, until,
                   fmt::format("{} losses by a stop within {}, at most {}", stops,
                               humanize(rule.lookback), rule.trades - 1)});
}

void lock_low_profit(const PauseRule& rule, Results results, Timestamp now,
                     std::vector<RiskLock>& locks) {
  if (rule.trades == 0) return;
  const Results recent = within(results, rule.lookback, now);
  if (recent.size() < rule.trades) return;
  Decimal sum;
  for (const ClosedResult& result : recent) sum += result.ratio;
  if (sum >= rule.limit) return;
  locks.push_back(
      {ReasonCode::kLowProfit, now, now + rule.pause,
       fmt::format("{} results within {} sum up to {}, at least {} wanted", recent.size(),
                   humanize(rule.lookback), to_string(sum), to_string(rule.limit))});
}

}  // namespace

// average_entry is of the last open part; its cost stands for all that was entered.
ClosedResult closed_result(const Position& position) {
  ClosedResult result{.position = position.id,
                      .at = position.closed_at,
                      .profit = net_profit(position),
                      .ratio = {},
                      .reason = position.close_reason};
  const Result<Notional> cost =
      notional(position.average_entry, position.total_entered, Rounding::kHalfEven);
  if (!cost || !cost->is_positive()) return result;
  result.ratio = divide(result.profit.value, cost->value, Rounding::kHalfEven).value_or(Decimal{});
  return result;
}

std::vector<RiskLock> locks_after(const GuardPlan& plan, Notional allocation, Results results,
                                  Timestamp now, Notional earned_before) {
  std::vector<RiskLock> locks;
  lock_day(plan, allocation, results, now, locks);
  lock_drawdown(plan.drawdown, allocation + earned_before, results, now, locks);
  lock_streak(plan.streak, results, now, locks);
  lock_stops(plan.stops, results, now, locks);
  lock_low_profit(plan.low_profit, results, now, locks);
  return locks;
}

std::vector<RiskLock> note_closed(RiskState& state, const RiskPlan& plan, Notional allocation,
                                  const Position& position, Notional earned) {
  const auto is_it = [&](const auto& entry) { return entry.position == position.id; };
  std::erase_if(state.care, is_it);
  std::erase_if(state.locks,
                [&](const RiskLock& lock) { return lock.until <= position.closed_at; });
  if (!plan.guards.is_on() && !plan.sizing.kelly.fraction.is_positive()) return {};
  std::erase_if(state.results, is_it);
  state.results.push_back(closed_result(position));
  if (state.results.size() > kResultsMax) state.results.erase(state.results.begin());
  std::vector<RiskLock> added;
  const Notional before = earned - sum_of(state.results);
  for (RiskLock& lock :
       locks_after(plan.guards, allocation, state.results, position.closed_at, before)) {
    const auto same =
        std::find_if(state.locks.begin(), state.locks.end(),
                     [&](const RiskLock& known) { return known.reason == lock.reason; });
    if (same != state.locks.end() && same->until >= lock.until) continue;
    added.push_back(lock);
    if (same != state.locks.end())
      *same = std::move(lock);
    else
      state.locks.push_back(std::move(lock));
  }
  return added;
}

const RiskLock* active_lock(const BotSnapshot& snapshot, Timestamp now) {
  const RiskLock* longest = nullptr;
  if (snapshot.risk.empty()) return longest;
  for (const RiskLock& lock : snapshot.risk.front().locks)
    if (now < lock.until && (longest == nullptr || longest->until < lock.until)) longest = &lock;
  return longest;
}

}  // namespace botbox
