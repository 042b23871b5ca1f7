// What a program reads, out of a market view.
#pragma once

#include <span>

#include "engine/market/market_view.hpp"
#include "engine/strategy/rule/program.hpp"

namespace botbox::rule {

// Fills slots[0, inputs). The moment is the close of the view's newest candle: of a longer
// timeframe the candle counts that closed last by then, whatever newer ones the view holds. If just
// that candle is missing (the exchange is late, or has a gap), the input is unknown: an older one
// would answer another question.
void read_inputs(const MarketView& view, const Program& program, std::span<double> slots);

// False: an input lacks candles, so nothing may be decided yet. True for inputs that are unknown
// for another reason.
bool is_warm(const MarketView& view, const Program& program);

}  // namespace botbox::rule
