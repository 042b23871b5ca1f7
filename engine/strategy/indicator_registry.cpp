#include "engine/strategy/indicator_registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "engine/assert.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

std::vector<IndicatorDescription> all_rows() {
  std::vector<IndicatorDescription> rows;
  for (auto* family :
       {average_indicators, oscillator_indicators, range_indicators, trend_indicators,
        volume_indicators, candlestick_indicators, regime_indicators})
    for (IndicatorDescription& row : family()) rows.push_back(std::move(row));
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.kind < b.kind; });
  for (std::size_t i = 0; i < rows.size(); ++i)
    ENGINE_ASSERT(static_cast<std::size_t>(rows[i].kind) == i);
  return rows;
}

constexpr std::array<std::string_view, 9> kInputs{"",       "open", "high", "low",  "close",
                                                  "volume", "hl2",  "hlc3", "ohlc4"};

std::string signature_of(const IndicatorDescription& row) {
  std::string text(row.name);
  text += '(';
  std::string_view comma;
  if (row.input != BarInput::kDefault) {
    text += fmt::format("[{},] ", to_string(row.input));
    comma = "";
  }
  for (const IndicatorParameter& parameter : row.parameters) {
    text += fmt::format("{}{} = {}", comma, parameter.name, parameter.default_value);
    comma = ", ";
  }
  while (text.back() == ' ') text.pop_back();
  return text + ')';
}

std::string outputs_of(const IndicatorDescription& row) {
  if (row.outputs.size() == 1) return row.outputs[0].unit == OutputUnit::kFlag ? "yes or no" : "";
  std::string text;
  for (const IndicatorOutput& output : row.outputs) {
    if (!text.empty()) text += ' ';
    text += fmt::format("`.{}`", output.name);
  }
  return text;
}

}  // namespace

const std::vector<IndicatorDescription>& indicator_registry() {
  static const std::vector<IndicatorDescription> kRows = all_rows();
  return kRows;
}

const IndicatorDescription& describe(IndicatorKind kind) {
  const auto& rows = indicator_registry();
  const auto index = static_cast<std::size_t>(kind);
  ENGINE_ASSERT(index < rows.size());
  return rows[index];
}

const IndicatorDescription* find_indicator(std::string_view name) {
  for (const IndicatorDescription& row : indicator_registry())
    if (row.name == name) return &row;
  return nullptr;
}

double parameter_of(const IndicatorSpec& spec, std::size_t index) {
  const std::size_t slot = index + (describe(spec.kind).first_is_period ? 0 : 1);
  switch (slot) {
    case 0: return spec.period;
    case 1: return spec.parameter;
    case 2: return spec.third;
    default: return spec.fourth;
  }
}

void set_parameter(IndicatorSpec& spec, std::size_t index, double value) {
  const std::size_t slot = index + (describe(spec.kind).first_is_period ? 0 : 1);
  switch (slot) {
    case 0: spec.period = static_cast<int>(std::clamp(value, -1e9, 1e9)); break;
    case 1: spec.parameter = value; break;
    case 2: spec.third = value; break;
    default: spec.fourth = value; break;
  }
}

IndicatorSpec default_spec(const IndicatorDescription& row) {
  IndicatorSpec spec;
  spec.kind = row.kind;
  for (std::size_t i = 0; i < row.parameters.size(); ++i)
    set_parameter(spec, i, row.parameters[i].default_value);
  return spec;
}

std::string_view to_string(BarInput input) { return kInputs[static_cast<std::size_t>(input)]; }

std::optional<BarInput> parse_bar_input(std::string_view name) {
  const auto found = std::find(kInputs.begin() + 1, kInputs.end(), name);
  if (found == kInputs.end()) return std::nullopt;
  return static_cast<BarInput>(found - kInputs.begin());
}

double input_of(const Bar& bar, BarInput input) {
  switch (input) {
    case BarInput::kOpen: return bar.open;
    case BarInput::kHigh: return bar.high;
    case BarInput::kLow: return bar.low;
    case BarInput::kDefault:
    case BarInput::kClose: return bar.close;
    case BarInput::kVolume: return bar.volume;
    case BarInput::kMedian: return (bar.high + bar.low) / 2;
    case BarInput::kTypical: return (bar.high + bar.low + bar.close) / 3;
    case BarInput::kMean: return (bar.open + bar.high + bar.low + bar.close) / 4;
  }
  return bar.close;
}

std::string indicator_reference() {
  std::string text =
      "| indicator and defaults | what it is | outputs | warm-up in candles | source |\n"
      "|---|---|---|---|---|\n";
  for (const IndicatorDescription& row : indicator_registry())
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", signature_of(row), row.summary,
                        outputs_of(row), row.warm_up_text, row.source);
  return text;
}

}  // namespace botbox
