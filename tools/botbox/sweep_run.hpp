// The trials of a sweep, run in parallel: each a whole engine over the same candles.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/statistics/deflated_sharpe.hpp"
#include "tools/botbox/sweep_plan.hpp"
#include "tools/botbox/virtual_run.hpp"

namespace botbox::cli {

// What a run of one bot came to. Ratios per year, of daily returns.
struct TrialScore {
  std::size_t trades = 0;  // closed
  double profit = 0;       // change of equity, after fees, quote currency
  double return_ratio = 0;
  double max_drawdown_ratio = 0;
  std::optional<double> sharpe;
  std::optional<double> sortino;
  std::optional<double> calmar;
  std::optional<double> profit_factor;
  std::vector<double> daily_returns;
};

// Of one bot of a run. `trades` are run_trades(record).
TrialScore score_of(const RunRecord& record, const std::vector<RunTrade>& trades, const BotId& bot,
                    const ReplayFacts& facts);

enum class Objective : std::uint8_t { kSharpe, kSortino, kCalmar, kReturn, kProfitFactor };
// More is better; empty: the trial has no such number and stands behind all that have.
std::optional<double> objective_of(const TrialScore& score, Objective objective);

using FeedFactory = std::function<Result<std::shared_ptr<exchange::MarketFeed>>()>;

struct TrialsOptions {
  TimeRange range;
  std::size_t threads = 1;
  // Told after each trial, by one thread at a time; null: nobody is.
  std::function<void(std::size_t done, const TrialScore&)> on_done;
};

// Scores in the order of `bots`, whichever thread ran them. `make_feed` is called once per thread.
// Error: the first one of any trial; the others are not begun.
Result<std::vector<TrialScore>> run_trials(const config::EngineConfig& config,
                                           const std::vector<BotConfig>& bots,
                                           const FeedFactory& make_feed,
                                           const TrialsOptions& options);

// Indices of the scores, the best first; equals in the order of the trials.
std::vector<std::size_t> ranked(const std::vector<TrialScore>& scores, Objective objective);

// How likely the Sharpe ratio of the trial `best`, which is told to be the best by whatever
// measure, is more than the luck of having tried so many. A trial without a ratio (it never traded)
// counts as 0. Empty below two trials or two days, and where `best` has no ratio.
std::optional<DeflatedSharpe> luck_of(const std::vector<TrialScore>& scores, std::size_t best);

}  // namespace botbox::cli
