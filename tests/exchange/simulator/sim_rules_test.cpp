// In what the venues are stricter than a bot might think: how long they tell of an order, how much
// they tell at once, how many orders may stand, how a rolling second is counted.
#include <doctest/doctest.h>

#include "tests/exchange/simulator/sim_bench.hpp"

namespace botbox::exchange::testing {
namespace {

constexpr std::chrono::hours kOneDay{24};

std::string linear_body(const std::string& members) {
  return R"({"category":"linear","symbol":"BTCUSDT",)" + members + "}";
}

std::string limit_body(const std::string& id) {
  return linear_body(
      R"("side":"Buy","orderType":"Limit","qty":"0.1","price":"50","orderLinkId":")" + id + '"');
}

std::string market_body(const std::string& id) {
  return linear_body(R"("side":"Buy","orderType":"Market","qty":"0.1","orderLinkId":")" + id + '"');
}

std::size_t rows_told(SimBench& bench, const std::string& path, const std::string& which) {
  return bench.bybit_result("GET", path, "category=linear&symbol=BTCUSDT" + which)
      .at("list")
      .size();
}

void place_and_cancel(SimBench& bench, const std::string& id) {
  bench.bybit_result("POST", "order/create", limit_body(id));
  bench.bybit_result("POST", "order/cancel", linear_body(R"("orderLinkId":")" + id + '"'));
}

std::string named_header(const sim::Delivery& delivery, const std::string& name) {
  for (const auto& [known, value] : delivery.answer.headers)
    if (known == name) return value;
  return {};
}

std::string stop_body(const std::string& id) {
  return linear_body(R"("side":"Sell","orderType":"Market","qty":"0.1","triggerPrice":"90",)"
                     R"("triggerDirection":2,"orderLinkId":")" +
                     id + '"');
}

}  // namespace

TEST_CASE("simulated Bybit tells for a day of what ended without a fill, and longer of the rest") {
  SimBench bench;
  place_and_cancel(bench, "unfilled");
  bench.bybit_result("POST", "order/create", market_body("filled"));
  bench.step(kOneDay - Duration{1});
  CHECK(rows_told(bench, "order/history", "") == 2);
  CHECK(rows_told(bench, "order/history", "&orderLinkId=unfilled") == 1);
  bench.step(Duration{1});
  CHECK(rows_told(bench, "order/history", "&orderLinkId=unfilled") == 0);
  CHECK(rows_told(bench, "order/realtime", "&orderLinkId=unfilled") == 1);
  bench.step(6 * kOneDay);
  CHECK(rows_told(bench, "order/history", "") == 1);
  CHECK(rows_told(bench, "execution/list", "") == 1);
  bench.step(Duration{1});  // a week, unless another time or an id is named
  CHECK(rows_told(bench, "order/history", "") == 0);
  CHECK(rows_told(bench, "execution/list", "") == 0);
  const std::string start = "&startTime=" + std::to_string(kSimStart.ms);
  CHECK(rows_told(bench, "order/history", start) == 1);
  CHECK(rows_told(bench, "execution/list", start) == 1);
  CHECK(rows_told(bench, "order/history", "&orderLinkId=filled") == 1);
  CHECK(rows_told(bench, "execution/list", "&orderLinkId=filled") == 1);
  const std::string too_long =
      "category=linear&startTime=1&endTime=" + std::to_string(7 * 86'400'000 + 2);
  for (const char* path : {"order/history", "execution/list"})
    CHECK(bench.bybit_code("GET", path, too_long) == 10001);
}

TEST_CASE("simulated Bybit tells in real time of the newest 500 that have ended") {
  SimBench bench({.enforce_limits = false});
  for (int i = 0; i < 501; ++i) place_and_cancel(bench, "o" + std::to_string(i));
  CHECK(rows_told(bench, "order/realtime", "&orderLinkId=o0") == 0);
  CHECK(rows_told(bench, "order/realtime", "&orderLinkId=o1") == 1);
  CHECK(rows_told(bench, "order/history", "&orderLinkId=o0") == 1);
}

TEST_CASE("simulated Bybit has its own sizes of a page for orders and for executions") {
  SimBench bench({.enforce_limits = false});
  for (int i = 0; i < 60; ++i) {
    bench.bybit_result("POST", "order/create", limit_body("r" + std::to_string(i)));
    bench.bybit_result("POST", "order/create", market_body("m" + std::to_string(i)));
  }
  CHECK(rows_told(bench, "order/realtime", "") == 20);
  CHECK(rows_told(bench, "order/realtime", "&limit=100") == 50);
  CHECK(rows_told(bench, "order/history", "&limit=100") == 50);
  CHECK(rows_told(bench, "execution/list", "") == 50);
  CHECK(rows_told(bench, "execution/list", "&limit=100") == 60);
}

TEST_CASE("simulated Bybit counts every second that ends now, not those of the clock") {
  SimBench bench;
  bench.step(Duration{900});
  for (int i = 0; i < 10; ++i)
    REQUIRE(bench.bybit_code("POST", "order/create", limit_body("o" + std::to_string(i))) == 0);
  bench.step(Duration{200});
  const auto away = bench.send(bench.bybit("POST", "/v5/order/create", limit_body("o10")));
  CHECK(Json::parse(away.answer.body).at("retCode") == 10006);
  CHECK(named_header(away, "X-Bapi-Limit-Reset-Timestamp") == std::to_string(kSimStart.ms + 1'900));
  bench.step(Duration{799});
  CHECK(bench.bybit_code("POST", "order/create", limit_body("o10")) == 10006);
  bench.step(Duration{1});
  CHECK(bench.bybit_code("POST", "order/create", limit_body("o10")) == 0);
}

TEST_CASE("simulated Bybit lets a spot account place twice as often as amend") {
  SimBench bench;
  const std::string body = R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"none"})";
  CHECK(named_header(bench.send(bench.bybit("POST", "/v5/order/cancel", body)), "X-Bapi-Limit") ==
        "20");
  CHECK(named_header(bench.send(bench.bybit("POST", "/v5/order/amend", body)), "X-Bapi-Limit") ==
        "10");
}

TEST_CASE("whoever goes on placing over the number of orders is banned by simulated Binance") {
  SimBench bench;
  const auto status_of = [&](const char* quantity) {
    const std::string order =
        "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=50&quantity=";
    return bench.send(bench.binance("POST", "/api/v3/order", order + quantity)).answer.status;
  };
  for (int i = 0; i < 100; ++i) REQUIRE(status_of("0.2") == 200);
  for (int i = 0; i < 10; ++i) CHECK(status_of("0.2") == 429);
  CHECK(status_of("0.2") == 418);
  CHECK(bench.send({"GET", "/api/v3/time", "", "", {}}).answer.status == 418);
  CHECK(bench.account("binance-spot").open.size() == 100);
  bench.step(std::chrono::minutes{2});
  CHECK(status_of("0.2") == 200);
}

TEST_CASE("simulated Binance USD-M forgets orders, soonest those that ended without a fill") {
  SimBench bench;
  const std::string of = "symbol=BTCUSDT&origClientOrderId=";
  bench.usdm("POST", "v1/order",
             "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90&"
             "newClientOrderId=unfilled");
  CHECK(bench.usdm("GET", "v1/openOrder", of + "unfilled").at("status") == "NEW");
  bench.usdm("DELETE", "v1/order", of + "unfilled");
  CHECK(bench.usdm("GET", "v1/openOrder", of + "unfilled").at("code") == -2013);
  bench.usdm("POST", "v1/order",
             "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=filled");
  bench.step(3 * kOneDay);
  CHECK(bench.usdm("GET", "v1/order", of + "unfilled").at("status") == "CANCELED");
  CHECK(bench.usdm("GET", "v1/allOrders", "symbol=BTCUSDT").size() == 2);
  bench.step(Duration{1});
  CHECK(bench.usdm("GET", "v1/order", of + "unfilled").at("code") == -2013);
  CHECK(bench.usdm("GET", "v1/allOrders", "symbol=BTCUSDT").size() == 1);
  bench.step(4 * kOneDay);
  CHECK(bench.usdm("GET", "v1/userTrades", "symbol=BTCUSDT").empty());  // older than a week
  CHECK(bench.usdm("GET", "v1/allOrders", "symbol=BTCUSDT").empty());
  const std::string start = "&startTime=" + std::to_string(kSimStart.ms);
  CHECK(bench.usdm("GET", "v1/userTrades", "symbol=BTCUSDT" + start).size() == 1);
  CHECK(bench.usdm("GET", "v1/userTrades", "symbol=BTCUSDT&fromId=1").size() == 1);
  CHECK(bench.usdm("GET", "v1/allOrders", "symbol=BTCUSDT&orderId=1").size() == 1);
  CHECK(bench.usdm("GET", "v1/order", of + "filled").at("status") == "FILLED");
  bench.step(83 * kOneDay);
  CHECK(bench.usdm("GET", "v1/order", of + "filled").at("code") == -2013);
}

TEST_CASE("simulated Binance refuses too long a range, and what it takes in parts only") {
  SimBench bench;
  const auto spot = [&](const std::string& path, const std::string& which) {
    const Json told = bench.spot("GET", path, "symbol=BTCUSDT" + which);
    return told.is_array() ? 0 : told.at("code").get<int>();
  };
  const auto usdm = [&](const std::string& path, const std::string& which) {
    const Json told = bench.usdm("GET", path, "symbol=BTCUSDT" + which);
    return told.is_array() ? 0 : told.at("code").get<int>();
  };
  const std::string day = "&startTime=1&endTime=" + std::to_string(86'400'000 + 1);
  const std::string longer = "&startTime=1&endTime=" + std::to_string(86'400'000 + 2);
  for (const char* path : {"myTrades", "allOrders"}) {
    CHECK(spot(path, day) == 0);
    CHECK(spot(path, longer) == -1127);
  }
  CHECK(spot("myTrades", "&orderId=1&fromId=1") == 0);
  CHECK(spot("myTrades", "&orderId=1&startTime=1") == -1128);
  CHECK(spot("myTrades", "&fromId=1&endTime=1") == -1128);
  const std::string week = "&startTime=1&endTime=" + std::to_string(7 * 86'400'000 + 1);
  const std::string over = "&startTime=1&endTime=" + std::to_string(7 * 86'400'000 + 2);
  for (const char* path : {"v1/userTrades", "v1/allOrders"}) {
    CHECK(usdm(path, week) == 0);
    CHECK(usdm(path, over) == -4165);
  }
  CHECK(usdm("v1/userTrades", "&fromId=1&startTime=1") == -1128);
}

TEST_CASE("simulated Binance USD-M takes one stop and one target that close all of a position") {
  SimBench bench;
  const auto close_all = [&](const std::string& id, const std::string& type,
                             const std::string& trigger) {
    return bench.usdm("POST", "v1/algoOrder",
                      "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&closePosition=true&type=" +
                          type + "&triggerPrice=" + trigger + "&clientAlgoId=" + id);
  };
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1");
  CHECK(close_all("a", "STOP_MARKET", "90").contains("algoId"));
  CHECK(close_all("b", "STOP_MARKET", "80").at("code") == -4130);
  CHECK(close_all("c", "TAKE_PROFIT_MARKET", "120").contains("algoId"));
  CHECK(bench.account("binance-usdm").open.size() == 2);
  bench.usdm("DELETE", "v1/algoOrder", "symbol=BTCUSDT&clientAlgoId=a");
  CHECK(close_all("b", "STOP_MARKET", "80").contains("algoId"));
}

TEST_CASE("only so many orders may wait for their trigger in one symbol") {
  SimBench bench({.enforce_order_caps = true});
  const auto spot_stop = [&](int i) {
    return bench.spot("POST", "order",
                      "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=0.1&stopPrice=90&"
                      "newClientOrderId=s" +
                          std::to_string(i));
  };
  const auto usdm_stop = [&](int i) {
    return bench.usdm("POST", "v1/algoOrder",
                      "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&"
                      "quantity=0.1&triggerPrice=90&clientAlgoId=s" +
                          std::to_string(i));
  };
  for (int i = 0; i < 5; ++i) REQUIRE(spot_stop(i).contains("orderId"));
  CHECK(spot_stop(5).at("msg") == "Filter failure: MAX_NUM_ALGO_ORDERS");
  const Json pair = bench.spot("POST", "orderList/oco",
                               "symbol=BTCUSDT&side=SELL&quantity=0.1&aboveType=LIMIT_MAKER&"
                               "abovePrice=110&belowType=STOP_LOSS&belowStopPrice=95");
  CHECK(pair.at("code") == -2010);
  CHECK(bench
            .spot("POST", "order",
                  "symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=0.1&price=110")
            .contains("orderId"));
  bench.spot("DELETE", "order", "symbol=BTCUSDT&origClientOrderId=s0");
  CHECK(spot_stop(5).contains("orderId"));
  for (int i = 0; i < 10; ++i) REQUIRE(usdm_stop(i).contains("algoId"));
  CHECK(usdm_stop(10).at("code") == -4045);
  for (int i = 0; i < 10; ++i)
    REQUIRE(bench.bybit_code("POST", "order/create", stop_body("c" + std::to_string(i))) == 0);
  bench.step(Duration{1'000});
  CHECK(bench.bybit_code("POST", "order/create", stop_body("c10")) == 110009);
  CHECK(bench.bybit_code("POST", "order/create", market_body("m")) == 0);
}

}  // namespace botbox::exchange::testing
