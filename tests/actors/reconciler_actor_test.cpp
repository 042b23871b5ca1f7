// The reconciler alone: when it looks at the account.
#include "actors/reconciler_actor.hpp"

#include <doctest/doctest.h>

#include "storage/memory_store.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/actor_fixture.hpp"
#include "tests/support/set_back_clock.hpp"

namespace botbox::actors {
namespace {

TEST_CASE("a clock that is set back while an account is waited for ends no looking at it") {
  test::SetBackClock late;
  storage::MemoryStore store;
  test::ActorFixture world;
  late.follow(world.clock());
  int fetches = 0;
  const caf::actor venue = world.fake(
      [&world](const AcquirePermits& ask) {
        caf::anon_send(ask.reply_to,
                       PermitsGranted{ask.ticket, test::TestPermits::many(1), world.now()});
      },
      [&fetches](const FetchAccount&) { ++fetches; });
  const test::Inbox<AlertRaised> alerts;
  const test::Inbox<HoldEntries> holds;
  const Clock& seen = late;
  ReconcilerBirth birth;
  birth.store = &store;
  birth.exchange = venue;
  birth.observer = world.listener(alerts);
  const ReconcilerSettings settings{.is_on = true, .rules = {}};
  const caf::actor reconciler =
      world.spawn<ReconcilerActor>(std::cref(seen), settings, std::move(birth));
  const caf::actor queue = world.listener(holds);
  world.tell(reconciler, StartReconciling{queue, queue});
  CHECK(fetches == 1);
  late.set_back(Duration{1'000});
  world.advance(settings.answer_within);
  CHECK(alerts.empty());
  world.advance(Duration{1'000});
  REQUIRE(alerts.size() == 1);
  CHECK(alerts[0].kind == "reconciliation.failed");
  world.advance(settings.look_again);
  CHECK(fetches == 2);
}

TEST_CASE("gates know of a difference that an earlier life left before the account is looked at") {
  storage::MemoryStore store;
  test::ActorFixture world;
  ReconcilerBirth birth;
  birth.store = &store;
  Difference left;
  left.id = {"d1"};
  left.kind = DifferenceKind::kExternalPosition;
  left.symbol = {"BTC/USDT"};
  left.found_at = world.now();
  birth.stored = {left};
  birth.symbols = std::make_shared<SymbolBook>();
  const std::shared_ptr<SymbolBook> book = birth.symbols;
  const ReconcilerSettings settings{.is_on = true, .rules = {}};
  world.spawn<ReconcilerActor>(std::cref(world.clock()), settings, std::move(birth));
  CHECK_FALSE(book->standing({"BTC/USDT"}).difference.empty());
  CHECK(book->standing({"ETH/USDT"}).difference.empty());
}

}  // namespace
}  // namespace botbox::actors
