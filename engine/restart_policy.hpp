// Restarts: when a bot that failed may run again, and when it must not.
//
// A failed bot comes back after a growing delay. One that keeps failing (a poisoned snapshot, a bug
// on its data) is quarantined: its status becomes ERROR and an operator resumes it. When very many
// fail at once something common is broken, and the restarts of all are paced. All failures of the
// load path come here: a restart loop without a count is how fleets die.
// Not durable: only the quarantine is (BotStatus::kError in the snapshot). Pure; time is passed in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>
#include <unordered_map>

#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"

namespace botbox {

struct RestartConfig {
  Duration first_delay{1'000};  // doubled at each failure, and up to 25 % more
  Duration longest_delay{60'000};
  Duration stable_after{300'000};  // each such time without failure takes one doubling back
  std::uint32_t failures_to_quarantine = 5;  // >= 1
  Duration quarantine_window{600'000};
  std::size_t most_restarts = 1'000;  // of all bots, within the time below; >= 1
  Duration intensity_window{10'000};

  bool operator==(const RestartConfig&) const = default;
};

enum class RestartAction : std::uint8_t { kRestart, kQuarantine };

enum class FleetCondition : std::uint8_t { kCalm, kTooManyRestarts };

struct RestartDecision {
  RestartAction action = RestartAction::kRestart;
  Timestamp at;  // "never" when quarantined
  std::uint32_t failures_in_window = 0;
  FleetCondition fleet = FleetCondition::kCalm;  // else it waits for others: raise an alert

  bool operator==(const RestartDecision&) const = default;
};

class RestartPolicy {
 public:
  explicit RestartPolicy(RestartConfig config) : config_(config) {}

  RestartDecision on_failure(const BotId& bot, Timestamp now);
  bool is_quarantined(const BotId& bot) const;
  // An operator resumes or archives it: all is forgiven.
  void forget(const BotId& bot) { bots_.erase(bot); }
  // Drops the history of bots that have been stable for long; for a call every minute or so.
  void prune(Timestamp now);
  std::size_t remembered() const { return bots_.size(); }

 private:
  struct History {
    std::deque<Timestamp> failures;  // at most failures_to_quarantine
    std::uint32_t doublings = 0;
    Timestamp last;
    bool quarantined = false;
  };
  Timestamp paced(Timestamp wanted, Timestamp now);

  RestartConfig config_;
  std::unordered_map<BotId, History> bots_;
  std::multiset<Timestamp> restarts_;  // planned and recent ones, of all bots
};

}  // namespace botbox
