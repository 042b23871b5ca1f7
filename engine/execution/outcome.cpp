#include "engine/execution/outcome.hpp"

#include <fmt/format.h>

#include "engine/execution/lifecycle.hpp"
#include "engine/notify/redact.hpp"
#include "engine/short_text.hpp"

namespace botbox {
namespace {

// Why an order came to nothing, for a person.
std::string_view words_of_failure(ReasonCode reason) {
  switch (reason) {
    case ReasonCode::kExchangeRejected: return "the exchange refused the order";
    case ReasonCode::kOrderNotSent: return "the order was not sent";
    case ReasonCode::kClosedMeanwhile: return "its position was closed before the order arrived";
    case ReasonCode::kNothingToClose: return "there was nothing to close";
    case ReasonCode::kCancelledByOperator: return "an operator cancelled the order";
    case ReasonCode::kEngineHalted: return "the engine was halted before the order was sent";
    case ReasonCode::kEngineReducing: return "the engine was paused before the order was sent";
    case ReasonCode::kReconciliationPending:
      return "the account differed from the records, so the order was not sent";
    case ReasonCode::kOrderBlockedLiveTrading:
      return "live trading was switched off before the order was sent";
    default: return to_string(reason);
  }
}

// The words of others, without what looks like a secret.
std::string snippet(const Trade& trade) { return short_text(redacted(trade.error_message)); }

std::string failure_message(const Trade& trade) {
  const std::string said = snippet(trade);
  return fmt::format("{}{}{}", words_of_failure(trade.reason), said.empty() ? "" : ": ", said);
}

ExecutionStatus execution_status(const Trade& trade) {
  switch (trade.status) {
    case TradeStatus::kPending: return ExecutionStatus::kPending;
    case TradeStatus::kExecuting: return ExecutionStatus::kExecuting;
    case TradeStatus::kCompleted: return ExecutionStatus::kExecuted;
    case TradeStatus::kFailed: return ExecutionStatus::kFailed;
  }
  return ExecutionStatus::kPending;
}

}  // namespace

std::string with_standing(std::string text, const Trade& trade) {
  if (!text.empty()) text += "; ";
  return text + fmt::format("signal {} {}, intent {}", trade.signal.value,
                            to_string(execution_status(trade)), to_string(intent_status(trade)));
}

Signal with_outcome(Signal signal, const std::optional<Trade>& trade) {
  if (!trade) return signal;
  signal.execution_attempts = trade->attempts;
  signal.execution_status = execution_status(*trade);
  if (trade->reason != ReasonCode::kNone) signal.execution_reason = trade->reason;
  return signal;
}

DecisionTrace with_outcome(DecisionTrace trace, const std::optional<Trade>& trade) {
  if (!trade) return trace;
  switch (trade->status) {
    case TradeStatus::kPending: return trace;
    case TradeStatus::kExecuting:
      if (!trade->outcome_unknown) return trace;
      trace.reason = ReasonCode::kOutcomeUnknown;
      trace.reason_message = "sent, no definite answer yet; asking by client order id";
      break;
    case TradeStatus::kCompleted:
      trace.stage = TraceStage::kOrderPlaced;
      trace.decision = DecisionType::kExecuted;
      trace.reason = ReasonCode::kExecOrderPlaced;
      trace.reason_message = fmt::format("order {} placed", trade->order_id.value);
      return trace;
    case TradeStatus::kFailed:
      trace.stage = TraceStage::kOrderFailed;
      trace.decision = DecisionType::kFailed;
      trace.reason = trade->reason;
      trace.reason_message = failure_message(*trade);
      break;
  }
  trace.exchange_error_snippet = snippet(*trade);
  return trace;
}

}  // namespace botbox
