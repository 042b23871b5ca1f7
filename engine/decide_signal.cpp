// The turn of a signal from outside: the same gates and records as a strategy's.
#include <fmt/format.h>

#include <algorithm>

#include "engine/decide_parts.hpp"
#include "engine/execution/identity.hpp"
#include "engine/risk/sizing.hpp"

namespace botbox {
namespace {

// The alert may write the symbol as its charts do: "BTCUSDT" for the perpetual as well.
bool is_of_bot(const Symbol& alert, const BotConfig& config) {
  if (alert == config.symbol) return true;
  const auto asked = parse_symbol(alert.value);
  const auto own = parse_symbol(config.symbol.value);
  return asked && own && asked->base == own->base && asked->quote == own->quote;
}

// Whose newest close an entry is sized and its levels are set by. An alert comes at any time: the
// bot's own candle may have closed hours ago. A close has no size and no level by it.
const MarketView* priced_by(const SignalReceived& event, Direction direction) {
  const MarketView* own = event.market.get();
  const MarketView* minutes = event.newest.get();
  const bool is_newer = own != nullptr && minutes != nullptr && direction != Direction::kClose &&
                        minutes->last_close() > own->last_close();
  return is_newer ? minutes : own;
}

std::string price_text(const MarketView& priced, Timestamp now) {
  const Duration age = std::max(Duration{0}, now - priced.last_close());
  return fmt::format(R"(,"price":"{}","price_of":"{}","price_age_ms":{})",
                     to_string(priced.last_candle().close), to_string(priced.timeframe),
                     age.count());
}

// What the market shows, as a strategy's signal has it, the price of an entry, and what came with
// the signal. All are JSON with names of their own; of a signal's that is empty or no object the
// rest is all.
std::string context_of(const SignalReceived& event, const CandidateTurn& turn,
                       const MarketView* priced, Timestamp now) {
  const std::string& told = event.signal.market_context;
  if (!event.market) return told;
  std::string context = market_context(*event.market, nullptr, now, turn.plan.reason);
  if (turn.signal.direction != Direction::kClose)
    context.insert(context.size() - 1, price_text(*priced, now));
  const bool says_something = told.size() > 2 && told.front() == '{' && told.back() == '}';
  if (says_something) context.replace(context.size() - 1, 1, "," + told.substr(1));
  return context;
}

// It asks for the other side of what the bot holds, and the plan says that this closes it.
bool is_reversal(const BotSnapshot& snapshot, const Signal& signal, const BotConfig& config) {
  const RiskPlan* plan = plan_of(config);
  if (plan == nullptr || !plan->exits.on_reversal || signal.direction == Direction::kClose)
    return false;
  const PositionSide side = side_of(signal.direction);
  return std::ranges::any_of(snapshot.open_positions, [&](const Position& open) {
    return open.symbol == config.symbol && open.quantity.is_positive() && open.side != side;
  });
}

// As with a strategy's proposal: the opposite entry is for a later signal.
void close_instead(CandidateTurn& turn) {
  turn.plan.reason = ReasonCode::kSignalReversal;
  turn.plan.conditions = {{"the signal asks for the other side", turn.signal.score, 0, true}};
  turn.signal.conditions.insert(turn.signal.conditions.begin(), turn.plan.conditions.begin(),
                                turn.plan.conditions.end());
  turn.signal.direction = Direction::kClose;
}

// The order of the gates is kept; only the words differ where there is no market at all.
void say_no_market(Turn& turn) {
  Verdict& last = turn.effects.signal->verdicts.back();
  if (last.reason != ReasonCode::kDataStale) return;
  last.detail = "there is no market data";
  turn.effects.trace->verdicts.back().detail = last.detail;
  turn.effects.trace->reason_message = fmt::format("{}: {}", last.gate, last.detail);
}

}  // namespace

Decision decide_signal(const BotSnapshot& snapshot, const SignalReceived& event,
                       const DecisionContext& context) {
  CandidateTurn turn;
  turn.claim_refused = event.claim_refused;
  turn.next = snapshot;
  ++turn.next.turn;
  ++turn.next.signals;
  turn.signal = event.signal;
  const bool is_meant = is_of_bot(event.signal.symbol, context.config);
  if (is_meant && is_reversal(snapshot, event.signal, context.config)) close_instead(turn);
  turn.trace.bot = context.config.id;
  turn.trace.candle_close = event.signal.created_at;
  turn.trace.checked_at = context.now;
  turn.trace.conditions = turn.signal.conditions;
  // Of another symbol nothing of the bot's market is said: it would be read as that one's.
  const MarketView* const priced = is_meant ? priced_by(event, turn.signal.direction) : nullptr;
  if (is_meant) turn.signal.market_context = context_of(event, turn, priced, context.now);
  turn.trace.context_json = turn.signal.market_context;
  Candidate candidate;
  candidate.source = event.signal.source;
  candidate.direction = turn.signal.direction;
  candidate.candle_close = event.signal.candle_close;
  // A delayed one is as old as the time that it waited for, however long it waited.
  const bool is_delayed = !event.signal.execution_scheduled_at.is_never();
  candidate.emitted_at =
      is_delayed ? event.signal.execution_scheduled_at : event.signal.candle_close;
  candidate.score = event.signal.score;
  candidate.conditions = turn.signal.conditions;
  candidate.reason = turn.plan.reason;
  turn.market = event.market.get();
  if (priced != nullptr) {
    candidate.entry = priced->last_candle().close;
    turn.signal.entry = candidate.entry;
    turn.price_age = priced->age(context.now);
  }
  Decision decision;
  if (is_meant) {
    turn.signal.symbol = context.config.symbol;
    decision = decide_candidate(snapshot, context, std::move(turn), candidate);
  } else {
    turn.signal.verdicts.push_back(
        refuse("alert_symbol", ReasonCode::kSymbolNotAllowed,
               fmt::format("the alert is about {}, the bot trades {}", event.signal.symbol.value,
                           context.config.symbol.value)));
    decision.turn = refused_turn(context, std::move(turn));
  }
  if (!event.market && decision.turn.outcome == CheckOutcome::kRefused)
    say_no_market(decision.turn);
  decision.settles =
      SettledSignal{event.signal.id, event.order, context.now + kIdempotencyRetention};
  return decision;
}

}  // namespace botbox
