// DecisionTrace: why a bot did, or did not, trade on a candle. Also written when no signal arose.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/reason_code.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class TraceStage : std::uint8_t {
  kChecked,  // looked, no signal sent
  kSignalSent,
  kOrderRequested,
  kOrderPlaced,
  kOrderFailed,
  kDedupSkipped
};
constexpr std::string_view to_string(TraceStage stage) {
  switch (stage) {
    case TraceStage::kChecked: return "CHECKED";
    case TraceStage::kSignalSent: return "SIGNAL_SENT";
    case TraceStage::kOrderRequested: return "ORDER_REQUESTED";
    case TraceStage::kOrderPlaced: return "ORDER_PLACED";
    case TraceStage::kOrderFailed: return "ORDER_FAILED";
    case TraceStage::kDedupSkipped: return "DEDUP_SKIPPED";
  }
  return "?";
}

enum class DecisionType : std::uint8_t { kSkipped, kFailed, kExecuted, kPending };
constexpr std::string_view to_string(DecisionType type) {
  switch (type) {
    case DecisionType::kSkipped: return "SKIPPED";
    case DecisionType::kFailed: return "FAILED";
    case DecisionType::kExecuted: return "EXECUTED";
    case DecisionType::kPending: return "PENDING";
  }
  return "?";
}

// One row per (bot, candle), of the check that decided on it. A check that failed leaves one too
// (kCheckFailed), until a later check of the same candle decides. What became of the order stands
// in its trade and is joined when the trace is read (engine/execution/outcome.hpp), so that no
// second copy of it can disagree.
struct DecisionTrace {
  BotId bot;
  Timestamp candle_close;
  Timestamp checked_at;
  SignalId signal;  // empty: no signal arose
  TradeId trade;    // empty: no order was requested; else its row tells the rest of the story
  TraceStage stage = TraceStage::kChecked;
  DecisionType decision = DecisionType::kSkipped;
  ReasonCode reason = ReasonCode::kNoSignal;
  std::string reason_message;          // for a person
  std::string context_json;            // indicator values, price, numbers behind the reason
  std::string exchange_error_snippet;  // redacted, at most 200 characters
  std::vector<Condition> conditions;
  std::vector<Verdict> verdicts;

  bool operator==(const DecisionTrace&) const = default;
};

}  // namespace botbox
