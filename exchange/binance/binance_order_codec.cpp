// Orders and executions; the rest of Binance's replies is read in binance_codec.cpp.
#include <algorithm>
#include <array>

#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_symbols.hpp"
#include "exchange/binance/json_fields.hpp"

namespace botbox::exchange::binance_codec {
namespace {

struct NamedType {
  std::string_view name;
  OrderType type;
};
// Conditional orders with a limit of their own are conditional first. Trailing stops can only have
// been placed by others.
constexpr std::array kTypes{NamedType{"MARKET", OrderType::kMarket},
                            NamedType{"LIMIT", OrderType::kLimit},
                            NamedType{"LIMIT_MAKER", OrderType::kLimit},
                            NamedType{"STOP_LOSS", OrderType::kStopMarket},
                            NamedType{"STOP_LOSS_LIMIT", OrderType::kStopMarket},
                            NamedType{"STOP", OrderType::kStopMarket},
                            NamedType{"STOP_MARKET", OrderType::kStopMarket},
                            NamedType{"TRAILING_STOP_MARKET", OrderType::kStopMarket},
                            NamedType{"TAKE_PROFIT", OrderType::kTakeProfitMarket},
                            NamedType{"TAKE_PROFIT_LIMIT", OrderType::kTakeProfitMarket},
                            NamedType{"TAKE_PROFIT_MARKET", OrderType::kTakeProfitMarket}};

struct NamedStatus {
  std::string_view name;
  OrderStatus status;
};
constexpr std::array kStatuses{NamedStatus{"NEW", OrderStatus::kNew},
                               NamedStatus{"PENDING_NEW", OrderStatus::kNew},
                               NamedStatus{"PENDING_CANCEL", OrderStatus::kNew},
                               NamedStatus{"NEW_INSURANCE", OrderStatus::kNew},
                               NamedStatus{"NEW_ADL", OrderStatus::kNew},
                               NamedStatus{"PARTIALLY_FILLED", OrderStatus::kPartiallyFilled},
                               NamedStatus{"FILLED", OrderStatus::kFilled},
                               NamedStatus{"CANCELED", OrderStatus::kCancelled},
                               NamedStatus{"EXPIRED", OrderStatus::kCancelled},
                               NamedStatus{"EXPIRED_IN_MATCH", OrderStatus::kCancelled},
                               NamedStatus{"REJECTED", OrderStatus::kRejected}};

// A type that is not known was placed by somebody else and rests in the book: it must not make all
// other open orders unreadable.
OrderType type_named(std::string_view name) {
  const auto found = std::ranges::find(kTypes, name, &NamedType::name);
  return found == kTypes.end() ? OrderType::kLimit : found->type;
}

OrderStatus status_named(JsonFields& f, std::string_view name) {
  const auto found = std::ranges::find(kStatuses, name, &NamedStatus::name);
  if (found != kStatuses.end()) return found->status;
  f.broken("status", fmt::format("has no value '{}'", name));
  return OrderStatus::kNew;
}

OrderSide side_named(JsonFields& f, std::string_view name) {
  if (name == "BUY") return OrderSide::kBuy;
  if (name != "SELL") f.broken("side", fmt::format("has no value '{}'", name));
  return OrderSide::kSell;
}

// The venue's words for an end that nobody asked for.
std::string words_for(const std::string& status, const std::string& reason) {
  if (status.starts_with("EXPIRED") || status == "REJECTED")
    return reason.empty() ? status : fmt::format("{}: {}", status, reason);
  return {};
}

VenueOrder order_from(JsonFields& f, MarketType market) {
  VenueOrder order;
  order.symbol = guess_symbol(f.text("symbol"), market);
  order.order_id.value = f.text("orderId");
  // A cancellation has a client id of its own, and the order's stands as origClientOrderId.
  const std::string now = f.text_or("clientOrderId", "");
  order.client_id.value = f.text_or("origClientOrderId", now);
  order.side = side_named(f, f.text("side"));
  // USD-M: a conditional order that triggered has another type than it was placed with.
  const std::string type = f.text("type");
  order.type = type_named(f.text_or("origType", type));
  const std::string status = f.text("status");
  order.status = status_named(f, status);
  order.message = words_for(status, f.text_or("expiryReason", ""));
  const auto quantity = f.find("origQty");
  order.quantity.value = quantity ? f.to_decimal("origQty", *quantity) : f.decimal("qty");
  order.filled.value = f.decimal("executedQty");
  // Three spellings of one thing: spot, amended spot, USD-M. Negative: spot does not know any more.
  Decimal value = f.computed("cummulativeQuoteQty");
  value += f.computed("cumulativeQuoteQty");
  value += f.computed("cumQuote");
  order.filled_value.value = std::max(value, Decimal{});
  order.limit.value = f.decimal_or("price", {});
  order.trigger.value = f.decimal_or("stopPrice", {});
  if (market == MarketType::kLinear) {
    const bool reduces = f.flag_or("reduceOnly", false);
    const bool closes = f.flag_or("closePosition", false);
    if (reduces || closes) order.effect = OrderEffect::kReduceOnly;
  }
  const std::int64_t transacted = f.integer_or("transactTime", 0);
  order.updated_at.ms = f.integer_or("updateTime", transacted);
  order.created_at.ms = f.integer_or("time", order.updated_at.ms);
  if (order.updated_at.is_never()) order.updated_at = order.created_at;
  return order;
}

// FINISHED says that the order that it became is final, not how; and not every reply says how much
// was filled. Then it counts as filled, and its executions tell the amount.
OrderStatus finished_as(const VenueOrder& order, bool became_order) {
  if (order.filled.is_positive())
    return order.filled < order.quantity ? OrderStatus::kCancelled : OrderStatus::kFilled;
  return became_order ? OrderStatus::kFilled : OrderStatus::kCancelled;
}

struct AlgoState {
  std::string status;
  bool became_order = false;
};

void set_status(JsonFields& f, const AlgoState& state, VenueOrder& order) {
  const std::string& status = state.status;
  if (status == "NEW" || status == "WORKING" || status == "TRIGGERING" || status == "TRIGGERED")
    order.status = order.filled.is_positive() ? OrderStatus::kPartiallyFilled : OrderStatus::kNew;
  else if (status == "FINISHED")
    order.status = finished_as(order, state.became_order);
  else
    order.status = status_named(f, status);
  order.message = words_for(status, "");
}

VenueOrder algo_order_from(JsonFields& f) {
  VenueOrder order;
  order.symbol = guess_symbol(f.text("symbol"), MarketType::kLinear);
  order.client_id.value = f.text("clientAlgoId");
  const std::string algo_id = f.text("algoId");
  const std::string became = f.text_or("actualOrderId", "");
  const bool became_order = !became.empty() && became != "0";
  order.order_id.value = became_order ? became : std::string(kAlgoIdPrefix) + algo_id;
  order.side = side_named(f, f.text("side"));
  order.type = type_named(f.text("orderType"));
  order.quantity.value = f.computed("quantity");  // absent for close-all orders
  order.filled.value = f.computed("actualQty");
  const Decimal average = f.computed("actualPrice");
  if (order.filled.is_positive()) {
    const Result<Decimal> value = multiply(average, order.filled.value, Rounding::kHalfEven);
    order.filled_value.value = value.value_or(Decimal{});
  }
  order.limit.value = f.computed("price");
  order.trigger.value = f.computed("triggerPrice");
  const bool reduces = f.flag_or("reduceOnly", false);
  const bool closes = f.flag_or("closePosition", false);
  if (reduces || closes) order.effect = OrderEffect::kReduceOnly;
  order.created_at.ms = f.integer_or("createTime", 0);
  order.updated_at.ms = f.integer_or("updateTime", order.created_at.ms);
  set_status(f, {f.text("algoStatus"), became_order}, order);
  return order;
}

VenueExecution execution_from(JsonFields& f, MarketType market) {
  VenueExecution execution;
  execution.symbol = guess_symbol(f.text("symbol"), market);
  execution.id.value = f.text("id");
  execution.order_id.value = f.text("orderId");
  execution.price.value = f.decimal("price");
  execution.quantity.value = f.decimal("qty");
  execution.fee = f.decimal("commission");
  execution.fee_asset.value = f.text("commissionAsset");
  execution.at.ms = f.integer("time");
  const bool spot = market == MarketType::kSpot;
  const auto buyer = f.find(spot ? "isBuyer" : "buyer");
  if (!buyer) f.broken("buyer", "is missing");
  execution.side = buyer == "true" ? OrderSide::kBuy : OrderSide::kSell;
  execution.is_maker = f.flag_or(spot ? "isMaker" : "maker", false);
  return execution;
}

}  // namespace

Result<VenueOrder> parse_order(std::string_view json, MarketType market) {
  return read_object<VenueOrder>(json, [market](JsonFields& f) -> Result<VenueOrder> {
    std::optional<JsonFields> amended;
    if (!f.enter("amendedOrder", amended)) return order_from(f, market);
    VenueOrder order = order_from(*amended, market);
    if (amended->error()) return tl::unexpected<Error>(*amended->error());
    order.updated_at.ms = f.integer_or("transactTime", 0);
    return order;
  });
}

Result<std::vector<VenueOrder>> parse_orders(std::string_view json, MarketType market) {
  return read_list<VenueOrder>(json, [market](JsonFields& f, std::vector<VenueOrder>& out) {
    out.push_back(order_from(f, market));
  });
}

Result<std::vector<VenueOrder>> parse_order_reports(std::string_view json) {
  using Orders = std::vector<VenueOrder>;
  return read_object<Orders>(json, [](JsonFields& f) -> Result<Orders> {
    Orders out;
    std::optional<Error> error;
    const bool listed = f.each("orderReports", [&](JsonFields& report) {
      out.push_back(order_from(report, MarketType::kSpot));
      if (report.error() && !error) error = report.error();
    });
    if (error) return tl::unexpected<Error>(*error);
    if (!listed) out.push_back(order_from(f, MarketType::kSpot));
    if (out.empty()) f.broken("orderReports", "is empty");
    return out;
  });
}

Result<std::vector<VenueExecution>> parse_executions(std::string_view json, MarketType market) {
  auto executions =
      read_list<VenueExecution>(json, [market](JsonFields& f, std::vector<VenueExecution>& out) {
        out.push_back(execution_from(f, market));
      });
  if (executions) std::ranges::stable_sort(*executions, {}, &VenueExecution::at);
  return executions;
}

Result<VenueOrder> parse_algo_order(std::string_view json) {
  return read_object<VenueOrder>(
      json, [](JsonFields& f) -> Result<VenueOrder> { return algo_order_from(f); });
}

Result<std::vector<VenueOrder>> parse_algo_orders(std::string_view json) {
  return read_list<VenueOrder>(
      json, [](JsonFields& f, std::vector<VenueOrder>& out) { out.push_back(algo_order_from(f)); });
}

Result<VenueOrder> parse_algo_cancelled(std::string_view json) {
  return read_object<VenueOrder>(json, [](JsonFields& f) -> Result<VenueOrder> {
    VenueOrder order;
    order.client_id.value = f.text("clientAlgoId");
    order.order_id.value = std::string(kAlgoIdPrefix) + f.text("algoId");
    order.status = OrderStatus::kCancelled;
    return order;
  });
}

}  // namespace botbox::exchange::binance_codec
