#include "tools/config/config_problem.hpp"

#include <fmt/format.h>

namespace botbox::config {

std::string to_string(const ConfigProblem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text += fmt::format(":{}:{}", problem.line, problem.column);
  if (!problem.key.empty()) text += ": " + problem.key;
  text += ": " + problem.message;
  if (!problem.fix.empty()) text += fmt::format(" ({})", problem.fix);
  return text;
}

std::string to_string(const std::vector<ConfigProblem>& problems) {
  std::string text;
  for (const ConfigProblem& problem : problems) text += to_string(problem) + "\n";
  return text;
}

}  // namespace botbox::config
