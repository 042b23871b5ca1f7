// External: proposes nothing by itself. For bots that only follow signals from outside; their stops
// and targets are those of every bot.
#pragma once

#include "engine/strategy/strategy.hpp"

namespace botbox {

class External final : public Strategy {
 public:
  static StrategySchema schema();
  std::vector<IndicatorSpec> indicators(const BotConfig& config) const override;
  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override;
};

}  // namespace botbox
