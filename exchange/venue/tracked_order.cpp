#include "exchange/venue/tracked_order.hpp"

#include <algorithm>
#include <utility>

namespace botbox::exchange {

bool merge_executions(TrackedOrder& order, const std::vector<VenueExecution>& executions) {
  bool is_new = false;
  for (const VenueExecution& execution : executions) {
    const auto known = std::ranges::find(order.executions, execution.id, &VenueExecution::id);
    if (known != order.executions.end()) {
      order.on_record.erase(execution.id);
      *known = execution;
      continue;
    }
    is_new = true;
    const auto after = std::upper_bound(
        order.executions.begin() + static_cast<std::ptrdiff_t>(order.told), order.executions.end(),
        execution, [](const VenueExecution& a, const VenueExecution& b) { return a.at < b.at; });
    order.executions.insert(after, execution);
  }
  return is_new;
}

void recall_executions(TrackedOrder& order, std::vector<VenueExecution> booked) {
  for (const VenueExecution& execution : booked) order.on_record.insert(execution.id);
  order.told = booked.size();
  merge_executions(order, std::exchange(order.executions, std::move(booked)));
}

// Records of earlier releases tell every fee by its worth in quote currency.
bool tells_otherwise(const VenueExecution& known, const VenueExecution& told,
                     const Instrument& instrument) {
  if (known.price != told.price || known.quantity != told.quantity) return true;
  const bool is_same_fee = known.fee_asset == told.fee_asset && known.fee == told.fee;
  const std::optional<Notional> before = fee_in_quote(known, instrument);
  return !is_same_fee && (!before || before != fee_in_quote(told, instrument));
}

VenueExecution execution_of(const Fill& fill, const Instrument& instrument) {
  const bool is_in_quote = fill.fee_coin.empty();
  return {.id = fill.id,
          .client_id = fill.client_id,
          .order_id = fill.order_id,
          .symbol = fill.symbol,
          .side = fill.side,
          .price = fill.price,
          .quantity = fill.quantity,
          .fee = is_in_quote ? fill.fee.value : fill.fee_in_coin,
          .fee_asset = is_in_quote ? instrument.quote : fill.fee_coin,
          .at = fill.at};
}

Quantity executed(const TrackedOrder& order, const OrderId& incarnation) {
  Quantity sum;
  for (const VenueExecution& execution : order.executions)
    if (incarnation.empty() || execution.order_id == incarnation) sum += execution.quantity;
  return sum;
}

void rely_on_records(TrackedOrder& order, const OrderId& incarnation) {
  for (const VenueExecution& execution : order.executions)
    if (execution.order_id == incarnation) order.on_record.erase(execution.id);
}

Quantity told_by_venue(const TrackedOrder& order, const OrderId& incarnation) {
  Quantity sum;
  for (const VenueExecution& execution : order.executions)
    if ((incarnation.empty() || execution.order_id == incarnation) &&
        !order.on_record.contains(execution.id))
      sum += execution.quantity;
  return sum;
}

bool lacks_executions(const TrackedOrder& order, const VenueOrder& incarnation) {
  return std::max(order.recorded, executed(order, incarnation.order_id)) < incarnation.filled;
}

void note_shortage(TrackedOrder& order, const VenueOrder& word) {
  if (lacks_executions(order, word))
    order.short_of.insert_or_assign(word.order_id, word);
  else
    order.short_of.erase(word.order_id);
}

Quantity fees_in_base(const TrackedOrder& order, const Instrument& instrument) {
  Quantity sum;
  for (const VenueExecution& execution : order.executions)
    if (execution.fee_asset == instrument.base) sum += Quantity{execution.fee};
  return sum;
}

std::optional<Notional> fee_in_quote(const VenueExecution& execution,
                                     const Instrument& instrument) {
  if (execution.fee.is_zero() || execution.fee_asset == instrument.quote)
    return Notional{execution.fee};
  if (execution.fee_asset != instrument.base) return std::nullopt;
  const auto value = notional(execution.price, Quantity{execution.fee}, Rounding::kHalfEven);
  return value ? std::optional(*value) : std::nullopt;
}

OrderReport report_of(const TrackedOrder& order, const Instrument& instrument) {
  OrderReport report;
  report.client_id = order.id;
  report.order_id = order.latest.order_id;
  report.symbol = order.latest.symbol;
  report.quantity = order.latest.quantity.is_zero() ? order.asked : order.latest.quantity;
  report.message = order.latest.message;
  report.updated_at = order.latest.updated_at;
  for (const VenueExecution& execution : order.executions) {
    if (order.unfunded.contains(execution.id)) break;
    Fill fill;
    fill.id = execution.id;
    fill.client_id = order.id;
    fill.order_id = execution.order_id;
    fill.symbol = execution.symbol;
    fill.side = execution.side;
    fill.price = execution.price;
    fill.quantity = execution.quantity;
    fill.fee = fee_in_quote(execution, instrument).value_or(Notional{});
    if (!execution.fee.is_zero() && execution.fee_asset != instrument.quote) {
      fill.fee_coin = execution.fee_asset;
      fill.fee_in_coin = execution.fee;
    }
    fill.at = execution.at;
    if (const auto told = order.funding.find(execution.id); told != order.funding.end())
      fill.funding = told->second;
    report.filled += fill.quantity;
    report.fills.push_back(std::move(fill));
    report.updated_at = std::max(report.updated_at, execution.at);
  }
  report.filled = std::max(report.filled, order.recorded);
  report.status = order.latest.status;
  const bool is_complete = order.unfunded.empty() && !lacks_executions(order);
  if (!is_complete && is_final(report.status))
    report.status = report.filled.is_zero() ? OrderStatus::kNew : OrderStatus::kPartiallyFilled;
  return report;
}

}  // namespace botbox::exchange
