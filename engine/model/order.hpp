// OrderIntent, OrderRequest, OrderReport and Fill: the words between the engine and an exchange.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class IntentStatus : std::uint8_t {
  kPending,
  kOrderPlaced,
  kOrderFailed,
  kDedupSkipped,
  kOrderBlockedLiveTrading
};
constexpr std::string_view to_string(IntentStatus status) {
  switch (status) {
    case IntentStatus::kPending: return "PENDING";
    case IntentStatus::kOrderPlaced: return "ORDER_PLACED";
    case IntentStatus::kOrderFailed: return "ORDER_FAILED";
    case IntentStatus::kDedupSkipped: return "DEDUP_SKIPPED";
    case IntentStatus::kOrderBlockedLiveTrading: return "ORDER_BLOCKED_LIVE_TRADING";
  }
  return "?";
}

// The promise to attempt exactly one order. Its key is unique for ever in a data directory.
struct OrderIntent {
  IdempotencyKey key;
  SignalId signal;
  BotId bot;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  IntentStatus status = IntentStatus::kPending;
  OrderId order_id;
  std::string error_message;
  Timestamp created_at;
  Timestamp updated_at;

  bool operator==(const OrderIntent&) const = default;
};

// Which order of a trade: the entry or close itself, or a protective order of the position.
enum class OrderLeg : std::uint8_t { kEntry, kClose, kStopLoss, kTakeProfit };
constexpr std::string_view to_string(OrderLeg leg) {
  switch (leg) {
    case OrderLeg::kEntry: return "entry";
    case OrderLeg::kClose: return "close";
    case OrderLeg::kStopLoss: return "stop_loss";
    case OrderLeg::kTakeProfit: return "take_profit";
  }
  return "?";
}

enum class OrderType : std::uint8_t { kMarket, kLimit, kStopMarket, kTakeProfitMarket };
constexpr std::string_view to_string(OrderType type) {
  switch (type) {
    case OrderType::kMarket: return "MARKET";
    case OrderType::kLimit: return "LIMIT";
    case OrderType::kStopMarket: return "STOP_MARKET";
    case OrderType::kTakeProfitMarket: return "TAKE_PROFIT_MARKET";
  }
  return "?";
}

// May the order open or enlarge a position, only reduce the one named by `group`, or only enlarge
// it? What enlarges has no protective orders of its own: the group's cover it. It is refused when
// the group is flat, so that nothing is ever open without a stop.
enum class OrderEffect : std::uint8_t { kMayOpen, kReduceOnly, kEnlargeOnly };

// A protective order that the exchange creates itself, at once with the first fill of its parent.
struct AttachedOrder {
  ClientOrderId client_id;
  Price trigger;

  bool operator==(const AttachedOrder&) const = default;
};

struct OrderRequest {
  ClientOrderId client_id;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  OrderType type = OrderType::kMarket;
  Quantity quantity;
  Price limit;    // kLimit only
  Price trigger;  // kStopMarket and kTakeProfitMarket only
  OrderEffect effect = OrderEffect::kMayOpen;
  // Orders of one group reduce only each other's quantity; when the group is flat the exchange
  // cancels what is left of it. Venues without groups net per symbol (their adapters say so).
  PositionId group;
  std::optional<AttachedOrder> stop_loss;
  std::optional<AttachedOrder> take_profit;

  bool operator==(const OrderRequest&) const = default;
};

enum class OrderStatus : std::uint8_t { kNew, kPartiallyFilled, kFilled, kCancelled, kRejected };
constexpr std::string_view to_string(OrderStatus status) {
  switch (status) {
    case OrderStatus::kNew: return "NEW";
    case OrderStatus::kPartiallyFilled: return "PARTIALLY_FILLED";
    case OrderStatus::kFilled: return "FILLED";
    case OrderStatus::kCancelled: return "CANCELLED";
    case OrderStatus::kRejected: return "REJECTED";
  }
  return "?";
}
constexpr bool is_final(OrderStatus status) {
  return status == OrderStatus::kFilled || status == OrderStatus::kCancelled ||
         status == OrderStatus::kRejected;
}

// One execution. The exchange gives each its own id; the same id again is the same fill.
struct Fill {
  ExecutionId id;
  ClientOrderId client_id;
  OrderId order_id;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  Price price;
  Quantity quantity;
  Notional fee;  // its worth in quote currency; negative is a rebate; zero for a third coin
  Timestamp at;
  // What the exchange took, to the last decimal, where it did not take quote currency. A fee in the
  // base coin of a purchase is kept back from what was bought. Empty: quote currency.
  Asset fee_coin;
  Decimal fee_in_coin;
  // Perpetuals: what the position received in funding since its fill before this one; negative: it
  // paid.
  Notional funding;

  bool operator==(const Fill&) const = default;
};

// The exchange's present word on one order: its state and *all* fills so far, in order.
struct OrderReport {
  ClientOrderId client_id;
  OrderId order_id;
  Symbol symbol;
  OrderStatus status = OrderStatus::kNew;
  Quantity quantity;
  Quantity filled;
  std::vector<Fill> fills;
  std::string message;  // the exchange's own words for a rejection, secrets stripped
  Timestamp updated_at;

  bool operator==(const OrderReport&) const = default;
};

}  // namespace botbox
