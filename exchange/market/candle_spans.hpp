// CandleSpans: which of several timeframes tells best what happened, stretch by stretch. Pure.
//
// Within a candle nobody knows whether its high or its low came first. A finer timeframe knows
// better, but may not reach as far: so each stretch of time has the finest candles that show all of
// it.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/time.hpp"

namespace botbox::exchange {

// From the open of its first candle to the close of its last one; gaps inside stay gaps.
struct CandleSpan {
  Timestamp from;
  Timestamp to;
  Timeframe timeframe;

  bool operator==(const CandleSpan&) const = default;
};

// Candles of one symbol, ascending and unique, by timeframe.
using CandlesByTimeframe = std::map<Timeframe, std::vector<Candle>>;

// Ascending, without overlap. A longer candle gives way to finer ones that show all of it: none is
// missing, or nothing was traded in those that are, as the volumes add up. A timeframe that is no
// multiple of all finer ones is left out; with `within`, so is one that does not divide it.
std::vector<CandleSpan> finest_spans(const CandlesByTimeframe& series,
                                     std::optional<Timeframe> within = std::nullopt);

}  // namespace botbox::exchange
