// Bars for the tests of indicators and rules.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/strategy/bar.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::testing {

constexpr Timestamp kFirstBar{1'704'139'200'000};  // 2024-01-01T20:00:00Z
constexpr Duration kHalfHour{1'800'000};

// A walk on a grid of cents with ties, jumps, candles without range and candles without volume.
inline std::vector<Bar> walk_of_bars(SeededRuns& runs, std::size_t count) {
  std::vector<Bar> bars;
  std::int64_t price = 10'000;
  for (std::size_t i = 0; i < count; ++i) {
    const auto cents = [](std::int64_t n) { return static_cast<double>(n) / 100; };
    const std::int64_t open = price + (runs.one_in(15) ? runs.between(-400, 400) : 0);
    const std::int64_t close = std::clamp<std::int64_t>(
        open + (runs.one_in(6) ? 0 : runs.between(-90, 90)), 5'000, 20'000);
    const bool tight = runs.one_in(4);
    const std::int64_t high = std::max(open, close) + (tight ? 0 : runs.between(0, 60));
    const std::int64_t low = std::min(open, close) - (tight ? 0 : runs.between(0, 60));
    bars.push_back({cents(open), cents(high), cents(low), cents(close),
                    runs.one_in(8) ? 0 : static_cast<double>(runs.between(1, 5'000)) / 100,
                    kFirstBar + kHalfHour * static_cast<std::int64_t>(i)});
    price = close;
  }
  return bars;
}

inline std::vector<Bar> flat_bars(std::size_t count, double price, double volume) {
  std::vector<Bar> bars;
  for (std::size_t i = 0; i < count; ++i)
    bars.push_back(
        {price, price, price, price, volume, kFirstBar + kHalfHour * static_cast<std::int64_t>(i)});
  return bars;
}

}  // namespace botbox::testing
