// Trade: a row of the trade queue, from PENDING to a final state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/model/ids.hpp"
#include "engine/model/money.hpp"
#include "engine/model/order.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"

namespace botbox {

enum class TradeStatus : std::uint8_t { kPending, kExecuting, kCompleted, kFailed };
constexpr std::string_view to_string(TradeStatus status) {
  switch (status) {
    case TradeStatus::kPending: return "PENDING";
    case TradeStatus::kExecuting: return "EXECUTING";
    case TradeStatus::kCompleted: return "COMPLETED";
    case TradeStatus::kFailed: return "FAILED";
  }
  return "?";
}
constexpr bool is_final(TradeStatus status) {
  return status == TradeStatus::kCompleted || status == TradeStatus::kFailed;
}

struct Trade {
  TradeId id;  // equals the client order id of its own order
  BotId bot;
  SignalId signal;
  IdempotencyKey intent;
  Symbol symbol;
  Direction direction = Direction::kLong;
  OrderSide side = OrderSide::kBuy;
  PositionId position;  // opened by this trade (equals id), enlarged or closed by it
  Quantity quantity;    // zero: a close that waits for what its entry under way will have bought
  Price entry;          // reference price of the decision; zero: there was none
  Price stop_loss;      // zero: none
  Price take_profit;    // zero: none
  Notional reserved;    // allocation held until the trade is final
  ClientOrderId client_order_id;
  ClientOrderId stop_client_id;         // empty: none
  ClientOrderId take_profit_client_id;  // empty: none
  TradeStatus status = TradeStatus::kPending;
  OrderId order_id;
  std::uint32_t attempts = 0;
  bool outcome_unknown = false;
  ReasonCode reason = ReasonCode::kNone;  // of the final state, or why it is in doubt
  std::string error_message;
  Timestamp created_at;
  Timestamp updated_at;

  bool operator==(const Trade&) const = default;
};

// An entry that opens no position of its own but enlarges one.
inline bool enlarges(const Trade& trade) {
  return trade.direction != Direction::kClose && trade.position.value != trade.id.value;
}

// The order that this trade sends, the same at every attempt.
OrderRequest order_request(const Trade& trade);

}  // namespace botbox
