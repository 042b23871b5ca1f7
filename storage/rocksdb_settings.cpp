#include "storage/rocksdb_settings.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/compaction_filter.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include "storage/row_key.hpp"

namespace botbox::storage {
namespace {

// Any background error ends writing: RocksDB's own recovery would carry on after a failed sync,
// whose outcome is unknown, as if nothing had happened.
class StopOnError final : public rocksdb::EventListener {
 public:
  explicit StopOnError(std::shared_ptr<BackgroundState> state) : state_(std::move(state)) {}

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    state_->fail(status->ToString());
  }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status status,
                            bool* auto_recovery) override {
    *auto_recovery = false;
    state_->fail(status.ToString());
  }

 private:
  std::shared_ptr<BackgroundState> state_;
};

// One per compaction: its "now" stands still while the compaction runs.
class ExpiredRows final : public rocksdb::CompactionFilter {
 public:
  ExpiredRows(Timestamp now, Duration grace) : drop_before_(now - grace) {}

  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    if (key.size() < kKindBytes || value.size() < 8) return false;
    const auto kind = static_cast<Kind>(kind_code(key[0], key[1]));
    if (!is_expiring(kind)) return false;
    const auto expires_ms =
        static_cast<std::int64_t>(from_big_endian({value.data(), value.size()}));
    return expires_ms != 0 && expires_ms < drop_before_.ms;
  }
  const char* Name() const override { return "botbox.ExpiredRows"; }

 private:
  Timestamp drop_before_;
};

class ExpiredRowsFactory final : public rocksdb::CompactionFilterFactory {
 public:
  ExpiredRowsFactory(std::shared_ptr<BackgroundState> state, Duration grace)
      : state_(std::move(state)), grace_(grace) {}

  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<ExpiredRows>(Timestamp{state_->now_ms.load()}, grace_);
  }
  const char* Name() const override { return "botbox.ExpiredRowsFactory"; }

 private:
  std::shared_ptr<BackgroundState> state_;
  Duration grace_;
};

}  // namespace

Family family_of(Kind kind) {
  switch (kind) {
    case Kind::kMeta: return Family::kMeta;
    case Kind::kSignal:
    case Kind::kIntent:
    case Kind::kTrade:
    case Kind::kTradeIndex:
    case Kind::kFill:
    case Kind::kPosition:
    case Kind::kDifference:
    case Kind::kEvent:
    case Kind::kCandle: return Family::kHistory;
    case Kind::kTrace:
    case Kind::kCycle:
    case Kind::kFleetResult: return Family::kTraces;
    case Kind::kDedup: return Family::kDedup;
    case Kind::kBotConfig:
    case Kind::kBotSnapshot:
    case Kind::kTradeOpen:
    case Kind::kPendingSlot:
    case Kind::kLimiter:
    case Kind::kEngineState:
    case Kind::kPaper:
    case Kind::kLock:
    case Kind::kInbox:
    case Kind::kOutbox:
    case Kind::kOperatorBot:
    case Kind::kInstrument:
    case Kind::kShard: return Family::kState;
  }
  return Family::kState;
}

void BackgroundState::fail(const std::string& what) {
  const std::lock_guard lock(mutex);
  if (failure.empty()) failure = what;
  failed = true;
}

rocksdb::WriteOptions write_options() {
  rocksdb::WriteOptions options;
  options.sync = true;
  options.protection_bytes_per_key = kProtectionBytes;
  return options;
}

rocksdb::DBOptions database_options(const std::shared_ptr<BackgroundState>& state,
                                    rocksdb::Env* env) {
  rocksdb::DBOptions options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::make_shared<StopOnError>(state));
  options.paranoid_checks = true;
  options.flush_verify_memtable_count = true;
  options.verify_sst_unique_id_in_manifest = true;
  options.track_and_verify_wals_in_manifest = false;  // does not work beside a secondary
  options.recycle_log_file_num = 0;
  options.wal_compression = rocksdb::kNoCompression;
  options.manual_wal_flush = false;
  options.max_total_wal_size = 128ULL << 20;
  // One thread writes: what exists for many writers only costs.
  options.allow_concurrent_memtable_write = false;
  options.enable_write_thread_adaptive_yield = false;
  options.enable_pipelined_write = false;
  options.two_write_queues = false;
  options.unordered_write = false;
  options.atomic_flush = false;  // the log is always on
  options.max_open_files = -1;
  options.max_background_jobs = 2;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 4;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  return options;
}

std::vector<rocksdb::ColumnFamilyDescriptor> family_descriptors(
    const std::shared_ptr<BackgroundState>& state, Duration expiry_grace) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(64ULL << 20);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.whole_key_filtering = true;

  rocksdb::ColumnFamilyOptions common;
  common.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  common.force_consistency_checks = true;
  common.write_buffer_size = 32ULL << 20;
  // Bots commit in the order of the fleet, so rows of one kind come nearly in key order: the search
  // for a row's place starts where the last one of its kind went in.
  common.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(kKindBytes));

  rocksdb::ColumnFamilyOptions meta = common;
  meta.write_buffer_size = 4ULL << 20;
  // Absence is what claims ask for, and what they mostly find.
  rocksdb::ColumnFamilyOptions asked = common;
  asked.memtable_whole_key_filtering = true;
  asked.memtable_prefix_bloom_size_ratio = 0.02;
  rocksdb::ColumnFamilyOptions expiring = common;
  expiring.compaction_filter_factory = std::make_shared<ExpiredRowsFactory>(state, expiry_grace);
  expiring.periodic_compaction_seconds = std::uint64_t{24} * 60 * 60;
  rocksdb::ColumnFamilyOptions dedup = expiring;
  dedup.memtable_whole_key_filtering = true;
  dedup.memtable_prefix_bloom_size_ratio = 0.02;

  return {{rocksdb::kDefaultColumnFamilyName, meta},
          {"state", asked},
          {"history", asked},
          {"traces", expiring},
          {"dedup", dedup}};
}

}  // namespace botbox::storage
