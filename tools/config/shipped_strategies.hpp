// The strategies that ship: tools/strategies/*.toml, compiled into the programs, so that a bot
// finds them by name wherever the program was installed.
#pragma once

#include <string_view>
#include <vector>

#include "engine/strategy/strategy.hpp"

namespace botbox::config {

struct ShippedFile {
  std::string_view name;  // "trend_following.toml"
  std::string_view text;
};
// By name. Written by the build (tools/CMakeLists.txt).
const std::vector<ShippedFile>& shipped_files();

// Those of engine/strategy and those of tools/strategies/.
StrategyCatalogue shipped_catalogue();

}  // namespace botbox::config
