#include "engine/restart_policy.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/engine/limits/limits_ledger.hpp"

using namespace botbox;
using botbox::testing::SeededRuns;

namespace {

constexpr Timestamp kStart{1'700'000'000'000};
Timestamp after(std::int64_t ms) { return kStart + Duration{ms}; }
BotId bot(std::size_t n) { return {"bot-" + std::to_string(n)}; }

void check_delay(const RestartDecision& decision, Timestamp now, std::int64_t delay_ms) {
  CHECK(decision.action == RestartAction::kRestart);
  CHECK(decision.at >= now + Duration{delay_ms});
  CHECK(decision.at <= now + Duration{delay_ms + delay_ms / 4});
}

}  // namespace

TEST_CASE("each failure doubles the delay before the restart") {
  RestartPolicy policy({});
  check_delay(policy.on_failure(bot(1), kStart), kStart, 1'000);
  check_delay(policy.on_failure(bot(1), after(10'000)), after(10'000), 2'000);
  check_delay(policy.on_failure(bot(1), after(20'000)), after(20'000), 4'000);
  check_delay(policy.on_failure(bot(2), after(20'000)), after(20'000), 1'000);
}

TEST_CASE("a bot that keeps failing is quarantined until an operator resumes it") {
  RestartPolicy policy({});
  for (int i = 0; i < 4; ++i)
    CHECK(policy.on_failure(bot(1), after(i)).action == RestartAction::kRestart);
  CHECK(policy.on_failure(bot(1), after(5)) ==
        RestartDecision{RestartAction::kQuarantine, Timestamp{}, 5, FleetCondition::kCalm});
  CHECK(policy.is_quarantined(bot(1)));
  CHECK_FALSE(policy.is_quarantined(bot(2)));
  CHECK(policy.on_failure(bot(1), after(86'400'000)).action == RestartAction::kQuarantine);
  policy.prune(after(200'000'000));
  CHECK(policy.is_quarantined(bot(1)));
  policy.forget(bot(1));
  CHECK_FALSE(policy.is_quarantined(bot(1)));
  check_delay(policy.on_failure(bot(1), after(7)), after(7), 1'000);
}

TEST_CASE("failures far apart do not add up, and stable time takes the delay back") {
  RestartPolicy policy({});
  Timestamp now = kStart;
  for (int i = 0; i < 100; ++i) {
    now = now + Duration{200'000};
    CHECK(policy.on_failure(bot(1), now).action == RestartAction::kRestart);
  }
  now = now + Duration{300'000 * 21};
  check_delay(policy.on_failure(bot(1), now), now, 1'000);
  policy.prune(now + Duration{100'000'000});
  CHECK(policy.remembered() == 0);
}

TEST_CASE("the delay is bounded") {
  RestartPolicy policy({.failures_to_quarantine = 1'000});
  for (int i = 0; i < 100; ++i) policy.on_failure(bot(1), after(i));
  check_delay(policy.on_failure(bot(1), after(100)), after(100), 60'000);
}

TEST_CASE("restarts of all bots together stay below the intensity, in every window") {
  SeededRuns runs;
  auto& random = runs.next();
  INFO("seed " << runs.seed());
  for (int run = 0; run < 20; ++run) {
    const std::size_t most = 1 + random() % 20;
    RestartPolicy policy({.most_restarts = most, .intensity_window = Duration{5'000}});
    std::vector<Timestamp> at;
    Timestamp now = kStart;
    bool alerted = false;
    for (std::size_t i = 0; i < 300; ++i) {
      now = now + Duration{static_cast<std::int64_t>(random() % 300)};
      const RestartDecision decision = policy.on_failure(bot(i), now);
      REQUIRE(decision.at > now);
      alerted = alerted || decision.fleet == FleetCondition::kTooManyRestarts;
      at.push_back(decision.at);
    }
    std::sort(at.begin(), at.end());
    for (std::size_t i = most; i < at.size(); ++i) REQUIRE(at[i] - at[i - most] >= Duration{5'000});
    CHECK(alerted);
  }
  MESSAGE("seed " << runs.seed());
}
