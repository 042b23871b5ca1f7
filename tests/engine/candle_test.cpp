#include "engine/model/candle.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

constexpr Timestamp kLater = opens(1'000'000);

CandleSeries a_series(std::size_t capacity = 100) { return {Timeframe::minutes(1), capacity}; }
std::vector<std::int64_t> numbers(const CandleSeries& series) {
  std::vector<std::int64_t> numbers;
  for (const Candle& candle : series.candles())
    numbers.push_back((candle.open_time - kFirstOpen) / Duration{60'000});
  return numbers;
}

}  // namespace

TEST_CASE("a candle keeps its rules or is refused with the rule it breaks") {
  struct Row {
    std::string_view open, high, low, close, volume, rule;
  };
  for (const Row& row :
       {Row{"100", "101", "99", "100.5", "0", ""}, Row{"100", "100", "100", "100", "1", ""},
        Row{"100", "99.9", "99", "99.5", "1", "high >="},
        Row{"100", "100", "99", "100.1", "1", "high >="},
        Row{"100", "101", "100.1", "101", "1", "low <="},
        Row{"100", "101", "99.9", "99.8", "1", "low <="}, Row{"0", "1", "0", "1", "1", "low > 0"},
        Row{"1", "1", "-1", "1", "1", "low > 0"},
        Row{"100", "101", "99", "100", "-1", "volume >= 0"}}) {
    const Result<void> valid = validate({opens(0), price(row.open), price(row.high), price(row.low),
                                         price(row.close), quantity(row.volume)});
    CAPTURE(row.rule);
    CHECK(valid.has_value() == row.rule.empty());
    if (!valid) CHECK(valid.error().message.find(row.rule) != std::string::npos);
  }
}

TEST_CASE("an unfinished candle stays out until it is closed") {
  CandleSeries series = a_series();
  REQUIRE(series.merge({a_candle({.number = 0}), a_candle({.number = 1})}, opens(2) - Duration{1})
              .has_value());
  CHECK(numbers(series) == std::vector<std::int64_t>{0});
  REQUIRE(series.merge({a_candle({.number = 1})}, opens(2)).has_value());
  CHECK(numbers(series) == std::vector<std::int64_t>{0, 1});
  CHECK(series.last_close() == opens(2));
}

TEST_CASE("a revised candle replaces its former self") {
  CandleSeries series = a_series();
  REQUIRE(series.merge({a_candle({.number = 0}), a_candle({.number = 1})}, kLater).has_value());
  REQUIRE(series.merge({a_candle({.number = 0, .close = price("99")})}, kLater).has_value());
  REQUIRE(series.candles().size() == 2);
  CHECK(series.candles().front().close == price("99"));
}

TEST_CASE("one bad candle and nothing is merged") {
  CandleSeries series = a_series();
  Candle off_grid = a_candle({.number = 2});
  off_grid.open_time = off_grid.open_time + Duration{1};
  Candle invalid = a_candle({.number = 2});
  invalid.volume = quantity("-1");
  for (const Candle& bad : {off_grid, invalid}) {
    const Result<void> merged = series.merge({a_candle({.number = 1}), bad}, kLater);
    REQUIRE_FALSE(merged.has_value());
    CHECK(merged.error().code == ErrorCode::kInvalidInput);
    CHECK(series.empty());
  }
}

TEST_CASE("gaps are the runs of candles that are missing between others") {
  CandleSeries series = a_series();
  CHECK(series.last_close().is_never());
  std::vector<Candle> candles;
  for (const std::int64_t number : {1, 2, 4, 8}) candles.push_back(a_candle({.number = number}));
  REQUIRE(series.merge(candles, kLater).has_value());
  CHECK(series.gaps() == std::vector<CandleGap>{{opens(3), opens(4)}, {opens(5), opens(8)}});
}

TEST_CASE("gaps come with the candles around them and go with the one before them") {
  CandleSeries series = a_series(3);
  REQUIRE(series.merge({a_candle({.number = 1}), a_candle({.number = 3})}, kLater).has_value());
  REQUIRE(series.merge({a_candle({.number = 6})}, kLater).has_value());
  CHECK(series.gaps() == std::vector<CandleGap>{{opens(2), opens(3)}, {opens(4), opens(6)}});
  REQUIRE(series.merge({a_candle({.number = 7})}, kLater).has_value());
  CHECK(series.gaps() == std::vector<CandleGap>{{opens(4), opens(6)}});
  REQUIRE(series.merge({a_candle({.number = 5})}, kLater).has_value());
  CHECK(series.gaps().empty());
}

TEST_CASE("what is merged into a copy is not seen in any other copy") {
  CandleSeries first = a_series();
  REQUIRE(first.merge({a_candle({.number = 0}), a_candle({.number = 2})}, kLater).has_value());
  CandleSeries longer = first;
  CandleSeries other = first;
  CandleSeries revised = first;
  CandleSeries filled = first;
  REQUIRE(longer.merge({a_candle({.number = 3})}, kLater).has_value());
  REQUIRE(other.merge({a_candle({.number = 4})}, kLater).has_value());
  REQUIRE(revised.merge({a_candle({.number = 2, .close = price("99")})}, kLater).has_value());
  REQUIRE(filled.merge({a_candle({.number = 1})}, kLater).has_value());
  CHECK(numbers(first) == std::vector<std::int64_t>{0, 2});
  CHECK(first.candles().back() == a_candle({.number = 2}));
  CHECK(numbers(longer) == std::vector<std::int64_t>{0, 2, 3});
  CHECK(numbers(other) == std::vector<std::int64_t>{0, 2, 4});
  CHECK(revised.candles().back().close == price("99"));
  CHECK(numbers(filled) == std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("a series that only goes on moves no candle until its room is full") {
  CandleSeries series = a_series();
  REQUIRE(series.merge({a_candle({.number = 0})}, kLater).has_value());
  CandleSeries next = series;
  REQUIRE(next.merge({a_candle({.number = 0}), a_candle({.number = 1})}, kLater).has_value());
  CHECK(next.candles().data() == series.candles().data());
}

TEST_CASE("a series is the newest closed candles, whatever the order in which they come") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 300; ++round) {
    const auto capacity = static_cast<std::size_t>(runs.between(1, 12));
    const Timestamp now = opens(runs.between(5, 25)) + Duration{runs.between(0, 59'999)};
    CandleSeries series = a_series(capacity);
    std::map<std::int64_t, Candle> reference;
    std::vector<std::pair<CandleSeries, std::vector<Candle>>> published;
    for (int batch = 0; batch < 6; ++batch) {
      std::vector<Candle> candles;
      for (std::int64_t left = runs.between(0, 6); left > 0; --left)
        candles.push_back(a_candle(
            {.number = runs.between(0, 25), .close = {Decimal::from_int(runs.between(90, 110))}}));
      REQUIRE(series.merge(candles, now).has_value());
      for (const Candle& candle : candles)
        if (candle.open_time + Duration{60'000} <= now)
          reference.insert_or_assign(candle.open_time.ms, candle);
      while (reference.size() > capacity) reference.erase(reference.begin());
      std::vector<Candle> expected;
      for (const auto& [at, candle] : reference) expected.push_back(candle);
      REQUIRE(std::ranges::equal(series.candles(), expected));
      std::vector<CandleGap> gaps;
      for (std::size_t i = 1; i < expected.size(); ++i) {
        const Timestamp next = expected[i - 1].open_time + Duration{60'000};
        if (next != expected[i].open_time) gaps.push_back({next, expected[i].open_time});
      }
      REQUIRE(series.gaps() == gaps);
      published.emplace_back(series, expected);
      for (const auto& [copy, then] : published) REQUIRE(std::ranges::equal(copy.candles(), then));
    }
  }
}
