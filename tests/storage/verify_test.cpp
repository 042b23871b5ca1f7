#include "storage/verify.hpp"

#include <algorithm>

#include "engine/execution/reconciliation.hpp"
#include "storage/claim.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/reader.hpp"
#include "tests/storage/support.hpp"

namespace botbox::storage::test {
namespace {

const BotId kBot{"bot-1"};
const Symbol kSymbol{"BTC/USDT"};

Fill fill(std::string id, OrderSide side, std::string_view price, std::string_view quantity,
          std::int64_t at_ms) {
  return {.id = {std::move(id)},
          .client_id = {"c"},
          .order_id = {"o"},
          .symbol = kSymbol,
          .side = side,
          .price = Price::literal(price),
          .quantity = Quantity::literal(quantity),
          .fee = Notional::literal("0.1"),
          .at = kStart + Duration{at_ms}};
}

// One bot with a finished entry, its open position, and a second trade that waits.
struct World {
  std::vector<Fill> fills{fill("e2", OrderSide::kBuy, "101", "2", 0),
                          fill("e1", OrderSide::kSell, "110", "1", 0),
                          fill("e0", OrderSide::kBuy, "103", "1", 5)};
  Position position;
  Trade done;
  Trade waiting;
  OrderIntent done_intent;
  OrderIntent waiting_intent;

  World() {
    position.id = {"t1"};
    position.bot = kBot;
    position.symbol = kSymbol;
    for (const Fill& one : fills) position = must(apply_fill(std::move(position), one));
    position.applied = {{{"c"}, 3}};
    done.id = {"t1"};
    done.bot = kBot;
    done.symbol = kSymbol;
    done.intent = {"k1"};
    done.status = TradeStatus::kCompleted;
    done.created_at = kStart;
    waiting = done;
    waiting.id = {"t2"};
    waiting.intent = {"k2"};
    waiting.status = TradeStatus::kPending;
    waiting.direction = Direction::kClose;
    done_intent = intent("k1", IntentStatus::kOrderPlaced);
    waiting_intent = intent("k2", IntentStatus::kPending);
  }

  static OrderIntent intent(std::string key, IntentStatus status) {
    OrderIntent made;
    made.key = {std::move(key)};
    made.bot = kBot;
    made.status = status;
    made.created_at = kStart;
    return made;
  }

  static Put fill_row(const Fill& fill, std::uint32_t number) {
    return {fill_key(kBot, {"t1"}, fill.id), encode(BookedFill{fill, number})};
  }

  static std::string claim() { return encode_expiring(encode(ClaimRow{kStart, "bot-1"}), {}); }

  std::vector<Put> rows() const {
    BotConfig config;
    config.id = kBot;
    BotSnapshot snapshot;
    snapshot.open_positions = {position};
    DecisionTrace trace;
    trace.bot = kBot;
    trace.candle_close = kStart;
    CycleRecord cycle;
    cycle.number = 1;
    Signal signal;
    signal.bot = kBot;
    signal.id = {"s1"};
    signal.created_at = kStart;
    std::vector<Put> puts{
        {bot_config_key(kBot), encode(config)},
        {bot_snapshot_key(kBot), encode(snapshot)},
        {signal_key(kBot, kStart, signal.id), encode(signal)},
        {trace_key(kBot, kStart), encode_expiring(encode(trace), {})},
        {cycle_key(1), encode_expiring(encode(cycle), {})},
        {engine_state_key(), encode(EngineState{})},
        {instrument_key("venue", kSymbol),
         encode(KeptInstrument{"venue", {.symbol = kSymbol}, kStart})},
        {intent_key({"k1"}), encode(done_intent)},
        {intent_key({"k2"}), encode(waiting_intent)},
        {intent_claim_key({"k1"}), claim()},
        {intent_claim_key({"k2"}), claim()},
        {trade_key(done.id), encode(done)},
        {trade_key(waiting.id), encode(waiting)},
        {trade_open_key(waiting.id), ""},
        {pending_slot_key(kBot, kSymbol, Direction::kClose), claim()},
        {position_key(kBot, position.id), encode(position)},
        {event_key(7), encode(Event{})},
        {event_key(8), encode(Event{})},
        {event_key(9), encode(Event{})},
        {last_event_key(), big_endian(9)},
    };
    for (std::uint32_t i = 0; i < fills.size(); ++i) puts.push_back(fill_row(fills[i], i + 1));
    return puts;
  }
};

struct Violation {
  const char* name;
  Kind kind;         // of the finding
  const char* text;  // part of it
  std::vector<Put> puts;
  std::vector<Key> deletes;
};

std::vector<Violation> violations_of_rows() {
  const World world;
  return {
      {"a row that does not decode",
       Kind::kSignal,
       "cut off",
       {{signal_key(kBot, kStart, {"s1"}), "\x01"}},
       {}},
      {"a row of a newer release",
       Kind::kEngineState,
       "upgrade botbox",
       {{engine_state_key(), "\x63"}},
       {}},
      {"a record under another key",
       Kind::kTrade,
       "another key",
       {{trade_key({"t1"}), encode(world.waiting)}},
       {}},
      {"an instrument under another venue",
       Kind::kInstrument,
       "another key",
       {{instrument_key("elsewhere", kSymbol),
         encode(KeptInstrument{"venue", {.symbol = kSymbol}, kStart})}},
       {}},
      {"an expiring row without expiry",
       Kind::kTrace,
       "fewer than its expiry",
       {{trace_key(kBot, kStart), "x"}},
       {}},
      {"a bot without snapshot", Kind::kBotConfig, "no snapshot", {}, {bot_snapshot_key(kBot)}},
      {"a bot without config", Kind::kBotSnapshot, "no config", {}, {bot_config_key(kBot)}},
      {"a hole in the events", Kind::kEvent, "events 8 to 8 are missing", {}, {event_key(8)}},
      {"a lost newest event", Kind::kMeta, "the newest event is 8", {}, {event_key(9)}},
  };
}

std::vector<Violation> violations_of_trades() {
  const World world;
  Trade executing = world.done;
  executing.status = TradeStatus::kExecuting;
  Trade twin = world.waiting;
  twin.id = {"t3"};
  Trade finished = world.waiting;
  finished.status = TradeStatus::kFailed;
  const Key slot = pending_slot_key(kBot, kSymbol, Direction::kClose);
  return {
      {"a trade without intent", Kind::kTrade, "'k1' does not exist", {}, {intent_key({"k1"})}},
      {"a final trade in the outbox",
       Kind::kTradeOpen,
       "is final",
       {{trade_open_key({"t1"}), ""}},
       {}},
      {"an unfinished trade that is not in the outbox",
       Kind::kTrade,
       "not in the outbox",
       {},
       {trade_open_key({"t2"})}},
      {"an EXECUTING trade that is not in the outbox",
       Kind::kTrade,
       "EXECUTING and not in",
       {{trade_key({"t1"}), encode(executing)}},
       {}},
      {"an outbox row without trade",
       Kind::kTradeOpen,
       "no such trade",
       {{trade_open_key({"t9"}), ""}},
       {}},
      {"a PENDING trade without slot", Kind::kTrade, "holds no slot", {}, {slot}},
      {"a slot without PENDING trade",
       Kind::kPendingSlot,
       "no PENDING trade",
       {{pending_slot_key(kBot, kSymbol, Direction::kLong), World::claim()}},
       {}},
      {"two PENDING trades of one slot",
       Kind::kTrade,
       "is PENDING too",
       {{trade_key({"t3"}), encode(twin)}, {trade_open_key({"t3"}), ""}},
       {}},
      {"a PENDING intent whose trade is final",
       Kind::kIntent,
       "no unfinished trade",
       {{trade_key({"t2"}), encode(finished)}},
       {trade_open_key({"t2"}), slot}},
      {"an intent without its claim",
       Kind::kIntent,
       "claim is missing",
       {},
       {intent_claim_key({"k1"})}},
  };
}

std::vector<Violation> violations_of_positions() {
  const World world;
  Position changed = world.position;
  changed.fees += Notional::literal("0.000000000001");
  Position miscounted = world.position;
  miscounted.applied[0].fills = 2;
  Position closed = world.position;
  closed.status = PositionStatus::kClosed;
  BotSnapshot forgetful;
  BotSnapshot dreaming;
  dreaming.open_positions = {world.position, world.position};
  dreaming.open_positions[1].id = {"t9"};
  return {
      {"a position that is not the fold of its fills",
       Kind::kPosition,
       "its fees is",
       {{position_key(kBot, {"t1"}), encode(changed)}},
       {}},
      {"a lost newest fill",
       Kind::kPosition,
       "its fills say",
       {},
       {fill_key(kBot, {"t1"}, {"e0"})}},
      {"a lost fill in between",
       Kind::kPosition,
       "fill 2 of it is missing",
       {},
       {fill_key(kBot, {"t1"}, {"e1"})}},
      {"fills in another order than they were booked",
       Kind::kPosition,
       "its profit is",
       {World::fill_row(world.fills[1], 3), World::fill_row(world.fills[2], 2)},
       {}},
      {"a position that counts its fills differently",
       Kind::kPosition,
       "of each order",
       {{position_key(kBot, {"t1"}), encode(miscounted)}},
       {}},
      {"fills that do not fold",
       Kind::kPosition,
       "do not fold",
       {{fill_key(kBot, {"t1"}, {"e3"}),
         encode(BookedFill{fill("e3", OrderSide::kSell, "1", "9", 9), 4})}},
       {}},
      {"fills without position",
       Kind::kFill,
       "does not exist",
       {{fill_key(kBot, {"t9"}, {"e9"}),
         encode(BookedFill{fill("e9", OrderSide::kBuy, "1", "1", 0), 1})}},
       {}},
      {"a position closed too early",
       Kind::kBotSnapshot,
       "has no open row",
       {{position_key(kBot, {"t1"}), encode(closed)}},
       {}},
      {"a snapshot that lacks an open position",
       Kind::kPosition,
       "not as the bot's snapshot",
       {{bot_snapshot_key(kBot), encode(forgetful)}},
       {}},
      {"a snapshot with a position that is not there",
       Kind::kBotSnapshot,
       "'t9' has no open row",
       {{bot_snapshot_key(kBot), encode(dreaming)}},
       {}},
  };
}

std::vector<Violation> violations() {
  std::vector<Violation> all = violations_of_rows();
  for (std::vector<Violation> more : {violations_of_trades(), violations_of_positions()})
    std::move(more.begin(), more.end(), std::back_inserter(all));
  return all;
}

VerifyOptions options() {
  return {.now = kStart + Duration{1000}, .claim_lifetime = Duration{60'000}, .progress = {}};
}

}  // namespace

TEST_CASE_TEMPLATE("a whole store verifies clean and is counted by kind", Home, MemoryHome,
                   RocksHome) {
  Home home;
  write_next(home.store(), World().rows());
  const VerifyReport report = must(verify(home.store(), options()));
  for (const Finding& finding : report.findings) FAIL_CHECK(finding.place << ": " << finding.text);
  CHECK(report.is_clean());
  CHECK(report.sequence == 1);
  CHECK(report.rows.at(Kind::kFill) == 3);
  CHECK(report.rows.at(Kind::kTrade) == 2);
  CHECK(!report.rows.contains(Kind::kShard));
}

TEST_CASE("fills booked in another order than executed verify by the order of booking, exactly") {
  World world;
  // The exit came between the two entries and was told after them.
  std::swap(world.fills[1], world.fills[2]);
  Position fold;
  fold.id = world.position.id;
  fold.bot = kBot;
  fold.symbol = kSymbol;
  for (const Fill& one : world.fills) fold = must(apply_fill(std::move(fold), one));
  fold.applied = world.position.applied;
  REQUIRE(fold.entry_cost != world.position.entry_cost);
  REQUIRE(fold.realised_profit != world.position.realised_profit);
  world.position = fold;
  MemoryStore store;
  write_next(store, world.rows());
  for (const Finding& finding : must(verify(store, options())).findings)
    FAIL_CHECK(finding.place << ": " << finding.text);
}

TEST_CASE("fills without a number, of an earlier version, are folded as they were executed") {
  const World world;
  MemoryStore store;
  write_next(store, world.rows());
  write_next(store, {World::fill_row(world.fills[0], 0), World::fill_row(world.fills[1], 0)});
  CHECK(must(verify(store, options())).is_clean());
}

TEST_CASE("a flat position is open while an order that enlarges it may still fill, and only then") {
  World world;
  world.fills = {fill("e0", OrderSide::kBuy, "101", "2", 0),
                 fill("e1", OrderSide::kSell, "110", "2", 5)};
  world.position = {.id = {"t1"}, .bot = kBot, .symbol = kSymbol};
  for (const Fill& one : world.fills)
    world.position = must(apply_fill(std::move(world.position), one));
  world.position.applied = {{{"c"}, 2}};
  world.position.status = PositionStatus::kOpen;
  world.waiting.position = world.position.id;
  const auto complaints = [&] {
    MemoryStore store;
    write_next(store, world.rows());
    const VerifyReport report = must(verify(store, options()));
    return std::ranges::count_if(report.findings, [](const Finding& finding) {
      return finding.text.find("its status is OPEN") != std::string::npos;
    });
  };
  CHECK(complaints() == 1);
  world.waiting.direction = Direction::kLong;
  CHECK(complaints() == 0);
  world.waiting.status = TradeStatus::kFailed;
  CHECK(complaints() == 1);
}

TEST_CASE("a position is closed with something left of it where that was let go of, only then") {
  World world;
  world.fills = {fill("e0", OrderSide::kBuy, "101", "2", 0),
                 fill("e1", OrderSide::kSell, "110", "1.9", 5)};
  world.position = {.id = {"t1"}, .bot = kBot, .symbol = kSymbol};
  for (const Fill& one : world.fills)
    world.position = must(apply_fill(std::move(world.position), one));
  world.position.applied = {{{"c"}, 2}};
  world.position.status = PositionStatus::kClosed;
  world.position.closed_at = world.fills.back().at;
  BotSnapshot flat;
  Difference dust = let_go(world.position, {"c"}, kStart);
  const auto findings = [&](std::vector<Put> more) {
    MemoryStore store;
    write_next(store, world.rows());
    more.push_back({bot_snapshot_key(kBot), encode(flat)});
    write_next(store, more);
    return must(verify(store, options())).findings_total;
  };
  CHECK(findings({}) == 2);  // neither the end nor its time are those of its fills
  CHECK(findings({{difference_key(dust.id), encode(dust)}}) == 0);
  dust.ours = Decimal::literal("0.2");
  CHECK(findings({{difference_key(dust.id), encode(dust)}}) == 2);
}

TEST_CASE("each violation is found at its row") {
  for (const Violation& violation : violations()) {
    CAPTURE(std::string(violation.name));
    MemoryStore store;
    write_next(store, World().rows());
    write_next(store, violation.puts, violation.deletes);
    const VerifyReport report = must(verify(store, options()));
    bool is_found = false;
    std::string all;
    for (const Finding& finding : report.findings) {
      is_found = is_found || (finding.kind == violation.kind &&
                              finding.text.find(violation.text) != std::string::npos);
      all += finding.place + ": " + finding.text + "\n";
    }
    CHECK_MESSAGE(is_found, all);
  }
}

TEST_CASE(
    "an event log whose beginning was trimmed, and claims that have expired, are no findings") {
  MemoryStore store;
  write_next(store, World().rows(),
             {event_key(7), intent_claim_key({"k1"}), intent_claim_key({"k2"})});
  VerifyOptions later = options();
  later.now = kStart + later.claim_lifetime;
  CHECK(must(verify(store, later)).is_clean());
}

TEST_CASE("findings beyond the list are still counted, and progress is told per kind") {
  MemoryStore store;
  std::vector<Put> puts;
  for (int i = 0; i < 1500; ++i) puts.push_back({trade_open_key({fmt::format("{}", i)}), ""});
  write_next(store, puts);
  VerifyOptions watching;
  std::vector<std::pair<Kind, std::uint64_t>> told;
  watching.progress = [&](Kind kind, std::uint64_t rows) { told.emplace_back(kind, rows); };
  const VerifyReport report = must(verify(store, watching));
  CHECK(report.findings.size() == kMaxFindings);
  CHECK(report.findings_total == 1500);
  CHECK(told == std::vector{std::pair{Kind::kTradeOpen, std::uint64_t{1500}}});
}

TEST_CASE(
    "a directory is verified beside its engine and after it, and a damaged file is an error") {
  TemporaryDirectory directory;
  ManualClock clock{kStart};
  auto store = must(RocksDbStore::open(directory.path(), clock));
  write_next(*store, World().rows());
  CHECK(must(verify_directory(directory.path(), options())).is_clean());
  must(store->compact());
  store.reset();
  CHECK(must(verify_directory(directory.path(), options())).is_clean());

  for (const auto& entry : std::filesystem::directory_iterator(directory.path() / "db")) {
    if (entry.path().extension() != ".sst") continue;
    std::FILE* file = std::fopen(entry.path().c_str(), "r+b");
    REQUIRE(file != nullptr);
    std::fputc(0x5A, file);
    std::fclose(file);
  }
  const auto damaged = verify_directory(directory.path(), options());
  REQUIRE(!damaged);
  CHECK(damaged.error().code == ErrorCode::kCorruption);
}

TEST_CASE("lists are newest first, bounded, and end at the time that is asked for") {
  MemoryStore store;
  std::vector<Put> puts;
  for (int i = 0; i < 5; ++i) {
    const Timestamp at = kStart + Duration{i * 60'000};
    Signal signal;
    signal.bot = kBot;
    signal.id = {fmt::format("s{}", i)};
    signal.created_at = at;
    puts.push_back({signal_key(kBot, at, signal.id), encode(signal)});
    DecisionTrace trace;
    trace.bot = kBot;
    trace.candle_close = at;
    // The first two expire a minute after the start.
    const Timestamp expires = i < 2 ? kStart + Duration{60'000} : Timestamp{};
    puts.push_back({trace_key(kBot, at), encode_expiring(encode(trace), expires)});
    Trade trade;
    trade.bot = kBot;
    trade.id = {fmt::format("t{}", i)};
    trade.created_at = at;
    puts.push_back({trade_key(trade.id), encode(trade)});
  }
  puts.push_back({signal_key({"bot-10"}, kStart, {"other"}), encode(Signal{})});
  write_next(store, puts);
  const Timestamp third = kStart + Duration{120'000};

  const auto signals = must(load_signals(store, kBot, third, 2));
  REQUIRE(signals.size() == 2);
  CHECK(signals[0].id.value == "s2");
  CHECK(signals[1].id.value == "s1");
  CHECK(must(load_signals(store, kBot, {}, 100)).size() == 5);
  const auto trades = must(load_trades(store, kBot, third, 2));
  REQUIRE(trades.size() == 2);
  CHECK(trades[0].id.value == "t2");
  CHECK(trades[1].id.value == "t1");
  CHECK(must(load_trades(store, kBot, {}, 100)).size() == 5);
  CHECK(must(load_trades(store, {"bot-10"}, {}, 100)).empty());
  CHECK(must(load_traces(store, kBot, third, kStart, 100)).size() == 3);
  CHECK(must(load_traces(store, kBot, {}, kStart + Duration{60'000}, 100)).size() == 3);
  CHECK(must(find_trace(store, kBot, kStart, kStart)).has_value());
  CHECK(!must(find_trace(store, kBot, kStart, kStart + Duration{60'000})).has_value());
  CHECK(must(load_signals(store, kBot, {}, 0)).empty());
}

TEST_CASE("a bot that cannot be read is damaged and the others are not") {
  MemoryStore store;
  const auto bot = [&](std::string id) {
    BotConfig config;
    config.id = {id};
    write_next(store, {{bot_config_key({id}), encode(config)},
                       {bot_snapshot_key({id}), encode(BotSnapshot{})}});
  };
  for (const char* id : {"a", "b", "c", "d"}) bot(id);
  write_next(store, {{bot_snapshot_key({"b"}), "\xFF"}, {bot_config_key({"c"}), "\x01"}},
             {bot_snapshot_key({"d"})});
  const auto bots = must(load_bots(store));
  REQUIRE(bots.size() == 4);
  CHECK(!bots[0].damage);
  REQUIRE(bots[1].damage);
  CHECK(bots[1].damage->code == ErrorCode::kNewerData);
  CHECK(bots[1].damage->place.find("bot snapshot b") == 0);
  REQUIRE(bots[2].damage);
  CHECK(bots[2].damage->code == ErrorCode::kCorruption);
  REQUIRE(bots[3].damage);
  CHECK(bots[3].damage->message.find("no snapshot") != std::string::npos);
  CHECK(load_bot(store, {"x"}).error().code == ErrorCode::kNotFound);
  CHECK(must(load_bot(store, {"d"})).damage);
}

}  // namespace botbox::storage::test
