// What becomes of orders at the simulated venues: limits, lists, triggers, levels of positions.
#include <doctest/doctest.h>

#include "tests/exchange/simulator/sim_bench.hpp"

namespace botbox::exchange::testing {
namespace {

Json spot_order(SimBench& bench, const std::string& id) {
  return bench.spot("GET", "order", "symbol=BTCUSDT&origClientOrderId=" + id);
}

Json bybit_order(SimBench& bench, const std::string& category, const std::string& id) {
  const Json rows = bench.bybit_result(
      "GET", "order/realtime", "category=" + category + "&symbol=BTCUSDT&orderLinkId=" + id);
  REQUIRE(rows.at("list").size() == 1);
  return rows.at("list").front();
}

Json linear_position(SimBench& bench) {
  return bench.bybit_result("GET", "position/list", "category=linear&symbol=BTCUSDT")
      .at("list")
      .front();
}

std::string linear(const std::string& members) {
  return R"({"category":"linear","symbol":"BTCUSDT",)" + members + "}";
}

// A list that sells 2 BTC at 110 or, below 95, at the market.
const std::string kOco =
    "symbol=BTCUSDT&side=SELL&quantity=2&aboveType=LIMIT_MAKER&abovePrice=110&"
    "aboveClientOrderId=up&belowType=STOP_LOSS&belowStopPrice=95&belowClientOrderId=down&"
    "listClientOrderId=both";

}  // namespace

TEST_CASE("a resting limit order fills when the price goes through it, at its limit") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 99 99", "99 99 98.5 99"}});
  const Json placed = bench.spot("POST", "order",
                                 "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&"
                                 "price=99&newClientOrderId=a");
  CHECK(placed.at("status") == "NEW");
  CHECK(bench.locked("binance-spot", "USDT") == Decimal::from_int(198));
  bench.step(kMinute * 2 - Duration{1});
  CHECK(spot_order(bench, "a").at("status") == "NEW");  // touched, not passed
  bench.step(kMinute);
  const Json filled = spot_order(bench, "a");
  CHECK(filled.at("status") == "FILLED");
  CHECK(filled.at("cummulativeQuoteQty") == "198.00000000");
  const Json trade = bench.spot("GET", "myTrades", "symbol=BTCUSDT").front();
  CHECK(trade.at("isMaker") == true);
  CHECK(trade.at("price") == "99.00000000");
  CHECK(bench.locked("binance-spot", "USDT").is_zero());
}

TEST_CASE("a limit order that the price jumps over fills at the better price") {
  SimBench bench({.minutes = {"100 100 100 100", "97 98 97 98"}});
  bench.spot("POST", "order",
             "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=99&"
             "newClientOrderId=a");
  bench.step(kMinute + Duration{1});
  CHECK(spot_order(bench, "a").at("cummulativeQuoteQty") == "194.00000000");
}

TEST_CASE("immediate, all-or-none and post-only limits do what their names say") {
  SimBench bench({.minutes = {"100 100 100 100 400"}, .participation = "0.01"});
  const auto limit = [&](const std::string& id, const std::string& how, const std::string& price,
                         const std::string& quantity) {
    return bench.usdm(
        "POST", "v1/order",
        "symbol=BTCUSDT&side=BUY&type=LIMIT&newOrderRespType=RESULT&quantity=" + quantity +
            "&price=" + price + "&timeInForce=" + how + "&newClientOrderId=" + id);
  };
  // A tick has 100, of which orders get 1.
  bench.step(Duration{1});
  const Json killed = limit("fok", "FOK", "101", "2");
  CHECK(killed.at("status") == "EXPIRED");
  CHECK(killed.at("executedQty") == "0.000");
  const Json part = limit("ioc", "IOC", "101", "2");
  CHECK(part.at("status") == "EXPIRED");
  CHECK(part.at("executedQty") == "1.000");
  CHECK(limit("gtx", "GTX", "100", "1").at("status") == "NEW");
  bench.step(kMinute / 4);
  CHECK(limit("fok2", "FOK", "101", "1").at("status") == "FILLED");
}

TEST_CASE("with a share of each tick a limit order fills in parts, tick by tick") {
  SimBench bench({.minutes = {"100 100 100 100", "99 99 98 98 400"}, .participation = "0.01"});
  bench.bybit_result(
      "POST", "order/create",
      linear(R"("side":"Buy","orderType":"Limit","qty":"3","price":"99.5","orderLinkId":"a")"));
  bench.step(kMinute);
  CHECK(bybit_order(bench, "linear", "a").at("cumExecQty") == "1");
  CHECK(bybit_order(bench, "linear", "a").at("orderStatus") == "PartiallyFilled");
  bench.step(kMinute / 4);
  CHECK(bybit_order(bench, "linear", "a").at("cumExecQty") == "2");
  bench.step(kMinute / 4);
  CHECK(bybit_order(bench, "linear", "a").at("orderStatus") == "Filled");
  CHECK(linear_position(bench).at("size") == "3");
}

TEST_CASE("a list locks its coins once, and its stop ends its limit") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 94 94"}});
  const Json list = bench.spot("POST", "orderList/oco", kOco);
  REQUIRE(list.contains("orderReports"));
  CHECK(list.at("orderReports").size() == 2);
  CHECK(list.at("listClientOrderId") == "both");
  CHECK(bench.locked("binance-spot", "BTC") == Decimal::from_int(2));
  CHECK(bench.spot("GET", "openOrderList", "").size() == 1);
  bench.step(kMinute * 2);
  CHECK(spot_order(bench, "down").at("status") == "FILLED");
  CHECK(spot_order(bench, "down").at("cummulativeQuoteQty") == "190.00000000");
  CHECK(spot_order(bench, "up").at("status") == "EXPIRED");
  CHECK(bench.locked("binance-spot", "BTC").is_zero());
  CHECK(bench.total("binance-spot", "BTC") == Decimal::from_int(8));
  CHECK(bench.spot("GET", "orderList", "origClientOrderId=both").at("listOrderStatus") ==
        "ALL_DONE");
  CHECK(bench.spot("GET", "openOrderList", "").empty());
}

TEST_CASE("the limit of a list ends its stop with its first fill") {
  SimBench bench({.minutes = {"100 100 100 100", "100 111 100 111"}});
  bench.spot("POST", "orderList/oco", kOco);
  bench.step(kMinute * 2);
  CHECK(spot_order(bench, "up").at("status") == "FILLED");
  CHECK(spot_order(bench, "down").at("status") == "EXPIRED");
  CHECK(bench.locked("binance-spot", "BTC").is_zero());
}

TEST_CASE("cancelling one leg of a list cancels both, and the answer reports both") {
  SimBench bench;
  bench.spot("POST", "orderList/oco", kOco);
  const Json cancelled = bench.spot("DELETE", "order", "symbol=BTCUSDT&origClientOrderId=down");
  CHECK(cancelled.at("listOrderStatus") == "ALL_DONE");
  REQUIRE(cancelled.contains("orderReports"));
  for (const Json& report : cancelled.at("orderReports")) CHECK(report.at("status") == "CANCELED");
  CHECK(cancelled.at("orderReports").size() == 2);
  CHECK(bench.locked("binance-spot", "BTC").is_zero());
  bench.spot("POST", "orderList/oco", kOco);
  const Json all = bench.spot("DELETE", "openOrders", "symbol=BTCUSDT");
  REQUIRE(all.size() == 1);
  CHECK(all.front().contains("orderReports"));
  bench.spot("POST", "orderList/oco", kOco);
  CHECK(bench.spot("DELETE", "orderList", "symbol=BTCUSDT&listClientOrderId=both")
            .contains("orderReports"));
}

TEST_CASE("a list is refused whole: prices on the wrong side, ids taken, coins that are missing") {
  SimBench bench;
  const auto code = [&](const std::string& query) {
    return bench.spot("POST", "orderList/oco", query).value("code", 0);
  };
  const auto with = [](std::string text, const std::string& what, const std::string& by) {
    return text.replace(text.find(what), what.size(), by);
  };
  CHECK(code(with(kOco, "abovePrice=110", "abovePrice=99")) == -2010);
  CHECK(code(with(kOco, "belowStopPrice=95", "belowStopPrice=101")) == -2010);
  CHECK(code(with(kOco, "quantity=2", "quantity=11")) == -2010);
  CHECK(code(with(kOco, "belowClientOrderId=down", "belowClientOrderId=up")) == -2010);
  CHECK(code(with(kOco, "aboveType=LIMIT_MAKER", "aboveType=STOP_LOSS")) != 0);
  CHECK(bench.account("binance-spot").orders.empty());
  CHECK(bench.locked("binance-spot", "BTC").is_zero());
  CHECK(code(kOco) == 0);
  CHECK(code(kOco) == -2010);
}

TEST_CASE("conditional orders of Bybit fire in the direction they name, and only then") {
  SimBench bench({.minutes = {"100 100 100 100", "100 104 99 103", "103 103 95 96"}});
  const auto conditional = [&](const std::string& id, const std::string& side,
                               const std::string& trigger, int direction) {
    return bench.bybit_code("POST", "order/create",
                            linear(R"("orderType":"Market","qty":"1","side":")" + side +
                                   R"(","triggerPrice":")" + trigger + R"(","triggerDirection":)" +
                                   std::to_string(direction) + R"(,"orderLinkId":")" + id + "\""));
  };
  CHECK(conditional("wrong", "Buy", "103", 0) == 10001);
  CHECK(conditional("there", "Buy", "99", 1) == 110092);
  CHECK(conditional("there", "Sell", "101", 2) == 110093);
  CHECK(conditional("up", "Buy", "103", 1) == 0);
  CHECK(conditional("down", "Sell", "97", 2) == 0);
  CHECK(bybit_order(bench, "linear", "up").at("orderStatus") == "Untriggered");
  bench.step(kMinute * 2);
  CHECK(bybit_order(bench, "linear", "up").at("orderStatus") == "Filled");
  CHECK(bybit_order(bench, "linear", "up").at("avgPrice") == "103.01");
  CHECK(bybit_order(bench, "linear", "down").at("orderStatus") == "Untriggered");
  CHECK(linear_position(bench).at("size") == "1");
  bench.step(kMinute);
  CHECK(bybit_order(bench, "linear", "down").at("orderStatus") == "Filled");
  CHECK(linear_position(bench).at("size") == "0");
}

TEST_CASE("conditional spot orders of Bybit bind no coins before they fire, those of Binance do") {
  SimBench bench;
  const std::string body =
      R"({"category":"spot","symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"8",)"
      R"("triggerPrice":"90","orderFilter":"StopOrder","orderLinkId":")";
  CHECK(bench.bybit_code("POST", "order/create", body + "a\"}") == 0);
  CHECK(bench.bybit_code("POST", "order/create", body + "b\"}") == 0);
  CHECK(bench.locked("bybit", "BTC").is_zero());
  const std::string stop =
      "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=8&stopPrice=90&newClientOrderId=";
  CHECK(bench.spot("POST", "order", stop + "a").contains("orderId"));
  CHECK(bench.spot("POST", "order", stop + "b").at("code") == -2010);
  CHECK(bench.locked("binance-spot", "BTC") == Decimal::from_int(8));
}

TEST_CASE("a conditional order of Bybit spot that fires without coins is ended, unfilled") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 89 89"}});
  const std::string body =
      R"({"category":"spot","symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"8",)"
      R"("triggerPrice":"90","orderFilter":"StopOrder","orderLinkId":")";
  bench.bybit_result("POST", "order/create", body + "a\"}");
  bench.bybit_result("POST", "order/create", body + "b\"}");
  bench.step(kMinute * 2);
  CHECK(bybit_order(bench, "spot", "a").at("orderStatus") == "Filled");
  CHECK(bybit_order(bench, "spot", "b").at("orderStatus") == "Cancelled");
  CHECK(bench.total("bybit", "BTC") == Decimal::from_int(2));
}

TEST_CASE("a trading stop is set, moved, removed and fires for whatever is open") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 93 94"}});
  const auto levels = [&](const std::string& members) {
    return bench.bybit_code("POST", "position/trading-stop", linear(members));
  };
  CHECK(levels(R"("stopLoss":"95")") == 10001);  // no position
  bench.bybit_result("POST", "order/create",
                     linear(R"("side":"Buy","orderType":"Market","qty":"2","stopLoss":"96")"));
  CHECK(linear_position(bench).at("stopLoss") == "96");
  CHECK(levels(R"("stopLoss":"95","takeProfit":"110")") == 0);
  CHECK(linear_position(bench).at("stopLoss") == "95");
  CHECK(linear_position(bench).at("takeProfit") == "110");
  CHECK(levels(R"("stopLoss":"101")") == 10001);
  CHECK(levels(R"("stopLoss":"95.001")") == 10001);
  CHECK(levels(R"("takeProfit":"0")") == 0);
  CHECK(linear_position(bench).at("takeProfit") == "");
  // It stands for what is open when it fires.
  bench.bybit_result("POST", "order/create",
                     linear(R"("side":"Buy","orderType":"Market","qty":"1")"));
  bench.step(kMinute * 2);
  CHECK(linear_position(bench).at("size") == "0");
  const Json last = bench.bybit_result("GET", "execution/list", "category=linear&symbol=BTCUSDT")
                        .at("list")
                        .front();
  CHECK(last.at("execQty") == "3");
  CHECK(last.at("execPrice") == "95");
  CHECK(last.at("stopOrderType") == "StopLoss");
}

TEST_CASE("algo orders of Binance USD-M fire, become orders, and close the whole position") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 94 95"}});
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2");
  const Json stop = bench.usdm("POST", "v1/algoOrder",
                               "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&"
                               "triggerPrice=96&closePosition=true&clientAlgoId=a");
  CHECK(stop.at("algoStatus") == "NEW");
  CHECK(bench.usdm("GET", "v1/openAlgoOrders", "").size() == 1);
  CHECK(bench.usdm("GET", "v1/openOrders", "").empty());
  CHECK(bench.usdm("GET", "v1/order", "symbol=BTCUSDT&origClientOrderId=a").at("code") == -2013);
  bench.step(kMinute * 2);
  const Json fired = bench.usdm("GET", "v1/algoOrder", "symbol=BTCUSDT&clientAlgoId=a");
  CHECK(fired.at("algoStatus") == "FINISHED");
  const std::string id = fired.at("actualOrderId");
  const Json order = bench.usdm("GET", "v1/order", "symbol=BTCUSDT&orderId=" + id);
  CHECK(order.at("status") == "FILLED");
  CHECK(order.at("executedQty") == "2.000");
  CHECK(order.at("avgPrice") == "96.0000");
  CHECK(bench.usdm("DELETE", "v1/algoOrder", "symbol=BTCUSDT&clientAlgoId=a").at("code") == -2011);
}

TEST_CASE("of two triggers in one movement the nearer one fires first") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 90 90"}});
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=2");
  for (const char* trigger : {"93", "96"})
    bench.usdm("POST", "v1/algoOrder",
               "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=2&"
               "reduceOnly=true&triggerPrice=" +
                   std::string(trigger) + "&clientAlgoId=s" + trigger);
  bench.step(kMinute * 2);
  CHECK(bench.usdm("GET", "v1/algoOrder", "symbol=BTCUSDT&clientAlgoId=s96").at("actualPrice") ==
        "96.0000");
  CHECK(bench.usdm("GET", "v1/algoOrder", "symbol=BTCUSDT&clientAlgoId=s93").at("actualPrice") ==
        "0.0000");
  CHECK(bench.account("binance-usdm").positions.at(kSimLinear).size.is_zero());
}

TEST_CASE("a position beyond its margin is closed by the venue") {
  SimBench bench({.minutes = {"100 100 100 100", "100 100 60 60"}});
  bench.usdm("POST", "v1/leverage", "symbol=BTCUSDT&leverage=100");
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=5000");
  bench.step(kMinute * 2);
  CHECK(bench.account("binance-usdm").positions.at(kSimLinear).size.is_zero());
  CHECK(bench.account("binance-usdm").executions.size() == 2);
}

TEST_CASE("leverage is not lowered below what the margin carries") {
  SimBench bench;
  const auto lever = [&](const std::string& to) {
    return bench.usdm("POST", "v1/leverage", "symbol=BTCUSDT&leverage=" + to);
  };
  CHECK(lever("100").at("leverage") == 100);
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=5000");
  CHECK(lever("4").at("code") == -2028);  // 500,000 of worth, less than 100,000 of margin
  CHECK(bench.account("binance-usdm").positions.at(kSimLinear).leverage == Decimal::from_int(100));
  CHECK(lever("10").at("leverage") == 10);
}

TEST_CASE("cancel and replace places nothing when there is nothing to cancel") {
  SimBench bench;
  const std::string order =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90&newClientOrderId=b&"
      "cancelOrigClientOrderId=a&cancelReplaceMode=";
  const Json stopped = bench.spot("POST", "order/cancelReplace", order + "STOP_ON_FAILURE");
  CHECK(stopped.at("code") == -2022);
  CHECK(stopped.at("data").at("newOrderResult") == "NOT_ATTEMPTED");
  CHECK(bench.account("binance-spot").open.empty());
  const Json went_on = bench.spot("POST", "order/cancelReplace", order + "ALLOW_FAILURE");
  CHECK(went_on.at("code") == -2021);
  CHECK(went_on.at("data").at("newOrderResult") == "SUCCESS");
  CHECK(bench.account("binance-spot").open.size() == 1);
}

TEST_CASE("simulated Bybit has a position mode for each symbol, while nothing is open in it") {
  SimBench bench;
  const auto sides = [&] {
    std::string told;
    const Json listed =
        bench.bybit_result("GET", "position/list", "category=linear&symbol=BTCUSDT").at("list");
    for (const Json& row : listed) told += std::to_string(row.at("positionIdx").get<int>());
    return told;
  };
  const auto to_mode = [&](const std::string& of, int mode) {
    return bench.bybit_code(
        "POST", "position/switch-mode",
        R"({"category":"linear",)" + of + R"(,"mode":)" + std::to_string(mode) + "}");
  };
  const std::string symbol = R"("symbol":"BTCUSDT")", coin = R"("coin":"USDT")";
  const auto buy = [&](const std::string& more) {
    return bench.bybit_code("POST", "order/create",
                            linear(R"("side":"Buy","orderType":"Market","qty":"1")" + more));
  };
  CHECK(sides() == "0");
  CHECK(to_mode(symbol, 0) == 110025);
  CHECK(to_mode(symbol, 1) == 10001);
  CHECK(to_mode(R"("coin":"USDC")", 3) == 10001);
  CHECK(to_mode(symbol, 3) == 0);
  CHECK(sides() == "12");
  CHECK(to_mode(coin, 3) == 110025);
  CHECK(buy("") == 10001);
  CHECK(buy(R"(,"positionIdx":1)") == 10001);
  CHECK(bench.account("bybit").orders.empty());
  CHECK(to_mode(coin, 0) == 0);
  CHECK(buy(R"(,"positionIdx":1)") == 10001);
  CHECK(buy("") == 0);
  CHECK(to_mode(symbol, 3) == 110024);
  CHECK(to_mode(coin, 3) == 110025);
}

TEST_CASE("simulated Binance USD-M has a position mode for the account, while nothing is open") {
  SimBench bench;
  const auto to_mode = [&](const char* hedged) {
    return bench.usdm("POST", "v1/positionSide/dual", std::string("dualSidePosition=") + hedged)
        .at("code")
        .get<int>();
  };
  const auto sides = [&] {
    std::string told;
    for (const Json& row : bench.usdm("GET", "v2/positionRisk", "symbol=BTCUSDT"))
      told += row.at("positionSide").get<std::string>();
    return told;
  };
  const std::string rest = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90";
  CHECK(to_mode("false") == -4059);
  CHECK(sides() == "BOTH");
  CHECK(to_mode("true") == 200);
  CHECK(to_mode("true") == -4059);
  CHECK(sides() == "LONGSHORT");
  CHECK(bench.usdm("GET", "v1/positionSide/dual", "").at("dualSidePosition") == true);
  CHECK(bench.usdm("GET", "v1/accountConfig", "").at("dualSidePosition") == true);
  CHECK(bench.usdm("POST", "v1/order", rest).at("code") == -4061);
  CHECK(bench.usdm("POST", "v1/order", rest + "&positionSide=LONG").at("code") == -4084);
  CHECK(to_mode("false") == 200);
  CHECK(bench.usdm("POST", "v1/order", rest + "&positionSide=LONG").at("code") == -4061);
  CHECK(bench.usdm("POST", "v1/order", rest).contains("orderId"));
  CHECK(to_mode("true") == -4067);
  bench.usdm("DELETE", "v1/allOpenOrders", "symbol=BTCUSDT");
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1");
  CHECK(to_mode("true") == -4068);
}

TEST_CASE("executions are told of one order, of a stretch of time, and page by page") {
  SimBench bench;
  const auto buy = [&](const std::string& id) {
    bench.bybit_result(
        "POST", "order/create",
        linear(R"("side":"Buy","orderType":"Market","qty":"1","orderLinkId":")" + id + '"'));
    return bybit_order(bench, "linear", id).at("orderId").get<std::string>();
  };
  buy("a");
  const std::string second = buy("b");
  bench.step(Duration{1'000});
  const std::string late = std::to_string(bench.clock.now().ms);
  buy("c");
  const auto page = [&](const std::string& which) {
    return bench.bybit_result("GET", "execution/list", "category=linear&symbol=BTCUSDT" + which);
  };
  const auto names = [](const Json& told) {
    std::string ids;
    for (const Json& row : told.at("list")) ids += row.at("orderLinkId").get<std::string>();
    return ids;
  };
  CHECK(names(page("")) == "cba");
  CHECK(names(page("&orderId=" + second)) == "b");
  CHECK(names(page("&orderId=1")).empty());
  CHECK(names(page("&startTime=" + late)) == "c");
  CHECK(names(page("&endTime=" + std::to_string(bench.clock.now().ms - 1))) == "ba");
  CHECK(names(page("&startTime=" + late + "&endTime=1")).empty());
  const Json newest = page("&limit=2");
  CHECK(names(newest) == "cb");
  const Json rest = page("&limit=2&cursor=" + newest.at("nextPageCursor").get<std::string>());
  CHECK(names(rest) == "a");
  CHECK(rest.at("nextPageCursor") == "");
}

TEST_CASE("trades of Binance USD-M are told of one order and of a stretch of time") {
  SimBench bench;
  const auto buy = [&] {
    const Json placed =
        bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1");
    return placed.at("orderId").get<int>();
  };
  const int first = buy(), second = buy();
  bench.step(Duration{1'000});
  const std::string late = std::to_string(bench.clock.now().ms);
  const int third = buy();
  const auto orders = [&](const std::string& which) {
    std::vector<int> ids;
    for (const Json& row : bench.usdm("GET", "v1/userTrades", "symbol=BTCUSDT" + which))
      ids.push_back(row.at("orderId"));
    return ids;
  };
  CHECK(orders("") == std::vector{first, second, third});
  CHECK(orders("&orderId=" + std::to_string(second)) == std::vector{second});
  CHECK(orders("&orderId=77").empty());
  CHECK(orders("&startTime=" + late) == std::vector{third});
  CHECK(orders("&startTime=" + late + "&endTime=1").empty());
  // Without a range the last 7 days, and none longer than that.
  bench.step(std::chrono::hours{8 * 24});
  CHECK(orders("").empty());
  CHECK(orders("&orderId=" + std::to_string(second)).empty());
  CHECK(orders("&orderId=" + std::to_string(third) + "&startTime=" + late) == std::vector{third});
  const std::string now = std::to_string(bench.clock.now().ms);
  CHECK(bench.usdm("GET", "v1/userTrades", "symbol=BTCUSDT&startTime=" + late + "&endTime=" + now)
            .at("code") == -4165);
}

TEST_CASE("what is polled again tells what has changed meanwhile") {
  SimBench bench;
  const std::string limit =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=2&price=90&newClientOrderId=a";
  bench.bybit_result(
      "POST", "order/create",
      linear(R"("side":"Buy","orderType":"Limit","qty":"2","price":"90","orderLinkId":"a")"));
  bench.usdm("POST", "v1/order", limit);
  bench.spot("POST", "order", limit);
  const auto polled = [&] {
    const Json bybit =
        bench.bybit_result("GET", "order/realtime", "category=linear&symbol=BTCUSDT").at("list");
    const Json usdm = bench.usdm("GET", "v1/openOrders", "symbol=BTCUSDT");
    const Json spot = bench.spot("GET", "openOrders", "symbol=BTCUSDT");
    REQUIRE((bybit.size() == 1 && usdm.size() == 1 && spot.size() == 1));
    return std::vector<std::string>{bybit[0].at("qty"), usdm[0].at("origQty"), usdm[0].at("price"),
                                    spot[0].at("origQty")};
  };
  CHECK(polled() == std::vector<std::string>{"2", "2.000", "90.00", "2.00000000"});
  bench.bybit_result("POST", "order/amend", linear(R"("orderLinkId":"a","qty":"3")"));
  bench.usdm("PUT", "v1/order", "symbol=BTCUSDT&side=BUY&origClientOrderId=a&quantity=3&price=90");
  bench.spot("PUT", "order/amend/keepPriority", "symbol=BTCUSDT&origClientOrderId=a&newQty=1");
  CHECK(polled() == std::vector<std::string>{"3", "3.000", "90.00", "1.00000000"});
  // The same orders on another grid.
  REQUIRE(
      bench.simulator.venue("binance-usdm").change_filters(kSimLinear, [](sim::Listing& listing) {
        listing.instrument.tick = Price::literal("0.1");
      }));
  CHECK(polled() == std::vector<std::string>{"3", "3.000", "90.0", "1.00000000"});
}

TEST_CASE("fees are taken in the coin that the venue was told: received, quote or a third") {
  const std::string buy = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1";
  SimBench received({.fee_coin = sim::FeeCoin::kReceived});
  received.spot("POST", "order", buy);
  CHECK(received.total("binance-spot", "BTC") == Decimal::literal("10.999"));
  CHECK(received.total("binance-spot", "USDT") == Decimal::literal("99899.99"));
  SimBench quote({.fee_coin = sim::FeeCoin::kQuote});
  quote.spot("POST", "order", buy);
  CHECK(quote.total("binance-spot", "BTC") == Decimal::from_int(11));
  CHECK(quote.total("binance-spot", "USDT") == Decimal::literal("99899.88999"));
  SimBench third({.fee_coin = sim::FeeCoin::kThird});  // of which there is none
  third.spot("POST", "order", buy);
  CHECK(third.total("binance-spot", "BTC") == Decimal::literal("10.999"));
}

}  // namespace botbox::exchange::testing
