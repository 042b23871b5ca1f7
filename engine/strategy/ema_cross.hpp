// EMA cross: follow the trend when the fast average crosses the slow one, leave when it crosses
// back.
#pragma once

#include "engine/strategy/strategy.hpp"

namespace botbox {

// Parameters: fast (9), slow (21). A cross is: fast <= slow on the candle before, fast > slow now
// (long), and the mirror of it (short on linear markets). An open position is closed by the cross
// against it.
class EmaCross final : public Strategy {
 public:
  static StrategySchema schema();
  std::vector<IndicatorSpec> indicators(const BotConfig& config) const override;
  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override;
};

}  // namespace botbox
