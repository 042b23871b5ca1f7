// The keeper of the history: at an even pace, looks for rows that are too old or too many
// (storage/retention.hpp) and deletes them, by commits of a bounded size through the journal, so
// that nobody waits for it for longer than for any other commit. Then it lets the store take back
// the room.
//
// What was deleted takes its room, and is measured, until its kind is compacted. Compacting writes
// the whole kind anew, and bookmarks hold on to the files of before; so it is done once a day, and
// at once only where a kind takes more than it may. By its size nothing is dropped on the word of a
// measure in which the dead still count.
//
// A crash between two commits leaves what the next sweep finds. Reading and compacting take their
// time, so production gives it a thread of its own. A sweep that fails is an alert and nothing
// else: it is not on the way of a trade.
#pragma once

#include <array>
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
  // compacted, and what was deleted does not count.
  std::function<Result<std::uint64_t>(storage::Kind)> bytes_of;
  std::function<Result<void>(storage::Kind)> compact;
  Duration first{600'000};  // from the start to the first sweep
  Duration interval{3'600'000};
  std::size_t portion = 1'000;         // rows of one commit
  Duration compact_every{86'400'000};  // a kind of which something was dropped
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
  // What is known of a kind from one sweep to the next.
  struct Room {
    Timestamp compacted_at;     // "never": not since the start
    std::uint64_t dropped = 0;  // rows since then

    bool is_measured_right() const { return !compacted_at.is_never() && dropped == 0; }
  };

  void begin();
  void on_committed(const Committed& committed);
  Result<void> start_kind();
  Result<void> end_kind();
  Result<std::uint64_t> measure(storage::Kind kind, std::uint64_t bytes_max);
  bool compact(storage::Kind kind);
  // True: a commit is under way.
  Result<bool> next_portion();
  void go_on();
  void finish();
  void fail_sweep(const Error& error);
  void end(const std::string& problem);
  void commit(storage::WriteOps rows, bool is_answered);
  Room& room() { return rooms_.at(kind_); }

  const Clock& clock_;
  RetentionParts parts_;
  RetentionSettings settings_;
  std::uint64_t turn_ = 0;
  bool is_failing_ = false;  // as the last alert said
  std::array<Room, storage::kRetainedKinds.size()> rooms_;
  // Of the sweep under way.
  storage::RetentionNeeds needs_;
  std::size_t kind_ = 0;  // index into kRetainedKinds
  Timestamp before_;
  std::string from_;
  bool is_all_ = false;
  bool is_too_large_ = false;
  std::uint64_t rows_ = 0;  // of the commit under way
  std::vector<KindSwept> swept_;
  std::string problem_;  // empty: none
};

}  // namespace botbox::actors
