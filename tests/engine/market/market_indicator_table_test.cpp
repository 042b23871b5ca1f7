#include "engine/market/indicator_table.hpp"

#include <doctest/doctest.h>

#include "engine/market/market_view.hpp"
#include "tests/engine/market/market_candles.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

constexpr IndicatorSpec kRsi{IndicatorKind::kRsi, 14, 0};
constexpr IndicatorSpec kEma{IndicatorKind::kEma, 9, 0};
constexpr IndicatorSpec kBands{IndicatorKind::kBollinger, 20, 2};

std::shared_ptr<const CandleSeries> series_of(const std::vector<Candle>& candles,
                                              std::size_t capacity = 500) {
  auto series = std::make_shared<CandleSeries>(kMinute, capacity);
  REQUIRE(series->merge(candles, minute(1'000'000)).has_value());
  return series;
}

SharedIndicators three_indicators() {
  SharedIndicators shared;
  for (const IndicatorSpec& spec : {kRsi, kEma, kBands}) REQUIRE(shared.add(spec).has_value());
  return shared;
}

std::vector<IndicatorValue> afresh(const IndicatorSpec& spec, const std::vector<Candle>& candles) {
  std::vector<Bar> bars;
  for (const Candle& c : candles)
    bars.push_back({to_double_for_indicator(c.open.value), to_double_for_indicator(c.high.value),
                    to_double_for_indicator(c.low.value), to_double_for_indicator(c.close.value),
                    to_double_for_indicator(c.volume.value)});
  return compute(spec, bars);
}

void check_history(const IndicatorTable& table, const std::vector<Candle>& candles) {
  for (const IndicatorSpec& spec : {kRsi, kEma, kBands}) {
    const auto expected = afresh(spec, candles);
    const auto history = table.history(spec);
    REQUIRE(history.size() == std::min(candles.size(), IndicatorTable::kHistory));
    for (std::size_t back = 0; back < history.size(); ++back)
      REQUIRE(history[back] == expected[expected.size() - 1 - back]);
  }
}

}  // namespace

TEST_CASE("each indicator is computed once per new candle, however often the series is given") {
  SharedIndicators shared = three_indicators();
  shared.on_series(series_of(candles_of(0, 100)));
  CHECK(shared.computations() == 3 * 100);
  shared.on_series(series_of(candles_of(0, 100)));
  CHECK(shared.computations() == 3 * 100);
  shared.on_series(series_of(candles_of(0, 101)));
  CHECK(shared.computations() == 3 * 101);
  REQUIRE(shared.add(kRsi).has_value());
  CHECK(shared.computations() == 3 * 101);
  CHECK(shared.table()->last_close() == minute(101));
}

TEST_CASE("candle by candle and afresh agree, newest first") {
  SharedIndicators shared = three_indicators();
  for (std::int64_t end : {1, 3, 14, 15, 40, 41, 42, 120}) {
    shared.on_series(series_of(candles_of(0, end)));
    check_history(*shared.table(), candles_of(0, end));
  }
  CHECK(shared.computations() == 3 * 120);
}

TEST_CASE("candles that fall out at the old end do not cause a new computation") {
  SharedIndicators shared = three_indicators();
  for (std::int64_t end = 50; end <= 200; ++end)
    shared.on_series(series_of(candles_of(end - 50, end), 50));
  CHECK(shared.computations() == 3 * 200);
  check_history(*shared.table(), candles_of(0, 200));
}

TEST_CASE("a revised or a filled in candle causes a new computation of all") {
  SharedIndicators shared = three_indicators();
  auto candles = candles_of(0, 60);
  SUBCASE("revised") {
    shared.on_series(series_of(candles));
    candles[30] = candle_of(30, 3);
  }
  SUBCASE("filled in") {
    auto holed = candles;
    holed.erase(holed.begin() + 30);
    shared.on_series(series_of(holed));
  }
  SUBCASE("filled in at the old end") { shared.on_series(series_of(candles_of(10, 60))); }
  SUBCASE("the newest one revised") {
    shared.on_series(series_of(candles));
    candles.back() = candle_of(59, 4);
  }
  SUBCASE("all others") { shared.on_series(series_of(candles_of(100, 300))); }
  const std::uint64_t before = shared.computations();
  shared.on_series(series_of(candles));
  CHECK(shared.computations() == before + 3 * 60);
  check_history(*shared.table(), candles);
}

TEST_CASE("an indicator that is registered later is computed over what is there, alone") {
  SharedIndicators shared;
  REQUIRE(shared.add(kRsi).has_value());
  shared.on_series(series_of(candles_of(0, 30)));
  const auto before = shared.table();
  REQUIRE(shared.add(kEma).has_value());
  CHECK(shared.computations() == 2 * 30);
  CHECK(before->history(kEma).empty());
  CHECK_FALSE(before->latest(kEma).ready);
  CHECK(shared.table()->latest(kEma) == afresh(kEma, candles_of(0, 30)).back());
  CHECK_FALSE(shared.add({IndicatorKind::kRsi, 0, 0}).has_value());
}

TEST_CASE("a table that a bot holds does not change") {
  SharedIndicators shared = three_indicators();
  shared.on_series(series_of(candles_of(0, 30)));
  const auto held = shared.table();
  const IndicatorValue value = held->latest(kRsi);
  shared.on_series(series_of(candles_of(0, 35)));
  CHECK(held->latest(kRsi) == value);
  CHECK(held->last_close() == minute(30));
}

TEST_CASE("the age of data is the worse of two: since fetched, and the next candle overdue") {
  struct Row {
    std::int64_t fetched_ms, close_minute, now_ms, age_ms;
  };
  for (const Row row :
       {Row{0, 0, 0, 0}, Row{0, 0, 59'000, 59'000}, Row{170'000, 0, 180'000, 120'000},
        Row{100'000, 5, 90'000, 0}, Row{0, 10, 30'000, 30'000}}) {
    CAPTURE(row.now_ms);
    CHECK(data_age(kMarketOpen + Duration{row.fetched_ms}, minute(row.close_minute), kMinute,
                   kMarketOpen + Duration{row.now_ms}) == Duration{row.age_ms});
  }
  const MarketView view{.symbol = {"BTC/USDT"},
                        .timeframe = kMinute,
                        .series = series_of(candles_of(0, 10)),
                        .indicators = nullptr,
                        .as_of = minute(10)};
  CHECK(view.age(minute(10) + Duration{5'000}) == Duration{5'000});
  CHECK(view.age(minute(14)) == Duration{240'000});
}
