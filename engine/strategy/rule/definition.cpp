#include "engine/strategy/rule/definition.hpp"

#include <algorithm>

#include "engine/execution/identity.hpp"

namespace botbox::rule {
namespace {

// Blanks and line breaks are layout.
std::string squeezed(std::string_view rule) {
  std::string text;
  for (const char c : rule) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (!blank)
      text += c;
    else if (!text.empty() && text.back() != ' ')
      text += ' ';
  }
  while (text.ends_with(' ')) text.pop_back();
  return text;
}

std::string content_of(const SideDefinition& side) {
  std::string text = fmt::format("threshold {}\nrequire {}\nexit {}\n", side.threshold,
                                 squeezed(side.require), squeezed(side.exit));
  for (const FactorDefinition& factor : side.factors)
    text += fmt::format("factor {} {} {}\n", factor.name, factor.weight, squeezed(factor.when));
  return text;
}

}  // namespace

StrategyId identity_of(const StrategyDefinition& definition) {
  std::vector<std::string> names;
  for (const ParameterSchema& parameter : definition.parameters) names.push_back(parameter.name);
  std::sort(names.begin(), names.end());
  std::string content;
  for (const std::string& name : names) content += fmt::format("parameter {}\n", name);
  content += "long\n" + content_of(definition.long_side);
  content += "short\n" + content_of(definition.short_side);
  for (const std::string& regime : definition.regimes) content += "regime " + regime + "\n";
  return {definition.name + "@" + content_digest(content)};
}

std::string_view name_of(const StrategyId& id) {
  return std::string_view(id.value).substr(0, id.value.find('@'));
}

StrategySchema schema_of(const StrategyDefinition& definition) {
  return {.name = definition.name,
          .description = definition.description,
          .parameters = definition.parameters,
          .ordered = {}};
}

std::vector<StrategyParameter> complete(const StrategyDefinition& definition,
                                        const std::vector<StrategyParameter>& given) {
  std::vector<StrategyParameter> all;
  for (const ParameterSchema& parameter : definition.parameters) {
    const auto found = std::find_if(given.begin(), given.end(), [&](const StrategyParameter& one) {
      return one.name == parameter.name;
    });
    all.push_back({parameter.name, found != given.end() ? found->value : parameter.default_value});
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

}  // namespace botbox::rule
