// CommitWriter: makes many commits durable in one synced batch, and decides in the same place what
// must not happen twice and who may still write. Belongs to the one thread that writes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "storage/commit.hpp"
#include "storage/directory.hpp"
#include "storage/store.hpp"

namespace botbox::storage {

// The limits of a Durable Object's storage.
constexpr std::size_t kMaxKeyBytes = std::size_t{2} * 1024;
constexpr std::size_t kMaxValueBytes = std::size_t{128} * 1024;
// A group larger than this goes out in several synced batches, in order, each of whole commits.
constexpr std::size_t kMaxBatchBytes = std::size_t{4} * 1024 * 1024;

class CommitWriter {
 public:
  // `directory`: what open_directory returned for this store in this process.
  CommitWriter(Store& store, const DirectoryState& directory);

  // One result per commit, in order. Commits take effect in order, each wholly or not at all:
  //  kFenced    its process is not this one, its activation is older than one seen before, or its
  //             turn does not rise; nothing of it is written
  //  kTooLarge  a key or value beyond the limits, whichever branch it is in; nothing is written
  //  kClaimRefused, kCommitted  as storage/commit.hpp says
  // When it returns results, everything they say is durable. An error is the store's: the outcome
  // of the *whole group* is unknown, nothing of it may leave the process, and the process must end.
  Result<std::vector<CommitResult>> write(std::span<const std::shared_ptr<const Commit>> commits);

  // From now on only this activation of the producer, or a newer one, may write.
  void fence(const std::string& producer, Epoch epoch);

  std::uint64_t last_event() const { return last_event_; }

 private:
  struct Life {
    std::uint64_t activation = 0;
    std::uint64_t turn = 0;
  };

  // `life`: the newest of the commit's producer, null when there is none.
  bool is_fenced(const Commit& commit, const Life* life) const;

  Store& store_;
  std::uint64_t process_epoch_;
  std::uint64_t last_event_;
  // The newest life of each producer. Need not be durable: an older process is fenced by its epoch.
  std::unordered_map<std::string, Life> lives_;
};

}  // namespace botbox::storage
