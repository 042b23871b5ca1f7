// Exchange: the port behind which a venue, the paper exchange or a fault-injecting wrapper stands.
//
// Every call spends a Permit (engine/limits/permit.hpp); an adapter that gets one that is used up
// answers kRateLimited and sends nothing. Every reply function is called exactly once, on any
// thread, possibly before the call returns. Errors by meaning:
//   kRejected        the exchange said no; nothing was executed
//   kNotSent         place only: the adapter said no, and sent nothing
//   kRateLimited     slow down; nothing was executed
//   kUnavailable     definitely not sent, or definitely not arrived
//   kOutcomeUnknown  sent, no definite answer: query by client order id, never send anew
//   kAlreadyExists   place only: that client order id is taken; query it
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/alert_level.hpp"
#include "engine/limits/permit.hpp"
#include "engine/limits/permit_request.hpp"
#include "engine/model/account.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/order.hpp"
#include "engine/model/symbol_standing.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

template <class T>
using Reply = std::function<void(Result<T>)>;

struct CandleQuery {
  Symbol symbol;
  Timeframe timeframe;
  Timestamp from;              // open time of the first wanted candle, inclusive
  Timestamp to;                // exclusive; the answer may hold fewer candles, never other ones
  std::uint32_t limit = 1000;  // the newest `limit` of the range
};

struct Balance {
  Asset asset;
  Decimal free;
  Decimal locked;
  // Of open positions, beyond what is owned: margin all the same, where the exchange counts it as
  // such. Never negative.
  Decimal profit = {};

  bool operator==(const Balance&) const = default;
};

// What changed since a cursor: every order with a new fill or state, oldest change first.
struct OrderUpdates {
  std::vector<OrderReport> reports;
  std::uint64_t next_cursor = 0;
};

enum class ExchangeCall : std::uint8_t {
  kInstruments,
  kCandles,
  kPlace,
  kAskOrder,
  kCancel,
  kOrderUpdates,
  kBalances,
  kAccount
};

// A stop that the exchange does not take, or not as a stop, because the price has passed its
// trigger: what it was to close is to be closed now, by whoever has the records.
struct PassedStop {
  ClientOrderId stop;      // the engine's own id of it
  bool or_target = false;  // asked for in one request with its target: it may be that one's trigger
  std::string why;         // in the exchange's words

  bool operator==(const PassedStop&) const = default;
};

// What a gateway does for the exchange behind it. Each function may be called on any thread and
// returns at once; none is empty, where it does not say so.
struct ExchangeLink {
  // For a request that the exchange sends on its own account. Answered exactly once, on any thread:
  // a permit, or kRateLimited when there is no room now. Whoever asks again does so later.
  std::function<void(PermitRequest, Reply<Permit>)> acquire;
  // The same for a further part of a question that is nothing in parts (pages, an account): where
  // there is no room now it waits its turn for some seconds, because many questions that began anew
  // each time might never come to their end. Empty: `acquire` does.
  std::function<void(PermitRequest, Reply<Permit>)> acquire_further = nullptr;
  // The venue's own counter of one published window, by the window's name.
  std::function<void(std::string_view window, std::int64_t used)> on_counter;
  // The venue said "stop" (429, 418, 403 ...); empty: it named no time.
  std::function<void(std::optional<Duration> retry_after)> on_stop;
  // Something that operators must hear: a dotted kind ("bracket.refused") and a sentence.
  std::function<void(std::string_view kind, std::string text)> on_event;
  // Told again while it goes on: whoever hears of it may drop it while nothing can be closed.
  // Empty: nobody hears of it.
  std::function<void(PassedStop)> on_stop_passed = nullptr;
  // What now stands in a symbol, ours and others': before anybody is told what has changed it.
  // Empty: nobody wants to know.
  std::function<void(const Symbol& symbol, SymbolStanding standing)> on_standing = nullptr;
};

// What the engine has taken into its records and nobody placed here.
struct AdoptedPart {
  ClientOrderId id;  // of what was adopted; of a group that it opens, the entry's
  PositionId group;
  Symbol symbol;
  OrderSide entry_side = OrderSide::kBuy;
  Quantity quantity;
  std::optional<AttachedOrder> stop_loss;  // of the group
  std::optional<AttachedOrder> take_profit;

  bool operator==(const AdoptedPart&) const = default;
};

// Stops and targets of groups, as an exchange keeps them by itself.
enum class OwnOrders : std::uint8_t { kHeld, kLetGo };

class Exchange {
 public:
  virtual ~Exchange() = default;

  // What the permit of one call has to cover. `size`: kCandles, candles asked for; else 0.
  virtual PermitRequest cost(ExchangeCall call, std::uint32_t size) const {
    (void)size;
    return {.weight = 1, .orders = call == ExchangeCall::kPlace ? 1 : 0};
  }
  // Once, before the first call. True: this exchange tells every stop through the link; false:
  // kRateLimited is all that it says, and the gateway stops everything on that.
  virtual bool connect(ExchangeLink link) {
    (void)link;
    return false;
  }

  virtual void instruments(Permit permit, Reply<std::vector<Instrument>> reply) = 0;
  // Ascending. May include the unfinished candle; the market-data cache drops it.
  virtual void candles(Permit permit, const CandleQuery& query,
                       Reply<std::vector<Candle>> reply) = 0;
  virtual void place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) = 0;
  // Empty: definitely not there. Finds attached orders by their own client ids as well; an attached
  // order whose parent has not filled yet is "not there".
  virtual void order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                                  Reply<std::optional<OrderReport>> reply) = 0;
  virtual void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                      Reply<OrderReport> reply) = 0;
  // An order of somebody else that has no client order id, by the exchange's own. kInvalidInput
  // where there are none.
  virtual void cancel_nameless(Permit permit, const Symbol& symbol, const OrderId& id,
                               Reply<OrderReport> reply) {
    (void)symbol;
    if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
    reply(fail(ErrorCode::kInvalidInput, "every order has a client order id here", id.value));
  }
  // Long-poll free: answers at once. Cursor 0 starts with everything the exchange remembers.
  virtual void order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) = 0;
  virtual void balances(Permit permit, Reply<std::vector<Balance>> reply) = 0;
  // The same as it is now, of an exchange in this process, which needs not be asked. Called where
  // the calls above are made. Empty: it has to be asked.
  virtual std::optional<std::vector<Balance>> balances_now() const { return std::nullopt; }
  // The whole account, ours and anybody's. What the exchange does not tell is left empty; a part
  // that could not be read fails the call. The permit pays for the first request, the link for
  // others.
  virtual void account(Permit permit, Reply<AccountSnapshot> reply) {
    (void)permit.consume();
    reply(AccountSnapshot{});
  }
  // An earlier life, which the records have forgotten, may have placed this order: it is about to
  // be asked for. Found, it is one of ours, with what protects it; not found, it is forgotten here.
  // Needs no permit.
  virtual void note_repeat(const OrderRequest& order) { (void)order; }
  // `quantity` of this group was closed by an order that did not come through here, as the engine
  // has on record now: what protects the group is to follow. `id`: the same reduction again is the
  // same. Groups that are not known are left alone.
  virtual void note_reduction(const PositionId& group, const ClientOrderId& id, Quantity quantity) {
    (void)group, (void)id, (void)quantity;
  }
  // `quantity` of this group was opened by orders that did not come through here, as the engine has
  // on record now. A group that is not known is opened by it: its stop and target are placed at
  // once; one that is known grows, and what protects it follows. `id`: the same again is the same.
  virtual void note_adoption(const AdoptedPart& part) { (void)part; }
  // Does note_adoption() do anything here? Where it does not, nothing may be adopted: nobody would
  // place the stop.
  virtual bool takes_adoptions() const { return false; }
  // Does it tell what stands in each symbol (ExchangeLink::on_standing)?
  virtual bool tells_standing() const { return false; }
  // Does note_stop() do anything here?
  virtual bool moves_stops() const { return false; }
  // The stop of this group is to stand at `trigger`, a multiple of the tick, as the engine has on
  // record now. Stops only tighten: what is not nearer to the price than before is an older word,
  // or the same again, and changes nothing. Groups that are not known are left alone. Needs no
  // permit: what is sent for it is sent on the exchange's own account.
  virtual void note_stop(const PositionId& group, Price trigger) { (void)group, (void)trigger; }
  // While they are held, the exchange places, moves and cancels nothing on its own account: it only
  // asks. What is due then goes when they are let go. Any thread; also before connect().
  virtual void set_own_orders(OwnOrders own) { (void)own; }
  // How far its clock is ahead of ours. Empty: it has none of its own, or none was heard of yet.
  virtual std::optional<Duration> clock_offset() const { return std::nullopt; }
  // From where on it tells that, in ms.
  virtual void set_clock_alert(const AlertThreshold& threshold) { (void)threshold; }
};

}  // namespace botbox::exchange
