// MeasuredEngine: a whole engine in this process, as the daemon runs it, on a clock that moves by
// hand, with a watch on its notices.
#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/engine_system.hpp"
#include "engine/clock.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/benchmarks/cycle/fleet.hpp"
#include "tools/benchmarks/cycle/venue.hpp"

namespace botbox::bench {

// ManualClock for a process with many threads.
class SharedClock final : public Clock {
 public:
  explicit SharedClock(Timestamp start) : ms_(start.ms) {}
  Timestamp now() const override { return {ms_.load(std::memory_order_relaxed)}; }
  void advance(Duration by) { ms_.fetch_add(by.count(), std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> ms_;
};

struct RunOptions {
  std::filesystem::path directory;
  std::size_t bots = 0;
  VenueKind venue = VenueKind::kPaper;
  Indicators indicators = Indicators::kShared;
  Timestamp start = kStart;
};

// Seconds since the opening began.
struct StartTimes {
  double store_open = 0;
  double venue_open = 0;  // the paper exchange's own memory is rebuilt until here
  double fleet_ready = 0;
  double outbox_empty = 0;      // no trade without a final state is left
  std::size_t open_trades = 0;  // found at the start
};

struct CycleTimes {
  double evaluated_ms = 0;
  double executed_ms = 0;
  double cpu_ms = 0;  // of all threads of this process
  std::uint64_t commits = 0;
  std::uint64_t groups = 0;
  std::vector<double> check_ms;  // of the bots with a signal: begun -> durable and acknowledged
  std::vector<double> order_ms;  // begun -> order answered by the exchange
};

class MeasuredEngine {
 public:
  // Returns when all bots are there and the outbox is empty.
  static Result<std::unique_ptr<MeasuredEngine>> start(const RunOptions& options);
  ~MeasuredEngine();

  const StartTimes& start_times() const { return start_times_; }
  Timestamp now() const { return clock_.now(); }
  Venue& venue() { return *venue_; }
  // Moves time by one candle and runs one cycle to its end. Error kTimeout when it does not end.
  Result<CycleTimes> cycle();
  // One check after the other, each asked for by hand in a quiet engine; milliseconds.
  Result<std::vector<double>> single_checks(std::size_t count);

 private:
  // What the notices say; written by the observer's thread.
  struct Watch {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_ready = false;
    std::uint64_t cycles = 0;
    double evaluated_at = 0;
    CycleRecord record;
    std::size_t settled = 0;
    double settled_at = 0;
    std::vector<std::pair<std::size_t, double>> signals;  // bot, when noticed
    std::vector<std::string> alerts;
  };

  explicit MeasuredEngine(const RunOptions& options);
  Result<void> build();
  Result<void> wait_for_empty_outbox(double began);
  Result<std::size_t> open_trades() const;
  Result<void> wait(const char* what, const std::function<bool(const Watch&)>& done);
  void latencies(CycleTimes& times, const std::vector<PlacedOrder>& placed);
  static caf::behavior observe(std::shared_ptr<Watch> watch);

  RunOptions options_;
  SharedClock clock_;
  std::shared_ptr<CheckStarts> starts_;
  StrategyCatalogue catalogue_;
  std::unique_ptr<storage::RocksDbStore> store_;
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  std::shared_ptr<Venue> venue_;
  std::shared_ptr<Watch> watch_ = std::make_shared<Watch>();
  caf::actor observer_;
  std::unique_ptr<actors::EngineSystem> engine_;
  StartTimes start_times_;
};

}  // namespace botbox::bench
