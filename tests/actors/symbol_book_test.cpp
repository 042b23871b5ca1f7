// What keeps entries out of a symbol: the book in which reconciler, exchange and bots meet.
#include "actors/symbol_book.hpp"

#include <doctest/doctest.h>

#include "tests/support/actor_builders.hpp"
#include "tests/support/builders.hpp"

namespace botbox::actors {
namespace {

const Symbol kBookSymbol{"BTC/USDT"};

Instrument listed_with_room(std::uint32_t triggers, MarketType market = MarketType::kSpot) {
  Instrument listed = testing::an_instrument();
  listed.market = market;
  listed.max_conditional_orders = triggers;
  return listed;
}

// Its stop takes one place.
Trade wanted_entry(const std::string& id, Direction direction = Direction::kLong) {
  Trade trade = test::pending_trade(id, {"bot"}, Timestamp{1'704'067'200'000}, direction);
  trade.side = direction == Direction::kLong ? OrderSide::kBuy : OrderSide::kSell;
  return trade;
}

SymbolStanding told_standing(std::size_t triggers, std::vector<ClientOrderId> entries) {
  SymbolStanding standing;
  standing.orders.conditional = triggers;
  standing.entries = std::move(entries);
  return standing;
}

TEST_CASE("of the last room in a symbol two entries at one moment do not take the same") {
  SymbolBook book;
  book.follow_exchange();
  const Instrument listed = listed_with_room(1);
  CHECK_FALSE(book.set_aside(listed, wanted_entry("a")).has_value());
  const auto refused = book.set_aside(listed, wanted_entry("b"));
  REQUIRE(refused.has_value());
  CHECK(refused->orders == OrderCount{1, 1});
  CHECK(book.standing(kBookSymbol) == *refused);
  book.end({"a"});
  CHECK(book.standing(kBookSymbol) == SymbolStanding{});
  CHECK_FALSE(book.set_aside(listed, wanted_entry("b")).has_value());
}

TEST_CASE("an entry that the exchange counts is not counted twice, and one it gave up is") {
  SymbolBook book;
  book.follow_exchange();
  const Instrument listed = listed_with_room(2);
  REQUIRE_FALSE(book.set_aside(listed, wanted_entry("a")).has_value());
  book.follow(kBookSymbol, told_standing(1, {{"a"}}));
  CHECK(book.standing(kBookSymbol).orders == OrderCount{1, 0});
  CHECK(book.standing(kBookSymbol).entries.empty());
  // It waits to be sent anew.
  book.follow(kBookSymbol, told_standing(0, {}));
  CHECK(book.standing(kBookSymbol).orders == OrderCount{1, 1});
  CHECK_FALSE(book.set_aside(listed, wanted_entry("b")).has_value());
  CHECK(book.set_aside(listed, wanted_entry("c")).has_value());
}

TEST_CASE("of a perpetual two entries at one moment do not stand on both sides") {
  SymbolBook book;
  book.follow_exchange();
  const Instrument listed = listed_with_room(0, MarketType::kLinear);
  CHECK_FALSE(book.set_aside(listed, wanted_entry("a", Direction::kShort)).has_value());
  CHECK_FALSE(book.set_aside(listed, wanted_entry("b", Direction::kShort)).has_value());
  const auto refused = book.set_aside(listed, wanted_entry("c"));
  REQUIRE(refused.has_value());
  CHECK(refused->short_by.value == "a");
  book.end({"a"});
  book.end({"b"});
  CHECK_FALSE(book.set_aside(listed, wanted_entry("c")).has_value());
}

TEST_CASE("what enlarges a position takes no room and no side, and waits for a difference") {
  SymbolBook book;
  book.follow_exchange();
  const Instrument listed = listed_with_room(1);
  REQUIRE_FALSE(book.set_aside(listed, wanted_entry("a")).has_value());
  Trade level = wanted_entry("b");
  level.stop_client_id = {};
  CHECK_FALSE(book.set_aside(listed, level).has_value());
  CHECK(book.standing(kBookSymbol).orders == OrderCount{1, 1});
  book.hold({}, {kBookSymbol});
  const auto refused = book.set_aside(listed, level);
  REQUIRE(refused.has_value());
  CHECK(refused->difference == "the exchange differs from the records");
}

TEST_CASE("a difference of the account holds every symbol, and its words are kept") {
  SymbolBook book;
  book.hold("POSITION_MODE: hedge mode", {});
  CHECK(book.standing(kBookSymbol).difference == "POSITION_MODE: hedge mode");
  book.hold({}, {Symbol{"ETH/USDT"}});
  CHECK(book.standing(kBookSymbol).difference.empty());
  CHECK_FALSE(book.standing({"ETH/USDT"}).difference.empty());
}

TEST_CASE("an entry of an earlier life keeps its room, and a close has none") {
  SymbolBook book;
  book.follow_exchange();
  book.restore(kBookSymbol,
               {.id = {"a"}, .position = {"a"}, .stop_client_id = {"as"}, .closed = {}});
  book.restore(kBookSymbol, {.id = {"c"}, .direction = Direction::kClose, .closed = {}});
  CHECK(book.standing(kBookSymbol).orders == OrderCount{1, 1});
  CHECK(book.set_aside(listed_with_room(1), wanted_entry("b")).has_value());
}

TEST_CASE("at an exchange that does not tell what stands no entry is in another one's way") {
  SymbolBook book;
  const Instrument listed = listed_with_room(1, MarketType::kLinear);
  CHECK_FALSE(book.set_aside(listed, wanted_entry("a")).has_value());
  CHECK_FALSE(book.set_aside(listed, wanted_entry("b", Direction::kShort)).has_value());
  CHECK(book.standing(kBookSymbol) == SymbolStanding{});
}

}  // namespace
}  // namespace botbox::actors
