#include "engine/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <string>

#include "tests/engine/limits/limits_ledger.hpp"

using namespace botbox;
using botbox::testing::SeededRuns;

namespace {

constexpr Timestamp kStart{1'700'000'000'000};
Timestamp after(std::int64_t ms) { return kStart + Duration{ms}; }
BotId bot(std::size_t n) { return {"bot-" + std::to_string(n)}; }

}  // namespace

TEST_CASE("the next due time is absolute, and missed ones are left out") {
  struct Row {
    std::int64_t due, now, expected;
  };
  for (const Row row :
       {Row{0, 0, 60'000}, Row{0, 1, 60'000}, Row{0, 59'999, 60'000}, Row{0, 60'000, 120'000},
        Row{0, 3'600'001, 3'660'000}, Row{5'000, 0, 65'000}}) {
    CAPTURE(row.now);
    CHECK(next_regular_due(after(row.due), Duration{60'000}, after(row.now)) ==
          after(row.expected));
  }
  CHECK(next_regular_due(Timestamp{}, Duration{60'000}, kStart) == after(60'000));
}

TEST_CASE("a due time further ahead than the longest pause is not believed") {
  BotConfig config;
  config.check_interval = Duration{60'000};
  CHECK(believable_due(config, {}, kStart).is_never());
  CHECK(believable_due(config, kStart - Duration{5}, kStart) == kStart - Duration{5});
  CHECK(believable_due(config, after(60'000), kStart) == after(60'000));
  CHECK(believable_due(config, after(60'001), kStart) == kStart);
  config.pace = {{Duration{10'000}, Duration{300'000}}};
  CHECK(believable_due(config, after(300'000), kStart) == after(300'000));
  CHECK(believable_due(config, after(300'001), kStart) == kStart);
}

TEST_CASE("a failed check is retried six times, ever later, then abandoned") {
  const Duration delays[] = {Duration{2'000},  Duration{4'000},  Duration{8'000},
                             Duration{16'000}, Duration{32'000}, Duration{64'000}};
  BotSchedule schedule{bot(1), kStart, Duration{60'000}, 0};
  for (const Duration delay : delays) {
    ++schedule.failed_attempts;
    const RetryDecision retry = after_failure(schedule, CheckFailure::kCounted, after(500));
    CHECK(retry.what == AfterFailure::kRetry);
    CHECK(retry.at >= after(500) + delay);
    CHECK(retry.at <= after(500) + delay + delay / 4);
    CHECK(retry == after_failure(schedule, CheckFailure::kCounted, after(500)));
  }
  schedule.failed_attempts = 7;
  CHECK(after_failure(schedule, CheckFailure::kCounted, after(500)) ==
        RetryDecision{AfterFailure::kAbandoned, after(60'000)});
}

TEST_CASE("a failure of the infrastructure is retried for ever, at most 1,024 s apart") {
  BotSchedule schedule{bot(1), kStart, Duration{60'000}, 4'000'000'000U};
  const RetryDecision retry = after_failure(schedule, CheckFailure::kInfrastructure, kStart);
  CHECK(retry.what == AfterFailure::kRetry);
  CHECK(retry.at >= after(1'024'000));
  CHECK(retry.at <= after(1'280'000));
}

TEST_CASE("retries of bots that failed together do not meet") {
  std::set<Timestamp> at;
  for (std::size_t i = 0; i < 1'000; ++i)
    at.insert(
        after_failure({bot(i), kStart, Duration{60'000}, 3}, CheckFailure::kCounted, kStart).at);
  CHECK(at.size() > 600);
}

TEST_CASE("after a restart overdue bots are spread and the others keep their time") {
  std::vector<BotSchedule> schedules;
  for (std::size_t i = 0; i < 10'000; ++i)
    schedules.push_back({bot(i), after(-1'000), Duration{300'000}, 0});
  for (std::size_t i = 10'000; i < 11'000; ++i)
    schedules.push_back({bot(i), after(-1'000), Duration{2'000}, 0});
  schedules.push_back({bot(20'000), after(77), Duration{300'000}, 0});
  auto again = schedules;
  spread_overdue(schedules, kStart);
  spread_overdue(again, kStart);
  CHECK(schedules == again);
  std::vector<int> per_second(12, 0);
  for (const BotSchedule& schedule : schedules) {
    REQUIRE(schedule.due >= kStart);
    REQUIRE(schedule.due <= after(11'000));
    REQUIRE(schedule.due <= kStart + schedule.interval);
    ++per_second[static_cast<std::size_t>((schedule.due - kStart).count() / 1'000)];
  }
  CHECK(schedules.back().due == after(77));
  for (std::size_t second = 3; second < 10; ++second) {
    CHECK(per_second[second] > 700);
    CHECK(per_second[second] < 1'200);
  }
}

TEST_CASE("volatile markets are checked more often, quiet ones less, within bounds and budget") {
  const Duration base{60'000};
  const CheckPace pace{.fastest = Duration{15'000}, .slowest = Duration{300'000}};
  const auto interval = [&](std::optional<RegimeKind> regime,
                            RateBudget budget = RateBudget::kAmple) {
    return adaptive_interval(base, pace, regime, budget);
  };
  CHECK(interval(RegimeKind::kVolatile) == pace.fastest);
  CHECK(interval(RegimeKind::kQuiet) == pace.slowest);
  CHECK(interval(RegimeKind::kTrending) == base);
  CHECK(interval(RegimeKind::kRanging) == base);
  CHECK(interval(std::nullopt) == base);
  CHECK(interval(RegimeKind::kVolatile, RateBudget::kTight) == base);
  CHECK(interval(RegimeKind::kQuiet, RateBudget::kTight) == pace.slowest);
}

TEST_CASE("due bots come longest overdue first, then by slot, and only once") {
  DueTable table;
  table.put(3, after(10));
  table.put(2, after(10), 2);
  table.put(1, after(11));
  table.put(4, Timestamp{});
  CHECK(table.take_due(after(10), 100) ==
        std::vector<DueCheck>{{4, Timestamp{}, 0}, {2, after(10), 2}, {3, after(10), 0}});
  CHECK(table.take_due(after(10), 100).empty());
  CHECK(table.next_due() == after(11));
  CHECK(table.armed() == 1);
  CHECK(table.reschedule(4, after(12)));
  CHECK(table.take_due(after(12), 1) == std::vector<DueCheck>{{1, after(11), 0}});
  CHECK(table.take_due(after(12), 1) == std::vector<DueCheck>{{4, after(12), 0}});
  CHECK_FALSE(table.reschedule(99, kStart));
  CHECK_FALSE(table.remove(99));
}

TEST_CASE("the table does what a plain list does") {
  SeededRuns runs;
  auto& random = runs.next();
  INFO("seed " << runs.seed());
  for (int run = 0; run < 50; ++run) {
    DueTable table;
    std::vector<DueCheck> model;
    std::vector<BotSlot> armed;
    const auto find = [&](BotSlot slot) {
      return std::find_if(model.begin(), model.end(),
                          [&](const auto& s) { return s.slot == slot; });
    };
    for (int step = 0; step < 400; ++step) {
      const auto id = static_cast<BotSlot>(random() % 20);
      const Timestamp at = after(static_cast<std::int64_t>(random() % 50));
      switch (random() % 4) {
        case 0: {
          table.put(id, at);
          if (find(id) != model.end()) model.erase(find(id));
          model.push_back({id, at, 0});
          std::erase(armed, id);
          armed.push_back(id);
          break;
        }
        case 1: {
          const bool known = find(id) != model.end();
          REQUIRE(table.reschedule(id, at, 1) == known);
          if (!known) break;
          find(id)->due = at;
          find(id)->failed_attempts = 1;
          std::erase(armed, id);
          armed.push_back(id);
          break;
        }
        case 2: {
          const bool known = find(id) != model.end();
          REQUIRE(table.remove(id) == known);
          if (known) model.erase(find(id));
          std::erase(armed, id);
          break;
        }
        default: {
          const std::size_t limit = random() % 5;
          std::vector<DueCheck> expected;
          for (const BotSlot a : armed)
            if (find(a)->due <= at) expected.push_back({a, find(a)->due, find(a)->failed_attempts});
          std::sort(expected.begin(), expected.end(), [](const DueCheck& a, const DueCheck& b) {
            return std::pair(a.due, a.slot) < std::pair(b.due, b.slot);
          });
          if (expected.size() > limit) expected.resize(limit);
          for (const DueCheck& check : expected) std::erase(armed, check.slot);
          REQUIRE(table.take_due(at, limit) == expected);
        }
      }
      REQUIRE(table.size() == model.size());
      REQUIRE(table.armed() == armed.size());
    }
  }
  MESSAGE("seed " << runs.seed());
}

TEST_CASE("a hundred thousand bots are each checked once per interval and none starves") {
  DueTable table;
  std::vector<BotSchedule> schedules;
  for (std::size_t i = 0; i < 100'000; ++i)
    schedules.push_back({bot(i), Timestamp{}, Duration{300'000}, 0});
  spread_overdue(schedules, kStart);
  for (BotSlot slot = 0; slot < schedules.size(); ++slot) table.put(slot, schedules[slot].due);
  std::unordered_map<BotSlot, int> checks;
  for (std::int64_t tick = 0; tick <= 399'000; tick += 1'000) {
    for (const DueCheck& check : table.take_due(after(tick), 2'500)) {
      ++checks[check.slot];
      table.reschedule(check.slot, next_regular_due(check.due, Duration{300'000}, after(tick)));
    }
  }
  CHECK(checks.size() == 100'000);
  CHECK(std::all_of(checks.begin(), checks.end(), [](const auto& c) { return c.second <= 2; }));
}

TEST_CASE("a bot without outcome within ten seconds counts as failed and the cycle goes on") {
  CheckTracker cycle(7, kStart);
  cycle.on_started(1, kStart);
  cycle.on_started(2, kStart);
  cycle.on_started(3, after(200));
  cycle.on_started(4, kStart);
  CHECK(cycle.on_succeeded(1, after(50), 2));
  CHECK_FALSE(cycle.on_succeeded(1, after(60), 2));
  CHECK(cycle.on_failed(4, after(70)));
  CHECK(cycle.expire(after(9'999)).empty());
  CHECK(cycle.expire(after(10'000)) == std::vector<BotSlot>{2});
  CHECK_FALSE(cycle.on_succeeded(2, after(10'001), 1));
  CHECK_FALSE(cycle.is_done());
  CHECK(cycle.record(after(10'100)).duration == Duration{10'100});
  CHECK(cycle.on_succeeded(3, after(10'150), 0));
  CHECK(cycle.is_done());
  CHECK(cycle.record(after(99'000)) == CycleRecord{.number = 7,
                                                   .started_at = kStart,
                                                   .duration = Duration{10'150},
                                                   .found = 4,
                                                   .succeeded = 2,
                                                   .failed = 2,
                                                   .signals = 2});
}
