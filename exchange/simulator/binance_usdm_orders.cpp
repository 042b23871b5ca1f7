// BinanceUsdmFace: orders, conditional ("algo") orders, executions.
#include <algorithm>

#include "exchange/simulator/binance_usdm_face.hpp"
#include "exchange/simulator/face_rows.hpp"
#include "exchange/simulator/sim_arithmetic.hpp"

namespace botbox::exchange::sim {
namespace {

std::string algo_status_of(const Order& order) {
  if (order.was_triggered) return is_open(order.status) ? "TRIGGERED" : "FINISHED";
  return binance_status_of(order);
}

// Orders that have ended are told for three months; those without a fill for three days.
bool is_told(const Order& order, Timestamp now) {
  if (is_open(order.status)) return true;
  const Duration age = now - order.created_at;
  return age <= 90 * kDay && (order.filled.is_positive() || age <= 3 * kDay);
}

// At most a week of the history is told at once: the newest, where no time says which.
Params of_one_week(Params params, Timestamp now) {
  const auto from = params.integer("startTime"), to = params.integer("endTime");
  if (!from)
    params.set("startTime", std::to_string((to ? Timestamp{*to} : now).ms - kWeek.count()));
  if (from && !to) params.set("endTime", std::to_string(*from + kWeek.count()));
  return params;
}

std::optional<BinanceError> check_week(const Params& params) {
  const auto from = params.integer("startTime"), to = params.integer("endTime");
  if (from && to && *to - *from > kWeek.count())
    return BinanceError{400, -4165, "Maximum time interval is 7 days."};
  return std::nullopt;
}

// An account has one such stop and one such target for each side of a symbol.
bool closes_already(const Account& account, const PlaceOrder& wanted) {
  return std::ranges::any_of(account.open, [&](const Order* order) {
    const PlaceOrder& other = order->request;
    return other.close_position && order->status == Status::kUntriggered &&
           other.symbol == wanted.symbol && other.side == wanted.side &&
           other.trigger == wanted.trigger;
  });
}

// What the order is once it has been triggered: "STOP_MARKET" becomes "MARKET".
std::string working_type_of(const Order& order) {
  return order.is_conditional() ? (order.request.is_limit ? "LIMIT" : "MARKET")
                                : order.request.venue_type;
}

}  // namespace

void BinanceUsdmFace::route_orders() {
  const auto is_signed = Security::kSigned;
  const auto by_symbol = [](const Params& p) { return p.has("symbol") ? 1 : 40; };
  // Placing weighs nothing on the address; it counts as an order.
  route(
      "POST /fapi/v1/order", is_signed, 0, [this](Call& c) { return place(c); }, 1);
  route(
      "PUT /fapi/v1/order", is_signed, 1, [this](Call& c) { return amend(c); }, 1);
  route("DELETE /fapi/v1/order", is_signed, 1, [this](Call& c) { return cancel(c); });
  route("DELETE /fapi/v1/allOpenOrders", is_signed, 1,
        [this](Call& c) { return cancel_open(c, false); });
  route("GET /fapi/v1/order", is_signed, 1, [this](Call& c) { return query(c, false); });
  route("GET /fapi/v1/openOrder", is_signed, 1, [this](Call& c) { return query(c, true); });
  route_weighed("GET /fapi/v1/openOrders", is_signed, by_symbol,
                [this](Call& c) { return open_orders(c, false); });
  route("GET /fapi/v1/allOrders", is_signed, 5, [this](Call& c) { return all_orders(c, false); });
  route("GET /fapi/v1/userTrades", is_signed, 5, [this](Call& c) { return trades(c); });
}

void BinanceUsdmFace::route_algo_orders() {
  const auto is_signed = Security::kSigned;
  const auto by_symbol = [](const Params& p) { return p.has("symbol") ? 1 : 40; };
  route(
      "POST /fapi/v1/algoOrder", is_signed, 0, [this](Call& c) { return place_algo(c); }, 1);
  route("DELETE /fapi/v1/algoOrder", is_signed, 1, [this](Call& c) { return cancel_algo(c); });
  route("GET /fapi/v1/algoOrder", is_signed, 1, [this](Call& c) { return query_algo(c); });
  route("DELETE /fapi/v1/algoOpenOrders", is_signed, 1,
        [this](Call& c) { return cancel_open(c, true); });
  route_weighed("GET /fapi/v1/openAlgoOrders", is_signed, by_symbol,
                [this](Call& c) { return open_orders(c, true); });
  route("GET /fapi/v1/allAlgoOrders", is_signed, 5,
        [this](Call& c) { return all_orders(c, true); });
}

BinanceError BinanceUsdmFace::refused(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnknownSymbol: return {400, -1121, "Invalid symbol."};
    case Refusal::kNotTrading:
    case Refusal::kNoMarket: return {400, -4140, "Invalid symbol status for opening position."};
    case Refusal::kPriceNotPositive: return {400, -4001, "Price less than 0."};
    case Refusal::kPriceOffTick: return {400, -4014, "Price not increased by tick size."};
    case Refusal::kTriggerOffTick: return {400, -4014, "Price not increased by tick size."};
    case Refusal::kQuantityNotPositive: return {400, -4003, "Quantity less than or equal to zero."};
    case Refusal::kQuantityOffLot:
      return {400, -1111, "Precision is over the maximum defined for this asset."};
    case Refusal::kQuantityTooSmall: return {400, -4003, "Quantity less than min quantity."};
    case Refusal::kQuantityTooLarge: return {400, -4005, "Quantity greater than max quantity."};
    case Refusal::kNotionalTooSmall:
      return {400, -4164,
              "Order's notional must be no smaller than 5 (unless you choose reduce only)."};
    case Refusal::kInsufficientBalance: return {400, -2019, "Margin is insufficient."};
    case Refusal::kDuplicateClientId: return {400, -4116, "ClientOrderId is duplicated."};
    case Refusal::kWouldTriggerAtOnce: return {400, -2021, "Order would immediately trigger."};
    case Refusal::kReduceOnly: return {400, -2022, "ReduceOnly Order is rejected."};
    case Refusal::kPostOnlyWouldCross:
      return {400, -5022,
              "Due to the order could not be executed as maker, the Post Only order will be "
              "rejected."};
    case Refusal::kOrderNotFound:
    case Refusal::kOrderNotOpen: return {400, -2011, "Unknown order sent."};
    case Refusal::kTooManyOrders: return {400, -2025, "Reach max open order limit."};
    case Refusal::kTooManyConditional: return {400, -4045, "Reach max stop order limit."};
    case Refusal::kNothingChanged: return {400, -5027, "No need to modify the order."};
    default: return {400, -2010, "NEW_ORDER_REJECTED"};
  }
}

tl::expected<PlaceOrder, BinanceError> BinanceUsdmFace::order_from(const Call& call,
                                                                   const Listing& listing,
                                                                   const std::string& id_name) {
  const Params& params = call.params;
  PlaceOrder order;
  order.symbol = listing.instrument.symbol;
  const auto side = side_of(params);
  if (!side) return tl::unexpected(side.error());
  order.side = *side;
  const std::string& position_side = params.text("positionSide");
  const bool names_one = position_side == "LONG" || position_side == "SHORT";
  const bool hedged = is_hedged(*call.account);
  if (hedged ? !names_one : !position_side.empty() && position_side != "BOTH")
    return binance_error(-4061, "Order's position side does not match user's setting.");
  if (hedged) return binance_error(-4084, "No orders are simulated in hedge mode.");
  if (params.text(id_name).size() > 36)
    return binance_error(-4015, "Client order id length should not be more than 36 chars");
  const auto id = client_id_of(params, id_name);
  if (!id) return tl::unexpected(id.error());
  order.client_id = id->empty() ? made_up_client_id() : *id;
  order.venue_type = params.text("type");
  const std::string& type = order.venue_type;
  for (const char* name : {"price", "timeInForce"})
    if (type == "MARKET" && params.has(name)) return not_required(name);
  order.is_limit = type == "LIMIT" || type == "STOP" || type == "TAKE_PROFIT";
  order.reduce_only = params.flag("reduceOnly");
  order.close_position = params.flag("closePosition");
  if (!order.close_position) {
    const auto quantity = params.decimal("quantity");
    if (!quantity) return tl::unexpected(missing("quantity").error());
    order.quantity = {*quantity};
  } else if (params.has("quantity") || order.reduce_only) {
    return binance_error(-4136, "Target strategy invalid for orderType, closePosition true");
  }
  if (order.is_limit) {
    const auto price = params.decimal("price");
    if (!price) return tl::unexpected(missing("price").error());
    order.limit = {*price};
    const std::string& tif = params.text("timeInForce");
    if (tif == "IOC")
      order.time_in_force = TimeInForce::kImmediateOrCancel;
    else if (tif == "FOK")
      order.time_in_force = TimeInForce::kFillOrKill;
    else if (tif == "GTX")
      order.time_in_force = TimeInForce::kPostOnly;
    else if (tif.empty() && type == "LIMIT")
      return tl::unexpected(missing("timeInForce").error());
    else if (!tif.empty() && tif != "GTC")
      return binance_error(-1115, "Invalid timeInForce.");
  }
  return order;
}

BinanceAnswer BinanceUsdmFace::placed(Call& call, PlaceOrder order, bool algo) {
  const std::string id = order.client_id;
  const auto made = venue_.place(*call.account, std::move(order));
  if (!made) {
    note_(id,
          made.error() == Refusal::kDuplicateClientId ? Arrival::kDuplicate : Arrival::kRefused);
    return tl::unexpected(refused(made.error()));
  }
  note_(id, Arrival::kAccepted);
  if (algo) return algo_row(**made);
  Json row = order_row(**made);
  row.erase("time");
  // An acknowledgement tells nothing of what the order became.
  if (call.params.text("newOrderRespType") != "RESULT") {
    row["status"] = "NEW";
    row["executedQty"] = row["cumQty"] = "0";
    row["cumQuote"] = "0";
    row["avgPrice"] = "0.00";
  }
  return row;
}

BinanceAnswer BinanceUsdmFace::place(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const std::string& type = call.params.text("type");
  const std::string& id = call.params.text("newClientOrderId");
  if (type != "LIMIT" && type != "MARKET") {
    note_(id, Arrival::kRefused);
    if (type.starts_with("STOP") || type.starts_with("TAKE_PROFIT") || type.starts_with("TRAIL"))
      return binance_error(-4120,
                           "Order type not supported for this endpoint. Please use the Algo Order "
                           "API endpoints instead.");
    return binance_error(-1116, "Invalid orderType.");
  }
  auto order = order_from(call, **listed, "newClientOrderId");
  if (!order) {
    note_(id, Arrival::kRefused);
    return tl::unexpected(order.error());
  }
  return placed(call, *std::move(order), false);
}

BinanceAnswer BinanceUsdmFace::place_algo(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  if (call.params.text("algoType") != "CONDITIONAL") return missing("algoType");
  const std::string& id = call.params.text("clientAlgoId");
  auto order = order_from(call, **listed, "clientAlgoId");
  const std::string& type = call.params.text("type");
  const bool stop = type == "STOP" || type == "STOP_MARKET";
  if (order && !stop && type != "TAKE_PROFIT" && type != "TAKE_PROFIT_MARKET")
    order = binance_error(-1116, "Invalid orderType.");
  const auto trigger = call.params.decimal("triggerPrice");
  if (order && !trigger) order = tl::unexpected(missing("triggerPrice").error());
  if (!order) {
    note_(id, Arrival::kRefused);
    return tl::unexpected(order.error());
  }
  order->trigger_price = {*trigger};
  order->trigger = stop == (order->side == OrderSide::kBuy) ? Trigger::kRises : Trigger::kFalls;
  if (order->close_position && closes_already(*call.account, *order)) {
    note_(id, Arrival::kRefused);
    return binance_error(-4130,
                         "An open stop or take profit order with GTE and closePosition in the "
                         "direction is existing.");
  }
  return placed(call, *std::move(order), true);
}

Json BinanceUsdmFace::order_row(const Order& order) const {
  const PlaceOrder& request = order.request;
  const Instrument& i = venue_.listing(request.symbol)->instrument;
  const Decimal average =
      order.filled.is_zero() ? Decimal{} : quotient(order.filled_value.value, order.filled.value);
  return {{"orderId", order.id},
          {"symbol", venue_symbol(i)},
          {"status", binance_status_of(order)},
          {"clientOrderId", request.client_id},
          {"price", price_of(i, request.limit)},
          {"avgPrice", fixed(average, places_of(i.tick.value) + 2)},
          {"origQty", quantity_of(i, request.quantity)},
          {"executedQty", quantity_of(i, order.filled)},
          {"cumQty", quantity_of(i, order.filled)},
          {"cumQuote", fixed(order.filled_value.value, 8)},
          {"timeInForce", time_in_force_of(request, "GTX")},
          {"type", working_type_of(order)},
          {"reduceOnly", request.reduce_only || request.close_position},
          {"closePosition", request.close_position},
          {"side", std::string(to_string(request.side))},
          {"positionSide", "BOTH"},
          {"stopPrice", price_of(i, request.trigger_price)},
          {"workingType", "CONTRACT_PRICE"},
          {"priceProtect", false},
          {"origType", order.is_conditional() ? request.venue_type : working_type_of(order)},
          {"priceMatch", "NONE"},
          {"selfTradePreventionMode", "EXPIRE_MAKER"},
          {"goodTillDate", 0},
          {"time", order.was_triggered ? order.triggered_at.ms : order.created_at.ms},
          {"updateTime", order.updated_at.ms}};
}

Json BinanceUsdmFace::algo_row(const Order& order) const {
  const PlaceOrder& request = order.request;
  const Instrument& i = venue_.listing(request.symbol)->instrument;
  const Decimal average =
      order.filled.is_zero() ? Decimal{} : quotient(order.filled_value.value, order.filled.value);
  return {{"algoId", order.id},
          {"clientAlgoId", request.client_id},
          {"algoType", "CONDITIONAL"},
          {"orderType", request.venue_type},
          {"symbol", venue_symbol(i)},
          {"side", std::string(to_string(request.side))},
          {"positionSide", "BOTH"},
          {"timeInForce", time_in_force_of(request, "GTX")},
          {"quantity", quantity_of(i, request.quantity)},
          {"algoStatus", algo_status_of(order)},
          {"actualOrderId", order.was_triggered ? std::to_string(order.id) : ""},
          {"actualPrice", fixed(average, places_of(i.tick.value) + 2)},
          {"triggerPrice", price_of(i, request.trigger_price)},
          {"price", price_of(i, request.limit)},
          {"icebergQuantity", nullptr},
          {"tpTriggerPrice", "0.000"},
          {"tpPrice", "0.000"},
          {"slTriggerPrice", "0.000"},
          {"slPrice", "0.000"},
          {"tpOrderType", ""},
          {"selfTradePreventionMode", "EXPIRE_MAKER"},
          {"workingType", "CONTRACT_PRICE"},
          {"priceMatch", "NONE"},
          {"closePosition", request.close_position},
          {"priceProtect", false},
          {"reduceOnly", request.reduce_only},
          {"createTime", order.created_at.ms},
          {"updateTime", order.updated_at.ms},
          {"triggerTime", order.triggered_at.ms},
          {"goodTillDate", 0}};
}

BinanceAnswer BinanceUsdmFace::amend(Call& call) {
  const auto order = order_of(call, "orderId", "origClientOrderId", -2013);
  if (!order) return tl::unexpected(order.error());
  if (!(*order)->request.is_limit || (*order)->status == Status::kUntriggered)
    return binance_error(-4139, "Invalid order type for modification.");
  const auto price = call.params.decimal("price"), quantity = call.params.decimal("quantity");
  if (!price) return missing("price");
  if (!quantity) return missing("quantity");
  const auto amended = venue_.amend(*call.account, (*order)->id, {{*quantity}, {*price}, {}});
  if (!amended) {
    if (amended.error() == Refusal::kOrderNotOpen)
      return binance_error(-2013, "Order does not exist.");
    return tl::unexpected(refused(amended.error()));
  }
  return order_row(**amended);
}

BinanceAnswer BinanceUsdmFace::cancel(Call& call) {
  const auto order = order_of(call, "orderId", "origClientOrderId", -2011);
  if (!order) return tl::unexpected(order.error());
  if ((*order)->is_conditional() && !(*order)->was_triggered)
    return binance_error(-2011, "Unknown order sent.");
  const auto cancelled = venue_.cancel(*call.account, (*order)->id);
  if (!cancelled) return tl::unexpected(refused(cancelled.error()));
  return order_row(**cancelled);
}

BinanceAnswer BinanceUsdmFace::cancel_algo(Call& call) {
  const auto order = order_of(call, "algoId", "clientAlgoId", -2011);
  if (!order) return tl::unexpected(order.error());
  if (!(*order)->is_conditional() || (*order)->was_triggered)
    return binance_error(-2011, "Unknown order sent.");
  const auto cancelled = venue_.cancel(*call.account, (*order)->id);
  if (!cancelled) return tl::unexpected(refused(cancelled.error()));
  return Json{{"algoId", (*cancelled)->id},
              {"clientAlgoId", (*cancelled)->request.client_id},
              {"code", "200"},
              {"msg", "success"}};
}

BinanceAnswer BinanceUsdmFace::cancel_open(Call& call, bool algo) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const Symbol& symbol = (*listed)->instrument.symbol;
  venue_.cancel_all(*call.account, [&](const Order& order) {
    return order.request.symbol == symbol && (order.status == Status::kUntriggered) == algo;
  });
  return Json{{"code", algo ? Json("200") : Json(200)},
              {"msg", "The operation of cancel all open order is done."}};
}

BinanceAnswer BinanceUsdmFace::query(const Call& call, bool open_only) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto order = order_of(call, "orderId", "origClientOrderId", -2013);
  if (!order) return tl::unexpected(order.error());
  const bool is_algo = (*order)->is_conditional() && !(*order)->was_triggered;
  if (is_algo || !is_told(**order, call.clock) || (open_only && !is_open((*order)->status)))
    return binance_error(-2013, "Order does not exist.");
  return order_row(**order);
}

BinanceAnswer BinanceUsdmFace::query_algo(const Call& call) {
  const auto order = order_of(call, "algoId", "clientAlgoId", -2013);
  if (!order) return tl::unexpected(order.error());
  if (!(*order)->is_conditional() || !is_told(**order, call.clock))
    return binance_error(-2013, "Order does not exist.");
  return algo_row(**order);
}

BinanceText BinanceUsdmFace::open_orders(const Call& call, bool algo) {
  const std::string& symbol = call.params.text("symbol");
  OrderRows& told = algo ? algo_rows_ : order_rows_;
  JsonList rows;
  for (const Order* order : call.account->open) {
    if ((order->status == Status::kUntriggered) != algo) continue;
    const Instrument& instrument = venue_.listing(order->request.symbol)->instrument;
    if (!symbol.empty() && !is_called(instrument, symbol)) continue;
    rows.add(told.of(*order, instrument));
  }
  return JsonText(rows.text());
}

BinanceAnswer BinanceUsdmFace::all_orders(const Call& call, bool algo) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const char* id_name = algo ? "algoId" : "orderId";
  const auto from = call.params.integer(id_name);
  if (auto bad = check_week(call.params)) return tl::unexpected(*std::move(bad));
  const Params range = from ? call.params : of_one_week(call.params, call.clock);
  Json rows = Json::array();
  for (const Order* order : call.account->orders) {
    if (!is_told(*order, call.clock)) continue;
    if (algo ? !order->is_conditional() : order->is_conditional() && !order->was_triggered)
      continue;
    if (order->request.symbol != (*listed)->instrument.symbol) continue;
    if (static_cast<std::int64_t>(order->id) < from.value_or(0)) continue;
    if (is_within(order->created_at, range))
      rows.push_back(algo ? algo_row(*order) : order_row(*order));
  }
  cut_rows(rows, call.params, id_name, 1000);
  return rows;
}

// Without a range those of the last 7 days; also of an order, which real answers leave open.
BinanceAnswer BinanceUsdmFace::trades(const Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const Instrument& i = (*listed)->instrument;
  const auto of = call.params.integer("orderId"), from = call.params.integer("fromId");
  if (from && (call.params.has("startTime") || call.params.has("endTime")))
    return binance_error(-1128, "Combination of optional parameters invalid.");
  if (auto bad = check_week(call.params)) return tl::unexpected(*std::move(bad));
  Call asked = call;
  if (!from) asked.params = of_one_week(call.params, call.clock);
  Json rows = Json::array();
  for (const Execution& e : executions_asked_for(asked)) {
    const Order& order = *e.order;
    if (order.request.symbol != i.symbol) continue;
    if (of && static_cast<std::int64_t>(order.id) != *of) continue;
    if (static_cast<std::int64_t>(e.id) < from.value_or(0) || !is_within(e.at, asked.params))
      continue;
    rows.push_back({{"symbol", venue_symbol(i)},
                    {"id", e.id},
                    {"orderId", order.id},
                    {"side", std::string(to_string(order.request.side))},
                    {"price", price_of(i, e.price)},
                    {"qty", quantity_of(i, e.quantity)},
                    {"realizedPnl", fixed(e.realised.value, 8)},
                    {"quoteQty", fixed(e.value.value, 8)},
                    {"commission", fixed(e.fee, 8)},
                    {"commissionAsset", e.fee_asset.value},
                    {"time", e.at.ms},
                    {"positionSide", "BOTH"},
                    {"buyer", order.request.side == OrderSide::kBuy},
                    {"maker", e.is_maker}});
  }
  cut_rows(rows, call.params, "fromId", 1000);
  return rows;
}

}  // namespace botbox::exchange::sim
