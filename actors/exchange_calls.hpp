// What an engine has asked of its exchange since its start, by endpoint.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "exchange/exchange.hpp"

namespace botbox::actors {

// The calls of the port, and behind them what the exchange sends on its own account: stops,
// questions after orders, the time.
inline constexpr std::array<std::string_view, 9> kEndpoints{
    "instruments",   "candles",  "place",   "ask_order", "cancel",
    "order_updates", "balances", "account", "own"};
inline constexpr std::size_t kOwnEndpoint = kEndpoints.size() - 1;
static_assert(static_cast<std::size_t>(exchange::ExchangeCall::kAccount) + 1 == kOwnEndpoint);

struct EndpointCalls {
  std::uint64_t requests = 0;
  std::uint64_t weight = 0;  // as the exchange counts it
  std::uint64_t orders = 0;  // the same
  // Answers that say something about the exchange. Of its own account it tells none.
  std::uint64_t failed = 0;
  std::uint64_t rate_limited = 0;
};
using CallsByEndpoint = std::array<EndpointCalls, kEndpoints.size()>;

}  // namespace botbox::actors
