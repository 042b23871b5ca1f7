// The market of simulator tests: BTC in USDT, spot and linear, at 100 for half an hour, then what
// the test says. Tick 0.01, lot 0.001, least notional 5.
#pragma once

#include <string>
#include <vector>

#include "exchange/simulator/sim_types.hpp"
#include "tests/exchange/fixture.hpp"

namespace botbox::exchange::testing {

inline const Symbol kSimSpot{"BTC/USDT"};
inline const Symbol kSimLinear{"BTC/USDT:USDT"};
// When the minutes of the test begin.
inline constexpr Timestamp kSimStart = kStart + kMinute * 30;

// "open high low close [volume]" of the minutes from kSimStart on; then two hours at the last
// close.
void add_minutes(TableMarket& market, const std::vector<std::string>& minutes);
std::vector<sim::Listing> sim_listings();

}  // namespace botbox::exchange::testing
