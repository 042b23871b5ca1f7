#include "tests/exchange/venue/scripted_venue.hpp"

#include <algorithm>
#include <utility>

namespace botbox::exchange::testing {
namespace {

const Price kPrice = Price::literal("100");
const Symbol kScriptedSymbol{"BTC/USDT"};

Decimal times(Decimal a, Decimal b) { return *multiply(a, b, Rounding::kHalfEven); }

bool is_conditional(OrderType type) {
  return type == OrderType::kStopMarket || type == OrderType::kTakeProfitMarket;
}

}  // namespace

ScriptedVenue::ScriptedVenue(VenueFeatures features) : features_(features) {
  Instrument traded = instrument(kScriptedSymbol.value, "0.01", "0.001");
  traded.min_notional = Notional::literal("5");
  listed = {traded};
}

PermitRequest ScriptedVenue::cost(VenueCall call, std::uint32_t size) const {
  const bool places = call == VenueCall::kPlace || call == VenueCall::kPlaceBracket;
  return {.weight = 1 + size / 100, .orders = places ? 1 : 0};
}

template <class T, class Work>
void ScriptedVenue::serve(VenueCall call, const Permit& permit, const Reply<T>& reply, Work work) {
  if (!permit.consume()) return reply(fail(ErrorCode::kRateLimited, "the permit is used up"));
  ++calls[call];
  Fate fate = Fate::kNormal;
  if (auto& planned = fates[call]; !planned.empty()) {
    fate = planned.front();
    planned.pop_front();
  }
  if (fate == Fate::kReject) return reply(fail(ErrorCode::kRejected, "scripted -2021"));
  if (fate == Fate::kUnavailable) return reply(fail(ErrorCode::kUnavailable, "scripted"));
  if (fate == Fate::kLoseRequest) return reply(fail(ErrorCode::kOutcomeUnknown, "time-out"));
  Result<T> result = work();
  if (fate == Fate::kLoseReply) return reply(fail(ErrorCode::kOutcomeUnknown, "time-out"));
  if (fate == Fate::kHoldReply)
    return late.push_back([reply, result = std::move(result)] { reply(result); });
  reply(std::move(result));
}

// -- what the test does

VenueOrder* ScriptedVenue::newest(const ClientOrderId& id) {
  for (auto order = orders.rbegin(); order != orders.rend(); ++order)
    if (order->client_id == id) return &*order;
  return nullptr;
}

std::vector<VenueOrder> ScriptedVenue::open() const {
  std::vector<VenueOrder> out;
  std::copy_if(orders.begin(), orders.end(), std::back_inserter(out),
               [](const VenueOrder& order) { return !is_final(order.status); });
  return out;
}

std::size_t ScriptedVenue::live_stops() const {
  const auto all = open();
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [](const VenueOrder& o) {
    return o.type == OrderType::kStopMarket;
  }));
}

void ScriptedVenue::fill(const std::string& id, std::string_view quantity) {
  execute(*newest({id}), Quantity::literal(quantity));
}

void ScriptedVenue::let_late_come() {
  for (const std::function<void()>& reply : std::exchange(late, {})) reply();
}

void ScriptedVenue::cancel_by_hand(const std::string& id) { end(*newest({id})); }

void ScriptedVenue::execute(VenueOrder& order, Quantity quantity) {
  VenueExecution trade;
  trade.id = {"e" + std::to_string(next_id_++)};
  trade.client_id = order.client_id;
  trade.order_id = order.order_id;
  trade.symbol = order.symbol;
  trade.side = order.side;
  trade.price = kPrice;
  trade.quantity = quantity;
  trade.fee_asset = fee_asset;
  const Decimal value = times(kPrice.value, quantity.value);
  const bool buys = order.side == OrderSide::kBuy;
  // Nobody takes a fee out of coins that have just been sold.
  if (fee_asset.value == "BTC" && !buys) trade.fee_asset = {"USDT"};
  trade.fee = times(trade.fee_asset.value == "BTC" ? quantity.value : value, fee_rate);
  trade.at = kStart + passed + Duration{next_id_};
  trades.push_back(trade);
  base_ = buys ? base_ + quantity.value : base_ - quantity.value;
  quote_ = buys ? quote_ - value : quote_ + value;
  if (trade.fee_asset.value == "USDT") quote_ = quote_ - trade.fee;
  if (trade.fee_asset.value == "BTC") base_ = base_ - trade.fee;
  order.filled += quantity;
  order.filled_value += Notional{value};
  order.updated_at = trade.at;
  order.status =
      order.filled == order.quantity ? OrderStatus::kFilled : OrderStatus::kPartiallyFilled;
  if (!features_.bracket_needed || !is_conditional(order.type)) return;
  for (VenueOrder& other : orders)
    if (is_conditional(other.type) && !is_final(other.status) && &other != &order)
      other.status = OrderStatus::kCancelled;
}

void ScriptedVenue::end(VenueOrder& order) {
  order.status = OrderStatus::kCancelled;
  if (!features_.bracket_needed || !is_conditional(order.type)) return;
  for (VenueOrder& other : orders)
    if (is_conditional(other.type) && !is_final(other.status))
      other.status = OrderStatus::kCancelled;
}

Decimal ScriptedVenue::locked_base() const {
  Decimal sum;
  for (const VenueOrder& order : open())
    if (order.side == OrderSide::kSell && order.type != OrderType::kTakeProfitMarket)
      sum = sum + (order.quantity - order.filled).value;
  return sum;
}

Decimal ScriptedVenue::locked_quote() const {
  Decimal sum;
  for (const VenueOrder& order : open())
    if (order.side == OrderSide::kBuy)
      sum = sum + times(order.limit.value, (order.quantity - order.filled).value);
  return sum;
}

// -- orders

std::optional<Error> ScriptedVenue::refusal_of(const VenueOrderRequest& request) const {
  const auto rejected = [](std::string why) { return Error{ErrorCode::kRejected, why, {}, {}}; };
  const auto traded = std::find_if(listed.begin(), listed.end(), [&](const Instrument& each) {
    return each.symbol == request.symbol;
  });
  if (traded == listed.end()) return rejected("no such symbol");
  if (!is_multiple_of(request.quantity.value, traded->lot.value)) return rejected("lot");
  if (!is_multiple_of(request.limit.value, traded->tick.value)) return rejected("tick");
  const Price price = request.type == OrderType::kLimit ? request.limit : kPrice;
  if (request.side == OrderSide::kBuy &&
      times(price.value, request.quantity.value) > quote_ - locked_quote())
    return rejected("balance");
  const bool shares_coins =
      request.type == OrderType::kTakeProfitMarket || features_.market == MarketType::kLinear;
  if (request.side == OrderSide::kSell && !shares_coins &&
      request.quantity.value > base_ - locked_base())
    return rejected("balance");
  return std::nullopt;
}

Result<VenueOrder> ScriptedVenue::create(const VenueOrderRequest& request) {
  if (auto refused = refusal_of(request)) return tl::unexpected<Error>(*refused);
  const VenueOrder* known = newest(request.client_id);
  if (known != nullptr && (!features_.client_id_reusable || !is_final(known->status)))
    return fail(ErrorCode::kAlreadyExists, "duplicate order");
  VenueOrder made;
  made.client_id = request.client_id;
  made.order_id = {"v" + std::to_string(next_id_++)};
  made.symbol = request.symbol;
  made.side = request.side;
  made.type = request.type;
  made.effect = request.effect;
  made.quantity = request.quantity;
  made.limit = request.limit;
  made.trigger = request.trigger;
  made.created_at = made.updated_at = kStart + Duration{next_id_};
  orders.push_back(made);
  if (request.type == OrderType::kMarket)
    execute(orders.back(), market_fill.is_zero() || request.effect == OrderEffect::kReduceOnly
                               ? request.quantity
                               : market_fill);
  return acknowledges_only ? made : orders.back();
}

void ScriptedVenue::place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) {
  serve<VenueOrder>(VenueCall::kPlace, permit, reply, [&] { return create(order); });
}

void ScriptedVenue::place_bracket(Permit permit, const VenueBracketRequest& bracket,
                                  Reply<std::vector<VenueOrder>> reply) {
  serve<std::vector<VenueOrder>>(VenueCall::kPlaceBracket, permit, reply,
                                 [&]() -> Result<std::vector<VenueOrder>> {
                                   VenueOrderRequest leg;
                                   leg.symbol = bracket.symbol;
                                   leg.side = bracket.side;
                                   leg.quantity = bracket.quantity;
                                   leg.client_id = bracket.stop_client_id;
                                   leg.type = OrderType::kStopMarket;
                                   leg.trigger = bracket.stop_trigger;
                                   BOTBOX_ASSIGN(const VenueOrder stop, create(leg));
                                   leg.client_id = bracket.target_client_id;
                                   leg.type = OrderType::kTakeProfitMarket;
                                   leg.trigger = bracket.target_trigger;
                                   BOTBOX_ASSIGN(const VenueOrder target, create(leg));
                                   return std::vector<VenueOrder>{stop, target};
                                 });
}

void ScriptedVenue::amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) {
  serve<VenueOrder>(VenueCall::kAmend, permit, reply, [&]() -> Result<VenueOrder> {
    VenueOrder* order = newest(change.client_id);
    if (order == nullptr || is_final(order->status))
      return fail(ErrorCode::kNotFound, "no such order");
    order->quantity = change.quantity;
    return *order;
  });
}

void ScriptedVenue::cancel(Permit permit, const Symbol&, const ClientOrderId& id,
                           Reply<VenueOrder> reply) {
  serve<VenueOrder>(VenueCall::kCancel, permit, reply, [&]() -> Result<VenueOrder> {
    VenueOrder* order = newest(id);
    if (order == nullptr || is_final(order->status))
      return fail(ErrorCode::kNotFound, "no such order");
    end(*order);
    return *order;
  });
}

void ScriptedVenue::order(Permit permit, const Symbol&, const ClientOrderId& id,
                          Reply<std::optional<VenueOrder>> reply) {
  serve<std::optional<VenueOrder>>(VenueCall::kOrder, permit, reply,
                                   [&]() -> Result<std::optional<VenueOrder>> {
                                     if (!old_words.empty()) {
                                       const VenueOrder old = old_words.front();
                                       old_words.pop_front();
                                       return std::optional(old);
                                     }
                                     const VenueOrder* order = newest(id);
                                     if (order == nullptr || forgotten.contains(id.value))
                                       return std::optional<VenueOrder>{};
                                     return std::optional(*order);
                                   });
}

void ScriptedVenue::open_orders(Permit permit, const Symbol&,
                                Reply<std::vector<VenueOrder>> reply) {
  serve<std::vector<VenueOrder>>(VenueCall::kOpenOrders, permit, reply,
                                 [&]() -> Result<std::vector<VenueOrder>> {
                                   std::vector<VenueOrder> told = open();
                                   std::erase_if(told, [&](const VenueOrder& order) {
                                     return forgotten.contains(order.client_id.value);
                                   });
                                   return told;
                                 });
}

void ScriptedVenue::executions(Permit permit, const ExecutionQuery& query,
                               Reply<std::vector<VenueExecution>> reply) {
  serve<std::vector<VenueExecution>>(
      VenueCall::kExecutions, permit, reply, [&]() -> Result<std::vector<VenueExecution>> {
        const bool by_time = !query.filled.is_zero();
        looks_by_time += by_time ? 1 : 0;
        const Duration reach = features_.executions_by_order;
        const bool is_short = reach > Duration{0} && !by_time;
        std::vector<VenueExecution> found;
        for (const VenueExecution& trade : trades) {
          if (is_short && trade.at + reach < kStart + passed) continue;
          if (query.order_id.empty() || trade.order_id == query.order_id) found.push_back(trade);
        }
        return found;
      });
}

void ScriptedVenue::funding(Permit permit, const FundingQuery& query,
                            Reply<std::vector<VenueFunding>> reply) {
  serve<std::vector<VenueFunding>>(VenueCall::kFunding, permit, reply,
                                   [&]() -> Result<std::vector<VenueFunding>> {
                                     std::vector<VenueFunding> found;
                                     for (const VenueFunding& payment : paid)
                                       if (payment.at >= query.from && payment.at <= query.to)
                                         found.push_back(payment);
                                     return found;
                                   });
}

void ScriptedVenue::funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) {
  serve<std::vector<FundingTime>>(
      VenueCall::kFundingTimes, permit, reply, [&]() -> Result<std::vector<FundingTime>> {
        if (next_funding.is_never()) return std::vector<FundingTime>{};
        return std::vector<FundingTime>{{kScriptedSymbol, kStart + passed + offset, next_funding}};
      });
}

// -- facts

void ScriptedVenue::server_time(Permit permit, Reply<Timestamp> reply) {
  serve<Timestamp>(VenueCall::kServerTime, permit, reply,
                   [&]() -> Result<Timestamp> { return kStart + passed + offset; });
}

void ScriptedVenue::instruments(Permit permit, Reply<std::vector<Instrument>> reply) {
  serve<std::vector<Instrument>>(VenueCall::kInstruments, permit, reply,
                                 [&]() -> Result<std::vector<Instrument>> { return listed; });
}

void ScriptedVenue::candles(Permit permit, const CandleQuery& query,
                            Reply<std::vector<Candle>> reply) {
  serve<std::vector<Candle>>(
      VenueCall::kCandles, permit, reply, [&]() -> Result<std::vector<Candle>> {
        // Candles go on when a symbol is not traded any more.
        if (query.symbol != kScriptedSymbol) return fail(ErrorCode::kRejected, "no such symbol");
        std::vector<Candle> made;
        for (Timestamp at = query.from; at < query.to; at = at + kMinute)
          made.push_back({at, kPrice, kPrice, kPrice, kPrice, Quantity::literal("1")});
        if (made.size() > query.limit)
          made.erase(made.begin(), made.end() - static_cast<std::ptrdiff_t>(query.limit));
        return made;
      });
}

void ScriptedVenue::ticker(Permit permit, const Symbol& symbol, Reply<Ticker> reply) {
  serve<Ticker>(VenueCall::kTicker, permit, reply, [&]() -> Result<Ticker> {
    return Ticker{symbol, kPrice, kPrice, kPrice, {}, kStart};
  });
}

void ScriptedVenue::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  serve<std::vector<Balance>>(
      VenueCall::kBalances, permit, reply, [&]() -> Result<std::vector<Balance>> {
        return std::vector<Balance>{{{"BTC"}, base_ - locked_base(), locked_base()},
                                    {{"USDT"}, quote_ - locked_quote(), locked_quote()}};
      });
}

void ScriptedVenue::positions(Permit permit, Reply<std::vector<VenuePosition>> reply) {
  serve<std::vector<VenuePosition>>(VenueCall::kPositions, permit, reply,
                                    [&]() -> Result<std::vector<VenuePosition>> { return held; });
}

void ScriptedVenue::cancel_all(Permit permit, const Symbol&, Reply<std::monostate> reply) {
  serve<std::monostate>(VenueCall::kCancelAll, permit, reply,
                        []() -> Result<std::monostate> { return {}; });
}
void ScriptedVenue::set_leverage(Permit permit, const Symbol&, Decimal,
                                 Reply<std::monostate> reply) {
  serve<std::monostate>(VenueCall::kSetLeverage, permit, reply,
                        []() -> Result<std::monostate> { return {}; });
}
void ScriptedVenue::set_margin_mode(Permit permit, const Symbol&, MarginMode,
                                    Reply<std::monostate> reply) {
  serve<std::monostate>(VenueCall::kSetMarginMode, permit, reply,
                        []() -> Result<std::monostate> { return {}; });
}
void ScriptedVenue::account(Permit permit, Reply<AccountFacts> reply) {
  serve<AccountFacts>(VenueCall::kAccount, permit, reply,
                      []() -> Result<AccountFacts> { return AccountFacts{}; });
}

}  // namespace botbox::exchange::testing
