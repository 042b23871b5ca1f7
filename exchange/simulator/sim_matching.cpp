// SimulatedVenue: what a movement of the price does to open orders.
#include <algorithm>
#include <map>
#include <optional>

#include "exchange/simulator/sim_arithmetic.hpp"
#include "exchange/simulator/simulated_venue.hpp"

namespace botbox::exchange::sim {

bool SimulatedVenue::is_watched(const Symbol& symbol, const Market& market) const {
  if (!market.orders.empty()) return true;
  return std::ranges::any_of(accounts_, [&](const auto& named) {
    const auto held = named.second.positions.find(symbol);
    return held != named.second.positions.end() && !held->second.size.is_zero();
  });
}

std::map<Symbol, Tick> SimulatedVenue::ticks_until(Timestamp now) {
  std::map<Symbol, Tick> coming;
  std::optional<Timestamp> first_later;
  bool all_have_prices = true;
  for (const Listing& listed : listings_) {
    const Symbol& symbol = listed.instrument.symbol;
    if (!is_watched(symbol, markets_[symbol])) continue;
    const Market& market = refreshed(symbol);
    all_have_prices = all_have_prices && market.has_price;
    if (!market.has_price) continue;
    const auto tick = path_.next_tick(symbol, market.tick_at);
    if (tick && tick->at <= now)
      coming.emplace(symbol, *tick);
    else if (tick)
      first_later = std::min(first_later.value_or(tick->at), tick->at);
  }
  quiet_until_ = {};
  if (coming.empty() && all_have_prices && first_later) quiet_until_ = *first_later;
  return coming;
}

void SimulatedVenue::advance(Timestamp now) {
  while (next_funding_ && next_funding_->at <= now) {
    const FundingRate due = *next_funding_;
    trade_until(due.at - Duration{1});
    pay_funding(due);
    next_funding_ = rules_.funding.next(due.at);
  }
  trade_until(now);
}

void SimulatedVenue::trade_until(Timestamp now) {
  if (now <= now_) return;
  if (now < quiet_until_) {
    now_ = event_at_ = now;
    return;
  }
  std::map<Symbol, Tick> coming = ticks_until(now);
  while (!coming.empty()) {
    const auto first =
        std::ranges::min_element(coming, {}, [](const auto& named) { return named.second.at; });
    const auto [symbol, tick] = *first;
    event_at_ = tick.at;
    trade(symbol, tick);
    const auto next = path_.next_tick(symbol, tick.at);
    if (next && next->at <= now)
      first->second = *next;
    else
      coming.erase(first);
  }
  now_ = event_at_ = now;
}

void SimulatedVenue::trade(const Symbol& symbol, const Tick& tick) {
  Market& market = markets_[symbol];
  market.tick_at = tick.at;
  market.left = {product(tick.volume.value, rules_.max_participation)};
  if (tick.jumps) market.last = tick.price;
  while (trade_next(symbol, market, tick)) {
  }
  market.last = tick.price;
  liquidate_the_broke(symbol);
}

// The order that the price reaches first on its way; false: none is left.
bool SimulatedVenue::trade_next(const Symbol& symbol, Market& market, const Tick& tick) {
  const Listing& listed = *listing(symbol);
  Order* first = nullptr;
  Price at;
  Decimal nearest;
  for (Order* order : market.orders) {
    const PlaceOrder& request = order->request;
    const bool buys = request.side == OrderSide::kBuy;
    Price level;
    if (order->status == Status::kUntriggered) {
      const bool rises = request.trigger == Trigger::kRises;
      if (rises ? tick.price < request.trigger_price : tick.price > request.trigger_price) continue;
      level = rises ? std::max(request.trigger_price, market.last)
                    : std::min(request.trigger_price, market.last);
    } else {
      if (buys ? tick.price >= request.limit : tick.price <= request.limit) continue;
      if (!give(market, listed, order->remaining()).is_positive()) continue;
      level = buys ? std::min(request.limit, market.last) : std::max(request.limit, market.last);
    }
    const Decimal distance = abs((level - market.last).value);
    if (first != nullptr && distance >= nearest) continue;
    first = order;
    nearest = distance;
    at = level;
  }
  if (first == nullptr) return false;
  market.last = at;
  if (first->status == Status::kUntriggered)
    fire(*first, at);
  else
    rest(*first, tick.jumps ? at : first->request.limit);
  return true;
}

Quantity SimulatedVenue::give(Market& market, const Listing& listing, Quantity wanted) const {
  if (!rules_.max_participation.is_positive()) return wanted;
  return std::min(wanted, Quantity{round_to_step(market.left.value, listing.instrument.lot.value,
                                                 Rounding::kDown)});
}

void SimulatedVenue::fire(Order& order, Price at_price) {
  Account& account = accounts_.at(order.account);
  order.was_triggered = true;
  order.triggered_at = order.updated_at = event_at_;
  order.status = Status::kNew;
  const Listing& listed = *listing(order.request.symbol);
  if (listed.instrument.market == MarketType::kLinear) {
    const Position held = position(account, order.request.symbol);
    const bool reduces =
        !held.size.is_zero() && held.size.is_positive() == (order.request.side == OrderSide::kSell);
    if ((order.request.reduce_only || order.request.close_position) && !reduces)
      return end(order, Status::kExpired);
    if (order.request.close_position) order.request.quantity = {abs(held.size)};
    if (!order.request.reduce_only && !order.request.close_position) {
      PlaceOrder now = order.request;
      now.trigger = Trigger::kNone;
      if (!check_funds(account, listed, now, at_price)) return end(order, Status::kExpired);
    }
  }
  end_list_of(order);
  relock(order);
  if (listed.instrument.market == MarketType::kSpot && !rules_.conditional_orders_lock) {
    const bool buys = order.request.side == OrderSide::kBuy;
    const Purse& purse = account.purses[buys ? listed.instrument.quote : listed.instrument.base];
    if (purse.free().is_negative()) return end(order, Status::kExpired);
  }
  start(order);
}

void SimulatedVenue::take(Order& order, Price last) {
  const PlaceOrder& request = order.request;
  const Listing& listed = *listing(request.symbol);
  Market& market = markets_[request.symbol];
  const Price price = request.side == OrderSide::kBuy ? ask_of(listed, last) : last;
  const Quantity given = give(market, listed, order.remaining());
  const bool all_or_none = request.is_limit && request.time_in_force == TimeInForce::kFillOrKill;
  if (all_or_none && given < order.remaining()) return end(order, Status::kExpired);
  market.left -= given;
  if (given.is_positive()) fill(order, price, given, false);
  const bool goes_on =
      request.is_limit && (request.time_in_force == TimeInForce::kGoodTillCancelled);
  if (!goes_on) end(order, Status::kExpired);
}

void SimulatedVenue::rest(Order& order, Price price) {
  const Listing& listed = *listing(order.request.symbol);
  Market& market = markets_[order.request.symbol];
  const Quantity given = give(market, listed, order.remaining());
  market.left -= given;
  fill(order, price, given, true);
}

void SimulatedVenue::liquidate_the_broke(const Symbol& symbol) {
  const Asset quote = listing(symbol)->instrument.quote;
  for (auto& [name, account] : accounts_) {
    if (position(account, symbol).size.is_zero()) continue;
    Decimal equity = account.purses[quote].total, needed;
    std::vector<Symbol> held;
    for (const auto& [of, position] : account.positions) {
      if (position.size.is_zero() || listing(of)->instrument.quote != quote) continue;
      const auto last = last_price(of);
      if (!last) continue;
      equity += unrealised_at(*last, position).value;
      needed += product(product(last->value, abs(position.size)), rules_.maintenance);
      held.push_back(of);
    }
    if (equity >= needed) continue;
    for (const Symbol& of : held) (void)liquidate(account, of);
  }
}

}  // namespace botbox::exchange::sim
