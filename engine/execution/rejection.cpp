#include "engine/execution/rejection.hpp"

#include <fmt/format.h>

namespace botbox {

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
  else if (rejected.rejection_reason == ReasonCode::kUnknownBot)
    trace.reason_message = "the bot left the configuration before it decided";
  trace.context_json = rejected.market_context;
  trace.verdicts = rejected.verdicts;
  return trace;
}

}  // namespace botbox
