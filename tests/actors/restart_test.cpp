// Whole engines that end and start again on what was durable.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "storage/rows.hpp"
#include "storage/verify.hpp"
#include "tests/support/actor_builders.hpp"
#include "tests/support/restarted_engine.hpp"
#include "tests/support/virtual_fleet.hpp"

namespace botbox {
namespace {

using test::Place;

constexpr Duration kSecond{1'000};
constexpr Duration kMinute{60'000};
constexpr Duration kHour{3'600'000};

TEST_CASE("an engine that dies again and again goes on without a duplicate order") {
  Place place;
  for (int life = 0; life < 8; ++life) {
    place.start(place.options(test::lively_bots(12)));
    // Not at the end of a turn: somewhere in the middle of whatever goes on then.
    place.engine->advance(kMinute * 40);
    const Timestamp until = place.engine->now() + kMinute * 5;
    for (int step = 0; step < 200 + 37 * life; ++step)
      if (!place.engine->step(until)) break;
  }
  place.start(place.options(test::lively_bots(12)));
  place.engine->advance(kMinute * 5);
  CHECK_FALSE(place.engine->fatal().has_value());
  const auto orders = place.venue->ledger.entries();
  CHECK(orders.size() > 20);
  for (const auto& [id, entry] : orders) CHECK_MESSAGE(entry.accepted <= 1, id.value);
  place.check_books();
  // Every order that the exchange took belongs to a trade that the engine knows.
  for (const ClientOrderId& id : place.venue->ledger.accepted())
    CHECK(storage::find_trade(place.engine->store(), {id.value})->has_value());
}

// S5, of the k-th write for every k: none of its group is seen outside, and what it leaves is
// whole. False: the run has fewer writes.
bool fails_write(std::uint64_t nth, storage::WriteFault how, std::size_t& sent) {
  Place place;
  std::uint64_t writes = 0;
  place.start(place.options(test::lively_bots(12)));
  place.medium->fault = [&](const storage::WriteBatch&) {
    return ++writes == nth ? how : storage::WriteFault::kNone;
  };
  place.engine->advance(kMinute * 10);
  place.medium->fault = nullptr;
  const bool failed = writes >= nth;
  CHECK(place.engine->fatal().has_value() == failed);
  CHECK(writes <= nth);
  place.start(place.options(test::lively_bots(12)));
  for (const ClientOrderId& id : place.venue->ledger.accepted()) {
    const auto trade = storage::find_trade(place.engine->store(), {id.value});
    REQUIRE(trade->has_value());
    CHECK((*trade)->attempts >= 1);
  }
  place.check_books();
  place.engine->advance(kMinute * 3);
  CHECK_FALSE(place.engine->fatal().has_value());
  for (const auto& [id, entry] : place.venue->ledger.entries())
    CHECK_MESSAGE(entry.accepted <= 1, id.value);
  place.check_books();
  sent += place.venue->ledger.accepted().size();
  return failed;
}

TEST_CASE("whichever write fails, it leaves each intent whole or not at all, and no order twice") {
  for (const auto how : {storage::WriteFault::kFailBefore, storage::WriteFault::kFailAfter}) {
    std::size_t sent = 0;
    std::uint64_t nth = 1;
    while (fails_write(nth, how, sent)) {
      ++nth;
      REQUIRE(nth < 1'000);
    }
    CHECK(nth > 10);
    CHECK(sent > 0);
  }
}

TEST_CASE("plans are kept through one death after the other: no order twice, no stop twice") {
  Place place;
  for (int life = 0; life < 8; ++life) {
    place.start(place.options(test::planned_bots(12)));
    place.engine->advance(kHour * 2);
    const Timestamp until = place.engine->now() + kMinute * 5;
    for (int step = 0; step < 200 + 37 * life; ++step)
      if (!place.engine->step(until)) break;
  }
  place.start(place.options(test::planned_bots(12)));
  place.engine->advance(kMinute * 5);
  CHECK_FALSE(place.engine->fatal().has_value());
  place.check_books();
  for (const auto& [id, entry] : place.venue->ledger.entries())
    CHECK_MESSAGE(entry.accepted <= 1, id.value);

  std::map<ReasonCode, int> closed_for;
  int enlarged = 0;
  const auto visited = storage::visit_all<Position>(
      place.engine->store(), storage::Kind::kPosition, [&](auto, Position&& position) {
        if (position.status == PositionStatus::kClosed) ++closed_for[position.close_reason];
        // One stop of its own, whatever was added to it.
        CHECK_FALSE(position.stop_client_id.empty());
      });
  REQUIRE(visited.has_value());
  const auto trades = storage::visit_all<Trade>(
      place.engine->store(), storage::Kind::kTrade, [&](auto, Trade&& trade) {
        if (!enlarges(trade)) return;
        CHECK(trade.stop_client_id.empty());
        enlarged += trade.status == TradeStatus::kCompleted ? 1 : 0;
      });
  REQUIRE(trades.has_value());
  CHECK(enlarged > 0);
  for (const ReasonCode reason : {ReasonCode::kTrailingStop, ReasonCode::kMinimalRoi})
    CHECK_MESSAGE(closed_for[reason] > 0, to_string(reason));
  // The exchange holds a stop for all that is open.
  for (const BotConfig& bot : test::planned_bots(12))
    for (const Position& position : place.snapshot(bot.id.value).open_positions) {
      if (position.quantity.is_zero()) continue;
      std::optional<OrderReport> stop;
      place.paper->order_by_client_id(test::TestPermits::fresh(), position.symbol,
                                      position.stop_client_id,
                                      [&](Result<std::optional<OrderReport>> report) {
                                        REQUIRE(report.has_value());
                                        stop = *report;
                                      });
      REQUIRE(stop.has_value());
      CHECK(!is_final(stop->status));
      CHECK(stop->quantity - stop->filled == position.quantity);
    }
  CHECK(place.events_of("risk.locked") > 0);
}

TEST_CASE("a lock is in force after a restart and is lifted by hand, on record") {
  Place place;
  std::vector<BotConfig> bots = test::lively_bots(1);
  bots[0].plan.emplace_back().guards.streak = {
      .trades = 1, .limit = {}, .lookback = {}, .pause = kHour * 24 * 30};
  place.start(place.options(bots));
  for (int i = 0; i < 48 && place.events_of("risk.locked") == 0; ++i) place.engine->advance(kHour);
  REQUIRE(place.events_of("risk.locked") == 1);
  place.start(place.options(bots));
  const std::uint64_t orders = place.venue->ledger.entries().size();
  place.engine->advance(kHour * 6);
  CHECK(place.venue->ledger.entries().size() == orders);
  REQUIRE(place.snapshot("bot-000").risk.size() == 1);
  CHECK(place.snapshot("bot-000").risk.front().locks.size() == 1);
  place.engine->lift_locks({"bot-000"}, {ReasonCode::kNone, "cli:alice"});
  CHECK(place.snapshot("bot-000").risk.front().locks.empty());
  CHECK(place.events_of("risk.lifted") == 1);
  place.engine->advance(kHour * 12);
  CHECK(place.venue->ledger.entries().size() > orders);
  place.check_books();
}

TEST_CASE("a stop that follows the price is one live order at the exchange, restart or not") {
  Place place;
  std::vector<BotConfig> bots = test::lively_bots(3);
  for (BotConfig& bot : bots)
    bot.plan.emplace_back().exits.trailing.distance = Decimal::literal("0.004");
  place.start(place.options(bots));
  std::map<PositionId, Price> seen;
  std::size_t kept = 0;
  for (int i = 0; i < 24 * 12; ++i) {
    place.engine->advance(kMinute * 5);
    if (i % 7 == 3) {
      place.start(place.options(bots));
      place.engine->advance(kSecond * 2);
    }
    const auto stops = place.paper->standing_stops();
    for (const BotConfig& bot : bots)
      for (const Position& position : place.snapshot(bot.id.value).open_positions) {
        if (!position.quantity.is_positive()) continue;
        const auto stands = std::find_if(stops.begin(), stops.end(), [&](const auto& open) {
          return open.group == position.id;
        });
        if (stands == stops.end()) continue;  // it has fired, and nobody was told yet
        REQUIRE(stands->triggers.size() == 1);
        CHECK(stands->triggers.front() == position.stop_loss);
        const Price before = std::exchange(seen[position.id], position.stop_loss);
        if (before.is_zero()) continue;
        const bool is_long = position.side == PositionSide::kLong;
        CHECK((is_long ? position.stop_loss >= before : position.stop_loss <= before));
        ++kept;
      }
  }
  CHECK(kept > 20);
  CHECK(place.venue->moves > 5);
  CHECK(place.events_of("position.stop_moved") > 5);
  std::size_t by_trailing = 0;
  REQUIRE(storage::visit_all<Position>(place.engine->store(), storage::Kind::kPosition,
                                       [&](std::string_view, const Position& position) {
                                         by_trailing +=
                                             position.close_reason == ReasonCode::kTrailingStop;
                                       })
              .has_value());
  CHECK(by_trailing > 0);
  place.check_books();
}

TEST_CASE("a lock of all bots outlives a restart and its guard, and is lifted by hand, on record") {
  Place place;
  auto guarded = place.options(test::lively_bots(4));
  guarded.settings.fleet_guards.fleet.streak = {
      .trades = 1, .limit = {}, .lookback = {}, .pause = kHour * 24 * 30};
  place.start(guarded);
  for (int i = 0; i < 48 && place.events_of("risk.locked") == 0; ++i) place.engine->advance(kHour);
  // One more for each loss of a position that was open with it: the lock is longer then.
  REQUIRE(place.events_of("risk.locked") > 0);
  // What was open may close; nothing is opened, by any bot, with or without the guard.
  const auto opened = [&] { return place.events_of("position.opened"); };
  const std::size_t before = opened();
  place.engine->advance(kHour * 3);
  place.start(place.options(test::lively_bots(4)));
  place.engine->advance(kHour * 3);
  CHECK(opened() == before);
  const auto locks = [&] {
    std::vector<FleetLock> found;
    REQUIRE(storage::visit_all<FleetLock>(
                place.engine->store(), storage::Kind::kLock,
                [&](std::string_view, FleetLock&& lock) { found.push_back(std::move(lock)); })
                .has_value());
    return found;
  };
  REQUIRE(locks().size() == 1);
  CHECK(locks().front().symbol.empty());
  CHECK(locks().front().lock.reason == ReasonCode::kLosingStreak);
  place.engine->lift_fleet_locks({{"BTC/USDT"}, ReasonCode::kNone, "cli:alice"});
  CHECK(locks().size() == 1);
  place.engine->lift_fleet_locks({{}, ReasonCode::kNone, "cli:alice"});
  CHECK(locks().empty());
  CHECK(place.events_of("risk.lifted") == 1);
  place.engine->advance(kHour * 6);
  CHECK(opened() > before);
  place.check_books();
}

TEST_CASE("what closed before a restart counts for the guards of all bots after it") {
  // Two losses of one day, an engine's death between them; counted are only both together.
  const auto locked_after = [](bool restarts) {
    Place place;
    const auto options = [&] {
      auto made = place.options(test::lively_bots(4));
      made.settings.fleet_guards.fleet.low_profit = {
          .trades = 6, .limit = Decimal::from_int(1), .lookback = kHour * 24, .pause = kHour};
      return made;
    };
    place.start(options());
    for (int i = 0; i < 96 && place.events_of("risk.locked") == 0; ++i) {
      place.engine->advance(kHour / 2);
      if (restarts) place.start(options());
    }
    return place.events_of("risk.locked") > 0;
  };
  CHECK(locked_after(false));
  CHECK(locked_after(true));
}

TEST_CASE("the same candle is decided on once, restart or not") {
  Place place;
  place.start(place.options(test::lively_bots(3)));
  place.engine->advance(kSecond * 70);
  const BotSnapshot before = place.snapshot("bot-000");
  place.start(place.options(test::lively_bots(3)));
  place.engine->advance(Duration{100});  // the fleet is up, its first tick has not come
  const auto again = place.engine->check_now({"bot-000"});
  REQUIRE(again.has_value());
  CHECK(again->outcome == CheckOutcome::kNoNewCandle);
  CHECK(place.snapshot("bot-000").last_candle_close == before.last_candle_close);
}

TEST_CASE("a changed configuration takes effect under the next settings version") {
  Place place;
  auto bots = test::lively_bots(3);
  place.start(place.options(bots));
  place.engine->advance(kMinute * 3);
  CHECK(place.snapshot("bot-000").settings_version == 1);
  const std::uint64_t checks = place.snapshot("bot-000").checks;
  bots[0].stake = Decimal::literal("300");
  place.start(place.options(bots));
  place.engine->advance(kSecond);
  CHECK(place.snapshot("bot-000").settings_version == 2);
  CHECK(place.snapshot("bot-001").settings_version == 1);
  CHECK(place.snapshot("bot-000").checks >= checks);
  CHECK(place.events_of("bot.updated") == 1);
  place.start(place.options(bots));
  CHECK(place.snapshot("bot-000").settings_version == 2);
}

TEST_CASE(
    "a bot that left the configuration is archived, or stays paused while it has a position") {
  Place place;
  const auto bots = test::lively_bots(9);
  place.start(place.options(bots));
  std::set<std::string> holding;
  for (int i = 0; i < 600 && (holding.empty() || holding.size() == bots.size()); ++i) {
    place.engine->advance(kMinute);
    holding.clear();
    for (const BotConfig& bot : bots)
      if (const BotSnapshot snapshot = place.snapshot(bot.id.value);
          !snapshot.open_positions.empty() || !snapshot.pending.empty())
        holding.insert(bot.id.value);
  }
  REQUIRE_FALSE(holding.empty());
  REQUIRE(holding.size() < bots.size());
  place.start(place.options({}));
  for (const BotConfig& bot : bots)
    CHECK(place.snapshot(bot.id.value).status ==
          (holding.contains(bot.id.value) ? BotStatus::kPaused : BotStatus::kArchived));
  // Their stops and targets are still heard of, their strategies may still leave, and nothing new
  // is opened.
  const auto before = place.venue->ledger.entries();
  place.engine->advance(kHour * 12);
  std::size_t still_holding = 0;
  for (const std::string& id : holding)
    still_holding += place.snapshot(id).open_positions.empty() ? 0 : 1;
  CHECK(still_holding < holding.size());
  for (const auto& [id, entry] : place.venue->ledger.entries()) {
    if (before.contains(id)) continue;
    const auto trade = storage::find_trade(place.engine->store(), {id.value});
    REQUIRE(trade.has_value());
    REQUIRE(trade->has_value());
    CHECK((*trade)->direction == Direction::kClose);
  }
  place.check_books();
}

// What earlier releases left: they archived a bot whatever it held.
void archive_all(Place& place, const std::set<std::string>& bots, const std::string& reason) {
  place.stop();
  storage::MemoryStore store(place.medium);
  storage::WriteBatch rows{store.last_sequence() + 1, {}, {}};
  for (const std::string& id : bots) {
    auto row = storage::load_bot(store, {id});
    REQUIRE(row.has_value());
    row->snapshot.status = BotStatus::kArchived;
    row->snapshot.status_reason = reason;
    rows.puts.push_back({storage::bot_snapshot_key({id}), storage::encode(row->snapshot)});
  }
  REQUIRE(store.write(rows).has_value());
}

TEST_CASE("a bot that was archived with something open comes back paused, and is looked after") {
  for (const bool is_configured : {false, true}) {
    CAPTURE(is_configured);
    Place place;
    const auto bots = test::lively_bots(9);
    place.start(place.options(bots));
    std::set<std::string> holding;
    for (int i = 0; i < 600 && holding.size() < 2; ++i) {
      place.engine->advance(kMinute);
      holding.clear();
      for (const BotConfig& bot : bots)
        if (holds_something(place.snapshot(bot.id.value))) holding.insert(bot.id.value);
    }
    REQUIRE(holding.size() >= 2);
    archive_all(place, holding, "enough");
    place.start(place.options(is_configured ? bots : std::vector<BotConfig>{}));
    for (const std::string& id : holding) CHECK(place.snapshot(id).status == BotStatus::kPaused);
    CHECK(place.events_of("bot.paused") >= holding.size());
    // Its stop or target is heard of, and it is not entered again.
    place.engine->advance(kHour * 24);
    std::size_t still_holding = 0;
    for (const std::string& id : holding)
      still_holding += holds_something(place.snapshot(id)) ? 1 : 0;
    CHECK(still_holding < holding.size());
    place.check_books();
    // Whom the operator has archived does not go on because it is configured again.
    place.start(place.options({}));
    place.start(place.options(bots));
    for (const std::string& id : holding) CHECK(place.snapshot(id).status != BotStatus::kActive);
  }
}

// As it is when an engine ends after the last fill of an entry, and before the close that waited
// for that has been sent: decided when the position was smaller.
Position leave_waiting_close(Place& place, const std::string& bot) {
  place.stop();
  storage::MemoryStore store(place.medium);
  auto row = storage::load_bot(store, {bot});
  REQUIRE(row.has_value());
  const Position position = row->snapshot.open_positions.front();
  Trade close = test::pending_trade("waitingclose", {bot}, place.clock.now(), Direction::kClose);
  close.symbol = position.symbol;
  close.side = opposite(entry_side(position.side));
  close.position = position.id;
  close.quantity = Quantity::literal("0.0001");
  PendingTrade pending;
  pending.id = close.id;
  pending.direction = close.direction;
  pending.position = close.position;
  row->snapshot.pending = {pending};
  REQUIRE(store
              .write({store.last_sequence() + 1,
                      {{storage::bot_snapshot_key({bot}), storage::encode(row->snapshot)},
                       {storage::trade_key(close.id), storage::encode(close)},
                       {storage::trade_open_key(close.id), ""}},
                      {}})
              .has_value());
  return position;
}

TEST_CASE("a close that waited for its entry when the engine ended sells all that was bought") {
  Place place;
  const auto bots = test::lively_bots(9);
  place.start(place.options(bots));
  std::string holder;
  for (int i = 0; i < 600 && holder.empty(); ++i) {
    place.engine->advance(kMinute);
    for (const BotConfig& bot : bots) {
      const BotSnapshot now = place.snapshot(bot.id.value);
      if (now.pending.empty() && !now.open_positions.empty()) holder = bot.id.value;
    }
  }
  REQUIRE_FALSE(holder.empty());
  const Position position = leave_waiting_close(place, holder);
  place.start(place.options(bots));
  place.engine->advance(kSecond * 50);  // its stop is asked at the end of a minute
  const auto trade = storage::find_trade(place.engine->store(), {"waitingclose"});
  REQUIRE(trade.has_value());
  REQUIRE(trade->has_value());
  CHECK((*trade)->status == TradeStatus::kCompleted);
  CHECK((*trade)->quantity == position.quantity);
}

TEST_CASE(
    "a bot that is configured again goes on where it was; one that the operator archived does "
    "not") {
  Place place;
  auto bots = test::lively_bots(4);
  bots[3].strategy = {"external"};  // it holds nothing, or it would be paused
  bots[3].parameters = {};
  place.start(place.options(bots));
  place.engine->advance(kMinute * 3);
  place.engine->set_bot_status({"bot-003"}, {BotStatus::kArchived, "enough", "cli:alice"});
  const BotSnapshot before = place.snapshot("bot-001");
  place.start(place.options({bots[0], bots[2], bots[3]}));
  CHECK(place.snapshot("bot-001").status != BotStatus::kActive);
  place.start(place.options(bots));
  place.engine->advance(kMinute * 3);
  CHECK(place.snapshot("bot-001").status == BotStatus::kActive);
  CHECK(place.snapshot("bot-001").status_reason.empty());
  CHECK(place.snapshot("bot-001").checks > before.checks);
  CHECK(place.snapshot("bot-001").settings_version == 1);
  CHECK(place.snapshot("bot-003").status == BotStatus::kArchived);
  CHECK(place.events_of("bot.returned") == 1);
  place.check_books();
}

TEST_CASE("the operator's switches survive a restart") {
  Place place;
  place.start(place.options(test::lively_bots(6)));
  place.engine->advance(kMinute * 2);
  place.engine->set_engine_state(
      {.mode = EngineMode::kHalted, .live_trading = true, .changed_by = "cli:alice"});
  place.engine->set_bot_status({"bot-001"}, {BotStatus::kPaused, "news", "cli:alice"});
  place.start(place.options(test::lively_bots(6)));
  CHECK(place.snapshot("bot-001").status == BotStatus::kPaused);
  const std::uint64_t checks = place.snapshot("bot-001").checks;
  const bool holds = !place.snapshot("bot-001").open_positions.empty() ||
                     !place.snapshot("bot-001").pending.empty();
  const std::size_t orders = place.venue->ledger.entries().size();
  place.engine->advance(kHour * 3);
  CHECK(place.venue->ledger.entries().size() == orders);
  if (!holds) CHECK(place.snapshot("bot-001").checks == checks);
  CHECK(place.snapshot("bot-000").checks > checks);

  place.engine->set_engine_state({.mode = EngineMode::kActive, .live_trading = true});
  place.engine->set_bot_status({"bot-001"}, {BotStatus::kActive, "over", "cli:alice"});
  place.start(place.options(test::lively_bots(6)));
  place.engine->advance(kHour * 3);
  CHECK(place.venue->ledger.entries().size() > orders);
  CHECK(place.snapshot("bot-001").checks > checks);
}

TEST_CASE("HALTED takes effect within one second") {
  Place place;
  place.start(place.options(test::lively_bots(12)));
  place.engine->advance(kHour);
  const Timestamp before = place.engine->now();
  place.engine->set_engine_state({.mode = EngineMode::kHalted, .live_trading = true});
  CHECK(place.engine->now() - before < kSecond);
  const std::size_t orders = place.venue->ledger.entries().size();
  CHECK(orders > 0);
  place.engine->advance(kHour);
  CHECK(place.venue->ledger.entries().size() == orders);
}

// Of the trades of a store: those in this state, by direction.
std::map<Direction, std::size_t> trades_in(const storage::Store& store, TradeStatus status,
                                           ReasonCode reason = ReasonCode::kNone) {
  std::map<Direction, std::size_t> count;
  const auto walked =
      storage::visit_all<Trade>(store, storage::Kind::kTrade, [&](auto, const Trade& trade) {
        if (trade.status == status && trade.reason == reason) ++count[trade.direction];
      });
  REQUIRE(walked.has_value());
  return count;
}

TEST_CASE(
    "a switch of the mode ends queued trades at once: entries in REDUCING, closes in HALTED") {
  Place place;
  std::vector<BotConfig> bots;
  for (int i = 0; i < 40; ++i) bots.push_back(test::plain_bot(fmt::format("bot-{}", i)));
  auto options = place.options(bots);
  // 14 entries a minute may leave, and 2 closes more.
  options.settings.limits.windows = {{"weight", kMinute, 100'000, LimitKind::kRequestWeight},
                                     {"orders", kMinute, 20, LimitKind::kOrders}};
  const auto strategy = std::make_shared<test::ScriptedStrategy>();
  strategy->propose = [](const MarketView&, const Position* position) {
    return std::optional(position != nullptr ? Direction::kClose : Direction::kLong);
  };
  options.catalogue.add({.name = "scripted"}, strategy);
  place.start(std::move(options));
  const storage::Store& store = place.engine->store();
  auto waiting = trades_in(store, TradeStatus::kPending);
  for (int i = 0; i < 1'200 && waiting[Direction::kClose] == 0; ++i) {
    place.engine->advance(Duration{100});
    waiting = trades_in(store, TradeStatus::kPending);
  }
  REQUIRE(waiting[Direction::kLong] > 0);
  REQUIRE(waiting[Direction::kClose] > 0);
  const std::size_t orders = place.venue->ledger.entries().size();
  REQUIRE(orders > 0);

  const Timestamp before = place.engine->now();
  place.engine->set_engine_state({.mode = EngineMode::kReducing, .live_trading = true});
  auto blocked = trades_in(store, TradeStatus::kFailed, ReasonCode::kEngineReducing);
  CHECK(blocked[Direction::kLong] == waiting[Direction::kLong]);
  CHECK(blocked[Direction::kClose] == 0);
  CHECK(trades_in(store, TradeStatus::kPending)[Direction::kClose] == waiting[Direction::kClose]);

  place.engine->set_engine_state({.mode = EngineMode::kHalted, .live_trading = true});
  CHECK(place.engine->now() == before);
  blocked = trades_in(store, TradeStatus::kFailed, ReasonCode::kEngineHalted);
  CHECK(blocked[Direction::kClose] == waiting[Direction::kClose]);
  CHECK(trades_in(store, TradeStatus::kPending).empty());
  place.engine->advance(kMinute * 10);
  CHECK(place.venue->ledger.entries().size() == orders);
  place.check_books();
}

// Throws while `is_broken`, else does nothing.
struct BrittleStrategy final : test::ScriptedStrategy {
  BrittleStrategy() {
    propose = [this](const MarketView&, const Position*) -> std::optional<Direction> {
      if (is_broken) throw std::runtime_error("index out of range");
      return std::nullopt;
    };
  }
  bool is_broken = false;
};

std::vector<BotConfig> with_brittle(std::vector<BotConfig> bots) {
  bots.push_back(test::plain_bot("brittle"));
  return bots;
}

TEST_CASE("a bot whose strategy throws once is back from its snapshot within seconds") {
  Place place;
  const auto strategy = std::make_shared<BrittleStrategy>();
  auto options = place.options(with_brittle(test::lively_bots(2)));
  options.catalogue.add({.name = "scripted"}, strategy);
  place.start(std::move(options));
  place.engine->advance(kMinute * 3);
  const BotSnapshot before = place.snapshot("brittle");
  strategy->is_broken = true;
  const Timestamp due = before.next_check_at;
  place.engine->advance(due - place.engine->now() + kSecond);
  CHECK_FALSE(place.engine->totals().alerts.empty());
  CHECK(place.snapshot("brittle") == before);
  strategy->is_broken = false;
  place.engine->advance(kSecond * 5);
  CHECK(place.snapshot("brittle").turn == before.turn + 1);
  CHECK(place.snapshot("brittle").next_check_at == due + kMinute);
  CHECK(place.snapshot("brittle").status == BotStatus::kActive);
}

TEST_CASE("a bot whose strategy keeps throwing is quarantined for good, and nobody else suffers") {
  Place place;
  const auto strategy = std::make_shared<BrittleStrategy>();
  strategy->is_broken = true;
  const auto options = [&] {
    auto made = place.options(with_brittle(test::lively_bots(2)));
    made.catalogue.add({.name = "scripted"}, strategy);
    return made;
  };
  place.start(options());
  place.engine->advance(kMinute * 15);
  CHECK(place.snapshot("brittle").status == BotStatus::kError);
  CHECK(place.events_of("bot.quarantined") == 1);
  CHECK(place.snapshot("bot-000").checks >= 14);
  CHECK(place.snapshot("bot-001").checks >= 14);

  strategy->is_broken = false;
  place.start(options());
  place.engine->advance(kMinute * 5);
  CHECK(place.snapshot("brittle").status == BotStatus::kError);
  CHECK(place.snapshot("brittle").checks == 0);
  place.engine->set_bot_status({"brittle"}, {BotStatus::kActive, "mended", "cli:alice"});
  place.engine->advance(kMinute * 2);
  CHECK(place.snapshot("brittle").status == BotStatus::kActive);
  CHECK(place.snapshot("brittle").checks >= 1);
}

TEST_CASE("a damaged row quarantines its bot, and the row is left for whoever repairs it") {
  Place place;
  place.start(place.options(test::lively_bots(4)));
  place.engine->advance(kMinute * 2);
  place.stop();
  bool is_damaged = false;
  for (auto& [key, value] : place.medium->rows[storage::Kind::kBotSnapshot])
    if (key.find("bot-002") != std::string::npos) {
      value = "damage";
      is_damaged = true;
    }
  REQUIRE(is_damaged);
  place.start(place.options(test::lively_bots(4)));
  place.engine->advance(kMinute * 3);
  CHECK(place.engine->store().get(storage::bot_snapshot_key({"bot-002"}))->value() == "damage");
  CHECK(place.snapshot("bot-001").checks >= 4);
  CHECK(place.events_of("bot.quarantined") == 1);
}

TEST_CASE("bots whose due times lie a day ahead, since the clock was set back, look all the same") {
  Place place;
  place.start(place.options(test::lively_bots(4)));
  place.engine->advance(kMinute * 2);
  place.stop();
  for (auto& [key, value] : place.medium->rows[storage::Kind::kBotSnapshot]) {
    auto snapshot = storage::decode<BotSnapshot>(value);
    REQUIRE(snapshot.has_value());
    snapshot->next_check_at = snapshot->next_check_at + kHour * 24;
    value = storage::encode(*snapshot);
  }
  place.start(place.options(test::lively_bots(4)));
  const std::uint64_t before = place.snapshot("bot-001").checks;
  place.engine->advance(kMinute * 3);
  CHECK(place.snapshot("bot-001").checks >= before + 2);
  CHECK(place.snapshot("bot-001").next_check_at <= place.engine->now() + kMinute);
}

TEST_CASE("with live trading off every intent is recorded as blocked and no order is placed") {
  Place place;
  auto options = place.options(test::lively_bots(12));
  options.settings.live_trading = false;
  place.start(std::move(options));
  place.engine->advance(kHour * 3);
  CHECK(place.venue->ledger.entries().empty());
  const auto intents = storage::load_intents(place.engine->store(), SIZE_MAX);
  REQUIRE(intents.has_value());
  CHECK(intents->size() > 10);
  for (const OrderIntent& intent : *intents)
    CHECK(intent.status == IntentStatus::kOrderBlockedLiveTrading);
  CHECK(place.engine->totals().fills == 0);
  place.check_books();
}

TEST_CASE(
    "every call to the exchange spends a permit, and no minute has more than 80 % of the limit") {
  Place place;
  auto options = place.options(test::lively_bots(12));
  options.settings.limits.windows = {{"weight_1m", kMinute, 150, LimitKind::kRequestWeight}};
  place.start(std::move(options));
  std::vector<std::uint64_t> calls;  // after each second
  for (int second = 0; second < 1'800; ++second) {
    place.engine->advance(kSecond);
    calls.push_back(place.venue->calls);
  }
  CHECK(calls.back() > 500);
  for (std::size_t i = 60; i < calls.size(); ++i) CHECK(calls[i] - calls[i - 60] <= 120);
}

TEST_CASE("the fleet's limit of open positions holds at every moment, also when bots die") {
  constexpr std::uint32_t kMost = 5;
  auto options = test::fleet_options(50);
  options.settings.max_open_positions = kMost;
  const auto brittle = std::make_shared<BrittleStrategy>();
  options.catalogue.add({.name = "scripted"}, brittle);
  options.bots.push_back(test::plain_bot("brittle"));
  brittle->propose = [brittle = brittle.get()](
                         const MarketView& view,
                         const Position* position) -> std::optional<Direction> {
    if (position != nullptr && brittle->is_broken) throw std::runtime_error("holding it wrong");
    brittle->is_broken = view.last_close().ms / 60'000 % 3 == 0;
    return Direction::kLong;
  };
  auto started = actors::VirtualEngine::start(std::move(options));
  REQUIRE(started.has_value());
  actors::VirtualEngine& engine = **started;
  std::uint32_t most = 0;
  for (int i = 0; i < 240; ++i) {
    engine.advance(kSecond * 30);
    const auto bots = storage::load_bots(engine.store());
    REQUIRE(bots.has_value());
    std::uint32_t places = 0;
    for (const storage::StoredBot& bot : *bots) places += actors::places_of(bot.snapshot);
    most = std::max(most, places);
  }
  CHECK(most == kMost);
  CHECK(engine.totals().positions_closed > 10);
}

TEST_CASE("stops and targets close positions, and the books say which of the two") {
  auto started = actors::VirtualEngine::start(test::fleet_options(12));
  REQUIRE(started.has_value());
  actors::VirtualEngine& engine = **started;
  engine.advance(kHour * 12);
  std::map<ReasonCode, int> closes;
  for (const BotConfig& bot : test::lively_bots(12)) {
    const auto positions = storage::load_positions(engine.store(), bot.id, SIZE_MAX);
    REQUIRE(positions.has_value());
    for (const Position& position : *positions) {
      if (position.status != PositionStatus::kClosed) continue;
      ++closes[position.close_reason];
      CHECK(position.quantity.is_zero());
      if (position.close_reason == ReasonCode::kStopLossHit)
        CHECK(position.realised_profit.is_negative());
      if (position.close_reason == ReasonCode::kTakeProfitHit)
        CHECK(position.realised_profit.is_positive());
    }
  }
  CHECK(closes[ReasonCode::kStopLossHit] > 0);
  CHECK(closes[ReasonCode::kTakeProfitHit] > 0);
  CHECK(closes[ReasonCode::kStrategyExit] > 0);
}

// What a bot did and when, without the numbers that depend on who else did something meanwhile.
using Deeds = std::map<BotId, std::vector<std::string>>;

Deeds deeds_of(actors::VirtualEngine& engine) {
  Deeds deeds;
  const auto visited = storage::visit_all<Event>(
      engine.store(), storage::Kind::kEvent, [&](auto, const Event& event) {
        deeds[event.bot].push_back(to_iso8601(event.at) + " " + event.kind + " " + event.subject);
      });
  REQUIRE(visited.has_value());
  return deeds;
}

TEST_CASE("a fleet whose bots leave memory after each check does what it does without") {
  for (const bool planned : {false, true}) {
    CAPTURE(planned);
    std::vector<Deeds> runs;
    for (const Duration evict_idle : {Duration{0}, Duration{1}}) {
      auto options = test::fleet_options(12);
      if (planned) options.bots = test::planned_bots(12);
      options.settings.scheduler.evict_idle = evict_idle;
      std::uint32_t most = 0;
      auto started = actors::VirtualEngine::start(std::move(options));
      REQUIRE(started.has_value());
      actors::VirtualEngine& engine = **started;
      for (int minute = 0; minute < 60 * 12; ++minute) {
        engine.advance(kMinute);
        most = std::max(most, engine.totals().evicted);
      }
      CHECK(most == (evict_idle.count() > 0 ? 12 : 0));
      CHECK(engine.totals().failed_checks == 0);
      CHECK(engine.totals().positions_closed > 20);
      const auto report = storage::verify(engine.store(), {.now = engine.now()});
      REQUIRE(report.has_value());
      CHECK(report->findings.empty());
      runs.push_back(deeds_of(engine));
    }
    REQUIRE(runs[0].size() == runs[1].size());
    for (const auto& [bot, deeds] : runs[0]) {
      INFO(bot.value);
      const bool are_equal = deeds == runs[1].at(bot);
      CHECK(are_equal);
    }
  }
}

TEST_CASE("two runs of the same options leave the same rows, to the byte") {
  const auto rows_of_run = [] {
    const auto medium = std::make_shared<storage::MemoryMedium>();
    auto options = test::fleet_options(12);
    options.open_store = [&](const Clock&) -> Result<std::unique_ptr<storage::Store>> {
      return std::make_unique<storage::MemoryStore>(medium);
    };
    auto started = actors::VirtualEngine::start(std::move(options));
    REQUIRE(started.has_value());
    (*started)->advance(kHour * 3);
    return medium->rows;
  };
  const auto first = rows_of_run();
  const auto second = rows_of_run();
  std::size_t rows = 0;
  for (const auto& [kind, of_kind] : first) rows += of_kind.size();
  CHECK(rows > 2'000);
  const bool are_equal = first == second;
  CHECK(are_equal);
}

}  // namespace
}  // namespace botbox
