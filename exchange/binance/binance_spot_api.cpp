#include "exchange/binance/binance_spot_api.hpp"

#include <algorithm>

#include "exchange/binance/binance_codec.hpp"

namespace botbox::exchange {
namespace {

VenueFeatures spot_features() {
  VenueFeatures features;
  features.market = MarketType::kSpot;
  features.amend = true;
  features.bracket_needed = true;
  features.client_id_reusable = true;
  features.account_wide_open_orders = true;
  features.candles_max = 1000;
  return features;
}

constexpr BinancePaths kPaths{"/api/v3/time",        "/api/v3/exchangeInfo", "/api/v3/klines",
                              "/api/v3/ticker/24hr", "/api/v3/order",        "/api/v3/openOrders",
                              "/api/v3/openOrders",  "/api/v3/myTrades"};

std::string_view type_of(const VenueOrderRequest& order) {
  switch (order.type) {
    case OrderType::kMarket: return "MARKET";
    case OrderType::kLimit:
      return order.time_in_force == TimeInForce::kPostOnly ? "LIMIT_MAKER" : "LIMIT";
    case OrderType::kStopMarket: return "STOP_LOSS";
    case OrderType::kTakeProfitMarket: return "TAKE_PROFIT";
  }
  return "?";
}

BinanceQuery order_query(BinanceQuery query, const VenueOrderRequest& order) {
  query.add("side", to_string(order.side)).add("type", type_of(order));
  if (order.type == OrderType::kLimit && order.time_in_force != TimeInForce::kPostOnly)
    query.add("timeInForce", to_string(order.time_in_force));
  query.add("quantity", to_string(order.quantity));
  if (order.type == OrderType::kLimit) query.add("price", to_string(order.limit));
  if (order.type == OrderType::kStopMarket || order.type == OrderType::kTakeProfitMarket)
    query.add("stopPrice", to_string(order.trigger));
  return query.add("newOrderRespType", "FULL");
}

// Above and below are places relative to the market: a sale stops below it, a purchase above it.
BinanceQuery bracket_query(BinanceQuery query, const VenueBracketRequest& bracket) {
  const bool sells = bracket.side == OrderSide::kSell;
  const std::string_view stop = sells ? "below" : "above";
  const std::string_view target = sells ? "above" : "below";
  const auto named = [](std::string_view place, std::string_view what) {
    return std::string(place) + std::string(what);
  };
  return query.add("side", to_string(bracket.side))
      .add("quantity", to_string(bracket.quantity))
      .add(named(target, "Type"), "TAKE_PROFIT")
      .add(named(target, "ClientOrderId"), bracket.target_client_id.value)
      .add(named(target, "StopPrice"), to_string(bracket.target_trigger))
      .add(named(stop, "Type"), "STOP_LOSS")
      .add(named(stop, "ClientOrderId"), bracket.stop_client_id.value)
      .add(named(stop, "StopPrice"), to_string(bracket.stop_trigger))
      .add("newOrderRespType", "RESULT");
}

// Empty: no order of that id among the reports.
std::optional<VenueOrder> report_of(const std::vector<VenueOrder>& reports,
                                    const ClientOrderId& id) {
  const auto found = std::ranges::find(reports, id, &VenueOrder::client_id);
  return found == reports.end() ? std::nullopt : std::optional(*found);
}

tl::unexpected<Error> without_report(const ClientOrderId& id) {
  return fail(ErrorCode::kInvalidInput, fmt::format("nothing is said about {}", id.value));
}

}  // namespace

BinanceSpotApi::BinanceSpotApi(BinanceOptions options, Credentials credentials,
                               HttpSender& transport, const Clock& clock)
    : BinanceApi(spot_features(), kPaths,
                 std::make_shared<BinanceRest>(MarketType::kSpot, std::move(options),
                                               std::move(credentials), transport, clock),
                 std::make_shared<BinanceSymbols>()) {}

void BinanceSpotApi::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  rest().send<std::vector<Balance>>(
      permit, {HttpMethod::kGet, "/api/v3/account", BinanceQuery().add("omitZeroBalances", "true")},
      std::move(reply), binance_codec::parse_spot_balances);
}

void BinanceSpotApi::positions(Permit permit, Reply<std::vector<VenuePosition>> reply) {
  if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
  reply(std::vector<VenuePosition>{});
}

void BinanceSpotApi::place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) {
  if (!order.attached_stop_loss.is_zero() || !order.attached_take_profit.is_zero())
    return refuse(permit, "orders cannot carry a stop or a target here", reply);
  const Result<BinanceQuery> query = query_of(order.symbol, "newClientOrderId", order.client_id);
  if (!query) return refuse(permit, query.error(), reply);
  rest().send<VenueOrder>(
      permit, {HttpMethod::kPost, "/api/v3/order", order_query(*query, order)},
      naming(order.symbol, order.client_id, std::move(reply)),
      [](std::string_view json) { return binance_codec::parse_order(json, MarketType::kSpot); });
}

void BinanceSpotApi::place_bracket(Permit permit, const VenueBracketRequest& bracket,
                                   Reply<Orders> reply) {
  // The list's own id follows from the stop's, so that a second attempt meets the first one.
  const Result<BinanceQuery> query =
      query_of(bracket.symbol, "listClientOrderId", {bracket.stop_client_id.value + "l"});
  if (!query) return refuse(permit, query.error(), reply);
  if (const auto target = query_of(bracket.symbol, "", bracket.target_client_id); !target)
    return refuse(permit, target.error(), reply);
  rest().send<Orders>(
      permit, {HttpMethod::kPost, "/api/v3/orderList/oco", bracket_query(*query, bracket)},
      std::move(reply), [bracket](std::string_view json) -> Result<Orders> {
        BOTBOX_ASSIGN(const Orders reports, binance_codec::parse_order_reports(json));
        Orders legs;
        for (const ClientOrderId& id : {bracket.stop_client_id, bracket.target_client_id}) {
          std::optional<VenueOrder> leg = report_of(reports, id);
          if (!leg) return without_report(id);
          leg->symbol = bracket.symbol;
          legs.push_back(*std::move(leg));
        }
        return legs;
      });
}

void BinanceSpotApi::amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) {
  if (!change.limit.is_zero() || !change.trigger.is_zero())
    return refuse(permit, "only the quantity of an order can be amended here", reply);
  Result<BinanceQuery> query = query_of(change.symbol, "origClientOrderId", change.client_id);
  if (!query) return refuse(permit, query.error(), reply);
  query->add("newClientOrderId", change.client_id.value).add("newQty", to_string(change.quantity));
  rest().send<VenueOrder>(
      permit, {HttpMethod::kPut, "/api/v3/order/amend/keepPriority", *query},
      naming(change.symbol, change.client_id, std::move(reply)),
      [](std::string_view json) { return binance_codec::parse_order(json, MarketType::kSpot); });
}

void BinanceSpotApi::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                            Reply<VenueOrder> reply) {
  const Result<BinanceQuery> query = query_of(symbol, "origClientOrderId", id);
  if (!query) return refuse(permit, query.error(), reply);
  rest().send<VenueOrder>(
      permit, {HttpMethod::kDelete, "/api/v3/order", *query}, naming(symbol, id, std::move(reply)),
      [id](std::string_view json) -> Result<VenueOrder> {
        BOTBOX_ASSIGN(const Orders reports, binance_codec::parse_order_reports(json));
        std::optional<VenueOrder> order = report_of(reports, id);
        if (!order) return without_report(id);
        return *std::move(order);
      });
}

void BinanceSpotApi::set_leverage(Permit permit, const Symbol&, Decimal,
                                  Reply<std::monostate> reply) {
  refuse(permit, "spot knows no leverage", reply);
}

void BinanceSpotApi::set_margin_mode(Permit permit, const Symbol&, MarginMode,
                                     Reply<std::monostate> reply) {
  refuse(permit, "spot knows no margin mode", reply);
}

void BinanceSpotApi::account(Permit permit, Reply<AccountFacts> reply) {
  if (!rest().options().key_restrictions_url.empty())
    return ask_key_restrictions(permit, MarketType::kSpot, std::move(reply));
  rest().send<AccountFacts>(
      permit, {HttpMethod::kGet, "/api/v3/account", BinanceQuery().add("omitZeroBalances", "true")},
      std::move(reply), binance_codec::parse_spot_account);
}

}  // namespace botbox::exchange
