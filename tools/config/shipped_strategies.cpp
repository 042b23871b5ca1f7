#include "tools/config/shipped_strategies.hpp"

#include "engine/assert.hpp"
#include "engine/strategy/rule/rule_strategy.hpp"
#include "tools/config/strategy_reader.hpp"
#include "tools/config/toml_document.hpp"

namespace botbox::config {

StrategyCatalogue shipped_catalogue() {
  StrategyCatalogue catalogue = StrategyCatalogue::standard();
  for (const ShippedFile& file : shipped_files()) {
    const auto tree = parse_toml(file.text, std::string(file.name));
    ENGINE_ASSERT(tree.has_value());
    ProblemList problems;
    const auto definition = read_strategy(*tree, problems);
    ENGINE_ASSERT(definition.has_value() && problems.empty());
    const auto strategy = rule::RuleStrategy::create(*definition, Timeframe{}, {});
    ENGINE_ASSERT(strategy.has_value());
    catalogue.add(rule::identity_of(*definition), rule::schema_of(*definition), *strategy);
  }
  return catalogue;
}

}  // namespace botbox::config
