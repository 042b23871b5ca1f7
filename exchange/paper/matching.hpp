// At which price a candle fills an order: pure rules, all against the trader where a candle leaves
// room for doubt.
#pragma once

#include <optional>

#include "engine/model/candle.hpp"
#include "engine/model/instrument.hpp"

namespace botbox::exchange {

// Worsens prices by the slippage and rounds them to the tick, against the trader.
class TakerPrice {
 public:
  // tick > 0, slippage in [0, 0.5].
  TakerPrice(Price tick, Decimal slippage);
  // At least one tick. The reference must be below 1e25.
  Price operator()(Price reference, OrderSide side) const;

 private:
  Price tick_;
  Decimal buy_factor_;
  Decimal sell_factor_;
};

// A resting limit order: at the open if the candle opens beyond the limit (better than asked), at
// the limit if the candle trades *through* it. A mere touch does not fill: nobody knows the queue.
std::optional<Price> limit_fill(const Candle& candle, OrderSide side, Price limit);

// The price before slippage at which a stop order fires: the worse of its trigger and `open`. A
// touch fires. `open` is the candle's open, or the parent's fill for a stop born within the candle.
std::optional<Price> stop_fill(const Candle& candle, OrderSide side, Price trigger, Price open);

// The price before slippage at which a take-profit order fires: its trigger, or the open if the
// candle opens beyond it. A touch fires: it is a market order, not a place in a queue.
std::optional<Price> take_profit_fill(const Candle& candle, OrderSide side, Price trigger);

}  // namespace botbox::exchange
