#include <doctest/doctest.h>

#include <map>

#include "engine/execution/identity.hpp"
#include "storage/rows.hpp"
#include "storage/verify.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox {
namespace {

std::unique_ptr<actors::VirtualEngine> started(actors::VirtualEngineOptions options) {
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE_MESSAGE(engine.has_value(), to_string(engine.error()));
  return std::move(*engine);
}

TEST_CASE("a fleet trades from its first candle and its records agree with one another") {
  const auto engine = started(test::fleet_options(12));
  engine->advance(std::chrono::hours{6});
  const actors::RunTotals& totals = engine->totals();
  CHECK_FALSE(engine->fatal().has_value());
  CHECK(totals.is_ready);
  for (const auto& alert : totals.alerts) MESSAGE(alert.kind << ": " << alert.text);
  CHECK(totals.alerts.empty());
  CHECK(totals.checks >= 12 * 355);
  CHECK(totals.failed_checks == 0);
  CHECK(totals.accepted >= 20);
  CHECK(totals.positions_opened >= 20);
  CHECK(totals.positions_closed >= 10);
  const auto report = storage::verify(
      engine->store(), {.now = engine->now(), .claim_lifetime = kIdempotencyRetention});
  REQUIRE(report.has_value());
  for (const storage::Finding& finding : report->findings)
    MESSAGE(finding.place << ": " << finding.text);
  CHECK(report->is_clean());
  MESSAGE("signals " << totals.signals << " accepted " << totals.accepted << " fills "
                     << totals.fills << " closed " << totals.positions_closed);
}

std::map<std::string, BotSnapshot> snapshots_in(const storage::Store& store) {
  std::map<std::string, BotSnapshot> found;
  const auto walked = storage::visit_all<BotSnapshot>(
      store, storage::Kind::kBotSnapshot,
      [&](std::string_view key, BotSnapshot&& snapshot) { found.emplace(key, snapshot); });
  REQUIRE(walked.has_value());
  return found;
}

TEST_CASE("a cycle asked for by hand decides on the newest candle, ahead of the schedule") {
  actors::VirtualEngineOptions options = test::fleet_options(6);
  for (BotConfig& bot : options.bots) bot.check_interval = std::chrono::hours{12};
  const auto engine = started(std::move(options));
  engine->advance(std::chrono::minutes{30});
  const auto before = snapshots_in(engine->store());
  REQUIRE(before.size() == 6);
  caf::anon_send(engine->engine().scheduler(), actors::CheckEverybody{});
  engine->advance(std::chrono::minutes{1});
  const auto after = snapshots_in(engine->store());
  for (const auto& [bot, snapshot] : after) {
    CAPTURE(bot);
    CHECK(snapshot.checks == before.at(bot).checks + 1);
    CHECK(snapshot.next_check_at == before.at(bot).next_check_at);
  }
  CHECK(engine->totals().failed_checks == 0);
}

}  // namespace
}  // namespace botbox
