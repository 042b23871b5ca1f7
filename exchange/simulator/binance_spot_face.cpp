#include "exchange/simulator/binance_spot_face.hpp"

#include <algorithm>

#include "exchange/simulator/face_rows.hpp"

namespace botbox::exchange::sim {
namespace {

void add_caps(const OrderCaps& caps, Json& filters) {
  if (caps.open > 0)
    filters.push_back({{"filterType", "MAX_NUM_ORDERS"}, {"maxNumOrders", caps.open}});
  if (caps.conditional > 0)
    filters.push_back(
        {{"filterType", "MAX_NUM_ALGO_ORDERS"}, {"maxNumAlgoOrders", caps.conditional}});
}

Json filters_of(const Instrument& i) {
  const Decimal most =
      i.max_quantity.is_positive() ? i.max_quantity.value : Decimal::from_int(9'000'000);
  const auto lot_filter = [&](const char* type) {
    return Json{{"filterType", type},
                {"minQty", money(i.min_quantity.value)},
                {"maxQty", money(most)},
                {"stepSize", money(i.lot.value)}};
  };
  return {{{"filterType", "PRICE_FILTER"},
           {"minPrice", money(i.tick.value)},
           {"maxPrice", "1000000.00000000"},
           {"tickSize", money(i.tick.value)}},
          lot_filter("LOT_SIZE"),
          lot_filter("MARKET_LOT_SIZE"),
          {{"filterType", "NOTIONAL"},
           {"minNotional", money(i.min_notional.value)},
           {"applyMinToMarket", true},
           {"maxNotional", "9000000.00000000"},
           {"applyMaxToMarket", false},
           {"avgPriceMins", 5}}};
}

}  // namespace

BinanceSpotFace::BinanceSpotFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note)
    : BinanceFace(venue, std::move(settings), std::move(note),
                  {"/api/v3/", 6000, std::chrono::seconds{10}, 100, "X-MBX-ORDER-COUNT-10S",
                   std::chrono::hours{24}, 200'000, "X-MBX-ORDER-COUNT-1D"}) {
  route_market_data();
  route_wallet();
  route_orders();
}

bool BinanceSpotFace::serves(const WireRequest& request) const {
  return request.path.starts_with("/api/v3/") || request.path.starts_with("/sapi/");
}

void BinanceSpotFace::route_market_data() {
  const auto none = Security::kNone;
  route("GET /api/v3/ping", none, 1, [](Call&) -> BinanceAnswer { return Json::object(); });
  route("GET /api/v3/time", none, 1, [](Call& call) -> BinanceAnswer {
    return Json{{"serverTime", call.clock.ms}};
  });
  route("GET /api/v3/exchangeInfo", none, 20, [this](Call& c) { return exchange_info(c); });
  route("GET /api/v3/klines", none, 2, [this](Call& c) { return klines(c, kMarket, 1000); });
  route_weighed(
      "GET /api/v3/ticker/24hr", none,
      [](const Params& p) { return p.has("symbol")    ? 2
                                   : p.has("symbols") ? 40
                                                      : 80; },
      [this](Call& c) { return ticker(c); });
  const auto by_symbol = [](const Params& p) { return p.has("symbol") ? 2 : 4; };
  route_weighed("GET /api/v3/ticker/price", none, by_symbol,
                [this](Call& c) { return prices(c, false); });
  route_weighed("GET /api/v3/ticker/bookTicker", none, by_symbol,
                [this](Call& c) { return prices(c, true); });
  route_weighed(
      "GET /api/v3/depth", none,
      [](const Params& p) {
        const std::int64_t limit = p.integer("limit").value_or(100);
        return limit <= 100 ? 5 : limit <= 500 ? 25 : limit <= 1000 ? 50 : 250;
      },
      [this](Call& c) { return depth(c, kMarket); });
}

// What clients ask before they list the markets: no margin trading here, no deposits.
void BinanceSpotFace::route_wallet() {
  const auto nothing = [](Call&) -> BinanceAnswer { return Json::array(); };
  route("GET /sapi/v1/margin/allPairs", Security::kKey, 1, nothing);
  route("GET /sapi/v1/margin/isolated/allPairs", Security::kKey, 1, nothing);
  route("GET /sapi/v1/capital/config/getall", Security::kSigned, 1, nothing);
}

void BinanceSpotFace::route_orders() {
  const auto is_signed = Security::kSigned;
  const auto by_symbol = [](const Params& p) { return p.has("symbol") ? 6 : 80; };
  route("GET /api/v3/account", is_signed, 20, [this](Call& c) { return account(c); });
  route("GET /api/v3/account/commission", is_signed, 20, [this](Call& c) { return commission(c); });
  route(
      "POST /api/v3/order", is_signed, 1, [this](Call& c) { return place(c); }, 1);
  route("POST /api/v3/order/test", is_signed, 1, [this](Call& c) { return try_out(c); });
  route(
      "POST /api/v3/orderList/oco", is_signed, 1, [this](Call& c) { return place_oco(c); }, 2);
  route(
      "POST /api/v3/order/cancelReplace", is_signed, 1,
      [this](Call& c) { return cancel_replace(c); }, 1);
  route("PUT /api/v3/order/amend/keepPriority", is_signed, 4, [this](Call& c) { return amend(c); });
  route("DELETE /api/v3/order", is_signed, 1, [this](Call& c) { return cancel(c); });
  route("DELETE /api/v3/openOrders", is_signed, 1, [this](Call& c) { return cancel_open(c); });
  route("DELETE /api/v3/orderList", is_signed, 1, [this](Call& c) { return cancel_list(c); });
  route("GET /api/v3/order", is_signed, 4, [this](Call& c) { return query(c); });
  route_weighed("GET /api/v3/openOrders", is_signed, by_symbol,
                [this](Call& c) { return open_orders(c); });
  route("GET /api/v3/allOrders", is_signed, 20, [this](Call& c) { return all_orders(c); });
  route("GET /api/v3/openOrderList", is_signed, 6, [this](Call& c) { return open_lists(c); });
  route("GET /api/v3/orderList", is_signed, 4, [this](Call& c) { return list_query(c); });
  route_weighed(
      "GET /api/v3/myTrades", is_signed, [](const Params& p) { return p.has("orderId") ? 5 : 20; },
      [this](Call& c) { return trades(c); });
}

BinanceAnswer BinanceSpotFace::exchange_info(const Call& call) {
  Json symbols = Json::array();
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    if (i.market != kMarket) continue;
    if (call.params.has("symbol") && call.params.text("symbol") != venue_symbol(i)) continue;
    symbols.push_back(
        {{"symbol", venue_symbol(i)},
         {"status", listing.is_trading ? "TRADING" : "BREAK"},
         {"baseAsset", i.base.value},
         {"baseAssetPrecision", 8},
         {"quoteAsset", i.quote.value},
         {"quotePrecision", 8},
         {"quoteAssetPrecision", 8},
         {"baseCommissionPrecision", 8},
         {"quoteCommissionPrecision", 8},
         {"orderTypes",
          {"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT",
           "TAKE_PROFIT_LIMIT"}},
         {"icebergAllowed", false},
         {"ocoAllowed", true},
         {"otoAllowed", false},
         {"quoteOrderQtyMarketAllowed", true},
         {"allowTrailingStop", false},
         {"cancelReplaceAllowed", true},
         {"isSpotTradingAllowed", true},
         {"isMarginTradingAllowed", false},
         {"filters", filters_of(i)},
         {"permissions", Json::array()},
         {"permissionSets", Json::array({Json::array({"SPOT"})})},
         {"defaultSelfTradePreventionMode", "EXPIRE_MAKER"},
         {"allowedSelfTradePreventionModes", {"EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"}}});
    add_caps(venue_.rules().spot_caps, symbols.back()["filters"]);
  }
  if (call.params.has("symbol") && symbols.empty()) return binance_error(-1121, "Invalid symbol.");
  const auto limit = [](const char* type, const char* interval, int number, int most) {
    return Json{
        {"rateLimitType", type}, {"interval", interval}, {"intervalNum", number}, {"limit", most}};
  };
  return Json{{"timezone", "UTC"},
              {"serverTime", call.clock.ms},
              {"rateLimits",
               {limit("REQUEST_WEIGHT", "MINUTE", 1, 6000), limit("ORDERS", "SECOND", 10, 100),
                limit("ORDERS", "DAY", 1, 200'000)}},
              {"exchangeFilters", Json::array()},
              {"symbols", std::move(symbols)}};
}

BinanceAnswer BinanceSpotFace::ticker(const Call& call) {
  Json rows = Json::array();
  const std::string& wanted = call.params.text("symbol");
  const std::string& list = call.params.text("symbols");
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    const std::string name = venue_symbol(i);
    if (i.market != kMarket || (!wanted.empty() && wanted != name)) continue;
    if (!list.empty() && list.find('"' + name + '"') == std::string::npos) continue;
    const auto last = venue_.last_price(i.symbol);
    if (!last) continue;
    const Timestamp now = venue_.now();
    const Timestamp from = now - std::chrono::hours{24};
    Candle day{from, *last, *last, *last, *last, {}};
    const auto candles =
        venue_.path().candles(i.symbol, Timeframe::minutes(60), {from, now + Duration{1}}, now);
    if (!candles.empty()) day.open = candles.front().open;
    for (const Candle& c : candles) {
      day.high = std::max(day.high, c.high);
      day.low = std::min(day.low, c.low);
      day.volume += c.volume;
    }
    const Decimal change = (day.close - day.open).value;
    const Decimal percent =
        multiply_divide(change, Decimal::from_int(100), day.open.value, Rounding::kHalfEven)
            .value_or(Decimal{});
    const Decimal turnover =
        multiply(day.close.value, day.volume.value, Rounding::kHalfEven).value_or(Decimal{});
    rows.push_back({{"symbol", name},
                    {"priceChange", money(change)},
                    {"priceChangePercent", fixed(percent, 3)},
                    {"weightedAvgPrice", money(day.close.value)},
                    {"prevClosePrice", money(day.open.value)},
                    {"lastPrice", money(last->value)},
                    {"lastQty", money(i.lot.value)},
                    {"bidPrice", money(last->value)},
                    {"bidQty", "100.00000000"},
                    {"askPrice", money(venue_.ask_of(listing, *last).value)},
                    {"askQty", "100.00000000"},
                    {"openPrice", money(day.open.value)},
                    {"highPrice", money(day.high.value)},
                    {"lowPrice", money(day.low.value)},
                    {"volume", money(day.volume.value)},
                    {"quoteVolume", money(turnover)},
                    {"openTime", from.ms},
                    {"closeTime", now.ms},
                    {"firstId", 1},
                    {"lastId", 1000},
                    {"count", 1000}});
  }
  if (wanted.empty()) return rows;
  if (rows.empty()) return binance_error(-1121, "Invalid symbol.");
  return rows[0];
}

BinanceAnswer BinanceSpotFace::prices(const Call& call, bool book) {
  Json rows = Json::array();
  const std::string& wanted = call.params.text("symbol");
  for (const Listing& listing : venue_.listings()) {
    const std::string name = venue_symbol(listing.instrument);
    const auto last = venue_.last_price(listing.instrument.symbol);
    if (listing.instrument.market != kMarket || !last || (!wanted.empty() && wanted != name))
      continue;
    if (!book) {
      rows.push_back({{"symbol", name}, {"price", money(last->value)}});
      continue;
    }
    rows.push_back({{"symbol", name},
                    {"bidPrice", money(last->value)},
                    {"bidQty", "100.00000000"},
                    {"askPrice", money(venue_.ask_of(listing, *last).value)},
                    {"askQty", "100.00000000"}});
  }
  if (wanted.empty()) return rows;
  if (rows.empty()) return binance_error(-1121, "Invalid symbol.");
  return rows[0];
}

BinanceAnswer BinanceSpotFace::account(const Call& call) {
  Json balances = Json::array();
  const bool omit_zero = call.params.flag("omitZeroBalances");
  for (const auto& [asset, purse] : call.account->purses) {
    if (omit_zero && purse.total.is_zero()) continue;
    balances.push_back(
        {{"asset", asset.value}, {"free", money(purse.free())}, {"locked", money(purse.locked)}});
  }
  return Json{{"makerCommission", 10},
              {"takerCommission", 10},
              {"buyerCommission", 0},
              {"sellerCommission", 0},
              {"commissionRates",
               {{"maker", "0.00100000"},
                {"taker", "0.00100000"},
                {"buyer", "0.00000000"},
                {"seller", "0.00000000"}}},
              {"canTrade", true},
              {"canWithdraw", false},
              {"canDeposit", false},
              {"brokered", false},
              {"requireSelfTradePrevention", false},
              {"preventSor", false},
              {"updateTime", call.clock.ms},
              {"accountType", "SPOT"},
              {"balances", std::move(balances)},
              {"permissions", {"SPOT"}},
              {"uid", 1}};
}

BinanceAnswer BinanceSpotFace::commission(const Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const Json none{{"maker", "0.00000000"},
                  {"taker", "0.00000000"},
                  {"buyer", "0.00000000"},
                  {"seller", "0.00000000"}};
  const Fees& fees = venue_.rules().spot_fees;
  return Json{{"symbol", venue_symbol((*listed)->instrument)},
              {"standardCommission",
               {{"maker", money(fees.maker)},
                {"taker", money(fees.taker)},
                {"buyer", "0.00000000"},
                {"seller", "0.00000000"}}},
              {"specialCommission", none},
              {"taxCommission", none},
              {"discount",
               {{"enabledForAccount", fees.coin == FeeCoin::kThird},
                {"enabledForSymbol", fees.coin == FeeCoin::kThird},
                {"discountAsset", "BNB"},
                {"discount", "0.75000000"}}}};
}

}  // namespace botbox::exchange::sim
