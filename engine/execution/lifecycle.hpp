// The life of a trade as a transition table. Transport errors never move a trade to a final state;
// only the exchange's definite word, or a refusal before anything was sent, does.
//
//   PENDING ──dispatch──► EXECUTING ──filled──► COMPLETED
//      │ block               │ ▲ └──rejected, cancelled empty──► FAILED
//      └────────► FAILED     │ │
//                            │ └─ not found, asked by client order id: send again, same id
//                            └─── no answer: stays EXECUTING, outcome_unknown, ask by client order id
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/model/order.hpp"
#include "engine/model/trade.hpp"
#include "engine/result.hpp"

namespace botbox {

enum class TradeStep : std::uint8_t {
  kDispatch,   // the row is about to be sent; attempts + 1
  kNoAnswer,   // sent, nothing definite came back
  kAccepted,   // the exchange knows the order; it is not final
  kCompleted,  // final with a filled quantity
  kFailed,     // final without any fill
  kNotFound,   // asked by client order id: definitely not there, may be sent again
  kBlocked,    // refused by the operator's switches before it was sent
};
std::string_view to_string(TradeStep step);

// The state after `step`, or empty when the table has no such arrow.
constexpr std::optional<TradeStatus> next_status(TradeStatus from, TradeStep step) {
  switch (from) {
    case TradeStatus::kPending:
      if (step == TradeStep::kDispatch) return TradeStatus::kExecuting;
      if (step == TradeStep::kBlocked) return TradeStatus::kFailed;
      return std::nullopt;
    case TradeStatus::kExecuting:
      if (step == TradeStep::kCompleted) return TradeStatus::kCompleted;
      if (step == TradeStep::kFailed || step == TradeStep::kBlocked) return TradeStatus::kFailed;
      return TradeStatus::kExecuting;
    case TradeStatus::kCompleted:
    case TradeStatus::kFailed: return std::nullopt;
  }
  return std::nullopt;
}

struct TradeStepDetail {
  Timestamp at;
  OrderId order_id;                       // empty: keep what is known
  ReasonCode reason = ReasonCode::kNone;  // of a final state, or of the doubt
  std::string message;                    // the exchange's words, cut to 200 bytes of UTF-8
};

// Error kInvalidInput for an arrow that the table does not have; the trade is then unchanged.
Result<Trade> advance(Trade trade, TradeStep step, const TradeStepDetail& detail);

// What a report of the exchange means for the trade that sent the order.
TradeStep step_for(const OrderReport& report);

// The intent's row as its trade says it is.
OrderIntent intent_of(const Trade& trade);
IntentStatus intent_status(const Trade& trade);

}  // namespace botbox
