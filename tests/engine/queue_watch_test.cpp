#include "engine/execution/queue_watch.hpp"

#include <doctest/doctest.h>

#include "engine/alert_level.hpp"
#include "tests/support/builders.hpp"

namespace botbox::testing {
namespace {

constexpr Timestamp kBegin = opens(0);
using Kinds = std::vector<std::string>;

Kinds kinds_of(const std::vector<QueueAlert>& alerts) {
  Kinds kinds;
  for (const QueueAlert& alert : alerts) kinds.push_back(alert.kind);
  return kinds;
}

struct WatchedQueue {
  TradeQueue queue;
  QueueWatch watch;
  std::int64_t second = 0;
  int added = 0;

  void add(int trades) {
    for (; trades > 0; --trades)
      queue.add(a_trade({.id = "t" + std::to_string(added++),
                         .direction = Direction::kLong,
                         .status = TradeStatus::kPending,
                         .created_at = kBegin}),
                now());
  }
  void finish(int trades) {
    for (; trades > 0; --trades) {
      const TradeId id{"t" + std::to_string(--added)};
      queue.reported(id);
      queue.settled(id);
    }
  }
  Timestamp now() const { return kBegin + Duration{second * 1000}; }
  // One look a second; all that it said.
  Kinds look(int seconds) {
    Kinds kinds;
    for (; seconds > 0; --seconds) {
      ++second;
      for (const std::string& kind : kinds_of(watch.look(queue, now()))) kinds.push_back(kind);
    }
    return kinds;
  }
};

}  // namespace

TEST_CASE("a queue is deep when more than 50 trades are in it for ten seconds, not before") {
  WatchedQueue world;
  world.add(50);
  CHECK(world.look(60).empty());
  world.add(1);
  CHECK(world.look(10).empty());
  CHECK(world.look(1) == Kinds{"queue.deep"});
  CHECK(world.look(100).empty());
  SUBCASE("and normal again at four fifths of that") {
    world.finish(10);
    CHECK(world.look(5).empty());
    world.finish(1);
    CHECK(world.look(5) == Kinds{"queue.normal"});
    world.add(20);
    CHECK(world.look(11) == Kinds{"queue.deep"});
  }
}

TEST_CASE("a crowd that passes within ten seconds is no alert") {
  WatchedQueue world;
  for (int burst = 0; burst < 5; ++burst) {
    world.add(500);
    CHECK(world.look(9).empty());
    world.finish(500);
    CHECK(world.look(1).empty());
  }
}

TEST_CASE(
    "an outcome that stays unknown for a minute is told once, and once more when it is known") {
  WatchedQueue world;
  world.add(2);
  REQUIRE(world.queue.take_dispatchable(2, EngineMode::kActive, world.now()).size() == 2);
  world.queue.sent({"t0"}, world.now());
  world.queue.sent({"t1"}, world.now());
  world.queue.no_answer({"t0"}, world.now(), "timeout");
  CHECK(world.look(60).empty());
  const auto alerts = world.watch.look(world.queue, world.now() + Duration{1'000});
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == "trade.unknown");
  CHECK(alerts[0].text.find("t0") != std::string::npos);
  CHECK(alerts[0].text.find("timeout") != std::string::npos);
  ++world.second;
  CHECK(world.look(100).empty());
  world.queue.accepted({"t0"}, {"o"}, world.now());
  CHECK(world.look(2) == Kinds{"trade.known"});
}

TEST_CASE("what is asked for in restored data before it is sent is told when no answer comes") {
  WatchedQueue world;
  world.add(1);
  REQUIRE(world.queue.ask_unsent({"t0"}, world.now()));
  REQUIRE(world.queue.take_questions(1, world.now()).size() == 1);
  world.queue.no_answer({"t0"}, world.now(), "down");
  CHECK(world.look(60).empty());
  CHECK(world.look(1) == Kinds{"trade.unknown"});
  REQUIRE(world.queue.take_questions(1, world.now()).size() == 1);
  world.queue.not_found({"t0"}, world.now());
  CHECK(world.look(1) == Kinds{"trade.known"});
}

TEST_CASE("an outcome that is known within the minute is no alert") {
  WatchedQueue world;
  world.add(1);
  REQUIRE(world.queue.take_dispatchable(1, EngineMode::kActive, world.now()).size() == 1);
  world.queue.sent({"t0"}, world.now());
  for (int time = 0; time < 3; ++time) {
    world.queue.no_answer({"t0"}, world.now(), "timeout");
    CHECK(world.look(40).empty());
    world.queue.accepted({"t0"}, {"o"}, world.now());
    CHECK(world.look(30).empty());
  }
}

TEST_CASE("a queue's thresholds are those that it is given, and off is off") {
  AlertThresholds thresholds;
  thresholds.queue_depth = {3, 1, Duration{2'000}};
  thresholds.outcome_unknown.is_on = false;
  WatchedQueue world;
  world.watch = QueueWatch(thresholds);
  world.add(3);
  CHECK(world.look(10).empty());
  world.add(1);
  CHECK(world.look(2).empty());
  CHECK(world.look(1) == Kinds{"queue.deep"});
  world.finish(2);
  CHECK(world.look(5).empty());
  world.finish(1);
  CHECK(world.look(1) == Kinds{"queue.normal"});
  REQUIRE(world.queue.take_dispatchable(1, EngineMode::kActive, world.now()).size() == 1);
  world.queue.sent({"t0"}, world.now());
  world.queue.no_answer({"t0"}, world.now(), "timeout");
  CHECK(world.look(600).empty());
}

TEST_CASE("an alert level changes only beyond its two bounds") {
  AlertLevel level({10, 8});
  CHECK(level.update(10, kBegin) == AlertChange::kNone);
  CHECK(level.update(10.5, kBegin) == AlertChange::kRaised);
  CHECK(level.update(9, kBegin) == AlertChange::kNone);
  CHECK(level.update(20, kBegin) == AlertChange::kNone);
  CHECK(level.update(8, kBegin) == AlertChange::kCleared);
  CHECK(level.update(9, kBegin) == AlertChange::kNone);
}

TEST_CASE("an alert level waits for its patience, and begins anew when the value falls") {
  AlertLevel level({10, 8, Duration{5'000}});
  const auto at = [](std::int64_t second) { return kBegin + Duration{second * 1'000}; };
  CHECK(level.update(11, at(0)) == AlertChange::kNone);
  CHECK(level.update(11, at(4)) == AlertChange::kNone);
  CHECK(level.update(10, at(5)) == AlertChange::kNone);  // not above: from here again
  CHECK(level.update(11, at(6)) == AlertChange::kNone);
  CHECK(level.update(99, at(10)) == AlertChange::kNone);
  CHECK(level.update(11, at(11)) == AlertChange::kRaised);
  CHECK(level.since() == at(6));
  CHECK(level.update(8, at(11)) == AlertChange::kCleared);  // what is over is told at once
  CHECK_FALSE(level.is_raised());
}

TEST_CASE("an alert level goes by its new threshold from the next look on") {
  AlertLevel level({10, 8});
  CHECK(level.update(11, kBegin) == AlertChange::kRaised);
  level.set_threshold({20, 15});
  CHECK(level.update(16, kBegin) == AlertChange::kNone);  // it stands until it is over
  CHECK(level.update(15, kBegin) == AlertChange::kCleared);
  CHECK(level.update(19, kBegin) == AlertChange::kNone);
  CHECK(level.update(21, kBegin) == AlertChange::kRaised);
  level.set_threshold({20, 15, Duration{0}, false});
  CHECK(level.update(99, kBegin) == AlertChange::kCleared);  // nobody watches any more
  CHECK(level.update(99, kBegin) == AlertChange::kNone);
}

TEST_CASE("an alert level that is off tells nothing") {
  AlertLevel level({10, 8, Duration{0}, false});
  CHECK(level.update(1e9, kBegin) == AlertChange::kNone);
  CHECK(level.update(0, kBegin) == AlertChange::kNone);
}

}  // namespace botbox::testing
