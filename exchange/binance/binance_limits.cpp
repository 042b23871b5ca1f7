#include "exchange/binance/binance_limits.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace botbox::exchange {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kWeight1m = "request_weight_1m";
constexpr std::string_view kOrders10s = "orders_10s";
constexpr std::string_view kOrders1m = "orders_1m";
constexpr std::string_view kOrders1d = "orders_1d";

LimitWindow window(std::string_view name, Duration length, std::int64_t limit, LimitKind kind) {
  return {std::string(name), length, limit, kind};
}

struct CounterHeader {
  std::string_view header;
  std::string_view window;
};
constexpr std::array kCounters{CounterHeader{"x-mbx-used-weight-1m", kWeight1m},
                               CounterHeader{"x-mbx-order-count-10s", kOrders10s},
                               CounterHeader{"x-mbx-order-count-1m", kOrders1m},
                               CounterHeader{"x-mbx-order-count-1d", kOrders1d}};

struct Cost {
  std::int64_t weight = 0;
  std::int64_t orders = 0;
};
struct CallCost {
  VenueCall call;
  Cost spot;
  Cost usdm;
};
// Calls that a market does not offer stand with weight 0: they send nothing. Since April 2026 spot
// charges its orders and cancellations only where it refuses them; here they cost the same always.
constexpr std::array kCosts{
    CallCost{VenueCall::kServerTime, {1}, {1}},
    CallCost{VenueCall::kInstruments, {20}, {1}},
    CallCost{VenueCall::kCandles, {2}, {10}},  // USD-M: by kUsdmCandles
    CallCost{VenueCall::kTicker, {2}, {1}},
    CallCost{VenueCall::kBalances, {20}, {5}},
    CallCost{VenueCall::kPositions, {0}, {5}},
    CallCost{VenueCall::kOpenOrders, {80}, {40}},  // one symbol: kOpenOrdersOfOne
    CallCost{VenueCall::kOrder, {4}, {1}},
    CallCost{VenueCall::kExecutions, {20}, {5}},
    CallCost{VenueCall::kFunding, {0}, {30}},
    CallCost{VenueCall::kFundingTimes, {0}, {10}},
    CallCost{VenueCall::kPlace, {1, 1}, {0, 1}},  // USD-M counts new orders in their own windows
    CallCost{VenueCall::kPlaceBracket, {1, 2}, {0, 0}},
    CallCost{VenueCall::kAmend, {4, 0}, {0, 1}},
    CallCost{VenueCall::kCancel, {1}, {1}},
    CallCost{VenueCall::kCancelAll, {1}, {1}},
    CallCost{VenueCall::kSetLeverage, {0}, {1}},
    CallCost{VenueCall::kSetMarginMode, {0}, {1}},
    CallCost{VenueCall::kAccount, {20}, {5}},
};
constexpr Cost kSpotOpenOrdersOfOne{6};
constexpr Cost kUsdmOpenOrdersOfOne{1};

struct CandleCost {
  std::uint32_t candles_below;
  std::int64_t weight;
};
constexpr std::array kUsdmCandles{CandleCost{100, 1}, CandleCost{500, 2}, CandleCost{1001, 5}};

Cost cost_of(MarketType market, VenueCall call, std::uint32_t size) {
  const bool spot = market == MarketType::kSpot;
  if (call == VenueCall::kOpenOrders && size > 0)
    return spot ? kSpotOpenOrdersOfOne : kUsdmOpenOrdersOfOne;
  if (call == VenueCall::kCandles && !spot)
    for (const CandleCost& step : kUsdmCandles)
      if (size < step.candles_below) return {step.weight};
  const auto found = std::ranges::find(kCosts, call, &CallCost::call);
  return spot ? found->spot : found->usdm;
}

}  // namespace

const std::vector<LimitWindow>& binance_windows(MarketType market) {
  // Spot's raw requests (300,000 in 5 minutes, before April 2026 61,000) never bind: each costs at
  // least 1 of 6,000 a minute here.
  static const std::vector<LimitWindow> spot{
      window(kWeight1m, minutes{1}, 6'000, LimitKind::kRequestWeight),
      window(kOrders10s, seconds{10}, 100, LimitKind::kOrders),
      window(kOrders1d, hours{24}, 200'000, LimitKind::kOrders)};
  static const std::vector<LimitWindow> usdm{
      window(kWeight1m, minutes{1}, 2'400, LimitKind::kRequestWeight),
      window(kOrders10s, seconds{10}, 300, LimitKind::kOrders),
      window(kOrders1m, minutes{1}, 1'200, LimitKind::kOrders)};
  return market == MarketType::kSpot ? spot : usdm;
}

PermitRequest binance_cost(MarketType market, VenueCall call, std::uint32_t size) {
  const Cost cost = cost_of(market, call, size);
  const bool protective = call == VenueCall::kCancel || call == VenueCall::kCancelAll;
  return {cost.weight, cost.orders,
          protective ? PermitPriority::kProtective : PermitPriority::kNormal};
}

std::string_view window_of_header(MarketType market, std::string_view lower_case_name) {
  for (const CounterHeader& counter : kCounters) {
    if (counter.header != lower_case_name) continue;
    const bool published = std::ranges::find(binance_windows(market), counter.window,
                                             &LimitWindow::name) != binance_windows(market).end();
    return published ? counter.window : std::string_view{};
  }
  return {};
}

}  // namespace botbox::exchange
