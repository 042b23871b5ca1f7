// SimulatedVenue: what a fill does to money, positions and the orders that hang on it.
#include <algorithm>

#include "exchange/simulator/sim_arithmetic.hpp"
#include "exchange/simulator/simulated_venue.hpp"

namespace botbox::exchange::sim {
namespace {

// Venues keep money to 8 places; what a rate or an average makes of it is cut to them.
Decimal to_money(Decimal amount) {
  return round_to_step(amount, Decimal::from_units(10'000), Rounding::kDown);
}

}  // namespace

void SimulatedVenue::fill(Order& order, Price price, Quantity quantity, bool is_maker) {
  Account& account = accounts_.at(order.account);
  const Listing& listed = *listing(order.request.symbol);
  const bool reduces = order.request.reduce_only || order.request.close_position;
  const bool linear = listed.instrument.market == MarketType::kLinear;
  bool is_cut = false;
  if (linear && reduces) {
    const Decimal held = position(account, order.request.symbol).size;
    const bool against = held.is_positive() == (order.request.side == OrderSide::kSell);
    const Quantity most{against ? abs(held) : Decimal{}};
    is_cut = most < quantity;
    quantity = std::min(quantity, most);
    if (!quantity.is_positive()) return end(order, Status::kExpired);
  }
  Execution execution;
  execution.id = next_execution_++;
  execution.order = &order;
  execution.price = price;
  execution.quantity = quantity;
  execution.value = {product(price.value, quantity.value)};
  execution.is_maker = is_maker;
  execution.at = event_at_;
  order.filled += quantity;
  order.filled_value += execution.value;
  order.status = Status::kPartiallyFilled;
  order.updated_at = event_at_;
  if (linear)
    settle_linear(order, execution, listed);
  else
    settle_spot(order, execution, listed);
  order.fees[execution.fee_asset] += execution.fee;
  account.executions.push_back(std::move(execution));
  if (order.remaining().is_zero())
    end(order, Status::kFilled);
  else if (is_cut)
    end(order, Status::kExpired);
  else
    relock(order);
  after_fill(order);
}

void SimulatedVenue::settle_spot(Order& order, Execution& execution, const Listing& listing) {
  Account& account = accounts_.at(order.account);
  const Instrument& instrument = listing.instrument;
  const Fees& fees = rules_.spot_fees;
  const bool buys = order.request.side == OrderSide::kBuy;
  const Decimal sign = Decimal::from_int(buys ? 1 : -1);
  account.purses[instrument.base].total += product(execution.quantity.value, sign);
  account.purses[instrument.quote].total -= product(execution.value.value, sign);
  execution.fee_rate = execution.is_maker ? fees.maker : fees.taker;
  execution.fee_asset = buys ? instrument.base : instrument.quote;
  execution.fee = to_money(
      product(buys ? execution.quantity.value : execution.value.value, execution.fee_rate));
  if (fees.coin == FeeCoin::kQuote && buys) {
    execution.fee_asset = instrument.quote;
    execution.fee = to_money(product(execution.value.value, execution.fee_rate));
  } else if (fees.coin == FeeCoin::kThird) {
    const Decimal fee = to_money(
        quotient(product(execution.value.value, execution.fee_rate), fees.third_price.value));
    if (account.purses[fees.third].free() >= fee) {
      execution.fee_asset = fees.third;
      execution.fee = fee;
    }
  }
  account.purses[execution.fee_asset].total -= execution.fee;
}

void SimulatedVenue::settle_linear(Order& order, Execution& execution, const Listing& listing) {
  Account& account = accounts_.at(order.account);
  Position& held = account.positions[order.request.symbol];
  const bool buys = order.request.side == OrderSide::kBuy;
  const Decimal quantity = execution.quantity.value;
  const bool against = !held.size.is_zero() && held.size.is_positive() != buys;
  const Decimal closes = against ? std::min(quantity, abs(held.size)) : Decimal{};
  if (closes.is_positive()) {
    const bool all = closes == abs(held.size);
    const Decimal cost =
        all ? held.open_value.value
            : multiply_divide(held.open_value.value, closes, abs(held.size), Rounding::kHalfEven)
                  .value_or(Decimal{});
    const Decimal got = product(closes, execution.price.value);
    execution.realised = {held.size.is_positive() ? got - cost : cost - got};
    held.open_value -= Notional{cost};
  }
  if (held.size.is_zero() || quantity > abs(held.size)) held.created_at = event_at_;
  held.size += buys ? quantity : -quantity;
  const Decimal opens = quantity - closes;
  held.open_value += Notional{product(opens, execution.price.value)};
  held.realised += execution.realised;
  held.updated_at = event_at_;
  execution.fee_rate = execution.is_maker ? rules_.linear_fees.maker : rules_.linear_fees.taker;
  execution.fee = to_money(product(execution.value.value, execution.fee_rate));
  execution.fee_asset = listing.instrument.quote;
  account.purses[listing.instrument.quote].total += execution.realised.value - execution.fee;
}

// At the price of that moment; what it moves is money alone.
void SimulatedVenue::pay_funding(const FundingRate& due) {
  for (auto& [name, account] : accounts_)
    for (const auto& [symbol, held] : account.positions) {
      const auto mark = path_.last_tick(symbol, due.at);
      if (held.size.is_zero() || !mark) continue;
      const Asset& asset = listing(symbol)->instrument.quote;
      const Decimal amount = to_money(funding_payment(held.size, mark->price, due.rate).value);
      Purse& purse = account.purses[asset];
      purse.total += amount;
      account.funding.push_back({next_payment_++, symbol, held.size, mark->price, due.rate, amount,
                                 asset, purse.total, due.at});
    }
}

void SimulatedVenue::end_list_of(const Order& order) {
  if (order.list == 0) return;
  Account& account = accounts_.at(order.account);
  const std::vector<Order*> open = account.open;
  for (Order* other : open) {
    if (other->list != order.list) continue;
    if (other == &order)
      other->lock_elsewhere = false;
    else
      end(*other, Status::kExpired);
  }
}

void SimulatedVenue::after_fill(Order& order) {
  Account& account = accounts_.at(order.account);
  const Symbol symbol = order.request.symbol;
  end_list_of(order);
  if (is_open(order.status)) relock(order);
  const Position held = position(account, symbol);
  if (listing(symbol)->instrument.market == MarketType::kLinear) {
    // Levels of a position end with it, also when it turned over.
    const std::vector<Order*> open = account.open;
    for (Order* other : open) {
      if (other->request.symbol != symbol || other == &order) continue;
      const bool is_level = other->request.origin == Origin::kAttachedStop ||
                            other->request.origin == Origin::kAttachedTarget;
      const bool is_reducing = other->request.reduce_only || other->request.close_position;
      const bool still_reduces =
          !held.size.is_zero() &&
          held.size.is_positive() == (other->request.side == OrderSide::kSell);
      if (still_reduces) continue;
      if (is_level || (is_reducing && rules_.flat_cancels_reduce_only))
        end(*other, Status::kCancelled);
    }
  }
  attach(order);
}

void SimulatedVenue::attach(Order& order) {
  const Price stop = order.request.attached_stop, target = order.request.attached_target;
  if (stop.is_zero() && target.is_zero()) return;
  Account& account = accounts_.at(order.account);
  const Listing& listed = *listing(order.request.symbol);
  if (listed.instrument.market == MarketType::kLinear) {
    if (position(account, order.request.symbol).size.is_zero()) return;
    if (stop.is_positive()) set_level(account, order.request.symbol, stop, Origin::kAttachedStop);
    if (target.is_positive())
      set_level(account, order.request.symbol, target, Origin::kAttachedTarget);
    order.request.attached_stop = order.request.attached_target = {};
    return;
  }
  if (is_open(order.status)) return;
  const auto fee = order.fees.find(listed.instrument.base);
  PlaceOrder leg;
  leg.symbol = order.request.symbol;
  leg.side = opposite(order.request.side);
  leg.quantity = {
      round_to_step(order.filled.value - (fee == order.fees.end() ? Decimal{} : fee->second),
                    listed.instrument.lot.value, Rounding::kDown)};
  if (!leg.quantity.is_positive()) return;
  const std::uint64_t list = next_list_++;
  const bool sells = leg.side == OrderSide::kSell;
  for (const auto& [level, origin] :
       {std::pair{stop, Origin::kAttachedStop}, std::pair{target, Origin::kAttachedTarget}}) {
    if (level.is_zero()) continue;
    leg.trigger = (origin == Origin::kAttachedStop) == sells ? Trigger::kFalls : Trigger::kRises;
    leg.trigger_price = level;
    leg.origin = origin;
    Order& made = insert(account, leg);
    made.list = list;
    account.lists[list].push_back(&made);
    relock(made);
  }
}

void SimulatedVenue::set_level(Account& account, const Symbol& symbol, Price level, Origin origin) {
  const bool is_stop = origin == Origin::kAttachedStop;
  const Position held = position(account, symbol);
  if (Order* before = by_id(account, is_stop ? held.stop_order : held.target_order))
    end(*before, Status::kCancelled);
  if (level.is_zero()) return;
  const bool is_long = held.size.is_positive();
  PlaceOrder leg;
  leg.symbol = symbol;
  leg.side = is_long ? OrderSide::kSell : OrderSide::kBuy;
  leg.close_position = leg.reduce_only = true;
  leg.trigger = is_stop == is_long ? Trigger::kFalls : Trigger::kRises;
  leg.trigger_price = level;
  leg.origin = origin;
  Position& now = account.positions[symbol];
  (is_stop ? now.stop_order : now.target_order) = insert(account, std::move(leg)).id;
}

Outcome<void> SimulatedVenue::set_levels(Account& account, const Symbol& symbol,
                                         std::optional<Price> stop, std::optional<Price> target) {
  const Position held = position(account, symbol);
  if (held.size.is_zero()) return tl::unexpected(Refusal::kNoPosition);
  const Listing& listed = *listing(symbol);
  const Price last = refreshed(symbol).last;
  const bool is_long = held.size.is_positive();
  for (const auto& [level, must_be_above] :
       {std::pair{stop, !is_long}, std::pair{target, is_long}}) {
    if (!level || level->is_zero()) continue;
    if (!level->is_positive() || !is_multiple_of(level->value, listed.instrument.tick.value))
      return tl::unexpected(Refusal::kTriggerOffTick);
    if (must_be_above ? *level <= last : *level >= last)
      return tl::unexpected(Refusal::kListPrices);
  }
  if (stop) set_level(account, symbol, *stop, Origin::kAttachedStop);
  if (target) set_level(account, symbol, *target, Origin::kAttachedTarget);
  return {};
}

}  // namespace botbox::exchange::sim
