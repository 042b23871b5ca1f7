// What of the history may go, and what may not, whatever its age.
#include "storage/retention.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "engine/execution/identity.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/verify.hpp"
#include "tests/storage/support.hpp"

namespace botbox::storage::test {
namespace {

constexpr Duration kHour{3'600'000};
constexpr Duration kDay{86'400'000};

// A directory with a history, an hour between rows of a bot.
struct History {
  explicit History(Store& at) : store(at) {
    directory = must(open_directory(store, {"test"}));
    sequence = store.last_sequence();
  }

  template <class T>
  void put(Key key, const T& record) {
    rows.push_back({std::move(key), encode(record)});
  }
  void put_signal(const std::string& bot, std::int64_t hour, const std::string& id,
                  TradeId trade = {}) {
    Signal signal;
    signal.id = {id};
    signal.bot = {bot};
    signal.created_at = kStart + kHour * hour;
    signal.executed_trade_id = std::move(trade);
    put(signal_key(signal.bot, signal.created_at, signal.id), signal);
  }
  void put_trace(const std::string& bot, std::int64_t hour) {
    DecisionTrace trace;
    trace.bot = {bot};
    trace.candle_close = trace.checked_at = kStart + kHour * hour;
    rows.push_back({trace_key(trace.bot, trace.candle_close), encode_expiring(encode(trace), {})});
  }
  void put_event(std::uint64_t number, std::int64_t hour) {
    Event event;
    event.at = kStart + kHour * hour;
    event.kind = "test";
    put(event_key(number), event);
    rows.push_back({last_event_key(), big_endian(number)});
  }
  void put_intent(const std::string& signal, std::int64_t hour, bool is_traded) {
    OrderIntent intent;
    intent.key = idempotency_key(SignalId{signal});
    intent.created_at = kStart + kHour * hour;
    put(intent_key(intent.key), intent);
    if (!is_traded) return;
    Trade trade;
    trade.id = {client_order_id(directory.installation, intent.key, OrderLeg::kEntry).value};
    trade.intent = intent.key;
    put(trade_key(trade.id), trade);
  }
  void write() { must(store.write({++sequence, std::exchange(rows, {}), {}})); }
  // All old rows of a kind, found in portions.
  std::vector<Key> old(Kind kind, std::int64_t hour, std::size_t portion = 2) {
    const RetentionNeeds needs = must(load_retention_needs(store));
    std::vector<Key> keys;
    std::string from;
    for (bool is_all = false; !is_all;) {
      const OldRows found =
          must(find_old_rows(store, kind, kStart + kHour * hour, needs, from, portion));
      CHECK(found.keys.size() <= portion);
      keys.insert(keys.end(), found.keys.begin(), found.keys.end());
      from = found.next;
      is_all = found.is_all;
    }
    return keys;
  }

  Store& store;
  DirectoryState directory;
  std::uint64_t sequence = 0;
  std::vector<Put> rows;
};

}  // namespace

TEST_CASE("rows are kept for their age, or for what fits, and the last hour in any case") {
  const Timestamp now = kStart + kDay * 100;
  struct Row {
    RetentionRule rule;
    std::uint64_t bytes;
    Duration span;  // from the oldest row to now
    Duration kept;  // 0: everything
  };
  const std::vector<Row> table{
      {{}, 1'000, kDay * 100, {}},
      {{kDay * 30, 0}, 1'000, kDay * 100, kDay * 30},
      {{kDay * 30, 1'000}, 1'000, kDay * 20, kDay * 30},
      // 1,000 bytes in 100 days: 500 are 50 days, a tenth less of them stays.
      {{{}, 500}, 1'000, kDay * 100, kDay * 45},
      // By age 300 bytes of it stay, and fit.
      {{kDay * 30, 500}, 1'000, kDay * 100, kDay * 30},
      {{kDay * 60, 500}, 1'000, kDay * 100, kDay * 45},
      {{{}, 1}, 1'000'000, kDay, kHour},
      {{{}, 500}, 1'000, Duration{0}, {}},
  };
  for (std::size_t i = 0; i < table.size(); ++i) {
    CAPTURE(i);
    const Row& row = table[i];
    const Timestamp keep = keep_from(row.rule, now, row.bytes, now - row.span);
    CHECK(keep == (row.kept == Duration{0} ? Timestamp{} : now - row.kept));
  }
  CHECK(keep_from({{}, 500}, now, 1'000, {}).is_never());
}

TEST_CASE("the events that open positions and trades are listed by stay") {
  MemoryHome home;
  History history(home.store());
  const auto tell = [&](std::uint64_t number, const char* kind, const char* subject) {
    Event event;
    event.at = kStart;
    event.kind = kind;
    event.bot = {"a"};
    event.subject = subject;
    history.put(event_key(number), event);
  };
  for (const PositionStatus status : {PositionStatus::kOpen, PositionStatus::kClosed}) {
    Position position;
    position.bot = {"a"};
    position.id = {status == PositionStatus::kOpen ? "open" : "closed"};
    position.status = status;
    history.put(position_key(position.bot, position.id), position);
  }
  history.rows.push_back({trade_open_key({"sent"}), {}});
  tell(1, "position.opened", "open");
  tell(2, "position.opened", "closed");
  tell(3, "trade.pending", "sent");
  tell(4, "trade.pending", "filled");
  history.put_event(5, 9);
  history.write();
  const std::vector<Key> old = history.old(Kind::kEvent, 5);
  REQUIRE(old.size() == 2);
  CHECK(old[0] == event_key(2));
  CHECK(old[1] == event_key(4));
}

TEST_CASE("a hole among events is damage behind the first that must be there, and not before it") {
  for (const std::uint64_t first : {0, 2, 3, 4}) {
    CAPTURE(first);
    MemoryHome home;
    History history(home.store());
    for (const std::uint64_t number : {1, 2, 4, 5})
      history.put_event(number, static_cast<std::int64_t>(number));
    if (first != 0) history.rows.push_back({first_event_key(), big_endian(first)});
    history.write();
    const VerifyReport report = must(verify(home.store(), {.now = kStart}));
    std::size_t holes = 0;
    for (const Finding& finding : report.findings) holes += finding.kind == Kind::kEvent ? 1 : 0;
    CHECK(holes == (first == 4 ? 0 : 1));
  }
}

TEST_CASE("signals go by their age, each bot's, but for those that wait or whose trade is open") {
  MemoryHome home;
  History history(home.store());
  for (const std::string bot : {"a", "ab", "b"})
    for (int hour = 0; hour < 5; ++hour) history.put_signal(bot, hour, bot + std::to_string(hour));
  history.put_signal("b", 0, "open", {"t1"});
  history.rows.push_back({trade_open_key({"t1"}), ""});
  history.put_signal("b", 0, "final", {"t2"});
  Signal waiting;
  waiting.id = {"ab1"};
  waiting.bot = {"ab"};
  history.put(inbox_key(7), waiting);
  history.write();
  std::set<std::string> expected;
  for (const std::string id : {"a0", "a1", "ab0", "b0", "b1", "final"}) {
    const bool is_first = id == "final" || id.back() == '0';
    const std::string bot = id == "final" ? "b" : id.substr(0, id.size() - 1);
    expected.insert(signal_key({bot}, kStart + kHour * (is_first ? 0 : 1), {id}).bytes);
  }
  for (const std::size_t portion : {1, 2, 3, 100}) {
    CAPTURE(portion);
    std::set<std::string> found;
    for (const Key& key : history.old(Kind::kSignal, 2, portion)) found.insert(key.bytes);
    CHECK(found == expected);
  }
  CHECK(must(oldest_row(home.store(), Kind::kSignal)) == kStart);
}

TEST_CASE(
    "of events the newest stays, and of the others only what comes before the first young one") {
  MemoryHome home;
  History history(home.store());
  const std::uint64_t before = history.directory.last_event;
  for (std::uint64_t i = 1; i <= 5; ++i)
    history.put_event(before + i, static_cast<std::int64_t>(i));
  history.write();
  const auto numbers = [&](std::int64_t hour) {
    std::vector<std::uint64_t> found;
    for (const Key& key : history.old(Kind::kEvent, hour))
      found.push_back(from_big_endian(key.bytes) - before);
    std::erase_if(found, [](std::uint64_t number) { return number > 5; });
    return found;
  };
  CHECK(numbers(3) == std::vector<std::uint64_t>{1, 2});
  CHECK(numbers(100) == std::vector<std::uint64_t>{1, 2, 3, 4});
}

TEST_CASE("an intent goes only when it came to no trade, and not while its key is remembered") {
  MemoryHome home;
  History history(home.store());
  history.put_intent("traded", 0, true);
  history.put_intent("blocked", 0, false);
  history.put_intent("young", 9, false);
  history.write();
  CHECK(history.old(Kind::kIntent, 5) ==
        std::vector<Key>{intent_key(idempotency_key(SignalId{"blocked"}))});
  RetentionPolicy policy;
  policy.signals.age = kDay;
  CHECK(policy.of(Kind::kIntent).age == kIdempotencyRetention);
  policy.signals.age = kIdempotencyRetention * 2;
  CHECK(policy.of(Kind::kIntent).age == kIdempotencyRetention * 2);
  policy.signals = {Duration{0}, 1'000};
  CHECK_FALSE(policy.of(Kind::kIntent).is_on());
  for (const Kind kind : {Kind::kTrade, Kind::kPosition, Kind::kFill, Kind::kDedup, Kind::kInbox})
    CHECK_FALSE(RetentionPolicy{{kDay, 1}, {kDay, 1}, {kDay, 1}, {kDay, 1}}.of(kind).is_on());
}

TEST_CASE("cycles and traces go by their age") {
  MemoryHome home;
  History history(home.store());
  for (std::int64_t hour = 0; hour < 4; ++hour) {
    CycleRecord cycle;
    cycle.number = static_cast<std::uint64_t>(hour + 1);
    cycle.started_at = kStart + kHour * hour;
    history.rows.push_back({cycle_key(cycle.number), encode_expiring(encode(cycle), {})});
    history.put_trace("a", hour);
    history.put_trace("b", hour + 2);
  }
  history.write();
  CHECK(history.old(Kind::kCycle, 2) == std::vector<Key>{cycle_key(1), cycle_key(2)});
  CHECK(history.old(Kind::kTrace, 3).size() == 4);
  CHECK(must(oldest_row(home.store(), Kind::kCycle)) == kStart);
}

TEST_CASE("a row that cannot be read stops the look, and is named") {
  MemoryHome home;
  History history(home.store());
  history.put_signal("a", 0, "s");
  history.rows.push_back({signal_key({"b"}, kStart, {"x"}), "?"});
  history.write();
  const auto found = find_old_rows(home.store(), Kind::kSignal, kStart + kDay,
                                   must(load_retention_needs(home.store())), "", 10);
  CHECK_FALSE(found.has_value());
}

namespace {

// Words that cannot be compressed away.
struct Noise {
  std::string text(int words) {
    std::string text;
    for (int i = 0; i < words; ++i) {
      state = state * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
      text += fmt::format("{:016x}", state);
    }
    return text;
  }
  std::uint64_t state = 7;
};

constexpr int kHours = 10'000;

// A signal, an intent that came to no trade and an event of every hour, about half a KiB each.
void write_years(Store& store) {
  History history(store);
  Noise noise;
  const std::uint64_t first = history.directory.last_event + 1;
  for (int hour = 0; hour < kHours; ++hour) {
    const Timestamp at = kStart + kHour * hour;
    Signal signal;
    signal.id = {fmt::format("s{}", hour)};
    signal.bot = {"a"};
    signal.created_at = at;
    signal.market_context = noise.text(32);
    history.put(signal_key(signal.bot, at, signal.id), signal);
    OrderIntent intent;
    intent.key = idempotency_key(signal.id);
    intent.error_message = noise.text(32);
    intent.created_at = at;
    history.put(intent_key(intent.key), intent);
    Event event;
    event.at = at;
    event.kind = "test";
    event.detail = noise.text(32);
    history.put(event_key(first + static_cast<std::uint64_t>(hour)), event);
  }
  history.rows.push_back({last_event_key(), big_endian(first + kHours - 1)});
  history.write();
}

// Of a store that is closed: nobody makes or removes a file meanwhile.
std::uint64_t bytes_on_disk(const std::filesystem::path& directory) {
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) bytes += entry.file_size();
  return bytes;
}

}  // namespace

TEST_CASE("a data directory shrinks when its history is dropped by age and by size") {
  TemporaryDirectory place;
  ManualClock clock{kStart};
  write_years(*must(RocksDbStore::open(place.path(), clock)));
  // From the log into files, as every start does.
  must(RocksDbStore::open(place.path(), clock));
  const std::uint64_t full = bytes_on_disk(place.path());
  CHECK(full > std::uint64_t{kHours} * 3 * 128);
  {
    const auto store = must(RocksDbStore::open(place.path(), clock));
    History history(*store);
    const std::uint64_t events = must(store->bytes_of(Kind::kEvent));
    const Timestamp oldest = must(oldest_row(*store, Kind::kEvent));
    CHECK(oldest == kStart);
    const Timestamp keep = keep_from({{}, events / 4}, kStart + kHour * kHours, events, oldest);
    const std::map<Kind, std::int64_t> keep_hour{
        {Kind::kSignal, 7'500},
        {Kind::kIntent, 7'500},
        {Kind::kEvent, (keep - kStart).count() / kHour.count()}};
    for (const auto& [kind, hour] : keep_hour) {
      must(store->write({++history.sequence, {}, history.old(kind, hour, 1'000)}));
      must(store->compact(kind));
    }
  }
  CHECK(bytes_on_disk(place.path()) < full / 2);
  const auto store = must(RocksDbStore::open(place.path(), clock));
  History history(*store);
  CHECK(history.old(Kind::kSignal, kHours, 1'000).size() == kHours - 7'500);
  CHECK(history.old(Kind::kIntent, kHours, 1'000).size() == kHours - 7'500);
  const std::size_t events = history.old(Kind::kEvent, kHours, 1'000).size();
  CHECK(events > kHours / 5);
  CHECK(events < kHours / 4);
}

TEST_CASE("what would fill the disk is not compacted, nor what ends before it is done") {
  TemporaryDirectory place;
  ManualClock clock{kStart};
  const auto store = must(RocksDbStore::open(place.path(), clock));
  History history(*store);
  history.put_signal("a", 0, "s");
  history.write();
  const Result<void> refused = store->compact(Kind::kSignal, std::uint64_t{1} << 62);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kIo);
  CHECK(refused.error().message.find("are to stay free") != std::string::npos);
  store->stop_compacting();
  must(store->compact(Kind::kSignal));
  // Neither is an error of the store.
  history.put_signal("a", 1, "t");
  history.write();
  CHECK(history.old(Kind::kSignal, 9).size() == 2);
}

TEST_CASE("what was deleted takes its room until it is compacted") {
  TemporaryDirectory place;
  ManualClock clock{kStart};
  const auto store = must(RocksDbStore::open(place.path(), clock));
  History history(*store);
  Noise noise;
  for (int i = 0; i < 20'000; ++i) history.put_signal("a", i, noise.text(16));
  history.write();
  must(store->compact(Kind::kSignal));
  const std::uint64_t full = must(store->bytes_of(Kind::kSignal));
  CHECK(full > 1'000'000);
  CHECK(must(store->bytes_of(Kind::kPosition)) < full / 100);
  must(store->write({++history.sequence, {}, history.old(Kind::kSignal, 15'000, 20'000)}));
  must(store->compact(Kind::kSignal));
  CHECK(must(store->bytes_of(Kind::kSignal)) < full / 3);
}

}  // namespace botbox::storage::test
