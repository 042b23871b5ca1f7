#include "actors/operator_arguments.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "engine/model/instrument.hpp"
#include "engine/webhook/alert_json.hpp"

namespace botbox::actors {

Result<OperatorArguments> OperatorArguments::parse(std::string_view json) {
  OperatorArguments arguments;
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) return arguments;
  if (!is_utf8(json)) return fail(ErrorCode::kInvalidInput, "the arguments are not UTF-8");
  auto fields = read_alert_json(json);
  if (!fields)
    return fail(ErrorCode::kInvalidInput, fields.error(), "arguments",
                "send one JSON object of plain values");
  for (AlertField& field : *fields) {
    if (field.name.find('.') != std::string::npos)
      return fail(ErrorCode::kInvalidInput, "is no plain value",
                  field.name.substr(0, field.name.find('.')),
                  "send one JSON object of plain values");
    arguments.values_.emplace(std::move(field.name), std::move(field.value));
  }
  return arguments;
}

std::string_view OperatorArguments::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::string> OperatorArguments::needed(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return fail(ErrorCode::kInvalidInput, "is missing", std::string(name));
  return std::string(value);
}

Result<std::optional<std::int64_t>> OperatorArguments::whole(std::string_view name,
                                                             std::int64_t least,
                                                             std::int64_t most) const {
  const std::string_view value = text(name);
  if (value.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.begin(), value.end(), number);
  if (error != std::errc{} || end != value.end() || number < least || number > most)
    return fail(ErrorCode::kInvalidInput, "is not a number that fits", std::string(name),
                fmt::format("a whole number from {} to {}", least, most));
  return std::optional(number);
}

Result<Timestamp> OperatorArguments::time(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return Timestamp{};
  const Result<Timestamp> at = parse_timestamp(value);
  if (!at)
    return fail(ErrorCode::kInvalidInput, "is not a time", std::string(name),
                "milliseconds since 1970, or 2024-01-31T12:00:00Z");
  return *at;
}

Result<Timestamp> OperatorArguments::moment(std::string_view name, Timestamp now) const {
  const std::string_view value = text(name);
  if (value.empty()) return Timestamp{};
  const Result<Timestamp> at = parse_moment(value, now);
  if (!at)
    return fail(ErrorCode::kInvalidInput, "is not a time", std::string(name),
                "14:05, 2024-01-31T12:00 or milliseconds since 1970");
  return *at;
}

Result<Symbol> OperatorArguments::symbol(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return Symbol{};
  Result<SymbolParts> parts = parse_symbol(value);
  if (!parts)
    return fail(ErrorCode::kInvalidInput, parts.error().message, std::string(name),
                parts.error().fix);
  return std::move(parts->unified);
}

Result<std::optional<bool>> OperatorArguments::flag(std::string_view name) const {
  const std::string_view value = text(name);
  if (value.empty()) return std::nullopt;
  if (value == "true" || value == "1" || value == "on") return std::optional(true);
  if (value == "false" || value == "0" || value == "off") return std::optional(false);
  return fail(ErrorCode::kInvalidInput, "is neither true nor false", std::string(name));
}

std::string OperatorArguments::to_json() const {
  nlohmann::ordered_json json = nlohmann::ordered_json::object();
  for (const auto& [name, value] : values_) json[name] = value;
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace botbox::actors
