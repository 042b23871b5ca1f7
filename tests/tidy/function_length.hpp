// Finds the functions of a file and how many lines each takes, from its braces alone.
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source_text.hpp"

namespace botbox::tidy {

struct FunctionSpan {
  std::string name;  // "Store::open", or the sentence of a test case
  int line = 0;      // where its declaration begins
  int lines = 0;     // from there to its closing brace, both counted
  bool is_test_case = false;
};

// Functions at namespace or class scope; lambdas and local classes belong to the function around
// them. Relies on clang-format's shape: a blank before the brace of a body, none before the brace
// of an initialiser. Macro definitions are skipped.
std::vector<FunctionSpan> functions_of(const SourceFile& file);

}  // namespace botbox::tidy
