// VirtualEngine: a whole engine in this process on virtual time, with a paper exchange. The replay
// and the whole-system tests run on it, and users test their bots with it (tests/README.md).
//
// Everything runs on the calling thread, in one deterministic order (or in one shuffled by a seed):
// the same options give the same run, to the byte.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "actors/engine_system.hpp"
#include "actors/wall_clock.hpp"
#include "exchange/market/market_feed.hpp"
#include "exchange/paper/paper_exchange.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

// What the notices of a run add up to.
struct RunTotals {
  std::uint64_t cycles = 0;
  std::uint64_t checks = 0;
  std::uint64_t failed_checks = 0;
  std::uint64_t signals = 0;
  std::uint64_t accepted = 0;
  std::uint64_t orders = 0;  // sent
  std::uint64_t fills = 0;
  std::uint64_t positions_opened = 0;
  std::uint64_t positions_closed = 0;
  bool is_ready = false;
  std::uint32_t evicted = 0;        // bots out of memory at present
  std::vector<AlertRaised> alerts;  // the first 1,000

  CycleRecord last_cycle;
};

struct VirtualEngineOptions {
  Timestamp start{1'704'067'200'000};  // 2024-01-01T00:00:00Z
  std::vector<BotConfig> bots;
  // A paper exchange on this feed that dies with the engine; or `exchange`, which may outlive it.
  std::shared_ptr<exchange::MarketFeed> feed;
  exchange::PaperConfig paper;
  std::shared_ptr<exchange::Exchange> exchange;
  StrategyCatalogue catalogue = StrategyCatalogue::standard();
  EngineSettings settings;
  RetentionSettings retention;
  InstallationId installation{"virtual"};
  // Where state goes; null: a memory store that dies with the engine.
  std::function<Result<std::unique_ptr<storage::Store>>(const Clock&)> open_store;
  // Stands between engine and paper exchange; null: nothing does.
  std::function<std::shared_ptr<exchange::Exchange>(std::shared_ptr<exchange::Exchange>)> wrap;
  // Which of the runnable actors goes next; null: first come, first served.
  std::mt19937_64* shuffle = nullptr;
  // Actors, by their name, that get no processor now: their messages wait, time goes on. Null:
  // none.
  std::function<bool(std::string_view actor)> is_held;
  // Told of every notice of their kind; null: only counted.
  std::function<void(const CycleRecord&)> on_cycle;
  std::function<void(const SignalNoticed&)> on_signal;
  std::function<void(const FillsNoticed&)> on_fills;
  std::function<void(const AlertRaised&)> on_alert;
};

class VirtualEngine {
 public:
  static Result<std::unique_ptr<VirtualEngine>> start(VirtualEngineOptions options);
  ~VirtualEngine();
  VirtualEngine(const VirtualEngine&) = delete;
  VirtualEngine& operator=(const VirtualEngine&) = delete;

  Timestamp now() const;
  // Runs everything that is due until `by` has passed. Stops early after a failed commit.
  void advance(Duration by);
  // One message of one actor; if none is left (but for held actors), time moves to the next timer,
  // but not beyond `until`. False: nothing left to do before `until`, which is then the present.
  bool step(Timestamp until);
  // Lets a check of this bot run now; what it answered, or empty without an answer.
  std::optional<CheckDone> check_now(const BotId& bot);
  // Durable and effective when it returns, unless an actor on its way is held.
  void set_engine_state(EngineState state);
  void set_bot_status(const BotId& bot, StatusChanged change);
  void lift_locks(const BotId& bot, LockLifted lift);
  void lift_fleet_locks(LiftFleetLocks lift);

  // A failed commit: the engine stands still, as a process would be gone.
  const std::optional<Error>& fatal() const { return fatal_; }
  const RunTotals& totals() const { return *totals_; }
  storage::Store& store() { return *store_; }
  const Clock& clock() const { return *clock_; }
  EngineSystem& engine() { return *engine_; }
  caf::actor_system& system() { return *system_; }
  // Not with an exchange of the options.
  exchange::PaperExchange& paper() { return *paper_; }

 private:
  VirtualEngine() = default;
  Result<void> build(VirtualEngineOptions options);
  bool run_one();
  bool choose_job();
  static void write_no_log();

  caf::actor_system_config config_;
  VirtualEngineOptions options_;
  std::shared_ptr<RunTotals> totals_ = std::make_shared<RunTotals>();
  std::optional<Error> fatal_;
  std::unique_ptr<storage::Store> store_;
  std::shared_ptr<exchange::PaperExchange> paper_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<caf::actor_system> system_;
  caf::scheduler::test_coordinator* scheduler_ = nullptr;
  caf::actor observer_;
  std::unique_ptr<EngineSystem> engine_;
};

}  // namespace botbox::actors
