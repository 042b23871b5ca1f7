// The settings of the database: column families, logs, recovery, and what happens on errors.
// Each deviation from RocksDB's defaults is justified in storage/README.md.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/model/time.hpp"
#include "storage/keys.hpp"

namespace botbox::storage {

// Kinds that live and die alike share a family, so that compaction of one does not rewrite others.
enum class Family { kMeta, kState, kHistory, kTraces, kDedup };
inline constexpr std::size_t kFamilies = 5;
Family family_of(Kind kind);

// Shared with RocksDB's own threads.
struct BackgroundState {
  std::atomic<std::int64_t> now_ms{0};  // time of the newest write: what compaction calls "now"
  std::atomic<bool> failed{false};
  std::mutex mutex;
  std::string failure;  // guarded by mutex

  void fail(const std::string& what);
};

// Of every key of a batch a checksum goes with it from the batch to log and memtable.
inline constexpr std::size_t kProtectionBytes = 8;
rocksdb::WriteOptions write_options();

rocksdb::DBOptions database_options(const std::shared_ptr<BackgroundState>& state,
                                    rocksdb::Env* env);
std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(
    const std::shared_ptr<BackgroundState>& state, Duration expiry_grace);

}  // namespace botbox::storage
