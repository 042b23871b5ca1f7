// Shapes of candles. Of fixed proportions: TA-Lib's compare with the mean of ten candles before,
// which makes the same candle a doji today and none tomorrow.
#include <algorithm>
#include <cmath>

#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

double flag(bool set) { return set ? 1 : 0; }

class Doji : public Cloneable<Doji> {
 public:
  explicit Doji(const IndicatorSpec& spec) : share_(spec.parameter) {}
  IndicatorValue update(const Bar& bar) override {
    const double range = bar.high - bar.low;
    if (!(range > 0)) return no_value();
    return ready_value(flag(std::abs(bar.close - bar.open) <= share_ * range));
  }

 private:
  double share_;
};

class Engulfing : public Cloneable<Engulfing> {
 public:
  explicit Engulfing(const IndicatorSpec&) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<Bar> previous = previous_;
    previous_ = bar;
    if (!previous) return {};
    const double top = std::max(previous->open, previous->close);
    const double bottom = std::min(previous->open, previous->close);
    const bool larger = std::abs(bar.close - bar.open) > top - bottom;
    const bool rises = bar.close > bar.open && previous->close < previous->open && larger &&
                       bar.open <= bottom && bar.close >= top;
    const bool falls = bar.close < bar.open && previous->close > previous->open && larger &&
                       bar.open >= top && bar.close <= bottom;
    return {{flag(rises), flag(falls)}, true, 0};
  }

 private:
  std::optional<Bar> previous_;
};

class Hammer : public Cloneable<Hammer> {
 public:
  explicit Hammer(const IndicatorSpec& spec) : ratio_(spec.parameter) {}
  IndicatorValue update(const Bar& bar) override {
    const double range = bar.high - bar.low;
    if (!(range > 0)) return no_value();
    const double body = std::abs(bar.close - bar.open);
    const double above = bar.high - std::max(bar.open, bar.close);
    const double below = std::min(bar.open, bar.close) - bar.low;
    return ready_value(flag(body > 0 && below >= ratio_ * body && above <= 0.1 * range));
  }

 private:
  double ratio_;
};

IndicatorDescription shape(IndicatorKind kind, std::string_view name, std::string_view summary,
                           std::string_view source) {
  IndicatorDescription row = described(kind, name, summary, source);
  row.first_is_period = false;
  row.outputs = {{"value", OutputUnit::kFlag}};
  row.warm_up = [](const IndicatorSpec&) { return 1; };
  row.warm_up_text = "1";
  return row;
}

}  // namespace

std::vector<IndicatorDescription> candlestick_indicators() {
  using Kind = IndicatorKind;
  auto doji = shape(Kind::kDoji, "doji", "the body is at most this share of the range",
                    "Nison 1991; no value without a range");
  doji.parameters = {{"share", 0.1, 0.001, 1, false}};
  doji.make = make_state<Doji>;
  auto engulfing = shape(Kind::kEngulfing, "engulfing",
                         "the body covers the opposite body before it and is larger",
                         "Nison 1991; TA-Lib CDLENGULFING");
  engulfing.outputs = {{"bullish", OutputUnit::kFlag}, {"bearish", OutputUnit::kFlag}};
  engulfing.must_name_output = true;
  engulfing.warm_up = [](const IndicatorSpec&) { return 2; };
  engulfing.warm_up_text = "2";
  engulfing.make = make_state<Engulfing>;
  auto hammer =
      shape(Kind::kHammer, "hammer",
            "the lower shadow is at least this many bodies, the upper one at most a tenth "
            "of the range",
            "Nison 1991; no value without a range");
  hammer.parameters = {factor_of(2, "bodies")};
  hammer.make = make_state<Hammer>;
  return {doji, engulfing, hammer};
}

}  // namespace botbox
