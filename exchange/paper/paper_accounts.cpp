// The paper exchange's money: what fills cost, what open orders reserve.
//
// Amounts are rounded to 1e-12 half-even like the engine's own fold of fills
// (engine/model/position), so that both agree to the last digit; fees are rounded against the
// trader.
#include <algorithm>
#include <limits>
#include <map>

#include "engine/assert.hpp"
#include "exchange/paper/paper_exchange.hpp"

namespace botbox::exchange {
namespace {

// The filters bound orders to 1e18 of quote currency: no product of ours overflows.
template <class T>
T exact(Result<T> result) {
  ENGINE_ASSERT(result.has_value());
  return *std::move(result);
}

Notional value_of(Price price, Quantity quantity) {
  return exact(notional(price, quantity, Rounding::kHalfEven));
}

}  // namespace

Notional PaperExchange::fee(Notional value, Liquidity liquidity) const {
  const Decimal rate = liquidity == Liquidity::kTaker ? taker_fee_ : maker_fee_;
  return exact(scaled(value, rate, rate.is_negative() ? Rounding::kDown : Rounding::kUp));
}

// What must be free for the order to fill `quantity` at `price`: quote currency, except that a spot
// sale needs the coins. Reduce-only orders need nothing: their group holds it already.
Decimal PaperExchange::cost_of(const PaperOrder& order, Price price, Quantity quantity) const {
  if (order.effect == OrderEffect::kReduceOnly) return {};
  const PaperMarket& market = *order.market;
  const bool buy = order.side == OrderSide::kBuy;
  const Notional value = value_of(price, quantity);
  const Notional fees = std::max(fee(value, Liquidity::kTaker), fee(value, Liquidity::kMaker));
  if (market.instrument.market == MarketType::kSpot)
    return buy ? (value + fees).value : quantity.value;
  Quantity opening = quantity;
  if (order.group != nullptr && !order.group->open.is_zero() &&
      order.group->open.is_positive() != buy)
    opening = std::max(Quantity{}, quantity - Quantity{abs(order.group->open)});
  return exact(divide(value_of(price, opening).value, market.leverage, Rounding::kUp)) + fees.value;
}

Wallet::Slot PaperExchange::reserve_slot(const PaperOrder& order) const {
  const bool coins =
      order.market->instrument.market == MarketType::kSpot && order.side == OrderSide::kSell;
  return coins ? order.market->base : order.market->quote;
}

// Resting orders lock what their fill will cost; orders that take at once lock nothing between
// candles and are ended if they cannot be paid.
void PaperExchange::reserve(PaperOrder& order) {
  release(order);
  if (order.state != PaperOrderState::kLive || order.takes_now()) return;
  const Price price = order.type == OrderType::kLimit
                          ? order.limit
                          : order.market->taker_price(order.trigger, order.side);
  order.reserved = cost_of(order, price, order.remaining());
  wallet_.lock(reserve_slot(order), order.reserved);
}

void PaperExchange::release(PaperOrder& order) {
  wallet_.lock(reserve_slot(order), -order.reserved);
  order.reserved = {};
}

void PaperExchange::settle(PaperMarket& market, PaperGroup* group, const Fill& fill) {
  if (group != nullptr) group->opened = true;
  if (market.instrument.market == MarketType::kLinear) {
    settle_linear(market, *group, fill);
    return;
  }
  const Notional value = value_of(fill.price, fill.quantity);
  const bool buy = fill.side == OrderSide::kBuy;
  const Decimal coins = buy ? fill.quantity.value : -fill.quantity.value;
  wallet_.add(market.base, coins);
  wallet_.add(market.quote, (buy ? -value : value).value - fill.fee.value);
  if (group == nullptr) return;
  group->open += coins;
  wallet_.lock(market.base, coins);
}

void PaperExchange::settle_linear(PaperMarket& market, PaperGroup& group, const Fill& fill) {
  const bool buy = fill.side == OrderSide::kBuy;
  wallet_.add(market.quote, -fill.fee.value);
  Quantity opening = fill.quantity;
  if (!group.open.is_zero() && group.open.is_positive() != buy) {
    const Quantity held{abs(group.open)};
    const Quantity closing = std::min(held, fill.quantity);
    const Notional out = closing == held
                             ? group.cost
                             : Notional{exact(multiply_divide(group.cost.value, closing.value,
                                                              held.value, Rounding::kHalfEven))};
    const Notional value = value_of(fill.price, closing);
    wallet_.add(market.quote, (group.open.is_positive() ? value - out : out - value).value);
    group.cost -= out;
    group.open += buy ? closing.value : -closing.value;
    opening -= closing;
  }
  if (opening.is_positive()) {
    group.cost += value_of(fill.price, opening);
    group.open += buy ? opening.value : -opening.value;
  }
  const Notional margin{exact(divide(group.cost.value, market.leverage, Rounding::kUp))};
  wallet_.lock(market.quote, (margin - group.margin).value);
  group.margin = margin;
}

void PaperExchange::schedule_funding(Timestamp after) {
  funding_wake_ = {std::numeric_limits<std::int64_t>::max()};
  for (const auto& market : markets_) {
    if (!market->funding) continue;
    market->next_funding = market->funding->next(after);
    if (market->next_funding) funding_wake_ = std::min(funding_wake_, market->next_funding->at);
  }
}

// What was filled at this very moment came after it.
void PaperExchange::pay_funding(Timestamp at) {
  for (const auto& market : markets_) {
    if (!market->next_funding || market->next_funding->at != at) continue;
    const auto mark = mark_price(feed_, market->instrument.symbol, at);
    for (const auto& [id, group] : groups_)
      if (group->market == market.get() && mark) fund(*group, *market->next_funding, *mark);
  }
  schedule_funding(at);
}

void PaperExchange::fund(PaperGroup& group, const FundingRate& rate, Price mark) {
  if (group.open.is_zero() || rate.at <= group.funded_until) return;
  const Notional amount = funding_payment(group.open, mark, rate.rate);
  wallet_.add(group.market->quote, amount.value);
  group.funding += amount;
  group.funded_until = rate.at;
}

// Groups of one symbol are told as the one net position that a venue would show.
void PaperExchange::account(Permit permit, Reply<AccountSnapshot> reply) {
  if (!enter(permit))
    return reply(fail(ErrorCode::kRateLimited, "the permit is used up", {}, "ask for a new one"));
  AccountSnapshot snapshot;
  snapshot.open_orders.emplace();
  snapshot.positions.emplace();
  snapshot.holdings.emplace();
  snapshot.instruments.emplace();
  snapshot.is_hedged = false;
  std::map<Symbol, Decimal> net;
  for (const auto& [id, group] : groups_)
    if (group->market->instrument.market == MarketType::kLinear)
      net[group->market->instrument.symbol] += group->open;
  for (const auto& market : markets_) {
    const Instrument& instrument = market->instrument;
    snapshot.instruments->push_back(instrument);
    for (const PaperOrder* order = market->first_live; order != nullptr; order = order->next_live)
      snapshot.open_orders->push_back({.client_id = order->report.client_id,
                                       .order_id = order->report.order_id,
                                       .symbol = instrument.symbol,
                                       .side = order->side,
                                       .type = order->type,
                                       .quantity = order->report.quantity,
                                       .filled = order->report.filled});
    const Decimal open = net[instrument.symbol];
    if (open.is_zero()) continue;
    snapshot.positions->push_back(
        {.symbol = instrument.symbol,
         .side = open.is_negative() ? PositionSide::kShort : PositionSide::kLong,
         .quantity = {abs(open)},
         .average_entry = {},
         .mark = market->candle ? market->candle->open : Price{},
         .leverage = market->leverage});
  }
  for (const Balance& balance : wallet_.balances())
    snapshot.holdings->push_back({balance.asset, balance.free + balance.locked});
  reply(std::move(snapshot));
}

}  // namespace botbox::exchange
