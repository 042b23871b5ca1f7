// Bands, channels and ranges: how far the price goes.
#include "engine/strategy/indicator/rolling.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

class Bollinger : public Cloneable<Bollinger> {
 public:
  explicit Bollinger(const IndicatorSpec& spec)
      : input_(input_in(spec)), window_(spec.period), width_(spec.parameter) {}
  IndicatorValue update(const Bar& bar) override {
    const double number = input_of(bar, input_);
    window_.add(number);
    if (!window_.full()) return {};
    const double middle = window_.mean();
    const double distance = width_ * window_.population_deviation();
    const double upper = middle + distance, lower = middle - distance;
    IndicatorValue value{{upper, middle, lower}, true, 0};
    if (upper > lower)
      value.values[3] = (number - lower) / (upper - lower);
    else
      value.absent |= 1 << 3;
    if (middle != 0)
      value.values[4] = (upper - lower) / middle;
    else
      value.absent |= 1 << 4;
    return value;
  }

 private:
  BarInput input_;
  RollingWindow window_;
  double width_;
};

class Atr : public Cloneable<Atr> {
 public:
  explicit Atr(const IndicatorSpec& spec) : average_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    return ready_value(average_.add(bar.high, bar.low, bar.close));
  }

 private:
  TrueRangeAverage average_;
};

class Natr : public Cloneable<Natr> {
 public:
  explicit Natr(const IndicatorSpec& spec) : average_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<double> range = average_.add(bar.high, bar.low, bar.close);
    if (!range) return {};
    if (bar.close == 0) return no_value();
    return ready_value(100 * (*range / bar.close));
  }

 private:
  TrueRangeAverage average_;
};

class Donchian : public Cloneable<Donchian> {
 public:
  explicit Donchian(const IndicatorSpec& spec) : range_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const auto range = range_.add(bar.high, bar.low);
    if (!range) return {};
    return {{range->top, range->middle(), range->bottom}, true, 0};
  }

 private:
  RollingRange range_;
};

class Keltner : public Cloneable<Keltner> {
 public:
  explicit Keltner(const IndicatorSpec& spec)
      : middle_(spec.period), range_(whole(spec.parameter)), factor_(spec.third) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<double> middle = middle_.add(bar.close);
    const std::optional<double> range = range_.add(bar.high, bar.low, bar.close);
    if (!middle || !range) return {};
    return {{*middle + factor_ * *range, *middle, *middle - factor_ * *range}, true, 0};
  }

 private:
  ExponentialAverage middle_;
  TrueRangeAverage range_;
  double factor_;
};

IndicatorDescription range_row(IndicatorKind kind, std::string_view name, std::string_view summary,
                               std::string_view source) {
  IndicatorDescription row = described(kind, name, summary, source);
  row.parameters = {period_of(20)};
  row.outputs = {{"value"}};
  row.warm_up = [](const IndicatorSpec& spec) { return spec.period; };
  row.warm_up_text = "period";
  return row;
}

IndicatorDescription bollinger() {
  IndicatorDescription row = range_row(
      IndicatorKind::kBollinger, "bollinger",
      "mean plus and minus k deviations; where the close is between them (0 lower, 1 upper); how "
      "wide they are, as a share of the mean",
      "Bollinger 1983; TA-Lib BBANDS, population deviation; closed bands have no percent_b");
  row.parameters = {period_of(20, 2), factor_of(2, "k")};
  row.outputs = {{"upper"},
                 {"middle"},
                 {"lower"},
                 {"percent_b", OutputUnit::kRatio},
                 {"width", OutputUnit::kRatio}};
  row.must_name_output = true;
  row.input = BarInput::kClose;
  row.make = make_state<Bollinger>;
  return row;
}

IndicatorDescription keltner() {
  IndicatorDescription row = range_row(
      IndicatorKind::kKeltner, "keltner", "EMA of closes plus and minus a multiple of ATR",
      "Raschke's form of Keltner 1960, as StockCharts draws it; Wilder's ATR");
  row.parameters = {period_of(20), period_of(10, 1, "atr"), factor_of(2)};
  row.outputs = {{"upper"}, {"middle"}, {"lower"}};
  row.must_name_output = true;
  row.warm_up = [](const IndicatorSpec& spec) {
    return std::max(spec.period, whole(spec.parameter) + 1);
  };
  row.warm_up_text = "the longer of period and atr + 1";
  row.make = make_state<Keltner>;
  return row;
}

}  // namespace

std::vector<IndicatorDescription> range_indicators() {
  using Kind = IndicatorKind;
  auto stddev =
      range_row(Kind::kDeviation, "stddev", "population standard deviation", "TA-Lib STDDEV, 1");
  stddev.parameters = {period_of(20, 2)};
  stddev.input = BarInput::kClose;
  stddev.make = make_state<OfWindow<RollingWindow, &RollingWindow::population_deviation>>;
  auto atr = range_row(Kind::kAtr, "atr", "mean true range",
                       "Wilder 1978; TA-Lib ATR: the first candle has no true range");
  atr.parameters = {period_of(14)};
  atr.warm_up = [](const IndicatorSpec& spec) { return spec.period + 1; };
  atr.warm_up_text = "period + 1";
  atr.make = make_state<Atr>;
  auto natr = atr;
  natr.kind = Kind::kNatr;
  natr.name = "natr";
  natr.summary = "mean true range in percent of the close";
  natr.source = "Forman 2006; TA-Lib NATR";
  natr.outputs = {{"value", OutputUnit::kRatio}};
  natr.make = make_state<Natr>;
  auto donchian = range_row(Kind::kDonchian, "donchian",
                            "highest high and lowest low of n candles, this one included",
                            "Donchian 1960; a breakout is measured against upper[1]");
  donchian.outputs = {{"upper"}, {"middle"}, {"lower"}};
  donchian.must_name_output = true;
  donchian.make = make_state<Donchian>;
  auto highest = range_row(Kind::kHighest, "highest", "highest of the last n", "TA-Lib MAX");
  highest.input = BarInput::kHigh;
  highest.make = make_state<OfRunning<RollingMaximum>>;
  auto lowest = range_row(Kind::kLowest, "lowest", "lowest of the last n", "TA-Lib MIN");
  lowest.input = BarInput::kLow;
  lowest.make = make_state<OfRunning<RollingMinimum>>;
  return {bollinger(), keltner(), stddev, atr, natr, donchian, highest, lowest};
}

}  // namespace botbox
