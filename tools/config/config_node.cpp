#include "tools/config/config_node.hpp"

#include <algorithm>

namespace botbox::config {

std::string_view to_string(NodeKind kind) {
  switch (kind) {
    case NodeKind::kText: return "a text";
    case NodeKind::kInteger: return "a whole number";
    case NodeKind::kFloat: return "a number";
    case NodeKind::kBoolean: return "true or false";
    case NodeKind::kDate: return "a date";
    case NodeKind::kLoose: return "a text";
    case NodeKind::kList: return "a list";
    case NodeKind::kTable: return "a table";
  }
  return "?";
}

const ConfigNode* ConfigNode::find(std::string_view name) const {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const ConfigNode& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

ConfigNode* ConfigNode::find(std::string_view name) {
  const auto found = std::find_if(children.begin(), children.end(),
                                  [&](const ConfigNode& child) { return child.key == name; });
  return found == children.end() ? nullptr : &*found;
}

void ConfigNode::erase(std::string_view name) {
  std::erase_if(children, [&](const ConfigNode& child) { return child.key == name; });
}

}  // namespace botbox::config
