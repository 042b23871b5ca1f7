// What a running engine prints, a line a cycle.
#include "tools/botbox/console.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

namespace botbox::cli {
namespace {

CycleLine busy_cycle() {
  return {.at = Timestamp{1'704'067'200'310},  // 2024-01-01T00:00:00.310Z
          .cycle = {.number = 17,
                    .started_at = Timestamp{1'704'067'200'301},
                    .duration = Duration{9},
                    .found = 12,
                    .succeeded = 10,
                    .failed = 2,
                    .signals = 3},
          .signals = 3,
          .accepted = 1,
          .orders = 6,
          .fills = 4,
          .opened = 2,
          .closed = 5};
}

}  // namespace

TEST_CASE("people read one line a cycle") {
  CHECK(to_text(busy_cycle(), OutputFormat::kText) ==
        "2024-01-01 00:00:00  cycle 17: 12 bots checked (2 failed) in 9 ms | signals 3 (1 accepted)"
        " | orders 6 | fills 4 | positions 2 opened, 5 closed\n");
}

TEST_CASE("programs read one object a line, with what people read") {
  const std::string text = to_text(busy_cycle(), OutputFormat::kJson);
  REQUIRE(text.ends_with("\n"));
  CHECK(text.find('\n') == text.size() - 1);
  const nlohmann::json expected{{"at", "2024-01-01T00:00:00.310Z"},
                                {"cycle", 17},
                                {"checked", 12},
                                {"failed", 2},
                                {"took_ms", 9},
                                {"signals", 3},
                                {"accepted", 1},
                                {"orders", 6},
                                {"fills", 4},
                                {"positions_opened", 2},
                                {"positions_closed", 5}};
  CHECK(nlohmann::json::parse(text) == expected);
}

}  // namespace botbox::cli
