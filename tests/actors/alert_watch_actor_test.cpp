// The alert watch: what nobody else watches, raised and cleared at its thresholds.
#include "actors/alert_watch_actor.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/actor_fixture.hpp"

namespace botbox::actors {
namespace {

using Kinds = std::vector<std::string>;

struct AlertWorld : test::ActorFixture {
  explicit AlertWorld(AlertThresholds thresholds = {}) {
    const auto facts = state;
    const caf::actor fleet = fake([facts](AskFleet) {
      FleetTold told;
      told.without_stop = facts->without_stop;
      return told;
    });
    // Says nothing while it is silent, and the question ends by its time-out.
    journal = fake([facts](AskActor) -> caf::result<ActorTold> {
      if (facts->is_silent) return caf::skip();
      return ActorTold{facts->mailbox};
    });
    watch = spawn<AlertWatchActor>(
        std::cref(clock()), listener(alerts), fleet, std::vector<NamedActor>{{"journal", journal}},
        AlertWatchSettings{.interval = Duration{5'000},
                           .memory_bytes = [facts] { return facts->memory; },
                           .thresholds = thresholds,
                           .on_lost = [facts](const std::string& name,
                                              const std::string&) { facts->lost = name; }});
    run();
  }
  // Looks of the watch, and the answers to the last.
  Kinds look(int looks) {
    alerts.clear();
    advance(Duration{5'000} * looks + Duration{2'000});
    advance(Duration{3'000});
    Kinds kinds;
    for (const AlertRaised& alert : alerts) kinds.push_back(alert.kind);
    return kinds;
  }

  struct State {
    std::size_t without_stop = 0;
    std::size_t mailbox = 0;
    std::uint64_t memory = 0;
    bool is_silent = false;
    std::string lost;
  };
  std::shared_ptr<State> state = std::make_shared<State>();
  test::Inbox<AlertRaised> alerts;
  caf::actor journal;
  caf::actor watch;
};

}  // namespace

TEST_CASE("a healthy engine is told nothing of, however long") {
  AlertWorld world;
  world.state->mailbox = 10'000;  // not more
  world.state->memory = 1ULL << 40;
  CHECK(world.look(100).empty());
}

TEST_CASE("a position that has no stop for half a minute is an alert, until it has one") {
  AlertWorld world;
  world.state->without_stop = 1;
  CHECK(world.look(3).empty());
  CHECK(world.look(6) == Kinds{"positions.without_stop"});
  CHECK(world.look(6).empty());
  world.state->without_stop = 0;
  CHECK(world.look(2) == Kinds{"positions.stopped"});
  world.state->without_stop = 2;
  CHECK(world.look(2).empty());  // a stop that comes in time is no alert
  world.state->without_stop = 0;
  CHECK(world.look(6).empty());
}

TEST_CASE("a mailbox that stays deep names its actor, and is over at half of that") {
  AlertWorld world;
  world.state->mailbox = 10'001;
  CHECK(world.look(4) == Kinds{"mailbox.deep"});
  CHECK(world.alerts.back().subject == "journal");
  world.state->mailbox = 5'001;
  CHECK(world.look(4).empty());
  world.state->mailbox = 5'000;
  CHECK(world.look(1) == Kinds{"mailbox.normal"});
}

TEST_CASE(
    "an actor that does not answer for half a minute is an alert, and its first answer ends it") {
  AlertWorld world;
  world.state->is_silent = true;
  CHECK(world.look(4).empty());
  CHECK(world.look(5) == Kinds{"actor.silent"});
  CHECK(world.alerts.back().text == "journal does not answer");
  world.state->is_silent = false;
  const Kinds after = world.look(2);
  CHECK(std::count(after.begin(), after.end(), "actor.answers") == 1);
}

TEST_CASE("an actor that ends by itself is told at once, one that is stopped is not") {
  {
    AlertWorld world;
    world.kill(world.journal);
    CHECK(world.state->lost == "journal");
  }
  AlertWorld world;
  caf::anon_send_exit(world.journal, caf::exit_reason::user_shutdown);
  world.look(1);
  CHECK(world.state->lost.empty());
}

TEST_CASE("memory is watched where a threshold is set") {
  AlertThresholds thresholds;
  thresholds.memory = {2'048, 1'800, Duration{10'000}, true};
  AlertWorld world(thresholds);
  world.state->memory = 2'048ULL << 20;
  CHECK(world.look(10).empty());
  world.state->memory = 2'049ULL << 20;
  CHECK(world.look(5) == Kinds{"memory.high"});
  CHECK(world.alerts.back().text == "2049 MiB are in memory");
  world.state->memory = 1'801ULL << 20;
  CHECK(world.look(5).empty());
  world.state->memory = 1'800ULL << 20;
  CHECK(world.look(1) == Kinds{"memory.normal"});
}

TEST_CASE("thresholds that are configured anew count from the next look on") {
  AlertWorld world;
  world.state->mailbox = 9'000;
  CHECK(world.look(20).empty());
  AlertThresholds lower;
  lower.mailbox = {8'000, 7'000};
  caf::anon_send(world.watch, AlertsConfigured{lower});
  CHECK(world.look(1) == Kinds{"mailbox.deep"});
  lower.mailbox.is_on = false;
  caf::anon_send(world.watch, AlertsConfigured{lower});
  CHECK(world.look(1) == Kinds{"mailbox.normal"});
  CHECK(world.look(20).empty());
}

TEST_CASE("what is switched off is never told") {
  AlertThresholds thresholds;
  thresholds.without_stop.is_on = thresholds.mailbox.is_on = thresholds.silent_actor.is_on = false;
  AlertWorld world(thresholds);
  world.state->without_stop = 5;
  world.state->mailbox = 1'000'000;
  CHECK(world.look(20).empty());
}

}  // namespace botbox::actors
