// The keeper of the history: at an even pace, looks for rows that are too old or too many
// (storage/retention.hpp) and deletes them, by commits of a bounded size through the journal, so
// that nobody waits for it for longer than for any other commit. Then it lets the store take back
// the room.
//
// A crash between two commits leaves what the next sweep finds. Reading and compacting take their
// time, so production gives it a thread of its own. A sweep that fails is an alert and nothing
// else: it is not on the way of a trade.
#pragma once

#include <caf/event_based_actor.hpp>
#include <functional>
#include <string>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "storage/retention.hpp"
#include "storage/store.hpp"

namespace botbox::actors {

struct RetentionSettings {
  storage::RetentionPolicy policy;  // not on: nobody sweeps
  // Both are called by the keeper alone. Empty: sizes are not known, and not limited; nothing is
  // compacted.
  std::function<Result<std::uint64_t>(storage::Kind)> bytes_of;
  std::function<Result<void>(storage::Kind)> compact;
  Duration first{600'000};  // from the start to the first sweep
  Duration interval{3'600'000};
  std::size_t portion = 1'000;          // rows of one commit
  std::uint64_t compact_from = 10'000;  // dropped rows of a kind in one sweep
};

struct RetentionParts {
  const storage::Store& store;
  caf::actor journal;
  caf::actor observer;  // gets RetentionSwept after each sweep, AlertRaised
  storage::Epoch epoch;
};

class RetentionActor : public caf::event_based_actor {
 public:
  RetentionActor(caf::actor_config& config, const Clock& clock, RetentionParts parts,
                 RetentionSettings settings);
  const char* name() const override { return "retention"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  void begin();
  void on_committed(const Committed& committed);
  Result<void> start_kind();
  Result<void> end_kind();
  // True: a commit is under way.
  Result<bool> next_portion();
  void go_on();
  void finish();
  void end(const Result<void>& how);
  void commit(storage::WriteOps rows, bool is_answered);

  const Clock& clock_;
  RetentionParts parts_;
  RetentionSettings settings_;
  std::uint64_t turn_ = 0;
  bool is_failing_ = false;  // as the last alert said
  // Of the sweep under way.
  storage::RetentionNeeds needs_;
  std::size_t kind_ = 0;  // index into kRetainedKinds
  Timestamp before_;
  std::string from_;
  bool is_all_ = false;
  bool is_too_large_ = false;
  std::uint64_t rows_ = 0;  // of the commit under way
  std::vector<KindSwept> swept_;
};

}  // namespace botbox::actors
