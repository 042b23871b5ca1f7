// Moving averages, and what is measured against them.
#include "engine/strategy/indicator/rolling.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

class Dema : public Cloneable<Dema> {
 public:
  explicit Dema(const IndicatorSpec& spec)
      : input_(input_in(spec)), once_(spec.period), twice_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const auto once = once_.add(input_of(bar, input_));
    if (!once) return {};
    const auto twice = twice_.add(*once);
    if (!twice) return {};
    return ready_value(2 * *once - *twice);
  }

 private:
  BarInput input_;
  ExponentialAverage once_, twice_;
};

class Tema : public Cloneable<Tema> {
 public:
  explicit Tema(const IndicatorSpec& spec)
      : input_(input_in(spec)), once_(spec.period), twice_(spec.period), thrice_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const auto once = once_.add(input_of(bar, input_));
    const auto twice = once ? twice_.add(*once) : std::nullopt;
    const auto thrice = twice ? thrice_.add(*twice) : std::nullopt;
    if (!thrice) return {};
    return ready_value(3 * *once - 3 * *twice + *thrice);
  }

 private:
  BarInput input_;
  ExponentialAverage once_, twice_, thrice_;
};

int root_of(int period) { return std::max(1, static_cast<int>(std::sqrt(period))); }

class Hma : public Cloneable<Hma> {
 public:
  explicit Hma(const IndicatorSpec& spec)
      : input_(input_in(spec)),
        half_(spec.period / 2),
        whole_(spec.period),
        smooth_(root_of(spec.period)) {}
  IndicatorValue update(const Bar& bar) override {
    const double number = input_of(bar, input_);
    half_.add(number);
    whole_.add(number);
    if (!whole_.full()) return {};
    smooth_.add(2 * half_.weighted_mean() - whole_.weighted_mean());
    if (!smooth_.full()) return {};
    return ready_value(smooth_.weighted_mean());
  }

 private:
  BarInput input_;
  WeightedWindow half_, whole_, smooth_;
};

// TA-Lib lets both averages begin with the same candle, the slow one's first: the fast one is
// seeded with the mean of the last `fast` numbers up to it, not of the first ones.
class Macd : public Cloneable<Macd> {
 public:
  explicit Macd(const IndicatorSpec& spec)
      : input_(input_in(spec)),
        fast_seed_(spec.period),
        fast_(spec.period),
        slow_(whole(spec.parameter)),
        signal_(whole(spec.third)) {}
  IndicatorValue update(const Bar& bar) override {
    const double number = input_of(bar, input_);
    const std::optional<double> slow = slow_.add(number);
    if (!started_) {
      fast_seed_.add(number);
      if (!slow) return {};
      fast_.start_at(fast_seed_.mean());
      started_ = true;
      return finish(fast_seed_.mean() - *slow);
    }
    return finish(*fast_.add(number) - *slow);
  }

 private:
  IndicatorValue finish(double macd) {
    const std::optional<double> signal = signal_.add(macd);
    if (!signal) return {};
    return {{macd, *signal, macd - *signal}, true, 0};
  }

  BarInput input_;
  RollingWindow fast_seed_;
  ExponentialAverage fast_, slow_, signal_;
  bool started_ = false;
};

IndicatorDescription average(IndicatorKind kind, std::string_view name, std::string_view summary,
                             std::string_view source) {
  IndicatorDescription row = described(kind, name, summary, source);
  row.parameters = {period_of(20)};
  row.outputs = {{"value"}};
  row.input = BarInput::kClose;
  row.warm_up = [](const IndicatorSpec& spec) { return spec.period; };
  row.warm_up_text = "period";
  return row;
}

IndicatorDescription macd() {
  IndicatorDescription row =
      average(IndicatorKind::kMacd, "macd",
              "distance of a fast and a slow EMA, its own EMA, and the distance of these two",
              "Appel 1979; TA-Lib MACD, whose averages all begin with the slow one");
  row.parameters = {period_of(12, 1, "fast"), period_of(26, 2, "slow"), period_of(9, 1, "signal")};
  row.smaller = 0;
  row.larger = 1;
  row.outputs = {{"macd"}, {"signal"}, {"histogram"}};
  row.warm_up = [](const IndicatorSpec& spec) {
    return whole(spec.parameter) + whole(spec.third) - 1;
  };
  row.warm_up_text = "slow + signal - 1";
  row.make = make_state<Macd>;
  return row;
}

}  // namespace

std::vector<IndicatorDescription> average_indicators() {
  using Kind = IndicatorKind;
  auto sma = average(Kind::kSma, "sma", "mean of the last n numbers", "TA-Lib SMA");
  sma.make = make_state<OfWindow<RollingWindow, &RollingWindow::mean>>;
  auto ema = average(Kind::kEma, "ema", "exponential mean, weight 2/(n+1)",
                     "TA-Lib EMA, seeded with the mean of the first n");
  ema.make = make_state<OfRunning<ExponentialAverage>>;
  auto wma = average(Kind::kWma, "wma", "mean with weights 1 to n, the newest n", "TA-Lib WMA");
  wma.make = make_state<OfWindow<WeightedWindow, &WeightedWindow::weighted_mean>>;
  auto dema = average(Kind::kDema, "dema", "2 EMA - EMA of EMA", "Mulloy 1994; TA-Lib DEMA");
  dema.warm_up = [](const IndicatorSpec& spec) { return 2 * spec.period - 1; };
  dema.warm_up_text = "2 period - 1";
  dema.make = make_state<Dema>;
  auto tema = average(Kind::kTema, "tema", "3 EMA - 3 EMA of EMA + EMA of that",
                      "Mulloy 1994; TA-Lib TEMA");
  tema.warm_up = [](const IndicatorSpec& spec) { return 3 * spec.period - 2; };
  tema.warm_up_text = "3 period - 2";
  tema.make = make_state<Tema>;
  auto hma = average(Kind::kHma, "hma", "WMA over root n of (2 WMA over n/2 - WMA over n)",
                     "Hull 2005; half and root are rounded down");
  hma.parameters = {period_of(20, 2)};
  hma.warm_up = [](const IndicatorSpec& spec) { return spec.period + root_of(spec.period) - 1; };
  hma.warm_up_text = "period + root of period - 1";
  hma.make = make_state<Hma>;
  auto slope = average(Kind::kSlope, "linreg_slope", "slope of the least-squares line, per candle",
                       "TA-Lib LINEARREG_SLOPE");
  slope.parameters = {period_of(14, 2)};
  slope.make = make_state<OfWindow<WeightedWindow, &WeightedWindow::slope>>;
  return {sma, ema, wma, dema, tema, hma, macd(), slope};
}

}  // namespace botbox
