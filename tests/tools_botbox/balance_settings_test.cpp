// What the configuration says of the money that entries need.
#include <doctest/doctest.h>

#include "tools/botbox/engine_assembly.hpp"

namespace botbox::cli {

TEST_CASE("the paper exchange tells balances by itself, any other one is asked for them") {
  config::EngineConfig config;
  config.exchange.kind = config::ExchangeKind::kPaper;
  CHECK(engine_settings(config).balances_every == Duration{0});
  for (const auto kind : {config::ExchangeKind::kPaperHttp, config::ExchangeKind::kBinanceSpot,
                          config::ExchangeKind::kBybitLinear}) {
    config.exchange.kind = kind;
    CHECK(engine_settings(config).balances_every == Duration{30'000});
  }
}

TEST_CASE("margins are worked out with the leverage that entries get, where it is known") {
  const Symbol traded{"SOL/USDT:USDT"};
  config::EngineConfig config;
  config.exchange.kind = config::ExchangeKind::kPaper;
  config::PaperSymbol listed;
  listed.symbol.unified = traded;
  listed.leverage = 5;
  config.paper.symbols = {listed};
  CHECK(engine_settings(config).leverages.of(traded) == Decimal::from_int(5));
  CHECK_FALSE(engine_settings(config).leverages.of({"BTC/USDT:USDT"}).has_value());
  config.exchange.kind = config::ExchangeKind::kBybitLinear;
  CHECK_FALSE(engine_settings(config).leverages.of(traded).has_value());
  config.exchange.leverage = Decimal::from_int(3);
  CHECK(engine_settings(config).leverages.of(traded) == Decimal::from_int(3));
}

}  // namespace botbox::cli
