// RocksDbStore: the durable Store. Settings and their measured reasons: storage/README.md.
//
//   DIR/db/        the database            DIR/watermark  newest acknowledged batch (watermark.hpp)
//   DIR/LOCK       held by the engine that writes here
#pragma once

#include <filesystem>
#include <memory>

#include "engine/clock.hpp"
#include "storage/store.hpp"

namespace rocksdb {
class Env;
}

namespace botbox::storage {

// What to do when the watermark is ahead of the database, or missing beside one that has data.
enum class WatermarkPolicy {
  kRequire,  // refuse to open
  // Accept the database as it is: an operator's decision. The old watermark stands until the first
  // batch is written, so that whoever is killed before that has accepted nothing.
  kReset,
};

// When a write counts as durable.
enum class SyncPolicy {
  kEveryBatch,  // before it returns: the only choice for an engine that trades
  kAtClose,  // once, at the end: for a replay, which starts from nothing and can be run again. If a
             // power cut comes before that, remove the directory and run it again.
};

struct RocksDbOptions {
  // Rows that expired longer ago than this may vanish; before that, only readers ignore them.
  Duration expiry_grace{std::chrono::hours{24}};
  WatermarkPolicy watermark = WatermarkPolicy::kRequire;
  SyncPolicy sync = SyncPolicy::kEveryBatch;
  rocksdb::Env* env = nullptr;  // for tests that inject disk faults; null: the operating system's
};

class RocksDbStore final : public Store {
 public:
  // For the one engine of this directory; makes it when it is not there. `clock` is asked only by
  // the thread that opens and writes, and must outlive the store.
  //
  // After a crash of the process or a power cut, every acknowledged batch is there, whole; of the
  // batches in flight, any prefix may be. Errors: kAlreadyExists (another engine has it open),
  // kCorruption (damaged, or fewer batches than were acknowledged; nothing is repaired or dropped),
  // kIo.
  static Result<std::unique_ptr<RocksDbStore>> open(const std::filesystem::path& directory,
                                                    const Clock& clock,
                                                    const RocksDbOptions& options = {});

  // For looking only, beside a running engine or without one. Needs no right to write in the
  // directory; its scratch files live below the system's temporary directory and go with the store.
  // Shows the state at opening or at the last catch_up(). kCorruption when even that is behind the
  // watermark. Writes are refused.
  static Result<std::unique_ptr<RocksDbStore>> open_secondary(
      const std::filesystem::path& directory);

  ~RocksDbStore() override;

  Result<std::optional<std::string>> get(const Key& key) const override;
  // Sees the rows of one moment.
  Result<void> scan(const ScanRange& range, const RowVisitor& row) const override;
  Result<void> write(const WriteBatch& batch) override;
  std::uint64_t last_sequence() const override;

  // Secondary only: shows what the engine has written since.
  Result<void> catch_up();
  // Reads every file and compares checksums; takes as long as reading them takes.
  Result<void> verify_checksums() const;
  // The state of one moment as a database in directory/db, on the same file system: files that
  // never change again are linked, the log is copied. From any thread, while others read and write.
  // The target is no data directory yet (storage/backup.hpp makes it one). Returns its newest
  // batch.
  Result<std::uint64_t> checkpoint(const std::filesystem::path& directory) const;
  // Moves everything into files and drops what is expired beyond the grace. For tests and tools.
  Result<void> compact();
  // The same for the rows of one kind, so that the room of what was deleted comes back. From any
  // thread, while others read and write; takes as long as reading and writing those rows takes.
  // Old and new files are there together for a time, and a disk that is full would end all writing:
  // error kIo, and nothing is done, when less than `keep_free` bytes might be left meanwhile.
  Result<void> compact(Kind kind, std::uint64_t keep_free = 0) const;
  // Ends the compact(Kind) that is under way at the next row, and lets later ones do nothing: so
  // that a process that is to end need not wait for them. From any thread.
  void stop_compacting() const;
  // About what the rows of a kind take, on the disk and on their way to it. What was deleted counts
  // until it is compacted.
  Result<std::uint64_t> bytes_of(Kind kind) const;

 private:
  struct Parts;
  explicit RocksDbStore(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace botbox::storage
