#include <doctest/doctest.h>

#include "engine/execution/identity.hpp"
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

}  // namespace
}  // namespace botbox
