// Funding through the whole engine: balances, positions, snapshots and the report agree.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "engine/limits/permit.hpp"
#include "storage/reader.hpp"
#include "storage/verify.hpp"
#include "tests/support/virtual_fleet.hpp"
#include "tools/botbox/replay_report.hpp"
#include "tools/botbox/trades_csv.hpp"

namespace botbox::cli {
namespace {

struct TestPermits : PermitIssuer {
  static Permit fresh() { return issue(); }
};

const Symbol kFundedSymbol{"SOL/USDT:USDT"};
// Half a minute more, for what the last candle brought to be told.
constexpr Duration kFundedLength = std::chrono::hours{50} + Duration{30'000};

// Both sides of a perpetual, in positions that last for hours.
std::vector<BotConfig> patient_bots() {
  std::vector<BotConfig> bots = test::lively_bots(12);
  std::erase_if(bots, [](const BotConfig& bot) { return bot.symbol != kFundedSymbol; });
  for (BotConfig& bot : bots) {
    bot.timeframe = Timeframe::minutes(15);
    bot.check_interval = Duration{300'000};
    bot.stop_loss_ratio = Decimal::literal("0.02");
    bot.take_profit_ratio = Decimal::literal("0.03");
  }
  return bots;
}

Decimal wallet_of(actors::VirtualEngine& engine) {
  Decimal total;
  engine.paper().balances(TestPermits::fresh(), [&](Result<std::vector<exchange::Balance>> all) {
    REQUIRE(all);
    for (const exchange::Balance& one : *all) total += one.free + one.locked;
  });
  return total;
}

}  // namespace

TEST_CASE("funding stands apart from fees in positions and report, and every balance adds up") {
  actors::VirtualEngineOptions options = test::fleet_options(0, 5);
  options.bots = patient_bots();
  std::erase_if(options.paper.instruments, [](const exchange::PaperInstrument& listed) {
    return listed.instrument.symbol != kFundedSymbol;
  });
  const auto schedule = std::make_shared<const exchange::FundingSchedule>(
      exchange::FundingSchedule::constant(Decimal::literal("0.0007")));
  options.paper.instruments.front().funding = schedule;
  const auto feed = options.feed;
  ReplayFacts facts;
  facts.from = options.start;
  facts.to = options.start + kFundedLength;
  facts.funding.emplace(kFundedSymbol, schedule);
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE(engine);
  (*engine)->advance(kFundedLength);
  REQUIRE(!(*engine)->fatal());
  const storage::Store& store = (*engine)->store();

  const auto record = read_run(store, *feed, facts);
  REQUIRE(record);
  const auto trades = run_trades(*record);
  REQUIRE(trades);
  // What positions were told with their fills is what the rates say, apart from what open ones have
  // paid since.
  Notional told, told_closed;
  for (const RunPosition& of : record->positions) {
    told += of.position.funding;
    if (of.position.status == PositionStatus::kClosed) told_closed += of.position.funding;
  }
  Notional in_snapshots, net;
  for (const storage::StoredBot& bot : record->bots) {
    in_snapshots += bot.snapshot.funding;
    net += net_profit(bot.snapshot);
  }
  CHECK(in_snapshots == told);
  REQUIRE_FALSE(told_closed.value.is_zero());
  Notional of_trades;
  for (const RunTrade& trade : *trades) of_trades += trade.closed.funding;
  CHECK(of_trades == told_closed);
  const Equity& total = record->equity.total;
  const Notional untold = total.funding - told;
  // The wallet: what was put in, what was earned, and what open positions paid since their fills.
  CHECK(wallet_of(**engine) == Decimal::from_int(1'000'000) + (net + untold).value);
  CHECK(total.end == total.start + total.realised - total.fees + total.funding + total.unrealised);
  CHECK(total.realised - total.fees + told == net);

  const nlohmann::ordered_json report = build_report(*record, *trades, facts);
  CHECK(report.at("total").at("funding") == to_string(total.funding));
  CHECK(report.at("statistics").at("total").at("funding") == to_string(told_closed));
  CHECK(trades_csv(*record, *trades).find(",fees,funding,return,") != std::string::npos);
  const auto verified = storage::verify(store);
  REQUIRE(verified);
  CHECK(verified->findings_total == 0);
}

}  // namespace botbox::cli
