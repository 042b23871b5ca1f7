// The registry of indicators: one row for each kind, as data. Validation, the expression language,
// the reference (engine/strategy/indicators.md) and the computation all read the same row.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/strategy/indicators.hpp"

namespace botbox {

struct IndicatorParameter {
  std::string_view name;
  double default_value = 0;
  double min = 0;  // both bounds are allowed values
  double max = 0;
  bool integer = true;
};

// What an output is measured in: how it answers to a change of the price's unit.
enum class OutputUnit : std::uint8_t {
  kLevel,   // of its input (a price, for most): scales with it
  kRatio,   // the same in any currency
  kVolume,  // base currency
  kFlag,    // 0 or 1
};

struct IndicatorOutput {
  std::string_view name;
  OutputUnit unit = OutputUnit::kLevel;
};

struct IndicatorDescription {
  IndicatorKind kind = IndicatorKind::kSma;
  std::string_view name;     // as in an expression
  std::string_view summary;  // one line for a person
  std::string_view source;   // whose definition, and the conventions taken
  // In the order in which they are written. The first one is the spec's `period`, unless the kind
  // has none (first_is_period).
  std::vector<IndicatorParameter> parameters;
  bool first_is_period = true;
  std::vector<IndicatorOutput> outputs;  // at most IndicatorValue::kOutputs
  bool must_name_output = false;         // none of the outputs is "the" value
  // The default input of a kind that looks at one number; kDefault: it reads whole candles.
  BarInput input = BarInput::kDefault;
  // These two parameters must be ascending (indices into parameters; equal: no rule).
  int smaller = 0;
  int larger = 0;
  int (*warm_up)(const IndicatorSpec&) = nullptr;
  std::string_view warm_up_text;  // the same, for a person
  std::unique_ptr<IndicatorState> (*make)(const IndicatorSpec&) = nullptr;
};

// All kinds, in the order of IndicatorKind.
const std::vector<IndicatorDescription>& indicator_registry();
const IndicatorDescription& describe(IndicatorKind kind);
// Null: there is none of that name.
const IndicatorDescription* find_indicator(std::string_view name);

// The parameter that is written at `index`, and a spec with another value there.
double parameter_of(const IndicatorSpec& spec, std::size_t index);
void set_parameter(IndicatorSpec& spec, std::size_t index, double value);
// With all parameters at their defaults.
IndicatorSpec default_spec(const IndicatorDescription& row);

// "close", "hl2"; "" for kDefault. None: no candle has such a number.
std::string_view to_string(BarInput input);
std::optional<BarInput> parse_bar_input(std::string_view name);
double input_of(const Bar& bar, BarInput input);

// The registry as a Markdown table.
std::string indicator_reference();

}  // namespace botbox
