// ConfigNode: a configuration as written, before it means anything: a tree of tables, lists and
// scalars that knows where each of them stands. It comes from TOML or, value by value, from the
// environment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/config/config_problem.hpp"

namespace botbox::config {

// kLoose comes from the environment, where everything is text: it is read as whatever is wanted.
enum class NodeKind : std::uint8_t {
  kText,
  kInteger,
  kFloat,
  kBoolean,
  kDate,
  kLoose,
  kList,
  kTable
};
std::string_view to_string(NodeKind kind);  // "a text", "a table": for messages

struct ConfigNode {
  NodeKind kind = NodeKind::kTable;
  std::string key;      // canonical name; empty in a list
  std::string written;  // as the user wrote it, where that is another name for the same thing
  std::string text;     // scalars: numbers exactly as written (no underscores), texts unquoted
  Place key_place;
  Place place;                       // of the value
  Place text_place;                  // of the first character of a text in quotes
  std::vector<ConfigNode> children;  // of tables and lists

  ConfigNode* find(std::string_view name);
  const ConfigNode* find(std::string_view name) const;
  bool from_environment() const { return place.file.starts_with("environment "); }
  void erase(std::string_view name);
};

}  // namespace botbox::config
