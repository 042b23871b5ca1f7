// The rules of the source tree that a compiler does not know. Each check takes a tree and returns
// what breaks its rule; an empty answer means that the tree keeps it. What is allowed in spite of a
// rule stands in allowed.hpp and nowhere else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/allowed.hpp"
#include "tests/tidy/source_text.hpp"

namespace botbox::tidy {

struct Finding {
  std::string path;
  int line = 0;
  std::string what;  // the broken rule and what to do

  bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;
using Names = std::vector<std::string_view>;  // paths, or folders ending in '/'

// engine <- storage, exchange <- actors <- tools, and which folder may know which library.
Findings check_include_directions(const Tree& tree, const std::vector<ForeignInclude>& allowed);
// A header that only its own source includes is code that nobody uses. A header in `allowed` that
// has found a user, or is gone, is a finding too.
Findings check_unused_headers(const Tree& tree, const Names& allowed);
Findings check_pragma_once(const Tree& tree);
Findings check_include_everything(const Tree& tree);  // caf/all.hpp

// The wall clock, and randomness that no seed reproduces.
Findings check_clocks_and_chance(const Tree& tree, const Names& allowed);
Findings check_sleeping_tests(const Tree& tree, const Names& allowed);
Findings check_swallowed_exceptions(const Tree& tree, const Names& allowed);
Findings check_vague_names(const Tree& tree);
// Functions over 70 lines, test cases over 120. A function in `allowed` may have the length given
// there; when it becomes shorter, the entry must follow or go.
Findings check_function_length(const Tree& tree, const std::vector<LongFunction>& allowed);

Findings check_line_length(const Tree& tree);  // 100 columns, in code and scripts
Findings check_blanks(const Tree& tree);       // tabs, blanks at line ends, missing last newline
Findings check_unfinished_marks(const Tree& tree);
Findings check_machine_paths(const Tree& tree);

}  // namespace botbox::tidy
