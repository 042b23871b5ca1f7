// The trace of a signal from outside that no bot was asked about.
#include "engine/execution/rejection.hpp"

#include <doctest/doctest.h>

#include "engine/decide.hpp"

namespace botbox {

TEST_CASE("a signal that nobody is asked about has a trace of its own, with its reason in words") {
  Signal signal;
  signal.id = {"s"};
  signal.bot = {"bot-1"};
  signal.created_at = {1'714'564'800'007};
  signal.decision = SignalDecision::kRejected;
  signal.rejection_reason = ReasonCode::kMalformedAlert;
  signal.market_context = R"({"body_bytes":3})";
  signal.verdicts = {refuse("webhook", ReasonCode::kMalformedAlert, "action is missing")};
  const DecisionTrace trace = rejection_trace(signal, signal.created_at + Duration{5});
  CHECK(trace.bot == signal.bot);
  CHECK(trace.signal == signal.id);
  CHECK(trace.candle_close == signal.created_at);
  CHECK(trace.checked_at == signal.created_at + Duration{5});
  CHECK(trace.stage == TraceStage::kChecked);
  CHECK(trace.decision == DecisionType::kSkipped);
  CHECK(trace.reason == ReasonCode::kMalformedAlert);
  CHECK(explain(trace) == "webhook: action is missing");
  CHECK(trace.context_json == signal.market_context);
  CHECK(trace.verdicts == signal.verdicts);
}

TEST_CASE("a signal that nobody decides is IGNORED, and its trace says why nobody did") {
  const std::pair<ReasonCode, std::string> rows[] = {
      {ReasonCode::kUnknownBot, "bot_status: the bot left the configuration before it decided"},
      {ReasonCode::kBotNotActive, "bot_status: the bot is in quarantine"}};
  for (const auto& [why, words] : rows) {
    Signal signal;
    reject_unheard(signal, why);
    CHECK(signal.decision == SignalDecision::kRejected);
    CHECK(signal.rejection_reason == why);
    CHECK(signal.execution_status == ExecutionStatus::kIgnored);
    CHECK(signal.execution_reason == why);
    const DecisionTrace trace = rejection_trace(signal, signal.created_at);
    CHECK(trace.reason == why);
    CHECK(explain(trace) == words);
  }
}

}  // namespace botbox
