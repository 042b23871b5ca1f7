// Bybit's JSON: bodies in the documented shape, made by hand.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "exchange/bybit/bybit_codec.hpp"
#include "exchange/bybit/bybit_intervals.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::bybit;

namespace {

std::string reply(std::string_view result) {
  return fmt::format(
      R"({{"retCode":0,"retMsg":"OK","result":{},"retExtInfo":{{}},"time":1704067200123}})",
      result);
}

std::string listed(std::string_view rows, std::string_view cursor = "") {
  return reply(
      fmt::format(R"({{"category":"linear","nextPageCursor":"{}","list":[{}]}})", cursor, rows));
}

// A row with some fields replaced or added: the last of two equal names is not what simdjson finds,
// so they are replaced in the text.
std::string with(std::string row, std::string_view from, std::string_view to) {
  const std::size_t at = row.find(from);
  REQUIRE(at != std::string::npos);
  return row.replace(at, from.size(), to);
}

const std::string kLinearRow = R"({"symbol":"BTCUSDT","contractType":"LinearPerpetual",
  "status":"Trading","baseCoin":"BTC","quoteCoin":"USDT","launchTime":"1584230400000",
  "deliveryTime":"0","priceScale":"2","leverageFilter":{"minLeverage":"1","maxLeverage":"100.00",
  "leverageStep":"0.01"},"priceFilter":{"minPrice":"0.10","maxPrice":"1999999.80",
  "tickSize":"0.10"},"lotSizeFilter":{"maxOrderQty":"1190.000","minOrderQty":"0.001",
  "qtyStep":"0.001","maxMktOrderQty":"119.000","minNotionalValue":"5"},"settleCoin":"USDT",
  "preListingInfo":null,"fundingInterval":480})";

const std::string kSpotRow = R"({"symbol":"BTCUSDT","baseCoin":"BTC","quoteCoin":"USDT",
  "innovation":"0","status":"Trading","marginTrading":"utaOnly","lotSizeFilter":{
  "basePrecision":"0.000001","quotePrecision":"0.00000001","minOrderQty":"0.000011",
  "maxOrderQty":"83","minOrderAmt":"5","maxOrderAmt":"8000000","maxLimitOrderQty":"83",
  "maxMarketOrderQty":"41.5"},"priceFilter":{"tickSize":"0.01"}})";

const std::string kOrderRow = R"({"orderId":"fd4300ae","orderLinkId":"a1","blockTradeId":"",
  "symbol":"ETHUSDT","price":"1600.00","qty":"0.10","side":"Buy","positionIdx":0,
  "orderStatus":"New","createType":"CreateByUser","cancelType":"UNKNOWN",
  "rejectReason":"EC_NoError","avgPrice":"","leavesQty":"0.10","leavesValue":"160",
  "cumExecQty":"0.00","cumExecValue":"0","cumExecFee":"0","timeInForce":"GTC",
  "orderType":"Limit","stopOrderType":"UNKNOWN","orderIv":"","triggerPrice":"0.00",
  "takeProfit":"","stopLoss":"","tpslMode":"","triggerDirection":0,"triggerBy":"UNKNOWN",
  "lastPriceOnCreated":"","reduceOnly":false,"marketUnit":"","createdTime":"1684738540559",
  "updatedTime":"1684738540561"})";

const std::string kExecutionRow = R"({"symbol":"ETHUSDT","orderType":"Market","orderLinkId":"a1",
  "side":"Sell","orderId":"8c065341","stopOrderType":"UNKNOWN","leavesQty":"0.0",
  "execTime":"1672282722429","feeCurrency":"","isMaker":false,"execFee":"0.071409",
  "feeRate":"0.0006","execId":"e0cbe81d","execPrice":"1190.15","orderQty":"0.1",
  "execQty":"0.1","execType":"Trade","execValue":"119.015"})";

Result<VenueOrder> one(MarketType market, const std::string& row) {
  const auto page = parse_orders(market, listed(row));
  if (!page) return tl::unexpected<Error>(page.error());
  REQUIRE(page->items.size() == 1);
  return page->items[0];
}

}  // namespace

TEST_CASE("Bybit names and unified symbols are each other's inverse") {
  struct Sample {
    MarketType market;
    const char* unified;
    const char* name;
  };
  for (const Sample& s : {Sample{MarketType::kSpot, "BTC/USDT", "BTCUSDT"},
                          Sample{MarketType::kSpot, "ETH/BTC", "ETHBTC"},
                          Sample{MarketType::kSpot, "USDC/USDT", "USDCUSDT"},
                          Sample{MarketType::kLinear, "BTC/USDT:USDT", "BTCUSDT"},
                          Sample{MarketType::kLinear, "1000PEPE/USDT:USDT", "1000PEPEUSDT"}}) {
    CHECK(*venue_symbol(s.market, {s.unified}) == s.name);
    CHECK(unified_symbol(s.market, s.name) == Symbol{s.unified});
  }
}

TEST_CASE("a symbol of another market, another settlement or no shape is refused") {
  CHECK_FALSE(venue_symbol(MarketType::kSpot, {"BTC/USDT:USDT"}).has_value());
  CHECK_FALSE(venue_symbol(MarketType::kLinear, {"BTC/USDT"}).has_value());
  CHECK_FALSE(venue_symbol(MarketType::kLinear, {"BTC/USDC:USDC"}).has_value());
  for (const char* text : {"", "BTCUSDT", "/USDT", "BTC/", "BTC/US&x=1", "btc/usdt", "BTC:USDT/X"})
    CHECK(venue_symbol(MarketType::kSpot, {text}).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("a name that cannot be split stays visible as it is") {
  CHECK(unified_symbol(MarketType::kLinear, "BTC-26DEC25") == Symbol{"BTC-26DEC25"});
  CHECK(unified_symbol(MarketType::kLinear, "BTCPERP") == Symbol{"BTCPERP"});
  CHECK(unified_symbol(MarketType::kSpot, "XYZ") == Symbol{"XYZ"});
}

TEST_CASE("Bybit's intervals stand for our timeframes; 8h and 3d have none") {
  CHECK(*interval_of(*Timeframe::parse("1m")) == "1");
  CHECK(*interval_of(*Timeframe::parse("4h")) == "240");
  CHECK(*interval_of(*Timeframe::parse("1d")) == "D");
  CHECK(*interval_of(*Timeframe::parse("1w")) == "W");
  CHECK(interval_of(*Timeframe::parse("8h")).error().code == ErrorCode::kInvalidInput);
  CHECK(interval_of(*Timeframe::parse("3d")).error().code == ErrorCode::kInvalidInput);
  CHECK(interval_name(*Timeframe::parse("12h")) == "720");
  CHECK_FALSE(interval_name(*Timeframe::parse("8h")).has_value());
}

TEST_CASE("the head of a reply is read whatever the rest is") {
  CHECK(*parse_head(reply("{}")) == ReplyHead{0, "OK", {1704067200123}});
  CHECK(*parse_head(R"({"retCode":10006,"retMsg":"Too many visits!","result":null})") ==
        ReplyHead{10006, "Too many visits!", {}});
  CHECK(parse_head(R"({"retCode":"110007"})")->code == 110007);
  CHECK(parse_head(R"({"retCode":0,"time":-5})")->time.is_never());
  CHECK(parse_head(R"({"retCode":0,"time":9223372036854775807})")->time.is_never());
  for (const char* body : {"", "{", "[]", "null", R"({"retCode":null})", R"({"retCode":1.5})",
                           R"({"retCode":99999999999999999999})", "<html>", "\xff\xfe"})
    CHECK_FALSE(parse_head(body).has_value());
}

TEST_CASE("server time is the reply's own, else the one inside") {
  CHECK(parse_server_time(reply(R"({"timeSecond":"1704067200","timeNano":"1704067200123456789"})"))
            ->ms == 1704067200123);
  CHECK(parse_server_time(R"({"retCode":0,"result":{"timeSecond":"1704067200"}})")->ms ==
        1704067200000);
  CHECK_FALSE(parse_server_time(R"({"retCode":0,"result":{}})").has_value());
}

TEST_CASE("a linear instrument gives its grid and the smaller of its maxima") {
  const auto page = parse_instruments(MarketType::kLinear, listed(kLinearRow, "next%3D"));
  REQUIRE(page.has_value());
  CHECK(page->next_cursor == "next%3D");
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0] == Instrument{{"BTC/USDT:USDT"},
                                     {"BTC"},
                                     {"USDT"},
                                     MarketType::kLinear,
                                     Price::literal("0.1"),
                                     Quantity::literal("0.001"),
                                     Quantity::literal("0.001"),
                                     Quantity::literal("119"),
                                     Notional::literal("5"),
                                     500,
                                     10});
}

TEST_CASE("a spot instrument gives base precision and minimum amount") {
  const auto page = parse_instruments(MarketType::kSpot, listed(kSpotRow));
  REQUIRE(page->items.size() == 1);
  CHECK(page->items[0] == Instrument{{"BTC/USDT"},
                                     {"BTC"},
                                     {"USDT"},
                                     MarketType::kSpot,
                                     Price::literal("0.01"),
                                     Quantity::literal("0.000001"),
                                     Quantity::literal("0.000011"),
                                     Quantity::literal("41.5"),
                                     Notional::literal("5"),
                                     500,
                                     30});
  const std::string old = with(with(kSpotRow, R"(,"maxLimitOrderQty":"83")", ""),
                               R"("maxMarketOrderQty":"41.5")", R"("x":1)");
  CHECK(parse_instruments(MarketType::kSpot, listed(old))->items.at(0).max_quantity ==
        Quantity::literal("83"));
}

TEST_CASE("instruments that do not trade, settle elsewhere or have no grid are left out") {
  const std::vector<std::string> others{
      with(kLinearRow, "\"Trading\"", "\"PreLaunch\""),
      with(kLinearRow, "LinearPerpetual", "LinearFutures"),
      with(kLinearRow, R"("settleCoin":"USDT")", R"("settleCoin":"USDC")"),
      with(kLinearRow, R"("tickSize":"0.10")", R"("tickSize":"0")"),
      with(kLinearRow, R"("qtyStep":"0.001")", R"("qtyStep":null)"),
      with(kLinearRow, R"("symbol":"BTCUSDT")", R"("symbol":"BTCUSDT-26DEC25")"),
      with(kLinearRow, R"("lotSizeFilter")", R"("lots")"),
      "7"};
  for (const std::string& row : others) {
    const auto page = parse_instruments(MarketType::kLinear, listed(row + "," + kLinearRow));
    REQUIRE(page.has_value());
    CHECK(page->rows == 2);
    CHECK(page->items.size() == 1);
  }
}

TEST_CASE("candles come newest first and leave ascending, their numbers exact") {
  const auto candles = parse_candles(listed(R"(["1670608860000","2","4","1","3","5","1"],
                ["1670608800000","17071.123456789012","17073","17027","17055.5",
                 "99999999999999.000000000001","15.7"])"));
  REQUIRE(candles.has_value());
  REQUIRE(candles->size() == 2);
  CHECK(candles->at(0) == Candle{{1670608800000},
                                 Price::literal("17071.123456789012"),
                                 Price::literal("17073"),
                                 Price::literal("17027"),
                                 Price::literal("17055.5"),
                                 Quantity::literal("99999999999999.000000000001")});
  CHECK(candles->at(1).open_time.ms == 1670608860000);
  CHECK(parse_candles(listed(""))->empty());
  CHECK(parse_candles(reply(R"({"list":null})"))->empty());
}

TEST_CASE("a candle that is no candle spoils the reply") {
  for (const char* row : {R"(["1","2","3","4","5"])", R"(["x","2","3","1","2","5","1"])",
                          R"([1670608800000,"2","3","1","2","5","1"])",
                          R"(["1","2.5","3","1","",  "5","1"])", R"(["1",2.5,"3","1","2","5","1"])",
                          R"({"0":"1"})", "null", R"(["1","2","3","1","2","5e99"])"})
    CHECK_FALSE(parse_candles(listed(row)).has_value());
  CHECK_FALSE(parse_candles(reply("{}")).has_value());
  CHECK_FALSE(parse_candles(reply(R"({"list":{}})")).has_value());
}

TEST_CASE("a ticker gives last, bid and ask; an empty book has none") {
  const std::string row = R"({"symbol":"BTCUSDT","lastPrice":"16597.00","bid1Price":"16596.00",
    "bid1Size":"1","ask1Price":"16597.50","volume24h":"49337318.12345678901234567"})";
  const auto ticker = parse_ticker(MarketType::kLinear, listed(row));
  REQUIRE(ticker.has_value());
  CHECK(*ticker == Ticker{{"BTC/USDT:USDT"},
                          Price::literal("16597"),
                          Price::literal("16596"),
                          Price::literal("16597.5"),
                          Quantity::literal("49337318.123456789012"),
                          {1704067200123}});
  const auto bare = parse_ticker(MarketType::kSpot, listed(with(row, R"("16596.00")", R"("")")));
  CHECK(bare->bid.is_zero());
  CHECK_FALSE(parse_ticker(MarketType::kSpot, listed("")).has_value());
  CHECK_FALSE(
      parse_ticker(MarketType::kSpot, listed(with(row, R"("16597.00")", R"("")"))).has_value());
}

TEST_CASE("free and locked add up to the venue's wallet balance") {
  const auto balances = parse_balances(listed(R"({"accountType":"UNIFIED","totalEquity":"3.31",
    "coin":[{"coin":"USDT","walletBalance":"1000.5","locked":"100","totalOrderIM":"0.5",
             "totalPositionIM":"10","equity":"1000.5","availableToWithdraw":""},
            {"coin":"BTC","walletBalance":"0.000000001234567891","locked":"0"},
            {"coin":"ETH","walletBalance":"1","locked":"","totalOrderIM":null,
             "totalPositionIM":"7","unrealisedPnl":"0.25"},
            {"coin":"SOL","walletBalance":"-2","locked":"1","unrealisedPnl":"-3"}]})"));
  REQUIRE(balances.has_value());
  REQUIRE(balances->size() == 4);
  CHECK(balances->at(0) == Balance{{"USDT"}, Decimal::literal("890"), Decimal::literal("110.5")});
  CHECK(balances->at(1) == Balance{{"BTC"}, Decimal::literal("0.000000001234"), {}});
  CHECK(balances->at(2) == Balance{{"ETH"}, {}, Decimal::from_int(1), Decimal::literal("0.25")});
  CHECK(balances->at(3) == Balance{{"SOL"}, Decimal::from_int(-2), {}});
  CHECK(parse_balances(reply(R"({"list":null})"))->empty());
  CHECK_FALSE(parse_balances(listed(R"({"coin":[{"walletBalance":"1"}]})")).has_value());
}

TEST_CASE("an open position is read, an empty one is none") {
  const std::string open = R"({"positionIdx":0,"symbol":"BTCUSDT","side":"Sell","size":"0.5",
    "avgPrice":"30000.1234567890123","positionValue":"15000","tradeMode":0,"leverage":"10",
    "markPrice":"29000","liqPrice":"","takeProfit":"","stopLoss":"31000.00",
    "unrealisedPnl":"-500.25","createdTime":"1676538056258","updatedTime":"1684742400015"})";
  const std::string flat = R"({"positionIdx":0,"symbol":"ETHUSDT","side":"","size":"0",
    "avgPrice":"0","leverage":"5"})";
  const auto page = parse_positions(listed(flat + "," + open));
  REQUIRE(page.has_value());
  CHECK(page->rows == 2);
  REQUIRE(page->items.size() == 1);
  const VenuePosition& p = page->items[0];
  CHECK(p.symbol == Symbol{"BTC/USDT:USDT"});
  CHECK(p.side == PositionSide::kShort);
  CHECK(p.quantity == Quantity::literal("0.5"));
  CHECK(p.average_entry == Price::literal("30000.123456789012"));
  CHECK(p.liquidation.is_zero());
  CHECK(p.unrealised_profit == Notional::literal("-500.25"));
  CHECK(p.leverage == Decimal::from_int(10));
  CHECK(p.margin_mode == MarginMode::kCross);
  CHECK(p.stop_loss == Price::literal("31000"));
  CHECK(p.take_profit.is_zero());
  CHECK(p.updated_at.ms == 1684742400015);
  CHECK(parse_positions(listed(with(open, R"("tradeMode":0)", R"("tradeMode":1)")))
            ->items.at(0)
            .margin_mode == MarginMode::kIsolated);
  CHECK_FALSE(parse_positions(listed(with(open, "\"Sell\"", "\"\""))).has_value());
  CHECK_FALSE(p.is_one_of_two);
  CHECK(parse_positions(listed(with(open, R"("positionIdx":0)", R"("positionIdx":2)")))
            ->items.at(0)
            .is_one_of_two);
}

TEST_CASE("a limit order is read with everything it tells") {
  const auto order = one(MarketType::kLinear, kOrderRow);
  REQUIRE(order.has_value());
  VenueOrder expected;
  expected.client_id = {"a1"};
  expected.order_id = {"fd4300ae"};
  expected.symbol = {"ETH/USDT:USDT"};
  expected.type = OrderType::kLimit;
  expected.quantity = Quantity::literal("0.1");
  expected.limit = Price::literal("1600");
  expected.created_at = {1684738540559};
  expected.updated_at = {1684738540561};
  CHECK(*order == expected);
}

TEST_CASE("every status of the venue has one of ours, and an unknown one is an error") {
  const std::vector<std::pair<const char*, OrderStatus>> statuses{
      {"Created", OrderStatus::kNew},
      {"Untriggered", OrderStatus::kNew},
      {"Triggered", OrderStatus::kNew},
      {"Active", OrderStatus::kNew},
      {"PartiallyFilled", OrderStatus::kPartiallyFilled},
      {"Filled", OrderStatus::kFilled},
      {"Cancelled", OrderStatus::kCancelled},
      {"PartiallyFilledCanceled", OrderStatus::kCancelled},
      {"Deactivated", OrderStatus::kCancelled},
      {"Rejected", OrderStatus::kRejected}};
  for (const auto& [name, status] : statuses) {
    const std::string row = with(kOrderRow, R"("New")", fmt::format("\"{}\"", name));
    CHECK(one(MarketType::kSpot, row)->status == status);
  }
  CHECK_FALSE(one(MarketType::kSpot, with(kOrderRow, R"("New")", R"("Strange")")).has_value());
  CHECK_FALSE(one(MarketType::kSpot, with(kOrderRow, R"("New")", "null")).has_value());
}

TEST_CASE("a market order has no limit, whatever price the venue wrote there") {
  const std::string market = with(kOrderRow, R"("Limit")", R"("Market")");
  const auto order = one(MarketType::kLinear, market);
  CHECK(order->type == OrderType::kMarket);
  CHECK(order->limit.is_zero());
  // By hand, for an amount of money.
  std::string quote = with(market, R"("marketUnit":"")", R"("marketUnit":"quoteCoin")");
  quote = with(quote, R"("cumExecQty":"0.00")", R"("cumExecQty":"0.07")");
  CHECK(one(MarketType::kSpot, quote)->quantity == Quantity::literal("0.07"));
}

TEST_CASE("whether a conditional order is a stop follows from kind, direction or old price") {
  struct Sample {
    const char* side;
    const char* kind;
    int direction;
    const char* price_then;
    OrderType type;
  };
  for (const Sample& s : {Sample{"Sell", "Stop", 2, "", OrderType::kStopMarket},
                          Sample{"Sell", "Stop", 1, "", OrderType::kTakeProfitMarket},
                          Sample{"Buy", "Stop", 1, "", OrderType::kStopMarket},
                          Sample{"Buy", "Stop", 2, "", OrderType::kTakeProfitMarket},
                          Sample{"Sell", "PartialTakeProfit", 0, "", OrderType::kTakeProfitMarket},
                          Sample{"Sell", "StopLoss", 1, "", OrderType::kStopMarket},
                          Sample{"Sell", "", 0, "1600", OrderType::kStopMarket},
                          Sample{"Sell", "", 0, "1400", OrderType::kTakeProfitMarket},
                          Sample{"Buy", "tpslOrder", 0, "1600", OrderType::kTakeProfitMarket},
                          Sample{"Buy", "", 0, "", OrderType::kStopMarket}}) {
    std::string row = with(kOrderRow, R"("Limit")", R"("Market")");
    row = with(row, R"("side":"Buy")", fmt::format(R"("side":"{}")", s.side));
    row = with(row, R"("stopOrderType":"UNKNOWN")", fmt::format(R"("stopOrderType":"{}")", s.kind));
    row = with(row, R"("triggerPrice":"0.00")", R"("triggerPrice":"1500.5")");
    row =
        with(row, R"("triggerDirection":0)", fmt::format(R"("triggerDirection":{})", s.direction));
    row = with(row, R"("lastPriceOnCreated":"")",
               fmt::format(R"("lastPriceOnCreated":"{}")", s.price_then));
    const auto order = one(MarketType::kSpot, row);
    REQUIRE(order.has_value());
    CHECK(order->type == s.type);
    CHECK(order->trigger == Price::literal("1500.5"));
  }
}

TEST_CASE("fills, reduce-only and the venue's reason are read from an order") {
  std::string row = with(kOrderRow, R"("New")", R"("PartiallyFilledCanceled")");
  row = with(row, R"("cumExecQty":"0.00")", R"("cumExecQty":"0.04")");
  row = with(row, R"("cumExecValue":"0")", R"("cumExecValue":"63.98000000000000001")");
  row = with(row, R"("reduceOnly":false)", R"("reduceOnly":true)");
  row = with(row, R"("cancelType":"UNKNOWN")", R"("cancelType":"CancelByUser")");
  const auto order = one(MarketType::kLinear, row);
  CHECK(order->filled == Quantity::literal("0.04"));
  CHECK(order->filled_value == Notional::literal("63.98"));
  CHECK(order->effect == OrderEffect::kReduceOnly);
  CHECK(order->message == "CancelByUser");
  const std::string rejected = with(with(kOrderRow, R"("New")", R"("Rejected")"), "EC_NoError",
                                    "EC_PostOnlyWillTakeLiquidity");
  CHECK(one(MarketType::kLinear, rejected)->message == "EC_PostOnlyWillTakeLiquidity");
}

TEST_CASE("an order may lack its client id and its optional fields, not its quantity") {
  const auto bare = one(MarketType::kLinear,
                        R"({"orderId":"x","symbol":"BTCUSDT","qty":"1","side":"Sell",
                            "orderStatus":"Filled","orderType":"Market","orderLinkId":""})");
  REQUIRE(bare.has_value());
  CHECK(bare->client_id.empty());
  CHECK(bare->updated_at.is_never());
  for (const char* field : {R"("qty":"0.10")", R"("orderId":"fd4300ae")", R"("side":"Buy")",
                            R"("symbol":"ETHUSDT")", R"("orderType":"Limit")"})
    CHECK_FALSE(one(MarketType::kLinear, with(kOrderRow, field, R"("gone":1)")).has_value());
  CHECK_FALSE(one(MarketType::kLinear, with(kOrderRow, R"("qty":"0.10")", R"("qty":0.1)")));
  CHECK_FALSE(
      one(MarketType::kLinear, with(kOrderRow, R"("qty":"0.10")", R"("qty":"0.1234567890123")")));
  CHECK(one(MarketType::kLinear, with(kOrderRow, R"("qty":"0.10")", R"("qty":3)"))->quantity ==
        Quantity::literal("3"));
}

TEST_CASE("executions leave ascending, without funding, and name the coin of their fee") {
  const std::string earlier =
      with(with(kExecutionRow, "1672282722429", "1672282722000"), "e0cbe81d", "e0");
  const std::string funding = with(kExecutionRow, R"("Trade")", R"("Funding")");
  const auto page =
      parse_executions(MarketType::kLinear, listed(kExecutionRow + "," + funding + "," + earlier));
  REQUIRE(page.has_value());
  CHECK(page->rows == 3);
  REQUIRE(page->items.size() == 2);
  CHECK(page->items[0].id == ExecutionId{"e0"});
  VenueExecution expected;
  expected.id = {"e0cbe81d"};
  expected.client_id = {"a1"};
  expected.order_id = {"8c065341"};
  expected.symbol = {"ETH/USDT:USDT"};
  expected.side = OrderSide::kSell;
  expected.price = Price::literal("1190.15");
  expected.quantity = Quantity::literal("0.1");
  expected.fee = Decimal::literal("0.071409");
  expected.fee_asset = {"USDT"};
  expected.at = {1672282722429};
  CHECK(page->items[1] == expected);
}

TEST_CASE("a spot fee without a coin is taken from what was received") {
  const auto asset = [](std::string row) {
    return parse_executions(MarketType::kSpot, listed(row))->items.at(0).fee_asset.value;
  };
  CHECK(asset(kExecutionRow) == "USDT");
  CHECK(asset(with(kExecutionRow, R"("Sell")", R"("Buy")")) == "ETH");
  CHECK(asset(with(kExecutionRow, R"("feeCurrency":"")", R"("feeCurrency":"MNT")")) == "MNT");
  CHECK(asset(with(kExecutionRow, "ETHUSDT", "XYZ")).empty());
}

TEST_CASE("executions keep rebates and makers, and fail without time, price or id") {
  std::string rebate = with(kExecutionRow, R"("0.071409")", R"("-0.01")");
  rebate = with(rebate, R"("isMaker":false)", R"("isMaker":true)");
  const auto page = parse_executions(MarketType::kLinear, listed(rebate));
  CHECK(page->items.at(0).fee.is_negative());
  CHECK(page->items.at(0).is_maker);
  for (const char* field : {R"("execTime":"1672282722429")", R"("execPrice":"1190.15")",
                            R"("execQty":"0.1")", R"("execId":"e0cbe81d")"})
    CHECK_FALSE(
        parse_executions(MarketType::kLinear, listed(with(kExecutionRow, field, R"("gone":null)")))
            .has_value());
}

TEST_CASE("funding is read with its sign, ascending, and other entries of the log are left out") {
  const std::string row = R"({"id":"592324_XRPUSDT_161440249321","symbol":"XRPUSDT",
    "category":"linear","side":"Buy","transactionTime":"1672128000000","type":"SETTLEMENT",
    "qty":"420","size":"420","currency":"USDT","tradePrice":"0.3676","funding":"-0.003676",
    "fee":"0","cashFlow":"0","change":"-0.003676","cashBalance":"0","feeRate":"0.0001"})";
  const std::string earlier =
      with(with(with(row, "592324", "592323"), "1672128000000", "1672099200000"),
           R"("funding":"-0.003676")", R"("funding":"0.01")");
  const std::string trade = with(row, "SETTLEMENT", "TRADE");
  const auto page = parse_funding(listed(row + "," + trade + "," + earlier));
  REQUIRE(page.has_value());
  CHECK(page->rows == 3);
  REQUIRE(page->items.size() == 2);
  CHECK(to_string(page->items[0].amount) == "0.01");
  CHECK(page->items[1] == VenueFunding{"592324_XRPUSDT_161440249321",
                                       {"XRP/USDT:USDT"},
                                       Decimal::literal("-0.003676"),
                                       {"USDT"},
                                       {1672128000000}});
  for (const char* field : {R"("id":"592324_XRPUSDT_161440249321")",
                            R"("transactionTime":"1672128000000")", R"("currency":"USDT")"})
    CHECK_FALSE(parse_funding(listed(with(row, field, R"("gone":null)"))).has_value());
}

TEST_CASE("the next funding is read of those that tell it, with the time at which it was told") {
  const auto times =
      parse_funding_times(listed(R"({"symbol":"XRPUSDT","nextFundingTime":"1704096000000"},
                {"symbol":"BTC-29MAR24","nextFundingTime":"0"},{"symbol":"ETHUSDT"})"));
  REQUIRE(times.has_value());
  REQUIRE(times->size() == 1);
  CHECK(times->front() == FundingTime{{"XRP/USDT:USDT"}, {1704067200123}, {1704096000000}});
  CHECK_FALSE(parse_funding_times(R"({"retCode":0,"result":{"list":[]}})").has_value());
  CHECK_FALSE(parse_funding_times(listed(R"({"nextFundingTime":"1704096000000"})")).has_value());
}

TEST_CASE("an acknowledgement names the order; its client id may be empty") {
  CHECK(*parse_acknowledgement(reply(R"({"orderId":"13","orderLinkId":"a1"})")) ==
        Acknowledgement{{"13"}, {"a1"}});
  CHECK(parse_acknowledgement(reply(R"({"orderId":"13","orderLinkId":""})"))->client_id.empty());
  for (const char* result : {"{}", "null", "[]", R"({"orderId":null})", R"({"orderId":""})"})
    CHECK_FALSE(parse_acknowledgement(reply(result)).has_value());
}

TEST_CASE("a key's permissions say what it may do on each market") {
  const std::string key = R"({"id":"1","readOnly":0,"apiKey":"k","permissions":{
    "ContractTrade":["Order","Position"],"Spot":["SpotTrade"],"Wallet":["AccountTransfer"],
    "Options":null},"ips":["10.0.0.1"],"uta":1,"expiredAt":"2027-01-01T00:00:00Z"})";
  for (const MarketType market : {MarketType::kSpot, MarketType::kLinear}) {
    const auto facts = parse_api_key(market, reply(key));
    REQUIRE(facts.has_value());
    CHECK(facts->can_trade);
    CHECK(facts->can_withdraw == false);
    CHECK(facts->account_type == "UNIFIED");
    CHECK(facts->notes.empty());
  }
  CHECK(parse_api_key(MarketType::kSpot, reply(with(key, "AccountTransfer", "Withdraw")))
            ->can_withdraw == true);
  CHECK_FALSE(parse_api_key(MarketType::kSpot, reply(with(key, "SpotTrade", "X")))->can_trade);
  CHECK_FALSE(
      parse_api_key(MarketType::kLinear, reply(with(key, R"("Order")", R"("X")")))->can_trade);
  const auto read_only =
      parse_api_key(MarketType::kSpot, reply(with(key, R"("readOnly":0)", R"("readOnly":1)")));
  CHECK_FALSE(read_only->can_trade);
  CHECK(read_only->notes.size() == 1);
  const auto loose = parse_api_key(MarketType::kSpot, reply(with(key, "10.0.0.1", "*")));
  CHECK(loose->notes.size() == 2);
  CHECK_FALSE(parse_api_key(MarketType::kSpot, reply("{}")).has_value());
}

TEST_CASE("account settings, position mode and reasons are read") {
  CHECK(*parse_account_settings(
            reply(R"({"unifiedMarginStatus":5,"marginMode":"REGULAR_MARGIN"})")) ==
        AccountSettings{5, "REGULAR_MARGIN"});
  CHECK_FALSE(parse_account_settings(reply("{}")).has_value());
  CHECK(*parse_position_mode(listed(R"({"positionIdx":0})")) == PositionMode::kOneWay);
  CHECK(*parse_position_mode(listed(R"({"positionIdx":1},{"positionIdx":2})")) ==
        PositionMode::kHedge);
  CHECK_FALSE(parse_position_mode(listed(""))->has_value());
  CHECK(parse_reasons(reply(R"({"reasons":[{"reasonCode":"3400000","reasonMsg":"Equity"}]})")) ==
        "3400000: Equity");
  CHECK(parse_reasons(reply(R"({"reasons":[]})")).empty());
  CHECK(parse_reasons("nonsense").empty());
}
