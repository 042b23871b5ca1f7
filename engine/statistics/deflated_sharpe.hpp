// How much of the best of many Sharpe ratios is luck.
//
// Bailey & Lopez de Prado 2014, "The Deflated Sharpe Ratio: Correcting for Selection Bias, Backtest
// Overfitting and Non-Normality", Journal of Portfolio Management 40 (5). Sharpe ratios here are
// per return, never annualised.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace botbox {

// The standard normal distribution and its inverse (0 < probability < 1).
double normal_cdf(double value);
double normal_quantile(double probability);

// The highest Sharpe ratio that `trials` independent strategies without any skill are expected to
// show, if their ratios vary by `variance`:
//   sqrt(variance) * ((1 - g) * Q(1 - 1 / trials) + g * Q(1 - 1 / (trials * e))),  g = 0.5772...
// trials >= 1; one trial is no choice: 0.
double expected_best_sharpe(std::size_t trials, double variance);

struct SharpeEstimate {
  double sharpe = 0;        // per return
  std::size_t returns = 0;  // how many
  double skewness = 0;
  double kurtosis = 3;  // 3: normal
};

// The probability that the true ratio lies above `benchmark`, given the estimate's length, skew and
// tails:
//   N((sharpe - benchmark) * sqrt(n - 1) / sqrt(1 - skewness * sharpe + (kurtosis-1)/4 * sharpe^2))
// Empty below 2 returns, and where the root is of something not positive.
std::optional<double> probabilistic_sharpe(const SharpeEstimate& estimate, double benchmark);

struct DeflatedSharpe {
  double benchmark = 0;    // what luck alone is expected to reach
  double probability = 0;  // that there is more to it; by custom at least 0.95
};

// Of the best one of `sharpes`, the ratios of everything that was tried (at least 2). Trials that
// resemble each other count in full, so the answer errs towards doubt.
std::optional<DeflatedSharpe> deflated_sharpe(const SharpeEstimate& best,
                                              std::span<const double> sharpes);

}  // namespace botbox
