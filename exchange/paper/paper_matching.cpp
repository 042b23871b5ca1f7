// The paper exchange's time: openings and closings of candles, and what they do to open orders.
#include <algorithm>
#include <limits>
#include <utility>

#include "engine/assert.hpp"
#include "exchange/paper/paper_exchange.hpp"

namespace botbox::exchange {
namespace {

constexpr Duration kLastMoment{1};  // fills inside a candle carry its last millisecond
constexpr Timestamp kNoEvent{std::numeric_limits<std::int64_t>::max()};

}  // namespace

// Candles are as long as the feed has them: the finest that it has of each stretch of time. So the
// finer ones decide what came first within a longer one, and where there are none, the worse does.
void PaperExchange::begin_candle(PaperMarket& market, const Candle& candle) {
  market.candle = candle;
  market.candle_closed = false;
  market.candle_close =
      candle.open_time + feed_.timeframe_at(market.instrument.symbol, candle.open_time).duration();
  market.taken = {};
  market.looked_until = market.candle_close;
}

const Candle* PaperExchange::trading_candle(PaperMarket& market, Timestamp now) {
  if (!market.candle || now >= market.candle_close || now < market.candle->open_time) {
    // A market with live orders has been brought up to now by its events.
    if (market.first_live != nullptr) return nullptr;
    const Symbol& symbol = market.instrument.symbol;
    const auto found = feed_.candle_at(symbol, feed_.base_open(symbol, now));
    if (!found) return nullptr;
    begin_candle(market, *found);
  }
  return &*market.candle;
}

void PaperExchange::schedule(PaperMarket& market) {
  market.next.reset();
  if (market.candle && !market.candle_closed) {
    market.wake = market.candle_close;
    return;
  }
  market.next = feed_.next_candle(market.instrument.symbol, market.looked_until);
  market.wake = market.next ? market.next->open_time : kNoEvent;
}

void PaperExchange::activate(PaperMarket& market) {
  schedule(market);
  wake_ = std::min(wake_, market.wake);
  if (market.active) return;
  market.active = true;
  const auto before = [](const PaperMarket* a, const PaperMarket* b) {
    return a->instrument.symbol < b->instrument.symbol;
  };
  active_.insert(std::upper_bound(active_.begin(), active_.end(), &market, before), &market);
}

void PaperExchange::advance(Timestamp now) {
  if (now <= now_) return;
  while (std::min(wake_, funding_wake_) <= now) {
    const Timestamp at = std::min(wake_, funding_wake_);
    // A candle's close comes before the next one's open, over all symbols.
    run_events(at, Edge::kClosing);
    if (funding_wake_ == at) pay_funding(at);
    run_events(at, Edge::kOpening);
    std::erase_if(active_, [](PaperMarket* market) {
      market->active = market->first_live != nullptr;
      return !market->active;
    });
    wake_ = kNoEvent;
    for (const PaperMarket* market : active_) wake_ = std::min(wake_, market->wake);
    register_.forget_old();
  }
  now_ = now;
}

void PaperExchange::run_events(Timestamp at, Edge edge) {
  const std::vector<PaperMarket*> due = active_;
  for (PaperMarket* market : due)
    if (market->first_live != nullptr && market->wake == at &&
        market->next.has_value() == (edge == Edge::kOpening))
      run_event(*market);
}

void PaperExchange::run_event(PaperMarket& market) {
  if (market.next) {
    begin_candle(market, *market.next);
    match_open(market);
  } else {
    match_close(market);
    market.candle_closed = true;
  }
  schedule(market);
}

void PaperExchange::match_open(PaperMarket& market) {
  matching_.clear();
  for (PaperOrder* o = market.first_live; o != nullptr; o = o->next_live)
    if (o->takes_now()) matching_.push_back(o);
  const Timestamp at = market.candle->open_time;
  for (PaperOrder* order : matching_)
    if (order->state == PaperOrderState::kLive && order->known_until < at)
      take(*order, market.candle->open, at);
}

// Stops first: where a candle touches a stop and a target, nobody knows which came first, and a
// paper exchange that chooses the target makes losing strategies look good.
void PaperExchange::match_close(PaperMarket& market) {
  matching_.clear();
  for (PaperOrder* o = market.first_live; o != nullptr; o = o->next_live)
    if (!o->takes_now()) matching_.push_back(o);
  const Candle candle = *market.candle;
  const Timestamp at = market.candle_close - kLastMoment;
  const auto waiting = [&](const PaperOrder& o) {
    return o.state == PaperOrderState::kLive && !o.takes_now() && o.known_until < at;
  };
  for (PaperOrder* order : matching_) {
    if (order->type != OrderType::kStopMarket || !waiting(*order)) continue;
    if (const auto price = stop_fill(candle, order->side, order->trigger, candle.open))
      fire(*order, *price, at);
  }
  for (PaperOrder* order : matching_) {
    if (!waiting(*order)) continue;
    if (order->type == OrderType::kLimit) match_limit(*order, candle, at);
    if (order->type != OrderType::kTakeProfitMarket) continue;
    if (const auto price = take_profit_fill(candle, order->side, order->trigger))
      fire(*order, *price, at);
  }
}

void PaperExchange::match_limit(PaperOrder& order, const Candle& candle, Timestamp at) {
  const auto fill = limit_fill(candle, order.side, order.limit);
  if (!fill) return;
  const Rounding against = order.side == OrderSide::kBuy ? Rounding::kUp : Rounding::kDown;
  const Price on_grid{round_to_step(fill->value, order.market->instrument.tick.value, against)};
  const Quantity quantity = available(order);
  if (!quantity.is_positive()) return;
  PaperOrder* const newborn = execute(order, on_grid, quantity, Liquidity::kMaker, at);
  if (newborn != nullptr) fire_newborn_stop(*newborn, on_grid, candle, at);
}

// The stop becomes a market order. What would still enlarge the group ends here: else a fill at the
// next open would reopen what the stop has just closed.
void PaperExchange::fire(PaperOrder& order, Price reference, Timestamp at) {
  release(order);
  order.triggered = true;
  order.report.message = "triggered";
  order.report.updated_at = at;
  register_.note_change(order);
  if (order.effect == OrderEffect::kReduceOnly && order.group->named) {
    const std::vector<PaperOrder*> members = order.group->orders;
    for (PaperOrder* member : members)
      if (member->effect == OrderEffect::kMayOpen)
        finish(*member, OrderStatus::kCancelled, "the group is being closed", at);
  }
  const Candle candle = *order.market->candle;
  const bool opens = order.effect == OrderEffect::kMayOpen;
  PaperOrder* const stop = order.stop_loss;
  take(order, reference, at);
  if (opens && stop != nullptr && stop->state == PaperOrderState::kLive)
    fire_newborn_stop(*stop, order.market->taker_price(reference, order.side), candle, at);
}

// The candle has passed the parent's price; whether it reached the stop before or after is unknown,
// so it did after.
void PaperExchange::fire_newborn_stop(PaperOrder& stop, Price parent_price, const Candle& candle,
                                      Timestamp at) {
  if (stop.state != PaperOrderState::kLive || stop.takes_now()) return;
  if (const auto price = stop_fill(candle, stop.side, stop.trigger, parent_price))
    fire(stop, *price, at);
}

Quantity PaperExchange::available(const PaperOrder& order) const {
  const PaperMarket& market = *order.market;
  Quantity quantity = order.remaining();
  if (order.effect == OrderEffect::kReduceOnly)
    quantity = std::min(quantity, Quantity{abs(order.group->open)});
  if (max_participation_.is_zero()) return quantity;
  const auto share = scaled(market.candle->volume, max_participation_, Rounding::kDown);
  ENGINE_ASSERT(share.has_value());
  const Quantity left = round_quantity(market.instrument, *share) - market.taken;
  return std::max(Quantity{}, std::min(quantity, left));
}

// Fills what the candle gives at the reference price and slippage.
void PaperExchange::take(PaperOrder& order, Price reference, Timestamp at) {
  const Price price = order.market->taker_price(reference, order.side);
  const Quantity quantity = available(order);
  if (!quantity.is_positive()) return;
  if (cost_of(order, price, quantity) > wallet_.free(reserve_slot(order)) &&
      order.effect == OrderEffect::kMayOpen) {
    const PaperGroup* const group = order.group;
    finish(order, OrderStatus::kCancelled, "insufficient balance", at);
    drop_if_idle(group);
    return;
  }
  execute(order, price, quantity, Liquidity::kTaker, at);
}

PaperOrder* PaperExchange::execute(PaperOrder& order, Price price, Quantity quantity,
                                   Liquidity liquidity, Timestamp at) {
  PaperMarket& market = *order.market;
  OrderReport& report = order.report;
  release(order);
  const auto value = notional(price, quantity, Rounding::kHalfEven);
  ENGINE_ASSERT(value.has_value());
  report.fills.push_back({{fmt::format("x-{}-{}", report.client_id.value, report.fills.size() + 1)},
                          report.client_id,
                          report.order_id,
                          report.symbol,
                          order.side,
                          price,
                          quantity,
                          fee(*value, liquidity),
                          at,
                          {},
                          {},
                          {}});
  report.filled += quantity;
  report.updated_at = at;
  report.status = OrderStatus::kPartiallyFilled;
  market.taken += quantity;
  PaperGroup* const group = order.group;
  if (group != nullptr) report.fills.back().funding = std::exchange(group->funding, {});
  settle(market, group, report.fills.back());
  PaperOrder* const newborn = wake_attached(order, at);
  if (report.filled == report.quantity) {
    finish(order, OrderStatus::kFilled, {}, at);
  } else {
    register_.note_change(order);
    reserve(order);
  }
  if (group != nullptr) {
    if (group->open.is_zero())
      end_flat_group(*group, at);
    else
      follow_group(*group, at);
  }
  return newborn;
}

PaperOrder* PaperExchange::wake_attached(PaperOrder& parent, Timestamp at) {
  PaperOrder* stop = nullptr;
  for (PaperOrder** child : {&parent.stop_loss, &parent.take_profit}) {
    if (*child == nullptr) continue;
    PaperOrder& order = **child;
    order.group = parent.group;
    order.report.quantity = {abs(parent.group->open)};
    order.report.updated_at = at;
    make_live(order);
    if (child == &parent.stop_loss) stop = &order;
    *child = nullptr;
  }
  return stop;
}

// Attached orders carry what is open; several of one group carry it each, and the first that fires
// ends the others.
void PaperExchange::follow_group(PaperGroup& group, Timestamp at) {
  for (PaperOrder* order : group.orders) {
    const Quantity quantity = order->report.filled + Quantity{abs(group.open)};
    if (!order->attached || order->report.quantity == quantity) continue;
    order->report.quantity = quantity;
    order->report.updated_at = at;
    register_.note_change(*order);
  }
}

void PaperExchange::end_flat_group(PaperGroup& group, Timestamp at) {
  const std::vector<PaperOrder*> rest = group.orders;
  for (PaperOrder* order : rest)
    if (group.named || order->effect == OrderEffect::kReduceOnly)
      finish(*order, OrderStatus::kCancelled, "the group is flat", at);
  drop_if_idle(&group);
}

}  // namespace botbox::exchange
