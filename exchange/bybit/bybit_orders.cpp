// Reading orders: what kind an order is follows from several fields that are often empty.
#include <array>

#include "exchange/bybit/bybit_codec.hpp"
#include "exchange/bybit/bybit_fields.hpp"

namespace botbox::exchange::bybit {
namespace {

struct StatusName {
  std::string_view name;
  OrderStatus status;
};
constexpr std::array kStatuses{
    StatusName{"Created", OrderStatus::kNew},
    StatusName{"New", OrderStatus::kNew},
    StatusName{"Active", OrderStatus::kNew},
    StatusName{"Untriggered", OrderStatus::kNew},
    // For an instant between Untriggered and New.
    StatusName{"Triggered", OrderStatus::kNew},
    StatusName{"PartiallyFilled", OrderStatus::kPartiallyFilled},
    StatusName{"Filled", OrderStatus::kFilled},
    StatusName{"Cancelled", OrderStatus::kCancelled},
    StatusName{"PartiallyFilledCanceled", OrderStatus::kCancelled},
    StatusName{"Deactivated", OrderStatus::kCancelled},
    StatusName{"Rejected", OrderStatus::kRejected},
};

Result<OrderStatus> status_from(Element row) {
  const std::string_view name = text_or_empty(row, "orderStatus");
  for (const StatusName& entry : kStatuses)
    if (entry.name == name) return entry.status;
  return bad_field("orderStatus", fmt::format("has no value '{}'", name));
}

// Whether the price must rise to reach the trigger: as told, else from the price at creation.
// Neither told: a stop, the kind whose loss would hurt.
bool is_stop(Element row, OrderSide side, Price trigger) {
  const std::string_view kind = text_or_empty(row, "stopOrderType");
  if (kind == "TakeProfit" || kind == "PartialTakeProfit") return false;
  if (kind == "StopLoss" || kind == "PartialStopLoss" || kind == "TrailingStop") return true;
  const bool buys = side == OrderSide::kBuy;
  const Result<std::int64_t> direction = integer(row, "triggerDirection");
  if (direction && (*direction == 1 || *direction == 2)) return (*direction == 1) == buys;
  const Result<Decimal> then = computed(row, "lastPriceOnCreated");
  if (then && then->is_positive()) return (trigger.value > *then) == buys;
  return true;
}

std::string words_of(Element row, OrderStatus status) {
  const std::string_view rejected = text_or_empty(row, "rejectReason");
  if (!rejected.empty() && rejected != "EC_NoError") return std::string(rejected);
  const std::string_view cancelled = text_or_empty(row, "cancelType");
  if (status == OrderStatus::kCancelled && cancelled != "UNKNOWN") return std::string(cancelled);
  return {};
}

Result<VenueOrder> order_from(MarketType market, Element row) {
  VenueOrder o;
  BOTBOX_ASSIGN(o.order_id.value, text(row, "orderId"));
  o.client_id.value = text_or_empty(row, "orderLinkId");
  BOTBOX_ASSIGN(const std::string name, text(row, "symbol"));
  o.symbol = unified_symbol(market, name);
  const std::string_view side = text_or_empty(row, "side");
  if (side != "Buy" && side != "Sell") return bad_field("side", "is neither Buy nor Sell");
  o.side = side == "Buy" ? OrderSide::kBuy : OrderSide::kSell;
  BOTBOX_ASSIGN(o.status, status_from(row));
  BOTBOX_ASSIGN(o.quantity.value, exact(row, "qty"));
  BOTBOX_ASSIGN(o.filled.value, exact_or_zero(row, "cumExecQty"));
  BOTBOX_ASSIGN(o.filled_value.value, computed(row, "cumExecValue"));
  BOTBOX_ASSIGN(o.trigger.value, exact_or_zero(row, "triggerPrice"));
  const std::string_view type = text_or_empty(row, "orderType");
  if (type == "Limit") {
    o.type = OrderType::kLimit;
    BOTBOX_ASSIGN(o.limit.value, exact_or_zero(row, "price"));
  } else if (type != "Market") {
    // The price of a market order is the venue's own bound against slippage.
    return bad_field("orderType", fmt::format("has no value '{}'", type));
  }
  if (!o.trigger.is_zero())
    o.type =
        is_stop(row, o.side, o.trigger) ? OrderType::kStopMarket : OrderType::kTakeProfitMarket;
  // Placed by hand for an amount of money: how much it buys is known by what it has bought.
  if (text_or_empty(row, "marketUnit") == "quoteCoin") o.quantity = o.filled;
  if (flag(row, "reduceOnly")) o.effect = OrderEffect::kReduceOnly;
  o.message = words_of(row, o.status);
  o.created_at = time_or_never(row, "createdTime");
  o.updated_at = time_or_never(row, "updatedTime");
  if (o.updated_at.is_never()) o.updated_at = o.created_at;
  return o;
}

}  // namespace

Result<Page<VenueOrder>> parse_orders(MarketType market, std::string_view body) {
  return with_result(body, [&](Element, Element result) -> Result<Page<VenueOrder>> {
    Page<VenueOrder> page;
    BOTBOX_ASSIGN(const std::vector<Element> list, rows(result, "list"));
    page.rows = list.size();
    page.next_cursor = text_or_empty(result, "nextPageCursor");
    for (const Element row : list) {
      BOTBOX_ASSIGN(VenueOrder order, order_from(market, row));
      page.items.push_back(std::move(order));
    }
    return page;
  });
}

}  // namespace botbox::exchange::bybit
