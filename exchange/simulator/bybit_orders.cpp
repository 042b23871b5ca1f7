// BybitFace: orders, executions, positions.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "exchange/simulator/bybit_face.hpp"
#include "exchange/simulator/face_rows.hpp"
#include "exchange/simulator/sim_arithmetic.hpp"

namespace botbox::exchange::sim {
namespace {

// Linear ids are UUIDs, spot ids are numbers. Ours carry their number in the last digits.
std::string uuid(std::uint64_t number, std::uint64_t kind) {
  const std::uint64_t mixed = (number + kind) * 0x9E3779B97F4A7C15ULL;
  return fmt::format("{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}", mixed >> 32, (mixed >> 16) & 0xFFFF,
                     (mixed >> 4) & 0xFFF, mixed & 0xFFF, number);
}

constexpr std::uint64_t kSpotIds = 1'700'000'000'000'000'000ULL;

std::uint64_t number_of(const std::string& id) {
  std::uint64_t number = 0;
  if (id.size() == 36) {
    std::from_chars(id.data() + 24, id.data() + 36, number, 16);
    return number;
  }
  std::from_chars(id.data(), id.data() + id.size(), number);
  return number > kSpotIds ? number - kSpotIds : 0;
}

bool is_link_id(const std::string& id) {
  return id.size() <= 36 && std::ranges::all_of(id, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-';
         });
}

std::string or_empty(Price price) { return price.is_zero() ? "" : to_string(price); }

std::string stop_type_of(const Order& order) {
  switch (order.request.origin) {
    case Origin::kAttachedStop: return "StopLoss";
    case Origin::kAttachedTarget: return "TakeProfit";
    default: return order.is_conditional() ? "Stop" : "";
  }
}

std::string create_type_of(const Order& order) {
  switch (order.request.origin) {
    case Origin::kAttachedStop: return "CreateByStopLoss";
    case Origin::kAttachedTarget: return "CreateByTakeProfit";
    case Origin::kLiquidation: return "CreateByLiq";
    default: return "CreateByUser";
  }
}

std::uint64_t number_of(const Order* order) { return order->id; }
std::uint64_t number_of(const Execution& execution) { return execution.id; }
std::uint64_t number_of(const FundingPayment& payment) { return payment.id; }

struct PageSize {
  std::int64_t usual;
  std::int64_t most;
};
constexpr PageSize kOrderPage{20, 50};
constexpr PageSize kExecutionPage{50, 100};
constexpr PageSize kLogPage{20, 50};

struct TimeRange {
  Timestamp from;
  Timestamp to;  // both included
};

// What histories are asked for is a week at most; so long is what one end, or none, stands for.
tl::expected<TimeRange, BybitError> week_of(const Params& params, Timestamp now) {
  const auto start = params.integer("startTime"), end = params.integer("endTime");
  if (!start && !end) return TimeRange{now - kWeek, {std::numeric_limits<std::int64_t>::max()}};
  TimeRange range{{start.value_or(0)}, {end.value_or(0)}};
  if (!start) range.from = range.to - kWeek;
  if (!end) range.to = range.from + kWeek;
  if (range.to - range.from > kWeek)
    return bybit_error(10001, "params error: the time range is more than 7 days");
  return range;
}

// An order that ended without a fill is told for a day.
bool is_in_history(const Order& order, Timestamp now) {
  return !is_open(order.status) && (order.filled.is_positive() || order.created_at > now - kDay);
}

// Of those that have ended, the newest 500 of each category are told beside the open ones.
bool is_in_realtime(const Account& account, const Order& order, MarketType market) {
  constexpr std::uint64_t kKept = 500;
  const auto closed = account.closed.find(market);
  return is_open(order.status) || closed == account.closed.end() ||
         closed->second - order.closed_as < kKept;
}

bool asks_by_id(const Params& params) {
  return !params.text("orderId").empty() || !params.text("orderLinkId").empty();
}

// Those of the ascending items that are wanted as rows, newest first, cut to the page; their
// numbers are the cursor. No item before the page is looked at.
template <class Items, class Wanted, class Write>
JsonText page_of(const Items& items, const Params& params, PageSize size, Wanted wanted,
                 Write write) {
  const std::int64_t limit =
      std::clamp<std::int64_t>(params.integer("limit").value_or(size.usual), 1, size.most);
  const auto before = params.integer("cursor");
  JsonList rows;
  std::string next, newest_told;
  for (auto it = items.rbegin(); it != items.rend(); ++it) {
    const std::uint64_t number = number_of(*it);
    if (before && static_cast<std::int64_t>(number) >= *before) continue;
    if (!wanted(*it)) continue;
    if (static_cast<std::int64_t>(rows.size()) == limit) {
      next = std::move(newest_told);
      break;
    }
    rows.add(write(*it));
    newest_told = std::to_string(number);
  }
  return JsonText(fmt::format(R"({{"category":{},"nextPageCursor":"{}","list":{}}})",
                              Json(params.text("category")).dump(), next, rows.text()));
}

}  // namespace

BybitError BybitFace::refused(Refusal refusal, MarketType market) const {
  const bool spot = market == MarketType::kSpot;
  switch (refusal) {
    case Refusal::kUnknownSymbol:
      return spot ? BybitError{170121, "Invalid symbol."}
                  : BybitError{10001, "params error: symbol invalid"};
    case Refusal::kNotTrading:
    case Refusal::kNoMarket:
      return spot ? BybitError{170121, "Invalid symbol."}
                  : BybitError{110074, "This contract is not live"};
    case Refusal::kPriceNotPositive:
    case Refusal::kPriceOffTick:
      return spot ? BybitError{170134, "Order price has too many decimals."}
                  : BybitError{10001, "params error: Price invalid"};
    case Refusal::kTriggerOffTick: return {10001, "params error: trigger price invalid"};
    case Refusal::kQuantityNotPositive:
    case Refusal::kQuantityOffLot:
      return spot ? BybitError{170137, "Order quantity has too many decimals."}
                  : BybitError{10001, "params error: Qty invalid"};
    case Refusal::kQuantityTooSmall:
      return spot ? BybitError{170136, "The order quantity is lower than the lower limit."}
                  : BybitError{10001, "The number of contracts exceeds minimum limit allowed"};
    case Refusal::kQuantityTooLarge:
      return spot ? BybitError{170135, "The order quantity exceeds the upper limit."}
                  : BybitError{10001, "The number of contracts exceeds maximum limit allowed"};
    case Refusal::kNotionalTooSmall:
      return spot ? BybitError{170140, "Order value exceeded lower limit."}
                  : BybitError{110094, "Order does not meet minimum order value 5USDT"};
    case Refusal::kInsufficientBalance:
      return spot ? BybitError{170131, "Insufficient balance."}
                  : BybitError{110007, "ab not enough for new order"};
    case Refusal::kDuplicateClientId:
      return spot ? BybitError{170141, "Duplicate clientOrderId"}
                  : BybitError{110072, "OrderLinkedID is duplicate"};
    case Refusal::kWouldTriggerAtOnce:
      return {110093, "expect Falling, but trigger_price >= current"};
    case Refusal::kReduceOnly:
      return {110017, "current position is zero, cannot fix reduce-only order qty"};
    case Refusal::kListPrices:
      return {10001, "TakeProfit or StopLoss is on the wrong side of base_price"};
    case Refusal::kOrderNotFound:
    case Refusal::kOrderNotOpen:
      return spot ? BybitError{170213, "Order does not exist."}
                  : BybitError{110001, "order not exists or too late to cancel"};
    case Refusal::kNothingChanged:
      return {10001,
              "The order remains unchanged as the parameters entered match the existing ones."};
    case Refusal::kLeverageUnchanged: return {110043, "leverage not modified"};
    case Refusal::kLeverageOutOfRange:
      return {110013, "cannot set leverage gt maxLeverage by risk limit"};
    case Refusal::kLeverageNeedsMargin: return {110044, "Available margin is insufficient."};
    case Refusal::kPositionModeUnchanged: return {110025, "Position mode is not modified"};
    case Refusal::kModeHasPosition:
      return {110024, "You have an existing position, so position mode cannot be switched"};
    case Refusal::kModeHasOrders:
      return {110028, "You have an existing order, so position mode cannot be switched"};
    case Refusal::kTooManyOrders:
      return spot ? BybitError{170810,
                               "Cannot exceed maximum of 500 conditional, TP/SL and active orders."}
                  : BybitError{110020, "Not allowed to have more than 500 active orders"};
    case Refusal::kTooManyConditional:
      return spot ? BybitError{170810, "Cannot exceed maximum of 30 conditional orders."}
                  : BybitError{110009,
                               "The number of stop orders exceeds the maximum allowable "
                               "limit"};
    case Refusal::kNoPosition: return {10001, "can not set tp/sl/ts for zero position"};
    default: return {10001, "params error"};
  }
}

tl::expected<PlaceOrder, BybitError> BybitFace::order_from(const Call& call,
                                                           const Listing& listing) {
  const Params& params = call.params;
  const bool spot = listing.instrument.market == MarketType::kSpot;
  PlaceOrder order;
  order.symbol = listing.instrument.symbol;
  order.client_id = params.text("orderLinkId");
  if (!is_link_id(order.client_id))
    return bybit_error(10001, "params error: OrderLinkedID invalid");
  if (params.text("side") != "Buy" && params.text("side") != "Sell")
    return bybit_error(10001, "params error: side invalid");
  order.side = params.text("side") == "Buy" ? OrderSide::kBuy : OrderSide::kSell;
  const std::int64_t index = params.integer("positionIdx").value_or(0);
  const bool is_hedged = venue_.position(*call.account, order.symbol).is_hedged;
  if (is_hedged ? index != 1 && index != 2 : index != 0)
    return bybit_error(10001, "position idx not match position mode");
  if (is_hedged) return bybit_error(10001, "params error: no orders are simulated in hedge mode");
  order.venue_type = params.text("orderType");
  if (order.venue_type != "Market" && order.venue_type != "Limit")
    return bybit_error(10001, "params error: orderType invalid");
  order.is_limit = order.venue_type == "Limit";
  const auto quantity = params.decimal("qty");
  if (!quantity) return bybit_error(10001, "params error: Qty invalid");
  const std::string& unit = params.text("marketUnit");
  const bool by_quote = spot && !order.is_limit &&
                        (unit.empty() ? order.side == OrderSide::kBuy : unit == "quoteCoin");
  if (by_quote)
    order.quote_quantity = {*quantity};
  else
    order.quantity = {*quantity};
  if (order.is_limit) order.limit = {params.decimal("price").value_or(Decimal{})};
  const std::string& tif = params.text("timeInForce");
  if (tif == "IOC") order.time_in_force = TimeInForce::kImmediateOrCancel;
  if (tif == "FOK") order.time_in_force = TimeInForce::kFillOrKill;
  if (tif == "PostOnly") order.time_in_force = TimeInForce::kPostOnly;
  order.reduce_only = !spot && params.flag("reduceOnly");
  order.attached_stop = {params.decimal("stopLoss").value_or(Decimal{})};
  order.attached_target = {params.decimal("takeProfit").value_or(Decimal{})};
  const Price trigger{params.decimal("triggerPrice").value_or(Decimal{})};
  if (trigger.is_zero()) return order;
  order.trigger_price = trigger;
  const std::int64_t direction = params.integer("triggerDirection").value_or(0);
  if (spot) {  // by where the market stands
    const auto last = venue_.last_price(order.symbol);
    order.trigger = last && trigger > *last ? Trigger::kRises : Trigger::kFalls;
  } else if (direction == 1 || direction == 2) {
    order.trigger = direction == 1 ? Trigger::kRises : Trigger::kFalls;
  } else {
    return bybit_error(10001, "params error: TriggerDirection invalid");
  }
  return order;
}

BybitAnswer BybitFace::create(Call& call) {
  const auto listed = listing_of(call.params);
  const std::string& id = call.params.text("orderLinkId");
  if (!listed) {
    note_(id, Arrival::kRefused);
    return tl::unexpected(listed.error());
  }
  const auto order = order_from(call, **listed);
  if (!order) {
    note_(id, Arrival::kRefused);
    return tl::unexpected(order.error());
  }
  const auto made = venue_.place(*call.account, *order);
  if (!made) {
    note_(id,
          made.error() == Refusal::kDuplicateClientId ? Arrival::kDuplicate : Arrival::kRefused);
    if (made.error() == Refusal::kWouldTriggerAtOnce && order->trigger == Trigger::kRises)
      return bybit_error(110092, "expect Rising, but trigger_price <= current");
    return tl::unexpected(refused(made.error(), (*listed)->instrument.market));
  }
  note_(id, Arrival::kAccepted);
  return Json{{"orderId", id_of(**made)}, {"orderLinkId", id}};
}

tl::expected<const Order*, BybitError> BybitFace::order_of(const Call& call) {
  const auto listed = listing_of(call.params);
  if (!listed) return tl::unexpected(listed.error());
  const Order* order = call.params.text("orderId").empty()
                           ? venue_.find(*call.account, call.params.text("orderLinkId"))
                           : venue_.find(*call.account, number_of(call.params.text("orderId")));
  if (order == nullptr || order->request.symbol != (*listed)->instrument.symbol)
    return tl::unexpected(refused(Refusal::kOrderNotFound, (*listed)->instrument.market));
  return order;
}

BybitAnswer BybitFace::amend(Call& call) {
  const auto order = order_of(call);
  if (!order) return tl::unexpected(order.error());
  AmendChange change;
  change.quantity = {call.params.decimal("qty").value_or(Decimal{})};
  change.limit = {call.params.decimal("price").value_or(Decimal{})};
  change.trigger = {call.params.decimal("triggerPrice").value_or(Decimal{})};
  const auto amended = venue_.amend(*call.account, (*order)->id, change);
  const MarketType market = venue_.listing((*order)->request.symbol)->instrument.market;
  if (!amended) return tl::unexpected(refused(amended.error(), market));
  return Json{{"orderId", id_of(**amended)}, {"orderLinkId", (*amended)->request.client_id}};
}

BybitAnswer BybitFace::cancel(Call& call) {
  const auto order = order_of(call);
  if (!order) return tl::unexpected(order.error());
  const auto cancelled = venue_.cancel(*call.account, (*order)->id);
  const MarketType market = venue_.listing((*order)->request.symbol)->instrument.market;
  if (!cancelled) return tl::unexpected(refused(cancelled.error(), market));
  return Json{{"orderId", id_of(**cancelled)}, {"orderLinkId", (*cancelled)->request.client_id}};
}

bool BybitFace::is_wanted(const Order& order, const Params& params, MarketType market) const {
  const Instrument& instrument = venue_.listing(order.request.symbol)->instrument;
  if (instrument.market != market) return false;
  const std::string& symbol = params.text("symbol");
  if (!symbol.empty() && !is_called(instrument, symbol)) return false;
  const std::string& base = params.text("baseCoin");
  if (!base.empty() && base != instrument.base.value) return false;
  const std::string& filter = params.text("orderFilter");
  if (filter == "Order" && order.is_conditional()) return false;
  if ((filter == "StopOrder" || filter == "tpslOrder") && !order.is_conditional()) return false;
  const std::string& link = params.text("orderLinkId");
  if (!link.empty() && link != order.request.client_id) return false;
  const std::string& id = params.text("orderId");
  return id.empty() || number_of(id) == order.id;
}

BybitAnswer BybitFace::cancel_all(Call& call) {
  const auto market = market_of(call.params);
  if (!market) return tl::unexpected(market.error());
  const auto cancelled = venue_.cancel_all(
      *call.account, [&](const Order& order) { return is_wanted(order, call.params, *market); });
  Json rows = Json::array();
  for (const Order* order : cancelled)
    rows.push_back({{"orderId", id_of(*order)}, {"orderLinkId", order->request.client_id}});
  return Json{{"list", std::move(rows)}, {"success", "1"}};
}

std::string BybitFace::id_of(const Order& order) const {
  const Instrument& instrument = venue_.listing(order.request.symbol)->instrument;
  return instrument.market == MarketType::kSpot ? std::to_string(kSpotIds + order.id)
                                                : uuid(order.id, 0);
}

const std::string& BybitFace::row_of(const Order& order) {
  return rows_.of(order, venue_.listing(order.request.symbol)->instrument);
}

Json BybitFace::order_row(const Order& order) const {
  const PlaceOrder& request = order.request;
  const Instrument& instrument = venue_.listing(request.symbol)->instrument;
  const bool spot = instrument.market == MarketType::kSpot;
  std::string status, reject = "EC_NoError";
  switch (order.status) {
    case Status::kUntriggered: status = "Untriggered"; break;
    case Status::kNew: status = "New"; break;
    case Status::kPartiallyFilled: status = "PartiallyFilled"; break;
    case Status::kFilled: status = "Filled"; break;
    case Status::kCancelled:
    case Status::kExpired:
      status = order.is_conditional() && !order.was_triggered ? "Deactivated" : "Cancelled";
      if (spot && order.filled.is_positive()) status = "PartiallyFilledCanceled";
      if (order.status == Status::kExpired)
        reject = request.time_in_force == TimeInForce::kPostOnly ? "EC_PostOnlyWillTakeLiquidity"
                                                                 : "EC_NoImmediateQtyToFill";
      break;
  }
  Json fees = Json::object();
  Decimal fee;
  for (const auto& [asset, amount] : order.fees) {
    fees[asset.value] = to_string(amount);
    fee += amount;
  }
  const bool by_quote = request.quote_quantity.is_positive();
  const Decimal left = is_open(order.status) ? order.remaining().value : Decimal{};
  return {{"orderId", id_of(order)},
          {"orderLinkId", request.client_id},
          {"blockTradeId", ""},
          {"symbol", venue_symbol(instrument)},
          {"price", to_string(request.limit)},
          {"qty", by_quote ? to_string(request.quote_quantity) : to_string(request.quantity)},
          {"side", request.side == OrderSide::kBuy ? "Buy" : "Sell"},
          {"isLeverage", spot ? "0" : ""},
          {"positionIdx", 0},
          {"orderStatus", status},
          {"createType", create_type_of(order)},
          {"cancelType", order.status == Status::kCancelled ? "CancelByUser" : "UNKNOWN"},
          {"rejectReason", reject},
          {"avgPrice", order.filled.is_zero()
                           ? ""
                           : to_string(quotient(order.filled_value.value, order.filled.value))},
          {"leavesQty", to_string(left)},
          {"leavesValue", to_string(product(left, request.limit.value))},
          {"cumExecQty", to_string(order.filled)},
          {"cumExecValue", to_string(order.filled_value)},
          {"cumExecFee", to_string(fee)},
          {"cumFeeDetail", std::move(fees)},
          {"timeInForce", request.is_limit ? time_in_force_of(request, "PostOnly") : "IOC"},
          {"orderType", request.is_limit ? "Limit" : "Market"},
          {"stopOrderType", stop_type_of(order)},
          {"marketUnit", spot && !request.is_limit ? (by_quote ? "quoteCoin" : "baseCoin") : ""},
          {"triggerPrice", or_empty(request.trigger_price)},
          {"takeProfit", or_empty(request.attached_target)},
          {"stopLoss", or_empty(request.attached_stop)},
          {"tpslMode", request.close_position ? "Full" : ""},
          {"triggerDirection", request.trigger == Trigger::kNone    ? 0
                               : request.trigger == Trigger::kRises ? 1
                                                                    : 2},
          {"triggerBy", order.is_conditional() ? "LastPrice" : ""},
          {"lastPriceOnCreated", to_string(order.price_when_created)},
          {"reduceOnly", request.reduce_only},
          {"closeOnTrigger", request.close_position},
          {"smpType", "None"},
          {"createdTime", std::to_string(order.created_at.ms)},
          {"updatedTime", std::to_string(order.updated_at.ms)}};
}

BybitText BybitFace::realtime(const Call& call) {
  const auto market = market_of(call.params);
  if (!market) return tl::unexpected(market.error());
  const Params& params = call.params;
  const bool by_id = params.has("orderId") || params.has("orderLinkId");
  if (*market == MarketType::kLinear && !by_id && !params.has("symbol") &&
      !params.has("settleCoin") && !params.has("baseCoin"))
    return bybit_error(10001,
                       "params error: Missing some parameters that must be filled in, "
                       "symbol or settleCoin or baseCoin");
  const auto page = [&](const auto& orders) {
    return page_of(
        orders, params, kOrderPage,
        [&](const Order* order) {
          return is_wanted(*order, params, *market) &&
                 is_in_realtime(*call.account, *order, *market);
        },
        [&](const Order* order) { return row_of(*order); });
  };
  if (asks_by_id(params)) return page(named_in(call));
  return page(by_id || params.text("openOnly") == "1" ? call.account->orders : call.account->open);
}

BybitText BybitFace::history(const Call& call) {
  const auto market = market_of(call.params);
  if (!market) return tl::unexpected(market.error());
  const auto range = week_of(call.params, call.clock);
  if (!range) return tl::unexpected(range.error());
  const bool by_id = asks_by_id(call.params);
  const auto page = [&](const auto& orders) {
    return page_of(
        orders, call.params, kOrderPage,
        [&](const Order* order) {
          const Timestamp at = order->created_at;
          return is_in_history(*order, call.clock) && is_wanted(*order, call.params, *market) &&
                 (by_id || (at >= range->from && at <= range->to));
        },
        [&](const Order* order) { return row_of(*order); });
  };
  return by_id ? page(named_in(call)) : page(call.account->orders);
}

// The one order that an id or a client id names. Clients poll for it: what it costs must not grow
// with all the orders that there ever were.
std::vector<const Order*> BybitFace::named_in(const Call& call) const {
  const std::string& id = call.params.text("orderId");
  const Order* one = id.empty() ? venue_.find(*call.account, call.params.text("orderLinkId"))
                                : venue_.find(*call.account, number_of(id));
  return one == nullptr ? std::vector<const Order*>{} : std::vector{one};
}

Json BybitFace::execution_row(const Execution& execution) const {
  const Order& order = *execution.order;
  const Instrument& instrument = venue_.listing(order.request.symbol)->instrument;
  const bool spot = instrument.market == MarketType::kSpot;
  return {{"symbol", venue_symbol(instrument)},
          {"orderId", id_of(order)},
          {"orderLinkId", order.request.client_id},
          {"side", order.request.side == OrderSide::kBuy ? "Buy" : "Sell"},
          {"orderPrice", to_string(order.request.limit)},
          {"orderQty", to_string(order.request.quantity)},
          {"leavesQty", to_string(order.remaining())},
          {"createType", create_type_of(order)},
          {"orderType", order.request.is_limit ? "Limit" : "Market"},
          {"stopOrderType", stop_type_of(order)},
          {"execFee", to_string(execution.fee)},
          {"execId", spot ? std::to_string(kSpotIds + execution.id) : uuid(execution.id, 7)},
          {"execPrice", to_string(execution.price)},
          {"execQty", to_string(execution.quantity)},
          {"execType", order.request.origin == Origin::kLiquidation ? "BustTrade" : "Trade"},
          {"execValue", to_string(execution.value)},
          {"execTime", std::to_string(execution.at.ms)},
          {"feeCurrency", execution.fee_asset.value},
          {"isMaker", execution.is_maker},
          {"feeRate", to_string(execution.fee_rate)},
          {"markPrice", to_string(execution.price)},
          {"indexPrice", to_string(execution.price)},
          {"blockTradeId", ""},
          {"closedSize", ""},
          {"seq", execution.id}};
}

BybitText BybitFace::executions(const Call& call) {
  const auto market = market_of(call.params);
  if (!market) return tl::unexpected(market.error());
  const std::string& of = call.params.text("orderId");
  const Order* order = of.empty() ? nullptr : venue_.find(*call.account, number_of(of));
  const auto range = week_of(call.params, call.clock);
  if (!range) return tl::unexpected(range.error());
  std::span<const Execution> some = call.account->executions;
  if (!asks_by_id(call.params))
    some = executions_between(*call.account, range->from, range->to);
  else if (order != nullptr)
    some = executions_around(*call.account, *order);
  else if (!of.empty())
    some = {};
  return page_of(
      some, call.params, kExecutionPage,
      [&](const Execution& execution) {
        return (order == nullptr || execution.order == order) &&
               is_wanted(*execution.order, call.params, *market);
      },
      [&](const Execution& execution) { return execution_row(execution).dump(); });
}

Json BybitFace::funding_row(const FundingPayment& payment) const {
  return {{"id", std::to_string(payment.id)},
          {"symbol", venue_symbol(venue_.listing(payment.symbol)->instrument)},
          {"category", "linear"},
          {"side", payment.size.is_positive() ? "Buy" : "Sell"},
          {"transactionTime", std::to_string(payment.at.ms)},
          {"type", "SETTLEMENT"},
          {"transSubType", ""},
          {"qty", to_string(abs(payment.size))},
          {"size", to_string(payment.size)},
          {"currency", payment.asset.value},
          {"tradePrice", to_string(payment.mark)},
          {"funding", to_string(payment.amount)},
          {"fee", "0"},
          {"cashFlow", "0"},
          {"change", to_string(payment.amount)},
          {"cashBalance", to_string(payment.balance)},
          {"feeRate", to_string(payment.rate)},
          {"bonusChange", ""},
          {"tradeId", uuid(payment.id, 11)},
          {"orderId", ""},
          {"orderLinkId", ""}};
}

// Of what a real log tells, funding alone.
BybitText BybitFace::transactions(const Call& call) {
  constexpr std::int64_t kDayMs = 86'400'000;
  const Params& params = call.params;
  if (!params.text("accountType").empty() && params.text("accountType") != "UNIFIED")
    return bybit_error(10001, "params error: accountType only support UNIFIED.");
  const auto from = params.integer("startTime"), to = params.integer("endTime");
  const std::int64_t first = from.value_or(to.value_or(call.clock.ms) - kDayMs);
  const std::int64_t last = to.value_or(from ? *from + kDayMs : call.clock.ms);
  if (last < first || last - first > 7 * kDayMs)
    return bybit_error(10001, "params error: the time range is more than 7 days");
  const auto is_asked_for = [&](const char* name, std::string_view value) {
    return params.text(name).empty() || params.text(name) == value;
  };
  return page_of(
      call.account->funding, params, kLogPage,
      [&](const FundingPayment& payment) {
        const Instrument& instrument = venue_.listing(payment.symbol)->instrument;
        return payment.at.ms >= first && payment.at.ms <= last &&
               is_asked_for("category", "linear") && is_asked_for("type", "SETTLEMENT") &&
               is_asked_for("currency", payment.asset.value) &&
               is_asked_for("baseCoin", instrument.base.value);
      },
      [&](const FundingPayment& payment) { return funding_row(payment).dump(); });
}

Json BybitFace::position_row(const Account& account, const Listing& listing,
                             std::optional<PositionSide> side) {
  const Symbol& symbol = listing.instrument.symbol;
  const Position held = on_side(venue_.position(account, symbol), side);
  const auto level = [&](std::uint64_t id) {
    const Order* order = venue_.find(account, id);
    return order == nullptr ? std::string{} : to_string(order->request.trigger_price);
  };
  const auto last = venue_.last_price(symbol);
  const auto liquidation = venue_.liquidation_price(account, symbol);
  const bool flat = held.size.is_zero();
  const Decimal margin = venue_.position_margin(symbol, held);
  return {{"positionIdx", !side                          ? 0
                          : *side == PositionSide::kLong ? 1
                                                         : 2},
          {"riskId", 1},
          {"riskLimitValue", "2000000"},
          {"symbol", venue_symbol(listing.instrument)},
          {"side", flat                      ? ""
                   : held.size.is_positive() ? "Buy"
                                             : "Sell"},
          {"size", to_string(abs(held.size))},
          {"avgPrice", to_string(held.average_entry())},
          {"positionValue", flat ? "" : to_string(held.open_value)},
          {"tradeMode", held.margin_mode == MarginMode::kIsolated ? 1 : 0},
          {"positionStatus", "Normal"},
          {"autoAddMargin", 0},
          {"adlRankIndicator", flat ? 0 : 2},
          {"leverage", to_string(held.leverage)},
          {"positionBalance", "0"},
          {"markPrice", last ? to_string(*last) : ""},
          {"liqPrice", liquidation && !flat ? to_string(*liquidation) : ""},
          {"bustPrice", ""},
          {"positionMM", to_string(product(margin, Decimal::literal("0.05")))},
          {"positionIM", to_string(margin)},
          {"tpslMode", "Full"},
          {"takeProfit", level(held.target_order)},
          {"stopLoss", level(held.stop_order)},
          {"trailingStop", "0"},
          {"unrealisedPnl", flat ? "" : to_string(venue_.unrealised(symbol, held))},
          {"curRealisedPnl", to_string(held.realised)},
          {"cumRealisedPnl", to_string(held.realised)},
          {"isReduceOnly", false},
          {"seq", held.updated_at.ms},
          {"createdTime", std::to_string(held.created_at.ms)},
          {"updatedTime", std::to_string(held.updated_at.ms)}};
}

BybitAnswer BybitFace::positions(const Call& call) {
  const Params& params = call.params;
  if (params.text("category") != "linear")
    return bybit_error(10001, "params error: Category is invalid");
  if (!params.has("symbol") && !params.has("settleCoin"))
    return bybit_error(10001,
                       "params error: Missing some parameters that must be filled in, symbol or "
                       "settleCoin");
  Json rows = Json::array();
  if (params.has("symbol")) {
    const auto listed = listing_of(params);
    if (!listed) return tl::unexpected(listed.error());
    for (const auto side : told_sides(venue_.position(*call.account, (*listed)->instrument.symbol)))
      rows.push_back(position_row(*call.account, **listed, side));
  } else {
    for (const auto& [symbol, held] : call.account->positions)
      for (const auto side : told_sides(held))
        if (!on_side(held, side).size.is_zero())
          rows.push_back(position_row(*call.account, *venue_.listing(symbol), side));
  }
  return Json{{"category", "linear"}, {"nextPageCursor", ""}, {"list", std::move(rows)}};
}

BybitAnswer BybitFace::set_leverage(Call& call) {
  const auto listed = listing_of(call.params);
  if (!listed) return tl::unexpected(listed.error());
  const auto buy = call.params.decimal("buyLeverage"), sell = call.params.decimal("sellLeverage");
  if (!buy || !sell || *buy != *sell)
    return bybit_error(10001, "params error: leverage invalid, buy and sell must be equal");
  const auto set = venue_.set_leverage(*call.account, (*listed)->instrument.symbol, *buy);
  if (!set) return tl::unexpected(refused(set.error(), (*listed)->instrument.market));
  return Json::object();
}

// Of the whole account; the same mode again is a success.
BybitAnswer BybitFace::set_margin_mode(Call& call) {
  const std::string& wanted = call.params.text("setMarginMode");
  if (wanted != "ISOLATED_MARGIN" && wanted != "REGULAR_MARGIN")
    return bybit_error(10001, "params error: setMarginMode invalid");
  const MarginMode mode = wanted == "ISOLATED_MARGIN" ? MarginMode::kIsolated : MarginMode::kCross;
  for (const Listing& listing : venue_.listings())
    if (listing.instrument.market == MarketType::kLinear)
      (void)venue_.set_margin_mode(*call.account, listing.instrument.symbol, mode);
  return Json{{"reasons", Json::array()}};
}

// Of one symbol, or of all that are settled in a coin; those of them in which something is open
// stay as they are.
BybitAnswer BybitFace::switch_mode(Call& call) {
  const std::int64_t mode = call.params.integer("mode").value_or(-1);
  if (mode != 0 && mode != 3) return bybit_error(10001, "params error: mode invalid");
  if (!call.params.text("symbol").empty()) {
    const auto listed = listing_of(call.params);
    if (!listed) return tl::unexpected(listed.error());
    const auto set = venue_.set_hedged(*call.account, (*listed)->instrument.symbol, mode == 3);
    if (!set) return tl::unexpected(refused(set.error(), (*listed)->instrument.market));
    return Json::object();
  }
  if (call.params.text("coin") != "USDT")
    return bybit_error(10001, "params error: symbol and coin cannot both be empty");
  bool is_any_set = false;
  for (const Listing& listing : venue_.listings())
    is_any_set |=
        venue_.set_hedged(*call.account, listing.instrument.symbol, mode == 3).has_value();
  if (!is_any_set) return bybit_error(110025, "Position mode is not modified");
  return Json::object();
}

BybitAnswer BybitFace::trading_stop(Call& call) {
  const auto listed = listing_of(call.params);
  if (!listed) return tl::unexpected(listed.error());
  const auto level = [&](const char* name) -> std::optional<Price> {
    const auto given = call.params.decimal(name);
    return given ? std::optional<Price>(Price{*given}) : std::nullopt;
  };
  const auto set = venue_.set_levels(*call.account, (*listed)->instrument.symbol, level("stopLoss"),
                                     level("takeProfit"));
  if (!set) return tl::unexpected(refused(set.error(), (*listed)->instrument.market));
  return Json::object();
}

}  // namespace botbox::exchange::sim
