// The journal: the single writer. Takes commits from all producers, joins what has queued up into
// one synced batch, and answers each producer when its commit is durable.
//
// A failed write is unknown, not undone: nobody is answered, `on_fatal` is called once and must end
// the process (or, in a test, the whole actor system). Production spawns it detached, since a sync
// blocks; under the test scheduler it runs inline, with the same code.
#pragma once

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "actors/histogram.hpp"
#include "actors/protocol.hpp"
#include "storage/commit_writer.hpp"

namespace botbox::actors {

struct JournalSettings {
  std::shared_ptr<storage::CommitWriter> writer;
  const storage::Store* store = nullptr;  // outlives the actor
  std::size_t group_max = 2048;           // commits per synced batch
  std::function<void(const Error&)> on_fatal;
  bool has_own_thread = false;  // it is spawned detached
};

// Read from outside, for benchmarks and status.
struct JournalCounters {
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> groups{0};
  HistogramMeter write_seconds{kWriteBounds};  // of one batch, its sync included
  HistogramMeter group_size{kGroupBounds};
};

// One durable group on its way to its producers.
struct WrittenGroup {
  std::vector<std::shared_ptr<const storage::Commit>> commits;
  std::vector<caf::actor> waiting;  // parallel to commits; null: nobody waits
  std::vector<storage::CommitResult> results;
};

class JournalActor : public caf::event_based_actor {
 public:
  JournalActor(caf::actor_config& config, JournalSettings settings,
               std::shared_ptr<JournalCounters> counters);
  const char* name() const override { return "journal"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  void queue(const CommitRequest& request);
  void on_mark();
  void sort_by_producer();
  void write_group();
  void answer(WrittenGroup&& written);
  void read_bot(const ReadBot& request);

  JournalSettings settings_;
  std::shared_ptr<JournalCounters> counters_;
  // Tells the producers of a large group, on a thread of the pool: waking a thousand bots costs as
  // much as writing for two hundred, and this thread is the one that all others wait for.
  caf::actor acknowledger_;
  std::shared_ptr<std::atomic<int>> groups_to_tell_ = std::make_shared<std::atomic<int>>(0);
  std::vector<std::shared_ptr<const storage::Commit>> commits_;
  std::vector<caf::actor> waiting_;
  // Whether a mark is on its way, and through which queue of the mailbox.
  enum class Mark : std::uint8_t { kNone, kAmongOthers, kAmongFirst };
  Mark mark_ = Mark::kNone;
  bool broken_ = false;
};

}  // namespace botbox::actors
