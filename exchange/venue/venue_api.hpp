// VenueApi: one account at one real venue, one HTTP request per permit.
//
// Thin on purpose: signing, text, errors. It keeps no state of orders; brackets, updates and
// reconciliation stand above it (exchange/venue/venue_exchange.hpp) and are written once for all
// venues.
//
// Every call spends its Permit; a spent one sends nothing and answers kRateLimited. Every reply
// function is called exactly once, on the transport's thread, or before the call returns when
// nothing was sent. Errors by meaning, by the venue's own codes; code and words of the venue stand
// in Error::message ("Bybit 110007: ab not enough for new order"), secrets never do:
//   kRejected        the venue said no; nothing was executed
//   kTriggerPassed   the same of a conditional order: the price has passed its trigger, or one of
//                    the two of place_bracket
//   kAlreadyExists   place: the client order id is taken; ask for it
//   kNotFound        cancel, amend: no such open order
//   kRateLimited     slow down or banned; nothing was executed
//   kUnavailable     definitely not executed: not sent, clock outside recvWindow, maintenance reply
//   kOutcomeUnknown  HTTP 5xx, time-out, reset, an answer that cannot be read, and the venue's own
//                    codes for it: ask by client order id, never send anew
//   kInvalidInput    the venue does not offer this (see features()); nothing was sent
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/limits/permit.hpp"
#include "engine/limits/rate_limiter.hpp"
#include "engine/model/candle.hpp"
#include "exchange/exchange.hpp"
#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange {

enum class VenueCall : std::uint8_t {
  kServerTime,
  kInstruments,
  kCandles,
  kTicker,
  kBalances,
  kPositions,
  kOpenOrders,
  kOrder,
  kExecutions,
  kFunding,
  kFundingTimes,
  kPlace,
  kPlaceBracket,
  kAmend,
  kCancel,
  kCancelAll,
  kSetLeverage,
  kSetMarginMode,
  kAccount,
};

struct VenueFeatures {
  MarketType market = MarketType::kSpot;
  bool amend = false;
  // VenueOrderRequest::attached_*.
  bool attached_levels = false;
  // place_bracket. Where it is false, a stop and a target may both stand for the same coins.
  bool bracket_needed = false;
  // A client order id may be used again once its order is final.
  bool client_id_reusable = false;
  // open_orders and executions without a symbol cost one request for the whole account.
  bool account_wide_open_orders = false;
  bool account_wide_executions = false;
  // The margin mode is the account's (AccountFacts), and positions do not tell it.
  bool account_wide_margin_mode = false;
  // funding_times().
  bool funding_times = false;
  // How far back a question about an order's executions surely reaches; zero: without end.
  Duration executions_by_order{0};
  std::uint32_t candles_max = 1000;  // of one request
  // Open orders that one request tells at most, each further one costing as much; zero: all.
  std::uint32_t open_orders_page = 0;
};

// What the venue's reply told besides the answer. Called on the transport's thread.
struct VenueSignals {
  // The venue's own counter of one published window, by the name it has in limits().
  std::function<void(std::string_view window, std::int64_t used)> on_counter;
  // 429, 418, 403, 10006, 10018: stop everything. Empty: no time was named.
  std::function<void(std::optional<Duration> retry_after)> on_stop;
  // Asks for the permit of one more request of the same call, where the venue's answer comes in
  // pages or stands at two places; answered once, at once or later, on any thread. Where it is not
  // set or refuses, a call that needs it fails with kRateLimited; it never answers in part.
  std::function<void(const PermitRequest& cost, std::function<void(Result<Permit>)> answer)>
      further_permit;
};

class VenueApi {
 public:
  virtual ~VenueApi() = default;

  virtual std::string_view name() const = 0;  // "bybit-linear", "binance-spot", "binance-usdm"
  virtual const VenueFeatures& features() const = 0;
  // The published windows of the venue; operators may lower them by configuration.
  virtual const std::vector<LimitWindow>& limits() const = 0;
  // What one call costs, as published. `size`: candles or executions asked for; for kOpenOrders 0
  // means the whole account, 1 one symbol.
  virtual PermitRequest cost(VenueCall call, std::uint32_t size) const = 0;
  // Once, before the first call.
  virtual void set_signals(VenueSignals signals) = 0;

  // The venue's clock. Each answer also feeds the offset by which later requests are stamped.
  virtual void server_time(Permit permit, Reply<Timestamp> reply) = 0;
  // Estimated venue time minus local time; zero before the first server_time.
  virtual Duration clock_offset() const = 0;
  // Only those that trade now, of features().market.
  virtual void instruments(Permit permit, Reply<std::vector<Instrument>> reply) = 0;
  // Ascending, whatever the venue's order; may include the unfinished candle. At most candles_max.
  virtual void candles(Permit permit, const CandleQuery& query,
                       Reply<std::vector<Candle>> reply) = 0;
  virtual void ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) = 0;
  virtual void balances(Permit permit, Reply<std::vector<Balance>> reply) = 0;
  // Spot: empty.
  virtual void positions(Permit permit, Reply<std::vector<VenuePosition>> reply) = 0;
  // Conditional orders included. Empty symbol: of the whole account.
  virtual void open_orders(Permit permit, const Symbol& symbol,
                           Reply<std::vector<VenueOrder>> reply) = 0;
  // Open or final, conditional ones too. Empty: definitely not there.
  virtual void order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                     Reply<std::optional<VenueOrder>> reply) = 0;
  // Ascending in time.
  virtual void executions(Permit permit, const ExecutionQuery& query,
                          Reply<std::vector<VenueExecution>> reply) = 0;
  // Ascending, each payment once. A venue tells them some seconds after their time: who asks for
  // the last minute may miss one. kInvalidInput where there are no perpetuals.
  virtual void funding(Permit permit, const FundingQuery& query,
                       Reply<std::vector<VenueFunding>> reply) {
    (void)query;
    if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
    reply(fail(ErrorCode::kInvalidInput, "no funding is paid here", std::string(name())));
  }
  // The next payment of every symbol of which the venue tells it, at the price of one request.
  // kInvalidInput where VenueFeatures::funding_times is not set.
  virtual void funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) {
    if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
    reply(fail(ErrorCode::kInvalidInput, "no funding is paid here", std::string(name())));
  }
  // The answer may be the acknowledgement only: status kNew, nothing filled. Ask for the rest.
  virtual void place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) = 0;
  virtual void place_bracket(Permit permit, const VenueBracketRequest& bracket,
                             Reply<std::vector<VenueOrder>> reply) = 0;
  virtual void amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) = 0;
  virtual void cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                      Reply<VenueOrder> reply) = 0;
  // By the venue's own id, for orders that have no client order id. kInvalidInput where each has
  // one.
  virtual void cancel_nameless(Permit permit, const Symbol& symbol, const OrderId& id,
                               Reply<VenueOrder> reply) {
    (void)symbol;
    if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
    reply(fail(ErrorCode::kInvalidInput, "every order has a client order id here", id.value));
  }
  // Takes protective orders of positions that stay along, and what others have ordered: for tools
  // and tests. A halt leaves stops where they stand, and a flatten cancels order by order.
  virtual void cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) = 0;
  virtual void set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                            Reply<std::monostate> reply) = 0;
  virtual void set_margin_mode(Permit permit, const Symbol& symbol, MarginMode mode,
                               Reply<std::monostate> reply) = 0;
  virtual void account(Permit permit, Reply<AccountFacts> reply) = 0;
  // What the key may do, where another address of the venue tells it than account() asks: whether
  // it may trade, whether it may withdraw, and notes. Not within the limits of this address, so for
  // doctor alone. Empty: nobody tells more than account().
  virtual void key_rights(Permit permit, Reply<std::optional<AccountFacts>> reply) {
    if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
    reply(std::optional<AccountFacts>());
  }

  // Null: order, open_orders, amend, cancel and cancel_all see every order of the account.
  // Else the venue keeps conditional orders (kStopMarket, kTakeProfitMarket) apart, and what was
  // said of those five calls is divided: here they see all others, on the API returned here the
  // conditional ones. "Not there" from one side says nothing about the other. place goes to the
  // right side by the type of the order, whichever is asked. Lives as long as this API; clock
  // offset and signals are common.
  virtual VenueApi* conditional_orders() { return nullptr; }
};

}  // namespace botbox::exchange
