// Trading over every real adapter at a simulated venue: stops that fire, fills in parts, fees in
// coins, faults of every kind, bans, restarts. What the engine is told must be what the venue did.
#include <doctest/doctest.h>

#include <set>

#include "tests/exchange/simulator/simulated_desk.hpp"

namespace botbox::exchange::testing {
namespace {

// Where an entry and where a stop is placed.
std::string entry_path(const SimulatedDesk& desk) {
  if (desk.venue() == "bybit") return "POST /v5/order/create";
  return desk.venue() == "binance-spot" ? "POST /api/v3/order" : "POST /fapi/v1/order";
}
std::string stop_path(const SimulatedDesk& desk) {
  if (desk.venue() == "bybit") return "POST /v5/order/create";
  return desk.venue() == "binance-spot" ? "POST /api/v3/orderList/oco" : "POST /fapi/v1/algoOrder";
}

// Polls until `is_done`; the bound only ends a test that would go on for ever.
template <class Done>
bool polls_until(SimulatedDesk& desk, Done is_done) {
  for (int i = 0; i < 100; ++i) {
    desk.poll();
    if (is_done()) return true;
  }
  return false;
}

Decimal number(const nlohmann::json& text) { return Decimal::literal(text.get<std::string>()); }

// What is held of BTC: coins, or the size of the position.
Decimal held(SimulatedDesk& desk) {
  const nlohmann::json account = desk.account();
  if (desk.market() == MarketType::kSpot) {
    const auto& balances = account.at("balances");
    return balances.contains("BTC") ? number(balances.at("BTC").at("total")) : Decimal{};
  }
  const auto& positions = account.at("positions");
  return positions.contains(desk.symbol().value)
             ? number(positions.at(desk.symbol().value).at("size"))
             : Decimal{};
}

Quantity standing_stop(SimulatedDesk& desk) {
  const nlohmann::json account = desk.account();
  for (const auto& order : account.at("open_orders"))
    if (number(order.at("trigger")) == Decimal::literal("90"))
      return {number(order.at("quantity"))};
  return {};
}

OpenBracket known_bracket(const SimulatedDesk& desk, const std::string& id, Quantity entered) {
  OpenBracket known;
  known.parent = {id};
  known.group = {id};
  known.symbol = desk.symbol();
  known.entered = known.open = entered;
  known.entry_is_final = true;
  known.stop_loss = AttachedOrder{{id + "s"}, Price::literal("90")};
  known.take_profit = AttachedOrder{{id + "t"}, Price::literal("120")};
  return known;
}

// Of position "a".
OrderRequest enlarging(const SimulatedDesk& desk, const std::string& id) {
  OrderRequest more = order(id, desk.symbol(), OrderSide::kBuy, "2");
  more.effect = OrderEffect::kEnlargeOnly;
  more.group = {"a"};
  return more;
}

template <class Check>
void at_each_venue(Check check, SimulatedDeskOptions options = {}) {
  for (const VenueKind kind : kAllVenues) {
    CAPTURE(name_of(kind));
    options.kind = kind;
    SimulatedDesk desk(options);
    check(desk);
  }
}

}  // namespace

TEST_CASE("at each venue a stop that fires is reported with its fills, and nothing is left") {
  at_each_venue(
      [](SimulatedDesk& desk) {
        REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
        CHECK(desk.open_orders() == 2);
        desk.step(kMinute * 2);
        REQUIRE(polls_until(desk, [&] {
          const auto stop = find(desk.exchange(), desk.symbol(), "as");
          return stop && *stop && (*stop)->status == OrderStatus::kFilled;
        }));
        const auto stop = **find(desk.exchange(), desk.symbol(), "as");
        CHECK(stop.filled == Quantity::literal("3"));
        CHECK(stop.fills.front().price == Price::literal("90"));
        CHECK((**find(desk.exchange(), desk.symbol(), "at")).status == OrderStatus::kCancelled);
        CHECK(polls_until(desk, [&] { return desk.open_orders() == 0; }));
        CHECK(held(desk).is_zero());
      },
      {.minutes = {"100 100 100 100", "100 100 88 89"}});
}

TEST_CASE("at each venue a stop that is told of late is neither taken for lost nor placed twice") {
  at_each_venue([](SimulatedDesk& desk) {
    desk.post("/admin/faults", {{"read_lag_ms", 2'500}});
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    for (int second = 0; second < 12; ++second) {
      desk.step(Duration{1'000});
      desk.poll();
    }
    CHECK(desk.open_orders() == 2);
    CHECK(standing_stop(desk) == Quantity::literal("3"));
    CHECK(desk.events_of("bracket.lost") == 0);
    const auto entry = find(desk.exchange(), desk.symbol(), "a");
    REQUIRE((entry && *entry));
    CHECK((*entry)->status == OrderStatus::kFilled);
    CHECK((*entry)->fills.size() == 1);
  });
}

TEST_CASE("at each venue a stop that was given up and stands after all is the only one") {
  at_each_venue([](SimulatedDesk& desk) {
    desk.post("/admin/faults", {{"read_lag_ms", 9'000}});
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    for (int second = 0; second < 40; ++second) {
      desk.step(Duration{1'000});
      desk.poll();
    }
    CHECK(desk.events_of("bracket.lost") > 0);
    CHECK(desk.open_orders() == 2);
    CHECK(standing_stop(desk) == Quantity::literal("3"));
  });
}

TEST_CASE(
    "at each venue all fills are heard of, also of more orders than there is room to ask for") {
  at_each_venue([](SimulatedDesk& desk) {
    constexpr std::size_t kOrders = 12;
    std::set<std::string> booked;
    const auto note = [&](const OrderReport& report) {
      if (!report.fills.empty()) booked.insert(report.client_id.value);
    };
    desk.no_room = true;
    for (std::size_t i = 0; i < kOrders; ++i) {
      const auto sent = place(
          desk.exchange(), order("a" + std::to_string(i), desk.symbol(), OrderSide::kBuy, "0.1"));
      if (sent) note(*sent);
    }
    desk.no_room = false;
    for (int polls = 0; polls < 60 && booked.size() < kOrders; ++polls) {
      desk.room = 4;
      for (const auto& [id, report] : desk.poll()) note(report);
    }
    CHECK(booked.size() == kOrders);
  });
}

TEST_CASE("at each venue a target that fires takes its stop with it") {
  at_each_venue(
      [](SimulatedDesk& desk) {
        REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
        desk.step(kMinute * 2);
        REQUIRE(polls_until(desk, [&] {
          const auto target = find(desk.exchange(), desk.symbol(), "at");
          return target && *target && (*target)->status == OrderStatus::kFilled;
        }));
        CHECK(polls_until(desk, [&] { return desk.open_orders() == 0; }));
        CHECK(held(desk).is_zero());
      },
      {.minutes = {"100 100 100 100", "100 125 100 124"}});
}

TEST_CASE("at each venue an order is sent once, whatever becomes of its answer") {
  for (const std::string kind :
       {"drop_reply", "reset", "error_500", "timeout", "truncate", "malformed"}) {
    CAPTURE(kind);
    at_each_venue([&](SimulatedDesk& desk) {
      desk.fault(kind, entry_path(desk));
      CHECK(place(desk.exchange(), desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
      const auto found = find(desk.exchange(), desk.symbol(), "a");
      REQUIRE(found.has_value());
      REQUIRE(found->has_value());
      CHECK((*found)->status == OrderStatus::kFilled);
      CHECK(desk.open_orders() == 2);
      CHECK(place(desk.exchange(), desk.entry("a")).error().code == ErrorCode::kAlreadyExists);
      CHECK(desk.accepted("a") == 1);
      CHECK(held(desk) == Decimal::from_int(3));
    });
  }
}

TEST_CASE("at each venue an order that never arrived may be sent again under its id") {
  for (const std::string kind : {"drop_request", "unavailable"}) {
    CAPTURE(kind);
    at_each_venue([&](SimulatedDesk& desk) {
      desk.fault(kind, entry_path(desk));
      CHECK(place(desk.exchange(), desk.entry("a")).error().code == ErrorCode::kOutcomeUnknown);
      CHECK(*find(desk.exchange(), desk.symbol(), "a") == std::nullopt);
      REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
      CHECK(desk.accepted("a") == 1);
      CHECK(desk.open_orders() == 2);
    });
  }
}

TEST_CASE("at each venue \"slow down\" and a ban are definite, and told with their time") {
  for (const std::string kind : {"rate_limited", "ban", "ip_limit"}) {
    CAPTURE(kind);
    at_each_venue([&](SimulatedDesk& desk) {
      desk.fault(kind, entry_path(desk));
      CHECK(place(desk.exchange(), desk.entry("a")).error().code == ErrorCode::kRateLimited);
      REQUIRE(desk.stops.size() == 1);
      CHECK(desk.accepted("a") == 0);
      desk.step(kMinute * 11);
      CHECK(place(desk.exchange(), desk.entry("a")).has_value());
    });
  }
}

TEST_CASE("at each venue faults of a stop's request end in exactly one stop and one target") {
  for (const std::string kind : {"drop_reply", "reset", "error_500", "timeout", "truncate",
                                 "malformed", "drop_request", "unavailable", "rate_limited"}) {
    CAPTURE(kind);
    at_each_venue(
        [&](SimulatedDesk& desk) {
          OrderRequest entry = desk.entry("a");
          entry.type = OrderType::kLimit;
          entry.limit = Price::literal("99.5");
          REQUIRE(place(desk.exchange(), entry).has_value());
          desk.fault(kind, stop_path(desk));
          desk.step(kMinute * 2);
          for (int i = 0; i < 3; ++i) desk.poll();
          // Silence that was asked for ends.
          desk.step(kMinute * 11);
          REQUIRE(polls_until(desk, [&] { return desk.open_orders() == 2; }));
          for (int i = 0; i < 3; ++i) desk.poll();
          CHECK(desk.open_orders() == 2);
          CHECK(standing_stop(desk) == Quantity::literal("3"));
          CHECK(desk.accepted("as") == 1);
          CHECK(desk.accepted("at") == 1);
        },
        {.minutes = {"100 100 100 100", "100 100 99 99.2"}});
  }
}

TEST_CASE("at each venue an entry that fills in parts has a stop that grows with it") {
  at_each_venue(
      [](SimulatedDesk& desk) {
        OrderRequest entry = desk.entry("a");
        entry.type = OrderType::kLimit;
        entry.limit = Price::literal("99.5");
        REQUIRE(place(desk.exchange(), entry).has_value());
        Quantity before;
        int parts = 0;
        for (int minute = 0; minute < 8; ++minute) {
          desk.step(kMinute / 2);
          REQUIRE(polls_until(desk, [&] { return standing_stop(desk).value == held(desk); }));
          const auto report = **find(desk.exchange(), desk.symbol(), "a");
          CHECK(report.filled.value == held(desk));
          if (report.filled > before) ++parts;
          CHECK(report.filled >= before);
          before = report.filled;
        }
        CHECK(parts >= 2);
        CHECK(desk.events_of("bracket.refused") == 0);
      },
      {.minutes = {"100 100 100 100 1", "100 100 99 99 4", "99 99 98 98 4", "98 99 98 99 4"},
       .participation = "0.1"});
}

TEST_CASE("at each venue what enlarges a position is in its stop and target, a restart included") {
  at_each_venue([](SimulatedDesk& desk) {
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    const auto added = place(desk.exchange(), enlarging(desk, "b"));
    REQUIRE(added.has_value());
    CHECK(added->filled == Quantity::literal("2"));
    CHECK(desk.open_orders() == 2);
    CHECK(standing_stop(desk) == Quantity::literal("5"));
    OpenBracket known = known_bracket(desk, "a", Quantity::literal("3"));
    known.open = Quantity::literal("5");
    known.additions = {{{"b"}, Quantity::literal("2"), true}};
    desk.restart({known});
    for (int i = 0; i < 3; ++i) desk.poll();
    CHECK(desk.open_orders() == 2);
    CHECK(standing_stop(desk) == Quantity::literal("5"));
    const auto close =
        place(desk.exchange(), reduce(order("c", desk.symbol(), OrderSide::kSell, "5"), "a"));
    REQUIRE(close.has_value());
    CHECK(close->filled == Quantity::literal("5"));
    CHECK(held(desk).is_zero());
    CHECK(polls_until(desk, [&] { return desk.open_orders() == 0; }));
  });
}

TEST_CASE("at each venue an addition is sent once and protected, whatever becomes of its answer") {
  for (const std::string kind :
       {"drop_reply", "reset", "error_500", "truncate", "drop_request", "unavailable"}) {
    CAPTURE(kind);
    at_each_venue([&](SimulatedDesk& desk) {
      REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
      desk.fault(kind, entry_path(desk));
      CHECK(place(desk.exchange(), enlarging(desk, "b")).error().code ==
            ErrorCode::kOutcomeUnknown);
      // Without a question of the engine.
      REQUIRE(polls_until(desk, [&] { return standing_stop(desk).value == held(desk); }));
      const auto found = find(desk.exchange(), desk.symbol(), "b");
      REQUIRE(found.has_value());
      if (!found->has_value()) REQUIRE(place(desk.exchange(), enlarging(desk, "b")).has_value());
      REQUIRE(polls_until(desk, [&] { return standing_stop(desk) == Quantity::literal("5"); }));
      CHECK(desk.open_orders() == 2);
      CHECK(held(desk) == Decimal::from_int(5));
      CHECK(desk.accepted("b") == 1);
    });
  }
}

TEST_CASE("at each venue faults of what enlarges a stop end in one stop for all that is open") {
  for (const std::string kind :
       {"drop_reply", "reset", "error_500", "truncate", "drop_request", "unavailable"}) {
    CAPTURE(kind);
    at_each_venue([&](SimulatedDesk& desk) {
      REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
      desk.fault(kind, desk.venue() == "bybit" ? "POST /v5/order/amend" : stop_path(desk), 2);
      const auto added = place(desk.exchange(), enlarging(desk, "b"));
      REQUIRE(added.has_value());
      CHECK(added->filled == Quantity::literal("2"));
      REQUIRE(polls_until(desk, [&] {
        return standing_stop(desk) == Quantity::literal("5") && desk.open_orders() == 2;
      }));
      for (int i = 0; i < 3; ++i) desk.poll();
      CHECK(desk.open_orders() == 2);
      CHECK(desk.events_of("position.unprotected") == 0);
    });
  }
}

TEST_CASE("at each venue a close frees what its stop locks, and the rest is protected again") {
  at_each_venue([](SimulatedDesk& desk) {
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    const auto close =
        place(desk.exchange(), reduce(order("c", desk.symbol(), OrderSide::kSell, "2"), "a"));
    REQUIRE(close.has_value());
    CHECK(close->filled == Quantity::literal("2"));
    REQUIRE(polls_until(desk, [&] { return standing_stop(desk) == Quantity::literal("1"); }));
    CHECK(desk.open_orders() == 2);
  });
}

TEST_CASE("at each venue a close with a lost answer leaves no position without a stop") {
  for (const std::string kind : {"drop_reply", "drop_request"}) {
    CAPTURE(kind);
    at_each_venue([&](SimulatedDesk& desk) {
      REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
      desk.fault(kind, entry_path(desk));
      const auto close =
          place(desk.exchange(), reduce(order("c", desk.symbol(), OrderSide::kSell, "2"), "a"));
      CHECK(close.error().code == ErrorCode::kOutcomeUnknown);
      REQUIRE(polls_until(desk, [&] { return standing_stop(desk).value == held(desk); }));
      CHECK(held(desk) == Decimal::from_int(kind == "drop_reply" ? 1 : 3));
    });
  }
}

TEST_CASE("at each venue a limit order that filled before its cancellation is reported filled") {
  at_each_venue(
      [](SimulatedDesk& desk) {
        OrderRequest entry = desk.entry("a");
        entry.type = OrderType::kLimit;
        entry.limit = Price::literal("99.5");
        REQUIRE(place(desk.exchange(), entry).has_value());
        desk.step(kMinute * 2);
        const auto cancelled = cancel(desk.exchange(), desk.symbol(), "a");
        REQUIRE(cancelled.has_value());
        CHECK(cancelled->status == OrderStatus::kFilled);
        CHECK(cancelled->fills.front().price == Price::literal("99.5"));
        CHECK(standing_stop(desk) == Quantity::literal("3"));
      },
      {.minutes = {"100 100 100 100", "100 100 99 99.2"}});
}

TEST_CASE("at each spot venue a stop stands for the coins left after the fee, a restart included") {
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBinanceSpot}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind, .fee_coin = sim::FeeCoin::kReceived});
    const auto entered = place(desk.exchange(), desk.entry("a"));
    REQUIRE(entered.has_value());
    CHECK(entered->fills.front().fee_coin.value == "BTC");
    CHECK(entered->fills.front().fee_in_coin == Decimal::literal("0.003"));
    CHECK(held(desk) == Decimal::literal("2.997"));
    CHECK(standing_stop(desk) == Quantity::literal("2.997"));
    desk.restart({known_bracket(desk, "a", Quantity::literal("3"))});
    for (int i = 0; i < 3; ++i) desk.poll();
    CHECK(standing_stop(desk) == Quantity::literal("2.997"));
    CHECK(desk.accepted("as") == 1);
    CHECK(desk.events_of("bracket.refused") == 0);
    const auto close =
        place(desk.exchange(), reduce(order("c", desk.symbol(), OrderSide::kSell, "3"), "a"));
    REQUIRE(close.has_value());
    CHECK(close->filled == Quantity::literal("2.997"));
    CHECK(held(desk).is_zero());
    CHECK(polls_until(desk, [&] { return desk.open_orders() == 0; }));
  }
}

TEST_CASE("at each spot venue a fee in a third coin is an event with coin and amount") {
  for (const VenueKind kind : {VenueKind::kBybitSpot, VenueKind::kBinanceSpot}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind, .fee_coin = sim::FeeCoin::kThird});
    const auto entered = place(desk.exchange(), desk.entry("a"));
    REQUIRE(entered.has_value());
    const Fill& fill = entered->fills.front();
    CHECK(fill.fee.is_zero());
    CHECK(fill.fee_coin.value == "BNB");
    CHECK(fill.fee_in_coin.is_positive());
    CHECK(desk.events_of("fee.other_asset") == 1);
    CHECK(standing_stop(desk) == Quantity::literal("3"));
  }
}

TEST_CASE("at each venue a restart finds its stop, a stop that fired, and one that is missing") {
  at_each_venue(
      [](SimulatedDesk& desk) {
        REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
        desk.restart({known_bracket(desk, "a", Quantity::literal("3"))});
        for (int i = 0; i < 3; ++i) desk.poll();
        CHECK(desk.open_orders() == 2);
        CHECK(desk.accepted("as") == 1);
        desk.step(kMinute * 2);
        desk.restart({known_bracket(desk, "a", Quantity::literal("3"))});
        REQUIRE(polls_until(desk, [&] {
          const auto stop = find(desk.exchange(), desk.symbol(), "as");
          return stop && *stop && (*stop)->status == OrderStatus::kFilled;
        }));
        CHECK(polls_until(desk, [&] { return desk.open_orders() == 0; }));
        CHECK(held(desk).is_zero());
      },
      {.minutes = {"100 100 100 100", "100 100 88 89"}});
  // A process that died between the fill and its stop.
  at_each_venue([](SimulatedDesk& desk) {
    REQUIRE(place(desk.exchange(), order("a", desk.symbol(), OrderSide::kBuy, "3")).has_value());
    CHECK(desk.open_orders() == 0);
    desk.restart({known_bracket(desk, "a", Quantity::literal("3"))});
    REQUIRE(polls_until(desk, [&] { return desk.open_orders() == 2; }));
    CHECK(standing_stop(desk) == Quantity::literal("3"));
  });
}

TEST_CASE("at each venue a stop that the price has passed is told as such, after a restart too") {
  at_each_venue([](SimulatedDesk& desk) {
    const auto is_told = [&] {
      desk.open_orders();  // a round trip of its own: polls alone do not wait for what is under way
      for (const PassedStop& passed : desk.take_passed()) {
        CHECK(passed.stop.value == "as");
        CHECK(passed.or_target == (desk.venue() == "binance-spot"));
        CHECK_FALSE(passed.why.empty());
        return true;
      }
      return false;
    };
    const OrderRequest late =
        with_target(with_stop(order("a", desk.symbol(), OrderSide::kBuy, "3"), "110"), "120");
    REQUIRE(place(desk.exchange(), late).has_value());
    CHECK(polls_until(desk, is_told));
    OpenBracket known = known_bracket(desk, "a", Quantity::literal("3"));
    known.stop_loss = AttachedOrder{{"as"}, Price::literal("110")};
    desk.restart({known});
    desk.take_passed();
    CHECK(polls_until(desk, is_told));
  });
  at_each_venue([](SimulatedDesk& desk) {
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    for (int i = 0; i < 5; ++i) desk.poll();
    CHECK(desk.take_passed().empty());
  });
}

TEST_CASE("at each linear venue a close right after an hour that does not pay is told at once") {
  at_each_venue(
      [](SimulatedDesk& desk) {
        if (desk.market() == MarketType::kSpot) return;
        const bool is_bybit = desk.venue() == "bybit";
        const auto asked = [&](const std::string& what) {
          return desk.get("/admin/ledger").at("endpoints").at(desk.venue()).contains("GET " + what);
        };
        REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
        REQUIRE(polls_until(desk, [&] {
          return asked(is_bybit ? "/v5/market/tickers" : "/fapi/v1/premiumIndex");
        }));
        for (int i = 0; i < 3; ++i) desk.poll();
        desk.step(kStart + std::chrono::hours{1} + std::chrono::seconds{3} - desk.now());
        const OrderRequest sale = order("c", desk.symbol(), OrderSide::kSell, "3");
        REQUIRE(place(desk.exchange(), reduce(sale, "a")).has_value());
        CHECK(polls_until(desk, [&] {
          const auto close = find(desk.exchange(), desk.symbol(), "c");
          return close && *close && (*close)->status == OrderStatus::kFilled;
        }));
        CHECK_FALSE(asked(is_bybit ? "/v5/account/transaction-log" : "/fapi/v1/income"));
      },
      {.funding = "0.0001"});
}

TEST_CASE("at each venue a quiet poll costs the same with one position as with five") {
  at_each_venue([](SimulatedDesk& desk) {
    const auto requests = [&] {
      std::uint64_t sum = 0;
      const nlohmann::json endpoints = desk.get("/admin/ledger").at("endpoints").at(desk.venue());
      for (const auto& [what, count] : endpoints.items())
        sum += count.at("requests").get<std::uint64_t>();
      return sum;
    };
    std::vector<std::uint64_t> costs;
    for (int positions = 0; positions < 5; ++positions) {
      const std::string id = "a" + std::to_string(positions);
      REQUIRE(place(desk.exchange(), desk.entry(id, "1")).has_value());
      for (int i = 0; i < 3; ++i) desk.poll();
      const std::uint64_t before = requests();
      desk.poll();
      costs.push_back(requests() - before);
    }
    CHECK(costs.back() == costs.front());
    CHECK(costs.back() <= 2);
  });
}

TEST_CASE("at each venue a symbol that is delisted is told, and takes no entry") {
  at_each_venue([](SimulatedDesk& desk) {
    desk.post("/admin/delist", {{"venue", desk.venue()}, {"symbol", desk.symbol().value}});
    // Binance's adapter takes a list without any symbol for a broken one.
    if (instruments(desk.exchange())) CHECK(desk.events_of("instrument.gone") == 1);
    CHECK(place(desk.exchange(), desk.entry("a")).error().code == ErrorCode::kRejected);
    CHECK(desk.accepted("a") == 0);
  });
}

TEST_CASE("at each venue changed filters are told, and the next stop stands on the new grid") {
  at_each_venue([](SimulatedDesk& desk) {
    desk.post("/admin/filters",
              {{"venue", desk.venue()}, {"symbol", desk.symbol().value}, {"lot", "0.01"}});
    REQUIRE(instruments(desk.exchange()).has_value());
    CHECK(desk.events_of("instrument.changed") == 1);
    REQUIRE(place(desk.exchange(), desk.entry("a", "0.5")).has_value());
    CHECK(standing_stop(desk) == Quantity::literal("0.5"));
  });
}

TEST_CASE("at each perpetual venue an entry goes out at the configured leverage and margin mode") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk(
        {.kind = kind,
         .settings = {.leverage = Decimal::from_int(3), .margin_mode = MarginMode::kIsolated}});
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    REQUIRE(place(desk.exchange(), desk.entry("b")).has_value());
    const auto positions = ask<std::vector<VenuePosition>>(
        [&](auto reply) { desk.api().positions(Permits::fresh(), reply); });
    REQUIRE(positions.has_value());
    REQUIRE(positions->size() == 1);
    CHECK(positions->front().leverage == Decimal::from_int(3));
    CHECK(positions->front().margin_mode == MarginMode::kIsolated);
    CHECK(desk.events_of("account.terms") == 0);
    // Another process asks again; nothing is to be changed.
    desk.restart({known_bracket(desk, "a", Quantity::literal("3")),
                  known_bracket(desk, "b", Quantity::literal("3"))});
    for (int i = 0; i < 3; ++i) desk.poll();
    REQUIRE(place(desk.exchange(), desk.entry("c")).has_value());
    CHECK(desk.accepted("c") == 1);
    CHECK(desk.events_of("account.terms") == 0);
  }
}

TEST_CASE("where the venue nets, an entry against another position of the symbol is refused") {
  for (const VenueKind kind : {VenueKind::kBybitLinear, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    REQUIRE(place(desk.exchange(), desk.entry("a")).has_value());
    const OrderRequest against = order("b", desk.symbol(), OrderSide::kSell, "1");
    CHECK(place(desk.exchange(), against).error().code == ErrorCode::kNotSent);
    CHECK(desk.accepted("b") == 0);
    REQUIRE(place(desk.exchange(), desk.entry("c", "1")).has_value());
    for (const std::string group : {"a", "c"})
      REQUIRE(place(desk.exchange(),
                    reduce(order("x" + group, desk.symbol(), OrderSide::kSell, "3"), group))
                  .has_value());
    CHECK(held(desk).is_zero());
    CHECK(place(desk.exchange(), against).has_value());
    CHECK(held(desk) == Decimal::from_int(-1));
  }
}

TEST_CASE("at each venue the venue's own counter of the address is followed") {
  for (const VenueKind kind : {VenueKind::kBinanceSpot, VenueKind::kBinanceUsdm}) {
    CAPTURE(name_of(kind));
    SimulatedDesk desk({.kind = kind});
    REQUIRE(balances(desk.exchange()).has_value());
    REQUIRE_FALSE(desk.counters.empty());
    for (const auto& [window, used] : desk.counters) {
      CHECK(used > 0);
      CHECK(std::ranges::any_of(desk.api().limits(),
                                [&](const LimitWindow& known) { return known.name == window; }));
    }
  }
}

}  // namespace botbox::exchange::testing
