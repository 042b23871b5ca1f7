// The console of a running engine: one line a cycle, for people or for programs, and a line in the
// log for everything that an operator must know at once.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <cstdint>
#include <string>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "tools/botbox/output.hpp"

namespace botbox::cli {

// A cycle that has ended, and what happened since the one before.
struct CycleLine {
  Timestamp at;
  CycleRecord cycle;
  std::uint32_t signals = 0;
  std::uint32_t accepted = 0;
  std::uint32_t orders = 0;  // sent
  std::uint32_t fills = 0;
  std::uint32_t opened = 0;  // positions
  std::uint32_t closed = 0;
};
// Ended by a newline; as JSON one object.
std::string to_text(const CycleLine& line, OutputFormat format);

// Spawns the actor that gets an engine's notices. `clock` outlives it.
caf::actor spawn_console(caf::actor_system& system, const Clock& clock, OutputFormat format);

}  // namespace botbox::cli
