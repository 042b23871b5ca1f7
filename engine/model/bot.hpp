// BotConfig and BotSnapshot: what a bot is told, and what it remembers.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/position.hpp"
#include "engine/model/risk_plan.hpp"
#include "engine/model/risk_state.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class BotStatus : std::uint8_t { kActive, kPaused, kArchived, kError };
constexpr std::string_view to_string(BotStatus status) {
  switch (status) {
    case BotStatus::kActive: return "ACTIVE";
    case BotStatus::kPaused: return "PAUSED";
    case BotStatus::kArchived: return "ARCHIVED";
    case BotStatus::kError: return "ERROR";
  }
  return "?";
}

// A named number of a strategy: {"rsi_period", 14}.
struct StrategyParameter {
  std::string name;
  double value = 0;

  bool operator==(const StrategyParameter&) const = default;
};

// How much one entry stakes, in quote currency.
enum class StakeKind : std::uint8_t { kFixed, kPercentOfAllocation };

// Checks at another pace than check_interval: this often while the market is volatile, this seldom
// while it is quiet (engine/schedule.hpp).
struct CheckPace {
  Duration fastest{0};  // > 0, at most check_interval
  Duration slowest{0};  // at least check_interval

  bool operator==(const CheckPace&) const = default;
};

struct BotConfig {
  BotId id;
  std::string name;
  StrategyId strategy;
  std::vector<StrategyParameter> parameters;  // sorted by name
  Symbol symbol;
  MarketType market = MarketType::kSpot;
  Timeframe timeframe;
  Duration check_interval{300'000};
  BotStatus status = BotStatus::kActive;  // wanted at creation
  Notional allocation;                    // the most this bot may have at stake
  StakeKind stake_kind = StakeKind::kFixed;
  // kFixed: quote currency; kPercentOfAllocation: ratio 0..1. Unused, and perhaps zero, where the
  // plan's sizing computes what an entry stakes.
  Decimal stake;
  Decimal stop_loss_ratio = Decimal::from_units(20'000'000'000);    // 2 % of the documents
  Decimal take_profit_ratio = Decimal::from_units(40'000'000'000);  // 4 %; zero: none
  std::uint32_t max_open_positions = 6;
  Duration cooldown_symbol{0};          // after a trade of this bot on the symbol, or its end
  Duration cooldown_bot{0};             // after any trade of this bot, or its end
  std::vector<std::string> allow_list;  // symbols, '*' as wildcard; empty: all
  std::vector<std::string> block_list;
  std::vector<RiskPlan> plan;   // at most one; empty: a stake, one stop, one target, nothing else
  std::vector<CheckPace> pace;  // at most one; empty: check_interval whatever the market does

  bool operator==(const BotConfig&) const = default;
};

// A trade of this bot that is not final yet: it holds its slot and its allocation.
struct PendingTrade {
  TradeId id;
  Direction direction = Direction::kLong;
  PositionId position;
  Notional reserved;
  ClientOrderId stop_client_id;         // of an entry; empty: none
  ClientOrderId take_profit_client_id;  // of an entry; empty: none
  // The trade's position, at most one, once another order has closed it: it knows which fills of
  // this trade are folded in already.
  std::vector<Position> closed;
  ReasonCode reason = ReasonCode::kNone;  // of a close or of scaling in; kNone: the strategy's word

  bool operator==(const PendingTrade&) const = default;
};

// Everything a bot needs to go on after a crash, in one row.
struct BotSnapshot {
  BotStatus status = BotStatus::kActive;
  std::string status_reason;  // who paused it, or the error that quarantined it
  std::uint64_t settings_version = 1;
  std::uint64_t turn = 0;  // committed turns
  Timestamp last_check_at;
  Timestamp next_check_at;            // absolute and durable; "never": at once
  std::uint32_t failed_attempts = 0;  // of the present due time
  Timestamp last_candle_close;        // newest candle decided on
  Timestamp last_trade_at;            // newest accepted signal, or end of a position
  std::uint64_t checks = 0;
  std::uint64_t signals = 0;
  std::uint64_t trades_completed = 0;
  std::uint64_t trades_failed = 0;
  Notional realised_profit;  // of all positions, before fees
  Notional fees;
  std::vector<Position> open_positions;
  std::vector<PendingTrade> pending;
  std::vector<RiskState> risk;  // at most one; empty until the plan has something to remember
  Notional funding;             // of all positions: received, negative when paid

  bool operator==(const BotSnapshot&) const = default;
};

// A position, or a trade that may become one: somebody has to look after it.
inline bool holds_something(const BotSnapshot& snapshot) {
  return !snapshot.open_positions.empty() || !snapshot.pending.empty();
}

// What enters this position is under way, whether it opens or enlarges it.
inline bool is_being_entered(const BotSnapshot& snapshot, const PositionId& position) {
  return std::ranges::any_of(snapshot.pending, [&](const PendingTrade& p) {
    return p.position == position && p.direction != Direction::kClose;
  });
}

// An entry under way that has not opened its position yet; null: there is none.
inline const PendingTrade* opening_trade(const BotSnapshot& snapshot) {
  for (const PendingTrade& pending : snapshot.pending)
    if (pending.direction != Direction::kClose &&
        std::ranges::find(snapshot.open_positions, pending.position, &Position::id) ==
            snapshot.open_positions.end())
      return &pending;
  return nullptr;
}

// Realised profit of all positions, fees and funding paid.
inline Notional net_profit(const BotSnapshot& snapshot) {
  return snapshot.realised_profit - snapshot.fees + snapshot.funding;
}

}  // namespace botbox
