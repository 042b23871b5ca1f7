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

constexpr Duration kLongerCandleGrace{30'000};
constexpr Duration kLongerCandleStep{5'000};

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

Duration interval_of(const CheckDue& event, const DecisionContext& context) {
  const BotConfig& config = context.config;
  if (config.pace.empty()) return config.check_interval;
  return adaptive_interval(config.check_interval, config.pace.front(), regime_of(*event.market),
                           context.budget);
}

BotSnapshot after_check(const BotSnapshot& snapshot, const CheckDue& event,
                        const DecisionContext& context, Duration interval) {
  BotSnapshot next = snapshot;
  ++next.turn;
  ++next.checks;
  next.last_check_at = context.now;
  next.failed_attempts = 0;
  if (!event.due_at.is_never())
    next.next_check_at = next_regular_due(event.due_at, interval, context.now);
  return next;
}

// Closed with the bot's newest candle, and not there yet.
bool lacks(const MarketView& market, const HigherSeries& longer) {
  const auto is_there = [&](const std::shared_ptr<const MarketView>& part) {
    return part->timeframe == longer.timeframe &&
           part->last_close() >= longer.timeframe.floor(market.last_close());
  };
  return std::ranges::none_of(market.higher, is_there);
}

// A longer candle may come a moment later than the bot's own that closes with it. Decided at once,
// the candle would be decided without its longer timeframe, where every rule about it is unknown.
// Empty: nothing to wait for, or waited long enough.
std::optional<Timestamp> waits_until(const MarketView& market, const DecisionContext& context) {
  const Duration waited = context.now - market.last_close();
  if (waited >= kLongerCandleGrace || waited <= -kLongerCandleGrace) return std::nullopt;
  const auto is_lacking = [&](const HigherSeries& longer) { return lacks(market, longer); };
  if (std::ranges::none_of(context.longer, is_lacking)) return std::nullopt;
  return std::min(context.now + kLongerCandleStep, market.last_close() + kLongerCandleGrace);
}

Decision without_look(BotSnapshot next, CheckOutcome outcome, Timestamp again_at) {
  Decision decision;
  decision.turn = {.next = std::move(next),
                   .effects = {},
                   .outcome = outcome,
                   .reason = ReasonCode::kNone,
                   .again_at = again_at};
  return decision;
}

// Says of a bot that is not active what it is.
std::string context_text(const Check& check) {
  std::string context =
      market_context(check.market, &check.evaluation, check.context.now, check.plan.reason);
  const BotStatus status = check.snapshot.status;
  if (status != BotStatus::kActive)
    context.insert(context.size() - 1, fmt::format(R"(,"bot_status":"{}")", to_string(status)));
  return context;
}

DecisionTrace base_trace(const Check& check) {
  DecisionTrace trace;
  trace.bot = check.context.config.id;
  trace.candle_close = check.market.last_close();
  trace.checked_at = check.context.now;
  trace.conditions = all_conditions(check);
  trace.context_json = context_text(check);
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
  signal.market_context = context_text(check);
  return signal;
}

Decision without_signal(BotSnapshot next, const Check& check) {
  Decision decision;
  decision.turn.next = std::move(next);
  decision.turn.outcome =
      check.evaluation.warm ? CheckOutcome::kNoSignal : CheckOutcome::kWarmingUp;
  DecisionTrace trace = base_trace(check);
  trace.reason = check.evaluation.warm ? ReasonCode::kNoSignal : ReasonCode::kWarmingUp;
  if (const BotStatus status = check.snapshot.status; status != BotStatus::kActive)
    trace.reason_message = fmt::format("the bot is {}, only exits are looked for: {}",
                                       to_string(status), explain(trace));
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
  candidate.regime = check.evaluation.regime;
  candidate.trades_regime = check.evaluation.trades_regime;
  return candidate;
}

// Where the exchange moves stops, the position's stands where it is remembered to be. The record
// goes first: what is told to the exchange is what is durable, and is told again after a restart.
void move_stops(const DecisionContext& context, Turn& turn) {
  if (context.moving_stops != MovingStops::kGoToExchange || turn.next.risk.empty() ||
      context.instrument == nullptr)
    return;
  for (PositionCare& care : turn.next.risk.front().care) {
    if (care.stop.is_zero() || care.due != ReasonCode::kNone) continue;
    for (Position& position : turn.next.open_positions) {
      if (position.id != care.position || position.stop_client_id.empty() ||
          position.stop_loss == care.stop)
        continue;
      const Price level{
          round_to_step(care.stop.value, context.instrument->tick.value, Rounding::kHalfEven)};
      if (!level.is_positive()) continue;
      care.stop = level;
      if (position.stop_loss == level) continue;
      position.stop_loss = level;
      turn.effects.positions.push_back(position);
      turn.effects.events.push_back(
          event_for(context, "position.stop_moved", position.id.value,
                    fmt::format("{} to {}", to_string(care.stop_reason), to_string(level))));
    }
  }
}

}  // namespace

Decision decide_check(const BotSnapshot& snapshot, const CheckDue& event,
                      const DecisionContext& context) {
  const Duration interval = interval_of(event, context);
  BotSnapshot next = after_check(snapshot, event, context, interval);
  const MarketView& market = *event.market;
  // One decision per candle: a later check of the same candle has nothing new to say.
  if (market.last_close() <= snapshot.last_candle_close)
    return without_look(std::move(next), CheckOutcome::kNoNewCandle, {});
  if (const std::optional<Timestamp> until = waits_until(market, context))
    return without_look(std::move(next), CheckOutcome::kWaitsForLonger, *until);
  next.last_candle_close = market.last_close();
  const Position* open = open_position(snapshot, context.config.symbol);
  Evaluation evaluation = context.strategy.evaluate(market, context.config, open);
  if (!evaluation.regime) evaluation.regime = regime_of(market);
  if (!context.config.pace.empty())
    evaluation.measurements.push_back({"check_interval_ms", static_cast<double>(interval.count())});
  const PlanStep plan =
      step_plan(next, open, market, snapshot.last_candle_close, evaluation, context.config);
  const Check check{snapshot, event, context, market, evaluation, plan};
  const std::optional<Candidate> candidate = candidate_of(check);
  Decision decision;
  if (candidate) {
    ++next.signals;
    decision = decide_candidate(snapshot, context,
                                {.next = std::move(next),
                                 .signal = base_signal(check, *candidate),
                                 .trace = base_trace(check),
                                 .market = &market,
                                 .plan = plan,
                                 .claim_refused = event.claim_refused},
                                *candidate);
  } else {
    decision = without_signal(std::move(next), check);
  }
  move_stops(context, decision.turn);
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
