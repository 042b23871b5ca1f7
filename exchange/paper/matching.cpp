#include "exchange/paper/matching.hpp"

#include <algorithm>

#include "engine/assert.hpp"

namespace botbox::exchange {

TakerPrice::TakerPrice(Price tick, Decimal slippage)
    : tick_(tick),
      buy_factor_(Decimal::from_int(1) + slippage),
      sell_factor_(Decimal::from_int(1) - slippage) {
  ENGINE_ASSERT(tick.is_positive() && sell_factor_.is_positive());
}

Price TakerPrice::operator()(Price reference, OrderSide side) const {
  const bool buy = side == OrderSide::kBuy;
  const Rounding against = buy ? Rounding::kUp : Rounding::kDown;
  const auto slipped = scaled(reference, buy ? buy_factor_ : sell_factor_, against);
  ENGINE_ASSERT(slipped.has_value());
  return std::max(tick_, Price{round_to_step(slipped->value, tick_.value, against)});
}

std::optional<Price> limit_fill(const Candle& candle, OrderSide side, Price limit) {
  const bool buy = side == OrderSide::kBuy;
  if (buy ? candle.open < limit : candle.open > limit) return candle.open;
  if (buy ? candle.low < limit : candle.high > limit) return limit;
  return std::nullopt;
}

std::optional<Price> stop_fill(const Candle& candle, OrderSide side, Price trigger, Price open) {
  if (side == OrderSide::kBuy) {
    if (candle.high < trigger) return std::nullopt;
    return std::max(trigger, open);
  }
  if (candle.low > trigger) return std::nullopt;
  return std::min(trigger, open);
}

std::optional<Price> take_profit_fill(const Candle& candle, OrderSide side, Price trigger) {
  if (side == OrderSide::kBuy) {
    if (candle.low > trigger) return std::nullopt;
    return std::min(trigger, candle.open);
  }
  if (candle.high < trigger) return std::nullopt;
  return std::max(trigger, candle.open);
}

}  // namespace botbox::exchange
