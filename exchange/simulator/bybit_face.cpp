#include "exchange/simulator/bybit_face.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/simulator/sim_arithmetic.hpp"
#include "exchange/venue/signing.hpp"

namespace botbox::exchange::sim {
namespace {

constexpr std::int64_t kRecvWindow = 5000;
constexpr std::chrono::minutes kAddressBan{10};

std::string envelope(int code, const std::string& message, const JsonText& result,
                     Timestamp clock) {
  return fmt::format(R"({{"retCode":{},"retMsg":{},"result":{},"retExtInfo":{{}},"time":{}}})",
                     code, Json(message).dump(), result.text, clock.ms);
}

std::optional<Timeframe> timeframe_of(const std::string& interval) {
  const std::string text = interval == "D" ? "1d" : interval == "W" ? "1w" : interval + "m";
  if (interval == "60" || interval == "120" || interval == "240" || interval == "360" ||
      interval == "720")
    return Timeframe::minutes(std::stoll(interval));
  const auto parsed = Timeframe::parse(text);
  return parsed ? std::optional<Timeframe>(*parsed) : std::nullopt;
}

}  // namespace

BybitFace::BybitFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note)
    : venue_(venue), settings_(std::move(settings)), note_(std::move(note)) {
  route_market_data();
  route_account();
  route_orders();
}

void BybitFace::route_market_data() {
  const auto none = Security::kNone;
  routes_["GET /v5/market/time"] = {none, 0, [](Call& c) -> BybitAnswer {
                                      return Json{
                                          {"timeSecond", std::to_string(c.clock.ms / 1000)},
                                          {"timeNano", std::to_string(c.clock.ms) + "000000"}};
                                    }};
  routes_["GET /v5/market/instruments-info"] = {none, 0,
                                                [this](Call& c) { return instruments(c); }};
  routes_["GET /v5/market/kline"] = {none, 0, [this](Call& c) { return kline(c); }};
  routes_["GET /v5/market/tickers"] = {none, 0, [this](Call& c) { return tickers(c); }};
  routes_["GET /v5/market/orderbook"] = {none, 0, [this](Call& c) { return book(c); }};
}

void BybitFace::route_account() {
  const auto is_signed = Security::kSigned;
  routes_["GET /v5/account/wallet-balance"] = {is_signed, 50,
                                               [this](Call& c) { return wallet(c); }};
  routes_["GET /v5/account/transaction-log"] = {is_signed, 30,
                                                [this](Call& c) { return transactions(c); }};
  routes_["GET /v5/user/query-api"] = {is_signed, 10, [this](Call& c) { return key_info(c); }};
  routes_["GET /v5/account/fee-rate"] = {is_signed, 10, [this](Call& c) { return fee_rate(c); }};
  routes_["GET /v5/asset/coin/query-info"] = {is_signed, 10, [](Call&) -> BybitAnswer {
                                                return Json{{"rows", Json::array()}};
                                              }};
  routes_["GET /v5/account/info"] = {
      is_signed, 50, [](Call& c) -> BybitAnswer {
        const bool isolated = std::any_of(
            c.account->positions.begin(), c.account->positions.end(),
            [](const auto& held) { return held.second.margin_mode == MarginMode::kIsolated; });
        return Json{{"marginMode", isolated ? "ISOLATED_MARGIN" : "REGULAR_MARGIN"},
                    {"updatedTime", std::to_string(c.clock.ms)},
                    {"unifiedMarginStatus", 5},
                    {"dcpStatus", "OFF"},
                    {"timeWindow", 10},
                    {"smpGroup", 0},
                    {"isMasterTrader", false},
                    {"spotHedgingStatus", "OFF"}};
      }};
}

void BybitFace::route_orders() {
  const auto is_signed = Security::kSigned;
  routes_["POST /v5/order/create"] = {is_signed, 10, [this](Call& c) { return create(c); }};
  routes_["POST /v5/order/amend"] = {is_signed, 10, [this](Call& c) { return amend(c); }};
  routes_["POST /v5/order/cancel"] = {is_signed, 10, [this](Call& c) { return cancel(c); }};
  routes_["POST /v5/order/cancel-all"] = {is_signed, 10, [this](Call& c) { return cancel_all(c); }};
  routes_["GET /v5/order/realtime"] = {is_signed, 50, [this](Call& c) { return realtime(c); }};
  routes_["GET /v5/order/history"] = {is_signed, 50, [this](Call& c) { return history(c); }};
  routes_["GET /v5/execution/list"] = {is_signed, 50, [this](Call& c) { return executions(c); }};
  routes_["GET /v5/position/list"] = {is_signed, 50, [this](Call& c) { return positions(c); }};
  routes_["POST /v5/position/set-leverage"] = {is_signed, 10,
                                               [this](Call& c) { return set_leverage(c); }};
  routes_["POST /v5/account/set-margin-mode"] = {is_signed, 5,
                                                 [this](Call& c) { return set_margin_mode(c); }};
  routes_["POST /v5/position/switch-mode"] = {is_signed, 10,
                                              [this](Call& c) { return switch_mode(c); }};
  routes_["POST /v5/position/trading-stop"] = {is_signed, 10,
                                               [this](Call& c) { return trading_stop(c); }};
}

WireAnswer BybitFace::turned_away(Timestamp clock) const {
  if (ban_word_ == BanWord::kCode)
    return {200,
            envelope(10018, "Exceeded the IP Rate Limit.", Json::object(), clock),
            {{"X-Bapi-Limit-Reset-Timestamp", std::to_string(banned_until_.ms)}}};
  return {
      403, "<html><body>403 access too frequent</body></html>", {{"Content-Type", "text/html"}}};
}

WireAnswer BybitFace::handle(const WireRequest& request, Timestamp clock) {
  if (clock < banned_until_) return turned_away(clock);
  if (address_.add("", clock) > address_.limit() && settings_.enforce_limits) {
    ban(clock + kAddressBan, BanWord::kStatus);
    return turned_away(clock);
  }
  const std::string what = request.method + " " + request.path;
  const auto found = routes_.find(what);
  if (found == routes_.end()) return {404, "", {}};
  Call call;
  call.clock = clock;
  parse_form(request.query, call.params);
  WireAnswer answer;
  std::optional<BybitError> error;
  if (request.method == "POST" && !parse_object(request.body, call.params))
    error = BybitError{10001, "params error: the body is no JSON object"};
  const bool is_signed = found->second.security == Security::kSigned;
  if (!error && is_signed) error = authorise(request, call);
  if (!error && is_signed)
    error = count(what, found->second, call, request.header("x-bapi-api-key"), answer);
  JsonText result = Json::object();
  if (!error) {
    BybitText served = found->second.serve(call);
    if (served)
      result = *std::move(served);
    else
      error = served.error();
  }
  answer.body = error ? envelope(error->code, error->message, result, clock)
                      : envelope(0, "OK", result, clock);
  return answer;
}

std::optional<BybitError> BybitFace::authorise(const WireRequest& request, Call& call) const {
  const std::string key = request.header("x-bapi-api-key");
  const std::string stamp = request.header("x-bapi-timestamp");
  std::string window = request.header("x-bapi-recv-window");
  const std::string sign = request.header("x-bapi-sign");
  if (key.empty() || stamp.empty() || sign.empty())
    return BybitError{10001, "empty value: apiTimestamp[], apiKey[], apiSignature[]"};
  const auto secret = settings_.secrets.find(key);
  if (secret == settings_.secrets.end()) return BybitError{10003, "API key is invalid."};
  const std::string text =
      stamp + key + window + (request.method == "GET" ? request.query : request.body);
  Params times;
  times.set("stamp", stamp);
  times.set("window", window);
  const std::int64_t at = times.integer("stamp").value_or(0);
  const std::int64_t allowed = times.integer("window").value_or(kRecvWindow);
  const std::int64_t now = call.clock.ms;
  if (settings_.check_timestamps &&
      (at >= now + 1000 * settings_.speed || at < now - allowed * settings_.speed))
    return BybitError{10002,
                      "invalid request, please check your server timestamp or recv_window "
                      "param. req_timestamp[" +
                          stamp + "],server_timestamp[" + std::to_string(now) + "],recv_window[" +
                          std::to_string(allowed) + "]"};
  if (hmac_sha256_hex(secret->second, text) != sign)
    return BybitError{10004, "error sign! origin_string[" + text + "]"};
  call.account = venue_.account(key);
  if (request.method == "GET") call.told = venue_.as_told(*call.account);
  if (call.told != nullptr) call.account = call.told.get();
  return std::nullopt;
}

std::optional<BybitError> BybitFace::count(const std::string& what, const Route& route,
                                           const Call& call, const std::string& key,
                                           WireAnswer& answer) {
  const bool is_spot_order = call.params.text("category") == "spot" &&
                             what.starts_with("POST /v5/order/") && what != "POST /v5/order/amend";
  const std::int64_t most = is_spot_order ? 20 : route.per_second;
  RollingWindow& window =
      windows_.try_emplace(what + (is_spot_order ? " spot" : ""), std::chrono::seconds{1}, most)
          .first->second;
  const std::int64_t used = window.add(key, call.clock);
  answer.headers.emplace_back("X-Bapi-Limit", std::to_string(most));
  answer.headers.emplace_back("X-Bapi-Limit-Status",
                              std::to_string(std::max<std::int64_t>(0, most - used)));
  answer.headers.emplace_back("X-Bapi-Limit-Reset-Timestamp",
                              std::to_string(used > most ? window.end_of(key).ms : call.clock.ms));
  if (used > most && settings_.enforce_limits)
    return BybitError{10006, "Too many visits. Exceeded the API Rate Limit."};
  return std::nullopt;
}

WireAnswer BybitFace::broken(const std::string& kind) const {
  const Timestamp now = venue_.now();
  if (kind == "timeout") return {200, envelope(10000, "Server Timeout", Json::object(), now), {}};
  if (kind == "rate")
    return {200,
            envelope(10006, "Too many visits. Exceeded the API Rate Limit.", Json::object(), now),
            {{"X-Bapi-Limit-Reset-Timestamp", std::to_string(now.ms + 1000)}}};
  return {
      503, "<html><body>503 Service Unavailable</body></html>", {{"Content-Type", "text/html"}}};
}

tl::expected<MarketType, BybitError> BybitFace::market_of(const Params& params) const {
  const std::string& category = params.text("category");
  if (category == "spot") return MarketType::kSpot;
  if (category == "linear") return MarketType::kLinear;
  return bybit_error(10001, "params error: Category is invalid");
}

tl::expected<const Listing*, BybitError> BybitFace::listing_of(const Params& params) const {
  const auto market = market_of(params);
  if (!market) return tl::unexpected(market.error());
  const Listing* found = venue_.listing(params.text("symbol"), *market);
  if (found != nullptr) return found;
  if (*market == MarketType::kSpot) return bybit_error(170121, "Invalid symbol.");
  return bybit_error(10001, "params error: symbol invalid " + params.text("symbol"));
}

BybitAnswer BybitFace::instruments(const Call& call) {
  const std::string& category = call.params.text("category");
  Json rows = Json::array();
  const auto market = market_of(call.params);
  const std::string& status = call.params.text("status");
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    const std::string& wanted = call.params.text("symbol");
    if (!market || i.market != *market || (!wanted.empty() && wanted != venue_symbol(i))) continue;
    if (!status.empty() && status != (listing.is_trading ? "Trading" : "Closed")) continue;
    if (status.empty() && !listing.is_trading) continue;
    const std::string most = i.max_quantity.is_positive() ? to_string(i.max_quantity) : "1000000";
    Json row{{"symbol", venue_symbol(i)},
             {"baseCoin", i.base.value},
             {"quoteCoin", i.quote.value},
             {"status", listing.is_trading ? "Trading" : "Closed"}};
    if (*market == MarketType::kSpot) {
      row["innovation"] = "0";
      row["marginTrading"] = "none";
      row["lotSizeFilter"] = {
          {"basePrecision", to_string(i.lot)},        {"quotePrecision", "0.00000001"},
          {"minOrderQty", to_string(i.min_quantity)}, {"maxOrderQty", most},
          {"minOrderAmt", to_string(i.min_notional)}, {"maxOrderAmt", "4000000"}};
      row["priceFilter"] = {{"tickSize", to_string(i.tick)}};
    } else {
      row["contractType"] = "LinearPerpetual";
      row["settleCoin"] = i.quote.value;
      row["launchTime"] = "1585526400000";
      row["deliveryTime"] = "0";
      row["deliveryFeeRate"] = "";
      row["priceScale"] = std::to_string(places_of(i.tick.value));
      row["leverageFilter"] = {{"minLeverage", "1"},
                               {"maxLeverage", to_string(listing.max_leverage)},
                               {"leverageStep", "0.01"}};
      row["priceFilter"] = {{"minPrice", to_string(i.tick)},
                            {"maxPrice", "1999999.8"},
                            {"tickSize", to_string(i.tick)}};
      row["lotSizeFilter"] = {
          {"maxOrderQty", most},         {"minOrderQty", to_string(i.min_quantity)},
          {"qtyStep", to_string(i.lot)}, {"postOnlyMaxOrderQty", most},
          {"maxMktOrderQty", most},      {"minNotionalValue", to_string(i.min_notional)}};
      row["unifiedMarginTrade"] = true;
      row["fundingInterval"] = kFundingInterval / std::chrono::minutes{1};
    }
    rows.push_back(std::move(row));
  }
  return Json{{"category", category}, {"list", std::move(rows)}, {"nextPageCursor", ""}};
}

BybitAnswer BybitFace::kline(const Call& call) {
  const auto listed = listing_of(call.params);
  if (!listed) return tl::unexpected(listed.error());
  const auto timeframe = timeframe_of(call.params.text("interval"));
  if (!timeframe) return bybit_error(10001, "params error: Invalid period!");
  const std::int64_t limit =
      std::clamp<std::int64_t>(call.params.integer("limit").value_or(200), 1, 1000);
  const auto from = call.params.integer("start"), to = call.params.integer("end");
  CandleRange range{{from.value_or(0)}, {to.value_or(call.clock.ms) + 1}};
  range.limit = static_cast<std::size_t>(limit);
  if (from && !to)
    range.to.ms = std::min(
        range.to.ms, timeframe->floor({*from + timeframe->ms() - 1}).ms + limit * timeframe->ms());
  auto candles =
      venue_.path().candles((*listed)->instrument.symbol, *timeframe, range, venue_.now());
  std::ranges::reverse(candles);
  Json rows = Json::array();
  for (const Candle& c : candles)
    rows.push_back(Json::array(
        {std::to_string(c.open_time.ms), to_string(c.open), to_string(c.high), to_string(c.low),
         to_string(c.close), to_string(c.volume),
         to_string(
             multiply(c.close.value, c.volume.value, Rounding::kHalfEven).value_or(Decimal{}))}));
  return Json{{"category", call.params.text("category")},
              {"symbol", call.params.text("symbol")},
              {"list", std::move(rows)}};
}

Json BybitFace::day_of(const Listing& listing) {
  const Instrument& i = listing.instrument;
  const Timestamp now = venue_.now(), from = now - std::chrono::hours{24};
  const Price last = *venue_.last_price(i.symbol), ask = venue_.ask_of(listing, last);
  Candle day{from, last, last, last, last, {}};
  const auto candles =
      venue_.path().candles(i.symbol, Timeframe::minutes(60), {from, now + Duration{1}}, now);
  if (!candles.empty()) day.open = candles.front().open;
  for (const Candle& c : candles) {
    day.high = std::max(day.high, c.high);
    day.low = std::min(day.low, c.low);
    day.volume += c.volume;
  }
  Json row{
      {"symbol", venue_symbol(i)},
      {"lastPrice", to_string(last)},
      {"prevPrice24h", to_string(day.open)},
      {"price24hPcnt", fixed(quotient((last - day.open).value, day.open.value), 6)},
      {"highPrice24h", to_string(day.high)},
      {"lowPrice24h", to_string(day.low)},
      {"volume24h", to_string(day.volume)},
      {"turnover24h",
       to_string(multiply(last.value, day.volume.value, Rounding::kHalfEven).value_or(Decimal{}))},
      {"bid1Price", to_string(last)},
      {"bid1Size", "100"},
      {"ask1Price", to_string(ask)},
      {"ask1Size", "100"},
      {"usdIndexPrice", to_string(last)}};
  if (i.market == MarketType::kLinear) {
    row["indexPrice"] = row["markPrice"] = to_string(last);
    row["openInterest"] = "0";
    row["openInterestValue"] = "0";
    const auto funding = venue_.rules().funding.next(now);
    row["fundingRate"] = funding ? to_string(funding->rate) : "0";
    row["nextFundingTime"] = std::to_string(funding ? funding->at.ms : 0);
    if (funding)
      row["fundingIntervalHour"] = std::to_string(kFundingInterval / std::chrono::hours{1});
  }
  return row;
}

BybitAnswer BybitFace::tickers(const Call& call) {
  const auto market = market_of(call.params);
  if (!market) return tl::unexpected(market.error());
  const std::string& wanted = call.params.text("symbol");
  if (!wanted.empty())
    if (const auto listed = listing_of(call.params); !listed) return tl::unexpected(listed.error());
  Json rows = Json::array();
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    if (i.market != *market || (!wanted.empty() && wanted != venue_symbol(i))) continue;
    if (venue_.last_price(i.symbol)) rows.push_back(day_of(listing));
  }
  return Json{{"category", call.params.text("category")}, {"list", std::move(rows)}};
}

BybitAnswer BybitFace::book(const Call& call) {
  const auto listed = listing_of(call.params);
  if (!listed) return tl::unexpected(listed.error());
  const auto last = venue_.last_price((*listed)->instrument.symbol);
  Json bids = Json::array(), asks = Json::array();
  if (last) {
    bids.push_back(Json::array({to_string(*last), "100"}));
    asks.push_back(Json::array({to_string(venue_.ask_of(**listed, *last)), "100"}));
  }
  return Json{
      {"s", call.params.text("symbol")}, {"b", std::move(bids)},        {"a", std::move(asks)},
      {"ts", venue_.now().ms},           {"u", venue_.now().ms / 1000}, {"seq", venue_.now().ms},
      {"cts", venue_.now().ms}};
}

BybitAnswer BybitFace::wallet(const Call& call) {
  if (call.params.text("accountType") != "UNIFIED")
    return bybit_error(10001, "accountType only support UNIFIED.");
  const std::string& wanted = ',' + call.params.text("coin") + ',';
  Json coins = Json::array();
  Decimal equity_usd, available_usd, profit_usd;
  for (const auto& [asset, purse] : call.account->purses) {
    Decimal profit, realised, margin;
    for (const auto& [symbol, position] : call.account->positions) {
      if (venue_.listing(symbol)->instrument.quote != asset) continue;
      profit += venue_.unrealised(symbol, position).value;
      realised += position.realised.value;
      margin += venue_.position_margin(symbol, position);
    }
    const Decimal equity = purse.total + profit;
    const auto price = venue_.last_price({asset.value + "/USDT"});
    const Decimal usd =
        asset.value == "USDT" ? equity : product(equity, price ? price->value : Decimal{});
    equity_usd += usd;
    profit_usd += profit;
    const Decimal orders = venue_.order_margin(*call.account, asset);
    available_usd += asset.value == "USDT" ? venue_.available_margin(*call.account, asset) : usd;
    if (!call.params.text("coin").empty() && wanted.find(',' + asset.value + ',') == wanted.npos)
      continue;
    coins.push_back({{"coin", asset.value},
                     {"equity", to_string(equity)},
                     {"usdValue", to_string(usd)},
                     {"walletBalance", to_string(purse.total)},
                     {"free", ""},
                     {"locked", to_string(purse.locked)},
                     {"borrowAmount", "0"},
                     {"availableToWithdraw", ""},
                     {"availableToBorrow", ""},
                     {"accruedInterest", "0"},
                     {"totalOrderIM", to_string(orders)},
                     {"totalPositionIM", to_string(margin)},
                     {"totalPositionMM", to_string(product(margin, Decimal::literal("0.05")))},
                     {"unrealisedPnl", to_string(profit)},
                     {"cumRealisedPnl", to_string(realised)},
                     {"bonus", "0"},
                     {"marginCollateral", true},
                     {"collateralSwitch", true},
                     {"spotHedgingQty", "0"}});
  }
  Json account{{"accountType", "UNIFIED"},
               {"accountIMRate", "0"},
               {"accountMMRate", "0"},
               {"accountLTV", "0"},
               {"totalEquity", to_string(equity_usd)},
               {"totalWalletBalance", to_string(equity_usd - profit_usd)},
               {"totalMarginBalance", to_string(equity_usd)},
               {"totalAvailableBalance", to_string(available_usd)},
               {"totalPerpUPL", to_string(profit_usd)},
               {"totalInitialMargin", to_string(equity_usd - available_usd)},
               {"totalMaintenanceMargin", "0"},
               {"coin", std::move(coins)}};
  return Json{{"list", Json::array({std::move(account)})}};
}

BybitAnswer BybitFace::key_info(const Call& call) const {
  return Json{{"id", "1"},
              {"note", "botbox-exchange"},
              {"apiKey", call.account->name},
              {"readOnly", 0},
              {"secret", ""},
              {"permissions",
               {{"ContractTrade", Json::array({"Order", "Position"})},
                {"Spot", Json::array({"SpotTrade"})},
                {"Wallet", Json::array()},
                {"Options", Json::array()},
                {"Derivatives", Json::array({"DerivativesTrade"})},
                {"Exchange", Json::array()}}},
              {"ips", Json::array({"*"})},
              {"type", 1},
              {"deadlineDay", 90},
              {"expiredAt", "2099-01-01T00:00:00Z"},
              {"createdAt", "2020-01-01T00:00:00Z"},
              {"unified", 0},
              {"uta", 1},
              {"userID", 1},
              {"inviterID", 0},
              {"vipLevel", "No VIP"},
              {"isMaster", true}};
}

BybitAnswer BybitFace::fee_rate(const Call& call) const {
  const auto market = market_of(call.params);
  if (!market) return tl::unexpected(market.error());
  const Fees& fees =
      *market == MarketType::kSpot ? venue_.rules().spot_fees : venue_.rules().linear_fees;
  Json rows = Json::array();
  for (const Listing& listing : venue_.listings())
    if (listing.instrument.market == *market)
      rows.push_back({{"symbol", venue_symbol(listing.instrument)},
                      {"takerFeeRate", to_string(fees.taker)},
                      {"makerFeeRate", to_string(fees.maker)}});
  return Json{{"category", call.params.text("category")}, {"list", std::move(rows)}};
}

}  // namespace botbox::exchange::sim
