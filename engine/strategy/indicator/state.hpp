// IndicatorState: what an indicator remembers. Behind a pointer rather than in a variant, so that
// the public header does not grow with each kind.
#pragma once

#include <memory>

#include "engine/strategy/indicator_registry.hpp"

namespace botbox {

class IndicatorState {
 public:
  virtual ~IndicatorState() = default;
  virtual IndicatorValue update(const Bar& bar) = 0;
  virtual std::unique_ptr<IndicatorState> clone() const = 0;
};

template <class State>
class Cloneable : public IndicatorState {
 public:
  std::unique_ptr<IndicatorState> clone() const override {
    return std::make_unique<State>(static_cast<const State&>(*this));
  }
};

template <class State>
std::unique_ptr<IndicatorState> make_state(const IndicatorSpec& spec) {
  return std::make_unique<State>(spec);
}

inline IndicatorValue ready_value(double value) { return {{value}, true, 0}; }
inline IndicatorValue ready_value(const std::optional<double>& value) {
  return value ? ready_value(*value) : IndicatorValue{};
}
// Output 0 cannot be computed on this candle.
inline IndicatorValue no_value() { return {{}, true, 1}; }

inline BarInput input_in(const IndicatorSpec& spec) {
  return spec.input == BarInput::kDefault ? describe(spec.kind).input : spec.input;
}

inline int whole(double parameter) { return static_cast<int>(parameter); }

constexpr double kLongestPeriod = 10'000;
inline IndicatorParameter period_of(double usual, double shortest = 1,
                                    std::string_view name = "period") {
  return {name, usual, shortest, kLongestPeriod, true};
}
inline IndicatorParameter factor_of(double usual, std::string_view name = "factor") {
  return {name, usual, 0.001, 100, false};
}

// The rows of each family; indicator_registry() joins them.
std::vector<IndicatorDescription> average_indicators();
std::vector<IndicatorDescription> oscillator_indicators();
std::vector<IndicatorDescription> range_indicators();
std::vector<IndicatorDescription> trend_indicators();
std::vector<IndicatorDescription> volume_indicators();
std::vector<IndicatorDescription> candlestick_indicators();
std::vector<IndicatorDescription> regime_indicators();

}  // namespace botbox
