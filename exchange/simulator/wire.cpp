#include "exchange/simulator/wire.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "exchange/http/http_target.hpp"

namespace botbox::exchange::sim {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0)
    text.remove_suffix(1);
  return text;
}

bool read_members(simdjson::ondemand::object object, Params& into) {
  for (auto field : object) {
    std::string_view name;
    if (field.unescaped_key().get(name)) return false;
    const std::string key(name);
    simdjson::ondemand::value value;
    if (field.value().get(value)) return false;
    simdjson::ondemand::json_type type;
    if (value.type().get(type)) return false;
    if (type == simdjson::ondemand::json_type::string) {
      std::string_view text;
      if (value.get_string().get(text)) return false;
      into.set(key, std::string(text));
    } else if (type == simdjson::ondemand::json_type::object ||
               type == simdjson::ondemand::json_type::array) {
      std::string_view json;
      if (simdjson::to_json_string(value).get(json)) return false;
      into.set(key, std::string(json));
    } else if (type != simdjson::ondemand::json_type::null) {
      into.set(key, std::string(trimmed(value.raw_json_token())));
    }
  }
  return true;
}

}  // namespace

std::string WireRequest::header(const std::string& lower_case_name) const {
  const auto it = headers.find(lower_case_name);
  return it == headers.end() ? std::string{} : it->second;
}

const std::string& Params::text(const std::string& name) const {
  static const std::string kNone;
  const auto it = values_.find(name);
  return it == values_.end() ? kNone : it->second;
}

std::optional<Decimal> Params::decimal(const std::string& name) const {
  const auto parsed = Decimal::parse(text(name));
  return parsed ? std::optional<Decimal>(*parsed) : std::nullopt;
}

std::optional<std::int64_t> Params::integer(const std::string& name) const {
  const std::string& digits = text(name);
  std::int64_t out = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return out;
}

bool Params::flag(const std::string& name) const {
  std::string lower = text(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower == "true" || lower == "1";
}

void parse_form(std::string_view text, Params& into) {
  for (auto& [name, value] : parse_query(text)) into.set(name, std::move(value));
}

bool parse_object(const std::string& text, Params& into) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(text);
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  if (parser.iterate(padded).get(document) || document.get_object().get(object)) return false;
  return read_members(object, into);
}

std::optional<std::vector<Params>> parse_objects(const std::string& text) {
  simdjson::ondemand::parser parser;
  const simdjson::padded_string padded(text);
  simdjson::ondemand::document document;
  simdjson::ondemand::array array;
  if (parser.iterate(padded).get(document) || document.get_array().get(array)) return std::nullopt;
  std::vector<Params> all;
  for (auto element : array) {
    simdjson::ondemand::object object;
    Params members;
    if (element.get_object().get(object) || !read_members(object, members)) return std::nullopt;
    all.push_back(std::move(members));
  }
  return all;
}

std::string fixed(Decimal value, int places) {
  Decimal::Units step = 1;
  for (int i = places; i < Decimal::kPlaces; ++i) step *= 10;
  std::string text = to_string(round_to_step(value, Decimal::from_units(step), Rounding::kDown));
  std::size_t point = text.find('.');
  if (places == 0) return text;
  if (point == std::string::npos) {
    point = text.size();
    text.push_back('.');
  }
  text.append(static_cast<std::size_t>(places) - (text.size() - point - 1), '0');
  return text;
}

int places_of(Decimal step) {
  const std::string text = to_string(step);
  const std::size_t point = text.find('.');
  return point == std::string::npos ? 0 : static_cast<int>(text.size() - point - 1);
}

}  // namespace botbox::exchange::sim
