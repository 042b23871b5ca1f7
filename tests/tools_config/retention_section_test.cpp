#include <doctest/doctest.h>

#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {

TEST_CASE("a history is kept for its usual times where nothing is said") {
  const EngineConfig config = good(good_config());
  CHECK(config.retention == RetentionSection{});
  CHECK(to_masked_text(config).find("[retention]") == std::string::npos);
}

TEST_CASE("how long and how much of a history is kept is read in full, and shown") {
  const EngineConfig config = good(good_config() + R"([retention]
signals = "0s"
events = "90d"
traces = "12h"
cycles = "1d"
signals_max_mib = 0
events_max_mib = 64
traces_max_mib = 512
)");
  const RetentionSection& retention = config.retention;
  CHECK(retention.signals == Duration{0});
  CHECK(retention.events == Duration{90LL * 86'400'000});
  CHECK(retention.traces == Duration{43'200'000});
  CHECK(retention.cycles == Duration{86'400'000});
  CHECK(retention.signals_max_mib == 0);
  CHECK(retention.events_max_mib == 64);
  CHECK(retention.traces_max_mib == 512);
  const std::string text = to_masked_text(config);
  CHECK(text.find("[retention]") != std::string::npos);
  CHECK(text.find("traces_max_mib = 512") != std::string::npos);
}

TEST_CASE("what is wrong with a retention section is named") {
  const std::string start = good_config() + "[retention]\n";
  CHECK(problems_of(start + "traces = \"5m\"\n").find("is shorter than an hour") !=
        std::string::npos);
  CHECK(problems_of(start + "events = \"4000d\"\n").find("retention.events") != std::string::npos);
  CHECK(problems_of(start + "trades = \"1d\"\n").find("did you mean traces?") != std::string::npos);
  CHECK(problems_of(start + "traces_max_mib = -1\n").find("retention.traces_max_mib") !=
        std::string::npos);
}

}  // namespace botbox::config::test
