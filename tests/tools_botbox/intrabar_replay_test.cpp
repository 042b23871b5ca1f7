// A bot on five minutes, replayed over candles of five minutes, of one, and of both.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>
#include <vector>

#include "exchange/market/candle_file.hpp"
#include "exchange/market/csv_market.hpp"
#include "storage/rows.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::cli {
namespace {

constexpr Duration kTwoDays{2 * 86'400'000};
constexpr Timestamp kReplayStart{1'704'067'200'000};
const Symbol kTraded{"BTC/USDT"};

struct ReplayFolder {
  void write(int minutes) const {
    const auto invented = test::synthetic_feed(3);
    const auto candles =
        invented->candles(kTraded, Timeframe::minutes(minutes),
                          {.from = kReplayStart - kTwoDays, .to = kReplayStart + kTwoDays});
    std::ofstream out(
        path / fmt::format("x-spot_BTCUSDT_{}_a_b.csv", to_string(Timeframe::minutes(minutes))));
    out << exchange::candle_csv(candles);
  }
  storage::test::TemporaryDirectory directory;
  std::filesystem::path path = directory.path();
};

// One bot over the candles of the folder.
actors::VirtualEngineOptions replay_of(const ReplayFolder& folder, Timestamp start) {
  actors::VirtualEngineOptions options = test::fleet_options(1, 1);
  auto market = exchange::CsvMarket::load(folder.path);
  REQUIRE(market.has_value());
  options.feed = std::make_shared<exchange::CsvMarket>(std::move(*market));
  std::erase_if(options.paper.instruments, [](const exchange::PaperInstrument& listed) {
    return listed.instrument.symbol != kTraded;
  });
  options.start = start;
  return options;
}

std::map<PositionId, Position> closed_positions(const std::vector<int>& timeframes) {
  const ReplayFolder folder;
  for (const int minutes : timeframes) folder.write(minutes);
  actors::VirtualEngineOptions options = replay_of(folder, kReplayStart);
  BotConfig& bot = options.bots.front();
  bot.strategy = {"ema_cross"};
  bot.parameters = {{"fast", 3}, {"slow", 9}};
  bot.timeframe = Timeframe::minutes(5);
  bot.stop_loss_ratio = Decimal::literal("0.001");
  bot.take_profit_ratio = Decimal::literal("0.001");
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE(engine);
  (*engine)->advance(kTwoDays);
  REQUIRE(!(*engine)->fatal());
  std::map<PositionId, Position> closed;
  REQUIRE(storage::visit_all<Position>((*engine)->store(), storage::Kind::kPosition,
                                       [&](std::string_view, Position&& position) {
                                         if (position.status == PositionStatus::kClosed)
                                           closed.emplace(position.id, std::move(position));
                                       }));
  return closed;
}

std::size_t alerts_named(const actors::RunTotals& totals, std::string_view kind) {
  return static_cast<std::size_t>(
      std::count_if(totals.alerts.begin(), totals.alerts.end(),
                    [&](const auto& alert) { return alert.kind == kind; }));
}

}  // namespace

TEST_CASE(
    "before the first candle of a replay has closed no check has failed, then it is looked at") {
  const ReplayFolder folder;
  folder.write(60);
  actors::VirtualEngineOptions options = replay_of(folder, kReplayStart - kTwoDays);
  options.bots.front().timeframe = Timeframe::minutes(60);
  options.bots.front().check_interval = Duration{300'000};
  auto engine = actors::VirtualEngine::start(std::move(options));
  REQUIRE(engine);
  (*engine)->advance(Duration{70 * 60'000});
  REQUIRE(!(*engine)->fatal());
  const actors::RunTotals& totals = (*engine)->totals();
  CHECK(totals.checks >= 13);
  CHECK(totals.checks <= 15);
  CHECK(totals.failed_checks == 0);
  CHECK(alerts_named(totals, "data.none") == 1);
  CHECK(alerts_named(totals, "data.begun") == 1);
  std::vector<Timestamp> closes;
  REQUIRE(storage::visit_records<DecisionTrace>(
      (*engine)->store(), {.kind = storage::Kind::kTrace, .prefix = {}, .from = {}}, {},
      [&](std::string_view, DecisionTrace&& trace) {
        closes.push_back(trace.candle_close);
        return true;
      }));
  CHECK(closes == std::vector<Timestamp>{kReplayStart - kTwoDays + Duration{3'600'000}});
}

TEST_CASE("a replay with minutes beside the bot's candles ends positions as the minutes say") {
  const auto minutes = closed_positions({1});
  const auto both = closed_positions({1, 5});
  const auto fives = closed_positions({5});
  REQUIRE(minutes.size() > 20);
  CHECK(both == minutes);
  std::size_t stopped_too_early = 0;
  for (const auto& [id, coarse] : fives) {
    const auto fine = both.find(id);
    if (fine == both.end() || fine->second.opened_at != coarse.opened_at) continue;
    REQUIRE(fine->second.average_entry == coarse.average_entry);
    // Where five minutes leave it open, the worse is taken to have happened: never the better.
    const bool is_target = coarse.close_reason == ReasonCode::kTakeProfitHit;
    if (is_target) CHECK(fine->second.close_reason == ReasonCode::kTakeProfitHit);
    if (!is_target && fine->second.close_reason == ReasonCode::kTakeProfitHit) ++stopped_too_early;
  }
  CHECK(stopped_too_early > 0);
}

}  // namespace botbox::cli
