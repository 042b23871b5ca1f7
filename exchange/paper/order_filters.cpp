#include "exchange/paper/order_filters.hpp"

namespace botbox::exchange {
namespace {

// Nothing real comes near it, and every later product stays far from overflow.
const Notional kLargestOrder{Decimal::from_int(1'000'000'000'000'000'000)};

tl::unexpected<Error> reject(std::string message, const OrderRequest& order) {
  return fail(ErrorCode::kRejected, std::move(message), order.client_id.value);
}

Result<void> check_price(std::string_view name, Price price, const Instrument& instrument,
                         const OrderRequest& order) {
  if (!price.is_positive())
    return reject(fmt::format("FILTER_PRICE: {} {} must be above zero", name, to_string(price)),
                  order);
  if (!is_multiple_of(price.value, instrument.tick.value))
    return reject(fmt::format("FILTER_TICK: {} {} is not a multiple of {}", name, to_string(price),
                              to_string(instrument.tick)),
                  order);
  return {};
}

Result<void> check_quantity(const Instrument& instrument, const OrderRequest& order,
                            ClosesGroup closes) {
  const Quantity quantity = order.quantity;
  if (!quantity.is_positive())
    return reject(fmt::format("FILTER_QUANTITY: {} must be above zero", to_string(quantity)),
                  order);
  if (!is_multiple_of(quantity.value, instrument.lot.value))
    return reject(fmt::format("FILTER_LOT: quantity {} is not a multiple of {}",
                              to_string(quantity), to_string(instrument.lot)),
                  order);
  if (closes == ClosesGroup::kNo && quantity < instrument.min_quantity)
    return reject(fmt::format("FILTER_MIN_QUANTITY: {} is below {}", to_string(quantity),
                              to_string(instrument.min_quantity)),
                  order);
  if (instrument.max_quantity.is_positive() && quantity > instrument.max_quantity)
    return reject(fmt::format("FILTER_MAX_QUANTITY: {} is above {}", to_string(quantity),
                              to_string(instrument.max_quantity)),
                  order);
  return {};
}

}  // namespace

Result<void> check_filters(const Instrument& instrument, const OrderRequest& order, Price reference,
                           ClosesGroup closes) {
  BOTBOX_TRY(check_quantity(instrument, order, closes));
  Price price = reference;
  if (order.type == OrderType::kLimit) {
    BOTBOX_TRY(check_price("limit", order.limit, instrument, order));
    price = order.limit;
  } else if (order.type != OrderType::kMarket) {
    BOTBOX_TRY(check_price("trigger", order.trigger, instrument, order));
    price = order.trigger;
  }
  if (order.stop_loss)
    BOTBOX_TRY(check_price("stop loss", order.stop_loss->trigger, instrument, order));
  if (order.take_profit)
    BOTBOX_TRY(check_price("take profit", order.take_profit->trigger, instrument, order));
  const Result<Notional> value = notional(price, order.quantity, Rounding::kDown);
  if (!value || *value > kLargestOrder) return reject("FILTER_NOTIONAL: order is too large", order);
  if (closes == ClosesGroup::kNo && *value < instrument.min_notional)
    return reject(fmt::format("FILTER_NOTIONAL: {} is below {}", to_string(*value),
                              to_string(instrument.min_notional)),
                  order);
  return {};
}

}  // namespace botbox::exchange
