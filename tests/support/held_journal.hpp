// HeldJournal: a journal that makes a commit durable when the test says so, or never. What an actor
// lets out before that, it lets out too early.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "storage/codec.hpp"
#include "tests/support/actor_fixture.hpp"

namespace botbox::test {

class HeldJournal {
 public:
  explicit HeldJournal(ActorFixture& fixture);

  const caf::actor& actor() const { return actor_; }
  // Commits that were not answered yet, oldest first.
  std::size_t held() const { return state_->held.size(); }
  const storage::Commit& commit(std::size_t i = 0) const { return *state_->held.at(i).commit; }
  // All commits of this producer that were answered as durable, oldest first.
  const std::vector<std::shared_ptr<const storage::Commit>>& durable() const {
    return state_->durable;
  }
  const Inbox<actors::ReadBot>& reads() const { return reads_; }

  // Answers the oldest one (or the i-th) and lets everything run that follows.
  void answer(storage::CommitOutcome outcome = storage::CommitOutcome::kCommitted,
              std::size_t i = 0);
  // The oldest one is refused: this claim of it was taken.
  void refuse(std::size_t claim);
  // Until nothing is held, also what the answers lead to.
  void answer_all();
  // From now on commits are answered as they come.
  void release();
  // The write failed: what is held, and all that follows, is never answered.
  void fail();

 private:
  struct State {
    std::deque<actors::CommitRequest> held;
    std::vector<std::shared_ptr<const storage::Commit>> durable;
    bool is_released = false;
    bool is_broken = false;
  };
  static void answer_to(State& state, const actors::CommitRequest& request,
                        storage::CommitResult result);

  ActorFixture& fixture_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
  Inbox<actors::ReadBot> reads_;
  caf::actor actor_;
};

// The first record of this kind among the rows, decoded; empty: none.
template <class T>
std::optional<T> record_in(const storage::WriteOps& rows, storage::Kind kind) {
  for (const storage::Put& put : rows.puts)
    if (put.key.kind == kind) {
      Result<T> record = storage::decode<T>(put.value);
      if (record) return std::move(*record);
    }
  return std::nullopt;
}

// What the commit writes when its claims are free.
inline const storage::WriteOps& written_by(const storage::Commit& commit) {
  return commit.claims.empty() ? commit.always : commit.if_claimed;
}

}  // namespace botbox::test
