#include "engine/decide.hpp"

#include <algorithm>

#include "engine/decide_parts.hpp"

namespace botbox {

std::string_view to_string(CheckOutcome outcome) {
  switch (outcome) {
    case CheckOutcome::kNotACheck: return "NOT_A_CHECK";
    case CheckOutcome::kNoNewCandle: return "NO_NEW_CANDLE";
    case CheckOutcome::kWaitsForLonger: return "WAITS_FOR_LONGER_CANDLE";
    case CheckOutcome::kWarmingUp: return "WARMING_UP";
    case CheckOutcome::kNoSignal: return "NO_SIGNAL";
    case CheckOutcome::kRefused: return "REFUSED";
    case CheckOutcome::kAccepted: return "ACCEPTED";
    case CheckOutcome::kBlocked: return "BLOCKED";
    case CheckOutcome::kDuplicate: return "DUPLICATE";
  }
  return "?";
}

bool is_busy(const BotSnapshot& snapshot, const PositionId& position) {
  return std::any_of(snapshot.pending.begin(), snapshot.pending.end(),
                     [&](const PendingTrade& p) { return p.position == position; });
}

std::string size_text(const Trade& trade) {
  return trade.quantity.is_zero() ? "all that its entry buys" : to_string(trade.quantity);
}

Event event_for(const DecisionContext& context, std::string kind, std::string subject,
                std::string detail) {
  return {.sequence = 0,
          .at = context.now,
          .kind = std::move(kind),
          .bot = context.config.id,
          .subject = std::move(subject),
          .detail = std::move(detail),
          .actor = "engine"};
}

Decision decide_status(const BotSnapshot& snapshot, const StatusChanged& event,
                       const DecisionContext& context) {
  Decision decision;
  decision.turn.next = snapshot;
  // Nobody would look after what an archived bot holds.
  const bool stays = event.to == BotStatus::kArchived && holds_something(snapshot);
  const BotStatus to = stays ? BotStatus::kPaused : event.to;
  if (snapshot.status == to) return decision;
  ++decision.turn.next.turn;
  decision.turn.next.status = to;
  decision.turn.next.status_reason = event.reason;
  Event changed = event_for(
      context, "bot.status", context.config.id.value,
      fmt::format("{} -> {}: {}", to_string(snapshot.status), to_string(to), event.reason));
  changed.actor = event.by;
  decision.turn.effects.events.push_back(std::move(changed));
  return decision;
}

// Also a lock that has ended by itself is taken away, so that a list shows what is in force.
Decision decide_lift(const BotSnapshot& snapshot, const LockLifted& event,
                     const DecisionContext& context) {
  Decision decision;
  Turn& turn = decision.turn;
  turn.next = snapshot;
  if (turn.next.risk.empty()) return decision;
  std::erase_if(turn.next.risk.front().locks, [&](const RiskLock& lock) {
    if (event.reason != ReasonCode::kNone && event.reason != lock.reason) return false;
    Event lifted = event_for(context, "risk.lifted", context.config.id.value,
                             fmt::format("{} until {}: {}", to_string(lock.reason),
                                         to_iso8601(lock.until), lock.detail));
    lifted.actor = event.by;
    turn.effects.events.push_back(std::move(lifted));
    return true;
  });
  if (!turn.effects.events.empty()) ++turn.next.turn;
  return decision;
}

Result<Decision> decide(const BotSnapshot& snapshot, const BotEvent& event,
                        const DecisionContext& context) {
  if (const auto* check = std::get_if<CheckDue>(&event))
    return decide_check(snapshot, *check, context);
  if (const auto* report = std::get_if<OrderReported>(&event))
    return decide_report(snapshot, *report, context);
  if (const auto* lifted = std::get_if<LockLifted>(&event))
    return decide_lift(snapshot, *lifted, context);
  if (const auto* reduction = std::get_if<ReductionAdopted>(&event))
    return decide_reduction(snapshot, *reduction, context);
  if (const auto* adopted = std::get_if<PositionAdopted>(&event))
    return decide_adoption(snapshot, *adopted, context);
  if (const auto* close = std::get_if<CloseRequested>(&event))
    return decide_close(snapshot, *close, context);
  if (const auto* passed = std::get_if<StopPassed>(&event))
    return decide_stop_passed(snapshot, *passed, context);
  if (const auto* received = std::get_if<SignalReceived>(&event))
    return decide_signal(snapshot, *received, context);
  return decide_status(snapshot, std::get<StatusChanged>(event), context);
}

}  // namespace botbox
