#include "engine/execution/outcome.hpp"

#include <doctest/doctest.h>

#include "engine/execution/lifecycle.hpp"
#include "tests/support/builders.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

Signal accepted_signal() {
  Signal signal;
  signal.decision = SignalDecision::kAccepted;
  signal.executed_trade_id = {"entry"};
  return signal;
}

DecisionTrace requested_trace() {
  DecisionTrace trace;
  trace.trade = {"entry"};
  trace.stage = TraceStage::kOrderRequested;
  trace.decision = DecisionType::kPending;
  trace.reason = ReasonCode::kNone;
  return trace;
}

Trade taking(Trade trade, TradeStep step, ReasonCode reason, std::string message) {
  return *advance(
      std::move(trade), step,
      {.at = opens(5), .order_id = {"o-1"}, .reason = reason, .message = std::move(message)});
}

}  // namespace

TEST_CASE("without a trade, signal and trace stand as they were written") {
  CHECK(with_outcome(accepted_signal(), std::nullopt) == accepted_signal());
  CHECK(with_outcome(requested_trace(), std::nullopt) == requested_trace());
}

TEST_CASE("a signal follows its trade") {
  struct Row {
    Trade trade;
    ExecutionStatus status;
    ReasonCode reason;
    std::uint32_t attempts;
  };
  const Trade executing = a_trade();
  for (const Row& row :
       {Row{a_trade({.status = TradeStatus::kPending}), ExecutionStatus::kPending,
            ReasonCode::kNone, 0},
        Row{executing, ExecutionStatus::kExecuting, ReasonCode::kNone, 1},
        Row{taking(executing, TradeStep::kNoAnswer, ReasonCode::kOutcomeUnknown, "timeout"),
            ExecutionStatus::kExecuting, ReasonCode::kOutcomeUnknown, 1},
        Row{taking(executing, TradeStep::kCompleted, ReasonCode::kExecOrderPlaced, ""),
            ExecutionStatus::kExecuted, ReasonCode::kExecOrderPlaced, 1},
        Row{taking(executing, TradeStep::kFailed, ReasonCode::kExchangeRejected, "no"),
            ExecutionStatus::kFailed, ReasonCode::kExchangeRejected, 1}}) {
    const Signal joined = with_outcome(accepted_signal(), row.trade);
    CHECK(to_string(joined.execution_status) == to_string(row.status));
    CHECK(to_string(joined.execution_reason) == to_string(row.reason));
    CHECK(joined.execution_attempts == row.attempts);
  }
}

TEST_CASE("an order found after an unknown outcome leaves no doubt on its signal") {
  const Trade unknown =
      taking(a_trade(), TradeStep::kNoAnswer, ReasonCode::kOutcomeUnknown, "timeout");
  const Trade found = taking(unknown, TradeStep::kAccepted, ReasonCode::kNone, "");
  CHECK(with_outcome(accepted_signal(), found).execution_reason == ReasonCode::kNone);
  CHECK(with_outcome(requested_trace(), found) == requested_trace());
}

TEST_CASE("the event of a trade's step says where its signal and its intent stand since") {
  const auto standing = [](const Trade& trade) { return with_standing("", trade); };
  const Trade executing = a_trade();
  const std::string signal = "signal signal-of-entry ";
  CHECK(standing(a_trade({.status = TradeStatus::kPending})) == signal + "PENDING, intent PENDING");
  CHECK(standing(executing) == signal + "EXECUTING, intent PENDING");
  CHECK(standing(taking(executing, TradeStep::kNoAnswer, ReasonCode::kOutcomeUnknown, "")) ==
        signal + "EXECUTING, intent PENDING");
  CHECK(standing(taking(executing, TradeStep::kCompleted, ReasonCode::kExecOrderPlaced, "")) ==
        signal + "EXECUTED, intent ORDER_PLACED");
  CHECK(standing(taking(executing, TradeStep::kFailed, ReasonCode::kExchangeRejected, "no")) ==
        signal + "FAILED, intent ORDER_FAILED");
  const Trade blocked = taking(a_trade({.status = TradeStatus::kPending}), TradeStep::kBlocked,
                               ReasonCode::kOrderBlockedLiveTrading, "");
  CHECK(standing(blocked) == signal + "FAILED, intent ORDER_BLOCKED_LIVE_TRADING");
  CHECK(with_standing("attempt 1", executing) ==
        "attempt 1; " + signal + "EXECUTING, intent PENDING");
}

TEST_CASE("a trace tells what became of the order") {
  const Trade executing = a_trade();
  CHECK(with_outcome(requested_trace(), a_trade({.status = TradeStatus::kPending})) ==
        requested_trace());
  CHECK(with_outcome(requested_trace(), executing) == requested_trace());

  const DecisionTrace unknown =
      with_outcome(requested_trace(),
                   taking(executing, TradeStep::kNoAnswer, ReasonCode::kOutcomeUnknown, "timeout"));
  CHECK(unknown.stage == TraceStage::kOrderRequested);
  CHECK(unknown.decision == DecisionType::kPending);
  CHECK(unknown.reason == ReasonCode::kOutcomeUnknown);
  CHECK(unknown.exchange_error_snippet == "timeout");

  const DecisionTrace placed =
      with_outcome(requested_trace(),
                   taking(executing, TradeStep::kCompleted, ReasonCode::kExecOrderPlaced, "fine"));
  CHECK(placed.stage == TraceStage::kOrderPlaced);
  CHECK(placed.decision == DecisionType::kExecuted);
  CHECK(placed.reason == ReasonCode::kExecOrderPlaced);
  CHECK(placed.reason_message == "order o-1 placed");
  CHECK(placed.exchange_error_snippet.empty());

  const DecisionTrace failed = with_outcome(
      requested_trace(),
      taking(executing, TradeStep::kFailed, ReasonCode::kExchangeRejected, "no margin"));
  CHECK(failed.stage == TraceStage::kOrderFailed);
  CHECK(failed.decision == DecisionType::kFailed);
  CHECK(failed.reason == ReasonCode::kExchangeRejected);
  CHECK(failed.reason_message == "the exchange refused the order: no margin");
  CHECK(failed.exchange_error_snippet == "no margin");
}

TEST_CASE("the words of a failed order are bounded, and nothing secret is in them") {
  const auto told = [](ReasonCode reason, std::string message) {
    return with_outcome(requested_trace(),
                        taking(a_trade(), TradeStep::kFailed, reason, std::move(message)));
  };
  CHECK(told(ReasonCode::kExchangeRejected, "").reason_message == "the exchange refused the order");
  CHECK(told(ReasonCode::kOrderNotSent, "no room").reason_message ==
        "the order was not sent: no room");
  CHECK(told(ReasonCode::kCancelledByOperator, "cancelled by cli:alice").reason_message ==
        "an operator cancelled the order: cancelled by cli:alice");
  const DecisionTrace leaking = told(ReasonCode::kExchangeRejected, "token=abc is not valid");
  CHECK(leaking.reason_message == "the exchange refused the order: token=*** is not valid");
  CHECK(leaking.exchange_error_snippet == "token=*** is not valid");
  const DecisionTrace endless = told(ReasonCode::kExchangeRejected, std::string(300, '.'));
  CHECK(endless.reason_message == "the exchange refused the order: " + std::string(200, '.'));
}
