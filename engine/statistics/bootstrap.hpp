// How sure the mean of a short series is: a confidence interval by drawing the series again and
// again from itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace botbox {

struct BootstrapOptions {
  std::uint64_t seed = 1;  // the same seed gives the same interval, on every machine
  std::size_t draws = 2'000;
  // Mean length of the blocks that are drawn, >= 1: neighbouring days resemble each other, and
  // drawing them one by one would claim more certainty than there is.
  double block = 5;
  double confidence = 0.95;  // 0..1, both excluded
};

struct MeanInterval {
  double mean = 0;  // of the series itself
  double low = 0;
  double high = 0;
  double share_above_zero = 0;  // of the draws, 0..1

  bool excludes_zero() const { return low > 0 || high < 0; }
};

// The stationary bootstrap of Politis & Romano 1994 (blocks of geometric length that wrap around),
// the interval by percentiles (Efron & Tibshirani 1993, ch. 13), the nearest draw on the outer
// side. Empty below 2 values. Takes draws * values steps.
std::optional<MeanInterval> bootstrap_mean(std::span<const double> series,
                                           const BootstrapOptions& options);

}  // namespace botbox
