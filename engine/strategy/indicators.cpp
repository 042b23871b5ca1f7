#include "engine/strategy/indicators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "engine/assert.hpp"
#include "engine/strategy/indicator/state.hpp"

namespace botbox {
namespace {

std::string known_names() {
  std::string names;
  for (const IndicatorDescription& row : indicator_registry()) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

// The whole of `text` as a number.
template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

// One parameter as it is written: counts of candles have no point and no exponent.
bool read_parameter(std::string_view text, const IndicatorParameter& row, double& out) {
  int count = 0;
  if (!row.integer) return read_number(text, out);
  if (!read_number(text, count)) return false;
  out = count;
  return true;
}

std::vector<std::string_view> split_arguments(std::string_view text) {
  std::vector<std::string_view> parts;
  if (text.empty()) return parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
}

bool read_arguments(std::string_view text, const IndicatorDescription& row, IndicatorSpec& spec) {
  std::vector<std::string_view> parts = split_arguments(text);
  if (!parts.empty())
    if (const auto input = parse_bar_input(parts.front())) {
      if (row.input == BarInput::kDefault) return false;
      spec.input = *input;
      parts.erase(parts.begin());
    }
  if (parts.size() != row.parameters.size()) return false;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    double value = 0;
    if (!read_parameter(parts[i], row.parameters[i], value)) return false;
    set_parameter(spec, i, value);
  }
  return true;
}

// What is wrong with the parameter at `index`; empty: nothing.
std::string parameter_problem(const IndicatorSpec& spec, std::size_t index) {
  const IndicatorDescription& row = describe(spec.kind);
  const IndicatorParameter& parameter = row.parameters[index];
  const double value = parameter_of(spec, index);
  // Written so that NaN fails.
  const bool in_range = value >= parameter.min && value <= parameter.max;
  if (in_range && (!parameter.integer || value == std::floor(value))) return {};
  return fmt::format("{} of {} is {} to {}{}", parameter.name, row.name, parameter.min,
                     parameter.max, parameter.integer ? " candles" : "");
}

bool has_superfluous(const IndicatorSpec& spec) {
  const IndicatorDescription& row = describe(spec.kind);
  if (!row.first_is_period && spec.period != 1) return true;
  for (std::size_t i = row.parameters.size(); i < (row.first_is_period ? 4U : 3U); ++i)
    if (parameter_of(spec, i) != 0 || std::isnan(parameter_of(spec, i))) return true;
  return false;
}

}  // namespace

Result<void> validate(const IndicatorSpec& spec) {
  const IndicatorDescription& row = describe(spec.kind);
  const auto bad = [&](std::string fix) {
    return fail(ErrorCode::kInvalidInput, fmt::format("{} is not possible", to_string(spec)), {},
                std::move(fix));
  };
  for (std::size_t i = 0; i < row.parameters.size(); ++i)
    if (std::string problem = parameter_problem(spec, i); !problem.empty())
      return bad(std::move(problem));
  if (has_superfluous(spec))
    return bad(fmt::format("{} takes {} parameter(s)", row.name, row.parameters.size()));
  const auto at = [&](int index) { return static_cast<std::size_t>(index); };
  if (row.smaller != row.larger &&
      !(parameter_of(spec, at(row.smaller)) < parameter_of(spec, at(row.larger))))
    return bad(fmt::format("{} must be below {}", row.parameters[at(row.smaller)].name,
                           row.parameters[at(row.larger)].name));
  if (row.input == BarInput::kDefault && spec.input != BarInput::kDefault)
    return bad(fmt::format("{} reads whole candles: take {} out", row.name, to_string(spec.input)));
  return {};
}

IndicatorSpec normalised(IndicatorSpec spec) {
  if (spec.input == describe(spec.kind).input) spec.input = BarInput::kDefault;
  return spec;
}

std::string to_string(const IndicatorSpec& spec) {
  const IndicatorDescription& row = describe(spec.kind);
  std::string arguments(to_string(spec.input));
  std::size_t written = row.parameters.size();
  // A parameter that is missing, or too many, is shown as it is.
  while (written > 1 && parameter_of(spec, written - 1) == 0) --written;
  while (written < (row.first_is_period ? 4U : 3U) && parameter_of(spec, written) != 0) ++written;
  for (std::size_t i = 0; i < written; ++i) {
    if (!arguments.empty()) arguments += ',';
    arguments += fmt::format("{}", parameter_of(spec, i));
  }
  return fmt::format("{}({})", row.name, arguments);
}

Result<IndicatorSpec> parse_indicator_spec(std::string_view text) {
  const std::size_t open = text.find('(');
  const IndicatorDescription* row = find_indicator(text.substr(0, open));
  IndicatorSpec spec;
  if (row != nullptr) spec.kind = row->kind;
  if (row == nullptr || open == std::string_view::npos || text.back() != ')' ||
      !read_arguments(text.substr(open + 1, text.size() - open - 2), *row, spec))
    return fail(
        ErrorCode::kInvalidInput, fmt::format("'{}' is not an indicator", text), {},
        fmt::format("use one of {}, with all parameters, for example rsi(14)", known_names()));
  BOTBOX_TRY(validate(spec));
  return normalised(spec);
}

int warm_up(const IndicatorSpec& spec) { return describe(spec.kind).warm_up(spec); }

Indicator::Indicator(const IndicatorSpec& spec) : spec_(spec) {
  ENGINE_ASSERT(validate(spec).has_value());
  state_ = describe(spec.kind).make(spec);
}
Indicator::Indicator(const Indicator& other)
    : spec_(other.spec_), value_(other.value_), state_(other.state_->clone()) {}
Indicator& Indicator::operator=(const Indicator& other) { return *this = Indicator(other); }
Indicator::Indicator(Indicator&&) noexcept = default;
Indicator& Indicator::operator=(Indicator&&) noexcept = default;
Indicator::~Indicator() = default;

const IndicatorValue& Indicator::update(const Bar& bar) {
  for (const double number : {bar.open, bar.high, bar.low, bar.close, bar.volume})
    ENGINE_ASSERT(std::isfinite(number));
  value_ = state_->update(bar);
  // A number beyond what a double holds is no number either.
  for (std::size_t i = 0; i < value_.values.size(); ++i) {
    if (std::isfinite(value_.values[i])) continue;
    value_.values[i] = 0;
    value_.absent = static_cast<std::uint8_t>(value_.absent | 1U << i);
  }
  return value_;
}

std::vector<IndicatorValue> compute(const IndicatorSpec& spec, std::span<const Bar> bars) {
  std::vector<IndicatorValue> values;
  values.reserve(bars.size());
  Indicator indicator(spec);
  for (const Bar& bar : bars) values.push_back(indicator.update(bar));
  return values;
}

}  // namespace botbox

std::size_t std::hash<botbox::IndicatorSpec>::operator()(
    const botbox::IndicatorSpec& spec) const noexcept {
  std::size_t mixed = (static_cast<std::size_t>(spec.kind) << 40) |
                      (static_cast<std::size_t>(spec.input) << 32) |
                      static_cast<std::uint32_t>(spec.period);
  for (const double parameter : {spec.parameter, spec.third, spec.fourth})
    mixed = mixed * 0x9E3779B97F4A7C15u ^ std::hash<double>{}(parameter);
  return mixed;
}
