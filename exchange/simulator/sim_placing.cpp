// SimulatedVenue: what is taken and what is refused.
#include <algorithm>

#include "exchange/simulator/sim_arithmetic.hpp"
#include "exchange/simulator/simulated_venue.hpp"

namespace botbox::exchange::sim {
namespace {

// Nothing real comes near it, and every later product stays far from overflow.
const Decimal kLargestOrder = Decimal::from_int(1'000'000'000'000'000);

Outcome<void> refuse(Refusal refusal) { return tl::unexpected(refusal); }

bool is_on_grid(Price price, const Instrument& instrument) {
  return is_multiple_of(price.value, instrument.tick.value);
}

// Instead of being done, in whole or in part, or ended at once.
bool may_rest(const PlaceOrder& request) {
  return request.is_limit && (request.time_in_force == TimeInForce::kGoodTillCancelled ||
                              request.time_in_force == TimeInForce::kPostOnly);
}

// How much of the order goes against what is held; only that can reduce.
Decimal reducible(const Position& held, OrderSide side) {
  const bool against = held.size.is_positive() == (side == OrderSide::kSell);
  return held.size.is_zero() || !against ? Decimal{} : abs(held.size);
}

}  // namespace

Outcome<void> SimulatedVenue::check(Account& account, PlaceOrder& request, bool with_funds) {
  const Listing* listed = listing(request.symbol);
  if (listed == nullptr) return refuse(Refusal::kUnknownSymbol);
  if (!listed->is_trading) return refuse(Refusal::kNotTrading);
  if (!request.client_id.empty()) {
    const Order* twin = find(account, request.client_id);
    if (twin != nullptr &&
        (rules_.client_ids == ClientIds::kUniqueForEver || is_open(twin->status)))
      return refuse(Refusal::kDuplicateClientId);
  }
  const Market& market = refreshed(request.symbol);
  if (!market.has_price) return refuse(Refusal::kNoMarket);
  const Price last = market.last;
  Price reference = request.side == OrderSide::kBuy ? ask_of(*listed, last) : last;
  if (request.is_limit)
    reference = request.limit;
  else if (request.trigger != Trigger::kNone)
    reference = request.trigger_price;
  if (request.quote_quantity.is_positive()) {
    if (request.quote_quantity.value > kLargestOrder) return refuse(Refusal::kQuantityTooLarge);
    request.quantity = {round_to_step(quotient(request.quote_quantity.value, reference.value),
                                      listed->instrument.lot.value, Rounding::kDown)};
  }
  if (auto ok = check_trigger(*listed, request, last); !ok) return ok;
  const Position held = position(account, request.symbol);
  const Decimal reduces = reducible(held, request.side);
  if (request.close_position) return {};
  if (auto ok = check_filters(*listed, request, reference); !ok) return ok;
  if (request.reduce_only && request.trigger == Trigger::kNone) {
    if (!reduces.is_positive()) return refuse(Refusal::kReduceOnly);
    request.quantity = std::min(request.quantity, Quantity{reduces});
  }
  if (request.time_in_force == TimeInForce::kPostOnly && !rules_.post_only_is_stored &&
      would_cross(*listed, request, last))
    return refuse(Refusal::kPostOnlyWouldCross);
  return with_funds ? check_funds(account, *listed, request, reference) : Outcome<void>{};
}

Outcome<void> SimulatedVenue::check_filters(const Listing& listing, const PlaceOrder& request,
                                            Price reference) {
  const Instrument& instrument = listing.instrument;
  if (request.is_limit) {
    if (!request.limit.is_positive()) return refuse(Refusal::kPriceNotPositive);
    if (!is_on_grid(request.limit, instrument)) return refuse(Refusal::kPriceOffTick);
  }
  if (!request.quantity.is_positive()) return refuse(Refusal::kQuantityNotPositive);
  if (!is_multiple_of(request.quantity.value, instrument.lot.value))
    return refuse(Refusal::kQuantityOffLot);
  if (request.quantity < instrument.min_quantity) return refuse(Refusal::kQuantityTooSmall);
  if (instrument.max_quantity.is_positive() && request.quantity > instrument.max_quantity)
    return refuse(Refusal::kQuantityTooLarge);
  const auto value = notional(reference, request.quantity, Rounding::kHalfEven);
  if (!value || value->value > kLargestOrder) return refuse(Refusal::kQuantityTooLarge);
  if (!request.reduce_only && *value < instrument.min_notional)
    return refuse(Refusal::kNotionalTooSmall);
  const bool buys = request.side == OrderSide::kBuy;
  for (const auto& [level, must_be_above] :
       {std::pair{request.attached_stop, !buys}, std::pair{request.attached_target, buys}}) {
    if (level.is_zero()) continue;
    if (!level.is_positive() || !is_on_grid(level, instrument))
      return refuse(Refusal::kTriggerOffTick);
    if (must_be_above ? level <= reference : level >= reference)
      return refuse(Refusal::kListPrices);
  }
  return {};
}

Outcome<void> SimulatedVenue::check_trigger(const Listing& listing, const PlaceOrder& request,
                                            Price last) {
  if (request.trigger == Trigger::kNone) return {};
  if (!request.trigger_price.is_positive() ||
      !is_on_grid(request.trigger_price, listing.instrument))
    return refuse(Refusal::kTriggerOffTick);
  const bool there = request.trigger == Trigger::kRises ? last >= request.trigger_price
                                                        : last <= request.trigger_price;
  return there ? refuse(Refusal::kWouldTriggerAtOnce) : Outcome<void>{};
}

Outcome<void> SimulatedVenue::check_funds(Account& account, const Listing& listing,
                                          const PlaceOrder& request, Price reference) {
  const Instrument& instrument = listing.instrument;
  const Decimal value = product(reference.value, request.quantity.value);
  if (instrument.market == MarketType::kSpot) {
    if (request.trigger != Trigger::kNone && !rules_.conditional_orders_lock) return {};
    const bool buys = request.side == OrderSide::kBuy;
    const Decimal needed = buys ? value : request.quantity.value;
    const Purse& purse = account.purses[buys ? instrument.quote : instrument.base];
    return needed > purse.free() ? refuse(Refusal::kInsufficientBalance) : Outcome<void>{};
  }
  if (request.reduce_only || request.trigger != Trigger::kNone) return {};
  const Position held = position(account, request.symbol);
  const Decimal enlarges =
      request.quantity.value - std::min(request.quantity.value, reducible(held, request.side));
  const Decimal worth = product(enlarges, reference.value);
  const Decimal needed = quotient(worth, held.leverage) + product(worth, rules_.linear_fees.taker);
  return needed > std::max(Decimal{}, available_margin(account, instrument.quote))
             ? refuse(Refusal::kInsufficientBalance)
             : Outcome<void>{};
}

// `wanted` are of one symbol.
Outcome<void> SimulatedVenue::check_caps(const Account& account,
                                         std::initializer_list<const PlaceOrder*> wanted) const {
  const Symbol& symbol = (*wanted.begin())->symbol;
  const MarketType market = listing(symbol)->instrument.market;
  const OrderCaps& caps = market == MarketType::kSpot ? rules_.spot_caps : rules_.linear_caps;
  OrderCaps used;
  for (const PlaceOrder* order : wanted) {
    const bool conditional = order->trigger != Trigger::kNone;
    if (!conditional && !may_rest(*order)) continue;
    ++used.open;
    ++used.of_market;
    used.conditional += conditional;
  }
  if (used.open == 0) return {};
  const bool wants_conditional = used.conditional > 0;
  for (const Order* order : account.open) {
    const Origin origin = order->request.origin;
    if (origin == Origin::kAttachedStop || origin == Origin::kAttachedTarget) continue;
    used.of_market += listing(order->request.symbol)->instrument.market == market;
    if (order->request.symbol != symbol) continue;
    ++used.open;
    used.conditional += order->status == Status::kUntriggered;
  }
  const auto is_over = [](std::size_t number, std::size_t cap) { return cap > 0 && number > cap; };
  if (wants_conditional && is_over(used.conditional, caps.conditional))
    return refuse(Refusal::kTooManyConditional);
  if (is_over(used.open, caps.open) || is_over(used.of_market, caps.of_market))
    return refuse(Refusal::kTooManyOrders);
  return {};
}

bool SimulatedVenue::would_cross(const Listing& listing, const PlaceOrder& request,
                                 Price last) const {
  if (!request.is_limit) return true;
  return request.side == OrderSide::kBuy ? request.limit >= ask_of(listing, last)
                                         : request.limit <= last;
}

Outcome<void> SimulatedVenue::try_out(Account& account, PlaceOrder request) {
  if (auto ok = check(account, request, true); !ok) return ok;
  return check_caps(account, {&request});
}

Outcome<const Order*> SimulatedVenue::place(Account& account, PlaceOrder request) {
  if (auto ok = check(account, request, true); !ok) return tl::unexpected(ok.error());
  if (auto ok = check_caps(account, {&request}); !ok) return tl::unexpected(ok.error());
  Order& order = insert(account, std::move(request));
  relock(order);
  if (order.status == Status::kNew) start(order);
  return &order;
}

Outcome<std::vector<const Order*>> SimulatedVenue::place_list(Account& account, PlaceOrder limit,
                                                              PlaceOrder stop,
                                                              const std::string& list_client_id) {
  const bool buys = limit.side == OrderSide::kBuy;
  // The leg that may cost more holds the coins of both.
  if (auto ok = check(account, limit, !buys); !ok) return tl::unexpected(ok.error());
  if (auto ok = check(account, stop, buys); !ok) return tl::unexpected(ok.error());
  const Price last = markets_[limit.symbol].last;
  const bool limit_rests = limit.is_limit ? (buys ? limit.limit < last : limit.limit > last) : true;
  if (!limit_rests) return tl::unexpected(Refusal::kListPrices);
  if (!limit.client_id.empty() && limit.client_id == stop.client_id)
    return tl::unexpected(Refusal::kDuplicateClientId);
  if (auto ok = check_caps(account, {&limit, &stop}); !ok) return tl::unexpected(ok.error());
  const std::uint64_t list = next_list_++;
  std::vector<const Order*> made;
  for (PlaceOrder* leg : {&stop, &limit}) {
    Order& order = insert(account, std::move(*leg));
    order.list = list;
    order.list_client_id = list_client_id;
    account.lists[list].push_back(&order);
    order.lock_elsewhere = (leg == &limit) == buys;
    relock(order);
    made.push_back(&order);
  }
  return made;
}

void SimulatedVenue::start(Order& order) {
  const PlaceOrder& request = order.request;
  const Listing& listed = *listing(request.symbol);
  Market& market = markets_[request.symbol];
  if (!would_cross(listed, request, market.last)) {
    if (!may_rest(request)) end(order, Status::kExpired);
    return;
  }
  if (request.is_limit && request.time_in_force == TimeInForce::kPostOnly)
    return end(order, Status::kExpired);
  take(order, market.last);
}

Outcome<const Order*> SimulatedVenue::amend(Account& account, std::uint64_t id,
                                            const AmendChange& change) {
  Order* order = by_id(account, id);
  if (order == nullptr) return tl::unexpected(Refusal::kOrderNotFound);
  if (!is_open(order->status)) return tl::unexpected(Refusal::kOrderNotOpen);
  if (order->list != 0) return tl::unexpected(Refusal::kNotAmendable);
  PlaceOrder wanted = order->request;
  wanted.client_id.clear();  // its own id is no twin
  wanted.quote_quantity = {};
  if (change.quantity.is_positive()) wanted.quantity = change.quantity;
  if (change.limit.is_positive()) wanted.limit = change.limit;
  if (change.trigger.is_positive()) wanted.trigger_price = change.trigger;
  if (order->was_triggered) wanted.trigger = Trigger::kNone;
  if (wanted.quantity == order->request.quantity && wanted.limit == order->request.limit &&
      wanted.trigger_price == order->request.trigger_price)
    return tl::unexpected(Refusal::kNothingChanged);
  if (wanted.quantity <= order->filled && !wanted.close_position)
    return tl::unexpected(Refusal::kQuantityTooSmall);
  // Checked as if it were placed anew, with what it holds given back first.
  const PlaceOrder before = order->request;
  order->lock_elsewhere = true;
  relock(*order);
  order->request.reduce_only = true;  // needs no margin while it is away
  const auto ok = check(account, wanted, true);
  order->request = before;
  order->lock_elsewhere = false;
  if (ok) {
    order->request.quantity = wanted.quantity;
    order->request.limit = wanted.limit;
    order->request.trigger_price = wanted.trigger_price;
    order->updated_at = event_at_;
  }
  relock(*order);
  if (!ok) return tl::unexpected(ok.error());
  if (order->status != Status::kUntriggered) start(*order);
  return order;
}

}  // namespace botbox::exchange::sim
