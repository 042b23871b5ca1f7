// tools/demo/catalogue.toml over all recorded five-minute candles of BTC, as `botbox replay` runs
// it: the whole engine on virtual time, from the candles to the page.
//
// BOTBOX_REPORT_DIR=DIR also writes catalogue.html and catalogue.csv there, to be looked at.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "tests/support/recorded_candles.hpp"
#include "tests/tools_botbox/written_run.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/replay_report.hpp"
#include "tools/botbox/report_page.hpp"
#include "tools/botbox/trades_csv.hpp"
#include "tools/botbox/virtual_run.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

struct CatalogueRun {
  VirtualRun run;
  RunRecord record;
  std::vector<RunTrade> trades;  // of `record`
  Json report;
};

void replay_catalogue(const config::EngineConfig& config,
                      const std::shared_ptr<exchange::MarketFeed>& feed, CatalogueRun& out) {
  const auto range = run_range(*feed, config.bots, {}, {});
  REQUIRE(range.has_value());
  CHECK(!run_range(*feed, config.bots, range->from, range->from + Duration{1'000}).has_value());
  // A last day that is asked for as a whole ends with its last candle.
  const auto day = run_range(*feed, config.bots, range->from, range->to + Duration{3'600'000});
  REQUIRE(day.has_value());
  CHECK(day->to == range->to);
  const auto late = run_range(*feed, config.bots, range->to, {});
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().place == "--from, --to");
  auto run = run_virtually(config, {.from = range->from,
                                    .to = range->to,
                                    .bots = config.bots,
                                    .feed = feed,
                                    .data = {},
                                    .on_progress = {}});
  REQUIRE_MESSAGE(run, (run ? "" : to_string(run.error())));
  out.run = std::move(*run);
  auto record = read_run(out.run.engine->store(), *feed, out.run.facts);
  REQUIRE_MESSAGE(record, (record ? "" : to_string(record.error())));
  out.record = std::move(*record);
  auto trades = run_trades(out.record);
  REQUIRE(trades.has_value());
  out.trades = std::move(*trades);
  out.report = build_report(out.record, out.trades, out.run.facts);
}

std::uint64_t trades_in(const Json& groups) {
  std::uint64_t sum = 0;
  for (const Json& group : groups) sum += group.at("trades").get<std::uint64_t>();
  return sum;
}

void check_bot(const Json& group) {
  CHECK(group.at("trades") >= 10);
  // Every number of a report that a trader reads is there.
  for (const char* name : {"win_rate", "profit_factor", "expectancy", "average_win", "average_loss",
                           "payoff_ratio", "average_minutes", "return", "growth_per_year", "sharpe",
                           "sortino", "calmar", "volatility"}) {
    CAPTURE(name);
    CHECK(group.at(name).is_number());
  }
  CHECK(group.at("max_drawdown_ratio") > 0);
  CHECK(group.at("max_drawdown_ratio") < 1);
  CHECK(group.at("max_drawdown_days") > 0);
  CHECK(group.at("exposure") > 0);
  CHECK(group.at("exposure") < 1);
  CHECK(group.at("turnover_ratio") > 0);
}

// What the trades of a group made of the capital of all bots; together what all of them made.
void check_trade_groups(const Json& statistics) {
  const Json& total = statistics.at("total");
  for (const char* groups : {"by_exit_reason", "by_side", "by_regime"}) {
    CAPTURE(groups);
    double made = 0;
    for (const auto& [name, group] : statistics.at(groups).items()) {
      CAPTURE(name);
      CHECK(group.size() == total.size());  // as many numbers as the total has
      CHECK(group.at("start") == total.at("start"));
      CHECK(group.at("exposure") > 0);
      CHECK(group.at("exposure") < 1);
      made += group.at("end").get<double>() - group.at("start").get<double>();
    }
    // A signal of the first hours has no regime yet.
    if (groups != std::string_view("by_regime"))
      CHECK(made == doctest::Approx(std::stod(total.at("net_profit").get<std::string>())));
  }
}

void check_report(const Json& report, std::size_t bots) {
  CHECK(report.at("duplicates") == Json{{"signals", 0}, {"orders", 0}});
  // Neither the first candle, which nobody has seen yet, nor an outage of the venue is a failure.
  CHECK(report.at("failed_checks") == 0);
  const Json& statistics = report.at("statistics");
  REQUIRE(statistics.at("by_bot").size() == bots);
  for (const auto& [name, group] : statistics.at("by_bot").items()) {
    CAPTURE(name);
    MESSAGE(fmt::format("{}: {} trades, net {}, growth {}, sharpe {}, drawdown {}", name,
                        group.at("trades").dump(), group.at("net_profit").dump(),
                        group.at("growth_per_year").dump(), group.at("sharpe").dump(),
                        group.at("max_drawdown_ratio").dump()));
    check_bot(group);
  }
  const Json& total = statistics.at("total");
  for (const char* groups : {"by_bot", "by_symbol", "by_strategy", "by_exit_reason", "by_side"}) {
    CAPTURE(groups);
    CHECK(trades_in(statistics.at(groups)) == total.at("trades"));
  }
  CHECK(statistics.at("by_exit_reason").size() >= 3);
  CHECK(statistics.at("by_regime").size() >= 3);
  check_trade_groups(statistics);
  const Json& months = statistics.at("monthly");
  REQUIRE(months.size() == 8);
  CHECK(months.front().at("month") == "2020-12");
  CHECK(months.back().at("month") == "2021-07");
  CHECK(months.front().at("start") == total.at("start"));
  CHECK(months.back().at("end") == total.at("end"));
}

// How many orders made a position as large as it was.
std::size_t entries_of(const RunPosition& of) {
  std::set<ClientOrderId> orders;
  for (const Fill& fill : of.fills)
    if (fill.side == entry_side(of.position.side)) orders.insert(fill.client_id);
  return orders.size();
}

// The ladder buys again while the price falls, down to its last level; nobody else does.
void check_ladder(const RunRecord& record) {
  std::map<std::size_t, std::size_t> ladder;  // positions by entries
  std::size_t others = 0;
  for (const RunPosition& of : record.positions) {
    const std::size_t entries = entries_of(of);
    if (of.position.bot == BotId{"ladder"})
      ++ladder[entries];
    else
      others = std::max(others, entries);
  }
  for (std::size_t entries = 1; entries <= 4; ++entries) {
    CAPTURE(entries);
    CHECK(ladder[entries] >= 20);
  }
  CHECK(ladder.size() == 4);
  CHECK(others == 1);
}

void check_page(const std::string& page, const CatalogueRun& run) {
  const Json data = written::page_data(page);
  CHECK(data.at("trades").size() == run.trades.size());
  CHECK(data.at("fills").size() == run.record.bots.size());
  CHECK(data.at("curves").at("bots").size() == run.record.bots.size());
  CHECK(data.at("curves").at("total").at("equity").size() > 2'000);
  // Thinned, but for the gaps all there.
  const Json& market = data.at("markets").at("BTC/USDT");
  CHECK(market.at("timeframe") == "15m");
  CHECK(market.at("candles").size() > 21'000);
  CHECK(page.size() < 8'000'000);
}

void write_for_people(const std::string& page, const CatalogueRun& run) {
  const char* directory = std::getenv("BOTBOX_REPORT_DIR");
  if (directory == nullptr) return;
  const std::filesystem::path path(directory);
  std::ofstream(path / "catalogue.html", std::ios::binary) << page;
  std::ofstream(path / "catalogue.csv", std::ios::binary) << trades_csv(run.record, run.trades);
}

}  // namespace

TEST_SUITE("catalogue_replay") {
  TEST_CASE("the whole catalogue replays seven months of five-minute candles into a full report") {
    const auto file = botbox::testing::recorded_candles() / botbox::testing::kSevenMonths;
    if (!std::filesystem::exists(file)) {
      MESSAGE("shared candles are not here: skipped");
      return;
    }
    const auto config = config::load_config(BOTBOX_SOURCE_DIR "/tools/demo/catalogue.toml", {},
                                            config::shipped_catalogue());
    REQUIRE(config.has_value());
    std::size_t shipped = 0;
    for (const StrategySchema& schema : config->catalogue.schemas())
      shipped += config->catalogue.id_of(schema.name).value != schema.name ? 1 : 0;
    CHECK(shipped >= 8);
    CHECK(config->bots.size() == shipped);  // nothing that ships is left out of the demo
    const auto feed = recorded_feed(file.string(), config->bots);
    REQUIRE(feed.has_value());
    CatalogueRun run;
    replay_catalogue(*config, *feed, run);
    CHECK(run.run.facts.checks > 9 * 60'000);
    check_report(run.report, config->bots.size());
    check_ladder(run.record);
    const std::string page =
        report_page(run.report, run.record, run.trades, **feed, run.run.facts, built_in_parts());
    check_page(page, run);
    write_for_people(page, run);
  }
}

}  // namespace botbox::cli
