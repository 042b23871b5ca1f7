// From a candidate to its records: the part of a turn that signals of all sources share.
#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "engine/decide_parts.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/lifecycle.hpp"
#include "engine/execution/outcome.hpp"
#include "engine/execution/payload.hpp"
#include "engine/strategy/regime.hpp"

namespace botbox {
namespace {

// IGNORED: the signal came at a time when nobody listened. FILTERED: somebody listened and said no.
// To a strategy's signal an engine that is not ACTIVE says no; one from outside met a paused
// engine.
bool is_ignored(const Signal& signal, ReasonCode reason) {
  if (reason == ReasonCode::kBotNotActive || reason == ReasonCode::kSignalExpired) return true;
  return signal.source == SignalSource::kWebhook &&
         (reason == ReasonCode::kEngineHalted || reason == ReasonCode::kEngineReducing);
}

Trade trade_for(const DecisionContext& context, const Approved<SizedOrder>& order,
                const Signal& signal, const IdempotencyKey& key) {
  const auto client_id = [&](OrderLeg leg) {
    return client_order_id(context.installation, key, leg);
  };
  const bool closes = order->candidate.direction == Direction::kClose;
  Trade trade;
  trade.client_order_id = client_id(closes ? OrderLeg::kClose : OrderLeg::kEntry);
  trade.id = {trade.client_order_id.value};
  trade.bot = context.config.id;
  trade.signal = signal.id;
  trade.intent = key;
  trade.symbol = context.config.symbol;
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
  trade.created_at = context.now;
  trade.updated_at = context.now;
  return trade;
}

// The claim was refused: the order of an earlier decision stands, and this signal adds none to it.
Turn duplicate(const DecisionContext& context, CandidateTurn before, Trade trade) {
  const ReasonCode reason = before.claim_refused;
  const bool is_twin = reason == ReasonCode::kIdempotencyBlocked;
  Signal& signal = before.signal;
  signal.decision = SignalDecision::kRejected;
  signal.rejection_reason = reason;
  signal.execution_status = ExecutionStatus::kIgnored;
  signal.execution_reason = reason;
  Turn turn{.next = std::move(before.next),
            .effects = {},
            .outcome = CheckOutcome::kDuplicate,
            .reason = reason};
  DecisionTrace trace = std::move(before.trace);
  trace.signal = signal.id;
  // A twin has the same ids, so its order, if there was one, is the one of this candle too.
  if (is_twin) trace.trade = std::move(trade.id);
  trace.stage = TraceStage::kDedupSkipped;
  trace.reason = reason;
  trace.reason_message =
      is_twin ? fmt::format("signal {} was decided before; its intent and what came of it stand",
                            signal.id.value)
              : fmt::format("a {} trade of {} waits in the queue already; it stands",
                            to_string(signal.direction), signal.symbol.value);
  trace.verdicts = signal.verdicts;
  turn.effects.events.push_back(event_for(context,
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

void record_acceptance(Turn& turn, const DecisionContext& context, CandidateTurn before,
                       Trade trade) {
  Signal& signal = before.signal;
  DecisionTrace& trace = before.trace;
  const PlanStep& plan = before.plan;
  trace.signal = signal.id;
  trace.verdicts = signal.verdicts;
  add_payload(trace.context_json, trade, context.config);
  OrderIntent intent = intent_of(trade);
  turn.effects.events.push_back(event_for(context, "signal.accepted", signal.id.value,
                                          accepted_as(signal.direction, plan.reason)));
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
                                 .reason = plan.reason});
    note_accepted(turn.next, plan);
    turn.effects.events.push_back(event_for(context, "intent.pending", intent.key.value, {}));
    turn.effects.events.push_back(event_for(context, "trade.pending", trade.id.value,
                                            with_standing(size_text(trade), trade)));
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

Decision accepted(const DecisionContext& context, CandidateTurn before,
                  const Approved<SizedOrder>& order) {
  Signal& signal = before.signal;
  const IdempotencyKey key = idempotency_key(signal.id);
  Decision decision;
  Trade trade = trade_for(context, order, signal, key);
  if (before.claim_refused != ReasonCode::kNone) {
    decision.turn = duplicate(context, std::move(before), std::move(trade));
    return decision;
  }
  decision.claim = IntentClaim{.key = key,
                               .expires_at = context.now + kIdempotencyRetention,
                               .symbol = signal.symbol,
                               .direction = signal.direction};
  signal.decision = SignalDecision::kAccepted;
  signal.stop_loss = order->stop_loss;
  signal.take_profit = order->take_profit;
  decision.turn.next = std::move(before.next);
  record_acceptance(decision.turn, context, std::move(before), std::move(trade));
  return decision;
}

// Without a market the data is older than anybody allows.
GateContext gate_context(const BotSnapshot& snapshot, const DecisionContext& context,
                         const CandidateTurn& turn) {
  const MarketView* const market = turn.market;
  return {.now = context.now,
          .mode = context.engine.mode,
          .exchange_health = context.exchange_health,
          .disk = context.disk,
          .data_age = market ? std::max(market->age(context.now), turn.price_age)
                             : context.data_age_max + Duration{1},
          .data_age_max = context.data_age_max,
          .signal_age_max = context.signal_age_max,
          .open_positions_global = context.open_positions_global,
          .max_open_positions_global = context.max_open_positions_global,
          .rollout = context.rollout,
          .funds = context.funds,
          .standing = context.standing,
          .live_bots = context.live_bots,
          .config = context.config,
          .snapshot = snapshot,
          .instrument = context.instrument,
          .series = market ? market->series.get() : nullptr,
          .atr = market ? plan_atr(context.config, *market) : std::nullopt,
          .fleet_refusal = context.fleet_refusal};
}

}  // namespace

Turn refused_turn(const DecisionContext& context, CandidateTurn before) {
  Signal& signal = before.signal;
  const Verdict last = signal.verdicts.back();
  signal.decision = SignalDecision::kRejected;
  signal.rejection_reason = last.reason;
  signal.execution_status =
      is_ignored(signal, last.reason) ? ExecutionStatus::kIgnored : ExecutionStatus::kFiltered;
  signal.execution_reason = last.reason;
  Turn turn{.next = std::move(before.next),
            .effects = {},
            .outcome = CheckOutcome::kRefused,
            .reason = last.reason};
  DecisionTrace trace = std::move(before.trace);
  trace.signal = signal.id;
  trace.reason = last.reason;
  trace.reason_message = fmt::format("{}: {}", last.gate, last.detail);
  trace.verdicts = signal.verdicts;
  turn.effects.events.push_back(
      event_for(context, "signal.rejected", signal.id.value, std::string(to_string(last.reason))));
  turn.effects.trace = std::move(trace);
  turn.effects.signal = std::move(signal);
  return turn;
}

Decision decide_candidate(const BotSnapshot& snapshot, const DecisionContext& context,
                          CandidateTurn turn, const Candidate& candidate) {
  const auto order =
      GateWalk::run(gate_context(snapshot, context, turn), candidate, turn.signal.verdicts);
  if (order) return accepted(context, std::move(turn), *order);
  Decision decision;
  decision.turn = refused_turn(context, std::move(turn));
  return decision;
}

std::string market_context(const MarketView& market, const Evaluation* evaluation, Timestamp now,
                           ReasonCode plan) {
  std::string json;
  json.reserve(192);
  const auto end = std::back_inserter(json);
  fmt::format_to(end, FMT_COMPILE(R"({{"close":"{}","data_age_ms":{},"gaps":{})"),
                 to_string(market.last_candle().close), market.age(now).count(), market.gaps);
  if (evaluation != nullptr)
    for (const Measurement& m : evaluation->measurements)
      fmt::format_to(end, FMT_COMPILE(R"(,"{}":{:.10g})"), m.name, m.value);
  if (const auto regime = evaluation != nullptr ? evaluation->regime : regime_of(market))
    fmt::format_to(end, FMT_COMPILE(R"(,"regime":"{}")"), to_string(*regime));
  // The conditions say with which numbers.
  if (plan != ReasonCode::kNone)
    fmt::format_to(end, FMT_COMPILE(R"(,"plan":"{}")"), to_string(plan));
  json += '}';
  return json;
}

}  // namespace botbox
