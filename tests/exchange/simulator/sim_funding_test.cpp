// Funding at the simulated venues: who pays, when, how much, and where it is told.
#include <doctest/doctest.h>

#include "tests/exchange/simulator/sim_bench.hpp"

namespace botbox::exchange::testing {
namespace {

const Timestamp kEightOClock = kStart + std::chrono::hours{8};

void go_to(SimBench& bench, Timestamp at) { bench.step(at - bench.clock.now()); }

Json bybit_log(SimBench& bench, const std::string& which) {
  return bench.bybit_result("GET", "account/transaction-log", "accountType=UNIFIED" + which)
      .at("list");
}

Json bybit_funding(SimBench& bench) { return bybit_log(bench, "&category=linear&type=SETTLEMENT"); }

Json usdm_income(SimBench& bench, const std::string& which) {
  return bench.usdm("GET", "v1/income", which);
}

}  // namespace

TEST_CASE("at simulated Bybit a long pays a positive rate when its time has come, and not before") {
  SimBench bench({.funding = "0.0001"});
  bench.bybit_result("POST", "order/create",
                     R"({"category":"linear","symbol":"BTCUSDT","side":"Buy",)"
                     R"("orderType":"Market","qty":"2"})");
  // 100,000 less 0.00055 of 2 * 100.01.
  CHECK(to_string(bench.total("bybit", "USDT")) == "99999.889989");
  go_to(bench, kEightOClock - Duration{1});
  CHECK(to_string(bench.total("bybit", "USDT")) == "99999.889989");
  CHECK(bybit_funding(bench).empty());
  bench.step(Duration{1});
  CHECK(to_string(bench.total("bybit", "USDT")) == "99999.869989");  // 0.0001 of 2 * 100
  const Json told = bybit_funding(bench);
  REQUIRE(told.size() == 1);
  CHECK(told[0].at("symbol") == "BTCUSDT");
  CHECK(told[0].at("type") == "SETTLEMENT");
  CHECK(told[0].at("funding") == "-0.02");
  CHECK(told[0].at("change") == "-0.02");
  CHECK(told[0].at("cashBalance") == "99999.869989");
  CHECK(told[0].at("transactionTime") == std::to_string(kEightOClock.ms));
  bench.bybit_result("POST", "order/create",
                     R"({"category":"linear","symbol":"BTCUSDT","side":"Sell",)"
                     R"("orderType":"Market","qty":"2","reduceOnly":true})");
  bench.step(std::chrono::hours{9});
  CHECK(bybit_funding(bench).size() == 1);  // nothing is open any more
}

TEST_CASE("the log of simulated Bybit is told by time, by coin and in pages") {
  SimBench bench({.funding = "0.0001"});
  bench.bybit_result("POST", "order/create",
                     R"({"category":"linear","symbol":"BTCUSDT","side":"Buy",)"
                     R"("orderType":"Market","qty":"2"})");
  go_to(bench, kStart + std::chrono::hours{24});
  REQUIRE(bybit_funding(bench).size() == 3);
  const std::string eight = std::to_string(kEightOClock.ms);
  CHECK(bybit_log(bench, "&startTime=" + eight + "&endTime=" + eight).size() == 1);
  CHECK(bybit_log(bench, "&baseCoin=ETH").empty());
  CHECK(bybit_log(bench, "&type=TRADE").empty());
  CHECK(bybit_log(bench, "&category=spot").empty());
  CHECK(bench.bybit_code("GET", "account/transaction-log",
                         "startTime=1&endTime=" + std::to_string(7 * 86'400'000 + 2)) == 10001);
  const Json first =
      bench.bybit_result("GET", "account/transaction-log", "accountType=UNIFIED&limit=2");
  CHECK(first.at("list").size() == 2);
  const Json second = bench.bybit_result(
      "GET", "account/transaction-log",
      "accountType=UNIFIED&limit=2&cursor=" + first.at("nextPageCursor").get<std::string>());
  REQUIRE(second.at("list").size() == 1);
  CHECK(second.at("list")[0].at("transactionTime") == eight);
}

TEST_CASE("at simulated Binance USD-M a short receives a positive rate, and income tells it") {
  SimBench bench({.funding = "0.0001"});
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=3");
  // 100,000 less 0.0005 of 3 * 100.
  CHECK(to_string(bench.total("binance-usdm", "USDT")) == "99999.85");
  go_to(bench, kStart + std::chrono::hours{16});
  CHECK(to_string(bench.total("binance-usdm", "USDT")) == "99999.91");
  const Json told = usdm_income(bench, "incomeType=FUNDING_FEE&symbol=BTCUSDT");
  REQUIRE(told.size() == 2);
  CHECK(told[0].at("income") == "0.03000000");
  CHECK(told[0].at("asset") == "USDT");
  CHECK(told[0].at("time") == kEightOClock.ms);
  CHECK(told[0].at("tranId") != told[1].at("tranId"));
  CHECK(usdm_income(bench, "incomeType=COMMISSION").empty());
  CHECK(usdm_income(bench, "symbol=ETHUSDT").empty());
  CHECK(usdm_income(bench, "limit=1").size() == 1);
  const std::string eight = std::to_string(kEightOClock.ms);
  CHECK(usdm_income(bench, "startTime=" + eight + "&endTime=" + eight).size() == 1);
  CHECK(bench.usdm("GET", "v1/premiumIndex", "symbol=BTCUSDT").at("lastFundingRate") ==
        "0.00010000");
}

TEST_CASE("simulated venues say when they pay next and how often, and nothing where none is paid") {
  SimBench bench({.funding = "0.0001"});
  go_to(bench, kEightOClock + Duration{1});
  const Timestamp next = kStart + std::chrono::hours{16};
  const auto bybit = [](SimBench& of) {
    return of.bybit_result("GET", "market/tickers", "category=linear&symbol=BTCUSDT").at("list")[0];
  };
  CHECK(bybit(bench).at("nextFundingTime") == std::to_string(next.ms));
  CHECK(bybit(bench).at("fundingIntervalHour") == "8");
  CHECK(bench.bybit_result("GET", "market/instruments-info", "category=linear")
            .at("list")[0]
            .at("fundingInterval") == 480);
  CHECK(bench.usdm("GET", "v1/premiumIndex", "symbol=BTCUSDT").at("nextFundingTime") == next.ms);
  CHECK(bench.usdm("GET", "v1/fundingInfo", "").empty());  // none but the usual interval
  SimBench unpaid;
  CHECK(bybit(unpaid).at("nextFundingTime") == "0");
  CHECK(unpaid.usdm("GET", "v1/premiumIndex", "symbol=BTCUSDT").at("nextFundingTime") == 0);
}

TEST_CASE("where no rate is given no funding is paid") {
  SimBench bench;
  bench.usdm("POST", "v1/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=3");
  go_to(bench, kStart + std::chrono::hours{16});
  CHECK(to_string(bench.total("binance-usdm", "USDT")) == "99999.85");
  CHECK(usdm_income(bench, "").empty());
}

}  // namespace botbox::exchange::testing
