// Bar: a closed candle as indicators see it.
#pragma once

#include "engine/model/time.hpp"

namespace botbox {

// Prices in quote currency per 1 base, volume in base. All finite; made from decimals, which are
// the truth, with to_double_for_indicator.
struct Bar {
  double open = 0;
  double high = 0;
  double low = 0;
  double close = 0;
  double volume = 0;
  Timestamp open_time{};  // for what starts anew with the UTC day (vwap, pivot_points)

  bool operator==(const Bar&) const = default;
};

}  // namespace botbox
