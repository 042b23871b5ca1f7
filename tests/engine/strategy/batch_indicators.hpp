// Every indicator once more, as its definition reads: lists in, lists out, each value from the
// whole series. Slow, without running sums, and written without a look at
// engine/strategy/indicator.
#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "engine/strategy/indicators.hpp"

namespace botbox::testing {

// A number per bar; none where there is no value.
using Column = std::vector<std::optional<double>>;

// In place of a number that rounding alone decides (a position within a range of nothing).
inline constexpr double kAnything = std::numeric_limits<double>::infinity();

// One column per output of the spec's kind. O(bars^2) for some.
std::vector<Column> batch_indicator(const IndicatorSpec& spec, const std::vector<Bar>& bars);

}  // namespace botbox::testing
