#include "exchange/bybit/bybit_limits.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace botbox::exchange::bybit {
namespace {

constexpr std::int64_t kReadsPerSecond = 50;

// Calls a second that the endpoint of a call allows to one account; zero: only the address counts.
struct EndpointLimit {
  VenueCall call;
  std::int64_t linear;
  std::int64_t spot;
};
constexpr std::array kEndpoints{
    EndpointLimit{VenueCall::kServerTime, 0, 0},    EndpointLimit{VenueCall::kInstruments, 0, 0},
    EndpointLimit{VenueCall::kCandles, 0, 0},       EndpointLimit{VenueCall::kTicker, 0, 0},
    EndpointLimit{VenueCall::kBalances, 50, 50},    EndpointLimit{VenueCall::kPositions, 50, 50},
    EndpointLimit{VenueCall::kOpenOrders, 50, 50},  EndpointLimit{VenueCall::kOrder, 50, 50},
    EndpointLimit{VenueCall::kExecutions, 50, 50},  EndpointLimit{VenueCall::kFunding, 25, 25},
    EndpointLimit{VenueCall::kFundingTimes, 0, 0},  EndpointLimit{VenueCall::kAmend, 10, 10},
    EndpointLimit{VenueCall::kCancel, 10, 20},      EndpointLimit{VenueCall::kCancelAll, 10, 20},
    EndpointLimit{VenueCall::kSetLeverage, 10, 10}, EndpointLimit{VenueCall::kSetMarginMode, 5, 5},
    EndpointLimit{VenueCall::kAccount, 10, 10},
};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_protective(VenueCall call) {
  return call == VenueCall::kCancel || call == VenueCall::kCancelAll;
}

}  // namespace

std::vector<LimitWindow> limit_windows(MarketType market) {
  const std::int64_t creations = market == MarketType::kSpot ? 20 : 10;
  return {
      {std::string(kAddressWindow), Duration{5'000}, 600, LimitKind::kRequestWeight},
      {std::string(kAccountWindow), Duration{1'000}, kReadsPerSecond, LimitKind::kRequestWeight},
      {std::string(kOrdersWindow), Duration{1'000}, creations, LimitKind::kOrders}};
}

PermitRequest cost_of(MarketType market, VenueCall call) {
  PermitRequest cost;
  if (is_protective(call)) cost.priority = PermitPriority::kProtective;
  if (call == VenueCall::kPlace || call == VenueCall::kPlaceBracket) {
    cost.orders = 1;
    return cost;
  }
  const auto row = std::find_if(kEndpoints.begin(), kEndpoints.end(),
                                [&](const EndpointLimit& e) { return e.call == call; });
  if (row == kEndpoints.end()) return cost;
  const std::int64_t per_second = market == MarketType::kSpot ? row->spot : row->linear;
  if (per_second > 0) cost.weight = (kReadsPerSecond + per_second - 1) / per_second;
  return cost;
}

std::string_view counter_window(VenueCall call) {
  switch (call) {
    case VenueCall::kPlace: return kOrdersWindow;
    case VenueCall::kBalances:
    case VenueCall::kPositions:
    case VenueCall::kOpenOrders:
    case VenueCall::kOrder:
    case VenueCall::kExecutions: return kAccountWindow;
    default: return {};
  }
}

std::optional<std::int64_t> used_of(const HttpResponse& response) {
  const auto limit = number(response.header("x-bapi-limit"));
  const auto left = number(response.header("x-bapi-limit-status"));
  if (!limit || !left || *limit < 0 || *left < 0 || *left > *limit) return std::nullopt;
  return *limit - *left;
}

std::optional<Duration> retry_after(const HttpResponse& response, Timestamp venue_now) {
  constexpr std::int64_t kSecondsMax = 7 * 24 * 3600;
  const auto seconds = number(response.header("retry-after"));
  if (seconds && *seconds >= 0) return Duration{std::min(*seconds, kSecondsMax) * 1000};
  const auto reset = number(response.header("x-bapi-limit-reset-timestamp"));
  if (!reset || *reset <= venue_now.ms) return std::nullopt;
  return Duration{std::min(*reset - venue_now.ms, kSecondsMax * 1000)};
}

}  // namespace botbox::exchange::bybit
