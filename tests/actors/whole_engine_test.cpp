#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "engine/execution/identity.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "storage/verify.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox {
namespace {

std::unique_ptr<actors::VirtualEngine> started(actors::VirtualEngineOptions options) {
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE_MESSAGE(engine.has_value(), to_string(engine.error()));
  return std::move(*engine);
}

// What a fleet decided and what came of it, in no order.
struct FleetStory {
  std::vector<std::string> lines;  // sorted
  int added = 0;
  int taken_in_part = 0;
  int trailed = 0;
};

std::string line_of(const Signal& signal) {
  std::string text = fmt::format("{} {} {} {} {} {} {} {}", signal.id.value, signal.bot.value,
                                 to_string(signal.direction), signal.score,
                                 to_string(signal.rejection_reason), to_string(signal.entry),
                                 to_string(signal.stop_loss), to_string(signal.take_profit));
  for (const Condition& condition : signal.conditions)
    text += fmt::format(" {}={}/{}:{}", condition.name, condition.value, condition.threshold,
                        condition.met);
  return text;
}

std::string line_of(const Position& position) {
  return fmt::format("{} {} {} {} of {} at {}, stop {}, earned {} for {}: {}", position.id.value,
                     position.bot.value, to_string(position.side), to_string(position.quantity),
                     to_string(position.total_entered), to_string(position.average_entry),
                     to_string(position.stop_loss), to_string(position.realised_profit),
                     to_string(position.fees), to_string(position.close_reason));
}

std::string line_of(const storage::StoredBot& bot) {
  const BotSnapshot& snapshot = bot.snapshot;
  std::string text = fmt::format("{}: {} {} {} {} {}", bot.id.value, snapshot.checks,
                                 snapshot.signals, snapshot.trades_completed,
                                 snapshot.trades_failed, to_string(net_profit(snapshot)));
  if (snapshot.risk.empty()) return text;
  for (const PositionCare& care : snapshot.risk.front().care)
    text += fmt::format(" {} best {} stop {} parts {} levels {}", care.position.value,
                        to_string(care.best), to_string(care.stop), care.partials, care.levels);
  for (const RiskLock& lock : snapshot.risk.front().locks)
    text += fmt::format(" {} until {}", to_string(lock.reason), lock.until.ms);
  return text;
}

FleetStory told_by(const storage::Store& store) {
  FleetStory story;
  using storage::Kind;
  REQUIRE(storage::visit_all<Signal>(store, Kind::kSignal, [&](auto, Signal&& signal) {
            story.lines.push_back(line_of(signal));
            const bool is_part =
                signal.market_context.find("PARTIAL_TAKE_PROFIT") != std::string::npos;
            if (is_part && signal.decision == SignalDecision::kAccepted) ++story.taken_in_part;
          }).has_value());
  REQUIRE(storage::visit_all<Position>(store, Kind::kPosition, [&](auto, Position&& position) {
            story.lines.push_back(line_of(position));
            if (position.close_reason == ReasonCode::kTrailingStop) ++story.trailed;
          }).has_value());
  REQUIRE(storage::visit_all<Trade>(store, Kind::kTrade, [&](auto, Trade&& trade) {
            if (enlarges(trade) && trade.status == TradeStatus::kCompleted) ++story.added;
          }).has_value());
  const auto bots = storage::load_bots(store);
  REQUIRE(bots.has_value());
  for (const storage::StoredBot& bot : *bots) story.lines.push_back(line_of(bot));
  std::ranges::sort(story.lines);
  return story;
}

TEST_CASE("in which order a fleet with plans is configured changes nothing for any bot") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  const auto run = [&](bool is_shuffled) {
    actors::VirtualEngineOptions options = test::fleet_options(0);
    options.bots = test::planned_bots(12);
    if (is_shuffled) std::shuffle(options.bots.begin(), options.bots.end(), runs.next());
    const auto engine = started(std::move(options));
    engine->advance(std::chrono::hours{16});
    CHECK_FALSE(engine->fatal().has_value());
    CHECK(engine->totals().failed_checks == 0);
    return told_by(engine->store());
  };
  const FleetStory as_listed = run(false);
  CHECK(as_listed.added > 0);
  CHECK(as_listed.taken_in_part > 0);
  CHECK(as_listed.trailed > 0);
  CHECK(run(true).lines == as_listed.lines);
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
