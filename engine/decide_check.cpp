// The turn of a check: market view, strategy, gates, and the records of the decision.
#include <fmt/format.h>

#include <algorithm>

#include "engine/decide.hpp"
#include "engine/decide_parts.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/lifecycle.hpp"
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

std::string market_context(const MarketView& market, const Evaluation& evaluation, Timestamp now,
                           ReasonCode plan) {
  std::string json =
      fmt::format(R"({{"close":"{}","data_age_ms":{},"gaps":{})",
                  to_string(market.last_candle().close), market.age(now).count(), market.gaps);
  for (const Measurement& m : evaluation.measurements)
    json += fmt::format(R"(,"{}":{:.10g})", m.name, m.value);
  // The conditions say with which numbers.
  if (plan != ReasonCode::kNone) json += fmt::format(R"(,"plan":"{}")", to_string(plan));
  json += '}';
  return json;
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

DecisionTrace empty_trace(const Check& check) {
  DecisionTrace trace;
  trace.bot = check.context.config.id;
  trace.candle_close = check.market.last_close();
  trace.checked_at = check.context.now;
  return trace;
}

// Of a candle on which no signal arose.
DecisionTrace trace_of(const Check& check) {
  DecisionTrace trace = empty_trace(check);
  trace.conditions = all_conditions(check);
  trace.context_json =
      market_context(check.market, check.evaluation, check.context.now, check.plan.reason);
  return trace;
}

DecisionTrace trace_of(const Check& check, const Signal& signal) {
  DecisionTrace trace = empty_trace(check);
  trace.conditions = signal.conditions;
  trace.context_json = signal.market_context;
  trace.signal = signal.id;
  trace.verdicts = signal.verdicts;
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
      market_context(check.market, check.evaluation, check.context.now, check.plan.reason);
  return signal;
}

// IGNORED: the signal came at a time when nobody listened. FILTERED: somebody listened and said no.
bool is_ignored(ReasonCode reason) {
  return reason == ReasonCode::kBotNotActive || reason == ReasonCode::kSignalExpired;
}

// A gate refused: the signal is kept with its reason, nothing else happens.
Turn refused(BotSnapshot next, const Check& check, Signal signal) {
  const Verdict& last = signal.verdicts.back();
  signal.decision = SignalDecision::kRejected;
  signal.rejection_reason = last.reason;
  signal.execution_status =
      is_ignored(last.reason) ? ExecutionStatus::kIgnored : ExecutionStatus::kFiltered;
  signal.execution_reason = last.reason;
  Turn turn{.next = std::move(next),
            .effects = {},
            .outcome = CheckOutcome::kRefused,
            .reason = last.reason};
  DecisionTrace trace = trace_of(check, signal);
  trace.reason = last.reason;
  trace.reason_message = fmt::format("{}: {}", last.gate, last.detail);
  turn.effects.events.push_back(event_for(check.context, "signal.rejected", signal.id.value,
                                          std::string(to_string(last.reason))));
  turn.effects.trace = std::move(trace);
  turn.effects.signal = std::move(signal);
  return turn;
}

Trade trade_for(const Check& check, const Approved<SizedOrder>& order, const Signal& signal,
                const IdempotencyKey& key) {
  const auto client_id = [&](OrderLeg leg) {
    return client_order_id(check.context.installation, key, leg);
  };
  const bool closes = order->candidate.direction == Direction::kClose;
  Trade trade;
  trade.client_order_id = client_id(closes ? OrderLeg::kClose : OrderLeg::kEntry);
  trade.id = {trade.client_order_id.value};
  trade.bot = check.context.config.id;
  trade.signal = signal.id;
  trade.intent = key;
  trade.symbol = check.context.config.symbol;
  trade.direction = order->candidate.direction;
  trade.side = order->side;
  const bool adds = !order->candidate.adds_to.empty();
  trade.position = closes ? order->closes
                   : adds ? order->candidate.adds_to
                          : PositionId{trade.id.value};
  trade.quantity = order->quantity;
  trade.entry = order->candidate.entry;
  trade.stop_loss = order->stop_loss;
  trade.take_profit = order->take_profit;
  trade.reserved = order->reserved;
  // What is added is covered by the protective orders of its position.
  if (!closes && !adds) trade.stop_client_id = client_id(OrderLeg::kStopLoss);
  if (!order->take_profit.is_zero()) trade.take_profit_client_id = client_id(OrderLeg::kTakeProfit);
  trade.created_at = check.context.now;
  trade.updated_at = check.context.now;
  return trade;
}

// The claim was refused: the order of an earlier decision stands, and this signal adds none to it.
Turn duplicate(BotSnapshot next, const Check& check, Signal signal, Trade trade) {
  const ReasonCode reason = check.event.claim_refused;
  const bool is_twin = reason == ReasonCode::kIdempotencyBlocked;
  signal.decision = SignalDecision::kRejected;
  signal.rejection_reason = reason;
  signal.execution_status = ExecutionStatus::kIgnored;
  signal.execution_reason = reason;
  Turn turn{.next = std::move(next),
            .effects = {},
            .outcome = CheckOutcome::kDuplicate,
            .reason = reason};
  DecisionTrace trace = trace_of(check, signal);
  // A twin has the same ids, so its order, if there was one, is the one of this candle too.
  if (is_twin) trace.trade = std::move(trade.id);
  trace.stage = TraceStage::kDedupSkipped;
  trace.reason = reason;
  trace.reason_message =
      is_twin ? fmt::format("signal {} was decided before; its intent and what came of it stand",
                            signal.id.value)
              : fmt::format("a {} trade of {} waits in the queue already; it stands",
                            to_string(signal.direction), signal.symbol.value);
  turn.effects.events.push_back(event_for(check.context,
                                          is_twin ? "intent.dedup_skipped" : "trade.dedup_skipped",
                                          signal.id.value, trace.reason_message));
  turn.effects.trace = std::move(trace);
  turn.effects.signal = std::move(signal);
  return turn;
}

std::string accepted_as(Direction direction, ReasonCode plan) {
  std::string text(to_string(direction));
  if (plan != ReasonCode::kNone) text += fmt::format(", {}", to_string(plan));
  return text;
}

void record_acceptance(Turn& turn, const Check& check, Signal signal, Trade trade) {
  const DecisionContext& context = check.context;
  DecisionTrace trace = trace_of(check, signal);
  OrderIntent intent = intent_of(trade);
  turn.effects.events.push_back(event_for(context, "signal.accepted", signal.id.value,
                                          accepted_as(signal.direction, check.plan.reason)));
  if (context.engine.live_trading) {
    trace.stage = TraceStage::kOrderRequested;
    trace.decision = DecisionType::kPending;
    trace.reason = ReasonCode::kNone;
    trace.trade = trade.id;
    signal.executed_trade_id = trade.id;
    turn.outcome = CheckOutcome::kAccepted;
    turn.next.last_trade_at = context.now;
    turn.next.pending.push_back({.id = trade.id,
                                 .direction = trade.direction,
                                 .position = trade.position,
                                 .reserved = trade.reserved,
                                 .stop_client_id = trade.stop_client_id,
                                 .take_profit_client_id = trade.take_profit_client_id,
                                 .closed = {},
                                 .reason = check.plan.reason});
    note_accepted(turn.next, check.plan);
    turn.effects.events.push_back(event_for(context, "intent.pending", intent.key.value, {}));
    turn.effects.events.push_back(
        event_for(context, "trade.pending", trade.id.value, to_string(trade.quantity)));
    turn.effects.trade = std::move(trade);
  } else {
    trace.stage = TraceStage::kSignalSent;
    trace.reason = ReasonCode::kOrderBlockedLiveTrading;
    trace.reason_message = "live trading is off";
    intent.status = IntentStatus::kOrderBlockedLiveTrading;
    signal.execution_status = ExecutionStatus::kFailed;
    signal.execution_reason = ReasonCode::kOrderBlockedLiveTrading;
    turn.outcome = CheckOutcome::kBlocked;
    turn.reason = ReasonCode::kOrderBlockedLiveTrading;
    turn.effects.events.push_back(event_for(context, "intent.blocked", intent.key.value, {}));
  }
  turn.effects.intent = std::move(intent);
  turn.effects.trace = std::move(trace);
  turn.effects.signal = std::move(signal);
}

Decision accepted(BotSnapshot next, const Check& check, Signal signal,
                  const Approved<SizedOrder>& order) {
  const IdempotencyKey key = idempotency_key(signal.id);
  Decision decision;
  Trade trade = trade_for(check, order, signal, key);
  if (check.event.claim_refused != ReasonCode::kNone) {
    decision.turn = duplicate(std::move(next), check, std::move(signal), std::move(trade));
    return decision;
  }
  decision.claim = IntentClaim{.key = key,
                               .expires_at = check.context.now + kIdempotencyRetention,
                               .symbol = signal.symbol,
                               .direction = signal.direction};
  signal.decision = SignalDecision::kAccepted;
  signal.stop_loss = order->stop_loss;
  signal.take_profit = order->take_profit;
  decision.turn.next = std::move(next);
  record_acceptance(decision.turn, check, std::move(signal), std::move(trade));
  return decision;
}

Decision without_signal(BotSnapshot next, const Check& check) {
  Decision decision;
  decision.turn.next = std::move(next);
  decision.turn.outcome =
      check.evaluation.warm ? CheckOutcome::kNoSignal : CheckOutcome::kWarmingUp;
  DecisionTrace trace = trace_of(check);
  trace.reason = check.evaluation.warm ? ReasonCode::kNoSignal : ReasonCode::kWarmingUp;
  decision.turn.effects.trace = std::move(trace);
  return decision;
}

GateContext gate_context(const Check& check) {
  const DecisionContext& context = check.context;
  return {.now = context.now,
          .mode = context.engine.mode,
          .exchange_health = context.exchange_health,
          .disk = context.disk,
          .data_age = check.market.age(context.now),
          .data_age_max = context.data_age_max,
          .signal_age_max = Duration{120'000},
          .open_positions_global = context.open_positions_global,
          .max_open_positions_global = context.max_open_positions_global,
          .config = context.config,
          .snapshot = check.snapshot,
          .instrument = context.instrument,
          .series = check.market.series.get(),
          .atr = plan_atr(check.context.config, check.market),
          .fleet_refusal = context.fleet_refusal};
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
  Signal signal = base_signal(check, *candidate);
  const auto order = GateWalk::run(gate_context(check), *candidate, signal.verdicts);
  if (order) return accepted(std::move(next), check, std::move(signal), *order);
  Decision decision;
  decision.turn = refused(std::move(next), check, std::move(signal));
  return decision;
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
