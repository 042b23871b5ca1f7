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

struct Allowed {
  std::vector<std::string_view> clocks{
      "actors/wall_clock.cpp",  // the one implementation of Clock over the wall clock
      "tools/bench/",           // measures elapsed time; decides nothing by it
      "tests/process/",         // gives real processes a deadline
  };
  std::vector<std::string_view> sleeps{
      "tests/process/",  // waits for real processes, which have no virtual time
  };
  std::vector<std::string_view> swallowed_exceptions{};
  // Vocabulary and ports that stand before the code that will use them.
  std::vector<std::string_view> unused_headers{
      "engine/clock.hpp",       "engine/model/bot.hpp",   "engine/model/event.hpp",
      "engine/model/trace.hpp", "engine/model/trade.hpp", "exchange/exchange.hpp",
      "storage/commit.hpp",
  };
  std::vector<LongFunction> long_functions{};
};

}  // namespace botbox::tidy
