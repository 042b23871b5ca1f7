// What the simulated venues refuse before they look at an order: signatures, times, limits, bans.
// And the code that each venue has for each refusal.
#include <doctest/doctest.h>

#include "tests/exchange/simulator/sim_bench.hpp"

namespace botbox::exchange::testing {
namespace {

int code_of(const sim::Delivery& delivery) { return Json::parse(delivery.answer.body).at("code"); }

std::string header_of(const sim::Delivery& delivery, const std::string& name) {
  for (const auto& [known, value] : delivery.answer.headers)
    if (known == name) return value;
  return {};
}

sim::Delivery account_with(SimBench& bench, const std::string& path, const Signing& signing) {
  return bench.send(bench.binance("GET", path, "", signing));
}

int wallet_with(SimBench& bench, const Signing& signing) {
  const auto sent =
      bench.send(bench.bybit("GET", "/v5/account/wallet-balance", "accountType=UNIFIED", signing));
  return Json::parse(sent.answer.body).at("retCode");
}

}  // namespace

TEST_CASE("simulated Binance refuses what is not signed right, each with its own code") {
  SimBench bench;
  for (const char* path : {"/api/v3/account", "/fapi/v3/account"}) {
    CAPTURE(path);
    CHECK(account_with(bench, path, {}).answer.status == 200);
    const auto wrong_key = account_with(bench, path, {.key = "nobody"});
    CHECK(code_of(wrong_key) == -2015);
    CHECK(wrong_key.answer.status == 401);
    CHECK(code_of(account_with(bench, path, {.key = ""})) == -2014);
    CHECK(code_of(account_with(bench, path, {.secret = "bench-secreT"})) == -1022);
    sim::WireRequest unsigned_one = bench.binance("GET", path, "");
    unsigned_one.query.resize(unsigned_one.query.find("&signature="));
    CHECK(code_of(bench.send(unsigned_one)) == -1102);
    sim::WireRequest without_time = bench.binance("GET", path, "");
    without_time.query = without_time.query.substr(without_time.query.find("&signature=") + 1);
    CHECK(code_of(bench.send(without_time)) == -1102);
    sim::WireRequest changed = bench.binance("GET", path, "omitZeroBalances=true");
    changed.query.replace(0, 21, "omitZeroBalances=fals");
    CHECK(code_of(bench.send(changed)) == -1022);
  }
}

TEST_CASE("simulated Binance takes a timestamp within its window only") {
  SimBench bench;
  const auto with = [&](std::int64_t off, const std::string& window) {
    const auto answer =
        account_with(bench, "/api/v3/account", {.stamp_off = Duration{off}, .window = window})
            .answer;
    return answer.status == 200 ? 0 : Json::parse(answer.body).at("code").get<int>();
  };
  CHECK(with(999, "") == 0);
  CHECK(with(1000, "") == -1021);
  CHECK(with(-5000, "") == 0);
  CHECK(with(-5001, "") == -1021);
  CHECK(with(-5001, "6000") == 0);
  CHECK(with(-101, "100") == -1021);
  CHECK(with(0, "60001") == -1131);
}

TEST_CASE("simulated Bybit refuses what is not signed right, each with its own code") {
  SimBench bench;
  CHECK(wallet_with(bench, {}) == 0);
  CHECK(wallet_with(bench, {.key = "nobody"}) == 10003);
  CHECK(wallet_with(bench, {.key = ""}) == 10001);
  CHECK(wallet_with(bench, {.secret = "bench-secreT"}) == 10004);
  CHECK(wallet_with(bench, {.stamp_off = Duration{999}}) == 0);
  CHECK(wallet_with(bench, {.stamp_off = Duration{1000}}) == 10002);
  CHECK(wallet_with(bench, {.stamp_off = Duration{-5000}}) == 0);
  CHECK(wallet_with(bench, {.stamp_off = Duration{-5001}}) == 10002);
  CHECK(wallet_with(bench, {.stamp_off = Duration{-5001}, .window = "6000"}) == 0);
  sim::WireRequest changed = bench.bybit("POST", "/v5/order/cancel-all", R"({"category":"spot"})");
  changed.body += ' ';
  CHECK(Json::parse(bench.send(changed).answer.body).at("retCode") == 10004);
  CHECK(bench.bybit_code("POST", "order/cancel-all", "no json") == 10001);
}

TEST_CASE("over the weight of a minute simulated Binance says 429, then bans longer each time") {
  SimBench bench;
  const auto open_orders = [&] {
    return bench.send(bench.binance("GET", "/api/v3/openOrders", ""));
  };
  // 6,000 a minute, 80 each.
  sim::Delivery last;
  for (int i = 0; i < 75; ++i) last = open_orders();
  CHECK(last.answer.status == 200);
  CHECK(header_of(last, "X-MBX-USED-WEIGHT-1M") == "6000");
  bench.step(Duration{10'500});
  last = open_orders();
  CHECK(last.answer.status == 429);
  CHECK(code_of(last) == -1003);
  CHECK(header_of(last, "Retry-After") == "50");
  for (int i = 0; i < 9; ++i) CHECK(open_orders().answer.status == 429);
  last = open_orders();
  CHECK(last.answer.status == 418);
  CHECK(header_of(last, "Retry-After") == "121");
  bench.step(Duration{119'000});
  CHECK(open_orders().answer.status == 418);
  // Every request, whatever it asks for; other faces are other hosts.
  CHECK(bench.send({"GET", "/api/v3/time", "", "", {}}).answer.status == 418);
  CHECK(bench.send({"GET", "/fapi/v1/time", "", "", {}}).answer.status == 200);
  bench.step(Duration{1'001});
  CHECK(open_orders().answer.status == 200);
  for (int i = 0; i < 90; ++i) last = open_orders();
  CHECK(last.answer.status == 418);
  const int left = std::stoi(header_of(last, "Retry-After"));
  CHECK(left > 200);
  CHECK(left <= 241);
}

TEST_CASE("more orders than their window takes are turned away by simulated Binance, unplaced") {
  SimBench bench;
  const auto buy = [&](int i) {
    return bench.send(bench.binance("POST", "/api/v3/order",
                                    "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=50&"
                                    "quantity=0.2&newClientOrderId=o" +
                                        std::to_string(i)));
  };
  for (int i = 0; i < 100; ++i) REQUIRE(buy(i).answer.status == 200);
  const auto one_more = buy(100);
  CHECK(one_more.answer.status == 429);
  CHECK(code_of(one_more) == -1015);
  CHECK(header_of(one_more, "X-MBX-ORDER-COUNT-10S") == "101");
  CHECK(bench.account("binance-spot").open.size() == 100);
  bench.step(Duration{10'000});
  CHECK(buy(100).answer.status == 200);
}

TEST_CASE("over its endpoint's limit simulated Bybit says 10006 and when it ends") {
  SimBench bench;
  const std::string body =
      R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit",)"
      R"("qty":"0.1","price":"50"})";
  for (int i = 0; i < 10; ++i) REQUIRE(bench.bybit_code("POST", "order/create", body) == 0);
  const auto away = bench.send(bench.bybit("POST", "/v5/order/create", body));
  CHECK(Json::parse(away.answer.body).at("retCode") == 10006);
  CHECK(header_of(away, "X-Bapi-Limit") == "10");
  CHECK(header_of(away, "X-Bapi-Limit-Status") == "0");
  CHECK(header_of(away, "X-Bapi-Limit-Reset-Timestamp") ==
        std::to_string(bench.clock.now().ms + 1000));
  CHECK(bench.account("bybit").open.size() == 10);
  bench.step(Duration{1000});
  CHECK(bench.bybit_code("POST", "order/create", body) == 0);
}

TEST_CASE("over the limit of its address simulated Bybit answers 403 for ten minutes") {
  SimBench bench;
  const sim::WireRequest time{"GET", "/v5/market/time", "", "", {}};
  for (int i = 0; i < 600; ++i) REQUIRE(bench.send(time).answer.status == 200);
  CHECK(bench.send(time).answer.status == 403);
  bench.step(std::chrono::minutes{10} - Duration{1});
  CHECK(bench.send(time).answer.status == 403);
  bench.step(Duration{1});
  CHECK(bench.send(time).answer.status == 200);
}

TEST_CASE("limits that are not enforced are counted all the same") {
  SimBench bench({.enforce_limits = false});
  sim::Delivery last;
  for (int i = 0; i < 100; ++i) last = bench.send(bench.binance("GET", "/api/v3/openOrders", ""));
  CHECK(last.answer.status == 200);
  CHECK(header_of(last, "X-MBX-USED-WEIGHT-1M") == "8000");
}

TEST_CASE("simulated Binance spot has its own code for each refusal") {
  SimBench bench;
  struct Sample {
    const char* order;
    int code;
    const char* message;
  };
  const std::vector<Sample> samples{
      {"symbol=NOUSDT&side=BUY&type=MARKET&quantity=1", -1121, "symbol"},
      {"symbol=BTCUSDT&side=UP&type=MARKET&quantity=1", -1117, "side"},
      {"symbol=BTCUSDT&type=MARKET&quantity=1", -1102, "side"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=90", -1106, "'price'"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timeInForce=GTC", -1106, "timeInForce"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=90&timeInForce=GTC", -1106,
       "timeInForce"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90&timeInForce=GTC&stopPrice=91", -1106,
       "stopPrice"},
      {"symbol=BTCUSDT&side=BUY&type=STOP&quantity=1", -1116, "orderType"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET", -1102, "quantity"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&timeInForce=GTC", -1102, "price"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90", -1102, "timeInForce"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90&timeInForce=DAY", -1115, "Force"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1.0005", -1013, "LOT_SIZE"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0", -1013, "quantity"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01", -1013, "NOTIONAL"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90.001&timeInForce=GTC", -1013,
       "PRICE_FILTER"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=5000", -2010, "insufficient balance"},
      {"symbol=BTCUSDT&side=SELL&type=MARKET&quantity=10.001", -2010, "insufficient balance"},
      {"symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&stopPrice=101", -2010, "immediately"},
      {"symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1", -1102, "stopPrice"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=101", -2010, "match and take"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=a%20b", -1100, "legal"},
  };
  for (const Sample& sample : samples) {
    CAPTURE(sample.order);
    const Json answer = bench.spot("POST", "order", sample.order);
    CHECK(answer.value("code", 0) == sample.code);
    CHECK(answer.value("msg", "").find(sample.message) != std::string::npos);
  }
  CHECK(bench.account("binance-spot").orders.empty());
  const std::string resting =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90&timeInForce=GTC&newClientOrderId=a";
  CHECK(bench.spot("POST", "order/test", samples[7].order).at("code") == samples[7].code);
  CHECK(bench.spot("POST", "order/test", resting).empty());
  CHECK(bench.account("binance-spot").orders.empty());
  CHECK(bench.spot("POST", "order", resting).value("status", "") == "NEW");
  CHECK(bench.spot("POST", "order", resting).value("msg", "") == "Duplicate order sent.");
  CHECK(bench.spot("DELETE", "order", "symbol=BTCUSDT&origClientOrderId=b").at("code") == -2011);
  CHECK(bench.spot("GET", "order", "symbol=BTCUSDT&origClientOrderId=b").at("code") == -2013);
  CHECK(bench.spot("DELETE", "order", "symbol=BTCUSDT&origClientOrderId=a").at("status") ==
        "CANCELED");
  CHECK(bench.spot("DELETE", "order", "symbol=BTCUSDT&origClientOrderId=a").at("code") == -2011);
  // Unique among open orders only, as at the venue.
  CHECK(bench.spot("POST", "order", resting).value("status", "") == "NEW");
}

TEST_CASE("simulated Binance USD-M has its own code for each refusal") {
  SimBench bench;
  struct Sample {
    const char* path;
    const char* order;
    int code;
  };
  const std::vector<Sample> samples{
      {"v1/order", "symbol=NOUSDT&side=BUY&type=MARKET&quantity=1", -1121},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=STOP_MARKET&quantity=1&stopPrice=110", -4120},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1.0005", -1111},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0", -4003},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01", -4164},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=100000", -2019},
      {"v1/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1&reduceOnly=true", -2022},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90.001&timeInForce=GTC",
       -4014},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=101&timeInForce=GTX",
       -5022},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&positionSide=LONG", -4061},
      {"v1/order", "symbol=BTCUSDT&side=UP&type=MARKET&quantity=1", -1117},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=90", -1106},
      {"v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&timeInForce=IOC", -1106},
      {"v1/algoOrder",
       "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=1&triggerPrice=101",
       -2021},
      {"v1/algoOrder",
       "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1&triggerPrice=90",
       -1116},
      {"v1/algoOrder", "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&quantity=1",
       -1102},
  };
  for (const Sample& sample : samples) {
    CAPTURE(sample.order);
    CHECK(bench.usdm("POST", sample.path, sample.order).value("code", 0) == sample.code);
  }
  CHECK(bench.account("binance-usdm").orders.empty());
  const std::string resting =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=90&timeInForce=GTC&newClientOrderId=a";
  CHECK(bench.usdm("POST", "v1/order", resting).value("status", "") == "NEW");
  CHECK(bench.usdm("POST", "v1/order", resting).at("code") == -4116);
  CHECK(bench.usdm("GET", "v1/order", "symbol=BTCUSDT&origClientOrderId=b").at("code") == -2013);
  const std::string amended = "symbol=BTCUSDT&origClientOrderId=a&side=BUY&price=90&quantity=1";
  CHECK(bench.usdm("PUT", "v1/order", amended).at("code") == -5027);
  CHECK(bench.usdm("POST", "v1/leverage", "symbol=BTCUSDT&leverage=200").at("code") == -4028);
}

TEST_CASE("simulated Bybit has its own code for each refusal, by category") {
  SimBench bench;
  struct Sample {
    const char* order;
    int spot;
    int linear;
  };
  const std::vector<Sample> samples{
      {R"("symbol":"NOUSDT","side":"Buy","orderType":"Market","qty":"1")", 170121, 10001},
      {R"("symbol":"BTCUSDT","side":"Up","orderType":"Market","qty":"1")", 10001, 10001},
      {R"("symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"1.0005")", 170137, 10001},
      {R"("symbol":"BTCUSDT","side":"Sell","orderType":"Market","qty":"0.01")", 170140, 110094},
      {R"("symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"20000","price":"90")", 170131,
       110007},
      {R"("symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1","price":"90.001")", 170134,
       10001},
      {R"("symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"x")", 10001, 10001},
      {R"("symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1","price":"90",)"
       R"("orderLinkId":"a b")",
       10001, 10001},
  };
  for (const Sample& sample : samples)
    for (const auto& [category, code] :
         {std::pair{"spot", sample.spot}, std::pair{"linear", sample.linear}}) {
      CAPTURE(sample.order);
      CAPTURE(category);
      bench.step(Duration{1000});
      CHECK(bench.bybit_code(
                "POST", "order/create",
                std::string(R"({"category":")") + category + R"(",)" + sample.order + "}") == code);
    }
  CHECK(bench.account("bybit").orders.empty());
  for (const auto& [category, taken, missing] :
       {std::tuple{"spot", 170141, 170213}, std::tuple{"linear", 110072, 110001}}) {
    CAPTURE(category);
    bench.step(Duration{1000});
    const std::string of = std::string(R"({"category":")") + category + R"(","symbol":"BTCUSDT",)";
    const std::string id = std::string(category) + "1";
    const std::string order =
        of + R"("side":"Buy","orderType":"Limit","qty":"1","price":"90","orderLinkId":")" + id +
        "\"}";
    CHECK(bench.bybit_code("POST", "order/create", order) == 0);
    CHECK(bench.bybit_code("POST", "order/create", order) == taken);
    const std::string cancel = of + R"("orderLinkId":")" + id + "\"}";
    CHECK(bench.bybit_code("POST", "order/cancel", cancel) == 0);
    CHECK(bench.bybit_code("POST", "order/cancel", cancel) == missing);
    CHECK(bench.bybit_code("POST", "order/cancel", of + R"("orderLinkId":"none"})") == missing);
    // For ever, as at the venue.
    CHECK(bench.bybit_code("POST", "order/create", order) == taken);
  }
  bench.step(Duration{1000});
  const std::string reduce =
      R"({"category":"linear","symbol":"BTCUSDT","side":"Sell","orderType":"Market",)"
      R"("qty":"1","reduceOnly":true})";
  CHECK(bench.bybit_code("POST", "order/create", reduce) == 110017);
  const auto leverage = [&](const char* buy) {
    return bench.bybit_code(
        "POST", "position/set-leverage",
        std::string(R"({"category":"linear","symbol":"BTCUSDT","buyLeverage":")") + buy +
            R"(","sellLeverage":")" + buy + "\"}");
  };
  CHECK(leverage("10") == 110043);
  CHECK(leverage("101") == 110013);
  CHECK(leverage("5") == 0);
}

}  // namespace botbox::exchange::testing
