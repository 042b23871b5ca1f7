// EngineSystem: the composition root. Starts every actor of an engine on a given actor system,
// store, exchange and clock, and stops them in order. The daemon, the replay and the test harness
// all use this, so what is tested is what runs.
#pragma once

#include <caf/actor_system.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "actors/alert_watch_actor.hpp"
#include "actors/balance_watch_actor.hpp"
#include "actors/bookmark_actor.hpp"
#include "actors/disk_watch_actor.hpp"
#include "actors/exchange_actor.hpp"
#include "actors/fleet_loader.hpp"
#include "actors/journal_actor.hpp"
#include "actors/market_data_actor.hpp"
#include "actors/rate_limiter_actor.hpp"
#include "actors/reconciler_actor.hpp"
#include "actors/retention_actor.hpp"
#include "actors/scheduler_actor.hpp"
#include "actors/signal_inbox_actor.hpp"
#include "actors/supervisor_actor.hpp"
#include "actors/trade_queue_actor.hpp"
#include "storage/commit_writer.hpp"

namespace botbox::actors {

struct EngineSettings {
  std::string exchange_name = "paper";
  std::uint32_t max_open_positions = UINT32_MAX;
  RolloutCaps rollout;  // where no operator has said otherwise
  FleetLimits fleet_limits;
  FleetGuards fleet_guards;
  Leverages leverages;  // that the exchange gives to entries
  // How often an exchange outside this process is asked what the account has; 0: never.
  Duration balances_every{0};
  Duration data_age_max{120'000};
  Duration signal_age_max{120'000};         // of signals from outside
  Duration traces_kept{30LL * 86'400'000};  // 0: for ever
  // For a first start; later the stored switches count.
  bool live_trading = true;
  EngineMode initial_mode = EngineMode::kActive;
  RateLimiterConfig limits;
  Duration limiter_patience{1'000};
  CircuitBreakerConfig breaker;
  CandleCacheConfig cache;
  SchedulerSettings scheduler;
  TradeQueueSettings trade_queue;
  RestartConfig restart;
  ReconcilerSettings reconciliation;
  std::size_t commit_group_max = 2048;
  AlertThreshold data_age_alert = AlertThresholds{}.data_age;
  // What the exchange lists is written down, for who reads the directory without asking it.
  bool keeps_instruments = false;
};

// The limits of an exchange that has none published: generous, but finite.
RateLimiterConfig default_limits();

enum class JournalThread { kOwn, kScheduler };

struct EngineParts {
  const Clock& clock;
  storage::Store& store;
  storage::DirectoryState directory;  // as open_directory() returned it
  std::shared_ptr<exchange::Exchange> exchange;
  const StrategyCatalogue& catalogue;
  std::vector<BotConfig> bots;
  storage::WriteOps first_rows;  // written with what the configuration changes at this start
  EngineSettings settings;
  caf::actor observer;  // gets the notices of actors/protocol.hpp
  std::function<void(const Error&)> on_fatal;
  JournalThread journal_thread = JournalThread::kOwn;
  DiskWatchSettings disk;
  BookmarkSettings bookmarks;
  RetentionSettings retention;
  AlertWatchSettings alert_watch;
};

class EngineSystem {
 public:
  // Everything of `parts` outlives the engine. Errors: rows that cannot be read, a strategy that
  // does not exist. Nothing was sent anywhere by then.
  static Result<std::unique_ptr<EngineSystem>> start(caf::actor_system& system, EngineParts parts);
  ~EngineSystem();
  EngineSystem(const EngineSystem&) = delete;
  EngineSystem& operator=(const EngineSystem&) = delete;

  const caf::actor& scheduler() const { return scheduler_; }
  const caf::actor& supervisor() const { return supervisor_; }
  const caf::actor& trade_queue() const { return trade_queue_; }
  // Null: reconciliation is off.
  const caf::actor& reconciler() const { return reconciler_; }
  // Takes OfferSignal.
  const caf::actor& signal_inbox() const { return signal_inbox_; }
  const caf::actor& journal() const { return journal_; }
  const caf::actor& limiter() const { return limiter_; }
  const caf::actor& market_data() const { return market_data_; }
  const caf::actor& exchange() const { return exchange_; }
  std::shared_ptr<const BalanceBook> balances() const { return balances_; }
  // Those that live as long as the engine, bots apart.
  std::vector<NamedActor> singletons() const;
  // Those that take AlertsConfigured.
  std::vector<caf::actor> alert_tellers() const;
  // Of this start: the epoch of all producers.
  storage::Epoch epoch() const { return epoch_; }
  const JournalCounters& journal_counters() const { return *counters_; }
  std::shared_ptr<const JournalCounters> shared_journal_counters() const { return counters_; }
  const LoadedFleet& loaded() const { return loaded_; }

  // Asks scheduler, then trade queue, to finish what is under way; each answers Drained to
  // `reply_to`.
  void drain_scheduler(const caf::actor& reply_to);
  void drain_trade_queue(const caf::actor& reply_to);
  // Ends all actors. What is under way is lost as in a crash; drain first for a clean stop.
  void stop();

 private:
  EngineSystem() = default;
  void spawn_journal(caf::actor_system& system, const EngineParts& parts);
  void spawn(caf::actor_system& system, EngineParts& parts);
  void spawn_watches(caf::actor_system& system, EngineParts& parts);
  void start_last(caf::actor_system& system, EngineParts& parts);
  void spawn_trade_queue(caf::actor_system& system, EngineParts& parts);
  void spawn_reconciler(caf::actor_system& system, EngineParts& parts);
  void spawn_inbox(caf::actor_system& system, EngineParts& parts);

  std::shared_ptr<storage::CommitWriter> writer_;
  std::shared_ptr<JournalCounters> counters_ = std::make_shared<JournalCounters>();
  LoadedFleet loaded_;
  std::vector<storage::KeptInstrument> kept_instruments_;  // until the supervisor has them
  storage::Epoch epoch_;
  ReconcilerBirth reconciliation_;  // what was read for it
  std::shared_ptr<BalanceBook> balances_;
  std::shared_ptr<SymbolBook> symbols_ = std::make_shared<SymbolBook>();
  caf::actor journal_;
  caf::actor limiter_;
  caf::actor exchange_;
  caf::actor market_data_;
  caf::actor trade_queue_;
  caf::actor scheduler_;
  caf::actor signal_inbox_;
  caf::actor supervisor_;
  caf::actor reconciler_;
  caf::actor balance_watch_;  // null: the exchange is in this process, or nobody asks
  caf::actor disk_watch_;     // null: no disk to watch
  caf::actor bookmarks_;      // null: nothing to mark
  caf::actor retention_;      // null: everything is kept
  caf::actor alert_watch_;    // null: nobody watches
};

}  // namespace botbox::actors
