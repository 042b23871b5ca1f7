#include "engine/risk/fleet_ledger.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "engine/risk/guards.hpp"

namespace botbox {
namespace {

constexpr Duration kDayOfLedger{86'400'000};

bool is_earlier(const ClosedResult& a, const ClosedResult& b) {
  return std::tie(a.at, a.position) < std::tie(b.at, b.position);
}

Duration memory_of(const GuardPlan& plan) {
  Duration longest{0};
  if (plan.daily_loss.is_positive()) longest = kDayOfLedger;
  for (const PauseRule* rule : {&plan.drawdown, &plan.stops, &plan.low_profit})
    if (rule->trades > 0) longest = std::max(longest, rule->lookback);
  // A streak has no lookback. A loss of last month is not in a row with one of today.
  if (plan.streak.trades > 0) longest = std::max(longest, kDayOfLedger * 30);
  return longest;
}

}  // namespace

Duration FleetGuards::memory() const { return std::max(memory_of(fleet), memory_of(symbol)); }

void FleetLedger::restore(const std::vector<FleetResult>& results, std::vector<FleetLock> locks) {
  for (const FleetResult& known : results) {
    remember(results_, known.result);
    if (guards_.symbol.is_on()) remember(by_symbol_[known.symbol], known.result);
  }
  locks_ = std::move(locks);
}

void FleetLedger::remember(Results& results, const ClosedResult& result) const {
  std::erase_if(results, [&](const ClosedResult& r) { return r.position == result.position; });
  results.insert(std::upper_bound(results.begin(), results.end(), result, is_earlier), result);
  const Timestamp newest = results.back().at;
  const auto first = std::find_if(results.begin(), results.end(), [&](const ClosedResult& known) {
    return known.at + guards_.memory() >= newest;
  });
  results.erase(results.begin(), first);
  if (results.size() > kFleetResultsMax) results.erase(results.begin());
}

void FleetLedger::lock(const Symbol& scope, const GuardPlan& plan, Notional allocation,
                       const Results& results, std::vector<FleetLock>& added) {
  if (results.empty()) return;
  // What closed a little earlier may be told a little later: the newest result says what time it
  // is.
  for (RiskLock& lock : locks_after(plan, allocation, results, results.back().at)) {
    const auto same = std::find_if(locks_.begin(), locks_.end(), [&](const FleetLock& known) {
      return known.symbol == scope && known.lock.reason == lock.reason;
    });
    if (same != locks_.end() && same->lock.until >= lock.until) continue;
    added.push_back({scope, lock});
    if (same != locks_.end())
      same->lock = std::move(lock);
    else
      locks_.push_back({scope, std::move(lock)});
  }
}

std::vector<FleetLock> FleetLedger::note_closed(const FleetResult& closed) {
  std::vector<FleetLock> added;
  if (guards_.fleet.is_on()) {
    remember(results_, closed.result);
    lock({}, guards_.fleet, allocations_.all, results_, added);
  }
  if (guards_.symbol.is_on()) {
    Results& results = by_symbol_[closed.symbol];
    remember(results, closed.result);
    lock(closed.symbol, guards_.symbol, allocations_.by_symbol[closed.symbol], results, added);
  }
  return added;
}

std::optional<Verdict> FleetLedger::refuse_locked(const Symbol& symbol, Timestamp now) const {
  const FleetLock* longest = nullptr;
  for (const FleetLock& known : locks_) {
    const bool concerns = known.symbol.empty() || known.symbol == symbol;
    if (concerns && now < known.lock.until &&
        (longest == nullptr || longest->lock.until < known.lock.until))
      longest = &known;
  }
  if (longest == nullptr) return std::nullopt;
  return refuse(
      kFleetLocksGate, longest->lock.reason,
      fmt::format("{} locked until {}: {}",
                  longest->symbol.empty() ? "all bots are" : longest->symbol.value + " is",
                  to_iso8601(longest->lock.until), longest->lock.detail));
}

std::vector<FleetLock> FleetLedger::lift(const Symbol& scope, ReasonCode reason) {
  std::vector<FleetLock> lifted;
  std::erase_if(locks_, [&](const FleetLock& known) {
    const bool is_meant =
        known.symbol == scope && (reason == ReasonCode::kNone || known.lock.reason == reason);
    if (is_meant) lifted.push_back(known);
    return is_meant;
  });
  return lifted;
}

}  // namespace botbox
