// What stands is found without the history, and is what a walk over the history finds.
#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/fleet_index.hpp"
#include "actors/open_records.hpp"
#include "actors/record_pages.hpp"
#include "storage/codec.hpp"
#include "tests/storage/support.hpp"
#include "tests/support/seeded_runs.hpp"
#include "tests/support/turned_pages.hpp"

namespace botbox::actors {
namespace {

using storage::Put;
using storage::test::must;

constexpr Timestamp kFirstOpening{1'716'000'000'000};

Timestamp opening(std::size_t number) {
  return kFirstOpening + Duration{static_cast<std::int64_t>(number) * 1'000};
}

// Bots whose positions are opened one after the other, each in one write with its event and with
// the bot that holds it.
struct OpeningFleet {
  explicit OpeningFleet(std::size_t bots) {
    for (std::size_t i = 0; i < bots; ++i) {
      BotConfig config{};
      config.id.value = "bot-" + std::to_string(i);
      storage::test::write_next(
          store,
          {{storage::bot_config_key(config.id), storage::encode(config)}, snapshot_row(config.id)});
    }
  }

  Put snapshot_row(const BotId& bot) {
    return {storage::bot_snapshot_key(bot), storage::encode(snapshots[bot])};
  }

  void open(const BotId& bot, const Symbol& symbol) {
    Position position{};
    position.id.value = "p" + std::to_string(events);
    position.bot = bot;
    position.symbol = symbol;
    position.side = events % 2 == 0 ? PositionSide::kLong : PositionSide::kShort;
    position.quantity = Quantity::literal("2");
    position.entry_cost = Notional::literal("20");
    position.opened_at = opening(events);
    if (events % 3 != 0) position.stop_client_id = {"stop"};
    snapshots[bot].open_positions.push_back(position);
    std::vector<Put> puts{snapshot_row(bot), row_of_position(position)};
    const Event event{.sequence = events + 1,
                      .at = position.opened_at,
                      .kind = "position.opened",
                      .bot = bot,
                      .subject = position.id.value,
                      .detail = "{}",
                      .actor = "engine"};
    storage::append_event(puts, {.installation = {}, .process_epoch = 1, .last_event = events},
                          event);
    storage::test::write_next(store, std::move(puts));
    ++events;
  }

  // The first that it holds; nothing when it holds none.
  void close_one(const BotId& bot) {
    std::vector<Position>& held = snapshots[bot].open_positions;
    if (held.empty()) return;
    Position position = held.front();
    held.erase(held.begin());
    position.status = PositionStatus::kClosed;
    storage::test::write_next(store, {snapshot_row(bot), row_of_position(position)});
  }

  static Put row_of_position(const Position& position) {
    return {storage::position_key(position.bot, position.id), storage::encode(position)};
  }

  storage::MemoryStore store;
  ManualClock clock{kFirstOpening};
  FleetIndex index{store, clock};
  std::map<BotId, BotSnapshot> snapshots;
  std::uint64_t events = 0;
};

PageQuery open_query(std::size_t limit) {
  PageQuery query;
  query.status = "OPEN";
  query.limit = limit;
  return query;
}

}  // namespace

TEST_CASE("open positions come from the index and what was opened since, as the log has them") {
  testing::SeededRuns random;
  CAPTURE(random.seed());
  for (int run = 0; run < 30; ++run) {
    OpeningFleet fleet(4);
    const auto some_bot = [&] { return BotId{"bot-" + std::to_string(random.between(0, 3))}; };
    const auto change = [&](std::int64_t times) {
      for (std::int64_t i = 0; i < times; ++i) {
        if (random.one_in(3)) {
          fleet.close_one(some_bot());
        } else {
          fleet.open(some_bot(), {random.one_in(2) ? "BTC/USDT" : "ETH/USDT"});
        }
      }
    };
    change(random.between(0, 60));
    const FleetIndex::FleetPtr indexed = must(fleet.index.fleet());
    change(random.between(0, 20));  // since it was read
    PageQuery query = open_query(static_cast<std::size_t>(random.between(1, 12)));
    if (random.one_in(3)) query.bot = some_bot();
    if (random.one_in(3)) query.symbol = {"ETH/USDT"};
    if (random.one_in(3)) query.from = opening(static_cast<std::size_t>(random.between(0, 40)));
    if (random.one_in(3)) query.until = opening(static_cast<std::size_t>(random.between(20, 60)));
    const auto along_the_log = testing::turned_pages(fleet.store, "positions", query);
    CHECK(testing::turned_pages(fleet.store, "positions", query, {.fleet = indexed.get()}) ==
          along_the_log);
  }
}

TEST_CASE("open positions are found below any length of history") {
  OpeningFleet fleet(2);
  fleet.open({"bot-0"}, {"BTC/USDT"});
  // Longer than a page walks: along the log the first pages are empty.
  std::vector<Put> puts;
  for (std::size_t i = 0; i < kPageEventsMax + 10; ++i) {
    const Event event{.sequence = fleet.events + 1,
                      .at = opening(fleet.events),
                      .kind = "trade.completed",
                      .bot = {"bot-1"},
                      .subject = "t",
                      .detail = "{}",
                      .actor = "engine"};
    storage::append_event(
        puts, {.installation = {}, .process_epoch = 1, .last_event = fleet.events}, event);
    ++fleet.events;
  }
  storage::test::write_next(fleet.store, std::move(puts));
  CHECK(must(read_page(fleet.store, "positions", open_query(10))).items.empty());
  const FleetIndex::FleetPtr indexed = must(fleet.index.fleet());
  const Page page =
      must(read_page(fleet.store, "positions", open_query(10), {.fleet = indexed.get()}));
  REQUIRE(page.items.size() == 1);
  CHECK(page.items[0]["id"] == "p0");
  CHECK(page.next.empty());
  PageQuery of_the_log = open_query(10);
  of_the_log.cursor = "17";
  const auto refused = read_page(fleet.store, "positions", of_the_log, {.fleet = indexed.get()});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("the index sums up what its bots hold") {
  OpeningFleet fleet(3);
  fleet.open({"bot-0"}, {"BTC/USDT"});  // long, no stop
  fleet.open({"bot-1"}, {"BTC/USDT"});  // short
  fleet.open({"bot-1"}, {"ETH/USDT"});  // long
  fleet.open({"bot-2"}, {"BTC/USDT"});  // short, no stop
  fleet.snapshots[{"bot-2"}].status = BotStatus::kPaused;
  storage::test::write_next(fleet.store, {fleet.snapshot_row({"bot-2"})});
  const FleetIndex::FleetPtr read = must(fleet.index.fleet());
  CHECK(read->counts.total == 3);
  CHECK(read->counts.active == 2);
  CHECK(read->counts.paused == 1);
  CHECK(read->counts.open_positions == 4);
  CHECK(read->counts.unprotected == 2);
  const auto& of_bitcoin = read->exposure.at({"BTC/USDT"});
  CHECK(of_bitcoin[static_cast<std::size_t>(PositionSide::kLong)].quantity ==
        Quantity::literal("2"));
  CHECK(of_bitcoin[static_cast<std::size_t>(PositionSide::kShort)].cost == Notional::literal("40"));
  REQUIRE(read->open.size() == 4);
  CHECK(read->open.front().position->id.value == "p3");
  CHECK(read->open.front().bot->id.value == "bot-2");
  CHECK(read->newest_event == 4);
  // A bot that cannot be read is counted as such; what it holds at the exchange is shown.
  storage::test::write_next(fleet.store, {{storage::bot_snapshot_key({"bot-1"}), "\x63"}});
  fleet.index.outdate();
  const FleetIndex::FleetPtr damaged = must(fleet.index.fleet());
  CHECK(damaged->counts.quarantined == 1);
  CHECK(damaged->counts.open_positions == 2);
  CHECK(damaged->open.size() == 4);
}

TEST_CASE("open trades come from the outbox, newest first, page by page") {
  storage::MemoryStore store;
  const auto put_trade = [&](int number, TradeStatus status) {
    Trade trade{};
    trade.id.value = "t" + std::to_string(number);
    trade.bot.value = number % 2 == 0 ? "even" : "odd";
    trade.symbol.value = "BTC/USDT";
    trade.status = status;
    trade.created_at = opening(static_cast<std::size_t>(number));
    std::vector<Put> puts{{storage::trade_key(trade.id), storage::encode(trade)}};
    if (!is_final(status)) puts.push_back({storage::trade_open_key(trade.id), ""});
    storage::test::write_next(store, std::move(puts));
  };
  for (int number = 0; number < 12; ++number)
    put_trade(number, number % 3 == 0   ? TradeStatus::kPending
                      : number % 3 == 1 ? TradeStatus::kExecuting
                                        : TradeStatus::kCompleted);
  const auto ids = [&](const std::string& status, const std::string& bot) {
    PageQuery query = open_query(3);
    query.status = status;
    query.bot.value = bot;
    std::vector<std::string> found;
    for (const auto& row : testing::turned_pages(store, "trades", query))
      found.push_back(row["id"]);
    return found;
  };
  using Ids = std::vector<std::string>;
  CHECK(ids("OPEN", "") == Ids{"t10", "t9", "t7", "t6", "t4", "t3", "t1", "t0"});
  CHECK(ids("PENDING", "") == Ids{"t9", "t6", "t3", "t0"});
  CHECK(ids("EXECUTING", "even") == Ids{"t10", "t4"});
}

}  // namespace botbox::actors
