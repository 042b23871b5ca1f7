// A strategy made of rules, from its TOML: an inline [[strategy]] of the configuration, a file of
// its own, or one of those that ship. The layout is that of tools/strategies/README.md.
#pragma once

#include <optional>

#include "engine/strategy/rule/definition.hpp"
#include "tools/config/config_node.hpp"
#include "tools/config/section_reader.hpp"

namespace botbox::config {

// Every rule is compiled with the defaults of the parameters; a problem in one is placed at its
// very character. None: a problem was noted.
std::optional<rule::StrategyDefinition> read_strategy(const ConfigNode& table,
                                                      ProblemList& problems);

}  // namespace botbox::config
