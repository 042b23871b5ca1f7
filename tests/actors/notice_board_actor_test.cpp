// Who tells people of alerts comes after the engine has started, and misses none of them.
#include "actors/notice_board_actor.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "tests/support/actor_fixture.hpp"

namespace botbox::actors {
namespace {

struct NoticeBoardWorld : test::ActorFixture {
  test::Inbox<AlertRaised> seen_by_console;
  test::Inbox<AlertRaised> followed;
  caf::actor board = spawn<NoticeBoardActor>(
      std::cref(clock()), std::make_shared<EngineStatistics>(), listener(seen_by_console));

  // A thousand alerts of this kind, "0" to "999".
  void storm(const std::string& kind) {
    for (int i = 0; i < 1'000; ++i) tell(board, AlertRaised{kind, std::to_string(i)});
  }
};

}  // namespace

TEST_CASE("whoever follows alerts is told of those of the start as well, in order, once") {
  NoticeBoardWorld world;
  world.tell(world.board, AlertRaised{"exchange.unreachable", "no answer"});
  world.tell(world.board, AlertRaised{"bot.quarantined", "trend"});
  CHECK(world.seen_by_console.size() == 2);
  world.tell(world.board, FollowAlerts{world.listener(world.followed)});
  REQUIRE(world.followed.size() == 2);
  CHECK(world.followed[0].kind == "exchange.unreachable");
  CHECK(world.followed[1].kind == "bot.quarantined");
  world.tell(world.board, AlertRaised{"disk.low", "5 MiB"});
  REQUIRE(world.followed.size() == 3);
  CHECK(world.followed[2].kind == "disk.low");
  const test::Inbox<AlertRaised> next;
  world.tell(world.board, FollowAlerts{world.listener(next)});
  CHECK(next.empty());
}

TEST_CASE("where nobody follows alerts, the first of them are kept, and the others counted") {
  NoticeBoardWorld world;
  world.storm("queue.deep");
  world.tell(world.board, FollowAlerts{world.listener(world.followed)});
  REQUIRE(world.followed.size() == 257);
  CHECK(world.followed[255].text == "255");
  CHECK(world.followed[256].kind == "alerts.more");
  CHECK(world.followed[256].text == "744 more alerts at the start");
}

TEST_CASE("critical alerts and ends are kept behind many lesser ones, and bounded as well") {
  NoticeBoardWorld world;
  world.storm("data.stale");
  world.tell(world.board, AlertRaised{"disk.low", "5 MiB"});
  world.tell(world.board, AlertRaised{"data.fresh", "0"});
  world.storm("bot.quarantined");
  world.tell(world.board, FollowAlerts{world.listener(world.followed)});
  REQUIRE(world.followed.size() == 513);
  CHECK(world.followed[256].kind == "disk.low");
  CHECK(world.followed[257].kind == "data.fresh");
  CHECK(world.followed[511].kind == "bot.quarantined");
  CHECK(world.followed[512].text == "1490 more alerts at the start");
}

}  // namespace botbox::actors
