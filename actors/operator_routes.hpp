// The routes of the operator's HTTP API: which method and path is which verb of the desk.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace botbox::actors {

struct OperatorRoute {
  std::string_view method;  // GET, POST or PUT
  std::string_view path;    // "/api/bots/{bot}/pause": words in braces are arguments
  std::string_view verb;    // of actors/operator_desk.hpp
};
std::span<const OperatorRoute> operator_routes();

struct RouteMatch {
  const OperatorRoute* route = nullptr;          // null: no such path, or not with this method
  std::map<std::string, std::string> arguments;  // decoded
  std::string allowed;                           // methods of this path: "GET, POST"; empty: none
};
RouteMatch match_route(std::string_view method, std::string_view path);

}  // namespace botbox::actors
