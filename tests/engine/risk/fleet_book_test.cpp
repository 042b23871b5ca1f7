#include "engine/risk/fleet_book.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

using Entry = FleetBook::Entry;

FleetHolding holding(const std::string& base, PositionSide side = PositionSide::kLong,
                     std::string_view worth = "100") {
  return {{base + "/USDT"}, {base}, side, money(worth)};
}

ReasonCode asked(FleetBook& book, std::size_t slot, const FleetHolding& wanted,
                 Entry entry = Entry::kOpens) {
  return book.admit(slot, wanted, entry).reason;
}

// A price whose n-th return is `scale` times the n-th of a fixed zigzag; every `missing`-th candle
// was never seen.
std::shared_ptr<const CandleSeries> series_of(double scale, double drift = 0, int candles = 30,
                                              int missing = 1'000) {
  const auto series = std::make_shared<CandleSeries>(Timeframe::minutes(1), 500);
  std::vector<Candle> made;
  double price = 100;
  for (int i = 0; i < candles; ++i) {
    price *= std::exp(scale * ((i * 7 % 5) - 2) * 0.001 + drift * ((i * 3 % 4) - 1.5));
    if (i % missing != missing - 1)
      made.push_back(a_candle({.number = i, .close = {*from_indicator_level(price)}}));
  }
  REQUIRE(series->merge(made, opens(1000)).has_value());
  return series;
}

}  // namespace

TEST_CASE("counts are held per symbol and per direction, over all bots") {
  FleetBook book({.per_symbol = 2, .per_direction = 3}, 8);
  CHECK(asked(book, 0, holding("BTC")) == ReasonCode::kNone);
  CHECK(asked(book, 1, holding("BTC", PositionSide::kShort)) == ReasonCode::kNone);
  CHECK(asked(book, 2, holding("BTC")) == ReasonCode::kMaxPositionsSymbol);
  CHECK(asked(book, 2, holding("ETH")) == ReasonCode::kNone);
  CHECK(asked(book, 3, holding("SOL")) == ReasonCode::kNone);
  CHECK(asked(book, 4, holding("XRP")) == ReasonCode::kMaxPositionsDirection);
  CHECK(asked(book, 4, holding("XRP", PositionSide::kShort)) == ReasonCode::kNone);
  book.hold(0, {});
  CHECK(asked(book, 5, holding("BTC")) == ReasonCode::kNone);
}

TEST_CASE("worths are held for the fleet and per base coin, what enlarges included") {
  FleetBook book({.allocation = money("350"), .base_exposure = money("200")}, 4);
  CHECK(asked(book, 0, holding("BTC")) == ReasonCode::kNone);
  FleetHolding perpetual = holding("BTC", PositionSide::kShort, "100.01");
  perpetual.symbol = {"BTC/USDT:USDT"};
  CHECK(asked(book, 1, perpetual) == ReasonCode::kBaseExposure);
  CHECK(asked(book, 0, holding("BTC"), Entry::kEnlarges) == ReasonCode::kNone);
  CHECK(asked(book, 1, holding("ETH", PositionSide::kLong, "150.01")) ==
        ReasonCode::kFleetAllocation);
  CHECK(asked(book, 1, holding("ETH", PositionSide::kLong, "150")) == ReasonCode::kNone);
}

TEST_CASE("what a restarted bot holds counts, also beyond a limit") {
  FleetBook book({.per_symbol = 1}, 3);
  book.hold(0, {holding("BTC")});
  book.hold(1, {holding("BTC")});
  CHECK(asked(book, 2, holding("BTC")) == ReasonCode::kMaxPositionsSymbol);
}

TEST_CASE("enlarging takes no place") {
  FleetBook book({.per_symbol = 1, .per_direction = 1}, 2);
  CHECK(asked(book, 0, holding("BTC")) == ReasonCode::kNone);
  CHECK(asked(book, 0, holding("BTC"), Entry::kEnlarges) == ReasonCode::kNone);
}

TEST_CASE("a position that would win and lose with an open one is refused") {
  FleetBook book({.correlation = Decimal::literal("0.8")}, 4);
  book.see(0, series_of(1));
  book.see(1, series_of(2));
  book.see(2, series_of(-1));
  CHECK(asked(book, 0, holding("BTC")) == ReasonCode::kNone);
  CHECK(asked(book, 1, holding("ETH")) == ReasonCode::kCorrelated);
  CHECK(asked(book, 2, holding("SOL", PositionSide::kShort)) == ReasonCode::kCorrelated);
  CHECK(asked(book, 2, holding("SOL")) == ReasonCode::kNone);
  // Short of what moves like BTC wins with what moves against it.
  CHECK(asked(book, 1, holding("ETH", PositionSide::kShort)) == ReasonCode::kCorrelated);
  book.hold(2, {});
  CHECK(asked(book, 1, holding("ETH", PositionSide::kShort)) == ReasonCode::kNone);
}

TEST_CASE("the same symbol is one with itself, candles or not of the other bot") {
  FleetBook book({.correlation = Decimal::literal("0.8")}, 2);
  book.hold(0, {holding("BTC")});
  book.see(1, series_of(1));
  CHECK(asked(book, 1, holding("BTC")) == ReasonCode::kCorrelated);
  CHECK(asked(book, 1, holding("ETH")) == ReasonCode::kNone);
}

TEST_CASE("steps over missing candles are left out, and too few others compare nothing") {
  // Taken over the holes, the returns would be of two candles here and of one there.
  CHECK(*return_correlation(*series_of(1, 0, 30, 5), *series_of(2), 100) == doctest::Approx(1));
  CHECK(*return_correlation(*series_of(1, 0, 40, 5), *series_of(-2, 0, 40, 7), 100) ==
        doctest::Approx(-1));
  // Every other candle: no two that follow one another.
  CHECK_FALSE(return_correlation(*series_of(1, 0, 60, 2), *series_of(1, 0, 60), 100).has_value());
  FleetBook book({.correlation = Decimal::literal("0.8")}, 2);
  book.hold(0, {holding("BTC")});
  book.see(0, series_of(1, 0, 60, 2));
  book.see(1, series_of(1, 0, 60));
  CHECK(asked(book, 1, holding("ETH")) == ReasonCode::kNone);
}

TEST_CASE("correlation is Pearson's, over steps that both series have") {
  CHECK(*return_correlation(*series_of(1), *series_of(3), 100) == doctest::Approx(1));
  CHECK(*return_correlation(*series_of(1), *series_of(-3), 100) == doctest::Approx(-1));
  const double mixed = *return_correlation(*series_of(1), *series_of(1, 0.001), 100);
  CHECK(mixed > 0);
  CHECK(mixed < 0.999);
  CHECK_FALSE(return_correlation(*series_of(1), *series_of(0), 100).has_value());
  CHECK_FALSE(return_correlation(*series_of(1), *series_of(1, 0, 10), 100).has_value());
  CHECK(return_correlation(*series_of(1), *series_of(1, 0, 11), 100).has_value());
  CHECK_FALSE(return_correlation(*series_of(1), *series_of(1), 10).has_value());
  CHECK(return_correlation(*series_of(1), *series_of(1), 11).has_value());
}
