// Identities. Each is text of its own type, so that a bot's id cannot be passed for an order's.
#pragma once

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace botbox {

template <class Tag>
struct Id {
  std::string value;

  auto operator<=>(const Id&) const = default;
  bool empty() const { return value.empty(); }
};

template <class Tag>
const std::string& to_string(const Id<Tag>& id) {
  return id.value;
}

using BotId = Id<struct BotIdTag>;                    // [a-z0-9_-]{1,64}, chosen by the user
using Symbol = Id<struct SymbolTag>;                  // ccxt unified: "BTC/USDT", "BTC/USDT:USDT"
using Asset = Id<struct AssetTag>;                    // "USDT"
using StrategyId = Id<struct StrategyIdTag>;          // "rsi_reversion", "breakout@<content>"
using SignalId = Id<struct SignalIdTag>;              // hash of the decision, 32 hex digits
using IdempotencyKey = Id<struct IntentKeyTag>;       // unique per order intent
using ClientOrderId = Id<struct ClientOrderIdTag>;    // [a-z0-9]{1,28}, a function of the decision
using OrderId = Id<struct OrderIdTag>;                // given by the exchange
using TradeId = Id<struct TradeIdTag>;                // row of the trade queue
using PositionId = Id<struct PositionIdTag>;          // the trade id of the entry that opened it
using ExecutionId = Id<struct ExecutionIdTag>;        // given by the exchange to one fill
using InstallationId = Id<struct InstallationIdTag>;  // made once per data directory

}  // namespace botbox

template <class Tag>
struct std::hash<botbox::Id<Tag>> {
  std::size_t operator()(const botbox::Id<Tag>& id) const noexcept {
    return std::hash<std::string>{}(id.value);
  }
};
