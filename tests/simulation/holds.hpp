// Holds: actors of the engine that get no processor for a while.
//
// To the others a held rate limiter is a silent one, a held journal a sync that takes its time.
// What a held journal was asked to write is not durable yet, and nobody knows whether it will be:
// that is how a crash finds it.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

#include "tests/simulation/plan.hpp"
#include "tests/simulation/trace.hpp"

namespace botbox::simulation {

class Holds {
 public:
  Holds(const HoldPlan& plan, Trace& trace, std::mt19937_64& random)
      : plan_(plan), trace_(trace), random_(random) {}

  // Call once for each step and for each batch that the disk got: may begin a hold.
  void on_step(Timestamp now);
  void on_write(Timestamp now);
  // Ends what is over.
  void expire(Timestamp now);
  void release_all() { held_.clear(); }
  // From now on nothing but the journal runs.
  void hold_all_but_journal() { only_journal_ = true; }
  void new_life();

  bool is_held(std::string_view actor) const;
  bool is_syncing() const { return is_held(kJournal); }
  // When the next hold ends; "never": nothing is held.
  Timestamp next_end() const;
  // Of the journal, since the start.
  std::uint64_t slow_commits() const { return slow_commits_; }

 private:
  struct Hold {
    std::string_view actor;
    Timestamp until;
  };
  static constexpr std::string_view kJournal = "journal";
  static constexpr std::string_view kLimiter = "rate_limiter";

  void begin(std::string_view actor, Timestamp now, Duration most);

  HoldPlan plan_;
  Trace& trace_;
  std::mt19937_64& random_;
  std::vector<Hold> held_;  // few
  bool only_journal_ = false;
  std::uint64_t slow_commits_ = 0;
};

}  // namespace botbox::simulation
