#include "engine/execution/outcome.hpp"

#include <fmt/format.h>

namespace botbox {

Signal with_outcome(Signal signal, const std::optional<Trade>& trade) {
  if (!trade) return signal;
  signal.execution_attempts = trade->attempts;
  switch (trade->status) {
    case TradeStatus::kPending: signal.execution_status = ExecutionStatus::kPending; break;
    case TradeStatus::kExecuting: signal.execution_status = ExecutionStatus::kExecuting; break;
    case TradeStatus::kCompleted: signal.execution_status = ExecutionStatus::kExecuted; break;
    case TradeStatus::kFailed: signal.execution_status = ExecutionStatus::kFailed; break;
  }
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
      trace.reason_message = fmt::format("order failed: {}", to_string(trade->reason));
      break;
  }
  trace.exchange_error_snippet = trade->error_message;
  return trace;
}

}  // namespace botbox
