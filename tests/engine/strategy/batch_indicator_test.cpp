// The incremental indicators against the definitions over whole series, on markets that nobody
// would wish for: holes in time, silence, ties, jumps, days without a midnight.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "engine/strategy/indicator_registry.hpp"
#include "tests/engine/strategy/batch_indicators.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::testing {
namespace {

constexpr Timestamp kFirstMidnight{1'704'067'200'000};
constexpr Duration kHalfAnHour{1'800'000};

enum class Mood { kTrades, kSilent, kDead };

Bar next_bar(SeededRuns& runs, Mood mood, std::int64_t& cents) {
  const auto price = [](std::int64_t n) { return static_cast<double>(n) / 100; };
  if (mood == Mood::kDead) {
    const double stands = price(cents);
    return {stands, stands, stands, stands, 0, {}};
  }
  const std::int64_t open = std::clamp<std::int64_t>(
      cents + (runs.one_in(12) ? runs.between(-600, 600) : 0), 2'000, 40'000);
  const std::int64_t close = std::clamp<std::int64_t>(
      open + (runs.one_in(5) ? 0 : runs.between(-120, 120)), 2'000, 40'000);
  const bool is_tight = runs.one_in(4);
  const std::int64_t above = is_tight ? 0 : runs.between(0, 80);
  const std::int64_t below = is_tight ? 0 : runs.between(0, 80);
  cents = close;
  const bool is_quiet = mood == Mood::kSilent || runs.one_in(9);
  return {price(open),
          price(std::max(open, close) + above),
          price(std::min(open, close) - below),
          price(close),
          is_quiet ? 0 : static_cast<double>(runs.between(1, 9'000)) / 100,
          {}};
}

// Half hours, some of them missing: an hour, a night, whole days.
std::vector<Bar> rough_market(SeededRuns& runs, std::size_t count) {
  std::vector<Bar> bars;
  Timestamp at = kFirstMidnight + kHalfAnHour * (runs.one_in(3) ? 0 : runs.between(1, 47));
  std::int64_t cents = 10'000;
  while (bars.size() < count) {
    const Mood mood = runs.one_in(5) ? Mood::kDead : runs.one_in(5) ? Mood::kSilent : Mood::kTrades;
    const std::int64_t stretch = runs.between(1, mood == Mood::kTrades ? 60 : 25);
    for (std::int64_t i = 0; i < stretch && bars.size() < count; ++i) {
      bars.push_back(next_bar(runs, mood, cents));
      bars.back().open_time = at;
      at = at + kHalfAnHour * (runs.one_in(30) ? runs.between(2, 130) : 1);
    }
  }
  return bars;
}

// With its defaults, or with parameters from the lower end of what is allowed, and any input.
IndicatorSpec some_spec(SeededRuns& runs, const IndicatorDescription& row, bool by_default) {
  while (true) {
    IndicatorSpec spec = default_spec(row);
    if (by_default) return spec;
    for (std::size_t i = 0; i < row.parameters.size(); ++i) {
      const IndicatorParameter& parameter = row.parameters[i];
      if (parameter.integer)
        set_parameter(spec, i, parameter.min + static_cast<double>(runs.between(0, 25)));
      else
        set_parameter(spec, i,
                      parameter.default_value * static_cast<double>(runs.between(1, 4)) / 2);
    }
    if (row.input != BarInput::kDefault)
      spec.input = static_cast<BarInput>(runs.between(0, static_cast<int>(BarInput::kMean)));
    if (validate(spec)) return spec;
  }
}

void check_same(const IndicatorSpec& spec, const std::vector<Bar>& bars) {
  const std::vector<Column> wanted = batch_indicator(spec, bars);
  REQUIRE(wanted.size() == describe(spec.kind).outputs.size());
  Indicator indicator(spec);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    CAPTURE(i);
    const IndicatorValue& value = indicator.update(bars[i]);
    for (std::size_t output = 0; output < wanted.size(); ++output) {
      const std::optional<double> expected = wanted[output][i];
      if (expected == kAnything) continue;
      CAPTURE(output);
      REQUIRE(value.output(output).has_value() == expected.has_value());
      if (!expected) continue;
      const double found = *value.output(output);
      CAPTURE(found);
      CAPTURE(*expected);
      REQUIRE(std::abs(found - *expected) <= 1e-7 + 1e-7 * std::abs(*expected));
    }
  }
}

}  // namespace

TEST_CASE("every indicator, candle by candle, is its definition over the whole series") {
  SeededRuns runs;
  INFO("seed " << runs.seed());
  for (int round = 0; round < 6; ++round) {
    const std::vector<Bar> bars = rough_market(runs, 260);
    for (const IndicatorDescription& row : indicator_registry()) {
      const IndicatorSpec spec = some_spec(runs, row, round == 0);
      const std::string name = to_string(spec);
      CAPTURE(name);
      check_same(spec, bars);
    }
  }
}

TEST_CASE("scaling volumes scales what is counted in volume and leaves the rest alone") {
  SeededRuns runs;
  INFO("seed " << runs.seed());
  const std::vector<Bar> bars = rough_market(runs, 200);
  constexpr double kFactor = 0x1p+12;  // without rounding
  std::vector<Bar> scaled = bars;
  for (Bar& bar : scaled) bar.volume *= kFactor;
  for (const IndicatorDescription& row : indicator_registry()) {
    CAPTURE(row.name);
    const IndicatorSpec spec = default_spec(row);
    const auto before = compute(spec, bars), after = compute(spec, scaled);
    for (std::size_t i = 0; i < bars.size(); ++i) {
      REQUIRE(before[i].absent == after[i].absent);
      for (std::size_t output = 0; output < row.outputs.size(); ++output) {
        const double by = row.outputs[output].unit == OutputUnit::kVolume ? kFactor : 1;
        REQUIRE(after[i].values[output] ==
                doctest::Approx(before[i].values[output] * by).epsilon(1e-12));
      }
    }
  }
}

TEST_CASE("prices and volumes of any size give numbers or none, never infinity") {
  SeededRuns runs;
  INFO("seed " << runs.seed());
  const std::vector<Bar> bars = rough_market(runs, 200);
  for (const double price : {1e-300, 1e-150, 1e150, 1e300})
    for (const double volume : {1e-300, 1.0, 1e300}) {
      CAPTURE(price);
      CAPTURE(volume);
      for (const IndicatorDescription& row : indicator_registry()) {
        CAPTURE(row.name);
        Indicator indicator(default_spec(row));
        for (const Bar& bar : bars) {
          const IndicatorValue value =
              indicator.update({bar.open * price, bar.high * price, bar.low * price,
                                bar.close * price, bar.volume * volume, bar.open_time});
          for (const double number : value.values) REQUIRE(std::isfinite(number));
        }
      }
    }
}

TEST_CASE("the day of vwap and pivots goes on over holes, and a missing midnight ends it") {
  const auto bar = [](int half_hour, double price, double volume) {
    return Bar{price, price, price, price, volume, kFirstMidnight + kHalfAnHour * half_hour};
  };
  // A day from its midnight with a hole; then none at all; then one that begins at 06:30.
  const std::vector<Bar> bars{bar(0, 10, 1), bar(1, 20, 1), bar(40, 30, 2), bar(3 * 48 + 13, 50, 1),
                              bar(3 * 48 + 14, 70, 3)};
  const auto vwap = compute(default_spec(*find_indicator("vwap")), bars);
  CHECK(vwap[1].output(0) == 15.0);
  CHECK(vwap[2].output(0) == 22.5);  // (10 + 20 + 60) / 4
  CHECK(vwap[3].output(0) == 50.0);
  CHECK(vwap[4].output(0) == 65.0);
  const auto pivots = compute(default_spec(*find_indicator("pivot_points")), bars);
  CHECK_FALSE(pivots[2].output(0).has_value());
  // Of the last day that traded: high 30, low 10, close 30.
  CHECK(pivots[3].output(0).value() == doctest::Approx(70.0 / 3));
  CHECK(pivots[4].output(1).value() == doctest::Approx(2 * 70.0 / 3 - 10));
}

}  // namespace botbox::testing
