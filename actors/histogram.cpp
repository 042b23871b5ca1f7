#include "actors/histogram.hpp"

#include <algorithm>

namespace botbox::actors {
namespace {

std::size_t bucket_of(std::span<const double> bounds, double value) {
  return static_cast<std::size_t>(std::ranges::lower_bound(bounds, value) - bounds.begin());
}

}  // namespace

void Histogram::add(double value) {
  ++counts[bucket_of(bounds, value)];
  sum += value;
  ++count;
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
  sum += other.sum;
  count += other.count;
}

Histogram difference(const Histogram& now, const Histogram& before) {
  Histogram since = now;
  for (std::size_t i = 0; i < since.counts.size(); ++i) since.counts[i] -= before.counts[i];
  since.sum -= before.sum;
  since.count -= before.count;
  return since;
}

double Histogram::quantile(double share) const {
  if (count == 0) return 0;
  const double wanted = share * static_cast<double>(count);
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += counts[i];
    if (static_cast<double>(below) >= wanted) return bounds[i];
  }
  return bounds.back();
}

void HistogramMeter::add(double value) {
  counts_[bucket_of(bounds_, value)].fetch_add(1, std::memory_order_relaxed);
  sum_.store(sum_.load(std::memory_order_relaxed) + value, std::memory_order_relaxed);
}

Histogram HistogramMeter::read() const {
  Histogram seen(bounds_);
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen.counts[i] = counts_[i].load(std::memory_order_relaxed);
    seen.count += seen.counts[i];
  }
  seen.sum = sum_.load(std::memory_order_relaxed);
  return seen;
}

}  // namespace botbox::actors
