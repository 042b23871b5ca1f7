// Strategies made ready for the timeframe and parameters of their bots; one for all bots with the
// same.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/result.hpp"
#include "engine/strategy/strategy.hpp"

namespace botbox::actors {

class PreparedStrategies {
 public:
  // The catalogue outlives it.
  explicit PreparedStrategies(const StrategyCatalogue& catalogue) : catalogue_(catalogue) {}

  // kInvalidInput: there is no such strategy, or it cannot run this bot.
  Result<std::shared_ptr<const Strategy>> of(const BotConfig& config);

 private:
  using Settings = std::tuple<StrategyId, Timeframe, std::vector<std::pair<std::string, double>>>;
  const StrategyCatalogue& catalogue_;
  std::map<Settings, std::shared_ptr<const Strategy>> known_;
};

}  // namespace botbox::actors
