// BinanceSpotFace: orders, lists, executions.
#include <algorithm>

#include "exchange/simulator/binance_spot_face.hpp"
#include "exchange/simulator/face_rows.hpp"
#include "exchange/simulator/sim_arithmetic.hpp"

namespace botbox::exchange::sim {
namespace {

std::int64_t list_id_of(const Order& order) {
  return order.list == 0 ? -1 : static_cast<std::int64_t>(order.list);
}

// "STOP_LOSS_LIMIT" and the like, into what fires it and what is executed.
void read_type(const std::string& type, PlaceOrder& order) {
  const bool sells = order.side == OrderSide::kSell;
  if (type.starts_with("STOP_LOSS")) order.trigger = sells ? Trigger::kFalls : Trigger::kRises;
  if (type.starts_with("TAKE_PROFIT")) order.trigger = sells ? Trigger::kRises : Trigger::kFalls;
  order.is_limit = type.find("LIMIT") != std::string::npos;
  if (type == "LIMIT_MAKER") order.time_in_force = TimeInForce::kPostOnly;
}

// Which of "price", "timeInForce" and "stopPrice" belong to an order of its type.
bool takes(const PlaceOrder& order, std::string_view parameter) {
  if (parameter == "stopPrice") return order.trigger != Trigger::kNone;
  return order.is_limit && (parameter == "price" || order.venue_type != "LIMIT_MAKER");
}

}  // namespace

BinanceError BinanceSpotFace::refused(Refusal refusal) {
  switch (refusal) {
    case Refusal::kUnknownSymbol: return {400, -1121, "Invalid symbol."};
    case Refusal::kNotTrading:
    case Refusal::kNoMarket: return {400, -1013, "Market is closed."};
    case Refusal::kPriceNotPositive: return {400, -1013, "Invalid price."};
    case Refusal::kPriceOffTick:
    case Refusal::kTriggerOffTick: return {400, -1013, "Filter failure: PRICE_FILTER"};
    case Refusal::kQuantityNotPositive: return {400, -1013, "Invalid quantity."};
    case Refusal::kQuantityOffLot:
    case Refusal::kQuantityTooSmall:
    case Refusal::kQuantityTooLarge: return {400, -1013, "Filter failure: LOT_SIZE"};
    case Refusal::kNotionalTooSmall: return {400, -1013, "Filter failure: NOTIONAL"};
    case Refusal::kInsufficientBalance:
      return {400, -2010, "Account has insufficient balance for requested action."};
    case Refusal::kDuplicateClientId: return {400, -2010, "Duplicate order sent."};
    case Refusal::kWouldTriggerAtOnce: return {400, -2010, "Order would trigger immediately."};
    case Refusal::kPostOnlyWouldCross:
      return {400, -2010, "Order would immediately match and take."};
    case Refusal::kListPrices:
      return {400, -2010, "The relationship of the prices for the orders is not correct."};
    case Refusal::kOrderNotFound:
    case Refusal::kOrderNotOpen: return {400, -2011, "Unknown order sent."};
    case Refusal::kTooManyOrders: return {400, -2010, "Filter failure: MAX_NUM_ORDERS"};
    case Refusal::kTooManyConditional: return {400, -2010, "Filter failure: MAX_NUM_ALGO_ORDERS"};
    default: return {400, -2010, "Order was rejected."};
  }
}

tl::expected<PlaceOrder, BinanceError> BinanceSpotFace::order_from(const Params& params,
                                                                   const Listing& listing,
                                                                   const std::string& id_name) {
  PlaceOrder order;
  order.symbol = listing.instrument.symbol;
  const auto side = side_of(params);
  if (!side) return tl::unexpected(side.error());
  order.side = *side;
  order.venue_type = params.text("type");
  static const std::vector<std::string> kTypes{
      "LIMIT",           "LIMIT_MAKER", "MARKET",           "STOP_LOSS",
      "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"};
  if (std::ranges::find(kTypes, order.venue_type) == kTypes.end())
    return binance_error(-1116, "Invalid orderType.");
  read_type(order.venue_type, order);
  for (const char* name : {"price", "timeInForce", "stopPrice"})
    if (params.has(name) && !takes(order, name)) return not_required(name);
  const auto id = client_id_of(params, id_name);
  if (!id) return tl::unexpected(id.error());
  order.client_id = id->empty() ? made_up_client_id() : *id;
  const auto quantity = params.decimal("quantity"), quote = params.decimal("quoteOrderQty");
  if (!quantity && !(quote && order.venue_type == "MARKET"))
    return tl::unexpected(missing("quantity").error());
  if (quantity)
    order.quantity = {*quantity};
  else
    order.quote_quantity = {*quote};
  if (order.is_limit) {
    const auto price = params.decimal("price");
    if (!price) return tl::unexpected(missing("price").error());
    order.limit = {*price};
    const std::string& tif = params.text("timeInForce");
    if (order.venue_type != "LIMIT_MAKER") {
      if (tif == "IOC")
        order.time_in_force = TimeInForce::kImmediateOrCancel;
      else if (tif == "FOK")
        order.time_in_force = TimeInForce::kFillOrKill;
      else if (tif.empty())
        return tl::unexpected(missing("timeInForce").error());
      else if (tif != "GTC")
        return binance_error(-1115, "Invalid timeInForce.");
    }
  }
  if (order.trigger != Trigger::kNone) {
    const auto stop = params.decimal("stopPrice");
    if (!stop) return tl::unexpected(missing("stopPrice").error());
    order.trigger_price = {*stop};
  }
  return order;
}

Json BinanceSpotFace::order_row(const Order& order) const {
  const PlaceOrder& request = order.request;
  Json row{{"symbol", venue_symbol(venue_.listing(request.symbol)->instrument)},
           {"orderId", order.id},
           {"orderListId", list_id_of(order)},
           {"clientOrderId", request.client_id},
           {"price", money(request.limit.value)},
           {"origQty", money(request.quantity.value)},
           {"executedQty", money(order.filled.value)},
           {"origQuoteOrderQty", money(request.quote_quantity.value)},
           {"cummulativeQuoteQty", money(order.filled_value.value)},
           {"status", binance_status_of(order)},
           {"timeInForce", time_in_force_of(request, "GTC")},
           {"type", request.venue_type},
           {"side", std::string(to_string(request.side))},
           {"stopPrice", money(request.trigger_price.value)},
           {"icebergQty", "0.00000000"},
           {"time", order.created_at.ms},
           {"updateTime", order.updated_at.ms},
           {"isWorking", order.status != Status::kUntriggered},
           {"workingTime", order.was_triggered ? order.triggered_at.ms : order.created_at.ms},
           {"selfTradePreventionMode", "EXPIRE_MAKER"}};
  if (order.status == Status::kUntriggered) row["workingTime"] = -1;
  return row;
}

BinanceAnswer BinanceSpotFace::placed(const Call& call, const Order& order) {
  Json row{{"symbol", venue_symbol(venue_.listing(order.request.symbol)->instrument)},
           {"orderId", order.id},
           {"orderListId", list_id_of(order)},
           {"clientOrderId", order.request.client_id},
           {"transactTime", order.updated_at.ms}};
  const std::string& asked = call.params.text("newOrderRespType");
  const bool brief = order.is_conditional();
  if (asked == "ACK" || (asked.empty() && brief)) return row;
  Json full = order_row(order);
  full.erase("time");
  full.erase("updateTime");
  full.erase("isWorking");
  full.erase("icebergQty");
  full["transactTime"] = order.updated_at.ms;
  if (!order.is_conditional()) full.erase("stopPrice");
  if (asked == "RESULT") return full;
  full["fills"] = Json::array();
  for (const Execution& e : executions_around(*call.account, order))
    if (e.order == &order)
      full["fills"].push_back({{"price", money(e.price.value)},
                               {"qty", money(e.quantity.value)},
                               {"commission", money(e.fee)},
                               {"commissionAsset", e.fee_asset.value},
                               {"tradeId", e.id}});
  return full;
}

BinanceAnswer BinanceSpotFace::place(Call& call, const std::string& id_name) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto order = order_from(call.params, **listed, id_name);
  if (!order) {
    note_(call.params.text(id_name), Arrival::kRefused);
    return tl::unexpected(order.error());
  }
  const auto made = venue_.place(*call.account, *order);
  if (!made) {
    note_(order->client_id,
          made.error() == Refusal::kDuplicateClientId ? Arrival::kDuplicate : Arrival::kRefused);
    return tl::unexpected(refused(made.error()));
  }
  note_(order->client_id, Arrival::kAccepted);
  return placed(call, **made);
}

BinanceAnswer BinanceSpotFace::try_out(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto order = order_from(call.params, **listed, "newClientOrderId");
  if (!order) return tl::unexpected(order.error());
  if (const auto ok = venue_.try_out(*call.account, *order); !ok)
    return tl::unexpected(refused(ok.error()));
  return Json::object();
}

// above* and below* are the legs over and under the market. Exactly one of them is the resting
// limit order, the other the stop (or its mirror, the take profit).
BinanceAnswer BinanceSpotFace::place_oco(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  std::vector<PlaceOrder> legs;
  for (const std::string prefix : {"above", "below"}) {
    Params leg;
    leg.set("side", call.params.text("side"));
    leg.set("quantity", call.params.text("quantity"));
    for (const std::string name : {"Type", "Price", "StopPrice", "TimeInForce", "ClientOrderId"}) {
      std::string lower = name;
      lower[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(lower[0])));
      if (call.params.has(prefix + name)) leg.set(lower, call.params.text(prefix + name));
    }
    auto order = order_from(leg, **listed, "clientOrderId");
    if (!order) return tl::unexpected(order.error());
    legs.push_back(*std::move(order));
  }
  const bool above_is_stop = legs[0].venue_type.starts_with("STOP");
  const bool below_is_stop = legs[1].venue_type.starts_with("STOP");
  if (above_is_stop == below_is_stop) return tl::unexpected(refused(Refusal::kListPrices));
  PlaceOrder& limit = above_is_stop ? legs[1] : legs[0];
  PlaceOrder& stop = above_is_stop ? legs[0] : legs[1];
  const std::vector<std::string> ids{limit.client_id, stop.client_id};
  auto list_id = client_id_of(call.params, "listClientOrderId");
  if (!list_id) return tl::unexpected(list_id.error());
  const auto made = venue_.place_list(*call.account, limit, stop,
                                      list_id->empty() ? made_up_client_id() : *list_id);
  for (const std::string& id : ids)
    note_(id, made                                          ? Arrival::kAccepted
              : made.error() == Refusal::kDuplicateClientId ? Arrival::kDuplicate
                                                            : Arrival::kRefused);
  if (!made) return tl::unexpected(refused(made.error()));
  Json row = list_row(*call.account, made->front()->list);
  row["orderReports"] = Json::array();
  for (const Order* order : *made) {
    Json report = order_row(*order);
    report["transactTime"] = order->created_at.ms;
    row["orderReports"].push_back(std::move(report));
  }
  return row;
}

Json BinanceSpotFace::list_row(const Account& account, std::uint64_t list) const {
  Json orders = Json::array();
  const Order* any = nullptr;
  bool open = false;
  for (const Order* order : account.lists.at(list)) {
    any = order;
    open = open || is_open(order->status);
    orders.push_back({{"symbol", venue_symbol(venue_.listing(order->request.symbol)->instrument)},
                      {"orderId", order->id},
                      {"clientOrderId", order->request.client_id}});
  }
  return {{"orderListId", list},
          {"contingencyType", "OCO"},
          {"listStatusType", open ? "EXEC_STARTED" : "ALL_DONE"},
          {"listOrderStatus", open ? "EXECUTING" : "ALL_DONE"},
          {"listClientOrderId", any->list_client_id},
          {"transactionTime", any->created_at.ms},
          {"symbol", venue_symbol(venue_.listing(any->request.symbol)->instrument)},
          {"orders", std::move(orders)}};
}

Json BinanceSpotFace::cancel_row(const Order& order, const Params& params) {
  Json row = order_row(order);
  row["origClientOrderId"] = order.request.client_id;
  row["clientOrderId"] =
      params.has("newClientOrderId") ? params.text("newClientOrderId") : made_up_client_id();
  row["transactTime"] = order.updated_at.ms;
  for (const char* name : {"time", "updateTime", "isWorking", "icebergQty", "workingTime"})
    row.erase(name);
  return row;
}

// Only the quantity, only downwards, and the order keeps its place and its id.
BinanceAnswer BinanceSpotFace::amend(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto order = order_of(call, "orderId", "origClientOrderId", -2038);
  if (!order) return tl::unexpected(order.error());
  const auto quantity = call.params.decimal("newQty");
  if (!quantity) return missing("newQty");
  if ((*order)->list != 0 || Quantity{*quantity} >= (*order)->request.quantity)
    return binance_error(-2038, "Order amend (quantity increase) is not supported.");
  const auto amended = venue_.amend(*call.account, (*order)->id, {{*quantity}, {}, {}});
  if (!amended) return tl::unexpected(refused(amended.error()));
  Json row = order_row(**amended);
  row["origClientOrderId"] = row["clientOrderId"];
  row["qty"] = row["origQty"];
  row["cumulativeQuoteQty"] = row["cummulativeQuoteQty"];
  for (const char* name : {"origQty", "cummulativeQuoteQty", "time", "updateTime", "isWorking"})
    row.erase(name);
  return Json{{"transactTime", (*amended)->updated_at.ms},
              {"executionId", (*amended)->id},
              {"amendedOrder", std::move(row)}};
}

Json BinanceSpotFace::cancelled_list(const Account& account, std::uint64_t list) {
  Json row = list_row(account, list);
  row["orderReports"] = Json::array();
  for (const Order* order : account.lists.at(list))
    row["orderReports"].push_back(cancel_row(*order, {}));
  return row;
}

BinanceAnswer BinanceSpotFace::cancel(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto order = order_of(call, "orderId", "origClientOrderId", -2011);
  if (!order) return tl::unexpected(order.error());
  const std::uint64_t list = (*order)->list;
  const auto cancelled = venue_.cancel(*call.account, (*order)->id);
  if (!cancelled) return tl::unexpected(refused(cancelled.error()));
  if (list != 0) return cancelled_list(*call.account, list);
  return cancel_row(**cancelled, call.params);
}

BinanceAnswer BinanceSpotFace::cancel_open(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const Symbol& symbol = (*listed)->instrument.symbol;
  const auto cancelled = venue_.cancel_all(
      *call.account, [&](const Order& order) { return order.request.symbol == symbol; });
  if (cancelled.empty()) return binance_error(-2011, "Unknown order sent.");
  Json rows = Json::array();
  std::vector<std::uint64_t> lists;
  for (const Order* order : cancelled) {
    if (order->list == 0) {
      rows.push_back(cancel_row(*order, {}));
    } else if (std::ranges::find(lists, order->list) == lists.end()) {
      lists.push_back(order->list);
      rows.push_back(cancelled_list(*call.account, order->list));
    }
  }
  return rows;
}

BinanceAnswer BinanceSpotFace::cancel_list(Call& call) {
  const auto id = call.params.integer("orderListId");
  for (const Order* order : call.account->open) {
    if (order->list == 0) continue;
    const std::uint64_t list = order->list;
    if (id ? *id != static_cast<std::int64_t>(list)
           : order->list_client_id != call.params.text("listClientOrderId"))
      continue;
    (void)venue_.cancel(*call.account, order->id);
    return cancelled_list(*call.account, list);
  }
  return binance_error(-2011, "Unknown order list sent.");
}

// As Binance answers: STOP_ON_FAILURE does not place when cancelling failed; the outer error names
// which half failed.
BinanceAnswer BinanceSpotFace::cancel_replace(Call& call) {
  Params cancelling;
  cancelling.set("symbol", call.params.text("symbol"));
  if (call.params.has("cancelOrderId"))
    cancelling.set("orderId", call.params.text("cancelOrderId"));
  else if (call.params.has("cancelOrigClientOrderId"))
    cancelling.set("origClientOrderId", call.params.text("cancelOrigClientOrderId"));
  Call first{cancelling, call.account, nullptr, call.clock};
  const BinanceAnswer cancelled = cancel(first);
  const bool goes_on = cancelled || call.params.text("cancelReplaceMode") == "ALLOW_FAILURE";
  Json data{{"cancelResult", cancelled ? "SUCCESS" : "FAILURE"},
            {"newOrderResult", "NOT_ATTEMPTED"},
            {"cancelResponse",
             cancelled ? *cancelled
                       : binance_error_body(cancelled.error().code, cancelled.error().message)},
            {"newOrderResponse", nullptr}};
  if (goes_on) {
    const BinanceAnswer made = place(call);
    data["newOrderResult"] = made ? "SUCCESS" : "FAILURE";
    data["newOrderResponse"] =
        made ? *made : binance_error_body(made.error().code, made.error().message);
    if (made && cancelled) return data;
    const bool one_worked = made || cancelled;
    return tl::unexpected(BinanceError{
        one_worked ? 409 : 400, one_worked ? -2021 : -2022,
        one_worked ? "Order cancel-replace partially failed." : "Order cancel-replace failed.",
        data});
  }
  return tl::unexpected(BinanceError{400, -2022, "Order cancel-replace failed.", data});
}

BinanceAnswer BinanceSpotFace::query(const Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto order = order_of(call, "orderId", "origClientOrderId", -2013);
  if (!order) return tl::unexpected(order.error());
  return order_row(**order);
}

BinanceText BinanceSpotFace::open_orders(const Call& call) {
  const std::string& symbol = call.params.text("symbol");
  JsonList rows;
  for (const Order* order : call.account->open) {
    const Instrument& instrument = venue_.listing(order->request.symbol)->instrument;
    if (symbol.empty() || is_called(instrument, symbol)) rows.add(rows_.of(*order, instrument));
  }
  return JsonText(rows.text());
}

BinanceAnswer BinanceSpotFace::all_orders(const Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  if (auto bad = check_range(call.params, 24)) return tl::unexpected(*std::move(bad));
  const auto from = call.params.integer("orderId");
  Json rows = Json::array();
  for (const Order* order : call.account->orders)
    if (order->request.symbol == (*listed)->instrument.symbol &&
        static_cast<std::int64_t>(order->id) >= from.value_or(0) &&
        is_within(order->created_at, call.params))
      rows.push_back(order_row(*order));
  cut_rows(rows, call.params, "orderId", 1000);
  return rows;
}

BinanceAnswer BinanceSpotFace::open_lists(const Call& call) {
  Json rows = Json::array();
  std::vector<std::uint64_t> seen;
  for (const Order* order : call.account->open) {
    if (order->list == 0 || std::ranges::find(seen, order->list) != seen.end()) continue;
    seen.push_back(order->list);
    rows.push_back(list_row(*call.account, order->list));
  }
  return rows;
}

BinanceAnswer BinanceSpotFace::list_query(const Call& call) {
  const auto id = call.params.integer("orderListId");
  for (const Order* order : call.account->orders) {
    if (order->list == 0) continue;
    if (id ? *id == static_cast<std::int64_t>(order->list)
           : order->list_client_id == call.params.text("origClientOrderId"))
      return list_row(*call.account, order->list);
  }
  return binance_error(-2018, "Order list does not exist.");
}

BinanceAnswer BinanceSpotFace::trades(const Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto of = call.params.integer("orderId");
  const auto from = call.params.integer("fromId");
  const bool has_range = call.params.has("startTime") || call.params.has("endTime");
  if (has_range && (of || from))
    return binance_error(-1128, "Combination of optional parameters invalid.");
  if (auto bad = check_range(call.params, 24)) return tl::unexpected(*std::move(bad));
  Json rows = Json::array();
  for (const Execution& e : executions_asked_for(call)) {
    const Order& order = *e.order;
    if (order.request.symbol != (*listed)->instrument.symbol) continue;
    if (of && static_cast<std::int64_t>(order.id) != *of) continue;
    if (static_cast<std::int64_t>(e.id) < from.value_or(0) || !is_within(e.at, call.params))
      continue;
    rows.push_back({{"symbol", venue_symbol((*listed)->instrument)},
                    {"id", e.id},
                    {"orderId", order.id},
                    {"orderListId", list_id_of(order)},
                    {"price", money(e.price.value)},
                    {"qty", money(e.quantity.value)},
                    {"quoteQty", money(e.value.value)},
                    {"commission", money(e.fee)},
                    {"commissionAsset", e.fee_asset.value},
                    {"time", e.at.ms},
                    {"isBuyer", order.request.side == OrderSide::kBuy},
                    {"isMaker", e.is_maker},
                    {"isBestMatch", true}});
  }
  cut_rows(rows, call.params, "fromId", 1000);
  return rows;
}

}  // namespace botbox::exchange::sim
