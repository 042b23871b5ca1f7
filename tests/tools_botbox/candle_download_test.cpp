// The local candle store: what is on disk survives, gaps are found, and a venue is asked only for
// what is missing.
#include "tools/botbox/candle_download.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "actors/wall_clock.hpp"
#include "exchange/market/csv_market.hpp"
#include "exchange/simulator/simulator_server.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::cli {
namespace {

using exchange::CandleFile;
using storage::test::TemporaryDirectory;

const Symbol kStoredSymbol{"BTC/USDT"};
const Timeframe kStoredFrame = Timeframe::minutes(5);
constexpr Timestamp kFirst{1'704'067'200'000};  // 2024-01-01T00:00:00Z

Timestamp bar(int n) { return kFirst + kStoredFrame.duration() * n; }

Candle candle_of(int n) {
  const Price price{Decimal::from_int(100 + n)};
  return {bar(n), price, price, price, price, Quantity::literal("1.5")};
}

std::vector<Candle> candles_in(int from, int to) {
  std::vector<Candle> candles;
  for (int n = from; n < to; ++n) candles.push_back(candle_of(n));
  return candles;
}

Result<CandleFile> open_in(const TemporaryDirectory& directory) {
  return CandleFile::open(directory.path(), "binance-spot", kStoredSymbol, kStoredFrame);
}

CandleFile must_open(const TemporaryDirectory& directory) {
  auto file = open_in(directory);
  REQUIRE_MESSAGE(file, (file ? "" : to_string(file.error())));
  return std::move(*file);
}

// What another reader finds, while the file is open for writing.
std::vector<Candle> on_disk(const CandleFile& file) {
  std::ifstream in(file.path(), std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  std::vector<Candle> candles;
  REQUIRE(exchange::parse_candle_csv("file", text, kStoredFrame, candles));
  return candles;
}

// A venue with 100 candles but for some, which counts and may fail.
struct ScriptedVenue {
  std::set<int> lacks;
  int requests = 0;
  int fails_at = -1;
  std::vector<exchange::CandleQuery> asked;

  CandleFetch fetch() {
    return [this](const exchange::CandleQuery& query) -> Result<std::vector<Candle>> {
      asked.push_back(query);
      if (requests++ == fails_at) return fail(ErrorCode::kUnavailable, "the line is down");
      std::vector<Candle> answer;
      for (int n = 0; n < 100; ++n)
        if (bar(n) >= query.from && bar(n) < query.to && !lacks.contains(n))
          answer.push_back(candle_of(n));
      return answer;
    };
  }
};

DownloadOptions ten_at_once(int from, int to) {
  return {.range = {bar(from), bar(to)}, .per_request = 10, .on_progress = {}};
}

}  // namespace

TEST_CASE("a candle file holds what was added, also after it is opened again") {
  const TemporaryDirectory directory;
  {
    CandleFile file = must_open(directory);
    CHECK(file.candles().empty());
    REQUIRE(file.add(candles_in(10, 20)));
    REQUIRE(file.add(candles_in(25, 30)));
    // Before, between and over what is there.
    REQUIRE(file.add(candles_in(5, 12)));
    REQUIRE(file.add(candles_in(22, 24)));
    REQUIRE(file.add(candles_in(40, 41)));
    REQUIRE(file.save());
  }
  const CandleFile file = must_open(directory);
  std::vector<Candle> wanted = candles_in(5, 20);
  for (const int n : {22, 23, 25, 26, 27, 28, 29, 40}) wanted.push_back(candle_of(n));
  CHECK(file.candles() == wanted);
  CHECK(exchange::gaps_of(file.candles(), kStoredFrame, bar(5), bar(42)) ==
        std::vector<CandleGap>{
            {bar(20), bar(22)}, {bar(24), bar(25)}, {bar(30), bar(40)}, {bar(41), bar(42)}});
  // A replay reads the directory as it is.
  const auto market = exchange::CsvMarket::load(directory.path());
  REQUIRE_MESSAGE(market, (market ? "" : to_string(market.error())));
  CHECK(market->first_open(kStoredSymbol) == bar(5));
}

TEST_CASE("a line that was cut off is taken away, everything before it stays") {
  const TemporaryDirectory directory;
  std::filesystem::path path;
  {
    CandleFile file = must_open(directory);
    REQUIRE(file.add(candles_in(0, 5)));
    path = file.path();
  }
  const auto size = std::filesystem::file_size(path);
  for (std::uintmax_t cut = 1; cut < 20; ++cut) {
    CAPTURE(cut);
    std::filesystem::resize_file(path, size - cut);
    {
      CandleFile file = must_open(directory);
      CHECK(file.candles() == candles_in(0, 4));
      REQUIRE(file.add(candles_in(4, 5)));
    }
    CHECK(must_open(directory).candles() == candles_in(0, 5));
  }
}

TEST_CASE("a candle file takes no candle that is none, and has one writer") {
  const TemporaryDirectory directory;
  CandleFile file = must_open(directory);
  Candle off_grid = candle_of(1);
  off_grid.open_time = off_grid.open_time + Duration{1};
  CHECK_FALSE(file.add({off_grid}));
  CHECK_FALSE(file.add({candle_of(2), candle_of(1)}));
  CHECK_FALSE(file.add({candle_of(2), candle_of(2)}));
  CHECK(file.candles().empty());
  const auto second = open_in(directory);
  REQUIRE_FALSE(second);
  CHECK(second.error().code == ErrorCode::kAlreadyExists);
  CHECK_FALSE(CandleFile::open(directory.path(), "binance-spot", {"BTC/USDT:USDT"}, kStoredFrame));
}

TEST_CASE("a download asks for each stretch that is missing, once, and names what stays missing") {
  const TemporaryDirectory directory;
  CandleFile file = must_open(directory);
  ScriptedVenue venue;
  venue.lacks = {33, 34, 50};
  const CandleFetch fetch = venue.fetch();
  const auto first = download_candles(file, kStoredSymbol, fetch, ten_at_once(0, 60));
  REQUIRE(first);
  CHECK(first->requests == 6);
  CHECK(first->added == 57);
  CHECK(first->gaps == std::vector<CandleGap>{{bar(33), bar(35)}, {bar(50), bar(51)}});
  // Later: the gaps again, in case the venue has them now, and what is new.
  venue.lacks = {33};
  venue.asked.clear();
  const auto second = download_candles(file, kStoredSymbol, fetch, ten_at_once(0, 80));
  REQUIRE(second);
  CHECK(second->requests == 4);
  CHECK(second->added == 22);
  CHECK(second->gaps == std::vector<CandleGap>{{bar(33), bar(34)}});
  CHECK(venue.asked[0].from == bar(33));
  CHECK(venue.asked[0].to == bar(35));
  CHECK(venue.asked[2].from == bar(60));
}

TEST_CASE("a download that fails on any request goes on from there, and ends with the same file") {
  for (int fails_at = 0; fails_at < 6; ++fails_at) {
    CAPTURE(fails_at);
    const TemporaryDirectory directory;
    ScriptedVenue venue;
    venue.fails_at = fails_at;
    const CandleFetch fetch = venue.fetch();
    {
      CandleFile file = must_open(directory);
      REQUIRE(file.add(candles_in(20, 25)));
      const auto broken = download_candles(file, kStoredSymbol, fetch, ten_at_once(0, 60));
      REQUIRE_FALSE(broken);
      CHECK(broken.error().code == ErrorCode::kUnavailable);
    }
    CandleFile file = must_open(directory);
    const std::size_t kept = file.candles().size();
    CHECK(kept == 5 + static_cast<std::size_t>(fails_at) * 10);
    venue.asked.clear();
    const auto report = download_candles(file, kStoredSymbol, fetch, ten_at_once(0, 60));
    REQUIRE(report);
    CHECK(report->gaps.empty());
    CHECK(report->requests == static_cast<std::size_t>(6 - fails_at));
    CHECK(on_disk(file) == candles_in(0, 60));
  }
}

TEST_CASE("each simulated venue fills a candle file over HTTP, as it would in the market") {
  namespace sim = exchange::sim;
  const actors::WallClock clock;
  sim::SimulatorClock venue_clock{clock, clock.now(), 1};
  const std::shared_ptr<exchange::MarketFeed> feed = test::synthetic_feed(1);
  sim::SimulatorConfig config;
  for (const exchange::PaperInstrument& listed : test::paper_config().instruments)
    config.listings.push_back({.instrument = listed.instrument});
  sim::Simulator simulator(config, *feed, venue_clock);
  auto server = sim::SimulatorServer::start(simulator);
  REQUIRE(server.has_value());
  struct Row {
    const char* name;
    exchange::VenueKind kind;
    const char* symbol;
  };
  for (const Row& row : {Row{"bybit-spot", exchange::VenueKind::kBybitSpot, "BTC/USDT"},
                         Row{"bybit-linear", exchange::VenueKind::kBybitLinear, "SOL/USDT:USDT"},
                         Row{"binance-spot", exchange::VenueKind::kBinanceSpot, "BTC/USDT"},
                         Row{"binance-usdm", exchange::VenueKind::kBinanceUsdm, "SOL/USDT:USDT"}}) {
    CAPTURE(row.name);
    const TemporaryDirectory directory;
    exchange::VenueOptions options;
    options.kind = row.kind;
    options.url = "http://127.0.0.1:" + std::to_string((*server)->port());
    const auto api = exchange::open_venue(std::move(options), clock);
    const Symbol symbol{row.symbol};
    auto file = CandleFile::open(directory.path(), row.name, symbol, kStoredFrame);
    REQUIRE(file);
    const auto report = download_candles(*file, symbol, paced_fetch(*api, clock),
                                         {.range = {kFirst, kFirst + Duration{2 * 86'400'000}},
                                          .per_request = 200,
                                          .on_progress = {}});
    REQUIRE_MESSAGE(report, (report ? "" : to_string(report.error())));
    CHECK(report->requests == 3);
    CHECK(report->gaps.empty());
    CHECK(file->candles() ==
          feed->candles(symbol, kStoredFrame,
                        {.from = kFirst, .to = kFirst + Duration{2 * 86'400'000}}));
  }
}

}  // namespace botbox::cli
