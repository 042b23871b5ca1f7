// The words of the simulated venue: what all three faces translate their protocols into.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/money.hpp"
#include "engine/model/time.hpp"
#include "exchange/paper/funding.hpp"
#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange::sim {

// Why the venue said no. Each face has its own code and words for each of them.
enum class Refusal : std::uint8_t {
  kUnknownSymbol,
  kNotTrading,  // delisted
  kPriceNotPositive,
  kPriceOffTick,
  kTriggerOffTick,
  kQuantityNotPositive,
  kQuantityOffLot,
  kQuantityTooSmall,
  kQuantityTooLarge,
  kNotionalTooSmall,
  kInsufficientBalance,
  kDuplicateClientId,
  kWouldTriggerAtOnce,
  kReduceOnly,  // nothing to reduce
  kPostOnlyWouldCross,
  kListPrices,  // the legs of a list stand on the wrong sides of the market
  kOrderNotFound,
  kOrderNotOpen,
  kNotAmendable,
  kNothingChanged,
  kLeverageUnchanged,
  kLeverageOutOfRange,
  kLeverageNeedsMargin,  // more than is there, for what is open
  kMarginModeUnchanged,
  kPositionModeUnchanged,
  kModeHasPosition,
  kModeHasOrders,
  kNoPosition,
  kNoMarket,  // no candle yet, so no price
  kTooManyOrders,
  kTooManyConditional,
};

template <class T>
using Outcome = tl::expected<T, Refusal>;

// The direction in which the price must move to fire a conditional order.
enum class Trigger : std::uint8_t { kNone, kRises, kFalls };

enum class Status : std::uint8_t {
  kUntriggered,
  kNew,
  kPartiallyFilled,
  kFilled,
  kCancelled,
  kExpired,  // ended by the venue: IOC, FOK, post-only, nothing to reduce, other leg of a list
};
constexpr bool is_open(Status status) {
  return status == Status::kUntriggered || status == Status::kNew ||
         status == Status::kPartiallyFilled;
}

// Who made the order: the client, or the venue itself.
enum class Origin : std::uint8_t { kClient, kAttachedStop, kAttachedTarget, kLiquidation, kAdmin };

struct PlaceOrder {
  std::string client_id;  // may be empty
  Symbol symbol;
  OrderSide side = OrderSide::kBuy;
  bool is_limit = false;  // what is executed: limit or market, after the trigger if there is one
  TimeInForce time_in_force = TimeInForce::kGoodTillCancelled;
  Quantity quantity;
  Notional quote_quantity;  // market only, instead of `quantity`: spend or earn so much
  Price limit;
  Trigger trigger = Trigger::kNone;
  Price trigger_price;
  bool reduce_only = false;
  bool close_position = false;  // all that is open when it fires; quantity is not given
  Price attached_stop;          // zero: none
  Price attached_target;        // zero: none
  Origin origin = Origin::kClient;
  std::string venue_type;  // the venue's own name of the type, given back as it was

  bool operator==(const PlaceOrder&) const = default;
};

struct Order {
  std::uint64_t id = 0;
  std::string account;
  PlaceOrder request;  // with what amendments made of it
  Status status = Status::kNew;
  bool was_triggered = false;
  Quantity filled;
  Notional filled_value;
  std::map<Asset, Decimal> fees;
  std::uint64_t list = 0;       // orders of one list: when one fires the others end
  std::string list_client_id;   // of the list
  Decimal locked;               // of the quote (buy) or base (sell); spot only
  bool lock_elsewhere = false;  // another leg of its list holds the coins
  Price price_when_created;
  Timestamp created_at;
  Timestamp updated_at;
  Timestamp triggered_at;
  std::uint64_t closed_as = 0;  // so many of its account and market have ended with it; 0: open

  Quantity remaining() const { return request.quantity - filled; }
  bool is_conditional() const { return request.trigger != Trigger::kNone; }
  bool operator==(const Order&) const = default;
};

struct Execution {
  std::uint64_t id = 0;
  const Order* order = nullptr;
  Price price;
  Quantity quantity;
  Notional value;
  Decimal fee;
  Decimal fee_rate;
  Asset fee_asset;
  Notional realised;  // linear: profit of what this closed, before fees
  bool is_maker = false;
  Timestamp at;
};

// What a position of a perpetual received at one funding time.
struct FundingPayment {
  std::uint64_t id = 0;
  Symbol symbol;
  Decimal size;  // held at that moment; above zero is long
  Price mark;
  Decimal rate;
  Decimal amount;  // below zero: paid
  Asset asset;
  Decimal balance;  // of that asset, after it
  Timestamp at;
};

struct Position {
  Decimal size;         // signed: above zero is long
  Notional open_value;  // sum of price * quantity of what is open, always >= 0
  Notional realised;    // since the account was opened, before fees
  Decimal leverage = Decimal::from_int(10);
  MarginMode margin_mode = MarginMode::kCross;
  bool is_hedged = false;        // told as two, one for each side; `size` stays the net of them
  std::uint64_t stop_order = 0;  // position-wide levels, as orders; 0: none
  std::uint64_t target_order = 0;
  Timestamp created_at;
  Timestamp updated_at;

  Price average_entry() const;
};

struct Purse {
  Decimal total;
  Decimal locked;
  Decimal free() const { return total - locked; }
};

struct Listing {
  Instrument instrument;
  Decimal max_leverage = Decimal::from_int(100);
  bool is_trading = true;
};

enum class FeeCoin : std::uint8_t {
  kReceived,  // buys pay in base, sells in quote
  kQuote,
  kThird,  // in `third` while the account has enough of it, else as kReceived
};

struct Fees {
  Decimal maker;
  Decimal taker;
  FeeCoin coin = FeeCoin::kReceived;  // spot; linear always pays in quote
  Asset third{"BNB"};
  Price third_price = Price::literal("600");  // quote per 1 of the third coin
};

enum class ClientIds : std::uint8_t { kUniqueAmongOpen, kUniqueForEver };

// How many orders of an account may stand; zero: any number. Levels of a position do not count.
struct OrderCaps {
  std::size_t open = 0;         // of a symbol
  std::size_t conditional = 0;  // of these, those that wait for their trigger
  std::size_t of_market = 0;    // of all symbols
};

// In what the venues differ beneath their protocols.
struct VenueRules {
  Fees spot_fees;
  Fees linear_fees;
  OrderCaps spot_caps;
  OrderCaps linear_caps;
  ClientIds client_ids = ClientIds::kUniqueForEver;
  bool conditional_orders_lock = true;    // spot: untriggered orders reserve their coins
  bool flat_cancels_reduce_only = false;  // a closed position takes its reduce-only orders along
  bool post_only_is_stored = false;       // a crossing post-only order is taken, then ended
  std::int64_t spread_ticks = 1;          // ask = bid + so many ticks; bid is the last price
  Decimal max_participation;              // of a tick's volume, by all orders; zero: no limit
  Decimal maintenance = Decimal::literal("0.005");  // margin below which a position is liquidated
  FundingSchedule funding;                          // of all perpetuals; empty: none is paid
};

}  // namespace botbox::exchange::sim
