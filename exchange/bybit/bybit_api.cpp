#include "exchange/bybit/bybit_api.hpp"

#include <algorithm>
#include <utility>

#include "exchange/bybit/bybit_codec.hpp"
#include "exchange/bybit/bybit_limits.hpp"
#include "exchange/bybit/bybit_pages.hpp"
#include "exchange/bybit/bybit_session.hpp"

namespace botbox::exchange {

using bybit::Answer;
using bybit::OrderFilter;
using bybit::Purpose;
using bybit::Request;
using bybit::Session;

namespace {

constexpr std::string_view kRealtimePath = "/v5/order/realtime";
constexpr std::string_view kHistoryPath = "/v5/order/history";
constexpr std::string_view kPositionsPath = "/v5/position/list";

using SessionPtr = std::shared_ptr<Session>;

// Sends and reads: `parse` makes a Result<T> of the answer.
template <class T, class Parse>
void ask(const SessionPtr& session, const Permit& permit, Request request, Reply<T> reply,
         Parse parse) {
  const std::string_view path = request.path;
  const HttpMethod method = request.method;
  session->send(permit, std::move(request),
                [session, path, method, reply = std::move(reply), parse](Result<Answer> answer) {
                  if (!answer) return reply(tl::unexpected<Error>(std::move(answer).error()));
                  Result<T> value = parse(*answer);
                  if (!value)
                    value = tl::unexpected<Error>(session->unreadable(value.error(), method, path));
                  reply(std::move(value));
                });
}

template <class T>
void refuse(const Permit& permit, const Reply<T>& reply, Error why) {
  reply(tl::unexpected<Error>(Session::refusal(permit, std::move(why))));
}

std::string filter_name(MarketType market, OrderFilter filter) {
  if (market != MarketType::kSpot || filter == OrderFilter::kAll) return {};
  return filter == OrderFilter::kConditional ? "StopOrder" : "Order";
}

Request change(VenueCall call, std::string_view path, std::string body) {
  return {call, Purpose::kChange, HttpMethod::kPost, path, std::move(body)};
}

Request setting(VenueCall call, std::string_view path, std::string body) {
  return {call, Purpose::kSet, HttpMethod::kPost, path, std::move(body)};
}

Result<std::monostate> nothing(const Answer&) { return std::monostate{}; }

std::optional<Error> invalid(MarketType market, const VenueOrderRequest& order) {
  const auto bad = [](std::string message) {
    return Error{ErrorCode::kInvalidInput, std::move(message), "Bybit order", {}};
  };
  if (order.client_id.empty() || order.client_id.value.size() > 36)
    return bad("a client order id has 1 to 36 characters");
  if (!order.quantity.is_positive()) return bad("the quantity is not positive");
  if (order.type == OrderType::kLimit && !order.limit.is_positive())
    return bad("a limit order needs a limit");
  const bool conditional =
      order.type == OrderType::kStopMarket || order.type == OrderType::kTakeProfitMarket;
  if (conditional && !order.trigger.is_positive())
    return bad("a conditional order needs a trigger");
  const bool attached =
      !order.attached_stop_loss.is_zero() || !order.attached_take_profit.is_zero();
  if (attached && market == MarketType::kSpot && order.type != OrderType::kLimit)
    return bad("spot attaches levels to limit orders only");
  return std::nullopt;
}

// The venue accepted it; what became of it must be asked for.
VenueOrder accepted(const VenueOrderRequest& order, const OrderId& id, Timestamp at) {
  VenueOrder accepted;
  accepted.client_id = order.client_id;
  accepted.order_id = id;
  accepted.symbol = order.symbol;
  accepted.side = order.side;
  accepted.type = order.type;
  accepted.effect = order.effect;
  accepted.quantity = order.quantity;
  accepted.limit = order.limit;
  accepted.trigger = order.trigger;
  accepted.created_at = at;
  accepted.updated_at = at;
  return accepted;
}

// Acknowledged, not done.
Result<VenueOrder> cancelling(const Symbol& symbol, const ClientOrderId& id, const Answer& answer) {
  BOTBOX_ASSIGN(const bybit::Acknowledgement acknowledgement,
                bybit::parse_acknowledgement(answer.body));
  VenueOrder order;
  order.client_id = id;
  order.order_id = acknowledgement.order_id;
  order.symbol = symbol;
  order.updated_at = answer.head.time;
  return order;
}

Result<std::optional<VenueOrder>> one_order(MarketType market, const ClientOrderId& id,
                                            const Answer& answer) {
  BOTBOX_ASSIGN(bybit::Page<VenueOrder> page, bybit::parse_orders(market, answer.body));
  for (VenueOrder& order : page.items)
    if (order.client_id == id) return std::optional(std::move(order));
  return std::optional<VenueOrder>{};
}

// Steps of account(), each with a permit of its own; a step without one is left out.
void ask_position_mode(const SessionPtr& session, AccountFacts facts, Reply<AccountFacts> reply) {
  if (session->market() == MarketType::kSpot) return reply(std::move(facts));
  session->further_permit(VenueCall::kPositions, [session, facts = std::move(facts),
                                                  reply = std::move(reply)](Result<Permit> permit) {
    if (!permit) return reply(facts);
    // Any symbol tells the mode, with or without a position. Where this one is not listed, the mode
    // stays unknown.
    ask<std::optional<PositionMode>>(
        session, *permit,
        {VenueCall::kPositions, Purpose::kRead, HttpMethod::kGet, kPositionsPath,
         "category=linear&symbol=BTCUSDT"},
        [facts, reply](Result<std::optional<PositionMode>> mode) mutable {
          if (mode)
            facts.position_mode = *mode;
          else if (mode.error().code != ErrorCode::kRejected)
            return reply(tl::unexpected<Error>(std::move(mode).error()));
          reply(std::move(facts));
        },
        [](const Answer& answer) { return bybit::parse_position_mode(answer.body); });
  });
}

void ask_account_settings(const SessionPtr& session, AccountFacts facts,
                          Reply<AccountFacts> reply) {
  session->further_permit(VenueCall::kBalances, [session, facts = std::move(facts),
                                                 reply = std::move(reply)](Result<Permit> permit) {
    if (!permit) return reply(facts);
    ask<bybit::AccountSettings>(
        session, *permit,
        {VenueCall::kBalances, Purpose::kRead, HttpMethod::kGet, "/v5/account/info", {}},
        [session, facts, reply](Result<bybit::AccountSettings> settings) mutable {
          if (!settings) return reply(tl::unexpected<Error>(std::move(settings).error()));
          if (!settings->margin_mode.empty())
            facts.notes.push_back(fmt::format("The margin mode is {}.", settings->margin_mode));
          if (settings->margin_mode == "ISOLATED_MARGIN") facts.margin_mode = MarginMode::kIsolated;
          if (settings->margin_mode == "REGULAR_MARGIN") facts.margin_mode = MarginMode::kCross;
          ask_position_mode(session, std::move(facts), std::move(reply));
        },
        [](const Answer& answer) { return bybit::parse_account_settings(answer.body); });
  });
}

}  // namespace

BybitApi::BybitApi(BybitOptions options, HttpSender& transport, const Clock& clock)
    : BybitApi(std::make_shared<Session>(
                   Session::Setup{options.market, std::move(options.base_url),
                                  std::move(options.credentials), options.receive_window},
                   transport, clock),
               options.market == MarketType::kSpot ? OrderFilter::kPlain : OrderFilter::kAll) {
  if (options.market == MarketType::kSpot)
    conditional_.reset(new BybitApi(session_, OrderFilter::kConditional));
}

BybitApi::BybitApi(std::shared_ptr<Session> session, OrderFilter filter)
    : session_(std::move(session)), filter_(filter) {}

BybitApi::~BybitApi() = default;

std::string_view BybitApi::name() const {
  return session_->market() == MarketType::kSpot ? "bybit-spot" : "bybit-linear";
}

const VenueFeatures& BybitApi::features() const { return session_->features(); }

const std::vector<LimitWindow>& BybitApi::limits() const { return session_->limits(); }

PermitRequest BybitApi::cost(VenueCall call, std::uint32_t) const {
  return bybit::cost_of(session_->market(), call);
}

void BybitApi::set_signals(VenueSignals signals) { session_->set_signals(std::move(signals)); }

void BybitApi::server_time(Permit permit, Reply<Timestamp> reply) {
  ask<Timestamp>(
      session_, permit,
      {VenueCall::kServerTime, Purpose::kRead, HttpMethod::kGet, "/v5/market/time", {}, false},
      std::move(reply), [](const Answer& answer) { return bybit::parse_server_time(answer.body); });
}

Duration BybitApi::clock_offset() const { return session_->offset().offset(); }

void BybitApi::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  const MarketType market = session_->market();
  bybit::ask_pages<Instrument>(
      session_, permit,
      {{VenueCall::kInstruments, Purpose::kRead, HttpMethod::kGet, "/v5/market/instruments-info",
        bybit::query_of({{"category", to_string(market)}, {"limit", "1000"}}), false},
       1000,
       [market](std::string_view body) { return bybit::parse_instruments(market, body); }},
      std::move(reply));
}

void BybitApi::candles(Permit permit, const CandleQuery& query, Reply<std::vector<Candle>> reply) {
  const Result<std::string> name = bybit::venue_symbol(session_->market(), query.symbol);
  if (!name) return refuse(permit, reply, name.error());
  const Result<std::string_view> interval = bybit::interval_of(query.timeframe);
  if (!interval) return refuse(permit, reply, interval.error());
  const std::int64_t limit =
      std::clamp<std::int64_t>(query.limit, 1, session_->features().candles_max);
  // With more candles between the bounds than the limit, which ones come is not documented.
  const std::int64_t from = std::max(query.from.ms, query.to.ms - limit * query.timeframe.ms());
  ask<std::vector<Candle>>(
      session_, permit,
      {VenueCall::kCandles, Purpose::kRead, HttpMethod::kGet, "/v5/market/kline",
       bybit::query_of({{"category", to_string(session_->market())},
                        {"symbol", *name},
                        {"interval", *interval},
                        {"start", std::to_string(from)},
                        {"end", std::to_string(query.to.ms - 1)},
                        {"limit", std::to_string(limit)}}),
       false},
      std::move(reply), [from, to = query.to](const Answer& answer) -> Result<std::vector<Candle>> {
        BOTBOX_ASSIGN(std::vector<Candle> candles, bybit::parse_candles(answer.body));
        std::erase_if(candles,
                      [&](const Candle& c) { return c.open_time.ms < from || c.open_time >= to; });
        return candles;
      });
}

void BybitApi::ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) {
  const MarketType market = session_->market();
  const Result<std::string> name = bybit::venue_symbol(market, symbol);
  if (!name) return refuse(permit, reply, name.error());
  ask<Ticker>(session_, permit,
              {VenueCall::kTicker, Purpose::kRead, HttpMethod::kGet, "/v5/market/tickers",
               bybit::query_of({{"category", to_string(market)}, {"symbol", *name}}), false},
              std::move(reply),
              [market](const Answer& answer) { return bybit::parse_ticker(market, answer.body); });
}

void BybitApi::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  ask<std::vector<Balance>>(
      session_, permit,
      {VenueCall::kBalances, Purpose::kRead, HttpMethod::kGet, "/v5/account/wallet-balance",
       "accountType=UNIFIED"},
      std::move(reply), [](const Answer& answer) { return bybit::parse_balances(answer.body); });
}

void BybitApi::positions(Permit permit, Reply<std::vector<VenuePosition>> reply) {
  if (session_->market() == MarketType::kSpot) {
    if (!permit.consume())
      return reply(fail(ErrorCode::kRateLimited, "the permit is used up", "Bybit"));
    return reply(std::vector<VenuePosition>{});
  }
  bybit::ask_pages<VenuePosition>(session_, permit,
                                  {{VenueCall::kPositions, Purpose::kRead, HttpMethod::kGet,
                                    kPositionsPath, "category=linear&settleCoin=USDT&limit=200"},
                                   200,
                                   bybit::parse_positions},
                                  std::move(reply));
}

void BybitApi::open_orders(Permit permit, const Symbol& symbol,
                           Reply<std::vector<VenueOrder>> reply) {
  const MarketType market = session_->market();
  std::string name;
  if (!symbol.empty()) {
    Result<std::string> found = bybit::venue_symbol(market, symbol);
    if (!found) return refuse(permit, reply, found.error());
    name = *std::move(found);
  }
  const bool whole_linear = name.empty() && market == MarketType::kLinear;
  bybit::ask_pages<VenueOrder>(
      session_, permit,
      {{VenueCall::kOpenOrders, Purpose::kRead, HttpMethod::kGet, kRealtimePath,
        bybit::query_of({{"category", to_string(market)},
                         {"symbol", name},
                         {"settleCoin", whole_linear ? "USDT" : ""},
                         {"openOnly", "0"},
                         {"orderFilter", filter_name(market, filter_)},
                         {"limit", std::to_string(bybit::kOpenOrdersPage)}})},
       bybit::kOpenOrdersPage,
       [market](std::string_view body) { return bybit::parse_orders(market, body); }},
      std::move(reply));
}

void BybitApi::order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                     Reply<std::optional<VenueOrder>> reply) {
  using Found = std::optional<VenueOrder>;
  const MarketType market = session_->market();
  const Result<std::string> name = bybit::venue_symbol(market, symbol);
  if (!name) return refuse(permit, reply, name.error());
  Request live{
      VenueCall::kOrder, Purpose::kRead, HttpMethod::kGet, kRealtimePath,
      bybit::query_of(
          {{"category", to_string(market)}, {"symbol", *name}, {"orderLinkId", id.value}})};
  Request past = live;
  past.path = kHistoryPath;
  const auto parse = [market, id](const Answer& answer) { return one_order(market, id, answer); };
  // A code that says "no such order" is an answer, too.
  const auto settled = [](Result<Found> found) -> Result<Found> {
    if (!found && found.error().code == ErrorCode::kNotFound) return Found{};
    return found;
  };
  ask<Found>(
      session_, permit, std::move(live),
      [session = session_, past, parse, settled, reply](Result<Found> found) {
        found = settled(std::move(found));
        if (!found || found->has_value()) return reply(std::move(found));
        session->further_permit(VenueCall::kOrder, [=](Result<Permit> further) {
          if (!further) return reply(tl::unexpected<Error>(std::move(further).error()));
          ask<Found>(
              session, *further, past,
              [settled, reply](Result<Found> old) { reply(settled(std::move(old))); }, parse);
        });
      },
      parse);
}

void BybitApi::executions(Permit permit, const ExecutionQuery& query,
                          Reply<std::vector<VenueExecution>> reply) {
  std::string name;
  if (!query.symbol.empty()) {
    Result<std::string> found = bybit::venue_symbol(session_->market(), query.symbol);
    if (!found) return refuse(permit, reply, found.error());
    name = *std::move(found);
  }
  bybit::ask_executions(session_, permit,
                        {std::move(name), query.order_id, query.from, query.limit},
                        std::move(reply));
}

void BybitApi::funding(Permit permit, const FundingQuery& query,
                       Reply<std::vector<VenueFunding>> reply) {
  if (session_->market() == MarketType::kSpot)
    return VenueApi::funding(std::move(permit), query, std::move(reply));
  if (query.to < query.from)
    return refuse(
        permit, reply,
        {ErrorCode::kInvalidInput, "the range ends before it begins", "Bybit funding", {}});
  std::string coin;
  if (!query.symbol.empty()) {
    const Result<SymbolParts> parts = parse_symbol(query.symbol.value);
    if (!parts) return refuse(permit, reply, parts.error());
    coin = parts->base.value;
  }
  constexpr Duration kRemembered = std::chrono::hours(730 * 24);
  const Timestamp from = std::max(query.from, query.to - kRemembered);
  bybit::ask_funding(session_, permit, {query.symbol, std::move(coin), from, query.to},
                     std::move(reply));
}

void BybitApi::funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) {
  if (!session_->features().funding_times)
    return VenueApi::funding_times(std::move(permit), std::move(reply));
  ask<std::vector<FundingTime>>(session_, permit,
                                {VenueCall::kFundingTimes, Purpose::kRead, HttpMethod::kGet,
                                 "/v5/market/tickers", "category=linear", false},
                                std::move(reply), [](const Answer& answer) {
                                  return bybit::parse_funding_times(answer.body);
                                });
}

void BybitApi::place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) {
  const MarketType market = session_->market();
  const Result<std::string> name = bybit::venue_symbol(market, order.symbol);
  if (!name) return refuse(permit, reply, name.error());
  if (std::optional<Error> error = invalid(market, order))
    return refuse(permit, reply, *std::move(error));
  ask<VenueOrder>(session_, permit,
                  {VenueCall::kPlace, Purpose::kPlace, HttpMethod::kPost, "/v5/order/create",
                   bybit::write_order(market, *name, order)},
                  std::move(reply), [order](const Answer& answer) -> Result<VenueOrder> {
                    BOTBOX_ASSIGN(const bybit::Acknowledgement acknowledgement,
                                  bybit::parse_acknowledgement(answer.body));
                    return accepted(order, acknowledgement.order_id, answer.head.time);
                  });
}

void BybitApi::place_bracket(Permit permit, const VenueBracketRequest&,
                             Reply<std::vector<VenueOrder>> reply) {
  refuse(permit, reply,
         Error{ErrorCode::kInvalidInput, "Bybit needs no bracket", "Bybit",
               "place stop and target on their own"});
}

void BybitApi::amend(Permit permit, const AmendOrder& wanted, Reply<VenueOrder> reply) {
  const Result<std::string> name = bybit::venue_symbol(session_->market(), wanted.symbol);
  if (!name) return refuse(permit, reply, name.error());
  if (wanted.quantity.is_zero() && wanted.limit.is_zero() && wanted.trigger.is_zero())
    return refuse(permit, reply, Error{ErrorCode::kInvalidInput, "nothing to amend", "Bybit", {}});
  ask<VenueOrder>(session_, permit,
                  change(VenueCall::kAmend, "/v5/order/amend",
                         bybit::write_amend(session_->market(), *name, wanted)),
                  std::move(reply), [wanted](const Answer& answer) -> Result<VenueOrder> {
                    BOTBOX_ASSIGN(const bybit::Acknowledgement acknowledgement,
                                  bybit::parse_acknowledgement(answer.body));
                    VenueOrder order;
                    order.client_id = wanted.client_id;
                    order.order_id = acknowledgement.order_id;
                    order.symbol = wanted.symbol;
                    order.side = wanted.side;
                    order.quantity = wanted.quantity;
                    order.limit = wanted.limit;
                    order.trigger = wanted.trigger;
                    order.updated_at = answer.head.time;
                    return order;
                  });
}

void BybitApi::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                      Reply<VenueOrder> reply) {
  const Result<std::string> name = bybit::venue_symbol(session_->market(), symbol);
  if (!name) return refuse(permit, reply, name.error());
  ask<VenueOrder>(session_, permit,
                  change(VenueCall::kCancel, "/v5/order/cancel",
                         bybit::write_cancel(session_->market(), *name, id, filter_)),
                  std::move(reply),
                  [symbol, id](const Answer& answer) { return cancelling(symbol, id, answer); });
}

void BybitApi::cancel_nameless(Permit permit, const Symbol& symbol, const OrderId& id,
                               Reply<VenueOrder> reply) {
  const Result<std::string> name = bybit::venue_symbol(session_->market(), symbol);
  if (!name) return refuse(permit, reply, name.error());
  if (id.empty())
    return refuse(permit, reply, Error{ErrorCode::kInvalidInput, "no order is named", "Bybit", {}});
  ask<VenueOrder>(session_, permit,
                  change(VenueCall::kCancel, "/v5/order/cancel",
                         bybit::write_cancel_nameless(session_->market(), *name, id, filter_)),
                  std::move(reply),
                  [symbol](const Answer& answer) { return cancelling(symbol, {}, answer); });
}

void BybitApi::cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) {
  std::string name;
  if (!symbol.empty()) {
    Result<std::string> found = bybit::venue_symbol(session_->market(), symbol);
    if (!found) return refuse(permit, reply, found.error());
    name = *std::move(found);
  }
  ask<std::monostate>(session_, permit,
                      change(VenueCall::kCancelAll, "/v5/order/cancel-all",
                             bybit::write_cancel_all(session_->market(), name, filter_)),
                      std::move(reply), nothing);
}

void BybitApi::set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                            Reply<std::monostate> reply) {
  if (session_->market() == MarketType::kSpot)
    return refuse(permit, reply,
                  Error{ErrorCode::kInvalidInput, "spot has no leverage", "Bybit", {}});
  const Result<std::string> name = bybit::venue_symbol(session_->market(), symbol);
  if (!name) return refuse(permit, reply, name.error());
  ask<std::monostate>(session_, permit,
                      setting(VenueCall::kSetLeverage, "/v5/position/set-leverage",
                              bybit::write_leverage(*name, leverage)),
                      std::move(reply), nothing);
}

void BybitApi::set_margin_mode(Permit permit, const Symbol&, MarginMode mode,
                               Reply<std::monostate> reply) {
  if (session_->market() == MarketType::kSpot || mode == MarginMode::kNone)
    return refuse(permit, reply,
                  Error{ErrorCode::kInvalidInput, "spot has no margin mode", "Bybit", {}});
  ask<std::monostate>(session_, permit,
                      setting(VenueCall::kSetMarginMode, "/v5/account/set-margin-mode",
                              bybit::write_margin_mode(mode)),
                      std::move(reply), nothing);
}

void BybitApi::account(Permit permit, Reply<AccountFacts> reply) {
  const MarketType market = session_->market();
  ask<AccountFacts>(
      session_, permit,
      {VenueCall::kAccount, Purpose::kRead, HttpMethod::kGet, "/v5/user/query-api", {}},
      [session = session_, reply = std::move(reply)](Result<AccountFacts> facts) {
        if (!facts) return reply(tl::unexpected<Error>(std::move(facts).error()));
        ask_account_settings(session, *std::move(facts), reply);
      },
      [market](const Answer& answer) { return bybit::parse_api_key(market, answer.body); });
}

}  // namespace botbox::exchange
