// What each adapter offers besides trading, at a simulated venue: clock, ticker, positions,
// leverage, amendments, cancelling all, executions, pages.
#include <doctest/doctest.h>

#include <set>

#include "tests/exchange/simulator/simulated_desk.hpp"

namespace botbox::exchange::testing {
namespace {

template <class T, class Call>
Result<T> on(SimulatedDesk& desk, Call call) {
  return ask<T>([&](auto reply) { call(desk.api(), Permits::fresh(), reply); });
}

VenueOrderRequest resting(const SimulatedDesk& desk, const std::string& id) {
  VenueOrderRequest request;
  request.client_id = {id};
  request.symbol = desk.symbol();
  request.type = OrderType::kLimit;
  request.quantity = Quantity::literal("2");
  request.limit = Price::literal("90");
  return request;
}

Result<VenueOrder> placed(SimulatedDesk& desk, const VenueOrderRequest& request) {
  return on<VenueOrder>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
    api.place(permit, request, reply);
  });
}

Result<std::optional<VenueOrder>> asked(SimulatedDesk& desk, const std::string& id) {
  return on<std::optional<VenueOrder>>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
    api.order(permit, desk.symbol(), {id}, reply);
  });
}

}  // namespace

TEST_CASE("each adapter learns how far the venue's clock is off, and stamps by it") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    desk.post("/admin/faults", {{"clock_skew_ms", 7'000}});
    const auto time = on<Timestamp>(desk, [](VenueApi& api, const Permit& permit, auto reply) {
      api.server_time(permit, reply);
    });
    REQUIRE(time.has_value());
    CHECK(*time == desk.now() + Duration{7'000});
    CHECK(desk.api().clock_offset() == Duration{7'000});
    CHECK(balances(desk.exchange()).has_value());
  }
}

TEST_CASE("each adapter tells the ticker, the account and what may be done with it") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    const auto ticker = on<Ticker>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
      api.ticker(permit, desk.symbol(), reply);
    });
    REQUIRE(ticker.has_value());
    CHECK(ticker->last == Price::literal("100"));
    const auto facts = on<AccountFacts>(
        desk, [](VenueApi& api, const Permit& permit, auto reply) { api.account(permit, reply); });
    REQUIRE_MESSAGE(facts.has_value(), to_string(facts.error()));
    CHECK(facts->can_trade);
    if (desk.market() == MarketType::kLinear) CHECK(facts->position_mode == PositionMode::kOneWay);
  }
}

TEST_CASE("each linear adapter tells hedge mode, and its sides, and its orders are refused there") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    desk.hedge(true);
    const auto facts = on<AccountFacts>(
        desk, [](VenueApi& api, const Permit& permit, auto reply) { api.account(permit, reply); });
    REQUIRE_MESSAGE(facts.has_value(), to_string(facts.error()));
    CHECK(facts->position_mode == PositionMode::kHedge);
    CHECK(placed(desk, resting(desk, "a")).error().code == ErrorCode::kRejected);
    CHECK(desk.accepted("a") == 0);
    desk.buy_by_hand("2");
    const auto held = on<std::vector<VenuePosition>>(
        desk,
        [](VenueApi& api, const Permit& permit, auto reply) { api.positions(permit, reply); });
    REQUIRE(held.has_value());
    REQUIRE(held->size() == 1);
    CHECK(held->front().side == PositionSide::kLong);
    CHECK(held->front().quantity == Quantity::literal("2"));
    CHECK(held->front().is_one_of_two);
  }
}

TEST_CASE("each linear adapter tells positions as the venue has them, and sets their leverage") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    const auto leverage =
        on<std::monostate>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          api.set_leverage(permit, desk.symbol(), Decimal::from_int(4), reply);
        });
    REQUIRE_MESSAGE(leverage.has_value(), to_string(leverage.error()));
    REQUIRE(place(desk.exchange(), order("a", desk.symbol(), OrderSide::kSell, "3")).has_value());
    const auto positions = on<std::vector<VenuePosition>>(
        desk,
        [](VenueApi& api, const Permit& permit, auto reply) { api.positions(permit, reply); });
    REQUIRE(positions.has_value());
    REQUIRE(positions->size() == 1);
    const VenuePosition& position = positions->front();
    CHECK(position.symbol == desk.symbol());
    CHECK(position.side == PositionSide::kShort);
    CHECK(position.quantity == Quantity::literal("3"));
    CHECK(position.average_entry == Price::literal("100"));
    CHECK(position.leverage == Decimal::from_int(4));
    CHECK(position.margin_mode == MarginMode::kCross);
  }
}

TEST_CASE("each adapter amends what its venue lets it amend") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    REQUIRE(placed(desk, resting(desk, "a")).has_value());
    AmendOrder change;
    change.symbol = desk.symbol();
    change.client_id = {"a"};
    change.quantity = Quantity::literal("1");
    if (kind != VenueKind::kBinanceSpot) change.limit = Price::literal("91");
    const auto amended = on<VenueOrder>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
      api.amend(permit, change, reply);
    });
    REQUIRE_MESSAGE(amended.has_value(), to_string(amended.error()));
    const auto now = asked(desk, "a");
    CHECK((*now)->quantity == Quantity::literal("1"));
    CHECK((*now)->limit == Price::literal(kind == VenueKind::kBinanceSpot ? "90" : "91"));
    CHECK((*now)->status == OrderStatus::kNew);
    change.client_id = {"none"};
    const auto missing = on<VenueOrder>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
      api.amend(permit, change, reply);
    });
    CHECK((missing.error().code == ErrorCode::kNotFound ||
           missing.error().code == ErrorCode::kRejected));
  }
}

TEST_CASE("each adapter lists what is open, and cancels all of a symbol") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    std::set<std::string> ids;
    for (int i = 0; i < 60; ++i) {  // more than a page
      ids.insert("o" + std::to_string(i));
      REQUIRE(placed(desk, resting(desk, "o" + std::to_string(i))).has_value());
    }
    const auto open =
        on<std::vector<VenueOrder>>(desk, [](VenueApi& api, const Permit& permit, auto reply) {
          api.open_orders(permit, {}, reply);
        });
    REQUIRE_MESSAGE(open.has_value(), to_string(open.error()));
    std::set<std::string> listed;
    for (const VenueOrder& each : *open) {
      listed.insert(each.client_id.value);
      CHECK(each.symbol == desk.symbol());
      CHECK(each.quantity == Quantity::literal("2"));
      CHECK(each.limit == Price::literal("90"));
    }
    CHECK(listed == ids);
    const auto cancelled =
        on<std::monostate>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          api.cancel_all(permit, desk.symbol(), reply);
        });
    REQUIRE(cancelled.has_value());
    CHECK(desk.open_orders() == 0);
    CHECK((*asked(desk, "o1"))->status == OrderStatus::kCancelled);
    // Once more: there is nothing to do, and that is no error.
    CHECK(on<std::monostate>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
            api.cancel_all(permit, desk.symbol(), reply);
          }).has_value());
  }
}

TEST_CASE("levels attached to a limit order stand when it has filled, where the venue has them") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    VenueOrderRequest request = resting(desk, "a");
    request.limit = Price::literal("101");  // the market stands at 100
    request.attached_stop_loss = Price::literal("90");
    request.attached_take_profit = Price::literal("120");
    const auto made = placed(desk, request);
    if (!desk.api().features().attached_levels) {
      CHECK(made.error().code == ErrorCode::kInvalidInput);
      CHECK(desk.accepted("a") == 0);
      continue;
    }
    REQUIRE_MESSAGE(made.has_value(), to_string(made.error()));
    CHECK((*asked(desk, "a"))->status == OrderStatus::kFilled);
    const auto levels =
        on<std::vector<VenueOrder>>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          VenueApi* apart = api.conditional_orders();
          (apart == nullptr ? api : *apart).open_orders(permit, desk.symbol(), reply);
        });
    REQUIRE_MESSAGE(levels.has_value(), to_string(levels.error()));
    std::set<std::string> triggers;
    for (const VenueOrder& level : *levels) triggers.insert(to_string(level.trigger));
    CHECK(triggers == std::set<std::string>{"90", "120"});
  }
}

TEST_CASE("a stop of somebody else is cancelled by its client id, also where stops stand apart") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    VenueOrderRequest stop = resting(desk, "byhand1");
    stop.type = OrderType::kStopMarket;
    stop.limit = {};
    stop.trigger = Price::literal("150");
    const auto stands = placed(desk, stop);
    REQUIRE_MESSAGE(stands.has_value(), to_string(stands.error()));
    CHECK(desk.open_orders() == 1);
    const auto cancelled = cancel(desk.exchange(), desk.symbol(), "byhand1");
    REQUIRE_MESSAGE(cancelled.has_value(), to_string(cancelled.error()));
    CHECK(cancelled->client_id == ClientOrderId{"byhand1"});
    CHECK(desk.open_orders() == 0);
    CHECK(cancel(desk.exchange(), desk.symbol(), "nobodys").error().code == ErrorCode::kNotFound);
  }
}

TEST_CASE("each adapter tells executions with their fee and its coin, ascending") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind, .fee_coin = sim::FeeCoin::kReceived});
    for (int i = 0; i < 3; ++i) {
      REQUIRE(place(desk.exchange(),
                    order("a" + std::to_string(i), desk.symbol(), OrderSide::kBuy, "1"))
                  .has_value());
      desk.step(Duration{1'000});
    }
    ExecutionQuery query;
    query.symbol = desk.symbol();
    const auto executions =
        on<std::vector<VenueExecution>>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          api.executions(permit, query, reply);
        });
    REQUIRE_MESSAGE(executions.has_value(), to_string(executions.error()));
    REQUIRE(executions->size() == 3);
    CHECK(executions->at(0).at < executions->at(2).at);
    const bool spot = desk.market() == MarketType::kSpot;
    for (const VenueExecution& each : *executions) {
      CHECK(each.price == Price::literal("100.01"));
      CHECK(each.quantity == Quantity::literal("1"));
      CHECK(each.fee_asset.value == (spot ? "BTC" : "USDT"));
      CHECK(each.fee.is_positive());
    }
    query.order_id = executions->at(1).order_id;
    const auto of_one =
        on<std::vector<VenueExecution>>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          api.executions(permit, query, reply);
        });
    REQUIRE(of_one->size() == 1);
    CHECK(of_one->front().id == executions->at(1).id);
    // Eight days later it is found all the same, where it is known to be filled.
    desk.step(std::chrono::hours{8 * 24});
    query.from = executions->at(1).at;
    query.filled = executions->at(1).quantity;
    const auto old =
        on<std::vector<VenueExecution>>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          api.executions(permit, query, reply);
        });
    REQUIRE_MESSAGE(old.has_value(), to_string(old.error()));
    REQUIRE(old->size() == 1);
    CHECK(old->front() == executions->at(1));
  }
}

TEST_CASE("each linear adapter tells funding to the last decimal, each payment once") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind, .funding = "0.0001"});
    REQUIRE(place(desk.exchange(), order("a", desk.symbol(), OrderSide::kBuy, "3")).has_value());
    const Timestamp opened = desk.now();
    const auto wallet = [&] {
      return Decimal::parse(desk.account().at("balances").at("USDT").at("total").get<std::string>())
          .value();
    };
    const Decimal before = wallet();
    desk.step(std::chrono::hours{20 * 24});
    const Decimal after = wallet();
    const auto told = [&](const FundingQuery& query) {
      return on<std::vector<VenueFunding>>(desk,
                                           [&](VenueApi& api, const Permit& permit, auto reply) {
                                             api.funding(permit, query, reply);
                                           });
    };
    const auto payments = told({{}, opened, desk.now()});
    REQUIRE_MESSAGE(payments.has_value(), to_string(payments.error()));
    REQUIRE(payments->size() == 60);
    Decimal sum;
    std::set<std::string> ids;
    for (std::size_t i = 0; i < payments->size(); ++i) {
      const VenueFunding& each = (*payments)[i];
      CHECK(each.symbol == desk.symbol());
      CHECK(each.asset.value == "USDT");
      CHECK(to_string(each.amount) == "-0.03");  // 0.0001 of 3 * 100
      if (i > 0) CHECK(each.at == (*payments)[i - 1].at + std::chrono::hours{8});
      sum += each.amount;
      ids.insert(each.id);
    }
    CHECK(ids.size() == 60);
    CHECK(to_string(after - before) == to_string(sum));
    CHECK(told({desk.symbol(), (*payments)[2].at, (*payments)[5].at})->size() == 4);
    CHECK(told({{"ETH/USDT:USDT"}, opened, desk.now()})->empty());
    CHECK(told({{}, desk.now(), opened}).error().code == ErrorCode::kInvalidInput);
  }
}

TEST_CASE("each linear adapter tells when the next funding is paid, and no time where none is") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    const auto times_at = [](SimulatedDesk& desk) {
      return on<std::vector<FundingTime>>(desk,
                                          [](VenueApi& api, const Permit& permit, auto reply) {
                                            api.funding_times(permit, reply);
                                          });
    };
    SimulatedDesk desk({.kind = kind, .funding = "0.0001"});
    CHECK(desk.api().features().funding_times);
    const auto times = times_at(desk);
    REQUIRE_MESSAGE(times.has_value(), to_string(times.error()));
    REQUIRE(times->size() == 1);
    CHECK(times->front() == FundingTime{desk.symbol(), desk.now(), kStart + std::chrono::hours{8}});
    SimulatedDesk unpaid({.kind = kind});
    const auto none = times_at(unpaid);
    REQUIRE(none.has_value());
    CHECK(none->empty());
  }
}

TEST_CASE("where no funding is paid the adapter says so and sends nothing") {
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBinanceSpot}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    const auto payments =
        on<std::vector<VenueFunding>>(desk, [&](VenueApi& api, const Permit& permit, auto reply) {
          api.funding(permit, {{}, kStart, desk.now()}, reply);
        });
    REQUIRE_FALSE(payments.has_value());
    CHECK(payments.error().code == ErrorCode::kInvalidInput);
    const auto times = on<std::vector<FundingTime>>(
        desk,
        [](VenueApi& api, const Permit& permit, auto reply) { api.funding_times(permit, reply); });
    REQUIRE_FALSE(times.has_value());
    CHECK(times.error().code == ErrorCode::kInvalidInput);
    CHECK_FALSE(desk.api().features().funding_times);
  }
}

TEST_CASE("each adapter tells the symbol's newest candles in any timeframe that the venue has") {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    for (const char* text : {"1m", "3m", "5m", "15m"}) {
      CAPTURE(text);
      const Timeframe timeframe = *Timeframe::parse(text);
      const auto some = candles(desk.exchange(), {desk.symbol(), timeframe, kStart, desk.now(), 2});
      REQUIRE(some.has_value());
      REQUIRE_FALSE(some->empty());
      CHECK(some->back().open_time + timeframe.duration() >= desk.now());
      CHECK(some->size() <= 2);
    }
  }
}

}  // namespace botbox::exchange::testing
