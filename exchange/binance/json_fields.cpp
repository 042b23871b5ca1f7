#include "exchange/binance/json_fields.hpp"

#include <charconv>

namespace botbox::exchange {
namespace {

std::string_view trimmed(std::string_view token) {
  const std::size_t end = token.find_last_not_of(" \t\r\n");
  return token.substr(0, end == std::string_view::npos ? 0 : end + 1);
}

}  // namespace

void JsonFields::broken(std::string_view name, std::string_view what) {
  if (!error_)
    error_ = Error{ErrorCode::kInvalidInput, fmt::format("field '{}' {}", name, what), "JSON", {}};
}

std::optional<std::string_view> JsonFields::find(std::string_view name) {
  simdjson::ondemand::value value;
  if (const auto code = object_.find_field_unordered(name).get(value)) {
    if (code != simdjson::NO_SUCH_FIELD) broken(name, simdjson::error_message(code));
    return std::nullopt;
  }
  simdjson::ondemand::json_type type{};
  if (const auto code = value.type().get(type)) {
    broken(name, simdjson::error_message(code));
    return std::nullopt;
  }
  switch (type) {
    case simdjson::ondemand::json_type::string: {
      std::string_view text;
      if (const auto code = value.get_string().get(text)) {
        broken(name, simdjson::error_message(code));
        return std::nullopt;
      }
      return text;
    }
    case simdjson::ondemand::json_type::number:
    case simdjson::ondemand::json_type::boolean: return trimmed(value.raw_json_token());
    case simdjson::ondemand::json_type::null: return std::nullopt;
    default: broken(name, "is not a plain value"); return std::nullopt;
  }
}

std::string JsonFields::text(std::string_view name) {
  const auto found = find(name);
  if (!found) broken(name, "is missing");
  return std::string(found.value_or(""));
}

std::string JsonFields::text_or(std::string_view name, std::string_view otherwise) {
  return std::string(find(name).value_or(otherwise));
}

Decimal JsonFields::to_decimal(std::string_view name, std::string_view text) {
  const Result<Decimal> parsed = Decimal::parse(text);
  if (!parsed) broken(name, parsed.error().message);
  return parsed.value_or(Decimal{});
}

Decimal JsonFields::decimal(std::string_view name) {
  const auto found = find(name);
  if (found) return to_decimal(name, *found);
  broken(name, "is missing");
  return {};
}

Decimal JsonFields::decimal_or(std::string_view name, Decimal otherwise) {
  const auto found = find(name);
  return found ? to_decimal(name, *found) : otherwise;
}

Decimal JsonFields::computed(std::string_view name) {
  const auto found = find(name);
  if (!found || found->empty()) return {};
  const std::size_t point = found->find('.');
  const bool plain = found->find_first_of("eE") == std::string_view::npos;
  if (point != std::string_view::npos && plain)
    return to_decimal(name, found->substr(0, point + 1 + Decimal::kPlaces));
  return to_decimal(name, *found);
}

std::int64_t JsonFields::to_integer(std::string_view name, std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) broken(name, "is not an integer");
  return value;
}

std::int64_t JsonFields::integer(std::string_view name) {
  const auto found = find(name);
  if (found) return to_integer(name, *found);
  broken(name, "is missing");
  return 0;
}

std::int64_t JsonFields::integer_or(std::string_view name, std::int64_t otherwise) {
  const auto found = find(name);
  return found ? to_integer(name, *found) : otherwise;
}

bool JsonFields::flag_or(std::string_view name, bool otherwise) {
  const auto found = find(name);
  if (!found) return otherwise;
  if (*found != "true" && *found != "false") broken(name, "is not true or false");
  return *found == "true";
}

bool JsonFields::enter(std::string_view name, std::optional<JsonFields>& inner) {
  simdjson::ondemand::object object;
  const auto code = object_.find_field_unordered(name).get_object().get(object);
  if (code == simdjson::NO_SUCH_FIELD) return false;
  if (code != simdjson::SUCCESS) {
    broken(name, simdjson::error_message(code));
    return false;
  }
  inner.emplace(object);
  return true;
}

}  // namespace botbox::exchange
