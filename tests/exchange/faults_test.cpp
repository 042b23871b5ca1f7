// Faults mean what the port says, and the ledger knows what really happened.
#include <doctest/doctest.h>

#include "exchange/faults/faulty_exchange.hpp"
#include "tests/exchange/contract.hpp"
#include "tests/exchange/fixture.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const Symbol kSpot{"BTC/USDT"};

struct BadLine {
  explicit BadLine(FaultPlan plan, std::uint64_t seed = 1) : random(seed), clock(kStart) {
    market.add(kSpot, std::vector<std::string>(30, "100 110 90 105"));
    clock.set(kStart + kMinute * 20 + Duration{500});
    PaperConfig config;
    config.instruments = {{instrument("BTC/USDT", "0.01", "0.001"), Decimal::from_int(1)}};
    config.balances = {{{"USDT"}, Decimal::from_int(100'000)}};
    paper = *PaperExchange::create(config, market, clock);
    faulty = std::make_unique<FaultyExchange>(*paper, plan, random, clock);
  }
  Result<OrderReport> buy(const std::string& id) {
    return place(*faulty, order(id, kSpot, OrderSide::kBuy, "1"));
  }
  TableMarket market;
  std::mt19937_64 random;
  ManualClock clock;
  std::unique_ptr<PaperExchange> paper;
  std::unique_ptr<FaultyExchange> faulty;
};

FaultPlan always(std::uint32_t FaultPlan::*fault) {
  FaultPlan plan;
  plan.*fault = 1000;
  return plan;
}

}  // namespace

TEST_CASE("an exchange behind a line without faults keeps the contract") {
  std::unique_ptr<BadLine> line;
  run_exchange_contract([&] {
    line = std::make_unique<BadLine>(FaultPlan{});
    return ContractVenue{*line->faulty, kSpot, line->clock.now(), "BTC", "USDT"};
  });
}

TEST_CASE("a dropped reply hides an order that was accepted") {
  BadLine line(always(&FaultPlan::drop_reply));
  CHECK(line.buy("a").error().code == ErrorCode::kOutcomeUnknown);
  CHECK((*find(*line.paper, kSpot, "a"))->status == OrderStatus::kFilled);
  CHECK(line.buy("a").error().code == ErrorCode::kOutcomeUnknown);
  CHECK(line.faulty->ledger().entry({"a"}) == LedgerEntry{2, 1, 1, 0});
}

TEST_CASE("a late order is not there, then it is, unless its id was taken meanwhile") {
  BadLine line(always(&FaultPlan::late_accept));
  CHECK(line.buy("a").error().code == ErrorCode::kOutcomeUnknown);
  CHECK(line.buy("b").error().code == ErrorCode::kOutcomeUnknown);
  line.faulty->set_plan({});
  CHECK(*find(*line.faulty, kSpot, "a") == std::nullopt);
  REQUIRE(line.buy("b").has_value());  // with this call, the third after "a", "a" arrives before it
  CHECK(find(*line.paper, kSpot, "a")->has_value());
  CHECK(line.faulty->late_orders() == 1);
  line.clock.advance(Duration{5'000});
  CHECK(find(*line.faulty, kSpot, "b")->has_value());
  CHECK(line.faulty->late_orders() == 0);
  CHECK(line.faulty->ledger().entry({"a"}) == LedgerEntry{1, 1, 0, 0});
  CHECK(line.faulty->ledger().entry({"b"}) == LedgerEntry{2, 1, 1, 0});
  CHECK(line.faulty->ledger().accepted() == std::vector<ClientOrderId>{{"a"}, {"b"}});
}

TEST_CASE("faults before the sending send nothing and spend the permit") {
  struct Row {
    std::uint32_t FaultPlan::*fault;
    ErrorCode code;
  };
  for (const Row& row : {Row{&FaultPlan::unavailable, ErrorCode::kUnavailable},
                         Row{&FaultPlan::rate_limited, ErrorCode::kRateLimited},
                         Row{&FaultPlan::rejected, ErrorCode::kRejected}}) {
    BadLine line(always(row.fault));
    const Permit permit = Permits::fresh();
    const auto answer = ask<OrderReport>([&](auto reply) {
      line.faulty->place(permit, order("a", kSpot, OrderSide::kBuy, "1"), reply);
    });
    CHECK(answer.error().code == row.code);
    CHECK_FALSE(permit.consume());
    CHECK(line.faulty->ledger().entry({"a"}) == LedgerEntry{});
    CHECK(*find(*line.paper, kSpot, "a") == std::nullopt);
  }
}

TEST_CASE("stale candles lack the newest") {
  BadLine line(always(&FaultPlan::stale_candles));
  const auto seen =
      *candles(*line.faulty, {kSpot, Timeframe::minutes(1), kStart, kStart + kMinute * 100, 1000});
  REQUIRE(seen.size() == 11);
  CHECK(seen.back().open_time == kStart + kMinute * 10);
}

TEST_CASE("a mixed plan never lets an order through twice, and is the same for the same seed") {
  const FaultPlan plan{150, 150, 100, 100, 50, 0, 4, Duration{60'000}, Duration{0}};
  const auto run = [&](std::uint64_t seed) {
    BadLine line(plan, seed);
    std::string codes;
    for (int i = 0; i < 400; ++i) {
      const auto answer = line.buy("o" + std::to_string(i / 4));
      codes += answer ? "OK" : to_string(answer.error().code);
      codes += ' ';
    }
    line.faulty->deliver_all();
    for (const auto& [id, entry] : line.faulty->ledger().entries()) {
      CHECK(entry.accepted <= 1);
      CHECK(entry.arrived == entry.accepted + entry.duplicates + entry.rejected);
    }
    return codes;
  };
  CHECK(run(5) == run(5));
  CHECK(run(5) != run(6));
  for (const char* code :
       {"OK", "OUTCOME_UNKNOWN", "UNAVAILABLE", "RATE_LIMITED", "REJECTED", "ALREADY_EXISTS"})
    CHECK(run(5).find(code) != std::string::npos);
}
