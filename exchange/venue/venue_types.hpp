// What a real venue says about one account: orders, executions, positions, facts. Values only; all
// amounts are the venue's exact decimals, read from its text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/account.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/order.hpp"
#include "engine/model/position.hpp"
#include "engine/model/time.hpp"

namespace botbox::exchange {

enum class TimeInForce : std::uint8_t {
  kGoodTillCancelled,
  kImmediateOrCancel,
  kFillOrKill,
  kPostOnly
};
constexpr std::string_view to_string(TimeInForce value) {
  switch (value) {
    case TimeInForce::kGoodTillCancelled: return "GTC";
    case TimeInForce::kImmediateOrCancel: return "IOC";
    case TimeInForce::kFillOrKill: return "FOK";
    case TimeInForce::kPostOnly: return "POST_ONLY";
  }
  return "?";
}

using botbox::MarginMode;

// One net position per symbol, or one for each side. The engine trades in one-way mode only.
enum class PositionMode : std::uint8_t { kOneWay, kHedge };
constexpr std::string_view to_string(PositionMode mode) {
  return mode == PositionMode::kOneWay ? "one_way" : "hedge";
}

// One single order as a venue takes it: no groups, nothing attached.
struct VenueOrderRequest {
  ClientOrderId client_id;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  OrderType type = OrderType::kMarket;
  TimeInForce time_in_force = TimeInForce::kGoodTillCancelled;  // kLimit only
  Quantity quantity;                                            // base; a multiple of the lot
  Price limit;                                                  // kLimit only; multiple of the tick
  Price trigger;                               // kStopMarket, kTakeProfitMarket only
  OrderEffect effect = OrderEffect::kMayOpen;  // kReduceOnly: linear only; spot ignores it
  // Created by the venue together with the order, without client ids of their own. Zero: none.
  // Only where VenueFeatures::attached_levels; the error is kInvalidInput elsewhere. Spot attaches
  // them to limit orders only.
  Price attached_stop_loss;
  Price attached_take_profit;

  bool operator==(const VenueOrderRequest&) const = default;
};

// A stop and a target for the same coins, of which the venue cancels one when the other fires.
// Both sell (or buy) `quantity` at the market, or as near to it as the venue allows.
struct VenueBracketRequest {
  Symbol symbol;
  OrderSide side = OrderSide::kSell;
  Quantity quantity;
  ClientOrderId stop_client_id;
  Price stop_trigger;
  ClientOrderId target_client_id;
  Price target_trigger;

  bool operator==(const VenueBracketRequest&) const = default;
};

// The venue's present word on one order of the account, ours or anybody's.
struct VenueOrder {
  ClientOrderId client_id;  // may be empty: placed by hand, by liquidation
  OrderId order_id;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  OrderType type = OrderType::kMarket;
  OrderEffect effect = OrderEffect::kMayOpen;
  OrderStatus status = OrderStatus::kNew;
  Quantity quantity;
  Quantity filled;
  Notional filled_value;  // sum of price * quantity of the executions; zero where unknown
  Price limit;            // zero: none
  Price trigger;          // zero: none
  std::string message;    // the venue's own words for a rejection or cancellation, no secrets
  Timestamp created_at;
  Timestamp updated_at;

  bool operator==(const VenueOrder&) const = default;
};

// One execution, with its fee in whatever coin the venue took it.
struct VenueExecution {
  ExecutionId id;           // unique per venue and symbol
  ClientOrderId client_id;  // empty where the venue does not tell; then order_id names the order
  OrderId order_id;
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  Price price;
  Quantity quantity;
  Decimal fee;  // negative is a rebate
  Asset fee_asset;
  bool is_maker = false;
  Timestamp at;

  bool operator==(const VenueExecution&) const = default;
};

struct VenuePosition {
  Symbol symbol;
  PositionSide side = PositionSide::kLong;
  Quantity quantity;  // > 0
  Price average_entry;
  Price mark;         // zero where unknown
  Price liquidation;  // zero: none
  Notional unrealised_profit;
  Decimal leverage;
  MarginMode margin_mode = MarginMode::kCross;
  bool is_one_of_two = false;  // its symbol is in hedge mode: the other side stands apart
  Price stop_loss;             // position-wide levels set at the venue; zero: none
  Price take_profit;           // as above
  Timestamp updated_at;

  bool operator==(const VenuePosition&) const = default;
};

struct Ticker {
  Symbol symbol;
  Price last;
  Price bid;  // zero where unknown
  Price ask;  // zero where unknown
  Quantity volume_24h;
  Timestamp at;

  bool operator==(const Ticker&) const = default;
};

// What the key may do and how the account is set; for doctor and for the start.
struct AccountFacts {
  bool can_trade = false;
  std::optional<bool> can_withdraw;           // empty: the venue does not tell
  std::optional<PositionMode> position_mode;  // linear only
  std::optional<MarginMode> margin_mode;      // where it is the account's; empty: of each position
  std::string account_type;                   // the venue's own word
  std::vector<std::string> notes;             // further facts worth showing, a sentence each

  bool operator==(const AccountFacts&) const = default;
};

struct ExecutionQuery {
  Symbol symbol;
  OrderId order_id;     // empty: of all orders of the symbol
  Timestamp from;       // inclusive; "never": no lower bound (the venue's own default range)
  ExecutionId from_id;  // where the venue pages by id; empty: by time
  std::uint32_t limit = 500;
  // Of `order_id`, where the venue answers by order with its last days only: what is known to be
  // filled since `from`. Where less is told by order, the venue is asked by time as well, which
  // takes further permits. Zero: by order only.
  Quantity filled;

  bool operator==(const ExecutionQuery&) const = default;
};

// What a position received at one funding time, as the venue booked it.
struct VenueFunding {
  std::string id;  // of the venue's transaction, unique per account
  Symbol symbol;
  Decimal amount;  // below zero: paid
  Asset asset;
  Timestamp at;

  bool operator==(const VenueFunding&) const = default;
};

// When a symbol's holders are paid next, and when the venue said so; both by its clock.
struct FundingTime {
  Symbol symbol;
  Timestamp told_at;
  Timestamp next;

  bool operator==(const FundingTime&) const = default;
};

struct FundingQuery {
  Symbol symbol;   // empty: all of the account
  Timestamp from;  // inclusive
  Timestamp to;    // inclusive

  bool operator==(const FundingQuery&) const = default;
};

struct AmendOrder {
  Symbol symbol;
  ClientOrderId client_id;
  Quantity quantity;  // zero: unchanged; the new total, fills included
  Price limit;        // zero: unchanged
  Price trigger;      // zero: unchanged
  // Of the order as it stands; there are venues that want to be told again.
  OrderSide side = OrderSide::kBuy;

  bool operator==(const AmendOrder&) const = default;
};

}  // namespace botbox::exchange
