// The feed of [[paper.symbol]] csv: files, lists of files and directories, of several timeframes.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "tests/storage/support.hpp"
#include "tools/botbox/engine_assembly.hpp"

namespace botbox::cli {
namespace {

constexpr Timestamp kFirstCandle{1'704'067'200'000};
const Timeframe kMinutely = Timeframe::minutes(1);
const Timeframe kHourly = Timeframe::minutes(60);

struct CandleFolder {
  // One candle, whose high says which file it is of.
  std::string write(const std::string& name, int minute, const char* high) const {
    std::ofstream(path / name) << "open_time_ms,open,high,low,close,volume\n"
                               << kFirstCandle.ms + minute * 60'000 << ",1," << high << ",1,1,1\n";
    return (path / name).string();
  }
  storage::test::TemporaryDirectory directory;
  std::filesystem::path path = directory.path();
};

config::PaperSection listing(const std::vector<std::string>& csv,
                             std::optional<Timeframe> timeframe = {}) {
  config::PaperSection paper;
  paper.feed = config::PaperFeed::kCsv;
  config::PaperSymbol& listed = paper.symbols.emplace_back();
  listed.symbol = *parse_symbol("BTC/USDT");
  listed.csv = csv;
  listed.csv_timeframe = timeframe;
  return paper;
}

std::string highs(exchange::MarketFeed& feed, Timeframe timeframe) {
  std::string text;
  for (const Candle& candle :
       feed.candles({"BTC/USDT"}, timeframe,
                    {.from = kFirstCandle, .to = kFirstCandle + Duration{86'400'000}}))
    text += (text.empty() ? "" : " ") + to_string(candle.high);
  return text;
}

}  // namespace

TEST_CASE("candles of several timeframes come from a directory, or from a list of its files") {
  const CandleFolder folder;
  const std::string first = folder.write("x-spot_BTCUSDT_1m_a_b.csv", 0, "2");
  const std::string second = folder.write("x-spot_BTCUSDT_1m_b_c.csv", 1, "3");
  const std::string hours = folder.write("x-spot_BTCUSDT_1h_a_c.csv", 0, "9");
  folder.write("x-spot_ETHUSDT_1m_a_b.csv", 0, "5");
  for (const std::vector<std::string>& csv :
       {std::vector{folder.path.string()}, std::vector{first, second, hours},
        std::vector{hours, first, second}}) {
    const auto feed = market_feed(listing(csv));
    REQUIRE(feed.has_value());
    CHECK((*feed)->symbols() == std::vector<Symbol>{{"BTC/USDT"}});
    CHECK(highs(**feed, kMinutely) == "2 3");
    CHECK(highs(**feed, kHourly) == "9");
  }
}

TEST_CASE("a file whose name says nothing is of csv_timeframe, else of a minute") {
  const CandleFolder folder;
  const std::string plain = folder.write("prices.csv", 0, "2");
  CHECK((*market_feed(listing({plain})))->base_timeframe({"BTC/USDT"}) == kMinutely);
  CHECK((*market_feed(listing({plain}, kHourly)))->base_timeframe({"BTC/USDT"}) == kHourly);
  // A file of another symbol may stand for this one, where it is named by itself.
  const std::string other = folder.write("x-spot_ETHUSDT_1h_a_b.csv", 0, "2");
  CHECK((*market_feed(listing({other})))->base_timeframe({"BTC/USDT"}) == kHourly);
}

TEST_CASE("candle files that contradict their setting are refused with what to do") {
  const CandleFolder folder;
  const std::string hours = folder.write("x-spot_BTCUSDT_1h_a_c.csv", 0, "9");
  const auto contradicted = market_feed(listing({hours}, kMinutely));
  REQUIRE_FALSE(contradicted.has_value());
  CHECK(contradicted.error().message == "the file's name says 1h, csv_timeframe says 1m");
  CHECK(contradicted.error().fix == "leave csv_timeframe out, or rename the file");
  const CandleFolder empty;
  const auto nothing = market_feed(listing({empty.path.string()}));
  REQUIRE_FALSE(nothing.has_value());
  CHECK(nothing.error().message == "no candle file of BTC/USDT in the directory");
}

TEST_CASE("a directory with a symbol's candles of two venues is read for the one that is chosen") {
  const CandleFolder folder;
  folder.write("x-spot_BTCUSDT_1m_a_b.csv", 0, "2");
  folder.write("y-spot_BTCUSDT_1m_a_b.csv", 0, "3");
  config::PaperSection paper = listing({folder.path.string()});
  const auto both = market_feed(paper);
  REQUIRE_FALSE(both.has_value());
  CHECK(both.error().message == "candles of BTC/USDT from several venues: x-spot, y-spot");
  CHECK(both.error().fix == "choose one: csv_venue = \"NAME\" in its [[paper.symbol]]");
  paper.symbols.front().csv_venue = "y-spot";
  const auto chosen = market_feed(paper);
  REQUIRE(chosen.has_value());
  CHECK(highs(**chosen, kMinutely) == "3");
}

TEST_CASE("a replay reads the candles of its bots' symbols alone, of the venues that are chosen") {
  const CandleFolder folder;
  folder.write("x-spot_BTCUSDT_1m_a_b.csv", 0, "2");
  folder.write("x-spot_ETHUSDT_1m_a_b.csv", 0, "2");
  folder.write("y-spot_ETHUSDT_1m_a_b.csv", 0, "3");
  std::vector<BotConfig> bots(1);
  bots.front().symbol = {"BTC/USDT"};
  const auto alone = recorded_feed(folder.path.string(), bots);
  REQUIRE(alone.has_value());
  CHECK((*alone)->symbols() == std::vector<Symbol>{{"BTC/USDT"}});
  bots.push_back(bots.front());
  bots.back().symbol = {"ETH/USDT"};
  const auto both = recorded_feed(folder.path.string(), bots);
  REQUIRE_FALSE(both.has_value());
  CHECK(both.error().message == "candles of ETH/USDT from several venues: x-spot, y-spot");
  CHECK(both.error().fix == "choose one: --venue NAME");
  CHECK(recorded_feed(folder.path.string(), bots, {"x-spot"}).has_value());
}

}  // namespace botbox::cli
