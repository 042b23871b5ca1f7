// From the candle, which is the truth, to the numbers that indicators and rules compute with.
#pragma once

#include "engine/model/candle.hpp"
#include "engine/strategy/bar.hpp"

namespace botbox {

inline Bar to_bar(const Candle& candle) {
  return {to_double_for_indicator(candle.open.value),   to_double_for_indicator(candle.high.value),
          to_double_for_indicator(candle.low.value),    to_double_for_indicator(candle.close.value),
          to_double_for_indicator(candle.volume.value), candle.open_time};
}

}  // namespace botbox
