// What came first within a candle: the finer timeframe says so where there is one.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "exchange/market/candle_spans.hpp"
#include "exchange/market/csv_market.hpp"
#include "tests/exchange/fixture.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const Timeframe kOne = Timeframe::minutes(1);
const Timeframe kFive = Timeframe::minutes(5);
const Timeframe kHour = Timeframe::minutes(60);

Timestamp at(std::int64_t minute) { return kStart + kMinute * minute; }

// "minute:volume" for each candle; without a volume it is 1.
std::vector<Candle> opening_at(const std::vector<std::pair<int, const char*>>& opens) {
  std::vector<Candle> candles;
  for (const auto& [minute, volume] : opens) {
    const Price price = Price::literal("100");
    candles.push_back({at(minute), price, price, price, price, Quantity::literal(volume)});
  }
  return candles;
}

struct CandleFolder {
  CandleFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "botbox-intrabar-XXXXXX");
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~CandleFolder() { std::filesystem::remove_all(path); }
  // Rows "minute open high low close volume".
  void write(const std::string& timeframe, const std::vector<std::string>& rows) const {
    std::ofstream out(path / ("x-spot_BTCUSDT_" + timeframe + "_a_b.csv"));
    out << "open_time_ms,open,high,low,close,volume\n";
    for (const std::string& row : rows) {
      const std::size_t space = row.find(' ');
      std::string prices = row.substr(space);
      for (char& c : prices)
        if (c == ' ') c = ',';
      out << at(std::stoll(row.substr(0, space))).ms << prices << '\n';
    }
  }
  std::filesystem::path path;
};

const Symbol kBtc{"BTC/USDT"};

struct MixedPaper {
  explicit MixedPaper(const CandleFolder& folder)
      : market(*CsvMarket::load(folder.path)), clock(kStart) {
    PaperConfig config;
    config.instruments = {{instrument("BTC/USDT", "0.01", "0.001"), Decimal::from_int(1)}};
    config.balances = {{{"USDT"}, Decimal::from_int(100'000)}};
    auto made = PaperExchange::create(config, market, clock);
    REQUIRE(made.has_value());
    exchange = *std::move(made);
  }
  // Bought at the first open, a stop at 95, a target at 105: how it ended, and when.
  std::string end_of_bracket(std::int64_t minutes) {
    REQUIRE(place(*exchange,
                  with_target(with_stop(order("a", kBtc, OrderSide::kBuy, "1"), "95"), "105")));
    clock.set(at(minutes));
    for (const char* id : {"as", "at"}) {
      const auto report = find(*exchange, kBtc, id);
      REQUIRE((report && *report));
      if ((*report)->fills.empty()) continue;
      const Fill& fill = (*report)->fills.front();
      return fmt::format("{} {} at minute {}", id[1] == 's' ? "stop" : "target",
                         to_string(fill.price), (fill.at - kStart) / kMinute);
    }
    return "open";
  }
  CsvMarket market;
  ManualClock clock;
  std::unique_ptr<PaperExchange> exchange;
};

}  // namespace

TEST_CASE("each stretch of time has the finest candles that show all of it") {
  struct Row {
    const char* name;
    CandlesByTimeframe series;
    std::vector<CandleSpan> spans;
  };
  const std::vector<Candle> ten = opening_at({{0, "1"},
                                              {1, "1"},
                                              {2, "1"},
                                              {3, "1"},
                                              {4, "1"},
                                              {5, "1"},
                                              {6, "1"},
                                              {7, "1"},
                                              {8, "1"},
                                              {9, "1"}});
  const std::vector<Row> table{
      {"one timeframe", {{kOne, ten}}, {{at(0), at(10), kOne}}},
      {"the finer one covers all",
       {{kOne, ten}, {kFive, opening_at({{0, "5"}, {5, "5"}})}},
       {{at(0), at(10), kOne}}},
      {"the longer one reaches further at both ends",
       {{kOne, ten}, {kFive, opening_at({{-5, "5"}, {0, "5"}, {5, "5"}, {10, "5"}})}},
       {{at(-5), at(0), kFive}, {at(0), at(10), kOne}, {at(10), at(15), kFive}}},
      {"a minute with trades is missing",
       {{kOne, opening_at({{0, "1"}, {1, "1"}, {2, "1"}, {4, "1"}})},
        {kFive, opening_at({{0, "5"}})}},
       {{at(0), at(5), kFive}}},
      {"nothing was traded in the minute that is missing",
       {{kOne, opening_at({{0, "1"}, {1, "1"}, {2, "1"}, {4, "1"}})},
        {kFive, opening_at({{0, "4"}})}},
       {{at(0), at(5), kOne}}},
      {"nobody knows of a gap",
       {{kOne, opening_at({{0, "1"}, {9, "1"}})}},
       {{at(0), at(10), kOne}}},
      {"three timeframes, each where no finer one is",
       {{kOne, ten},
        {kFive, opening_at({{10, "5"}, {15, "5"}})},
        {kHour, opening_at({{-60, "60"}, {60, "60"}})}},
       {{at(-60), at(0), kHour},
        {at(0), at(10), kOne},
        {at(10), at(20), kFive},
        {at(60), at(120), kHour}}},
      {"an hour of which only minutes are there",
       {{kOne, ten}, {kHour, opening_at({{0, "60"}})}},
       {{at(0), at(60), kHour}}},
      {"no multiple",
       {{Timeframe::minutes(3), opening_at({{0, "3"}})}, {kFive, opening_at({{0, "5"}})}},
       {{at(0), at(3), Timeframe::minutes(3)}}},
  };
  for (const Row& row : table) {
    CAPTURE(row.name);
    CHECK(finest_spans(row.series) == row.spans);
  }
  CHECK(finest_spans({{kFive, opening_at({{0, "5"}})}, {kHour, opening_at({{0, "60"}})}}, kFive) ==
        std::vector<CandleSpan>{{at(0), at(5), kFive}});
}

TEST_CASE("stop or target, whichever the finer candles show first; without them the stop") {
  struct Row {
    const char* name;
    std::vector<std::string> minutes;
    std::string end;
  };
  // The candle of five minutes touches both, and ends where it began.
  const std::vector<std::string> five{"0 100 106 94 100 5", "5 100 101 99 100 5"};
  const std::vector<Row> table{
      {"no finer candles", {}, "stop 95 at minute 4"},
      {"the target first",
       {"0 100 101 99 100 1", "1 100 106 100 104 1", "2 104 104 94 96 1", "3 96 100 96 100 1",
        "4 100 100 100 100 1"},
       "target 105 at minute 1"},
      {"the stop first",
       {"0 100 101 94 96 1", "1 96 100 96 100 1", "2 100 106 100 104 1", "3 104 104 100 100 1",
        "4 100 100 100 100 1"},
       "stop 95 at minute 0"},
      {"both in one minute",
       {"0 100 101 99 100 1", "1 100 106 94 100 1", "2 100 100 100 100 1", "3 100 100 100 100 1",
        "4 100 100 100 100 1"},
       "stop 95 at minute 1"},
      {"the minute that matters is missing",
       {"0 100 101 99 100 1", "2 104 104 94 96 1", "3 96 100 96 100 1", "4 100 100 100 100 1"},
       "stop 95 at minute 4"},
      {"an opening beyond the target is better than asked for",
       {"0 100 101 99 100 1", "1 106 106 106 106 1", "2 100 100 94 96 1", "3 96 100 96 100 1",
        "4 100 100 100 100 1"},
       "target 106 at minute 1"},
  };
  for (const Row& row : table) {
    CAPTURE(row.name);
    const CandleFolder folder;
    folder.write("5m", five);
    if (!row.minutes.empty()) folder.write("1m", row.minutes);
    MixedPaper paper(folder);
    CHECK(paper.end_of_bracket(10) == row.end);
  }
}

TEST_CASE("where finer candles end, orders go on at the longer ones, and candles are whole") {
  const CandleFolder folder;
  folder.write("1m", {"0 100 101 99 100 1", "1 100 101 99 100 1", "2 100 101 99 100 1",
                      "3 100 101 99 100 1", "4 100 101 99 101 1"});
  folder.write("5m", {"0 100 101 99 101 5", "5 101 102 99 101 5", "10 101 106 100 104 5",
                      "15 104 104 104 104 5"});
  MixedPaper paper(folder);
  CHECK(paper.market.base_timeframe(kBtc) == kOne);
  CHECK(paper.market.first_open(kBtc) == at(0));
  CHECK(paper.market.last_open(kBtc) == at(15));
  CHECK(paper.market.timeframe_at(kBtc, at(4)) == kOne);
  CHECK(paper.market.timeframe_at(kBtc, at(7)) == kFive);
  CHECK(paper.market.base_open(kBtc, at(7)) == at(5));
  CHECK(paper.market.next_candle(kBtc, at(4) + Duration{1})->open_time == at(5));
  CHECK(paper.market.base_candles(kBtc, {at(0), at(20)}).size() == 8);
  CHECK(paper.market.base_candles(kBtc, {at(0), at(20), 4}).front().open_time == at(4));
  const auto known = paper.market.known_range(kBtc, kFive);
  REQUIRE(known);
  CHECK(known->from == at(0));
  CHECK(known->to == at(20));
  // Of what is nowhere as such: from both.
  const auto fifteen = paper.market.candles(kBtc, Timeframe::minutes(15), {at(0), at(15)});
  REQUIRE(fifteen.size() == 1);
  CHECK(fifteen[0].high == Price::literal("106"));
  CHECK(fifteen[0].open == Price::literal("100"));
  CHECK(fifteen[0].volume == Quantity::literal("15"));
  CHECK(paper.end_of_bracket(20) == "target 105 at minute 14");
}
