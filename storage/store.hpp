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
  std::string prefix;             // only keys that start with it
  std::string from;               // start at this key (inclusive); empty: at the end of the range
  bool reverse = false;           // newest first; `from` is then the upper end, inclusive
  std::size_t limit = SIZE_MAX;
};

class Store {
 public:
  virtual ~Store() = default;

  virtual Result<std::optional<std::string>> get(const Key& key) const = 0;
  // Calls `row` in key order until it returns false. Keys are given without their kind.
  virtual Result<void> scan(const ScanRange& range,
                            const std::function<bool(std::string_view key, std::string_view value)>&
                                row) const = 0;
  // Returns when the batch survives a power cut. An error means *unknown*: the batch may be found
  // after the next open. The caller must stop the process and start anew; after an error every
  // further write is refused with kIo.
  virtual Result<void> write(const WriteBatch& batch) = 0;
  // The sequence of the newest durable batch; 0 in a new store.
  virtual std::uint64_t last_sequence() const = 0;
};

}  // namespace botbox::storage
