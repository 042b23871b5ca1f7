// What the tidy test lets pass, with the reason. These lists may shrink; to let one grow is a
// decision that a reviewer should see here. A name that ends in '/' stands for all files below that
// folder.
#pragma once

#include <string_view>
#include <vector>

namespace botbox::tidy {

struct LongFunction {
  std::string_view path;
  std::string_view name;
  int lines;
};

struct ForeignInclude {
  std::string_view path;
  std::string_view include;
};

struct Allowed {
  std::vector<std::string_view> clocks{
      "actors/wall_clock.cpp",             // the one implementation of Clock over the wall clock
      "tools/benchmarks/",                 // measures elapsed time; decides nothing by it
      "tests/process/",                    // gives real processes a deadline
      "exchange/http/http_transport.cpp",  // says when libcurl wants to be called again
  };
  std::vector<std::string_view> sleeps{
      "tests/process/",  // waits for real processes, which have no virtual time
  };
  std::vector<std::string_view> swallowed_exceptions{};
  // Stands before the code that will use it.
  std::vector<std::string_view> unused_headers{};
  std::vector<ForeignInclude> foreign_includes{
      {"engine/execution/identity.cpp",
       "openssl/sha.h"},  // a pure function; ours would be less sure
  };
  std::vector<LongFunction> long_functions{};
};

}  // namespace botbox::tidy
