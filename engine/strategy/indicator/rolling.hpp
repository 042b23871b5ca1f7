// The running sums, averages and extremes that indicators are made of. Each takes one number at a
// time and costs O(1), amortised.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/strategy/wide_double.hpp"

namespace botbox {

// Sum and sum of squares of the last n numbers.
//
// Plain running sums are not good enough. At 60000 the squares of 20 closes add up to 7e10, where
// one unit in the last place is 1.5e-5: a quiet market's variance drowns in it. Welford's sliding
// update keeps a residue of any spike that leaves the window. Wide sums leave 1e-21 of that; and
// since even that would stay for ever after an absurd print, the sums start afresh each time the
// ring is full, which costs one more addition per candle on average. A window of equal numbers is
// recognised outright, so that flat prices have a deviation of exactly zero.
class RollingWindow {
 public:
  explicit RollingWindow(int size) : ring_(static_cast<std::size_t>(size)) {}

  void add(double number) {
    equal_run_ = number == newest_ ? equal_run_ + 1 : 1;
    newest_ = number;
    if (full_) include(-1, ring_[next_]);
    ring_[next_] = number;
    include(1, number);
    if (++next_ < ring_.size()) return;
    next_ = 0;
    full_ = true;
    sum_ = squares_ = {};
    for (const double held : ring_) include(1, held);
  }

  bool full() const { return full_; }
  double mean() const { return sum_ / size(); }
  // Dividing by n, not n - 1.
  double population_deviation() const {
    if (is_flat()) return 0;
    const double center = mean();
    // The sum of (x - center)^2, expanded; exact enough that the terms may cancel.
    const WideDouble cross = (sum_ * 2 - WideDouble::product(size(), center)) * center;
    return std::sqrt(std::max(0.0, (squares_ - cross).high) / size());
  }
  // The mean distance from the mean. O(n): no running form of it is known that stays exact.
  double mean_deviation() const {
    if (is_flat()) return 0;
    const double center = mean();
    double sum = 0;
    for (const double held : ring_) sum += std::abs(held - center);
    return sum / size();
  }

 private:
  double size() const { return static_cast<double>(ring_.size()); }
  bool is_flat() const { return equal_run_ >= ring_.size(); }
  void include(double sign, double number) {
    sum_ = sum_ + WideDouble{sign * number, 0};
    squares_ = squares_ + WideDouble::product(sign * number, number);
  }

  std::vector<double> ring_;
  std::size_t next_ = 0;
  std::size_t equal_run_ = 0;
  double newest_ = 0;
  WideDouble sum_, squares_;
  bool full_ = false;
};

// Sum and sum of i * x_i of the last n numbers, i from 0 for the oldest: what a linearly weighted
// mean and a regression line need. Wide and refreshed for the reasons given above.
class WeightedWindow {
 public:
  explicit WeightedWindow(int size) : ring_(static_cast<std::size_t>(size)) {}

  void add(double number) {
    equal_run_ = number == newest_ ? equal_run_ + 1 : 1;
    newest_ = number;
    if (full_) {
      weighted_ = weighted_ - (sum_ - WideDouble{ring_[next_], 0}) +
                  WideDouble::product(size() - 1, number);
      sum_ = sum_ - WideDouble{ring_[next_], 0} + WideDouble{number, 0};
    }
    ring_[next_] = number;
    if (++next_ < ring_.size()) return;
    next_ = 0;
    full_ = true;
    sum_ = weighted_ = {};
    for (std::size_t i = 0; i < ring_.size(); ++i) {
      sum_ = sum_ + WideDouble{ring_[i], 0};
      weighted_ = weighted_ + WideDouble::product(static_cast<double>(i), ring_[i]);
    }
  }

  bool full() const { return full_; }
  // Weights 1 for the oldest to n for the newest.
  double weighted_mean() const {
    if (is_flat()) return newest_;
    return (weighted_ + sum_) / (size() * (size() + 1) / 2);
  }
  // Of the least-squares line, per candle.
  double slope() const {
    if (is_flat()) return 0;
    const double center = (size() - 1) / 2;
    return (weighted_ - sum_ * center) / (size() * (size() * size() - 1) / 12);
  }

 private:
  double size() const { return static_cast<double>(ring_.size()); }
  bool is_flat() const { return equal_run_ >= ring_.size(); }

  std::vector<double> ring_;
  std::size_t next_ = 0;
  std::size_t equal_run_ = 0;
  double newest_ = 0;
  WideDouble sum_, weighted_;
  bool full_ = false;
};

// Sum of the last n numbers, none of them negative; exactly zero when all of them are.
class RollingSum {
 public:
  explicit RollingSum(int size) : ring_(static_cast<std::size_t>(size)) {}

  void add(double number) {
    if (full_) {
      sum_ = sum_ - WideDouble{ring_[next_], 0};
      nonzero_ -= ring_[next_] != 0 ? 1 : 0;
    }
    ring_[next_] = number;
    sum_ = sum_ + WideDouble{number, 0};
    nonzero_ += number != 0 ? 1 : 0;
    if (++next_ < ring_.size()) return;
    next_ = 0;
    full_ = true;
    sum_ = {};
    for (const double held : ring_) sum_ = sum_ + WideDouble{held, 0};
  }
  bool full() const { return full_; }
  double sum() const { return nonzero_ == 0 ? 0 : sum_.high; }

 private:
  std::vector<double> ring_;
  std::size_t next_ = 0;
  int nonzero_ = 0;
  WideDouble sum_;
  bool full_ = false;
};

// The mean of the first n numbers.
class Seed {
 public:
  explicit Seed(int size) : size_(size) {}
  // The mean with the n-th number, nothing before. Not to be called after that.
  std::optional<double> add(double number) {
    sum_ += number;
    if (++count_ < size_) return std::nullopt;
    return sum_ / size_;
  }

 private:
  int size_;
  int count_ = 0;
  double sum_ = 0;
};

// Wilder's average: a seed, then (average * (n - 1) + number) / n.
class WilderAverage {
 public:
  explicit WilderAverage(int period) : period_(period), seed_(period) {}
  std::optional<double> add(double number) {
    average_ = average_ ? (*average_ * (period_ - 1) + number) / period_ : seed_.add(number);
    return average_;
  }

 private:
  double period_;
  Seed seed_;
  std::optional<double> average_;
};

// Weight 2 / (n + 1) for the newest number, seeded with the mean of the first n.
class ExponentialAverage {
 public:
  explicit ExponentialAverage(int period) : weight_(2.0 / (period + 1)), seed_(period) {}
  std::optional<double> add(double number) {
    if (average_) {
      *average_ += (number - *average_) * weight_;
    } else {
      average_ = seed_.add(number);
    }
    return average_;
  }
  // The average stands at `seed` from now on, whatever came before.
  void start_at(double seed) { average_ = seed; }

 private:
  double weight_;
  Seed seed_;
  std::optional<double> average_;
};

// The extreme of the last n numbers, by a monotonic queue: a number that is beaten by a newer one
// can never be the extreme again and is dropped.
template <class Beats>
class RollingExtreme {
 public:
  explicit RollingExtreme(int size) : ring_(static_cast<std::size_t>(size)) {}

  // None until n numbers are in.
  std::optional<double> add(double number) {
    const auto size = static_cast<std::int64_t>(ring_.size());
    if (first_ < end_ && at(first_).index <= count_ - size) ++first_;
    while (first_ < end_ && !Beats{}(at(end_ - 1).number, number)) --end_;
    at(end_++) = {count_, number};
    ++count_;
    if (count_ < size) return std::nullopt;
    return at(first_).number;
  }

 private:
  struct Entry {
    std::int64_t index = 0;
    double number = 0;
  };
  Entry& at(std::int64_t position) {
    return ring_[static_cast<std::size_t>(position) % ring_.size()];
  }

  std::vector<Entry> ring_;
  std::int64_t first_ = 0, end_ = 0;  // the queue is [first_, end_), positions into the ring
  std::int64_t count_ = 0;
};
struct Above {
  bool operator()(double a, double b) const { return a > b; }
};
struct Below {
  bool operator()(double a, double b) const { return a < b; }
};
using RollingMaximum = RollingExtreme<Above>;
using RollingMinimum = RollingExtreme<Below>;

// The number of n candles ago.
class Lag {
 public:
  explicit Lag(int candles) : ring_(static_cast<std::size_t>(candles)) {}
  // Takes the newest number, gives the one n before it; none for the first n.
  std::optional<double> add(double number) {
    if (ring_.empty()) return number;
    const std::optional<double> old = full_ ? std::optional(ring_[next_]) : std::nullopt;
    ring_[next_] = number;
    if (++next_ == ring_.size()) {
      next_ = 0;
      full_ = true;
    }
    return old;
  }

 private:
  std::vector<double> ring_;
  std::size_t next_ = 0;
  bool full_ = false;
};

// Wilder's mean true range. The first candle has no true range, as in TA-Lib.
class TrueRangeAverage {
 public:
  explicit TrueRangeAverage(int period) : average_(period) {}
  std::optional<double> add(double high, double low, double close) {
    const std::optional<double> previous = previous_close_;
    previous_close_ = close;
    if (!previous) return std::nullopt;
    return average_.add(std::max(high, *previous) - std::min(low, *previous));
  }

 private:
  WilderAverage average_;
  std::optional<double> previous_close_;
};

}  // namespace botbox
