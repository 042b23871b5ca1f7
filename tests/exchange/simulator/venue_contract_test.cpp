// The contract of exchanges over every real adapter, each over HTTP at a simulated venue.
#include <doctest/doctest.h>

#include "tests/exchange/contract.hpp"
#include "tests/exchange/simulator/simulated_desk.hpp"

namespace botbox::exchange::testing {
namespace {

void run_contract_at(VenueKind kind) {
  std::unique_ptr<SimulatedDesk> desk;
  run_exchange_contract([&] {
    desk = std::make_unique<SimulatedDesk>(SimulatedDeskOptions{.kind = kind});
    return ContractVenue{desk->exchange(), desk->symbol(), desk->now(), "BTC",
                         "USDT",           desk->market()};
  });
}

}  // namespace

// One test case each: subcases do not run again within one case.
TEST_CASE("over HTTP at Bybit spot the contract holds") { run_contract_at(VenueKind::kBybitSpot); }
TEST_CASE("over HTTP at Bybit linear the contract holds") {
  run_contract_at(VenueKind::kBybitLinear);
}
TEST_CASE("over HTTP at Binance spot the contract holds") {
  run_contract_at(VenueKind::kBinanceSpot);
}
TEST_CASE("over HTTP at Binance USD-M the contract holds") {
  run_contract_at(VenueKind::kBinanceUsdm);
}

}  // namespace botbox::exchange::testing
