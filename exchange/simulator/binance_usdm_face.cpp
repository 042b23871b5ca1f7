#include "exchange/simulator/binance_usdm_face.hpp"

#include <algorithm>

#include "exchange/simulator/face_rows.hpp"
#include "exchange/simulator/sim_arithmetic.hpp"

namespace botbox::exchange::sim {

BinanceUsdmFace::BinanceUsdmFace(SimulatedVenue& venue, FaceSettings settings, NoteOrder note)
    : BinanceFace(venue, std::move(settings), std::move(note),
                  {"/fapi/", 2400, std::chrono::seconds{10}, 300, "X-MBX-ORDER-COUNT-10S",
                   std::chrono::minutes{1}, 1200, "X-MBX-ORDER-COUNT-1M"}) {
  route_market_data();
  route_account();
  route_orders();
  route_algo_orders();
}

void BinanceUsdmFace::route_market_data() {
  const auto none = Security::kNone;
  route("GET /fapi/v1/ping", none, 1, [](Call&) -> BinanceAnswer { return Json::object(); });
  route("GET /fapi/v1/time", none, 1, [](Call& call) -> BinanceAnswer {
    return Json{{"serverTime", call.clock.ms}};
  });
  // Coin-margined futures are another venue; clients of both list its markets as well.
  route("GET /dapi/v1/exchangeInfo", none, 1, [](Call&) -> BinanceAnswer {
    return Json{{"symbols", Json::array()}};
  });
  route("GET /fapi/v1/exchangeInfo", none, 1, [this](Call& c) { return exchange_info(c); });
  route_weighed(
      "GET /fapi/v1/klines", none,
      [](const Params& p) {
        const std::int64_t limit = p.integer("limit").value_or(500);
        return limit < 100 ? 1 : limit < 500 ? 2 : limit <= 1000 ? 5 : 10;
      },
      [this](Call& c) { return klines(c, kMarket, 1500); });
  route_weighed(
      "GET /fapi/v1/depth", none,
      [](const Params& p) {
        const std::int64_t limit = p.integer("limit").value_or(500);
        return limit <= 50 ? 2 : limit <= 100 ? 5 : limit <= 500 ? 10 : 20;
      },
      [this](Call& c) { return depth(c, kMarket); });
  route_weighed(
      "GET /fapi/v1/ticker/24hr", none, [](const Params& p) { return p.has("symbol") ? 1 : 40; },
      [this](Call& c) { return ticker(c); });
  for (const char* kind : {"ticker/price", "ticker/bookTicker", "premiumIndex"})
    for (const char* version : {"v1/", "v2/"})
      route_weighed(
          std::string("GET /fapi/") + version + kind, none,
          [kind = std::string_view(kind)](const Params& p) {
            const bool is_book = kind == "ticker/bookTicker";
            if (p.has("symbol")) return is_book ? 2 : 1;
            return kind == "premiumIndex" ? 10 : is_book ? 5 : 2;
          },
          [this, kind](Call& c) { return prices(c, kind); });
  // Symbols whose interval is another than the usual eight hours: none is.
  route("GET /fapi/v1/fundingInfo", none, 0, [](Call&) -> BinanceAnswer { return Json::array(); });
}

void BinanceUsdmFace::route_account() {
  const auto is_signed = Security::kSigned;
  for (const char* version : {"v2", "v3"}) {
    const std::string base = std::string("GET /fapi/") + version;
    route(base + "/balance", is_signed, 5, [this](Call& c) { return balance(c); });
    route(base + "/account", is_signed, 5, [this](Call& c) { return account(c); });
    const bool all = version == std::string_view("v2");
    route(base + "/positionRisk", is_signed, 5,
          [this, all](Call& c) { return position_risk(c, all); });
  }
  route("GET /fapi/v1/leverageBracket", is_signed, 1, [this](Call& c) { return brackets(c); });
  route("POST /fapi/v1/leverage", is_signed, 1, [this](Call& c) { return set_leverage(c); });
  route("POST /fapi/v1/marginType", is_signed, 1, [this](Call& c) { return set_margin(c); });
  route("GET /fapi/v1/income", is_signed, 30, [this](Call& c) { return income(c); });
  route("GET /fapi/v1/commissionRate", is_signed, 20, [this](Call& c) { return commission(c); });
  route("GET /fapi/v1/positionSide/dual", is_signed, 30, [](Call& call) -> BinanceAnswer {
    return Json{{"dualSidePosition", is_hedged(*call.account)}};
  });
  route("POST /fapi/v1/positionSide/dual", is_signed, 1,
        [this](Call& call) { return switch_mode(call); });
  route("GET /fapi/v1/accountConfig", is_signed, 5, [](Call& call) -> BinanceAnswer {
    return Json{{"feeTier", 0},
                {"canTrade", true},
                {"canDeposit", true},
                {"canWithdraw", true},
                {"dualSidePosition", is_hedged(*call.account)},
                {"updateTime", call.clock.ms},
                {"multiAssetsMargin", false},
                {"tradeGroupId", -1}};
  });
  route("GET /fapi/v1/multiAssetsMargin", is_signed, 30, [](Call&) -> BinanceAnswer {
    return Json{{"multiAssetsMargin", false}};
  });
  // What a position's margin mode and leverage are, for clients that ask apart from the position.
  route("GET /fapi/v1/symbolConfig", is_signed, 5, [this](Call& call) -> BinanceAnswer {
    Json rows = Json::array();
    for (const Listing& listing : venue_.listings()) {
      const std::string name = venue_symbol(listing.instrument);
      if (call.params.has("symbol") && call.params.text("symbol") != name) continue;
      const Position held = venue_.position(*call.account, listing.instrument.symbol);
      rows.push_back(
          {{"symbol", name},
           {"marginType", held.margin_mode == MarginMode::kIsolated ? "ISOLATED" : "CROSSED"},
           {"isAutoAddMargin", false},
           {"leverage", held.leverage.units() / Decimal::kOne > 0
                            ? static_cast<std::int64_t>(held.leverage.units() / Decimal::kOne)
                            : 1},
           {"maxNotionalValue", "100000000"}});
    }
    return rows;
  });
}

BinanceAnswer BinanceUsdmFace::exchange_info(const Call& call) {
  Json symbols = Json::array();
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    if (i.market != kMarket) continue;
    const Decimal most =
        i.max_quantity.is_positive() ? i.max_quantity.value : Decimal::from_int(1'000'000);
    const auto lot_filter = [&](const char* type) {
      return Json{{"filterType", type},
                  {"stepSize", to_string(i.lot)},
                  {"maxQty", to_string(most)},
                  {"minQty", to_string(i.min_quantity)}};
    };
    Json filters = Json::array();
    filters.push_back({{"filterType", "PRICE_FILTER"},
                       {"maxPrice", "4529764"},
                       {"minPrice", to_string(i.tick)},
                       {"tickSize", to_string(i.tick)}});
    filters.push_back(lot_filter("LOT_SIZE"));
    filters.push_back(lot_filter("MARKET_LOT_SIZE"));
    const OrderCaps& caps = venue_.rules().linear_caps;
    filters.push_back({{"filterType", "MAX_NUM_ORDERS"}, {"limit", 200}});
    if (caps.conditional > 0)
      filters.push_back({{"filterType", "MAX_NUM_ALGO_ORDERS"}, {"limit", caps.conditional}});
    filters.push_back({{"filterType", "MIN_NOTIONAL"}, {"notional", to_string(i.min_notional)}});
    symbols.push_back({{"symbol", venue_symbol(i)},
                       {"pair", venue_symbol(i)},
                       {"contractType", "PERPETUAL"},
                       {"deliveryDate", 4133404800000},
                       {"onboardDate", 1569398400000},
                       {"status", listing.is_trading ? "TRADING" : "SETTLING"},
                       {"maintMarginPercent", "2.5000"},
                       {"requiredMarginPercent", "5.0000"},
                       {"baseAsset", i.base.value},
                       {"quoteAsset", i.quote.value},
                       {"marginAsset", i.quote.value},
                       {"pricePrecision", places_of(i.tick.value)},
                       {"quantityPrecision", places_of(i.lot.value)},
                       {"baseAssetPrecision", 8},
                       {"quotePrecision", 8},
                       {"underlyingType", "COIN"},
                       {"underlyingSubType", Json::array({"PoW"})},
                       {"triggerProtect", "0.0500"},
                       {"liquidationFee", "0.012500"},
                       {"marketTakeBound", "0.05"},
                       {"filters", std::move(filters)},
                       {"orderTypes", Json::array({"LIMIT", "MARKET", "STOP", "STOP_MARKET",
                                                   "TAKE_PROFIT", "TAKE_PROFIT_MARKET"})},
                       {"timeInForce", Json::array({"GTC", "IOC", "FOK", "GTX"})}});
  }
  Json assets = Json::array();
  assets.push_back({{"asset", "USDT"}, {"marginAvailable", true}, {"autoAssetExchange", "0"}});
  const auto limit = [](const char* type, const char* interval, int number, int most) {
    return Json{
        {"rateLimitType", type}, {"interval", interval}, {"intervalNum", number}, {"limit", most}};
  };
  return Json{{"timezone", "UTC"},
              {"serverTime", call.clock.ms},
              {"futuresType", "U_MARGINED"},
              {"rateLimits",
               {limit("REQUEST_WEIGHT", "MINUTE", 1, 2400), limit("ORDERS", "MINUTE", 1, 1200),
                limit("ORDERS", "SECOND", 10, 300)}},
              {"exchangeFilters", Json::array()},
              {"assets", std::move(assets)},
              {"symbols", std::move(symbols)}};
}

BinanceAnswer BinanceUsdmFace::ticker(const Call& call) {
  Json rows = Json::array();
  const std::string& wanted = call.params.text("symbol");
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    const auto last = venue_.last_price(i.symbol);
    if (!last || (!wanted.empty() && wanted != venue_symbol(i))) continue;
    const Timestamp now = venue_.now(), from = now - std::chrono::hours{24};
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
    rows.push_back(
        {{"symbol", venue_symbol(i)},
         {"priceChange", price_of(i, {change})},
         {"priceChangePercent",
          fixed(multiply_divide(change, Decimal::from_int(100), day.open.value, Rounding::kHalfEven)
                    .value_or(Decimal{}),
                3)},
         {"weightedAvgPrice", price_of(i, day.close)},
         {"lastPrice", price_of(i, *last)},
         {"lastQty", quantity_of(i, i.lot)},
         {"openPrice", price_of(i, day.open)},
         {"highPrice", price_of(i, day.high)},
         {"lowPrice", price_of(i, day.low)},
         {"volume", quantity_of(i, day.volume)},
         {"quoteVolume",
          fixed(
              multiply(day.close.value, day.volume.value, Rounding::kHalfEven).value_or(Decimal{}),
              2)},
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

BinanceAnswer BinanceUsdmFace::prices(const Call& call, const std::string& kind) {
  Json rows = Json::array();
  const std::string& wanted = call.params.text("symbol");
  for (const Listing& listing : venue_.listings()) {
    const Instrument& i = listing.instrument;
    const auto last = venue_.last_price(i.symbol);
    if (!last || (!wanted.empty() && wanted != venue_symbol(i))) continue;
    Json row{{"symbol", venue_symbol(i)}, {"time", venue_.now().ms}};
    const std::string price = price_of(i, *last);
    if (kind == "ticker/price") {
      row["price"] = price;
    } else if (kind == "premiumIndex") {
      row["markPrice"] = row["indexPrice"] = row["estimatedSettlePrice"] = price;
      const auto funding = venue_.rules().funding.next(venue_.now());
      row["lastFundingRate"] = money(funding ? funding->rate : Decimal{});
      row["interestRate"] = "0.00000000";
      row["nextFundingTime"] = funding ? funding->at.ms : 0;
    } else {
      row["bidPrice"] = price;
      row["askPrice"] = price_of(i, venue_.ask_of(listing, *last));
      row["bidQty"] = row["askQty"] = quantity_of(i, {Decimal::from_int(100)});
    }
    rows.push_back(std::move(row));
  }
  if (wanted.empty()) return rows;
  if (rows.empty()) return binance_error(-1121, "Invalid symbol.");
  return rows[0];
}

BinanceAnswer BinanceUsdmFace::balance(const Call& call) {
  Json rows = Json::array();
  for (const auto& [asset, purse] : call.account->purses) {
    Decimal profit;
    for (const auto& [symbol, held] : call.account->positions)
      if (venue_.listing(symbol)->instrument.quote == asset)
        profit += venue_.unrealised(symbol, held).value;
    const Decimal available = std::max(Decimal{}, venue_.available_margin(*call.account, asset));
    rows.push_back({{"accountAlias", "sim"},
                    {"asset", asset.value},
                    {"balance", money(purse.total)},
                    {"crossWalletBalance", money(purse.total)},
                    {"crossUnPnl", money(profit)},
                    {"availableBalance", money(available)},
                    {"maxWithdrawAmount", money(available)},
                    {"marginAvailable", true},
                    {"updateTime", call.clock.ms}});
  }
  return rows;
}

BinanceAnswer BinanceUsdmFace::account(const Call& call) {
  Json assets = Json::array(), positions = Json::array();
  Decimal margin, profit, orders, wallet, available;
  for (const auto& [symbol, held] : call.account->positions) {
    if (held.size.is_zero()) continue;
    const auto side = held.size.is_negative() ? PositionSide::kShort : PositionSide::kLong;
    Json row = position_row(*call.account, *venue_.listing(symbol),
                            held.is_hedged ? std::optional(side) : std::nullopt);
    row["unrealizedProfit"] = row["unRealizedProfit"];
    row["isolatedMargin"] = "0";
    row["isolated"] = held.margin_mode == MarginMode::kIsolated;
    positions.push_back(std::move(row));
  }
  for (const auto& [asset, purse] : call.account->purses) {
    Decimal own_margin, own_profit;
    for (const auto& [symbol, held] : call.account->positions) {
      if (venue_.listing(symbol)->instrument.quote != asset) continue;
      own_profit += venue_.unrealised(symbol, held).value;
      own_margin += venue_.position_margin(symbol, held);
    }
    const Decimal own_orders = venue_.order_margin(*call.account, asset);
    const Decimal free = std::max(Decimal{}, venue_.available_margin(*call.account, asset));
    assets.push_back({{"asset", asset.value},
                      {"walletBalance", money(purse.total)},
                      {"unrealizedProfit", money(own_profit)},
                      {"marginBalance", money(purse.total + own_profit)},
                      {"maintMargin", money(product(own_margin, Decimal::literal("0.05")))},
                      {"initialMargin", money(own_margin + own_orders)},
                      {"positionInitialMargin", money(own_margin)},
                      {"openOrderInitialMargin", money(own_orders)},
                      {"crossWalletBalance", money(purse.total)},
                      {"crossUnPnl", money(own_profit)},
                      {"availableBalance", money(free)},
                      {"maxWithdrawAmount", money(free)},
                      {"marginAvailable", true},
                      {"updateTime", call.clock.ms}});
    if (asset.value != "USDT") continue;
    wallet = purse.total;
    margin = own_margin;
    profit = own_profit;
    orders = own_orders;
    available = free;
  }
  return Json{{"feeTier", 0},
              {"canTrade", true},
              {"canDeposit", false},
              {"canWithdraw", false},
              {"updateTime", 0},
              {"multiAssetsMargin", false},
              {"totalInitialMargin", money(margin + orders)},
              {"totalMaintMargin", money(product(margin, Decimal::literal("0.05")))},
              {"totalWalletBalance", money(wallet)},
              {"totalUnrealizedProfit", money(profit)},
              {"totalMarginBalance", money(wallet + profit)},
              {"totalPositionInitialMargin", money(margin)},
              {"totalOpenOrderInitialMargin", money(orders)},
              {"totalCrossWalletBalance", money(wallet)},
              {"totalCrossUnPnl", money(profit)},
              {"availableBalance", money(available)},
              {"maxWithdrawAmount", money(available)},
              {"assets", std::move(assets)},
              {"positions", std::move(positions)}};
}

// Of the whole account, and only while nothing is open in it.
BinanceAnswer BinanceUsdmFace::switch_mode(Call& call) {
  const bool wanted = call.params.flag("dualSidePosition");
  if (wanted == is_hedged(*call.account))
    return binance_error(-4059, "No need to change position side.");
  if (!call.account->open.empty())
    return binance_error(-4067, "Position side cannot be changed if there exists open orders.");
  for (const auto& [symbol, held] : call.account->positions)
    if (!held.size.is_zero())
      return binance_error(-4068, "Position side cannot be changed if there exists position.");
  for (const Listing& listing : venue_.listings())
    (void)venue_.set_hedged(*call.account, listing.instrument.symbol, wanted);
  return Json{{"code", 200}, {"msg", "success"}};
}

bool BinanceUsdmFace::is_hedged(const Account& account) {
  return std::ranges::any_of(account.positions,
                             [](const auto& each) { return each.second.is_hedged; });
}

Json BinanceUsdmFace::position_row(const Account& account, const Listing& listing,
                                   std::optional<PositionSide> side) {
  const Instrument& i = listing.instrument;
  const Position held = on_side(venue_.position(account, i.symbol), side);
  const auto last = venue_.last_price(i.symbol);
  const auto liquidation = venue_.liquidation_price(account, i.symbol);
  const Decimal margin = venue_.position_margin(i.symbol, held);
  const Decimal worth = last ? product(last->value, held.size) : Decimal{};
  const bool isolated = held.margin_mode == MarginMode::kIsolated;
  return {{"symbol", venue_symbol(i)},
          {"positionSide", !side                          ? "BOTH"
                           : *side == PositionSide::kLong ? "LONG"
                                                          : "SHORT"},
          {"positionAmt", quantity_of(i, {held.size})},
          {"entryPrice", held.size.is_zero() ? "0.0" : to_string(held.average_entry())},
          {"breakEvenPrice", held.size.is_zero() ? "0.0" : to_string(held.average_entry())},
          {"markPrice", last ? money(last->value) : "0.00000000"},
          {"unRealizedProfit", money(venue_.unrealised(i.symbol, held).value)},
          {"liquidationPrice", liquidation && !held.size.is_zero() ? to_string(*liquidation) : "0"},
          {"leverage", fixed(held.leverage, 0)},
          {"marginType", isolated ? "isolated" : "cross"},
          {"isolatedMargin", isolated ? money(margin) : "0.00000000"},
          {"notional", money(worth)},
          {"marginAsset", i.quote.value},
          {"isolatedWallet", "0"},
          {"initialMargin", money(margin)},
          {"maintMargin", money(product(abs(worth), venue_.rules().maintenance))},
          {"positionInitialMargin", money(margin)},
          {"openOrderInitialMargin", "0"},
          {"adl", 2},
          {"bidNotional", "0"},
          {"askNotional", "0"},
          {"updateTime", held.updated_at.ms}};
}

BinanceAnswer BinanceUsdmFace::position_risk(const Call& call, bool all) {
  Json rows = Json::array();
  for (const Listing& listing : venue_.listings()) {
    const std::string& wanted = call.params.text("symbol");
    if (!wanted.empty() && wanted != venue_symbol(listing.instrument)) continue;
    const Position held = venue_.position(*call.account, listing.instrument.symbol);
    for (const auto side : told_sides(held))
      if (all || !on_side(held, side).size.is_zero())
        rows.push_back(position_row(*call.account, listing, side));
  }
  return rows;
}

BinanceAnswer BinanceUsdmFace::brackets(const Call& call) {
  Json rows = Json::array();
  for (const Listing& listing : venue_.listings()) {
    const std::string& wanted = call.params.text("symbol");
    if (!wanted.empty() && wanted != venue_symbol(listing.instrument)) continue;
    Json bracket{{"bracket", 1},
                 {"initialLeverage",
                  listing.max_leverage.units() / Decimal::kOne > 1
                      ? static_cast<std::int64_t>(listing.max_leverage.units() / Decimal::kOne)
                      : 1},
                 {"notionalCap", 100'000'000},
                 {"notionalFloor", 0},
                 {"maintMarginRatio", 0.005},
                 {"cum", 0}};
    rows.push_back({{"symbol", venue_symbol(listing.instrument)},
                    {"notionalCoef", 1},
                    {"brackets", Json::array({std::move(bracket)})}});
  }
  return rows;
}

BinanceAnswer BinanceUsdmFace::set_leverage(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const auto leverage = call.params.integer("leverage");
  if (!leverage) return missing("leverage");
  const auto set = venue_.set_leverage(*call.account, (*listed)->instrument.symbol,
                                       Decimal::from_int(*leverage));
  if (!set && set.error() == Refusal::kLeverageOutOfRange)
    return binance_error(-4028, "Leverage " + std::to_string(*leverage) + " is not valid");
  if (!set && set.error() == Refusal::kLeverageNeedsMargin)
    return binance_error(-2028, "Leverage is smaller than permitted: insufficient margin balance.");
  return Json{{"leverage", *leverage},
              {"maxNotionalValue", "100000000"},
              {"symbol", call.params.text("symbol")}};
}

BinanceAnswer BinanceUsdmFace::set_margin(Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const std::string& type = call.params.text("marginType");
  if (type != "ISOLATED" && type != "CROSSED") return binance_error(-4049, "Invalid margin type.");
  const Symbol& symbol = (*listed)->instrument.symbol;
  if (!venue_.position(*call.account, symbol).size.is_zero())
    return binance_error(-4048, "Margin type cannot be changed if there exists position.");
  const auto set = venue_.set_margin_mode(
      *call.account, symbol, type == "ISOLATED" ? MarginMode::kIsolated : MarginMode::kCross);
  if (!set) return binance_error(-4046, "No need to change margin type.");
  return Json{{"code", 200}, {"msg", "success"}};
}

// Of what a real history tells, funding alone: the oldest of the range, or of the last 7 days.
BinanceAnswer BinanceUsdmFace::income(const Call& call) {
  constexpr std::int64_t kWeekMs = 7 * 86'400'000LL;
  const Params& params = call.params;
  const std::string& symbol = params.text("symbol");
  const std::string& type = params.text("incomeType");
  const std::int64_t limit =
      std::clamp<std::int64_t>(params.integer("limit").value_or(100), 1, 1000);
  const bool is_named = params.has("startTime") || params.has("endTime");
  Json rows = Json::array();
  for (const FundingPayment& payment : call.account->funding) {
    const Instrument& instrument = venue_.listing(payment.symbol)->instrument;
    if (!type.empty() && type != "FUNDING_FEE") continue;
    if (!symbol.empty() && !is_called(instrument, symbol)) continue;
    if (is_named ? !is_within(payment.at, params) : payment.at.ms < call.clock.ms - kWeekMs)
      continue;
    if (static_cast<std::int64_t>(rows.size()) == limit) break;
    rows.push_back({{"symbol", venue_symbol(instrument)},
                    {"incomeType", "FUNDING_FEE"},
                    {"income", money(payment.amount)},
                    {"asset", payment.asset.value},
                    {"info", "FUNDING_FEE"},
                    {"time", payment.at.ms},
                    {"tranId", payment.id},
                    {"tradeId", ""}});
  }
  return rows;
}

BinanceAnswer BinanceUsdmFace::commission(const Call& call) {
  const auto listed = listing_of(call.params, kMarket);
  if (!listed) return tl::unexpected(listed.error());
  const Fees& fees = venue_.rules().linear_fees;
  return Json{{"symbol", call.params.text("symbol")},
              {"makerCommissionRate", fixed(fees.maker, 6)},
              {"takerCommissionRate", fixed(fees.taker, 6)}};
}

}  // namespace botbox::exchange::sim
