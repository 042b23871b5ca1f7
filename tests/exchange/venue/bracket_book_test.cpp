// What must stand at the venue for a position, as a table of single cases and as a property over
// venues that lose, delay and refuse.
#include "exchange/venue/bracket_book.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

namespace botbox::exchange {
namespace {

using Kind = BracketRequestKind;

const ClientOrderId kParent{"parent"};
const ClientOrderId kStop{"stop"};
const ClientOrderId kTarget{"target"};
const Symbol kSymbol{"BTC/USDT"};

Quantity q(std::string_view text) { return Quantity::literal(text); }

OrderRequest entry(bool with_target = true) {
  OrderRequest order;
  order.client_id = kParent;
  order.symbol = kSymbol;
  order.quantity = q("10");
  order.group = {"parent"};
  order.stop_loss = AttachedOrder{kStop, Price::literal("90")};
  if (with_target) order.take_profit = AttachedOrder{kTarget, Price::literal("120")};
  return order;
}

// The only request that is due; answered by the caller.
BracketRequest only(BracketBook& book) {
  const auto due = book.take();
  REQUIRE(due.size() == 1);
  return due[0];
}

// Answers a placing, amending or cancelling as a venue that does as it is told.
void obey(BracketBook& book, const BracketRequest& request) {
  switch (request.kind) {
    case Kind::kPlacePair:
      book.on_leg(request.target_client_id, OrderStatus::kNew, request.quantity, {});
      [[fallthrough]];
    case Kind::kPlace:
    case Kind::kAmend:
      book.on_leg(request.client_id, OrderStatus::kNew, request.quantity, {}, request.trigger);
      break;
    case Kind::kCancel:
      book.on_leg(request.client_id, OrderStatus::kCancelled, request.quantity, {});
      break;
    default: break;
  }
  book.on_answered(request);
}

void obey_all(BracketBook& book) {
  for (auto due = book.take(); !due.empty(); due = book.take())
    for (const BracketRequest& request : due) obey(book, request);
}

// Not found so often that it counts as lost.
void lose(BracketBook& book, const ClientOrderId& id) {
  for (std::uint32_t tick = 1; tick < BracketRules{}.lost_ticks; ++tick) {
    book.on_leg_missing(id);
    book.tick();
  }
  book.on_leg_missing(id);
}

// The lost stop is placed under its own id at each tick, and is not found when it is asked for.
void place_in_vain(BracketBook& book, int ticks,
                   void (BracketBook::*refused)(const BracketRequest&)) {
  for (int tick = 0; tick < ticks; ++tick) {
    const BracketRequest twin = only(book);
    CHECK(twin.kind == Kind::kPlace);
    CHECK(twin.client_id == kStop);
    (book.*refused)(twin);
    book.on_answered(twin);
    const BracketRequest ask = only(book);
    CHECK(ask.kind == Kind::kAsk);
    book.on_leg_missing(kStop);
    book.on_answered(ask);
    CHECK(book.take().empty());
    book.tick();
  }
}

TEST_CASE("orders of a symbol count while they stand or may come to stand") {
  BracketBook book({.can_amend = true});
  book.open(entry(), q("0.001"));
  CHECK(book.standing_of(kSymbol).orders == OrderCount{2, 1});
  CHECK(book.standing_of({"ETH/USDT"}).orders == OrderCount{});
  book.on_entry(kParent, q("10"), {}, true);
  CHECK(book.standing_of(kSymbol).orders == OrderCount{2, 0});
  obey_all(book);
  book.on_exit(kParent, {"close"}, q("10"));
  CHECK(book.standing_of(kSymbol).orders == OrderCount{2, 0});
  obey(book, only(book));
  CHECK(book.standing_of(kSymbol).orders == OrderCount{1, 0});
  obey_all(book);
  CHECK(book.standing_of(kSymbol).orders == OrderCount{});
}

TEST_CASE("a symbol is held by its brackets from the entry on until nothing is open") {
  BracketBook book({.can_amend = true});
  CHECK(book.take_changed().empty());
  book.open(entry(), q("0.001"));
  CHECK(book.take_changed() == std::set<Symbol>{kSymbol});
  CHECK(book.take_changed().empty());
  const SymbolStanding held = book.standing_of(kSymbol);
  CHECK(held.entries == std::vector<ClientOrderId>{kParent});
  CHECK((held.long_by == kParent || held.short_by == kParent));
  CHECK((held.long_by.empty() || held.short_by.empty()));
  book.on_entry(kParent, q("10"), {}, true);
  CHECK(book.take_changed() == std::set<Symbol>{kSymbol});
  CHECK(book.standing_of(kSymbol).entries == held.entries);
  book.on_exit(kParent, {"close"}, q("10"));
  CHECK(book.take_changed() == std::set<Symbol>{kSymbol});
  CHECK(book.standing_of(kSymbol).entries.empty());
  CHECK(book.standing_of(kSymbol).long_by.empty());
  CHECK(book.standing_of(kSymbol).short_by.empty());
  book.drop(kParent);
  CHECK(book.take_changed() == std::set<Symbol>{kSymbol});
}

TEST_CASE("nothing stands before the first fill, the stop comes first, then the target") {
  BracketBook book({.can_amend = true});
  book.open(entry(), q("0.001"));
  CHECK(book.take().empty());
  book.on_entry(kParent, q("4"), {}, false);
  CHECK(book.is_busy(kParent));
  const BracketRequest stop = only(book);
  CHECK(stop.kind == Kind::kPlace);
  CHECK(stop.client_id == kStop);
  CHECK(stop.side == OrderSide::kSell);
  CHECK(stop.quantity == q("4"));
  CHECK(stop.trigger == Price::literal("90"));
  CHECK(book.take().empty());  // one at a time
  obey(book, stop);
  const BracketRequest target = only(book);
  CHECK(target.client_id == kTarget);
  CHECK(target.trigger == Price::literal("120"));
  obey(book, target);
  CHECK_FALSE(book.is_busy(kParent));
}

TEST_CASE("the stops of all positions go before the target of any") {
  BracketBook book({.can_amend = true});
  book.open(entry(), q("0.001"));
  book.on_entry(kParent, q("4"), {}, true);
  obey(book, only(book));
  OrderRequest next = entry(false);
  next.client_id = {"parent2"};
  next.group = {"parent2"};
  next.stop_loss = AttachedOrder{{"stop2"}, Price::literal("90")};
  book.open(next, q("0.001"));
  book.on_entry({"parent2"}, q("4"), {}, true);
  const auto due = book.take();
  REQUIRE(due.size() == 2);
  CHECK(due[0].client_id.value == "stop2");
  CHECK(due[1].client_id == kTarget);
}

TEST_CASE("the stop that was denied a permit comes before those that were not") {
  BracketBook book({.can_amend = true});
  book.open(entry(false), q("0.001"));
  OrderRequest next = entry(false);
  next.client_id = {"parent2"};
  next.group = {"parent2"};
  next.stop_loss = AttachedOrder{{"stop2"}, Price::literal("90")};
  book.open(next, q("0.001"));
  book.on_entry({"parent2"}, q("4"), {}, true);
  const BracketRequest denied = only(book);
  CHECK(denied.client_id.value == "stop2");
  book.on_unsent(denied);
  book.on_answered(denied);
  CHECK(book.take().empty());
  book.on_entry(kParent, q("4"), {}, true);
  book.tick();
  const auto due = book.take();
  REQUIRE(due.size() == 2);
  CHECK(due[0].client_id.value == "stop2");
  CHECK(due[1].client_id == kStop);
}

TEST_CASE("an entry that grows grows its stop: amended, or cancelled and placed anew") {
  for (const bool amend : {true, false}) {
    CAPTURE(amend);
    BracketBook book({.can_amend = amend, .ids_reusable = false});
    book.open(entry(false), q("0.001"));
    book.on_entry(kParent, q("4"), {}, false);
    obey_all(book);
    book.on_entry(kParent, q("10"), {}, true);
    const BracketRequest change = only(book);
    CHECK(change.kind == (amend ? Kind::kAmend : Kind::kCancel));
    obey(book, change);
    if (!amend) {
      const BracketRequest again = only(book);
      CHECK(again.kind == Kind::kPlace);
      CHECK(again.client_id == chained_id(kStop, 1));
      CHECK(again.quantity == q("10"));
      obey(book, again);
    }
    CHECK(book.leg(kStop)->quantity == q("10"));
    CHECK_FALSE(book.is_busy(kParent));
  }
}

TEST_CASE("a stop that is moved is amended, or cancelled and placed anew, and only tightens") {
  for (const bool amend : {true, false}) {
    CAPTURE(amend);
    BracketBook book({.can_amend = amend, .ids_reusable = false});
    book.open(entry(false), q("0.001"));
    book.on_entry(kParent, q("4"), {}, true);
    obey_all(book);
    book.move_stop(kParent, Price::literal("90"));
    book.move_stop(kParent, Price::literal("89.5"));
    CHECK(book.take().empty());
    book.move_stop(kParent, Price::literal("95"));
    const BracketRequest change = only(book);
    CHECK(change.kind == (amend ? Kind::kAmend : Kind::kCancel));
    CHECK(change.moves == amend);
    obey(book, change);
    if (!amend) {
      const BracketRequest again = only(book);
      CHECK(again.client_id == chained_id(kStop, 1));
      CHECK(again.trigger == Price::literal("95"));
      obey(book, again);
    }
    CHECK(book.leg(kStop)->stands_at == Price::literal("95"));
    CHECK_FALSE(book.is_busy(kParent));
  }
}

TEST_CASE("a place that the venue refuses is given up for the one where the stop stood") {
  BracketBook book({.can_amend = false, .ids_reusable = true});
  book.open(entry(false), q("0.001"));
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  book.move_stop(kParent, Price::literal("99"));
  obey(book, only(book));  // cancelled
  const BracketRequest refused = only(book);
  book.on_refused(refused, "would trigger at once");
  book.on_answered(refused);
  const auto events = book.take_events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == "bracket.not_moved");
  const BracketRequest again = only(book);
  CHECK(again.trigger == Price::literal("90"));
  obey(book, again);
  CHECK(book.leg(kStop)->state == BracketBook::Leg::State::kStanding);
  CHECK_FALSE(book.is_busy(kParent));
}

TEST_CASE("a stop that somebody else has moved is told and moved back, from each place once") {
  for (const bool amend : {true, false}) {
    CAPTURE(amend);
    BracketBook book({.can_amend = amend, .ids_reusable = true});
    book.open(entry(false), q("0.001"));
    book.on_entry(kParent, q("4"), {}, true);
    obey_all(book);
    const auto seen_at = [&](std::string_view place) {
      book.on_leg(kStop, OrderStatus::kNew, q("4"), {}, Price::literal(place));
      book.tick();
    };
    // An answer from before a move of ours is followed by another one.
    seen_at("80");
    seen_at("90");
    CHECK(book.take().empty());
    seen_at("80");
    CHECK(book.take().empty());
    seen_at("80");
    const auto events = book.take_events();
    REQUIRE(events.size() == 1);
    CHECK(events[0].kind == "bracket.displaced");
    const BracketRequest change = only(book);
    CHECK(change.kind == (amend ? Kind::kAmend : Kind::kCancel));
    CHECK(change.trigger == Price::literal("90"));
    obey(book, change);
    obey_all(book);
    CHECK(book.leg(kStop)->stands_at == Price::literal("90"));
    for (int i = 0; i < 5; ++i) seen_at("80");
    CHECK(book.take().empty());
    for (int i = 0; i < 2; ++i) seen_at("85");
    CHECK(only(book).trigger == Price::literal("90"));
  }
}

TEST_CASE("a stop that somebody moves for ever is moved back ever more seldom") {
  BracketBook book({.can_amend = true});
  book.open(entry(false), q("0.001"));
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  int changes = 0;
  for (int tick = 0; tick < 600; ++tick) {
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {}, Price::literal(std::to_string(100 + tick)));
    book.tick();
    for (const BracketRequest& change : book.take()) {
      CHECK(change.trigger == Price::literal("90"));
      obey(book, change);
      ++changes;
    }
  }
  CHECK(changes > 5);
  CHECK(changes < 20);
}

TEST_CASE("a displaced stop that the venue refuses at its place stands again where it was") {
  BracketBook book({.can_amend = false, .ids_reusable = true});
  book.open(entry(false), q("0.001"));
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  for (int i = 0; i < 2; ++i) {
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {}, Price::literal("80"));
    book.tick();
  }
  obey(book, only(book));  // cancelled
  const BracketRequest refused = only(book);
  CHECK(refused.trigger == Price::literal("90"));
  book.on_refused(refused, "would trigger at once");
  book.on_answered(refused);
  const BracketRequest again = only(book);
  CHECK(again.trigger == Price::literal("80"));
  obey(book, again);
  CHECK(book.leg(kStop)->state == BracketBook::Leg::State::kStanding);
  CHECK_FALSE(book.is_busy(kParent));
}

TEST_CASE("a place of which the venue makes another is tried once a tick, and after a while left") {
  BracketBook book({.can_amend = true, .attempts_max = 3});
  book.open(entry(false), q("0.001"));
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  book.move_stop(kParent, Price::literal("95.1"));
  for (int tries = 0; tries < 3; ++tries) {
    const BracketRequest change = only(book);
    CHECK(change.kind == Kind::kAmend);
    CHECK(change.moves);
    book.on_unknown(change);  // acknowledged, which is not done
    book.on_answered(change);
    const BracketRequest question = only(book);
    CHECK(question.kind == Kind::kAsk);
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {}, Price::literal("95"));
    book.on_answered(question);
    CHECK(book.take().empty());
    CHECK_FALSE(book.is_busy(kParent));
    book.tick();
  }
  const auto events = book.take_events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == "bracket.not_moved");
  for (int i = 0; i < 5; ++i) {
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {}, Price::literal("95"));
    book.tick();
    CHECK(book.take().empty());
  }
  // Another place is another try.
  book.move_stop(kParent, Price::literal("96"));
  CHECK(only(book).trigger == Price::literal("96"));
}

TEST_CASE("coins that the venue kept as a fee are not in the stop, which is on the lot") {
  BracketBook book({});
  book.open(entry(false), q("0.01"));
  book.on_entry(kParent, q("10"), q("0.0137"), true);
  CHECK(only(book).quantity == q("9.98"));
}

TEST_CASE("a stop that fires takes its target and what is unfilled of the entry with it") {
  BracketBook book({.can_amend = true});
  book.open(entry(), {});
  book.on_entry(kParent, q("4"), {}, false);
  obey_all(book);
  book.on_leg(kStop, OrderStatus::kFilled, q("4"), q("4"));
  std::vector<Kind> kinds;
  for (auto due = book.take(); !due.empty(); due = book.take())
    for (const BracketRequest& request : due) {
      kinds.push_back(request.kind);
      obey(book, request);
    }
  CHECK(kinds == std::vector<Kind>{Kind::kCancelEntry, Kind::kCancel});
  CHECK(book.open_quantity(kParent).is_zero());
  book.on_entry(kParent, q("4"), {}, true);
  CHECK(book.is_done(kParent));
}

TEST_CASE("a venue that ties stop and target gets both in one request and loses both in one") {
  BracketBook book({.pair_needed = true, .ids_reusable = true});
  book.open(entry(), {});
  book.on_entry(kParent, q("4"), {}, false);
  const BracketRequest both = only(book);
  CHECK(both.kind == Kind::kPlacePair);
  CHECK(both.target_client_id == kTarget);
  obey(book, both);
  book.on_entry(kParent, q("10"), {}, true);
  const BracketRequest cancel = only(book);
  CHECK(cancel.kind == Kind::kCancel);
  obey(book, cancel);
  const BracketRequest ask = only(book);
  CHECK(ask.kind == Kind::kAsk);
  CHECK(ask.client_id == kTarget);
  book.on_leg(kTarget, OrderStatus::kCancelled, q("4"), {});
  book.on_answered(ask);
  const BracketRequest again = only(book);
  CHECK(again.kind == Kind::kPlacePair);
  CHECK(again.quantity == q("10"));
  CHECK(again.client_id == kStop);
}

TEST_CASE("half of a pair whose cancellation could not be sent waits for the next tick") {
  for (const ClientOrderId& left : {kStop, kTarget}) {
    CAPTURE(left.value);
    BracketBook book({.pair_needed = true, .ids_reusable = true});
    book.open(entry(), {});
    book.on_entry(kParent, q("4"), {}, true);
    obey(book, only(book));
    lose(book, left == kStop ? kTarget : kStop);
    const BracketRequest cancel = only(book);
    CHECK(cancel.kind == Kind::kCancel);
    CHECK(cancel.client_id == left);
    book.on_unsent(cancel);
    book.on_answered(cancel);
    while (!book.take().empty()) FAIL("asked for again at once");
    book.tick();
    CHECK(only(book) == cancel);
  }
}

TEST_CASE("a stop that is not found for a moment is not placed beside itself; a lost one is") {
  for (const bool reusable : {false, true}) {
    CAPTURE(reusable);
    BracketBook book({.ids_reusable = reusable});
    book.open(entry(false), {});
    book.on_entry(kParent, q("4"), {}, true);
    obey_all(book);
    for (int time = 0; time < 4; ++time) {
      book.on_leg_missing(kStop);
      book.on_leg_missing(kStop);  // asked twice between two ticks: once is what counts
      book.tick();
      CHECK(book.take().empty());
    }
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {});  // there after all, so all begins anew
    for (int time = 0; time < 4; ++time) {
      book.on_leg_missing(kStop);
      book.tick();
      CHECK(book.take().empty());
    }
    CHECK(book.take_events().empty());
    book.on_leg_missing(kStop);
    const BracketRequest again = only(book);
    CHECK(again.kind == Kind::kPlace);
    CHECK(again.client_id == kStop);  // a twin, if it stands after all: the venue refuses it
    const auto events = book.take_events();
    REQUIRE(events.size() == 1);
    CHECK(events.front().kind == "bracket.lost");
  }
}

TEST_CASE("a lost stop that the venue calls a twin is asked for, once a tick, until it is found") {
  BracketBook book({.ids_reusable = false});
  book.open(entry(false), {});
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  lose(book, kStop);
  CHECK(book.leg(kStop)->is_lost);
  place_in_vain(book, 3, &BracketBook::on_unknown);  // its id is taken
  SUBCASE("it stands") {
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {}, Price::literal("90"));
    CHECK(book.take().empty());
    CHECK_FALSE(book.is_busy(kParent));
    CHECK_FALSE(book.leg(kStop)->is_lost);
  }
  SUBCASE("it was cancelled") {
    book.on_leg(kStop, OrderStatus::kCancelled, q("4"), {});
    CHECK(only(book).client_id == chained_id(kStop, 1));
  }
}

TEST_CASE("an id that is taken by what is nowhere to be found gives way to the next of its chain") {
  for (const bool reusable : {false, true}) {
    CAPTURE(reusable);
    BracketBook book({.ids_reusable = reusable, .twins_max = 3});
    book.open(entry(false), {});
    book.on_entry(kParent, q("4"), {}, true);
    obey_all(book);
    lose(book, kStop);
    place_in_vain(book, 3, &BracketBook::on_taken);
    // Where an id may be taken again, it is taken by one that stands.
    const BracketRequest next = only(book);
    CHECK(next.kind == Kind::kPlace);
    CHECK(next.client_id == (reusable ? kStop : chained_id(kStop, 1)));
    CHECK(next.quantity == q("4"));
    const auto events = book.take_events();
    CHECK(std::ranges::count(events, "bracket.lost", &BracketEvent::kind) == (reusable ? 1 : 2));
  }
}

TEST_CASE("a lost stop that had fills gets the next id, so that they stay known") {
  BracketBook book({.ids_reusable = true});
  book.open(entry(false), {});
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  book.on_leg(kStop, OrderStatus::kPartiallyFilled, q("4"), q("1"));
  lose(book, kStop);
  const BracketRequest again = only(book);
  CHECK(again.client_id == chained_id(kStop, 1));
  CHECK(again.quantity == q("3"));
}

TEST_CASE("a stop that was given up is tried now and then, and stands when the price is back") {
  BracketBook book({.attempts_max = 3, .retry_ticks = 20});
  book.open(entry(false), {});
  book.on_entry(kParent, q("4"), {}, true);
  std::vector<int> tried_at;
  for (int tick = 0; tick < 100; ++tick) {
    for (const BracketRequest& request : book.take()) {
      if (request.kind != BracketRequestKind::kPlace || request.leg != OrderLeg::kStopLoss)
        continue;
      tried_at.push_back(tick);
      book.on_refused(request, "would trigger at once");
      book.on_answered(request);
    }
    book.tick();
  }
  CHECK(tried_at == std::vector<int>{0, 1, 2, 22, 42, 62, 82});
  for (int tick = 0; tick < 20; ++tick) book.tick();
  const BracketRequest last = only(book);
  book.on_leg(last.client_id, OrderStatus::kNew, last.quantity, {});
  book.on_answered(last);
  for (int tick = 0; tick < 100; ++tick) {
    book.tick();
    CHECK(book.take().empty());
  }
}

TEST_CASE("a refused stop is an event each time, tried again at each tick, not for ever") {
  BracketBook book({.attempts_max = 3});
  book.open(entry(false), {});
  book.on_entry(kParent, q("4"), {}, true);
  std::size_t tries = 0;
  std::size_t refusals = 0;
  std::size_t unprotected = 0;
  const auto count = [&] {
    for (const BracketEvent& event : book.take_events()) {
      refusals += event.kind == "bracket.refused" ? 1 : 0;
      unprotected += event.kind == "position.unprotected" ? 1 : 0;
    }
  };
  for (int i = 0; i < 10; ++i) {
    for (const BracketRequest& request : book.take()) {
      ++tries;
      book.on_refused(request, "would trigger at once");
      book.on_answered(request);
      count();
      CHECK(refusals == tries);
      CHECK(book.take().empty());
    }
    book.tick();
    count();
  }
  CHECK(tries == 3);
  CHECK(unprotected >= 1);
  // Another quantity is another question.
  book.on_exit(kParent, {"part"}, q("1"));
  CHECK(only(book).quantity == q("3"));
}

TEST_CASE("a stop that the price has passed is told, ever more seldom, and no other refusal is") {
  for (const LegRefusal refusal : {LegRefusal::kTriggerPassed, LegRefusal::kOther}) {
    BracketBook book({.can_amend = true});
    book.open(entry(false), q("0.001"));
    book.on_entry(kParent, q("10"), {}, true);
    std::vector<int> told_at;
    for (int tick = 0; tick < 200; ++tick) {
      for (const BracketRequest& request : book.take()) {
        book.on_refused(request, "as the venue says", refusal);
        book.on_answered(request);
      }
      for (const PassedStop& passed : book.take_passed()) {
        CHECK(passed == PassedStop{kStop, false, "as the venue says"});
        told_at.push_back(tick);
      }
      book.tick();
    }
    const bool is_passed = refusal == LegRefusal::kTriggerPassed;
    CHECK(told_at == (is_passed ? std::vector<int>{0, 1, 2, 64, 124, 184} : std::vector<int>{}));
  }
}

TEST_CASE("of a pair either trigger may be the one, and what is held for a close is not told of") {
  BracketBook book({.pair_needed = true});
  book.open(entry(), q("0.001"));
  book.on_entry(kParent, q("10"), {}, true);
  const BracketRequest pair = only(book);
  book.on_refused(pair, "as the venue says", LegRefusal::kTriggerPassed);
  book.on_answered(pair);
  const auto passed = book.take_passed();
  REQUIRE(passed.size() == 1);
  CHECK(passed[0].or_target);
  book.tick();
  const BracketRequest again = only(book);
  book.hold(kParent);
  book.on_refused(again, "as the venue says", LegRefusal::kTriggerPassed);
  book.on_answered(again);
  CHECK(book.take_passed().empty());
}

TEST_CASE("a stop that stands, and whose size alone the venue refuses to change, is not told of") {
  BracketBook book({.can_amend = true});
  book.open(entry(false), q("0.001"));
  book.on_entry(kParent, q("4"), {}, false);
  obey(book, only(book));
  // Its size is another matter: it stands, and is about to fire.
  book.on_entry(kParent, q("10"), {}, true);
  const BracketRequest grown = only(book);
  REQUIRE(grown.kind == Kind::kAmend);
  book.on_refused(grown, "as the venue says", LegRefusal::kTriggerPassed);
  book.on_answered(grown);
  CHECK(book.take_passed().empty());
  const BracketRequest ask = only(book);
  REQUIRE(ask.kind == Kind::kAsk);
  book.on_leg(kStop, OrderStatus::kNew, q("10"), {}, Price::literal("90"));
  book.on_answered(ask);
  CHECK(book.take().empty());
}

TEST_CASE("a move that the price has passed is told, and the stop stands where it stood") {
  BracketBook book({.can_amend = true});
  book.open(entry(false), q("0.001"));
  book.on_entry(kParent, q("4"), {}, true);
  obey(book, only(book));
  book.move_stop(kParent, Price::literal("99"));
  const BracketRequest move = only(book);
  REQUIRE(move.moves);
  book.on_refused(move, "as the venue says", LegRefusal::kTriggerPassed);
  book.on_answered(move);
  CHECK(book.take_passed() == std::vector<PassedStop>{{kStop, false, "as the venue says"}});
  CHECK(book.take().empty());
  CHECK(book.leg(kStop)->trigger == Price::literal("90"));
  CHECK(book.leg(kStop)->state == BracketBook::Leg::State::kStanding);
}

TEST_CASE("a placing without an answer is asked for, and placed again only when it is not there") {
  BracketBook book({});
  book.open(entry(false), {});
  book.on_entry(kParent, q("4"), {}, true);
  BracketRequest request = only(book);
  book.on_unknown(request);
  book.on_answered(request);
  request = only(book);
  CHECK(request.kind == Kind::kAsk);
  book.on_unknown(request);
  book.on_answered(request);
  CHECK(book.take().empty());  // not in a circle: at the next tick
  book.tick();
  request = only(book);
  CHECK(request.kind == Kind::kAsk);
  SUBCASE("there") {
    book.on_leg(kStop, OrderStatus::kNew, q("4"), {});
    book.on_answered(request);
    CHECK_FALSE(book.is_busy(kParent));
  }
  SUBCASE("not there") {
    book.on_leg_missing(kStop);
    book.on_answered(request);
    request = only(book);
    CHECK(request.kind == Kind::kPlace);
    CHECK(request.client_id == kStop);
  }
}

TEST_CASE("held for a close, nothing stands; released, what is left is protected again") {
  BracketBook book({.ids_reusable = true});
  book.open(entry(false), {});
  book.on_entry(kParent, q("4"), {}, true);
  obey_all(book);
  book.hold(kParent);
  CHECK(only(book).kind == Kind::kCancel);
  book.on_leg(kStop, OrderStatus::kCancelled, q("4"), {});
  BracketRequest cancel;
  cancel.kind = Kind::kCancel;
  cancel.parent = kParent;
  book.on_answered(cancel);
  CHECK_FALSE(book.is_busy(kParent));
  book.on_exit(kParent, {"close"}, q("3"));
  book.release(kParent);
  CHECK(only(book).quantity == q("1"));
}

TEST_CASE("after a restart legs are asked for along their chain before anything is placed") {
  BracketBook book({.can_amend = false, .ids_reusable = false});
  OpenBracket known;
  known.parent = kParent;
  known.symbol = kSymbol;
  known.entered = q("10");
  known.open = q("8");
  known.stop_filled = q("2");
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{kStop, Price::literal("90")};
  book.adopt(known, {});
  CHECK(book.open_quantity(kParent) == q("8"));
  BracketRequest ask = only(book);
  CHECK(ask.client_id == kStop);
  book.on_leg(ask.client_id, OrderStatus::kCancelled, q("4"), q("2"));
  book.on_answered(ask);
  ask = only(book);
  CHECK(ask.kind == Kind::kAsk);
  CHECK(ask.client_id == chained_id(kStop, 1));
  SUBCASE("the newest one stands, filled a little more while we were away") {
    book.on_leg(ask.client_id, OrderStatus::kPartiallyFilled, q("8"), q("1"));
    book.on_answered(ask);
    CHECK(book.open_quantity(kParent) == q("7"));
    CHECK_FALSE(book.is_busy(kParent));
  }
  SUBCASE("it never came to stand: it is placed") {
    book.on_leg_missing(ask.client_id);
    book.on_answered(ask);
    const BracketRequest place = only(book);
    CHECK(place.kind == Kind::kPlace);
    CHECK(place.client_id == chained_id(kStop, 1));
    CHECK(place.quantity == q("8"));
  }
}

TEST_CASE("where ids are free again a stop gets the next one after a fill, and only then") {
  BracketBook book({.ids_reusable = true});
  book.open(entry(false), {});
  book.on_entry(kParent, q("10"), {}, true);
  obey_all(book);
  book.on_leg(kStop, OrderStatus::kCancelled, q("10"), q("4"));
  const BracketRequest rest = only(book);
  CHECK(rest.client_id == chained_id(kStop, 1));
  CHECK(rest.quantity == q("6"));
  obey(book, rest);
  book.hold(kParent);
  obey(book, only(book));
  book.release(kParent);
  CHECK(only(book).client_id == chained_id(kStop, 1));
}

TEST_CASE("where ids are free again the search after a restart ends at the first without a fill") {
  BracketBook book({.ids_reusable = true});
  OpenBracket known;
  known.parent = kParent;
  known.symbol = kSymbol;
  known.entered = q("10");
  known.open = q("6");
  known.stop_filled = q("4");
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{kStop, Price::literal("90")};
  book.adopt(known, {});
  BracketRequest ask = only(book);
  book.on_leg(ask.client_id, OrderStatus::kCancelled, q("10"), q("4"));
  book.on_answered(ask);
  ask = only(book);
  CHECK(ask.kind == Kind::kAsk);
  CHECK(ask.client_id == chained_id(kStop, 1));
  book.on_leg(ask.client_id, OrderStatus::kCancelled, q("6"), {});
  book.on_answered(ask);
  const BracketRequest place = only(book);
  CHECK(place.kind == Kind::kPlace);
  CHECK(place.client_id == chained_id(kStop, 1));
  CHECK(place.quantity == q("6"));
}

TEST_CASE("executions that no order tells of any more count, and an overdrawn position is known") {
  BracketBook book({});
  book.open(entry(false), {});
  book.on_entry(kParent, q("10"), {}, false);
  book.on_leg_executions(kStop, q("3"));
  CHECK(book.open_quantity(kParent) == q("7"));
  book.on_leg_executions(kStop, q("2"));
  CHECK(book.open_quantity(kParent) == q("7"));
  CHECK_FALSE(book.is_overdrawn(kParent));
  book.on_exit(kParent, {"close"}, q("8"));
  CHECK(book.is_overdrawn(kParent));
  book.on_entry(kParent, q("11"), {}, false);
  CHECK_FALSE(book.is_overdrawn(kParent));
  // Nothing can come of an entry that is final: nobody is kept waiting for it.
  book.on_exit(kParent, {"close"}, q("9"));
  CHECK(book.is_overdrawn(kParent));
  book.on_entry(kParent, q("11"), {}, true);
  CHECK_FALSE(book.is_overdrawn(kParent));
}

TEST_CASE("what enlarges a position is in its stop and target: amended, or placed anew") {
  for (const bool can_amend : {true, false}) {
    CAPTURE(can_amend);
    BracketBook book({.can_amend = can_amend});
    book.open(entry(), {});
    book.on_entry(kParent, q("10"), {}, true);
    obey_all(book);
    book.enlarge(kParent, {"more"});
    CHECK(book.take().empty());
    CHECK_FALSE(book.is_done(kParent));
    book.on_entry({"more"}, q("4"), q("0.5"), true);
    const BracketRequest first = only(book);
    CHECK(first.leg == OrderLeg::kStopLoss);
    CHECK(first.kind == (can_amend ? Kind::kAmend : Kind::kCancel));
    obey(book, first);
    obey_all(book);
    CHECK(book.leg(kStop)->quantity == q("13.5"));
    CHECK(book.leg(kTarget)->quantity == q("13.5"));
    CHECK(book.open_quantity(kParent) == q("13.5"));
    CHECK(book.parent_of_addition({"more"}) == kParent);
  }
}

TEST_CASE("an addition that never arrived is forgotten, one that works is cancelled by the stop") {
  BracketBook book({.can_amend = true});
  book.open(entry(false), {});
  book.on_entry(kParent, q("10"), {}, true);
  obey_all(book);
  book.enlarge(kParent, {"never"});
  book.drop({"never"});
  CHECK_FALSE(book.parent_of_addition({"never"}).has_value());
  obey_all(book);
  book.enlarge(kParent, {"limit"});
  book.on_leg(kStop, OrderStatus::kFilled, q("10"), q("10"));
  CHECK(book.has_stopped(kParent));
  const BracketRequest cancel = only(book);
  CHECK(cancel.kind == Kind::kCancelEntry);
  CHECK(cancel.client_id.value == "limit");
  // It was filled before it could be cancelled: that part is protected like any other.
  book.on_entry({"limit"}, q("2"), {}, true);
  book.on_answered(cancel);
  const BracketRequest again = only(book);
  CHECK(again.kind == Kind::kPlace);
  CHECK(again.quantity == q("2"));
  CHECK(again.client_id == chained_id(kStop, 1));
  obey(book, again);
  CHECK(book.take().empty());
  book.drop(kParent);
  CHECK_FALSE(book.parent_of_addition({"limit"}).has_value());
}

TEST_CASE("ids of a chain are valid, different, and start with the id itself") {
  const ClientOrderId first{"bb0123456789012345678901234x"};
  CHECK(chained_id(first, 0) == first);
  std::set<std::string> seen;
  for (std::uint32_t i = 0; i < 1000; ++i) seen.insert(chained_id(first, i).value);
  CHECK(seen.size() == 1000);
  for (const std::string& id : seen) CHECK(id.size() == 28);
}

// A venue in words of the book: orders by id, each of which may be lost on the way there or back.
struct ModelVenue {
  struct Order {
    Quantity quantity;
    Price trigger;
    Quantity filled;
    OrderStatus status = OrderStatus::kNew;
    bool is_stop = false;
    bool open() const { return !is_final(status); }
  };

  struct Entry {
    Quantity filled;
    bool is_final = false;
  };

  explicit ModelVenue(std::uint64_t seed, BracketRules given) : random(seed), rules(given) {}

  bool chance(int percent) { return static_cast<int>(random() % 100) < percent; }
  std::size_t live(bool stops) const {
    return static_cast<std::size_t>(std::count_if(orders.begin(), orders.end(), [&](const auto& o) {
      return o.second.open() && o.second.is_stop == stops;
    }));
  }
  void create(const ClientOrderId& id, Quantity quantity, Price trigger, bool is_stop) {
    const auto known = orders.find(id);
    const bool taken = known != orders.end() && (known->second.open() || !rules.ids_reusable);
    REQUIRE_FALSE(taken);  // "no order twice": the book never sends an id that is taken
    orders.insert_or_assign(id, Order{quantity, trigger, {}, OrderStatus::kNew, is_stop});
  }
  void end(const ClientOrderId& id) {
    const auto order = orders.find(id);
    if (order != orders.end() && order->second.open())
      order->second.status = OrderStatus::kCancelled;
    if (!rules.pair_needed) return;
    for (auto& [other, state] : orders)
      if (state.open()) state.status = OrderStatus::kCancelled;
  }
  void tell(BracketBook& book, const ClientOrderId& id) {
    const auto order = orders.find(id);
    if (order == orders.end()) return book.on_leg_missing(id);
    book.on_leg(id, order->second.status, order->second.quantity, order->second.filled,
                order->second.trigger);
  }

  // False: nothing happened and the answer is a refusal.
  bool execute(const BracketRequest& request) {
    switch (request.kind) {
      case Kind::kPlace:
        create(request.client_id, request.quantity, request.trigger,
               request.leg == OrderLeg::kStopLoss);
        return true;
      case Kind::kPlacePair:
        create(request.client_id, request.quantity, request.trigger, true);
        create(request.target_client_id, request.quantity, request.target_trigger, false);
        return true;
      case Kind::kAmend: {
        const auto order = orders.find(request.client_id);
        if (order == orders.end() || !order->second.open()) return false;
        order->second.quantity = request.quantity;
        if (request.moves) order->second.trigger = request.trigger;
        return true;
      }
      case Kind::kCancel: end(request.client_id); return true;
      default: return true;
    }
  }

  void serve(BracketBook& book, const BracketRequest& request, int trouble) {
    // A limiter that says no says it at once: asking again before the next tick would never end.
    REQUIRE(std::ranges::find(unsent, request) == unsent.end());
    if (chance(trouble)) {
      unsent.push_back(request);
      book.on_unsent(request);
    } else if (request.kind == Kind::kCancelEntry) {
      if (chance(trouble)) {
        unsent.push_back(request);
        book.on_unknown(request);
      } else {
        entries.at(request.client_id).is_final = true;
      }
    } else if (chance(trouble)) {  // never arrived
      book.on_unknown(request);
    } else if (request.kind != Kind::kAsk && chance(trouble)) {
      book.on_refused(request, "no");
    } else if (!execute(request) || chance(trouble)) {  // its answer is lost
      book.on_unknown(request);
    } else {
      tell(book, request.client_id);
      if (request.kind == Kind::kPlacePair) tell(book, request.target_client_id);
    }
    book.on_answered(request);
    for (const auto& [id, entry] : entries)
      if (entry.is_final) book.on_entry(id, entry.filled, {}, true);
    CHECK(live(true) <= 1);
    CHECK(live(false) <= 1);
  }

  void tick(BracketBook& book) {
    unsent.clear();
    book.tick();
  }

  std::mt19937_64 random;
  BracketRules rules;
  std::map<ClientOrderId, Order> orders;
  std::vector<BracketRequest> unsent;                     // since the last tick
  std::map<ClientOrderId, Entry> entries{{kParent, {}}};  // and what enlarges
  int sent = 0;                                           // of what enlarges
};

// Entries grow, and more are sent; some never arrive.
void enter(ModelVenue& venue, BracketBook& book) {
  if (venue.sent < 3 && venue.chance(15) && book.open_quantity(kParent).is_positive() &&
      !book.has_stopped(kParent)) {
    const ClientOrderId id{"more" + std::to_string(venue.sent++)};
    book.enlarge(kParent, id);
    venue.entries[id] = {};
  }
  for (auto& [id, entry] : venue.entries) {
    if (entry.is_final || !venue.chance(30)) continue;
    if (id != kParent && entry.filled.is_zero() && venue.chance(20)) {
      book.drop(id);
      venue.entries.erase(id);
      return;
    }
    const Quantity whole = id == kParent ? q("10") : q("4");
    entry.filled = std::min(whole, entry.filled + q("3"));
    entry.is_final = entry.filled == whole || venue.chance(10);
    book.on_entry(id, entry.filled, {}, entry.is_final);
  }
}

// A leg of the venue is filled by some part of what it stands for.
void fire(ModelVenue& venue, BracketBook& book) {
  for (auto& [id, order] : venue.orders) {
    if (!order.open() || !venue.chance(30)) continue;
    const Quantity left = order.quantity - order.filled;
    order.filled += venue.chance(50) ? left : std::min(left, q("1"));
    order.status =
        order.filled == order.quantity ? OrderStatus::kFilled : OrderStatus::kPartiallyFilled;
    book.on_leg(id, order.status, order.quantity, order.filled);
    if (venue.rules.pair_needed && is_final(order.status)) venue.end(id);
    return;
  }
}

void quieten(ModelVenue& venue, BracketBook& book) {
  for (int i = 0; i < 60; ++i) {
    for (auto due = book.take(); !due.empty(); due = book.take())
      for (const BracketRequest& request : due) venue.serve(book, request, 0);
    for (const auto& [id, order] : venue.orders)  // the poll
      if (book.leg(id) != nullptr && book.venue_id(*book.leg(id)) == id) venue.tell(book, id);
    venue.tick(book);
  }
}

TEST_CASE("whatever is lost or refused: one stop at most, and the right one when all is quiet") {
  constexpr std::uint64_t kFirst = 1;
  constexpr std::uint64_t kSeeds = 2000;
  MESSAGE("seeds " << kFirst << " to " << kSeeds);
  for (std::uint64_t seed = kFirst; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    const bool pair = seed % 4 == 3;
    const BracketRules rules{.can_amend = seed % 4 == 0,
                             .pair_needed = pair,
                             .ids_reusable = seed % 4 >= 2,
                             .attempts_max = 50};
    BracketBook book(rules);
    ModelVenue venue(seed, rules);
    book.open(entry(seed % 3 != 0), {});
    Price trigger = Price::literal("90");
    for (int step = 0; step < 40; ++step) {
      enter(venue, book);
      if (venue.chance(15)) fire(venue, book);
      if (venue.chance(20)) {
        trigger += Price::literal("0.5");
        book.move_stop(kParent, venue.chance(20) ? Price::literal("89") : trigger);
      }
      if (venue.chance(5)) book.hold(kParent);
      if (venue.chance(10)) book.release(kParent);
      for (const BracketRequest& request : book.take()) venue.serve(book, request, 20);
      if (venue.chance(40)) venue.tick(book);
    }
    book.release(kParent);
    quieten(venue, book);
    const Quantity open = book.open_quantity(kParent);
    Quantity stopped;
    for (const auto& [id, order] : venue.orders)
      if (order.open() && order.is_stop) {
        stopped += order.quantity - order.filled;
        CHECK(order.trigger == book.leg(kStop)->trigger);
      }
    CHECK(stopped == open);
    CHECK(venue.live(true) == (open.is_zero() ? 0 : 1));
    CHECK_FALSE(book.is_busy(kParent));
    for (const auto& [id, order] : venue.orders)
      if (order.is_stop && order.filled.is_positive())
        CHECK(std::ranges::all_of(venue.entries, [](const auto& e) { return e.second.is_final; }));
  }
}

}  // namespace
}  // namespace botbox::exchange
