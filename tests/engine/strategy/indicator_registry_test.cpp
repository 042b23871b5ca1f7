// Every indicator of the registry: against the independent reference, and in its properties.
#include "engine/strategy/indicator_registry.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "tests/engine/strategy/strategy_bars.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

struct Golden {
  std::vector<Bar> bars;
  std::vector<std::pair<std::string, std::vector<std::string>>> tables;
};

Golden read_golden() {
  std::ifstream file(BOTBOX_SOURCE_DIR "/tests/reference/indicators.golden");
  REQUIRE(file.good());
  Golden golden;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    if (line.starts_with("bar ")) {
      Bar bar;
      words >> word >> bar.open_time.ms >> bar.open >> bar.high >> bar.low >> bar.close >>
          bar.volume;
      golden.bars.push_back(bar);
    } else if (line.starts_with("indicator ")) {
      golden.tables.emplace_back(line.substr(10), std::vector<std::string>{});
    } else {
      golden.tables.back().second.push_back(line);
    }
  }
  return golden;
}

void check_row(const IndicatorDescription& row, const IndicatorValue& value,
               const std::string& line) {
  std::istringstream words(line);
  for (std::size_t output = 0; output < row.outputs.size(); ++output) {
    CAPTURE(output);
    std::string expected;
    REQUIRE(static_cast<bool>(words >> expected));
    const bool has_none = expected == "-";
    REQUIRE(has_none != value.output(output).has_value());
    if (expected == "-") continue;
    const double wanted = std::strtod(expected.c_str(), nullptr);
    REQUIRE(std::abs(*value.output(output) - wanted) <= 1e-8 + 1e-9 * std::abs(wanted));
  }
  std::string rest;
  REQUIRE_FALSE(static_cast<bool>(words >> rest));
}

// Each kind with its defaults, and with short windows that meet flat stretches and ties.
std::vector<IndicatorSpec> every_spec() {
  std::vector<IndicatorSpec> specs;
  for (const IndicatorDescription& row : indicator_registry()) {
    specs.push_back(default_spec(row));
    IndicatorSpec shortest = specs.back();
    for (std::size_t i = 0; i < row.parameters.size(); ++i)
      if (row.parameters[i].integer)
        set_parameter(shortest, i, row.parameters[i].min + static_cast<double>(i));
    if (shortest != specs.back()) specs.push_back(shortest);
    if (row.input == BarInput::kDefault) continue;
    specs.push_back(default_spec(row));
    specs.back().input = BarInput::kMedian;
  }
  return specs;
}

}  // namespace

TEST_CASE("every indicator agrees with the independent reference on every candle") {
  const Golden golden = read_golden();
  REQUIRE(golden.bars.size() == 150);
  std::set<IndicatorKind> covered;
  for (const auto& [name, lines] : golden.tables) {
    CAPTURE(name);
    const auto spec = parse_indicator_spec(name);
    REQUIRE(spec.has_value());
    covered.insert(spec->kind);
    const std::vector<IndicatorValue> values = compute(*spec, golden.bars);
    REQUIRE(lines.size() == values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
      CAPTURE(i);
      check_row(describe(spec->kind), values[i], lines[i]);
    }
  }
  CHECK(covered.size() == indicator_registry().size());
}

TEST_CASE("the registry is sound: names, ranges, defaults, outputs") {
  std::set<std::string_view> names;
  for (const IndicatorDescription& row : indicator_registry()) {
    CAPTURE(row.name);
    CHECK(names.insert(row.name).second);
    CHECK(find_indicator(row.name) == &row);
    CHECK_FALSE(row.summary.empty());
    CHECK_FALSE(row.source.empty());
    CHECK(row.outputs.size() >= 1);
    CHECK(row.outputs.size() <= IndicatorValue::kOutputs);
    CHECK(row.parameters.size() <= 4);
    CHECK_FALSE(parse_bar_input(row.name).has_value());
    const IndicatorSpec spec = default_spec(row);
    CHECK(validate(spec).has_value());
    CHECK(warm_up(spec) >= 1);
  }
  CHECK(find_indicator("nonsense") == nullptr);
}

TEST_CASE("any spec is written and read back") {
  for (const IndicatorSpec& spec : every_spec()) {
    CAPTURE(to_string(spec));
    CHECK(parse_indicator_spec(to_string(spec)) == normalised(spec));
  }
  CHECK(parse_indicator_spec("sma(close,20)") == parse_indicator_spec("sma(20)"));
  CHECK(parse_indicator_spec("sma(volume, 20)") != parse_indicator_spec("sma(20)"));
}

TEST_CASE("a parameter out of its range is refused and the fix names the range") {
  for (const IndicatorDescription& row : indicator_registry())
    for (std::size_t i = 0; i < row.parameters.size(); ++i)
      for (const double bad : {row.parameters[i].min - 1, row.parameters[i].max + 1, 0.0}) {
        IndicatorSpec spec = default_spec(row);
        set_parameter(spec, i, bad);
        CAPTURE(row.name);
        CAPTURE(bad);
        const auto checked = validate(spec);
        REQUIRE_FALSE(checked.has_value());
        CHECK(checked.error().fix.find(row.parameters[i].name) != std::string::npos);
      }
  for (const std::string_view text :
       {"macd(26,12,9)", "macd(12,12,9)", "macd(12,26.5,9)", "macd(12,26)", "atr(close,14)",
        "vwap(3)", "psar(0.02)", "ichimoku(9,52,26)", "sma(spread,20)", "sma(volume)"})
    CHECK_FALSE(parse_indicator_spec(text).has_value());
}

TEST_CASE("all indicators are ready with exactly their warm-up, and the same when it goes on") {
  SeededRuns runs;
  INFO("seed " << runs.seed());
  const std::vector<Bar> bars = walk_of_bars(runs, 400);
  for (const IndicatorSpec& spec : every_spec()) {
    CAPTURE(to_string(spec));
    Indicator indicator(spec);
    const std::vector<IndicatorValue> whole = compute(spec, bars);
    const std::vector<IndicatorValue> begun = compute(spec, std::span(bars).first(150));
    for (std::size_t i = 0; i < bars.size(); ++i) {
      CAPTURE(i);
      Indicator fork = indicator;
      REQUIRE(indicator.update(bars[i]) == whole[i]);
      REQUIRE(fork.update(bars[i]) == whole[i]);
      const bool is_warm = static_cast<int>(i) + 1 >= warm_up(spec);
      REQUIRE(whole[i].ready == is_warm);
      if (!whole[i].ready) REQUIRE(whole[i] == IndicatorValue{});
      if (i < begun.size()) REQUIRE(begun[i] == whole[i]);
      for (const double number : whole[i].values) REQUIRE(std::isfinite(number));
    }
  }
}

TEST_CASE("scaling prices scales levels and leaves ratios, volumes and shapes alone") {
  SeededRuns runs;
  INFO("seed " << runs.seed());
  const std::vector<Bar> bars = walk_of_bars(runs, 300);
  for (const double factor : {0x1p-30, 0x1p+20}) {
    std::vector<Bar> scaled = bars;
    for (Bar& bar : scaled)
      for (double* price : {&bar.open, &bar.high, &bar.low, &bar.close}) *price *= factor;
    for (const IndicatorSpec& spec : every_spec()) {
      CAPTURE(to_string(spec));
      const auto before = compute(spec, bars), after = compute(spec, scaled);
      const auto& outputs = describe(spec.kind).outputs;
      for (std::size_t i = 0; i < bars.size(); ++i)
        for (std::size_t output = 0; output < outputs.size(); ++output) {
          const double by = outputs[output].unit == OutputUnit::kLevel ? factor : 1;
          REQUIRE(before[i].output(output).has_value() == after[i].output(output).has_value());
          const double wanted = before[i].values[output] * by;
          // 100 is the price: differences of prices carry its rounding.
          REQUIRE(std::abs(after[i].values[output] - wanted) <=
                  1e-10 * std::max(std::abs(wanted), 100 * by));
        }
    }
  }
}

TEST_CASE("a flat market without volume: what divides by nothing has no value, the rest has") {
  const std::map<std::string, std::set<std::string>> without{{"rsi", {"value"}},
                                                             {"stochastic", {"k", "d"}},
                                                             {"stochrsi", {"k", "d"}},
                                                             {"bollinger", {"percent_b"}},
                                                             {"adx", {"plus_di", "minus_di"}},
                                                             {"cci", {"value"}},
                                                             {"mfi", {"value"}},
                                                             {"williams_r", {"value"}},
                                                             {"vwap", {"value"}},
                                                             {"doji", {"value"}},
                                                             {"hammer", {"value"}}};
  for (const double price : {1e-8, 0.1, 60'000.01}) {
    const std::vector<Bar> bars = flat_bars(300, price, 0);
    for (const IndicatorSpec& spec : every_spec()) {
      const IndicatorDescription& row = describe(spec.kind);
      CAPTURE(to_string(spec));
      const IndicatorValue value = compute(spec, bars).back();
      REQUIRE(value.ready);
      for (std::size_t i = 0; i < row.outputs.size(); ++i) {
        CAPTURE(row.outputs[i].name);
        const auto listed = without.find(std::string(row.name));
        const bool expected_absent =
            listed != without.end() && listed->second.contains(std::string(row.outputs[i].name));
        CHECK(value.output(i).has_value() != expected_absent);
      }
    }
  }
}

TEST_CASE("vwap and pivots wait for a day that was seen from its start") {
  SeededRuns runs;
  const std::vector<Bar> bars = walk_of_bars(runs, 120);  // the first one at 20:00
  const auto vwap = compute(default_spec(*find_indicator("vwap")), bars);
  const auto pivots = compute(default_spec(*find_indicator("pivot_points")), bars);
  for (std::size_t i = 0; i < bars.size(); ++i) {
    if (i < 8) CHECK_FALSE(vwap[i].output(0).has_value());
    const bool saw_a_day = i >= 8 + 48;
    CHECK(pivots[i].output(0).has_value() == saw_a_day);
  }
  CHECK(vwap[30].output(0).has_value());
  // A table that starts at midnight says the same as one that has run for long.
  const auto later = compute(default_spec(*find_indicator("vwap")), std::span(bars).subspan(8));
  for (std::size_t i = 8; i < bars.size(); ++i) CHECK(later[i - 8] == vwap[i]);
}

TEST_CASE("extremes of a window, also among ties, are those of a search through it") {
  SeededRuns runs;
  INFO("seed " << runs.seed());
  const std::vector<Bar> bars = walk_of_bars(runs, 600);
  for (const int period : {1, 2, 3, 17, 100}) {
    const auto highest = compute({IndicatorKind::kHighest, period}, bars);
    const auto lowest = compute({IndicatorKind::kLowest, period}, bars);
    for (std::size_t i = static_cast<std::size_t>(period) - 1; i < bars.size(); ++i) {
      const auto window = std::span(bars).subspan(i + 1 - static_cast<std::size_t>(period),
                                                  static_cast<std::size_t>(period));
      double top = window[0].high, bottom = window[0].low;
      for (const Bar& bar : window) {
        top = std::max(top, bar.high);
        bottom = std::min(bottom, bar.low);
      }
      REQUIRE(highest[i].value() == top);
      REQUIRE(lowest[i].value() == bottom);
    }
  }
}

// BOTBOX_WRITE_REFERENCE=1 writes the file anew.
TEST_CASE("the reference of indicators is the registry's") {
  const std::string path = BOTBOX_SOURCE_DIR "/engine/strategy/indicators.md";
  const std::string text = fmt::format(
      "# Indicators\n\nWritten from the registry (`indicator_registry.hpp`); a test compares the "
      "two, and writes this file anew\nwhere `BOTBOX_WRITE_REFERENCE` is set. `[close]`: another "
      "number of the candle may stand first: open, high, low,\nclose, volume, hl2, hlc3, ohlc4. "
      "Several outputs: the first is the value, unless it has to be named.\n\n{}",
      indicator_reference());
  if (std::getenv("BOTBOX_WRITE_REFERENCE") != nullptr) std::ofstream(path) << text;
  std::ifstream file(path);
  std::ostringstream present;
  present << file.rdbuf();
  CHECK(present.str() == text);
}
