// Records and commits: what one check costs the journal.
#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "actors/turn_commit.hpp"
#include "engine/assert.hpp"
#include "storage/codec.hpp"
#include "storage/commit_writer.hpp"
#include "storage/memory_store.hpp"
#include "storage/rocksdb_store.hpp"
#include "tools/benchmarks/micro/checks.hpp"

namespace botbox::bench {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kGroup = 512;

Decision decision(std::size_t bot) {
  static const CheckBench check;
  Result<Decision> made = check.decide(bot);
  ENGINE_ASSERT(made.has_value());
  return std::move(*made);
}

void encode_snapshot(benchmark::State& state) {
  const BotSnapshot snapshot = decision(1).turn.next;
  for (auto _ : state) benchmark::DoNotOptimize(storage::encode(snapshot));
}
BENCHMARK(encode_snapshot);

void decode_snapshot(benchmark::State& state) {
  const std::string row = storage::encode(decision(1).turn.next);
  for (auto _ : state) benchmark::DoNotOptimize(storage::decode<BotSnapshot>(row));
}
BENCHMARK(decode_snapshot);

void encode_trace(benchmark::State& state) {
  const DecisionTrace trace = *decision(1).turn.effects.trace;
  for (auto _ : state) benchmark::DoNotOptimize(storage::encode(trace));
}
BENCHMARK(encode_trace);

void decode_trace(benchmark::State& state) {
  const std::string row = storage::encode(*decision(1).turn.effects.trace);
  for (auto _ : state) benchmark::DoNotOptimize(storage::decode<DecisionTrace>(row));
}
BENCHMARK(decode_trace);

void make_commit(benchmark::State& state) {
  static const CheckBench check;
  const Decision made = decision(1);
  for (auto _ : state)
    benchmark::DoNotOptimize(actors::commit_for(check.config(1), made, {1, 1}, kStart));
}
BENCHMARK(make_commit);

// The checks of a fleet of 10,000 go by in groups of 512, in the order of the fleet; each pass over
// it is one candle later. Time is per group.
class Groups {
 public:
  explicit Groups(std::uint64_t process_epoch) : epoch_{process_epoch, 1} {}

  std::vector<std::shared_ptr<const storage::Commit>> next() {
    static const CheckBench check;
    std::vector<std::shared_ptr<const storage::Commit>> group;
    for (std::size_t i = 0; i < kGroup; ++i, ++bot_) {
      if (bot_ == check.bots()) {
        bot_ = 0;
        ++pass_;
      }
      decision_.turn.next.turn = pass_;
      decision_.turn.effects.trace->bot = check.config(bot_).id;
      decision_.turn.effects.trace->candle_close =
          kStart + kCycleLength * static_cast<std::int64_t>(pass_);
      group.push_back(actors::commit_for(check.config(bot_), decision_, epoch_, kStart));
    }
    return group;
  }

 private:
  storage::Epoch epoch_;
  Decision decision_ = decision(1);
  std::size_t bot_ = 0;
  std::uint64_t pass_ = 1;
};

void write_groups(benchmark::State& state, storage::Store& store) {
  const auto directory = storage::open_directory(store, InstallationId{"bench"});
  ENGINE_ASSERT(directory.has_value());
  storage::CommitWriter writer(store, *directory);
  Groups groups(directory->process_epoch);
  for (auto _ : state) {
    state.PauseTiming();
    auto group = groups.next();
    state.ResumeTiming();
    ENGINE_ASSERT(writer.write(group).has_value());
    group.clear();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kGroup));
}

void write_512_commits_to_memory(benchmark::State& state) {
  storage::MemoryStore store;
  write_groups(state, store);
}
BENCHMARK(write_512_commits_to_memory)->Unit(benchmark::kMillisecond);

void write_512_commits_to_rocksdb(benchmark::State& state) {
  const fs::path directory = fs::temp_directory_path() / fmt::format("botbox-micro-{}", ::getpid());
  fs::remove_all(directory);
  {
    const ManualClock clock(kStart);
    auto store = storage::RocksDbStore::open(directory, clock);
    ENGINE_ASSERT(store.has_value());
    write_groups(state, **store);
  }
  fs::remove_all(directory);
}
BENCHMARK(write_512_commits_to_rocksdb)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace botbox::bench
