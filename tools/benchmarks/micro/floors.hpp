// The floors of single parts: what was measured, held against what it must reach.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace botbox::bench {

// One benchmark; the best of its repetitions.
struct Measured {
  double per_second = 0;    // items for each second of processor time; 0: it counts none
  double wall_seconds = 0;  // of one iteration
  double cpu_seconds = 0;   // of one iteration
};
using MeasuredParts = std::map<std::string, Measured, std::less<>>;  // by the benchmark's name

// A line for each floor whose benchmark ran, "met" or "missed", and what one more bot costs, which
// has no floor. Empty if none of them ran.
std::string floors_text(const MeasuredParts& parts);

}  // namespace botbox::bench
