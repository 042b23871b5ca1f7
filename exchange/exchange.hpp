// Exchange: the port behind which a venue, the paper exchange or a fault-injecting wrapper stands.
//
// Every call spends a Permit (engine/limits/permit.hpp); an adapter that gets one that is used up
// answers kRateLimited and sends nothing. Every reply function is called exactly once, on any
// thread, possibly before the call returns. Errors by meaning:
//   kRejected        the exchange said no; nothing was executed
//   kRateLimited     slow down; nothing was executed
//   kUnavailable     definitely not sent, or definitely not arrived
//   kOutcomeUnknown  sent, no definite answer: query by client order id, never send anew
//   kAlreadyExists   place only: that client order id is taken; query it
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/limits/permit.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/instrument.hpp"
#include "engine/model/order.hpp"
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

  bool operator==(const Balance&) const = default;
};

// What changed since a cursor: every order with a new fill or state, oldest change first.
struct OrderUpdates {
  std::vector<OrderReport> reports;
  std::uint64_t next_cursor = 0;
};

class Exchange {
 public:
  virtual ~Exchange() = default;

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
  // Long-poll free: answers at once. Cursor 0 starts with everything the exchange remembers.
  virtual void order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) = 0;
  virtual void balances(Permit permit, Reply<std::vector<Balance>> reply) = 0;
};

}  // namespace botbox::exchange
