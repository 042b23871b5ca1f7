// tools/demo/rotation.toml over recorded candles of its three markets: the one place changes hands.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <vector>

#include "tests/support/recorded_candles.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/virtual_run.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

// The five-minute candles of the three markets, and no others, in a folder of their own.
class ThreeMarkets {
 public:
  ThreeMarkets() {
    std::filesystem::create_directories(path_);
    for (const char* coin : {"BTC", "ETH", "SOL"}) {
      const std::string name = fmt::format("binance-spot_{}USDT_5m_2020-12_2021-07.csv", coin);
      const auto recorded = std::filesystem::absolute(botbox::testing::recorded_candles() / name);
      if (std::filesystem::exists(recorded))
        std::filesystem::create_symlink(recorded, path_ / name);
      else
        are_there_ = false;
    }
  }
  ~ThreeMarkets() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ThreeMarkets(const ThreeMarkets&) = delete;
  ThreeMarkets& operator=(const ThreeMarkets&) = delete;

  bool are_there() const { return are_there_; }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / fmt::format("botbox-three-markets-{}", ::getpid());
  bool are_there_ = true;
};

RunRecord rotation_record(const config::EngineConfig& config,
                          const std::shared_ptr<exchange::MarketFeed>& feed) {
  const auto range = run_range(*feed, config.bots, {}, {});
  REQUIRE(range.has_value());
  const auto run = run_virtually(config, {.from = range->from,
                                          .to = range->to,
                                          .bots = config.bots,
                                          .feed = feed,
                                          .data = {},
                                          .on_progress = {}});
  REQUIRE_MESSAGE(run, (run ? "" : to_string(run.error())));
  auto record = read_run(run->engine->store(), *feed, run->facts);
  REQUIRE_MESSAGE(record, (record ? "" : to_string(record.error())));
  return std::move(*record);
}

}  // namespace

TEST_SUITE("catalogue_replay") {
  TEST_CASE(
      "the place of a rotation changes hands among its markets, and is held by one at a time") {
    const ThreeMarkets markets;
    if (!markets.are_there()) {
      MESSAGE("shared candles are not here: skipped");
      return;
    }
    const auto config = config::load_config(BOTBOX_SOURCE_DIR "/tools/demo/rotation.toml", {},
                                            config::shipped_catalogue());
    REQUIRE(config.has_value());
    const auto feed = recorded_feed(markets.path(), config->bots);
    REQUIRE(feed.has_value());
    const RunRecord record = rotation_record(*config, *feed);
    std::vector<Position> held;
    for (const RunPosition& of : record.positions) held.push_back(of.position);
    std::sort(held.begin(), held.end(),
              [](const Position& a, const Position& b) { return a.opened_at < b.opened_at; });
    std::map<Symbol, int> holders;
    int handed_over = 0;
    int at_once = 0;
    for (std::size_t i = 0; i < held.size(); ++i) {
      ++holders[held[i].symbol];
      if (i == 0) continue;
      const Position& before = held[i - 1];
      handed_over += held[i].symbol != before.symbol ? 1 : 0;
      const bool had_left =
          before.status == PositionStatus::kClosed && before.closed_at <= held[i].opened_at;
      at_once += had_left ? 0 : 1;
    }
    CHECK(at_once == 0);
    CHECK(handed_over >= 50);
    CHECK(holders.size() == 3);
    for (const auto& [symbol, times] : holders) {
      CAPTURE(symbol.value);
      CHECK(times >= 20);
    }
    CHECK(record.counts.reasons.at("MAX_POSITIONS_GLOBAL") > 100);
  }
}

}  // namespace botbox::cli
