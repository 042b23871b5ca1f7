// What closed trades add up to.
//
// A trade here is a whole position, from its first entry to its last exit. Money is in quote
// currency and after fees and funding unless it says otherwise. Terms as in Pardo, "The Evaluation
// and Optimization of Trading Strategies", 2nd ed. 2008; expectancy as in Tharp, "Trade Your Way to
// Financial Freedom", 1998, in money and not in multiples of the risk. An empty value means
// "divides by nothing" and never zero.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "engine/model/money.hpp"
#include "engine/model/time.hpp"

namespace botbox {

struct ClosedTrade {
  Timestamp opened_at;
  Timestamp closed_at;
  Notional profit;     // after fees and funding
  Notional fees;       // >= 0, rebates negative
  Notional turnover;   // price * quantity of every fill, in and out
  Notional funding{};  // perpetuals: received, negative when paid
};

struct TradeStatistics {
  std::size_t trades = 0;
  std::size_t wins = 0;    // profit > 0
  std::size_t losses = 0;  // profit < 0; what is neither is a trade all the same
  Notional net_profit;
  Notional gross_profit;  // sum of the wins
  Notional gross_loss;    // sum of the losses, >= 0
  Notional fees;
  Notional funding;
  Notional turnover;
  Notional best;                          // most profitable trade; zero without trades
  Notional worst;                         // least profitable trade; zero without trades
  std::size_t longest_losing_streak = 0;  // by time of closing
  std::optional<double> win_rate;         // wins / trades
  std::optional<double> profit_factor;    // gross profit / gross loss
  // Net profit / trades, which is win rate * average win - loss rate * average loss.
  std::optional<double> expectancy;
  std::optional<double> average_win;         // gross profit / wins
  std::optional<double> average_loss;        // gross loss / losses, >= 0
  std::optional<double> payoff_ratio;        // average win / average loss
  std::optional<Duration> average_duration;  // from first entry to last exit
};

// Of trades in any order; those that close in the same millisecond count in the order given.
TradeStatistics trade_statistics(std::span<const ClosedTrade> trades);

// From `from` to `to`; `from` <= `to`.
struct TimeRange {
  Timestamp from;
  Timestamp to;
};

// The share of [run.from, run.to) that at least one of `ranges` covers, 0..1. Ranges may overlap,
// stand in any order and reach beyond the run. A run without length: 0.
double exposure(std::span<const TimeRange> ranges, TimeRange run);

}  // namespace botbox
