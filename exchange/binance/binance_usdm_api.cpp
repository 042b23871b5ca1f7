#include "exchange/binance/binance_usdm_api.hpp"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_limits.hpp"
#include "exchange/binance/binance_usdm_trades.hpp"

namespace botbox::exchange {
namespace {

VenueFeatures usdm_features(bool amend) {
  VenueFeatures features;
  features.market = MarketType::kLinear;
  features.amend = amend;
  features.client_id_reusable = true;
  features.account_wide_open_orders = true;
  features.funding_times = true;
  features.executions_by_order = usdm::kTradesRange;
  features.candles_max = 1500;
  return features;
}

constexpr BinancePaths kPaths{
    "/fapi/v1/time",  "/fapi/v1/exchangeInfo", "/fapi/v1/klines",        "/fapi/v1/ticker/24hr",
    "/fapi/v1/order", "/fapi/v1/openOrders",   "/fapi/v1/allOpenOrders", "/fapi/v1/userTrades"};

// Post-only is called "good till crossing" here.
std::string_view time_in_force_of(TimeInForce value) {
  return value == TimeInForce::kPostOnly ? "GTX" : to_string(value);
}

bool is_conditional(OrderType type) {
  return type == OrderType::kStopMarket || type == OrderType::kTakeProfitMarket;
}

VenueOrder as_it_became(VenueOrder algo, const VenueOrder& became) {
  algo.status = became.status;
  algo.quantity = became.quantity;
  algo.filled = became.filled;
  algo.filled_value = became.filled_value;
  algo.message = became.message;
  algo.updated_at = std::max(algo.updated_at, became.updated_at);
  return algo;
}

Result<VenueOrder> parse_plain(std::string_view json) {
  return binance_codec::parse_order(json, MarketType::kLinear);
}

// The history is told from its oldest entry on, so many at once; the next request begins at the
// time of the last one, at which there may be more.
class IncomeCall : public std::enable_shared_from_this<IncomeCall> {
 public:
  IncomeCall(std::shared_ptr<BinanceRest> rest, std::shared_ptr<BinanceSymbols> symbols,
             BinanceQuery about, FundingQuery wanted, Reply<std::vector<VenueFunding>> reply)
      : rest_(std::move(rest)),
        symbols_(std::move(symbols)),
        about_(std::move(about)),
        wanted_(std::move(wanted)),
        reply_(std::move(reply)) {}

  void ask(const Permit& permit) {
    BinanceQuery query = about_;
    query.add("incomeType", "FUNDING_FEE")
        .add("startTime", std::max<std::int64_t>(wanted_.from.ms, 0))
        .add("endTime", wanted_.to.ms)
        .add("limit", std::int64_t{kIncomeMax});
    rest_->send<std::vector<VenueFunding>>(
        permit, {HttpMethod::kGet, "/fapi/v1/income", query},
        [self = shared_from_this()](Result<std::vector<VenueFunding>> part) {
          self->take(std::move(part));
        },
        binance_codec::parse_funding);
  }

 private:
  static constexpr std::size_t kIncomeMax = 1'000;

  void take(Result<std::vector<VenueFunding>> part) {
    if (!part) return reply_(tl::unexpected<Error>(std::move(part).error()));
    const bool is_last = part->size() < kIncomeMax;
    const Timestamp newest = part->empty() ? wanted_.to : part->back().at;
    for (VenueFunding& payment : *part) {
      if (!seen_.insert(payment.id).second) continue;
      payment.symbol = wanted_.symbol.empty() ? symbols_->unified(payment.symbol) : wanted_.symbol;
      found_.push_back(std::move(payment));
    }
    if (is_last) return reply_(std::move(found_));
    if (newest <= wanted_.from)
      return reply_(fail(ErrorCode::kOutcomeUnknown, "the answer has no end", "/fapi/v1/income"));
    wanted_.from = newest;
    rest_->further_permit(binance_cost(MarketType::kLinear, VenueCall::kFunding, 0),
                          [self = shared_from_this()](const Result<Permit>& permit) {
                            if (!permit) return self->reply_(tl::unexpected<Error>(permit.error()));
                            self->ask(*permit);
                          });
  }

  std::shared_ptr<BinanceRest> rest_;
  std::shared_ptr<BinanceSymbols> symbols_;
  BinanceQuery about_;
  FundingQuery wanted_;
  Reply<std::vector<VenueFunding>> reply_;
  std::vector<VenueFunding> found_;
  std::set<std::string> seen_;  // by the venue's ids
};

}  // namespace

BinanceUsdmApi::BinanceUsdmApi(BinanceUsdmOptions options, Credentials credentials,
                               HttpSender& transport, const Clock& clock)
    : BinanceApi(usdm_features(true), kPaths,
                 std::make_shared<BinanceRest>(MarketType::kLinear,
                                               static_cast<const BinanceOptions&>(options),
                                               std::move(credentials), transport, clock),
                 std::make_shared<BinanceSymbols>()),
      working_price_(options.working_price),
      conditional_(new BinanceUsdmApi(*this, Side::kConditional)) {}

BinanceUsdmApi::BinanceUsdmApi(const BinanceUsdmApi& plain, Side side)
    : BinanceApi(usdm_features(false), kPaths, plain.shared_rest(), plain.shared_symbols()),
      side_(side),
      working_price_(plain.working_price_) {}

void BinanceUsdmApi::balances(Permit permit, Reply<std::vector<Balance>> reply) {
  rest().send<std::vector<Balance>>(permit, {HttpMethod::kGet, "/fapi/v3/balance"},
                                    std::move(reply), binance_codec::parse_usdm_balances);
}

void BinanceUsdmApi::positions(Permit permit, Reply<std::vector<VenuePosition>> reply) {
  using Positions = std::vector<VenuePosition>;
  rest().send<Positions>(
      permit, {HttpMethod::kGet, "/fapi/v3/positionRisk"},
      [symbols = shared_symbols(), reply = std::move(reply)](Result<Positions> positions) {
        if (positions)
          for (VenuePosition& position : *positions)
            position.symbol = symbols->unified(position.symbol);
        reply(std::move(positions));
      },
      binance_codec::parse_positions);
}

void BinanceUsdmApi::open_orders(Permit permit, const Symbol& symbol, Reply<Orders> reply) {
  if (side_ == Side::kPlain) return BinanceApi::open_orders(permit, symbol, std::move(reply));
  const Result<BinanceQuery> query = symbol.empty() ? BinanceQuery() : query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  rest().send<Orders>(permit, {HttpMethod::kGet, "/fapi/v1/openAlgoOrders", *query},
                      naming_symbols(std::move(reply)), binance_codec::parse_algo_orders);
}

void BinanceUsdmApi::order(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                           Reply<std::optional<VenueOrder>> reply) {
  if (side_ == Side::kPlain) return BinanceApi::order(permit, symbol, id, std::move(reply));
  const Result<BinanceQuery> query = query_of(symbol, "clientAlgoId", id);
  if (!query) return refuse(permit, query.error(), reply);
  rest().send<VenueOrder>(permit, {HttpMethod::kGet, "/fapi/v1/algoOrder", *query},
                          finding(symbol, id, with_what_it_became(symbol, std::move(reply))),
                          binance_codec::parse_algo_order);
}

Reply<std::optional<VenueOrder>> BinanceUsdmApi::with_what_it_became(
    const Symbol& symbol, Reply<std::optional<VenueOrder>> reply) const {
  using Found = std::optional<VenueOrder>;
  return [symbol, rest = shared_rest(), cost = cost(VenueCall::kOrder, 0),
          query = query_of(symbol).value_or(BinanceQuery()),
          reply = std::move(reply)](Result<Found> found) {
    if (!found || !*found || (*found)->order_id.value.starts_with(binance_codec::kAlgoIdPrefix))
      return reply(std::move(found));
    BinanceQuery of_order = query;
    of_order.add("orderId", (*found)->order_id.value);
    rest->further_permit(cost,
                         [rest, of_order, algo = **found, reply](const Result<Permit>& further) {
                           if (!further) return reply(tl::unexpected<Error>(further.error()));
                           rest->send<VenueOrder>(
                               *further, {HttpMethod::kGet, "/fapi/v1/order", of_order},
                               [algo, reply](const Result<VenueOrder>& became) {
                                 if (became) return reply(Found(as_it_became(algo, *became)));
                                 // The venue forgets orders that ended without a fill.
                                 if (became.error().code == ErrorCode::kNotFound)
                                   return reply(Found(algo));
                                 reply(tl::unexpected<Error>(became.error()));
                               },
                               parse_plain);
                         });
  };
}

void BinanceUsdmApi::executions(Permit permit, const ExecutionQuery& query,
                                Reply<std::vector<VenueExecution>> reply) {
  using Executions = std::vector<VenueExecution>;
  if (query.order_id.empty() || query.filled.is_zero() || query.from.is_never())
    return BinanceApi::executions(permit, query, std::move(reply));
  const Result<BinanceQuery> about = query_of(query.symbol);
  if (!about) return refuse(permit, about.error(), reply);
  BinanceApi::executions(permit, query,
                         [rest = shared_rest(), about = *about, query,
                          reply = std::move(reply)](Result<Executions> by_order) {
                           const bool is_all = !by_order ||
                                               usdm::sum_of(*by_order) >= query.filled ||
                                               query.from >= rest->venue_now() - usdm::kTradesRange;
                           if (is_all) return reply(std::move(by_order));
                           usdm::find_old_trades(rest, about, query, *std::move(by_order), reply);
                         });
}

void BinanceUsdmApi::funding(Permit permit, const FundingQuery& query,
                             Reply<std::vector<VenueFunding>> reply) {
  if (query.to < query.from)
    return refuse(permit, "the range of funding ends before it begins", reply);
  const Result<BinanceQuery> about = query.symbol.empty() ? BinanceQuery() : query_of(query.symbol);
  if (!about) return refuse(permit, about.error(), reply);
  constexpr Duration kRemembered = std::chrono::hours(89 * 24);  // three months
  FundingQuery wanted = query;
  wanted.from = std::max(query.from, query.to - kRemembered);
  std::make_shared<IncomeCall>(shared_rest(), shared_symbols(), *about, wanted, std::move(reply))
      ->ask(permit);
}

void BinanceUsdmApi::funding_times(Permit permit, Reply<std::vector<FundingTime>> reply) {
  using Times = std::vector<FundingTime>;
  rest().send<Times>(
      permit, {HttpMethod::kGet, "/fapi/v1/premiumIndex", {}, BinanceRequest::Access::kPublic},
      [symbols = shared_symbols(), reply = std::move(reply)](Result<Times> times) {
        if (times)
          for (FundingTime& each : *times) each.symbol = symbols->unified(each.symbol);
        reply(std::move(times));
      },
      binance_codec::parse_funding_times);
}

void BinanceUsdmApi::place(Permit permit, const VenueOrderRequest& order, Reply<VenueOrder> reply) {
  if (!order.attached_stop_loss.is_zero() || !order.attached_take_profit.is_zero())
    return refuse(permit, "orders cannot carry a stop or a target here", reply);
  if (is_conditional(order.type)) return place_conditional(permit, order, std::move(reply));
  place_plain(permit, order, std::move(reply));
}

void BinanceUsdmApi::place_plain(const Permit& permit, const VenueOrderRequest& order,
                                 Reply<VenueOrder> reply) {
  Result<BinanceQuery> query = query_of(order.symbol, "newClientOrderId", order.client_id);
  if (!query) return refuse(permit, query.error(), reply);
  query->add("side", to_string(order.side));
  query->add("type", to_string(order.type));
  if (order.type == OrderType::kLimit)
    query->add("timeInForce", time_in_force_of(order.time_in_force));
  query->add("quantity", to_string(order.quantity));
  if (order.type == OrderType::kLimit) query->add("price", to_string(order.limit));
  if (order.effect == OrderEffect::kReduceOnly) query->add("reduceOnly", "true");
  query->add("newOrderRespType", "RESULT");
  rest().send<VenueOrder>(permit, {HttpMethod::kPost, "/fapi/v1/order", *query},
                          naming(order.symbol, order.client_id, std::move(reply)), parse_plain);
}

void BinanceUsdmApi::place_conditional(const Permit& permit, const VenueOrderRequest& order,
                                       Reply<VenueOrder> reply) {
  Result<BinanceQuery> query = query_of(order.symbol, "clientAlgoId", order.client_id);
  if (!query) return refuse(permit, query.error(), reply);
  query->add("algoType", "CONDITIONAL");
  query->add("side", to_string(order.side));
  query->add("type", to_string(order.type));
  query->add("quantity", to_string(order.quantity));
  query->add("triggerPrice", to_string(order.trigger));
  query->add("workingType",
             working_price_ == WorkingPrice::kMark ? "MARK_PRICE" : "CONTRACT_PRICE");
  if (order.effect == OrderEffect::kReduceOnly) query->add("reduceOnly", "true");
  rest().send<VenueOrder>(permit, {HttpMethod::kPost, "/fapi/v1/algoOrder", *query},
                          naming(order.symbol, order.client_id, std::move(reply)),
                          binance_codec::parse_algo_order);
}

void BinanceUsdmApi::place_bracket(Permit permit, const VenueBracketRequest&, Reply<Orders> reply) {
  refuse(permit, "stop and target stand as single orders here", reply);
}

void BinanceUsdmApi::amend(Permit permit, const AmendOrder& change, Reply<VenueOrder> reply) {
  if (side_ == Side::kConditional)
    return refuse(permit, "conditional orders cannot be amended here", reply);
  if (change.quantity.is_zero() || change.limit.is_zero() || !change.trigger.is_zero())
    return refuse(permit, "an amendment is a quantity and a limit here, both", reply);
  Result<BinanceQuery> query = query_of(change.symbol, "origClientOrderId", change.client_id);
  if (!query) return refuse(permit, query.error(), reply);
  query->add("side", to_string(change.side));
  query->add("quantity", to_string(change.quantity));
  query->add("price", to_string(change.limit));
  rest().send<VenueOrder>(permit, {HttpMethod::kPut, "/fapi/v1/order", *query},
                          naming(change.symbol, change.client_id, std::move(reply)), parse_plain);
}

void BinanceUsdmApi::cancel(Permit permit, const Symbol& symbol, const ClientOrderId& id,
                            Reply<VenueOrder> reply) {
  if (side_ == Side::kPlain) return BinanceApi::cancel(permit, symbol, id, std::move(reply));
  const Result<BinanceQuery> query = query_of(symbol, "clientAlgoId", id);
  if (!query) return refuse(permit, query.error(), reply);
  rest().send<VenueOrder>(permit, {HttpMethod::kDelete, "/fapi/v1/algoOrder", *query},
                          naming(symbol, id, std::move(reply)),
                          binance_codec::parse_algo_cancelled);
}

void BinanceUsdmApi::cancel_all(Permit permit, const Symbol& symbol, Reply<std::monostate> reply) {
  if (side_ == Side::kPlain) return BinanceApi::cancel_all(permit, symbol, std::move(reply));
  const Result<BinanceQuery> query = query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  command(permit, {HttpMethod::kDelete, "/fapi/v1/algoOpenOrders", *query}, ErrorCode::kNotFound,
          std::move(reply));
}

void BinanceUsdmApi::set_leverage(Permit permit, const Symbol& symbol, Decimal leverage,
                                  Reply<std::monostate> reply) {
  if (!is_multiple_of(leverage, Decimal::from_int(1)) || !leverage.is_positive())
    return refuse(permit, "leverage is a whole number here", reply);
  Result<BinanceQuery> query = query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  query->add("leverage", to_string(leverage));
  command(permit, {HttpMethod::kPost, "/fapi/v1/leverage", *query}, ErrorCode::kAlreadyExists,
          std::move(reply));
}

void BinanceUsdmApi::set_margin_mode(Permit permit, const Symbol& symbol, MarginMode mode,
                                     Reply<std::monostate> reply) {
  if (mode == MarginMode::kNone)
    return refuse(permit, "a margin mode is cross or isolated here", reply);
  Result<BinanceQuery> query = query_of(symbol);
  if (!query) return refuse(permit, query.error(), reply);
  query->add("marginType", mode == MarginMode::kCross ? "CROSSED" : "ISOLATED");
  command(permit, {HttpMethod::kPost, "/fapi/v1/marginType", *query}, ErrorCode::kAlreadyExists,
          std::move(reply));
}

void BinanceUsdmApi::account(Permit permit, Reply<AccountFacts> reply) {
  rest().send<AccountFacts>(permit, {HttpMethod::kGet, "/fapi/v1/accountConfig"}, std::move(reply),
                            binance_codec::parse_usdm_account);
}

void BinanceUsdmApi::key_rights(Permit permit, Reply<std::optional<AccountFacts>> reply) {
  if (rest().options().key_restrictions_url.empty())
    return BinanceApi::key_rights(permit, std::move(reply));
  ask_key_restrictions(permit, MarketType::kLinear,
                       [reply = std::move(reply)](Result<AccountFacts> facts) {
                         if (!facts) return reply(tl::unexpected<Error>(std::move(facts).error()));
                         reply(std::optional<AccountFacts>(*std::move(facts)));
                       });
}

}  // namespace botbox::exchange
