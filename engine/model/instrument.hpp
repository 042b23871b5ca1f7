// Instrument: what an exchange lets you trade, on which grid, and how small or large.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/result.hpp"

namespace botbox {

enum class MarketType { kSpot, kLinear };
constexpr std::string_view to_string(MarketType type) {
  return type == MarketType::kSpot ? "spot" : "linear";
}

enum class OrderSide { kBuy, kSell };
constexpr std::string_view to_string(OrderSide side) {
  return side == OrderSide::kBuy ? "BUY" : "SELL";
}
constexpr OrderSide opposite(OrderSide side) {
  return side == OrderSide::kBuy ? OrderSide::kSell : OrderSide::kBuy;
}

// Exchange filters. A zero maximum means "no maximum", or none that the exchange tells.
struct Instrument {
  Symbol symbol;
  Asset base;
  Asset quote;
  MarketType market = MarketType::kSpot;
  Price tick;    // > 0: prices are multiples of it
  Quantity lot;  // > 0: quantities are multiples of it
  Quantity min_quantity;
  Quantity max_quantity;
  Notional min_notional;
  // Orders of one account that may stand in the symbol, and of them those that wait for a trigger.
  std::uint32_t max_orders = 0;
  std::uint32_t max_conditional_orders = 0;

  bool operator==(const Instrument&) const = default;
};

// "tick 0.1 to 0.01, lot 1 to 1, minimum notional 5 to 10", and maxima of orders that differ.
std::string describe_change(const Instrument& before, const Instrument& after);

// Splits a unified symbol. "BTC/USDT" is spot, "BTC/USDT:USDT" linear. Accepts BTCUSDT, BTCUSDT.P,
// BINANCE:BTCUSDT and BTC-USDT as well and unifies them; quote currencies known without a
// separator: USDT USDC FDUSD BUSD TUSD USD EUR BTC ETH BNB.
struct SymbolParts {
  Symbol unified;
  Asset base;
  Asset quote;
  MarketType market = MarketType::kSpot;
};
Result<SymbolParts> parse_symbol(std::string_view text);

// Grid and limits for a quantity at a price. `round_quantity` goes down, never up: an order may be
// smaller than asked, never larger.
Quantity round_quantity(const Instrument& instrument, Quantity quantity);
// Buys round down, sells round up: the limit is never worse than asked.
Price round_price(const Instrument& instrument, Price price, OrderSide side);

}  // namespace botbox
