// `botbox run`: the engine as a long-running process.
#include <pthread.h>
#include <signal.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <cstdlib>
#include <thread>

#include "actors/engine_system.hpp"
#include "actors/event_feed_actor.hpp"
#include "actors/notice_board_actor.hpp"
#include "actors/paper_history.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "storage/backup.hpp"
#include "storage/disk_space.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/botbox/admin_assembly.hpp"
#include "tools/botbox/api_assembly.hpp"
#include "tools/botbox/commands.hpp"
#include "tools/botbox/console.hpp"
#include "tools/botbox/drill.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/fleet_configuration.hpp"
#include "tools/botbox/notify_assembly.hpp"
#include "tools/botbox/operator_name.hpp"
#include "tools/botbox/output.hpp"
#include "tools/botbox/service_notice.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

constexpr auto kDrainPatience = std::chrono::seconds(10);
constexpr Duration kAlertWatch{5'000};

// SIGINT, SIGTERM and SIGHUP wait for sigwait() in every thread made after this.
sigset_t block_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// Error: the log's file cannot be written.
Result<void> set_up_log(const config::EngineSection& engine) {
  auto logger = spdlog::stderr_color_mt("botbox");
  if (!engine.log_file.empty()) {
    try {
      logger->sinks().push_back(std::make_shared<spdlog::sinks::rotating_file_sink_mt>(
          engine.log_file, std::size_t{engine.log_file_mib} << 20, engine.log_files_kept));
    } catch (const spdlog::spdlog_ex& problem) {
      return fail(ErrorCode::kIo, problem.what(), engine.log_file,
                  "correct [engine] log_file, or make its directory writable");
    }
  }
  logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %^%l%$ %v");
  logger->set_level(spdlog::level::from_str(std::string(to_string(engine.log_level))));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
  return {};
}

// Whoever reads the log may be gone, or the log may be on a disk that is full: fmt::print would
// throw then, and the process live on.
[[noreturn]] void end_at_once(const std::string& words) noexcept {
  std::fwrite(words.data(), 1, words.size(), stderr);
  std::fflush(stderr);
  std::_Exit(number(ExitCode::kError));
}

// Nothing may go on after this: what the journal was writing is unknown until the next start reads
// it.
[[noreturn]] void stop_on_failed_commit(const Error& error) noexcept {
  end_at_once(fmt::format(
      "botbox: stopped: a commit failed and its outcome is unknown: {}; nothing of it was sent; "
      "the next start reads what is durable and asks the exchange about open orders\n",
      to_string(error)));
}

// Without it the rest would go on as if it were there.
[[noreturn]] void stop_on_lost_actor(const std::string& name, const std::string& why) noexcept {
  end_at_once(
      fmt::format("botbox: bug: the engine's {} ended ({}); stopping, the next start takes up what "
                  "is durable\n",
                  name, why));
}

actors::DiskWatchSettings disk_watch(const config::EngineConfig& config, const std::string& data) {
  if (config.engine.disk_free_min_mib == 0) return {};
  return {.free_bytes = [data] { return storage::free_bytes(data); },
          .floor = config.engine.disk_floor_bytes(),
          .enough = std::uint64_t{config.engine.disk_free_clear_mib} << 20};
}

actors::BookmarkSettings bookmarks(const config::EngineConfig& config, const std::string& data,
                                   const storage::RocksDbStore& store) {
  if (config.engine.bookmark_every.count() == 0) return {};
  const std::filesystem::path directory = std::filesystem::path(data) / "bookmarks";
  const auto make = [directory, kept = config.engine.bookmarks_kept,
                     &store](Timestamp now) -> Result<void> {
    BOTBOX_TRY(storage::make_bookmark(store, directory / std::to_string(now.ms), now));
    return storage::prune_backups(directory, kept);
  };
  return {.make = make, .interval = config.engine.bookmark_every};
}

actors::RetentionSettings retention(const config::EngineConfig& config,
                                    const storage::RocksDbStore& store) {
  return {.policy = retention_policy(config.retention),
          .bytes_of = [&store](storage::Kind kind) { return store.bytes_of(kind); },
          .compact = [&store, floor = config.engine.disk_floor_bytes()](
                         storage::Kind kind) { return store.compact(kind, floor); }};
}

actors::AlertWatchSettings alert_watch(const config::EngineConfig& config,
                                       const actors::EngineIdentity& identity) {
  return {.interval = kAlertWatch,
          .memory_bytes = identity.memory_bytes,
          .thresholds = config.alerts,
          .on_lost = stop_on_lost_actor};
}

struct Venue {
  std::shared_ptr<exchange::MarketFeed> feed;  // embedded paper exchange only
  std::shared_ptr<exchange::Exchange> exchange;
};

Result<Venue> open_venue(const config::EngineConfig& config, const storage::Store& store,
                         const Clock& clock) {
  Venue venue;
  if (config.exchange.kind == config::ExchangeKind::kPaperHttp) {
    venue.exchange = remote_paper(config.exchange);
    return venue;
  }
  if (config::is_real(config.exchange.kind)) {
    BOTBOX_ASSIGN(venue.exchange,
                  real_venue(config.exchange, config.alerts.clock_offset, store, clock));
    return venue;
  }
  BOTBOX_ASSIGN(venue.feed, market_feed(config.paper));
  BOTBOX_ASSIGN(const exchange::PaperConfig listed, paper_config(config.paper));
  BOTBOX_ASSIGN(std::shared_ptr<exchange::PaperExchange> paper,
                exchange::PaperExchange::create(listed, *venue.feed, clock));
  BOTBOX_ASSIGN(const exchange::PaperSeed seed, actors::paper_history(store, clock.now()));
  BOTBOX_TRY(paper->restore(seed));
  venue.exchange = std::move(paper);
  return venue;
}

// Checks first, then orders: each side finishes what is under way, or the patience ends.
void drain(caf::actor_system& system, actors::EngineSystem& engine) {
  caf::scoped_actor self{system};
  bool in_time = true;
  // By name: an actor may say more than once that it is drained.
  const auto wait_for = [&](std::string_view who) {
    bool is_drained = false;
    self->do_receive([&](const actors::Drained& drained) { is_drained = drained.who == who; },
                     caf::after(kDrainPatience) >> [&] { in_time = false; })
        .until([&] { return is_drained || !in_time; });
  };
  engine.drain_scheduler(self);
  wait_for("scheduler");
  engine.drain_trade_queue(self);
  wait_for("trade_queue");
  if (!in_time) spdlog::warn("stopping with work under way; the next start takes it up again");
}

void reload(const actors::OperatorDesk& desk) {
  desk.handle({.who = operator_name(),
               .from = "SIGHUP",
               .role = actors::OperatorRole::kOperate,
               .verb = "reload",
               .arguments = {}},
              [](const Result<std::string>& said) {
                if (said)
                  spdlog::info("configuration read again: {}", *said);
                else
                  spdlog::error("configuration not taken over: {}", to_string(said.error()));
              });
}

// A process that cannot say that it works says nothing, and is restarted.
void tell_watchdog(const actors::OperatorDesk& desk, const ServiceNotice& service) {
  desk.handle({.who = "watchdog",
               .from = "systemd",
               .role = actors::OperatorRole::kRead,
               .verb = "health",
               .arguments = R"({"scope":"live"})"},
              [service](const Result<std::string>& said) {
                if (said && said->starts_with(R"({"status":"ok")")) service.tell("WATCHDOG=1");
              });
}

// Empty: the watchdog's time has come.
std::optional<int> next_signal(const sigset_t& signals, const std::optional<Duration>& within) {
  int caught = 0;
  if (!within) {
    sigwait(&signals, &caught);
    return caught;
  }
  timespec patience{};
  patience.tv_sec = within->count() / 1'000;
  patience.tv_nsec = within->count() % 1'000 * 1'000'000;
  caught = ::sigtimedwait(&signals, nullptr, &patience);
  return caught > 0 ? std::optional(caught) : std::nullopt;
}

// SIGHUP asks for the configuration to be read again; from a terminal that is gone, to stop.
int wait_for_stop(const sigset_t& signals, const actors::OperatorDesk& desk,
                  const ServiceNotice& service) {
  const bool has_terminal = ::isatty(STDERR_FILENO) != 0;
  for (;;) {
    const std::optional<int> caught = next_signal(signals, service.watchdog());
    if (!caught)
      tell_watchdog(desk, service);
    else if (*caught != SIGHUP || (has_terminal && ::isatty(STDERR_FILENO) == 0))
      return *caught;
    else
      reload(desk);
  }
}

void run_until_stopped(const sigset_t& signals, caf::actor_system& system,
                       actors::EngineSystem& engine, const actors::OperatorDesk& desk,
                       Servers& servers) {
  const ServiceNotice service = ServiceNotice::of_process();
  service.tell("READY=1");
  const int caught = wait_for_stop(signals, desk, service);
  service.tell("STOPPING=1");
  spdlog::info("{}: finishing what is under way; once more ends at once",
               caught == SIGINT ? "interrupted" : "asked to stop");
  std::thread([signals] {
    int again = SIGHUP;
    while (again == SIGHUP) sigwait(&signals, &again);
    std::_Exit(number(ExitCode::kError));
  }).detach();
  servers.stop(Duration{kDrainPatience});
  drain(system, engine);
  engine.stop();
}

void open_admin(AdminDoor* door, const std::string& data, const actors::OperatorDesk& desk) {
  if (door == nullptr) return;
  if (const Result<void> told = door->serve(desk.entry()); !told)
    spdlog::error("botboxctl cannot connect: {}", to_string(told.error()));
  else
    spdlog::info("botboxctl --data {} connects on 127.0.0.1:{}", data, door->port());
}

// What a configuration that came into force changes besides the fleet.
void follow(FleetConfiguration& configuration, const Servers& servers,
            const actors::EngineSystem& engine) {
  std::vector<caf::weak_actor_ptr> tellers;
  for (const caf::actor& one : engine.alert_tellers())
    tellers.push_back(caf::actor_cast<caf::weak_actor_ptr>(one));
  configuration.on_adopted(
      [gateway = servers.webhook.get(), tellers](const config::EngineConfig& config) {
        for (const caf::weak_actor_ptr& weak : tellers)
          if (const auto one = caf::actor_cast<caf::actor>(weak))
            caf::anon_send(one, actors::AlertsConfigured{config.alerts});
        if (gateway != nullptr) gateway->set_bots(config.bots);
        spdlog::set_level(spdlog::level::from_str(std::string(to_string(config.engine.log_level))));
      });
}

void tell_start(const config::EngineConfig& config, const std::string& data, std::uint64_t process,
                const actors::LoadedFleet& fleet) {
  spdlog::info("engine '{}' runs on {}: {} bots on {}, process {} of this directory",
               config.engine.name, data, config.bots.size(), to_string(config.exchange.kind),
               process);
  if (fleet.created + fleet.updated + fleet.archived > 0)
    spdlog::info("configuration: {} bots new, {} changed, {} gone", fleet.created, fleet.updated,
                 fleet.archived);
  for (const BotId& bot : fleet.bound)
    spdlog::warn(
        "{} is configured for another market: it leaves what it holds by its former "
        "settings first; the first start after that takes the new ones",
        bot.value);
  if (fleet.engine.mode != EngineMode::kActive)
    spdlog::warn("the engine is {} (by {}, {}): {}", to_string(fleet.engine.mode),
                 fleet.engine.changed_by.empty() ? "configuration" : fleet.engine.changed_by,
                 to_iso8601(fleet.engine.changed_at),
                 fleet.engine.mode == EngineMode::kReducing ? "no entries, only closes"
                                                            : "no orders at all");
}

struct ThreadsOfActors : caf::actor_system_config {
  ThreadsOfActors() {
    set("scheduler.policy", caf::atom("sharing"));
    set("scheduler.max-threads", std::max<std::size_t>(2, std::thread::hardware_concurrency()));
  }
};

actors::OperatorDeskSettings desk_settings(FleetConfiguration& configuration,
                                           const actors::EngineIdentity& identity) {
  return {.identity = identity, .draft = [&configuration](const actors::FleetWish& wish) {
            return configuration.draft(wish);
          }};
}

// What is thrown in here ends the process: to unwind would be to wait for actors that nobody told.
Result<void> run_engine(FleetConfiguration& configuration, const std::string& data,
                        const RunOptions& options, const sigset_t& signals) noexcept {
  const DrillOptions& drill = options.drill;
  BOTBOX_TRY(allow_drill(drill, configuration.current()->exchange));
  BOTBOX_ASSIGN(const std::unique_ptr<Clock> drill_clock, clock_of(drill));
  const Clock& clock = *drill_clock;
  const Timestamp begun = clock.now();
  BOTBOX_TRY(storage::refuse_backup(data));
  BOTBOX_ASSIGN(const auto store, storage::RocksDbStore::open(data, clock));
  BOTBOX_TRY(configuration.take_operators_bots(*store));
  const std::shared_ptr<const config::EngineConfig> at_start = configuration.current();
  const config::EngineConfig& config = *at_start;
  // Before anything is begun, so that a mistake here ends a start that has done nothing.
  BOTBOX_ASSIGN(NotificationTargets targets, notification_targets(config));
  BOTBOX_ASSIGN(ListeningPorts ports, listen_on_ports(config, data));
  BOTBOX_ASSIGN(std::unique_ptr<AdminDoor> admin_door, AdminDoor::listen(config.admin, data));
  actors::EngineSettings settings = engine_settings(config);
  settings.keeps_instruments = true;
  adapt(settings, drill);
  BOTBOX_ASSIGN(const storage::DirectoryState directory,
                storage::open_directory(*store, random_installation()));

  ThreadsOfActors threads;
  caf::actor_system system{threads};
  // Ends before the actor system does: answers that are still on their way find it alive.
  BOTBOX_ASSIGN(const Venue venue, open_venue(config, *store, clock));
  const actors::EngineIdentity identity =
      engine_identity(configuration, data, directory.process_epoch, begun);
  const caf::actor console = spawn_console(system, clock, format_of(options.json));
  const auto statistics = std::make_shared<actors::EngineStatistics>();
  const caf::actor board =
      system.spawn<actors::NoticeBoardActor>(std::cref(clock), statistics, console);
  BOTBOX_ASSIGN(const auto engine, actors::EngineSystem::start(
                                       system, {.clock = clock,
                                                .store = *store,
                                                .directory = directory,
                                                .exchange = venue.exchange,
                                                .catalogue = config.catalogue,
                                                .bots = config.bots,
                                                .first_rows = configuration.first_rows(),
                                                .settings = settings,
                                                .observer = board,
                                                .on_fatal = stop_on_failed_commit,
                                                .disk = disk_watch(config, data),
                                                .bookmarks = bookmarks(config, data, *store),
                                                .retention = retention(config, *store),
                                                .alert_watch = alert_watch(config, identity)}));
  tell_start(config, data, directory.process_epoch, engine->loaded());
  const caf::actor feed = system.spawn<actors::EventFeedActor, caf::detached>(
      std::cref(clock), std::cref(*store), statistics, actors::EventFeedSettings{});
  actors::OperatorDesk desk(system, clock, *store, *engine, statistics,
                            adapted(desk_settings(configuration, identity), drill));
  const ServerParts server_parts{config, data, clock, *engine, desk.entry(), feed};
  Servers servers = open_webhooks(ports, server_parts);
  follow(configuration, servers, *engine);
  open_api(ports, server_parts, servers);
  open_admin(admin_door.get(), data, desk);
  Notifications notifications = open_notifications(
      std::move(targets), {system, config, clock, *store, *engine, board, desk.entry()});
  run_until_stopped(signals, system, *engine, desk, servers);
  store->stop_compacting();
  admin_door = nullptr;
  notifications.stop();
  desk.stop();
  for (const caf::actor& one : {feed, board, console})
    caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  system.await_all_actors_done();
  spdlog::info("stopped; everything is on disk");
  return {};
}

}  // namespace

int run_run(const RunOptions& options) {
  const sigset_t signals = block_signals();
  // Whoever reads our output may go away; the fleet stays.
  ::signal(SIGPIPE, SIG_IGN);
  // A file that may not grow is a commit that fails, and is told as one.
  ::signal(SIGXFSZ, SIG_IGN);
  FleetConfiguration configuration(options.config, config::process_environment(),
                                   config::shipped_catalogue());
  const auto config = configuration.load();
  if (!config) {
    fmt::print(stderr, "{}", config::to_string(config.error()));
    return number(ExitCode::kConfig);
  }
  if (const Result<void> logs = set_up_log(config->engine); !logs)
    return report_error(logs.error(), format_of(options.json));
  for (const config::ConfigProblem& warning : config->warnings)
    spdlog::warn("{}", config::to_string(warning));
  const std::string data =
      !options.data.empty() ? options.data : config->engine.data_dir.value_or("data");
  const auto ran = run_engine(configuration, data, options, signals);
  if (!ran) return report_error(ran.error(), format_of(options.json));
  return number(ExitCode::kOk);
}

}  // namespace botbox::cli
