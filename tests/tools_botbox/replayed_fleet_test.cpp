// The report of a real run of the engine, held against the engine's own sums.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "storage/reader.hpp"
#include "storage/verify.hpp"
#include "tests/support/virtual_fleet.hpp"
#include "tools/botbox/replay_report.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Duration kLength{std::chrono::hours{4}};

struct Replay {
  std::unique_ptr<actors::VirtualEngine> engine;
  Json report;
};

Replay replay(std::uint64_t market_seed) {
  actors::VirtualEngineOptions options = test::fleet_options(6, market_seed);
  const std::shared_ptr<exchange::MarketFeed> feed = options.feed;
  ReplayFacts facts;
  facts.from = options.start;
  facts.to = options.start + kLength;
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE(engine);
  (*engine)->advance(kLength);
  REQUIRE(!(*engine)->fatal());
  facts.cycles = (*engine)->totals().cycles;
  facts.checks = (*engine)->totals().checks;
  facts.failed_checks = (*engine)->totals().failed_checks;
  auto report = build_report((*engine)->store(), *feed, facts);
  REQUIRE_MESSAGE(report, (report ? "" : to_string(report.error())));
  return {std::move(*engine), std::move(*report)};
}

}  // namespace

TEST_CASE("the report of a run agrees with the snapshots of its bots") {
  const Replay run = replay(7);
  const Json& report = run.report;
  REQUIRE(report.at("signals").at("accepted") > 10);
  CHECK(report.at("signals").at("generated") == run.engine->totals().signals);
  CHECK(report.at("fills") == run.engine->totals().fills);
  CHECK(report.at("duplicates") == Json{{"signals", 0}, {"orders", 0}});
  const auto bots = storage::load_bots(run.engine->store());
  REQUIRE(bots);
  REQUIRE(report.at("per_bot").size() == bots->size());
  Notional end;
  for (std::size_t i = 0; i < bots->size(); ++i) {
    const Json& row = report.at("per_bot").at(i);
    const BotSnapshot& snapshot = (*bots)[i].snapshot;
    CAPTURE(row.dump());
    CHECK(row.at("realised") == to_string(snapshot.realised_profit));
    CHECK(row.at("fees") == to_string(snapshot.fees));
    CHECK(row.at("checks") == snapshot.checks);
    CHECK(row.at("trades") == snapshot.trades_completed);
    end += Notional::literal(row.at("equity").get<std::string>());
  }
  CHECK(report.at("total").at("end_equity") == to_string(end));
  const auto verified = storage::verify(run.engine->store());
  REQUIRE(verified);
  CHECK(verified->findings_total == 0);
}

TEST_CASE("two replays of one market give the same report, another market another one") {
  const std::string once = replay(7).report.dump();
  CHECK(once == replay(7).report.dump());
  CHECK(once != replay(8).report.dump());
}

}  // namespace botbox::cli
