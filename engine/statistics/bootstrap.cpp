#include "engine/statistics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/assert.hpp"

namespace botbox {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): a function of its seed, the same with every library.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  // In [0, 1).
  double next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    std::uint64_t h = state_;
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((h ^ (h >> 31)) >> 11) * 0x1.0p-53;
  }
  std::size_t below(std::size_t count) {
    return static_cast<std::size_t>(next() * static_cast<double>(count));
  }

 private:
  std::uint64_t state_;
};

double drawn_mean(std::span<const double> series, double stay, Draws& draws) {
  double sum = 0;
  std::size_t at = draws.below(series.size());
  for (std::size_t i = 0; i < series.size(); ++i) {
    sum += series[at];
    at = draws.next() < stay ? (at + 1) % series.size() : draws.below(series.size());
  }
  return sum / static_cast<double>(series.size());
}

}  // namespace

std::optional<MeanInterval> bootstrap_mean(std::span<const double> series,
                                           const BootstrapOptions& options) {
  ENGINE_ASSERT(options.draws >= 1 && options.block >= 1);
  ENGINE_ASSERT(options.confidence > 0 && options.confidence < 1);
  if (series.size() < 2) return std::nullopt;
  MeanInterval result;
  for (const double value : series) result.mean += value / static_cast<double>(series.size());
  Draws draws(options.seed);
  std::vector<double> means(options.draws);
  for (double& mean : means) mean = drawn_mean(series, 1 - 1 / options.block, draws);
  std::sort(means.begin(), means.end());
  const auto above = means.end() - std::upper_bound(means.begin(), means.end(), 0.0);
  const auto count = static_cast<double>(means.size());
  result.share_above_zero = static_cast<double>(above) / count;
  const auto tail = static_cast<std::size_t>((1 - options.confidence) / 2 * count);
  result.low = means[tail];
  result.high = means[means.size() - 1 - tail];
  return result;
}

}  // namespace botbox
