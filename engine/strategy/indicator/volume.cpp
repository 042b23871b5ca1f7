// Volume, and what is counted by the day.
#include "engine/strategy/indicator/rolling.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;

// Follows UTC days. A day that was joined in its middle is none: a table that starts there would
// tell another story than one that has run for long.
class DayWatch {
 public:
  enum class Step { kSameDay, kNewDay };
  Step step(Timestamp open_time) {
    const std::int64_t day = open_time.ms / kDayMs;
    const bool at_midnight = open_time.ms % kDayMs == 0;
    const bool new_day = seen_ ? day != day_ : at_midnight;
    whole_ = new_day || whole_;
    seen_ = true;
    day_ = day;
    return new_day ? Step::kNewDay : Step::kSameDay;
  }
  // Was the present day seen from its beginning?
  bool whole() const { return whole_; }

 private:
  std::int64_t day_ = 0;
  bool seen_ = false;
  bool whole_ = false;
};

class Obv : public Cloneable<Obv> {
 public:
  explicit Obv(const IndicatorSpec&) {}
  IndicatorValue update(const Bar& bar) override {
    if (!close_ || bar.close > *close_)
      balance_ += bar.volume;
    else if (bar.close < *close_)
      balance_ -= bar.volume;
    close_ = bar.close;
    return ready_value(balance_);
  }

 private:
  double balance_ = 0;
  std::optional<double> close_;
};

class Vwap : public Cloneable<Vwap> {
 public:
  explicit Vwap(const IndicatorSpec&) {}
  IndicatorValue update(const Bar& bar) override {
    if (day_.step(bar.open_time) == DayWatch::Step::kNewDay) turnover_ = volume_ = 0;
    turnover_ += input_of(bar, BarInput::kTypical) * bar.volume;
    volume_ += bar.volume;
    if (!day_.whole() || !(volume_ > 0)) return no_value();
    return ready_value(turnover_ / volume_);
  }

 private:
  DayWatch day_;
  double turnover_ = 0, volume_ = 0;
};

class PivotPoints : public Cloneable<PivotPoints> {
 public:
  explicit PivotPoints(const IndicatorSpec&) {}
  IndicatorValue update(const Bar& bar) override {
    const bool was_whole = day_.whole();
    if (day_.step(bar.open_time) == DayWatch::Step::kNewDay) {
      if (was_whole) levels_ = levels_of(high_, low_, close_);
      high_ = bar.high;
      low_ = bar.low;
    }
    high_ = std::max(high_, bar.high);
    low_ = std::min(low_, bar.low);
    close_ = bar.close;
    return levels_;
  }

 private:
  static IndicatorValue levels_of(double high, double low, double close) {
    const double pivot = (high + low + close) / 3, range = high - low;
    return {{pivot, 2 * pivot - low, pivot + range, high + 2 * (pivot - low), 2 * pivot - high,
             pivot - range, low - 2 * (high - pivot)},
            true,
            0};
  }

  DayWatch day_;
  double high_ = 0, low_ = 0, close_ = 0;
  IndicatorValue levels_{{}, true, 0x7F};
};

IndicatorDescription of_the_day(IndicatorKind kind, std::string_view name, std::string_view summary,
                                std::string_view source) {
  IndicatorDescription row = described(kind, name, summary, source);
  row.first_is_period = false;
  row.outputs = {{"value"}};
  row.warm_up = [](const IndicatorSpec&) { return 1; };
  row.warm_up_text = "1";
  return row;
}

}  // namespace

std::vector<IndicatorDescription> volume_indicators() {
  using Kind = IndicatorKind;
  auto obv = of_the_day(Kind::kObv, "obv",
                        "volume of rising candles minus volume of falling ones since the first "
                        "candle: only its changes mean something",
                        "Granville 1963; TA-Lib OBV");
  obv.outputs = {{"value", OutputUnit::kVolume}};
  obv.make = make_state<Obv>;
  auto vwap = of_the_day(Kind::kVwap, "vwap", "mean price by volume since 00:00 UTC",
                         "session VWAP of typical prices; no value before a day was seen from its "
                         "start, nor before its first trade");
  vwap.make = make_state<Vwap>;
  auto pivots = of_the_day(Kind::kPivotPoints, "pivot_points",
                           "pivot, resistances and supports of the UTC day before",
                           "classic floor-trader pivots; no value before a whole day was seen");
  pivots.outputs = {{"pivot"}, {"r1"}, {"r2"}, {"r3"}, {"s1"}, {"s2"}, {"s3"}};
  pivots.must_name_output = true;
  pivots.make = make_state<PivotPoints>;
  return {obv, vwap, pivots};
}

}  // namespace botbox
