#include "engine/statistics/curve_statistics.hpp"

#include <algorithm>
#include <cmath>

namespace botbox {
namespace {

// Deviations below this share of the mean are rounding, not variation.
constexpr double kNoVariation = 1e-13;

bool varies(const Moments& sample) {
  return sample.deviation && *sample.deviation > kNoVariation * std::fabs(sample.mean) &&
         *sample.deviation > 0;
}

}  // namespace

std::vector<double> simple_returns(std::span<const double> values) {
  std::vector<double> returns;
  if (values.size() > 1) returns.reserve(values.size() - 1);
  for (std::size_t i = 1; i < values.size() && values[i - 1] > 0; ++i)
    returns.push_back(values[i] / values[i - 1] - 1);
  return returns;
}

Moments moments(std::span<const double> sample) {
  Moments result{.count = sample.size(),
                 .mean = 0,
                 .deviation = std::nullopt,
                 .skewness = std::nullopt,
                 .kurtosis = std::nullopt};
  if (sample.empty()) return result;
  const auto n = static_cast<double>(sample.size());
  for (const double value : sample) result.mean += value / n;
  double second = 0;
  double third = 0;
  double fourth = 0;
  for (const double value : sample) {
    const double off = value - result.mean;
    second += off * off;
    third += off * off * off;
    fourth += off * off * off * off;
  }
  if (sample.size() < 2) return result;
  result.deviation = std::sqrt(second / (n - 1));
  if (!varies(result)) return result;
  const double variance = second / n;
  result.skewness = third / n / std::pow(variance, 1.5);
  result.kurtosis = fourth / n / (variance * variance);
  return result;
}

std::optional<double> sharpe_ratio(std::span<const double> returns) {
  const Moments sample = moments(returns);
  if (!varies(sample)) return std::nullopt;
  return sample.mean / *sample.deviation;
}

std::optional<double> sortino_ratio(std::span<const double> returns) {
  double falls = 0;
  for (const double value : returns) falls += value < 0 ? value * value : 0;
  if (falls <= 0) return std::nullopt;
  return moments(returns).mean / std::sqrt(falls / static_cast<double>(returns.size()));
}

double annualised(double ratio, double returns_per_year) {
  return ratio * std::sqrt(returns_per_year);
}

Drawdown drawdown(std::span<const double> values) {
  Drawdown result;
  double height = 0;
  std::size_t at = 0;  // of the height
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i == 0 || values[i] >= height) {
      if (i > 0 && at + 1 < i) result.longest = std::max(result.longest, i - at);
      height = values[i];
      at = i;
      continue;
    }
    const double fall = height - values[i];
    result.deepest = std::max(result.deepest, fall);
    if (height > 0) result.deepest_ratio = std::max(result.deepest_ratio, fall / height);
    if (i + 1 == values.size()) result.longest = std::max(result.longest, i - at);
  }
  return result;
}

std::optional<double> growth_per_year(double start, double end, Duration time) {
  constexpr double kYearMs = kDaysPerYear * 86'400'000;
  if (start <= 0 || end <= 0 || time <= Duration{0}) return std::nullopt;
  const double growth = std::pow(end / start, kYearMs / static_cast<double>(time.count())) - 1;
  if (!std::isfinite(growth)) return std::nullopt;
  return growth;
}

std::optional<double> calmar_ratio(std::optional<double> growth, double deepest_ratio) {
  if (!growth || deepest_ratio <= 0) return std::nullopt;
  return *growth / deepest_ratio;
}

}  // namespace botbox
