#include "engine/model/instrument.hpp"

#include <doctest/doctest.h>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

TEST_CASE("every way to write a symbol means one unified symbol") {
  struct Row {
    std::string_view text, unified, base, quote;
    MarketType market;
  };
  constexpr MarketType kSpot = MarketType::kSpot, kLinear = MarketType::kLinear;
  for (const Row& row : {Row{"BTC/USDT", "BTC/USDT", "BTC", "USDT", kSpot},
                         Row{"btc/usdt", "BTC/USDT", "BTC", "USDT", kSpot},
                         Row{"BTC-USDT", "BTC/USDT", "BTC", "USDT", kSpot},
                         Row{"BTCUSDT", "BTC/USDT", "BTC", "USDT", kSpot},
                         Row{"BINANCE:BTCUSDT", "BTC/USDT", "BTC", "USDT", kSpot},
                         Row{"BYBIT:BTCUSDT.P", "BTC/USDT:USDT", "BTC", "USDT", kLinear},
                         Row{"BTCUSDT.P", "BTC/USDT:USDT", "BTC", "USDT", kLinear},
                         Row{"BTC/USDT:USDT", "BTC/USDT:USDT", "BTC", "USDT", kLinear},
                         Row{"1000PEPEUSDT", "1000PEPE/USDT", "1000PEPE", "USDT", kSpot},
                         Row{"ETHBTC", "ETH/BTC", "ETH", "BTC", kSpot},
                         Row{"SOLFDUSD", "SOL/FDUSD", "SOL", "FDUSD", kSpot},
                         Row{"BTCUSD", "BTC/USD", "BTC", "USD", kSpot},
                         Row{"BTC/TRY", "BTC/TRY", "BTC", "TRY", kSpot}}) {
    CAPTURE(row.text);
    const Result<SymbolParts> parts = parse_symbol(row.text);
    REQUIRE(parts.has_value());
    CHECK(parts->unified == Symbol{std::string(row.unified)});
    CHECK(parts->base == Asset{std::string(row.base)});
    CHECK(parts->quote == Asset{std::string(row.quote)});
    CHECK(to_string(parts->market) == to_string(row.market));
    CHECK(parse_symbol(parts->unified.value)->unified == parts->unified);
  }
}

TEST_CASE("what is no symbol is refused with the way to write one") {
  for (const std::string_view text :
       {"", "/", "BTC", "USDT", "BTC/", "/USDT", "BTC/USDT:", "BTC/USDT:BTC", "BTC USDT",
        "BTC/USDT/ETH", ".P", "BINANCE:", "BTC/US$T", "ABCDEFGHIJKLMNOPQRSTU/USDT"}) {
    CAPTURE(text);
    const Result<SymbolParts> parts = parse_symbol(text);
    REQUIRE_FALSE(parts.has_value());
    CHECK(parts.error().code == ErrorCode::kInvalidInput);
    CHECK(parts.error().fix.find("BTC/USDT") != std::string::npos);
  }
}

TEST_CASE("a quantity is never rounded up, a price never against the one who gives it") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int i = 0; i < 2'000; ++i) {
    const Instrument instrument =
        an_instrument({.tick = {Decimal::from_units(runs.between(1, 1'000'000))},
                       .lot = {Decimal::from_units(runs.between(1, 1'000'000))}});
    const Quantity wanted{Decimal::from_units(runs.between(0, 1'000'000'000'000))};
    const Quantity rounded = round_quantity(instrument, wanted);
    REQUIRE(rounded <= wanted);
    REQUIRE(wanted - rounded < instrument.lot);
    REQUIRE(is_multiple_of(rounded.value, instrument.lot.value));
    const Price asked{Decimal::from_units(runs.between(0, 1'000'000'000'000))};
    const Price buy = round_price(instrument, asked, OrderSide::kBuy);
    const Price sell = round_price(instrument, asked, OrderSide::kSell);
    REQUIRE(buy <= asked);
    REQUIRE(asked <= sell);
    REQUIRE((buy == sell || sell - buy == instrument.tick));
    REQUIRE(is_multiple_of(buy.value, instrument.tick.value));
  }
}

TEST_CASE(
    "a change of an instrument tells its filters, and how many orders may stand if it differs") {
  Instrument before = an_instrument({.tick = Price::literal("0.1"), .lot = Quantity::literal("1")});
  before.min_notional = Notional::literal("5");
  Instrument after = before;
  after.tick = Price::literal("0.01");
  CHECK(describe_change(before, after) == "tick 0.1 to 0.01, lot 1 to 1, minimum notional 5 to 5");
  after.max_orders = 200;
  after.max_conditional_orders = 10;
  CHECK(describe_change(before, after) ==
        "tick 0.1 to 0.01, lot 1 to 1, minimum notional 5 to 5, most orders 0 to 200, "
        "most of them conditional 0 to 10");
}
