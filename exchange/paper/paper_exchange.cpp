#include "exchange/paper/paper_exchange.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "engine/assert.hpp"

namespace botbox::exchange {
namespace {

tl::unexpected<Error> reject(std::string message, const ClientOrderId& id) {
  return fail(ErrorCode::kRejected, std::move(message), id.value);
}

tl::unexpected<Error> used_up() {
  return fail(ErrorCode::kRateLimited, "the permit is used up", "paper exchange",
              "ask the limiter for one permit per request");
}

// The group that the order belongs to; empty: none. An order that brings attached orders always has
// one, for they need a quantity to follow; ungrouped linear orders share their symbol's net
// position, whose name no client can give.
PositionId group_of(const OrderRequest& request, const Instrument& instrument) {
  if (!request.group.empty()) return request.group;
  if (request.stop_loss || request.take_profit) return {request.client_id.value};
  if (instrument.market == MarketType::kLinear) return {"net:" + request.symbol.value};
  return {};
}

bool is_named(const PositionId& id) { return !id.value.starts_with("net:"); }

Result<void> check_config(const PaperConfig& config) {
  const Decimal one = Decimal::from_int(1), half = Decimal::literal("0.5");
  const auto bad = [](std::string_view name, Decimal value, std::string fix) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("{} {} is out of range", name, to_string(value)), "paper exchange",
                std::move(fix));
  };
  if (config.taker_fee.is_negative() || config.taker_fee > half)
    return bad("taker fee", config.taker_fee, "use a ratio from 0 to 0.5");
  if (config.maker_fee > half || config.maker_fee < -half)
    return bad("maker fee", config.maker_fee, "use a ratio from -0.5 to 0.5");
  if (config.slippage.is_negative() || config.slippage > half)
    return bad("slippage", config.slippage, "use a ratio from 0 to 0.5");
  if (config.max_participation.is_negative() || config.max_participation > one)
    return bad("participation", config.max_participation, "use a ratio from 0 to 1");
  for (const StartBalance& balance : config.balances)
    if (balance.amount.is_negative())
      return bad("start balance", balance.amount, "use an amount from 0");
  return {};
}

}  // namespace

PaperExchange::PaperExchange(const PaperConfig& config, MarketFeed& feed, const Clock& clock)
    : taker_fee_(config.taker_fee),
      maker_fee_(config.maker_fee),
      max_participation_(config.max_participation),
      slippage_(config.slippage),
      unfinished_(config.unfinished),
      feed_(feed),
      clock_(clock),
      register_(clock.now(), config.remembered_final_orders),
      wake_{std::numeric_limits<std::int64_t>::max()},
      funding_wake_(wake_) {}

Result<std::unique_ptr<PaperExchange>> PaperExchange::create(const PaperConfig& config,
                                                             MarketFeed& feed, const Clock& clock) {
  BOTBOX_TRY(check_config(config));
  std::unique_ptr<PaperExchange> paper(new PaperExchange(config, feed, clock));
  for (const StartBalance& balance : config.balances)
    paper->wallet_.add(paper->wallet_.slot(balance.asset), balance.amount);
  for (const PaperInstrument& instrument : config.instruments)
    BOTBOX_TRY(paper->add_market(instrument));
  paper->schedule_funding(clock.now());
  return paper;
}

Result<void> PaperExchange::add_market(const PaperInstrument& paper) {
  const Instrument& instrument = paper.instrument;
  const auto bad = [&](std::string message, std::string fix) {
    return fail(ErrorCode::kInvalidInput, std::move(message), instrument.symbol.value,
                std::move(fix));
  };
  if (!instrument.tick.is_positive() || !instrument.lot.is_positive())
    return bad("instrument without tick or lot", "give both, above zero");
  if (paper.leverage < Decimal::from_int(1))
    return bad("leverage below 1", "use 1 for no leverage");
  if (paper.funding && instrument.market != MarketType::kLinear)
    return bad("funding of what is no perpetual", "leave it out");
  const auto timeframe = feed_.base_timeframe(instrument.symbol);
  if (!timeframe) return bad("the market feed has no such symbol", "add its candles");
  auto market = std::make_unique<PaperMarket>(
      PaperMarket{.instrument = instrument,
                  .leverage = paper.leverage,
                  .timeframe = *timeframe,
                  .taker_price = TakerPrice(instrument.tick, slippage_),
                  .base = 0,
                  .quote = wallet_.slot(instrument.quote),
                  .candle = {},
                  .candle_close = {},
                  .taken = {},
                  .wake = {},
                  .next = {},
                  .looked_until = {},
                  .funding = paper.funding,
                  .next_funding = {}});
  if (instrument.market == MarketType::kSpot) market->base = wallet_.slot(instrument.base);
  if (!market_index_.emplace(instrument.symbol, market.get()).second)
    return bad("instrument given twice", "name each symbol once");
  markets_.push_back(std::move(market));
  return {};
}

PaperMarket* PaperExchange::find_market(const Symbol& symbol) {
  const auto it = market_index_.find(symbol);
  return it == market_index_.end() ? nullptr : it->second;
}

bool PaperExchange::enter(const Permit& permit) {
  if (!permit.consume()) return false;
  register_.forget_old();
  advance(clock_.now());
  return true;
}

Result<void> PaperExchange::check_ids(const OrderRequest& request) const {
  if (request.client_id.empty()) return reject("client order id is missing", request.client_id);
  std::array<const ClientOrderId*, 3> ids{&request.client_id};
  std::size_t count = 1;
  if (request.stop_loss) ids[count++] = &request.stop_loss->client_id;
  if (request.take_profit) ids[count++] = &request.take_profit->client_id;
  for (std::size_t i = 0; i < count; ++i) {
    if (register_.is_taken(*ids[i]))
      return fail(ErrorCode::kAlreadyExists, "duplicate client order id", ids[i]->value,
                  "ask for the order by this id");
    for (std::size_t j = 0; j < i; ++j)
      if (ids[i]->empty() || *ids[i] == *ids[j])
        return reject("attached orders need client ids of their own", request.client_id);
  }
  return {};
}

Result<void> PaperExchange::check_group(const OrderRequest& request,
                                        const PaperMarket& market) const {
  const PositionId id = group_of(request, market.instrument);
  const PaperGroup* const group = id.empty() ? nullptr : find_group(id);
  const bool buy = request.side == OrderSide::kBuy;
  if (group != nullptr && group->market != &market)
    return reject("the group belongs to another symbol", request.client_id);
  if (request.effect == OrderEffect::kReduceOnly) {
    if (request.stop_loss || request.take_profit)
      return reject("FILTER_ATTACHED: a reduce-only order opens nothing to protect",
                    request.client_id);
    if (group == nullptr || group->open.is_zero())
      return fail(ErrorCode::kNothingOpen, "reduce-only: nothing is open in the group",
                  request.client_id.value);
    if (group->open.is_positive() == buy)
      return reject("reduce-only: this side would enlarge the group", request.client_id);
    return {};
  }
  if (request.effect == OrderEffect::kEnlargeOnly) {
    if (request.stop_loss || request.take_profit)
      return reject("FILTER_ATTACHED: the group's protective orders cover what enlarges it",
                    request.client_id);
    if (group == nullptr || group->open.is_zero())
      return fail(ErrorCode::kNothingOpen, "enlarge-only: nothing is open in the group",
                  request.client_id.value);
  }
  if (id.empty() || !is_named(id)) return {};
  if (market.instrument.market == MarketType::kSpot && !buy)
    return reject("spot cannot go short", request.client_id);
  if (group == nullptr) return {};
  bool other_side = !group->open.is_zero() && group->open.is_positive() != buy;
  for (const PaperOrder* order : group->orders)
    other_side |= order->effect == OrderEffect::kMayOpen && order->side != request.side;
  if (other_side)
    return reject("an order against its group must be reduce-only", request.client_id);
  return {};
}

Result<void> PaperExchange::check_balance(const PaperOrder& order, Price expected) const {
  const Decimal needed = cost_of(order, expected, order.report.quantity);
  const Decimal free = wallet_.free(reserve_slot(order));
  if (order.effect == OrderEffect::kReduceOnly || needed <= free) return {};
  return reject(
      fmt::format("insufficient balance: {} needed, {} free", to_string(needed), to_string(free)),
      order.report.client_id);
}

std::unique_ptr<PaperOrder> PaperExchange::make_order(const OrderRequest& request,
                                                      PaperMarket& market) const {
  auto order = std::make_unique<PaperOrder>();
  order->report.client_id = request.client_id;
  order->report.order_id = {"p-" + request.client_id.value};
  order->report.symbol = request.symbol;
  order->report.quantity = request.quantity;
  order->report.updated_at = now_;
  order->side = request.side;
  order->type = request.type;
  // Once its group is known to be open, an order that enlarges it is like any other entry.
  order->effect =
      request.effect == OrderEffect::kReduceOnly ? OrderEffect::kReduceOnly : OrderEffect::kMayOpen;
  order->limit = request.limit;
  order->trigger = request.trigger;
  order->market = &market;
  const PositionId id = group_of(request, market.instrument);
  if (!id.empty()) order->group = find_group(id);
  return order;
}

PaperOrder* PaperExchange::add_attached(const AttachedOrder& attached, OrderType type,
                                        const PaperOrder& parent) {
  auto order = std::make_unique<PaperOrder>();
  order->report.client_id = attached.client_id;
  order->report.order_id = {"p-" + attached.client_id.value};
  order->report.symbol = parent.report.symbol;
  order->side = opposite(parent.side);
  order->type = type;
  order->effect = OrderEffect::kReduceOnly;
  order->trigger = attached.trigger;
  order->state = PaperOrderState::kDormant;
  order->attached = true;
  order->market = parent.market;
  return &register_.add(std::move(order));
}

PaperOrder& PaperExchange::enlist(std::unique_ptr<PaperOrder> made, const OrderRequest& request) {
  PaperOrder& order = register_.add(std::move(made));
  const PositionId id = group_of(request, order.market->instrument);
  if (order.group == nullptr && !id.empty()) {
    auto group = std::make_unique<PaperGroup>();
    group->id = id;
    group->market = order.market;
    group->named = is_named(id);
    order.group = group.get();
    groups_.emplace(id, std::move(group));
  }
  if (request.stop_loss)
    order.stop_loss = add_attached(*request.stop_loss, OrderType::kStopMarket, order);
  if (request.take_profit)
    order.take_profit = add_attached(*request.take_profit, OrderType::kTakeProfitMarket, order);
  return order;
}

Result<OrderReport> PaperExchange::accept(const OrderRequest& request) {
  BOTBOX_TRY(check_ids(request));
  PaperMarket* const market = find_market(request.symbol);
  if (market == nullptr) return reject("unknown symbol", request.client_id);
  const Candle* const candle = trading_candle(*market, now_);
  if (candle == nullptr) return reject("market is not trading", request.client_id);
  const Price open = candle->open;

  BOTBOX_TRY(check_group(request, *market));
  std::unique_ptr<PaperOrder> made = make_order(request, *market);
  const bool closes = request.effect == OrderEffect::kReduceOnly &&
                      request.quantity >= Quantity{abs(made->group->open)};
  Price expected = market->taker_price(open, request.side);
  BOTBOX_TRY(check_filters(market->instrument, request, expected,
                           closes ? ClosesGroup::kYes : ClosesGroup::kNo));
  if (request.type == OrderType::kLimit) expected = request.limit;
  if (request.type == OrderType::kStopMarket || request.type == OrderType::kTakeProfitMarket)
    expected = market->taker_price(request.trigger, request.side);
  BOTBOX_TRY(check_balance(*made, expected));

  PaperOrder& order = enlist(std::move(made), request);
  make_live(order);
  const bool buy = order.side == OrderSide::kBuy;
  if (order.type == OrderType::kMarket) {
    take(order, open, now_);
  } else if (order.type == OrderType::kLimit && (buy ? open <= order.limit : open >= order.limit)) {
    const Price slipped = market->taker_price(open, order.side);
    const Quantity quantity = available(order);
    if (quantity.is_positive())
      execute(order, buy ? std::min(slipped, order.limit) : std::max(slipped, order.limit),
              quantity, Liquidity::kTaker, now_);
  }
  return order.report;
}

PaperGroup* PaperExchange::find_group(const PositionId& id) const {
  const auto it = groups_.find(id);
  return it == groups_.end() ? nullptr : it->second.get();
}

void PaperExchange::drop_if_idle(const PaperGroup* group) {
  if (group == nullptr || !group->open.is_zero() || !group->orders.empty()) return;
  const PositionId id = group->id;
  groups_.erase(id);
}

void PaperExchange::make_live(PaperOrder& order) {
  PaperMarket& market = *order.market;
  const bool first = market.first_live == nullptr;
  order.state = PaperOrderState::kLive;
  order.previous_live = market.last_live;
  (market.last_live != nullptr ? market.last_live->next_live : market.first_live) = &order;
  market.last_live = &order;
  if (order.group != nullptr) order.group->orders.push_back(&order);
  if (first) activate(market);
  reserve(order);
  register_.note_change(order);
}

void PaperExchange::finish(PaperOrder& order, OrderStatus status, std::string message,
                           Timestamp at) {
  ENGINE_ASSERT(order.state == PaperOrderState::kLive);
  release(order);
  order.state = PaperOrderState::kFinal;
  order.report.status = status;
  if (!message.empty()) order.report.message = std::move(message);
  order.report.updated_at = at;
  PaperMarket& market = *order.market;
  (order.previous_live != nullptr ? order.previous_live->next_live : market.first_live) =
      order.next_live;
  (order.next_live != nullptr ? order.next_live->previous_live : market.last_live) =
      order.previous_live;
  if (order.group != nullptr) std::erase(order.group->orders, &order);
  order.group = nullptr;
  register_.note_change(order);
  register_.note_final(order);
}

Result<void> PaperExchange::check_cancel(const PaperOrder& order) const {
  if (!order.protects() || order.group->open.is_zero()) return {};
  for (const PaperOrder* other : order.group->orders)
    if (other != &order && other->protects()) return {};
  return fail(ErrorCode::kRejected, "the last stop of an open group cannot be cancelled",
              order.report.client_id.value, "close the group, or place another stop first");
}

void PaperExchange::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  if (!enter(permit)) return reply(used_up());
  std::vector<Instrument> out;
  for (const auto& market : markets_) out.push_back(market->instrument);
  reply(std::move(out));
}

void PaperExchange::candles(Permit permit, const CandleQuery& query,
                            Reply<std::vector<Candle>> reply) {
  if (!enter(permit)) return reply(used_up());
  const PaperMarket* const market = find_market(query.symbol);
  if (market == nullptr)
    return reply(fail(ErrorCode::kRejected, "unknown symbol", query.symbol.value));
  const Timeframe timeframe = query.timeframe;
  if (timeframe.ms() % market->timeframe.ms() != 0)
    return reply(fail(ErrorCode::kRejected,
                      fmt::format("no candles of {}, the finest are {}", to_string(timeframe),
                                  to_string(market->timeframe)),
                      query.symbol.value));
  const Timestamp present = timeframe.floor(now_);
  std::vector<Candle> parts;
  if (unfinished_ == UnfinishedCandle::kShown && query.from <= present && present < query.to &&
      query.limit > 0) {
    const Timestamp newest = feed_.base_open(query.symbol, now_);
    parts = feed_.base_candles(query.symbol, {present, newest});
    if (const auto forming = feed_.candle_at(query.symbol, newest))
      parts.push_back(unfinished(*forming));
    parts = aggregate(parts, timeframe);
  }
  std::vector<Candle> out =
      feed_.candles(query.symbol, timeframe,
                    {query.from, std::min(query.to, present), query.limit - parts.size()});
  out.insert(out.end(), parts.begin(), parts.end());
  reply(std::move(out));
}

void PaperExchange::place(Permit permit, const OrderRequest& order, Reply<OrderReport> reply) {
  if (!enter(permit)) return reply(used_up());
  reply(accept(order));
}

void PaperExchange::order_by_client_id(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                                       Reply<std::optional<OrderReport>> reply) {
  if (!enter(permit)) return reply(used_up());
  const PaperOrder* const order = register_.find(id);
  if (order == nullptr && register_.is_taken(id))
    return reply(fail(ErrorCode::kUnavailable, "the order is final and no longer remembered",
                      id.value, "raise the number of remembered orders"));
  if (order == nullptr || order->state == PaperOrderState::kDormant ||
      order->report.symbol != symbol)
    return reply(std::optional<OrderReport>{});
  reply(std::optional<OrderReport>{order->report});
}

void PaperExchange::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                           Reply<OrderReport> reply) {
  if (!enter(permit)) return reply(used_up());
  PaperOrder* const order = register_.find(id);
  if (order == nullptr || order->state == PaperOrderState::kDormant ||
      order->report.symbol != symbol)
    return reply(fail(ErrorCode::kNotFound, "no such order", id.value));
  if (order->state == PaperOrderState::kLive) {
    if (const auto allowed = check_cancel(*order); !allowed)
      return reply(tl::unexpected<Error>(allowed.error()));
    const PaperGroup* const group = order->group;
    finish(*order, OrderStatus::kCancelled, "cancelled on request", now_);
    drop_if_idle(group);
  }
  reply(order->report);
}

void PaperExchange::note_stop(const PositionId& group, Price trigger) {
  advance(clock_.now());
  PaperGroup* const found = find_group(group);
  if (found == nullptr) return;
  for (PaperOrder* order : found->orders) {
    if (!order->attached || !order->protects() || order->triggered) continue;
    const bool tightens =
        order->side == OrderSide::kSell ? trigger > order->trigger : trigger < order->trigger;
    if (tightens) order->trigger = trigger;
  }
}

std::vector<PaperExchange::StandingStops> PaperExchange::standing_stops() const {
  std::vector<StandingStops> all;
  for (const auto& [id, group] : groups_) {
    if (!group->named || group->open.is_zero()) continue;
    StandingStops& stops = all.emplace_back(StandingStops{id, {}});
    for (const PaperOrder* order : group->orders)
      if (order->protects()) stops.triggers.push_back(order->trigger);
  }
  return all;
}

void PaperExchange::order_updates(Permit permit, std::uint64_t cursor, Reply<OrderUpdates> reply) {
  if (!enter(permit)) return reply(used_up());
  reply(register_.since(cursor));
}

void PaperExchange::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  if (!enter(permit)) return reply(used_up());
  reply(wallet_.balances());
}

}  // namespace botbox::exchange
