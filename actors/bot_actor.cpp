#include "actors/bot_actor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "actors/turn_commit.hpp"
#include "engine/assert.hpp"
#include "engine/execution/reconciliation.hpp"
#include "engine/mutation.hpp"
#include "engine/risk/exits.hpp"
#include "engine/risk/guards.hpp"

namespace botbox::actors {
namespace {

const Instrument* instrument_of(const std::vector<Instrument>& sorted, const Symbol& symbol) {
  const auto at = std::lower_bound(
      sorted.begin(), sorted.end(), symbol,
      [](const Instrument& instrument, const Symbol& s) { return instrument.symbol < s; });
  return at != sorted.end() && at->symbol == symbol ? &*at : nullptr;
}

// A strategy is somebody else's code: what it throws fails this bot's check and nothing else.
Result<Decision> decide_safely(const BotSnapshot& snapshot, const BotEvent& event,
                               const DecisionContext& context) {
  try {
    return decide(snapshot, event, context);
  } catch (const std::exception& thrown) {
    return fail(ErrorCode::kInvalidInput, thrown.what(),
                "strategy " + context.config.strategy.value, "mend the strategy");
  }
}

std::string lock_text(const FleetLock& locked) {
  return fmt::format("{} until {}: {}", to_string(locked.lock.reason),
                     to_iso8601(locked.lock.until), locked.lock.detail);
}

// It opens or enlarges a position.
bool takes_money(const Decision& decision) {
  return decision.turn.effects.trade && decision.turn.outcome == CheckOutcome::kAccepted &&
         decision.turn.effects.trade->direction != Direction::kClose;
}

// What takes one more place in the fleet.
bool is_entry(const Decision& decision) {
  return takes_money(decision) && !enlarges(*decision.turn.effects.trade);
}

}  // namespace

BotActor::BotActor(caf::actor_config& config, std::shared_ptr<const BotSurroundings> surroundings,
                   BotBirth birth)
    : caf::event_based_actor(config),
      around_(std::move(surroundings)),
      slot_(birth.slot),
      config_(std::move(birth.config)),
      strategy_(std::move(birth.strategy)),
      series_(std::move(birth.series)),
      instruments_(around_->instruments),
      instrument_(instrument_of(*instruments_, config_->symbol)),
      snapshot_(std::move(birth.snapshot)),
      epoch_(birth.epoch) {
  hold_places();
  restore_asides();
}

void BotActor::on_exit() {
  // If it becomes durable all the same, the next activation sets it aside again.
  if (under_way_ && under_way_->decision) {
    give_back(*under_way_->decision);
    note_ended(under_way_->decision->turn.next);
  }
  under_way_.reset();
  inbox_.reset();
  status_.reset();
  lifts_.reset();
  signal_.reset();
  check_.reset();
  around_.reset();
}

caf::behavior BotActor::make_behavior() {
  // An earlier activation may have died between its commit and its word.
  for (const Position& position : snapshot_.open_positions) {
    if (has_moved_stop(snapshot_, position)) tell_stop(position);
    if (is_adopted(position.id)) tell_adopted(position, {position.id.value}, position.quantity);
  }
  return {[this](const Check& check) { on_check(check); },
          [this](const DeliverReport& deliver) { on_report(deliver); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](const ChangeStatus& change) { on_status(change); },
          [this](const LiftLocks& lift) { on_lift(lift); },
          [this](const AdoptReduction& adopt) { on_adopt(adopt); },
          [this](const AdoptPosition& adopt) { on_adopt_position(adopt); },
          [this](const RequestClose& close) { on_close(close); },
          [this](const TellStopPassed& passed) {
            if (!under_way_) take_turn(passed.event, {});
          },
          [this](const TakeSignal& take) { on_signal(take); },
          [this](const InstrumentsChanged& changed) {
            instruments_ = changed.instruments;
            instrument_ = instrument_of(*instruments_, config_->symbol);
          },
          [this](const EndWhenQuiet&) {
            is_evicted_ = true;
            end_if_quiet();
          }};
}

// Everything is durable then, and whoever still has something for the bot tells its next
// activation.
void BotActor::end_if_quiet() {
  if (is_evicted_ && is_quiet()) quit(caf::exit_reason::user_shutdown);
}

void BotActor::on_check(const Check& check) {
  if (under_way_ && (under_way_->check || check_))
    return fail_check(check, ReasonCode::kAlreadyChecking, {});
  if (under_way_) {
    check_ = std::make_unique<Check>(check);
    return;
  }
  if (is_handled(check)) return answer_handled(check);
  engine_ = check.engine;
  UnderWay under_way;
  under_way.check = check;
  take_turn(CheckDue{check.market, check.due_at}, std::move(under_way));
}

// A retry of a check whose commit came only after the scheduler had given it up, or a due time from
// before a pause. What was decided for it is durable.
bool BotActor::is_handled(const Check& check) const {
  return !check.due_at.is_never() && check.due_at < snapshot_.next_check_at;
}

void BotActor::answer_handled(const Check& check) {
  send(check.reply_to, CheckDone{.slot = slot_,
                                 .cycle = check.cycle,
                                 .outcome = CheckOutcome::kNotACheck,
                                 .reason = ReasonCode::kNone,
                                 .next_check_at = snapshot_.next_check_at,
                                 .error = {}});
}

void BotActor::on_report(const DeliverReport& deliver) {
  if (mutation::active(mutation::Kind::kIgnoreStops) && deliver.report->trade.id.empty())
    return settle_report({}, deliver.report);
  if (under_way_) {
    // The queue sends a report of one order again only after the last was settled, so the inbox is
    // bounded by the orders of this bot.
    if (!inbox_) inbox_ = std::make_unique<std::deque<DeliverReport>>();
    ENGINE_ASSERT(inbox_->size() < kInboxMax);
    inbox_->push_back(deliver);
    return;
  }
  UnderWay under_way;
  under_way.report = deliver.report;
  take_turn(*deliver.report, std::move(under_way));
}

void BotActor::on_status(const ChangeStatus& change) {
  if (under_way_) {
    // The newest counts; it is taken up after the commit. No timer: a slow commit would keep it
    // running.
    status_ = std::make_unique<ChangeStatus>(change);
    return;
  }
  take_status(change);
}

void BotActor::take_status(const ChangeStatus& change) {
  UnderWay under_way;
  under_way.status = change;
  take_turn(change.change, std::move(under_way));
}

void BotActor::on_lift(const LiftLocks& lift) {
  if (!under_way_) return take_turn(lift.lift, {});
  if (!lifts_) lifts_ = std::make_unique<std::vector<LockLifted>>();
  // The second one of a reason would find nothing to lift.
  if (std::ranges::find(*lifts_, lift.lift.reason, &LockLifted::reason) == lifts_->end())
    lifts_->push_back(lift.lift);
}

// What reconciliation wants while a commit is under way is asked for again at its next look.
void BotActor::on_adopt(const AdoptReduction& adopt) {
  if (under_way_) return;
  UnderWay under_way;
  under_way.adopted = adopt;
  take_turn(adopt.event, std::move(under_way));
}

void BotActor::on_adopt_position(const AdoptPosition& adopt) {
  if (under_way_) return;
  UnderWay under_way;
  under_way.adopts_position = true;
  take_turn(adopt.event, std::move(under_way));
}

void BotActor::on_close(const RequestClose& close) {
  if (!under_way_) take_turn(close.event, {});
}

// At most one at a time comes here: the next follows when this one is settled. Told again after a
// restart, the newest telling is the same signal.
void BotActor::on_signal(const TakeSignal& take) {
  auto kept = std::make_unique<TakeSignal>(take);
  if (under_way_) {
    signal_ = std::move(kept);
    return;
  }
  take_signal(std::move(kept), ReasonCode::kNone);
}

void BotActor::take_signal(std::unique_ptr<TakeSignal> take, ReasonCode claim_refused) {
  engine_ = take->look.engine;
  const SignalReceived received{take->waiting->signal, take->waiting->order, take->look.market,
                                claim_refused, take->newest};
  UnderWay under_way;
  under_way.signal = std::move(take);
  take_turn(received, std::move(under_way));
}

const EngineState& BotActor::engine() const {
  static const EngineState untold;
  return engine_ ? *engine_ : untold;
}

DecisionContext BotActor::context(const Check* check) const {
  return {.now = around_->clock.now(),
          .installation = around_->installation,
          .config = *config_,
          .strategy = *strategy_,
          .instrument = instrument_,
          .longer = series_ ? std::span<const HigherSeries>(series_->needs.higher)
                            : std::span<const HigherSeries>(),
          .engine = engine(),
          .exchange_health = check != nullptr ? check->exchange_health : ExchangeHealth::kHealthy,
          .disk = check != nullptr ? check->disk : DiskSpace{},
          .budget = check != nullptr ? check->budget : RateBudget::kAmple,
          .moving_stops = around_->moving_stops,
          .data_age_max = around_->data_age_max,
          .signal_age_max = around_->signal_age_max,
          .open_positions_global = around_->exposure->open(),
          .max_open_positions_global = around_->exposure->limit(),
          .rollout = rollout_of(engine(), around_->rollout),
          .funds = check != nullptr ? funds() : Funds{},
          .standing = check != nullptr ? standing() : SymbolStanding{},
          .live_bots = around_->exposure->live_bots()};
}

// The coin that a bot's positions are held in, also when its symbol has left the exchange's list.
Asset BotActor::base() const {
  if (instrument_ != nullptr) return instrument_->base;
  const Result<SymbolParts> parts = parse_symbol(config_->symbol.value);
  return parts ? parts->base : Asset{config_->symbol.value};
}

void BotActor::hold_places() {
  around_->exposure->hold(slot_, places_of(snapshot_));
  around_->exposure->hold_unstopped(slot_, unstopped_of(snapshot_));
  if (around_->exposure->has_book())
    around_->exposure->hold(slot_, holdings_of(*config_, base(), snapshot_));
}

Funds BotActor::funds() const {
  if (!around_->balances || instrument_ == nullptr) return {};
  return around_->balances->funds(*instrument_, around_->clock.now());
}

SymbolStanding BotActor::standing() const {
  return around_->symbols ? around_->symbols->standing(config_->symbol) : SymbolStanding{};
}

// Entries that an earlier activation, or an earlier process, has asked for.
void BotActor::restore_asides() {
  for (const PendingTrade& pending : snapshot_.pending) {
    if (pending.direction == Direction::kClose) continue;
    if (around_->balances && instrument_ != nullptr)
      around_->balances->restore(*instrument_, pending.id, pending.reserved);
    if (around_->symbols) around_->symbols->restore(config_->symbol, pending);
  }
}

// Not empty: what has come to stand in the entry's way since it was looked at.
std::optional<SymbolStanding> BotActor::take_way(const Decision& decision) {
  if (!takes_money(decision) || !around_->symbols || instrument_ == nullptr) return std::nullopt;
  return around_->symbols->set_aside(*instrument_, *decision.turn.effects.trade);
}

// Not empty: other bots have taken so much meanwhile that this is all that is free.
std::optional<Decimal> BotActor::set_aside(const Decision& decision) {
  if (!takes_money(decision) || !around_->balances || instrument_ == nullptr) return std::nullopt;
  return around_->balances->set_aside(*instrument_, *decision.turn.effects.trade,
                                      around_->clock.now());
}

void BotActor::give_back(const Decision& decision) {
  if (!takes_money(decision)) return;
  const TradeId& entry = decision.turn.effects.trade->id;
  if (around_->balances) around_->balances->give_back(entry);
  if (around_->symbols) around_->symbols->end(entry);
}

void BotActor::note_ended(const BotSnapshot& next) {
  for (const PendingTrade& pending : snapshot_.pending) {
    if (pending.direction == Direction::kClose ||
        std::ranges::find(next.pending, pending.id, &PendingTrade::id) != next.pending.end())
      continue;
    if (around_->balances) around_->balances->on_ended(pending.id);
    if (around_->symbols) around_->symbols->end(pending.id);
  }
}

// What was sold, or the margin of what was closed.
void BotActor::note_freed(const Effects& effects) {
  if (!around_->balances || instrument_ == nullptr) return;
  for (const PositionFill& booked : effects.fills) {
    const auto position = std::ranges::find(effects.positions, booked.position, &Position::id);
    if (position == effects.positions.end()) continue;
    if (booked.fill.side == entry_side(position->side)) continue;
    const auto worth = notional(booked.fill.price, booked.fill.quantity, Rounding::kUp);
    if (worth) around_->balances->on_freed(*instrument_, booked.fill.id, *worth);
  }
}

// What refuses an entry before its size is asked about. Only who has come so far is asked for, as a
// correlation takes a walk along the candles of every position of the fleet.
std::optional<Verdict> BotActor::ask_ahead(const Decision& decision) {
  const std::optional<Signal>& signal = decision.turn.effects.signal;
  if (!signal || signal->direction == Direction::kClose) return std::nullopt;
  const auto asked = std::ranges::find(signal->verdicts, kCorrelationGate, &Verdict::gate);
  if (asked == signal->verdicts.end()) return std::nullopt;
  if (around_->exposure->has_book()) {
    auto correlated = around_->exposure->refuse_correlated(
        slot_, {signal->symbol, base(), side_of(signal->direction), {}});
    if (correlated) return correlated;
  }
  if (!around_->exposure->has_ledger()) return std::nullopt;
  return around_->exposure->refuse_locked(signal->symbol, around_->clock.now());
}

// Empty: nothing of the fleet is locked, it fits, and the book counts it from now on.
std::optional<Verdict> BotActor::ask_fleet(const Decision& decision) {
  if (!takes_money(decision)) return std::nullopt;
  const std::optional<Trade>& trade = decision.turn.effects.trade;
  if (around_->exposure->has_ledger())
    if (auto locked = around_->exposure->refuse_locked(trade->symbol, around_->clock.now()))
      return locked;
  if (!around_->exposure->has_book()) return std::nullopt;
  Verdict verdict = around_->exposure->admit(
      slot_, {trade->symbol, base(), side_of(trade->direction), trade->reserved},
      enlarges(*trade) ? FleetBook::Entry::kEnlarges : FleetBook::Entry::kOpens);
  if (verdict.passed()) return std::nullopt;
  return verdict;
}

// An entry needs a place in the fleet; if the last one was taken between looking and taking, the
// bot decides again and is refused by its gate, with the reason recorded.
Result<Decision> BotActor::decide_within_limits(const BotEvent& event, const Check* check) {
  if (check != nullptr && check->market && around_->exposure->has_book())
    around_->exposure->see(slot_, check->market->series);
  Result<Decision> decision = decide_safely(snapshot_, event, context(check));
  if (!decision) return decision;
  if (std::optional<Verdict> refusal = ask_ahead(*decision)) {
    DecisionContext refused = context(check);
    refused.fleet_refusal = std::move(refusal);
    decision = decide_safely(snapshot_, event, refused);
    if (!decision) return decision;
  }
  if (std::optional<Verdict> refusal = ask_fleet(*decision)) {
    DecisionContext refused = context(check);
    refused.fleet_refusal = std::move(refusal);
    return decide_safely(snapshot_, event, refused);
  }
  if (std::optional<SymbolStanding> standing = take_way(*decision)) {
    hold_places();  // what the book took up a moment ago
    DecisionContext refused = context(check);
    refused.standing = std::move(*standing);
    return decide_safely(snapshot_, event, refused);
  }
  if (const std::optional<Decimal> free = set_aside(*decision)) {
    give_back(*decision);
    hold_places();  // what the book took up a moment ago
    DecisionContext refused = context(check);
    refused.funds.free = free;
    return decide_safely(snapshot_, event, refused);
  }
  if (!is_entry(*decision)) return decision;
  using Taken = FleetExposure::Taken;
  const Taken taken =
      around_->exposure->try_take(slot_, rollout_of(engine(), around_->rollout).live_bots);
  if (taken == Taken::kYes) return decision;
  give_back(*decision);
  hold_places();  // what the book took up a moment ago
  DecisionContext full = context(check);
  if (taken == Taken::kNoPlace)
    full.open_positions_global = full.max_open_positions_global;
  else
    full.live_bots = full.rollout.live_bots;
  return decide_safely(snapshot_, event, full);
}

void BotActor::take_turn(const BotEvent& event, UnderWay under_way) {
  Result<Decision> decision = decide_within_limits(event, under_way.look());
  if (!decision) return give_up(under_way, decision.error());
  under_way.decision = std::make_unique<Decision>(std::move(*decision));
  if (is_empty(*under_way.decision, snapshot_)) {
    perform(under_way.decision->turn, under_way);
    tell_holds();
    return next_from_inbox();
  }
  commit(std::move(under_way));
}

// The event contradicts what is durable, or what comes of it cannot be written. Going on could
// trade on a wrong position, so this activation ends; the supervisor reloads, and quarantines the
// bot if it happens again. Only the candle's trace is left.
void BotActor::give_up(const UnderWay& under_way, const Error& error) {
  if (under_way.check) {
    const CheckDue due{under_way.check->market, under_way.check->due_at};
    if (const auto trace = failed_trace(snapshot_, due, context(&*under_way.check), error)) {
      auto commit = std::make_shared<storage::Commit>();
      commit->producer = config_->id.value;
      commit->epoch = epoch_;
      commit->turn = snapshot_.turn + 1;
      commit->at = around_->clock.now();
      commit->always.puts.push_back(trace_row(*trace, around_->traces_kept));
      send(around_->journal, CommitRequest{std::move(commit), nullptr});
    }
    fail_check(*under_way.check, ReasonCode::kCheckFailed, to_string(error));
  }
  send(around_->observer, AlertRaised{"bot.failed", config_->id.value + ": " + to_string(error)});
  quit(caf::exit_reason::unhandled_exception);
}

void BotActor::commit(UnderWay&& under_way) {
  under_way_ = std::make_unique<UnderWay>(std::move(under_way));
  if (mutation::active(mutation::Kind::kReleaseBeforeSync))
    perform(under_way_->decision->turn, *under_way_);
  if (mutation::active(mutation::Kind::kForgetClosing))
    std::erase_if(under_way_->decision->turn.effects.positions, [](const Position& position) {
      return position.status == PositionStatus::kClosed;
    });
  storage::WriteOps more;
  if (around_->exposure->has_ledger()) more = note_results(*under_way_);
  CommitRequest request{commit_for(*config_, *under_way_->decision, epoch_, around_->clock.now(),
                                   &more, around_->traces_kept),
                        this};
  if (under_way_->check) return send(around_->journal, std::move(request));
  send<kCommitFirst>(around_->journal, std::move(request));
}

// The guards of all bots hear of a closed position before it is durable. If it never becomes so,
// they have locked too much, until the process that could not write ends; never too little.
storage::WriteOps BotActor::note_results(UnderWay& under_way) {
  storage::WriteOps ops;
  for (const Position& position : under_way.decision->turn.effects.positions) {
    if (position.status != PositionStatus::kClosed) continue;
    const FleetResult result{config_->id, position.symbol, closed_result(position)};
    if (const Duration memory = around_->exposure->memory(); memory > Duration{0})
      put_result(ops, result, result.result.at + memory);
    for (FleetLock& locked : around_->exposure->note_closed(result)) {
      put_lock(ops, locked);
      note(ops, {.at = around_->clock.now(),
                 .kind = "risk.locked",
                 .bot = config_->id,
                 .subject = scope_of(locked),
                 .detail = lock_text(locked),
                 .actor = "engine"});
      under_way.locked.push_back(std::move(locked));
    }
  }
  return ops;
}

void BotActor::on_committed(const Committed& committed) {
  ENGINE_ASSERT(under_way_ != nullptr);
  const std::unique_ptr<UnderWay> finished = std::move(under_way_);
  using storage::CommitOutcome;
  if (committed.result.outcome == CommitOutcome::kFenced ||
      committed.result.outcome == CommitOutcome::kTooLarge ||
      committed.result.outcome == CommitOutcome::kClaimRefused)
    give_back(*finished->decision);
  if (committed.result.outcome == CommitOutcome::kFenced) {
    quit(caf::exit_reason::normal);
    return;
  }
  if (committed.result.outcome == CommitOutcome::kTooLarge)
    return give_up(*finished, {ErrorCode::kInvalidInput, "its records are too large to be kept",
                               "bot " + config_->id.value, "shorten what the strategy says"});
  if (committed.result.outcome == CommitOutcome::kClaimRefused) {
    if (const auto reason = refusal_of(*finished->decision, committed.result.refused_claim))
      return decide_again(*finished, *reason);
    return settled_before(*finished);
  }
  Turn& turn = finished->decision->turn;
  note_ended(turn.next);
  note_freed(turn.effects);
  snapshot_ = std::move(turn.next);
  hold_places();
  if (!mutation::active(mutation::Kind::kReleaseBeforeSync)) perform(turn, *finished);
  tell_holds();
  next_from_inbox();
}

// Nothing of the refused turn was written; only its number is used up. A close that reconciliation
// asked for is in the queue already, then.
void BotActor::decide_again(UnderWay& refused, ReasonCode reason) {
  snapshot_.turn = refused.decision->turn.next.turn;
  hold_places();
  if (refused.signal) return take_signal(std::move(refused.signal), reason);
  if (!refused.check) return next_from_inbox();
  UnderWay under_way;
  under_way.check = refused.check;
  take_turn(CheckDue{refused.check->market, refused.check->due_at, reason}, std::move(under_way));
}

// An earlier activation decided this signal and died before it said so.
void BotActor::settled_before(const UnderWay& refused) {
  snapshot_.turn = refused.decision->turn.next.turn;
  hold_places();
  send(refused.signal->look.reply_to, SignalSettled{config_->id, refused.signal->waiting->order});
  next_from_inbox();
}

// Everything here is seen outside, so everything here is durable.
void BotActor::perform(const Turn& turn, const UnderWay& under_way) {
  for (const FleetLock& locked : under_way.locked)
    send(around_->observer,
         AlertRaised{"risk.locked", scope_of(locked) + ": " + lock_text(locked)});
  if (under_way.report) return settle_report(turn, under_way.report);
  if (under_way.status && under_way.status->reply_to)
    send(under_way.status->reply_to,
         StatusTaken{slot_, under_way.status->change.to, snapshot_.status});
  if (under_way.adopted && !turn.effects.fills.empty())
    send(under_way.adopted->reply_to,
         ReductionSettled{under_way.adopted->event.difference, under_way.adopted->event.position,
                          turn.effects.fills.front().fill.quantity});
  if (under_way.adopts_position)
    for (const PositionFill& booked : turn.effects.fills)
      tell_adopted(turn.effects.positions.front(), booked.fill.client_id, booked.fill.quantity);
  const auto& trade = turn.effects.trade;
  if (trade && trade->status == TradeStatus::kPending) {
    EnqueueTrade enqueue{*trade, slot_};
    if (mutation::active(mutation::Kind::kNoStop)) enqueue.trade.stop_client_id = {};
    send(around_->trade_queue, std::move(enqueue));
  }
  if (under_way.check) {
    for (const Position& position : turn.effects.positions) tell_stop(position);
    answer_check(*under_way.check, turn);
  }
  if (under_way.signal) settle_signal(turn, *under_way.signal);
}

// After each turn, changed or not: the supervisor's words and this one pass each other.
void BotActor::tell_holds() {
  if (snapshot_.status == BotStatus::kActive || !around_->scheduler) return;
  send(around_->scheduler, BotHolds{slot_, !snapshot_.open_positions.empty()});
}

void BotActor::tell_stop(const Position& position) {
  send(around_->trade_queue, MoveStop{position.id, position.stop_loss});
}

void BotActor::tell_adopted(const Position& position, const ClientOrderId& id, Quantity quantity) {
  NoteAdoption note{slot_,
                    {.id = id,
                     .group = position.id,
                     .symbol = position.symbol,
                     .entry_side = entry_side(position.side),
                     .quantity = quantity,
                     .stop_loss = {},
                     .take_profit = {}}};
  if (!position.stop_client_id.empty())
    note.part.stop_loss = AttachedOrder{position.stop_client_id, position.stop_loss};
  if (!position.take_profit_client_id.empty())
    note.part.take_profit = AttachedOrder{position.take_profit_client_id, position.take_profit};
  send(around_->trade_queue, std::move(note));
}

void BotActor::settle_signal(const Turn& turn, const TakeSignal& take) {
  send(take.look.reply_to, SignalSettled{config_->id, take.waiting->order});
  send(around_->observer, SignalNoticed{config_->id, turn.outcome, turn.reason});
}

void BotActor::settle_report(const Turn& turn, const std::shared_ptr<const OrderReported>& report) {
  ReportSettled settled;
  settled.report = report;
  settled.bot_slot = slot_;
  settled.closes = close_sizes(snapshot_);
  // A close that the queue found nothing for may have to wait, or have something to sell.
  const bool goes_on = report->blocked == ReasonCode::kNothingToClose &&
                       std::ranges::find(snapshot_.pending, report->trade.id, &PendingTrade::id) !=
                           snapshot_.pending.end();
  settled.final =
      !goes_on && (report->blocked != ReasonCode::kNone || is_final(report->report.status));
  FillsNoticed notice{config_->id, config_->symbol,
                      static_cast<std::uint32_t>(turn.effects.fills.size()), false, false};
  for (const Position& position : turn.effects.positions) {
    notice.is_opened = position.status == PositionStatus::kOpen;
    if (position.status != PositionStatus::kClosed) continue;
    notice.is_closed = true;
    settled.closed.push_back(position.stop_client_id);
    settled.closed.push_back(position.take_profit_client_id);
  }
  send(around_->trade_queue, std::move(settled));
  if (notice.fills > 0) send(around_->observer, std::move(notice));
}

void BotActor::answer_check(const Check& check, const Turn& turn) {
  send(check.reply_to, CheckDone{.slot = slot_,
                                 .cycle = check.cycle,
                                 .outcome = turn.outcome,
                                 .reason = turn.reason,
                                 .next_check_at = snapshot_.next_check_at,
                                 .error = {},
                                 .again_at = turn.again_at,
                                 .is_idle = snapshot_.pending.empty() && is_quiet()});
  if (turn.effects.signal)
    send(around_->observer, SignalNoticed{config_->id, turn.outcome, turn.reason});
}

void BotActor::fail_check(const Check& check, ReasonCode reason, std::string error) {
  send(check.reply_to, CheckDone{.slot = slot_,
                                 .cycle = check.cycle,
                                 .outcome = CheckOutcome::kNotACheck,
                                 .reason = reason,
                                 .next_check_at = snapshot_.next_check_at,
                                 .error = std::move(error)});
}

void BotActor::next_from_inbox() {
  if (!under_way_ && status_) {
    const std::unique_ptr<ChangeStatus> change = std::move(status_);
    take_status(*change);
  }
  if (!under_way_ && lifts_) {
    const LockLifted lift = std::move(lifts_->front());
    lifts_->erase(lifts_->begin());
    if (lifts_->empty()) lifts_.reset();
    take_turn(lift, {});
  }
  if (!under_way_ && signal_) take_signal(std::move(signal_), ReasonCode::kNone);
  if (!under_way_ && inbox_) {
    const DeliverReport next = std::move(inbox_->front());
    inbox_->pop_front();
    if (inbox_->empty()) inbox_.reset();
    return on_report(next);
  }
  if (under_way_ || !check_) return end_if_quiet();
  const std::unique_ptr<Check> check = std::move(check_);
  on_check(*check);
}

}  // namespace botbox::actors
