#include "exchange/binance/binance_api.hpp"

#include <algorithm>

#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_limits.hpp"

namespace botbox::exchange {
namespace {

constexpr std::uint32_t kExecutionsMax = 1000;

// ^[\.A-Z\:/a-z0-9_-]{1,36}$ in both documentations.
bool is_client_id(std::string_view id) {
  return !id.empty() && id.size() <= 36 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".:/_-").find(c) != std::string_view::npos;
  });
}

}  // namespace

const std::vector<LimitWindow>& BinanceApi::limits() const {
  return binance_windows(features_.market);
}

PermitRequest BinanceApi::cost(VenueCall call, std::uint32_t size) const {
  return binance_cost(features_.market, call, size);
}

Result<BinanceQuery> BinanceApi::query_of(const Symbol& symbol) const {
  BOTBOX_ASSIGN(const std::string name_at_venue, binance_symbol(symbol, features_.market));
  return BinanceQuery().add("symbol", name_at_venue);
}

Result<BinanceQuery> BinanceApi::query_of(const Symbol& symbol, std::string_view id_name,
                                          const ClientOrderId& id) const {
  if (!is_client_id(id.value))
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' cannot be a client order id", id.value),
                std::string(name()));
  BOTBOX_ASSIGN(BinanceQuery query, query_of(symbol));
  return query.add(id_name, id.value);
}

Reply<BinanceApi::Orders> BinanceApi::naming_symbols(Reply<Orders> reply) const {
  return [symbols = symbols_, reply = std::move(reply)](Result<Orders> orders) {
    if (orders)
      for (VenueOrder& order : *orders) order.symbol = symbols->unified(order.symbol);
    reply(std::move(orders));
  };
}

Reply<VenueOrder> BinanceApi::naming(const Symbol& symbol, const ClientOrderId& id,
                                     Reply<VenueOrder> reply) {
  return [symbol, id, reply = std::move(reply)](Result<VenueOrder> order) {
    if (order) {
      order->symbol = symbol;
      order->client_id = id;
    }
    reply(std::move(order));
  };
}

Reply<VenueOrder> BinanceApi::finding(const Symbol& symbol, const ClientOrderId& id,
                                      Reply<std::optional<VenueOrder>> reply) {
  return naming(symbol, id, [reply = std::move(reply)](Result<VenueOrder> order) {
    if (order) return reply(std::optional(*std::move(order)));
    if (order.error().code == ErrorCode::kNotFound) return reply(std::optional<VenueOrder>{});
    reply(tl::unexpected<Error>(std::move(order).error()));
  });
}

void BinanceApi::ask_key_restrictions(const Permit& permit, MarketType market,
                                      Reply<AccountFacts> reply) {
  BinanceRequest request{HttpMethod::kGet, "/sapi/v1/account/apiRestrictions"};
  request.base_url = rest_->options().key_restrictions_url;
  rest_->send<AccountFacts>(permit, request, std::move(reply), [market](std::string_view json) {
    return binance_codec::parse_key_restrictions(json, market);
  });
}

void BinanceApi::command(const Permit& permit, const BinanceRequest& request,
                         ErrorCode nothing_to_do, Reply<std::monostate> reply) {
  rest_->send<std::monostate>(
      permit, request,
      [nothing_to_do, reply = std::move(reply)](Result<std::monostate> done) {
        if (!done && done.error().code == nothing_to_do) return reply(std::monostate{});
        reply(std::move(done));
      },
      binance_codec::parse_acknowledgement);
}

void BinanceApi::server_time(Permit permit, Reply<Timestamp> reply) {
  rest_->server_time(permit, std::string(paths_.time), std::move(reply));
}

void BinanceApi::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  using Instruments = std::vector<Instrument>;
  // The spot list names for each of thousands of symbols who may trade it, which nobody here reads.
  BinanceQuery query;
  if (features_.market == MarketType::kSpot) query.add("showPermissionSets", "false");
  rest_->send<Instruments>(
      permit,
      {HttpMethod::kGet, std::string(paths_.instruments), query, BinanceRequest::Access::kPublic},
      [symbols = symbols_, reply = std::move(reply)](Result<Instruments> listed) {
        if (listed) symbols->learn(*listed);
        reply(std::move(listed));
      },
      [market = features_.market](std::string_view json) {
        return binance_codec::parse_instruments(json, market);
      });
}

// With both ends given the venue answers with the oldest candles of the range; wanted are the
// newest.
BinanceQuery BinanceApi::candle_query(const CandleQuery& query, const std::string& symbol) const {
  const auto limit =
      static_cast<std::int64_t>(std::clamp<std::uint32_t>(query.limit, 1, features_.candles_max));
  const Timestamp after_newest =
      query.timeframe.floor(rest_->venue_now()) + query.timeframe.duration();
  const Timestamp to = std::min(query.to, after_newest);
  const Timestamp from = std::max(query.from, to - query.timeframe.duration() * limit);
  return BinanceQuery()
      .add("symbol", symbol)
      .add("interval", to_string(query.timeframe))
      .add("startTime", std::max<std::int64_t>(from.ms, 0))
      .add("endTime", to.ms - 1)  // inclusive
      .add("limit", limit);
}

void BinanceApi::candles(Permit permit, const CandleQuery& query,
                         Reply<std::vector<Candle>> reply) {
  const Result<std::string> symbol = binance_symbol(query.symbol, features_.market);
  if (!symbol) return refuse(permit, symbol.error(), reply);
  rest_->send<std::vector<Candle>>(permit,
                                   {HttpMethod::kGet, std::string(paths_.candles),
                                    candle_query(query, *symbol), BinanceRequest::Access::kPublic},
                                   std::move(reply), binance_codec::parse_candles);
}

void BinanceApi::ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) {
  const Result<BinanceQuery> query = query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  rest_->send<Ticker>(
      permit,
      {HttpMethod::kGet, std::string(paths_.ticker), *query, BinanceRequest::Access::kPublic},
      [symbol, reply = std::move(reply)](Result<Ticker> ticker) {
        if (ticker) ticker->symbol = symbol;
        reply(std::move(ticker));
      },
      [market = features_.market](std::string_view json) {
        return binance_codec::parse_ticker(json, market);
      });
}

void BinanceApi::open_orders(Permit permit, const Symbol& symbol, Reply<Orders> reply) {
  const Result<BinanceQuery> query = symbol.empty() ? BinanceQuery() : query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  rest_->send<Orders>(permit, {HttpMethod::kGet, std::string(paths_.open_orders), *query},
                      naming_symbols(std::move(reply)),
                      [market = features_.market](std::string_view json) {
                        return binance_codec::parse_orders(json, market);
                      });
}

void BinanceApi::order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                       Reply<std::optional<VenueOrder>> reply) {
  const Result<BinanceQuery> query = query_of(symbol, "origClientOrderId", id);
  if (!query) return refuse(permit, query.error(), reply);
  rest_->send<VenueOrder>(permit, {HttpMethod::kGet, std::string(paths_.order), *query},
                          finding(symbol, id, std::move(reply)),
                          [market = features_.market](std::string_view json) {
                            return binance_codec::parse_order(json, market);
                          });
}

void BinanceApi::executions(Permit permit, const ExecutionQuery& query,
                            Reply<std::vector<VenueExecution>> reply) {
  Result<BinanceQuery> sent = query_of(query.symbol);
  if (!sent) return refuse(permit, sent.error(), reply);
  if (query.order_id.value.starts_with(binance_codec::kAlgoIdPrefix))
    return refuse(permit, "a conditional order that has not triggered has no executions", reply);
  // The venue takes these together only in part: an order's executions need no range.
  const bool spot = features_.market == MarketType::kSpot;
  if (!query.order_id.empty()) sent->add("orderId", query.order_id.value);
  if (!query.from_id.empty() && (spot || query.order_id.empty()))
    sent->add("fromId", query.from_id.value);
  else if (query.order_id.empty() && !query.from.is_never())
    sent->add("startTime", query.from.ms);
  sent->add("limit", std::int64_t{std::clamp<std::uint32_t>(query.limit, 1, kExecutionsMax)});
  rest_->send<std::vector<VenueExecution>>(
      permit, {HttpMethod::kGet, std::string(paths_.executions), *sent},
      [symbol = query.symbol,
       reply = std::move(reply)](Result<std::vector<VenueExecution>> executions) {
        if (executions)
          for (VenueExecution& execution : *executions) execution.symbol = symbol;
        reply(std::move(executions));
      },
      [market = features_.market](std::string_view json) {
        return binance_codec::parse_executions(json, market);
      });
}

void BinanceApi::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                        Reply<VenueOrder> reply) {
  const Result<BinanceQuery> query = query_of(symbol, "origClientOrderId", id);
  if (!query) return refuse(permit, query.error(), reply);
  rest_->send<VenueOrder>(permit, {HttpMethod::kDelete, std::string(paths_.order), *query},
                          naming(symbol, id, std::move(reply)),
                          [market = features_.market](std::string_view json) {
                            return binance_codec::parse_order(json, market);
                          });
}

void BinanceApi::cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) {
  const Result<BinanceQuery> query = query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  command(permit, {HttpMethod::kDelete, std::string(paths_.cancel_all), *query},
          ErrorCode::kNotFound, std::move(reply));
}

}  // namespace botbox::exchange
