// The equity that closed trades alone make of a capital: what any choice of trades was worth, where
// no curve of its own was kept.
#pragma once

#include <span>
#include <vector>

#include "engine/model/money.hpp"
#include "engine/model/time.hpp"
#include "engine/statistics/trade_statistics.hpp"

namespace botbox {

// A step at the close of each trade, by its profit; level in between, whatever was open.
struct RealisedEquity {
  double start = 0;
  double end = 0;
  // At the start and at the end of each whole day of the run, 24 hours from its start; a trade that
  // closes on the border is of the day before it.
  std::vector<double> days;
  double deepest = 0;        // the largest fall below a height before it, >= 0
  double deepest_ratio = 0;  // the deepest in proportion to the height it fell from, 0..
  // From the close that fell below a height to the one that reached it again, or to the end of the
  // run; the longest.
  Duration longest{0};
};

// Of trades in any order; those that close in the same millisecond count in the order given. Trades
// that close after `run.to` count in `end` and in the falls.
RealisedEquity realised_equity(std::span<const ClosedTrade> trades, Notional start, TimeRange run);

}  // namespace botbox
