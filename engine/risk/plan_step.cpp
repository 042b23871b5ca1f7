#include "engine/risk/plan_step.hpp"

#include <algorithm>
#include <span>

#include "engine/risk/exits.hpp"
#include "engine/risk/sizing.hpp"

namespace botbox {
namespace {

bool looks_after_positions(const RiskPlan& plan) {
  const ExitPlan& exits = plan.exits;
  return exits.trailing.is_on() || exits.break_even_at.is_positive() ||
         exits.time_stop > Duration{0} || !exits.roi.empty() || !exits.partials.empty() ||
         exits.on_reversal || plan.scaling.levels > 0;
}

bool is_opening(const BotSnapshot& snapshot, const Position& position) {
  return std::any_of(snapshot.pending.begin(), snapshot.pending.end(),
                     [&](const auto& pending) { return pending.id.value == position.id.value; });
}

bool is_closing(const BotSnapshot& snapshot) {
  return std::any_of(snapshot.pending.begin(), snapshot.pending.end(),
                     [](const auto& pending) { return pending.direction == Direction::kClose; });
}

PositionCare& care_of(BotSnapshot& snapshot, const Position& position) {
  if (snapshot.risk.empty()) snapshot.risk.emplace_back();
  std::vector<PositionCare>& all = snapshot.risk.front().care;
  for (PositionCare& care : all)
    if (care.position == position.id) return care;
  return all.emplace_back(care_for(position));
}

std::span<const Candle> fresh_candles(const MarketView& market, Timestamp since) {
  const std::span<const Candle> all = market.series->candles();
  if (since.is_never()) return all.last(1);
  const auto first = std::ranges::partition_point(all, [&](const Candle& candle) {
    return candle.open_time + market.timeframe.duration() <= since;
  });
  const auto fresh = static_cast<std::size_t>(all.end() - first);
  return all.last(std::max<std::size_t>(fresh, 1));
}

// Two minutes at least: its fill may be on its way, at the pace of polls.
constexpr Duration kStopOverdue{120'000};

// The stop at the exchange should have ended the position by now: candle after candle has closed
// beyond it, and nothing of it is filled. The exchange has refused it (the price was through when
// it was placed) or lost it.
std::optional<Condition> overdue_stop(const Position& open, const MarketView& market) {
  if (!open.stop_loss.is_positive()) return std::nullopt;
  const bool has_fired = std::ranges::any_of(open.applied, [&](const AppliedOrder& order) {
    return order.client_id == open.stop_client_id;
  });
  if (has_fired) return std::nullopt;
  const bool is_long = open.side == PositionSide::kLong;
  const auto is_beyond = [&](const Candle& candle) {
    return candle.open_time >= open.opened_at &&
           (is_long ? candle.close <= open.stop_loss : candle.close >= open.stop_loss);
  };
  const std::span<const Candle> all = market.series->candles();
  auto first = all.end();
  while (first != all.begin() && is_beyond(*(first - 1))) --first;
  if (first == all.end()) return std::nullopt;
  const Duration for_so_long = all.back().open_time - first->open_time;
  if (for_so_long < std::max(market.timeframe.duration(), kStopOverdue)) return std::nullopt;
  return Condition{"closed beyond the stop, which the exchange has not filled",
                   to_double_for_indicator(market.last_candle().close.value),
                   to_double_for_indicator(open.stop_loss.value), true};
}

// Of a stop that was moved the plan knows by itself whether it was crossed since.
void take_up_overdue_stop(const BotSnapshot& snapshot, const Position& open,
                          const MarketView& market, PlanStep& step) {
  if (has_moved_stop(snapshot, open)) return;
  std::optional<Condition> overdue = overdue_stop(open, market);
  if (!overdue) return;
  step.reason = ReasonCode::kStopLossHit;
  step.conditions.push_back(*std::move(overdue));
}

Direction direction_of(const Position& position) {
  return position.side == PositionSide::kLong ? Direction::kLong : Direction::kShort;
}

void take_up(ExitStep exit, PlanStep& step) {
  step.reason = exit.reason;
  step.part = exit.quantity;
  step.partials = exit.partials;
  step.conditions = std::move(exit.conditions);
}

void step_reversal(const ExitPlan& plan, const Position& open, const Proposal& proposal,
                   PlanStep& step) {
  if (!plan.on_reversal || proposal.direction == direction_of(open)) return;
  step.reason = ReasonCode::kSignalReversal;
  step.conditions.push_back({"the strategy proposes the other side", proposal.score, 0, true});
}

void step_scaling(const ScalingPlan& plan, const Position& open, const PositionCare& care,
                  Price close, PlanStep& step) {
  std::optional<ScaleIn> level = next_level(plan, open, care, close);
  if (!level) return;
  step.reason = ReasonCode::kScaleIn;
  step.direction = direction_of(open);
  step.adds_to = open.id;
  step.level = level->level;
  step.stake = level->cost;
  step.conditions.push_back(std::move(level->condition));
}

// While the entry still fills, nobody knows what parts, levels and the best price count from; how
// old the position is and what it has earned is known. Nothing of it is remembered.
void step_unfinished(const ExitPlan& plan, const Position& open, const MarketView& market,
                     const std::optional<Proposal>& proposal, PlanStep& step) {
  ExitPlan known;
  known.time_stop = plan.time_stop;
  known.roi = plan.roi;
  ExitStep exit = step_exits({.plan = known,
                              .position = open,
                              .fresh = market.series->candles().last(1),
                              .candle = market.timeframe.duration(),
                              .atr = {}},
                             care_for(open));
  if (exit.reason != ReasonCode::kNone) return take_up(std::move(exit), step);
  if (proposal && proposal->direction != Direction::kClose)
    step_reversal(plan, open, *proposal, step);
}

IndicatorSpec atr_spec(const RiskPlan& plan) {
  return {.kind = IndicatorKind::kAtr, .period = static_cast<int>(plan.atr_period)};
}

}  // namespace

PlanStep step_plan(BotSnapshot& next, const Position* open, const MarketView& market,
                   Timestamp since, const Evaluation& evaluation, const BotConfig& config) {
  PlanStep step;
  const RiskPlan* plan = plan_of(config);
  if (open == nullptr || !open->quantity.is_positive()) return step;
  const bool has_plan = plan != nullptr && looks_after_positions(*plan);
  if (is_opening(next, *open)) {
    if (has_plan && !is_closing(next))
      step_unfinished(plan->exits, *open, market, evaluation.proposal, step);
    return step;
  }
  if (!has_plan) {
    if (!is_closing(next)) take_up_overdue_stop(next, *open, market, step);
    return step;
  }
  PositionCare& care = care_of(next, *open);
  ExitStep exit = step_exits({.plan = plan->exits,
                              .position = *open,
                              .fresh = fresh_candles(market, since),
                              .candle = market.timeframe.duration(),
                              .atr = plan_atr(config, market)},
                             std::move(care));
  care = std::move(exit.care);
  if (is_closing(next)) return step;
  const bool takes_part = exit.reason == ReasonCode::kPartialTakeProfit;
  if (exit.reason != ReasonCode::kNone && !takes_part) {
    take_up(std::move(exit), step);
    return step;
  }
  take_up_overdue_stop(next, *open, market, step);
  if (step.reason != ReasonCode::kNone) return step;
  // A cross that says "leave" is there on one candle; part of the position would stay for good.
  const std::optional<Proposal>& proposal = evaluation.proposal;
  if (proposal && proposal->direction == Direction::kClose) return step;
  if (proposal) step_reversal(plan->exits, *open, *proposal, step);
  if (step.reason != ReasonCode::kNone) return step;
  if (takes_part)
    take_up(std::move(exit), step);
  else if (next.status == BotStatus::kActive)
    step_scaling(plan->scaling, *open, care, market.last_candle().close, step);
  return step;
}

void note_accepted(BotSnapshot& next, const PlanStep& step) {
  if (step.reason == ReasonCode::kNone || next.risk.empty()) return;
  for (PositionCare& care : next.risk.front().care) {
    care.partials += step.partials;
    if (care.position == step.adds_to) care.levels = step.level;
  }
}

std::vector<IndicatorSpec> plan_indicators(const BotConfig& config) {
  std::vector<IndicatorSpec> specs;
  const RiskPlan* plan = plan_of(config);
  if (plan != nullptr && needs_atr(*plan)) specs.push_back(atr_spec(*plan));
  specs.push_back(regime_spec());
  return specs;
}

std::optional<Price> plan_atr(const BotConfig& config, const MarketView& market) {
  const RiskPlan* plan = plan_of(config);
  if (plan == nullptr || !needs_atr(*plan) || market.indicators == nullptr) return std::nullopt;
  const std::optional<double> value = market.indicators->latest(atr_spec(*plan)).output(0);
  if (!value || *value <= 0) return std::nullopt;
  const Result<Decimal> exact = from_indicator_level(*value);
  return exact ? std::optional<Price>(Price{*exact}) : std::nullopt;
}

}  // namespace botbox
