#include "tests/engine/strategy/batch_indicators.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>

#include "engine/assert.hpp"
#include "engine/strategy/indicator_registry.hpp"

namespace botbox::testing {
namespace {

using Window = std::span<const double>;

// Warm, and yet without a value; whatever is computed from it has none either.
constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();

double mean(Window window) {
  long double sum = 0;
  for (const double x : window) sum += x;
  return static_cast<double>(sum / static_cast<long double>(window.size()));
}
double sum_of(Window window) { return mean(window) * static_cast<double>(window.size()); }
double top_of(Window window) { return *std::max_element(window.begin(), window.end()); }
double bottom_of(Window window) { return *std::min_element(window.begin(), window.end()); }

// Of the last n numbers; none while there are fewer.
template <class Function>
Column over(const Column& series, int n, Function function) {
  Column out(series.size());
  const auto size = static_cast<std::size_t>(n);
  std::vector<double> window;
  for (std::size_t i = size - 1; i < series.size(); ++i) {
    window.clear();
    for (std::size_t j = i + 1 - size; j <= i && series[j]; ++j) window.push_back(*series[j]);
    if (window.size() == size) out[i] = function(Window(window));
  }
  return out;
}

template <class Function, class... Columns>
Column combine(Function function, const Columns&... columns) {
  Column out(std::get<0>(std::tie(columns...)).size());
  for (std::size_t i = 0; i < out.size(); ++i)
    if ((columns[i].has_value() && ...)) out[i] = function(*columns[i]...);
  return out;
}

// Seeded with the mean of the first n numbers that are there.
Column smoothed(const Column& series, int n, double weight) {
  Column out(series.size());
  std::vector<double> first;
  std::optional<double> average;
  for (std::size_t i = 0; i < series.size(); ++i) {
    if (!series[i]) continue;
    if (average) {
      average = *series[i] * weight + *average * (1 - weight);
    } else {
      first.push_back(*series[i]);
      if (first.size() == static_cast<std::size_t>(n)) average = mean(first);
    }
    out[i] = average;
  }
  return out;
}

Column sma(const Column& series, int n) { return over(series, n, mean); }
Column ema(const Column& series, int n) { return smoothed(series, n, 2.0 / (n + 1)); }
Column wilder(const Column& series, int n) { return smoothed(series, n, 1.0 / n); }

Column wma(const Column& series, int n) {
  return over(series, n, [](Window window) {
    long double sum = 0, weights = 0;
    for (std::size_t i = 0; i < window.size(); ++i) {
      sum += static_cast<long double>(i + 1) * window[i];
      weights += static_cast<long double>(i + 1);
    }
    return static_cast<double>(sum / weights);
  });
}

Column slope(const Column& series, int n) {
  return over(series, n, [](Window window) {
    const long double center = (static_cast<long double>(window.size()) - 1) / 2;
    const long double height = mean(window);
    long double across = 0, spread = 0;
    for (std::size_t i = 0; i < window.size(); ++i) {
      const long double x = static_cast<long double>(i) - center;
      across += x * (window[i] - height);
      spread += x * x;
    }
    return static_cast<double>(across / spread);
  });
}

Column deviation(const Column& series, int n) {
  return over(series, n, [](Window window) {
    if (top_of(window) == bottom_of(window)) return 0.0;
    const long double center = mean(window);
    long double squares = 0;
    for (const double x : window) squares += (x - center) * (x - center);
    return static_cast<double>(std::sqrt(squares / static_cast<long double>(window.size())));
  });
}

// Without the number of a series that never moved, which is TA-Lib's 0 here.
Column rsi_numbers(const Column& series, int n) {
  Column gains(series.size()), losses(series.size());
  for (std::size_t i = 1; i < series.size(); ++i) {
    gains[i] = std::max(*series[i] - *series[i - 1], 0.0);
    losses[i] = std::max(*series[i - 1] - *series[i], 0.0);
  }
  Column out =
      combine([](double up, double down) { return up + down > 0 ? 100 * (up / (up + down)) : 0; },
              wilder(gains, n), wilder(losses, n));
  // Both averages shrink alike while nothing moves: the same ratio, without its rounding.
  for (std::size_t i = 1; i < out.size(); ++i)
    if (series[i] == series[i - 1] && out[i - 1]) out[i] = out[i - 1];
  return out;
}

Column rsi(const Column& series, int n) {
  Column out = rsi_numbers(series, n);
  for (std::size_t i = 0; i < out.size() && series[i] == series[0]; ++i)
    if (out[i]) out[i] = kNothing;
  return out;
}

// Outputs that are shown together or not at all.
std::vector<Column> jointly(std::vector<Column> columns) {
  for (std::size_t i = 0; i < columns[0].size(); ++i) {
    const bool whole = std::all_of(columns.begin(), columns.end(),
                                   [&](const Column& column) { return column[i].has_value(); });
    if (whole) continue;
    for (Column& column : columns) column[i].reset();
  }
  return columns;
}

std::vector<Column> macd(const Column& series, int fast, int slow, int signal) {
  const Column slow_line = ema(series, slow);
  Column fast_line(series.size());
  const auto first = static_cast<std::size_t>(slow) - 1;
  for (std::size_t i = first; i < series.size(); ++i)
    fast_line[i] = i == first
                       ? *sma(series, fast)[i]
                       : *fast_line[i - 1] + (*series[i] - *fast_line[i - 1]) * 2 / (fast + 1);
  const auto minus = [](double a, double b) { return a - b; };
  const Column line = combine(minus, fast_line, slow_line);
  const Column signal_line = ema(line, signal);
  return jointly({line, signal_line, combine(minus, line, signal_line)});
}

std::vector<Column> stochastic(const Column& high, const Column& low, const Column& number, int n,
                               int smoothing, int d) {
  const Column raw = combine(
      [](double top, double bottom, double x) {
        if (top == bottom) return kNothing;
        return top - bottom > 1e-4 ? 100 * (x - bottom) / (top - bottom) : kAnything;
      },
      over(high, n, top_of), over(low, n, bottom_of), number);
  const Column k = sma(raw, smoothing);
  return jointly({k, sma(k, d)});
}

// One series of bars and what is said of it.
class Batch {
 public:
  explicit Batch(const std::vector<Bar>& bars) : bars_(bars), size_(bars.size()) {
    high_ = column([](const Bar& bar) { return bar.high; });
    low_ = column([](const Bar& bar) { return bar.low; });
    close_ = column([](const Bar& bar) { return bar.close; });
    typical_ = column([](const Bar& bar) { return (bar.high + bar.low + bar.close) / 3; });
    ranges_.resize(size_);
    for (std::size_t i = 1; i < size_; ++i)
      ranges_[i] =
          std::max(bars[i].high, bars[i - 1].close) - std::min(bars[i].low, bars[i - 1].close);
  }

  std::vector<Column> averages(const IndicatorSpec& spec) const;
  std::vector<Column> oscillators(const IndicatorSpec& spec) const;
  std::vector<Column> ranges(const IndicatorSpec& spec) const;
  std::vector<Column> trends(const IndicatorSpec& spec) const;
  std::vector<Column> shapes(const IndicatorSpec& spec) const;
  std::vector<Column> adx(int n) const;
  std::vector<Column> supertrend(int n, double factor) const;
  std::vector<Column> psar(double step, double most) const;
  std::vector<Column> ichimoku(int conversion, int base, int span) const;
  std::vector<Column> bollinger(const Column& series, int n, double k) const;
  std::vector<Column> pivots() const;
  std::vector<Column> engulfing() const;
  std::vector<Column> regime(int n, int window) const;
  Column obv() const;
  Column vwap() const;
  Column mfi(int n) const;

 private:
  template <class Number>
  Column column(Number number) const {
    Column out;
    for (const Bar& bar : bars_) out.push_back(number(bar));
    return out;
  }
  Column input(const IndicatorSpec& spec) const {
    const BarInput which =
        spec.input == BarInput::kDefault ? describe(spec.kind).input : spec.input;
    return column([&](const Bar& bar) { return input_of(bar, which); });
  }
  Column middles(int n) const {
    return combine([](double top, double bottom) { return (top + bottom) / 2; },
                   over(high_, n, top_of), over(low_, n, bottom_of));
  }
  std::int64_t day(std::size_t i) const { return bars_[i].open_time.ms / 86'400'000; }
  bool begins_at_midnight() const { return bars_[0].open_time.ms % 86'400'000 == 0; }

  const std::vector<Bar>& bars_;
  std::size_t size_;
  Column high_, low_, close_, typical_, ranges_;
};

int whole_parameter(const IndicatorSpec& spec, std::size_t index) {
  return static_cast<int>(parameter_of(spec, index));
}

std::vector<Column> Batch::averages(const IndicatorSpec& spec) const {
  const Column series = input(spec);
  const int n = spec.period;
  const auto doubled = [](double a, double b) { return 2 * a - b; };
  switch (spec.kind) {
    case IndicatorKind::kSma: return {sma(series, n)};
    case IndicatorKind::kEma: return {ema(series, n)};
    case IndicatorKind::kWma: return {wma(series, n)};
    case IndicatorKind::kDema: return {combine(doubled, ema(series, n), ema(ema(series, n), n))};
    case IndicatorKind::kTema:
      return {combine([](double a, double b, double c) { return 3 * a - 3 * b + c; },
                      ema(series, n), ema(ema(series, n), n), ema(ema(ema(series, n), n), n))};
    case IndicatorKind::kHma:
      return {wma(combine(doubled, wma(series, n / 2), wma(series, n)),
                  static_cast<int>(std::floor(std::sqrt(n))))};
    case IndicatorKind::kMacd:
      return macd(series, n, whole_parameter(spec, 1), whole_parameter(spec, 2));
    case IndicatorKind::kSlope: return {slope(series, n)};
    default: return {};
  }
}

std::vector<Column> Batch::oscillators(const IndicatorSpec& spec) const {
  const int n = spec.period;
  switch (spec.kind) {
    case IndicatorKind::kRsi: return {rsi(input(spec), n)};
    case IndicatorKind::kStochastic:
      return stochastic(high_, low_, close_, n, whole_parameter(spec, 1), whole_parameter(spec, 2));
    case IndicatorKind::kStochRsi: {
      const Column numbers = rsi_numbers(input(spec), n);
      return stochastic(numbers, numbers, numbers, whole_parameter(spec, 1),
                        whole_parameter(spec, 2), whole_parameter(spec, 3));
    }
    case IndicatorKind::kCci:
      return {over(typical_, n, [](Window window) {
        if (top_of(window) == bottom_of(window)) return kNothing;
        // Equal sums of three cents, rounded in another order.
        if (top_of(window) - bottom_of(window) < 1e-9) return kAnything;
        const double center = mean(window);
        double distances = 0;
        for (const double x : window) distances += std::abs(x - center);
        return (window.back() - center) / (0.015 * distances / static_cast<double>(window.size()));
      })};
    case IndicatorKind::kMfi: return {mfi(n)};
    case IndicatorKind::kWilliamsR:
      return {combine(
          [](double top, double bottom, double x) {
            return top > bottom ? -100 * (top - x) / (top - bottom) : kNothing;
          },
          over(high_, n, top_of), over(low_, n, bottom_of), close_)};
    case IndicatorKind::kRoc:
      return {over(input(spec), n + 1, [](Window window) {
        return window.front() == 0 ? kNothing : 100 * (window.back() / window.front() - 1);
      })};
    case IndicatorKind::kMomentum:
      return {
          over(input(spec), n + 1, [](Window window) { return window.back() - window.front(); })};
    default: return {};
  }
}

std::vector<Column> Batch::ranges(const IndicatorSpec& spec) const {
  const int n = spec.period;
  switch (spec.kind) {
    case IndicatorKind::kBollinger: return bollinger(input(spec), n, spec.parameter);
    case IndicatorKind::kKeltner: {
      const double factor = parameter_of(spec, 2);
      const Column center = ema(close_, n), reach = wilder(ranges_, whole_parameter(spec, 1));
      return jointly({combine([&](double a, double b) { return a + factor * b; }, center, reach),
                      center,
                      combine([&](double a, double b) { return a - factor * b; }, center, reach)});
    }
    case IndicatorKind::kDeviation: return {deviation(input(spec), n)};
    case IndicatorKind::kAtr: return {wilder(ranges_, n)};
    case IndicatorKind::kNatr:
      return {combine([](double a, double b) { return 100 * a / b; }, wilder(ranges_, n), close_)};
    case IndicatorKind::kDonchian:
      return {over(high_, n, top_of), middles(n), over(low_, n, bottom_of)};
    case IndicatorKind::kHighest: return {over(input(spec), n, top_of)};
    case IndicatorKind::kLowest: return {over(input(spec), n, bottom_of)};
    default: return {};
  }
}

std::vector<Column> Batch::bollinger(const Column& series, int n, double k) const {
  const Column center = sma(series, n), spread = deviation(series, n);
  const Column upper = combine([&](double m, double d) { return m + k * d; }, center, spread);
  const Column lower = combine([&](double m, double d) { return m - k * d; }, center, spread);
  return {upper, center, lower,
          combine(
              [&](double x, double m, double d) {
                if (d > 0 && d < 1e-9) return kAnything;
                return d > 0 ? (x - (m - k * d)) / (2 * k * d) : kNothing;
              },
              series, center, spread),
          combine([&](double m, double d) { return m == 0 ? kNothing : 2 * k * d / m; }, center,
                  spread)};
}

std::vector<Column> Batch::trends(const IndicatorSpec& spec) const {
  switch (spec.kind) {
    case IndicatorKind::kAdx: return adx(spec.period);
    case IndicatorKind::kSupertrend: return supertrend(spec.period, spec.parameter);
    case IndicatorKind::kParabolicSar: return psar(parameter_of(spec, 0), parameter_of(spec, 1));
    case IndicatorKind::kIchimoku:
      return ichimoku(spec.period, whole_parameter(spec, 1), whole_parameter(spec, 2));
    case IndicatorKind::kRegime: return regime(spec.period, whole_parameter(spec, 1));
    default: return {};
  }
}

// Wilder 1978, chapter 4, with TA-Lib's seeds: sums of n - 1 moves, then a mean of n indices.
std::vector<Column> Batch::adx(int n) const {
  std::array<double, 3> sums{};  // up, down, range
  std::vector<Column> out(3, Column(size_));
  std::vector<double> seed;
  std::optional<double> average;
  for (std::size_t i = 1; i < size_; ++i) {
    const double up = bars_[i].high - bars_[i - 1].high, down = bars_[i - 1].low - bars_[i].low;
    const std::array<double, 3> moves{up > std::max(down, 0.0) ? up : 0,
                                      down > std::max(up, 0.0) ? down : 0, *ranges_[i]};
    for (std::size_t k = 0; k < 3; ++k)
      sums[k] += moves[k] - (i < static_cast<std::size_t>(n) ? 0 : sums[k] / n);
    if (i < static_cast<std::size_t>(n)) continue;
    const double plus = sums[2] > 0 ? 100 * sums[0] / sums[2] : 0;
    const double minus = sums[2] > 0 ? 100 * sums[1] / sums[2] : 0;
    const bool points = plus + minus > 0;
    const double index = points ? 100 * std::abs(plus - minus) / (plus + minus) : 0;
    if (average) {
      if (points) average = (*average * (n - 1) + index) / n;
    } else {
      seed.push_back(index);
      if (seed.size() == static_cast<std::size_t>(n)) average = mean(seed);
    }
    if (!average) continue;
    out[0][i] = average;
    out[1][i] = sums[2] > 0 ? plus : kNothing;
    out[2][i] = sums[2] > 0 ? minus : kNothing;
  }
  return out;
}

// The script that TradingView documents for ta.supertrend; its direction is the other way round.
std::vector<Column> Batch::supertrend(int n, double factor) const {
  const Column reach = wilder(ranges_, n);
  std::vector<Column> out(2, Column(size_));
  std::optional<std::pair<double, double>> before;  // lower and upper band
  bool was_upper = true;
  for (std::size_t i = 0; i < size_; ++i) {
    if (!reach[i]) continue;
    const double center = (bars_[i].high + bars_[i].low) / 2;
    double lower = center - factor * *reach[i], upper = center + factor * *reach[i];
    bool falls = true;
    if (before) {
      if (lower <= before->first && bars_[i - 1].close >= before->first) lower = before->first;
      if (upper >= before->second && bars_[i - 1].close <= before->second) upper = before->second;
      falls = was_upper ? bars_[i].close <= upper : bars_[i].close < lower;
    }
    before = {lower, upper};
    was_upper = falls;
    out[0][i] = falls ? upper : lower;
    out[1][i] = falls ? -1 : 1;
  }
  return out;
}

// TA_SAR, with both sides written out.
std::vector<Column> Batch::psar(double step, double most) const {
  std::vector<Column> out(2, Column(size_));
  step = std::min(step, most);
  const double rise = bars_[1].high - bars_[0].high, fall = bars_[0].low - bars_[1].low;
  bool is_long = !(fall > 0 && rise < fall);
  double extreme = is_long ? bars_[1].high : bars_[1].low;
  double stop = is_long ? bars_[0].low : bars_[0].high;
  double speed = step;
  for (std::size_t i = 1; i < size_; ++i) {
    const Bar& bar = bars_[i];
    const Bar& last = i == 1 ? bars_[1] : bars_[i - 1];
    const bool turns = is_long ? bar.low <= stop : bar.high >= stop;
    if (turns) {
      is_long = !is_long;
      stop = is_long ? std::min({extreme, last.low, bar.low})
                     : std::max({extreme, last.high, bar.high});
      speed = step;
      extreme = is_long ? bar.high : bar.low;
    }
    out[0][i] = stop;
    out[1][i] = is_long ? 1 : -1;
    if (!turns && (is_long ? bar.high > extreme : bar.low < extreme)) {
      extreme = is_long ? bar.high : bar.low;
      speed = std::min(speed + step, most);
    }
    stop += speed * (extreme - stop);
    stop = is_long ? std::min({stop, last.low, bar.low}) : std::max({stop, last.high, bar.high});
  }
  return out;
}

std::vector<Column> Batch::ichimoku(int conversion, int base, int span) const {
  const Column fast = middles(conversion), center = middles(base), lead_b = middles(span);
  const Column lead_a = combine([](double a, double b) { return (a + b) / 2; }, fast, center);
  Column span_a(size_), span_b(size_);
  for (std::size_t i = static_cast<std::size_t>(base) - 1; i < size_; ++i) {
    span_a[i] = lead_a[i + 1 - static_cast<std::size_t>(base)];
    span_b[i] = lead_b[i + 1 - static_cast<std::size_t>(base)];
  }
  return jointly({fast, center, span_a, span_b, lead_a, lead_b});
}

Column Batch::obv() const {
  Column out(size_);
  double balance = bars_[0].volume;
  out[0] = balance;
  for (std::size_t i = 1; i < size_; ++i) {
    if (bars_[i].close > bars_[i - 1].close) balance += bars_[i].volume;
    if (bars_[i].close < bars_[i - 1].close) balance -= bars_[i].volume;
    out[i] = balance;
  }
  return out;
}

Column Batch::vwap() const {
  Column out(size_);
  for (std::size_t i = 0; i < size_; ++i) {
    long double turnover = 0, volume = 0;
    std::size_t first = i;
    for (std::size_t j = i + 1; j-- > 0 && day(j) == day(i); first = j) {
      turnover += static_cast<long double>(*typical_[j]) * bars_[j].volume;
      volume += bars_[j].volume;
    }
    if ((first > 0 || begins_at_midnight()) && volume > 0)
      out[i] = static_cast<double>(turnover / volume);
  }
  return out;
}

Column Batch::mfi(int n) const {
  Column up(size_), down(size_);
  for (std::size_t i = 1; i < size_; ++i) {
    const double flow = *typical_[i] * bars_[i].volume;
    up[i] = *typical_[i] > *typical_[i - 1] ? flow : 0;
    down[i] = *typical_[i] < *typical_[i - 1] ? flow : 0;
  }
  return combine([](double a, double b) { return a + b > 0 ? 100 * a / (a + b) : kNothing; },
                 over(up, n, sum_of), over(down, n, sum_of));
}

// Of the last day before the candle's own that traded at all.
std::vector<Column> Batch::pivots() const {
  std::vector<Column> out(7, Column(size_));
  for (std::size_t i = 0; i < size_; ++i) {
    std::size_t end = i;
    while (end > 0 && day(end - 1) == day(i)) --end;
    if (end == 0) continue;
    std::size_t begin = end - 1;
    while (begin > 0 && day(begin - 1) == day(end - 1)) --begin;
    if (begin == 0 && !begins_at_midnight()) continue;
    double high = bars_[begin].high, low = bars_[begin].low;
    for (std::size_t j = begin; j < end; ++j) {
      high = std::max(high, bars_[j].high);
      low = std::min(low, bars_[j].low);
    }
    const double pivot = (high + low + bars_[end - 1].close) / 3;
    const std::array<double, 7> levels{pivot,
                                       2 * pivot - low,
                                       pivot + (high - low),
                                       high + 2 * (pivot - low),
                                       2 * pivot - high,
                                       pivot - (high - low),
                                       low - 2 * (high - pivot)};
    for (std::size_t k = 0; k < levels.size(); ++k) out[k][i] = levels[k];
  }
  return out;
}

std::vector<Column> Batch::engulfing() const {
  std::vector<Column> out(2, Column(size_));
  for (std::size_t i = 1; i < size_; ++i) {
    const Bar &now = bars_[i], &last = bars_[i - 1];
    const double body = now.close - now.open, body_before = last.close - last.open;
    const bool larger = std::abs(body) > std::abs(body_before);
    out[0][i] =
        larger && body > 0 && body_before < 0 && now.open <= last.close && now.close >= last.open;
    out[1][i] =
        larger && body < 0 && body_before > 0 && now.open >= last.close && now.close <= last.open;
  }
  return out;
}

std::vector<Column> Batch::shapes(const IndicatorSpec& spec) const {
  const double share = spec.parameter;
  const auto drawn = [&](auto holds) {
    return column([&](const Bar& bar) {
      if (bar.high == bar.low) return kNothing;
      return holds(bar, std::abs(bar.close - bar.open)) ? 1.0 : 0.0;
    });
  };
  switch (spec.kind) {
    case IndicatorKind::kObv: return {obv()};
    case IndicatorKind::kVwap: return {vwap()};
    case IndicatorKind::kPivotPoints: return pivots();
    case IndicatorKind::kEngulfing: return engulfing();
    case IndicatorKind::kDoji:
      return {
          drawn([&](const Bar& bar, double body) { return body <= share * (bar.high - bar.low); })};
    case IndicatorKind::kHammer:
      return {drawn([&](const Bar& bar, double body) {
        return body > 0 && std::min(bar.open, bar.close) - bar.low >= share * body &&
               bar.high - std::max(bar.open, bar.close) <= 0.1 * (bar.high - bar.low);
      })};
    default: return {};
  }
}

std::vector<Column> Batch::regime(int n, int window) const {
  const Column reach = wilder(ranges_, n), lines = slope(close_, 2 * n), strength = adx(n)[0];
  const Column rank =
      over(combine([](double a, double b) { return 100 * a / b; }, reach, close_), window,
           [&](Window held) {
             const auto below =
                 std::count_if(held.begin(), held.end(), [&](double x) { return x < held.back(); });
             return 100 * static_cast<double>(below) / window;
           });
  std::vector<Column> out(6, Column(size_));
  bool wild = false, trends = false, calm = false;
  for (std::size_t i = 0; i < size_; ++i) {
    if (!rank[i] || !lines[i] || !strength[i]) continue;
    const double moved = *reach[i] > 0 ? *lines[i] * 2 * n / *reach[i] : 0;
    wild = *rank[i] >= (wild ? 75 : 90);
    trends = *strength[i] >= (trends ? 20 : 25) && std::abs(moved) >= (trends ? 0.75 : 1.5);
    calm = *rank[i] <= (calm ? 25 : 10);
    const std::size_t kind = wild ? 2 : trends ? 0 : calm ? 3 : 1;
    for (std::size_t k = 0; k < 4; ++k) out[k][i] = k == kind ? 1 : 0;
    out[4][i] = rank[i];
    out[5][i] = moved;
  }
  return out;
}

}  // namespace

std::vector<Column> batch_indicator(const IndicatorSpec& spec, const std::vector<Bar>& bars) {
  ENGINE_ASSERT(bars.size() >= 2);
  const Batch batch(bars);
  for (const auto family :
       {&Batch::averages, &Batch::oscillators, &Batch::ranges, &Batch::trends, &Batch::shapes}) {
    std::vector<Column> columns = (batch.*family)(spec);
    if (columns.empty()) continue;
    for (Column& column : columns)
      for (std::optional<double>& number : column)
        if (number && std::isnan(*number)) number.reset();
    return columns;
  }
  ENGINE_ASSERT(false);
  return {};
}

}  // namespace botbox::testing
