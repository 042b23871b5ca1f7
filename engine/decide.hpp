// decide: one turn of one bot. Pure: snapshot and event in, the next snapshot and everything that
// must become durable out. Nothing of a Turn may be seen outside before its commit is durable.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/gates/gates.hpp"
#include "engine/market/market_view.hpp"
#include "engine/model/bot.hpp"
#include "engine/model/difference.hpp"
#include "engine/model/event.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/order.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"
#include "engine/schedule.hpp"
#include "engine/strategy/strategy.hpp"

namespace botbox {

// The bot's time has come, or somebody asked it to look now.
struct CheckDue {
  std::shared_ptr<const MarketView> market;
  Timestamp due_at;  // "never": asked by hand; the schedule stays as it is
  // The single writer refused the claim of an earlier decision on this very check: its key is taken
  // (kIdempotencyBlocked), or the slot of the one PENDING row is (kQueueDuplicate).
  ReasonCode claim_refused = ReasonCode::kNone;
};

// The exchange's word on an order of this bot. `trade` is the row that the order belongs to; empty
// id: the order is a protective one of an open position.
struct OrderReported {
  Trade trade;
  OrderReport report;
  // Why the queue did not send the trade (kEngineHalted, kEngineReducing, ...); kNone: it was sent.
  // kNothingToClose is what the queue thinks of a close without a quantity: where the bot knows
  // better (may_have_to_close), the trade goes on, and nothing of the turn changes anything.
  ReasonCode blocked = ReasonCode::kNone;
  // Why the exchange says that it was cancelled, where it was asked to; kNone: it says so itself.
  ReasonCode cancelled = ReasonCode::kNone;
};

// Somebody pauses, resumes or archives the bot, or the supervisor quarantines it. A paused bot goes
// on leaving what it holds, and enters nothing; one that holds something is paused, not archived.
struct StatusChanged {
  BotStatus to = BotStatus::kActive;
  std::string reason;
  std::string by;
};

// Somebody ends a lock of the bot's guards before its time.
struct LockLifted {
  ReasonCode reason = ReasonCode::kNone;  // kNone: all of them
  std::string by;
};

// Reconciliation: part of a position was closed at the exchange by an order that is not ours, and
// the decision is that the records follow. The same difference again changes nothing.
struct ReductionAdopted {
  DifferenceId difference;
  PositionId position;
  Quantity quantity;
  Price price;  // zero: the position's average, so that no profit is invented
};

// Reconciliation: the exchange holds more than the records say, and the decision is that this bot
// has it. No order goes out but the stop and target of what is new. The same difference again
// changes nothing, whatever has become of the position.
struct PositionAdopted {
  DifferenceId difference;
  PositionId position;  // that it enlarges; empty: the bot's own, or a new one if it has none
  Symbol symbol;
  PositionSide side = PositionSide::kLong;
  Quantity quantity;  // of what is adopted
  // What the bot had of it by the records in which the exchange was found to hold more. With
  // another quantity now it takes nothing in: part of what is new may be in its books already.
  Quantity held;
  // As the exchange tells it, if all that is open there is this bot's then; zero: the mark is
  // taken.
  Price average_entry;
  Price mark;  // zero: unknown
};

// Reconciliation, or an operator: this position is to be closed, by an order like that of any
// CLOSE; also one that an entry under way is about to open, which ends that entry.
struct CloseRequested {
  DifferenceId difference;
  PositionId position;
  std::uint32_t attempt = 0;  // another one is another order
  std::string by;
  ReasonCode reason = ReasonCode::kNone;  // of the close; kNone: as the strategy's
};

// The exchange does not take this stop, because the price has passed its trigger: it is a stop that
// was triggered, and its position is to be closed. Of no open position it changes nothing.
struct StopPassed {
  ClientOrderId stop;
  bool or_target = false;  // the exchange may mean the position's target instead
  std::string why;         // in its words
};

// A signal from outside that was accepted, and waits in the store for the bot's word.
struct SignalReceived {
  Signal signal;  // PENDING; its symbol is the alert's, or the bot's where the alert names none
  std::uint64_t order = 0;                   // its place among the waiting (Decision::settles)
  std::shared_ptr<const MarketView> market;  // null: there is none to be had
  // As CheckDue's.
  ReasonCode claim_refused = ReasonCode::kNone;
  // Of the minutes, for the price of an entry, where the bot's own candles are longer; null: none
  // is to be had, and the newest of the bot's own has to do.
  std::shared_ptr<const MarketView> newest = nullptr;
};

using BotEvent = std::variant<CheckDue, OrderReported, StatusChanged, LockLifted, ReductionAdopted,
                              CloseRequested, SignalReceived, PositionAdopted, StopPassed>;

// What becomes of a stop that follows the price (engine/risk/exits.hpp).
enum class MovingStops : std::uint8_t { kStayHere, kGoToExchange };

// What the bot may look at besides its own snapshot.
struct DecisionContext {
  Timestamp now;
  const InstallationId& installation;
  const BotConfig& config;
  const Strategy& strategy;
  const Instrument* instrument = nullptr;
  std::span<const HigherSeries> longer;  // timeframes that the strategy reads besides the bot's own
  EngineState engine;
  ExchangeHealth exchange_health = ExchangeHealth::kHealthy;
  DiskSpace disk;
  RateBudget budget = RateBudget::kAmple;
  MovingStops moving_stops = MovingStops::kStayHere;
  Duration data_age_max{120'000};
  Duration signal_age_max{120'000};
  std::uint32_t open_positions_global = 0;
  std::uint32_t max_open_positions_global = UINT32_MAX;
  RolloutCaps rollout;
  Funds funds;
  SymbolStanding standing;
  std::uint32_t live_bots = 0;
  // What the fleet's book or ledger said to an earlier decision on this very check.
  std::optional<Verdict> fleet_refusal;
};

// A fill and the position it was folded into, as the `number`th of its fills, from 1 on.
struct PositionFill {
  PositionId position;
  Fill fill;
  std::uint32_t number = 0;

  bool operator==(const PositionFill&) const = default;
};

// Rows to write with the snapshot. A PENDING trade in `trade` goes to the queue once durable.
struct Effects {
  std::optional<Signal> signal;
  std::optional<OrderIntent> intent;
  std::optional<Trade> trade;
  std::optional<DecisionTrace> trace;
  std::vector<Position> positions;
  std::vector<PositionFill> fills;
  std::vector<Event> events;

  bool operator==(const Effects&) const = default;
};

// For the cycle's record and for whoever asked for the check.
enum class CheckOutcome : std::uint8_t {
  kNotACheck,
  kNoNewCandle,
  kWaitsForLonger,  // there is one, but not yet the longer one that closes with it
  kWarmingUp,
  kNoSignal,
  kRefused,
  kAccepted,
  kBlocked,
  kDuplicate
};
std::string_view to_string(CheckOutcome outcome);

struct Turn {
  BotSnapshot next;
  Effects effects;
  CheckOutcome outcome = CheckOutcome::kNotACheck;
  ReasonCode reason = ReasonCode::kNone;  // of a refusal
  // Besides the regular checks, which it does not move: never, or when a candle that waits for a
  // longer one is to be looked at again. Not durable: after a restart the next regular check
  // decides on it.
  Timestamp again_at;

  bool operator==(const Turn&) const = default;
};

// Only the single writer knows whether the intent's key is free. With a claim, nothing of the turn
// happens if it is not; the check is then decided again, with CheckDue::claim_refused.
struct IntentClaim {
  IdempotencyKey key;
  Timestamp expires_at;
  Symbol symbol;  // with the direction: the slot of the one PENDING row
  Direction direction = Direction::kLong;

  bool operator==(const IntentClaim&) const = default;
};
// A waiting signal that the turn decides. It may be decided once: if it was before, nothing of the
// turn happens.
struct SettledSignal {
  SignalId id;
  std::uint64_t order = 0;
  Timestamp expires_at;  // of the memory that it was decided

  bool operator==(const SettledSignal&) const = default;
};
struct Decision {
  Turn turn;
  std::optional<IntentClaim> claim;
  std::optional<SettledSignal> settles;

  bool operator==(const Decision&) const = default;
};

// Error kInvalidInput: the event contradicts the snapshot (a fill larger than the position, a stop
// that is told before its entry, ...). The caller must not commit and treats the bot as failed; a
// report has to be told again later, for its fills are folded nowhere yet.
Result<Decision> decide(const BotSnapshot& snapshot, const BotEvent& event,
                        const DecisionContext& context);

// What a close under way that is to end its position has to sell by now: more than when it was
// decided, where the position's entry has bought more since then. One that was decided before its
// entry had bought anything has a quantity of zero until then, and is never sent with that.
struct CloseSize {
  TradeId trade;
  Quantity quantity;

  bool operator==(const CloseSize&) const = default;
};
std::vector<CloseSize> close_sizes(const BotSnapshot& snapshot);

// A close of the position is under way.
bool is_being_closed(const BotSnapshot& snapshot, const PositionId& position);

// Some of the position is open, or an entry under way may buy some. False: a close of it ends.
bool may_have_to_close(const BotSnapshot& snapshot, const PositionId& position);

// The trace of a check that failed: `error` is decide()'s, or says why its records cannot be
// written. None if the candle was decided before; that trace stands.
std::optional<DecisionTrace> failed_trace(const BotSnapshot& snapshot, const CheckDue& event,
                                          const DecisionContext& context, const Error& error);

// The reason of a trace, for a person, from its verdicts, conditions and numbers.
std::string explain(const DecisionTrace& trace);

}  // namespace botbox
