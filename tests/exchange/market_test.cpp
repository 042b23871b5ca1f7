// The two market feeds and the aggregation that they share.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "exchange/market/csv_market.hpp"
#include "exchange/market/synthetic_market.hpp"
#include "tests/support/recorded_candles.hpp"

using namespace botbox;
using namespace botbox::exchange;

namespace {

const Symbol kBtc{"BTC/USDT"};
const Symbol kDoge{"DOGE/USDT:USDT"};
constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 86'400'000;
constexpr Timestamp k2024{1'704'067'200'000};

Instrument instrument(const Symbol& symbol, std::string_view tick, std::string_view lot) {
  const SymbolParts parts = *parse_symbol(symbol.value);
  return {parts.unified,
          parts.base,
          parts.quote,
          parts.market,
          Price::literal(tick),
          Quantity::literal(lot),
          {},
          {},
          {}};
}

CsvChoice files_of(const char* symbol) {
  CsvChoice choice;
  choice.symbols.push_back(Symbol{symbol});
  return choice;
}

SyntheticMarket synthetic(std::uint64_t seed, std::size_t cached_days = 0) {
  SyntheticMarketConfig config;
  config.seed = seed;
  config.cached_days = cached_days;
  config.symbols = {{instrument(kBtc, "0.01", "0.00001"), Price::literal("40000"),
                     Decimal::literal("0.03"), Quantity::literal("12")},
                    {instrument(kDoge, "0.00001", "1"), Price::literal("0.1"),
                     Decimal::literal("0.05"), Quantity::literal("250000")}};
  return *SyntheticMarket::create(std::move(config));
}

double number(Price price) { return to_double_for_indicator(price.value); }

// Wilder's RSI (1978) over closes.
std::vector<double> rsi(const std::vector<Candle>& candles, int length) {
  std::vector<double> out;
  double gain = 0, loss = 0;
  for (std::size_t i = 1; i < candles.size(); ++i) {
    const double change = number(candles[i].close) - number(candles[i - 1].close);
    gain += (std::max(change, 0.0) - gain) / length;
    loss += (std::max(-change, 0.0) - loss) / length;
    if (i > 100) out.push_back(100 * gain / std::max(gain + loss, 1e-12));
  }
  return out;
}

struct Folder {
  std::filesystem::path path = std::filesystem::path(BOTBOX_BINARY_DIR) / "csv_market_test";
  Folder() {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
};

const std::string kHeader = "open_time_ms,open,high,low,close,volume\n";

}  // namespace

TEST_CASE("aggregation keeps first open, last close, extremes and the sum of volumes") {
  const auto candle = [](std::int64_t minute, const char* o, const char* h, const char* l,
                         const char* c, const char* v) {
    return Candle{{minute * kMinute}, Price::literal(o), Price::literal(h),
                  Price::literal(l),  Price::literal(c), Quantity::literal(v)};
  };
  // Minutes 0, 1, 4 make the first five-minute candle (two are missing); 5..9 have nothing; 11
  // alone makes the third.
  const auto out =
      aggregate({candle(0, "10", "12", "9", "11", "1"), candle(1, "11", "15", "10", "14", "2.5"),
                 candle(4, "14", "14", "8", "9", "0"), candle(11, "9", "10", "9", "10", "7")},
                Timeframe::minutes(5));
  REQUIRE(out.size() == 2);
  CHECK(out[0] == candle(0, "10", "15", "8", "9", "3.5"));
  CHECK(out[1] == candle(10, "9", "10", "9", "10", "7"));
}

TEST_CASE("a synthetic market is the same in whatever order it is asked") {
  for (const std::uint64_t seed : {1ULL, 99ULL}) {
    SyntheticMarket in_order = synthetic(seed);
    SyntheticMarket at_random = synthetic(seed, 2);  // nearly every look-up makes its day anew
    const auto all =
        in_order.candles(kBtc, Timeframe::minutes(1), {k2024, k2024 + Duration{9 * kDay}});
    REQUIRE(all.size() == 9 * 1440);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 300; ++i) {
      const Candle& candle = all[random() % all.size()];
      CHECK(at_random.candle_at(kBtc, candle.open_time) == candle);
      CHECK(at_random.next_candle(kBtc, candle.open_time - Duration{1}) == candle);
    }
  }
}

TEST_CASE("a synthetic market keeps its values for ever") {
  // Computed by this code once: a change here changes every recorded simulation.
  SyntheticMarket market = synthetic(1);
  const Candle candle = *market.candle_at(kBtc, {k2024.ms + 777 * kMinute});
  CHECK(to_string(candle.open) + " " + to_string(candle.high) + " " + to_string(candle.low) + " " +
            to_string(candle.close) + " " + to_string(candle.volume) ==
        "60623.53 60659.03 60622.74 60657.41 2.16");
}

TEST_CASE("seeds and symbols give different synthetic markets") {
  SyntheticMarket one = synthetic(1), two = synthetic(2);
  CHECK(one.candle_at(kBtc, k2024) != two.candle_at(kBtc, k2024));
  const auto returns = [&](const Symbol& symbol) {
    std::vector<double> out;
    for (const Candle& c :
         one.candles(symbol, Timeframe::minutes(60), {k2024, k2024 + Duration{90 * kDay}}))
      out.push_back(std::log(number(c.close) / number(c.open)));
    return out;
  };
  const auto a = returns(kBtc), b = returns(kDoge);
  REQUIRE(a.size() == b.size());
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    ab += a[i] * b[i], aa += a[i] * a[i], bb += b[i] * b[i];
  CHECK(std::abs(ab / std::sqrt(aa * bb)) < 0.15);
}

TEST_CASE("synthetic candles are valid, on the grids, and go on across every border") {
  SyntheticMarket market = synthetic(7);
  // 260 days cross an anchor; 2015 and 2099 are the ends.
  for (const Timestamp start :
       {Timestamp{1'420'070'400'000}, k2024, Timestamp{4'099'000'000'000 / kDay * kDay}}) {
    for (const Symbol& symbol : market.symbols()) {
      const Price tick = symbol == kBtc ? Price::literal("0.01") : Price::literal("0.00001");
      const Quantity lot = symbol == kBtc ? Quantity::literal("0.00001") : Quantity::literal("1");
      Price close;
      for (int day = 0; day < 20; ++day) {
        const Timestamp from = start + Duration{day * 13 * kDay};
        const auto candles =
            market.candles(symbol, Timeframe::minutes(1), {from, from + Duration{kDay + kMinute}});
        if (candles.size() != 1441) continue;  // beyond the end of 2099
        for (std::size_t i = 0; i < candles.size(); ++i) {
          const Candle& c = candles[i];
          const bool sound = validate(c).has_value() && is_multiple_of(c.open.value, tick.value) &&
                             is_multiple_of(c.high.value, tick.value) &&
                             is_multiple_of(c.low.value, tick.value) &&
                             is_multiple_of(c.close.value, tick.value) &&
                             is_multiple_of(c.volume.value, lot.value) && c.volume.is_positive();
          if (!sound) CHECK_MESSAGE(sound, symbol.value << " " << to_iso8601(c.open_time));
          if (i > 0 && c.open != candles[i - 1].close)
            CHECK_MESSAGE(c.open == candles[i - 1].close, to_iso8601(c.open_time));
        }
      }
    }
  }
}

TEST_CASE("a synthetic market has its volatility and stays near its start for a century") {
  SyntheticMarket market = synthetic(3);
  double sum = 0, low = 1e18, high = 0;
  std::size_t days = 0;
  for (std::int64_t day = 0; day < 31'000; day += 7, ++days) {
    const Timestamp at{1'420'070'400'000 + day * kDay};
    const auto first = market.candle_at(kBtc, at);
    const auto next = market.candle_at(kBtc, at + Duration{kDay});
    const double move = std::log(number(next->open) / number(first->open));
    sum += move * move;
    low = std::min(low, number(first->open));
    high = std::max(high, number(first->open));
  }
  const double volatility = std::sqrt(sum / static_cast<double>(days));
  CHECK(volatility > 0.025);
  CHECK(volatility < 0.035);
  CHECK(low > 40000.0 / 8);
  CHECK(high < 40000.0 * 8);
}

TEST_CASE("synthetic minutes cross RSI 30 and 70 and their averages several times an hour") {
  SyntheticMarket market = synthetic(11);
  const std::int64_t days = 30;
  const auto candles =
      market.candles(kBtc, Timeframe::minutes(1), {k2024, k2024 + Duration{days * kDay}});
  const auto index = rsi(candles, 14);
  int level_crossings = 0;
  for (std::size_t i = 1; i < index.size(); ++i)
    for (const double level : {30.0, 70.0})
      if ((index[i] > level) != (index[i - 1] > level)) ++level_crossings;
  double fast = number(candles[0].close), slow = fast;
  int average_crossings = 0;
  for (const Candle& c : candles) {
    const bool above = fast > slow;
    fast += (number(c.close) - fast) * 2 / (9 + 1);
    slow += (number(c.close) - slow) * 2 / (21 + 1);
    if ((fast > slow) != above) ++average_crossings;
  }
  const double hours = static_cast<double>(days) * 24;
  MESSAGE("RSI crossings per hour " << level_crossings / hours << ", average crossings per hour "
                                    << average_crossings / hours);
  CHECK(level_crossings / hours > 2);
  CHECK(level_crossings / hours < 15);
  CHECK(average_crossings / hours > 1);

  std::map<MarketRegime, int> regimes;
  for (std::int64_t hour = 0; hour < days * 24; ++hour)
    ++regimes[*market.regime_at(kBtc, k2024 + Duration{hour * 3'600'000})];
  CHECK(regimes.size() == 5);
}

TEST_CASE("higher synthetic timeframes are whole candles and respect the limit") {
  SyntheticMarket market = synthetic(5);
  const Timestamp to = k2024 + Duration{10 * 3'600'000};
  const auto hours = market.candles(kBtc, Timeframe::minutes(60), {k2024, to, 4});
  REQUIRE(hours.size() == 4);
  CHECK(hours.back().open_time == to - Duration{3'600'000});
  const auto minutes = market.candles(kBtc, Timeframe::minutes(1), {hours[0].open_time, to});
  CHECK(aggregate(minutes, Timeframe::minutes(60)) == hours);
  CHECK(hours[1].open == hours[0].close);
  CHECK_FALSE(market.candle_at(kBtc, k2024 + Duration{1}).has_value());
  CHECK_FALSE(market.candle_at({"NO/USDT"}, k2024).has_value());
  CHECK_FALSE(market.candle_at(kBtc, {1'420'070'400'000 - kMinute}).has_value());
}

TEST_CASE("synthetic symbols out of range are refused by name") {
  SyntheticMarketConfig config;
  config.symbols = {{instrument(kBtc, "0.01", "0.00001"), Price::literal("40000"),
                     Decimal::literal("0.03"), Quantity::literal("12")}};
  config.symbols[0].daily_volatility = Decimal::literal("0.7");
  CHECK(SyntheticMarket::create(config).error().place == "BTC/USDT");
  config.symbols[0].daily_volatility = Decimal::literal("0.02");
  config.symbols[0].start_price = Price::literal("0.5");
  CHECK(SyntheticMarket::create(config).error().message == "start price 0.5 is out of range");
  config.symbols[0].start_price = Price::literal("5");
  config.symbols.push_back(config.symbols[0]);
  CHECK(SyntheticMarket::create(config).error().message == "synthetic symbol given twice");
}

TEST_CASE("a candle file is read to the last digit and its gaps stay gaps") {
  const Folder folder;
  const auto path = folder.write("binance-usdm_BTCUSDT_1m_a_b.csv",
                                 kHeader +
                                     "1704067200000,1.5,2,1,1.75,100\r\n"
                                     "1704067260000,1.75,1.75,0.000000000001,1,0\n"
                                     "1704067440000,1,3,1,3,1e-8");
  CsvMarket market = *CsvMarket::load(path);
  const Symbol symbol{"BTC/USDT:USDT"};
  REQUIRE(market.symbols() == std::vector<Symbol>{symbol});
  CHECK(market.base_timeframe(symbol) == Timeframe::minutes(1));
  CHECK(market.first_open(symbol) == Timestamp{1704067200000});
  CHECK(market.last_open(symbol) == Timestamp{1704067440000});
  CHECK(market.candle_at(symbol, {1704067260000})->low == Price::literal("0.000000000001"));
  CHECK_FALSE(market.candle_at(symbol, {1704067320000}).has_value());
  CHECK(market.next_candle(symbol, {1704067320000})->open_time == Timestamp{1704067440000});
  CHECK_FALSE(market.next_candle(symbol, {1704067440001}).has_value());
  const auto five = market.candles(symbol, Timeframe::minutes(5), {k2024, k2024 + Duration{1}});
  REQUIRE(five.size() == 1);
  CHECK(five[0].close == Price::literal("3"));
  CHECK(five[0].volume == Quantity::literal("100.00000001"));
  CHECK(market.candles(symbol, Timeframe::minutes(1), {k2024, k2024 + Duration{kDay}, 2}).size() ==
        2);
  CHECK(market.candles(symbol, Timeframe::minutes(1), {k2024, k2024 + Duration{kDay}, 0}).empty());
}

TEST_CASE("a bad candle file is refused with file, line, what and fix") {
  const Folder folder;
  const std::string name = "binance-spot_BTCUSDT_1m_a_b.csv";
  const std::string good = "1704067200000,1,2,1,1.5,1\n";
  struct Row {
    std::string text;
    int line;
    std::string what;
  };
  const std::vector<Row> table{
      {"", 0, "the header is missing"},
      {good, 1, "the header is missing"},
      {kHeader, -1, "the file has no candle"},
      {kHeader + good + "\n", 3, "1 fields instead of 6"},
      {kHeader + "1704067200000,1,2,1,1.5\n", 2, "5 fields instead of 6"},
      {kHeader + "1704067200000,1,2,1,1.5,1,9\n", 2, "7 fields instead of 6"},
      {kHeader + "yesterday,1,2,1,1.5,1\n", 2, "'yesterday' is not an open time"},
      {kHeader + "1704067200001,1,2,1,1.5,1\n", 2, "open time 1704067200001 is not on the 1m grid"},
      {kHeader + good + good, 3,
       "candle at 1704067200000 does not come after the one at 1704067200000"},
      {kHeader + good + "1704067140000,1,2,1,1.5,1\n", 3,
       "candle at 1704067140000 does not come after the one at 1704067200000"},
      {kHeader + "1704067200000,1,0.5,1,1.5,1\n", 2,
       "candle breaks the rule high >= open and close"},
      {kHeader + "1704067200000,1,2,0,1.5,1\n", 2, "candle breaks the rule low > 0"},
      {kHeader + "1704067200000,1,2,1,1.5,-1\n", 2, "candle breaks the rule volume >= 0"},
      {kHeader + "1704067200000,1,2,nan,1.5,1\n", 2, ""},
      {kHeader + "1704067200000,1,2, 1,1.5,1\n", 2, ""},
  };
  for (const Row& row : table) {
    const auto path = folder.write(name, row.text);
    const auto market = CsvMarket::load(path);
    REQUIRE_FALSE_MESSAGE(market.has_value(), row.text);
    const Error& error = market.error();
    if (row.line >= 0)
      CHECK(error.place == path.string() + ":" + std::to_string(row.line));
    else
      CHECK(error.place == path.string());
    if (!row.what.empty()) CHECK(error.message == row.what);
    CHECK_FALSE(error.fix.empty());
  }
  CHECK(CsvMarket::load(folder.path / "binance-spot_BTCUSDT_1m_no_no.csv").error().code ==
        ErrorCode::kNotFound);
  CHECK(CsvMarket::load(folder.write("prices.csv", kHeader)).error().message ==
        "the file name does not say what is in it");
}

TEST_CASE("a directory of candle files joins parts and prefers a stored timeframe") {
  const Folder folder;
  folder.write("x-spot_ETHUSDT_1m_a_b.csv", kHeader + "1704067200000,1,2,1,1.5,1\n");
  folder.write("x-spot_ETHUSDT_1m_b_c.csv", kHeader + "1704067260000,1.5,2,1,1.5,1\n");
  folder.write("x-spot_ETHUSDT_1h_a_c.csv", kHeader + "1704067200000,1,9,1,1.5,1\n");
  CsvMarket market = *CsvMarket::load(folder.path);
  const Symbol eth{"ETH/USDT"};
  const CandleRange all{k2024, k2024 + Duration{kDay}};
  CHECK(market.candles(eth, Timeframe::minutes(1), all).size() == 2);
  CHECK(market.candles(eth, Timeframe::minutes(60), all)[0].high == Price::literal("9"));
  CHECK(market.candles(eth, Timeframe::minutes(15), all)[0].high == Price::literal("2"));
  folder.write("x-spot_ETHUSDT_1m_c_d.csv", kHeader + "1704067200000,1,2,1,1.5,1\n");
  const Error error = CsvMarket::load(folder.path).error();
  CHECK(error.place == (folder.path / "x-spot_ETHUSDT_1m_c_d.csv").string() + ":2");
  CHECK(error.fix == "name files of one timeframe in the order of time, each time once");
}

TEST_CASE("a candle that had begun before the first recorded one is left out") {
  const Folder folder;
  // Minutes 3 to 6 of the day.
  folder.write("x-spot_ETHUSDT_1m_a_b.csv",
               kHeader + "1704067380000,1,2,1,1.5,1\n" + "1704067440000,1,3,1,1.5,1\n" +
                   "1704067500000,1,4,1,1.5,1\n" + "1704067560000,1,5,1,1.5,1\n");
  CsvMarket market = *CsvMarket::load(folder.path);
  const Symbol eth{"ETH/USDT"};
  const CandleRange all{k2024, k2024 + Duration{kDay}};
  CHECK(market.candles(eth, Timeframe::minutes(1), all).size() == 4);
  const auto five = market.candles(eth, Timeframe::minutes(5), all);
  REQUIRE(five.size() == 1);
  CHECK(five[0].open_time == k2024 + Duration{5 * kMinute});
  CHECK(five[0].high == Price::literal("5"));
  CHECK(market.candles(eth, Timeframe::minutes(15), all).empty());
}

TEST_CASE("candles of two venues are never joined, and files nobody asked for do not matter") {
  const Folder folder;
  folder.write("binance-usdm_BTCUSDT_1h_store.csv", kHeader + "1704067200000,1,2,1,1.5,1\n");
  folder.write("bybit-linear_BTCUSDT_1h_store.csv", kHeader + "1704067200000,1,3,1,1.5,1\n");
  folder.write("bybit-spot_BTCUSDT_1h_store.csv", kHeader + "1704067200000,1,4,1,1.5,1\n");
  folder.write("bybit-spot_ETHUSDT_1h_store.csv", "no candles");
  const Symbol linear{"BTC/USDT:USDT"};
  CHECK(CsvMarket::load(folder.path, files_of("BTC/USDT"))->symbols() == std::vector<Symbol>{kBtc});
  CHECK(CsvMarket::load(folder.path, files_of("SOL/USDT"))->symbols().empty());
  const Error both = CsvMarket::load(folder.path, files_of("BTC/USDT:USDT")).error();
  CHECK(both.code == ErrorCode::kInvalidInput);
  CHECK(both.message == "candles of BTC/USDT:USDT from several venues: binance-usdm, bybit-linear");
  CHECK(both.place == folder.path.string());
  CHECK(both.fix == "choose one: --venue NAME");
  CsvChoice choice = files_of("BTC/USDT:USDT");
  choice.venues = {"bybit-linear"};
  CsvMarket market = *CsvMarket::load(folder.path, choice);
  CHECK(market.candle_at(linear, k2024)->high == Price::literal("3"));
  choice.venues = {"binance-spot", "bybit-spot"};
  const Error none = CsvMarket::load(folder.path, choice).error();
  CHECK(none.code == ErrorCode::kNotFound);
  CHECK(none.message ==
        "no candles of BTC/USDT:USDT from binance-spot, bybit-spot, only from binance-usdm, "
        "bybit-linear");
}

TEST_CASE("of a timeframe that is asked for, only files count that can show it") {
  const Folder folder;
  folder.write("x-spot_ETHUSDT_5m_a_b.csv", kHeader + "1704067200000,1,2,1,1.5,1\n");
  folder.write("y-spot_ETHUSDT_1h_a_b.csv", kHeader + "1704067200000,1,3,1,1.5,1\n");
  CsvChoice choice = files_of("ETH/USDT");
  choice.timeframe = Timeframe::minutes(15);
  CHECK(CsvMarket::load(folder.path, choice)->base_timeframe({"ETH/USDT"}) ==
        Timeframe::minutes(5));
  choice.timeframe = Timeframe::minutes(60);
  CHECK(CsvMarket::load(folder.path, choice).error().message ==
        "candles of ETH/USDT from several venues: x-spot, y-spot");
}

TEST_CASE("the files of a symbol in a directory are those whose names say so") {
  const Folder folder;
  for (const char* name :
       {"x-spot_ETHUSDT_1h_a_c.csv", "x-spot_ETHUSDT_1m_b_c.csv", "x-spot_ETHUSDT_1m_a_b.csv",
        "x-usdm_ETHUSDT_1m_a_b.csv", "x-spot_BTCUSDT_1m_a_b.csv", "rates.csv", "notes.txt"})
    folder.write(name, kHeader);
  const auto spot = csv_files_of(files_of("ETH/USDT"), folder.path).value();
  REQUIRE(spot.size() == 3);
  CHECK(spot[0].timeframe == Timeframe::minutes(60));
  CHECK(spot[1].path == folder.path / "x-spot_ETHUSDT_1m_a_b.csv");
  CHECK(spot[2].path == folder.path / "x-spot_ETHUSDT_1m_b_c.csv");
  CHECK(csv_files_of(files_of("ETH/USDT:USDT"), folder.path).value().size() == 1);
  const Error none = csv_files_of(files_of("SOL/USDT"), folder.path).error();
  CHECK(none.code == ErrorCode::kNotFound);
  CHECK(none.message == "no candle file of SOL/USDT in the directory");
  CHECK_FALSE(csv_files_of(files_of("ETH/USDT"), folder.path / "nowhere").has_value());
}

TEST_CASE("the shared candle files load with the row counts that their README states") {
  const auto folder = botbox::testing::recorded_candles();
  if (!std::filesystem::exists(folder / "README.md")) {
    MESSAGE("shared candles are not here: skipped");
    return;
  }
  std::ifstream readme(folder / "README.md");
  std::size_t checked = 0;
  for (std::string line; std::getline(readme, line);) {
    if (!line.starts_with("| binance-")) continue;
    const std::string file = line.substr(2, line.find(" |", 2) - 2);
    const std::size_t rows = std::stoul(line.substr(line.find(" |", 2) + 2));
    const CsvSource source = *parse_csv_name(folder / file);
    CsvMarket market = *CsvMarket::load(folder / file);
    const auto candles = market.candles(
        source.symbol, source.timeframe,
        {*market.first_open(source.symbol), *market.last_open(source.symbol) + Duration{1}});
    CHECK_MESSAGE(candles.size() == rows, file);
    ++checked;
  }
  CHECK(checked == 19);
}

TEST_CASE("aggregated shared minutes equal the venue's own five-minute candles nearly always") {
  const auto folder = botbox::testing::recorded_candles();
  if (!std::filesystem::exists(folder)) {
    MESSAGE("shared candles are not here: skipped");
    return;
  }
  CsvMarket minutes = *CsvMarket::load(folder / "binance-spot_BTCUSDT_1m_2021-04_2021-05.csv");
  CsvMarket fives = *CsvMarket::load(folder / "binance-spot_BTCUSDT_5m_2020-12_2021-07.csv");
  const CandleRange range{*minutes.first_open(kBtc), *minutes.last_open(kBtc)};
  std::map<Timestamp, Candle> by_time;
  for (const Candle& c : fives.candles(kBtc, Timeframe::minutes(5), range))
    by_time[c.open_time] = c;
  std::size_t equal = 0, total = 0;
  for (const Candle& c : minutes.candles(kBtc, Timeframe::minutes(5), range)) {
    const auto it = by_time.find(c.open_time);
    if (it == by_time.end()) continue;
    ++total;
    if (it->second.open == c.open && it->second.close == c.close && it->second.high == c.high &&
        it->second.low == c.low)
      ++equal;
  }
  CHECK(total > 8500);
  CHECK(total - equal <= 8);
}
