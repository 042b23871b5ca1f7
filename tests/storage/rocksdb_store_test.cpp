#include "storage/rocksdb_store.hpp"

#include <fstream>
#include <map>

#include "storage/expiry.hpp"
#include "storage/rocksdb_settings.hpp"
#include "storage/watermark.hpp"
#include "tests/storage/failing_files.hpp"
#include "tests/storage/support.hpp"

namespace botbox::storage::test {
namespace {

namespace fs = std::filesystem;
using Value = std::optional<std::string>;

struct Directory {
  TemporaryDirectory place;
  ManualClock clock{kStart};

  Result<std::unique_ptr<RocksDbStore>> open(const RocksDbOptions& options = {}) {
    return RocksDbStore::open(place.path(), clock, options);
  }
};

TEST_CASE("the settings that durability rests on are in force") {
  const rocksdb::DBOptions database =
      database_options(std::make_shared<BackgroundState>(), nullptr);
  CHECK(database.wal_recovery_mode == rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords);
  CHECK(database.max_bgerror_resume_count == 0);
  CHECK(database.paranoid_checks);
  CHECK(database.flush_verify_memtable_count);
  CHECK(database.verify_sst_unique_id_in_manifest);
  CHECK_FALSE(database.track_and_verify_wals_in_manifest);
  CHECK_FALSE(database.manual_wal_flush);
  CHECK_FALSE(database.enable_pipelined_write);
  CHECK_FALSE(database.two_write_queues);
  CHECK_FALSE(database.unordered_write);
  CHECK_FALSE(database.atomic_flush);
  CHECK(database.recycle_log_file_num == 0);
  CHECK(database.wal_compression == rocksdb::kNoCompression);
  CHECK(database.max_total_wal_size == 128ULL << 20);
  CHECK(write_options().sync);
  CHECK_FALSE(write_options().disableWAL);
  CHECK(write_options().protection_bytes_per_key == 8);
  for (const auto& family : family_descriptors(std::make_shared<BackgroundState>(), Duration{0}))
    CHECK(family.options.force_consistency_checks);
}

// Batch n puts row n and moves the counter, so that a lost or torn batch shows.
WriteBatch numbered(std::uint64_t n) {
  return {n,
          {{row(fmt::format("row-{:04}", n)), fmt::format("value {}", n)},
           {row("newest"), fmt::format("{}", n)}},
          {}};
}

void check_holds(const Store& store, std::uint64_t batches) {
  CHECK(store.last_sequence() == batches);
  if (batches > 0) CHECK(must(store.get(row("newest"))) == Value(fmt::format("{}", batches)));
  for (std::uint64_t n = 1; n <= batches; ++n)
    REQUIRE(must(store.get(numbered(n).puts[0].key)) == Value(numbered(n).puts[0].value));
  CHECK(keys_of(store, {.kind = Kind::kLimiter, .prefix = "row-", .from = {}}).size() == batches);
}

// A directory as a crash leaves it: copied while the store is open.
void write_and_crash(const fs::path& to, std::uint64_t batches) {
  Directory live;
  auto store = must(live.open());
  for (std::uint64_t n = 1; n <= batches; ++n) must(store->write(numbered(n)));
  fs::copy(live.place.path(), to, fs::copy_options::recursive);
}

fs::path newest_log(const fs::path& directory) {
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(directory / "db"))
    if (entry.path().extension() == ".log" && (newest.empty() || entry.path() > newest))
      newest = entry.path();
  REQUIRE(!newest.empty());
  return newest;
}

std::string bytes_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// What a directory holds, without RocksDB's own text logs.
std::map<std::string, std::string> contents(const fs::path& directory) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory))
    if (entry.is_regular_file() && !entry.path().filename().string().starts_with("LOG"))
      files[entry.path().string()] = bytes_of(entry.path());
  return files;
}

void replace(const fs::path& file, std::string_view bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace

TEST_CASE("a second engine on a directory is refused, until the first is gone") {
  Directory directory;
  auto first = must(directory.open());
  const auto second = directory.open();
  REQUIRE(!second);
  CHECK(second.error().code == ErrorCode::kAlreadyExists);
  CHECK(second.error().message.find("another engine") == 0);
  CHECK(second.error().place == directory.place.path().string());
  first.reset();
  must(directory.open());
}

TEST_CASE("after a crash every acknowledged batch is there") {
  TemporaryDirectory crashed;
  write_and_crash(crashed.path() / "copy", 20);
  ManualClock clock{kStart};
  check_holds(*must(RocksDbStore::open(crashed.path() / "copy", clock)), 20);
}

TEST_CASE("a log that lost its end is noticed, with both numbers, and stays as it is") {
  TemporaryDirectory crashed;
  write_and_crash(crashed.path() / "copy", 20);
  const fs::path log = newest_log(crashed.path() / "copy");
  fs::resize_file(log, fs::file_size(log) - 40);
  ManualClock clock{kStart};
  const auto before = contents(crashed.path() / "copy");
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto refused = RocksDbStore::open(crashed.path() / "copy", clock);
    REQUIRE(!refused);
    CHECK(contents(crashed.path() / "copy") == before);
    CHECK(refused.error().code == ErrorCode::kCorruption);
    CHECK(refused.error().message ==
          "the database holds batches up to 19, but 20 were acknowledged: 1 are lost");
    CHECK(!refused.error().fix.empty());
  }
  RocksDbOptions accept;
  accept.watermark = WatermarkPolicy::kReset;
  check_holds(*must(RocksDbStore::open(crashed.path() / "copy", clock, accept)), 19);
  // Whoever wrote nothing about it has accepted nothing.
  REQUIRE(!RocksDbStore::open(crashed.path() / "copy", clock));
  write_next(*must(RocksDbStore::open(crashed.path() / "copy", clock, accept)), {});
  CHECK(must(RocksDbStore::open(crashed.path() / "copy", clock))->last_sequence() == 20);
}

TEST_CASE("a flipped byte anywhere in the log never loses an acknowledged batch unnoticed") {
  TemporaryDirectory work;
  constexpr std::uint64_t kBatches = 12;
  write_and_crash(work.path() / "whole", kBatches);
  const fs::path log = newest_log(work.path() / "whole").lexically_relative(work.path() / "whole");
  const std::string whole = bytes_of(work.path() / "whole" / log);
  ManualClock clock{kStart};
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += 5) {
    CAPTURE(at);
    const fs::path copy = work.path() / "copy";
    fs::remove_all(copy);
    fs::copy(work.path() / "whole", copy, fs::copy_options::recursive);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    replace(copy / log, damaged);
    const auto opened = RocksDbStore::open(copy, clock);
    if (opened) {
      check_holds(**opened, kBatches);
    } else {
      ++refused;
      CHECK(opened.error().code == ErrorCode::kCorruption);
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a log cut at any place never loses an acknowledged batch unnoticed") {
  TemporaryDirectory work;
  write_and_crash(work.path() / "whole", 6);
  const fs::path log = newest_log(work.path() / "whole").lexically_relative(work.path() / "whole");
  const std::string whole = bytes_of(work.path() / "whole" / log);
  ManualClock clock{kStart};
  for (std::size_t size = 0; size < whole.size(); size += 29) {
    CAPTURE(size);
    const fs::path copy = work.path() / "copy";
    fs::remove_all(copy);
    fs::copy(work.path() / "whole", copy, fs::copy_options::recursive);
    fs::resize_file(copy / log, size);
    const auto opened = RocksDbStore::open(copy, clock);
    REQUIRE(!opened);
    CHECK(opened.error().code == ErrorCode::kCorruption);
  }
}

TEST_CASE("a directory whose watermark or database is gone is refused") {
  TemporaryDirectory work;
  write_and_crash(work.path() / "copy", 3);
  ManualClock clock{kStart};
  SUBCASE("watermark") { fs::remove(work.path() / "copy" / "watermark"); }
  SUBCASE("database") { fs::remove_all(work.path() / "copy" / "db"); }
  SUBCASE("both slots of the watermark") { replace(work.path() / "copy" / "watermark", "x"); }
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto refused = RocksDbStore::open(work.path() / "copy", clock);
    REQUIRE(!refused);
    CHECK(refused.error().code == ErrorCode::kCorruption);
  }
}

TEST_CASE("the watermark survives a torn write of either slot") {
  TemporaryDirectory work;
  const fs::path file = work.path() / "watermark";
  must(Watermark::create(file));
  auto mark = must(Watermark::open(file));
  for (std::uint64_t n = 1; n <= 4; ++n) {
    must(mark->record(n, kStart));
    CHECK(must(Watermark::read(file)) == n);
    const std::string whole = bytes_of(file);
    for (const std::size_t slot : {std::size_t{0}, std::size_t{4096}}) {
      std::string torn = whole;
      torn[slot + 15] = static_cast<char>(torn[slot + 15] ^ 1);
      replace(file, torn);
      CHECK(must(Watermark::read(file)) >= n - 1);
    }
    replace(file, whole);
  }
}

TEST_CASE("CRC-32C gives the published check value") { CHECK(crc32c("123456789") == 0xE3069283); }

TEST_CASE(
    "after a failed append or sync every write is refused, and the reopened store holds what "
    "was acknowledged and at most the write that failed") {
  constexpr std::uint64_t kBatches = 6;
  for (const FileOperation operation : {FileOperation::kAppend, FileOperation::kSync}) {
    for (const bool persistent : {false, true}) {
      bool clean = false;
      int faults_while_writing = 0;
      for (int nth = 1; !clean; ++nth) {
        CAPTURE(nth);
        CAPTURE(persistent);
        REQUIRE(nth < 500);
        Directory directory;
        auto plan = std::make_shared<FaultPlan>(operation, nth, persistent);
        auto env = rocksdb::NewCompositeEnv(std::make_shared<FailingFiles>(plan));
        RocksDbOptions options;
        options.env = env.get();
        std::uint64_t acknowledged = 0;
        bool in_flight = false;
        if (auto store = directory.open(options)) {
          while (!in_flight && acknowledged < kBatches) {
            const auto written = (*store)->write(numbered(acknowledged + 1));
            if (written)
              ++acknowledged;
            else
              in_flight = true;
          }
          if (in_flight) {
            ++faults_while_writing;
            const auto refused = (*store)->write(numbered(acknowledged + 1));
            REQUIRE(!refused);
            CHECK(refused.error().code == ErrorCode::kIo);
            CHECK((*store)->last_sequence() == acknowledged);
          }
        }
        clean = !plan->fired();
        if (clean) CHECK(acknowledged == kBatches);
        const auto reopened = directory.open();
        REQUIRE_MESSAGE(reopened, (reopened ? "" : to_string(reopened.error())));
        const std::uint64_t recovered = (*reopened)->last_sequence();
        CHECK(recovered >= acknowledged);
        CHECK(recovered <= acknowledged + (in_flight ? 1 : 0));
        check_holds(**reopened, recovered);
      }
      CHECK(faults_while_writing >= static_cast<int>(kBatches));
    }
  }
}

TEST_CASE("a secondary reads beside a running engine, catches up, and refuses to write") {
  Directory directory;
  auto engine = must(directory.open());
  must(engine->write(numbered(1)));
  auto looking = must(RocksDbStore::open_secondary(directory.place.path()));
  check_holds(*looking, 1);
  must(engine->write(numbered(2)));
  check_holds(*looking, 1);
  must(looking->catch_up());
  check_holds(*looking, 2);
  const auto refused = looking->write(numbered(3));
  REQUIRE(!refused);
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
  must(looking->verify_checksums());
  must(engine->write(numbered(3)));
}

TEST_CASE("a secondary leaves nothing behind and needs no right to write in the directory") {
  TemporaryDirectory work;
  write_and_crash(work.path() / "copy", 5);
  fs::create_directories(work.path() / "tmp");
  const char* before = std::getenv("TMPDIR");
  const std::string old = before == nullptr ? "" : before;
  ::setenv("TMPDIR", (work.path() / "tmp").c_str(), 1);
  std::vector<fs::path> listed;
  for (const auto& entry : fs::recursive_directory_iterator(work.path() / "copy"))
    listed.push_back(entry.path());
  {
    auto looking = must(RocksDbStore::open_secondary(work.path() / "copy"));
    check_holds(*looking, 5);
    CHECK(!fs::is_empty(work.path() / "tmp"));
  }
  if (before == nullptr)
    ::unsetenv("TMPDIR");
  else
    ::setenv("TMPDIR", old.c_str(), 1);
  CHECK(fs::is_empty(work.path() / "tmp"));
  std::vector<fs::path> after;
  for (const auto& entry : fs::recursive_directory_iterator(work.path() / "copy"))
    after.push_back(entry.path());
  CHECK(after == listed);
}

TEST_CASE("a secondary refuses a directory without a database, and one behind its watermark") {
  TemporaryDirectory work;
  const auto none = RocksDbStore::open_secondary(work.path());
  REQUIRE(!none);
  CHECK(none.error().code == ErrorCode::kNotFound);
  write_and_crash(work.path() / "copy", 5);
  const fs::path log = newest_log(work.path() / "copy");
  fs::resize_file(log, fs::file_size(log) - 40);
  const auto behind = RocksDbStore::open_secondary(work.path() / "copy");
  REQUIRE(!behind);
  CHECK(behind.error().code == ErrorCode::kCorruption);
}

TEST_CASE("compaction drops rows that expired longer ago than the grace, and no others") {
  Directory directory;
  auto store = must(directory.open({.expiry_grace = Duration{1000}}));
  const auto at = [](std::int64_t ms) { return encode_expiring("x", kStart + Duration{ms}); };
  must(store->write({1,
                     {{dedup_key("for ever"), encode_expiring("x", {})},
                      {dedup_key("gone"), at(0)},
                      {dedup_key("within grace"), at(1)},
                      {cycle_key(1), at(0)},
                      {pending_slot_key({"b"}, {"s"}, Direction::kLong), at(0)},
                      {row("other kind"), at(0)}},
                     {}}));
  directory.clock.advance(Duration{1001});
  must(store->write({2, {{row("later"), "x"}}, {}}));
  must(store->compact());
  CHECK(must(store->get(dedup_key("for ever"))).has_value());
  CHECK(must(store->get(dedup_key("within grace"))).has_value());
  CHECK(!must(store->get(dedup_key("gone"))).has_value());
  CHECK(!must(store->get(cycle_key(1))).has_value());
  CHECK(must(store->get(pending_slot_key({"b"}, {"s"}, Direction::kLong))).has_value());
  CHECK(must(store->get(row("other kind"))).has_value());
}

}  // namespace botbox::storage::test
