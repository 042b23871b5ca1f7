// What a curve of equity says: growth, risk, and the one against the other.
//
// Markets of coins have no closing days, so a year has 365 days everywhere here. The rate without
// risk is 0. An empty value means that there is none: too short, nothing varied, or a division by
// nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "engine/model/time.hpp"

namespace botbox {

inline constexpr double kDaysPerYear = 365;

// The change of each value against the one before: v[i] / v[i-1] - 1. Ends before the first value
// that is not positive, which nothing can be divided by.
std::vector<double> simple_returns(std::span<const double> values);

// Moments of a sample; n >= 1. `deviation` divides by n - 1, skewness and kurtosis are the sample's
// own (divided by n), kurtosis of a normal distribution is 3.
struct Moments {
  std::size_t count = 0;
  double mean = 0;
  std::optional<double> deviation;  // from 2 values on
  std::optional<double> skewness;   // where something varies
  std::optional<double> kurtosis;
};
Moments moments(std::span<const double> sample);

// Sharpe 1994, "The Sharpe Ratio": mean of the returns by their deviation, per return. Empty below
// 2 returns and where they do not vary.
std::optional<double> sharpe_ratio(std::span<const double> returns);

// Sortino & Price 1994: mean of the returns by the root of the mean square of the negative ones,
// taken over all returns; per return. Empty where no return is negative.
std::optional<double> sortino_ratio(std::span<const double> returns);

// Per return into per year, for ratios that grow with the root of time (Sharpe 1994).
double annualised(double ratio, double returns_per_year);

// Magdon-Ismail & Atiya 2004, "Maximum Drawdown": the largest fall from a value to a later one.
struct Drawdown {
  double deepest = 0;        // amount below the highest value before, >= 0
  double deepest_ratio = 0;  // the deepest in proportion to the height it fell from, 0..1
  // The most values in a row below a height before them, up to the one that reaches it again (or
  // the last one).
  std::size_t longest = 0;
};
Drawdown drawdown(std::span<const double> values);

// (end / start) to the power of 1 / years, less 1. Empty where either is not positive or no time
// has passed. From less than a year it is an extrapolation.
std::optional<double> growth_per_year(double start, double end, Duration time);

// Young 1991, "Calmar Ratio", over the whole run instead of 36 months: growth per year by the
// deepest drawdown. Empty without a drawdown.
std::optional<double> calmar_ratio(std::optional<double> growth, double deepest_ratio);

}  // namespace botbox
