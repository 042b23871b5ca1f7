#include "engine/restart_policy.hpp"

#include <algorithm>
#include <iterator>

#include "engine/assert.hpp"
#include "engine/jitter.hpp"

namespace botbox {

// At least intensity_window after the most_restarts-th newest restart: then no window of that
// length holds more than most_restarts, wherever `wanted` lies between the planned ones.
Timestamp RestartPolicy::paced(Timestamp wanted, Timestamp now) {
  restarts_.erase(restarts_.begin(), restarts_.lower_bound(now - config_.intensity_window));
  Timestamp at = wanted;
  if (restarts_.size() >= config_.most_restarts) {
    const auto newest =
        std::prev(restarts_.end(), static_cast<std::ptrdiff_t>(config_.most_restarts));
    at = std::max(at, *newest + config_.intensity_window);
  }
  restarts_.insert(at);
  return at;
}

RestartDecision RestartPolicy::on_failure(const BotId& bot, Timestamp now) {
  History& history = bots_[bot];
  if (!history.last.is_never() && now > history.last) {
    const std::int64_t calm = (now - history.last) / config_.stable_after;
    history.doublings -=
        static_cast<std::uint32_t>(std::min<std::int64_t>(history.doublings, calm));
  }
  history.last = now;
  while (!history.failures.empty() && history.failures.front() + config_.quarantine_window < now)
    history.failures.pop_front();
  history.failures.push_back(now);
  const auto failures = static_cast<std::uint32_t>(history.failures.size());
  if (history.quarantined || failures >= config_.failures_to_quarantine) {
    history.quarantined = true;
    history.failures.pop_front();
    return {RestartAction::kQuarantine, Timestamp{}, failures, FleetCondition::kCalm};
  }
  const Duration delay =
      std::min(config_.longest_delay,
               Duration{config_.first_delay.count() << std::min(history.doublings, 20U)});
  history.doublings = std::min(history.doublings + 1, 20U);
  const Timestamp wanted =
      now + delay + jitter(bot.value, static_cast<std::uint64_t>(now.ms), delay / 4);
  const Timestamp at = paced(wanted, now);
  return {RestartAction::kRestart, at, failures,
          at > wanted ? FleetCondition::kTooManyRestarts : FleetCondition::kCalm};
}

bool RestartPolicy::is_quarantined(const BotId& bot) const {
  const auto found = bots_.find(bot);
  return found != bots_.end() && found->second.quarantined;
}

void RestartPolicy::prune(Timestamp now) {
  std::erase_if(bots_, [&](const auto& entry) {
    const History& history = entry.second;
    const Duration memory =
        std::max(config_.quarantine_window, config_.stable_after * (history.doublings + 1));
    return !history.quarantined && history.last + memory < now;
  });
}

}  // namespace botbox
