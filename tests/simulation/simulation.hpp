// Simulation: one seed, one run of a whole engine on virtual time among faults, then without them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/mutation.hpp"
#include "tests/simulation/oracle.hpp"
#include "tests/simulation/plan.hpp"

namespace botbox::simulation {

// How often a run met what is rare.
struct Encounters {
  std::uint64_t fallbacks = 0;  // to the local limiter
  std::uint64_t returns = 0;    // from it
  std::uint64_t slow_commits = 0;
  std::uint64_t lost_commits = 0;        // under way in a crash, not durable
  std::uint64_t unanswered_commits = 0;  // under way in a crash, durable
};

struct RunReport {
  std::uint64_t seed = 0;
  std::vector<Violation> violations;
  std::uint64_t hash = 0;   // over everything that happened
  std::string last_events;  // before the first violation, or before the end
  std::uint32_t lives = 0;  // of the engine: 1 and every crash
  std::uint32_t bot_failures = 0;
  std::size_t trades = 0;
  std::size_t orders = 0;  // accepted by the exchange
  std::size_t fills = 0;
  std::uint64_t steps = 0;
  Encounters met;

  bool is_clean() const { return violations.empty(); }
  bool broke(Invariant invariant) const;
};

// The same seed gives the same report. `events` of them are kept for last_events.
RunReport run(std::uint64_t seed, std::size_t events = 30);

// For a person: what was violated, the plan, the last events, and how to see it again.
std::string explain(const RunReport& report);

}  // namespace botbox::simulation
