// Funding on perpetuals: who pays whom, when and how much, worked out by hand.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "engine/model/position.hpp"
#include "exchange/paper/funding.hpp"
#include "tests/exchange/fixture.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const Symbol kPerpetual{"BTC/USDT:USDT"};

Timestamp minute(std::int64_t n) { return kStart + kMinute * n; }

// 100 until 08:00, 120 until 16:00, then 90; fees 0.1 %, no slippage, leverage 5.
struct Funded {
  explicit Funded(FundingSchedule schedule) : clock(kStart) {
    std::vector<std::string> rows(480, "100 100 100 100");
    rows.resize(960, "120 120 120 120");
    rows.resize(1'500, "90 90 90 90");
    market.add(kPerpetual, rows);
    config.instruments = {{instrument("BTC/USDT:USDT", "0.01", "0.001"), Decimal::from_int(5),
                           std::make_shared<const FundingSchedule>(std::move(schedule))}};
    config.balances = {{{"USDT"}, Decimal::from_int(100'000)}};
    config.taker_fee = Decimal::literal("0.001");
    exchange = made();
  }
  std::unique_ptr<PaperExchange> made() {
    auto created = PaperExchange::create(config, market, clock);
    REQUIRE(created.has_value());
    return *std::move(created);
  }
  OrderReport put(std::int64_t at_minute, const OrderRequest& request) {
    clock.set(minute(at_minute));
    const auto report = place(*exchange, request);
    REQUIRE_MESSAGE(report.has_value(), (report ? "" : to_string(report.error())));
    requests.push_back(request);
    reports.push_back(*report);
    return *report;
  }
  std::string funding_of(std::int64_t at_minute, const OrderRequest& request) {
    const OrderReport report = put(at_minute, request);
    REQUIRE(report.fills.size() == 1);
    return to_string(report.fills.front().funding);
  }
  std::string total(std::int64_t at_minute) {
    clock.set(minute(at_minute));
    const Balance b = balance(*exchange, "USDT");
    return to_string(b.free + b.locked);
  }

  TableMarket market;
  ManualClock clock;
  PaperConfig config;
  std::unique_ptr<PaperExchange> exchange;
  std::vector<OrderRequest> requests;
  std::vector<OrderReport> reports;
};

OrderRequest buy(const std::string& id, std::string_view quantity) {
  return order(id, kPerpetual, OrderSide::kBuy, quantity);
}
OrderRequest sell(const std::string& id, std::string_view quantity) {
  return order(id, kPerpetual, OrderSide::kSell, quantity);
}

FundingSchedule constant(std::string_view rate) {
  return FundingSchedule::constant(Decimal::literal(rate));
}

}  // namespace

TEST_CASE("a constant rate is due at 00:00, 08:00 and 16:00 UTC") {
  const FundingSchedule schedule = constant("0.0001");
  CHECK(schedule.next(kStart) == FundingRate{minute(480), Decimal::literal("0.0001")});
  CHECK(schedule.next(kStart - Duration{1})->at == kStart);
  CHECK(schedule.next(minute(480))->at == minute(960));
  CHECK_FALSE(FundingSchedule{}.next(kStart));
}

TEST_CASE("a file of funding rates is read, or refused with place and fix") {
  const auto schedule = FundingSchedule::parse(
      "rates.csv", "time_ms,rate\n1704067200000,0.0001\r\n1704096000000,-0.00025\n");
  REQUIRE(schedule);
  CHECK(schedule->next({0})->at == kStart);
  CHECK(schedule->next(kStart) == FundingRate{minute(480), Decimal::literal("-0.00025")});
  CHECK_FALSE(schedule->next(minute(480)));
  struct Row {
    const char* text;
    const char* place;
    const char* message;
  };
  const std::vector<Row> table{
      {"", "rates.csv:1", "the header is missing"},
      {"1704067200000,0.0001\n", "rates.csv:1", "the header is missing"},
      {"time_ms,rate\n1704067200000\n", "rates.csv:2", "the line has no comma"},
      {"time_ms,rate\nnoon,0.0001\n", "rates.csv:2", "the time is none"},
      {"time_ms,rate\n1704067200000,0.0001\n1704067200000,0.0001\n", "rates.csv:3",
       "funding rates are not in ascending order"},
      {"time_ms,rate\n1704067200000,1.5\n", "rates.csv:2", "a funding rate of 1.5 is out of range"},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const auto refused = FundingSchedule::parse("rates.csv", row.text);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().place == row.place);
    CHECK(refused.error().message == row.message);
    CHECK_FALSE(refused.error().fix.empty());
  }
  CHECK_FALSE(FundingSchedule::parse("rates.csv", "time_ms,rate\n1704067200000,high\n"));
  CHECK(FundingSchedule::load("/no/such/rates.csv").error().code == ErrorCode::kIo);
}

TEST_CASE(
    "longs pay and shorts receive a positive rate of the mark price; a negative one turns it") {
  struct Row {
    const char* name;
    bool is_long;
    const char* rate;
    const char* first;   // 2 * 120 * rate at 08:00
    const char* second;  // and 2 * 90 * rate at 16:00
    const char* total;   // 100,000 less fees of 0.2 and 0.18, profit or loss of 20, funding
  };
  const std::vector<Row> table{
      {"long, positive", true, "0.0001", "99999.776", "-0.042", "99979.578"},
      {"short, positive", false, "0.0001", "99999.824", "0.042", "100019.662"},
      {"long, negative", true, "-0.0001", "99999.824", "0.042", "99979.662"},
      {"short, negative", false, "-0.0001", "99999.776", "-0.042", "100019.578"},
  };
  for (const Row& row : table) {
    CAPTURE(row.name);
    Funded paper(constant(row.rate));
    // Without any protective order: the market has no order to run for.
    CHECK(paper.funding_of(10, row.is_long ? buy("a", "2") : sell("a", "2")) == "0");
    CHECK(paper.total(479) == "99999.8");
    CHECK(paper.total(480) == row.first);
    CHECK(paper.funding_of(970, reduce(row.is_long ? sell("b", "2") : buy("b", "2"), "a")) ==
          row.second);
    CHECK(paper.total(1'400) == row.total);
  }
}

TEST_CASE(
    "funding is paid on what is open at the moment, and each fill tells what went before it") {
  Funded paper(constant("0.0001"));
  CHECK(paper.funding_of(10, with_stop(buy("a", "2"), "50")) == "0");
  CHECK(paper.funding_of(500, reduce(sell("b", "1.5"), "a")) == "-0.024");    // 2 * 120
  CHECK(paper.funding_of(960, reduce(sell("c", "0.25"), "a")) == "-0.0045");  // 0.5 * 90, before it
  CHECK(paper.funding_of(1'439, reduce(sell("d", "0.25"), "a")) == "0");
  CHECK(paper.total(1'499) == paper.total(1'440));
  // Opened at the very moment, and the moment before.
  Funded other(constant("0.0001"));
  other.put(480, buy("a", "1"));
  CHECK(other.funding_of(490, reduce(sell("b", "1"), "a")) == "0");
  Funded before(constant("0.0001"));
  before.put(479, buy("a", "1"));
  CHECK(before.funding_of(490, reduce(sell("b", "1"), "a")) == "-0.012");
}

TEST_CASE("a position's own fold holds funding apart from fees, and adds up to the balance") {
  Funded paper(constant("0.0003"));
  Position position;
  position.symbol = kPerpetual;
  for (const OrderReport& report :
       {paper.put(10, buy("a", "2")), paper.put(500, reduce(sell("b", "1"), "a")),
        paper.put(970, reduce(sell("c", "1"), "a"))})
    for (const Fill& fill : report.fills) {
      const auto folded = apply_fill(position, fill);
      REQUIRE(folded);
      position = *folded;
    }
  CHECK(position.status == PositionStatus::kClosed);
  CHECK(to_string(position.realised_profit) == "10");  // 1 * 20 - 1 * 10
  CHECK(to_string(position.fees) == "0.41");           // 0.2 + 0.12 + 0.09
  CHECK(to_string(position.funding) == "-0.099");      // 2 * 120 and 1 * 90, of each 0.0003
  CHECK(to_string(net_profit(position)) == "9.491");
  CHECK(paper.total(971) == "100009.491");
}

TEST_CASE("after a crash nothing is paid twice and nothing is forgotten") {
  for (const std::int64_t crash : {495, 505, 959, 961, 1'400}) {
    CAPTURE(crash);
    Funded unharmed(constant("0.0001")), crashed(constant("0.0001"));
    for (Funded* paper : {&unharmed, &crashed}) {
      paper->put(10, buy("a", "2"));
      if (crash > 500) paper->put(500, reduce(sell("b", "1"), "a"));
      paper->clock.set(minute(crash));
    }
    // The records may be older than the newest fill, which is known all the same.
    for (const std::int64_t behind : {0, 30}) {
      PaperSeed seed;
      seed.as_of = minute(crash - behind);
      for (std::size_t i = 0; i < crashed.requests.size(); ++i)
        seed.orders.push_back({crashed.requests[i], crashed.reports[i]});
      crashed.exchange = crashed.made();
      REQUIRE(crashed.exchange->restore(seed).has_value());
      CHECK(crashed.total(crash) == unharmed.total(crash));
    }
    const OrderRequest rest = reduce(sell("c", crash > 500 ? "1" : "2"), "a");
    CHECK(crashed.funding_of(1'410, rest) == unharmed.funding_of(1'410, rest));
    CHECK(crashed.total(1'411) == unharmed.total(1'411));
  }
}

TEST_CASE("where no price is known nothing is paid, and what is no perpetual has no funding") {
  TableMarket gap;
  gap.add(kPerpetual, {"100 100 100 100", "100 100 100 104", "-", "-", "110 110 110 110"});
  CHECK(mark_price(gap, kPerpetual, minute(1)) == Price::literal("100"));
  CHECK(mark_price(gap, kPerpetual, minute(3)) == Price::literal("104"));
  CHECK(mark_price(gap, kPerpetual, minute(4)) == Price::literal("110"));
  CHECK_FALSE(mark_price(gap, kPerpetual, kStart - kMinute));
  const Symbol spot{"BTC/USDT"};
  gap.add(spot, {"100 100 100 100"});
  PaperConfig config;
  config.instruments = {{instrument("BTC/USDT", "0.01", "0.001"), Decimal::from_int(1),
                         std::make_shared<const FundingSchedule>(constant("0.0001"))}};
  ManualClock clock(kStart);
  const auto refused = PaperExchange::create(config, gap, clock);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "funding of what is no perpetual");
}
