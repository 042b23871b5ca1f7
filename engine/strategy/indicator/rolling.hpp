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

// The last n numbers.
class NumberRing {
 public:
  explicit NumberRing(int size) : numbers_(static_cast<std::size_t>(size)) {}

  bool full() const { return full_; }
  double size() const { return static_cast<double>(numbers_.size()); }
  double newest() const { return newest_; }
  // The one that the next put() drops; only when full.
  double oldest() const { return numbers_[next_]; }
  // Are all of a full ring equal?
  bool is_flat() const { return equal_run_ >= numbers_.size(); }
  // Oldest first right after a put() that said true.
  const std::vector<double>& numbers() const { return numbers_; }

  // True once every n numbers, the n-th first: the time to work out afresh what is kept running.
  bool put(double number) {
    equal_run_ = number == newest_ ? equal_run_ + 1 : 1;
    newest_ = number;
    numbers_[next_] = number;
    if (++next_ < numbers_.size()) return false;
    next_ = 0;
    full_ = true;
    return true;
  }

 private:
  std::vector<double> numbers_;
  std::size_t next_ = 0;
  std::size_t equal_run_ = 0;
  double newest_ = 0;
  bool full_ = false;
};

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
  explicit RollingWindow(int size) : ring_(size) {}

  void add(double number) {
    if (full()) include(-1, ring_.oldest());
    include(1, number);
    if (!ring_.put(number)) return;
    sum_ = squares_ = {};
    for (const double held : ring_.numbers()) include(1, held);
  }

  bool full() const { return ring_.full(); }
  double mean() const { return sum_ / ring_.size(); }
  // Dividing by n, not n - 1.
  double population_deviation() const {
    if (ring_.is_flat()) return 0;
    const double center = mean();
    // The sum of (x - center)^2, expanded; exact enough that the terms may cancel.
    const WideDouble cross = (sum_ * 2 - WideDouble::product(ring_.size(), center)) * center;
    return std::sqrt(std::max(0.0, (squares_ - cross).high) / ring_.size());
  }
  // The mean distance from the mean. O(n): no running form of it is known that stays exact.
  double mean_deviation() const {
    if (ring_.is_flat()) return 0;
    const double center = mean();
    double sum = 0;
    for (const double held : ring_.numbers()) sum += std::abs(held - center);
    return sum / ring_.size();
  }

 private:
  void include(double sign, double number) {
    sum_ = sum_ + WideDouble{sign * number, 0};
    squares_ = squares_ + WideDouble::product(sign * number, number);
  }

  NumberRing ring_;
  WideDouble sum_, squares_;
};

// Sum and sum of i * x_i of the last n numbers, i from 0 for the oldest: what a linearly weighted
// mean and a regression line need. Wide and refreshed for the reasons given above.
class WeightedWindow {
 public:
  explicit WeightedWindow(int size) : ring_(size) {}

  void add(double number) {
    if (full()) {
      const WideDouble oldest{ring_.oldest(), 0};
      weighted_ = weighted_ - (sum_ - oldest) + WideDouble::product(ring_.size() - 1, number);
      sum_ = sum_ - oldest + WideDouble{number, 0};
    }
    if (!ring_.put(number)) return;
    sum_ = weighted_ = {};
    double place = 0;
    for (const double held : ring_.numbers()) {
      sum_ = sum_ + WideDouble{held, 0};
      weighted_ = weighted_ + WideDouble::product(place++, held);
    }
  }

  bool full() const { return ring_.full(); }
  // Weights 1 for the oldest to n for the newest.
  double weighted_mean() const {
    if (ring_.is_flat()) return ring_.newest();
    const double size = ring_.size();
    return (weighted_ + sum_) / (size * (size + 1) / 2);
  }
  // Of the least-squares line, per candle.
  double slope() const {
    if (ring_.is_flat()) return 0;
    const double size = ring_.size();
    return (weighted_ - sum_ * ((size - 1) / 2)) / (size * (size * size - 1) / 12);
  }

 private:
  NumberRing ring_;
  WideDouble sum_, weighted_;
};

// Sum of the last n numbers, none of them negative; exactly zero when all of them are.
class RollingSum {
 public:
  explicit RollingSum(int size) : ring_(size) {}

  void add(double number) {
    if (full()) {
      sum_ = sum_ - WideDouble{ring_.oldest(), 0};
      nonzero_ -= ring_.oldest() != 0 ? 1 : 0;
    }
    sum_ = sum_ + WideDouble{number, 0};
    nonzero_ += number != 0 ? 1 : 0;
    if (!ring_.put(number)) return;
    sum_ = {};
    for (const double held : ring_.numbers()) sum_ = sum_ + WideDouble{held, 0};
  }
  bool full() const { return ring_.full(); }
  double sum() const { return nonzero_ == 0 ? 0 : sum_.high; }

 private:
  NumberRing ring_;
  int nonzero_ = 0;
  WideDouble sum_;
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

// The highest high and the lowest low of the last n candles.
class RollingRange {
 public:
  struct Reach {
    double top = 0;
    double bottom = 0;
    double middle() const { return (top + bottom) / 2; }
  };

  explicit RollingRange(int size) : highest_(size), lowest_(size) {}
  // None until n candles are in.
  std::optional<Reach> add(double high, double low) {
    const std::optional<double> top = highest_.add(high);
    const std::optional<double> bottom = lowest_.add(low);
    if (!top || !bottom) return std::nullopt;
    return Reach{*top, *bottom};
  }

 private:
  RollingMaximum highest_;
  RollingMinimum lowest_;
};

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
