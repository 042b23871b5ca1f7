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

// Whatever says a value once it has had enough numbers.
template <class Running>
class OfRunning : public Cloneable<OfRunning<Running>> {
 public:
  explicit OfRunning(const IndicatorSpec& spec) : input_(input_in(spec)), running_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    return ready_value(running_.add(input_of(bar, input_)));
  }

 private:
  BarInput input_;
  Running running_;
};

// One reading of a full window.
template <class Window, double (Window::*kReading)() const>
class OfWindow : public Cloneable<OfWindow<Window, kReading>> {
 public:
  explicit OfWindow(const IndicatorSpec& spec) : input_(input_in(spec)), window_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    window_.add(input_of(bar, input_));
    if (!window_.full()) return {};
    return ready_value((window_.*kReading)());
  }

 private:
  BarInput input_;
  Window window_;
};

inline int whole(double parameter) { return static_cast<int>(parameter); }

constexpr double kLongestPeriod = 10'000;
inline IndicatorParameter period_of(double usual, double shortest = 1,
                                    std::string_view name = "period") {
  return {name, usual, shortest, kLongestPeriod, true};
}
inline IndicatorParameter factor_of(double usual, std::string_view name = "factor") {
  return {name, usual, 0.001, 100, false};
}

// What every row says; the rest is its family's.
inline IndicatorDescription described(IndicatorKind kind, std::string_view name,
                                      std::string_view summary, std::string_view source) {
  IndicatorDescription row;
  row.kind = kind;
  row.name = name;
  row.summary = summary;
  row.source = source;
  return row;
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
