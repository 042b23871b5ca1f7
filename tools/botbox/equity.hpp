// Equity over time: what the fills of a run made of the bots' allocations, marked to the market at
// every close of the finest candles there are.
//
//   equity = allocation + realised profit - fees + funding + unrealised profit at the newest close
//
// A function of fills, candles and funding rates alone: the bots' own sums are not asked, nor what
// their fills say of funding, so that the two can be held against each other.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/position.hpp"
#include "engine/model/time.hpp"
#include "engine/statistics/trade_statistics.hpp"
#include "exchange/market/market_feed.hpp"
#include "exchange/paper/funding.hpp"

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

// A curve thinned to equal steps, for ratios and charts: point i is the equity that stood at
// from + i * step, point 0 the start, the last point the end of the run.
struct EquityCurve {
  Duration step{0};
  std::vector<double> equity;
  // The deepest fall in the step that ends at the point, in proportion to the height, 0..
  std::vector<double> drawdown;
};

struct Equity {
  Notional start;
  Notional realised;  // before fees
  Notional fees;
  Notional funding;     // perpetuals: received, negative when paid
  Notional unrealised;  // at the last close, before fees of the way out
  Notional end;
  // The deepest fall below the highest equity before it, the start included.
  Notional max_drawdown;
  Decimal max_drawdown_ratio;  // the deepest in proportion to the height it fell from, 0..
  // From the last moment at a height to the one that reached it again, or the end; the longest.
  Duration max_drawdown_length{0};
  EquityCurve curve{};
};

struct FleetEquity {
  std::map<BotId, Equity> bots;
  Equity total;  // of the sum of all curves, not the sum of the falls
};

// The step of the curves of a run: the shortest of 5 min to 1 day that divides a day and gives at
// most some 3,000 points; a day where none does.
Duration curve_step(Timestamp from, Timestamp to);

// Of the symbols that pay any.
using FundingSchedules = std::map<Symbol, std::shared_ptr<const exchange::FundingSchedule>>;

// Samples at the closes in (run.from, run.to]. Fills before the first close count at the first,
// those after the last one (and after run.to) at the end. Takes O(closes) per bot and symbol, and
// memory for one curve and the closes of one symbol. Errors: kNotFound (an open position on a
// symbol without candles), kInvalidInput (fills that do not fold, run.to <= run.from).
Result<FleetEquity> fold_equity(const std::vector<BotHistory>& bots, exchange::MarketFeed& feed,
                                const FundingSchedules& funding, TimeRange run);

}  // namespace botbox::cli
