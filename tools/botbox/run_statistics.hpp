// The statistics of a run as JSON, in groups: of the fleet, and per bot, symbol, strategy, regime,
// exit reason and side.
//
//   statistics{total, by_bot{NAME: ..}, by_symbol{..}, by_strategy{..}, by_regime{..},
//              by_exit_reason{..}, by_side{..}, monthly[{month, start, end, profit, return,
//              trades}]}
//
// A group: trades, wins, losses, net_profit, gross_profit, gross_loss, fees, funding (received,
// negative when paid), turnover, best, worst (money: decimal text, quote currency; of closed
// trades, after fees and funding), win_rate, profit_factor,
// expectancy, average_win, average_loss, payoff_ratio, average_minutes, longest_losing_streak.
//
// And: start, end (equity), return, growth_per_year, sharpe, sortino, calmar, volatility (of daily
// returns, per year), max_drawdown, max_drawdown_ratio, max_drawdown_days, exposure (share of the
// time with a position open, 0..1), turnover_ratio (turnover / start).
//
// Groups that are made of whole bots (total, bot, symbol, strategy) have them of their curves: open
// positions count at the last close. Of symbols and strategies the drawdown is that of the thinned
// curve (tools/botbox/equity.hpp). Groups of trades (regime, exit reason, side) have them of their
// closed trades alone, each as a step at its close, upon the capital of all bots
// (engine/statistics/realised_equity.hpp): what those trades made of it, so that the groups of a
// run have one start, and falls while a position was open are not seen.
//
// Days are those of the run, 24 hours from its start; where there are no candles equity stands
// still, so a day without any has a return of 0 and a fall goes on. Months are UTC's, to the last
// point of the curve in them.
//
// Formulas and their sources: engine/statistics. A ratio that does not exist is null. by_regime is
// empty where no signal recorded a regime.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "tools/botbox/run_record.hpp"

namespace botbox::cli {

// `trades` are run_trades(record).
nlohmann::ordered_json run_statistics(const RunRecord& record, const std::vector<RunTrade>& trades,
                                      const ReplayFacts& facts);

// Equity at the end of each whole day of the run, the start first: what daily returns are made of.
std::vector<double> daily_equity(const EquityCurve& curve);

// The name of a strategy without the content that a rule's id carries behind '@'.
std::string strategy_name(const StrategyId& id);

}  // namespace botbox::cli
