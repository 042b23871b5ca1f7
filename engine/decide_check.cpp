// The turn of a check: market view, strategy, gates, and the records of the decision.
#include <fmt/format.h>

#include <algorithm>

#include "engine/decide.hpp"
#include "engine/decide_parts.hpp"
#include "engine/execution/identity.hpp"
#include "engine/risk/plan_step.hpp"
#include "engine/schedule.hpp"
#include "engine/short_text.hpp"

namespace botbox {
namespace {

const Position* open_position(const BotSnapshot& snapshot, const Symbol& symbol) {
  for (const Position& position : snapshot.open_positions)
    if (position.symbol == symbol) return &position;
  return nullptr;
}

// The parts of a check that its helpers pass on.
struct Check {
  const BotSnapshot& snapshot;
  const CheckDue& event;
  const DecisionContext& context;
  const MarketView& market;
  const Evaluation& evaluation;
  const PlanStep& plan;
};

std::vector<Condition> all_conditions(const Check& check) {
  std::vector<Condition> all = check.plan.conditions;
  all.insert(all.end(), check.evaluation.conditions.begin(), check.evaluation.conditions.end());
  return all;
}

BotSnapshot after_check(const BotSnapshot& snapshot, const CheckDue& event,
                        const DecisionContext& context) {
  BotSnapshot next = snapshot;
  ++next.turn;
  ++next.checks;
  next.last_check_at = context.now;
  next.failed_attempts = 0;
  if (!event.due_at.is_never())
    next.next_check_at = next_regular_due(event.due_at, context.config.check_interval, context.now);
  return next;
}

DecisionTrace base_trace(const Check& check) {
  DecisionTrace trace;
  trace.bot = check.context.config.id;
  trace.candle_close = check.market.last_close();
  trace.checked_at = check.context.now;
  trace.conditions = all_conditions(check);
  trace.context_json =
      market_context(check.market, &check.evaluation, check.context.now, check.plan.reason);
  return trace;
}

Signal base_signal(const Check& check, const Candidate& candidate) {
  const BotConfig& config = check.context.config;
  Signal signal;
  signal.id = signal_id({.bot = config.id,
                         .settings_version = check.snapshot.settings_version,
                         .symbol = config.symbol,
                         .timeframe = config.timeframe,
                         .candle_close = candidate.candle_close,
                         .direction = candidate.direction,
                         .leg = candidate.level});
  signal.source = candidate.source;
  signal.bot = config.id;
  signal.symbol = config.symbol;
  signal.direction = candidate.direction;
  signal.timeframe = config.timeframe;
  signal.candle_close = candidate.candle_close;
  signal.created_at = check.context.now;
  signal.conditions = candidate.conditions;
  signal.score = candidate.score;
  signal.entry = candidate.entry;
  signal.market_context =
      market_context(check.market, &check.evaluation, check.context.now, check.plan.reason);
  return signal;
}

Decision without_signal(BotSnapshot next, const Check& check) {
  Decision decision;
  decision.turn.next = std::move(next);
  decision.turn.outcome =
      check.evaluation.warm ? CheckOutcome::kNoSignal : CheckOutcome::kWarmingUp;
  DecisionTrace trace = base_trace(check);
  trace.reason = check.evaluation.warm ? ReasonCode::kNoSignal : ReasonCode::kWarmingUp;
  decision.turn.effects.trace = std::move(trace);
  return decision;
}

// The plan's word goes before the strategy's.
std::optional<Candidate> candidate_of(const Check& check) {
  const std::optional<Proposal>& proposal = check.evaluation.proposal;
  const PlanStep& plan = check.plan;
  if (plan.reason == ReasonCode::kNone && !proposal) return std::nullopt;
  Candidate candidate;
  candidate.candle_close = check.market.last_close();
  candidate.emitted_at = check.context.now;
  candidate.entry = check.market.last_candle().close;
  candidate.conditions = all_conditions(check);
  candidate.direction = plan.reason == ReasonCode::kNone ? proposal->direction : plan.direction;
  candidate.score = proposal ? proposal->score : 1.0;
  candidate.reason = plan.reason;
  candidate.part = plan.part;
  candidate.adds_to = plan.adds_to;
  candidate.level = plan.level;
  candidate.stake = plan.stake;
  return candidate;
}

}  // namespace

Decision decide_check(const BotSnapshot& snapshot, const CheckDue& event,
                      const DecisionContext& context) {
  BotSnapshot next = after_check(snapshot, event, context);
  const MarketView& market = *event.market;
  // One decision per candle: a later check of the same candle has nothing new to say.
  if (market.last_close() <= snapshot.last_candle_close) {
    Decision decision;
    decision.turn = {.next = std::move(next),
                     .effects = {},
                     .outcome = CheckOutcome::kNoNewCandle,
                     .reason = ReasonCode::kNone};
    return decision;
  }
  next.last_candle_close = market.last_close();
  const Position* open = open_position(snapshot, context.config.symbol);
  const Evaluation evaluation = context.strategy.evaluate(market, context.config, open);
  const PlanStep plan =
      step_plan(next, open, market, snapshot.last_candle_close, evaluation, context.config);
  const Check check{snapshot, event, context, market, evaluation, plan};
  const std::optional<Candidate> candidate = candidate_of(check);
  if (!candidate) return without_signal(std::move(next), check);

  ++next.signals;
  return decide_candidate(snapshot, context,
                          {.next = std::move(next),
                           .signal = base_signal(check, *candidate),
                           .trace = base_trace(check),
                           .market = &market,
                           .plan = plan,
                           .claim_refused = event.claim_refused},
                          *candidate);
}

std::optional<DecisionTrace> failed_trace(const BotSnapshot& snapshot, const CheckDue& event,
                                          const DecisionContext& context, const Error& error) {
  if (event.market->last_close() <= snapshot.last_candle_close) return std::nullopt;
  DecisionTrace trace;
  trace.bot = context.config.id;
  trace.candle_close = event.market->last_close();
  trace.checked_at = context.now;
  trace.decision = DecisionType::kFailed;
  trace.reason = ReasonCode::kCheckFailed;
  trace.reason_message = "the check failed: " + short_text(to_string(error));
  return trace;
}

std::string explain(const DecisionTrace& trace) {
  if (!trace.reason_message.empty()) return trace.reason_message;
  if (trace.reason == ReasonCode::kWarmingUp) return "too few candles for the indicators yet";
  std::string unmet;
  for (const Condition& condition : trace.conditions) {
    if (condition.met) continue;
    if (!unmet.empty()) unmet += "; ";
    unmet += fmt::format("{} does not hold: {:.6g} against {:.6g}", condition.name, condition.value,
                         condition.threshold);
  }
  if (trace.reason == ReasonCode::kNoSignal) return unmet.empty() ? "no rule fired" : unmet;
  if (trace.decision == DecisionType::kPending) return "order requested";
  return std::string(to_string(trace.reason));
}

}  // namespace botbox
