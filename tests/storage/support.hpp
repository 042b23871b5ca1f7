// What storage tests share: directories that go away, shorthand for rows and commits.
#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/clock.hpp"
#include "storage/commit.hpp"
#include "storage/commit_writer.hpp"
#include "storage/directory.hpp"
#include "storage/memory_store.hpp"
#include "storage/rocksdb_store.hpp"

namespace botbox::storage::test {

inline constexpr Timestamp kStart{1'716'000'000'000};

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    static std::atomic<int> count{0};
    path_ = std::filesystem::temp_directory_path() /
            fmt::format("botbox-test-storage-{}-{}", ::getpid(), ++count);
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// A place that outlives the stores opened on it; close and open is a restart.
class MemoryHome {
 public:
  Store& store() { return *store_; }
  void reopen() { store_ = std::make_unique<MemoryStore>(medium_); }

 private:
  std::shared_ptr<MemoryMedium> medium_ = std::make_shared<MemoryMedium>();
  std::unique_ptr<Store> store_ = std::make_unique<MemoryStore>(medium_);
};

class RocksHome {
 public:
  RocksHome() { reopen(); }
  Store& store() { return *store_; }
  void reopen() {
    store_.reset();
    auto opened = RocksDbStore::open(directory_.path(), clock_);
    REQUIRE_MESSAGE(opened, (opened ? "" : to_string(opened.error())));
    store_ = std::move(*opened);
  }

 private:
  TemporaryDirectory directory_;
  ManualClock clock_{kStart};
  std::unique_ptr<Store> store_;
};

template <class T>
T must(Result<T> result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : to_string(result.error())));
  return std::move(*result);
}
inline void must(const Result<void>& result) {
  REQUIRE_MESSAGE(result.has_value(), (result ? "" : to_string(result.error())));
}

inline Key row(std::string name) { return {Kind::kLimiter, std::move(name)}; }

inline void write_next(Store& store, std::vector<Put> puts, std::vector<Key> deletes = {}) {
  must(store.write({store.last_sequence() + 1, std::move(puts), std::move(deletes)}));
}

inline std::vector<std::string> keys_of(const Store& store, const ScanRange& range) {
  std::vector<std::string> keys;
  must(store.scan(range, [&](std::string_view key, std::string_view) {
    keys.emplace_back(key);
    return true;
  }));
  return keys;
}

}  // namespace botbox::storage::test
