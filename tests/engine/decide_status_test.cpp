#include <doctest/doctest.h>

#include "engine/decide.hpp"
#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

Decision change(const BotWorld& world, const StatusChanged& event) {
  Result<Decision> decision = decide(world.snapshot, event, world.context());
  REQUIRE(decision.has_value());
  return *decision;
}

}  // namespace

TEST_CASE("a status change is one turn with one event that says who and why") {
  BotWorld world;
  world.snapshot.turn = 5;
  const Decision decision =
      change(world, {.to = BotStatus::kPaused, .reason = "holiday", .by = "cli:alice"});
  BotSnapshot expected = world.snapshot;
  expected.turn = 6;
  expected.status = BotStatus::kPaused;
  expected.status_reason = "holiday";
  CHECK(decision.turn.next == expected);
  CHECK(decision.turn.outcome == CheckOutcome::kNotACheck);
  CHECK_FALSE(decision.claim.has_value());
  REQUIRE(decision.turn.effects.events.size() == 1);
  const Event& event = decision.turn.effects.events[0];
  CHECK(event.kind == "bot.status");
  CHECK(event.actor == "cli:alice");
  CHECK(event.detail == "ACTIVE -> PAUSED: holiday");
  CHECK(event.bot == BotId{"bot-1"});
  CHECK(event.at == world.now);
  CHECK(event.sequence == 0);
}

TEST_CASE("positions and trades under way outlive a pause") {
  BotWorld world;
  world.snapshot.open_positions = {a_position()};
  world.snapshot.pending = {pending_of(a_trade({.id = "under-way"}))};
  const Decision decision = change(world, {.to = BotStatus::kArchived, .reason = {}, .by = "x"});
  CHECK(decision.turn.next.open_positions == world.snapshot.open_positions);
  CHECK(decision.turn.next.pending == world.snapshot.pending);
}

TEST_CASE(
    "who holds something is paused where it was to be archived, and archived when it is flat") {
  BotWorld world;
  world.snapshot.open_positions = {a_position()};
  const StatusChanged archive{.to = BotStatus::kArchived, .reason = "enough", .by = "x"};
  const Decision held = change(world, archive);
  CHECK(held.turn.next.status == BotStatus::kPaused);
  REQUIRE(held.turn.effects.events.size() == 1);
  CHECK(held.turn.effects.events[0].detail == "ACTIVE -> PAUSED: enough");
  world.snapshot.open_positions.clear();
  world.snapshot.pending = {pending_of(a_trade({.id = "under-way"}))};
  CHECK(change(world, archive).turn.next.status == BotStatus::kPaused);
  world.snapshot.pending.clear();
  CHECK(change(world, archive).turn.next.status == BotStatus::kArchived);
}

TEST_CASE("the status that is there already is no turn") {
  const BotWorld world;
  CHECK(change(world, {.to = BotStatus::kActive, .reason = "again", .by = "x"}) ==
        Decision{.turn = {.next = world.snapshot}});
}
