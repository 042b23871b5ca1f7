#include "engine/strategy/strategy.hpp"

#include <algorithm>

#include "engine/strategy/ema_cross.hpp"
#include "engine/strategy/rsi_reversion.hpp"

namespace botbox {

double parameter(const BotConfig& config, std::string_view name, double otherwise) {
  for (const StrategyParameter& parameter : config.parameters)
    if (parameter.name == name) return parameter.value;
  return otherwise;
}

StrategyCatalogue StrategyCatalogue::standard() {
  StrategyCatalogue catalogue;
  catalogue.add(RsiReversion::schema(), std::make_shared<RsiReversion>());
  catalogue.add(EmaCross::schema(), std::make_shared<EmaCross>());
  return catalogue;
}

void StrategyCatalogue::add(StrategySchema schema, std::shared_ptr<const Strategy> strategy) {
  entries_.push_back({std::move(schema), std::move(strategy)});
}

std::shared_ptr<const Strategy> StrategyCatalogue::find(const StrategyId& id) const {
  const auto at = std::find_if(entries_.begin(), entries_.end(),
                               [&](const Entry& entry) { return entry.schema.name == id.value; });
  return at == entries_.end() ? nullptr : at->strategy;
}

std::vector<StrategySchema> StrategyCatalogue::schemas() const {
  std::vector<StrategySchema> schemas;
  for (const Entry& entry : entries_) schemas.push_back(entry.schema);
  return schemas;
}

}  // namespace botbox
