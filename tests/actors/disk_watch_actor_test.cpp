// The disk watch: what it tells, and when it alarms.
#include "actors/disk_watch_actor.hpp"

#include <doctest/doctest.h>

#include "tests/support/actor_fixture.hpp"

namespace botbox::actors {
namespace {

using test::Inbox;

constexpr std::uint64_t kMiB = 1U << 20;

struct DiskWorld : test::ActorFixture {
  DiskWorld() {
    watch = spawn<DiskWatchActor>(
        listener(told), listener(alerts),
        DiskWatchSettings{.free_bytes = [this]() -> Result<std::uint64_t> {
                            if (is_unreadable)
                              return botbox::fail(ErrorCode::kIo, "stale file handle");
                            return free;
                          },
                          .floor = 256 * kMiB,
                          .enough = 300 * kMiB});
    run();
  }
  void measure(std::uint64_t mib) {
    free = mib * kMiB;
    advance(Duration{1'000});
  }
  std::vector<std::string> alert_kinds() const {
    std::vector<std::string> kinds;
    for (const AlertRaised& alert : alerts) kinds.push_back(alert.kind);
    return kinds;
  }

  std::uint64_t free = 1'000 * kMiB;
  bool is_unreadable = false;
  Inbox<DiskMeasured> told;
  Inbox<AlertRaised> alerts;
  caf::actor watch;
};

using Kinds = std::vector<std::string>;

TEST_CASE("the room is measured at the start and about once a second") {
  DiskWorld world;
  REQUIRE(world.told.size() == 1);
  CHECK(world.told[0].space == DiskSpace{.free = 1'000 * kMiB, .floor = 256 * kMiB});
  world.measure(900);
  world.measure(800);
  REQUIRE(world.told.size() == 3);
  CHECK(world.told[2].space.free == 800 * kMiB);
  CHECK(world.alerts.empty());
}

TEST_CASE("an alert is raised once below the floor, and cleared once somewhat above it") {
  DiskWorld world;
  world.measure(256);
  CHECK(world.alerts.empty());
  world.measure(255);
  world.measure(10);
  CHECK(world.alert_kinds() == Kinds{"disk.low"});
  CHECK(world.alerts[0].text.find("255 MiB free, below 256 MiB") == 0);
  world.measure(299);
  CHECK(world.alerts.size() == 1);
  // Entries go on from the floor on; only the alert waits.
  CHECK_FALSE(world.told.back().space.is_low());
  world.measure(300);
  CHECK(world.alert_kinds() == Kinds{"disk.low", "disk.enough"});
  world.measure(200);
  CHECK(world.alert_kinds() == Kinds{"disk.low", "disk.enough", "disk.low"});
}

TEST_CASE("room that cannot be read counts as none") {
  DiskWorld world;
  world.is_unreadable = true;
  world.measure(1'000);
  CHECK(world.told.back().space.is_low());
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].text.find("stale file handle") != std::string::npos);
}

}  // namespace
}  // namespace botbox::actors
