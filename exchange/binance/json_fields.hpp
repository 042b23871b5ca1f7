// JsonFields: the fields of one JSON object, read once each, numbers by their text.
//
// Decimals and integers may stand as JSON numbers or as text, never pass through double, and are
// read as exactly as they are written. The first thing that is wrong is kept; what is read after it
// is worthless, so callers ask error() once at the end.
#pragma once

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/model/decimal.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

class JsonFields {
 public:
  explicit JsonFields(simdjson::ondemand::object object) : object_(object) {}

  // Text, number or true/false, as it is written; empty optional: absent or null. A name may be
  // asked for once only, and the view lives as long as the document.
  std::optional<std::string_view> find(std::string_view name);

  std::string text(std::string_view name);
  std::string text_or(std::string_view name, std::string_view otherwise);
  Decimal decimal(std::string_view name);
  Decimal to_decimal(std::string_view name, std::string_view text);
  Decimal decimal_or(std::string_view name, Decimal otherwise);
  // What the venue computed by dividing (averages, profits) may have more places than a Decimal
  // holds: those beyond the twelfth are cut off. Absent: zero.
  Decimal computed(std::string_view name);
  std::int64_t integer(std::string_view name);
  std::int64_t integer_or(std::string_view name, std::int64_t otherwise);
  bool flag_or(std::string_view name, bool otherwise);

  // read(JsonFields&) for each object of the list; false: there is no such list. What is wrong
  // within an object is that object's error, and read's to hand on.
  template <class Read>
  bool each(std::string_view name, Read read) {
    simdjson::ondemand::array list;
    const auto code = object_.find_field_unordered(name).get_array().get(list);
    if (code == simdjson::NO_SUCH_FIELD) return false;
    if (code != simdjson::SUCCESS) {
      broken(name, simdjson::error_message(code));
      return true;
    }
    for (auto item : list) {
      simdjson::ondemand::object inner;
      if (const auto bad = item.get_object().get(inner)) {
        broken(name, simdjson::error_message(bad));
        break;
      }
      JsonFields fields(inner);
      read(fields);
    }
    return true;
  }
  // An object within the object; false: absent.
  bool enter(std::string_view name, std::optional<JsonFields>& inner);

  void broken(std::string_view name, std::string_view what);
  const std::optional<Error>& error() const { return error_; }

 private:
  std::int64_t to_integer(std::string_view name, std::string_view text);

  simdjson::ondemand::object object_;
  std::optional<Error> error_;
};

// Parses a document and hands its root to `read`, within the parser's life. The result of `read` is
// a Result.
template <class Read>
auto with_json(std::string_view json, Read read)
    -> decltype(read(std::declval<simdjson::ondemand::document&>())) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto code = parser.iterate(padded).get(document))
    return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
  return read(document);
}

// read(JsonFields&) -> Result<T> of a document that is one object.
template <class T, class Read>
Result<T> read_object(std::string_view json, Read read) {
  return with_json(json, [&](simdjson::ondemand::document& document) -> Result<T> {
    simdjson::ondemand::object object;
    if (const auto code = document.get_object().get(object))
      return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
    JsonFields fields(object);
    Result<T> value = read(fields);
    if (fields.error()) return tl::unexpected<Error>(*fields.error());
    return value;
  });
}

// read(JsonFields&, std::vector<T>&) of each object of a document that is a list.
template <class T, class Read>
Result<std::vector<T>> read_list(std::string_view json, Read read) {
  return with_json(json, [&](simdjson::ondemand::document& document) -> Result<std::vector<T>> {
    simdjson::ondemand::array list;
    if (const auto code = document.get_array().get(list))
      return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
    std::vector<T> out;
    for (auto item : list) {
      simdjson::ondemand::object object;
      if (const auto code = item.get_object().get(object))
        return fail(ErrorCode::kInvalidInput, simdjson::error_message(code), "JSON");
      JsonFields fields(object);
      read(fields, out);
      if (fields.error()) return tl::unexpected<Error>(*fields.error());
    }
    return out;
  });
}

}  // namespace botbox::exchange
