// Campaign: many seeds in a row, with a summary of what they exercised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/simulation/simulation.hpp"

namespace botbox::simulation {

struct Campaign {
  std::uint64_t first = 1;
  std::uint64_t seeds = 1;
  mutation::Kind mutation = mutation::Kind::kNone;
  std::size_t events = 30;
  std::uint64_t repeat_every = 50;  // each so-manieth seed runs twice and must give the same hash
  std::size_t failures_most = 12;   // then it stops
};

// True if every seed was clean. Tells on stdout what failed, and a summary.
bool run_campaign(const Campaign& campaign);

// Runs a seed and, on demand, again: the hashes must be the same.
RunReport run_checked(std::uint64_t seed, std::size_t events, bool twice);

// The names of engine/mutation.hpp without their k.
bool mutation_called(std::string_view name, mutation::Kind& kind);

// For a signal handler.
std::uint64_t seed_under_way();

}  // namespace botbox::simulation
