// What a restart tells the venue of the engine's own records: entries that may be open, with what
// was recorded of their fills.
#include "actors/venue_history.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string_view>

#include "actors/reconciliation_records.hpp"
#include "exchange/venue/bracket_book.hpp"
#include "storage/booked_fill.hpp"
#include "storage/codec.hpp"
#include "storage/memory_store.hpp"
#include "tests/support/actor_builders.hpp"

namespace botbox {
namespace {

constexpr Timestamp kHistoryTime{1'704'067'200'000};

struct Records {
  void put(storage::Key key, std::string value) {
    batch.puts.push_back({std::move(key), std::move(value)});
  }
  void trade(const std::string& id, TradeStatus status) {
    Trade trade = test::pending_trade(id, {"bot"}, kHistoryTime);
    trade.symbol = symbol;
    trade.status = status;
    trade.take_profit_client_id = {id + "t"};
    trade.take_profit = Price::literal("52000");
    keep(trade);
  }
  void keep(const Trade& trade) {
    put(storage::trade_key(trade.id), storage::encode(trade));
    if (!is_final(trade.status)) put(storage::trade_open_key(trade.id), {});
  }
  void keep(const Position& position) {
    put(storage::position_key(position.bot, position.id), storage::encode(position));
    if (position.status == PositionStatus::kOpen) snapshot.open_positions.push_back(position);
  }
  void event(const std::string& kind, const std::string& subject) {
    put(storage::event_key(next_event++), storage::encode(Event{.sequence = 0,
                                                                .at = at,
                                                                .kind = kind,
                                                                .bot = {"bot"},
                                                                .subject = subject,
                                                                .detail = {},
                                                                .actor = "engine"}));
  }
  void fill(const std::string& position, const std::string& order, const std::string& id,
            std::string_view quantity, std::uint32_t number = 1) {
    Fill fill;
    fill.id = {id};
    fill.client_id = {order};
    fill.symbol = symbol;
    fill.at = at;
    fill.price = Price::literal("50000");
    fill.quantity = Quantity::literal(quantity);
    put(storage::fill_key({"bot"}, {position}, fill.id),
        storage::encode(storage::BookedFill{fill, number}));
  }
  void position(const std::string& id, std::string_view open) {
    Position position;
    position.id = {id};
    position.bot = {"bot"};
    position.symbol = symbol;
    position.quantity = Quantity::literal(open);
    position.stop_loss = Price::literal("49500");  // it has followed the price
    position.status = position.quantity.is_zero() ? PositionStatus::kClosed : PositionStatus::kOpen;
    if (position.status == PositionStatus::kClosed) position.closed_at = at;
    keep(position);
  }
  void write_to(storage::Store& store) {
    batch.sequence = 1;
    put(storage::bot_snapshot_key({"bot"}), is_damaged ? "?" : storage::encode(snapshot));
    REQUIRE(store.write(batch).has_value());
  }
  std::vector<exchange::OpenBracket> history() {
    storage::MemoryStore store;
    write_to(store);
    auto brackets = actors::venue_history(store);
    REQUIRE(brackets.has_value());
    return *std::move(brackets);
  }

  storage::WriteBatch batch;
  BotSnapshot snapshot;
  bool is_damaged = false;  // its row
  std::uint64_t next_event = 1;
  Symbol symbol{"BTC/USDT"};
  Timestamp at;  // of fills, of events, and of the end of positions
};

// Counts the rows that are looked through.
class CountedStore final : public storage::Store {
 public:
  explicit CountedStore(storage::Store& inner) : inner_(inner) {}
  Result<std::optional<std::string>> get(const storage::Key& key) const override {
    return inner_.get(key);
  }
  Result<void> scan(const storage::ScanRange& range,
                    const storage::RowVisitor& row) const override {
    return inner_.scan(range, [&](std::string_view key, std::string_view value) {
      ++rows[range.kind];
      return row(key, value);
    });
  }
  Result<void> write(const storage::WriteBatch& batch) override { return inner_.write(batch); }
  std::uint64_t last_sequence() const override { return inner_.last_sequence(); }

  mutable std::map<storage::Kind, std::size_t> rows;

 private:
  storage::Store& inner_;
};

}  // namespace

TEST_CASE("an open position is told with its entry, what is left of it, and both of its legs") {
  Records records;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.003");
  records.fill("a", "a", "e1", "0.002");
  records.fill("a", "a", "e2", "0.003");
  records.fill("a", "as", "e3", "0.001");
  records.fill("a", "c", "e4", "0.001");
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  const exchange::OpenBracket& bracket = brackets.front();
  CHECK(bracket.parent.value == "a");
  CHECK(bracket.group.value == "a");
  CHECK(bracket.entry_side == OrderSide::kBuy);
  CHECK(bracket.entered == Quantity::literal("0.005"));
  CHECK(bracket.open == Quantity::literal("0.003"));
  CHECK(bracket.stop_filled == Quantity::literal("0.001"));
  CHECK(bracket.target_filled.is_zero());
  CHECK(bracket.entry_is_final);
  REQUIRE(bracket.stop_loss.has_value());
  CHECK(bracket.stop_loss->client_id.value == "as");
  CHECK(bracket.stop_loss->trigger == Price::literal("49500"));
  CHECK(bracket.take_profit->client_id.value == "at");
}

TEST_CASE("what is booked is told in the order of booking, of this position only") {
  Records records;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.003");
  records.fill("a", "a", "e1", "0.003", 3);
  records.fill("a", "a", "e2", "0.002", 1);
  records.fill("a", "as", "e3", "0.002", 2);
  records.fill("ab", "ab", "e4", "0.002", 1);
  storage::MemoryStore store;
  records.write_to(store);
  const auto brackets = actors::venue_history(store);
  REQUIRE(brackets.has_value());
  REQUIRE(brackets->size() == 1);
  std::vector<std::string> told;
  for (const Fill& fill : brackets->front().booked) told.push_back(fill.id.value);
  CHECK(told == std::vector<std::string>{"e2", "e3", "e1"});
  CHECK(brackets->front().booked[1].client_id.value == "as");
  const auto found = actors::venue_bracket(store, {"as"});
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  CHECK((*found)->booked == brackets->front().booked);
}

TEST_CASE("a perpetual's position is told with what shared its symbol since, spot's is not") {
  for (const bool is_spot : {false, true}) {
    CAPTURE(is_spot);
    Records records;
    if (!is_spot) records.symbol = {"BTC/USDT:USDT"};
    records.at = kHistoryTime;
    records.trade("a", TradeStatus::kCompleted);
    records.position("a", "0.003");
    records.fill("a", "a", "e1", "0.003");
    records.at = kHistoryTime + std::chrono::hours(3);
    records.position("b", "0");
    records.fill("b", "b", "e2", "0.002", 1);
    records.fill("b", "bs", "e3", "0.002", 2);
    records.at = kHistoryTime - std::chrono::hours(3);
    records.position("c", "0");
    records.fill("c", "c", "e4", "0.002");
    const auto brackets = records.history();
    REQUIRE(brackets.size() == 1);
    REQUIRE(brackets.front().shared.size() == (is_spot ? 0 : 1));
    if (is_spot) continue;
    REQUIRE(brackets.front().shared[0].size() == 2);
    CHECK(brackets.front().shared[0][0].id.value == "e2");
    CHECK(brackets.front().shared[0][1].id.value == "e3");
  }
}

TEST_CASE("of several positions in a perpetual one tells what shared it with them") {
  Records records;
  records.symbol = {"BTC/USDT:USDT"};
  records.at = kHistoryTime;
  for (const std::string id : {"a", "d"}) {
    records.trade(id, TradeStatus::kCompleted);
    records.position(id, "0.003");
    records.fill(id, id, "e" + id, "0.003");
  }
  records.at = kHistoryTime + std::chrono::hours(3);
  records.position("b", "0");
  records.fill("b", "b", "e2", "0.002");
  std::size_t told = 0;
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 2);
  for (const exchange::OpenBracket& bracket : brackets) told += bracket.shared.size();
  CHECK(told == 1);
}

TEST_CASE(
    "the position of a bot whose snapshot cannot be read is told, and keeps nobody from starting") {
  Records records;
  records.is_damaged = true;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.003");
  records.fill("a", "a", "e1", "0.003");
  records.trade("over", TradeStatus::kCompleted);
  records.position("over", "0");
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  CHECK(brackets.front().parent.value == "a");
  storage::MemoryStore store;
  records.write_to(store);
  const auto compared = actors::engine_records(store, {});
  REQUIRE(compared.has_value());
  REQUIRE(compared->open_positions.size() == 1);
  CHECK(compared->open_positions.front().id.value == "a");
  CHECK(actors::order_records(store).has_value());
}

TEST_CASE("what is over is not looked through at a start, however much of it there is") {
  using storage::Kind;
  Records records;
  records.symbol = {"BTC/USDT:USDT"};
  records.at = kHistoryTime - std::chrono::hours(1'000);
  for (int i = 0; i < 300; ++i) {
    const std::string id = "old" + std::to_string(i);
    records.at = records.at + std::chrono::hours(3);
    records.trade(id, TradeStatus::kCompleted);
    records.fill(id, id, "e" + id, "0.002", 1);
    records.fill(id, id + "t", "f" + id, "0.002", 2);
    records.position(id, "0");
    records.event("position.closed", id);
  }
  records.at = kHistoryTime;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.003");
  records.fill("a", "a", "e1", "0.003");
  records.event("position.opened", "a");
  records.at = kHistoryTime + std::chrono::hours(3);
  records.position("b", "0");
  records.fill("b", "b", "e2", "0.002");
  records.event("position.closed", "b");
  storage::MemoryStore store;
  records.write_to(store);
  const CountedStore counted(store);
  const auto brackets = actors::venue_history(counted);
  REQUIRE(brackets.has_value());
  REQUIRE(brackets->size() == 1);
  CHECK(brackets->front().entered == Quantity::literal("0.003"));
  REQUIRE(brackets->front().shared.size() == 1);
  CHECK(brackets->front().shared[0][0].id.value == "e2");
  CHECK(counted.rows[Kind::kTrade] == 0);
  CHECK(counted.rows[Kind::kPosition] == 0);
  CHECK(counted.rows[Kind::kFill] == 2);
  CHECK(counted.rows[Kind::kEvent] == 3);  // down to the first one that is too old
}

TEST_CASE(
    "where the event log does not reach back, what shared a perpetual is found all the same") {
  Records records;
  records.symbol = {"BTC/USDT:USDT"};
  records.at = kHistoryTime;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.003");
  records.fill("a", "a", "e1", "0.003");
  records.at = kHistoryTime + std::chrono::hours(3);
  records.position("b", "0");
  records.fill("b", "b", "e2", "0.002");
  records.at = kHistoryTime + std::chrono::hours(5);
  records.next_event = 70;
  records.event("position.changed", "a");
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  CHECK(brackets.front().shared.size() == 1);
}

TEST_CASE("an entry whose outcome is not known is told, though nothing of it is recorded") {
  Records records;
  records.trade("a", TradeStatus::kExecuting);
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  CHECK(brackets.front().entered.is_zero());
  CHECK(brackets.front().open.is_zero());
  CHECK_FALSE(brackets.front().entry_is_final);
}

TEST_CASE("a close under way is told with its position, and what is recorded of it") {
  Records records;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.003");
  records.fill("a", "a", "e1", "0.005");
  records.fill("a", "close", "e2", "0.002");
  Trade close = test::pending_trade("close", {"bot"}, kHistoryTime, Direction::kClose);
  close.position = {"a"};
  close.status = TradeStatus::kExecuting;
  records.keep(close);
  Trade waiting = test::pending_trade("waiting", {"bot"}, kHistoryTime, Direction::kClose);
  waiting.position = {"a"};
  records.keep(waiting);
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  REQUIRE(brackets.front().closes.size() == 1);
  CHECK(brackets.front().closes.front().id.value == "close");
  CHECK(brackets.front().closes.front().filled == Quantity::literal("0.002"));
}

TEST_CASE("what enlarges a position is told with it: with what is recorded, or as under way") {
  Records records;
  records.trade("a", TradeStatus::kCompleted);
  records.position("a", "0.008");
  records.fill("a", "a", "e1", "0.005");
  records.fill("a", "b", "e2", "0.003");
  for (const auto& [id, status] :
       {std::pair("b", TradeStatus::kCompleted), std::pair("c", TradeStatus::kExecuting),
        std::pair("waiting", TradeStatus::kPending), std::pair("failed", TradeStatus::kFailed)}) {
    Trade more = test::pending_trade(id, {"bot"}, kHistoryTime);
    more.position = {"a"};
    more.stop_client_id = {};
    more.status = status;
    REQUIRE(enlarges(more));
    records.keep(more);
  }
  storage::MemoryStore store;
  records.write_to(store);
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  const exchange::OpenBracket& bracket = brackets.front();
  CHECK(bracket.entered == Quantity::literal("0.005"));
  CHECK(bracket.open == Quantity::literal("0.008"));
  REQUIRE(bracket.additions.size() == 2);
  CHECK(bracket.additions[0] == exchange::OpenAddition{{"b"}, Quantity::literal("0.003"), true});
  CHECK(bracket.additions[1] == exchange::OpenAddition{{"c"}, {}, false});
  const auto found = actors::venue_bracket(store, {"as"});
  REQUIRE(found.has_value());
  CHECK(*found == bracket);
}

TEST_CASE("what was never sent, what is closed and what failed is not told") {
  Records records;
  records.trade("waiting", TradeStatus::kPending);
  records.trade("failed", TradeStatus::kFailed);
  records.trade("closed", TradeStatus::kCompleted);
  records.position("closed", "0");
  Trade close = test::pending_trade("close", {"bot"}, kHistoryTime, Direction::kClose);
  close.status = TradeStatus::kExecuting;
  records.keep(close);
  CHECK(records.history().empty());
}

TEST_CASE(
    "the bracket of a leg is found by any id of its chain, also when its position is closed") {
  Records records;
  const std::string entry = "bb" + std::string(25, 'a');
  records.trade(entry, TradeStatus::kCompleted);
  records.trade("b", TradeStatus::kCompleted);
  records.position(entry, "0");
  records.fill(entry, entry, "e1", "0.005");
  records.fill(entry, entry + "t", "e2", "0.005");
  storage::MemoryStore store;
  records.write_to(store);
  const CountedStore counted(store);
  const exchange::FindBracket find = actors::bracket_finder(counted);
  const ClientOrderId target{entry + "t"};
  for (const std::uint32_t generation : {0U, 1U, 40U}) {
    CAPTURE(generation);
    const auto bracket = find(exchange::chained_id(target, generation));
    REQUIRE(bracket.has_value());
    CHECK(bracket->parent.value == entry);
    CHECK(bracket->open.is_zero());
    CHECK(bracket->entered == Quantity::literal("0.005"));
    CHECK(bracket->target_filled == Quantity::literal("0.005"));
  }
  counted.rows.clear();
  CHECK_FALSE(find({"somebody-else"}).has_value());
  CHECK(counted.rows.empty());
  CHECK_FALSE(find({std::string(28, 'b')}).has_value());
  CHECK(counted.rows[storage::Kind::kTrade] > 0);
  CHECK_FALSE(find({entry}).has_value());
}

TEST_CASE("a position that was adopted is told without a trade, and found by its legs") {
  Records records;
  records.trade("a", TradeStatus::kCompleted);  // over
  Position adopted;
  adopted.id = {"rc0123456789abcdef0123456789"};
  adopted.bot = {"bot"};
  adopted.symbol = {"BTC/USDT:USDT"};
  adopted.side = PositionSide::kShort;
  adopted.quantity = Quantity::literal("0.004");
  adopted.stop_loss = Price::literal("50500");
  adopted.stop_client_id = {"bbstop"};
  records.keep(adopted);
  records.fill(adopted.id.value, adopted.id.value, "e1", "0.005");
  records.fill(adopted.id.value, "bbstop", "e2", "0.001");
  storage::MemoryStore store;
  records.write_to(store);
  const auto brackets = records.history();
  REQUIRE(brackets.size() == 1);
  const exchange::OpenBracket& bracket = brackets.front();
  CHECK(bracket.parent.value == adopted.id.value);
  CHECK(bracket.group == adopted.id);
  CHECK(bracket.entry_side == OrderSide::kSell);
  CHECK(bracket.entry_is_final);
  CHECK(bracket.entered == Quantity::literal("0.005"));
  CHECK(bracket.open == Quantity::literal("0.004"));
  CHECK(bracket.stop_filled == Quantity::literal("0.001"));
  REQUIRE(bracket.stop_loss.has_value());
  CHECK(bracket.stop_loss->trigger == Price::literal("50500"));
  CHECK_FALSE(bracket.take_profit.has_value());
  const auto found = actors::venue_bracket(store, {"bbstop"});
  REQUIRE(found.has_value());
  CHECK(*found == bracket);
  const auto unknown = actors::venue_bracket(store, {"stranger"});
  REQUIRE(unknown.has_value());
  CHECK_FALSE(unknown->has_value());
}

}  // namespace botbox
