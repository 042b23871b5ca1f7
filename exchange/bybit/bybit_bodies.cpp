#include "exchange/bybit/bybit_bodies.hpp"

#include <nlohmann/json.hpp>

namespace botbox::exchange::bybit {
namespace {

using Json = nlohmann::ordered_json;

// Text of unknown origin may hold broken UTF-8; it must not throw.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string_view side_name(OrderSide side) { return side == OrderSide::kBuy ? "Buy" : "Sell"; }

std::string_view time_in_force_name(TimeInForce value) {
  return value == TimeInForce::kPostOnly ? "PostOnly" : to_string(value);
}

bool is_conditional(OrderType type) {
  return type == OrderType::kStopMarket || type == OrderType::kTakeProfitMarket;
}

// 1: fires when the price rises to the trigger, 2: when it falls to it.
int direction_of(const VenueOrderRequest& order) {
  const bool buys = order.side == OrderSide::kBuy;
  return (order.type == OrderType::kStopMarket) == buys ? 1 : 2;
}

void add_filter(Json& json, MarketType market, OrderFilter filter) {
  if (market != MarketType::kSpot || filter == OrderFilter::kAll) return;
  json["orderFilter"] = filter == OrderFilter::kConditional ? "StopOrder" : "Order";
}

// Mode and price to watch are named for contracts only.
void add_attached(Json& json, MarketType market, const VenueOrderRequest& order) {
  if (order.attached_stop_loss.is_zero() && order.attached_take_profit.is_zero()) return;
  const bool linear = market == MarketType::kLinear;
  if (linear) json["tpslMode"] = "Partial";
  if (!order.attached_take_profit.is_zero()) {
    json["takeProfit"] = to_string(order.attached_take_profit);
    if (linear) json["tpTriggerBy"] = "LastPrice";
    json["tpOrderType"] = "Market";
  }
  if (!order.attached_stop_loss.is_zero()) {
    json["stopLoss"] = to_string(order.attached_stop_loss);
    if (linear) json["slTriggerBy"] = "LastPrice";
    json["slOrderType"] = "Market";
  }
}

}  // namespace

std::string write_order(MarketType market, const std::string& name,
                        const VenueOrderRequest& order) {
  const bool spot = market == MarketType::kSpot;
  const bool limit = order.type == OrderType::kLimit;
  Json json{{"category", to_string(market)},    {"symbol", name},
            {"side", side_name(order.side)},    {"orderType", limit ? "Limit" : "Market"},
            {"qty", to_string(order.quantity)}, {"orderLinkId", order.client_id.value}};
  if (limit) {
    json["price"] = to_string(order.limit);
    json["timeInForce"] = time_in_force_name(order.time_in_force);
  } else if (spot) {
    json["marketUnit"] = "baseCoin";
  }
  if (is_conditional(order.type)) {
    json["triggerPrice"] = to_string(order.trigger);
    if (spot) {
      json["orderFilter"] = "StopOrder";
    } else {
      json["triggerDirection"] = direction_of(order);
      json["triggerBy"] = "LastPrice";
    }
  }
  if (!spot) json["positionIdx"] = 0;
  if (!spot && order.effect == OrderEffect::kReduceOnly) json["reduceOnly"] = true;
  add_attached(json, market, order);
  return text_of(json);
}

std::string write_amend(MarketType market, const std::string& name, const AmendOrder& change) {
  Json json{
      {"category", to_string(market)}, {"symbol", name}, {"orderLinkId", change.client_id.value}};
  if (!change.quantity.is_zero()) json["qty"] = to_string(change.quantity);
  if (!change.limit.is_zero()) json["price"] = to_string(change.limit);
  if (!change.trigger.is_zero()) json["triggerPrice"] = to_string(change.trigger);
  return text_of(json);
}

std::string write_cancel(MarketType market, const std::string& name, const ClientOrderId& id,
                         OrderFilter filter) {
  Json json{{"category", to_string(market)}, {"symbol", name}, {"orderLinkId", id.value}};
  add_filter(json, market, filter);
  return text_of(json);
}

std::string write_cancel_nameless(MarketType market, const std::string& name, const OrderId& id,
                                  OrderFilter filter) {
  Json json{{"category", to_string(market)}, {"symbol", name}, {"orderId", id.value}};
  add_filter(json, market, filter);
  return text_of(json);
}

std::string write_cancel_all(MarketType market, const std::string& name, OrderFilter filter) {
  Json json{{"category", to_string(market)}};
  if (!name.empty())
    json["symbol"] = name;
  else if (market == MarketType::kLinear)
    json["settleCoin"] = "USDT";
  add_filter(json, market, filter);
  return text_of(json);
}

std::string write_leverage(const std::string& name, Decimal leverage) {
  const std::string text = to_string(leverage);
  return text_of(
      {{"category", "linear"}, {"symbol", name}, {"buyLeverage", text}, {"sellLeverage", text}});
}

std::string write_margin_mode(MarginMode mode) {
  return text_of(
      {{"setMarginMode", mode == MarginMode::kIsolated ? "ISOLATED_MARGIN" : "REGULAR_MARGIN"}});
}

}  // namespace botbox::exchange::bybit
