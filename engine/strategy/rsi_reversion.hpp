// RSI reversion (the documents' first strategy): buy when the market is oversold, sell short when
// it is overbought and the bot trades a linear market, get out when RSI has come back.
#pragma once

#include "engine/strategy/strategy.hpp"

namespace botbox {

// Parameters: rsi_period (14), oversold (30), overbought (70), exit_rsi (55: a long is closed at or
// above it, a short at or below its mirror 100 - exit_rsi). Stops and targets are the bot's (2 %
// and 4 %).
class RsiReversion final : public Strategy {
 public:
  static StrategySchema schema();
  std::vector<IndicatorSpec> indicators(const BotConfig& config) const override;
  Evaluation evaluate(const MarketView& market, const BotConfig& config,
                      const Position* position) const override;
};

}  // namespace botbox
