// The engine as a real process, killed again and again at moments that nobody chose. The paper
// exchange lives on in another process, counts every order by its client id, and answers some of
// them late, with an error after it has executed them, or not at all.
//
// BOTBOX_KILL_ROUNDS and BOTBOX_KILL_SEED: longer or other runs.
#include <doctest/doctest.h>

#include <random>

#include "actors/wall_clock.hpp"
#include "tests/process/drill.hpp"
#include "tests/process/kill_drill.hpp"
#include "tests/process/program.hpp"

namespace botbox::process {
namespace {

constexpr std::uint64_t kRounds = 60;

// No order that nobody decided on, none twice.
void check_ledger(const std::map<ClientOrderId, exchange::LedgerEntry>& ledger,
                  const EngineRecords& records) {
  for (const auto& [id, entry] : ledger) {
    INFO("order ", id.value);
    CHECK(entry.accepted <= 1);
    const auto trade = records.trades.find(id);
    REQUIRE(trade != records.trades.end());
    CHECK(trade->second.status != TradeStatus::kPending);
    CHECK(records.intents.contains(trade->second.intent));
  }
}

// Everything that was begun has come to its end, and the exchange says the same.
void check_end(const std::map<ClientOrderId, exchange::LedgerEntry>& ledger,
               const EngineRecords& records) {
  CHECK(records.open_trades == 0);
  for (const auto& [id, trade] : records.trades) {
    INFO("trade ", id.value, " ", to_string(trade.status), " ", trade.error_message);
    CHECK(is_final(trade.status));
    const auto entry = ledger.find(id);
    const bool is_accepted = entry != ledger.end() && entry->second.accepted == 1;
    CHECK((trade.status == TradeStatus::kCompleted) == is_accepted);
  }
}

// Net quantity by symbol: of fills, and of positions.
std::map<Symbol, Decimal> net_of(const std::map<ExecutionId, Fill>& fills) {
  std::map<Symbol, Decimal> net;
  for (const auto& [id, fill] : fills)
    net[fill.symbol] += fill.side == OrderSide::kBuy ? fill.quantity.value : -fill.quantity.value;
  return net;
}

// Lets the engine finish what is open, until it knows every fill that there was when it had.
std::map<ExecutionId, Fill> finish(ChildProcess& engine, const KillDrill& drill,
                                   PaperAuditor& auditor) {
  const actors::Stopwatch watch;
  std::map<ExecutionId, Fill> at_exchange;
  for (bool is_asked = false; watch.seconds() < 60;) {
    REQUIRE_MESSAGE(!engine.wait(Duration{50}).has_value(), engine.output());
    const EngineRecords records = read_records(drill.data());
    if (records.open_trades > 0) continue;
    if (!is_asked) at_exchange = auditor.fills();
    is_asked = true;
    if (contains_all(records.fills, at_exchange)) return at_exchange;
  }
  FAIL("the engine does not come to rest: ", engine.output());
  return {};
}

}  // namespace

TEST_SUITE("kill_loop") {
  TEST_CASE("killed at any moment, the engine sends no order twice and loses none") {
    const std::uint64_t seed = number_from("BOTBOX_KILL_SEED", 20240101);
    const std::uint64_t rounds = number_from("BOTBOX_KILL_ROUNDS", kRounds);
    INFO("BOTBOX_KILL_SEED=", seed);
    const actors::Stopwatch watch;
    KillDrill drill(seed);
    const std::string market = write_text(drill.home(), "market.toml", drill_config(1, "10s"));
    ChildProcess paper("botbox-paper",
                       joined({"--config", market, "--fault-seed", std::to_string(seed),
                               "--drop-reply", "80", "--answer-500", "80", "--delay", "250"},
                              drill.options()));
    const std::uint16_t port = port_of(paper);
    PaperAuditor auditor(port);
    const std::string busy = write_text(drill.home(), "busy.toml", drill_config(port, "10s"));
    for (std::uint64_t round = 0; round < rounds; ++round) {
      INFO("round ", round);
      drill.kill_round(busy);
      if (const auto records = drill.examine_if_any()) check_ledger(auditor.ledger(), *records);
    }

    // Each bot looks at most once more; the exchange's faults go on.
    const std::string calm = write_text(drill.home(), "calm.toml", drill_config(port, "7d"));
    const auto engine = drill.start(calm);
    REQUIRE_MESSAGE(engine->says(kReady, kPatience), engine->output());
    REQUIRE_MESSAGE(engine->says("cycle", kPatience), engine->output());
    const auto at_exchange = finish(*engine, drill, auditor);
    drill.end_gently(*engine);

    const EngineRecords records = drill.examine();
    const auto ledger = auditor.ledger();
    check_ledger(ledger, records);
    check_end(ledger, records);
    CHECK(contains_all(records.fills, at_exchange));
    // The market goes on after the engine's end, so protective orders may have filled since.
    const std::map<ExecutionId, Fill> later = auditor.fills();
    CHECK(contains_all(later, records.fills));
    for (const auto& [id, fill] : records.fills) {
      INFO("fill ", id.value);
      const auto same = later.find(id);
      if (same != later.end()) CHECK(same->second == fill);
    }
    std::map<Symbol, Decimal> net = net_of(records.fills);
    for (const auto& [id, position] : records.positions)
      net[position.symbol] -= position.side == PositionSide::kShort ? -position.quantity.value
                                                                    : position.quantity.value;
    for (const auto& [symbol, rest] : net) CHECK_MESSAGE(rest.is_zero(), symbol.value);

    report(drill.tally(), ledger.size(), watch.seconds());
    CHECK(ledger.size() >= rounds);
    CHECK(drill.tally().with_open_trades >= rounds / 10);
  }

  TEST_CASE("killed at any moment, the engine goes on with the paper exchange inside of it") {
    const std::uint64_t seed = number_from("BOTBOX_KILL_SEED", 20240101);
    const std::uint64_t rounds = number_from("BOTBOX_KILL_ROUNDS", kRounds) / 5;
    INFO("BOTBOX_KILL_SEED=", seed);
    const actors::Stopwatch watch;
    KillDrill drill(seed + 1);
    const std::string busy = write_text(drill.home(), "busy.toml", drill_config(0, "10s"));
    for (std::uint64_t round = 0; round < rounds; ++round) {
      INFO("round ", round);
      drill.kill_round(busy);
      drill.examine_if_any();
    }
    const auto engine = drill.start(busy);
    REQUIRE_MESSAGE(engine->says("cycle", kPatience), engine->output());
    drill.end_gently(*engine);
    CHECK_MESSAGE(engine->output().find(" error ") == std::string::npos, engine->output());
    const EngineRecords records = drill.examine();
    for (const auto& [id, trade] : records.trades) {
      INFO("trade ", id.value, " ", trade.error_message);
      if (trade.status != TradeStatus::kFailed) continue;
      // Nothing else than its position's own stop or target may have been faster than a close.
      CHECK(trade.direction == Direction::kClose);
      CHECK(trade.reason == ReasonCode::kClosedMeanwhile);
      const auto position = records.positions.find(trade.position);
      REQUIRE(position != records.positions.end());
      CHECK(position->second.status == PositionStatus::kClosed);
      CHECK((position->second.close_reason == ReasonCode::kStopLossHit ||
             position->second.close_reason == ReasonCode::kTakeProfitHit));
    }
    report(drill.tally(), records.trades.size(), watch.seconds());
    CHECK(records.trades.size() >= rounds);
  }

  TEST_CASE("killed in the middle of its first start, the engine starts over") {
    const std::uint64_t seed = number_from("BOTBOX_KILL_SEED", 20240101);
    const std::uint64_t rounds = number_from("BOTBOX_KILL_ROUNDS", kRounds) / 5;
    INFO("BOTBOX_KILL_SEED=", seed);
    std::mt19937_64 random(seed + 2);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      INFO("round ", round);
      KillDrill drill(random());
      const std::string config = write_text(drill.home(), "fleet.toml", drill_config(0, "10s"));
      drill.kill_in_start(config, Duration{static_cast<std::int64_t>(random() % 80)});
      drill.examine_if_any();
      const auto engine = drill.start(config);
      REQUIRE_MESSAGE(engine->says(kReady, kPatience), engine->output());
      drill.end_gently(*engine);
      drill.examine();
    }
  }
}

}  // namespace botbox::process
