// Oscillators: where the price stands within what it did lately.
#include "engine/strategy/indicator/rolling.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

// Wilder's RSI of a series of numbers.
class RelativeStrength {
 public:
  explicit RelativeStrength(int period) : gains_(period), losses_(period) {}
  struct Reading {
    double value = 0;
    bool moved = false;  // false: 0 / 0, of which TA-Lib says 0
  };
  std::optional<Reading> add(double number) {
    const std::optional<double> previous = previous_;
    previous_ = number;
    if (!previous) return std::nullopt;
    const double change = number - *previous;
    const std::optional<double> gain = gains_.add(std::max(change, 0.0));
    const std::optional<double> loss = losses_.add(std::max(-change, 0.0));
    if (!gain || !loss) return std::nullopt;
    // TA-Lib's threshold of 1e-14 is not taken over: it would make the RSI of a coin at 1e-8
    // differ from that of the same coin quoted in satoshi.
    const double total = *gain + *loss;
    // Where nothing moves, both averages shrink by the same factor and their ratio stays. Computed
    // anew it would tremble in its last bit, and a stochastic of it would be noise from 0 to 100.
    if (change == 0 && reading_) return reading_;
    reading_ = total > 0 ? Reading{100 * (*gain / total), true} : Reading{};
    return reading_;
  }

 private:
  WilderAverage gains_, losses_;
  std::optional<double> previous_;
  std::optional<Reading> reading_;
};

class Rsi : public Cloneable<Rsi> {
 public:
  explicit Rsi(const IndicatorSpec& spec) : input_(input_in(spec)), strength_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const auto reading = strength_.add(input_of(bar, input_));
    if (!reading) return {};
    return reading->moved ? ready_value(reading->value) : no_value();
  }

 private:
  BarInput input_;
  RelativeStrength strength_;
};

// Position of a number between the extremes of n candles in percent, smoothed twice. A candle
// without a range has no position; while it is in a window of means, they have no value either.
class StochasticLines {
 public:
  StochasticLines(int period, int smoothing, int signal)
      : range_(period),
        smoothed_(smoothing),
        signal_(signal),
        smoothing_(smoothing),
        reach_(smoothing + signal - 1) {}

  IndicatorValue add(double high, double low, double number) {
    const auto reached = range_.add(high, low);
    if (!reached) return {};
    const double range = reached->top - reached->bottom;
    since_undefined_ = range > 0 ? since_undefined_ + 1 : 0;
    smoothed_.add(range > 0 ? 100 * ((number - reached->bottom) / range) : 0);
    if (!smoothed_.full()) return {};
    const double k = smoothed_.mean();
    signal_.add(k);
    if (!signal_.full()) return {};
    IndicatorValue value{{k, signal_.mean()}, true, 0};
    if (since_undefined_ < smoothing_) value.absent |= 1;
    if (since_undefined_ < reach_) value.absent |= 2;
    return value;
  }

 private:
  RollingRange range_;
  RollingWindow smoothed_, signal_;
  std::int64_t smoothing_, reach_;
  std::int64_t since_undefined_ = 1'000'000;  // candles; at the start none was
};

class Stochastic : public Cloneable<Stochastic> {
 public:
  explicit Stochastic(const IndicatorSpec& spec)
      : lines_(spec.period, whole(spec.parameter), whole(spec.third)) {}
  IndicatorValue update(const Bar& bar) override {
    return lines_.add(bar.high, bar.low, bar.close);
  }

 private:
  StochasticLines lines_;
};

class StochRsi : public Cloneable<StochRsi> {
 public:
  explicit StochRsi(const IndicatorSpec& spec)
      : input_(input_in(spec)),
        strength_(spec.period),
        lines_(whole(spec.parameter), whole(spec.third), whole(spec.fourth)) {}
  IndicatorValue update(const Bar& bar) override {
    const auto rsi = strength_.add(input_of(bar, input_));
    if (!rsi) return {};
    return lines_.add(rsi->value, rsi->value, rsi->value);
  }

 private:
  BarInput input_;
  RelativeStrength strength_;
  StochasticLines lines_;
};

class Cci : public Cloneable<Cci> {
 public:
  explicit Cci(const IndicatorSpec& spec) : window_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const double price = input_of(bar, BarInput::kTypical);
    window_.add(price);
    if (!window_.full()) return {};
    const double deviation = window_.mean_deviation();
    if (!(deviation > 0)) return no_value();
    return ready_value((price - window_.mean()) / (0.015 * deviation));
  }

 private:
  RollingWindow window_;
};

class Mfi : public Cloneable<Mfi> {
 public:
  explicit Mfi(const IndicatorSpec& spec) : up_(spec.period), down_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const double price = input_of(bar, BarInput::kTypical);
    const std::optional<double> previous = previous_;
    previous_ = price;
    if (!previous) return {};
    const double flow = price * bar.volume;
    up_.add(price > *previous ? flow : 0);
    down_.add(price < *previous ? flow : 0);
    if (!up_.full()) return {};
    const double total = up_.sum() + down_.sum();
    // TA-Lib says 0 below a total of 1.0; in which currency?
    if (!(total > 0)) return no_value();
    return ready_value(100 * (up_.sum() / total));
  }

 private:
  RollingSum up_, down_;
  std::optional<double> previous_;
};

class WilliamsR : public Cloneable<WilliamsR> {
 public:
  explicit WilliamsR(const IndicatorSpec& spec) : range_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const auto range = range_.add(bar.high, bar.low);
    if (!range) return {};
    if (!(range->top > range->bottom)) return no_value();
    return ready_value(-100 * ((range->top - bar.close) / (range->top - range->bottom)));
  }

 private:
  RollingRange range_;
};

class Roc : public Cloneable<Roc> {
 public:
  explicit Roc(const IndicatorSpec& spec) : input_(input_in(spec)), lag_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const double number = input_of(bar, input_);
    const std::optional<double> before = lag_.add(number);
    if (!before) return {};
    if (*before == 0) return no_value();
    return ready_value(100 * ((number - *before) / *before));
  }

 private:
  BarInput input_;
  Lag lag_;
};

class Momentum : public Cloneable<Momentum> {
 public:
  explicit Momentum(const IndicatorSpec& spec) : input_(input_in(spec)), lag_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const double number = input_of(bar, input_);
    const std::optional<double> before = lag_.add(number);
    if (!before) return {};
    return ready_value(number - *before);
  }

 private:
  BarInput input_;
  Lag lag_;
};

IndicatorDescription rsi() {
  IndicatorDescription row =
      described(IndicatorKind::kRsi, "rsi",
                "share of gains in all moves, 0 to 100; no value where nothing has moved",
                "Wilder 1978; TA-Lib RSI, whose number for a price that never moved is 0");
  row.parameters = {period_of(14, 2)};
  row.outputs = {{"value", OutputUnit::kRatio}};
  row.input = BarInput::kClose;
  row.warm_up = [](const IndicatorSpec& spec) { return spec.period + 1; };
  row.warm_up_text = "period + 1";
  row.make = make_state<Rsi>;
  return row;
}

IndicatorDescription stochastic() {
  IndicatorDescription row =
      described(IndicatorKind::kStochastic, "stochastic",
                "close between the extremes of n candles, 0 to 100, smoothed (k), and its mean (d)",
                "Lane 1957; TA-Lib STOCH with simple means; no value without a range (TA-Lib: 0)");
  row.parameters = {period_of(14, 1, "k"), period_of(3, 1, "smoothing"), period_of(3, 1, "d")};
  row.outputs = {{"k", OutputUnit::kRatio}, {"d", OutputUnit::kRatio}};
  row.warm_up = [](const IndicatorSpec& spec) {
    return spec.period + whole(spec.parameter) + whole(spec.third) - 2;
  };
  row.warm_up_text = "k + smoothing + d - 2";
  row.make = make_state<Stochastic>;
  return row;
}

IndicatorDescription stochrsi() {
  IndicatorDescription row =
      described(IndicatorKind::kStochRsi, "stochrsi", "stochastic of the RSI, 0 to 100",
                "Chande and Kroll 1994; TA-Lib STOCHRSI where smoothing is 1");
  row.parameters = {period_of(14, 2, "rsi"), period_of(14, 1, "k"), period_of(3, 1, "smoothing"),
                    period_of(3, 1, "d")};
  row.outputs = {{"k", OutputUnit::kRatio}, {"d", OutputUnit::kRatio}};
  row.input = BarInput::kClose;
  row.warm_up = [](const IndicatorSpec& spec) {
    return spec.period + whole(spec.parameter) + whole(spec.third) + whole(spec.fourth) - 2;
  };
  row.warm_up_text = "rsi + k + smoothing + d - 2";
  row.make = make_state<StochRsi>;
  return row;
}

IndicatorDescription of_candles(IndicatorKind kind, std::string_view name, std::string_view summary,
                                std::string_view source) {
  IndicatorDescription row = described(kind, name, summary, source);
  row.parameters = {period_of(14)};
  row.outputs = {{"value", OutputUnit::kRatio}};
  row.warm_up = [](const IndicatorSpec& spec) { return spec.period; };
  row.warm_up_text = "period";
  return row;
}

}  // namespace

std::vector<IndicatorDescription> oscillator_indicators() {
  using Kind = IndicatorKind;
  auto cci =
      of_candles(Kind::kCci, "cci", "typical price from its mean, in mean deviations / 0.015",
                 "Lambert 1980; TA-Lib CCI; no value without a deviation (TA-Lib: 0)");
  cci.parameters = {period_of(20, 2)};
  cci.make = make_state<Cci>;
  auto mfi = of_candles(Kind::kMfi, "mfi", "share of turnover at rising prices, 0 to 100",
                        "Quong and Soudack 1989; TA-Lib MFI; no value without turnover that moved");
  mfi.warm_up = [](const IndicatorSpec& spec) { return spec.period + 1; };
  mfi.warm_up_text = "period + 1";
  mfi.make = make_state<Mfi>;
  auto williams =
      of_candles(Kind::kWilliamsR, "williams_r", "close below the highest high, -100 to 0",
                 "Williams 1973; TA-Lib WILLR; no value without a range (TA-Lib: 0)");
  williams.make = make_state<WilliamsR>;
  auto roc = of_candles(Kind::kRoc, "roc", "change over n candles in percent", "TA-Lib ROC");
  roc.parameters = {period_of(10)};
  roc.input = BarInput::kClose;
  roc.warm_up = mfi.warm_up;
  roc.warm_up_text = mfi.warm_up_text;
  roc.make = make_state<Roc>;
  auto momentum = roc;
  momentum.kind = Kind::kMomentum;
  momentum.name = "momentum";
  momentum.summary = "difference over n candles";
  momentum.source = "TA-Lib MOM";
  momentum.outputs = {{"value"}};
  momentum.make = make_state<Momentum>;
  return {rsi(), stochastic(), stochrsi(), cci, mfi, williams, roc, momentum};
}

}  // namespace botbox
