// Funding at a scripted venue: each payment is told by one fill, whatever is late, lost or
// restarted, and nobody's protection waits for it.
#include <doctest/doctest.h>

#include <chrono>

#include "exchange/venue/venue_exchange.hpp"
#include "tests/exchange/fixture.hpp"
#include "tests/exchange/venue/scripted_venue.hpp"

namespace botbox::exchange::testing {
namespace {

const Symbol kPaidSymbol{"BTC/USDT"};

VenueFeatures paying_features() {
  VenueFeatures made;
  made.market = MarketType::kLinear;
  made.amend = true;
  made.account_wide_open_orders = true;
  made.funding_times = true;
  return made;
}

struct FundedDesk {
  FundedDesk() {
    venue->passed = std::chrono::minutes(10);
    start({});
  }
  void start(const std::vector<OpenBracket>& open) {
    exchange = std::make_unique<VenueExchange>(venue);
    exchange->adopt(open);
    exchange->connect(
        {.acquire = [](PermitRequest, Reply<Permit> reply) { reply(Permits::fresh()); },
         .on_counter = [](std::string_view, std::int64_t) {},
         .on_stop = [](std::optional<Duration>) {},
         .on_event = [this](std::string_view kind,
                            const std::string&) { ++events[std::string(kind)]; }});
    REQUIRE(instruments(*exchange).has_value());
    cursor = 0;
    reports.clear();
  }
  void enter(const std::string& id, std::string_view quantity) {
    const OrderRequest entry = order(id, kPaidSymbol, OrderSide::kBuy, quantity);
    REQUIRE(place(*exchange, with_target(with_stop(entry, "90"), "120")).has_value());
  }
  // Three contracts as "a", whose entry has been told.
  void open_position() {
    enter("a", "3");
    poll();
  }
  // All of it, at that time after the start.
  void stop_out(Duration after) {
    venue->passed = after;
    venue->fill("as", "3");
    poll();
  }
  void close(const std::string& id, std::string_view quantity, const std::string& group) {
    const OrderRequest sale = order(id, kPaidSymbol, OrderSide::kSell, quantity);
    REQUIRE(place(*exchange, reduce(sale, group)).has_value());
  }
  void pay(const std::string& id, std::string_view amount, Duration after) {
    venue->paid.push_back({id, kPaidSymbol, Decimal::literal(amount), {"USDT"}, kStart + after});
  }
  void poll(int times = 4) {
    for (; times > 0; --times) {
      const auto changed = updates(*exchange, cursor);
      REQUIRE(changed.has_value());
      cursor = changed->next_cursor;
      for (const OrderReport& report : changed->reports) reports[report.client_id.value] = report;
    }
  }
  std::vector<Fill> fills(const std::string& id) const {
    const auto found = reports.find(id);
    return found == reports.end() ? std::vector<Fill>{} : found->second.fills;
  }
  // Of the one fill of the order; "-": it is not told.
  std::string funding(const std::string& id) const {
    const std::vector<Fill> told = fills(id);
    return told.size() == 1 ? to_string(told.front().funding) : "-";
  }
  int asked() const { return venue->calls[VenueCall::kFunding]; }

  std::shared_ptr<ScriptedVenue> venue = std::make_shared<ScriptedVenue>(paying_features());
  std::map<std::string, int> events;
  std::unique_ptr<VenueExchange> exchange;
  std::uint64_t cursor = 0;
  std::map<std::string, OrderReport> reports;
};

OpenBracket bracket_with(std::string_view open, std::string_view entered,
                         const std::vector<Fill>& booked) {
  OpenBracket known;
  known.parent = {"a"};
  known.group = {"a"};
  known.symbol = kPaidSymbol;
  known.entered = Quantity::literal(entered);
  known.open = Quantity::literal(open);
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{{"as"}, Price::literal("90")};
  known.take_profit = AttachedOrder{{"at"}, Price::literal("120")};
  known.booked = booked;
  return known;
}

}  // namespace

TEST_CASE("a payment between two fills is told by the second, and the venue is asked once") {
  FundedDesk desk;
  desk.open_position();
  CHECK(desk.funding("a") == "0");
  CHECK(desk.asked() == 0);
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.close("c", "1", "a");
  desk.poll();
  CHECK(desk.funding("c") == "-0.02");
  CHECK(desk.reports.at("c").status == OrderStatus::kFilled);
  desk.close("d", "1", "a");
  desk.poll();
  CHECK(desk.funding("d") == "0");
  CHECK(desk.asked() == 1);
}

TEST_CASE("a payment is told once, whether a restart comes before its fill is booked or after") {
  FundedDesk desk;
  desk.open_position();
  std::vector<Fill> booked = desk.fills("a");
  REQUIRE(booked.size() == 1);
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.start({bracket_with("3", "3", booked)});
  desk.close("c", "1", "a");
  desk.poll();
  CHECK(desk.funding("c") == "-0.02");
  // It was told and not booked.
  OpenBracket unbooked = bracket_with("3", "3", booked);
  unbooked.closes = {{{"c"}, {}}};
  desk.start({unbooked});
  desk.poll();
  CHECK(desk.funding("c") == "-0.02");
  booked.push_back(desk.fills("c").front());
  desk.start({bracket_with("2", "3", booked)});
  desk.close("d", "1", "a");
  desk.poll();
  CHECK(desk.funding("d") == "0");
}

TEST_CASE("the last fill of a position waits some seconds for a late payment, its legs do not") {
  FundedDesk desk;
  desk.open_position();
  desk.stop_out(std::chrono::hours(8) + std::chrono::seconds(3));
  CHECK(desk.fills("as").empty());
  CHECK(desk.venue->open().empty());  // the target is gone already
  CHECK(desk.asked() == 1);
  const auto account =
      ask<AccountSnapshot>([&](auto reply) { desk.exchange->account(Permits::fresh(), reply); });
  CHECK_FALSE(account.has_value());  // it is ahead of the books
  desk.venue->passed = std::chrono::hours(8) + std::chrono::seconds(25);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.poll();
  CHECK(desk.funding("as") == "-0.02");
  CHECK(desk.reports.at("as").status == OrderStatus::kFilled);
  CHECK(desk.asked() == 2);
}

TEST_CASE("an hour without a payment holds the last fill for its first seconds only") {
  FundedDesk desk;
  desk.open_position();
  desk.stop_out(std::chrono::hours(1) + std::chrono::seconds(3));
  CHECK(desk.fills("as").empty());
  desk.venue->passed = std::chrono::hours(1) + std::chrono::seconds(25);
  desk.poll();
  CHECK(desk.funding("as") == "0");
  CHECK(desk.events["funding.unknown"] == 0);
}

TEST_CASE("an hour before which the venue named a later payment holds nothing") {
  FundedDesk desk;
  desk.venue->next_funding = kStart + std::chrono::hours(8);
  desk.open_position();
  CHECK(desk.venue->calls[VenueCall::kFundingTimes] == 1);
  desk.stop_out(std::chrono::hours(1) + std::chrono::seconds(3));
  CHECK(desk.funding("as") == "0");
  CHECK(desk.reports.at("as").status == OrderStatus::kFilled);
  CHECK(desk.asked() == 0);
}

TEST_CASE("a named payment that is not listed in the time waited is an event") {
  FundedDesk desk;
  desk.venue->next_funding = kStart + std::chrono::hours(8);
  desk.open_position();
  desk.stop_out(std::chrono::hours(8) + std::chrono::seconds(3));
  CHECK(desk.fills("as").empty());
  CHECK(desk.events["funding.late"] == 0);
  desk.venue->passed = std::chrono::hours(8) + std::chrono::seconds(25);
  desk.poll();
  CHECK(desk.funding("as") == "0");
  CHECK(desk.events["funding.late"] == 1);
}

TEST_CASE("a named payment that is listed is no event, whichever fill tells it") {
  FundedDesk desk;
  desk.venue->next_funding = kStart + std::chrono::hours(8);
  desk.open_position();
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.close("c", "1", "a");
  desk.poll();
  desk.close("d", "1", "a");
  desk.poll();
  CHECK(desk.funding("c") == "-0.02");
  CHECK(desk.funding("d") == "0");
  CHECK(desk.events["funding.late"] == 0);
}

TEST_CASE(
    "where the times of payments cannot be asked every hour may pay, and they are asked again") {
  FundedDesk desk;
  desk.venue->next_funding = kStart + std::chrono::hours(8);
  desk.venue->fates[VenueCall::kFundingTimes] = {Fate::kUnavailable};
  desk.open_position();
  CHECK(desk.venue->calls[VenueCall::kFundingTimes] == 1);
  desk.stop_out(std::chrono::hours(1) + std::chrono::seconds(3));
  CHECK(desk.fills("as").empty());
  CHECK(desk.venue->calls[VenueCall::kFundingTimes] == 2);
}

TEST_CASE("what cannot be asked is told without funding, with an event, and by the next fill") {
  FundedDesk desk;
  desk.open_position();
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.venue->fates[VenueCall::kFunding].assign(10, Fate::kUnavailable);
  desk.close("c", "1", "a");
  desk.poll(2);
  CHECK(desk.fills("c").empty());
  desk.poll(14);
  CHECK(desk.funding("c") == "0");
  CHECK(desk.events["funding.unknown"] == 1);
  desk.close("d", "2", "a");
  desk.poll();
  CHECK(desk.funding("d") == "-0.02");
}

TEST_CASE("what the venue refuses to tell is asked once a fill, and no fill waits for it") {
  FundedDesk desk;
  desk.open_position();
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.venue->fates[VenueCall::kFunding].assign(2, Fate::kReject);
  desk.close("c", "1", "a");
  desk.poll(1);
  CHECK(desk.funding("c") == "0");
  CHECK(desk.asked() == 1);
  desk.close("d", "1", "a");
  desk.poll();
  CHECK(desk.funding("d") == "0");
  CHECK(desk.asked() == 2);
  CHECK(desk.events["funding.unknown"] == 2);
  desk.close("e", "1", "a");
  desk.poll();
  CHECK(desk.funding("e") == "-0.02");
}

TEST_CASE("when enough questions have failed, later fills wait for one only") {
  FundedDesk desk;
  desk.open_position();
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.venue->fates[VenueCall::kFunding].assign(11, Fate::kUnavailable);
  desk.close("c", "1", "a");
  desk.poll(14);
  CHECK(desk.funding("c") == "0");
  CHECK(desk.asked() == 10);
  desk.close("d", "1", "a");
  desk.poll(1);
  CHECK(desk.funding("d") == "0");
  CHECK(desk.asked() == 11);
}

TEST_CASE("in the first seconds of an hour one question serves all fills") {
  FundedDesk desk;
  desk.open_position();
  desk.venue->passed = std::chrono::hours(8) + std::chrono::seconds(3);
  desk.close("c", "1", "a");
  desk.venue->passed = std::chrono::hours(8) + std::chrono::seconds(4);
  desk.close("d", "1", "a");
  desk.poll();
  CHECK(desk.funding("c") == "0");
  CHECK(desk.funding("d") == "0");
  CHECK(desk.asked() == 1);
  desk.pay("p", "-0.02", std::chrono::hours(8));
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(1);
  desk.close("e", "1", "a");
  desk.poll();
  CHECK(desk.funding("e") == "-0.02");
  CHECK(desk.asked() == 2);
}

TEST_CASE("the account is compared again after a late payment, though nobody polls") {
  FundedDesk desk;
  desk.open_position();
  desk.stop_out(std::chrono::hours(8) + std::chrono::seconds(3));
  const auto account = [&desk] {
    return ask<AccountSnapshot>(
               [&](auto reply) { desk.exchange->account(Permits::fresh(), reply); })
        .has_value();
  };
  CHECK_FALSE(account());
  desk.venue->passed = std::chrono::hours(8) + std::chrono::seconds(25);
  for (int look = 0; look < 3; ++look) account();
  CHECK(account());
}

TEST_CASE("two positions of one symbol share its payment by what they held") {
  FundedDesk desk;
  desk.enter("a", "1");
  desk.enter("b", "3");
  desk.poll();
  desk.venue->passed = std::chrono::hours(8) + std::chrono::minutes(30);
  desk.pay("p", "-0.04", std::chrono::hours(8));
  desk.close("c", "1", "a");
  desk.close("d", "3", "b");
  desk.poll();
  CHECK(desk.funding("c") == "-0.01");
  CHECK(desk.funding("d") == "-0.03");
  CHECK(desk.asked() == 1);
}

}  // namespace botbox::exchange::testing
