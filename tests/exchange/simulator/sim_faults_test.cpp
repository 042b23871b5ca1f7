// Each fault of the plan: whether the request was executed, what the client gets, what the ledger
// knows.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/exchange/simulator/sim_bench.hpp"

namespace botbox::exchange::testing {
namespace {

const std::string kBuy = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=a";
const std::string kBuyBybit =
    R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Market","qty":"1",)"
    R"("orderLinkId":"a"})";

sim::FaultRule once(sim::FaultKind kind) {
  return {.kind = kind, .path = "order", .chance = 1000, .count = 1, .lasts = Duration{90'000}};
}

// Buys at Binance spot under the fault.
sim::Delivery buy_under(SimBench& bench, sim::FaultKind kind) {
  bench.simulator.faults().rules = {once(kind)};
  return bench.send(bench.binance("POST", "/api/v3/order", kBuy));
}

std::uint32_t accepted(const SimBench& bench, const std::string& venue) {
  const auto& orders = bench.simulator.ledger().orders();
  const auto found = orders.find({venue, "a"});
  return found == orders.end() ? 0 : found->second.accepted;
}

}  // namespace

TEST_CASE("faults after the execution leave an order whose answer is late, lost or broken") {
  using sim::FaultKind;
  for (const FaultKind kind :
       {FaultKind::kLatency, FaultKind::kDropReply, FaultKind::kReset, FaultKind::kError500,
        FaultKind::kTimeout, FaultKind::kTruncate, FaultKind::kMalformed}) {
    CAPTURE(to_string(kind));
    CHECK(is_executed(kind));
    SimBench bench;
    const sim::Delivery delivery = buy_under(bench, kind);
    CHECK(accepted(bench, "binance-spot") == 1);
    CHECK(bench.total("binance-spot", "BTC") == Decimal::from_int(11));
    CHECK(delivery.drop == (kind == FaultKind::kDropReply));
    CHECK(delivery.reset == (kind == FaultKind::kReset));
    CHECK(delivery.cut == (kind == FaultKind::kTruncate));
    CHECK(delivery.delay == (kind == FaultKind::kLatency ? Duration{90'000} : Duration{0}));
    if (kind == FaultKind::kError500) CHECK(delivery.answer.status == 503);
    if (kind == FaultKind::kTimeout) CHECK(Json::parse(delivery.answer.body).at("code") == -1007);
    if (kind == FaultKind::kMalformed) CHECK_FALSE(Json::accept(delivery.answer.body));
    const auto& count =
        bench.simulator.ledger().endpoints().at({"binance-spot", "POST /api/v3/order"});
    CHECK(count.requests == 1);
    CHECK(count.executed == 1);
    CHECK(count.faults == 1);
    // Once was asked for.
    CHECK(bench.send(bench.binance("GET", "/api/v3/openOrders", "")).answer.status == 200);
  }
}

TEST_CASE("faults before the execution leave no trace of the order") {
  using sim::FaultKind;
  for (const FaultKind kind : {FaultKind::kDropRequest, FaultKind::kUnavailable,
                               FaultKind::kRateLimited, FaultKind::kBan, FaultKind::kIpLimit}) {
    CAPTURE(to_string(kind));
    CHECK_FALSE(is_executed(kind));
    SimBench bench;
    const sim::Delivery delivery = buy_under(bench, kind);
    CHECK(accepted(bench, "binance-spot") == 0);
    CHECK(bench.account("binance-spot").orders.empty());
    CHECK(delivery.drop == (kind == FaultKind::kDropRequest));
    const int status = kind == FaultKind::kDropRequest   ? 200
                       : kind == FaultKind::kUnavailable ? 503
                       : kind == FaultKind::kRateLimited ? 429
                                                         : 418;
    CHECK(delivery.answer.status == status);
    const auto& count =
        bench.simulator.ledger().endpoints().at({"binance-spot", "POST /api/v3/order"});
    CHECK(count.executed == 0);
    CHECK(count.turned_away == 0);  // nobody went over a limit
  }
}

TEST_CASE("Bybit has its own words for the same faults") {
  using sim::FaultKind;
  const auto under = [](FaultKind kind) {
    SimBench bench;
    bench.simulator.faults().rules = {once(kind)};
    return bench.send(bench.bybit("POST", "/v5/order/create", kBuyBybit)).answer;
  };
  CHECK(Json::parse(under(FaultKind::kTimeout).body).at("retCode") == 10000);
  CHECK(Json::parse(under(FaultKind::kRateLimited).body).at("retCode") == 10006);
  CHECK(under(FaultKind::kBan).status == 403);
  CHECK(under(FaultKind::kError500).status == 503);
}

TEST_CASE("Bybit's limit of an address is a code, until its end and for everything") {
  SimBench bench;
  bench.simulator.faults().rules = {once(sim::FaultKind::kIpLimit)};
  const Timestamp end = bench.clock.now() + Duration{90'000};
  const auto refused = bench.send(bench.bybit("POST", "/v5/order/create", kBuyBybit)).answer;
  CHECK(refused.status == 200);
  CHECK(Json::parse(refused.body).at("retCode") == 10018);
  CHECK(std::ranges::count(refused.headers,
                           std::pair<std::string, std::string>("X-Bapi-Limit-Reset-Timestamp",
                                                               std::to_string(end.ms))) == 1);
  CHECK(accepted(bench, "bybit") == 0);
  const auto code = [&] {
    return Json::parse(bench.send({"GET", "/v5/market/time", "", "", {}}).answer.body)
        .at("retCode")
        .get<int>();
  };
  bench.step(Duration{89'999});
  CHECK(code() == 10018);
  CHECK(bench.simulator.ledger().endpoints().at({"bybit", "GET /v5/market/time"}).turned_away == 1);
  bench.step(Duration{1});
  CHECK(code() == 0);
}

TEST_CASE("a ban lasts as long as it was given, for everything at that venue") {
  SimBench bench;
  CHECK(buy_under(bench, sim::FaultKind::kBan).answer.status == 418);
  bench.step(Duration{89'999});
  CHECK(bench.send({"GET", "/api/v3/time", "", "", {}}).answer.status == 418);
  CHECK(bench.send({"GET", "/fapi/v1/time", "", "", {}}).answer.status == 200);
  bench.step(Duration{1});
  CHECK(bench.send({"GET", "/api/v3/time", "", "", {}}).answer.status == 200);
}

TEST_CASE("the same seed and the same requests meet the same faults") {
  const auto drawn = [](std::uint64_t seed) {
    sim::FaultPlan plan;
    plan.rules = {{.kind = sim::FaultKind::kReset, .chance = 300}};
    plan.reseed(seed);
    std::vector<bool> all;
    for (int i = 0; i < 200; ++i) all.push_back(plan.draw("GET /x").has_value());
    return all;
  };
  CHECK(drawn(1) == drawn(1));
  CHECK(drawn(1) != drawn(2));
  const auto one = drawn(3);
  const auto hits = std::count(one.begin(), one.end(), true);
  CHECK(hits > 30);
  CHECK(hits < 100);
}

TEST_CASE("a rule applies to its path alone, and so often as it says") {
  sim::FaultPlan plan;
  plan.rules = {
      {.kind = sim::FaultKind::kReset, .path = "POST /api/v3/order", .chance = 1000, .count = 2}};
  CHECK_FALSE(plan.draw("GET /api/v3/order").has_value());
  CHECK(plan.draw("POST /api/v3/order").has_value());
  CHECK(plan.draw("POST /api/v3/order").has_value());
  CHECK_FALSE(plan.draw("POST /api/v3/order").has_value());
}

TEST_CASE("a fault is read from its text, or refused with a hint") {
  const auto rule = sim::parse_fault_rule("ban:50:/order:300");
  REQUIRE(rule.has_value());
  CHECK(rule->kind == sim::FaultKind::kBan);
  CHECK(rule->chance == 50);
  CHECK(rule->path == "/order");
  CHECK(rule->lasts == Duration{300});
  for (const char* text : {"", "ban", "ban:", "ban:x", "ban:1001", "nothing:1", "ban:1:/x:y"})
    CHECK_MESSAGE(!sim::parse_fault_rule(text).has_value(), text);
}

TEST_CASE("during an outage nothing is executed and every connection is closed") {
  SimBench bench;
  bench.simulator.faults().outage_until = bench.clock.now() + Duration{1000};
  CHECK(bench.send(bench.binance("POST", "/api/v3/order", kBuy)).drop);
  CHECK(accepted(bench, "binance-spot") == 0);
  bench.step(Duration{1000});
  CHECK_FALSE(bench.send(bench.binance("POST", "/api/v3/order", kBuy)).drop);
  CHECK(accepted(bench, "binance-spot") == 1);
}

TEST_CASE("a skewed clock is told, and stamps are held against it") {
  SimBench bench;
  bench.simulator.faults().clock_skew = Duration{7'000};
  const Json time = Json::parse(bench.send({"GET", "/api/v3/time", "", "", {}}).answer.body);
  CHECK(time.at("serverTime") == bench.clock.now().ms + 7'000);
  CHECK(bench.spot("GET", "account", "").at("code") == -1021);
  const sim::Delivery corrected =
      bench.send(bench.binance("GET", "/api/v3/account", "", {.stamp_off = Duration{7'000}}));
  CHECK(corrected.answer.status == 200);
}

TEST_CASE("candles come stale, unfinished or twice when the plan says so") {
  SimBench bench({.minutes = {"100 100 100 100", "100 110 90 105"}});
  bench.step(kMinute * 2);
  const auto newest = [&](int limit) {
    return bench.spot("GET", "klines", "symbol=BTCUSDT&interval=1m&limit=" + std::to_string(limit));
  };
  CHECK(newest(2).front().at(2) == "110.00000000");
  bench.simulator.faults().candle_lag = kMinute / 2;
  // The closed candle is told as it was half a minute ago: its high is not there yet.
  CHECK(newest(1).front().at(0) == (kSimStart + kMinute).ms);
  CHECK(newest(1).front().at(4) != "105.00000000");
  bench.simulator.faults().candle_lag = Duration{0};
  bench.simulator.faults().repeat_candles = true;
  const Json rows = newest(3);
  CHECK(rows.at(rows.size() - 1).at(0) == rows.at(rows.size() - 2).at(0));
}

TEST_CASE("a late request arrives in its own time, and is judged by that time") {
  const auto late = [](SimBench& bench, std::int64_t by) {
    sim::FaultRule rule = once(sim::FaultKind::kLate);
    rule.lasts = Duration{by};
    bench.simulator.faults().rules = {rule};
    CHECK(bench.send(bench.binance("POST", "/api/v3/order", kBuy)).drop);
    CHECK(accepted(bench, "binance-spot") == 0);
  };
  const std::string ask = "symbol=BTCUSDT&origClientOrderId=a";
  SimBench bench;
  late(bench, 3'000);
  CHECK(bench.spot("GET", "order", ask).at("code") == -2013);
  bench.step(Duration{2'999});
  CHECK(accepted(bench, "binance-spot") == 0);
  bench.step(Duration{1});
  CHECK(accepted(bench, "binance-spot") == 1);
  CHECK(bench.spot("GET", "order", ask).at("status") == "FILLED");
  const auto& count =
      bench.simulator.ledger().endpoints().at({"binance-spot", "POST /api/v3/order"});
  CHECK(count.requests == 1);
  CHECK(count.executed == 1);
  SimBench too_late;  // for its window of 5 s
  late(too_late, 5'001);
  too_late.step(Duration{10'000});
  CHECK(accepted(too_late, "binance-spot") == 0);
  CHECK(too_late.account("binance-spot").orders.empty());
}

TEST_CASE("of several late requests the one that arrives first is executed first") {
  SimBench bench;
  sim::FaultRule slow = once(sim::FaultKind::kLate);
  slow.lasts = Duration{2'000};
  sim::FaultRule slower = slow;
  slower.lasts = Duration{3'000};
  const auto buy = [&](const std::string& id) {
    return bench.binance("POST", "/api/v3/order",
                         "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&newClientOrderId=" + id);
  };
  bench.simulator.faults().rules = {slower, slow};
  CHECK(bench.send(buy("first")).drop);
  CHECK(bench.send(buy("second")).drop);
  bench.step(Duration{4'000});
  const auto& orders = bench.account("binance-spot").orders;
  REQUIRE(orders.size() == 2);
  CHECK(orders[0]->request.client_id == "second");
  CHECK(orders[1]->request.client_id == "first");
  CHECK(orders[0]->created_at == kSimStart + Duration{2'000});
  CHECK(orders[1]->created_at == kSimStart + Duration{3'000});
}

TEST_CASE("with a lag what is read is old: orders, fills, coins and positions") {
  SimBench bench;
  bench.simulator.faults().read_lag = Duration{1'000};
  bench.step(Duration{1});
  CHECK(bench.spot("POST", "order", kBuy).at("status") == "FILLED");
  bench.usdm("POST", "v1/order", kBuy);
  bench.bybit_result("POST", "order/create", kBuyBybit);
  // What changes something meets the present.
  CHECK(bench.bybit_code("POST", "order/create", kBuyBybit) == 110072);
  const std::string ask = "symbol=BTCUSDT&origClientOrderId=a";
  const std::string of_linear = "category=linear&symbol=BTCUSDT";
  const auto rows = [&](const std::string& path) {
    return bench.bybit_result("GET", path, of_linear + "&orderLinkId=a").at("list").size();
  };
  const auto coins = [&] {
    const Json told = bench.spot("GET", "account", "");
    for (const Json& row : told.at("balances"))
      if (row.at("asset") == "BTC") return row.at("free").get<std::string>();
    return std::string{};
  };
  const auto size = [&] {
    const Json told = bench.bybit_result("GET", "position/list", of_linear);
    return told.at("list").front().at("size").get<std::string>();
  };
  for (const int after : {0, 999}) {
    bench.step(Duration{after});
    CHECK(bench.spot("GET", "order", ask).at("code") == -2013);
    CHECK(bench.spot("GET", "allOrders", "symbol=BTCUSDT").empty());
    CHECK(bench.spot("GET", "myTrades", "symbol=BTCUSDT").empty());
    CHECK(coins() == "10.00000000");
    CHECK(bench.usdm("GET", "v1/order", ask).at("code") == -2013);
    CHECK(bench.usdm("GET", "v3/positionRisk", "").empty());
    CHECK(rows("order/realtime") == 0);
    CHECK(rows("execution/list") == 0);
    CHECK(size() == "0");
  }
  bench.step(Duration{1});
  CHECK(bench.spot("GET", "order", ask).at("status") == "FILLED");
  CHECK(bench.spot("GET", "allOrders", "symbol=BTCUSDT").size() == 1);
  CHECK(bench.spot("GET", "myTrades", "symbol=BTCUSDT").size() == 1);
  CHECK(coins() == "11.00000000");
  CHECK(bench.usdm("GET", "v1/order", ask).at("status") == "FILLED");
  CHECK(bench.usdm("GET", "v3/positionRisk", "").size() == 1);
  CHECK(rows("order/realtime") == 1);
  CHECK(rows("execution/list") == 1);
  CHECK(size() == "1");
}

TEST_CASE("the ledger counts how often an order arrived, was taken, was a twin, was refused") {
  SimBench bench;
  const std::string resting =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=90&newClientOrderId=a";
  bench.spot("POST", "order", resting);
  bench.spot("POST", "order", resting);
  bench.spot("POST", "order", resting + "&icebergQty=0&quantity=0");
  const sim::OrderArrivals& arrivals = bench.simulator.ledger().orders().at({"binance-spot", "a"});
  CHECK(arrivals.arrived == 3);
  CHECK(arrivals.accepted == 1);
  CHECK(arrivals.duplicates + arrivals.refused == 2);
}

}  // namespace botbox::exchange::testing
