// Health says what is, of a fleet that looks seldom as of one that looks each minute.
#include <doctest/doctest.h>

#include <algorithm>

#include "actors/engine_overview.hpp"
#include "storage/memory_store.hpp"

namespace botbox::actors {
namespace {

constexpr Timestamp kStartOfEngine{1'716'000'000'000};
constexpr Duration kOneHour{3'600'000};

struct Looked {
  storage::MemoryStore store;
  EngineIdentity identity{.started_at = kStartOfEngine};
  EngineStatistics statistics;
  EngineFacts facts;
  FleetCounts fleet{.total = 2, .active = 2};

  bool is_well(const std::string& name, Timestamp now,
               HealthScope scope = HealthScope::kAll) const {
    const auto checks = health_checks({store, identity, statistics, facts, now}, fleet, scope);
    const auto found = std::ranges::find(checks, name, &HealthCheck::name);
    REQUIRE(found != checks.end());
    return found->is_ok;
  }
};

}  // namespace

TEST_CASE("a cycle is stale when bots are due and none comes, not when none is due") {
  Looked engine;
  const Timestamp checked = kStartOfEngine + kOneHour;
  engine.statistics.on_cycle({.number = 1, .started_at = checked}, {}, checked);
  engine.fleet.earliest_due = checked + 12 * kOneHour;
  CHECK(engine.is_well("cycle", checked + 11 * kOneHour));
  CHECK(engine.is_well("cycle", checked + 12 * kOneHour + Duration{60'000}));
  CHECK_FALSE(engine.is_well("cycle", checked + 13 * kOneHour));
  engine.fleet.active = 0;  // all of them paused
  CHECK(engine.is_well("cycle", checked + 13 * kOneHour));
}

TEST_CASE("bots that never looked are due from the start on") {
  Looked engine;
  CHECK(engine.is_well("cycle", kStartOfEngine + Duration{600'000}));
  CHECK_FALSE(engine.is_well("cycle", kStartOfEngine + Duration{901'000}));
}

TEST_CASE("an exchange that is not reached, stale data and a full disk are told until they end") {
  struct Trouble {
    const char* check;
    const char* kind;
    const char* text;
    const char* end;
    const char* end_text;
  };
  for (const Trouble& trouble :
       {Trouble{"exchange", "exchange.health", "paper is failing", "exchange.health",
                "paper is healthy again"},
        Trouble{"exchange", "exchange.unreachable", "paper does not tell what it lists",
                "exchange.reached", "paper has told what it lists"},
        Trouble{"market_data", "data.stale", "BTC/USDT 1m is 6 min old", "data.fresh",
                "BTC/USDT 1m is fresh again"},
        Trouble{"disk", "disk.low", "100 MiB are left", "disk.enough", "1 GiB is free"}}) {
    CAPTURE(trouble.kind);
    Looked engine;
    engine.facts.cache = CacheTold{};
    CHECK(engine.is_well(trouble.check, kStartOfEngine));
    engine.statistics.on_alert(trouble.kind, trouble.text, kStartOfEngine);
    // However long ago that was said.
    CHECK_FALSE(engine.is_well(trouble.check, kStartOfEngine + 24 * kOneHour));
    engine.statistics.on_alert(trouble.end, trouble.end_text, kStartOfEngine + 24 * kOneHour);
    CHECK(engine.is_well(trouble.check, kStartOfEngine + 24 * kOneHour));
  }
}

TEST_CASE("a series that is only read beside shorter ones is old once a candle of it is missing") {
  SeriesFacts series;
  series.timeframe = Timeframe::minutes(60);
  series.last_close = kStartOfEngine;
  series.as_of = kStartOfEngine;
  series.is_asked = false;
  CHECK(age_of(series, kStartOfEngine + Duration{3'000'000}) == Duration{0});
  CHECK(age_of(series, kStartOfEngine + kOneHour + Duration{90'000}) == Duration{90'000});
  series.is_asked = true;  // a bot looks at it, and asks again every minute
  CHECK(age_of(series, kStartOfEngine + Duration{3'000'000}) == Duration{3'000'000});
}

TEST_CASE("a journal that does not answer is no healthy one, and its engine is not ready") {
  for (const HealthScope scope : {HealthScope::kAll, HealthScope::kReady}) {
    Looked engine;
    engine.facts.actors = {{"journal", 3}, {"supervisor", 0}};
    CHECK(engine.is_well("journal", kStartOfEngine, scope));
    engine.facts.actors[0].mailbox.reset();
    CHECK_FALSE(engine.is_well("journal", kStartOfEngine, scope));
  }
}

TEST_CASE("an engine that is ready is not so while its journal is stuck, and says why") {
  Looked engine;
  engine.statistics.on_fleet_ready(1, kStartOfEngine);
  engine.facts.fleet = FleetTold{};
  engine.facts.fleet->has_instruments = true;
  engine.facts.actors = {{"journal", 0}};
  const auto ready = [&] {
    return to_json(health_checks(
        {engine.store, engine.identity, engine.statistics, engine.facts, kStartOfEngine},
        engine.fleet, HealthScope::kReady));
  };
  CHECK(ready().at("status") == "ok");
  engine.facts.actors[0].mailbox.reset();
  const auto stuck = ready();
  CHECK(stuck.at("status") == "failing");
  CHECK(stuck.dump().find(
            R"({"name":"journal","ok":false,"detail":"does not answer: nothing is committed"})") !=
        std::string::npos);
}

}  // namespace botbox::actors
