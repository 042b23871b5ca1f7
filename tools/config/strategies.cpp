// The user's own strategies: inline, and files that bots name.
#include <fmt/format.h>

#include "engine/strategy/rule/rule_strategy.hpp"
#include "tools/config/sections.hpp"
#include "tools/config/strategy_reader.hpp"
#include "tools/config/toml_document.hpp"

namespace botbox::config {
namespace {

// False: its name is taken, or it cannot be used on any timeframe; why is noted.
bool add_strategy(const rule::StrategyDefinition& definition, const ConfigNode& table,
                  ReadContext& context, std::vector<rule::StrategyDefinition>& all) {
  const ConfigNode* name = table.find("name");
  const Place& place = name != nullptr ? name->place : table.place;
  if (!context.catalogue.id_of(definition.name).value.empty()) {
    context.problems.add(place, "strategy.name",
                         fmt::format("'{}' is the name of another strategy", definition.name),
                         "choose a name of its own");
    return false;
  }
  auto strategy = rule::RuleStrategy::create(definition, Timeframe{}, {});
  if (!strategy) {
    context.problems.add(place, "strategy", strategy.error().message, strategy.error().fix);
    return false;
  }
  context.catalogue.add(rule::identity_of(definition), rule::schema_of(definition),
                        std::move(*strategy));
  all.push_back(definition);
  return true;
}

void read_file(const ConfigNode& node, ReadContext& context,
               std::vector<rule::StrategyDefinition>& all) {
  const std::string path = resolved(node, node.text, context);
  const auto [known, added] = context.strategy_files.try_emplace(path);
  if (!added) return;
  const auto text = context.read_file ? context.read_file(path) : std::nullopt;
  if (!text)
    return context.problems.add(node.place, "bot.strategy",
                                fmt::format("there is no readable file {}", path),
                                "correct the path; it starts at the folder of this config file");
  const auto tree = parse_toml(*text, path);
  if (!tree) {
    const ConfigProblem& p = tree.error();
    return context.problems.add({p.file, p.line, p.column}, "strategy", p.message, p.fix);
  }
  const auto definition = read_strategy(*tree, context.problems);
  if (definition && add_strategy(*definition, *tree, context, all))
    known->second = definition->name;
}

}  // namespace

bool is_strategy_file(const ConfigNode& strategy) { return strategy.text.ends_with(".toml"); }

std::vector<rule::StrategyDefinition> read_strategies(const std::vector<const ConfigNode*>& tables,
                                                      const std::vector<const ConfigNode*>& bots,
                                                      const ConfigNode* bot_defaults,
                                                      ReadContext& context) {
  std::vector<rule::StrategyDefinition> all;
  for (const ConfigNode* table : tables) {
    const auto definition = read_strategy(*table, context.problems);
    if (definition && add_strategy(*definition, *table, context, all)) continue;
    if (const ConfigNode* name = table->find("name"))
      context.unusable_strategies.insert(name->text);
  }
  std::vector<const ConfigNode*> sources = bots;
  if (bot_defaults != nullptr) sources.push_back(bot_defaults);
  for (const ConfigNode* source : sources)
    if (const ConfigNode* node = source->find("strategy"))
      if (is_strategy_file(*node)) read_file(*node, context, all);
  return all;
}

}  // namespace botbox::config
