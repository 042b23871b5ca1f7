// PaperOrder, PaperGroup and PaperMarket: the records between which the paper exchange links.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model/candle.hpp"
#include "engine/model/order.hpp"
#include "exchange/paper/funding.hpp"
#include "exchange/paper/matching.hpp"
#include "exchange/paper/wallet.hpp"

namespace botbox::exchange {

struct PaperGroup;
struct PaperMarket;

enum class PaperOrderState : std::uint8_t {
  kDormant,  // attached, its parent has not filled: only its client id is taken
  kLive,
  kFinal
};

struct PaperOrder {
  OrderReport report;
  OrderSide side = OrderSide::kBuy;
  OrderType type = OrderType::kMarket;
  OrderEffect effect = OrderEffect::kMayOpen;
  Price limit;
  Price trigger;
  PaperOrderState state = PaperOrderState::kLive;
  bool attached = false;   // its quantity follows the group's
  bool triggered = false;  // a stop or take-profit that has become a market order
  PaperMarket* market = nullptr;
  PaperGroup* group = nullptr;      // null: spot without group
  PaperOrder* stop_loss = nullptr;  // dormant children
  PaperOrder* take_profit = nullptr;
  Decimal reserved;       // locked in the wallet for what is not filled yet
  Timestamp known_until;  // restored orders: events up to here are in the report already
  std::uint64_t changed = 0;

  // Links, owned by OrderRegister and PaperMarket.
  PaperOrder* older_change = nullptr;
  PaperOrder* newer_change = nullptr;
  PaperOrder* previous_live = nullptr;
  PaperOrder* next_live = nullptr;

  Quantity remaining() const { return report.quantity - report.filled; }
  bool takes_now() const { return type == OrderType::kMarket || triggered; }
  bool protects() const {
    return type == OrderType::kStopMarket && effect == OrderEffect::kReduceOnly;
  }
};

// Orders that reduce only each other's quantity. Named by the client, or the net position of a
// linear symbol, which alone may turn over.
struct PaperGroup {
  PositionId id;
  PaperMarket* market = nullptr;
  bool named = true;
  bool opened = false;              // has had a fill
  Decimal open;                     // base, signed: below zero is short
  Notional cost;                    // sum of price * quantity of the open part
  Notional margin;                  // locked for it
  Notional funding;                 // in the wallet already, for the next fill to tell
  Timestamp funded_until;           // what was due up to here is paid
  std::vector<PaperOrder*> orders;  // live ones
};

struct PaperMarket {
  Instrument instrument;
  Decimal leverage;
  Timeframe timeframe;  // the finest candles that there are
  TakerPrice taker_price;
  Wallet::Slot base = 0;
  Wallet::Slot quote = 0;

  // The candle that opened last, as far as this market was looked at.
  std::optional<Candle> candle;
  Timestamp candle_close;
  bool candle_closed = true;
  Quantity taken;  // of the candle's volume, by our orders

  // Next event, while there are live orders.
  Timestamp wake;
  std::optional<Candle> next;  // set: the event is its opening; else the close of `candle`
  Timestamp looked_until;      // no candle opened before this is still to come

  std::shared_ptr<const FundingSchedule> funding;
  std::optional<FundingRate> next_funding;

  bool active = false;  // among the markets that time is run for

  PaperOrder* first_live = nullptr;
  PaperOrder* last_live = nullptr;
};

}  // namespace botbox::exchange
