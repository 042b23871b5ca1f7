// Ticks that are left out on virtual time change nothing: every row of the store is the same.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "storage/keys.hpp"
#include "storage/reader.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::cli {
namespace {

using Rows = std::map<std::string, std::string>;

struct TickedRun {
  Rows rows;
  std::uint64_t cycles = 0;
  std::uint64_t fills = 0;
};

TickedRun run_with(Duration longest_tick, std::uint64_t market) {
  actors::VirtualEngineOptions options = test::fleet_options(0, market);
  // Often and seldom, on and off the grid of ticks; with plans, partial exits, stops that move.
  options.bots = test::planned_bots(9);
  const std::vector<int> intervals{60'000, 90'000, 300'000, 2'500, 61'300};
  for (std::size_t i = 0; i < options.bots.size(); ++i)
    options.bots[i].check_interval = Duration{intervals[i % intervals.size()]};
  options.bots[2].timeframe = Timeframe::minutes(5);
  options.settings.trade_queue.poll_interval = Duration{60'000};
  options.settings.scheduler.longest_tick = longest_tick;
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE(engine);
  actors::VirtualEngine& running = **engine;
  running.advance(Duration{7'200'123});
  // A pause that ends between two ticks, and a check by hand.
  const BotId bot{"bot-002"};
  running.set_bot_status(bot, {BotStatus::kPaused, "lunch", "test"});
  running.advance(Duration{1'234'567});
  running.set_bot_status(bot, {BotStatus::kActive, "", "test"});
  running.check_now({"bot-001"});
  running.advance(Duration{20'000'000});
  REQUIRE(!running.fatal());
  TickedRun run{{}, running.totals().cycles, running.totals().fills};
  for (const storage::Kind kind : storage::kAllKinds)
    REQUIRE(running.store().scan({.kind = kind, .prefix = {}, .from = {}},
                                 [&](std::string_view key, std::string_view value) {
                                   run.rows.emplace(storage::printable_key(kind, key), value);
                                   return true;
                                 }));
  return run;
}

}  // namespace

TEST_CASE("a run that leaves out ticks writes the same rows as one that makes them all") {
  for (const std::uint64_t market : {3U, 4U}) {
    CAPTURE(market);
    const TickedRun slow = run_with(Duration{0}, market);
    const TickedRun fast = run_with(Duration{3'600'000}, market);
    REQUIRE(slow.cycles > 500);
    REQUIRE(slow.fills > 50);
    CHECK(fast.cycles == slow.cycles);
    REQUIRE(fast.rows.size() == slow.rows.size());
    for (const auto& [key, value] : slow.rows) {
      CAPTURE(key);
      const auto found = fast.rows.find(key);
      REQUIRE(found != fast.rows.end());
      REQUIRE(found->second == value);
    }
  }
}

}  // namespace botbox::cli
