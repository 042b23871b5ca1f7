#include "engine/strategy/ema_cross.hpp"

#include <algorithm>
#include <cmath>

namespace botbox {
namespace {

IndicatorSpec ema(int period) { return {IndicatorKind::kEma, period, 0}; }
int fast_of(const BotConfig& config) { return static_cast<int>(parameter(config, "fast", 9)); }
int slow_of(const BotConfig& config) { return static_cast<int>(parameter(config, "slow", 21)); }

// Half a per mille between the averages is a full score.
double score_of(double fast, double slow) {
  return slow == 0 ? 0 : std::clamp(std::abs(fast - slow) / std::abs(slow) / 0.0005, 0.0, 1.0);
}

}  // namespace

StrategySchema EmaCross::schema() {
  return {.name = "ema_cross",
          .description = "Enters when the fast EMA crosses the slow one, leaves when it crosses back",
          .parameters = {{"fast", 9, 1, 500, true, "candles of the fast EMA"},
                         {"slow", 21, 2, 1000, true, "candles of the slow EMA"}},
          .ordered = {{"fast", "slow"}}};
}

std::vector<IndicatorSpec> EmaCross::indicators(const BotConfig& config) const {
  return {ema(fast_of(config)), ema(slow_of(config))};
}

Evaluation EmaCross::evaluate(const MarketView& market, const BotConfig& config,
                              const Position* position) const {
  Evaluation evaluation;
  const auto fast = market.indicators->history(ema(fast_of(config)));
  const auto slow = market.indicators->history(ema(slow_of(config)));
  if (fast.size() < 2 || slow.size() < 2 || !fast[1].ready || !slow[1].ready) return evaluation;
  evaluation.warm = true;
  const double fast_now = fast[0].value(), slow_now = slow[0].value();
  const double fast_before = fast[1].value(), slow_before = slow[1].value();
  evaluation.measurements = {{"ema_fast", fast_now}, {"ema_slow", slow_now}};
  const bool up = fast_before <= slow_before && fast_now > slow_now;
  const bool down = fast_before >= slow_before && fast_now < slow_now;
  evaluation.conditions.push_back({"fast crosses above slow", fast_now, slow_now, up});
  evaluation.conditions.push_back({"fast crosses below slow", fast_now, slow_now, down});
  const double score = score_of(fast_now, slow_now);
  if (position != nullptr) {
    const bool against = position->side == PositionSide::kLong ? down : up;
    if (against) evaluation.proposal = Proposal{Direction::kClose, score};
  } else if (up) {
    evaluation.proposal = Proposal{Direction::kLong, score};
  } else if (down && config.market == MarketType::kLinear) {
    evaluation.proposal = Proposal{Direction::kShort, score};
  }
  return evaluation;
}

}  // namespace botbox
