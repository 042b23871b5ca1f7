// Regime: what kind of market this is, as one of four answers that do not flicker.
#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

// Enters at one level and leaves at another, so that a number that wavers around a level does not
// change the answer with every candle.
class Latch {
 public:
  bool update(bool enters, bool stays) { return on_ = on_ ? stays : enters; }

 private:
  bool on_ = false;
};

class Regime : public Cloneable<Regime> {
 public:
  explicit Regime(const IndicatorSpec& spec)
      : strength_({IndicatorKind::kAdx, spec.period}),
        range_({IndicatorKind::kNatr, spec.period}),
        slope_({IndicatorKind::kSlope, spec.period * 2}),
        length_(spec.period * 2),
        past_(static_cast<std::size_t>(spec.parameter)) {}

  IndicatorValue update(const Bar& bar) override {
    const IndicatorValue& strength = strength_.update(bar);
    const IndicatorValue& range = range_.update(bar);
    const IndicatorValue& slope = slope_.update(bar);
    if (!range.ready) return {};
    past_[seen_++ % past_.size()] = range.value();
    if (seen_ < past_.size() || !strength.ready || !slope.ready) return {};
    const double rank = rank_of(range.value());
    // How far the line through the closes has moved over its length, in mean ranges.
    const double reach = range.value() * bar.close / 100;
    const double moved = reach > 0 ? slope.value() * length_ / reach : 0;
    const bool wild = volatile_.update(rank >= 90, rank >= 75);
    const bool trend = trending_.update(strength.value() >= 25 && std::abs(moved) >= 1.5,
                                        strength.value() >= 20 && std::abs(moved) >= 0.75);
    const bool calm = quiet_.update(rank <= 10, rank <= 25);
    const std::size_t which = wild ? 2 : trend ? 0 : calm ? 3 : 1;
    IndicatorValue value{{}, true, 0};
    value.values[which] = 1;
    value.values[4] = rank;
    value.values[5] = moved;
    return value;
  }

 private:
  // Percent of the window that is below; O(window).
  double rank_of(double range) const {
    const auto below =
        std::count_if(past_.begin(), past_.end(), [&](double other) { return other < range; });
    return 100 * static_cast<double>(below) / static_cast<double>(past_.size());
  }

  Indicator strength_, range_, slope_;
  double length_;
  std::vector<double> past_;
  std::size_t seen_ = 0;
  Latch volatile_, trending_, quiet_;
};

}  // namespace

std::vector<IndicatorDescription> regime_indicators() {
  IndicatorDescription row = described(
      IndicatorKind::kRegime, "regime",
      "kind of market, exactly one of four: volatile (range among the widest), trending (ADX and "
      "the slope of the closes), quiet (range among the narrowest), else ranging; percentile of "
      "the range; slope over 2 periods in ATRs",
      "NATR's percentile 90 enters, 75 leaves; ADX 25 and slope 1.5 enter, 20 and 0.75 leave; "
      "percentile 10 enters, 25 leaves; in this order");
  row.parameters = {{"period", 14, 2, 200, true}, {"window", 100, 10, 400, true}};
  row.outputs = {{"trending", OutputUnit::kFlag},    {"ranging", OutputUnit::kFlag},
                 {"volatile", OutputUnit::kFlag},    {"quiet", OutputUnit::kFlag},
                 {"percentile", OutputUnit::kRatio}, {"slope", OutputUnit::kRatio}};
  row.must_name_output = true;
  row.warm_up = [](const IndicatorSpec& spec) {
    return std::max(2 * spec.period, spec.period + whole(spec.parameter));
  };
  row.warm_up_text = "the longer of 2 period and period + window";
  row.make = make_state<Regime>;
  return {row};
}

}  // namespace botbox
