#include "engine/statistics/deflated_sharpe.hpp"

#include <cmath>
#include <numbers>

#include "engine/assert.hpp"
#include "engine/statistics/curve_statistics.hpp"

namespace botbox {

double normal_cdf(double value) { return 0.5 * std::erfc(-value / std::numbers::sqrt2); }

// By halving: no table of coefficients to mistype, and exact to the last bits that the cdf has. Of
// the upper half, where the cdf is coarse near 1, by symmetry.
double normal_quantile(double probability) {
  ENGINE_ASSERT(probability > 0 && probability < 1);
  if (probability > 0.5) return -normal_quantile(1 - probability);
  double low = -40;
  double high = 0;
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    (normal_cdf(middle) < probability ? low : high) = middle;
  }
}

double expected_best_sharpe(std::size_t trials, double variance) {
  ENGINE_ASSERT(trials >= 1 && variance >= 0);
  if (trials == 1) return 0;
  const auto n = static_cast<double>(trials);
  const double weight = std::numbers::egamma;
  return std::sqrt(variance) * ((1 - weight) * normal_quantile(1 - 1 / n) +
                                weight * normal_quantile(1 - 1 / (n * std::numbers::e)));
}

std::optional<double> probabilistic_sharpe(const SharpeEstimate& estimate, double benchmark) {
  if (estimate.returns < 2) return std::nullopt;
  const double sharpe = estimate.sharpe;
  const double spread =
      1 - estimate.skewness * sharpe + (estimate.kurtosis - 1) / 4 * sharpe * sharpe;
  if (spread <= 0) return std::nullopt;
  const double length = std::sqrt(static_cast<double>(estimate.returns) - 1);
  return normal_cdf((sharpe - benchmark) * length / std::sqrt(spread));
}

std::optional<DeflatedSharpe> deflated_sharpe(const SharpeEstimate& best,
                                              std::span<const double> sharpes) {
  const Moments tried = moments(sharpes);
  if (!tried.deviation) return std::nullopt;
  const double variance = *tried.deviation * *tried.deviation;
  const double benchmark = expected_best_sharpe(sharpes.size(), variance);
  const std::optional<double> probability = probabilistic_sharpe(best, benchmark);
  if (!probability) return std::nullopt;
  return DeflatedSharpe{benchmark, *probability};
}

}  // namespace botbox
