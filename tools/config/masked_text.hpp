// The configuration in force, as TOML, for logs, the admin shell and bug reports.
#pragma once

#include <string>

#include "tools/config/engine_config.hpp"

namespace botbox::config {

// Every setting, defaults included, bots expanded. Values of secrets (is_secret_name) are "***",
// empty ones stay out. Without secrets, reading the text again gives an equal EngineConfig.
std::string to_masked_text(const EngineConfig& config);

// The same with the sections that say nothing but defaults, so that two texts have a setting in
// common wherever it has an effect in both: for comparing, not for reading back.
std::string to_comparable_text(const EngineConfig& config);

}  // namespace botbox::config
