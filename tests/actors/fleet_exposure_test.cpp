#include "actors/fleet_exposure.hpp"

#include <doctest/doctest.h>

namespace botbox::actors {

using Taken = FleetExposure::Taken;

TEST_CASE("a bot takes one of the rollout's places with its first position, and no other") {
  FleetExposure fleet(10, 4);
  CHECK(fleet.try_take(0, 2) == Taken::kYes);
  CHECK(fleet.try_take(0, 2) == Taken::kYes);
  CHECK(fleet.live_bots() == 1);
  CHECK(fleet.try_take(1, 2) == Taken::kYes);
  CHECK(fleet.try_take(2, 2) == Taken::kNoBot);
  CHECK(fleet.open() == 3);
  // Who is in already may go on, also when the cap is lowered below what there is.
  CHECK(fleet.try_take(1, 1) == Taken::kYes);
  fleet.hold(0, 0);
  CHECK(fleet.live_bots() == 1);
  CHECK(fleet.try_take(2, 2) == Taken::kYes);
  CHECK(fleet.try_take(3, 0) == Taken::kNoBot);
}

TEST_CASE("a bot that finds no place takes none of the rollout's either") {
  FleetExposure fleet(1, 2);
  CHECK(fleet.try_take(0) == Taken::kYes);
  CHECK(fleet.try_take(1) == Taken::kNoPlace);
  CHECK(fleet.live_bots() == 1);
  fleet.hold(0, 0);
  CHECK(fleet.live_bots() == 0);
  CHECK(fleet.try_take(1) == Taken::kYes);
}

TEST_CASE("what a snapshot says counts, also beyond limits that were lowered since") {
  FleetExposure fleet(1, 3);
  fleet.hold(0, 3);
  fleet.hold(1, 1);
  CHECK(fleet.open() == 4);
  CHECK(fleet.live_bots() == 2);
  fleet.hold(0, 3);
  CHECK(fleet.live_bots() == 2);
  fleet.hold_unstopped(0, 2);
  fleet.hold_unstopped(1, 1);
  CHECK(fleet.unstopped() == 3);
  fleet.hold_unstopped(0, 0);
  CHECK(fleet.unstopped() == 1);
}

}  // namespace botbox::actors
