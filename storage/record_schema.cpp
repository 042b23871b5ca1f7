#include "storage/record_schema.hpp"

#include <nlohmann/json.hpp>
#include <utility>

#include "storage/binary.hpp"
#include "storage/fields.hpp"

namespace botbox::storage {
namespace {

using SchemaJson = nlohmann::ordered_json;

class SchemaWriter {
 public:
  template <class T>
  void operator()(const char* name, const T&) {
    properties_[name] = schema_of<T>();
    required_.push_back(name);
  }
  template <class T>
  void from_key(const char* name, const T& value) {
    (*this)(name, value);
  }

  template <class T>
  static SchemaJson schema_of() {
    if constexpr (kIsAmount<T> || std::same_as<T, Decimal>) {
      return {{"type", "string"}, {"pattern", kAmountPattern}};
    } else if constexpr (kIsId<T> || kIsText<T> || std::is_enum_v<T> ||
                         std::same_as<T, Timeframe>) {
      return {{"type", "string"}};
    } else if constexpr (std::same_as<T, double>) {
      return {{"type", SchemaJson::array({"number", "string"})}};  // "nan" and "inf" are text
    } else if constexpr (std::same_as<T, bool>) {
      return {{"type", "boolean"}};
    } else if constexpr (std::is_arithmetic_v<T> || std::same_as<T, Duration>) {
      return {{"type", "integer"}};
    } else if constexpr (std::same_as<T, Timestamp>) {
      return {{"type", SchemaJson::array({"string", "null"})}};
    } else if constexpr (kIsList<T>) {
      return {{"type", "array"}, {"items", schema_of<typename T::value_type>()}};
    } else {
      SchemaWriter record;
      const T any{};
      fields(record, any);
      return std::move(record).take();
    }
  }

 private:
  SchemaJson take() && {
    return {{"type", "object"},
            {"required", std::move(required_)},
            {"properties", std::move(properties_)}};
  }

  SchemaJson required_ = SchemaJson::array();
  SchemaJson properties_ = SchemaJson::object();
};

}  // namespace

template <class T>
SchemaJson json_schema() {
  SchemaJson schema = SchemaWriter::schema_of<T>();
  if constexpr (std::same_as<T, Signal>)  // null: an alert that was not understood
    schema["properties"]["direction"]["type"] = SchemaJson::array({"string", "null"});
  return schema;
}

#define BOTBOX_SCHEMA(Record) template SchemaJson json_schema<Record>();
BOTBOX_DESCRIBED_RECORDS(BOTBOX_SCHEMA)
#undef BOTBOX_SCHEMA

}  // namespace botbox::storage
