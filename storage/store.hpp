// Store: the port to durable state. Two implementations pass one contract suite (tests/storage):
// RocksDB for production, memory for tests and for replay without a directory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.hpp"
#include "storage/keys.hpp"

namespace botbox::storage {

struct Put {
  Key key;
  std::string value;
};

// All of it becomes durable, or none. `sequence` is the commit number: exactly one above the last.
struct WriteBatch {
  std::uint64_t sequence = 0;
  std::vector<Put> puts;
  std::vector<Key> deletes;  // applied after the puts
};

struct ScanRange {
  Kind kind;
  std::string prefix;    // only keys that start with it
  std::string from;      // start at this key (inclusive); empty: at the range's beginning
  bool reverse = false;  // newest first; `from` is then the upper end, inclusive
  std::size_t limit = SIZE_MAX;
};

using RowVisitor = std::function<bool(std::string_view key, std::string_view value)>;

// Safe for one writing thread and many reading ones.
class Store {
 public:
  virtual ~Store() = default;

  virtual Result<std::optional<std::string>> get(const Key& key) const = 0;
  // Calls `row` in key order until it returns false. Keys are given without their kind. A row that
  // is written during the scan may be given as it was or as it is; the visitor may read, not write.
  virtual Result<void> scan(const ScanRange& range, const RowVisitor& row) const = 0;
  // Returns when the batch survives a power cut. An error means *unknown*: the batch may be found
  // after the next open. The caller must stop the process and start anew; after an error every
  // further write is refused with kIo. Only a batch with the wrong sequence is refused without
  // consequences (kInvalidInput).
  virtual Result<void> write(const WriteBatch& batch) = 0;
  // The sequence of the newest durable batch; 0 in a new store.
  virtual std::uint64_t last_sequence() const = 0;
};

}  // namespace botbox::storage
