#include "engine/strategy/rsi_reversion.hpp"

#include <algorithm>
#include <span>

namespace botbox {
namespace {

IndicatorSpec rsi_of(const BotConfig& config) {
  return {IndicatorKind::kRsi, static_cast<int>(parameter(config, "rsi_period", 14)), 0};
}

// How far beyond the threshold, as a share of the way to the end of the scale (documents:
// (35-rsi)/35).
double depth(double distance, double room) {
  return room <= 0 ? 0 : std::clamp(distance / room, 0.0, 1.0);
}

// A market whose price does not move has RSI 0 by TA-Lib's convention; that is no oversold market.
bool moves(const MarketView& market, int period) {
  const std::span<const Candle> candles = market.series->candles();
  const auto window = std::min<std::size_t>(candles.size(), static_cast<std::size_t>(period) + 1);
  const Price newest = candles.back().close;
  return std::any_of(candles.end() - static_cast<std::ptrdiff_t>(window), candles.end(),
                     [&](const Candle& candle) { return candle.close != newest; });
}

Evaluation exit_rule(Evaluation evaluation, double rsi, double exit_rsi, PositionSide side) {
  const double level = side == PositionSide::kLong ? exit_rsi : 100 - exit_rsi;
  const bool reached = side == PositionSide::kLong ? rsi >= level : rsi <= level;
  evaluation.conditions.push_back(
      {side == PositionSide::kLong ? "rsi >= exit_rsi" : "rsi <= 100 - exit_rsi", rsi, level,
       reached});
  if (reached) evaluation.proposal = Proposal{Direction::kClose, 1.0};
  return evaluation;
}

}  // namespace

StrategySchema RsiReversion::schema() {
  return {.name = "rsi_reversion",
          .description = "Buys an oversold market and leaves when RSI has come back",
          .parameters = {{"rsi_period", 14, 2, 200, true, "candles of the RSI"},
                         {"oversold", 30, 1, 99, false, "long below this RSI"},
                         {"overbought", 70, 1, 100, false, "short above this RSI (linear only)"},
                         {"exit_rsi", 55, 1, 100, false, "a long is closed at or above this RSI"}},
          .ordered = {{"oversold", "overbought"}, {"oversold", "exit_rsi"}}};
}

std::vector<IndicatorSpec> RsiReversion::indicators(const BotConfig& config) const {
  return {rsi_of(config)};
}

Evaluation RsiReversion::evaluate(const MarketView& market, const BotConfig& config,
                                  const Position* position) const {
  Evaluation evaluation;
  const IndicatorSpec spec = rsi_of(config);
  const IndicatorValue newest = market.indicators->latest(spec);
  if (!newest.ready) return evaluation;
  evaluation.warm = true;
  const double rsi = newest.value();
  evaluation.measurements.push_back({"rsi", rsi});
  if (position != nullptr)
    evaluation =
        exit_rule(std::move(evaluation), rsi, parameter(config, "exit_rsi", 55), position->side);
  if (evaluation.proposal) return evaluation;

  const double oversold = parameter(config, "oversold", 30);
  const double overbought = parameter(config, "overbought", 70);
  const bool moving = moves(market, spec.period);
  const bool is_low = rsi < oversold && moving;
  evaluation.conditions.push_back({"rsi < oversold", rsi, oversold, is_low});
  if (is_low) {
    evaluation.proposal = Proposal{Direction::kLong, depth(oversold - rsi, oversold)};
    return evaluation;
  }
  if (config.market == MarketType::kSpot) return evaluation;
  const bool is_high = rsi > overbought;
  evaluation.conditions.push_back({"rsi > overbought", rsi, overbought, is_high});
  if (is_high)
    evaluation.proposal = Proposal{Direction::kShort, depth(rsi - overbought, 100 - overbought)};
  return evaluation;
}

}  // namespace botbox
