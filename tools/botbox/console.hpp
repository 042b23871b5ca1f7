// The console of a running engine: one readable line a cycle, and a line for everything that an
// operator must know at once.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/behavior.hpp>
#include <cstdint>
#include <string>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"

namespace botbox::cli {

// Spawns the actor that gets an engine's notices. `clock` outlives it.
caf::actor spawn_console(caf::actor_system& system, const Clock& clock);

}  // namespace botbox::cli
