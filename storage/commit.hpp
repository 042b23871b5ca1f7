// Commit: the effect set of one turn of one producer (a bot, the trade queue, the limiter), as the
// single writer gets it. The writer joins many commits into one synced batch
// (storage/commit_writer.hpp).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/time.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

// Which life of a producer a commit comes from: the process start (durable, counted up at every
// open) and the activation within it. An older epoch than the newest seen for that producer is
// refused.
struct Epoch {
  std::uint64_t process = 0;
  std::uint64_t activation = 0;

  auto operator<=>(const Epoch&) const = default;
};

struct WriteOps {
  std::vector<Put> puts;
  std::vector<Key> deletes;
  // Encoded events in order, without their sequence: the writer numbers them when it writes them.
  std::vector<std::string> events;

  bool empty() const { return puts.empty() && deletes.empty() && events.empty(); }
};

// "This may happen once": the row must be absent, or expired at the commit's time. Judged on what
// the store and the commits before this one left, not on this commit's own puts and deletes.
//
// The row of a taken claim is the one that `if_claimed` puts under the same key; puts nothing
// there: a ClaimRow (storage/claim.hpp) with the producer as owner, which only Kind::kDedup and
// Kind::kPendingSlot can hold. So an intent can be claimed by its own key, and claims and releases
// of a pending slot are a claim and a delete.
struct Claim {
  Key key;
  Timestamp expires_at;  // "never": for ever
};

struct Commit {
  std::string producer;
  Epoch epoch;
  // Rises with every commit of one activation; one that does not is refused as fenced, so that a
  // commit delivered twice, or late, cannot put an old snapshot over a newer one.
  std::uint64_t turn = 0;
  Timestamp at;
  WriteOps always;  // puts, then deletes; then the claims; then the branch that applies
  // Insert-if-absent, decided by the writer inside the batch. All claims free: they are taken and
  // `if_claimed` is written. Any one taken: nothing is claimed and `if_refused` is written.
  std::vector<Claim> claims;
  WriteOps if_claimed;
  WriteOps if_refused;
};

enum class CommitOutcome { kCommitted, kClaimRefused, kFenced, kTooLarge };

struct CommitResult {
  CommitOutcome outcome = CommitOutcome::kCommitted;
  std::uint64_t sequence = 0;     // of the batch
  std::size_t refused_claim = 0;  // index into Commit::claims when kClaimRefused
};

}  // namespace botbox::storage
