// Plan: what one seed means. The options themselves are random (swarm testing), so that rare
// combinations of settings and faults meet as well as rare moments.
#pragma once

#include <cstdint>
#include <random>
#include <string>

#include "actors/engine_system.hpp"
#include "exchange/faults/faulty_exchange.hpp"

namespace botbox::simulation {

// Uniform over [0, bound). The modulo, not std::uniform_int_distribution, whose algorithm is the
// library's own affair: a seed must mean the same run everywhere.
inline std::uint64_t draw(std::mt19937_64& random, std::uint64_t bound) { return random() % bound; }
// True in `chance` of `of` cases.
inline bool happens(std::mt19937_64& random, std::uint64_t chance, std::uint64_t of) {
  return draw(random, of) < chance;
}

// How often and how long actors get no processor (holds.hpp).
struct HoldPlan {
  std::uint32_t silent_limiter = 0;  // of 10,000 steps: the rate limiter begins to be silent
  Duration silence_most{1};
  std::uint32_t slow_commit = 0;  // of 1,000 batches: the next takes its time
  Duration sync_most{1};
  std::uint32_t stalled_actor = 0;  // of 10,000 steps: one of the other actors stalls
  Duration stall_most{1};
};

struct Plan {
  std::uint64_t seed = 0;
  std::uint64_t market_seed = 1;
  Timestamp start;
  std::size_t bots = 3;
  Duration faulty_time{0};  // safety phase; then the liveness phase
  bool shuffle = true;
  Duration transit_most{0};  // of a request, and of its answer; zero: at once
  exchange::FaultPlan faults;
  std::uint32_t commit_fault = 0;  // of 10,000 batches: fail before or after
  HoldPlan holds;
  std::uint32_t strategy_fault = 0;  // of 1,000 evaluations: throws
  std::uint32_t crashes = 0;         // at most so many
  bool planned = false;              // the bots have plans (tests/support/virtual_fleet.hpp)
  std::uint32_t operator_act = 0;    // of 10,000 steps: pause, resume, mode
  Decimal max_participation;         // below 1: orders fill in parts
  actors::EngineSettings settings;
};

// The longest time from a dispatch until its order can arrive, the permit's life included;
// resend_after is always longer.
inline constexpr Duration kArrivalMost{9'000};

Plan plan_for(std::uint64_t seed);
std::string describe(const Plan& plan);

}  // namespace botbox::simulation
