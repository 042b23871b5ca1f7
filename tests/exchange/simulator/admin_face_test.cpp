// The admin endpoints: what is done by hand, and that nothing is done which was not said.
#include <doctest/doctest.h>

#include "tests/exchange/simulator/sim_bench.hpp"

namespace botbox::exchange::testing {
namespace {

// Empty: it was done.
std::string admin_refusal(SimBench& bench, const std::string& what, const Json& body) {
  const sim::WireAnswer said = bench.send({"POST", "/admin/" + what, {}, body.dump(), {}}).answer;
  const Json told = Json::parse(said.body);
  CHECK((said.status == 200) == !told.contains("error"));
  return told.value("error", "");
}

Json of_perpetual() {
  return {{"venue", "bybit"}, {"key", Signing{}.key}, {"symbol", kSimLinear.value}};
}

Json hand_order(const std::string& side, const std::string& quantity) {
  Json order = of_perpetual();
  order["side"] = side;
  order["quantity"] = quantity;
  return order;
}

Decimal perpetual_size(SimBench& bench) {
  return bench.account("bybit").positions.at(kSimLinear).size;
}

}  // namespace

TEST_CASE("an order by hand goes to the side that was said, or nowhere") {
  SimBench bench;
  CHECK(admin_refusal(bench, "order", hand_order("buy", "1")).empty());
  CHECK(perpetual_size(bench) == Decimal::from_int(1));
  CHECK(admin_refusal(bench, "order", hand_order("Sell", "0.4")).empty());
  CHECK(to_string(perpetual_size(bench)) == "0.6");
  for (const char* side : {"", "long", "B"})
    CHECK(admin_refusal(bench, "order", hand_order(side, "1")) == "side must be BUY or SELL");
  CHECK(admin_refusal(bench, "order", hand_order("BUY", "much")) == "quantity must be a number");
  CHECK(admin_refusal(bench, "order", hand_order("BUY", "0.00001")) ==
        "the quantity is no multiple of the lot");
  CHECK(to_string(perpetual_size(bench)) == "0.6");
  CHECK(admin_refusal(bench, "close", of_perpetual()).empty());
  CHECK(perpetual_size(bench).is_zero());
  CHECK(admin_refusal(bench, "close", of_perpetual()) == "there is no position");
}

TEST_CASE("a deposit and new filters are numbers, and what is misspelt is refused") {
  SimBench bench;
  Json deposit{{"venue", "binance-spot"}, {"key", Signing{}.key}, {"asset", "USDT"}};
  CHECK(admin_refusal(bench, "deposit", deposit) == "amount must be a number");
  deposit["amount"] = "1.5";
  CHECK(admin_refusal(bench, "deposit", deposit).empty());
  CHECK(to_string(bench.total("binance-spot", "USDT")) == "100001.5");
  Json filters{{"venue", "bybit"}, {"symbol", kSimLinear.value}};
  CHECK(admin_refusal(bench, "filters", filters) ==
        "tick, lot, min_quantity or min_notional must be given");
  filters["lot"] = "coarse";
  CHECK(admin_refusal(bench, "filters", filters) == "lot must be a number");
  filters["lot"] = "0.1";
  filters["lott"] = "0.1";
  CHECK(admin_refusal(bench, "filters", filters) == "unknown member 'lott'");
  filters.erase("lott");
  CHECK(admin_refusal(bench, "filters", filters).empty());
  CHECK(bench.simulator.venue("bybit").listing(kSimLinear)->instrument.lot ==
        Quantity::literal("0.1"));
}

TEST_CASE("a fault plan that is misspelt is refused whole; of a rule only the kind is needed") {
  SimBench bench;
  CHECK(admin_refusal(bench, "faults", {{"clock_skew", 5}}) == "unknown member 'clock_skew'");
  CHECK(admin_refusal(bench, "faults", {{"outage_ms", "long"}}) ==
        "outage_ms must be a whole number");
  const auto rules = [](const Json& rule) { return Json{{"rules", Json::array({rule})}}; };
  CHECK(admin_refusal(bench, "faults", rules({{"kind", "ban"}, {"chanse", 1}})) ==
        "unknown member 'chanse'");
  CHECK(admin_refusal(bench, "faults", rules({{"kind", "ban"}, {"ms", "1 s"}})) ==
        "ms must be a whole number");
  CHECK(bench.simulator.faults().rules.empty());
  CHECK(admin_refusal(bench, "faults", rules({{"kind", "reset"}})).empty());
  REQUIRE(bench.simulator.faults().rules.size() == 1);
  const sim::FaultRule& rule = bench.simulator.faults().rules.front();
  CHECK(rule.kind == sim::FaultKind::kReset);
  CHECK(rule.path.empty());
  CHECK(rule.chance == 1'000);
  CHECK(rule.count == -1);
}

TEST_CASE("the market moves when it is told to, and as fast as it is told to") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 97 97"}});
  const auto told = [&](const std::string& method, const std::string& path, const Json& body) {
    const std::string text = body.is_null() ? "" : body.dump();
    return Json::parse(bench.send({method, "/admin/" + path, {}, text, {}}).answer.body);
  };
  const auto after = [](const Json& time) {
    return time.at("now").get<std::int64_t>() - kSimStart.ms;
  };
  bench.spot("POST", "order",
             "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=98");
  REQUIRE(bench.account("binance-spot").open.size() == 1);
  CHECK(after(told("POST", "step", {{"ms", 120'000}})) == 120'000);
  CHECK(bench.account("binance-spot").open.empty());
  CHECK(bench.account("binance-spot").executions.size() == 1);
  bench.clock.advance(Duration{1'000});
  CHECK(after(told("GET", "time", nullptr)) == 121'000);
  CHECK(told("POST", "time", {{"speed", 0}}).at("speed") == 0);
  bench.clock.advance(Duration{10'000});
  CHECK(after(told("GET", "time", nullptr)) == 121'000);
  told("POST", "time", {{"speed", 60}});
  bench.clock.advance(Duration{1'000});
  CHECK(after(told("GET", "time", nullptr)) == 181'000);
  for (const Json& body : {Json::object(), Json{{"ms", -1}}, Json{{"ms", "soon"}}})
    CHECK(told("POST", "step", body).contains("error"));
  CHECK(told("POST", "time", {{"speed", -1}}).contains("error"));
  CHECK(after(told("GET", "time", nullptr)) == 181'000);
}

TEST_CASE("what arrived is told request by request, with what went wrong on purpose") {
  SimBench bench;
  bench.spot("GET", "account", "");
  bench.simulator.faults().rules = {
      {.kind = sim::FaultKind::kDropReply, .path = "POST", .chance = 1000, .count = 1}};
  bench.send(bench.bybit("POST", "/v5/order/cancel-all", R"({"category":"spot"})"));
  const Json rows = Json::parse(bench.send({"GET", "/admin/requests", {}, {}, {}}).answer.body);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].at("venue") == "binance-spot");
  CHECK(rows[0].at("request") == "GET /api/v3/account");
  CHECK(rows[0].at("status") == 200);
  CHECK(rows[0].at("fault") == "");
  CHECK(rows[0].at("at") == kSimStart.ms);
  CHECK(rows[1].at("request") == "POST /v5/order/cancel-all");
  CHECK(rows[1].at("status") == 0);  // no answer was sent
  CHECK(rows[1].at("fault") == "drop_reply");
}

TEST_CASE("what can be asked and done by hand is listed, and each of it is there") {
  SimBench bench;
  const auto status = [&](const std::string& method, const std::string& path) {
    return bench.send({method, path, {}, method == "POST" ? "{}" : "", {}}).answer.status;
  };
  const Json index = Json::parse(bench.send({"GET", "/admin", {}, {}, {}}).answer.body);
  for (const Json& path : index.at("get")) CHECK(status("GET", path.get<std::string>()) == 200);
  for (const Json& path : index.at("post")) CHECK(status("POST", path.get<std::string>()) != 404);
  CHECK(index.at("venues").size() == 3);
  CHECK(status("GET", "/admin/nothing") == 404);
}

TEST_CASE("a trade is taken back, and a position liquidated, by hand") {
  SimBench bench;
  REQUIRE(admin_refusal(bench, "order", hand_order("buy", "1")).empty());
  CHECK(admin_refusal(bench, "bust", of_perpetual()).empty());
  CHECK(perpetual_size(bench).is_zero());
  CHECK(to_string(bench.total("bybit", "USDT")) == "100000");
  CHECK(admin_refusal(bench, "bust", of_perpetual()) == "there is no trade");
  REQUIRE(admin_refusal(bench, "order", hand_order("buy", "1")).empty());
  CHECK(admin_refusal(bench, "liquidate", of_perpetual()).empty());
  CHECK(perpetual_size(bench).is_zero());
  CHECK(bench.account("bybit").executions.size() == 2);
  CHECK(admin_refusal(bench, "liquidate", of_perpetual()) == "there is no position");
}

}  // namespace botbox::exchange::testing
