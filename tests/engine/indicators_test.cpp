#include "engine/strategy/indicators.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <random>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

using namespace botbox;

namespace {

constexpr IndicatorSpec kSpecs[] = {
    {IndicatorKind::kSma, 1},          {IndicatorKind::kSma, 20},
    {IndicatorKind::kEma, 1},          {IndicatorKind::kEma, 12},
    {IndicatorKind::kRsi, 2},          {IndicatorKind::kRsi, 14},
    {IndicatorKind::kBollinger, 2, 1}, {IndicatorKind::kAtr, 1},
    {IndicatorKind::kAtr, 14},         {IndicatorKind::kSma, 200},
    {IndicatorKind::kEma, 200},        {IndicatorKind::kBollinger, 20, 2},
};

std::vector<Bar> bars_of(const std::vector<double>& closes) {
  std::vector<Bar> bars;
  for (const double close : closes) bars.push_back({close, close, close, close, 1});
  return bars;
}

// A seeded walk on a tick grid with gaps between candles, so that true ranges exceed ranges.
std::vector<Bar> random_walk(std::size_t count, double start = 60'000) {
  const char* const given = std::getenv("BOTBOX_TEST_SEED");
  const std::uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  MESSAGE("seed " << seed << " (repeat with BOTBOX_TEST_SEED=" << seed << ")");
  std::mt19937_64 random(seed);
  const auto uniform = [&](double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  };
  const auto on_grid = [&](double price) { return std::round(price / start * 6e6) / 6e6 * start; };
  std::vector<Bar> bars;
  double price = start;
  for (std::size_t i = 0; i < count; ++i) {
    Bar bar;
    bar.open = on_grid(price * uniform(0.998, 1.002));
    bar.close = on_grid(std::clamp(bar.open * uniform(0.99, 1.01), start / 4, start * 4));
    bar.high = on_grid(std::max(bar.open, bar.close) * uniform(1, 1.005));
    bar.low = on_grid(std::min(bar.open, bar.close) * uniform(0.995, 1));
    bar.volume = uniform(0, 100);
    price = bar.close;
    bars.push_back(bar);
  }
  return bars;
}

// -- the slow reference: the textbook formulas over the whole history, in long double ------------

long double mean_of(const std::vector<Bar>& bars, std::size_t first, std::size_t count) {
  long double sum = 0;
  for (std::size_t i = first; i < first + count; ++i) sum += bars[i].close;
  return sum / static_cast<long double>(count);
}

long double deviation_of(const std::vector<Bar>& bars, std::size_t first, std::size_t count) {
  const long double mean = mean_of(bars, first, count);
  long double squares = 0;
  for (std::size_t i = first; i < first + count; ++i)
    squares += (bars[i].close - mean) * (bars[i].close - mean);
  return std::sqrt(squares / static_cast<long double>(count));
}

// The mean of the first n of `numbers`, then `weight` for each further one.
long double smoothed(const std::vector<long double>& numbers, std::size_t n, long double weight) {
  long double average = 0;
  for (std::size_t i = 0; i < n; ++i) average += numbers[i] / static_cast<long double>(n);
  for (std::size_t i = n; i < numbers.size(); ++i)
    average = weight * numbers[i] + (1 - weight) * average;
  return average;
}

std::array<long double, 3> reference(const IndicatorSpec& spec, const std::vector<Bar>& bars) {
  const auto n = static_cast<std::size_t>(spec.period);
  const long double wilder = 1.0L / static_cast<long double>(n);
  std::vector<long double> closes, gains, losses, ranges;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    closes.push_back(bars[i].close);
    if (i == 0) continue;
    const long double before = bars[i - 1].close, high = bars[i].high, low = bars[i].low;
    gains.push_back(bars[i].close > before ? bars[i].close - before : 0);
    losses.push_back(bars[i].close < before ? before - bars[i].close : 0);
    ranges.push_back(std::max({high - low, std::abs(high - before), std::abs(low - before)}));
  }
  switch (spec.kind) {
    case IndicatorKind::kSma: return {mean_of(bars, bars.size() - n, n), 0, 0};
    case IndicatorKind::kEma:
      return {smoothed(closes, n, 2.0L / (static_cast<long double>(n) + 1)), 0, 0};
    case IndicatorKind::kAtr: return {smoothed(ranges, n, wilder), 0, 0};
    case IndicatorKind::kRsi: {
      const long double strength = smoothed(gains, n, wilder) / smoothed(losses, n, wilder);
      return {100 - 100 / (1 + strength), 0, 0};
    }
    case IndicatorKind::kBollinger: {
      const long double middle = mean_of(bars, bars.size() - n, n);
      const long double distance =
          static_cast<long double>(spec.parameter) * deviation_of(bars, bars.size() - n, n);
      return {middle + distance, middle, middle - distance};
    }
    default: return {};  // the others stand in tests/reference
  }
}

void check_close(double actual, long double expected, double relative) {
  const double wanted = static_cast<double>(expected);
  CAPTURE(actual);
  CAPTURE(wanted);
  REQUIRE(std::abs(actual - wanted) <= relative * std::max(std::abs(wanted), 1e-12));
}

}  // namespace

TEST_CASE("every indicator agrees with its textbook formula on every candle") {
  const std::vector<Bar> bars = random_walk(450);
  for (const IndicatorSpec& spec : kSpecs) {
    CAPTURE(to_string(spec));
    const std::vector<IndicatorValue> values = compute(spec, bars);
    for (std::size_t i = static_cast<std::size_t>(warm_up(spec)) - 1; i < bars.size(); ++i) {
      CAPTURE(i);
      const std::vector<Bar> so_far(bars.begin(),
                                    bars.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      const std::array<long double, 3> expected = reference(spec, so_far);
      for (std::size_t line = 0; line < 3; ++line)
        check_close(values[i].values[line], expected[line], 1e-9);
    }
  }
}

TEST_CASE("rsi(14) reproduces the example that StockCharts publishes") {
  // ChartSchool, "Relative Strength Index", worked example (QQQQ daily closes).
  const std::vector<double> closes{44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955,
                                   45.4245, 45.8433, 46.0826, 45.8931, 46.0328, 45.6140, 46.2820,
                                   46.2820, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439, 46.2122,
                                   46.2521, 45.7137, 46.4515, 45.7835, 45.3548, 44.0288, 44.1783,
                                   44.2181, 44.5672, 43.4205, 42.6628, 43.1314};
  const std::vector<double> published{70.53, 66.32, 66.55, 69.41, 66.36, 57.97, 62.93,
                                      63.26, 56.06, 62.38, 54.71, 50.42, 39.99, 41.46,
                                      41.87, 45.46, 37.30, 33.08, 37.77};
  const auto values = compute({IndicatorKind::kRsi, 14}, bars_of(closes));
  REQUIRE(values.size() == 14 + published.size());
  for (std::size_t i = 0; i < published.size(); ++i) {
    REQUIRE(values[i + 14].ready);
    CHECK(std::abs(values[i + 14].value() - published[i]) <= 0.005);
  }
}

TEST_CASE("ema(10) reproduces the example that StockCharts publishes") {
  // ChartSchool, "Moving Averages", worked example (Intel daily closes).
  const std::vector<double> closes{22.27, 22.19, 22.08, 22.17, 22.18, 22.13, 22.23, 22.43,
                                   22.24, 22.29, 22.15, 22.39, 22.38, 22.61, 23.36, 24.05,
                                   23.75, 23.83, 23.95, 23.63, 23.82, 23.87, 23.65, 23.19,
                                   23.10, 23.33, 22.68, 23.10, 22.40, 22.17};
  const std::vector<double> published{22.22, 22.21, 22.24, 22.27, 22.33, 22.52, 22.80,
                                      22.97, 23.13, 23.28, 23.34, 23.43, 23.51, 23.53,
                                      23.47, 23.40, 23.39, 23.26, 23.23, 23.08, 22.92};
  const auto values = compute({IndicatorKind::kEma, 10}, bars_of(closes));
  REQUIRE(values.size() == 9 + published.size());
  for (std::size_t i = 0; i < published.size(); ++i)
    CHECK(std::abs(values[i + 9].value() - published[i]) <= 0.006);
}

TEST_CASE("small examples that can be checked by hand") {
  const std::vector<Bar> rising = bars_of({1, 2, 3, 4});
  CHECK(compute({IndicatorKind::kSma, 3}, rising).back().value() == 3);
  CHECK(compute({IndicatorKind::kEma, 3}, rising).back().value() == 3);  // 2 + (4 - 2) / 2
  CHECK(compute({IndicatorKind::kRsi, 3}, rising).back().value() == 100);
  CHECK(compute({IndicatorKind::kRsi, 3}, bars_of({4, 3, 2, 1})).back().value() == 0);
  CHECK(compute({IndicatorKind::kRsi, 2}, bars_of({1, 4, 3})).back().value() == 75);

  const IndicatorValue bands =
      compute({IndicatorKind::kBollinger, 8, 2}, bars_of({2, 4, 4, 4, 5, 5, 7, 9})).back();
  CHECK(bands.upper() == 9);  // deviation 2 over n; over n - 1 it would be 2.14
  CHECK(bands.middle() == 5);
  CHECK(bands.lower() == 1);

  // True ranges: none, 3 (high - low), 5 (gap up: high - previous close), 6 (gap down).
  const std::vector<Bar> gaps{
      {10, 11, 9, 10, 1}, {10, 12, 9, 11, 1}, {15, 16, 14, 15, 1}, {10, 11, 9, 10, 1}};
  const auto atr = compute({IndicatorKind::kAtr, 2}, gaps);
  CHECK_FALSE(atr[1].ready);
  CHECK(atr[2].value() == 4);  // (3 + 5) / 2
  CHECK(atr[3].value() == 5);  // (4 * 1 + 6) / 2
}

TEST_CASE("an indicator is ready with exactly its warm-up and silent before") {
  CHECK(warm_up({IndicatorKind::kSma, 20}) == 20);
  CHECK(warm_up({IndicatorKind::kEma, 20}) == 20);
  CHECK(warm_up({IndicatorKind::kBollinger, 20, 2}) == 20);
  CHECK(warm_up({IndicatorKind::kRsi, 14}) == 15);
  CHECK(warm_up({IndicatorKind::kAtr, 14}) == 15);
  const std::vector<Bar> bars = random_walk(250);
  for (const IndicatorSpec& spec : kSpecs) {
    CAPTURE(to_string(spec));
    Indicator indicator(spec);
    CHECK(indicator.value() == IndicatorValue{});
    for (int candle = 1; candle <= 250; ++candle) {
      const IndicatorValue value = indicator.update(bars[static_cast<std::size_t>(candle) - 1]);
      CAPTURE(candle);
      REQUIRE(value.ready == (candle >= warm_up(spec)));
      REQUIRE(value == indicator.value());
      if (!value.ready) REQUIRE(value == IndicatorValue{});
    }
  }
}

TEST_CASE("a series computed at once equals one that grew candle by candle, bit for bit") {
  const std::vector<Bar> bars = random_walk(1000);
  for (const IndicatorSpec& spec : kSpecs) {
    CAPTURE(to_string(spec));
    const std::vector<IndicatorValue> batch = compute(spec, bars);
    REQUIRE(batch.size() == bars.size());
    Indicator indicator(spec);
    for (std::size_t i = 0; i < bars.size(); ++i) REQUIRE(indicator.update(bars[i]) == batch[i]);
    CHECK(indicator.spec() == spec);
  }
  CHECK(compute({IndicatorKind::kSma, 3}, {}).empty());
}

TEST_CASE("a copy goes on from the same past and disturbs nothing") {
  const std::vector<Bar> bars = random_walk(300);
  for (const IndicatorSpec& spec : kSpecs) {
    CAPTURE(to_string(spec));
    for (const std::size_t fork_at : {std::size_t{0}, std::size_t{5}, std::size_t{215}}) {
      Indicator original(spec);
      for (std::size_t i = 0; i < fork_at; ++i) original.update(bars[i]);
      Indicator fork = original;
      REQUIRE(fork.value() == original.value());
      Indicator astray = original;
      for (int i = 0; i < 50; ++i) astray.update({1, 2, 1, 2, 0});
      Indicator assigned({IndicatorKind::kSma, 3});
      assigned = original;
      for (std::size_t i = fork_at; i < bars.size(); ++i) {
        const IndicatorValue value = original.update(bars[i]);
        REQUIRE(fork.update(bars[i]) == value);
        REQUIRE(assigned.update(bars[i]) == value);
      }
      REQUIRE(original.value() == compute(spec, bars).back());
      REQUIRE(assigned.spec() == spec);
    }
  }
}

TEST_CASE("flat prices: averages are the price, bands close, rsi and atr are zero") {
  for (const double price : {0.1, 60'000.01, 1e-8, 0.0}) {
    CAPTURE(price);
    const std::vector<Bar> bars = bars_of(std::vector<double>(100, price));
    CHECK(compute({IndicatorKind::kSma, 7}, bars).back().value() == price);
    check_close(compute({IndicatorKind::kEma, 7}, bars).back().value(), price, 1e-15);
    const IndicatorValue rsi = compute({IndicatorKind::kRsi, 14}, bars).back();
    CHECK(rsi == IndicatorValue{{0, 0, 0}, true, 1});
    CHECK_FALSE(rsi.output(0).has_value());
    CHECK(compute({IndicatorKind::kAtr, 14}, bars).back() == IndicatorValue{{0, 0, 0}, true});
    const IndicatorValue bands = compute({IndicatorKind::kBollinger, 20, 2}, bars).back();
    CHECK(bands.values == IndicatorValue{{price, price, price}}.values);
    CHECK(bands.ready);
    CHECK_FALSE(bands.output(3).has_value());  // nothing is anywhere between closed bands
  }
}

TEST_CASE("flat bands are closed for every price and period, also after a move") {
  for (const Bar& level : random_walk(200, 0.0371))
    for (const int period : {2, 3, 7, 20, 49, 100}) {
      std::vector<double> closes(static_cast<std::size_t>(period) * 2, level.close);
      closes[0] = level.high * 3;
      CAPTURE(level.close);
      CAPTURE(period);
      const IndicatorValue flat{{level.close, level.close, level.close}};
      REQUIRE(compute({IndicatorKind::kBollinger, period, 2}, bars_of(closes)).back().values ==
              flat.values);
      REQUIRE(compute({IndicatorKind::kSma, period}, bars_of(closes)).back().value() ==
              level.close);
    }
}

TEST_CASE("bands close completely once a move has left the window") {
  std::vector<double> closes(40, 60'000.01);
  closes[5] = 30'000.37;
  closes[6] = 90'000.99;
  const auto values = compute({IndicatorKind::kBollinger, 20, 2}, bars_of(closes));
  CHECK(values[25].upper() > values[25].lower() + 1000);
  CHECK(values[27].upper() == 60'000.01);
  CHECK(values[27].lower() == 60'000.01);
}

TEST_CASE("volume does not move an indicator of prices, zero volume is fine") {
  std::vector<Bar> bars = random_walk(300);
  std::vector<Bar> silent = bars;
  for (Bar& bar : silent) bar.volume = 0;
  for (const IndicatorSpec& spec : kSpecs) CHECK(compute(spec, bars) == compute(spec, silent));
}

TEST_CASE("scaling prices scales levels and leaves the rsi where it is") {
  const std::vector<Bar> bars = random_walk(400);
  for (const double factor : {0x1p-40, 0x1p+20, 1e-8, 3.7}) {
    std::vector<Bar> scaled = bars;
    for (Bar& bar : scaled)
      for (double* price : {&bar.open, &bar.high, &bar.low, &bar.close}) *price *= factor;
    for (const IndicatorSpec& spec : kSpecs) {
      CAPTURE(to_string(spec));
      CAPTURE(factor);
      const auto before = compute(spec, bars), after = compute(spec, scaled);
      const double expected_factor = spec.kind == IndicatorKind::kRsi ? 1 : factor;
      for (std::size_t i = 0; i < bars.size(); ++i)
        for (std::size_t line = 0; line < 3; ++line)
          REQUIRE(std::abs(after[i].values[line] - before[i].values[line] * expected_factor) <=
                  1e-9 * std::abs(before[i].values[line] * expected_factor));
    }
  }
}

TEST_CASE("values stay finite, the rsi in 0..100 and the bands in order") {
  const std::vector<Bar> bars = random_walk(2000, 1e-8);
  for (const IndicatorSpec& spec : kSpecs) {
    CAPTURE(to_string(spec));
    for (const IndicatorValue& value : compute(spec, bars)) {
      for (const double number : value.values) REQUIRE(std::isfinite(number));
      if (spec.kind == IndicatorKind::kRsi) {
        REQUIRE(value.value() >= 0);
        REQUIRE(value.value() <= 100);
      }
      if (spec.kind != IndicatorKind::kBollinger) continue;
      REQUIRE(value.upper() >= value.middle());
      REQUIRE(value.middle() >= value.lower());
    }
  }
}

TEST_CASE("sums do not drift in a million candles") {
  const std::vector<Bar> bars = random_walk(1'000'000);
  Indicator sma({IndicatorKind::kSma, 200});
  Indicator bollinger({IndicatorKind::kBollinger, 20, 2});
  for (std::size_t i = 0; i < bars.size(); ++i) {
    sma.update(bars[i]);
    bollinger.update(bars[i]);
    if (i < 200 || (i % 9973 != 0 && i + 300 < bars.size())) continue;
    CAPTURE(i);
    check_close(sma.value().value(), mean_of(bars, i - 199, 200), 1e-14);
    const long double middle = mean_of(bars, i - 19, 20);
    const long double distance = 2 * deviation_of(bars, i - 19, 20);
    check_close(bollinger.value().upper(), middle + distance, 1e-14);
    check_close(bollinger.value().lower(), middle - distance, 1e-14);
  }
}

TEST_CASE("a quiet market right after a crash has the deviation of a quiet market") {
  std::vector<double> closes(30, 60'000);
  closes[3] = 1;
  closes[4] = 1e9;
  for (std::size_t i = 0; i < 200; ++i) closes.push_back(60'000 + (i % 2 == 0 ? 0.01 : -0.01));
  const std::vector<Bar> bars = bars_of(closes);
  const auto values = compute({IndicatorKind::kBollinger, 20, 2}, bars);
  for (std::size_t i = 26; i < bars.size(); ++i) {
    CAPTURE(i);
    check_close(values[i].upper() - values[i].middle(), 2 * deviation_of(bars, i - 19, 20), 1e-8);
  }
}

TEST_CASE("a spec is written as people write it and read back") {
  for (const auto& [spec, text] : std::vector<std::pair<IndicatorSpec, std::string>>{
           {{IndicatorKind::kSma, 50}, "sma(50)"},
           {{IndicatorKind::kEma, 200}, "ema(200)"},
           {{IndicatorKind::kRsi, 14}, "rsi(14)"},
           {{IndicatorKind::kAtr, 1}, "atr(1)"},
           {{IndicatorKind::kBollinger, 20, 2}, "bollinger(20,2)"},
           {{IndicatorKind::kBollinger, 20, 2.5}, "bollinger(20,2.5)"}}) {
    CHECK(to_string(spec) == text);
    CHECK(parse_indicator_spec(text) == spec);
  }
  CHECK(parse_indicator_spec("bollinger(20, 2)") ==
        IndicatorSpec{IndicatorKind::kBollinger, 20, 2});
  for (const std::string_view text : {"",
                                      "rsi",
                                      "rsi(",
                                      "rsi)",
                                      "rsi()",
                                      "(14)",
                                      "rsi(14",
                                      "rsi(14))",
                                      "rsi(a)",
                                      "rsi(14.5)",
                                      "rsi(-14)",
                                      "rsi(0)",
                                      "rsi(1)",
                                      "rsi(10001)",
                                      "rsi(99999999999)",
                                      "rsi(14,2)",
                                      "rsi(14,)",
                                      "RSI(14)",
                                      " rsi(14)",
                                      "rsi (14)",
                                      "macd(12)",
                                      "bollinger(20)",
                                      "bollinger(1,2)",
                                      "bollinger(20,0)",
                                      "bollinger(20,-2)",
                                      "bollinger(20,nan)",
                                      "bollinger(20,inf)",
                                      "bollinger(20,101)",
                                      "bollinger(20,2,1)",
                                      "bollinger(20,"}) {
    CAPTURE(text);
    const auto parsed = parse_indicator_spec(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::kInvalidInput);
    CHECK_FALSE(parsed.error().fix.empty());
  }
}

TEST_CASE("a spec is a key: equal, ordered and hashed by all its parts") {
  std::map<IndicatorSpec, int> ordered;
  std::unordered_set<IndicatorSpec> hashed;
  for (const IndicatorSpec& spec : kSpecs) {
    ++ordered[spec];
    hashed.insert(spec);
    hashed.insert(spec);
  }
  CHECK(ordered.size() == std::size(kSpecs));
  CHECK(hashed.size() == std::size(kSpecs));
  CHECK(IndicatorSpec{IndicatorKind::kBollinger, 20, 2} !=
        IndicatorSpec{IndicatorKind::kBollinger, 20, 2.5});
  CHECK(std::hash<IndicatorSpec>{}({IndicatorKind::kSma, 5, 0.0}) ==
        std::hash<IndicatorSpec>{}({IndicatorKind::kSma, 5, -0.0}));
}
