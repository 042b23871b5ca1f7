#include "tools/benchmarks/cycle/measured_engine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <thread>

#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::bench {
namespace {

constexpr auto kPatience = std::chrono::seconds(120);

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// So high that nothing is ever refused, and so that one reservation pays for a whole cycle.
RateLimiterConfig limits() {
  RateLimiterConfig config;
  config.windows = {{"weight_1m", Duration{60'000}, 1'000'000'000, LimitKind::kRequestWeight},
                    {"orders_10s", Duration{10'000}, 1'000'000'000, LimitKind::kOrders}};
  return config;
}

actors::EngineSettings settings() {
  actors::EngineSettings made;
  made.limits = limits();
  made.cache.capacity = kWindow;
  made.scheduler.tick = Duration{24 * 3'600'000};  // cycles begin by hand
  made.trade_queue.resend_after = Duration{0};     // as for every exchange in this process
  return made;
}

}  // namespace

MeasuredEngine::MeasuredEngine(const RunOptions& options)
    : options_(options),
      clock_(options.start),
      starts_(std::make_shared<CheckStarts>(std::max<std::size_t>(1, options.bots))),
      catalogue_(catalogue(options.indicators, starts_)) {}

caf::behavior MeasuredEngine::observe(std::shared_ptr<Watch> watch) {
  const auto noted = [watch](auto&& note) {
    {
      const std::lock_guard lock(watch->mutex);
      note(*watch);
    }
    watch->changed.notify_one();
  };
  return {[noted](const actors::CycleFinished& cycle) {
            noted([&](Watch& w) {
              ++w.cycles;
              w.evaluated_at = elapsed();
              w.record = cycle.record;
            });
          },
          [watch](const actors::SignalNoticed& signal) {
            const std::lock_guard lock(watch->mutex);
            watch->signals.emplace_back(index_of(signal.bot), elapsed());
          },
          [](const actors::OrdersNoticed&) {},
          [noted](const actors::FillsNoticed&) {
            noted([](Watch& w) {
              ++w.settled;
              w.settled_at = elapsed();
            });
          },
          [noted](const actors::FleetReady&) { noted([](Watch& w) { w.is_ready = true; }); },
          [](const actors::BotsEvicted&) {},
          [noted](const actors::AlertRaised& alert) {
            noted([&](Watch& w) { w.alerts.push_back(alert.kind + ": " + alert.text); });
          }};
}

Result<std::unique_ptr<MeasuredEngine>> MeasuredEngine::start(const RunOptions& options) {
  std::unique_ptr<MeasuredEngine> engine(new MeasuredEngine(options));
  BOTBOX_TRY(engine->build());
  return engine;
}

Result<void> MeasuredEngine::build() {
  std::vector<BotConfig> bots = fleet(options_.bots);
  const double began = elapsed();
  BOTBOX_ASSIGN(store_, storage::RocksDbStore::open(options_.directory, clock_));
  BOTBOX_ASSIGN(const storage::DirectoryState directory,
                storage::open_directory(*store_, InstallationId{"bench"}));
  BOTBOX_ASSIGN(start_times_.open_trades, open_trades());
  start_times_.store_open = elapsed() - began;
  BOTBOX_ASSIGN(venue_, Venue::open(options_.venue, *store_, clock_));
  start_times_.venue_open = elapsed() - began;
  config_.set("scheduler.policy", caf::atom("sharing"));
  config_.set("scheduler.max-threads",
              std::max<std::size_t>(2, std::thread::hardware_concurrency()));
  system_ = std::make_unique<caf::actor_system>(config_);
  system_->await_actors_before_shutdown(false);
  observer_ = system_->spawn(observe, watch_);
  BOTBOX_ASSIGN(engine_, actors::EngineSystem::start(*system_, {.clock = clock_,
                                                                .store = *store_,
                                                                .directory = directory,
                                                                .exchange = venue_,
                                                                .catalogue = catalogue_,
                                                                .bots = std::move(bots),
                                                                .settings = settings(),
                                                                .observer = observer_,
                                                                .on_fatal = [](const Error& error) {
                                                                  fmt::print(stderr, "{}\n",
                                                                             to_string(error));
                                                                  std::_Exit(1);
                                                                }}));
  BOTBOX_TRY(wait("the fleet", [](const Watch& watch) { return watch.is_ready; }));
  start_times_.fleet_ready = elapsed() - began;
  return wait_for_empty_outbox(began);
}

MeasuredEngine::~MeasuredEngine() {
  if (engine_) engine_->stop();
  engine_.reset();
  observer_ = nullptr;
  system_.reset();
}

Result<std::size_t> MeasuredEngine::open_trades() const {
  std::size_t open = 0;
  BOTBOX_TRY(store_->scan({.kind = storage::Kind::kTradeOpen}, [&](auto, auto) {
    ++open;
    return true;
  }));
  return open;
}

// The rows themselves are asked: what is durable counts, not what somebody says.
Result<void> MeasuredEngine::wait_for_empty_outbox(double began) {
  caf::scoped_actor self{*system_};
  for (;;) {
    BOTBOX_ASSIGN(const std::size_t open, open_trades());
    if (open == 0) break;
    if (elapsed() - began > 120)
      return fail(ErrorCode::kTimeout, fmt::format("{} trades stay open", open));
    self->receive(caf::after(std::chrono::milliseconds(1)) >> [] {});
  }
  start_times_.outbox_empty = elapsed() - began;
  return {};
}

Result<void> MeasuredEngine::wait(const char* what, const std::function<bool(const Watch&)>& done) {
  std::unique_lock lock(watch_->mutex);
  if (watch_->changed.wait_for(lock, kPatience, [&] { return done(*watch_); })) return {};
  std::string message = fmt::format(
      "{} did not come: {} cycles, {} settled, {} signals, last cycle {}/{} checks good", what,
      watch_->cycles, watch_->settled, watch_->signals.size(), watch_->record.succeeded,
      watch_->record.found);
  for (const std::string& alert : watch_->alerts) message += "\n  " + alert;
  return fail(ErrorCode::kTimeout, std::move(message));
}

Result<CycleTimes> MeasuredEngine::cycle() {
  const std::size_t expected = signals_per_cycle(options_.bots);
  std::uint64_t cycles = 0;
  {
    const std::lock_guard lock(watch_->mutex);
    watch_->settled = 0;
    watch_->signals.clear();
    watch_->signals.reserve(expected);
    cycles = watch_->cycles;
  }
  venue_->take_placed();
  const actors::JournalCounters& journal = engine_->journal_counters();
  CycleTimes times;
  times.commits = journal.commits;
  times.groups = journal.groups;
  clock_.advance(kCycleLength);
  const double cpu = cpu_seconds();
  const double began = elapsed();
  caf::anon_send(engine_->scheduler(), actors::RunCycleNow{});
  BOTBOX_TRY(wait("the end of the cycle", [&](const Watch& watch) {
    return watch.cycles > cycles && watch.settled >= expected;
  }));
  times.cpu_ms = (cpu_seconds() - cpu) * 1e3;
  times.commits = journal.commits - times.commits;
  times.groups = journal.groups - times.groups;
  {
    const std::lock_guard lock(watch_->mutex);
    if (watch_->record.succeeded != options_.bots || watch_->record.signals != expected)
      return fail(
          ErrorCode::kInvalidInput,
          fmt::format("{} of {} checks good, {} signals; {} alerts{}", watch_->record.succeeded,
                      watch_->record.found, watch_->record.signals, watch_->alerts.size(),
                      watch_->alerts.empty() ? "" : ": " + watch_->alerts.front()));
    times.evaluated_ms = (watch_->evaluated_at - began) * 1e3;
    times.executed_ms = (std::max(watch_->settled_at, watch_->evaluated_at) - began) * 1e3;
    for (const auto& [bot, at] : watch_->signals)
      times.check_ms.push_back((at - (*starts_)[bot]) * 1e3);
  }
  latencies(times, venue_->take_placed());
  return times;
}

// An order's client id is its trade's id; the trade's row names the bot.
void MeasuredEngine::latencies(CycleTimes& times, const std::vector<PlacedOrder>& placed) {
  for (const PlacedOrder& order : placed) {
    const auto row = store_->get(storage::trade_key({order.client_id.value}));
    if (!row || !*row) continue;
    const auto trade = storage::decode<Trade>(**row);
    if (trade) times.order_ms.push_back((order.at - (*starts_)[index_of(trade->bot)]) * 1e3);
  }
}

Result<std::vector<double>> MeasuredEngine::single_checks(std::size_t count) {
  clock_.advance(kCycleLength);
  caf::scoped_actor self{*system_};
  std::vector<double> times;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t index = (i * 10 + 1) % options_.bots;  // a bot without a signal
    const double began = elapsed();
    caf::anon_send(engine_->scheduler(),
                   actors::CheckBotNow{{fmt::format("bot-{:06}", index)}, caf::actor(self)});
    bool answered = false;
    self->receive([&](const actors::CheckDone&) { answered = true; },
                  caf::after(kPatience) >> [] {});
    if (!answered) return fail(ErrorCode::kTimeout, "a check was not answered");
    times.push_back((elapsed() - began) * 1e3);
  }
  return times;
}

}  // namespace botbox::bench
