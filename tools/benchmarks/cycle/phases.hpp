// The phases of a measurement. Each runs in a process of its own, so that "restart" and "create"
// are what they say, and so that one can be killed; its result comes back as JSON in a file.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/result.hpp"
#include "tools/benchmarks/cycle/measured_engine.hpp"

namespace botbox::bench {

enum class Phase : std::uint8_t {
  kWarm,     // creates the fleet; its first cycle, then `cycles` more back to back
  kRestart,  // one cycle over the state that is there
  kDie,      // a cycle in whose middle the process kills itself
  kRecover,  // opens what was killed, until every trade is final
  kMemory,   // what the process holds with the fleet idle, and after `cycles` cycles
};

struct PhaseOptions {
  Phase phase = Phase::kWarm;
  RunOptions run;
  std::size_t cycles = 20;
};

std::string_view to_string(Phase phase);
Result<Phase> parse_phase(std::string_view text);

// In this process.
Result<nlohmann::json> run_phase(const PhaseOptions& options);
// In a new process of this program. With kDie the result is empty.
Result<nlohmann::json> spawn_phase(const PhaseOptions& options);

}  // namespace botbox::bench
