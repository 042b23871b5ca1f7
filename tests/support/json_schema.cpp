#include "tests/support/json_schema.hpp"

#include <regex>
#include <set>

namespace botbox::test {
namespace {

using SchemaJson = nlohmann::json;

bool is_of_type(const SchemaJson& value, const std::string& type) {
  if (type == "null") return value.is_null();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "integer") return value.is_number_integer();
  return type == "number" && value.is_number();
}

struct SchemaWalk {
  const SchemaJson& root;
  bool refuses_undescribed = false;
  std::vector<std::string> problems;

  void note(const std::string& place, const std::string& what) {
    problems.push_back((place.empty() ? "/" : place) + ": " + what);
  }

  void type(const SchemaJson& wanted, const SchemaJson& value, const std::string& place) {
    const SchemaJson types = wanted.is_array() ? wanted : SchemaJson::array({wanted});
    for (const SchemaJson& one : types)
      if (is_of_type(value, one.get<std::string>())) return;
    note(place, "is not of type " + wanted.dump() + ": " + value.dump().substr(0, 80));
  }

  // What stands beside the properties.
  void further(const SchemaJson& schema, const SchemaJson& value, const std::string& place) {
    const SchemaJson properties = schema.value("properties", SchemaJson::object());
    const auto further = schema.find("additionalProperties");
    for (const auto& [name, inner] : value.items()) {
      if (properties.contains(name)) continue;
      if (further != schema.end() && further->is_object())
        walk(*further, inner, place + "/" + name);
      else if (further == schema.end() && refuses_undescribed)
        note(place, "has " + name + ", which is not described");
    }
  }

  void walk(const SchemaJson& schema, const SchemaJson& value, const std::string& place) {
    static const std::set<std::string> kSilent{"description", "example", "additionalProperties"};
    if (schema.contains("type")) {
      if (value.is_object()) further(schema, value, place);
      if (value.is_array() && !value.empty() && !schema.contains("items") && refuses_undescribed)
        note(place, "is a list of what is not described");
    }
    for (const auto& [word, says] : schema.items()) {
      if (word == "$ref") {
        walk(root.at(SchemaJson::json_pointer(says.get<std::string>().substr(1))), value, place);
      } else if (word == "type") {
        type(says, value, place);
      } else if (word == "required") {
        for (const SchemaJson& name : says)
          if (value.is_object() && !value.contains(name.get<std::string>()))
            note(place, "lacks " + name.get<std::string>());
      } else if (word == "properties") {
        for (const auto& [name, inner] : says.items())
          if (value.is_object() && value.contains(name))
            walk(inner, value.at(name), place + "/" + name);
      } else if (word == "items") {
        for (std::size_t i = 0; value.is_array() && i < value.size(); ++i)
          walk(says, value.at(i), place + "/" + std::to_string(i));
      } else if (word == "pattern") {
        if (value.is_string() &&
            !std::regex_search(value.get<std::string>(), std::regex(says.get<std::string>())))
          note(place, "does not look like " + says.get<std::string>());
      } else if (!kSilent.contains(word)) {
        note(place, "the schema says " + word + ", which nobody checks");
      }
    }
  }
};

}  // namespace

std::vector<std::string> schema_problems(const nlohmann::json& schema, const nlohmann::json& value,
                                         const nlohmann::json& root, Undescribed undescribed) {
  SchemaWalk walk{root, undescribed == Undescribed::kRefused, {}};
  walk.walk(schema, value, {});
  return walk.problems;
}

}  // namespace botbox::test
