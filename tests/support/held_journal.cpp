#include "tests/support/held_journal.hpp"

namespace botbox::test {

using actors::CommitRequest;
using storage::CommitOutcome;

HeldJournal::HeldJournal(ActorFixture& fixture) : fixture_(fixture) {
  actor_ = fixture.fake(
      [state = state_](const CommitRequest& request) {
        if (state->is_broken) return;
        if (state->is_released) return answer_to(*state, request, {CommitOutcome::kCommitted});
        state->held.push_back(request);
      },
      [reads = reads_](const actors::ReadBot& read) { reads.push(read); });
}

void HeldJournal::answer_to(State& state, const CommitRequest& request,
                            storage::CommitResult result) {
  if (result.outcome == CommitOutcome::kCommitted) state.durable.push_back(request.commit);
  if (request.reply_to)
    caf::anon_send(request.reply_to, actors::Committed{request.commit->turn, result});
}

void HeldJournal::answer(CommitOutcome outcome, std::size_t i) {
  const CommitRequest request = state_->held.at(i);
  state_->held.erase(state_->held.begin() + static_cast<std::ptrdiff_t>(i));
  answer_to(*state_, request, {outcome});
  fixture_.run();
}

void HeldJournal::refuse(std::size_t claim) {
  const CommitRequest request = state_->held.front();
  state_->held.pop_front();
  answer_to(*state_, request, {CommitOutcome::kClaimRefused, 0, claim});
  fixture_.run();
}

void HeldJournal::answer_all() {
  while (held() > 0) answer();
}

void HeldJournal::release() {
  state_->is_released = true;
  answer_all();
}

void HeldJournal::fail() {
  state_->is_broken = true;
  state_->held.clear();
}

}  // namespace botbox::test
