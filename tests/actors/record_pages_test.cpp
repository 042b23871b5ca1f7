// Pages of the history: what the index of births knows must be what the log says.
#include <doctest/doctest.h>

#include <array>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "actors/fleet_index.hpp"
#include "actors/record_pages.hpp"
#include "storage/codec.hpp"
#include "storage/event_head.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/turned_pages.hpp"

namespace botbox::actors {
namespace {

using storage::Key;
using storage::Put;
using storage::test::must;

constexpr Timestamp kBegin{1'716'000'000'000};
constexpr std::array kPageSubjectsHere{"intents", "trades", "positions", "signals"};
constexpr std::array kKinds{"intent.pending",  "intent.blocked",  "trade.pending",
                            "trade.completed", "position.opened", "signal.accepted",
                            "signal.rejected", "bot.status",      "fill.booked"};

// The record that an event tells of.
template <class Record>
std::string row_of(const Event& event) {
  Record record{};
  if constexpr (requires { record.key; })
    record.key.value = event.subject;
  else
    record.id.value = event.subject;
  record.bot = event.bot;
  return storage::encode(record);
}

std::string dust_row(const std::string& id, const std::string& position, DifferenceState state) {
  Difference difference{};
  difference.id.value = id;
  difference.kind = DifferenceKind::kDust;
  difference.position.value = position;
  difference.state = state;
  return storage::encode(difference);
}

PageQuery pages_of(std::size_t limit) {
  PageQuery query;
  query.limit = limit;
  return query;
}

// A log of events, each with the record that it tells of.
struct WrittenLog {
  storage::MemoryStore store;
  std::vector<Event> events;

  void add(std::string kind, const std::string& bot) {
    Event event{.sequence = events.size() + 1,
                .at = kBegin + Duration{static_cast<std::int64_t>(events.size()) * 1'000},
                .kind = std::move(kind),
                .bot = {bot},
                .subject = "r" + std::to_string(events.size()),
                .detail = "{}",
                .actor = "engine"};
    std::vector<Put> puts{{storage::event_key(event.sequence), storage::encode(event)}};
    if (event.kind.starts_with("intent."))
      puts.push_back({storage::intent_key({event.subject}), row_of<OrderIntent>(event)});
    if (event.kind == "trade.pending")
      puts.push_back({storage::trade_key({event.subject}), row_of<Trade>(event)});
    if (event.kind == "position.opened")
      puts.push_back({storage::position_key(event.bot, {event.subject}), row_of<Position>(event)});
    if (event.kind.starts_with("signal."))
      puts.push_back(
          {storage::signal_key(event.bot, event.at, {event.subject}), row_of<Signal>(event)});
    storage::test::write_next(store, std::move(puts));
    events.push_back(std::move(event));
  }
};

}  // namespace

TEST_CASE("pages by the index of births show what pages along the log show") {
  testing::SeededRuns random;
  CAPTURE(random.seed());
  for (int run = 0; run < 40; ++run) {
    WrittenLog log;
    const std::int64_t count = random.between(1, 300);
    for (std::int64_t i = 0; i < count; ++i)
      log.add(kKinds[static_cast<std::size_t>(random.between(0, kKinds.size() - 1))],
              "bot-" + std::to_string(random.between(1, 4)));
    // It knows a stretch of the log, of which small ones forget the oldest births.
    BirthIndex index(static_cast<std::size_t>(random.between(1, 60)));
    const std::int64_t from = random.between(0, count - 1);
    const std::int64_t to = random.between(from, count);
    for (std::int64_t i = from; i < to; ++i)
      index.on_event(log.events[static_cast<std::size_t>(i)]);
    PageQuery query = pages_of(static_cast<std::size_t>(random.between(1, 50)));
    if (random.one_in(2)) query.bot = {"bot-" + std::to_string(random.between(1, 4))};
    if (random.one_in(3)) query.from = kBegin + Duration{random.between(0, count) * 1'000};
    if (random.one_in(3)) query.until = kBegin + Duration{random.between(0, count) * 1'000};
    for (const std::string subject : kPageSubjectsHere) {
      CAPTURE(subject);
      const auto plain = testing::turned_pages(log.store, subject, query, {});
      CHECK(testing::turned_pages(log.store, subject, query, {.births = &index}) == plain);
    }
  }
}

TEST_CASE("a page of the newest reads a few records, whatever else the log is full of") {
  struct CountingStore final : storage::Store {
    explicit CountingStore(const storage::Store& real) : real_(real) {}
    Result<std::optional<std::string>> get(const Key& key) const override {
      ++reads;
      return real_.get(key);
    }
    Result<void> scan(const storage::ScanRange& range,
                      const storage::RowVisitor& row) const override {
      return real_.scan(range, [&](std::string_view key, std::string_view value) {
        ++reads;
        return row(key, value);
      });
    }
    Result<void> write(const storage::WriteBatch&) override {
      return fail(ErrorCode::kIo, "is for reading");
    }
    std::uint64_t last_sequence() const override { return real_.last_sequence(); }
    const storage::Store& real_;
    mutable std::size_t reads = 0;
  };
  WrittenLog log;
  for (int i = 0; i < 60; ++i) log.add("intent.pending", "bot-1");
  for (int i = 0; i < 2'000; ++i) log.add("trade.completed", "bot-1");
  BirthIndex index;
  for (const Event& event : log.events) index.on_event(event);
  CountingStore counting(log.store);
  const Page page = must(read_page(counting, "intents", pages_of(50), {.births = &index}));
  CHECK(page.items.size() == 50);
  CHECK(page.items.front().at("key") == "r59");
  CHECK(counting.reads <= 101);
}

TEST_CASE(
    "who follows events of a bot, a kind or a time gets those, once, and passes the rest by") {
  testing::SeededRuns random;
  CAPTURE(random.seed());
  for (int run = 0; run < 20; ++run) {
    WrittenLog log;
    const std::int64_t count = random.between(1, 200);
    for (std::int64_t i = 0; i < count; ++i)
      log.add(kKinds[static_cast<std::size_t>(random.between(0, kKinds.size() - 1))],
              "bot-" + std::to_string(random.between(1, 4)));
    PageQuery query = pages_of(static_cast<std::size_t>(random.between(1, 30)));
    if (random.one_in(2)) query.bot = {"bot-" + std::to_string(random.between(1, 5))};
    if (random.one_in(2)) query.kind = random.one_in(2) ? "trade." : "signal.rejected";
    if (random.one_in(3)) query.from = kBegin + Duration{random.between(0, count) * 1'000};
    const auto begin = static_cast<std::uint64_t>(random.between(0, count));
    std::vector<std::string> wanted;
    for (const Event& event : log.events)
      if (event.sequence > begin && (query.bot.empty() || query.bot == event.bot) &&
          event.kind.starts_with(query.kind) && query.takes_time(event.at))
        wanted.push_back(event.subject);
    std::vector<std::string> seen;
    std::uint64_t after = begin;
    for (int asked = 0; asked < 300 && after < static_cast<std::uint64_t>(count); ++asked) {
      const Page page = must(read_new_events(log.store, after, query));
      CHECK(page.items.size() <= query.limit);
      for (const auto& item : page.items) seen.push_back(item.at("subject").get<std::string>());
      REQUIRE(std::stoull(page.next) > after);
      after = std::stoull(page.next);
    }
    CHECK(seen == wanted);
    CHECK(must(read_new_events(log.store, after, query)).next == std::to_string(after));
  }
}

TEST_CASE("the head of an event is what decoding the whole of it gives") {
  WrittenLog log;
  log.add("trade.pending", "bot-1");
  log.add("a kind of some length, so that its size is told by more than one byte " +
              std::string(200, 'x'),
          "");
  storage::test::write_next(log.store, {{storage::event_key(3), "\x01\xFF"}});
  std::vector<Event> seen;
  const auto range = storage::ScanRange{.kind = storage::Kind::kEvent, .prefix = {}, .from = {}};
  const auto walked = storage::visit_events(
      log.store, range,
      [&](const storage::EventHead& head) {
        seen.push_back({.sequence = head.sequence,
                        .at = head.at,
                        .kind = std::string(head.kind),
                        .bot = {std::string(head.bot)},
                        .subject = std::string(head.subject),
                        .detail = "{}",
                        .actor = "engine"});
        return storage::HeadVerdict::kSkip;
      },
      [](Event&&) { return true; });
  CHECK(seen == log.events);
  // What cannot be read is told, not passed by.
  REQUIRE_FALSE(walked.has_value());
  CHECK(walked.error().code == ErrorCode::kCorruption);
  CHECK(walked.error().place.starts_with("event 3"));
}

TEST_CASE("the fleet index follows rows that change, come and are damaged, and keeps what stands") {
  storage::MemoryStore store;
  ManualClock clock{kBegin};
  FleetIndex index(store, clock);
  const auto put_bot = [&](const std::string& id, std::int64_t next_check) {
    BotConfig config{};
    config.id.value = id;
    config.name = "Of " + id;
    BotSnapshot snapshot{};
    snapshot.next_check_at.ms = next_check;
    storage::test::write_next(store,
                              {{storage::bot_config_key({id}), storage::encode(config)},
                               {storage::bot_snapshot_key({id}), storage::encode(snapshot)}});
  };
  const auto read = [&] {
    clock.advance(Duration{2'500});
    return must(index.fleet());
  };
  put_bot("a", 1);
  put_bot("c", 1);
  const FleetIndex::FleetPtr first = read();
  REQUIRE(first->bots.size() == 2);
  CHECK(first->bots[0]->words.find("of a") != std::string::npos);
  put_bot("b", 7);
  put_bot("c", 2);
  storage::test::write_next(
      store, {{storage::difference_key({"d1"}), dust_row("d1", "p1", DifferenceState::kWaiting)},
              {storage::difference_key({"d2"}), dust_row("d2", "p2", DifferenceState::kGone)}});
  const FleetIndex::FleetPtr second = read();
  REQUIRE(second->bots.size() == 3);
  CHECK(second->bots[0] == first->bots[0]);  // untouched: not read again
  CHECK(second->bots[1]->next_check_at.ms == 7);
  CHECK(second->bots[2]->next_check_at.ms == 2);
  CHECK(second->dust == std::set<PositionId>{{"p1"}});
  CHECK(second->differences.size() == 1);
  storage::test::write_next(store, {{storage::bot_snapshot_key({"b"}), "\x63"}});
  const FleetIndex::FleetPtr third = read();
  CHECK(third->bots[1]->is_damaged);
  CHECK(third->bots[2] == second->bots[2]);
  put_bot("b", 8);
  CHECK(read()->bots[1]->next_check_at.ms == 8);
  // Within the age that a read may have, but somebody has changed something.
  put_bot("b", 9);
  clock.advance(Duration{10});
  CHECK(must(index.fleet())->bots[1]->next_check_at.ms == 8);
  index.outdate();
  CHECK(must(index.fleet())->bots[1]->next_check_at.ms == 9);
  // The machine's clock is set back: nobody waits an hour for what happens meanwhile.
  put_bot("b", 10);
  clock.advance(Duration{-3'600'000});
  CHECK(must(index.fleet())->bots[1]->next_check_at.ms == 10);
}

TEST_CASE("a change that is told of while the index looks for one is shown") {
  struct BusyStore final : storage::Store {
    Result<std::optional<std::string>> get(const Key& key) const override { return real.get(key); }
    Result<void> scan(const storage::ScanRange& range,
                      const storage::RowVisitor& row) const override {
      return real.scan(range, row);
    }
    Result<void> write(const storage::WriteBatch& batch) override { return real.write(batch); }
    std::uint64_t last_sequence() const override {
      const std::uint64_t seen = real.last_sequence();
      if (after_look) std::exchange(after_look, {})();
      return seen;
    }
    storage::MemoryStore real;
    mutable std::function<void()> after_look;
  };
  BusyStore store;
  ManualClock clock{kBegin};
  FleetIndex index(store, clock);
  const auto put_bot = [&store](const std::string& id) {
    storage::test::write_next(store.real,
                              {{storage::bot_config_key({id}), storage::encode(BotConfig{})},
                               {storage::bot_snapshot_key({id}), storage::encode(BotSnapshot{})}});
  };
  put_bot("a");
  CHECK(must(index.fleet())->bots.size() == 1);
  store.after_look = [&] {
    put_bot("b");
    index.outdate();
  };
  index.outdate();
  static_cast<void>(must(index.fleet()));
  CHECK(must(index.fleet())->bots.size() == 2);
}

TEST_CASE("a fleet of which nothing was written is not read again, however often it is asked for") {
  struct ScannedStore final : storage::Store {
    Result<std::optional<std::string>> get(const Key& key) const override { return real.get(key); }
    Result<void> scan(const storage::ScanRange& range,
                      const storage::RowVisitor& row) const override {
      ++scans;
      return real.scan(range, row);
    }
    Result<void> write(const storage::WriteBatch& batch) override { return real.write(batch); }
    std::uint64_t last_sequence() const override { return real.last_sequence(); }
    storage::MemoryStore real;
    mutable std::size_t scans = 0;
  };
  ScannedStore store;
  ManualClock clock{kBegin};
  FleetIndex index(store, clock);
  const auto put_bot = [&store](const std::string& id) {
    storage::test::write_next(store,
                              {{storage::bot_config_key({id}), storage::encode(BotConfig{})},
                               {storage::bot_snapshot_key({id}), storage::encode(BotSnapshot{})}});
  };
  put_bot("a");
  const FleetIndex::FleetPtr first = must(index.fleet());
  const std::size_t scans = store.scans;
  CHECK(scans > 0);
  for (int i = 0; i < 10; ++i) {
    clock.advance(Duration{i % 2 == 0 ? 250 : 70'000});
    index.outdate();
    must(index.read());
    CHECK(must(index.fleet()) == first);
  }
  CHECK(store.scans == scans);
  put_bot("b");
  clock.advance(Duration{250});
  CHECK(must(index.fleet()) == first);  // young enough
  index.outdate();
  CHECK(must(index.fleet())->bots.size() == 2);
  CHECK(store.scans > scans);
}

TEST_CASE("who asks after a quiet minute is told how it is now; of a large fleet, how it was") {
  for (const std::size_t bots : {1, 2'000, 2'001}) {
    CAPTURE(bots);
    storage::MemoryStore store;
    ManualClock clock{kBegin};
    FleetIndex index(store, clock);
    std::size_t later = 0;
    index.set_read_later([&later] { ++later; });
    std::vector<storage::Put> rows;
    const auto put_bot = [&rows](std::size_t number) {
      const BotId id{fmt::format("b{:05}", number)};
      rows.push_back({storage::bot_config_key(id), storage::encode(BotConfig{})});
      rows.push_back({storage::bot_snapshot_key(id), storage::encode(BotSnapshot{})});
    };
    for (std::size_t i = 0; i < bots; ++i) put_bot(i);
    storage::test::write_next(store, std::exchange(rows, {}));
    CHECK(must(index.fleet())->bots.size() == bots);
    put_bot(bots);
    storage::test::write_next(store, std::exchange(rows, {}));
    clock.advance(Duration{50'000});
    const bool is_large = bots > 2'000;
    CHECK(must(index.fleet())->bots.size() == (is_large ? bots : bots + 1));
    CHECK(later == (is_large ? 1 : 0));
  }
}

}  // namespace botbox::actors
