// Other names for the same setting (freqtrade's), and settings that exclude one another. Both are
// resolved on the tree, before anything is read: readers know canonical names only.
#pragma once

#include <string_view>

#include "tools/config/config_node.hpp"
#include "tools/config/section_reader.hpp"

namespace botbox::config {

// `section` is a dotted path: "engine", "bot"; empty: `key` is a section. The name itself when
// there is no other.
std::string_view canonical_name(std::string_view section, std::string_view key);

// The setting that must not stand beside `key`, or empty.
std::string_view excluded_by(std::string_view key);

// Renames all aliases below the root. Two names for one setting in one table are a problem.
void canonicalise(ConfigNode& root, ProblemList& problems);

}  // namespace botbox::config
