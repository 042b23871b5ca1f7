// Binance's replies, in the documented shapes and in odd ones.
#include <doctest/doctest.h>

#include <random>

#include "exchange/binance/binance_codec.hpp"

using namespace botbox;
using namespace botbox::exchange;
namespace codec = botbox::exchange::binance_codec;

namespace {

constexpr MarketType kSpot = MarketType::kSpot;
constexpr MarketType kLinear = MarketType::kLinear;

// `json` with its first `from` replaced by `to`.
std::string changed(std::string json, std::string_view from, std::string_view to) {
  const std::size_t at = json.find(from);
  REQUIRE(at != std::string::npos);
  return json.replace(at, from.size(), to);
}

const std::string kSpotOrder = R"({
  "symbol": "LTCBTC", "orderId": 9007199254740993, "orderListId": -1, "clientOrderId": "mine1",
  "price": "0.10000000", "origQty": "12345678.123456789012", "executedQty": "1.50000000",
  "cummulativeQuoteQty": "0.15000000", "status": "PARTIALLY_FILLED", "timeInForce": "GTC",
  "type": "LIMIT", "side": "BUY", "stopPrice": "0.0", "icebergQty": "0.0", "time": 1700000000001,
  "updateTime": 1700000000002, "isWorking": true, "workingTime": 1700000000001,
  "origQuoteOrderQty": "0.000000", "selfTradePreventionMode": "NONE"})";

const std::string kUsdmOrder = R"({
  "avgPrice": "100.12345678901234567", "clientOrderId": "mine2", "cumQuote": "50.5",
  "executedQty": "0.5", "orderId": 1917641, "origQty": "0.5", "origType": "MARKET", "price": "0",
  "reduceOnly": true, "side": "SELL", "positionSide": "BOTH", "status": "FILLED", "stopPrice": "0",
  "closePosition": false, "symbol": "BTCUSDT", "time": 1700000000001, "timeInForce": "GTC",
  "type": "MARKET", "updateTime": 1700000000009, "workingType": "CONTRACT_PRICE",
  "priceProtect": false, "goodTillDate": 0})";

const std::string kAlgoOrder = R"({
  "algoId": 2146760, "clientAlgoId": "stop1", "algoType": "CONDITIONAL",
  "orderType": "STOP_MARKET", "symbol": "BNBUSDT", "side": "SELL", "positionSide": "BOTH",
  "timeInForce": "GTC", "quantity": "0.01", "algoStatus": "NEW", "actualOrderId": "",
  "actualPrice": "0.00000", "triggerPrice": "750.000", "price": "0.000", "icebergQuantity": null,
  "workingType": "CONTRACT_PRICE", "closePosition": false, "reduceOnly": true,
  "createTime": 1700000000001, "updateTime": 1700000000002, "triggerTime": 0, "goodTillDate": 0})";

std::string spot_symbol(std::string_view name, std::string_view base, std::string_view quote,
                        std::string_view status, std::string_view filters) {
  return fmt::format(R"({{"symbol":"{}","status":"{}","baseAsset":"{}","quoteAsset":"{}",
    "orderTypes":["LIMIT"],"isSpotTradingAllowed":true,"filters":[{}],
    "permissionSets":[["SPOT"]]}})",
                     name, status, base, quote, filters);
}

constexpr std::string_view kSpotFilters =
    R"({"filterType":"PRICE_FILTER","minPrice":"0.01","maxPrice":"1000000.00",
     "tickSize":"0.01000000"},
    {"filterType":"LOT_SIZE","minQty":"0.00001","maxQty":"9000.00","stepSize":"0.00001000"},
    {"filterType":"ICEBERG_PARTS","limit":10},
    {"filterType":"MARKET_LOT_SIZE","minQty":"0.0","maxQty":"71.5","stepSize":"0.00000000"},
    {"filterType":"NOTIONAL","minNotional":"5.00000000","applyMinToMarket":true,
     "maxNotional":"9000000.0","applyMaxToMarket":false,"avgPriceMins":5})";

}  // namespace

TEST_CASE("spot instruments join the filters of limit and market orders") {
  const std::string json =
      R"({"timezone":"UTC","serverTime":1,"rateLimits":[],"exchangeFilters":[],"symbols":[)" +
      spot_symbol("BTCUSDT", "BTC", "USDT", "TRADING", kSpotFilters) + "," +
      spot_symbol("OLDUSDT", "OLD", "USDT", "BREAK", kSpotFilters) + "," +
      spot_symbol("ODDUSDT", "ODD", "USDT", "TRADING", R"({"filterType":"LOT_SIZE"})") + "," +
      spot_symbol("ETHTRY", "ETH", "TRY", "TRADING", kSpotFilters) + "]}";
  const auto instruments = codec::parse_instruments(json, kSpot);
  REQUIRE(instruments.has_value());
  REQUIRE(instruments->size() == 2);
  const Instrument expected{{"BTC/USDT"},
                            {"BTC"},
                            {"USDT"},
                            MarketType::kSpot,
                            Price::literal("0.01"),
                            Quantity::literal("0.00001"),
                            Quantity::literal("0.00001"),
                            Quantity::literal("71.5"),
                            Notional::literal("5")};
  CHECK(instruments->front() == expected);
  CHECK(instruments->back().symbol.value == "ETH/TRY");
}

TEST_CASE("a spot instrument says how many orders may stand in it, as far as it tells") {
  const auto read = [](const std::string& filters) {
    const auto instruments = codec::parse_instruments(
        R"({"symbols":[)" +
            spot_symbol("BTCUSDT", "BTC", "USDT", "TRADING", std::string(kSpotFilters) + filters) +
            "]}",
        kSpot);
    REQUIRE(instruments.has_value());
    REQUIRE(instruments->size() == 1);
    return instruments->front();
  };
  const Instrument told = read(R"(,{"filterType":"MAX_NUM_ORDERS","maxNumOrders":200},)"
                               R"({"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":5})");
  CHECK(told.max_orders == 200);
  CHECK(told.max_conditional_orders == 5);
  const Instrument odd = read(R"(,{"filterType":"MAX_NUM_ORDERS"},)"
                              R"({"filterType":"MAX_NUM_ALGO_ORDERS","maxNumAlgoOrders":-1})");
  CHECK(odd.max_orders == 0);
  CHECK(odd.max_conditional_orders == 0);
}

TEST_CASE("USD-M instruments are perpetuals that are margined in their quote currency") {
  const auto symbol = [](std::string_view name, std::string_view type, std::string_view quote,
                         std::string_view margin, std::string_view status) {
    return fmt::format(R"({{"symbol":"{}","pair":"BTCUSDT","contractType":"{}","status":"{}",
      "baseAsset":"BTC","quoteAsset":"{}","marginAsset":"{}","pricePrecision":2,"filters":[
      {{"filterType":"PRICE_FILTER","maxPrice":"300","minPrice":"0.0001","tickSize":"0.10"}},
      {{"filterType":"LOT_SIZE","maxQty":"1000","minQty":"0.001","stepSize":"0.001"}},
      {{"filterType":"MARKET_LOT_SIZE","maxQty":"120","minQty":"0.002","stepSize":"0.002"}},
      {{"filterType":"MAX_NUM_ORDERS","limit":200}},
      {{"filterType":"MAX_NUM_ALGO_ORDERS","limit":10}},
      {{"filterType":"MIN_NOTIONAL","notional":"100"}}]}})",
                       name, type, status, quote, margin);
  };
  const std::string json = R"({"symbols":[)" +
                           symbol("BTCUSDT", "PERPETUAL", "USDT", "USDT", "TRADING") + "," +
                           symbol("BTCUSDT_250328", "CURRENT_QUARTER", "USDT", "USDT", "TRADING") +
                           "," + symbol("BTCUSDC", "PERPETUAL", "USDC", "USDC", "TRADING") + "," +
                           symbol("BTCUSD", "PERPETUAL", "USD", "BTC", "TRADING") + "," +
                           symbol("XUSDT", "PERPETUAL", "USDT", "USDT", "SETTLING") + "]}";
  const auto instruments = codec::parse_instruments(json, kLinear);
  REQUIRE(instruments.has_value());
  REQUIRE(instruments->size() == 2);
  const Instrument& btc = instruments->front();
  CHECK(btc.symbol.value == "BTC/USDT:USDT");
  CHECK(btc.market == MarketType::kLinear);
  CHECK(to_string(btc.tick) == "0.1");
  CHECK(to_string(btc.lot) == "0.002");
  CHECK(to_string(btc.min_quantity) == "0.002");
  CHECK(to_string(btc.max_quantity) == "120");
  CHECK(to_string(btc.min_notional) == "100");
  CHECK(btc.max_orders == 200);
  CHECK(btc.max_conditional_orders == 10);
  CHECK(instruments->back().symbol.value == "BTC/USDC:USDC");
}

TEST_CASE("instruments that are all unreadable are an error, an empty list is none") {
  CHECK_FALSE(codec::parse_instruments(
                  R"({"symbols":[)" + spot_symbol("A", "A", "B", "TRADING", "") + "]}", kSpot)
                  .has_value());
  CHECK(codec::parse_instruments(R"({"symbols":[]})", kSpot)->empty());
  CHECK_FALSE(codec::parse_instruments(R"({"rows":[]})", kSpot).has_value());
  CHECK_FALSE(codec::parse_instruments(R"({"symbols":[{"symbol":"BTC)", kSpot).has_value());
}

TEST_CASE("candles keep the venue's digits, also where they are numbers and beyond double") {
  const auto candles = codec::parse_candles(
      R"([[1499040060000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",
      1499040119999,"2434.1",308,"1756.8","28.4","0"],
      [1499040000000,9007199254740.993000000001,"1e14",0.1 ,"1","98765432109876.123456789012",
      1499040059999,"0",0,"0","0","0"]])");
  REQUIRE(candles.has_value());
  REQUIRE(candles->size() == 2);
  CHECK((*candles)[1].open_time.ms == 1499040060000);
  CHECK(to_string((*candles)[1].close) == "0.015771");
  CHECK((*candles)[0].open_time.ms == 1499040000000);
  CHECK(to_string((*candles)[0].low) == "0.1");
  CHECK(to_string((*candles)[0].volume) == "98765432109876.123456789012");
  CHECK(codec::parse_candles("[]")->empty());
  for (const char* bad :
       {"", "{}", "[[]]", R"([[1,"1","1","1","1"]])", R"([[1,"x","1","1","1","1"]])",
        R"([["1","1","1","1","1","1"]])", R"([[1,"1","1","1","1","1"])", R"([1,2])",
        R"([[1,null,"1","1","1","1"]])"})
    CHECK_MESSAGE(!codec::parse_candles(bad).has_value(), bad);
}

TEST_CASE("a ticker of spot has a book, one of USD-M has none") {
  const std::string spot = R"({"symbol":"BNBBTC","priceChange":"-94.9","weightedAvgPrice":"0.29",
    "lastPrice":"4.00000200","lastQty":"200.0","bidPrice":"4.00000000","bidQty":"100.0",
    "askPrice":"4.00000300","askQty":"1.0","openPrice":"99.0","volume":"8913.30000000",
    "openTime":1499783499040,"closeTime":1499869899040,"count":76})";
  const Ticker expected{{"BNB/BTC"},
                        Price::literal("4.000002"),
                        Price::literal("4"),
                        Price::literal("4.000003"),
                        Quantity::literal("8913.3"),
                        {1499869899040}};
  CHECK(*codec::parse_ticker(spot, kSpot) == expected);
  const auto usdm = codec::parse_ticker(
      R"({"symbol":"BTCUSDT","lastPrice":"4.1","volume":"8","closeTime":5})", kLinear);
  CHECK(usdm->symbol.value == "BTC/USDT:USDT");
  CHECK(usdm->bid.is_zero());
  CHECK_FALSE(codec::parse_ticker(R"({"symbol":"BTCUSDT"})", kSpot).has_value());
}

TEST_CASE("an order keeps ids and amounts to the last digit") {
  const auto order = codec::parse_order(kSpotOrder, kSpot);
  REQUIRE(order.has_value());
  CHECK(order->client_id.value == "mine1");
  CHECK(order->order_id.value == "9007199254740993");
  CHECK(order->symbol.value == "LTC/BTC");
  CHECK(order->side == OrderSide::kBuy);
  CHECK(order->type == OrderType::kLimit);
  CHECK(order->status == OrderStatus::kPartiallyFilled);
  CHECK(to_string(order->quantity) == "12345678.123456789012");
  CHECK(to_string(order->filled) == "1.5");
  CHECK(to_string(order->filled_value) == "0.15");
  CHECK(to_string(order->limit) == "0.1");
  CHECK(order->trigger.is_zero());
  CHECK(order->created_at.ms == 1700000000001);
  CHECK(order->updated_at.ms == 1700000000002);

  const auto usdm = codec::parse_order(kUsdmOrder, kLinear);
  REQUIRE(usdm.has_value());
  CHECK(usdm->symbol.value == "BTC/USDT:USDT");
  CHECK(usdm->effect == OrderEffect::kReduceOnly);
  CHECK(usdm->status == OrderStatus::kFilled);
  CHECK(to_string(usdm->filled_value) == "50.5");
}

TEST_CASE("each type and status of an order has its meaning") {
  const std::vector<std::pair<std::string, OrderType>> types{
      {"MARKET", OrderType::kMarket},
      {"LIMIT_MAKER", OrderType::kLimit},
      {"STOP_LOSS", OrderType::kStopMarket},
      {"STOP_LOSS_LIMIT", OrderType::kStopMarket},
      {"TAKE_PROFIT", OrderType::kTakeProfitMarket},
      {"TAKE_PROFIT_LIMIT", OrderType::kTakeProfitMarket},
      {"TRAILING_STOP_MARKET", OrderType::kStopMarket},
      {"SOMETHING_NEW", OrderType::kLimit}};
  for (const auto& [name, type] : types)
    CHECK(codec::parse_order(changed(kSpotOrder, "\"LIMIT\"", '"' + name + '"'), kSpot)->type ==
          type);
  const std::vector<std::pair<std::string, OrderStatus>> statuses{
      {"NEW", OrderStatus::kNew},           {"PENDING_NEW", OrderStatus::kNew},
      {"FILLED", OrderStatus::kFilled},     {"CANCELED", OrderStatus::kCancelled},
      {"EXPIRED", OrderStatus::kCancelled}, {"EXPIRED_IN_MATCH", OrderStatus::kCancelled},
      {"REJECTED", OrderStatus::kRejected}};
  for (const auto& [name, status] : statuses)
    CHECK(codec::parse_order(changed(kSpotOrder, "PARTIALLY_FILLED", name), kSpot)->status ==
          status);
  const std::string expired = changed(changed(kSpotOrder, "PARTIALLY_FILLED", "EXPIRED"), "{",
                                      R"({"expiryReason":"INSUFFICIENT_LIQUIDITY",)");
  CHECK(codec::parse_order(expired, kSpot)->message == "EXPIRED: INSUFFICIENT_LIQUIDITY");
}

TEST_CASE("an order with a field that is missing or odd is unreadable, not guessed at") {
  const std::vector<std::pair<std::string, std::string>> changes{
      {"\"status\"", "\"state\""},
      {"PARTIALLY_FILLED", "HALF_DONE"},
      {"\"executedQty\"", "\"doneQty\""},
      {"\"origQty\"", "\"wanted\""},
      {"\"symbol\"", "\"pair\""},
      {"\"orderId\"", "\"id\""},
      {"BUY", "LONG"},
      {"\"1.50000000\"", "\"1.5x\""},
      {"\"1.50000000\"", "\"NaN\""},
      {"\"1.50000000\"", "\"1.0000000000001\""},
      {"\"1.50000000\"", "\"1000000000000000\""},
      {"\"1.50000000\"", "[]"},
      {"1700000000002", "17.5"},
      {"1700000000002", "170000000000000000000000"},
  };
  for (const auto& [from, to] : changes)
    CHECK_MESSAGE(!codec::parse_order(changed(kSpotOrder, from, to), kSpot).has_value(), from, to);
  for (const char* bad : {"", " ", "null", "[]", "{", "{}", "<html>", "{\"symbol\":\"A\"", "\xff"})
    CHECK_MESSAGE(!codec::parse_order(bad, kSpot).has_value(), bad);
}

TEST_CASE("values that the venue no longer knows, or never had, are zero") {
  CHECK(codec::parse_order(changed(kSpotOrder, "\"0.15000000\"", "\"-1.00000000\""), kSpot)
            ->filled_value.is_zero());
  CHECK(codec::parse_order(changed(kUsdmOrder, "\"stopPrice\": \"0\"", "\"stopPrice\": null"),
                           kLinear)
            ->trigger.is_zero());
}

TEST_CASE("a cancelled spot order is known by the client id it was placed with") {
  const std::string cancelled = R"({"symbol":"LTCBTC","origClientOrderId":"myOrder1","orderId":4,
    "orderListId":-1,"clientOrderId":"cancelMyOrder1","transactTime":1684804350068,
    "price":"2.00000000","origQty":"1.00000000","executedQty":"0.25000000",
    "cummulativeQuoteQty":"0.50000000","status":"CANCELED","timeInForce":"GTC","type":"LIMIT",
    "side":"BUY","selfTradePreventionMode":"NONE"})";
  const auto reports = codec::parse_order_reports(cancelled);
  REQUIRE(reports.has_value());
  REQUIRE(reports->size() == 1);
  CHECK(reports->front().client_id.value == "myOrder1");
  CHECK(reports->front().status == OrderStatus::kCancelled);
  CHECK(to_string(reports->front().filled) == "0.25");
  CHECK(reports->front().updated_at.ms == 1684804350068);
}

TEST_CASE("the reports of an order list are its legs") {
  const std::string list = R"({"orderListId":1,"contingencyType":"OCO","listStatusType":"ALL_DONE",
    "symbol":"LTCBTC","orders":[{"symbol":"LTCBTC","orderId":10,"clientOrderId":"s1"}],
    "orderReports":[{"symbol":"LTCBTC","orderId":10,"orderListId":1,"clientOrderId":"s1",
    "transactTime":1710485608839,"price":"0","origQty":"5.0","executedQty":"0.0",
    "cummulativeQuoteQty":"0.0","status":"NEW","timeInForce":"GTC","type":"STOP_LOSS",
    "side":"SELL","stopPrice":"1.00000000","workingTime":-1},
    {"symbol":"LTCBTC","orderId":11,"orderListId":1,"clientOrderId":"t1",
    "transactTime":1710485608839,"price":"0","origQty":"5.0","executedQty":"0.0",
    "cummulativeQuoteQty":"0.0","status":"NEW","timeInForce":"GTC","type":"TAKE_PROFIT",
    "side":"SELL","stopPrice":"3.0"}]})";
  const auto legs = codec::parse_order_reports(list);
  REQUIRE(legs.has_value());
  REQUIRE(legs->size() == 2);
  CHECK(legs->front().type == OrderType::kStopMarket);
  CHECK(to_string(legs->front().trigger) == "1");
  CHECK(legs->back().client_id.value == "t1");
  CHECK_FALSE(codec::parse_order_reports(changed(list, "\"5.0\"", "\"?\"")).has_value());
  CHECK_FALSE(codec::parse_order_reports(R"({"orderReports":[]})").has_value());
}

TEST_CASE("an amended spot order is read from within its answer") {
  const auto order = codec::parse_order(
      R"({"transactTime":1741926410255,"executionId":75,"amendedOrder":{"symbol":"BTCUSDT",
    "orderId":33,"orderListId":-1,"origClientOrderId":"a1","clientOrderId":"a1",
    "price":"6.00000000","qty":"5.00000000","executedQty":"1.0","preventedQty":"0.0",
    "cumulativeQuoteQty":"6.0","status":"PARTIALLY_FILLED","timeInForce":"GTC","type":"LIMIT",
    "side":"SELL","workingTime":1741926410242}})",
      kSpot);
  REQUIRE(order.has_value());
  CHECK(order->client_id.value == "a1");
  CHECK(to_string(order->quantity) == "5");
  CHECK(to_string(order->filled_value) == "6");
  CHECK(order->updated_at.ms == 1741926410255);
}

TEST_CASE("a conditional order goes from waiting over the order it became to its end") {
  const auto waiting = codec::parse_algo_order(kAlgoOrder);
  REQUIRE(waiting.has_value());
  CHECK(waiting->client_id.value == "stop1");
  CHECK(waiting->order_id.value == "algo-2146760");
  CHECK(waiting->symbol.value == "BNB/USDT:USDT");
  CHECK(waiting->type == OrderType::kStopMarket);
  CHECK(waiting->effect == OrderEffect::kReduceOnly);
  CHECK(waiting->status == OrderStatus::kNew);
  CHECK(to_string(waiting->trigger) == "750");
  struct Row {
    const char* status;
    const char* became;
    const char* filled;  // empty: the venue does not tell
    OrderStatus expected;
  };
  const std::vector<Row> rows{
      {"TRIGGERING", "", "", OrderStatus::kNew},
      {"TRIGGERED", "77", "", OrderStatus::kNew},
      {"TRIGGERED", "77", "0.005", OrderStatus::kPartiallyFilled},
      {"FINISHED", "77", "0.01", OrderStatus::kFilled},
      {"FINISHED", "77", "0.005", OrderStatus::kCancelled},
      {"FINISHED", "77", "", OrderStatus::kFilled},
      {"FINISHED", "", "", OrderStatus::kCancelled},
      {"CANCELED", "", "", OrderStatus::kCancelled},
      {"EXPIRED", "", "", OrderStatus::kCancelled},
      {"REJECTED", "", "", OrderStatus::kRejected},
  };
  for (const Row& row : rows) {
    std::string json = changed(kAlgoOrder, "\"algoStatus\": \"NEW\"",
                               fmt::format("\"algoStatus\": \"{}\"", row.status));
    json = changed(json, "\"actualOrderId\": \"\"",
                   fmt::format("\"actualOrderId\": \"{}\"", row.became));
    json = changed(json, "\"actualPrice\": \"0.00000\"", "\"actualPrice\": \"740.5\"");
    if (*row.filled != '\0')
      json = changed(json, "{", fmt::format("{{\"actualQty\": \"{}\",", row.filled));
    const auto order = codec::parse_algo_order(json);
    REQUIRE_MESSAGE(order.has_value(), row.status);
    CHECK_MESSAGE(order->status == row.expected, row.status, row.became, row.filled);
    CHECK(order->order_id.value == (*row.became == '\0' ? "algo-2146760" : row.became));
    if (std::string_view(row.filled) == "0.01") CHECK(to_string(order->filled_value) == "7.405");
  }
  CHECK_FALSE(codec::parse_algo_order(changed(kAlgoOrder, "\"NEW\"", "\"LOST\"")).has_value());
  const auto closing = codec::parse_algo_order(
      changed(changed(kAlgoOrder, "\"quantity\": \"0.01\"", "\"quantity\": null"),
              "\"closePosition\": false", "\"closePosition\": true"));
  CHECK(closing->quantity.is_zero());
  CHECK(codec::parse_algo_orders("[" + kAlgoOrder + "]")->size() == 1);
  const auto cancelled = codec::parse_algo_cancelled(
      R"({"algoId":2146760,"clientAlgoId":"stop1","code":"200","msg":"success"})");
  CHECK(cancelled->status == OrderStatus::kCancelled);
  CHECK(cancelled->order_id.value == "algo-2146760");
}

TEST_CASE("executions come in order of time, with fees in whatever coin") {
  const auto spot = codec::parse_executions(
      R"([{"symbol":"BNBBTC","id":28458,"orderId":100234,"orderListId":-1,"price":"4.00000100",
    "qty":"12.00000000","quoteQty":"48.000012","commission":"10.10000000","commissionAsset":"BNB",
    "time":1499865549591,"isBuyer":true,"isMaker":false,"isBestMatch":true},
    {"symbol":"BNBBTC","id":28457,"orderId":100234,"price":"4","qty":"1","commission":"0",
    "commissionAsset":"BNB","time":1499865549590,"isBuyer":false,"isMaker":true}])",
      kSpot);
  REQUIRE(spot.has_value());
  REQUIRE(spot->size() == 2);
  CHECK((*spot)[0].id.value == "28457");
  CHECK((*spot)[0].side == OrderSide::kSell);
  CHECK((*spot)[0].is_maker);
  const VenueExecution& last = (*spot)[1];
  CHECK(last.client_id.empty());
  CHECK(last.order_id.value == "100234");
  CHECK(to_string(last.price) == "4.000001");
  CHECK(to_string(last.fee) == "10.1");
  CHECK(last.fee_asset.value == "BNB");
  CHECK(last.side == OrderSide::kBuy);
  const std::string usdm = R"([{"buyer":false,"commission":"-0.07819010","commissionAsset":"USDT",
    "id":698759,"maker":false,"orderId":25851813,"price":"7819.01","qty":"0.002","side":"SELL",
    "quoteQty":"15.63802","realizedPnl":"-0.91539999","positionSide":"BOTH","symbol":"BTCUSDT",
    "time":1569514978020}])";
  CHECK(to_string(codec::parse_executions(usdm, kLinear)->front().fee) == "-0.0781901");
  CHECK(codec::parse_executions(usdm, kLinear)->front().side == OrderSide::kSell);
  CHECK_FALSE(codec::parse_executions(changed(usdm, "\"buyer\":false,", ""), kLinear).has_value());
}

TEST_CASE("income is read with its sign, and what is no funding is left out") {
  const std::string json =
      R"([{"symbol":"BTCUSDT","incomeType":"FUNDING_FEE","income":"-0.37500000","asset":"USDT",
    "info":"FUNDING_FEE","time":1570608000000,"tranId":9689322392,"tradeId":""},
    {"symbol":"","incomeType":"TRANSFER","income":"5","asset":"USDT","info":"TRANSFER",
    "time":1570608000001,"tranId":9689322393,"tradeId":""},
    {"symbol":"ETHUSDT","incomeType":"FUNDING_FEE","income":"0.01000000","asset":"USDT",
    "info":"FUNDING_FEE","time":1570579200000,"tranId":9689322391,"tradeId":""}])";
  const auto payments = codec::parse_funding(json);
  REQUIRE(payments.has_value());
  REQUIRE(payments->size() == 2);
  CHECK((*payments)[0].id == "9689322391");
  CHECK(
      (*payments)[1] ==
      VenueFunding{
          "9689322392", {"BTC/USDT:USDT"}, Decimal::literal("-0.375"), {"USDT"}, {1570608000000}});
  CHECK_FALSE(codec::parse_funding(changed(json, "\"tranId\":9689322392,", "")).has_value());
}

TEST_CASE("the next funding is read of those that tell it, with the time of the word") {
  const std::string json =
      R"([{"symbol":"BTCUSDT","markPrice":"11793.63","nextFundingTime":1597392000000,
    "lastFundingRate":"0.00038246","interestRate":"0.00010000","time":1597370495002},
    {"symbol":"BTCUSDT_240329","nextFundingTime":0,"time":1597370495002}])";
  const auto times = codec::parse_funding_times(json);
  REQUIRE(times.has_value());
  REQUIRE(times->size() == 1);
  CHECK(times->front() == FundingTime{{"BTC/USDT:USDT"}, {1597370495002}, {1597392000000}});
  CHECK_FALSE(
      codec::parse_funding_times(changed(json, ",\"time\":1597370495002},", "},")).has_value());
}

TEST_CASE("balances leave out what is nothing, and add up to the wallet") {
  const auto spot = codec::parse_spot_balances(
      R"({"canTrade":true,"balances":[{"asset":"BTC","free":"4723846.89208129","locked":"0.1"},
    {"asset":"LTC","free":"0.00000000","locked":"0.00000000"}],"permissions":["SPOT"]})");
  REQUIRE(spot.has_value());
  REQUIRE(spot->size() == 1);
  CHECK(spot->front() ==
        Balance{{"BTC"}, Decimal::literal("4723846.89208129"), Decimal::literal("0.1")});
  CHECK_FALSE(
      codec::parse_spot_balances(R"({"balances":[{"asset":"BTC","free":"1"}]})").has_value());
  CHECK_FALSE(codec::parse_spot_balances(R"({"canTrade":true})").has_value());
  const auto usdm = codec::parse_usdm_balances(
      R"([{"accountAlias":"SgsR","asset":"USDT","balance":"100.5","crossWalletBalance":"100.5",
    "crossUnPnl":"3.0","availableBalance":"80.25","maxWithdrawAmount":"80.25","updateTime":1},
    {"asset":"BNB","balance":"2","availableBalance":"2.5"},
    {"asset":"BTC","balance":"0.0","availableBalance":"0.0"}])");
  REQUIRE(usdm.has_value());
  REQUIRE(usdm->size() == 2);
  CHECK((*usdm)[0] == Balance{{"USDT"}, Decimal::literal("80.25"), Decimal::literal("20.25")});
  CHECK((*usdm)[1] == Balance{{"BNB"}, Decimal::literal("2"), Decimal{}, Decimal::literal("0.5")});
}

TEST_CASE("positions have a side, and leverage and margin mode even where they are not told") {
  const std::string v3 = R"([{"symbol":"ADAUSDT","positionSide":"BOTH","positionAmt":"-30",
    "entryPrice":"0.38512345678901234","breakEvenPrice":"0.385077","markPrice":"0.41047590",
    "unRealizedProfit":"-0.76427700","liquidationPrice":"1.5","isolatedMargin":"0",
    "notional":"-12.31427700","marginAsset":"USDT","isolatedWallet":"0",
    "initialMargin":"0.61571385","positionInitialMargin":"0.61571385","adl":2,
    "updateTime":1720736417660},
    {"symbol":"XRPUSDT","positionSide":"BOTH","positionAmt":"0.0","entryPrice":"0.0"},
    {"symbol":"BTCUSDT","positionSide":"LONG","positionAmt":"0.002","entryPrice":"100",
    "isolatedMargin":"10.5","leverage":"7","marginType":"isolated"}])";
  const auto positions = codec::parse_positions(v3);
  REQUIRE(positions.has_value());
  REQUIRE(positions->size() == 2);
  const VenuePosition& ada = positions->front();
  CHECK(ada.symbol.value == "ADA/USDT:USDT");
  CHECK(ada.side == PositionSide::kShort);
  CHECK_FALSE(ada.is_one_of_two);
  CHECK(positions->back().is_one_of_two);
  CHECK(to_string(ada.quantity) == "30");
  CHECK(to_string(ada.average_entry) == "0.385123456789");
  CHECK(to_string(ada.unrealised_profit) == "-0.764277");
  CHECK(to_string(ada.leverage) == "20");
  CHECK(ada.margin_mode == MarginMode::kCross);
  CHECK(to_string(positions->back().leverage) == "7");
  CHECK(positions->back().margin_mode == MarginMode::kIsolated);
  CHECK(positions->back().side == PositionSide::kLong);
}

TEST_CASE("account facts say what the key may do only where the venue tells") {
  const auto spot = codec::parse_spot_account(
      R"({"canTrade":true,"canWithdraw":true,"accountType":"SPOT","balances":[]})");
  CHECK(spot->can_trade);
  CHECK_FALSE(spot->can_withdraw.has_value());
  CHECK(codec::parse_spot_account(R"({"canTrade":true,"canWithdraw":false,"accountType":"SPOT"})")
            ->can_withdraw == false);
  const std::string rights =
      R"({"ipRestrict":false,"createTime":1,"enableReading":true,"enableWithdrawals":true,
    "enableFutures":false,"enableSpotAndMarginTrading":true})";
  const auto key = codec::parse_key_restrictions(rights, MarketType::kSpot);
  CHECK(key->can_trade);
  CHECK(key->can_withdraw == true);
  CHECK(key->notes.size() == 1);
  CHECK(key->account_type == "SPOT");
  const auto of_futures = codec::parse_key_restrictions(rights, MarketType::kLinear);
  CHECK_FALSE(of_futures->can_trade);
  CHECK(of_futures->can_withdraw == true);
  for (const MarketType market : {MarketType::kSpot, MarketType::kLinear})
    CHECK_FALSE(codec::parse_key_restrictions("{}", market).has_value());
  const auto usdm = codec::parse_usdm_account(
      R"({"feeTier":0,"canTrade":true,"canDeposit":true,"canWithdraw":true,
    "dualSidePosition":true,"updateTime":0,"multiAssetsMargin":false,"tradeGroupId":-1})");
  CHECK(usdm->position_mode == PositionMode::kHedge);
  CHECK(usdm->can_trade);
  CHECK_FALSE(codec::parse_usdm_account(R"({"feeTier":0})").has_value());
}

TEST_CASE("a refusal is recognised by its shape alone") {
  CHECK(codec::parse_refusal(R"({"code":-1121,"msg":"Invalid symbol."})") ==
        BinanceRefusal{-1121, "Invalid symbol."});
  CHECK(codec::parse_refusal(R"( {"code":"200","msg":"success"})")->code == 200);
  for (const char* other : {"", "[]", "<html>", "{}", R"({"msg":"x"})", R"({"code":[1]})",
                            R"({"code":"abc"})", "[{\"code\":-1}]"})
    CHECK_MESSAGE(!codec::parse_refusal(other).has_value(), other);
  CHECK(codec::parse_acknowledgement("{}").has_value());
  CHECK(codec::parse_acknowledgement(R"([{"symbol":"A"}])").has_value());
  CHECK_FALSE(codec::parse_acknowledgement("<html>").has_value());
  CHECK_FALSE(codec::parse_acknowledgement("").has_value());
}

TEST_CASE("strings that are longer than any buffer guess are read without harm") {
  const std::string id(100'000, 'x');
  const std::string escaped =
      R"({"orderReports":[],"orderId":")" + id + R"(","symbol":")" + id + R"(\u00e9\n"})";
  CHECK_FALSE(codec::parse_order_reports(escaped).has_value());
  const auto order = codec::parse_order(changed(kSpotOrder, "mine1", id + "\\u00e9"), kSpot);
  REQUIRE(order.has_value());
  CHECK(order->client_id.value.size() == id.size() + 2);
}

TEST_CASE("a damaged reply is read as something or refused, never more than that") {
  const std::uint64_t seed = 20240101;
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  const std::string instruments =
      R"({"symbols":[)" + spot_symbol("BTCUSDT", "BTC", "USDT", "TRADING", kSpotFilters) + "]}";
  const std::vector<std::string> replies{
      kSpotOrder,
      kUsdmOrder,
      kAlgoOrder,
      "[" + kSpotOrder + "," + kUsdmOrder + "]",
      "[" + kAlgoOrder + "]",
      instruments,
      R"({"orderReports":[)" + kSpotOrder + "]}",
      R"({"transactTime":1,"amendedOrder":)" + kSpotOrder + "}",
      R"([[1499040060000,"0.1",0.8,"0.1","0.2","148976.1",1499040119999]])",
      R"({"balances":[{"asset":"BTC","free":"1","locked":"0"}],"canTrade":true})"};
  constexpr std::string_view kBytes = "{}[]\",:0123456789.eE-+ntfu\\ \xff";
  const auto read_all = [](std::string_view json) {
    int read = 0;
    for (const MarketType market : {kSpot, kLinear}) {
      read += codec::parse_order(json, market).has_value();
      read += codec::parse_orders(json, market).has_value();
      read += codec::parse_instruments(json, market).has_value();
      read += codec::parse_ticker(json, market).has_value();
      read += codec::parse_executions(json, market).has_value();
    }
    read +=
        codec::parse_order_reports(json).has_value() + codec::parse_algo_order(json).has_value();
    read += codec::parse_algo_orders(json).has_value() + codec::parse_candles(json).has_value();
    read += codec::parse_spot_balances(json).has_value() + codec::parse_positions(json).has_value();
    read += codec::parse_usdm_balances(json).has_value() + codec::parse_refusal(json).has_value();
    read +=
        codec::parse_spot_account(json).has_value() + codec::parse_server_time(json).has_value();
    return read;
  };
  int read = 0;
  for (int round = 0; round < 3'000; ++round) {
    std::string json = replies[random() % replies.size()];
    for (std::uint64_t changes = random() % 4; changes > 0; --changes)
      json[random() % json.size()] = kBytes[random() % kBytes.size()];
    if (random() % 4 == 0) json.resize(random() % json.size());
    read += read_all(json);
  }
  CHECK(read > 1'000);
}
