// Old history is dropped while the engine runs, and nothing that anybody needs.
#include <doctest/doctest.h>

#include <map>

#include "actors/retention_actor.hpp"
#include "engine/execution/identity.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "storage/verify.hpp"
#include "tests/support/held_journal.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox::actors {
namespace {

constexpr Duration kHour{3'600'000};

std::map<storage::Kind, std::uint64_t> rows_by_kind(const storage::Store& store) {
  std::map<storage::Kind, std::uint64_t> rows;
  for (const storage::Kind kind : storage::kAllKinds)
    REQUIRE(store
                .scan({.kind = kind, .prefix = {}, .from = {}},
                      [&](std::string_view, std::string_view) {
                        ++rows[kind];
                        return true;
                      })
                .has_value());
  return rows;
}

std::uint64_t bytes_in(const storage::Store& store, storage::Kind kind) {
  std::uint64_t bytes = 0;
  static_cast<void>(store.scan({.kind = kind, .prefix = {}, .from = {}},
                               [&](std::string_view key, std::string_view value) {
                                 bytes += key.size() + value.size();
                                 return true;
                               }));
  return bytes;
}

// A lively fleet of half a day, swept every hour by this policy.
std::unique_ptr<VirtualEngine> swept_fleet(const storage::RetentionPolicy& policy,
                                           bool knows_sizes = false) {
  const auto medium = std::make_shared<storage::MemoryMedium>();
  VirtualEngineOptions options = test::fleet_options(6, 11);
  const auto opened = std::make_shared<storage::Store*>(nullptr);
  options.open_store = [=](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
    auto store = std::make_unique<storage::MemoryStore>(medium);
    *opened = store.get();
    return std::unique_ptr<storage::Store>(std::move(store));
  };
  options.retention.policy = policy;
  options.retention.portion = 50;
  if (knows_sizes)
    options.retention.bytes_of = [opened](storage::Kind kind) -> Result<std::uint64_t> {
      return bytes_in(**opened, kind);
    };
  auto started = VirtualEngine::start(std::move(options));
  REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
  (*started)->advance(kHour * 12);
  for (const AlertRaised& alert : (*started)->totals().alerts)
    CHECK_MESSAGE(!alert.kind.starts_with("retention"), alert.text);
  return std::move(*started);
}

void check_agrees(VirtualEngine& engine) {
  const auto report = storage::verify(
      engine.store(), {.now = engine.now(), .claim_lifetime = kIdempotencyRetention});
  REQUIRE(report.has_value());
  for (const storage::Finding& finding : report->findings)
    MESSAGE(finding.place << ": " << finding.text);
  CHECK(report->is_clean());
}

}  // namespace

TEST_CASE("a history is kept for its age, and claims, trades, positions and fills for ever") {
  const auto whole = swept_fleet({});
  const auto swept = swept_fleet({.signals = {kHour * 3, 0},
                                  .events = {kHour * 3, 0},
                                  .traces = {kHour * 3, 0},
                                  .cycles = {kHour * 3, 0}});
  const auto all = rows_by_kind(whole->store());
  auto kept = rows_by_kind(swept->store());
  using storage::Kind;
  for (const Kind kind : {Kind::kSignal, Kind::kTrace, Kind::kCycle, Kind::kEvent}) {
    CAPTURE(to_string(kind));
    CHECK(all.at(kind) > 50);
    CHECK(kept[kind] > 0);
    CHECK(kept[kind] < all.at(kind) / 2);
  }
  for (const Kind kind :
       {Kind::kTrade, Kind::kIntent, Kind::kPosition, Kind::kFill, Kind::kDedup}) {
    CAPTURE(to_string(kind));
    CHECK(kept[kind] == all.at(kind));
  }
  const Timestamp oldest_allowed = swept->now() - kHour * 4;
  const std::vector<BotConfig> bots = test::fleet_options(6, 11).bots;
  for (const BotConfig& bot : bots) {
    const auto signals = storage::load_signals(swept->store(), bot.id, {}, 10'000);
    REQUIRE(signals.has_value());
    for (const Signal& signal : *signals) CHECK(signal.created_at >= oldest_allowed);
  }
  check_agrees(*swept);
  bool is_told = false;
  const auto newest = storage::load_newest_events(swept->store(), 10'000);
  REQUIRE(newest.has_value());
  for (const Event& event : *newest) is_told = is_told || event.kind == "history.dropped";
  CHECK(is_told);
}

TEST_CASE("a history is kept to its size, the oldest of it goes first") {
  const auto whole = swept_fleet({});
  const std::uint64_t traces = bytes_in(whole->store(), storage::Kind::kTrace);
  const std::uint64_t events = bytes_in(whole->store(), storage::Kind::kEvent);
  const auto swept = swept_fleet({.events = {{}, events / 3}, .traces = {{}, traces / 3}}, true);
  // Up to what an hour adds since the last sweep.
  CHECK(bytes_in(swept->store(), storage::Kind::kTrace) < traces / 3 + traces / 8);
  CHECK(bytes_in(swept->store(), storage::Kind::kTrace) > traces / 8);
  CHECK(bytes_in(swept->store(), storage::Kind::kEvent) < events / 2);
  const std::vector<Event> newest = *storage::load_newest_events(swept->store(), 1);
  REQUIRE(newest.size() == 1);
  CHECK(rows_by_kind(swept->store())[storage::Kind::kSignal] ==
        rows_by_kind(whole->store())[storage::Kind::kSignal]);
  check_agrees(*swept);
}

namespace {

struct SweptWorld : test::ActorFixture {
  // `bytes_max`: of signals, which are five, made at the start; 0: any number.
  explicit SweptWorld(Duration age = kHour, std::uint64_t bytes_max = 0) : journal(*this) {
    directory = *storage::open_directory(store, {"test"});
    storage::WriteBatch batch{.sequence = store.last_sequence() + 1, .puts = {}, .deletes = {}};
    for (int i = 0; i < 5; ++i) {
      Signal signal;
      signal.id = {"s" + std::to_string(i)};
      signal.bot = {"a"};
      signal.created_at = now() + Duration{i};
      batch.puts.push_back(
          {storage::signal_key(signal.bot, signal.created_at, signal.id), storage::encode(signal)});
    }
    REQUIRE(store.write(batch).has_value());
    RetentionSettings settings;
    settings.policy.signals.age = age;
    settings.portion = 2;
    settings.first = kHour * 2;
    if (bytes_max > 0) {
      settings.policy.signals.bytes_max = bytes_max;
      settings.bytes_of = [this](storage::Kind) -> Result<std::uint64_t> { return living + dead; };
    }
    settings.compact = [this](storage::Kind) -> Result<void> {
      ++compactions;
      if (is_broken) return botbox::fail(ErrorCode::kIo, "no space");
      dead = 0;
      return {};
    };
    keeper = spawn<RetentionActor>(
        std::cref(clock()),
        RetentionParts{store, journal.actor(), listener(alerts, sweeps), {1, 1}}, settings);
    run();
  }

  storage::MemoryStore store;
  storage::DirectoryState directory;
  test::HeldJournal journal;
  int compactions = 0;
  bool is_broken = false;
  std::uint64_t living = 400;  // bytes of rows, and of what was deleted and not compacted
  std::uint64_t dead = 0;
  test::Inbox<AlertRaised> alerts;
  test::Inbox<RetentionSwept> sweeps;
  caf::actor keeper;
};

}  // namespace

TEST_CASE("a sweep deletes in commits of a bounded size, one at a time, and compacts at the end") {
  SweptWorld world;
  CHECK(world.journal.held() == 0);
  world.advance(kHour * 2);
  for (const std::size_t rows : {2, 2, 1}) {
    REQUIRE(world.journal.held() == 1);
    CHECK(world.journal.commit().always.deletes.size() == rows);
    CHECK(world.compactions == 0);
    world.journal.answer();
  }
  CHECK(world.compactions == 1);
  REQUIRE(world.journal.held() == 1);
  CHECK(world.journal.commit().always.events.size() == 1);
}

TEST_CASE("a sweep that fails is one alert, and another when one works again") {
  SweptWorld world;
  world.journal.release();
  world.is_broken = true;
  world.advance(kHour * 2);
  world.advance(kHour);
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].kind == "retention.failed");
  world.is_broken = false;
  world.advance(kHour);
  REQUIRE(world.alerts.size() == 2);
  CHECK(world.alerts[1].kind == "retention.works");
}

// The journal of this world forgets, so that every sweep drops the same rows.
TEST_CASE("a kind is compacted at its first sweep, and then once a day") {
  SweptWorld world;
  world.journal.release();
  world.advance(kHour * 2);
  CHECK(world.compactions == 1);
  world.advance(kHour * 23);
  CHECK(world.compactions == 1);
  CHECK(world.journal.durable().size() > 23 * 3);
  world.advance(kHour);
  CHECK(world.compactions == 2);
}

TEST_CASE("by its size nothing is dropped because of what was dropped before") {
  SweptWorld world(Duration{0}, 500);
  world.journal.release();
  world.dead = 200;
  world.advance(kHour * 2);
  CHECK(world.compactions == 1);
  CHECK(world.journal.durable().empty());
  // Now it knows that what it measures is there.
  world.living = 600;
  world.advance(kHour);
  CHECK_FALSE(world.journal.durable().empty());
  CHECK(world.compactions == 2);
}

TEST_CASE("what cannot be measured for want of room to compact is not dropped by its size") {
  SweptWorld world(Duration{0}, 500);
  world.journal.release();
  world.dead = 200;
  world.is_broken = true;
  world.advance(kHour * 5);
  CHECK(world.journal.durable().empty());
  REQUIRE(world.alerts.size() == 1);
  CHECK(world.alerts[0].kind == "retention.failed");
  CHECK(world.alerts[0].text.find("the room of old history has not come back") !=
        std::string::npos);
}

TEST_CASE("what is too old goes also where its room cannot come back") {
  SweptWorld world;
  world.journal.release();
  world.is_broken = true;
  world.advance(kHour * 2);
  std::size_t dropped = 0;
  std::size_t told = 0;
  for (const auto& commit : world.journal.durable()) {
    dropped += commit->always.deletes.size();
    told += commit->always.events.size();
  }
  CHECK(dropped == 5);
  CHECK(told == 1);
}

}  // namespace botbox::actors
