// WideDouble: a sum of two doubles with about 106 bits, for running sums that lose nothing.
//
// Error-free transformations after Knuth (TAOCP vol. 2, 4.2.2) and Dekker 1971. Needs strict IEEE
// arithmetic: no -ffast-math, no contraction.
#pragma once

#include <cmath>

namespace botbox {

struct WideDouble {
  double high = 0;
  double low = 0;  // |low| <= half a unit in the last place of high

  // a + b without any rounding.
  static WideDouble sum(double a, double b) {
    const double rounded = a + b;
    const double from_b = rounded - a;
    return {rounded, (a - (rounded - from_b)) + (b - from_b)};
  }
  // a * b without any rounding.
  static WideDouble product(double a, double b) {
    const double rounded = a * b;
    return {rounded, std::fma(a, b, -rounded)};
  }

  WideDouble operator-() const { return {-high, -low}; }
  friend WideDouble operator+(WideDouble a, WideDouble b) {
    const WideDouble highs = sum(a.high, b.high);
    const WideDouble lows = sum(a.low, b.low);
    const WideDouble upper = sum(highs.high, highs.low + lows.high);
    return sum(upper.high, upper.low + lows.low);
  }
  friend WideDouble operator-(WideDouble a, WideDouble b) { return a + -b; }
  friend WideDouble operator*(WideDouble a, double b) {
    const WideDouble upper = product(a.high, b);
    return sum(upper.high, std::fma(a.low, b, upper.low));
  }
  // The nearest double to the quotient, but for rare last-bit ties.
  friend double operator/(WideDouble a, double b) {
    const double guess = a.high / b;
    const WideDouble rest = a - product(guess, b);
    return guess + rest.high / b;
  }
};

}  // namespace botbox
