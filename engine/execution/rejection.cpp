#include "engine/execution/rejection.hpp"

#include <fmt/format.h>

namespace botbox {

void reject_unheard(Signal& signal, ReasonCode why) {
  signal.decision = SignalDecision::kRejected;
  signal.execution_status = ExecutionStatus::kIgnored;
  signal.rejection_reason = signal.execution_reason = why;
  signal.verdicts.push_back(refuse("bot_status", why,
                                   why == ReasonCode::kUnknownBot
                                       ? "the bot left the configuration before it decided"
                                       : "the bot is in quarantine"));
}

DecisionTrace rejection_trace(const Signal& rejected, Timestamp at) {
  DecisionTrace trace;
  trace.bot = rejected.bot;
  trace.candle_close = rejected.created_at;
  trace.checked_at = at;
  trace.signal = rejected.id;
  trace.reason = rejected.rejection_reason;
  if (!rejected.verdicts.empty())
    trace.reason_message =
        fmt::format("{}: {}", rejected.verdicts.back().gate, rejected.verdicts.back().detail);
  trace.context_json = rejected.market_context;
  trace.verdicts = rejected.verdicts;
  return trace;
}

}  // namespace botbox
