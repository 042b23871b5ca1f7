#include "engine/risk/exits.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace botbox {
namespace {

constexpr Decimal kOne = Decimal::from_int(1);

bool is_long(const Position& position) { return position.side == PositionSide::kLong; }

// Is `a` more in the position's favour than `b`?
bool better(const Position& position, Price a, Price b) {
  return is_long(position) ? a > b : a < b;
}

double shown(Decimal value) { return to_double_for_indicator(value); }
double shown(Price value) { return shown(value.value); }

// base * (1 + ratio) in the position's favour; below zero for a ratio against it.
std::optional<Price> moved(const Position& position, Price base, Decimal ratio) {
  const Result<Price> price =
      scaled(base, is_long(position) ? kOne + ratio : kOne - ratio, Rounding::kHalfEven);
  return price && price->is_positive() ? std::optional<Price>(*price) : std::nullopt;
}

std::optional<Price> trailing_level(const ExitInput& input, Price best) {
  const TrailingPlan& plan = input.plan.trailing;
  if (!plan.is_on() || profit_ratio(input.position, best) < plan.activation) return std::nullopt;
  if (plan.distance.is_positive()) return moved(input.position, best, -plan.distance);
  if (!input.atr) return std::nullopt;
  const Result<Price> gap = scaled(*input.atr, plan.atr_multiple, Rounding::kHalfEven);
  if (!gap) return std::nullopt;
  return is_long(input.position) ? best - *gap : best + *gap;
}

std::optional<Price> break_even_level(const ExitInput& input, Price best) {
  const ExitPlan& plan = input.plan;
  if (!plan.break_even_at.is_positive() || profit_ratio(input.position, best) < plan.break_even_at)
    return std::nullopt;
  return moved(input.position, input.position.average_entry, plan.break_even_offset);
}

void tighten(const Position& position, PositionCare& care, std::optional<Price> level,
             ReasonCode reason) {
  if (!level || !level->is_positive()) return;
  const bool beyond_first =
      position.stop_loss.is_zero() || better(position, *level, position.stop_loss);
  if (!beyond_first || (!care.stop.is_zero() && !better(position, *level, care.stop))) return;
  care.stop = *level;
  care.stop_reason = reason;
}

std::string_view name_of(ReasonCode reason) {
  return reason == ReasonCode::kBreakEvenStop ? "price beyond break-even stop"
                                              : "price beyond trailing stop";
}

// One candle against the stop, then the stop after the candle. True: the stop was crossed.
bool follow(const ExitInput& input, const Candle& candle, PositionCare& care, Price& crossed_at) {
  const Position& position = input.position;
  const bool from_its_open = candle.open_time >= position.opened_at;
  const bool is_enlarged = care.best.is_zero();
  const Price worst = !from_its_open ? candle.close : is_long(position) ? candle.low : candle.high;
  const bool knows_best = from_its_open && !is_enlarged;
  const Price best = !knows_best ? candle.close : is_long(position) ? candle.high : candle.low;
  crossed_at = worst;
  if (!care.stop.is_zero() && !better(position, worst, care.stop)) return true;
  if (is_enlarged || better(position, best, care.best)) care.best = best;
  tighten(position, care, break_even_level(input, care.best), ReasonCode::kBreakEvenStop);
  tighten(position, care, trailing_level(input, care.best), ReasonCode::kTrailingStop);
  crossed_at = candle.close;
  return !care.stop.is_zero() && !better(position, candle.close, care.stop);
}

void leave(ExitStep& step, ReasonCode reason, Condition condition) {
  step.reason = reason;
  step.conditions.push_back(std::move(condition));
}

void step_time(const ExitInput& input, Duration age, ExitStep& step) {
  if (input.plan.time_stop <= Duration{0} || age < input.plan.time_stop) return;
  leave(step, ReasonCode::kTimeStop,
        {"age in minutes >= time_stop", static_cast<double>(age.count()) / 60'000,
         static_cast<double>(input.plan.time_stop.count()) / 60'000, true});
}

void step_roi(const ExitInput& input, Duration age, ExitStep& step) {
  const std::optional<Decimal> wanted = roi_wanted(input.plan.roi, age);
  const Decimal profit = net_profit_ratio(input.position, input.fresh.back().close);
  if (!wanted || profit <= *wanted) return;
  leave(step, ReasonCode::kMinimalRoi,
        {"profit ratio > minimal_roi", shown(profit), shown(*wanted), true});
}

void step_partials(const ExitInput& input, ExitStep& step) {
  const Decimal profit = profit_ratio(input.position, input.fresh.back().close);
  Decimal share;
  for (std::size_t next = step.care.partials; next < input.plan.partials.size(); ++next) {
    const PartialExit& partial = input.plan.partials[next];
    if (profit < partial.profit) break;
    share += partial.share;
    ++step.partials;
    step.conditions.push_back(
        {"profit ratio >= partial exit", shown(profit), shown(partial.profit), true});
  }
  if (step.partials == 0) return;
  const Result<Quantity> part = scaled(input.position.total_entered, share, Rounding::kDown);
  step.reason = ReasonCode::kPartialTakeProfit;
  step.quantity = part ? std::min(*part, input.position.quantity) : input.position.quantity;
}

}  // namespace

PositionCare care_for(const Position& position) {
  PositionCare care;
  care.position = position.id;
  care.first_entry = position.average_entry;
  care.first_cost = position.entry_cost;
  care.best = position.average_entry;
  return care;
}

bool has_moved_stop(const BotSnapshot& snapshot, const Position& position) {
  if (snapshot.risk.empty()) return false;
  const std::vector<PositionCare>& all = snapshot.risk.front().care;
  return std::any_of(all.begin(), all.end(), [&](const PositionCare& care) {
    return care.position == position.id && !care.stop.is_zero() && care.stop == position.stop_loss;
  });
}

ExitStep step_exits(const ExitInput& input, PositionCare care) {
  ExitStep step;
  const bool was_due = care.due != ReasonCode::kNone;
  Price crossed_at = input.fresh.back().close;
  for (const Candle& candle : input.fresh) {
    if (care.due != ReasonCode::kNone) break;
    // Over before the position began.
    if (candle.open_time + input.candle <= input.position.opened_at) continue;
    if (follow(input, candle, care, crossed_at)) care.due = care.stop_reason;
  }
  step.care = std::move(care);
  const bool is_due = step.care.due != ReasonCode::kNone;
  if (is_due && !was_due && step.care.stop == input.position.stop_loss) return step;
  if (is_due) {
    leave(step, step.care.due,
          {std::string(name_of(step.care.due)), shown(crossed_at), shown(step.care.stop), true});
    return step;
  }
  const Duration age = input.fresh.back().open_time + input.candle - input.position.opened_at;
  step_time(input, age, step);
  if (step.reason == ReasonCode::kNone) step_roi(input, age, step);
  if (step.reason == ReasonCode::kNone) step_partials(input, step);
  return step;
}

Decimal profit_ratio(const Position& position, Price price) {
  const Result<Notional> profit = unrealised_profit(position, price);
  if (!profit || !position.entry_cost.is_positive()) return {};
  return divide(profit->value, position.entry_cost.value, Rounding::kHalfEven).value_or(Decimal{});
}

Decimal net_profit_ratio(const Position& position, Price price) {
  const auto at_entry = [&](Quantity quantity) {
    return notional(position.average_entry, quantity, Rounding::kHalfEven).value_or(Notional{});
  };
  // Fees were paid for what went in and for what has gone out again.
  const Quantity left = position.total_entered - position.quantity;
  const Notional entered = at_entry(position.total_entered);
  const Notional traded = at_entry(position.total_entered + left);
  if (!entered.is_positive() || !traded.is_positive()) return profit_ratio(position, price);
  const Notional both_ways = position.fees + position.fees;
  const Result<Decimal> fees = divide(both_ways.value, traded.value, Rounding::kHalfEven);
  const Result<Decimal> funding =
      divide(position.funding.value, entered.value, Rounding::kHalfEven);
  return profit_ratio(position, price) - fees.value_or(Decimal{}) + funding.value_or(Decimal{});
}

std::optional<Decimal> roi_wanted(std::span<const RoiStep> steps, Duration age) {
  std::optional<Decimal> wanted;
  const Duration minutes = std::chrono::floor<std::chrono::minutes>(age);
  for (const RoiStep& step : steps)
    if (step.after <= minutes) wanted = step.ratio;
  return wanted;
}

Result<Decimal> deviation_of(const ScalingPlan& plan, std::uint32_t level) {
  Decimal sum;
  Decimal step = plan.deviation;
  for (std::uint32_t k = 0; k < level; ++k) {
    sum += step;
    BOTBOX_ASSIGN(step, multiply(step, plan.deviation_scale, Rounding::kHalfEven));
  }
  return sum;
}

std::optional<ScaleIn> next_level(const ScalingPlan& plan, const Position& position,
                                  const PositionCare& care, Price close) {
  if (care.levels >= plan.levels) return std::nullopt;
  const std::uint32_t level = care.levels + 1;
  const Result<Decimal> deviation = deviation_of(plan, level);
  if (!deviation) return std::nullopt;
  const std::optional<Price> trigger = moved(position, care.first_entry, -*deviation);
  if (!trigger || better(position, close, *trigger)) return std::nullopt;
  Notional cost = care.first_cost;
  for (std::uint32_t k = 0; k < level; ++k) {
    const Result<Notional> larger = scaled(cost, plan.size_scale, Rounding::kDown);
    if (!larger) return std::nullopt;
    cost = *larger;
  }
  return ScaleIn{level,
                 cost,
                 {fmt::format("close beyond level {} of scaling in", level), shown(close),
                  shown(*trigger), true}};
}

}  // namespace botbox
