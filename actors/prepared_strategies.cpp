#include "actors/prepared_strategies.hpp"

#include <fmt/format.h>

namespace botbox::actors {

Result<std::shared_ptr<const Strategy>> PreparedStrategies::of(const BotConfig& config) {
  const std::shared_ptr<const Strategy> strategy = catalogue_.find(config.strategy);
  if (!strategy)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("no strategy is called '{}'", config.strategy.value),
                "bot " + config.id.value);
  Settings settings{config.strategy, config.timeframe, {}};
  for (const StrategyParameter& parameter : config.parameters)
    std::get<2>(settings).emplace_back(parameter.name, parameter.value);
  std::shared_ptr<const Strategy>& known = known_[std::move(settings)];
  if (known) return known;
  BOTBOX_ASSIGN(const std::shared_ptr<const Strategy> prepared, strategy->prepared(config));
  return known = prepared ? prepared : strategy;
}

}  // namespace botbox::actors
