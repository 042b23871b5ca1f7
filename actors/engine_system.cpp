#include "actors/engine_system.hpp"

#include <caf/send.hpp>

#include "actors/reconciliation_records.hpp"
#include "storage/reader.hpp"

namespace botbox::actors {
RateLimiterConfig default_limits() {
  RateLimiterConfig config;
  config.windows = {{"weight_1m", Duration{60'000}, 60'000, LimitKind::kRequestWeight},
                    {"orders_10s", Duration{10'000}, 10'000, LimitKind::kOrders}};
  return config;
}

Result<std::unique_ptr<EngineSystem>> EngineSystem::start(caf::actor_system& system,
                                                          EngineParts parts) {
  std::unique_ptr<EngineSystem> engine(new EngineSystem);
  BOTBOX_TRY(validate(parts.settings.limits));
  engine->writer_ = std::make_shared<storage::CommitWriter>(parts.store, parts.directory);
  BOTBOX_ASSIGN(engine->loaded_,
                load_fleet(parts.store, parts.catalogue,
                           {.bots = std::move(parts.bots),
                            .exchange = parts.settings.exchange_name,
                            .engine_at_first = {.mode = parts.settings.initial_mode,
                                                .live_trading = parts.settings.live_trading},
                            .rows = std::move(parts.first_rows),
                            .now = parts.clock.now()}));
  if (!engine->loaded_.first_rows.empty()) {
    auto commit = std::make_shared<storage::Commit>();
    commit->producer = "start";
    commit->epoch = {parts.directory.process_epoch, 1};
    commit->turn = 1;
    commit->at = parts.clock.now();
    commit->always = std::move(engine->loaded_.first_rows);
    const std::shared_ptr<const storage::Commit> group[] = {std::move(commit)};
    BOTBOX_TRY(engine->writer_->write(group));
  }
  // A restored directory is compared with the exchange, whatever the configuration says.
  if (engine->loaded_.engine.reconcile_first) {
    parts.settings.reconciliation.is_on = true;
    parts.exchange->set_own_orders(exchange::OwnOrders::kHeld);
  }
  if (parts.settings.reconciliation.is_on) {
    BOTBOX_ASSIGN(engine->reconciliation_.open_orders, order_records(parts.store));
    BOTBOX_ASSIGN(engine->reconciliation_.stored, stored_differences(parts.store));
  }
  // Nothing is decided by them: rows that cannot be read are written anew.
  if (parts.settings.keeps_instruments)
    engine->kept_instruments_ = storage::load_instruments(parts.store, parts.settings.exchange_name)
                                    .value_or(std::vector<storage::KeptInstrument>{});
  engine->epoch_ = {parts.directory.process_epoch, 1};
  engine->spawn(system, parts);
  return engine;
}

void EngineSystem::spawn_journal(caf::actor_system& system, const EngineParts& parts) {
  const bool has_own_thread = parts.journal_thread == JournalThread::kOwn;
  const JournalSettings journal{.writer = writer_,
                                .store = &parts.store,
                                .group_max = parts.settings.commit_group_max,
                                .on_fatal = parts.on_fatal,
                                .has_own_thread = has_own_thread};
  journal_ = has_own_thread ? system.spawn<JournalActor, caf::detached>(journal, counters_)
                            : system.spawn<JournalActor>(journal, counters_);
}

void EngineSystem::spawn(caf::actor_system& system, EngineParts& parts) {
  const EngineSettings& settings = parts.settings;
  const storage::Epoch epoch{parts.directory.process_epoch, 1};
  const Clock& clock = parts.clock;
  spawn_journal(system, parts);
  // Some questions may go unanswered before the answer to an old one is too old.
  balances_ = std::make_shared<BalanceBook>(settings.leverages, 4 * settings.balances_every);
  limiter_ = system.spawn<RateLimiterActor>(std::cref(clock), journal_, parts.observer,
                                            RateLimiterBirth{.exchange = settings.exchange_name,
                                                             .config = settings.limits,
                                                             .saved = loaded_.limiter,
                                                             .saved_local = loaded_.local_limiter,
                                                             .epoch = epoch});
  exchange_ =
      system.spawn<ExchangeActor>(std::cref(clock), journal_, limiter_, parts.observer,
                                  ExchangeActorBirth{.name = settings.exchange_name,
                                                     .exchange = parts.exchange,
                                                     .gate = {.limits = settings.limits},
                                                     .breaker = settings.breaker,
                                                     .limiter_patience = settings.limiter_patience,
                                                     .saved_limiter = loaded_.limiter,
                                                     .saved_local = loaded_.local_limiter,
                                                     .epoch = epoch,
                                                     .balances = balances_,
                                                     .symbols = symbols_});
  market_data_ = system.spawn<MarketDataActor>(std::cref(clock), exchange_, parts.observer,
                                               settings.cache, settings.data_age_alert);
  if (settings.reconciliation.is_on) spawn_reconciler(system, parts);
  spawn_trade_queue(system, parts);
  scheduler_ =
      system.spawn<SchedulerActor>(std::cref(clock), journal_, market_data_, parts.observer,
                                   settings.scheduler, loaded_.engine, epoch, loaded_.last_cycle);
  spawn_inbox(system, parts);
  spawn_watches(system, parts);
  supervisor_ = system.spawn<SupervisorActor>(
      std::cref(clock),
      SupervisorBirth{.journal = journal_,
                      .exchange = exchange_,
                      .exchange_name = settings.exchange_name,
                      .market_data = market_data_,
                      .trade_queue = trade_queue_,
                      .scheduler = scheduler_,
                      .reconciler = reconciler_,
                      .signal_inbox = signal_inbox_,
                      .observer = parts.observer,
                      .installation = parts.directory.installation,
                      .data_age_max = settings.data_age_max,
                      .signal_age_max = settings.signal_age_max,
                      .traces_kept = settings.traces_kept,
                      .moving_stops = parts.exchange->moves_stops() ? MovingStops::kGoToExchange
                                                                    : MovingStops::kStayHere,
                      .max_open_positions = settings.max_open_positions,
                      .rollout = settings.rollout,
                      .balances = balances_,
                      .symbols = symbols_,
                      .fleet_limits = settings.fleet_limits,
                      .fleet_guards = settings.fleet_guards,
                      .results = std::move(loaded_.results),
                      .locks = std::move(loaded_.locks),
                      .fleet = std::move(loaded_.members),
                      .restart = settings.restart,
                      .engine = loaded_.engine,
                      .epoch = epoch,
                      .keeps_instruments = settings.keeps_instruments,
                      .kept_instruments = std::move(kept_instruments_)});
  start_last(system, parts);
}

// What needs all others.
void EngineSystem::start_last(caf::actor_system& system, EngineParts& parts) {
  if (reconciler_) caf::anon_send(reconciler_, StartReconciling{trade_queue_, supervisor_});
  if (parts.alert_watch.interval <= Duration{0}) return;
  alert_watch_ = system.spawn<AlertWatchActor>(std::cref(parts.clock), parts.observer, supervisor_,
                                               singletons(), parts.alert_watch);
}

void EngineSystem::spawn_trade_queue(caf::actor_system& system, EngineParts& parts) {
  TradeQueueBirth birth = std::move(loaded_.queue);
  birth.epoch = {parts.directory.process_epoch, 1};
  birth.restored_at = parts.directory.restored_at;
  birth.reconciler = reconciler_;
  trade_queue_ =
      system.spawn<TradeQueueActor>(std::cref(parts.clock), journal_, exchange_, parts.observer,
                                    parts.settings.trade_queue, std::move(birth));
  caf::anon_send(exchange_, WatchStops{trade_queue_});
}

void EngineSystem::spawn_reconciler(caf::actor_system& system, EngineParts& parts) {
  ReconcilerBirth birth = std::move(reconciliation_);
  birth.store = &parts.store;
  birth.installation = parts.directory.installation;
  birth.exchange = exchange_;
  birth.journal = journal_;
  birth.observer = parts.observer;
  for (const FleetMember& member : loaded_.members)
    birth.traders[member.config->symbol].insert(member.config->id);
  birth.symbols = symbols_;
  birth.takes_adoptions = parts.exchange->takes_adoptions();
  birth.engine = loaded_.engine;
  birth.epoch = {parts.directory.process_epoch, 1};
  reconciler_ = system.spawn<ReconcilerActor>(std::cref(parts.clock), parts.settings.reconciliation,
                                              std::move(birth));
  caf::anon_send(exchange_, WatchNotices{reconciler_});
}

// Who watches what: exchange and budget, the disk, the data directory.
void EngineSystem::spawn_watches(caf::actor_system& system, EngineParts& parts) {
  const bool has_threads = parts.journal_thread == JournalThread::kOwn;
  caf::anon_send(exchange_, WatchExchange{scheduler_});
  caf::anon_send(limiter_, WatchBudget{scheduler_});
  const Duration every = parts.settings.balances_every;
  if (every > Duration{0})
    balance_watch_ = system.spawn<BalanceWatchActor>(std::cref(parts.clock), exchange_,
                                                     parts.observer, balances_, every);
  if (parts.disk.free_bytes)
    disk_watch_ = system.spawn<DiskWatchActor>(scheduler_, parts.observer, parts.disk);
  if (parts.bookmarks.make)
    bookmarks_ = has_threads ? system.spawn<BookmarkActor, caf::detached>(
                                   std::cref(parts.clock), parts.observer, parts.bookmarks)
                             : system.spawn<BookmarkActor>(std::cref(parts.clock), parts.observer,
                                                           parts.bookmarks);
  if (!parts.retention.policy.is_on()) return;
  const RetentionParts retention{
      parts.store, journal_, parts.observer, {parts.directory.process_epoch, 1}};
  retention_ = has_threads ? system.spawn<RetentionActor, caf::detached>(std::cref(parts.clock),
                                                                         retention, parts.retention)
                           : system.spawn<RetentionActor>(std::cref(parts.clock), retention,
                                                          parts.retention);
}

// Where nothing waits it has nothing to do until somebody offers a signal.
void EngineSystem::spawn_inbox(caf::actor_system& system, EngineParts& parts) {
  loaded_.inbox.epoch = {parts.directory.process_epoch, 1};
  loaded_.inbox.traces_kept = parts.settings.traces_kept;
  signal_inbox_ = loaded_.inbox.waiting.empty()
                      ? system.spawn<SignalInboxActor, caf::lazy_init>(
                            std::cref(parts.clock), journal_, scheduler_, parts.observer,
                            std::move(loaded_.inbox))
                      : system.spawn<SignalInboxActor>(std::cref(parts.clock), journal_, scheduler_,
                                                       parts.observer, std::move(loaded_.inbox));
}

std::vector<NamedActor> EngineSystem::singletons() const {
  std::vector<NamedActor> found;
  const std::pair<const char*, const caf::actor&> all[] = {
      {"supervisor", supervisor_},   {"scheduler", scheduler_},       {"market_data", market_data_},
      {"trade_queue", trade_queue_}, {"rate_limiter", limiter_},      {"exchange", exchange_},
      {"reconciler", reconciler_},   {"signal_inbox", signal_inbox_}, {"journal", journal_}};
  for (const auto& [name, actor] : all)
    if (actor) found.push_back({name, actor});
  return found;
}

std::vector<caf::actor> EngineSystem::alert_tellers() const {
  std::vector<caf::actor> found{scheduler_, trade_queue_, market_data_, exchange_};
  if (alert_watch_) found.push_back(alert_watch_);
  return found;
}

EngineSystem::~EngineSystem() { stop(); }

void EngineSystem::drain_scheduler(const caf::actor& reply_to) {
  caf::anon_send(scheduler_, Drain{reply_to});
}

void EngineSystem::drain_trade_queue(const caf::actor& reply_to) {
  caf::anon_send(trade_queue_, Drain{reply_to});
}

void EngineSystem::stop() {
  if (!supervisor_) return;
  caf::anon_send(supervisor_, StopFleet{});
  for (caf::actor* actor :
       {&alert_watch_, &balance_watch_, &bookmarks_, &retention_, &disk_watch_, &signal_inbox_,
        &scheduler_, &reconciler_, &trade_queue_, &market_data_, &exchange_, &limiter_}) {
    if (!*actor) continue;
    caf::anon_send_exit(*actor, caf::exit_reason::user_shutdown);
    *actor = nullptr;
  }
  caf::anon_send_exit(journal_, caf::exit_reason::user_shutdown);
  journal_ = nullptr;
  supervisor_ = nullptr;
}

}  // namespace botbox::actors
