// The operator's switch in a data directory whose engine is stopped.
#pragma once

#include <filesystem>
#include <string>

#include "engine/model/event.hpp"
#include "engine/result.hpp"

namespace botbox::storage {

struct ModeChange {
  EngineMode mode = EngineMode::kActive;
  std::string actor;  // who changes it: "cli:alice"
  Timestamp now;
};

// Durable when it returns, with the same two events as while an engine runs: what an operator did,
// and what the mode is now. Nothing is written when the mode is that one already. The next start
// goes by it. Errors: kAlreadyExists (an engine has the directory open), kNotFound (no engine has
// run there), kInvalidInput (a backup), those of opening.
Result<EngineState> set_mode_offline(const std::filesystem::path& data, const ModeChange& change);

}  // namespace botbox::storage
