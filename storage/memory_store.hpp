// MemoryStore: a Store without a disk, for tests, simulation and replay.
//
// What is durable lives in a MemoryMedium, which outlives the store as a disk outlives a process: a
// crash is to drop the store and open a new one on the same medium.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "storage/store.hpp"

namespace botbox::storage {

// How one write ends.
enum class WriteFault {
  kNone,
  kFailBefore,  // not durable, error
  kFailAfter,   // durable, and yet an error: the unknown outcome of a failed sync
};

// The rows of one kind, by the bytes of their keys.
using MemoryRows = std::map<std::string, std::string>;

struct MemoryMedium {
  std::map<Kind, MemoryRows> rows;
  std::uint64_t sequence = 0;
  // Durable, but not seen by the store that wrote it; the next store on this medium shows it.
  std::vector<WriteBatch> unseen;
  // Asked once per write, before anything is changed; absent: no faults.
  std::function<WriteFault(const WriteBatch&)> fault;
};

// One store at a time may be open on a medium.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(std::shared_ptr<MemoryMedium> medium = std::make_shared<MemoryMedium>());

  Result<std::optional<std::string>> get(const Key& key) const override;
  Result<void> scan(const ScanRange& range, const RowVisitor& row) const override;
  // After a fault every further write is refused, and reads show what was there before it: so does
  // RocksDB, whose open handle does not show a write whose sync failed.
  Result<void> write(const WriteBatch& batch) override;
  std::uint64_t last_sequence() const override;

 private:
  void apply(const WriteBatch& batch);
  void put(const Key& key, const std::string& value);
  void put_among(MemoryRows& rows, const Key& key, const std::string& value);
  void erase(const Key& key);
  // What is left of a scan: keys from `lower` to below `upper`, or to the end of the kind.
  struct Stretch {
    Kind kind;
    std::string lower;
    std::optional<std::string> upper;
    bool reverse = false;
  };
  // Its next rows, copied, so that visitors run without the lock.
  std::vector<std::pair<std::string, std::string>> next_of(const Stretch& stretch,
                                                           std::size_t count) const;

  std::shared_ptr<MemoryMedium> medium_;
  mutable std::shared_mutex mutex_;
  bool failed_ = false;
  // By kind and first part of the key, a row that was put late: most new ones go behind it, and a
  // search among a million rows of long common beginnings is saved.
  std::map<Kind, std::map<std::string, MemoryRows::iterator, std::less<>>> newest_;
};

}  // namespace botbox::storage
