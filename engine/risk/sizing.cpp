#include "engine/risk/sizing.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace botbox {
namespace {

Stake no_stake(ReasonCode reason, std::string detail) { return {{}, reason, std::move(detail)}; }

Stake sized(const Result<Notional>& cost, std::string detail) {
  if (!cost) return no_stake(ReasonCode::kSizeZero, to_string(cost.error()));
  return {*cost, ReasonCode::kNone, std::move(detail)};
}

// What loses, or moves by, `amount` when the price moves by `distance`.
Result<Notional> cost_of_move(Notional amount, Decimal distance, Price entry) {
  BOTBOX_ASSIGN(const Decimal cost,
                multiply_divide(amount.value, entry.value, distance, Rounding::kDown));
  return Notional{cost};
}

Stake planned_stake(const SizingInput& input, const SizingPlan& plan) {
  const Notional own = equity(input.config, input.snapshot);
  const Result<Notional> share = scaled(own, plan.ratio, Rounding::kDown);
  if (!share) return sized(share, {});
  const std::string of = fmt::format("{} of equity {}", to_string(*share), to_string(own));
  if (plan.kind == SizingKind::kPercentOfEquity) return sized(share, of);
  if (plan.kind == SizingKind::kRiskPerTrade) {
    const Decimal distance = abs(input.entry.value - input.stop.value);
    return sized(cost_of_move(*share, distance, input.entry),
                 fmt::format("{} at risk to the stop {}", of, to_string(input.stop)));
  }
  if (!input.atr || !input.atr->is_positive())
    return no_stake(ReasonCode::kRiskDataMissing, "the ATR is not known yet");
  const Result<Price> move = scaled(*input.atr, plan.atr_multiple, Rounding::kUp);
  if (!move) return no_stake(ReasonCode::kSizeZero, to_string(move.error()));
  return sized(cost_of_move(*share, move->value, input.entry),
               fmt::format("{} for a move of {}", of, to_string(*move)));
}

Stake named_stake(const BotConfig& config) {
  if (config.stake_kind == StakeKind::kFixed) return {{config.stake}, ReasonCode::kNone, {}};
  return sized(scaled(config.allocation, config.stake, Rounding::kDown), {});
}

void cut_to_room(const SizingInput& input, Stake& stake) {
  const Result<Notional> limit = stake_limit(input.config);
  if (!limit) return;
  const Notional room = *limit - at_stake(input.snapshot);
  if (stake.cost <= room) return;
  stake.cost = std::max(room, Notional{});
  stake.detail += fmt::format(", cut to {}", to_string(stake.cost));
}

void cut_to_kelly(const SizingInput& input, const KellyCap& cap, Stake& stake) {
  const RiskState* state = risk_of(input.snapshot);
  if (!cap.fraction.is_positive() || state == nullptr) return;
  const std::optional<double> share = kelly_share(state->results, cap, input.now);
  if (!share) return;
  const Notional own = equity(input.config, input.snapshot);
  const Result<Decimal> exact = from_indicator_level(std::max(0.0, *share));
  if (!exact || exact->is_zero()) {
    stake = no_stake(ReasonCode::kKellyNoEdge, fmt::format("Kelly's share is {:.4f}", *share));
    return;
  }
  const Result<Notional> most = scaled(own, *exact, Rounding::kDown).and_then([&](Notional full) {
    return scaled(full, cap.fraction, Rounding::kDown);
  });
  if (!most || stake.cost <= *most) return;
  stake.cost = *most;
  stake.detail += fmt::format(", capped by Kelly's share {:.4f} to {}", *share, to_string(*most));
}

}  // namespace

Notional equity(const BotConfig& config, const BotSnapshot& snapshot) {
  const Notional own = config.allocation + net_profit(snapshot);
  return std::max(own, Notional{});
}

Notional at_stake(const BotSnapshot& snapshot) {
  Notional sum;
  for (const Position& position : snapshot.open_positions) sum += position.entry_cost;
  for (const PendingTrade& pending : snapshot.pending) sum += pending.reserved;
  return sum;
}

Result<Notional> stake_limit(const BotConfig& config) {
  const RiskPlan* plan = plan_of(config);
  if (plan == nullptr) return config.allocation;
  return scaled(config.allocation, plan->sizing.leverage, Rounding::kDown);
}

std::optional<double> kelly_share(std::span<const ClosedResult> results, const KellyCap& cap,
                                  Timestamp now) {
  std::uint32_t wins = 0;
  std::uint32_t losses = 0;
  double won = 0;
  double lost = 0;
  for (const ClosedResult& result : results) {
    if (result.at + cap.lookback < now) continue;
    const double ratio = to_double_for_indicator(result.ratio);
    if (ratio > 0) {
      ++wins;
      won += ratio;
    } else {
      ++losses;
      lost -= ratio;
    }
  }
  if (wins + losses < std::max(cap.min_trades, 1U)) return std::nullopt;
  if (wins == 0) return -1;
  if (lost <= 0) return 1;
  const double win_rate = static_cast<double>(wins) / (wins + losses);
  const double payoff = (won / wins) / (lost / losses);
  return win_rate - (1 - win_rate) / payoff;
}

Stake stake_for(const SizingInput& input) {
  const RiskPlan* plan = plan_of(input.config);
  if (plan == nullptr) return named_stake(input.config);
  const bool is_named = plan->sizing.kind == SizingKind::kStake;
  Stake stake = is_named ? named_stake(input.config) : planned_stake(input, plan->sizing);
  if (stake.refusal != ReasonCode::kNone) return stake;
  cut_to_kelly(input, plan->sizing.kelly, stake);
  if (stake.refusal == ReasonCode::kNone && !is_named) cut_to_room(input, stake);
  if (stake.refusal == ReasonCode::kNone && !stake.cost.is_positive())
    return no_stake(ReasonCode::kSizeZero, "nothing is left to stake: " + stake.detail);
  return stake;
}

}  // namespace botbox
