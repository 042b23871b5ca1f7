#include "engine/execution/lifecycle.hpp"

#include <fmt/format.h>

#include "engine/short_text.hpp"

namespace botbox {
std::string_view to_string(TradeStep step) {
  switch (step) {
    case TradeStep::kDispatch: return "dispatch";
    case TradeStep::kNoAnswer: return "no answer";
    case TradeStep::kAccepted: return "accepted";
    case TradeStep::kCompleted: return "completed";
    case TradeStep::kFailed: return "failed";
    case TradeStep::kNotFound: return "not found";
    case TradeStep::kBlocked: return "blocked";
  }
  return "?";
}

Result<Trade> advance(Trade trade, TradeStep step, const TradeStepDetail& detail) {
  const std::optional<TradeStatus> next = next_status(trade.status, step);
  if (!next)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("a {} trade cannot take the step '{}'", to_string(trade.status),
                            to_string(step)),
                "trade " + trade.id.value);
  trade.status = *next;
  trade.updated_at = detail.at;
  if (!detail.order_id.empty()) trade.order_id = detail.order_id;
  if (step == TradeStep::kDispatch) ++trade.attempts;
  trade.outcome_unknown = step == TradeStep::kNoAnswer;
  // What was true of the step before ("outcome unknown") must not outlive it.
  trade.error_message = short_text(detail.message);
  trade.reason = detail.reason;
  return trade;
}

TradeStep step_for(const OrderReport& report) {
  if (!is_final(report.status)) return TradeStep::kAccepted;
  return report.filled.is_positive() ? TradeStep::kCompleted : TradeStep::kFailed;
}

IntentStatus intent_status(const Trade& trade) {
  switch (trade.status) {
    case TradeStatus::kPending:
    case TradeStatus::kExecuting: return IntentStatus::kPending;
    case TradeStatus::kCompleted: return IntentStatus::kOrderPlaced;
    case TradeStatus::kFailed:
      return trade.reason == ReasonCode::kOrderBlockedLiveTrading
                 ? IntentStatus::kOrderBlockedLiveTrading
                 : IntentStatus::kOrderFailed;
  }
  return IntentStatus::kPending;
}

OrderIntent intent_of(const Trade& trade) {
  return {.key = trade.intent,
          .signal = trade.signal,
          .bot = trade.bot,
          .symbol = trade.symbol,
          .side = trade.side,
          .status = intent_status(trade),
          .order_id = trade.order_id,
          .error_message = trade.error_message,
          .created_at = trade.created_at,
          .updated_at = trade.updated_at};
}

}  // namespace botbox
