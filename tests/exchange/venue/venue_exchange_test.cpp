// VenueExchange over a scripted venue: the contract, and what must hold when the venue loses,
// delays and refuses.
#include "exchange/venue/venue_exchange.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "engine/clock.hpp"
#include "exchange/venue/bracket_book.hpp"
#include "exchange/venue/venue_factory.hpp"
#include "tests/exchange/contract.hpp"
#include "tests/exchange/venue/scripted_venue.hpp"

namespace botbox::exchange::testing {
namespace {

const Symbol kBtc{"BTC/USDT"};

VenueFeatures features(bool pair, bool amend, bool reusable) {
  VenueFeatures made;
  made.bracket_needed = pair;
  made.amend = amend;
  made.client_id_reusable = reusable;
  made.account_wide_open_orders = true;
  return made;
}

struct Desk {
  explicit Desk(VenueFeatures given = features(false, true, false))
      : venue(std::make_shared<ScriptedVenue>(given)) {
    start({});
  }
  // A new process at the same venue.
  void start(const std::vector<OpenBracket>& open, FindBracket find = {},
             OwnOrders own = OwnOrders::kLetGo) {
    exchange = std::make_unique<VenueExchange>(venue);
    exchange->set_own_orders(own);
    exchange->adopt(open, std::move(find));
    exchange->connect(
        {.acquire = [this](PermitRequest, const Reply<Permit>& reply) { acquire(reply); },
         .acquire_further =
             [this](PermitRequest, const Reply<Permit>& reply) {
               if (!room_comes) return acquire(reply);
               waiting.push_back(reply);
             },
         .on_counter = [](std::string_view, std::int64_t) {},
         .on_stop = [](std::optional<Duration>) {},
         .on_event = [this](std::string_view kind,
                            const std::string& text) { events.emplace_back(kind, text); },
         .on_standing = [this](const Symbol& symbol,
                               const SymbolStanding& told) { standing[symbol] = told; }});
    if (lists) REQUIRE(instruments(*exchange).has_value());
  }
  void acquire(const Reply<Permit>& reply) {
    if (no_room || room == 0) return reply(fail(ErrorCode::kRateLimited, "no room"));
    if (room > 0) --room;
    ++permits;
    reply(Permits::fresh());
  }
  // For what has waited for it until now.
  void give_room() {
    for (const Reply<Permit>& reply : std::exchange(waiting, {})) acquire(reply);
  }
  OrderRequest entry(const std::string& id, std::string_view quantity = "3") const {
    return with_target(with_stop(order(id, kBtc, OrderSide::kBuy, quantity), "90"), "120");
  }
  std::map<std::string, OrderReport> poll() {
    const auto changed = updates(*exchange, cursor);
    REQUIRE(changed.has_value());
    cursor = changed->next_cursor;
    std::map<std::string, OrderReport> by_id;
    for (const OrderReport& report : changed->reports) by_id[report.client_id.value] = report;
    return by_id;
  }
  std::size_t events_of(std::string_view kind) const {
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(),
                                                  [&](const auto& e) { return e.first == kind; }));
  }

  bool lists = true;  // the instruments, at each start
  std::shared_ptr<ScriptedVenue> venue;
  bool no_room = false;
  int room = -1;  // permits that are left; below zero: there is no end to them
  int permits = 0;
  bool room_comes = false;  // what can wait for it, waits
  std::vector<Reply<Permit>> waiting;
  std::vector<std::pair<std::string, std::string>> events;
  std::map<Symbol, SymbolStanding> standing;  // as told
  std::unique_ptr<VenueExchange> exchange;
  std::uint64_t cursor = 0;
};

OrderRequest enlarging(const std::string& id, const std::string& group, std::string_view by) {
  OrderRequest more = order(id, kBtc, OrderSide::kBuy, by);
  more.effect = OrderEffect::kEnlargeOnly;
  more.group = {group};
  return more;
}

// What the engine has on record of the bracket of `a` when these fills are booked.
OpenBracket on_record(std::string_view open, const std::vector<Fill>& booked) {
  OpenBracket known;
  known.parent = {"a"};
  known.group = {"a"};
  known.symbol = kBtc;
  known.open = Quantity::literal(open);
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
  known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
  known.booked = booked;
  for (const Fill& fill : booked)
    (fill.client_id.value == "a"    ? known.entered
     : fill.client_id.value == "as" ? known.stop_filled
                                    : known.target_filled) += fill.quantity;
  return known;
}

std::vector<std::string> ids(const std::vector<Fill>& fills) {
  std::vector<std::string> made;
  for (const Fill& fill : fills) made.push_back(fill.id.value);
  return made;
}

// Where the order stands among the reports; -1: it is not told.
std::ptrdiff_t place_of(const OrderUpdates& updates, const std::string& id) {
  const auto found = std::ranges::find(updates.reports, ClientOrderId{id}, &OrderReport::client_id);
  return found == updates.reports.end() ? -1 : found - updates.reports.begin();
}

void run_contract(const VenueFeatures& given, bool acknowledges_only) {
  std::unique_ptr<Desk> desk;
  run_exchange_contract([&] {
    desk = std::make_unique<Desk>(given);
    desk->venue->acknowledges_only = acknowledges_only;
    return ContractVenue{*desk->exchange, kBtc, kStart + kMinute * 60, "BTC", "USDT"};
  });
}

}  // namespace

// One test case each: subcases do not run again within one case.
TEST_CASE("over a venue with single stops, fills told at once, the contract holds") {
  run_contract(features(false, true, false), false);
}
TEST_CASE("over a venue with single stops that acknowledges only, the contract holds") {
  run_contract(features(false, false, false), true);
}
TEST_CASE("over a venue with tied stops, fills told at once, the contract holds") {
  run_contract(features(true, false, true), false);
}
TEST_CASE("over a venue with tied stops that acknowledges only, the contract holds") {
  run_contract(features(true, false, true), true);
}

TEST_CASE("a fill is told only when its stop and target stand at the venue") {
  Desk desk;
  bool told = false;
  desk.exchange->place(Permits::fresh(), desk.entry("a"), [&](const Result<OrderReport>& report) {
    told = true;
    CHECK(report->filled == Quantity::literal("3"));
    CHECK(desk.venue->live_stops() == 1);
    CHECK(desk.venue->open().size() == 2);
  });
  CHECK(told);
  CHECK(desk.venue->newest({"as"})->quantity == Quantity::literal("3"));
}

TEST_CASE("what enlarges a position is told only when stop and target stand for all of it") {
  for (const bool amend : {true, false}) {
    CAPTURE(amend);
    Desk desk(features(!amend, amend, !amend));
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    bool told = false;
    desk.exchange->place(Permits::fresh(), enlarging("b", "a", "1"),
                         [&](const Result<OrderReport>& report) {
                           told = true;
                           REQUIRE(report.has_value());
                           CHECK(report->filled == Quantity::literal("1"));
                           CHECK(desk.venue->live_stops() == 1);
                           CHECK(desk.venue->open().size() == 2);
                           for (const VenueOrder& leg : desk.venue->open())
                             CHECK(leg.quantity - leg.filled == Quantity::literal("4"));
                         });
    CHECK(told);
    CHECK((**find(*desk.exchange, kBtc, "as")).quantity == Quantity::literal("4"));
  }
}

TEST_CASE("nothing enlarges what is flat, unknown, stopped or being closed") {
  Desk desk;
  const auto refusal = [&](const OrderRequest& more) {
    return place(*desk.exchange, more).error().code;
  };
  CHECK(refusal(enlarging("b", "a", "1")) == ErrorCode::kNothingOpen);
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  OrderRequest other_side = enlarging("b", "a", "1");
  other_side.side = OrderSide::kSell;
  CHECK(refusal(other_side) == ErrorCode::kRejected);
  CHECK(refusal(with_stop(enlarging("b", "a", "1"), "80")) == ErrorCode::kRejected);
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseReply};
  CHECK_FALSE(place(*desk.exchange, reduce(order("c", kBtc, OrderSide::kSell, "1"), "a")));
  CHECK(refusal(enlarging("b", "a", "1")) == ErrorCode::kUnavailable);
  desk.poll();
  REQUIRE(place(*desk.exchange, enlarging("b", "a", "1")).has_value());
  // The stop was placed anew for the close.
  for (const VenueOrder& leg : desk.venue->open())
    if (leg.type == OrderType::kStopMarket) desk.venue->fill(leg.client_id.value, "1");
  desk.poll();
  CHECK(refusal(enlarging("d", "a", "1")) == ErrorCode::kNothingOpen);
  CHECK_FALSE((*find(*desk.exchange, kBtc, "d")).has_value());
}

TEST_CASE("an addition whose answer is lost is found by the next poll, and is in the stop then") {
  for (const bool arrived : {true, false}) {
    CAPTURE(arrived);
    Desk desk;
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    desk.venue->fates[VenueCall::kPlace] = {arrived ? Fate::kLoseReply : Fate::kLoseRequest};
    CHECK(place(*desk.exchange, enlarging("b", "a", "1")).error().code ==
          ErrorCode::kOutcomeUnknown);
    const auto told = desk.poll();
    CHECK(told.contains("b") == arrived);
    CHECK(desk.venue->newest({"as"})->quantity == Quantity::literal(arrived ? "4" : "3"));
    if (arrived) continue;
    CHECK(*find(*desk.exchange, kBtc, "b") == std::nullopt);
    REQUIRE(place(*desk.exchange, enlarging("b", "a", "1")).has_value());
    CHECK(desk.venue->newest({"as"})->quantity == Quantity::literal("4"));
  }
}

TEST_CASE("an addition that nobody heard of before a restart is asked for, and is in the stop") {
  for (const bool is_recorded : {true, false})
    for (const char* coin : {"USDT", "BTC"}) {
      CAPTURE(is_recorded);
      CAPTURE(std::string(coin));
      Desk desk;
      desk.venue->fee_asset = {coin};
      REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
      // The process ends between the fill of what enlarges and the new stop.
      desk.venue->fates[VenueCall::kAmend].assign(100, Fate::kLoseRequest);
      desk.exchange->place(Permits::fresh(), enlarging("b", "a", "1"),
                           [](const Result<OrderReport>&) {});
      desk.exchange.reset();
      desk.venue->fates.clear();
      OpenBracket known;
      known.parent = {"a"};
      known.group = {"a"};
      known.symbol = kBtc;
      known.entered = Quantity::literal("3");
      known.open = Quantity::literal(is_recorded ? "4" : "3");
      known.entry_is_final = true;
      known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
      known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
      known.additions = {{{"b"}, is_recorded ? Quantity::literal("1") : Quantity{}, is_recorded}};
      desk.cursor = 0;
      desk.start({known});
      const auto told = desk.poll();
      REQUIRE(told.contains("b"));
      CHECK(told.at("b").filled == Quantity::literal("1"));
      CHECK(told.at("b").status == OrderStatus::kFilled);
      const Quantity all = Quantity::literal(std::string(coin) == "BTC" ? "3.996" : "4");
      CHECK(desk.venue->live_stops() == 1);
      CHECK(desk.venue->newest({"as"})->quantity == all);
      CHECK(desk.venue->newest({"at"})->quantity == all);
    }
}

TEST_CASE("an entry that fills in parts has a stop that grows with it") {
  for (const bool amend : {true, false}) {
    CAPTURE(amend);
    Desk desk(features(false, amend, false));
    desk.venue->market_fill = Quantity::literal("1");
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    desk.venue->fill("a", "2");
    const auto changed = desk.poll();
    CHECK(changed.at("a").filled == Quantity::literal("3"));
    CHECK(changed.at("a").fills.size() == 2);
    CHECK(changed.at("a").status == OrderStatus::kFilled);
    CHECK(changed.at("as").quantity == Quantity::literal("3"));
    CHECK(desk.venue->live_stops() == 1);
    Quantity standing;
    for (const VenueOrder& order : desk.venue->open())
      if (order.type == OrderType::kStopMarket) standing = order.quantity;
    CHECK(standing == Quantity::literal("3"));
    CHECK(desk.poll().empty());
  }
}

TEST_CASE("a stop that fires is reported with its fills, and its target goes") {
  for (const bool pair : {false, true}) {
    CAPTURE(pair);
    Desk desk(features(pair, false, pair));
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    desk.poll();
    desk.venue->fill("as", "3");
    const auto changed = desk.poll();
    CHECK(changed.at("as").status == OrderStatus::kFilled);
    CHECK(changed.at("as").filled == Quantity::literal("3"));
    desk.poll();
    CHECK(desk.venue->open().empty());
    CHECK((**find(*desk.exchange, kBtc, "at")).status == OrderStatus::kCancelled);
  }
}

TEST_CASE("a refused stop is an event, the fill is told all the same, and it is tried again") {
  Desk desk;
  // The first placing is the entry's own.
  desk.venue->fates[VenueCall::kPlace] = {Fate::kNormal, Fate::kReject, Fate::kNormal,
                                          Fate::kReject};
  const auto report = place(*desk.exchange, desk.entry("a"));
  REQUIRE(report.has_value());
  CHECK(report->status == OrderStatus::kFilled);
  CHECK(desk.events_of("bracket.refused") == 1);
  CHECK(desk.venue->live_stops() == 0);
  desk.poll();
  CHECK(desk.events_of("bracket.refused") == 2);
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("a position whose stop is refused for good is told as unprotected within a few polls") {
  Desk desk;
  desk.venue->fates[VenueCall::kPlace] = {Fate::kNormal};
  for (int i = 0; i < 100; ++i) desk.venue->fates[VenueCall::kPlace].push_back(Fate::kReject);
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  for (int i = 0; i < 4; ++i) desk.poll();
  CHECK(desk.events_of("position.unprotected") >= 1);
  for (int i = 0; i < 50; ++i) desk.poll();
  CHECK(desk.venue->calls[VenueCall::kPlace] <= 1 + 2 * 5);
}

TEST_CASE("without room for another request a stop waits, and is placed when there is room") {
  Desk desk;
  desk.no_room = true;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  for (int i = 0; i < 20; ++i) desk.poll();
  CHECK(desk.events_of("position.unprotected") == 1);
  desk.no_room = false;
  desk.poll();
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.events_of("position.protected") == 1);
}

TEST_CASE("lost requests and lost replies of stops end in exactly one stop") {
  for (const Fate fate : {Fate::kLoseRequest, Fate::kLoseReply}) {
    Desk desk;
    desk.venue->fates[VenueCall::kPlace] = {Fate::kNormal, fate, fate};
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    for (int i = 0; i < 3; ++i) desk.poll();
    CHECK(desk.venue->live_stops() == 1);
    CHECK(desk.venue->open().size() == 2);
  }
}

TEST_CASE("an entry whose reply is lost is found by its id, protected, and sent only once") {
  Desk desk;
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseReply};
  CHECK(place(*desk.exchange, desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
  CHECK(desk.venue->live_stops() == 0);
  const auto found = find(*desk.exchange, kBtc, "a");
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  CHECK((*found)->status == OrderStatus::kFilled);
  CHECK(desk.venue->live_stops() == 1);
  CHECK(place(*desk.exchange, desk.entry("a")).error().code == ErrorCode::kAlreadyExists);
}

TEST_CASE("an entry that never arrived may be sent again under its id") {
  Desk desk;
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseRequest};
  CHECK(place(*desk.exchange, desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
  CHECK(*find(*desk.exchange, kBtc, "a") == std::nullopt);
  CHECK(place(*desk.exchange, desk.entry("a")).has_value());
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("a close on spot frees its coins first and protects what is left") {
  for (const bool pair : {false, true}) {
    CAPTURE(pair);
    Desk desk(features(pair, false, pair));
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    const auto close = place(*desk.exchange, reduce(order("c", kBtc, OrderSide::kSell, "2"), "a"));
    REQUIRE(close.has_value());
    CHECK(close->filled == Quantity::literal("2"));
    CHECK(desk.venue->live_stops() == 1);
    for (const VenueOrder& order : desk.venue->open())
      CHECK(order.quantity == Quantity::literal("1"));
  }
}

// A permit is good for a moment only, and the two cancellations take longer than that.
TEST_CASE("a close whose second cancellation waits for room goes on, on a permit of its own") {
  Desk desk(features(false, false, false));
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.venue->calls.clear();
  desk.room_comes = true;
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "2"), "a");
  const Permit given = Permits::fresh();
  std::optional<Result<OrderReport>> closed;
  desk.exchange->place(given, close, [&](const Result<OrderReport>& report) { closed = report; });
  for (const int cancelled : {0, 1}) {
    CHECK(desk.venue->calls[VenueCall::kCancel] == cancelled);
    REQUIRE(desk.waiting.size() == 1);
    desk.give_room();
  }
  CHECK(desk.venue->calls[VenueCall::kCancel] == 2);
  CHECK(desk.venue->open().empty());
  // Not on the old permit, and not twice, whoever sends it again meanwhile.
  CHECK_FALSE(given.consume());
  CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
  CHECK_FALSE(closed.has_value());
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kAlreadyExists);
  CHECK(find(*desk.exchange, kBtc, "c").error().code == ErrorCode::kOutcomeUnknown);
  REQUIRE(desk.waiting.size() == 1);
  desk.give_room();
  REQUIRE(closed.has_value());
  REQUIRE(closed->has_value());
  CHECK((*closed)->filled == Quantity::literal("2"));
  CHECK(desk.venue->calls[VenueCall::kPlace] == 3);  // the close, stop and target of the rest
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest({"c"})->quantity == Quantity::literal("2"));
}

TEST_CASE("a close that waits for room holds up no poll, and so no stop of another position") {
  Desk desk(features(false, false, false));
  for (const char* id : {"a", "b"}) REQUIRE(place(*desk.exchange, desk.entry(id)).has_value());
  desk.room_comes = true;
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "2"), "a");
  desk.exchange->place(Permits::fresh(), close, [](const Result<OrderReport>&) {});
  REQUIRE(desk.waiting.size() == 1);
  desk.give_room();  // the stop is cancelled, and the target's cancellation waits
  REQUIRE(desk.waiting.size() == 1);
  desk.venue->cancel_by_hand("bs");
  bool is_polled = false;
  desk.exchange->order_updates(
      Permits::fresh(), desk.cursor,
      [&](const Result<OrderUpdates>& polled) { is_polled = polled.has_value(); });
  CHECK(is_polled);
  CHECK(desk.venue->live_stops() == 1);
  for (int i = 0; i < 2 && !desk.waiting.empty(); ++i) desk.give_room();
  REQUIRE(desk.venue->newest({"c"}) != nullptr);
  CHECK(desk.venue->newest({"c"})->status == OrderStatus::kFilled);
  CHECK(desk.venue->live_stops() == 2);
}

TEST_CASE("a stop that the venue has forgotten, and not its id, is placed under the next one") {
  Desk desk;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.venue->cancel_by_hand("as");
  desk.venue->forgotten.insert("as");
  for (int polls = 0; polls < 30 && desk.venue->live_stops() == 0; ++polls) desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest(chained_id({"as"}, 1)) != nullptr);
  CHECK(desk.events_of("bracket.lost") == 2);
  CHECK(desk.events_of("position.unprotected") == 1);
  CHECK(desk.events_of("position.protected") == 1);
}

TEST_CASE("a stop that comes back when its successor stands is cancelled, the successor watched") {
  VenueFeatures linear = features(false, true, false);
  linear.market = MarketType::kLinear;
  Desk desk(linear);
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.venue->forgotten.insert("as");
  for (int polls = 0; polls < 30 && desk.venue->live_stops() == 1; ++polls) desk.poll();
  REQUIRE(desk.venue->live_stops() == 2);
  desk.venue->forgotten.clear();
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest({"as"})->status == OrderStatus::kCancelled);
  CHECK(desk.events_of("bracket.left_over") == 1);
  desk.venue->cancel_by_hand(chained_id({"as"}, 1).value);
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest(chained_id({"as"}, 2)) != nullptr);
}

TEST_CASE("a venue that answers with old words about a stop is asked again once a tick") {
  Desk desk;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  const VenueOrder before = *desk.venue->newest({"as"});
  desk.venue->fill("as", "1");
  desk.poll();
  desk.venue->old_words = {before, before};
  desk.venue->fates[VenueCall::kCancel] = {Fate::kLoseReply};
  desk.venue->calls.clear();
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "1"), "a");
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kUnavailable);
  CHECK(desk.venue->calls[VenueCall::kOrder] == 1);
  CHECK(desk.venue->old_words.size() == 1);
  for (int i = 0; i < 2; ++i) desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest(chained_id({"as"}, 1))->quantity == Quantity::literal("2"));
}

TEST_CASE("a close that finds no room for its order leaves the position protected") {
  Desk desk(features(false, false, false));
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.room = 2;
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "2"), "a");
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kRateLimited);
  CHECK(desk.venue->newest({"c"}) == nullptr);
  desk.room = -1;
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  const auto again = place(*desk.exchange, close);
  REQUIRE(again.has_value());
  CHECK(again->filled == Quantity::literal("2"));
  const Permit spent = Permits::fresh();
  REQUIRE(spent.consume());
  const OrderRequest rest = reduce(order("d", kBtc, OrderSide::kSell, "1"), "a");
  const auto refused =
      ask<OrderReport>([&](auto reply) { desk.exchange->place(spent, rest, reply); });
  CHECK(refused.error().code == ErrorCode::kRateLimited);
  CHECK(desk.venue->newest({"d"}) == nullptr);
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("a close that the venue refuses leaves the position protected") {
  Desk desk(features(false, false, false));
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.venue->fates[VenueCall::kPlace] = {Fate::kReject};
  CHECK(place(*desk.exchange, reduce(order("c", kBtc, OrderSide::kSell, "2"), "a")).error().code ==
        ErrorCode::kRejected);
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("a close whose request is lost gives the stop its coins back at the next poll") {
  for (const bool pair : {false, true}) {
    CAPTURE(pair);
    Desk desk(features(pair, false, pair));
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    desk.poll();
    desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseRequest};
    const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "2"), "a");
    CHECK(place(*desk.exchange, close).error().code == ErrorCode::kOutcomeUnknown);
    CHECK(desk.venue->live_stops() == 0);
    desk.poll();
    CHECK(desk.venue->live_stops() == 1);
    // The engine hears that it is not there, and sends it anew under the same id.
    CHECK(*find(*desk.exchange, kBtc, "c") == std::nullopt);
    REQUIRE(place(*desk.exchange, close).has_value());
    CHECK(desk.venue->live_stops() == 1);
    for (const VenueOrder& standing : desk.venue->open())
      CHECK(standing.quantity == Quantity::literal("1"));
  }
}

TEST_CASE("an order whose reply is lost is found by the next poll, with its stop or its fills") {
  Desk desk;
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseReply};
  CHECK(place(*desk.exchange, desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
  const auto opened = desk.poll();
  CHECK(opened.at("a").status == OrderStatus::kFilled);
  CHECK(desk.venue->live_stops() == 1);
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseReply};
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "2"), "a");
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kOutcomeUnknown);
  const auto closed = desk.poll();
  CHECK(closed.at("c").filled == Quantity::literal("2"));
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->open().front().quantity == Quantity::literal("1"));
}

TEST_CASE("an old answer that an order was not there says nothing of what was sent since") {
  Desk desk;
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseRequest, Fate::kLoseReply};
  CHECK(place(*desk.exchange, desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
  desk.venue->fates[VenueCall::kOrder] = {Fate::kHoldReply};
  std::optional<ErrorCode> told;
  desk.exchange->order_by_client_id(Permits::fresh(), kBtc, {"a"},
                                    [&](const Result<std::optional<OrderReport>>& answer) {
                                      told = answer ? ErrorCode::kNotFound : answer.error().code;
                                    });
  CHECK(*find(*desk.exchange, kBtc, "a") == std::nullopt);
  CHECK(place(*desk.exchange, desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
  REQUIRE(desk.venue->late.size() == 1);
  desk.venue->let_late_come();
  CHECK(told == ErrorCode::kOutcomeUnknown);
  CHECK(desk.poll().at("a").status == OrderStatus::kFilled);
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("an old answer that a close was not there gives the stop no coins that it has sold") {
  Desk desk(features(true, false, true));
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.poll();
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "2"), "a");
  desk.venue->fates[VenueCall::kPlace] = {Fate::kLoseRequest, Fate::kLoseReply};
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kOutcomeUnknown);
  // The poll asks for it, and its answer is slow.
  desk.venue->fates[VenueCall::kOrder] = {Fate::kHoldReply};
  bool is_polled = false;
  desk.exchange->order_updates(
      Permits::fresh(), desk.cursor,
      [&](const Result<OrderUpdates>& polled) { is_polled = polled.has_value(); });
  REQUIRE(desk.venue->late.size() == 1);
  CHECK(*find(*desk.exchange, kBtc, "c") == std::nullopt);
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kOutcomeUnknown);
  CHECK(desk.venue->live_stops() == 0);
  desk.venue->let_late_come();
  CHECK(is_polled);
  CHECK(desk.venue->live_stops() == 0);
  CHECK(desk.events_of("bracket.refused") == 0);
  CHECK(desk.poll().at("c").filled == Quantity::literal("2"));
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest({"as"})->quantity == Quantity::literal("1"));
}

TEST_CASE("of two polls at once the one that looked first does not open again what is over") {
  Desk desk;
  REQUIRE(place(*desk.exchange, limit(desk.entry("a"), "99")).has_value());
  desk.venue->fill("a", "1");
  desk.venue->fates[VenueCall::kExecutions] = {Fate::kHoldReply};
  std::size_t polled = 0;
  desk.exchange->order_updates(Permits::fresh(), desk.cursor,
                               [&](const Result<OrderUpdates>&) { ++polled; });
  REQUIRE(desk.venue->late.size() == 1);
  desk.venue->fill("a", "2");
  const auto told = desk.poll();
  CHECK(told.at("a").status == OrderStatus::kFilled);
  CHECK(told.at("a").fills.size() == 2);
  CHECK(polled == 0);
  desk.venue->let_late_come();
  CHECK(polled == 1);
  desk.venue->calls.clear();
  CHECK_FALSE(desk.poll().contains("a"));
  CHECK(desk.venue->calls[VenueCall::kOrder] == 0);
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest({"as"})->quantity == Quantity::literal("3"));
}

TEST_CASE("coins kept as a fee are not in the stop, and the fee is told in quote currency") {
  Desk desk;
  desk.venue->fee_asset = {"BTC"};
  const auto report = place(*desk.exchange, desk.entry("a"));
  REQUIRE(report.has_value());
  CHECK(report->fills[0].fee == Notional::literal("0.3"));
  CHECK(desk.venue->newest({"as"})->quantity == Quantity::literal("2.997"));
}

TEST_CASE("executions that are read before the instruments have their fees") {
  for (const char* coin : {"USDT", "BTC"}) {
    CAPTURE(coin);
    Desk desk;
    desk.venue->fee_asset = {coin};
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    desk.lists = false;
    desk.start({});
    const auto found = find(*desk.exchange, kBtc, "a");
    REQUIRE(found.has_value());
    REQUIRE(found->has_value());
    REQUIRE((*found)->fills.size() == 1);
    CHECK((*found)->fills[0].fee == Notional::literal("0.3"));
    CHECK(desk.events_of("fee.other_asset") == 0);
  }
}

TEST_CASE("a fee in a third coin is an event with coin and amount, once") {
  Desk desk;
  desk.venue->fee_asset = {"BNB"};
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.poll();
  REQUIRE(desk.events_of("fee.other_asset") == 1);
  CHECK(desk.events[0].second.find("0.3 BNB") != std::string::npos);
}

TEST_CASE("executions that come late are waited for before an order is final") {
  Desk desk;
  desk.venue->fates[VenueCall::kExecutions] = {Fate::kUnavailable};
  const auto report = place(*desk.exchange, desk.entry("a"));
  REQUIRE(report.has_value());
  CHECK(report->fills.empty());
  CHECK_FALSE(is_final(report->status));
  CHECK(desk.venue->live_stops() == 1);  // protected already
  const auto changed = desk.poll();
  CHECK(changed.at("a").status == OrderStatus::kFilled);
  CHECK(changed.at("a").fills.size() == 1);
}

TEST_CASE("executions that the venue has forgotten are asked for at once often, and then seldom") {
  Desk desk;
  desk.venue->fates[VenueCall::kExecutions] = {Fate::kUnavailable};
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  const std::vector<VenueExecution> traded = std::exchange(desk.venue->trades, {});
  const auto asked_in = [&](int polls) {
    desk.venue->calls.clear();
    for (int i = 0; i < polls; ++i) desk.poll();
    return desk.venue->calls[VenueCall::kExecutions];
  };
  CHECK(asked_in(60) == 60);
  CHECK(asked_in(120) == 2);
  desk.venue->trades = traded;
  OrderReport told;
  for (int i = 0; i < 60; ++i)
    if (const auto changed = desk.poll(); changed.contains("a")) told = changed.at("a");
  CHECK(told.status == OrderStatus::kFilled);
  CHECK(told.fills.size() == 1);
  CHECK(asked_in(10) == 0);
}

TEST_CASE("executions of a leg that come late are told, whatever stands in its place by then") {
  for (const bool reusable : {false, true})
    for (const std::string_view part : {"3", "1"})
      for (const int lost : {1, 3}) {
        CAPTURE(reusable);
        CAPTURE(part);
        CAPTURE(lost);
        Desk desk(features(false, true, reusable));
        REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
        desk.poll();
        desk.venue->fates[VenueCall::kExecutions].assign(static_cast<std::size_t>(lost),
                                                         Fate::kLoseReply);
        desk.venue->fill("as", part);
        if (part != "3") desk.venue->cancel_by_hand("as");  // and stands again for the rest
        Quantity told;
        for (int poll = 0; poll < 6; ++poll) {
          const auto changed = desk.poll();
          if (const auto stop = changed.find("as"); stop != changed.end()) {
            told = stop->second.filled;
            if (told.is_zero()) CHECK_FALSE(is_final(stop->second.status));
          }
        }
        CHECK(told == Quantity::literal(part));
        CHECK((**find(*desk.exchange, kBtc, "as")).fills.size() == 1);
        CHECK(desk.venue->live_stops() == (part == "3" ? 0 : 1));
        CHECK(desk.poll().empty());
        desk.venue->calls.clear();
        desk.poll();
        CHECK(desk.venue->calls[VenueCall::kExecutions] == 0);
      }
}

TEST_CASE("an execution that comes late is told after those that were told, whenever it happened") {
  Desk desk;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.poll();
  desk.venue->fates[VenueCall::kExecutions] = {Fate::kLoseReply, Fate::kLoseReply};
  desk.venue->fill("as", "1");
  desk.venue->cancel_by_hand("as");  // and stands again for the rest
  desk.poll();
  desk.venue->fill("asz01", "2");
  const auto second = desk.poll();
  REQUIRE(second.contains("as"));
  CHECK(second.at("as").filled == Quantity::literal("2"));
  CHECK_FALSE(is_final(second.at("as").status));
  const auto third = desk.poll();
  REQUIRE(third.contains("as"));
  CHECK(third.at("as").filled == Quantity::literal("3"));
  CHECK(third.at("as").status == OrderStatus::kFilled);
  REQUIRE(third.at("as").fills.size() == 2);
  CHECK(third.at("as").fills[0] == second.at("as").fills[0]);
  CHECK(third.at("as").fills[1].at < third.at("as").fills[0].at);
}

TEST_CASE("executions beyond what a venue tells by order are looked for by time, now and then") {
  for (const bool is_forgotten : {false, true}) {
    CAPTURE(is_forgotten);
    VenueFeatures given = features(false, true, false);
    given.executions_by_order = Duration{7 * 86'400'000LL};
    Desk desk(given);
    // At every second one the desk hears what time it is there.
    const auto look_twice = [&] {
      for (int look = 0; look < 2; ++look)
        REQUIRE(ask<AccountSnapshot>([&](auto reply) {
                  desk.exchange->account(Permits::fresh(), std::move(reply));
                }).has_value());
    };
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    desk.poll();
    CHECK(desk.venue->looks_by_time == 0);
    // The stop fires, and nobody looks for eight days.
    desk.venue->fill("as", "3");
    if (is_forgotten) desk.venue->trades.clear();
    desk.venue->passed = Duration{8 * 86'400'000LL};
    look_twice();
    const auto first = desk.poll();
    CHECK(desk.venue->looks_by_time == 1);
    if (!is_forgotten) {
      REQUIRE(first.contains("as"));
      CHECK(first.at("as").status == OrderStatus::kFilled);
      CHECK(first.at("as").fills.size() == 1);
      continue;
    }
    for (int poll = 0; poll < 3; ++poll) desk.poll();
    CHECK(desk.venue->looks_by_time == 1);
    desk.venue->passed += Duration{601'000};
    look_twice();
    desk.poll();
    CHECK(desk.venue->looks_by_time == 2);
  }
}

TEST_CASE("an exit is not told while executions of its entry are missing") {
  Desk desk;
  desk.venue->fates[VenueCall::kExecutions] = {Fate::kUnavailable, Fate::kUnavailable};
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  CHECK(entered->fills.empty());
  desk.venue->fill("as", "3");
  const auto first = desk.poll();
  if (const auto stop = first.find("as"); stop != first.end()) {
    CHECK(stop->second.filled.is_zero());
    CHECK(stop->second.fills.empty());
  }
  const auto told = updates(*desk.exchange, desk.cursor);
  REQUIRE(told.has_value());
  CHECK(place_of(*told, "a") >= 0);
  CHECK(place_of(*told, "as") > place_of(*told, "a"));
}

TEST_CASE("an exit is told after its entry, also when the entry changed after it") {
  Desk desk;
  desk.venue->market_fill = Quantity::literal("1");
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.poll();
  // What is unfilled of the entry goes with the stop, a tick later.
  desk.venue->fates[VenueCall::kCancel] = {Fate::kUnavailable};
  desk.venue->fill("as", "1");
  const auto stopped = updates(*desk.exchange, desk.cursor);
  REQUIRE(stopped.has_value());
  CHECK(place_of(*stopped, "as") >= 0);
  CHECK(place_of(*stopped, "a") == -1);
  const auto ended = updates(*desk.exchange, desk.cursor);
  REQUIRE(ended.has_value());
  REQUIRE(place_of(*ended, "a") >= 0);
  CHECK(ended->reports[static_cast<std::size_t>(place_of(*ended, "a"))].status ==
        OrderStatus::kCancelled);
  CHECK(place_of(*ended, "as") > place_of(*ended, "a"));
}

TEST_CASE("a quiet poll is one request, however many positions are open") {
  Desk desk;
  for (int i = 0; i < 20; ++i)
    REQUIRE(place(*desk.exchange, desk.entry("a" + std::to_string(i), "1")).has_value());
  desk.poll();
  desk.venue->calls.clear();
  const int permits = desk.permits;
  desk.poll();
  CHECK(desk.venue->calls[VenueCall::kOpenOrders] == 1);
  CHECK(desk.venue->calls[VenueCall::kOrder] == 0);
  CHECK(desk.venue->calls[VenueCall::kExecutions] == 0);
  CHECK(desk.permits == permits);
}

TEST_CASE("after a restart brackets are asked for, and what is missing is placed") {
  Desk desk;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  OpenBracket known;
  known.parent = {"a"};
  known.group = {"a"};
  known.symbol = kBtc;
  known.entered = known.open = Quantity::literal("3");
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
  known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
  SUBCASE("both stand: nothing is placed") {
    desk.venue->calls.clear();
    desk.start({known});
    CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
    CHECK(desk.venue->live_stops() == 1);
  }
  SUBCASE("the stop was cancelled by hand: it is placed again") {
    desk.venue->cancel_by_hand("as");
    desk.start({known});
    CHECK(desk.venue->live_stops() == 1);
  }
  SUBCASE("nothing is placed or cancelled while own orders are held, and all that is due after") {
    desk.venue->cancel_by_hand("as");
    desk.venue->calls.clear();
    desk.start({known}, {}, OwnOrders::kHeld);
    for (int i = 0; i < 20; ++i) desk.poll();
    CHECK(desk.venue->live_stops() == 0);
    for (const VenueCall call :
         {VenueCall::kPlace, VenueCall::kPlaceBracket, VenueCall::kCancel, VenueCall::kAmend})
      CHECK(desk.venue->calls[call] == 0);
    desk.exchange->set_own_orders(OwnOrders::kLetGo);
    desk.poll();
    CHECK(desk.venue->live_stops() == 1);
  }
  SUBCASE("the stop fired while we were away: its fill is told and its target goes") {
    desk.venue->fill("as", "3");
    desk.cursor = 0;
    desk.start({known});
    const auto told = desk.poll();
    REQUIRE(told.contains("as"));
    CHECK(told.at("as").filled == Quantity::literal("3"));
    CHECK(desk.venue->open().empty());
    CHECK((**find(*desk.exchange, kBtc, "as")).filled == Quantity::literal("3"));
  }
}

TEST_CASE("after a restart a leg's booked fills keep their places, and no later one is lost") {
  for (const bool reusable : {false, true}) {
    CAPTURE(reusable);
    Desk desk(features(false, true, reusable));
    const auto entered = place(*desk.exchange, desk.entry("a"));
    REQUIRE(entered.has_value());
    desk.poll();
    desk.venue->fill("as", "1");
    desk.venue->cancel_by_hand("as");  // and stands again for the rest
    const auto part = desk.poll();
    REQUIRE(part.at("as").fills.size() == 1);
    // The rest goes while nobody listens.
    desk.exchange.reset();
    REQUIRE(desk.venue->newest({"asz01"}) != nullptr);
    desk.venue->fill("asz01", "2");
    const std::vector<Fill> booked{entered->fills[0], part.at("as").fills[0]};
    desk.cursor = 0;
    desk.start({on_record("2", booked)});
    const auto told = desk.poll();
    REQUIRE(told.contains("as"));
    CHECK(told.at("as").status == OrderStatus::kFilled);
    CHECK(told.at("as").filled == Quantity::literal("3"));
    CHECK(ids(told.at("as").fills) ==
          std::vector{booked[1].id.value, desk.venue->trades.back().id.value});
    CHECK(desk.venue->open().empty());
    // Nothing of it was booked when the process ended: both are found.
    desk.cursor = 0;
    desk.start({on_record("3", {booked[0]})});
    CHECK(desk.poll().at("as").fills.size() == 2);
    CHECK(desk.venue->open().empty());
  }
}

// Earlier releases used the id of a filled stop again where the venue allows it.
TEST_CASE("after a restart fills that no id leads to any more are not taken for the newest ones") {
  Desk desk(features(false, true, true));
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  desk.exchange.reset();
  desk.venue->fill("as", "1");
  desk.venue->cancel_by_hand("as");
  Fill hidden = entered->fills[0];
  hidden.id = desk.venue->trades.back().id;
  hidden.order_id = desk.venue->trades.back().order_id;
  hidden.client_id = {"as"};
  hidden.side = OrderSide::kSell;
  hidden.quantity = Quantity::literal("1");
  VenueOrderRequest again;
  again.client_id = {"as"};
  again.symbol = kBtc;
  again.side = OrderSide::kSell;
  again.type = OrderType::kStopMarket;
  again.quantity = Quantity::literal("2");
  again.trigger = Price::literal("90");
  REQUIRE(ask<VenueOrder>([&](auto reply) {
            desk.venue->place(Permits::fresh(), again, reply);
          }).has_value());
  desk.venue->fill("as", "2");
  desk.start({on_record("2", {entered->fills[0], hidden})});
  const auto told = desk.poll();
  REQUIRE(told.contains("as"));
  CHECK(told.at("as").filled == Quantity::literal("3"));
  CHECK(ids(told.at("as").fills) ==
        std::vector{hidden.id.value, desk.venue->trades.back().id.value});
  CHECK(desk.venue->open().empty());
  CHECK(desk.events_of("bracket.refused") == 0);
}

TEST_CASE(
    "an execution that the venue tells otherwise than it is booked is told once, in its place") {
  Desk desk;
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  desk.poll();
  desk.venue->fill("as", "1");
  const auto part = desk.poll();
  REQUIRE(part.at("as").fills.size() == 1);
  Fill booked = part.at("as").fills[0];
  booked.price = Price::literal("99");
  desk.cursor = 0;
  desk.start({on_record("2", {entered->fills[0], booked})});
  const auto told = desk.poll();
  REQUIRE(told.contains("as"));
  CHECK(told.at("as").fills == part.at("as").fills);
  for (int i = 0; i < 3; ++i) desk.poll();
  CHECK(desk.events_of("fill.differs") == 1);
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("after a restart an entry's booked fills come first, earlier ones that were late after") {
  Desk desk;
  desk.venue->market_fill = Quantity::literal("1");
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  desk.exchange.reset();
  desk.venue->fill("a", "1");
  desk.venue->fill("a", "1");
  Fill second = entered->fills[0];
  second.id = desk.venue->trades[1].id;
  second.at = desk.venue->trades[1].at;
  OpenBracket known = on_record("1", {second});
  known.entry_is_final = false;
  desk.cursor = 0;
  desk.start({known});
  const auto told = desk.poll();
  REQUIRE(told.contains("a"));
  CHECK(told.at("a").status == OrderStatus::kFilled);
  CHECK(ids(told.at("a").fills) ==
        std::vector{second.id.value, entered->fills[0].id.value, desk.venue->trades[2].id.value});
  CHECK(desk.venue->live_stops() == 1);
}

// Venues keep executions for a time only. In doubt for ever, nothing could be placed or closed.
TEST_CASE("after a restart records do where the venue has forgotten an entry's executions") {
  Desk desk;
  desk.venue->fee_asset = {"BTC"};
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  REQUIRE(entered->fills.size() == 1);
  CHECK(entered->fills[0].fee_in_coin == Decimal::literal("0.003"));
  desk.exchange.reset();
  desk.venue->trades.clear();
  desk.venue->cancel_by_hand("as");
  desk.cursor = 0;
  desk.start({on_record("3", {entered->fills[0]})});
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  const auto closed =
      place(*desk.exchange, reduce(order("c", kBtc, OrderSide::kSell, "2.997"), "a"));
  REQUIRE(closed.has_value());
  CHECK(closed->filled == Quantity::literal("2.997"));
  CHECK(desk.venue->open().empty());
}

TEST_CASE("a leg that stands although its position is closed is cancelled after a restart") {
  for (const bool ids_reusable : {true, false}) {
    CAPTURE(ids_reusable);
    Desk desk(features(false, true, ids_reusable));
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    // The target took all, and the process ended before the stop was cancelled.
    desk.exchange.reset();
    desk.venue->fill("at", "3");
    REQUIRE(desk.venue->live_stops() == 1);
    OpenBracket closed;
    closed.parent = {"a"};
    closed.group = {"a"};
    closed.symbol = kBtc;
    closed.entered = closed.target_filled = Quantity::literal("3");
    closed.entry_is_final = true;
    closed.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
    closed.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
    std::vector<std::string> asked;
    desk.start({}, [&](const ClientOrderId& id) -> std::optional<OpenBracket> {
      asked.push_back(id.value);
      if (is_of_chain({"as"}, id)) return closed;
      return std::nullopt;
    });
    const std::size_t placed = desk.venue->orders.size();
    for (int looks = 0; looks < 3; ++looks)
      REQUIRE(ask<AccountSnapshot>([&](auto reply) {
                desk.exchange->account(Permits::fresh(), std::move(reply));
              }).has_value());
    CHECK(desk.venue->open().empty());
    CHECK(desk.venue->orders.size() == placed);
    CHECK(asked == std::vector<std::string>{"as"});
    CHECK(desk.events_of("bracket.left_over") == 1);
  }
}

TEST_CASE("an entry that never arrived may be sent after a restart") {
  Desk desk;
  OpenBracket sent;
  sent.parent = {"a"};
  sent.group = {"a"};
  sent.symbol = kBtc;
  sent.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
  desk.start({sent});
  CHECK_FALSE((*find(*desk.exchange, kBtc, "a")).has_value());
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  CHECK(desk.venue->live_stops() == 1);
}

TEST_CASE("an entry that a forgotten life has sent is one of ours once it is found, its stop too") {
  for (const bool reusable : {true, false}) {
    CAPTURE(reusable);
    for (const std::string_view stop : {"stands", "is gone", "has fired"}) {
      CAPTURE(stop);
      Desk desk(features(false, true, reusable));
      REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
      if (stop == "is gone") desk.venue->cancel_by_hand("as");
      if (stop == "has fired") desk.venue->fill("as", "3");
      desk.cursor = 0;
      desk.start({});
      desk.exchange->note_repeat(desk.entry("a"));
      const auto found = find(*desk.exchange, kBtc, "a");
      REQUIRE(found.has_value());
      REQUIRE(found->has_value());
      CHECK((*found)->filled == Quantity::literal("3"));
      desk.poll();
      CHECK(desk.venue->live_stops() == (stop == "has fired" ? 0 : 1));
      if (stop == "is gone") continue;  // its successor may have another id
      if (stop == "stands") desk.venue->fill("as", "3");
      desk.poll();
      CHECK((**find(*desk.exchange, kBtc, "as")).filled == Quantity::literal("3"));
      CHECK(desk.venue->open().empty());
    }
  }
}

TEST_CASE("an order that no forgotten life has sent is sent after the question, as ever") {
  Desk desk;
  desk.exchange->note_repeat(desk.entry("a"));
  // It is not there yet, as far as is known: nobody asks for its legs.
  desk.poll();
  CHECK(desk.venue->calls[VenueCall::kOrder] == 0);
  CHECK_FALSE((*find(*desk.exchange, kBtc, "a")).has_value());
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  CHECK(desk.venue->live_stops() == 1);
  const OrderRequest more = enlarging("b", "a", "1");
  desk.exchange->note_repeat(more);
  CHECK_FALSE((*find(*desk.exchange, kBtc, "b")).has_value());
  REQUIRE(place(*desk.exchange, more).has_value());
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "4"), "a");
  desk.exchange->note_repeat(close);
  CHECK_FALSE((*find(*desk.exchange, kBtc, "c")).has_value());
  desk.poll();
  CHECK(desk.venue->live_stops() == 1);
  const auto closed = place(*desk.exchange, close);
  REQUIRE(closed.has_value());
  CHECK(closed->filled == Quantity::literal("4"));
  CHECK(desk.venue->open().empty());
}

TEST_CASE("a close that a forgotten life has sent leaves nothing to be stopped") {
  Desk desk(features(true, false, true));
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "3"), "a");
  REQUIRE(place(*desk.exchange, close).has_value());
  OpenBracket known;
  known.parent = {"a"};
  known.group = {"a"};
  known.symbol = kBtc;
  known.entered = known.open = Quantity::literal("3");
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
  known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
  desk.cursor = 0;
  desk.start({known}, {}, OwnOrders::kHeld);
  desk.venue->calls.clear();
  desk.exchange->note_repeat(close);
  desk.exchange->set_own_orders(OwnOrders::kLetGo);
  const auto found = find(*desk.exchange, kBtc, "c");
  REQUIRE(found.has_value());
  REQUIRE(found->has_value());
  CHECK((*found)->filled == Quantity::literal("3"));
  desk.poll();
  CHECK(desk.venue->open().empty());
  CHECK(desk.venue->calls[VenueCall::kPlaceBracket] == 0);
  CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
}

// The process died when its close was on the way: legs that stood at once would sell once more what
// the close has sold.
TEST_CASE("after a restart no leg stands before a close that was under way is known") {
  for (const bool arrived : {true, false}) {
    CAPTURE(arrived);
    Desk desk(features(true, false, true));
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    OrderRequest close = order("c", kBtc, OrderSide::kSell, "3");
    close.group = {"a"};
    close.effect = OrderEffect::kReduceOnly;
    desk.venue->fates[VenueCall::kPlace] = {arrived ? Fate::kLoseReply : Fate::kLoseRequest};
    CHECK_FALSE(place(*desk.exchange, close).has_value());
    OpenBracket known;
    known.parent = {"a"};
    known.group = {"a"};
    known.symbol = kBtc;
    known.entered = known.open = Quantity::literal("3");
    known.entry_is_final = true;
    known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
    known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
    known.closes = {{{"c"}, {}}};
    desk.cursor = 0;
    desk.venue->calls.clear();
    desk.start({known});
    // Until something is known of the close.
    CHECK(desk.venue->live_stops() == 0);
    CHECK(desk.venue->calls[VenueCall::kPlaceBracket] == 0);
    const auto told = desk.poll();
    if (arrived) {
      CHECK(desk.venue->calls[VenueCall::kPlaceBracket] == 0);
      REQUIRE(told.contains("c"));
      CHECK(told.at("c").filled == Quantity::literal("3"));
      CHECK(told.at("c").status == OrderStatus::kFilled);
    } else {
      CHECK(desk.venue->live_stops() == 1);
      REQUIRE(place(*desk.exchange, close).has_value());
    }
    desk.poll();
    CHECK(desk.venue->open().empty());
  }
}

TEST_CASE("after a restart a close with fills on record is not sent again, and told whole") {
  Desk desk;
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  const OrderRequest close = limit(reduce(order("c", kBtc, OrderSide::kSell, "2"), "a"), "110");
  REQUIRE(place(*desk.exchange, close).has_value());
  desk.venue->fill("c", "1");
  const auto part = desk.poll();
  REQUIRE(part.at("c").fills.size() == 1);
  desk.exchange.reset();
  desk.venue->fill("c", "1");
  OpenBracket known = on_record("2", {entered->fills[0]});
  known.booked.push_back(part.at("c").fills[0]);
  known.closes = {{{"c"}, Quantity::literal("1")}};
  desk.cursor = 0;
  desk.start({known});
  CHECK(desk.venue->live_stops() == 0);
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kAlreadyExists);
  const auto told = desk.poll();
  REQUIRE(told.contains("c"));
  CHECK(told.at("c").status == OrderStatus::kFilled);
  CHECK(ids(told.at("c").fills) ==
        std::vector{part.at("c").fills[0].id.value, desk.venue->trades.back().id.value});
  CHECK(desk.venue->live_stops() == 1);
  for (const VenueOrder& standing : desk.venue->open())
    CHECK(standing.quantity == Quantity::literal("1"));
}

TEST_CASE("after a restart what is to be closed is asked for before all others in doubt") {
  Desk desk;
  std::vector<OpenBracket> known;
  for (int i = 0; i < 8; ++i) {
    const std::string id = "a" + std::to_string(i);
    REQUIRE(place(*desk.exchange, desk.entry(id, "1")).has_value());
    OpenBracket one;
    one.parent = {id};
    one.group = {id};
    one.symbol = kBtc;
    one.entered = one.open = Quantity::literal("1");
    one.entry_is_final = true;
    one.stop_loss = AttachedOrder{{id + "s"}, Price::literal("90")};
    one.take_profit = AttachedOrder{{id + "t"}, Price::literal("120")};
    known.push_back(std::move(one));
  }
  desk.start(known);
  const OrderRequest close = reduce(order("c", kBtc, OrderSide::kSell, "1"), "a7");
  CHECK(place(*desk.exchange, close).error().code == ErrorCode::kUnavailable);
  const auto closed = place(*desk.exchange, close);
  REQUIRE(closed.has_value());
  CHECK(closed->filled == Quantity::literal("1"));
}

// Without an end its bot could never close again, and on spot nothing would protect the rest.
TEST_CASE("a close with fills on record that the venue has forgotten is over after some polls") {
  Desk desk;
  const auto entered = place(*desk.exchange, desk.entry("a"));
  REQUIRE(entered.has_value());
  const OrderRequest close = limit(reduce(order("c", kBtc, OrderSide::kSell, "2"), "a"), "110");
  REQUIRE(place(*desk.exchange, close).has_value());
  desk.venue->fill("c", "1");
  const auto part = desk.poll();
  REQUIRE(part.at("c").fills.size() == 1);
  desk.exchange.reset();
  std::erase_if(desk.venue->orders, [](const VenueOrder& o) { return o.client_id.value == "c"; });
  OpenBracket known = on_record("2", {entered->fills[0]});
  known.booked.push_back(part.at("c").fills[0]);
  known.closes = {{{"c"}, Quantity::literal("1")}};
  desk.cursor = 0;
  desk.start({known});
  std::optional<OrderReport> told;
  int polls = 0;
  for (; polls < 100 && (!told || !is_final(told->status)); ++polls)
    if (const auto changed = desk.poll(); changed.contains("c")) told = changed.at("c");
  CHECK(polls > 30);
  REQUIRE(told.has_value());
  CHECK(told->status == OrderStatus::kCancelled);
  CHECK(told->filled == Quantity::literal("1"));
  CHECK(desk.events_of("order.forgotten") == 1);
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest(chained_id({"as"}, 1))->quantity == Quantity::literal("2"));
}

TEST_CASE("an order that is nobody's is looked up once and left alone") {
  Desk desk;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  int asked = 0;
  desk.start({}, [&](const ClientOrderId&) {
    ++asked;
    return std::optional<OpenBracket>{};
  });
  for (int looks = 0; looks < 3; ++looks)
    REQUIRE(ask<AccountSnapshot>([&](auto reply) {
              desk.exchange->account(Permits::fresh(), std::move(reply));
            }).has_value());
  CHECK(asked == 2);
  CHECK(desk.venue->open().size() == 2);
}

TEST_CASE(
    "after a restart a stop stands for the coins that the venue left, not for those recorded") {
  for (const bool pair : {false, true}) {
    CAPTURE(pair);
    Desk desk(features(pair, false, pair));
    desk.venue->fee_asset = {"BTC"};
    REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
    OpenBracket known;
    known.parent = {"a"};
    known.group = {"a"};
    known.symbol = kBtc;
    known.entered = known.open = Quantity::literal("3");
    known.entry_is_final = true;
    known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
    known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
    desk.venue->calls.clear();
    desk.start({known});
    desk.poll();
    CHECK(desk.venue->calls[VenueCall::kCancel] == 0);
    CHECK(desk.venue->calls[VenueCall::kPlace] == 0);
    CHECK(desk.venue->live_stops() == 1);
    CHECK(desk.events_of("bracket.refused") == 0);
    const auto close = place(*desk.exchange, reduce(order("c", kBtc, OrderSide::kSell, "3"), "a"));
    REQUIRE(close.has_value());
    CHECK(close->filled == Quantity::literal("2.997"));
    CHECK(desk.venue->open().empty());
  }
}

TEST_CASE("where more stops fire than there is room to ask about, each has its turn") {
  Desk desk;
  for (int i = 10; i < 40; ++i) {
    const std::string id = "p" + std::to_string(i);
    const OrderRequest entry = order(id, kBtc, OrderSide::kBuy, "3");
    REQUIRE(place(*desk.exchange, with_stop(entry, "90")).has_value());
  }
  desk.poll();
  desk.venue->fill("p39s", "3");
  desk.room = 0;
  desk.poll();
  bool is_told = false;
  for (int i = 10; i < 30 && !is_told; i += 2) {
    desk.venue->fill("p" + std::to_string(i) + "s", "3");
    desk.venue->fill("p" + std::to_string(i + 1) + "s", "3");
    desk.room = 2;
    const auto told = desk.poll();
    is_told = told.contains("p39s") && !told.at("p39s").fills.empty();
  }
  CHECK(is_told);
}

TEST_CASE("after a restart with many positions and little room all are known after some polls") {
  Desk desk;
  std::vector<OpenBracket> open;
  for (int i = 10; i < 40; ++i) {
    const std::string id = "p" + std::to_string(i);
    REQUIRE(place(*desk.exchange, desk.entry(id)).has_value());
    OpenBracket& known = open.emplace_back();
    known.parent = {id};
    known.group = {id};
    known.symbol = kBtc;
    known.entered = known.open = Quantity::literal("3");
    known.entry_is_final = true;
    known.stop_loss = AttachedOrder{{id + "s"}, Price::literal("90")};
    known.take_profit = AttachedOrder{{id + "t"}, Price::literal("120")};
  }
  desk.room = 0;
  desk.cursor = 0;
  desk.start(open);
  std::set<std::string> told;
  for (int i = 0; i < 60; ++i) {
    desk.room = 20;
    for (const auto& [id, report] : desk.poll())
      if (!report.fills.empty()) told.insert(id);
  }
  CHECK(told.size() == open.size());
  CHECK(desk.venue->live_stops() == open.size());
}

TEST_CASE(
    "a clock that is off by more than half a second is told once, and once when it is right "
    "again") {
  Desk desk;
  CHECK(desk.events_of("clock.offset") == 0);
  desk.venue->offset = Duration{-700};
  for (int i = 0; i < 100; ++i) desk.poll();
  REQUIRE(desk.events_of("clock.offset") == 1);
  CHECK(desk.events[0].second.find("700 ms behind") != std::string::npos);
  CHECK(desk.exchange->clock_offset() == Duration{-700});
  desk.venue->offset = Duration{400};  // between the two levels: neither worse nor well
  for (int i = 0; i < 100; ++i) desk.poll();
  CHECK(desk.events_of("clock.normal") == 0);
  desk.venue->offset = Duration{250};
  for (int i = 0; i < 100; ++i) desk.poll();
  CHECK(desk.events_of("clock.normal") == 1);
  CHECK(desk.events_of("clock.offset") == 1);
}

TEST_CASE("from where on a clock is off can be said anew") {
  Desk desk;
  desk.venue->offset = Duration{-700};
  desk.exchange->set_clock_alert({1'000, 500});
  for (int i = 0; i < 100; ++i) desk.poll();
  CHECK(desk.events_of("clock.offset") == 0);
  desk.exchange->set_clock_alert({600, 500});
  for (int i = 0; i < 100; ++i) desk.poll();
  CHECK(desk.events_of("clock.offset") == 1);
}

TEST_CASE("an entry whose stop or target would find no room is refused before it is sent") {
  Desk desk;
  desk.venue->listed[0].max_conditional_orders = 5;
  REQUIRE(instruments(*desk.exchange).has_value());
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  REQUIRE(place(*desk.exchange, desk.entry("b")).has_value());
  const int sent = desk.venue->calls[VenueCall::kPlace];
  const auto refused = place(*desk.exchange, desk.entry("c"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::kNotSent);
  CHECK(refused.error().message.find("4 of its 5 orders that wait for a trigger are taken") !=
        std::string::npos);
  CHECK(desk.venue->calls[VenueCall::kPlace] == sent);
  const auto stop_alone = [](const std::string& id) {
    return with_stop(order(id, kBtc, OrderSide::kBuy, "3"), "90");
  };
  CHECK(place(*desk.exchange, stop_alone("d")).has_value());
  CHECK_FALSE(place(*desk.exchange, stop_alone("e")).has_value());
  // Neither what needs no stop, nor what enlarges a position, nor a close.
  CHECK(place(*desk.exchange, order("f", kBtc, OrderSide::kBuy, "3")).has_value());
  CHECK(place(*desk.exchange, enlarging("g", "b", "1")).has_value());
  CHECK(place(*desk.exchange, reduce(order("h", kBtc, OrderSide::kSell, "3"), "a")).has_value());
  CHECK(place(*desk.exchange, desk.entry("i")).has_value());
  CHECK(desk.venue->live_stops() == 3);
  CHECK(desk.events_of("bracket.refused") == 0);
}

TEST_CASE("what is on its way keeps room for its stop and target, and what was refused does not") {
  Desk desk;
  desk.venue->listed[0].max_conditional_orders = 2;
  REQUIRE(instruments(*desk.exchange).has_value());
  desk.venue->fates[VenueCall::kPlace] = {Fate::kReject, Fate::kHoldReply};
  CHECK_FALSE(place(*desk.exchange, desk.entry("a")).has_value());
  bool is_placed = false;
  desk.exchange->place(Permits::fresh(), desk.entry("b"),
                       [&](const Result<OrderReport>& placed) { is_placed = placed.has_value(); });
  REQUIRE(desk.venue->late.size() == 1);
  CHECK(place(*desk.exchange, desk.entry("c")).error().code == ErrorCode::kNotSent);
  desk.venue->let_late_come();
  CHECK(is_placed);
  CHECK(desk.venue->live_stops() == 1);
  CHECK(desk.venue->newest({"c"}) == nullptr);
}

TEST_CASE("an entry that rests takes room as well, beside its stop and target") {
  Desk desk;
  desk.venue->listed[0].max_orders = 3;
  REQUIRE(instruments(*desk.exchange).has_value());
  REQUIRE(place(*desk.exchange, limit(desk.entry("a"), "95")).has_value());
  const auto refused = place(*desk.exchange, limit(desk.entry("b"), "95"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("3 of its 3 orders are taken") != std::string::npos);
  REQUIRE(cancel(*desk.exchange, kBtc, "a").has_value());
  CHECK(place(*desk.exchange, limit(desk.entry("b"), "95")).has_value());
}

TEST_CASE("what others have in a symbol takes room, as long as it stands") {
  Desk desk;
  desk.venue->listed[0].max_conditional_orders = 5;
  REQUIRE(instruments(*desk.exchange).has_value());
  for (const char* id : {"mine", "yours"}) {
    VenueOrder& stranger = desk.venue->orders.emplace_back();
    stranger.client_id = {id};
    stranger.order_id = {id};
    stranger.symbol = kBtc;
    stranger.side = OrderSide::kSell;
    stranger.type = OrderType::kTakeProfitMarket;
    stranger.quantity = Quantity::literal("1");
    stranger.trigger = Price::literal("130");
  }
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  CHECK(desk.standing[kBtc].orders.conditional == 2);
  desk.poll();
  CHECK(desk.standing[kBtc].orders.conditional == 4);
  const auto refused = place(*desk.exchange, desk.entry("b"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("4 of its 5 orders") != std::string::npos);
  desk.venue->cancel_by_hand("mine");
  desk.poll();
  CHECK(desk.standing[kBtc].orders.conditional == 3);
  CHECK(place(*desk.exchange, desk.entry("b")).has_value());
}

TEST_CASE(
    "what stands in a symbol is told while an entry is on its way, and no more when it ended") {
  Desk desk;
  desk.venue->fates[VenueCall::kPlace] = {Fate::kHoldReply, Fate::kReject};
  desk.exchange->place(Permits::fresh(), desk.entry("a"), [](const Result<OrderReport>&) {});
  REQUIRE(desk.standing.contains(kBtc));
  CHECK(desk.standing[kBtc].orders == OrderCount{2, 1});
  CHECK(desk.standing[kBtc].long_by.value == "a");
  CHECK(desk.standing[kBtc].entries == std::vector<ClientOrderId>{{"a"}});
  CHECK_FALSE(place(*desk.exchange, desk.entry("b")).has_value());
  CHECK(desk.standing[kBtc].orders == OrderCount{2, 1});
  desk.venue->let_late_come();
  CHECK(desk.standing[kBtc].orders == OrderCount{2, 0});
  // Whoever hears of the close finds nothing in the way.
  bool is_free = false;
  desk.exchange->place(Permits::fresh(), reduce(order("x", kBtc, OrderSide::kSell, "3"), "a"),
                       [&](const Result<OrderReport>& closed) {
                         is_free = closed.has_value() && desk.standing[kBtc].long_by.empty();
                       });
  CHECK(is_free);
  CHECK(desk.standing[kBtc].entries.empty());
}

TEST_CASE("what an earlier process left standing is told to the next one before it asks") {
  Desk desk;
  REQUIRE(place(*desk.exchange, desk.entry("a")).has_value());
  desk.standing.clear();
  desk.start({on_record("3", {})});
  CHECK(desk.standing[kBtc].orders.conditional == 2);
  CHECK(desk.standing[kBtc].long_by.value == "a");
}

TEST_CASE("changed filters and delisted symbols are told") {
  Desk desk;
  desk.venue->listed[0].lot = Quantity::literal("0.01");
  REQUIRE(instruments(*desk.exchange).has_value());
  CHECK(desk.events_of("instrument.changed") == 1);
  desk.venue->listed.clear();
  REQUIRE(instruments(*desk.exchange).has_value());
  CHECK(desk.events_of("instrument.gone") == 1);
}

TEST_CASE("polls take no more than a quarter of any window, whatever stands at the venue") {
  const ManualClock clock({});
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBybitLinear,
                               VenueKind::kBinanceSpot, VenueKind::kBinanceUsdm}) {
    CAPTURE(static_cast<int>(kind));
    VenueOptions options;
    options.kind = kind;
    const auto api = open_venue(std::move(options), clock);
    for (const std::size_t orders : {2U, 49U, 50U, 600U, 3'000U}) {
      CAPTURE(orders);
      const std::size_t symbols = orders / 2;
      const Duration interval = poll_interval_for(*api, symbols, orders);
      const std::uint32_t page = api->features().open_orders_page;
      const std::int64_t lists = api->conditional_orders() == nullptr ? 1 : 2;
      const auto pages = static_cast<std::int64_t>(page == 0 ? 1 : orders / page + 1);
      const auto by_symbol = static_cast<std::int64_t>(symbols) + pages - 1;
      const std::int64_t weight =
          lists * std::min(api->cost(VenueCall::kOpenOrders, 0).weight * pages,
                           api->cost(VenueCall::kOpenOrders, 1).weight * by_symbol);
      for (const LimitWindow& window : api->limits())
        if (window.kind == LimitKind::kRequestWeight)
          CHECK(weight * window.length.count() * 4 <=
                interval.count() * window.limit + window.limit);
    }
  }
}

}  // namespace botbox::exchange::testing
