// Bybit's published limits and what each call costs of them. Data, from the venue's "Rate Limit
// Rules" page (V5, as of July 2026): 600 requests in 5 s per address; per account and endpoint 50
// reads a second, 10 changes a second (spot: 20 creations and 20 cancellations).
//
// The limiter counts windows, not endpoints, so the endpoints of an account share one window: a
// call to an endpoint with a limit of 10 weighs as much as five to one with 50. Then no endpoint
// can exceed its limit, whatever the mixture; creations have the orders window for themselves.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/limits/rate_limiter.hpp"
#include "engine/model/instrument.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/venue/venue_api.hpp"

namespace botbox::exchange::bybit {

constexpr std::string_view kAddressWindow = "ip_5s";
constexpr std::string_view kAccountWindow = "account_1s";
constexpr std::string_view kOrdersWindow = "orders_1s";

// After a ban that names no end: the venue asks to stay away for at least ten minutes.
constexpr Duration kBanLength{600'000};

// Orders of one account that may stand in a symbol, and of them those that wait for a trigger. No
// reply tells them: from the page "Place Order" (V5, as of July 2026).
struct StandingOrders {
  std::uint32_t all = 0;
  std::uint32_t conditional = 0;
};
constexpr StandingOrders most_orders(MarketType market) {
  return {.all = 500, .conditional = market == MarketType::kSpot ? 30U : 10U};
}

std::vector<LimitWindow> limit_windows(MarketType market);
PermitRequest cost_of(MarketType market, VenueCall call);
// The window whose counter the answer to this call carries; empty: none that we count.
std::string_view counter_window(VenueCall call);

// X-Bapi-Limit less X-Bapi-Limit-Status: how much of an endpoint's limit is used. Empty: not told.
std::optional<std::int64_t> used_of(const HttpResponse& response);
// Retry-After, else X-Bapi-Limit-Reset-Timestamp where it lies ahead of `venue_now`.
std::optional<Duration> retry_after(const HttpResponse& response, Timestamp venue_now);

}  // namespace botbox::exchange::bybit
