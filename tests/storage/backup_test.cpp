#include "storage/backup.hpp"

#include <algorithm>
#include <fstream>
#include <map>

#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/offline_mode.hpp"
#include "storage/reader.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::storage::test {
namespace {

namespace fs = std::filesystem;
using Rows = std::map<Key, std::string>;

Rows rows_of(const Store& store) {
  Rows rows;
  for (const Kind kind : kAllKinds)
    must(store.scan({.kind = kind, .prefix = {}, .from = {}},
                    [&](std::string_view key, std::string_view value) {
                      rows[{kind, std::string(key)}] = std::string(value);
                      return true;
                    }));
  return rows;
}

// A running engine's store, and commits that leave a directory in which everything fits.
class Engine {
 public:
  explicit Engine(const fs::path& data)
      : store_(must(RocksDbStore::open(data, clock_))),
        directory_(must(open_directory(*store_, {"installation-1"}))),
        writer_(*store_, directory_) {}

  void commit(int number) {
    const BotId bot{fmt::format("bot-{}", number % 7)};
    BotConfig config;
    config.id = bot;
    BotSnapshot snapshot;
    snapshot.next_check_at = kStart + Duration{number};
    Signal signal;
    signal.bot = bot;
    signal.id = {fmt::format("s{}", number)};
    signal.created_at = kStart + Duration{number};
    DecisionTrace trace;
    trace.bot = bot;
    trace.candle_close = kStart + Duration{number};
    auto commit = std::make_shared<Commit>();
    commit->producer = bot.value;
    commit->epoch = {directory_.process_epoch, 1};
    commit->turn = static_cast<std::uint64_t>(number) + 1;
    commit->at = kStart;
    commit->always.puts = {
        {bot_config_key(bot), encode(config)},
        {bot_snapshot_key(bot), encode(snapshot)},
        {signal_key(bot, signal.created_at, signal.id), encode(signal)},
        {trace_key(bot, trace.candle_close),
         encode_expiring(encode(trace), kStart + Duration{number % 3 == 0 ? -1 : 86'400'000})}};
    commit->always.events = {
        encode(Event{.at = kStart, .kind = "test", .subject = signal.id.value})};
    const std::shared_ptr<const Commit> group[] = {std::move(commit)};
    must(writer_.write(group));
  }

  RocksDbStore& store() { return *store_; }
  std::uint64_t process_epoch() const { return directory_.process_epoch; }

 private:
  ManualClock clock_{kStart};
  std::unique_ptr<RocksDbStore> store_;
  DirectoryState directory_;
  CommitWriter writer_;
};

Rows rows_in(const fs::path& directory) {
  return rows_of(*must(RocksDbStore::open_secondary(directory)));
}

Restored restore(const fs::path& backup, const fs::path& data, bool replaces = false) {
  return must(restore_backup(
      backup, data, {.now = kStart + Duration{1000}, .actor = "cli:test", .replaces = replaces}));
}

// Without the rows that a restore changes on purpose.
Rows without_switches(Rows rows) {
  rows.erase(engine_state_key());
  rows.erase(meta_key("sequence"));
  rows.erase(meta_key("process_epoch"));
  rows.erase(last_event_key());
  rows.erase(restored_at_key());
  std::erase_if(rows, [](const auto& row) {
    if (row.first.kind != Kind::kEvent) return false;
    const std::string kind = decode<Event>(row.second)->kind;
    return kind == "directory.restored" || kind == "operator.restore";
  });
  return rows;
}

}  // namespace

TEST_CASE("a backup holds the rows of the moment at which it was begun, while the engine goes on") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  Engine engine(data);
  int number = 0;
  for (int round = 0; round < 4; ++round) {
    for (std::int64_t left = runs.between(1, 60); left > 0; --left) engine.commit(number++);
    if (runs.one_in(2)) must(engine.store().compact());
    const Rows expected = rows_of(engine.store());
    const std::uint64_t sequence = engine.store().last_sequence();
    const fs::path copy = place.path() / fmt::format("copy-{}", round);
    const fs::path mark = place.path() / fmt::format("mark-{}", round);
    CHECK(must(make_backup(data, copy, {.now = kStart, .progress = {}})).sequence == sequence);
    CHECK(must(make_bookmark(engine.store(), mark, kStart)).sequence == sequence);
    for (int later = 0; later < 20; ++later) engine.commit(number++);
    for (const fs::path& backup : {copy, mark}) {
      CAPTURE(backup.string());
      CHECK(rows_in(backup) == expected);
      const BackupFacts facts = must(read_backup(backup));
      CHECK(facts.sequence == sequence);
      CHECK(facts.installation.value == "installation-1");
      CHECK(must(verify_backup(backup, {.now = kStart})).is_clean());
    }
  }
}

TEST_CASE(
    "a restored directory is what it was, REDUCING, fenced, and who restored it is on record") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path backup = place.path() / "backup";
  std::uint64_t newest_epoch = 0;
  {
    Engine engine(data);
    for (int number = 0; number < 30; ++number) engine.commit(number);
    must(make_backup(data, backup, {.now = kStart, .progress = {}}));
    for (int number = 30; number < 60; ++number) engine.commit(number);
  }
  {
    Engine later(data);
    later.commit(100);
    newest_epoch = later.process_epoch();
  }
  const Rows expected = rows_in(backup);
  const Rows lost = rows_in(data);

  const Restored restored = restore(backup, data, true);

  CHECK(without_switches(rows_in(data)) == without_switches(expected));
  CHECK(restored.process_epoch > newest_epoch);
  CHECK(rows_in(restored.moved_aside) == lost);
  CHECK(!fs::exists(place.path() / "data.restoring"));
  CHECK(rows_in(backup) == expected);
  CHECK(must(verify_directory(data, {.now = kStart})).is_clean());
  Engine engine(data);
  CHECK(engine.process_epoch() == restored.process_epoch + 1);
  const auto state = must(engine.store().get(engine_state_key()));
  REQUIRE(state);
  CHECK(must(decode<EngineState>(*state)).mode == EngineMode::kReducing);
  CHECK(must(decode<EngineState>(*state)).changed_by == "cli:test");
  CHECK(must(decode<EngineState>(*state)).reconcile_first);
  CHECK(must(read_directory(engine.store())).restored_at == kStart + Duration{1000});
  engine.commit(200);
  CHECK(must(verify(engine.store(), {.now = kStart})).is_clean());
  const auto events = must(load_events(engine.store(), 1, SIZE_MAX));
  CHECK(std::ranges::count(events, "directory.restored", &Event::kind) == 1);
  const auto deed = std::ranges::find(events, "operator.restore", &Event::kind);
  REQUIRE(deed != events.end());
  CHECK(deed->actor == "cli:test");
  CHECK(deed->at == kStart + Duration{1000});
  CHECK(deed->detail.starts_with(R"({"from":"stopped engine","made_at":")"));
}

TEST_CASE("a bookmark restores into a new place while the engine that made it still runs") {
  const TemporaryDirectory place;
  Engine engine(place.path() / "data");
  for (int number = 0; number < 10; ++number) engine.commit(number);
  const fs::path mark = place.path() / "data" / "bookmarks" / "1";
  must(make_bookmark(engine.store(), mark, kStart));
  const Rows expected = rows_of(engine.store());
  engine.commit(10);
  restore(mark, place.path() / "elsewhere");
  CHECK(without_switches(rows_in(place.path() / "elsewhere")) == without_switches(expected));
}

TEST_CASE("nothing is overwritten that somebody may still want") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path backup = place.path() / "backup";
  const RestoreOptions replaces{.now = kStart, .actor = "test", .replaces = true};
  {
    Engine engine(data);
    engine.commit(1);
    must(make_backup(data, backup, {.now = kStart, .progress = {}}));
    CHECK(make_backup(data, backup, {.now = kStart, .progress = {}}).error().code ==
          ErrorCode::kAlreadyExists);
    CHECK(make_bookmark(engine.store(), backup, kStart).error().code == ErrorCode::kAlreadyExists);
    // An engine has it open.
    CHECK(restore_backup(backup, data, replaces).error().code == ErrorCode::kAlreadyExists);
  }
  const Rows before = rows_in(data);
  CHECK(restore_backup(backup, data, {.now = kStart, .actor = "test"}).error().code ==
        ErrorCode::kAlreadyExists);
  CHECK(restore_backup(place.path() / "nothing", data, replaces).error().code ==
        ErrorCode::kNotFound);
  CHECK(restore_backup(data, place.path() / "new", replaces).error().code == ErrorCode::kNotFound);
  CHECK(rows_in(data) == before);
}

TEST_CASE("nothing writes into a backup, which stays one") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path backup = place.path() / "backup";
  {
    Engine engine(data);
    engine.commit(1);
    must(make_backup(data, backup, {.now = kStart, .progress = {}}));
    must(make_bookmark(engine.store(), data / "bookmarks" / "1", kStart));
  }
  CHECK(refuse_backup(data).has_value());
  CHECK(refuse_backup(place.path() / "nothing").has_value());
  CHECK(refuse_backup(data / "bookmarks" / "1").error().code == ErrorCode::kInvalidInput);
  const Result<void> refused = refuse_backup(backup);
  REQUIRE(!refused);
  CHECK(to_string(refused.error()).find("botbox restore --from " + backup.string()) !=
        std::string::npos);
  const auto switched =
      set_mode_offline(backup, {.mode = EngineMode::kActive, .actor = "test", .now = kStart});
  REQUIRE(!switched);
  CHECK(switched.error().code == ErrorCode::kInvalidInput);
  CHECK(must(verify_backup(backup, {.now = kStart})).is_clean());
  restore(backup, place.path() / "restored");
  CHECK(refuse_backup(place.path() / "restored").has_value());
}

TEST_CASE("a backup in which an earlier release let an engine go on is that engine's directory") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path copied = place.path() / "copied";
  const fs::path linked = data / "bookmarks" / "1";
  {
    Engine engine(data);
    engine.commit(1);
    must(make_backup(data, copied, {.now = kStart, .progress = {}}));
    must(make_bookmark(engine.store(), linked, kStart));
  }
  for (const fs::path& backup : {copied, linked}) {
    CHECK(!refuse_backup(backup));
    Engine(backup).commit(2);
    CHECK(refuse_backup(backup).has_value());
  }
}

TEST_CASE("a loss that is accepted leaves the engine REDUCING, asking before it sends") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path later = place.path() / "later";
  const LossOptions how{.now = kStart + Duration{1000}, .actor = "cli:test"};
  const auto refused = [&](const fs::path& directory) {
    const auto accepted = accept_loss(directory, how);
    REQUIRE(!accepted);
    return accepted.error().code;
  };
  {
    Engine engine(data);
    for (int number = 0; number < 10; ++number) engine.commit(number);
    CHECK(refused(data) == ErrorCode::kAlreadyExists);
  }
  CHECK(refused(data) == ErrorCode::kInvalidInput);
  CHECK(refused(place.path() / "nothing") == ErrorCode::kNotFound);
  // The watermark of a later moment: as if the log had lost its end.
  fs::copy(data, later, fs::copy_options::recursive);
  {
    Engine engine(later);
    for (int number = 10; number < 20; ++number) engine.commit(number);
  }
  fs::copy_file(later / "watermark", data / "watermark", fs::copy_options::overwrite_existing);
  ManualClock clock{kStart};
  REQUIRE(!RocksDbStore::open(data, clock));
  const AcceptedLoss accepted = must(accept_loss(data, how));

  CHECK(fs::exists(accepted.watermark));
  Engine engine(data);
  CHECK(engine.process_epoch() == accepted.process_epoch + 1);
  const auto row = must(engine.store().get(engine_state_key()));
  REQUIRE(row);
  const EngineState state = must(decode<EngineState>(*row));
  CHECK(state.mode == EngineMode::kReducing);
  CHECK(state.reconcile_first);
  CHECK(state.changed_by == "cli:test");
  CHECK(must(read_directory(engine.store())).restored_at == how.now);
  const auto events = must(load_events(engine.store(), 1, SIZE_MAX));
  CHECK(std::ranges::count(events, "directory.loss_accepted", &Event::kind) == 1);
  CHECK(std::ranges::count(events, "test", &Event::kind) == 10);
  engine.commit(200);
  CHECK(must(verify(engine.store(), {.now = kStart})).is_clean());
}

TEST_CASE("a loss whose acceptance does not become durable is not accepted") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path later = place.path() / "later";
  {
    Engine engine(data);
    for (int number = 0; number < 10; ++number) engine.commit(number);
  }
  fs::copy(data, later, fs::copy_options::recursive);
  {
    Engine engine(later);
    for (int number = 10; number < 20; ++number) engine.commit(number);
  }
  ManualClock clock{kStart};
  // Switches that cannot be read: the next ones cannot be made of them.
  write_next(*must(RocksDbStore::open(data, clock)), {{engine_state_key(), "\x63"}});
  fs::copy_file(later / "watermark", data / "watermark", fs::copy_options::overwrite_existing);
  for (int tries = 0; tries < 2; ++tries) {
    REQUIRE(!accept_loss(data, {.now = kStart + Duration{1000}, .actor = "cli:test"}));
    const auto opened = RocksDbStore::open(data, clock);
    REQUIRE(!opened);
    CHECK(opened.error().code == ErrorCode::kCorruption);
  }
}

TEST_CASE("a damaged backup is noticed and restores nothing") {
  const TemporaryDirectory place;
  const fs::path data = place.path() / "data";
  const fs::path backup = place.path() / "backup";
  {
    Engine engine(data);
    for (int number = 0; number < 200; ++number) engine.commit(number);
    must(make_backup(data, backup, {.now = kStart, .progress = {}}));
  }
  fs::path table;
  for (const auto& entry : fs::directory_iterator(backup / "db"))
    if (entry.path().extension() == ".sst" &&
        (table.empty() || entry.file_size() > fs::file_size(table)))
      table = entry.path();
  REQUIRE(!table.empty());
  const fs::path target = place.path() / "target";
  const auto refused = [&] {
    const auto report = verify_backup(backup, {.now = kStart});
    const bool is_seen = !report || !report->is_clean();
    return is_seen && !restore_backup(backup, target, {.now = kStart, .actor = "test"}) &&
           !fs::exists(target);
  };
  SUBCASE("a flipped byte") {
    std::fstream file(table, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(100);
    const char byte = static_cast<char>(file.peek());
    file.seekp(100);
    file.put(static_cast<char>(byte ^ 1));
    file.close();
    CHECK(refused());
  }
  SUBCASE("a file that is gone") {
    fs::remove(table);
    CHECK(refused());
  }
  SUBCASE("a database of another moment") {
    std::ofstream(backup / "BACKUP")
        << R"({"format":1,"sequence":1,"installation":"x","process_epoch":1,"made_at_ms":0})";
    CHECK(refused());
  }
  SUBCASE("a description that is no JSON") {
    std::ofstream(backup / "BACKUP") << "not json";
    CHECK(read_backup(backup).error().code == ErrorCode::kCorruption);
    CHECK(refused());
  }
  SUBCASE("a description of a later release") {
    std::ofstream(backup / "BACKUP") << R"({"format":2})";
    CHECK(read_backup(backup).error().code == ErrorCode::kNewerData);
    CHECK(refused());
  }
}

TEST_CASE("old bookmarks go first, and what is no bookmark stays") {
  const TemporaryDirectory place;
  const fs::path marks = place.path() / "marks";
  Engine engine(place.path() / "data");
  for (int number = 0; number < 5; ++number) {
    engine.commit(number);
    must(make_bookmark(engine.store(), marks / std::to_string(9 - number), kStart));
  }
  fs::create_directories(marks / "notes");
  fs::create_directories(marks / "7.partial");
  must(prune_backups(marks, 2));
  const auto left = list_backups(marks);
  REQUIRE(left.size() == 2);
  CHECK(left[0].directory.filename() == "6");
  CHECK(left[1].directory.filename() == "5");
  CHECK(left[0].sequence < left[1].sequence);
  CHECK(fs::exists(marks / "notes"));
}

}  // namespace botbox::storage::test
