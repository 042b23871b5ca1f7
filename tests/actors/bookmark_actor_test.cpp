// The bookmark keeper: its pace, and what it says when it cannot.
#include "actors/bookmark_actor.hpp"

#include <doctest/doctest.h>

#include "tests/support/actor_fixture.hpp"

namespace botbox::actors {
namespace {

constexpr Duration kPace{3'600'000};

struct BookmarkWorld : test::ActorFixture {
  BookmarkWorld() {
    keeper =
        spawn<BookmarkActor>(std::cref(clock()), listener(alerts),
                             BookmarkSettings{.make = [this](Timestamp now) -> Result<void> {
                                                made_at.push_back(now);
                                                if (is_full)
                                                  return botbox::fail(ErrorCode::kIo, "no space");
                                                return {};
                                              },
                                              .interval = kPace});
    run();
  }
  std::vector<Timestamp> made_at;
  bool is_full = false;
  test::Inbox<AlertRaised> alerts;
  caf::actor keeper;
};

}  // namespace

TEST_CASE("a bookmark is made once per interval and not at the start") {
  BookmarkWorld world;
  const Timestamp start = world.clock().now();
  CHECK(world.made_at.empty());
  for (int i = 0; i < 3; ++i) world.advance(kPace);
  CHECK(world.made_at == std::vector{start + kPace, start + kPace * 2, start + kPace * 3});
  CHECK(world.alerts.empty());
}

TEST_CASE("bookmarks that fail are one alert, and another when they are made again") {
  BookmarkWorld world;
  world.is_full = true;
  world.advance(kPace);
  world.advance(kPace);
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].kind == "bookmark.failed");
  world.is_full = false;
  world.advance(kPace);
  world.advance(kPace);
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[1].kind == "bookmark.made");
  CHECK(world.made_at.size() == 4);
}

}  // namespace botbox::actors
