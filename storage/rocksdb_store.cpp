#include "storage/rocksdb_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "storage/directory_lock.hpp"
#include "storage/disk_space.hpp"
#include "storage/rocksdb_error.hpp"
#include "storage/rocksdb_settings.hpp"
#include "storage/row_key.hpp"
#include "storage/watermark.hpp"

namespace botbox::storage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kReservedBatchBytes = std::size_t{256} * 1024;

Key sequence_key() { return meta_key("sequence"); }

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

// A directory of our own below the system's temporary one, removed at the end.
class ScratchDirectory {
 public:
  static Result<ScratchDirectory> make() {
    std::error_code error;
    std::string name = (fs::temp_directory_path(error) / "botbox-inspect-XXXXXX").string();
    if (error || ::mkdtemp(name.data()) == nullptr)
      return fail(ErrorCode::kIo, fmt::format("cannot make a directory: {}", std::strerror(errno)),
                  name, "set TMPDIR to a directory that can be written");
    ScratchDirectory scratch;
    scratch.path_ = name;
    return scratch;
  }
  ScratchDirectory() = default;
  ScratchDirectory(ScratchDirectory&& other) noexcept { path_.swap(other.path_); }
  ScratchDirectory& operator=(ScratchDirectory&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

tl::unexpected<Error> behind_watermark(std::uint64_t recovered, std::uint64_t acknowledged,
                                       const fs::path& directory) {
  return fail(ErrorCode::kCorruption,
              fmt::format("the database holds batches up to {}, but {} were acknowledged: {} are "
                          "lost",
                          recovered, acknowledged, acknowledged - recovered),
              directory.string(),
              "delete nothing; copy the directory away and restore a backup. Only when the loss is "
              "accepted: 'botbox accept-loss' goes on with what is left");
}

// What the watermark says before the database is touched; makes it for a new directory.
Result<std::uint64_t> prepare_watermark(const fs::path& directory, WatermarkPolicy policy) {
  const fs::path file = directory / "watermark";
  const bool has_database = fs::exists(directory / "db" / "CURRENT");
  Result<std::uint64_t> acknowledged = Watermark::read(file);
  if (!has_database && !acknowledged && acknowledged.error().code == ErrorCode::kNotFound) {
    BOTBOX_TRY(Watermark::create(file));
    return 0;
  }
  if (policy == WatermarkPolicy::kReset) return 0;
  if (!acknowledged && acknowledged.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kCorruption, "the watermark beside the database is missing",
                file.string(),
                "restore it with the rest of the backup, or go on with the database as it is by "
                "'botbox accept-loss'");
  // Opening would make an empty database and hide that a whole one is gone.
  if (acknowledged && *acknowledged > 0 && !has_database)
    return behind_watermark(0, *acknowledged, directory);
  return acknowledged;
}

Result<std::uint64_t> read_last_sequence(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* meta,
                                         const fs::path& directory) {
  std::string value;
  const rocksdb::Status status = db.Get({}, meta, row_key(sequence_key()), &value);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return store_error(status, "reading the last sequence", directory);
  if (value.size() != 8)
    return fail(ErrorCode::kCorruption, "the sequence row is malformed", directory.string(),
                "restore a backup");
  return from_big_endian(value);
}

// The newest batch that opening would recover, found without changing anything: the same recovery,
// read-only.
Result<std::uint64_t> recovered_sequence(const fs::path& directory,
                                         const std::shared_ptr<BackgroundState>& background,
                                         rocksdb::Env* env) {
  rocksdb::DBOptions options = database_options(background, env);
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status =
      rocksdb::DB::OpenForReadOnly(options, (directory / "db").string(),
                                   {{rocksdb::kDefaultColumnFamilyName, {}}}, &families, &opened);
  if (!status.ok()) return store_error(status, "checking it before opening", directory);
  const std::unique_ptr<rocksdb::DB> db(opened);
  Result<std::uint64_t> recovered = read_last_sequence(*db, families.front(), directory);
  for (rocksdb::ColumnFamilyHandle* family : families) db->DestroyColumnFamilyHandle(family);
  return recovered;
}

// Opening at once and comparing then would be too late: a successful open has already turned its
// logs into files and deleted them, and with them what somebody could still have rescued.
Result<void> check_before_opening(const fs::path& directory, std::uint64_t acknowledged,
                                  const std::shared_ptr<BackgroundState>& background,
                                  rocksdb::Env* env) {
  BOTBOX_ASSIGN(const std::uint64_t recovered, recovered_sequence(directory, background, env));
  if (recovered < acknowledged) return behind_watermark(recovered, acknowledged, directory);
  return {};
}

Result<void> make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (!error && fs::is_directory(directory)) return {};
  return fail(ErrorCode::kIo, fmt::format("cannot make the data directory: {}", error.message()),
              directory.string(), "check the path and the rights on its parent");
}

}  // namespace

struct RocksDbStore::Parts {
  fs::path directory;
  const Clock* clock = nullptr;  // null: secondary
  // The order matters: members go in reverse, and the database must go before lock and scratch.
  DirectoryLock lock;
  ScratchDirectory scratch;
  std::unique_ptr<Watermark> watermark;  // null: secondary, or the old one stands (kReset)
  std::shared_ptr<BackgroundState> background = std::make_shared<BackgroundState>();
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> families;
  std::atomic<std::uint64_t> sequence{0};
  std::atomic<bool> compacts_no_more{false};
  SyncPolicy sync = SyncPolicy::kEveryBatch;
  // Kept between writes for their memory.
  rocksdb::WriteBatch batch{kReservedBatchBytes, 0, kProtectionBytes, 0};
  std::string key;

  ~Parts() {
    if (db == nullptr) return;
    for (rocksdb::ColumnFamilyHandle* family : families) db->DestroyColumnFamilyHandle(family);
    db->Close();
  }

  rocksdb::ColumnFamilyHandle* family(Kind kind) const {
    return families[static_cast<std::size_t>(family_of(kind))];
  }

  std::string_view write_key(const Key& from) {
    const auto code = static_cast<std::uint16_t>(from.kind);
    key.clear();
    key.push_back(static_cast<char>(code >> 8));
    key.push_back(static_cast<char>(code & 0xFF));
    key.append(from.bytes);
    return key;
  }

  Result<void> acknowledge(std::uint64_t newest, Timestamp now) {
    if (watermark == nullptr) {
      const fs::path file = directory / "watermark";
      BOTBOX_TRY(Watermark::create(file));
      BOTBOX_ASSIGN(watermark, Watermark::open(file));
    }
    // A directory that syncs once has nothing to acknowledge before that.
    return sync == SyncPolicy::kEveryBatch ? watermark->record(newest, now) : Result<void>{};
  }

  Result<void> read_sequence() {
    BOTBOX_ASSIGN(const std::uint64_t newest,
                  read_last_sequence(*db, family(Kind::kMeta), directory));
    sequence = newest;
    return {};
  }

  rocksdb::Status fill_batch(const WriteBatch& from) {
    batch.Clear();
    rocksdb::Status status;
    for (const Put& put : from.puts) {
      status = batch.Put(family(put.key.kind), slice(write_key(put.key)), slice(put.value));
      if (!status.ok()) return status;
    }
    for (const Key& deleted : from.deletes) {
      status = batch.Delete(family(deleted.kind), slice(write_key(deleted)));
      if (!status.ok()) return status;
    }
    return batch.Put(family(Kind::kMeta), slice(write_key(sequence_key())),
                     big_endian(from.sequence));
  }
};

RocksDbStore::RocksDbStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

RocksDbStore::~RocksDbStore() {
  if (parts_->watermark == nullptr) return;
  if (parts_->sync == SyncPolicy::kAtClose && parts_->db->SyncWAL().ok())
    static_cast<void>(parts_->watermark->record(parts_->sequence, {parts_->background->now_ms}));
  // Best effort: it only narrows what a power cut right after a clean stop could hide.
  static_cast<void>(parts_->watermark->sync());
}

Result<std::unique_ptr<RocksDbStore>> RocksDbStore::open(const fs::path& directory,
                                                         const Clock& clock,
                                                         const RocksDbOptions& options) {
  BOTBOX_TRY(make_directory(directory));
  auto parts = std::make_unique<Parts>();
  parts->directory = directory;
  parts->clock = &clock;
  parts->sync = options.sync;
  parts->background->now_ms = clock.now().ms;
  BOTBOX_ASSIGN(parts->lock, DirectoryLock::take(directory));
  BOTBOX_ASSIGN(const std::uint64_t acknowledged, prepare_watermark(directory, options.watermark));
  const bool accepts_anything = options.watermark == WatermarkPolicy::kReset;
  if (!accepts_anything && fs::exists(directory / "db" / "CURRENT"))
    BOTBOX_TRY(check_before_opening(directory, acknowledged, parts->background, options.env));
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(
      database_options(parts->background, options.env), (directory / "db").string(),
      family_descriptors(parts->background, options.expiry_grace), &parts->families, &db);
  if (!status.ok()) return store_error(status, "opening it", directory);
  parts->db.reset(db);
  BOTBOX_TRY(parts->read_sequence());
  if (parts->sequence < acknowledged)
    return behind_watermark(parts->sequence, acknowledged, directory);
  if (!accepts_anything) {
    BOTBOX_ASSIGN(parts->watermark, Watermark::open(directory / "watermark"));
    BOTBOX_TRY(parts->watermark->record(parts->sequence, clock.now()));
  }
  return std::unique_ptr<RocksDbStore>(new RocksDbStore(std::move(parts)));
}

Result<std::unique_ptr<RocksDbStore>> RocksDbStore::open_secondary(const fs::path& directory) {
  if (!fs::exists(directory / "db" / "CURRENT"))
    return fail(ErrorCode::kNotFound, "there is no database here", directory.string(),
                "name the data directory of an engine that has run");
  auto parts = std::make_unique<Parts>();
  parts->directory = directory;
  BOTBOX_ASSIGN(parts->scratch, ScratchDirectory::make());
  // Read before the database, which only grows.
  BOTBOX_ASSIGN(const std::uint64_t acknowledged, Watermark::read(directory / "watermark"));
  rocksdb::DBOptions options = database_options(parts->background, nullptr);
  options.create_if_missing = false;
  options.create_missing_column_families = false;
  options.db_log_dir = parts->scratch.path().string();
  rocksdb::DB* db = nullptr;
  const rocksdb::Status status = rocksdb::DB::OpenAsSecondary(
      options, (directory / "db").string(), parts->scratch.path().string(),
      family_descriptors(parts->background, Duration{0}), &parts->families, &db);
  // Families are missing: killed, or still busy, in the middle of making the database.
  if (status.IsInvalidArgument() && acknowledged == 0)
    return fail(ErrorCode::kNotFound, "the first start has not finished here", directory.string(),
                "start the engine, it makes what is missing");
  if (!status.ok()) return store_error(status, "opening it for reading", directory);
  parts->db.reset(db);
  auto store = std::unique_ptr<RocksDbStore>(new RocksDbStore(std::move(parts)));
  BOTBOX_TRY(store->catch_up());
  if (store->last_sequence() < acknowledged)
    return behind_watermark(store->last_sequence(), acknowledged, directory);
  return store;
}

Result<std::optional<std::string>> RocksDbStore::get(const Key& key) const {
  std::string value;
  const rocksdb::Status status =
      parts_->db->Get({}, parts_->family(key.kind), row_key(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return store_error(status, "reading", parts_->directory);
  return value;
}

Result<void> RocksDbStore::scan(const ScanRange& range, const RowVisitor& row) const {
  const RowBounds bounds = row_bounds(range);
  if (bounds.lower >= bounds.upper) return {};
  const rocksdb::Slice lower(bounds.lower);
  const rocksdb::Slice upper(bounds.upper);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> at(
      parts_->db->NewIterator(options, parts_->family(range.kind)));
  std::size_t left = range.limit;
  for (range.reverse ? at->SeekToLast() : at->SeekToFirst(); at->Valid() && left > 0; --left) {
    if (!row(view(at->key()).substr(kKindBytes), view(at->value()))) return {};
    range.reverse ? at->Prev() : at->Next();
  }
  if (!at->status().ok()) return store_error(at->status(), "scanning", parts_->directory);
  return {};
}

Result<void> RocksDbStore::write(const WriteBatch& batch) {
  Parts& parts = *parts_;
  if (parts.clock == nullptr)
    return fail(ErrorCode::kInvalidInput, "the data directory is open for reading only",
                parts.directory.string());
  if (parts.background->failed) {
    const std::lock_guard lock(parts.background->mutex);
    return fail(
        ErrorCode::kIo,
        fmt::format("nothing more is written after an error: {}", parts.background->failure),
        parts.directory.string(), "stop this process and start it again");
  }
  if (batch.sequence != parts.sequence + 1)
    return fail(
        ErrorCode::kInvalidInput,
        fmt::format("batch {} does not follow batch {}", batch.sequence, parts.sequence.load()),
        parts.directory.string());
  const Timestamp now = parts.clock->now();
  parts.background->now_ms = now.ms;
  // RocksDB counts every key comparison of a thread in thread-local memory, for statistics that
  // nobody reads here: over a quarter of the processor time of a write.
  rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
  rocksdb::WriteOptions options = write_options();
  options.sync = parts.sync == SyncPolicy::kEveryBatch;
  rocksdb::Status status = parts.fill_batch(batch);
  if (status.ok()) status = parts.db->Write(options, &parts.batch);
  if (!status.ok()) {
    parts.background->fail(status.ToString());
    return store_error(status, fmt::format("writing batch {}", batch.sequence), parts.directory);
  }
  if (Result<void> recorded = parts.acknowledge(batch.sequence, now); !recorded) {
    parts.background->fail(to_string(recorded.error()));
    return recorded;
  }
  parts.sequence = batch.sequence;
  return {};
}

std::uint64_t RocksDbStore::last_sequence() const { return parts_->sequence; }

Result<void> RocksDbStore::catch_up() {
  const rocksdb::Status status = parts_->db->TryCatchUpWithPrimary();
  if (!status.ok()) return store_error(status, "catching up with the engine", parts_->directory);
  return parts_->read_sequence();
}

Result<void> RocksDbStore::verify_checksums() const {
  const rocksdb::Status status = parts_->db->VerifyChecksum({});
  if (!status.ok()) return store_error(status, "verifying checksums", parts_->directory);
  return {};
}

Result<std::uint64_t> RocksDbStore::checkpoint(const fs::path& directory) const {
  BOTBOX_TRY(make_directory(directory));
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(parts_->db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // With the log, not with a flush of everything: a small file per family every hour would have to
  // be compacted again.
  if (status.ok())
    status = checkpoint->CreateCheckpoint((directory / "db").string(),
                                          std::numeric_limits<std::uint64_t>::max());
  if (!status.ok()) return store_error(status, "making a checkpoint", directory);
  return recovered_sequence(directory, std::make_shared<BackgroundState>(), nullptr);
}

Result<void> RocksDbStore::compact() {
  for (rocksdb::ColumnFamilyHandle* family : parts_->families) {
    rocksdb::CompactRangeOptions options;
    options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
    const rocksdb::Status status = parts_->db->CompactRange(options, family, nullptr, nullptr);
    if (!status.ok()) return store_error(status, "compacting", parts_->directory);
  }
  return {};
}

Result<void> RocksDbStore::compact(Kind kind, std::uint64_t keep_free) const {
  BOTBOX_ASSIGN(const std::uint64_t needed, bytes_of(kind));
  BOTBOX_ASSIGN(const std::uint64_t room, free_bytes(parts_->directory));
  if (room < needed || room - needed < keep_free)
    return fail(ErrorCode::kIo,
                fmt::format("compacting rows of kind {} may take {} MiB for a time, and {} MiB are "
                            "to stay free, but only {} MiB are",
                            to_string(kind), needed >> 20, keep_free >> 20, room >> 20),
                parts_->directory.string(), "make room on the disk");
  const RowBounds bounds = row_bounds({.kind = kind, .prefix = {}, .from = {}});
  const rocksdb::Slice lower(bounds.lower);
  const rocksdb::Slice upper(bounds.upper);
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.canceled = &parts_->compacts_no_more;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Status status =
      parts_->db->CompactRange(options, parts_->family(kind), &lower, &upper);
  if (!status.ok() && !status.IsManualCompactionPaused())
    return store_error(status, "compacting", parts_->directory);
  return {};
}

void RocksDbStore::stop_compacting() const { parts_->compacts_no_more = true; }

Result<std::uint64_t> RocksDbStore::bytes_of(Kind kind) const {
  const RowBounds bounds = row_bounds({.kind = kind, .prefix = {}, .from = {}});
  const rocksdb::Range range(bounds.lower, bounds.upper);
  rocksdb::SizeApproximationOptions options;
  options.include_memtables = true;
  options.include_files = true;
  std::uint64_t bytes = 0;
  const rocksdb::Status status =
      parts_->db->GetApproximateSizes(options, parts_->family(kind), &range, 1, &bytes);
  if (!status.ok()) return store_error(status, "measuring", parts_->directory);
  return bytes;
}

}  // namespace botbox::storage
