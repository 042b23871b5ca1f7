// TOML text to a ConfigNode tree. The only file behind this header is the only one that knows
// toml++: the header-only library costs two seconds per translation unit.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "tools/config/config_node.hpp"
#include "tools/config/config_problem.hpp"

namespace botbox::config {

// The root table. A syntax error is one problem with its line: what follows it cannot be trusted.
// Never throws.
tl::expected<ConfigNode, ConfigProblem> parse_toml(std::string_view text, const std::string& file);

}  // namespace botbox::config
