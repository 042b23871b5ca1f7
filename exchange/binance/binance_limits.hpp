// The published limits of Binance spot and USD-M, as data: windows, what each call costs, and which
// response header counts which window.
//
// Sources: "LIMITS" and "Weight" of each endpoint in both documentations, as of July 2026.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "engine/limits/limit_window.hpp"
#include "engine/limits/rate_limiter.hpp"
#include "engine/model/instrument.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange {

// Spot: request_weight_1m, orders_10s, orders_1d. USD-M: request_weight_1m, orders_10s, orders_1m.
const std::vector<LimitWindow>& binance_windows(MarketType market);

// Where the price depends on what VenueApi::cost is not told, the higher one counts: executions of
// spot cost 5 instead of 20 when an order is named.
PermitRequest binance_cost(MarketType market, VenueCall call, std::uint32_t size);

// "x-mbx-used-weight-1m" -> "request_weight_1m", "x-mbx-order-count-10s" -> "orders_10s". Empty:
// the header counts no window of this market.
std::string_view window_of_header(MarketType market, std::string_view lower_case_name);

}  // namespace botbox::exchange
