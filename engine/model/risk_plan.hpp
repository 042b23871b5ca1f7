// RiskPlan: what a bot is told about sizes, exits, scaling in and pauses, beyond a stake with one
// stop and one target. Kept out of line (BotConfig::plan), so that a bot without one pays nothing.
//
// Ratios are shares: 0.02 is 2 %. A zero means "none" unless a field says otherwise.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// Equity is the bot's allocation and what it has earned so far, fees paid.
enum class SizingKind : std::uint8_t {
  kStake,            // BotConfig::stake, as its kind says
  kPercentOfEquity,  // ratio * equity
  kRiskPerTrade,     // what loses ratio * equity between entry and stop
  kAtrTarget         // what moves by ratio * equity when the price moves by atr_multiple * ATR
};
constexpr std::string_view to_string(SizingKind kind) {
  switch (kind) {
    case SizingKind::kStake: return "STAKE";
    case SizingKind::kPercentOfEquity: return "PERCENT_OF_EQUITY";
    case SizingKind::kRiskPerTrade: return "RISK_PER_TRADE";
    case SizingKind::kAtrTarget: return "ATR_TARGET";
  }
  return "?";
}

// No entry is larger than fraction * Kelly's share of the equity, W - (1 - W) / R with the win rate
// W and the ratio R of the mean win to the mean loss (Kelly 1956), once there are min_trades
// results within lookback. The newest kResultsMax results are known (engine/model/risk_state.hpp).
struct KellyCap {
  Decimal fraction;  // zero: no cap
  std::uint32_t min_trades = 20;
  Duration lookback{90LL * 86'400'000};

  bool operator==(const KellyCap&) const = default;
};

struct SizingPlan {
  SizingKind kind = SizingKind::kStake;
  Decimal ratio;                                // of the equity; kStake: unused
  Decimal atr_multiple = Decimal::from_int(1);  // kAtrTarget
  Decimal leverage = Decimal::from_int(1);      // at stake: at most leverage * allocation; spot: 1
  KellyCap kelly;

  bool operator==(const SizingPlan&) const = default;
};

// Where a level stands.
enum class LevelKind : std::uint8_t {
  kRatio,  // BotConfig's own ratio from the entry
  kAtr,    // value * ATR from the entry
  kSwing,  // stops: the lowest low (long) or highest high (short) of the last `candles` candles
  kPrice   // value
};
constexpr std::string_view to_string(LevelKind kind) {
  switch (kind) {
    case LevelKind::kRatio: return "RATIO";
    case LevelKind::kAtr: return "ATR";
    case LevelKind::kSwing: return "SWING";
    case LevelKind::kPrice: return "PRICE";
  }
  return "?";
}

struct LevelPlan {
  LevelKind kind = LevelKind::kRatio;
  Decimal value;
  std::uint32_t candles = 0;

  bool operator==(const LevelPlan&) const = default;
};

// A stop that follows the best price since the entry, once the profit was `activation`.
struct TrailingPlan {
  Decimal distance;      // ratio of the best price
  Decimal atr_multiple;  // instead of the distance
  Decimal activation;

  bool is_on() const { return distance.is_positive() || atr_multiple.is_positive(); }
  bool operator==(const TrailingPlan&) const = default;
};

// From this age on, leave when the profit is above this ratio.
struct RoiStep {
  Duration after{0};
  Decimal ratio;  // may be negative; -1 leaves at any price

  bool operator==(const RoiStep&) const = default;
};

struct PartialExit {
  Decimal profit;  // at this ratio ...
  Decimal share;   // ... this share of all that was entered is closed

  bool operator==(const PartialExit&) const = default;
};

struct ExitPlan {
  LevelPlan stop;
  LevelPlan target;
  TrailingPlan trailing;
  Decimal break_even_at;              // profit from which on the stop stands at the entry ...
  Decimal break_even_offset;          // ... or this much beyond it, in the position's favour
  Duration time_stop{0};              // age at which the position is closed
  std::vector<RoiStep> roi;           // ascending in `after`, unique
  std::vector<PartialExit> partials;  // ascending in `profit`; shares below 1 in sum
  bool on_reversal = false;           // a proposal, or alert, against the position closes it

  bool operator==(const ExitPlan&) const = default;
};

// Enlarges a position that runs against it (DCA). Level k waits for a move of deviation *
// (1 + s + ... + s^(k-1)), s = deviation_scale, against the first entry, and stakes the first
// entry's cost times size_scale^k.
struct ScalingPlan {
  std::uint32_t levels = 0;  // zero: off
  Decimal deviation;
  Decimal deviation_scale = Decimal::from_int(1);
  Decimal size_scale = Decimal::from_int(1);

  bool operator==(const ScalingPlan&) const = default;
};

// No entries for `pause`, because of at least `trades` results within `lookback`.
struct PauseRule {
  std::uint32_t trades = 0;  // zero: off
  Decimal limit;
  Duration lookback{0};
  Duration pause{0};

  bool operator==(const PauseRule&) const = default;
};

struct GuardPlan {
  Decimal daily_loss;    // of the allocation; no entries until the next midnight UTC
  PauseRule drawdown;    // limit: ratio of the highest equity within lookback
  PauseRule streak;      // that many losses without a win between; no limit
  PauseRule stops;       // that many losses by a stop; no limit
  PauseRule low_profit;  // limit: the ratios of profit sum up to less

  bool is_on() const {
    return daily_loss.is_positive() ||
           drawdown.trades + streak.trades + stops.trades + low_profit.trades > 0;
  }
  bool operator==(const GuardPlan&) const = default;
};

struct RiskPlan {
  std::uint32_t atr_period = 14;  // of every ATR in the plan
  SizingPlan sizing;
  ExitPlan exits;
  ScalingPlan scaling;
  GuardPlan guards;

  bool operator==(const RiskPlan&) const = default;
};

constexpr bool needs_atr(const RiskPlan& plan) {
  return plan.sizing.kind == SizingKind::kAtrTarget || plan.exits.stop.kind == LevelKind::kAtr ||
         plan.exits.target.kind == LevelKind::kAtr ||
         plan.exits.trailing.atr_multiple.is_positive();
}

}  // namespace botbox
