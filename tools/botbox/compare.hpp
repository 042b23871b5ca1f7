// Variants of a bot that ran on the same candles, each by itself: results, and paired differences.
//
//   baseline, seed, draws, confidence
//   variants[{id, strategy, timeframe, check_minutes, parameters{}, trades, profit, return,
//             max_drawdown_ratio, sharpe, sortino, calmar, profit_factor}]
//   differences[{id, days, mean, low, high, share_above_zero, return, verdict}]
//
// A difference is that of daily returns, variant less baseline, day by day: what the market did to
// both cancels out. mean, low and high are per day; the interval is a stationary bootstrap
// (engine/statistics/bootstrap.hpp), the same for the same seed. `return` is the difference of the
// whole run. verdict: BETTER or WORSE where the interval excludes zero, NO_DIFFERENCE_SHOWN where
// it does not, TOO_SHORT below two days.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "engine/statistics/bootstrap.hpp"
#include "tools/botbox/sweep_run.hpp"

namespace botbox::cli {

struct Variant {
  BotConfig bot;
  TrialScore score;
};

// The first one is the baseline; at least one.
nlohmann::ordered_json comparison(const std::vector<Variant>& variants,
                                  const BootstrapOptions& options);

}  // namespace botbox::cli
