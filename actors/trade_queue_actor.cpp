#include "actors/trade_queue_actor.hpp"

#include <algorithm>
#include <utility>

#include "actors/turn_commit.hpp"
#include "engine/assert.hpp"
#include "engine/execution/identity.hpp"
#include "engine/execution/outcome.hpp"
#include "engine/mutation.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

constexpr Duration kRetryUnsent{1'000};
// How long a close waits for the end of what still enters its position.
constexpr Duration kCloseWaits{60'000};

std::string words_of_cancel(const std::string& who) { return "cancelled by " + who; }

using exchange::ExchangeCall;

// kNone: the exchange's own word.
ReasonCode reason_of_refusal(ErrorCode code) {
  switch (code) {
    // Its own stop was faster.
    case ErrorCode::kNothingOpen: return ReasonCode::kClosedMeanwhile;
    case ErrorCode::kNotSent: return ReasonCode::kOrderNotSent;
    default: return ReasonCode::kNone;
  }
}

}  // namespace

TradeQueueActor::TradeQueueActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                                 caf::actor exchange, caf::actor observer,
                                 TradeQueueSettings settings, TradeQueueBirth birth)
    : caf::event_based_actor(config),
      clock_(clock),
      journal_(std::move(journal)),
      exchange_(std::move(exchange)),
      observer_(std::move(observer)),
      settings_(settings),
      queue_(settings.resend_after),
      watch_(settings.alerts),
      engine_(std::move(birth.engine)),
      reconciler_(std::move(birth.reconciler)),
      hold_{.waiting = reconciler_ != nullptr,
            .closes = reconciler_ != nullptr && engine_.reconcile_first,
            .all = false,
            .symbols = nullptr},
      epoch_(birth.epoch),
      restored_at_(birth.restored_at) {
  for (std::size_t i = 0; i < birth.open_trades.size(); ++i) {
    Trade& trade = birth.open_trades[i];
    const Route route{birth.trade_slots[i]};
    for (const ClientOrderId* id :
         {&trade.client_order_id, &trade.stop_client_id, &trade.take_profit_client_id})
      if (!id->empty()) routes_[id->value] = route;
    const TradeId id = trade.id;
    const bool is_in_doubt = trade.status == TradeStatus::kExecuting || may_be_out(trade);
    queue_.add(std::move(trade), clock_.now());
    if (!is_in_doubt || queue_.find(id) == nullptr) continue;
    unheard_.insert(id.value);
    queue_.recover(id);
  }
  for (const auto& [id, slot] : birth.order_routes) {
    routes_[id.value] = Route{slot};
    unheard_.insert(id.value);
  }
  if (!reconciler_) unheard_.clear();
  for (const auto& [id, by] : birth.cancelled) {
    const TradeQueue::Entry* entry = queue_.find(id);
    if (entry == nullptr) continue;
    unwanted_.insert_or_assign(id.value,
                               Unwanted{words_of_cancel(by), ReasonCode::kCancelledByOperator});
    end_if_cancelled(*entry);
  }
}

void TradeQueueActor::on_exit() {
  bots_.clear();
  committing_.clear();  // promises in it hold this actor
  waker_ = nullptr;
  journal_ = exchange_ = observer_ = drain_to_ = reconciler_ = nullptr;
}

caf::behavior TradeQueueActor::make_behavior() {
  ask_what_may_be_out();
  block_what_may_not_leave();
  clear_ways();
  arm_tick(Duration{0});
  return {[this](const EnqueueTrade& message) { enqueue(message); },
          [this](const PermitsGranted& granted) { on_permits(granted); },
          [this](const Committed& committed) { on_committed(committed); },
          [this](const OrdersAnswered& answered) { on_answers(answered); },
          [this](const ReportSettled& settled) { on_settled(settled); },
          [this](const OrderUpdatesPolled& polled) { on_updates(polled); },
          [this](TickNow) {
            tick_armed_ = false;
            on_tick();
          },
          [this](const OrderAsked& asked) { on_asked(asked); },
          [this](const BotAttached& attached) { on_attached(attached); },
          [this](const BotDetached& detached) {
            if (detached.slot < bots_.size()) bots_[detached.slot] = nullptr;
            if (detached.waker) waker_ = detached.waker;
            if (reports_.contains(detached.slot)) wake(detached.slot);
            finish_drain();
          },
          [this](const NoteAdoption& note) {
            for (const auto* leg : {&note.part.stop_loss, &note.part.take_profit})
              if (*leg) routes_[(*leg)->client_id.value] = Route{note.bot_slot};
            send(exchange_, note);
          },
          [this](const MoveStop& move) { send(exchange_, move); },
          [this](const TellStopPassed& passed) { on_stop_passed(passed); },
          [this](const SetEngineState& message) { on_engine_state(message); },
          [this](const HoldEntries& hold) { on_hold(hold); },
          [this](const CancelTrade& message) { return cancel(message); },
          [this](const OrderCancelled& cancelled) { on_cancelled(cancelled); },
          [this](const AskQueue& ask) { return told(ask); },
          [this](const AlertsConfigured& said) { watch_.set_thresholds(said.thresholds); },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](const Drain& drain) { on_drain(drain); }};
}

// -- trades in

void TradeQueueActor::enqueue(const EnqueueTrade& message) {
  const Trade& trade = message.trade;
  for (const ClientOrderId* id :
       {&trade.client_order_id, &trade.stop_client_id, &trade.take_profit_client_id})
    if (!id->empty()) routes_[id->value] = Route{message.bot_slot};
  queue_.add(trade, clock_.now());
  ask_first(trade);
  block_what_may_not_leave();
  clear_way(trade.id);
  pump();
}

ReasonCode TradeQueueActor::held_back(const Trade& trade) const {
  if (!engine_.live_trading) return ReasonCode::kOrderBlockedLiveTrading;
  const bool is_held =
      hold_.all || (hold_.symbols != nullptr && hold_.symbols->contains(trade.symbol));
  if (is_held && trade.direction != Direction::kClose) return ReasonCode::kReconciliationPending;
  if (mode_allows(trade, engine_.mode)) return ReasonCode::kNone;
  return engine_.mode == EngineMode::kHalted ? ReasonCode::kEngineHalted
                                             : ReasonCode::kEngineReducing;
}

void TradeQueueActor::block(const Trade& trade) {
  const ReasonCode reason = held_back(trade);
  std::string why = fmt::format("the engine is {}", to_string(engine_.mode));
  if (reason == ReasonCode::kOrderBlockedLiveTrading) why = "live trading is off";
  if (reason == ReasonCode::kReconciliationPending)
    why = fmt::format("{}: see 'botbox inspect differences'",
                      hold_.why_all.empty() ? kDiffersFromRecords : hold_.why_all);
  fail(trade, why, reason);
}

// What comes into a restored queue that drains is not asked for any more: the next start does both.
void TradeQueueActor::block_what_may_not_leave() {
  if (mode() == EngineMode::kActive || (draining_ && !restored_at_.is_never())) return;
  for (const Trade& trade : queue_.take_blocked(mode())) block(trade);
}

void TradeQueueActor::on_engine_state(const SetEngineState& message) {
  engine_ = message.state;
  block_what_may_not_leave();
  pump();
}

void TradeQueueActor::on_hold(const HoldEntries& hold) {
  hold_ = hold;
  pump();
}

// A protective order that stands is as it was; its fills are news.
void TradeQueueActor::tell_reconciler(const OrderReport& report) {
  if (report.fills.empty() && queue_.find(report.client_id) == nullptr) return;
  if (unheard_.erase(report.client_id.value) == 0) return;
  send(reconciler_, OrderHeard{std::make_shared<const OrderReport>(report)});
}

// -- permits

void TradeQueueActor::ask_permits(Ticket ticket, std::size_t count) {
  const std::uint64_t bit = 1ULL << ticket;
  if (count == 0 || (permits_asked_ & bit) != 0) return;
  permits_asked_ |= bit;
  send(exchange_,
       AcquirePermits{.ticket = ticket,
                      .call = ticket == kAsk      ? ExchangeCall::kAskOrder
                              : ticket == kPoll   ? ExchangeCall::kOrderUpdates
                              : ticket == kCancel ? ExchangeCall::kCancel
                                                  : ExchangeCall::kPlace,
                      // Asking for unknown outcomes protects money that may be at stake already.
                      .is_protective = ticket != kPlaceNormal,
                      .count = static_cast<std::uint32_t>(std::min(count, settings_.dispatch_max)),
                      .reply_to = this});
}

void TradeQueueActor::pump() {
  const Timestamp now = clock_.now();
  if (!draining_) {
    ask_for_sizes();
    const std::size_t closes = queue_.waiting(close_mode(), now);
    const std::size_t all = queue_.waiting(entry_mode(), now);
    ask_permits(kPlaceProtective, closes);
    ask_permits(kPlaceNormal, all - closes);
  }
  ask_permits(kCancel, to_cancel_.size());
  const Timestamp question = queue_.next_question_at();
  // Counting walks over all trades: not while the last ask is under way.
  const bool is_asking = (permits_asked_ & (1ULL << kAsk)) != 0;
  if (!question.is_never() && question <= now && !is_asking)
    ask_permits(kAsk, std::max<std::size_t>(1, queue_.unknown_outcomes() + queue_.recovering()));
}

void TradeQueueActor::on_permits(const PermitsGranted& granted) {
  permits_asked_ &= ~(1ULL << granted.ticket);
  switch (granted.ticket) {
    case kPlaceNormal: dispatch(granted, entry_mode()); break;
    case kPlaceProtective: dispatch(granted, close_mode()); break;
    case kAsk: ask_orders(granted); break;
    case kPoll:
      if (granted.permits.empty()) {
        polling_ = false;
        break;
      }
      polled_at_ = clock_.now();
      send(exchange_, PollOrderUpdates{granted.permits.front(), update_cursor_, this, polled_at_});
      break;
    case kCancel:
      for (const Permit& permit : granted.permits) {
        if (to_cancel_.empty()) break;
        send(exchange_,
             CancelOrder{permit, to_cancel_.front().first, to_cancel_.front().second, this});
        cancelling_.insert_or_assign(to_cancel_.front().second.value, clock_.now());
        to_cancel_.pop_front();
      }
      break;
    default: ENGINE_ASSERT(false);
  }
  if (granted.permits.empty()) {
    const Duration wait = granted.retry_at - clock_.now();
    return arm_tick(std::clamp(wait, Duration{50}, Duration{1'000}));
  }
  pump();
}

// -- out

void TradeQueueActor::dispatch(const PermitsGranted& granted, EngineMode allowed) {
  if (draining_) return;
  Dispatch next{queue_.take_dispatchable(granted.permits.size(), allowed, clock_.now()),
                granted.permits};
  if (next.trades.empty()) return;
  storage::WriteOps rows = dispatch_rows(next.trades, clock_.now());
  if (mutation::active(mutation::Kind::kSendBeforeSync)) {
    send_out(next);
    next = {};
  }
  commit(std::move(rows), std::move(next));
}

void TradeQueueActor::commit(storage::WriteOps rows, Dispatch dispatch) {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "trade_queue";
  commit->epoch = epoch_;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  commit->always = std::move(rows);
  committing_.emplace(turn_, std::move(dispatch));
  send<kCommitFirst>(journal_, CommitRequest{std::move(commit), this});
}

void TradeQueueActor::on_committed(const Committed& committed) {
  ENGINE_ASSERT(committed.result.outcome == storage::CommitOutcome::kCommitted);
  auto node = committing_.extract(committed.turn);
  ENGINE_ASSERT(!node.empty());
  Dispatch& dispatch = node.mapped();
  if (!dispatch.trades.empty()) send_out(dispatch);
  if (dispatch.wish) on_wish_durable(std::move(*dispatch.wish));
  finish_drain();
}

void TradeQueueActor::send_out(const Dispatch& dispatch) {
  auto items = std::make_shared<std::vector<PlaceOrders::Item>>();
  items->reserve(dispatch.trades.size());
  bool asks = false;
  for (std::size_t i = 0; i < dispatch.trades.size(); ++i) {
    const Trade& trade = dispatch.trades[i];
    if (!is_to_be_sent(trade)) continue;
    if (may_be_out(trade)) {
      send(exchange_, NoteRepeat{order_request(trade)});
      queue_.ask_first(trade.id, clock_.now(), "restored: the exchange is asked first");
      asks = true;
      continue;
    }
    // A switch that took effect during the commit: nothing was sent, so nothing is.
    if (held_back(trade) != ReasonCode::kNone) {
      block(trade);
      continue;
    }
    const auto unwanted = unwanted_.find(trade.client_order_id.value);
    if (unwanted != unwanted_.end()) {
      fail(trade, unwanted->second.why, unwanted->second.reason);
      continue;
    }
    ENGINE_ASSERT(i < dispatch.permits.size());
    items->push_back({dispatch.permits[i], order_request(trade), trade.attempts});
    queue_.sent(trade.id, clock_.now());
  }
  if (!items->empty()) {
    const auto orders = static_cast<std::uint32_t>(items->size());
    send(exchange_, PlaceOrders{std::move(items), this});
    send(observer_, OrdersNoticed{orders});
  }
  if (asks) pump();
}

// False: while its dispatch was being written, an earlier attempt turned out to have arrived.
bool TradeQueueActor::is_to_be_sent(const Trade& trade) const {
  const TradeQueue::Entry* entry = queue_.find(trade.id);
  return entry != nullptr && entry->stage == QueueStage::kCommitting;
}

// Ids are functions of decisions, so what the forgotten life decided, this one decides again: from
// the same candle, or from an alert that is sent again. A venue that forgets the ids of final
// orders would take it twice; one that looks at the balance first would refuse it for what it has
// done.
bool TradeQueueActor::may_be_out(const Trade& trade) const {
  return !restored_at_.is_never() && trade.created_at < restored_at_ + kIdempotencyRetention &&
         !not_out_.contains(trade.client_order_id.value);
}

// A forgotten life may have sent what waits here, so no switch and no wish ends it before the
// exchange has said that it has no such order. It stays PENDING meanwhile: reconciliation looks at
// no symbol with an order under way, and this one leaves only after it has looked.
void TradeQueueActor::ask_first(const Trade& trade) {
  if (draining_ || !may_be_out(trade)) return;
  if (queue_.ask_unsent(trade.id, clock_.now())) send(exchange_, NoteRepeat{order_request(trade)});
}

void TradeQueueActor::ask_what_may_be_out() {
  if (restored_at_.is_never()) return;
  std::vector<Trade> waiting;
  queue_.for_each([&](const TradeQueue::Entry& entry) { waiting.push_back(entry.trade); });
  for (const Trade& trade : waiting) ask_first(trade);
}

// The forgotten life did send it. The record says so first; then the exchange is asked again, and
// what it says is taken.
void TradeQueueActor::take_up(const TradeQueue::Entry& entry) {
  std::optional<Trade> found = queue_.take_found(entry.trade.id, clock_.now());
  if (!found) return;
  not_out_.erase(found->client_order_id.value);
  Dispatch dispatch;
  dispatch.trades.push_back(std::move(*found));
  storage::WriteOps rows = dispatch_rows(dispatch.trades, clock_.now());
  commit(std::move(rows), std::move(dispatch));
}

// A poll may tell of a stop that has fired while an entry of its bot is still asked for, and asked
// for again. What the entry bought may be what the stop sold: a bot that hears of the stop first
// can make nothing of it. True: it is told when the entry has its answer.
bool TradeQueueActor::put_off(const OrderReport& report, std::uint32_t slot) {
  if (restored_at_.is_never()) return false;
  const TradeQueue::Entry* entry = queue_.find_if([&](const TradeQueue::Entry& other) {
    const Trade& trade = other.trade;
    const bool has_answer = other.stage == QueueStage::kWorking ||
                            other.stage == QueueStage::kReported ||
                            other.refusals >= TradeQueue::kRefusals;
    if (has_answer || trade.symbol != report.symbol || !may_be_out(trade)) return false;
    const auto route = routes_.find(trade.client_order_id.value);
    return trade.direction != Direction::kClose && route != routes_.end() &&
           route->second.slot == slot;
  });
  if (entry == nullptr) return false;
  put_off_[entry->trade.id.value].insert_or_assign(report.client_id.value, report);
  return true;
}

void TradeQueueActor::tell_put_off(const ClientOrderId& entry) {
  const auto waiting = put_off_.extract(entry.value);
  if (waiting.empty()) return;
  for (const auto& [id, report] : waiting.mapped()) handle_report(report);
}

void TradeQueueActor::ask_orders(const PermitsGranted& granted) {
  const Timestamp now = clock_.now();
  const std::vector<Trade> due = queue_.take_questions(granted.permits.size(), now);
  for (std::size_t i = 0; i < due.size(); ++i)
    send(exchange_, AskOrder{granted.permits[i], due[i].symbol, due[i].client_order_id, this, now});
}

// -- words of the exchange

void TradeQueueActor::on_answers(const OrdersAnswered& answered) {
  for (const OrderAnswered& answer : *answered.answers) on_answer(answer);
  pump();
  finish_drain();
}

void TradeQueueActor::on_answer(const OrderAnswered& answer) {
  if (answer.report) return handle_report(*answer.report);
  const TradeQueue::Entry* entry = queue_.find(answer.client_id);
  if (entry == nullptr || answer.attempt != entry->trade.attempts) return;
  const Error& error = answer.report.error();
  if (entry->stage != QueueStage::kInFlight) return on_late_answer(*entry, error);
  switch (error.code) {
    case ErrorCode::kRejected:
    case ErrorCode::kNotSent:
    case ErrorCode::kNothingOpen: return refuse(*entry, error);
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded:
      queue_.unsent(entry->trade.id, clock_.now() + kRetryUnsent);
      if (end_if_cancelled(*entry)) return;
      block_what_may_not_leave();
      return arm_tick(kRetryUnsent);
    // "That id is taken" means that an earlier attempt arrived: its own report tells how it went.
    default: return unknown(entry->trade.id, to_string(error));
  }
}

// To the newest attempt, when it was not expected any more. Only a refusal says what the question
// by id would not: that the order will not come.
void TradeQueueActor::on_late_answer(const TradeQueue::Entry& entry, const Error& error) {
  if (entry.stage != QueueStage::kUnknown && entry.stage != QueueStage::kAsking) return;
  switch (error.code) {
    case ErrorCode::kRejected:
    case ErrorCode::kNotSent:
    case ErrorCode::kNothingOpen: return refuse(entry, error);
    default: return;
  }
}

// A venue may look at the balance before it looks at the client id. So the refusal of a further
// attempt can mean that an earlier one arrived late and took the money: the exchange is asked by
// the id first, and only where it knows of no order the refusal counts.
void TradeQueueActor::refuse(const TradeQueue::Entry& entry, const Error& error) {
  const ReasonCode reason = reason_of_refusal(error.code);
  const bool was_sent_once =
      entry.trade.attempts < 2 && !not_out_.contains(entry.trade.client_order_id.value);
  if (was_sent_once) return fail(entry.trade, error.message, reason);
  refused_.insert_or_assign(entry.trade.client_order_id.value, Refusal{error.message, reason});
  if (entry.stage == QueueStage::kInFlight)
    unknown(entry.trade.id, "a further attempt was refused: " + error.message);
}

void TradeQueueActor::unknown(const TradeId& id, const std::string& message) {
  queue_.no_answer(id, clock_.now(), message);
  const TradeQueue::Entry* entry = queue_.find(id);
  storage::WriteOps rows;
  rows.puts.push_back({storage::trade_key(id), storage::encode(entry->trade)});
  note(rows, {.at = clock_.now(),
              .kind = "trade.outcome_unknown",
              .bot = entry->trade.bot,
              .subject = id.value,
              .detail = with_standing(entry->trade.error_message, entry->trade),
              .actor = "engine"});
  commit(std::move(rows), {});
  arm_tick(Duration{1'000});
}

void TradeQueueActor::on_asked(const OrderAsked& asked) {
  const TradeQueue::Entry* entry = queue_.find(asked.client_id);
  const bool is_awaited = entry != nullptr && entry->stage == QueueStage::kAsking &&
                          entry->awaited_since == asked.asked_at;
  // What was not there then may have come since; what was there is.
  const bool has_order = asked.report && asked.report->has_value();
  if (!is_awaited && !has_order) return;
  if (has_order) {
    if (entry != nullptr && entry->trade.status == TradeStatus::kPending)
      take_up(*entry);
    else
      handle_report(**asked.report);
  } else if (!asked.report) {
    // Of a symbol that left the exchange, for instance, nothing can be asked any more.
    const bool is_refused = asked.report.error().code == ErrorCode::kRejected;
    if (is_refused) queue_.question_refused(entry->trade.id);
    queue_.no_answer(entry->trade.id, clock_.now(), to_string(asked.report.error()));
    tell_put_off(asked.client_id);
  } else if (const auto refusal = refused_.extract(asked.client_id.value); !refusal.empty()) {
    fail(entry->trade, refusal.mapped().message, refusal.mapped().reason);
  } else {
    if (!restored_at_.is_never()) not_out_.insert(asked.client_id.value);
    queue_.not_found(entry->trade.id, clock_.now());
    // What is sent now was missed by nobody.
    if (entry->stage == QueueStage::kWaiting) unheard_.erase(asked.client_id.value);
    if (!end_if_cancelled(*entry)) block_what_may_not_leave();
    tell_put_off(asked.client_id);
  }
  pump();
  arm_tick(Duration{1'000});
}

// One that was given up on tells what it tells; the one that followed it is still under way.
void TradeQueueActor::on_updates(const OrderUpdatesPolled& polled) {
  const bool is_newest = polled.asked_at == polled_at_;
  if (is_newest) polling_ = false;
  if (!polled.updates) return;
  if (is_newest) update_cursor_ = polled.updates->next_cursor;
  for (const OrderReport& report : polled.updates->reports) handle_report(report);
  pump();
}

void TradeQueueActor::handle_report(const OrderReport& report) {
  const auto route = routes_.find(report.client_id.value);
  if (route == routes_.end()) return;  // not ours, or settled long ago
  tell_reconciler(report);
  pass_on(report, route->second.slot);
  tell_put_off(report.client_id);
}

void TradeQueueActor::pass_on(const OrderReport& report, std::uint32_t slot) {
  const TradeQueue::Entry* entry = queue_.find(report.client_id);
  if (entry != nullptr) {
    // The exchange knows more than the disk: a backup was restored. The trade goes its way, and its
    // order is asked for before it is sent.
    if (entry->trade.status == TradeStatus::kPending) return;
    if (entry->stage == QueueStage::kReported) return;
    // Restored: send_out() tells the exchange of it first, and asks.
    if (entry->stage == QueueStage::kCommitting && may_be_out(entry->trade)) return;
    if (is_final(report.status))
      queue_.reported(entry->trade.id);
    else
      accept(*entry, report);
  } else if (put_off(report, slot)) {
    return;
  }
  // Nothing that a bot would write down.
  if (report.fills.empty() && (entry == nullptr || !is_final(report.status))) return;
  const auto unwanted = unwanted_.find(report.client_id.value);
  deliver(slot, std::make_shared<const OrderReported>(
                    OrderReported{.trade = entry != nullptr ? entry->trade : Trade{},
                                  .report = report,
                                  .blocked = ReasonCode::kNone,
                                  .cancelled = unwanted != unwanted_.end() ? unwanted->second.reason
                                                                           : ReasonCode::kNone}));
}

// One that was to be cancelled while it was on its way is cancelled now.
void TradeQueueActor::accept(const TradeQueue::Entry& entry, const OrderReport& report) {
  const bool is_news = entry.stage != QueueStage::kWorking;
  queue_.accepted(entry.trade.id, report.order_id, clock_.now());
  if (is_news && unwanted_.contains(report.client_id.value))
    to_cancel_.emplace_back(entry.trade.symbol, entry.trade.client_order_id);
}

void TradeQueueActor::fail(const Trade& trade, const std::string& message, ReasonCode blocked) {
  const auto route = routes_.find(trade.client_order_id.value);
  ENGINE_ASSERT(route != routes_.end());
  auto reported = std::make_shared<OrderReported>();
  reported->trade = trade;
  reported->report.client_id = trade.client_order_id;
  reported->report.symbol = trade.symbol;
  reported->report.status = OrderStatus::kRejected;
  reported->report.message = message;
  reported->report.updated_at = clock_.now();
  reported->blocked = blocked;
  queue_.reported(trade.id);
  deliver(route->second.slot, std::move(reported));
}

// -- to and from the bots

void TradeQueueActor::deliver(std::uint32_t slot, std::shared_ptr<const OrderReported> report) {
  Reports& reports = reports_[slot];
  reports.push_back(std::move(report));
  if (reports.size() == 1) tell_first(slot);
}

void TradeQueueActor::tell_first(std::uint32_t slot) {
  const auto reports = reports_.find(slot);
  if (reports == reports_.end() || slot >= bots_.size()) return;
  if (!bots_[slot]) return wake(slot);
  send(bots_[slot], DeliverReport{reports->second.front()});
}

void TradeQueueActor::on_settled(const ReportSettled& settled) {
  const std::uint32_t slot = settled.bot_slot;
  const auto told = reports_.find(slot);
  if (told == reports_.end() || told->second.front() != settled.report) return;
  const std::shared_ptr<const OrderReported> report = std::move(told->second.front());
  told->second.pop_front();
  if (told->second.empty()) reports_.erase(told);
  for (const ClientOrderId& closed : settled.closed) routes_.erase(closed.value);
  const TradeId& trade = report->trade.id;
  const std::string& id = report->report.client_id.value;
  const bool goes_on = report->blocked == ReasonCode::kNothingToClose && !settled.final;
  if (goes_on) queue_.unsent(trade, clock_.now() + kCloseWaits);
  for (const CloseSize& size : settled.closes) resize(size);
  if (settled.final && !trade.empty()) {
    queue_.settled(trade);
    unwanted_.erase(id);
    refused_.erase(id);
    not_out_.erase(id);
    routes_.erase(id);
    if (report->report.filled.is_zero()) {
      routes_.erase(report->trade.stop_client_id.value);
      routes_.erase(report->trade.take_profit_client_id.value);
    }
  }
  tell_first(slot);
  if (goes_on) {
    clear_way(trade);
    block_what_may_not_leave();
  }
  tell_put_off(report->report.client_id);
  pump();
  finish_drain();
}

// Where no close may leave none is asked for: it would fail at once, and again each time that it is
// told. A bot that is away hears of it the next time.
void TradeQueueActor::on_stop_passed(const TellStopPassed& passed) {
  const auto route = routes_.find(passed.event.stop.value);
  if (route == routes_.end() || draining_ || close_mode() == EngineMode::kHalted) return;
  const std::uint32_t slot = route->second.slot;
  if (slot >= bots_.size() || !bots_[slot]) return wake(slot);
  send(bots_[slot], passed);
}

// Of no effect on a bot that comes back by itself.
void TradeQueueActor::wake(std::uint32_t slot) {
  if (waker_) send(waker_, WakeBot{slot});
}

// What an earlier activation was told and did not settle is told again.
void TradeQueueActor::on_attached(const BotAttached& attached) {
  if (bots_.size() <= attached.slot) bots_.resize(attached.slot + 1);
  bots_[attached.slot] = attached.bot;
  tell_first(attached.slot);
}

// -- by hand

// What waits ends here. What stands is cancelled at the exchange, whose word ends it; what is on
// its way there, once it stands. The wish stands in the row of the open trade, which goes when the
// trade ends; it is asked to be written before the bot can be told of that end, so never after it.
caf::typed_response_promise<TradeCancelled> TradeQueueActor::cancel(const CancelTrade& message) {
  auto promise = make_response_promise<TradeCancelled>();
  const auto refuse_it = [&](ErrorCode code, std::string why) {
    promise.deliver(TradeCancelled{botbox::fail(code, std::move(why), "id")});
    return promise;
  };
  const TradeQueue::Entry* entry = queue_.find(message.id);
  if (entry == nullptr)
    return refuse_it(ErrorCode::kNotFound, "no trade of this id waits or stands");
  if (entry->stage == QueueStage::kReported)
    return refuse_it(ErrorCode::kAlreadyExists, "the trade has ended, its bot is being told");
  const std::string by = message.by.empty() ? "an operator" : message.by;
  unwanted_.insert_or_assign(entry->trade.client_order_id.value,
                             Unwanted{words_of_cancel(by), ReasonCode::kCancelledByOperator});
  const bool stands = entry->stage == QueueStage::kWorking;
  const bool waits = entry->stage == QueueStage::kWaiting && !may_be_out(entry->trade);
  storage::WriteOps rows;
  rows.puts.push_back({storage::trade_open_key(entry->trade.id), by});
  commit(std::move(rows), {.trades = {},
                           .permits = {},
                           .wish = Wish{entry->trade.client_order_id,
                                        stands  ? "CANCEL_SENT"
                                        : waits ? "CANCELLED"
                                                : "CANCEL_WANTED",
                                        promise}});
  end_if_cancelled(*entry);
  return promise;
}

void TradeQueueActor::on_wish_durable(Wish wish) {
  const TradeQueue::Entry* entry = queue_.find(wish.trade);
  const bool is_new = !cancelling_.contains(wish.trade.value);
  if (entry != nullptr && entry->stage == QueueStage::kWorking && is_new) {
    to_cancel_.emplace_back(entry->trade.symbol, wish.trade);
    pump();
  }
  wish.promise.deliver(TradeCancelled{std::move(wish.outcome)});
}

// A trade that is not wanted any more, and that waits to be sent.
bool TradeQueueActor::end_if_cancelled(const TradeQueue::Entry& entry) {
  const auto unwanted = unwanted_.find(entry.trade.client_order_id.value);
  if (unwanted == unwanted_.end() || may_be_out(entry.trade)) return false;
  if (!queue_.take_waiting(entry.trade.id)) return false;
  fail(entry.trade, unwanted->second.why, unwanted->second.reason);
  return true;
}

// -- closes before the end of their entry

// Behind an entry that goes on a close would sell what it was decided for, and leave the rest open;
// and where an exchange gives each candle to who came first, it would not come to its turn.
void TradeQueueActor::clear_way(const TradeId& close) {
  const TradeQueue::Entry* const waiting = queue_.find(close);
  // What the operator's switches hold back ends nothing.
  if (waiting == nullptr || held_back(waiting->trade) != ReasonCode::kNone) return;
  for (const TradeId& id : queue_.hold_close(close, clock_.now() + kCloseWaits)) {
    const TradeQueue::Entry& entry = *queue_.find(id);
    if (entry.stage == QueueStage::kReported) continue;
    const ClientOrderId& order = entry.trade.client_order_id;
    unwanted_.try_emplace(order.value,
                          Unwanted{"its position is being closed", ReasonCode::kClosedMeanwhile});
    if (entry.stage == QueueStage::kWorking && !cancelling_.contains(order.value))
      to_cancel_.emplace_back(entry.trade.symbol, order);
    end_if_cancelled(entry);
  }
}

void TradeQueueActor::clear_ways() {
  std::vector<TradeId> closes;
  queue_.for_each([&](const TradeQueue::Entry& entry) {
    if (entry.trade.direction == Direction::kClose) closes.push_back(entry.trade.id);
  });
  for (const TradeId& close : closes) clear_way(close);
}

// What they were to wait for has ended: that may be all there is to say of them.
void TradeQueueActor::ask_for_sizes() {
  for (const Trade& close : queue_.take_unsized(clock_.now()))
    fail(close, "its entry has ended, and nothing of it is open", ReasonCode::kNothingToClose);
}

void TradeQueueActor::resize(const CloseSize& size) {
  if (!queue_.resize_close(size.trade, size.quantity)) return;
  const Trade& trade = queue_.find(size.trade)->trade;
  storage::WriteOps rows;
  rows.puts.push_back({storage::trade_key(trade.id), storage::encode(trade)});
  note(rows, {.at = clock_.now(),
              .kind = "trade.resized",
              .bot = trade.bot,
              .subject = trade.id.value,
              .detail = fmt::format("closes {}, all that is open", to_string(trade.quantity)),
              .actor = "engine"});
  commit(std::move(rows), {});
}

// A cancel that was not carried out, as far as is known, of an order that stands: cancelling twice
// does what cancelling once does.
bool TradeQueueActor::is_worth_another_cancel(const OrderCancelled& cancelled) const {
  const TradeQueue::Entry* entry = queue_.find(cancelled.client_id);
  if (entry == nullptr || entry->stage != QueueStage::kWorking) return false;
  switch (cancelled.report.error().code) {
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded:
    case ErrorCode::kOutcomeUnknown: return true;
    default: return false;
  }
}

void TradeQueueActor::on_cancelled(const OrderCancelled& cancelled) {
  cancelling_.erase(cancelled.client_id.value);
  if (cancelled.report) return handle_report(*cancelled.report);
  if (is_worth_another_cancel(cancelled)) {
    to_cancel_.emplace_back(queue_.find(cancelled.client_id)->trade.symbol, cancelled.client_id);
    return arm_tick(kRetryUnsent);  // which pumps
  }
  send(observer_,
       AlertRaised{"trade.not_cancelled", fmt::format("{}: {}", cancelled.client_id.value,
                                                      to_string(cancelled.report.error()))});
}

QueueTold TradeQueueActor::told(const AskQueue& ask) const {
  QueueTold told{.size = queue_.size(),
                 .by_stage = {},
                 .unknown = queue_.unknown_outcomes(),
                 .recovering = queue_.recovering(),
                 .rows = {}};
  for (std::size_t stage = 0; stage < told.by_stage.size(); ++stage)
    told.by_stage[stage] = queue_.depth(static_cast<QueueStage>(stage));
  if (ask.rows_max == 0) return told;
  queue_.for_each([&](const TradeQueue::Entry& entry) {
    if (told.rows.size() < ask.rows_max) told.rows.push_back({entry.trade, entry.stage});
  });
  return told;
}

// -- clockwork

void TradeQueueActor::arm_tick(Duration after) {
  if (tick_armed_ || draining_) return;
  tick_armed_ = true;
  delayed_send(this, after, TickNow{});
}

void TradeQueueActor::on_tick() {
  for (QueueAlert& alert : watch_.look(queue_, clock_.now()))
    send(observer_,
         AlertRaised{std::move(alert.kind), std::move(alert.text), std::move(alert.subject)});
  give_up_waiting();
  if (!routes_.empty() && !polling_) {
    polling_ = true;
    ask_permits(kPoll, 1);
  }
  pump();
  arm_tick(settings_.poll_interval);
}

// Rests on nobody's promise to answer.
void TradeQueueActor::give_up_waiting() {
  const Timestamp now = clock_.now();
  if (now - waited_at_ < settings_.answer_within / 8) return;
  waited_at_ = now;
  const Timestamp since = now - settings_.answer_within;
  const std::string why =
      fmt::format("no word from the exchange for {} s", settings_.answer_within.count() / 1'000);
  for (const TradeId& id : queue_.awaited(since)) {
    if (queue_.find(id)->stage == QueueStage::kAsking)
      queue_.no_answer(id, now, why);
    else
      unknown(id, why);
  }
  const bool is_polled = polling_ && (permits_asked_ & (1ULL << kPoll)) == 0;
  if (is_polled && polled_at_ <= since) polling_ = false;
  for (auto sent = cancelling_.begin(); sent != cancelling_.end();) {
    if (sent->second > since) {
      ++sent;
      continue;
    }
    const TradeQueue::Entry* entry = queue_.find(ClientOrderId{sent->first});
    if (entry != nullptr && entry->stage == QueueStage::kWorking)
      to_cancel_.emplace_back(entry->trade.symbol, entry->trade.client_order_id);
    sent = cancelling_.erase(sent);
  }
}

void TradeQueueActor::on_drain(const Drain& drain) {
  draining_ = true;
  drain_to_ = drain.reply_to;
  finish_drain();
}

// Drained: nothing of ours is between journal, exchange and bots. Orders that stand at the exchange
// and trades that wait go on after the next start; so do reports for a bot that is away, which are
// asked for again then.
void TradeQueueActor::finish_drain() {
  if (!drain_to_) return;
  const auto is_with_bot = [&](const auto& reports) {
    return reports.first < bots_.size() && bots_[reports.first] != nullptr;
  };
  if (!committing_.empty() || queue_.depth(QueueStage::kInFlight) > 0 ||
      std::any_of(reports_.begin(), reports_.end(), is_with_bot))
    return;
  send(drain_to_, Drained{"trade_queue"});
  drain_to_ = nullptr;
}

}  // namespace botbox::actors
