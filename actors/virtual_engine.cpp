#include "actors/virtual_engine.hpp"

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include "storage/memory_store.hpp"

namespace botbox::actors {
namespace {

constexpr std::size_t kAlertsKept = 1'000;

template <class Notice>
void tell(const std::function<void(const Notice&)>& listener, const Notice& notice) {
  if (listener) listener(notice);
}

caf::behavior count_notices(std::shared_ptr<RunTotals> totals,
                            const VirtualEngineOptions& options) {
  return {[totals, on_cycle = options.on_cycle](const CycleFinished& cycle) {
            ++totals->cycles;
            totals->checks += cycle.record.found;
            totals->failed_checks += cycle.record.failed;
            totals->last_cycle = cycle.record;
            tell(on_cycle, cycle.record);
          },
          [totals, on_signal = options.on_signal](const SignalNoticed& signal) {
            ++totals->signals;
            if (signal.outcome == CheckOutcome::kAccepted) ++totals->accepted;
            tell(on_signal, signal);
          },
          [totals](const OrdersNoticed& orders) { totals->orders += orders.orders; },
          [totals, on_fills = options.on_fills](const FillsNoticed& fills) {
            totals->fills += fills.fills;
            totals->positions_opened += fills.is_opened ? 1 : 0;
            totals->positions_closed += fills.is_closed ? 1 : 0;
            tell(on_fills, fills);
          },
          [totals](const FleetReady&) { totals->is_ready = true; },
          [totals](const BotsEvicted& evicted) { totals->evicted = evicted.bots; },
          [](const RetentionSwept&) {},
          [totals, on_alert = options.on_alert](const AlertRaised& alert) {
            if (totals->alerts.size() < kAlertsKept) totals->alerts.push_back(alert);
            tell(on_alert, alert);
          }};
}

}  // namespace

Result<std::unique_ptr<VirtualEngine>> VirtualEngine::start(VirtualEngineOptions options) {
  std::unique_ptr<VirtualEngine> engine(new VirtualEngine);
  BOTBOX_TRY(engine->build(std::move(options)));
  return engine;
}

Result<void> VirtualEngine::build(VirtualEngineOptions options) {
  options_ = std::move(options);
  config_.set("scheduler.policy", caf::atom("testing"));
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  scheduler_ = dynamic_cast<caf::scheduler::test_coordinator*>(&system_->scheduler());
  clock_ = std::make_unique<VirtualClock>(system_->clock(), options_.start);
  if (options_.open_store) {
    BOTBOX_ASSIGN(store_, options_.open_store(*clock_));
  } else {
    store_ = std::make_unique<storage::MemoryStore>();
  }
  BOTBOX_ASSIGN(const storage::DirectoryState directory,
                storage::open_directory(*store_, options_.installation));
  observer_ = system_->spawn(count_notices, totals_, std::cref(options_));
  std::shared_ptr<exchange::Exchange> exchange = options_.exchange;
  if (!exchange) {
    BOTBOX_ASSIGN(paper_, exchange::PaperExchange::create(options_.paper, *options_.feed, *clock_));
    exchange = paper_;
  }
  if (options_.wrap) exchange = options_.wrap(std::move(exchange));
  BOTBOX_ASSIGN(engine_,
                EngineSystem::start(*system_, {.clock = *clock_,
                                               .store = *store_,
                                               .directory = directory,
                                               .exchange = std::move(exchange),
                                               .catalogue = options_.catalogue,
                                               .bots = options_.bots,
                                               .settings = options_.settings,
                                               .observer = observer_,
                                               .on_fatal = [this](const Error& e) { fatal_ = e; },
                                               .journal_thread = JournalThread::kScheduler,
                                               .retention = options_.retention}));
  return {};
}

// Jobs that are left are dropped, not run: they would write into a store that is gone.
VirtualEngine::~VirtualEngine() {
  if (engine_) engine_->stop();
  engine_.reset();
  observer_ = nullptr;
  if (!fatal_) scheduler_->run();
  // What is connected to the engine's actors goes before their system does.
  options_.exchange.reset();
  system_.reset();
}

Timestamp VirtualEngine::now() const { return clock_->now(); }

// Brings the job that goes next to the front. False: there is none, or all belong to held actors.
bool VirtualEngine::choose_job() {
  auto& jobs = scheduler_->jobs;
  if (jobs.empty()) return false;
  if (options_.shuffle != nullptr && jobs.size() > 1) {
    const std::size_t pick = (*options_.shuffle)() % jobs.size();
    std::swap(jobs.front(), jobs[pick]);
  }
  if (!options_.is_held) return true;
  const auto is_free = [this](caf::resumable* job) {
    const auto* actor = dynamic_cast<const caf::local_actor*>(job);
    return actor == nullptr || !options_.is_held(actor->name());
  };
  const auto next = std::find_if(jobs.begin(), jobs.end(), is_free);
  if (next == jobs.end()) return false;
  std::rotate(jobs.begin(), next, next + 1);
  return true;
}

// CAF's own log is off, but notes for each message, twice and under a lock, whose it is. It sets
// itself up again with every actor that is spawned.
void VirtualEngine::write_no_log() { caf::logger::set_current_actor_system(nullptr); }

bool VirtualEngine::run_one() {
  if (!choose_job()) return false;
  scheduler_->run_once();
  return true;
}

bool VirtualEngine::step(Timestamp until) {
  if (run_one()) return true;
  write_no_log();
  auto& clock = scheduler_->clock();
  const auto end = clock.current_time + (until - now());
  if (clock.schedule().empty() || clock.schedule().begin()->first > end) {
    clock.current_time = std::max(clock.current_time, end);
    return false;
  }
  clock.current_time = std::max(clock.current_time, clock.schedule().begin()->first);
  clock.advance_time(std::chrono::nanoseconds{0});
  return true;
}

void VirtualEngine::advance(Duration by) {
  const Timestamp until = now() + by;
  while (!fatal_ && step(until)) {
  }
}

std::optional<CheckDone> VirtualEngine::check_now(const BotId& bot) {
  std::optional<CheckDone> answer;
  const caf::actor asker = system_->spawn([&answer]() -> caf::behavior {
    return {[&answer](const CheckDone& done) { answer = done; }};
  });
  caf::anon_send(engine_->scheduler(), CheckBotNow{bot, asker});
  const Timestamp until = now() + Duration{20'000};
  while (!answer && !fatal_ && step(until)) {
  }
  caf::anon_send_exit(asker, caf::exit_reason::kill);
  while (run_one()) {
  }
  return answer;
}

void VirtualEngine::set_engine_state(EngineState state) {
  caf::anon_send(engine_->supervisor(), ChangeEngineState{std::move(state)});
  while (!fatal_ && run_one()) {
  }
}

void VirtualEngine::set_bot_status(const BotId& bot, StatusChanged change) {
  caf::anon_send(engine_->supervisor(), ChangeBotStatus{bot, std::move(change)});
  while (!fatal_ && run_one()) {
  }
}

void VirtualEngine::lift_locks(const BotId& bot, LockLifted lift) {
  caf::anon_send(engine_->supervisor(), LiftBotLocks{bot, std::move(lift)});
  while (!fatal_ && run_one()) {
  }
}

void VirtualEngine::lift_fleet_locks(LiftFleetLocks lift) {
  caf::anon_send(engine_->supervisor(), std::move(lift));
  while (!fatal_ && run_one()) {
  }
}

}  // namespace botbox::actors
