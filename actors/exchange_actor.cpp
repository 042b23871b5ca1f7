#include "actors/exchange_actor.hpp"

#include <mutex>
#include <utility>

#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {
namespace {

using exchange::ExchangeCall;

// For further parts of what began. A ban lasts longer, and is not waited for.
constexpr Duration kRoomWithin{5'000};
constexpr std::size_t kWithoutRoomMax = 1'000;
constexpr Duration kRoomStep{20};
// Stops that find no room are tried again at the next poll, which comes in this time.
constexpr Duration kEntriesYield{5'000};

PermitRequest request_of(const AcquirePermits& ask) {
  return {.weight = ask.weight,
          .orders = ask.orders,
          .priority = ask.is_protective ? PermitPriority::kProtective : PermitPriority::kNormal};
}

template <class T>
CallOutcome outcome_of(const Result<T>& result) {
  if (result) return CallOutcome::kAnswered;
  switch (result.error().code) {
    case ErrorCode::kRateLimited: return CallOutcome::kRateLimited;
    case ErrorCode::kUnavailable:
    case ErrorCode::kOutcomeUnknown:
    case ErrorCode::kTimeout:
    case ErrorCode::kIo: return CallOutcome::kFailed;
    default: return CallOutcome::kAnswered;
  }
}

// The exchange has it, or never will.
bool has_arrived(const Result<OrderReport>& report) {
  if (report) return true;
  switch (report.error().code) {
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded: return false;
    default: return true;
  }
}

tl::unexpected<Error> permit_expired() {
  return fail(ErrorCode::kOverloaded, "the permit expired before it was used", {},
              "a commit took longer than permit_life; the request is made again");
}

}  // namespace

// Answers come on any thread, also while the orders are still being handed over. They are collected
// until the gateway takes them, so that many cost few messages.
class OrderBatch {
 public:
  OrderBatch(caf::actor gateway, caf::actor reply_to)
      : gateway_(std::move(gateway)), reply_to_(std::move(reply_to)) {}

  static void add(const std::shared_ptr<OrderBatch>& batch, OrderAnswered answer) {
    {
      const std::lock_guard lock(batch->mutex_);
      batch->answers_.push_back(std::move(answer));
      if (batch->answers_.size() > 1 || batch->is_handing_over_) return;
    }
    caf::anon_send(batch->gateway_, AnswersWaiting{batch});
  }

  // Ends the handing over.
  std::vector<OrderAnswered> take() {
    const std::lock_guard lock(mutex_);
    is_handing_over_ = false;
    return std::exchange(answers_, {});
  }

  const caf::actor& reply_to() const { return reply_to_; }

 private:
  const caf::actor gateway_;
  const caf::actor reply_to_;
  std::mutex mutex_;
  bool is_handing_over_ = true;         // under mutex_
  std::vector<OrderAnswered> answers_;  // under mutex_
};

// What one call ended with. The exchange tells it on any thread, also while it is still being
// asked: then the gateway notes it at once, and no message is needed.
class CallWatch {
 public:
  CallWatch(caf::actor gateway, ExchangeCall call) : gateway_(std::move(gateway)), call_(call) {}

  // Once, on any thread.
  void tell(CallOutcome outcome) {
    outcome_ = outcome;
    if (stage_.exchange(Stage::kTold) == Stage::kAsked)
      caf::anon_send(gateway_, ExchangeCalled{call_, outcome});
  }

  // The exchange has been asked. What it has told by then; else the gateway will hear of it.
  std::optional<ExchangeCalled> end_asking() {
    if (stage_.exchange(Stage::kAsked) == Stage::kAsking) return std::nullopt;
    return ExchangeCalled{call_, outcome_};
  }

 private:
  enum class Stage : std::uint8_t { kAsking, kAsked, kTold };

  const caf::actor gateway_;
  const ExchangeCall call_;
  CallOutcome outcome_ = CallOutcome::kAnswered;  // read once stage_ says that it was told
  std::atomic<Stage> stage_ = Stage::kAsking;
};

ExchangeActor::ExchangeActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                             caf::actor limiter, caf::actor observer, ExchangeActorBirth birth)
    : caf::event_based_actor(config),
      clock_(clock),
      journal_(std::move(journal)),
      limiter_(std::move(limiter)),
      observer_(std::move(observer)),
      name_(std::move(birth.name)),
      exchange_(std::move(birth.exchange)),
      gate_(birth.gate),
      breaker_(birth.breaker),
      patience_(birth.limiter_patience),
      epoch_(birth.epoch),
      balances_(std::move(birth.balances)),
      symbols_(std::move(birth.symbols)) {
  // The limiter absorbs `saved_local` at its own start; until it answers nothing else is asked.
  if (birth.saved_limiter || birth.saved_local) {
    gate_.restore(birth.saved_local, birth.saved_limiter, clock_.now());
    if (birth.saved_local) {
      send(limiter_, AbsorbLocal{*birth.saved_local, this});
    } else {
      gate_.on_handed_over();
    }
  }
}

void ExchangeActor::on_exit() {
  without_room_.clear();
  wishes_.clear();
  exchange_.reset();
  balances_.reset();
  symbols_.reset();
  tells_balances_ = false;
  watchers_.clear();
  asks_.clear();
  waiting_.clear();
  journal_ = limiter_ = observer_ = notices_to_ = stops_to_ = nullptr;
}

caf::behavior ExchangeActor::make_behavior() {
  if (symbols_ && exchange_->tells_standing()) symbols_->follow_exchange();
  exchange_tells_stops_ = exchange_->connect(link());
  tells_balances_ = balances_ && exchange_->balances_now();
  follow_balances();
  return {[this](const AcquirePermits& ask) { acquire(ask); },
          [this](const PermitsGranted& granted) { on_granted(granted); },
          [this](const ExchangeCalled& called) { note(called); },
          [this](const FetchCandles& fetch) { fetch_candles(fetch); },
          [this](const PlaceOrders& orders) { place(orders); },
          [this](const AnswersWaiting& waiting) { pass_on(*waiting.batch, {}); },
          [this](const PollOrderUpdates& message) { poll(message); },
          [this](TickNow) {
            tick_armed_ = false;
            on_tick();
          },
          [this](const AcquireForExchange& wanted) { acquire_for_exchange(wanted); },
          [this](RoomForWishes) { on_room(); },
          [this](const ExchangeCounted& counted) { on_counter(counted); },
          [this](const ExchangeRefusedRate& refused) { on_stop(refused); },
          [this](const Committed&) { on_local_saved(); },
          [this](const LocalAbsorbed&) { on_absorbed(); },
          [this](const AskOrder& ask) { ask_order(ask); },
          [this](const FetchInstruments& fetch) { fetch_instruments(fetch); },
          [this](const FetchAccount& fetch) { fetch_account(fetch); },
          [this](const FetchBalances& fetch) { fetch_balances(fetch); },
          [this](const CancelOrder& order) { cancel(order); },
          [this](const NoteRepeat& note) { exchange_->note_repeat(note.order); },
          [this](const NoteReduction& note) {
            exchange_->note_reduction(note.group, note.id, note.quantity);
          },
          [this](const NoteAdoption& note) { exchange_->note_adoption(note.part); },
          [this](const MoveStop& move) { exchange_->note_stop(move.group, move.trigger); },
          [this](LetOwnOrdersGo) { exchange_->set_own_orders(exchange::OwnOrders::kLetGo); },
          [this](const AlertsConfigured& configured) {
            exchange_->set_clock_alert(configured.thresholds.clock_offset);
          },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](AskCalls) {
            return CallsTold{name_, calls_, exchange_->clock_offset()};
          },
          [this](const ExchangeNoticed& noticed) {
            if (notices_to_) send(notices_to_, noticed);
          },
          [this](const WatchNotices& watch) { notices_to_ = watch.watcher; },
          [this](const TellStopPassed& passed) {
            if (stops_to_) send(stops_to_, passed);
          },
          [this](const WatchStops& watch) { stops_to_ = watch.watcher; },
          [this](const WatchExchange& watch) { watchers_.push_back(watch.watcher); }};
}

// -- what the exchange tells

// Holds the actor weakly: the exchange may outlive it, and an actor that keeps an exchange that
// keeps the actor would never be destroyed.
exchange::ExchangeLink ExchangeActor::link() {
  const auto self = caf::actor_cast<caf::actor_addr>(caf::actor(this));
  const auto tell = [self](auto message) {
    const auto gateway = caf::actor_cast<caf::actor>(self);
    if (gateway) caf::anon_send(gateway, std::move(message));
  };
  const auto acquirer = [tell](bool may_wait) {
    return [tell, may_wait](PermitRequest request, exchange::Reply<Permit> reply) {
      tell(AcquireForExchange{request, std::make_shared<PermitWish>(std::move(reply)), may_wait});
    };
  };
  return {
      .acquire = acquirer(false),
      .acquire_further = acquirer(true),
      .on_counter =
          [tell](std::string_view window, std::int64_t used) {
            tell(ExchangeCounted{std::string(window), used});
          },
      .on_stop = [tell](std::optional<Duration> wait) { tell(ExchangeRefusedRate{wait}); },
      .on_event =
          [tell, observer = observer_](std::string_view kind, std::string text) {
            tell(ExchangeNoticed{std::string(kind)});
            caf::anon_send(observer, AlertRaised{std::string(kind), std::move(text)});
          },
      .on_stop_passed =
          [tell](exchange::PassedStop passed) {
            tell(TellStopPassed{{std::move(passed.stop), passed.or_target, std::move(passed.why)}});
          },
      .on_standing = standing_link()};
}

std::function<void(const Symbol&, SymbolStanding)> ExchangeActor::standing_link() const {
  if (!symbols_) return nullptr;
  return [book = symbols_](const Symbol& symbol, SymbolStanding standing) {
    book->follow(symbol, std::move(standing));
  };
}

void ExchangeActor::on_counter(const ExchangeCounted& counted) {
  gate_.on_exchange_counter(clock_.now(), counted.window, counted.used);
  send(limiter_, counted);
}

// Durable twice: a stop must hold whichever of the two limiters is asked after a restart.
void ExchangeActor::on_stop(const ExchangeRefusedRate& refused) {
  gate_.on_rate_limited(clock_.now(), refused.retry_after);
  save_local();
  send(limiter_, refused);
}

void ExchangeActor::acquire_for_exchange(const AcquireForExchange& wanted) {
  const std::uint64_t ticket = next_ticket_++;
  wishes_.emplace(ticket,
                  Wish{wanted.wish, wanted.may_wait ? clock_.now() + kRoomWithin : Timestamp{}});
  acquire({.ticket = ticket,
           .weight = static_cast<std::uint32_t>(wanted.request.weight),
           .orders = static_cast<std::uint32_t>(wanted.request.orders),
           .is_protective = wanted.request.priority == PermitPriority::kProtective,
           .reply_to = nullptr});
}

// -- permits

void ExchangeActor::answer(const AcquirePermits& ask, PermitsGranted granted) {
  if (ask.reply_to) return send(ask.reply_to, std::move(granted));
  const auto wanted = wishes_.find(granted.ticket);
  if (wanted == wishes_.end()) return;  // the question that watches for the limiter's return
  if (granted.permits.empty() && ask.orders > 0 && ask.is_protective)
    entries_yield_until_ = clock_.now() + kEntriesYield;
  if (granted.permits.empty() && may_wait(wanted->second, granted.retry_at))
    return wait_for_room(ask, granted.retry_at);
  const std::shared_ptr<PermitWish> wish = std::move(wanted->second.wish);
  wishes_.erase(wanted);
  if (granted.permits.empty())
    return wish->answer(fail(ErrorCode::kRateLimited, "no room for another request now", name_));
  EndpointCalls& own = calls_[kOwnEndpoint];
  ++own.requests;
  own.weight += ask.weight;
  own.orders += ask.orders;
  wish->answer(std::move(granted.permits.front()));
}

// More than a window's whole ceiling is never to be had.
bool ExchangeActor::may_wait(const Wish& wish, Timestamp retry_at) const {
  return clock_.now() < wish.wait_until && !retry_at.is_never() && retry_at < wish.wait_until &&
         without_room_.size() < kWithoutRoomMax;
}

// A permit is good for a moment only, so it is asked for again when there may be one, and not kept.
void ExchangeActor::wait_for_room(const AcquirePermits& ask, Timestamp retry_at) {
  without_room_.push_back(ask);
  const Timestamp at = std::max(retry_at, clock_.now() + kRoomStep);
  if (room_due_ && *room_due_ <= at) return;
  room_due_ = at;
  delayed_send(this, at - clock_.now(), RoomForWishes{});
}

// In their order: who has waited longest is the first to have it.
void ExchangeActor::on_room() {
  room_due_.reset();
  for (const AcquirePermits& ask : std::exchange(without_room_, {})) acquire(ask);
}

// Entries ask again as soon as there is room, stops only with each poll: without this, entries
// would take all room up to their ceiling, and the stops of what they have opened would come ever
// later. A clock that was set back holds nobody longer.
bool ExchangeActor::yields(const AcquirePermits& ask) const {
  const Duration left = entries_yield_until_ - clock_.now();
  return ask.orders > 0 && !ask.is_protective && left > Duration{0} && left <= kEntriesYield;
}

void ExchangeActor::acquire(AcquirePermits ask) {
  if (ask.call) {
    const PermitRequest cost = exchange_->cost(*ask.call, ask.size);
    ask.weight = static_cast<std::uint32_t>(cost.weight);
    ask.orders = static_cast<std::uint32_t>(cost.orders);
    ask.call.reset();
  }
  if (yields(ask)) return answer(ask, {ask.ticket, {}, entries_yield_until_});
  if (gate_.mode() == GateMode::kReturning) return waiting_.push_back(ask);
  if (gate_.mode() == GateMode::kLocal) {
    if (!grant_locally(ask)) waiting_.push_back(ask);
    return save_local();
  }
  const std::uint64_t ticket = next_ticket_++;
  AcquirePermits forwarded = ask;
  forwarded.ticket = ticket;
  forwarded.reply_to = this;
  asks_.emplace(ticket, Ask{ask, gate_.era(), clock_.now()});
  send(limiter_, std::move(forwarded));
  arm_tick();
}

void ExchangeActor::on_granted(const PermitsGranted& granted) {
  const Timestamp now = clock_.now();
  if (const std::optional<LimiterState> local = gate_.on_answer(now))
    send(limiter_, AbsorbLocal{*local, this});
  const auto ask = asks_.find(granted.ticket);
  if (ask == asks_.end()) return;  // given up; its permits are never used
  PermitsGranted reply{ask->second.original.ticket, {}, granted.retry_at};
  const PermitRequest request = request_of(ask->second.original);
  for (const Permit& permit : granted.permits)
    if (gate_.let_pass(now, request, ask->second.era)) reply.permits.push_back(permit);
  const AcquirePermits original = std::move(ask->second.original);
  asks_.erase(ask);
  answer(original, std::move(reply));
}

void ExchangeActor::on_absorbed() {
  gate_.on_handed_over();
  if (fell_back_ && gate_.mode() == GateMode::kLimiter) {
    fell_back_ = false;
    send(observer_, AlertRaised{"limiter.back", name_ + " limiter answers again"});
  }
  save_local();
  retry_waiting();
}

// False: a local reservation must become durable first.
bool ExchangeActor::grant_locally(const AcquirePermits& ask) {
  const Timestamp now = clock_.now();
  PermitsGranted reply{ask.ticket, {}, now};
  while (reply.permits.size() < ask.count) {
    AcquireResult result = gate_.acquire_local(now, request_of(ask));
    if (result) {
      reply.permits.push_back(std::move(*result));
      continue;
    }
    if (result.error().reason == DenialReason::kNotReserved && reply.permits.empty()) return false;
    reply.retry_at = result.error().retry_at;
    break;
  }
  answer(ask, std::move(reply));
  return true;
}

void ExchangeActor::save_local() {
  const std::optional<LimiterState> state = gate_.state_to_save(clock_.now());
  if (!state) return;
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "gateway/" + name_;
  commit->epoch = epoch_;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  commit->always.puts.push_back({storage::limiter_key(name_ + "/local"), storage::encode(*state)});
  send<kCommitFirst>(journal_, CommitRequest{std::move(commit), this});
}

void ExchangeActor::on_local_saved() {
  gate_.on_saved();
  retry_waiting();
}

void ExchangeActor::retry_waiting() {
  std::vector<AcquirePermits> asks = std::move(waiting_);
  waiting_.clear();
  for (const AcquirePermits& ask : asks) acquire(ask);
}

void ExchangeActor::arm_tick() {
  if (tick_armed_) return;
  tick_armed_ = true;
  delayed_send(this, patience_, TickNow{});
}

void ExchangeActor::on_tick() {
  const Timestamp now = clock_.now();
  std::vector<AcquirePermits> again;
  for (auto ask = asks_.begin(); ask != asks_.end();) {
    if (now - ask->second.asked_at < patience_) {
      ++ask;
      continue;
    }
    if (gate_.on_no_answer()) {
      fell_back_ = true;
      send(observer_,
           AlertRaised{"limiter.silent", name_ + " limiter is silent: local limiter at 50 %"});
    }
    again.push_back(ask->second.original);
    ask = asks_.erase(ask);
  }
  for (const AcquirePermits& ask : again) acquire(ask);
  // In local mode one question stays with the limiter, so that its return is noticed.
  if (gate_.mode() == GateMode::kLocal && asks_.empty()) {
    const std::uint64_t ticket = next_ticket_++;
    send(limiter_, AcquirePermits{.ticket = ticket, .weight = 0, .count = 0, .reply_to = this});
  }
  if (!asks_.empty() || gate_.mode() == GateMode::kLocal) arm_tick();
}

// -- calls

void ExchangeActor::count(ExchangeCall call, std::uint32_t size) {
  const PermitRequest cost = exchange_->cost(call, size);
  EndpointCalls& calls = calls_[static_cast<std::size_t>(call)];
  ++calls.requests;
  calls.weight += static_cast<std::uint64_t>(cost.weight);
  calls.orders += static_cast<std::uint64_t>(cost.orders);
}

std::shared_ptr<CallWatch> ExchangeActor::begin(ExchangeCall call, std::uint32_t size) {
  count(call, size);
  return std::make_shared<CallWatch>(this, call);
}

void ExchangeActor::end_asking(CallWatch& watch) {
  if (const auto called = watch.end_asking()) note(*called);
}

void ExchangeActor::place(const PlaceOrders& orders) {
  const auto batch = std::make_shared<OrderBatch>(this, orders.reply_to);
  std::vector<OrderAnswered> expired;  // says nothing about the exchange
  std::vector<ClientOrderId> arrived;  // of an exchange whose balances are followed
  for (const PlaceOrders::Item& item : *orders.items) {
    const ClientOrderId id = item.order.client_id;
    const std::uint32_t attempt = item.attempt;
    if (item.permit.has_expired(clock_.now())) {
      expired.push_back({id, permit_expired(), attempt});
      continue;
    }
    if (!breaker_.allow(clock_.now())) {
      OrderBatch::add(
          batch,
          {id, fail(ErrorCode::kUnavailable, "the exchange's circuit breaker is open", name_),
           attempt});
      continue;
    }
    count(ExchangeCall::kPlace);
    exchange_->place(item.permit, item.order,
                     [batch, id, attempt,
                      book = tells_balances_ ? nullptr : balances_](Result<OrderReport> report) {
                       if (book && has_arrived(report)) book->on_arrived(id);
                       OrderBatch::add(batch, {id, std::move(report), attempt});
                     });
    if (tells_balances_) arrived.push_back(id);
  }
  if (!arrived.empty()) follow_balances(arrived);
  pass_on(*batch, std::move(expired));
}

// What has been answered by now, and what was not asked of the exchange.
void ExchangeActor::pass_on(OrderBatch& batch, std::vector<OrderAnswered> others) {
  std::vector<OrderAnswered> answers = batch.take();
  for (const OrderAnswered& answer : answers)
    note({ExchangeCall::kPlace, outcome_of(answer.report)});
  for (OrderAnswered& other : others) answers.push_back(std::move(other));
  if (answers.empty()) return;
  send(batch.reply_to(),
       OrdersAnswered{std::make_shared<const std::vector<OrderAnswered>>(std::move(answers))});
}

void ExchangeActor::ask_order(const AskOrder& ask) {
  if (ask.permit.has_expired(clock_.now()))
    return send(ask.reply_to, OrderAsked{ask.client_id, permit_expired(), ask.asked_at});
  const auto watch = begin(ExchangeCall::kAskOrder);
  exchange_->order_by_client_id(
      ask.permit, ask.symbol, ask.client_id,
      [watch, to = ask.reply_to, id = ask.client_id,
       asked_at = ask.asked_at](Result<std::optional<OrderReport>> report) {
        watch->tell(outcome_of(report));
        caf::anon_send(to, OrderAsked{id, std::move(report), asked_at});
      });
  end_asking(*watch);
}

void ExchangeActor::poll(const PollOrderUpdates& poll) {
  if (poll.permit.has_expired(clock_.now()))
    return send(poll.reply_to, OrderUpdatesPolled{permit_expired(), poll.asked_at});
  const auto watch = begin(ExchangeCall::kOrderUpdates);
  exchange_->order_updates(poll.permit, poll.cursor,
                           [watch, to = poll.reply_to, asked_at = poll.asked_at,
                            news = has_order_news_](Result<exchange::OrderUpdates> updates) {
                             if (updates && !updates->reports.empty()) news->store(true);
                             watch->tell(outcome_of(updates));
                             caf::anon_send(to, OrderUpdatesPolled{std::move(updates), asked_at});
                           });
  end_asking(*watch);
  if (has_order_news_->exchange(false)) follow_balances();
}

void ExchangeActor::fetch_candles(const FetchCandles& fetch) {
  if (fetch.permit.has_expired(clock_.now()))
    return send(fetch.reply_to, CandlesFetched{fetch.ticket, permit_expired()});
  const auto watch = begin(ExchangeCall::kCandles, fetch.query.limit);
  exchange_->candles(
      fetch.permit, fetch.query,
      [watch, to = fetch.reply_to, ticket = fetch.ticket](Result<std::vector<Candle>> candles) {
        watch->tell(outcome_of(candles));
        caf::anon_send(to, CandlesFetched{ticket, std::move(candles)});
      });
  end_asking(*watch);
}

void ExchangeActor::fetch_instruments(const FetchInstruments& fetch) {
  if (fetch.permit.has_expired(clock_.now()))
    return send(fetch.reply_to, InstrumentsFetched{permit_expired()});
  const auto watch = begin(ExchangeCall::kInstruments);
  exchange_->instruments(fetch.permit,
                         [watch, to = fetch.reply_to](Result<std::vector<Instrument>> list) {
                           watch->tell(outcome_of(list));
                           caf::anon_send(to, InstrumentsFetched{std::move(list)});
                         });
  end_asking(*watch);
}

void ExchangeActor::fetch_account(const FetchAccount& fetch) {
  if (fetch.permit.has_expired(clock_.now()))
    return send(fetch.reply_to, AccountFetched{permit_expired(), fetch.asked_at});
  const auto watch = begin(ExchangeCall::kAccount);
  exchange_->account(fetch.permit, [watch, to = fetch.reply_to,
                                    asked_at = fetch.asked_at](Result<AccountSnapshot> account) {
    watch->tell(outcome_of(account));
    caf::anon_send(to, AccountFetched{std::move(account), asked_at});
  });
  end_asking(*watch);
}

void ExchangeActor::fetch_balances(const FetchBalances& fetch) {
  if (fetch.permit.has_expired(clock_.now()))
    return send(fetch.reply_to, BalancesFetched{permit_expired(), fetch.reading});
  const auto watch = begin(ExchangeCall::kBalances);
  exchange_->balances(fetch.permit, [watch, to = fetch.reply_to, reading = fetch.reading](
                                        Result<std::vector<exchange::Balance>> balances) {
    watch->tell(outcome_of(balances));
    caf::anon_send(to, BalancesFetched{std::move(balances), reading});
  });
  end_asking(*watch);
}

// Of an exchange in this process, when something may have changed; any other one is asked.
void ExchangeActor::follow_balances(const std::vector<ClientOrderId>& arrived) {
  if (!tells_balances_) return;
  if (const auto told = exchange_->balances_now()) balances_->follow(*told, clock_.now(), arrived);
}

void ExchangeActor::cancel(const CancelOrder& order) {
  if (order.permit.has_expired(clock_.now()))
    return send(order.reply_to, OrderCancelled{order.client_id, permit_expired(), order.order_id});
  const auto watch = begin(ExchangeCall::kCancel);
  auto reply = [watch, to = order.reply_to, id = order.client_id,
                order_id = order.order_id](Result<OrderReport> report) {
    watch->tell(outcome_of(report));
    caf::anon_send(to, OrderCancelled{id, std::move(report), order_id});
  };
  if (order.client_id.empty())
    exchange_->cancel_nameless(order.permit, order.symbol, order.order_id, std::move(reply));
  else
    exchange_->cancel(order.permit, order.symbol, order.client_id, std::move(reply));
  end_asking(*watch);
  follow_balances();
}

void ExchangeActor::note(const ExchangeCalled& called) {
  const CallOutcome outcome = called.outcome;
  EndpointCalls& calls = calls_[static_cast<std::size_t>(called.call)];
  calls.failed += outcome == CallOutcome::kFailed ? 1 : 0;
  calls.rate_limited += outcome == CallOutcome::kRateLimited ? 1 : 0;
  const Timestamp now = clock_.now();
  if (outcome == CallOutcome::kRateLimited && !exchange_tells_stops_) on_stop({});
  if (outcome == CallOutcome::kFailed)
    breaker_.on_failure(now);
  else
    breaker_.on_success(now);
  const ExchangeHealth health = breaker_.state(now) == BreakerState::kClosed
                                    ? ExchangeHealth::kHealthy
                                    : ExchangeHealth::kUnhealthy;
  if (health == health_) return;
  health_ = health;
  for (const caf::actor& watcher : watchers_) send(watcher, ExchangeHealthChanged{health});
  send(observer_,
       AlertRaised{"exchange.health",
                   fmt::format("{} is {}", name_,
                               health == ExchangeHealth::kHealthy ? "healthy again" : "failing")});
}

}  // namespace botbox::actors
