// Fields of Bybit's JSON as values. For the sources of the codec alone: this header includes
// simdjson.
#pragma once

#include <simdjson.h>

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange::bybit {

using Element = simdjson::dom::element;

inline tl::unexpected<Error> bad_field(std::string_view name, std::string_view what) {
  return fail(ErrorCode::kInvalidInput, fmt::format("field '{}' {}", name, what), "JSON");
}

// Whole numbers beyond 2^53 and all fractions come as text; a JSON fraction has passed through
// double already when we see it, and is refused by all readers below.

// Empty where it is missing, null or no text.
inline std::string_view text_or_empty(Element object, std::string_view name) {
  std::string_view value;
  if (object[name].get(value) != simdjson::SUCCESS) return {};
  return value;
}

inline Result<std::string> text(Element object, std::string_view name) {
  const std::string_view value = text_or_empty(object, name);
  if (value.empty()) return bad_field(name, "is missing");
  return std::string(value);
}

// As text or as a JSON number.
inline Result<std::int64_t> integer(Element object, std::string_view name) {
  std::int64_t value = 0;
  if (object[name].get(value) == simdjson::SUCCESS) return value;
  const std::string_view digits = text_or_empty(object, name);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return bad_field(name, "is not a whole number");
  return value;
}

// Milliseconds; "never" where it is missing, empty, zero or outside 1970 to 2200.
inline Timestamp time_or_never(Element object, std::string_view name) {
  constexpr std::int64_t kLatest = 7'258'118'400'000;
  const Result<std::int64_t> ms = integer(object, name);
  return ms && *ms > 0 && *ms < kLatest ? Timestamp{*ms} : Timestamp{};
}

// Text without the places beyond the twelfth after the point.
inline std::string_view twelve_places(std::string_view number) {
  const std::size_t point = number.find('.');
  if (point == std::string_view::npos || number.find_first_of("eE") != std::string_view::npos)
    return number;
  return number.substr(0, point + 1 + Decimal::kPlaces);
}

inline bool is_told(Element object, std::string_view name) {
  Element value;
  if (object[name].get(value) != simdjson::SUCCESS || value.is_null()) return false;
  std::string_view content;
  return value.get(content) != simdjson::SUCCESS || !content.empty();
}

// Exactly as sent; error where it is not told.
inline Result<Decimal> exact(Element object, std::string_view name) {
  std::int64_t whole = 0;
  if (object[name].get(whole) == simdjson::SUCCESS) return Decimal::parse(std::to_string(whole));
  std::string_view number;
  if (object[name].get(number) != simdjson::SUCCESS) return bad_field(name, "is not a decimal");
  const Result<Decimal> parsed = Decimal::parse(number);
  if (!parsed) return bad_field(name, parsed.error().message);
  return parsed;
}

// Zero where it is not told.
inline Result<Decimal> exact_or_zero(Element object, std::string_view name) {
  if (!is_told(object, name)) return Decimal{};
  return exact(object, name);
}

// An amount the venue computed: cut at 12 places, zero where it is not told.
inline Result<Decimal> computed(Element object, std::string_view name) {
  if (!is_told(object, name)) return Decimal{};
  std::string_view number;
  if (object[name].get(number) != simdjson::SUCCESS) return exact(object, name);
  const Result<Decimal> parsed = Decimal::parse(twelve_places(number));
  if (!parsed) return bad_field(name, parsed.error().message);
  return parsed;
}

inline bool flag(Element object, std::string_view name) {
  bool value = false;
  return object[name].get(value) == simdjson::SUCCESS && value;
}

// The rows of a list; none where it is null. Error: it is missing or no list.
inline Result<std::vector<Element>> rows(Element object, std::string_view name) {
  Element value;
  if (object[name].get(value) != simdjson::SUCCESS) return bad_field(name, "is missing");
  if (value.is_null()) return std::vector<Element>{};
  simdjson::dom::array array;
  if (value.get(array) != simdjson::SUCCESS) return bad_field(name, "is not a list");
  return std::vector<Element>(array.begin(), array.end());
}

// Parses a body and hands root and result to `read`, within the parser's life.
template <class Read>
auto with_result(std::string_view body, Read read) -> decltype(read(Element{}, Element{})) {
  simdjson::dom::parser parser;
  Element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root);
      error != simdjson::SUCCESS)
    return fail(ErrorCode::kInvalidInput, simdjson::error_message(error), "JSON");
  Element result;
  if (root["result"].get(result) != simdjson::SUCCESS || !result.is_object())
    return bad_field("result", "is missing");
  return read(root, result);
}

}  // namespace botbox::exchange::bybit
