#include "engine/strategy/strategy.hpp"

#include <algorithm>

#include "engine/strategy/ema_cross.hpp"
#include "engine/strategy/external.hpp"
#include "engine/strategy/rsi_reversion.hpp"

namespace botbox {

MarketNeeds Strategy::needs(const BotConfig& config) const { return {indicators(config), {}, {}}; }

Result<std::shared_ptr<const Strategy>> Strategy::prepared(const BotConfig&) const {
  return std::shared_ptr<const Strategy>{};
}

double parameter(const BotConfig& config, std::string_view name, double otherwise) {
  for (const StrategyParameter& parameter : config.parameters)
    if (parameter.name == name) return parameter.value;
  return otherwise;
}

StrategyCatalogue StrategyCatalogue::standard() {
  StrategyCatalogue catalogue;
  catalogue.add(RsiReversion::schema(), std::make_shared<RsiReversion>());
  catalogue.add(EmaCross::schema(), std::make_shared<EmaCross>());
  catalogue.add(External::schema(), std::make_shared<External>());
  return catalogue;
}

void StrategyCatalogue::add(StrategySchema schema, std::shared_ptr<const Strategy> strategy) {
  StrategyId id{schema.name};
  add(std::move(id), std::move(schema), std::move(strategy));
}

void StrategyCatalogue::add(StrategyId id, StrategySchema schema,
                            std::shared_ptr<const Strategy> strategy) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.schema.name == schema.name; });
  entries_.push_back({std::move(id), std::move(schema), std::move(strategy)});
}

const StrategyCatalogue::Entry* StrategyCatalogue::entry(std::string_view name) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.schema.name == name; });
  return at == entries_.end() ? nullptr : &*at;
}

std::shared_ptr<const Strategy> StrategyCatalogue::find(const StrategyId& id) const {
  const Entry* found = entry(std::string_view(id.value).substr(0, id.value.find('@')));
  return found == nullptr ? nullptr : found->strategy;
}

StrategyId StrategyCatalogue::id_of(std::string_view name) const {
  const Entry* found = entry(name);
  return found == nullptr ? StrategyId{} : found->id;
}

std::vector<StrategySchema> StrategyCatalogue::schemas() const {
  std::vector<StrategySchema> schemas;
  for (const Entry& entry : entries_) schemas.push_back(entry.schema);
  return schemas;
}

}  // namespace botbox
