// The Binance adapters against a scripted server: what they send, and what they make of answers.
#include <doctest/doctest.h>

#include <mutex>

#include "exchange/binance/binance_spot_api.hpp"
#include "exchange/binance/binance_usdm_api.hpp"
#include "tests/exchange/fixture.hpp"
#include "tests/exchange/scripted_server.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

constexpr std::string_view kKey = "publicKeyOfTheTests";
constexpr std::string_view kSecret = "secretOfTheTestsThatMustNeverBeSeen";
const Symbol kSpotSymbol{"BTC/USDT"};
const Symbol kLinearSymbol{"BTC/USDT:USDT"};
const ClientOrderId kId{"entry1"};

// What the venue signalled; written on the transport's thread.
struct Heard {
  std::mutex mutex;
  std::vector<std::pair<std::string, std::int64_t>> counters;
  std::vector<std::optional<Duration>> stops;

  VenueSignals signals() {
    return {.on_counter =
                [this](std::string_view window, std::int64_t used) {
                  const std::lock_guard lock(mutex);
                  counters.emplace_back(std::string(window), used);
                },
            .on_stop =
                [this](std::optional<Duration> wait) {
                  const std::lock_guard lock(mutex);
                  stops.push_back(wait);
                },
            .further_permit = {}};
  }
};

template <class Api>
struct Desk {
  explicit Desk(HttpOptions http = {}) : transport(http) { api->set_signals(heard.signals()); }

  // Answers one call with `body` and gives back what was asked and what came of it.
  template <class T, class Call>
  Result<T> call(ScriptedReply answer, Call call) {
    server.reply(std::move(answer));
    return ask<T>([&](auto reply) { call(*api, Permits::fresh(), reply); });
  }
  ServedRequest last() const {
    const auto all = server.requests();
    REQUIRE_FALSE(all.empty());
    return all.back();
  }

  Heard heard;
  ManualClock clock{kStart};
  ScriptedServer server;
  HttpTransport transport;
  std::unique_ptr<Api> api = make();

  std::unique_ptr<Api> make() {
    using Options =
        std::conditional_t<std::is_same_v<Api, BinanceUsdmApi>, BinanceUsdmOptions, BinanceOptions>;
    Options options;
    options.base_url = server.base_url();
    return std::make_unique<Api>(options, Credentials{std::string(kKey), std::string(kSecret)},
                                 transport, clock);
  }
};
using SpotDesk = Desk<BinanceSpotApi>;
using UsdmDesk = Desk<BinanceUsdmApi>;

// "&recvWindow=5000&timestamp=...&signature=..." as it must end every signed query.
std::string stamped(const std::string& query, Timestamp at = kStart) {
  const std::string before = query + (query.empty() ? "" : "&");
  return signed_query(fmt::format("{}recvWindow=5000&timestamp={}", before, at.ms), kSecret);
}

std::string order_body(std::string_view symbol, std::string_view id, std::string_view type,
                       std::string_view status) {
  return fmt::format(
      R"({{"symbol":"{}","orderId":28,"clientOrderId":"{}","price":"0","origQty":"1",
    "executedQty":"1","cummulativeQuoteQty":"10","cumQuote":"10","status":"{}","type":"{}",
    "side":"BUY","updateTime":5,"transactTime":5,"timeInForce":"GTC","fills":[{{"price":"10"}}]}})",
      symbol, id, status, type);
}
std::string algo_body(std::string_view id, std::string_view status) {
  return fmt::format(R"({{"algoId":7,"clientAlgoId":"{}","orderType":"STOP_MARKET",
    "symbol":"BTCUSDT","side":"SELL","quantity":"1","algoStatus":"{}","actualOrderId":"",
    "triggerPrice":"90","price":"0","reduceOnly":true,"createTime":1,"updateTime":2}})",
                     id, status);
}
std::string refusal(int code, std::string_view message) {
  return fmt::format(R"({{"code":{},"msg":"{}"}})", code, message);
}

VenueOrderRequest request(const Symbol& symbol, OrderType type) {
  VenueOrderRequest order;
  order.client_id = kId;
  order.symbol = symbol;
  order.type = type;
  order.quantity = Quantity::literal("0.00000001");
  order.limit = Price::literal("12345678.12345678");
  order.trigger = Price::literal("90.10");
  return order;
}

Result<std::vector<Balance>> balances_of(VenueApi& api) {
  return ask<std::vector<Balance>>([&](auto reply) { api.balances(Permits::fresh(), reply); });
}

const auto place_market = [](VenueApi& api, Permit permit, auto reply) {
  const bool spot = api.features().market == MarketType::kSpot;
  api.place(permit, request(spot ? kSpotSymbol : kLinearSymbol, OrderType::kMarket), reply);
};

}  // namespace

TEST_CASE("a spot order is a signed form with the key in its header") {
  SpotDesk desk;
  const auto placed = desk.call<VenueOrder>(
      {order_body("BTCUSDT", "entry1", "MARKET", "FILLED"),
       200,
       {{"X-MBX-USED-WEIGHT-1M", "17"}, {"X-MBX-ORDER-COUNT-10S", "3"}, {"X-MBX-OTHER", "9"}}},
      place_market);
  REQUIRE(placed.has_value());
  CHECK(placed->status == OrderStatus::kFilled);
  CHECK(placed->symbol == kSpotSymbol);
  CHECK(placed->client_id == kId);
  const ServedRequest asked = desk.last();
  CHECK(asked.method == "POST");
  CHECK(asked.target == "/api/v3/order");
  CHECK(asked.header("x-mbx-apikey") == kKey);
  CHECK(asked.header("content-type") == "application/x-www-form-urlencoded");
  CHECK(asked.body == stamped("symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=MARKET"
                              "&quantity=0.00000001&newOrderRespType=FULL"));
  const std::vector<std::pair<std::string, std::int64_t>> counters{{"request_weight_1m", 17},
                                                                   {"orders_10s", 3}};
  CHECK(desk.heard.counters == counters);
  CHECK(desk.heard.stops.empty());
}

TEST_CASE("each type of order has its own parameters") {
  struct Row {
    OrderType type;
    TimeInForce time_in_force;
    OrderEffect effect;
    const char* spot;
    const char* usdm;
    const char* usdm_path;
  };
  constexpr auto kGtc = TimeInForce::kGoodTillCancelled;
  const std::vector<Row> rows{
      {OrderType::kMarket, kGtc, OrderEffect::kReduceOnly,
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=MARKET&quantity=0.00000001"
       "&newOrderRespType=FULL",
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=MARKET&quantity=0.00000001"
       "&reduceOnly=true&newOrderRespType=RESULT",
       "/fapi/v1/order"},
      {OrderType::kLimit, TimeInForce::kImmediateOrCancel, OrderEffect::kMayOpen,
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=LIMIT&timeInForce=IOC"
       "&quantity=0.00000001&price=12345678.12345678&newOrderRespType=FULL",
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=LIMIT&timeInForce=IOC"
       "&quantity=0.00000001&price=12345678.12345678&newOrderRespType=RESULT",
       "/fapi/v1/order"},
      {OrderType::kLimit, TimeInForce::kPostOnly, OrderEffect::kMayOpen,
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=LIMIT_MAKER&quantity=0.00000001"
       "&price=12345678.12345678&newOrderRespType=FULL",
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=LIMIT&timeInForce=GTX"
       "&quantity=0.00000001&price=12345678.12345678&newOrderRespType=RESULT",
       "/fapi/v1/order"},
      {OrderType::kStopMarket, kGtc, OrderEffect::kReduceOnly,
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=STOP_LOSS&quantity=0.00000001"
       "&stopPrice=90.1&newOrderRespType=FULL",
       "symbol=BTCUSDT&clientAlgoId=entry1&algoType=CONDITIONAL&side=BUY&type=STOP_MARKET"
       "&quantity=0.00000001&triggerPrice=90.1&workingType=CONTRACT_PRICE&reduceOnly=true",
       "/fapi/v1/algoOrder"},
      {OrderType::kTakeProfitMarket, kGtc, OrderEffect::kMayOpen,
       "symbol=BTCUSDT&newClientOrderId=entry1&side=BUY&type=TAKE_PROFIT&quantity=0.00000001"
       "&stopPrice=90.1&newOrderRespType=FULL",
       "symbol=BTCUSDT&clientAlgoId=entry1&algoType=CONDITIONAL&side=BUY&type=TAKE_PROFIT_MARKET"
       "&quantity=0.00000001&triggerPrice=90.1&workingType=CONTRACT_PRICE",
       "/fapi/v1/algoOrder"},
  };
  SpotDesk spot;
  UsdmDesk usdm;
  for (const Row& row : rows) {
    VenueOrderRequest order = request(kSpotSymbol, row.type);
    order.time_in_force = row.time_in_force;
    order.effect = row.effect;
    const auto place = [&](VenueApi& api, Permit permit, auto reply) {
      api.place(permit, order, reply);
    };
    REQUIRE(spot.call<VenueOrder>({order_body("BTCUSDT", "entry1", "LIMIT", "NEW")}, place));
    CHECK(spot.last().body == stamped(row.spot));
    order.symbol = kLinearSymbol;
    const bool algo = std::string_view(row.usdm_path) == "/fapi/v1/algoOrder";
    const std::string answer =
        algo ? algo_body("entry1", "NEW") : order_body("BTCUSDT", "entry1", "LIMIT", "NEW");
    const auto placed = usdm.call<VenueOrder>({answer}, place);
    REQUIRE(placed.has_value());
    CHECK(placed->client_id == kId);
    CHECK(usdm.last().path() == row.usdm_path);
    CHECK(usdm.last().body == stamped(row.usdm));
  }
}

TEST_CASE("the venue's refusals keep their code and words, and their meaning") {
  SpotDesk desk;
  struct Row {
    ScriptedReply answer;
    ErrorCode meaning;
    const char* words;
  };
  const std::vector<Row> rows{
      {{refusal(-2010, "Account has insufficient balance for requested action."), 400},
       ErrorCode::kRejected,
       "Binance -2010: Account has insufficient balance for requested action."},
      {{refusal(-2010, "Duplicate order sent."), 400},
       ErrorCode::kAlreadyExists,
       "Binance -2010: Duplicate order sent."},
      {{refusal(-1013, "Filter failure: LOT_SIZE"), 400},
       ErrorCode::kRejected,
       "Binance -1013: Filter failure: LOT_SIZE"},
      {{refusal(-1007, "Timeout"), 504}, ErrorCode::kOutcomeUnknown, "Binance -1007: Timeout"},
      {{refusal(-1006, "Unexpected"), 400},
       ErrorCode::kOutcomeUnknown,
       "Binance -1006: Unexpected"},
      {{"<html>bad gateway</html>", 502}, ErrorCode::kOutcomeUnknown, "Binance HTTP 502"},
      {{"<html>who are you</html>", 404}, ErrorCode::kOutcomeUnknown, "Binance HTTP 404"},
  };
  for (const Row& row : rows) {
    const auto placed = desk.call<VenueOrder>(row.answer, place_market);
    REQUIRE_FALSE(placed.has_value());
    CHECK(placed.error().code == row.meaning);
    CHECK(placed.error().message == row.words);
    CHECK(placed.error().place == "POST /api/v3/order");
  }
  CHECK(desk.heard.stops.empty());
}

TEST_CASE("an answer that is lost, cut short, late or no order leaves the outcome unknown") {
  HttpOptions http;
  http.timeout = Duration{200};
  SpotDesk desk(http);
  const std::string body = order_body("BTCUSDT", "entry1", "MARKET", "FILLED");
  for (const ScriptedFault fault :
       {ScriptedFault::kDropReply, ScriptedFault::kTruncate, ScriptedFault::kSilence}) {
    const auto placed = desk.call<VenueOrder>({body, 200, {}, fault}, place_market);
    CHECK(placed.error().code == ErrorCode::kOutcomeUnknown);
  }
  for (const std::string& odd : std::vector<std::string>{
           "", "{}", "null", "<html>", body.substr(0, body.size() - 1), "[" + body + "]"})
    CHECK(desk.call<VenueOrder>({odd}, place_market).error().code == ErrorCode::kOutcomeUnknown);
  // None of them was sent a second time.
  CHECK(desk.server.requests().size() == 9);
}

TEST_CASE("slow down and bans stop everything, for as long as the venue says") {
  const std::int64_t until = kStart.ms + 90'000;
  const std::vector<ScriptedReply> answers{
      {refusal(-1003, "Too many requests."), 429, {{"Retry-After", "7"}}},
      {"", 418, {{"Retry-After", "120"}}},
      {refusal(-1003, fmt::format("Way too many; IP banned until {}.", until)), 418},
      {"<html>", 403},
      {refusal(-1003, "Too many requests."), 400},
  };
  const std::vector<std::optional<Duration>> waits{Duration{7'000}, Duration{120'000},
                                                   Duration{90'000}, std::nullopt, std::nullopt};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    CAPTURE(i);
    SpotDesk desk;
    const auto refused = desk.call<VenueOrder>(answers[i], place_market);
    CHECK(refused.error().code == ErrorCode::kRateLimited);
    if (i == 2)
      CHECK(refused.error().message.find(" (" + to_iso8601({until}) + ").") != std::string::npos);
    CHECK(desk.heard.stops == std::vector{waits[i]});
    // What has its permit already does not go out before the silence is over.
    const Duration silence = waits[i].value_or(Duration{1'000});
    desk.clock.advance(silence - Duration{1});
    const std::string body = order_body("BTCUSDT", "entry1", "MARKET", "NEW");
    CHECK(desk.call<VenueOrder>({body}, place_market).error().code == ErrorCode::kRateLimited);
    CHECK(desk.server.requests().size() == 1);
    desk.clock.advance(Duration{1});
    CHECK(desk.call<VenueOrder>({body}, place_market).has_value());
  }
}

TEST_CASE("requests are stamped by the venue's clock, which is learnt anew when it refuses") {
  SpotDesk desk;
  const auto server_time = [](VenueApi& api, Permit permit, auto reply) {
    api.server_time(permit, reply);
  };
  const Timestamp venue = kStart + Duration{2'500};
  const auto told =
      desk.call<Timestamp>({fmt::format(R"({{"serverTime":{}}})", venue.ms)}, server_time);
  CHECK(*told == venue);
  CHECK(desk.last().target == "/api/v3/time");
  CHECK(desk.last().header("x-mbx-apikey").empty());
  CHECK(desk.api->clock_offset() == Duration{2'500});
  REQUIRE(desk.call<VenueOrder>({order_body("BTCUSDT", "entry1", "MARKET", "NEW")}, place_market));
  CHECK(desk.last().body.find(fmt::format("&timestamp={}&signature=", venue.ms)) !=
        std::string::npos);

  // kStart is 2024-01-01T00:00:00Z; the Date header tells whole seconds.
  const auto late = desk.call<VenueOrder>({refusal(-1021, "outside of the recvWindow"),
                                           400,
                                           {{"Date", "Mon, 01 Jan 2024 00:01:00 GMT"}}},
                                          place_market);
  CHECK(late.error().code == ErrorCode::kUnavailable);
  CHECK(desk.api->clock_offset() == Duration{60'500});
  REQUIRE(desk.call<Timestamp>({fmt::format(R"({{"serverTime":{}}})", kStart.ms + 60'321)},
                               server_time));
  CHECK(desk.api->clock_offset() == Duration{60'321});
  // Without a Date the offset stays, and the next answer alone decides.
  CHECK(desk.call<VenueOrder>({refusal(-1021, "ahead of the server's time"), 400}, place_market)
            .error()
            .code == ErrorCode::kUnavailable);
  CHECK(desk.api->clock_offset() == Duration{60'321});
  REQUIRE(
      desk.call<Timestamp>({fmt::format(R"({{"serverTime":{}}})", kStart.ms - 5)}, server_time));
  CHECK(desk.api->clock_offset() == Duration{-5});
}

// As while our clock goes at half its pace.
TEST_CASE("a signed answer whose Date speaks against the learnt offset corrects it") {
  SpotDesk desk;
  REQUIRE(desk.call<Timestamp>(
      {fmt::format(R"({{"serverTime":{}}})", kStart.ms + 2'500)},
      [](VenueApi& api, Permit permit, auto reply) { api.server_time(permit, reply); }));
  const auto place_at = [&](const char* date) {
    REQUIRE(desk.call<VenueOrder>(
        {order_body("BTCUSDT", "entry1", "MARKET", "NEW"), 200, {{"Date", date}}}, place_market));
    return desk.api->clock_offset();
  };
  for (const char* date : {"Mon, 01 Jan 2024 00:00:01 GMT", "Mon, 01 Jan 2024 00:00:02 GMT",
                           "Mon, 01 Jan 2024 00:00:03 GMT"})
    CHECK(place_at(date) == Duration{2'500});
  CHECK(place_at("Mon, 01 Jan 2024 00:00:06 GMT") == Duration{6'500});
  CHECK(place_at("Mon, 01 Jan 2024 00:00:00 GMT") == Duration{500});
}

TEST_CASE("no secret comes back in an error, whatever the venue echoes") {
  SpotDesk desk;
  const std::string echo = fmt::format("key {} secret {} is odd", kKey, kSecret);
  for (const ScriptedReply& answer : std::vector<ScriptedReply>{
           {refusal(-2015, echo), 401},
           {refusal(-1022, echo), 400},
           {fmt::format(R"({{"symbol":"BTCUSDT","orderId":1,"side":"{}"}})", echo), 200},
           {refusal(-1003, echo), 429}}) {
    const auto placed = desk.call<VenueOrder>(answer, place_market);
    const std::string text = to_string(placed.error());
    CHECK(text.find(kSecret) == std::string::npos);
    CHECK(text.find(kKey) == std::string::npos);
    CHECK(text.find("signature") == std::string::npos);
  }
  BinanceSpotApi nobody({.base_url = "http://127.0.0.1:1"},
                        Credentials{std::string(kKey), std::string(kSecret)}, desk.transport,
                        desk.clock);
  const auto unsent = ask<std::optional<VenueOrder>>(
      [&](auto reply) { nobody.order(Permits::fresh(), kSpotSymbol, kId, reply); });
  CHECK(unsent.error().code == ErrorCode::kUnavailable);
  CHECK(to_string(unsent.error()).find("signature") == std::string::npos);
}

TEST_CASE("a spent permit sends nothing, on no call of either adapter") {
  const Permit spent = Permits::fresh();
  REQUIRE(spent.consume());
  SpotDesk spot;
  UsdmDesk usdm;
  const std::vector<VenueApi*> apis{spot.api.get(), usdm.api.get(), usdm.api->conditional_orders()};
  for (VenueApi* api : apis) {
    const Symbol symbol = api->features().market == MarketType::kSpot ? kSpotSymbol : kLinearSymbol;
    std::vector<ErrorCode> codes;
    const auto note = [&codes](const auto& result) {
      codes.push_back(result ? ErrorCode::kIo : result.error().code);
    };
    api->server_time(spent, note);
    api->instruments(spent, note);
    api->candles(spent, {symbol, Timeframe::minutes(1), kStart, kStart + kMinute, 1}, note);
    api->ticker(spent, symbol, note);
    api->balances(spent, note);
    api->positions(spent, note);
    api->open_orders(spent, symbol, note);
    api->order(spent, symbol, kId, note);
    api->executions(spent, {.symbol = symbol}, note);
    api->place(spent, request(symbol, OrderType::kMarket), note);
    api->place(spent, request(symbol, OrderType::kStopMarket), note);
    api->place_bracket(spent, {symbol, OrderSide::kSell, {}, {"s"}, {}, {"t"}, {}}, note);
    api->amend(spent, {symbol, kId, Quantity::literal("1"), {}, {}}, note);
    api->cancel(spent, symbol, kId, note);
    api->cancel_all(spent, symbol, note);
    api->set_leverage(spent, symbol, Decimal::from_int(3), note);
    api->set_margin_mode(spent, symbol, MarginMode::kCross, note);
    api->account(spent, note);
    CHECK(codes == std::vector<ErrorCode>(18, ErrorCode::kRateLimited));
  }
  CHECK(spot.server.requests().empty());
  CHECK(usdm.server.requests().empty());
}

TEST_CASE("what a venue does not offer is refused before anything is sent") {
  SpotDesk spot;
  UsdmDesk usdm;
  std::vector<ErrorCode> codes;
  const auto note = [&codes](const auto& result) {
    codes.push_back(result ? ErrorCode::kIo : result.error().code);
  };
  VenueOrderRequest attached = request(kSpotSymbol, OrderType::kMarket);
  attached.attached_stop_loss = Price::literal("1");
  spot.api->place(Permits::fresh(), attached, note);
  VenueOrderRequest nameless = request(kSpotSymbol, OrderType::kMarket);
  nameless.client_id = {""};
  spot.api->place(Permits::fresh(), nameless, note);
  spot.api->order(Permits::fresh(), kSpotSymbol, {std::string(37, 'a')}, note);
  spot.api->cancel(Permits::fresh(), kLinearSymbol, kId, note);
  spot.api->amend(Permits::fresh(), {kSpotSymbol, kId, {}, Price::literal("1"), {}}, note);
  spot.api->set_leverage(Permits::fresh(), kSpotSymbol, Decimal::from_int(2), note);
  spot.api->executions(Permits::fresh(), {}, note);
  usdm.api->ticker(Permits::fresh(), kSpotSymbol, note);
  usdm.api->amend(Permits::fresh(), {kLinearSymbol, kId, Quantity::literal("1"), {}, {}}, note);
  usdm.api->set_leverage(Permits::fresh(), kLinearSymbol, Decimal::literal("2.5"), note);
  usdm.api->set_margin_mode(Permits::fresh(), kLinearSymbol, MarginMode::kNone, note);
  usdm.api->executions(Permits::fresh(), {.symbol = kLinearSymbol, .order_id = {"algo-7"}}, note);
  usdm.api->place_bracket(Permits::fresh(), {}, note);
  usdm.api->conditional_orders()->amend(
      Permits::fresh(), {kLinearSymbol, kId, Quantity::literal("1"), Price::literal("1"), {}},
      note);
  CHECK(codes == std::vector<ErrorCode>(14, ErrorCode::kInvalidInput));
  CHECK(spot.server.requests().empty());
  CHECK(usdm.server.requests().empty());
  BinanceSpotApi keyless({.base_url = spot.server.base_url()}, {}, spot.transport, spot.clock);
  CHECK(balances_of(keyless).error().code == ErrorCode::kInvalidInput);
  CHECK(spot.server.requests().empty());
}

TEST_CASE("an order is found by its client id, is not there, or nobody knows") {
  SpotDesk desk;
  const auto find_order = [](VenueApi& api, Permit permit, auto reply) {
    api.order(permit, kSpotSymbol, kId, reply);
  };
  using Found = std::optional<VenueOrder>;
  const auto found =
      desk.call<Found>({order_body("BTCUSDT", "other", "LIMIT", "CANCELED")}, find_order);
  REQUIRE((found && *found));
  CHECK((*found)->client_id == kId);
  CHECK((*found)->status == OrderStatus::kCancelled);
  CHECK(desk.last().method == "GET");
  CHECK(desk.last().target ==
        "/api/v3/order?" + stamped("symbol=BTCUSDT&origClientOrderId=entry1"));
  const auto absent = desk.call<Found>({refusal(-2013, "Order does not exist."), 400}, find_order);
  REQUIRE(absent.has_value());
  CHECK_FALSE(absent->has_value());
  CHECK(desk.call<Found>({"", 500}, find_order).error().code == ErrorCode::kOutcomeUnknown);
  // Where to look is told of orders that may stand, not of looking.
  for (const char* answer : {"", "<html>"}) {
    CHECK(desk.call<Found>({answer, 500}, find_order).error().fix.empty());
    CHECK(desk.call<Found>({answer, 200}, find_order).error().fix.empty());
    CHECK(desk.call<VenueOrder>({answer, 500}, place_market).error().fix == kAskForOrder);
    CHECK(desk.call<VenueOrder>({answer, 200}, place_market).error().fix == kAskForOrder);
  }
}

TEST_CASE("open orders of the whole account carry the symbols that were learnt") {
  SpotDesk desk;
  const std::string listed = R"({"symbols":[{"symbol":"BTCTRY","status":"TRADING",
    "baseAsset":"BTC","quoteAsset":"TRY","filters":[{"filterType":"PRICE_FILTER","tickSize":"1"},
    {"filterType":"LOT_SIZE","minQty":"1","maxQty":"9","stepSize":"1"}]}]})";
  const auto open = [](VenueApi& api, Permit permit, auto reply) {
    api.open_orders(permit, {}, reply);
  };
  using Orders = std::vector<VenueOrder>;
  const std::string body = "[" + order_body("BTCTRY", "a", "LIMIT", "NEW") + "," +
                           order_body("ETHUSDT", "", "STOP_LOSS_LIMIT", "NEW") + "]";
  CHECK(desk.call<Orders>({body}, open)->front().symbol.value == "BTCTRY");
  REQUIRE(desk.call<std::vector<Instrument>>(
      {listed}, [](VenueApi& api, Permit permit, auto reply) { api.instruments(permit, reply); }));
  CHECK(desk.last().target == "/api/v3/exchangeInfo?showPermissionSets=false");
  const auto orders = desk.call<Orders>({body}, open);
  CHECK(orders->front().symbol.value == "BTC/TRY");
  CHECK(orders->back().symbol.value == "ETH/USDT");
  CHECK(orders->back().type == OrderType::kStopMarket);
  CHECK(desk.last().target == "/api/v3/openOrders?" + stamped(""));
}

TEST_CASE("a conditional order of USD-M that triggered is told as the order that it became") {
  UsdmDesk desk;
  VenueSignals signals = desk.heard.signals();
  bool has_room = true;
  signals.further_permit = [&](const PermitRequest&, const Reply<Permit>& answer) {
    if (has_room) return answer(Permits::fresh());
    answer(fail(ErrorCode::kRateLimited, "no room"));
  };
  desk.api->set_signals(signals);
  std::string triggered = algo_body("entry1", "FINISHED");
  triggered.replace(triggered.find(R"("actualOrderId":"")"), 18, R"("actualOrderId":"28")");
  const auto find = [&] {
    return ask<std::optional<VenueOrder>>([&](auto reply) {
      desk.api->conditional_orders()->order(Permits::fresh(), kLinearSymbol, kId, reply);
    });
  };
  desk.server.reply(ScriptedReply{triggered});
  desk.server.reply(ScriptedReply{order_body("BTCUSDT", "other", "MARKET", "FILLED")});
  const auto found = find();
  REQUIRE(found.has_value());
  CHECK((*found)->client_id == kId);
  CHECK((*found)->type == OrderType::kStopMarket);
  CHECK((*found)->order_id.value == "28");
  CHECK((*found)->filled == Quantity::literal("1"));
  CHECK((*found)->status == OrderStatus::kFilled);
  CHECK(desk.last().target == "/fapi/v1/order?" + stamped("symbol=BTCUSDT&orderId=28"));
  has_room = false;
  desk.server.reply(ScriptedReply{triggered});
  CHECK(find().error().code == ErrorCode::kRateLimited);
  has_room = true;
  desk.server.reply(ScriptedReply{triggered});
  desk.server.reply(ScriptedReply{refusal(-2013, "Order does not exist."), 400});
  CHECK((*find())->order_id.value == "28");
}

TEST_CASE("conditional orders of USD-M stand apart and are asked for apart") {
  UsdmDesk desk;
  VenueApi& apart = *desk.api->conditional_orders();
  CHECK(apart.conditional_orders() == nullptr);
  const auto on = [&](std::string body, int status, auto call) {
    using T = typename decltype(call)::type;
    desk.server.reply(ScriptedReply{std::move(body), status});
    return ask<T>([&](auto reply) { call(reply); });
  };
  struct Find {
    using type = std::optional<VenueOrder>;
    VenueApi& api;
    void operator()(Reply<type> reply) const {
      api.order(Permits::fresh(), kLinearSymbol, kId, std::move(reply));
    }
  };
  struct Cancel {
    using type = VenueOrder;
    VenueApi& api;
    void operator()(Reply<type> reply) const {
      api.cancel(Permits::fresh(), kLinearSymbol, kId, std::move(reply));
    }
  };
  struct Open {
    using type = std::vector<VenueOrder>;
    VenueApi& api;
    void operator()(Reply<type> reply) const {
      api.open_orders(Permits::fresh(), kLinearSymbol, std::move(reply));
    }
  };
  struct CancelAll {
    using type = std::monostate;
    VenueApi& api;
    void operator()(Reply<type> reply) const {
      api.cancel_all(Permits::fresh(), kLinearSymbol, std::move(reply));
    }
  };
  const std::string by_algo_id = stamped("symbol=BTCUSDT&clientAlgoId=entry1");
  const std::string by_order_id = stamped("symbol=BTCUSDT&origClientOrderId=entry1");
  const std::string by_symbol = stamped("symbol=BTCUSDT");

  CHECK((*on(algo_body("entry1", "NEW"), 200, Find{apart}))->type == OrderType::kStopMarket);
  CHECK(desk.last().target == "/fapi/v1/algoOrder?" + by_algo_id);
  CHECK_FALSE(on(refusal(-2013, "Order does not exist."), 400, Find{apart})->has_value());
  CHECK(on(order_body("BTCUSDT", "entry1", "LIMIT", "NEW"), 200, Find{*desk.api})->has_value());
  CHECK(desk.last().target == "/fapi/v1/order?" + by_order_id);

  const auto cancelled = on(R"({"algoId":7,"clientAlgoId":"entry1","code":"200","msg":"success"})",
                            200, Cancel{apart});
  REQUIRE(cancelled.has_value());
  CHECK(cancelled->status == OrderStatus::kCancelled);
  CHECK(cancelled->symbol == kLinearSymbol);
  CHECK(desk.last().method == "DELETE");
  CHECK(desk.last().target == "/fapi/v1/algoOrder?" + by_algo_id);
  CHECK(on(refusal(-2011, "Unknown order sent."), 400, Cancel{apart}).error().code ==
        ErrorCode::kNotFound);
  CHECK(on(order_body("BTCUSDT", "entry1", "LIMIT", "CANCELED"), 200, Cancel{*desk.api})->status ==
        OrderStatus::kCancelled);
  CHECK(desk.last().target == "/fapi/v1/order?" + by_order_id);

  CHECK(on("[" + algo_body("entry1", "NEW") + "]", 200, Open{apart})->size() == 1);
  CHECK(desk.last().target == "/fapi/v1/openAlgoOrders?" + by_symbol);
  CHECK(on("[]", 200, Open{*desk.api})->empty());
  CHECK(desk.last().target == "/fapi/v1/openOrders?" + by_symbol);

  const std::string done = refusal(200, "The operation of cancel all open order is done.");
  CHECK(on(done, 200, CancelAll{apart}).has_value());
  CHECK(desk.last().target == "/fapi/v1/algoOpenOrders?" + by_symbol);
  CHECK(on(done, 200, CancelAll{*desk.api}).has_value());
  CHECK(desk.last().target == "/fapi/v1/allOpenOrders?" + by_symbol);
  CHECK(on(refusal(-2012, "Batch cancel failure."), 400, CancelAll{*desk.api}).error().code ==
        ErrorCode::kOutcomeUnknown);
}

TEST_CASE("a bracket of spot is one order list, its legs named by the place of the market") {
  SpotDesk desk;
  const auto leg = [](std::string_view id, std::string_view type) {
    return order_body("BTCUSDT", id, type, "NEW");
  };
  const std::string body = R"({"orderListId":1,"orderReports":[)" + leg("tp1", "TAKE_PROFIT") +
                           "," + leg("sl1", "STOP_LOSS") + "]}";
  VenueBracketRequest bracket{
      kSpotSymbol,          OrderSide::kSell, Quantity::literal("0.5"), {"sl1"},
      Price::literal("90"), {"tp1"},          Price::literal("110")};
  const auto place = [&](VenueApi& api, Permit permit, auto reply) {
    api.place_bracket(permit, bracket, reply);
  };
  const auto legs = desk.call<std::vector<VenueOrder>>({body}, place);
  REQUIRE(legs.has_value());
  REQUIRE(legs->size() == 2);
  CHECK((*legs)[0].client_id.value == "sl1");
  CHECK((*legs)[1].client_id.value == "tp1");
  CHECK(desk.last().target == "/api/v3/orderList/oco");
  CHECK(desk.last().body ==
        stamped("symbol=BTCUSDT&listClientOrderId=sl1l&side=SELL&quantity=0.5&aboveType=TAKE_PROFIT"
                "&aboveClientOrderId=tp1&aboveStopPrice=110&belowType=STOP_LOSS"
                "&belowClientOrderId=sl1&belowStopPrice=90&newOrderRespType=RESULT"));
  bracket.side = OrderSide::kBuy;
  REQUIRE(desk.call<std::vector<VenueOrder>>({body}, place));
  CHECK(desk.last().body.find("&belowType=TAKE_PROFIT&belowClientOrderId=tp1&belowStopPrice=110"
                              "&aboveType=STOP_LOSS&aboveClientOrderId=sl1&aboveStopPrice=90&") !=
        std::string::npos);
  // A leg that is not reported may stand or not.
  const std::string half = R"({"orderReports":[)" + leg("tp1", "TAKE_PROFIT") + "]}";
  CHECK(desk.call<std::vector<VenueOrder>>({half}, place).error().code ==
        ErrorCode::kOutcomeUnknown);
  // Cancelling a leg is answered with the list.
  const auto cancelled =
      desk.call<VenueOrder>({body}, [](VenueApi& api, Permit permit, auto reply) {
        api.cancel(permit, kSpotSymbol, {"sl1"}, reply);
      });
  REQUIRE(cancelled.has_value());
  CHECK(cancelled->type == OrderType::kStopMarket);
}

TEST_CASE("amending is lowering on spot, and side, quantity and price on USD-M") {
  SpotDesk spot;
  const auto amend = [](const AmendOrder& change) {
    return [change](VenueApi& api, Permit permit, auto reply) { api.amend(permit, change, reply); };
  };
  const std::string amended = R"({"transactTime":1,"amendedOrder":)" +
                              order_body("BTCUSDT", "entry1", "LIMIT", "NEW") + "}";
  CHECK(spot.call<VenueOrder>({amended}, amend({kSpotSymbol, kId, Quantity::literal("2"), {}, {}}))
            .has_value());
  CHECK(spot.last().method == "PUT");
  CHECK(spot.last().target == "/api/v3/order/amend/keepPriority");
  CHECK(spot.last().body ==
        stamped("symbol=BTCUSDT&origClientOrderId=entry1&newClientOrderId=entry1&newQty=2"));
  UsdmDesk usdm;
  CHECK(usdm.call<VenueOrder>({order_body("BTCUSDT", "entry1", "LIMIT", "NEW")},
                              amend({kLinearSymbol,
                                     kId,
                                     Quantity::literal("2"),
                                     Price::literal("9"),
                                     {},
                                     OrderSide::kSell}))
            .has_value());
  CHECK(usdm.last().method == "PUT");
  CHECK(usdm.last().target == "/fapi/v1/order");
  CHECK(usdm.last().body ==
        stamped("symbol=BTCUSDT&origClientOrderId=entry1&side=SELL&quantity=2&price=9"));
}

TEST_CASE("candles asked for are the newest of the range, not the oldest") {
  SpotDesk desk;
  const auto candles = [](const CandleQuery& query) {
    return [query](VenueApi& api, Permit permit, auto reply) { api.candles(permit, query, reply); };
  };
  using Candles = std::vector<Candle>;
  const Timeframe minute = Timeframe::minutes(1);
  REQUIRE(
      desk.call<Candles>({"[]"}, candles({kSpotSymbol, minute, kStart - kMinute * 10, kStart, 4})));
  const auto target = [](Timestamp from, Timestamp to, int limit) {
    return fmt::format("/api/v3/klines?symbol=BTCUSDT&interval=1m&startTime={}&endTime={}&limit={}",
                       from.ms, to.ms - 1, limit);
  };
  CHECK(desk.last().target == target(kStart - kMinute * 4, kStart, 4));
  REQUIRE(
      desk.call<Candles>({"[]"}, candles({kSpotSymbol, minute, kStart - kMinute * 2, kStart, 4})));
  CHECK(desk.last().target == target(kStart - kMinute * 2, kStart, 4));
  // No lower bound, an end in the future, more than the venue gives at once.
  REQUIRE(desk.call<Candles>({"[]"},
                             candles({kSpotSymbol, minute, {}, kStart + kMinute * 5000, 5000})));
  CHECK(desk.last().target == target(kStart - kMinute * 999, kStart + kMinute, 1000));
}

TEST_CASE("executions are asked for by order, by id or by time, as the venue takes them together") {
  SpotDesk spot;
  UsdmDesk usdm;
  const std::string body = R"([{"symbol":"BTCUSDT","id":1,"orderId":2,"price":"1","qty":"1",
    "commission":"0","commissionAsset":"BNB","time":5,"isBuyer":true,"buyer":true}])";
  struct Row {
    OrderId order;
    Timestamp from;
    ExecutionId from_id;
    std::uint32_t limit;
    const char* spot;
    const char* usdm;
  };
  const std::vector<Row> rows{
      {{}, {}, {}, 500, "symbol=BTCUSDT&limit=500", "symbol=BTCUSDT&limit=500"},
      {{},
       {77},
       {},
       5000,
       "symbol=BTCUSDT&startTime=77&limit=1000",
       "symbol=BTCUSDT&startTime=77&limit=1000"},
      {{}, {77}, {"9"}, 10, "symbol=BTCUSDT&fromId=9&limit=10", "symbol=BTCUSDT&fromId=9&limit=10"},
      {{"2"},
       {77},
       {"9"},
       10,
       "symbol=BTCUSDT&orderId=2&fromId=9&limit=10",
       "symbol=BTCUSDT&orderId=2&limit=10"},
      {{"2"},
       {77},
       {},
       10,
       "symbol=BTCUSDT&orderId=2&limit=10",
       "symbol=BTCUSDT&orderId=2&limit=10"},
  };
  for (const Row& row : rows) {
    const auto asking = [&](const Symbol& symbol) {
      return [&, symbol](VenueApi& api, Permit permit, auto reply) {
        api.executions(permit, {symbol, row.order, row.from, row.from_id, row.limit}, reply);
      };
    };
    REQUIRE(spot.call<std::vector<VenueExecution>>({body}, asking(kSpotSymbol)));
    CHECK(spot.last().target == "/api/v3/myTrades?" + stamped(row.spot));
    const auto found = usdm.call<std::vector<VenueExecution>>({body}, asking(kLinearSymbol));
    REQUIRE(found.has_value());
    CHECK(found->front().symbol == kLinearSymbol);
    CHECK(usdm.last().target == "/fapi/v1/userTrades?" + stamped(row.usdm));
  }
}

TEST_CASE("executions of an old USD-M order are looked for by time where none are told by order") {
  using Executions = std::vector<VenueExecution>;
  constexpr Duration kWeek{7 * 86'400'000LL};
  UsdmDesk desk;
  VenueSignals signals = desk.heard.signals();
  int room = 9;
  signals.further_permit = [&](const PermitRequest& cost, const Reply<Permit>& answer) {
    CHECK(cost.weight == 5);
    if (room-- > 0) return answer(Permits::fresh());
    answer(fail(ErrorCode::kRateLimited, "no room"));
  };
  desk.api->set_signals(signals);
  const auto row = [](int id, int order, std::string_view quantity, Timestamp at) {
    return fmt::format(R"({{"symbol":"BTCUSDT","id":{},"orderId":{},"price":"1","qty":"{}",
      "commission":"0","commissionAsset":"USDT","time":{},"buyer":true}})",
                       id, order, quantity, at.ms);
  };
  const auto asked = [&](Timestamp from, const std::vector<std::string>& bodies) {
    for (const std::string& body : bodies) desk.server.reply("[" + body + "]");
    ExecutionQuery query{.symbol = kLinearSymbol, .order_id = {"28"}, .from = from};
    query.filled = Quantity::literal("2");
    auto found =
        ask<Executions>([&](auto reply) { desk.api->executions(Permits::fresh(), query, reply); });
    CHECK(desk.server.replies_left() == 0);
    return found;
  };
  const Timestamp old = kStart - Duration{20 * 86'400'000LL};
  const auto found =
      asked(old, {row(9, 28, "0.5", kStart), row(7, 27, "5", old), row(8, 28, "1.5", old + kWeek)});
  REQUIRE(found.has_value());
  REQUIRE(found->size() == 2);
  CHECK(found->front().id == ExecutionId{"8"});
  CHECK(found->front().symbol == kLinearSymbol);
  CHECK(found->back().id == ExecutionId{"9"});
  const auto requests = desk.server.requests();
  REQUIRE(requests.size() == 3);
  const auto by_time = [](Timestamp from) {
    return "/fapi/v1/userTrades?" +
           stamped(fmt::format("symbol=BTCUSDT&startTime={}&endTime={}&limit=1000", from.ms,
                               (from + kWeek).ms - 1));
  };
  CHECK(requests[0].target ==
        "/fapi/v1/userTrades?" + stamped("symbol=BTCUSDT&orderId=28&limit=500"));
  CHECK(requests[1].target == by_time(old));
  CHECK(requests[2].target == by_time(old + kWeek));
  // What is all there, or cannot be older, is asked for by order only.
  CHECK(asked(old, {row(9, 28, "2", kStart)})->size() == 1);
  CHECK(asked(kStart - kWeek, {row(9, 28, "1", kStart)})->size() == 1);
  // Up to now, and no further.
  CHECK(asked(old, {"", "", "", ""})->empty());
  room = 0;
  CHECK(asked(old, {""}).error().code == ErrorCode::kRateLimited);
}

TEST_CASE("commands that find nothing to do have succeeded") {
  SpotDesk spot;
  UsdmDesk usdm;
  using Done = std::monostate;
  CHECK(spot.call<Done>({refusal(-2011, "Unknown order sent."), 400},
                        [](VenueApi& api, Permit permit, auto reply) {
                          api.cancel_all(permit, kSpotSymbol, reply);
                        })
            .has_value());
  CHECK(spot.last().method == "DELETE");
  CHECK(spot.last().target == "/api/v3/openOrders?" + stamped("symbol=BTCUSDT"));
  const auto isolate = [](VenueApi& api, Permit permit, auto reply) {
    api.set_margin_mode(permit, kLinearSymbol, MarginMode::kIsolated, reply);
  };
  CHECK(usdm.call<Done>({refusal(-4046, "No need to change margin type."), 400}, isolate));
  CHECK(usdm.last().body == stamped("symbol=BTCUSDT&marginType=ISOLATED"));
  CHECK(usdm.call<Done>({refusal(-4048, "there exists position"), 400}, isolate).error().code ==
        ErrorCode::kRejected);
  CHECK(usdm.call<Done>({"<html>welcome</html>"}, isolate).error().code ==
        ErrorCode::kOutcomeUnknown);
  CHECK(usdm.call<Done>({R"({"leverage":21,"maxNotionalValue":"1000000","symbol":"BTCUSDT"})"},
                        [](VenueApi& api, Permit permit, auto reply) {
                          api.set_leverage(permit, kLinearSymbol, Decimal::from_int(21), reply);
                        }));
  CHECK(usdm.last().target == "/fapi/v1/leverage");
  CHECK(usdm.last().body == stamped("symbol=BTCUSDT&leverage=21"));
}

TEST_CASE("the account is asked for where the address can tell") {
  SpotDesk desk;
  const auto account = [](VenueApi& api, Permit permit, auto reply) { api.account(permit, reply); };
  CHECK(desk.call<AccountFacts>({R"({"canTrade":true,"canWithdraw":true,"accountType":"SPOT"})"},
                                account)
            ->can_trade);
  CHECK(desk.last().path() == "/api/v3/account");
  BinanceSpotApi mainnet(
      {.base_url = desk.server.base_url(), .key_restrictions_url = desk.server.base_url()},
      Credentials{std::string(kKey), std::string(kSecret)}, desk.transport, desk.clock);
  desk.server.reply(R"({"enableWithdrawals":true,"enableSpotAndMarginTrading":true})");
  const auto facts =
      ask<AccountFacts>([&](auto reply) { mainnet.account(Permits::fresh(), reply); });
  CHECK(facts->can_withdraw == true);
  CHECK(desk.last().path() == "/sapi/v1/account/apiRestrictions");
  UsdmDesk usdm;
  CHECK(usdm.call<AccountFacts>({R"({"canTrade":true,"dualSidePosition":false})"}, account)
            ->position_mode == PositionMode::kOneWay);
  CHECK(usdm.last().path() == "/fapi/v1/accountConfig");
}

TEST_CASE("what a USD-M key may do is asked at spot's address, where that knows of it") {
  using Rights = std::optional<AccountFacts>;
  UsdmDesk desk;
  const auto nobody =
      ask<Rights>([&](auto reply) { desk.api->key_rights(Permits::fresh(), reply); });
  REQUIRE(nobody.has_value());
  CHECK_FALSE(nobody->has_value());
  CHECK(desk.server.requests().empty());

  ScriptedServer spot;
  BinanceUsdmOptions options;
  options.base_url = desk.server.base_url();
  options.key_restrictions_url = spot.base_url();
  BinanceUsdmApi mainnet(options, Credentials{std::string(kKey), std::string(kSecret)},
                         desk.transport, desk.clock);
  spot.reply(R"({"ipRestrict":true,"enableWithdrawals":true,"enableFutures":true,)"
             R"("enableSpotAndMarginTrading":false})");
  const auto told = ask<Rights>([&](auto reply) { mainnet.key_rights(Permits::fresh(), reply); });
  REQUIRE(told.has_value());
  REQUIRE(told->has_value());
  CHECK((*told)->can_trade);
  CHECK((*told)->can_withdraw == true);
  CHECK(desk.server.requests().empty());
  REQUIRE(spot.requests().size() == 1);
  CHECK(spot.requests().front().target == "/sapi/v1/account/apiRestrictions?" + stamped(""));
  CHECK(spot.requests().front().header("x-mbx-apikey") == kKey);
  spot.reply(ScriptedReply{refusal(-2015, "Invalid API-key, IP, or permissions for action."), 400});
  CHECK(
      ask<Rights>([&](auto reply) { mainnet.key_rights(Permits::fresh(), reply); }).error().code ==
      ErrorCode::kRejected);
}

TEST_CASE("an adapter may go while its answers are under way") {
  HttpOptions http;
  http.timeout = Duration{200};
  SpotDesk desk(http);
  desk.server.reply(ScriptedReply{"", 200, {}, ScriptedFault::kSilence});
  const auto result = ask<VenueOrder>([&](auto reply) {
    place_market(*desk.api, Permits::fresh(), reply);
    desk.api.reset();
  });
  CHECK(result.error().code == ErrorCode::kOutcomeUnknown);
}
