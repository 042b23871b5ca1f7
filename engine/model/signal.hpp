// Signal: a strategy, a webhook or an operator says "trade", with everything that led to it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class Direction : std::uint8_t { kLong, kShort, kClose };
constexpr std::string_view to_string(Direction direction) {
  switch (direction) {
    case Direction::kLong: return "LONG";
    case Direction::kShort: return "SHORT";
    case Direction::kClose: return "CLOSE";
  }
  return "?";
}

enum class SignalSource : std::uint8_t { kStrategy, kWebhook, kManual };
constexpr std::string_view to_string(SignalSource source) {
  switch (source) {
    case SignalSource::kStrategy: return "STRATEGY";
    case SignalSource::kWebhook: return "WEBHOOK";
    case SignalSource::kManual: return "MANUAL";
  }
  return "?";
}

enum class SignalDecision : std::uint8_t { kPending, kAccepted, kRejected };
constexpr std::string_view to_string(SignalDecision decision) {
  switch (decision) {
    case SignalDecision::kPending: return "PENDING";
    case SignalDecision::kAccepted: return "ACCEPTED";
    case SignalDecision::kRejected: return "REJECTED";
  }
  return "?";
}

enum class ExecutionStatus : std::uint8_t {
  kPending,
  kFiltered,
  kIgnored,
  kExecuting,
  kExecuted,
  kFailed
};
constexpr std::string_view to_string(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::kPending: return "PENDING";
    case ExecutionStatus::kFiltered: return "FILTERED";
    case ExecutionStatus::kIgnored: return "IGNORED";
    case ExecutionStatus::kExecuting: return "EXECUTING";
    case ExecutionStatus::kExecuted: return "EXECUTED";
    case ExecutionStatus::kFailed: return "FAILED";
  }
  return "?";
}

// What has become of a signal, as an operator watches it: on its way, refused or passed over, at
// the exchange, or failed there.
constexpr std::array<std::string_view, 4> kSignalGroups{"PENDING", "FILTERED", "EXECUTED",
                                                        "FAILED"};
constexpr std::string_view group_of(ExecutionStatus status) {
  switch (status) {
    case ExecutionStatus::kPending:
    case ExecutionStatus::kExecuting: return kSignalGroups[0];
    case ExecutionStatus::kFiltered:
    case ExecutionStatus::kIgnored: return kSignalGroups[1];
    case ExecutionStatus::kExecuted: return kSignalGroups[2];
    case ExecutionStatus::kFailed: return kSignalGroups[3];
  }
  return "?";
}

// One condition of a strategy: what was measured, against what, and whether it held.
struct Condition {
  std::string name;  // "rsi(14) < 30"
  double value = 0;
  double threshold = 0;
  bool met = false;

  bool operator==(const Condition&) const = default;
};

// One gate's answer.
struct Verdict {
  std::string gate;                       // "data_freshness"
  ReasonCode reason = ReasonCode::kNone;  // kNone: passed
  std::string detail;                     // the numbers: "age 143 s, at most 120 s"; may be empty

  bool passed() const { return reason == ReasonCode::kNone; }
  bool operator==(const Verdict&) const = default;
};

inline Verdict refuse(std::string_view gate, ReasonCode reason, std::string detail) {
  return {std::string(gate), reason, std::move(detail)};
}

struct Signal {
  SignalId id;
  SignalSource source = SignalSource::kStrategy;
  BotId bot;
  Symbol symbol;
  Direction direction = Direction::kLong;
  Timeframe timeframe;
  Timestamp candle_close;  // close time of the candle that decided; webhooks: the alert's time
  Timestamp created_at;
  std::vector<Condition> conditions;
  double score = 0;  // 0..1
  Price entry;
  Price stop_loss;    // zero: none (CLOSE)
  Price take_profit;  // zero: none
  SignalDecision decision = SignalDecision::kPending;
  ReasonCode rejection_reason = ReasonCode::kNone;
  std::vector<Verdict> verdicts;  // validation and risk_checks: every gate asked, in order
  std::string market_context;     // JSON object: closing price, indicator values, data age, gaps
  // The execution side of an accepted signal follows its trade and is joined when it is read
  // (engine/execution/outcome.hpp); the stored row keeps what was true at the decision.
  ExecutionStatus execution_status = ExecutionStatus::kPending;
  ReasonCode execution_reason = ReasonCode::kNone;
  TradeId executed_trade_id;
  std::uint32_t execution_attempts = 0;
  // A delayed signal is decided and executed from then on, not before; "never": at once.
  Timestamp execution_scheduled_at;

  bool operator==(const Signal&) const = default;
};

// False: an alert that was not understood. Its record has a direction as every record has, and it
// means nothing.
constexpr bool has_direction(const Signal& signal) {
  return signal.rejection_reason != ReasonCode::kMalformedAlert;
}
// For people; "-" where there is none.
constexpr std::string_view direction_text(const Signal& signal) {
  return has_direction(signal) ? to_string(signal.direction) : "-";
}

}  // namespace botbox
