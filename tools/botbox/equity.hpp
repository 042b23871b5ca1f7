// Equity over time: what the fills of a run made of the bots' allocations, marked to the market at
// every close of the finest candles there are.
//
//   equity = allocation + realised profit - fees + unrealised profit at the newest close
//
// A function of fills and candles alone: the bots' own sums are not asked, so that the two can be
// held against each other.
#pragma once

#include <map>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/position.hpp"
#include "engine/model/time.hpp"
#include "exchange/market/market_feed.hpp"

namespace botbox::cli {

struct PositionHistory {
  PositionId id;
  Symbol symbol;
  PositionSide side = PositionSide::kLong;
  std::vector<Fill> fills;  // in any order
};

struct BotHistory {
  BotId bot;
  Notional allocation;
  std::vector<PositionHistory> positions;
};

struct Equity {
  Notional start;
  Notional realised;  // before fees
  Notional fees;
  Notional unrealised;  // at the last close, before fees of the way out
  Notional end;
  // The deepest fall below the highest equity before it, the start included.
  Notional max_drawdown;
  Decimal max_drawdown_ratio;  // the deepest in proportion to the height it fell from, 0..
};

struct FleetEquity {
  std::map<BotId, Equity> bots;
  Equity total;  // of the sum of all curves, not the sum of the falls
};

// Samples at the closes in (from, to]. Fills before the first close count at the first, those after
// the last one (and after `to`) at the end. Takes O(closes) per bot and symbol, and memory for one
// curve and the closes of one symbol.
// Errors: kNotFound (an open position on a symbol without candles), kInvalidInput (fills that do
// not fold, to <= from).
Result<FleetEquity> fold_equity(const std::vector<BotHistory>& bots, exchange::MarketFeed& feed,
                                Timestamp from, Timestamp to);

}  // namespace botbox::cli
