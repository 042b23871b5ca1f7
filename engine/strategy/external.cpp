#include "engine/strategy/external.hpp"

namespace botbox {

StrategySchema External::schema() {
  return {.name = "external",
          .description = "Follows signals from outside (webhooks), proposes nothing by itself",
          .parameters = {},
          .ordered = {}};
}

std::vector<IndicatorSpec> External::indicators(const BotConfig&) const { return {}; }

Evaluation External::evaluate(const MarketView&, const BotConfig&, const Position*) const {
  return {.warm = true, .proposal = {}, .conditions = {}, .measurements = {}};
}

}  // namespace botbox
