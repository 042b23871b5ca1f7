// Trend: is there one, which way, and where would it be over.
#include "engine/strategy/indicator/rolling.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

// Wilder's running sum as TA-Lib keeps it: n - 1 numbers are added up, each further one replaces an
// n-th part of the sum.
class WilderSum {
 public:
  explicit WilderSum(int period) : period_(period) {}
  void add(double number) {
    if (++count_ < period_)
      sum_ += number;
    else
      sum_ = sum_ - sum_ / period_ + number;
  }
  double sum() const { return sum_; }

 private:
  double period_;
  int count_ = 0;
  double sum_ = 0;
};

class Adx : public Cloneable<Adx> {
 public:
  explicit Adx(const IndicatorSpec& spec)
      : period_(spec.period),
        plus_(spec.period),
        minus_(spec.period),
        range_(spec.period),
        seed_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<Bar> previous = previous_;
    previous_ = bar;
    if (!previous) return {};
    const double up = bar.high - previous->high, down = previous->low - bar.low;
    plus_.add(up > 0 && up > down ? up : 0);
    minus_.add(down > 0 && down > up ? down : 0);
    range_.add(std::max(bar.high, previous->close) - std::min(bar.low, previous->close));
    if (++moves_ < period_) return {};
    const bool ranged = range_.sum() > 0;
    const double plus = ranged ? 100 * (plus_.sum() / range_.sum()) : 0;
    const double minus = ranged ? 100 * (minus_.sum() / range_.sum()) : 0;
    follow(plus, minus);
    if (!adx_) return {};
    // Without any range there are no directions to compare; TA-Lib says 0 for both.
    return {{*adx_, plus, minus}, true, static_cast<std::uint8_t>(ranged ? 0 : 6)};
  }

 private:
  // A candle on which nothing points anywhere leaves the ADX as it is, and counts as 0 in the seed.
  void follow(double plus, double minus) {
    const bool directed = plus + minus > 0;
    const double index = directed ? 100 * (std::abs(plus - minus) / (plus + minus)) : 0;
    if (!adx_)
      adx_ = seed_.add(index);
    else if (directed)
      adx_ = (*adx_ * (period_ - 1) + index) / period_;
  }

  int period_;
  int moves_ = 0;
  WilderSum plus_, minus_, range_;
  Seed seed_;
  std::optional<double> adx_;
  std::optional<Bar> previous_;
};

class Supertrend : public Cloneable<Supertrend> {
 public:
  explicit Supertrend(const IndicatorSpec& spec) : range_(spec.period), factor_(spec.parameter) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<double> range = range_.add(bar.high, bar.low, bar.close);
    const double previous_close = close_;
    close_ = bar.close;
    if (!range) return {};
    const double middle = input_of(bar, BarInput::kMedian);
    double upper = middle + factor_ * *range, lower = middle - factor_ * *range;
    if (started_) {
      // A band only comes closer, until the close before was beyond it.
      if (!(lower > lower_ || previous_close < lower_)) lower = lower_;
      if (!(upper < upper_ || previous_close > upper_)) upper = upper_;
      rising_ = rising_ ? !(bar.close < lower) : bar.close > upper;
    }
    started_ = true;
    upper_ = upper;
    lower_ = lower;
    return {{rising_ ? lower : upper, rising_ ? 1.0 : -1.0}, true, 0};
  }

 private:
  TrueRangeAverage range_;
  double factor_;
  double close_ = 0, upper_ = 0, lower_ = 0;
  bool started_ = false;
  bool rising_ = false;
};

// TA-Lib's SAR, step by step; a short is a long in a mirror, so that the rules stand here once.
class ParabolicSar : public Cloneable<ParabolicSar> {
 public:
  explicit ParabolicSar(const IndicatorSpec& spec)
      : step_(std::min(spec.parameter, spec.third)), most_(spec.third) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<Bar> previous = previous_;
    previous_ = bar;
    if (!previous) return {};
    if (!started_) {
      begin(*previous, bar);
      return advance(bar, bar);
    }
    return advance(*previous, bar);
  }

 private:
  // The larger of both directional moves of the first two candles decides.
  void begin(const Bar& first, const Bar& second) {
    const double up = second.high - first.high, down = first.low - second.low;
    long_ = !(down > 0 && down > up);
    sign_ = long_ ? 1 : -1;
    stop_ = long_ ? first.low : -first.high;
    extreme_ = top(second);
    speed_ = step_;
    started_ = true;
  }
  IndicatorValue advance(const Bar& previous, const Bar& bar) {
    if (bottom(bar) <= stop_) {
      turn(previous, bar);
      return finish(stop_at_turn_);
    }
    const double shown = stop_;
    if (top(bar) > extreme_) {
      extreme_ = top(bar);
      speed_ = std::min(speed_ + step_, most_);
    }
    stop_ += speed_ * (extreme_ - stop_);
    stop_ = std::min({stop_, bottom(previous), bottom(bar)});
    return finish(shown);
  }
  // Mirrored: what was the extreme is the stop of the other side, above both candles.
  void turn(const Bar& previous, const Bar& bar) {
    const double stop = -extreme_;
    long_ = !long_;
    sign_ = -sign_;
    stop_ = std::min({stop, bottom(previous), bottom(bar)});
    stop_at_turn_ = stop_;
    speed_ = step_;
    extreme_ = top(bar);
    stop_ += speed_ * (extreme_ - stop_);
    stop_ = std::min({stop_, bottom(previous), bottom(bar)});
  }
  IndicatorValue finish(double stop) const { return {{stop * sign_, sign_}, true, 0}; }
  double top(const Bar& bar) const { return long_ ? bar.high : -bar.low; }
  double bottom(const Bar& bar) const { return long_ ? bar.low : -bar.high; }

  double step_, most_;
  double stop_ = 0, extreme_ = 0, speed_ = 0, stop_at_turn_ = 0, sign_ = 1;
  bool long_ = true;
  bool started_ = false;
  std::optional<Bar> previous_;
};

class Ichimoku : public Cloneable<Ichimoku> {
 public:
  explicit Ichimoku(const IndicatorSpec& spec)
      : fast_(spec.period),
        base_(whole(spec.parameter)),
        slow_(whole(spec.third)),
        span_a_(whole(spec.parameter) - 1),
        span_b_(whole(spec.parameter) - 1) {}
  IndicatorValue update(const Bar& bar) override {
    const auto fast = fast_.add(bar.high, bar.low), base = base_.add(bar.high, bar.low);
    const auto slow = slow_.add(bar.high, bar.low);
    if (!slow || !fast || !base) return {};
    const double lead_a = (fast->middle() + base->middle()) / 2, lead_b = slow->middle();
    const std::optional<double> a = span_a_.add(lead_a), b = span_b_.add(lead_b);
    if (!a || !b) return {};
    return {{fast->middle(), base->middle(), *a, *b, lead_a, lead_b}, true, 0};
  }

 private:
  RollingRange fast_, base_, slow_;
  Lag span_a_, span_b_;
};

IndicatorDescription adx() {
  IndicatorDescription row = described(IndicatorKind::kAdx, "adx",
                                       "strength of the trend, 0 to 100, and its two directions",
                                       "Wilder 1978; TA-Lib ADX, PLUS_DI, MINUS_DI");
  row.parameters = {period_of(14, 2)};
  row.outputs = {{"adx", OutputUnit::kRatio},
                 {"plus_di", OutputUnit::kRatio},
                 {"minus_di", OutputUnit::kRatio}};
  row.warm_up = [](const IndicatorSpec& spec) { return 2 * spec.period; };
  row.warm_up_text = "2 period";
  row.make = make_state<Adx>;
  return row;
}

IndicatorDescription supertrend() {
  IndicatorDescription row =
      described(IndicatorKind::kSupertrend, "supertrend",
                "trailing band of ATR around the median price; direction 1 rising, -1 falling",
                "Seban 2008, as TradingView computes it; begins as falling");
  row.parameters = {period_of(10), factor_of(3)};
  row.outputs = {{"value"}, {"direction", OutputUnit::kRatio}};
  row.warm_up = [](const IndicatorSpec& spec) { return spec.period + 1; };
  row.warm_up_text = "period + 1";
  row.make = make_state<Supertrend>;
  return row;
}

IndicatorDescription parabolic_sar() {
  IndicatorDescription row = described(IndicatorKind::kParabolicSar, "psar",
                                       "parabolic stop and reverse; direction 1 long, -1 short",
                                       "Wilder 1978; TA-Lib SAR");
  row.parameters = {{"step", 0.02, 0.0001, 1, false}, {"most", 0.2, 0.0001, 1, false}};
  row.first_is_period = false;
  row.outputs = {{"value"}, {"direction", OutputUnit::kRatio}};
  row.warm_up = [](const IndicatorSpec&) { return 2; };
  row.warm_up_text = "2";
  row.make = make_state<ParabolicSar>;
  return row;
}

IndicatorDescription ichimoku() {
  IndicatorDescription row = described(
      IndicatorKind::kIchimoku, "ichimoku",
      "middles of three ranges; the cloud over this candle (span) and the one ahead (lead)",
      "Hosoda 1969; drawn base - 1 candles ahead, as TradingView does");
  row.parameters = {period_of(9, 1, "conversion"), period_of(26, 1, "base"),
                    period_of(52, 2, "span")};
  row.smaller = 1;
  row.larger = 2;
  row.outputs = {{"conversion"}, {"base"}, {"span_a"}, {"span_b"}, {"lead_a"}, {"lead_b"}};
  row.must_name_output = true;
  row.warm_up = [](const IndicatorSpec& spec) {
    return std::max(spec.period, whole(spec.third)) + whole(spec.parameter) - 1;
  };
  row.warm_up_text = "the longer of conversion and span, + base - 1";
  row.make = make_state<Ichimoku>;
  return row;
}

}  // namespace

std::vector<IndicatorDescription> trend_indicators() {
  return {adx(), supertrend(), parabolic_sar(), ichimoku()};
}

}  // namespace botbox
