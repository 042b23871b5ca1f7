// The whole account through VenueExchange: several requests of the venue, one answer of the port.
#include <doctest/doctest.h>

#include <algorithm>

#include "exchange/venue/venue_exchange.hpp"
#include "tests/exchange/contract.hpp"
#include "tests/exchange/venue/scripted_venue.hpp"

namespace botbox::exchange::testing {
namespace {

const Symbol kCoins{"BTC/USDT"};

struct AccountDesk {
  explicit AccountDesk(MarketType market = MarketType::kSpot,
                       const VenueExchangeSettings& settings = {}) {
    VenueFeatures features;
    features.market = market;
    features.amend = true;
    features.account_wide_open_orders = true;
    venue = std::make_shared<ScriptedVenue>(features);
    exchange = std::make_unique<VenueExchange>(venue, settings);
    exchange->connect({.acquire =
                           [this](PermitRequest, Reply<Permit> reply) {
                             if (no_room || room == 0)
                               return reply(fail(ErrorCode::kRateLimited, "no room"));
                             if (room > 0) --room;
                             reply(Permits::fresh());
                           },
                       .acquire_further =
                           [this](PermitRequest request, Reply<Permit> reply) {
                             further.push_back(request.priority);
                             if (no_room && !room_comes)
                               return reply(fail(ErrorCode::kRateLimited, "no room"));
                             reply(Permits::fresh());
                           },
                       .on_counter = [](std::string_view, std::int64_t) {},
                       .on_stop = [](std::optional<Duration>) {},
                       .on_event = [this](std::string_view kind,
                                          const std::string&) { ++events[std::string(kind)]; }});
    REQUIRE(instruments(*exchange).has_value());
  }
  Result<AccountSnapshot> account() {
    return ask<AccountSnapshot>(
        [&](auto reply) { exchange->account(Permits::fresh(), std::move(reply)); });
  }
  void enter(const std::string& id, std::string_view quantity) {
    OrderRequest entry =
        with_target(with_stop(order(id, kCoins, OrderSide::kBuy, quantity), "90"), "120");
    entry.group = {id};
    REQUIRE(place(*exchange, entry).has_value());
  }

  bool no_room = false;
  int room = -1;            // permits that are left; below zero: there is no end to them
  bool room_comes = false;  // for what waits for it
  std::vector<PermitPriority> further;
  std::map<std::string, int> events;
  std::shared_ptr<ScriptedVenue> venue;
  std::unique_ptr<VenueExchange> exchange;
};

bool lists(const AccountSnapshot& account, const std::string& id) {
  return std::any_of(account.open_orders->begin(), account.open_orders->end(),
                     [&](const OpenOrder& open) { return open.client_id.value == id; });
}

}  // namespace

TEST_CASE("an account tells open orders, coins and filters; a spot venue tells no positions") {
  AccountDesk desk;
  desk.enter("a", "3");
  const auto account = desk.account();
  REQUIRE(account.has_value());
  CHECK(lists(*account, "as"));
  CHECK(account->open_orders->size() == 2);
  CHECK_FALSE(account->positions.has_value());
  CHECK_FALSE(account->is_hedged.has_value());
  REQUIRE(account->instruments.has_value());
  CHECK(account->instruments->front().symbol == kCoins);
  const auto coins = std::find_if(account->holdings->begin(), account->holdings->end(),
                                  [](const Holding& h) { return h.asset.value == "BTC"; });
  REQUIRE(coins != account->holdings->end());
  CHECK(to_string(coins->total) == "3");
}

TEST_CASE("a stop that stands under its next id is told under the engine's own") {
  AccountDesk desk;
  desk.enter("a", "3");
  // By hand, at the venue: the desk places the stop anew, where ids are taken for ever under
  // another.
  desk.venue->cancel_by_hand("as");
  for (int polls = 0; polls < 3; ++polls) REQUIRE(updates(*desk.exchange, 0).has_value());
  const auto open = desk.venue->open();
  REQUIRE(std::none_of(open.begin(), open.end(),
                       [](const VenueOrder& order) { return order.client_id.value == "as"; }));
  const auto account = desk.account();
  REQUIRE(account.has_value());
  CHECK(lists(*account, "as"));
}

TEST_CASE("the venue's clock is asked at every second look at the account, though nobody polls") {
  AccountDesk desk;
  const int before = desk.venue->calls[VenueCall::kServerTime];
  for (int look = 0; look < 4; ++look) REQUIRE(desk.account().has_value());
  CHECK(desk.venue->calls[VenueCall::kServerTime] == before + 2);
}

TEST_CASE("a linear venue is asked for positions and its position mode") {
  AccountDesk desk(MarketType::kLinear);
  const auto account = desk.account();
  REQUIRE(account.has_value());
  CHECK(account->positions.has_value());
  CHECK(desk.venue->calls[VenueCall::kPositions] == 1);
  CHECK(desk.venue->calls[VenueCall::kAccount] == 1);
  CHECK_FALSE(account->is_hedged.value_or(false));
  // The account's facts are about another symbol, or about none.
  desk.venue->held = {
      {.symbol = kCoins, .quantity = Quantity::literal("1"), .is_one_of_two = true}};
  CHECK(desk.account()->is_hedged == true);
}

TEST_CASE("leverage and margin mode are set once for a symbol, before its first entry") {
  AccountDesk desk(MarketType::kLinear,
                   {.leverage = Decimal::from_int(3), .margin_mode = MarginMode::kIsolated});
  desk.enter("a", "1");
  desk.enter("b", "1");
  CHECK(desk.venue->calls[VenueCall::kSetLeverage] == 1);
  CHECK(desk.venue->calls[VenueCall::kSetMarginMode] == 1);
  AccountDesk unasked(MarketType::kLinear);
  unasked.enter("a", "1");
  CHECK(unasked.venue->calls[VenueCall::kSetLeverage] == 0);
  AccountDesk spot(MarketType::kSpot, {.leverage = Decimal::from_int(3)});
  spot.enter("a", "1");
  CHECK(spot.venue->calls[VenueCall::kSetLeverage] == 0);
}

TEST_CASE("terms that the venue refuses are told; while they are not known no entry goes out") {
  AccountDesk desk(MarketType::kLinear,
                   {.leverage = Decimal::from_int(3), .margin_mode = MarginMode::kIsolated});
  desk.venue->fates[VenueCall::kSetMarginMode] = {Fate::kReject};
  desk.venue->fates[VenueCall::kSetLeverage] = {Fate::kLoseReply, Fate::kUnavailable};
  OrderRequest entry = with_stop(order("a", kCoins, OrderSide::kBuy, "1"), "90");
  for (int i = 0; i < 2; ++i) {
    CHECK(place(*desk.exchange, entry).error().code == ErrorCode::kUnavailable);
    CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
  }
  CHECK(desk.events["account.terms"] == 1);
  REQUIRE(place(*desk.exchange, entry).has_value());
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.events["account.terms"] == 1);
}

TEST_CASE("with room for one term at a time an entry goes out when all of them are set, once") {
  AccountDesk desk(MarketType::kLinear,
                   {.leverage = Decimal::from_int(3), .margin_mode = MarginMode::kIsolated});
  const OrderRequest entry = with_stop(order("a", kCoins, OrderSide::kBuy, "1"), "90");
  desk.room = 1;
  CHECK(place(*desk.exchange, entry).error().code == ErrorCode::kUnavailable);
  CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
  desk.room = 2;  // the other term's and its own
  CHECK(place(*desk.exchange, entry).has_value());
  CHECK(desk.venue->calls[VenueCall::kPlace] == 1);
  CHECK(desk.venue->calls[VenueCall::kSetMarginMode] == 1);
  CHECK(desk.venue->calls[VenueCall::kSetLeverage] == 1);
}

// Setting them may take longer than a permit is good.
TEST_CASE("an entry that waits for its terms goes out once, on a permit that is asked for then") {
  AccountDesk desk(MarketType::kLinear, {.leverage = Decimal::from_int(3)});
  desk.venue->fates[VenueCall::kSetLeverage] = {Fate::kHoldReply};
  const OrderRequest entry = with_stop(order("a", kCoins, OrderSide::kBuy, "1"), "90");
  const Permit given = Permits::fresh();
  std::optional<Result<OrderReport>> placed;
  desk.exchange->place(given, entry, [&](const Result<OrderReport>& report) { placed = report; });
  CHECK_FALSE(given.consume());
  CHECK(place(*desk.exchange, entry).error().code == ErrorCode::kAlreadyExists);
  CHECK(find(*desk.exchange, kCoins, "a").error().code == ErrorCode::kOutcomeUnknown);
  CHECK_FALSE(placed.has_value());
  desk.room = 0;
  desk.venue->let_late_come();
  REQUIRE(placed.has_value());
  CHECK(placed->error().code == ErrorCode::kRateLimited);
  CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
  desk.room = -1;
  REQUIRE(place(*desk.exchange, entry).has_value());
  CHECK(desk.venue->calls[VenueCall::kPlace] == 2);  // with its stop
  CHECK(desk.venue->calls[VenueCall::kSetLeverage] == 1);
}

TEST_CASE("an entry does not pass by the terms for which another one of its symbol waits") {
  AccountDesk desk(MarketType::kLinear, {.leverage = Decimal::from_int(3)});
  desk.venue->fates[VenueCall::kSetLeverage] = {Fate::kHoldReply, Fate::kHoldReply};
  for (const char* id : {"a", "b"})
    desk.exchange->place(Permits::fresh(), with_stop(order(id, kCoins, OrderSide::kBuy, "1"), "90"),
                         [](const Result<OrderReport>&) {});
  CHECK(desk.venue->calls[VenueCall::kSetLeverage] == 2);
  CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
  desk.venue->let_late_come();
  CHECK(desk.venue->calls[VenueCall::kPlace] == 4);  // with their stops
  CHECK(desk.venue->live_stops() == 2);
}

TEST_CASE("an account tells the margin mode of each position") {
  AccountDesk desk(MarketType::kLinear);
  for (const MarginMode mode : {MarginMode::kCross, MarginMode::kIsolated}) {
    desk.venue->held = {
        {.symbol = kCoins, .quantity = Quantity::literal("1"), .margin_mode = mode}};
    const auto account = desk.account();
    REQUIRE(account.has_value());
    REQUIRE(account->positions.has_value());
    REQUIRE(account->positions->size() == 1);
    CHECK(account->positions->front().margin_mode == mode);
    CHECK_FALSE(account->margin_mode.has_value());
  }
}

TEST_CASE("an account that could not be read whole is an error, never a part of it") {
  for (const VenueCall call : {VenueCall::kBalances, VenueCall::kOpenOrders,
                               VenueCall::kInstruments, VenueCall::kPositions}) {
    AccountDesk desk(MarketType::kLinear);
    desk.venue->fates[call] = {Fate::kUnavailable};
    CHECK_FALSE(desk.account().has_value());
    CHECK(desk.account().has_value());
  }
  AccountDesk desk;
  desk.no_room = true;
  const auto refused = desk.account();
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == ErrorCode::kRateLimited);
}

TEST_CASE(
    "an account, and what an API asks for in parts, wait for room for what is still to come") {
  AccountDesk desk(MarketType::kLinear);
  desk.no_room = desk.room_comes = true;
  const auto account = desk.account();
  REQUIRE(account.has_value());
  CHECK(account->open_orders.has_value());
  CHECK(account->positions.has_value());
  desk.further.clear();
  bool is_permitted = false;
  desk.venue->signals.further_permit(
      {.weight = 1}, [&](const Result<Permit>& permit) { is_permitted = permit.has_value(); });
  CHECK(is_permitted);
  REQUIRE(desk.further.size() == 1);
  CHECK(desk.further.front() == PermitPriority::kProtective);
}

TEST_CASE("a reduction that the engine has on record is followed by stop and target, once") {
  AccountDesk desk;
  desk.enter("a", "3");
  for (int times = 0; times < 2; ++times) {
    desk.exchange->note_reduction({"a"}, {"rc1"}, Quantity::literal("1"));
    REQUIRE(updates(*desk.exchange, 0).has_value());
    CHECK(to_string(desk.venue->newest({"as"})->quantity) == "2");
  }
  desk.exchange->note_reduction({"a"}, {"rc2"}, Quantity::literal("2"));
  REQUIRE(updates(*desk.exchange, 0).has_value());
  CHECK(desk.venue->open().empty());
  desk.exchange->note_reduction({"unknown"}, {"rc3"}, Quantity::literal("2"));
}

TEST_CASE("what the engine has adopted is stopped at once, grows with what follows, and ends") {
  AccountDesk desk(MarketType::kLinear);
  VenueOrderRequest by_hand;
  by_hand.client_id = {"hand"};
  by_hand.symbol = kCoins;
  by_hand.quantity = Quantity::literal("3");
  desk.venue->place(Permits::fresh(), by_hand,
                    [](const Result<VenueOrder>& made) { REQUIRE(made.has_value()); });
  AdoptedPart part;
  part.id = {"rc1"};
  part.group = {"rc1"};
  part.symbol = kCoins;
  part.quantity = Quantity::literal("2");
  part.stop_loss = AttachedOrder{{"s"}, Price::literal("90")};
  part.take_profit = AttachedOrder{{"t"}, Price::literal("120")};
  const auto tell_twice = [&](const char* stands) {
    for (int times = 0; times < 2; ++times) {
      desk.exchange->note_adoption(part);
      REQUIRE(updates(*desk.exchange, 0).has_value());
      CHECK(desk.venue->open().size() == 2);
      for (const char* leg : {"s", "t"}) {
        const VenueOrder* const order = desk.venue->newest({leg});
        REQUIRE(order != nullptr);
        CHECK(to_string(order->quantity) == stands);
      }
    }
  };
  tell_twice("2");
  part.id = {"rc2"};
  part.quantity = Quantity::literal("1");
  tell_twice("3");
  desk.venue->fill("s", "3");
  const auto told = updates(*desk.exchange, 0);
  REQUIRE(told.has_value());
  const auto stop = std::ranges::find(told->reports, ClientOrderId{"s"}, &OrderReport::client_id);
  REQUIRE(stop != told->reports.end());
  CHECK(stop->status == OrderStatus::kFilled);
  CHECK(stop->filled == Quantity::literal("3"));
  CHECK(desk.venue->open().empty());
  // Its entry is no order: nobody hears of one.
  CHECK(std::ranges::count(told->reports, ClientOrderId{"rc1"}, &OrderReport::client_id) == 0);
}

}  // namespace botbox::exchange::testing
