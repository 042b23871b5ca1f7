// How much one entry costs, as the bot's plan says. Pure; the gate (engine/gates/sizing.cpp) brings
// it onto the lot.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "engine/model/bot.hpp"
#include "engine/model/money.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// The plan of a bot, or null.
inline const RiskPlan* plan_of(const BotConfig& config) {
  return config.plan.empty() ? nullptr : &config.plan.front();
}
inline const RiskState* risk_of(const BotSnapshot& snapshot) {
  return snapshot.risk.empty() ? nullptr : &snapshot.risk.front();
}

// Allocation and what was earned so far, fees and funding paid; zero when more was lost than that.
Notional equity(const BotConfig& config, const BotSnapshot& snapshot);

// What open positions cost and entries under way reserve.
Notional at_stake(const BotSnapshot& snapshot);

// The most that may be at stake: the allocation times the plan's leverage.
Result<Notional> stake_limit(const BotConfig& config);

// W - (1 - W) / R over the results within the cap's lookback; W the share of wins, R the mean win
// by the mean loss, both as ratios. Nothing is lost: 1; nothing is won: -1; a result of zero is a
// loss of zero. Empty: fewer than min_trades results.
std::optional<double> kelly_share(std::span<const ClosedResult> results, const KellyCap& cap,
                                  Timestamp now);

struct SizingInput {
  const BotConfig& config;
  const BotSnapshot& snapshot;
  Price entry;  // > 0
  Price stop;   // not the entry
  std::optional<Price> atr;
  Timestamp now;
};
struct Stake {
  Notional cost;                           // quote currency; > 0 unless refused
  ReasonCode refusal = ReasonCode::kNone;  // kSizeZero, kRiskDataMissing or kKellyNoEdge
  std::string detail;
};
// What is computed from equity, stop or ATR is cut to what the limit has room for; a stake that was
// named by the user is not, and the allocation's gate refuses what is too much.
Stake stake_for(const SizingInput& input);

}  // namespace botbox
