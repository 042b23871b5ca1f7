// BybitApi against a scripted server: what it asks, with which headers, and what it makes of
// answers, refusals and failures.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include "exchange/bybit/bybit_api.hpp"
#include "exchange/venue/signing.hpp"
#include "tests/exchange/fixture.hpp"
#include "tests/exchange/scripted_server.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const std::string kKey = "keykeykey";
const std::string kSecret = "secretsecret";
const Symbol kLinear{"BTC/USDT:USDT"};
const Symbol kSpot{"BTC/USDT"};

std::string body(std::string_view result, std::int64_t time_ms = kStart.ms) {
  return fmt::format(R"({{"retCode":0,"retMsg":"OK","result":{},"retExtInfo":{{}},"time":{}}})",
                     result, time_ms);
}
std::string refusal(std::int64_t code, std::string_view words, std::int64_t time_ms = kStart.ms) {
  return fmt::format(R"({{"retCode":{},"retMsg":"{}","result":{{}},"time":{}}})", code, words,
                     time_ms);
}
std::string page(std::string_view rows, std::string_view cursor = "",
                 std::int64_t time_ms = kStart.ms) {
  return body(fmt::format(R"({{"list":[{}],"nextPageCursor":"{}"}})", rows, cursor), time_ms);
}
std::string order_row(std::string_view client_id, std::string_view status = "New") {
  return fmt::format(R"({{"orderId":"o-{0}","orderLinkId":"{0}","symbol":"BTCUSDT","side":"Buy",
    "orderType":"Limit","price":"30000","qty":"1","cumExecQty":"0","orderStatus":"{1}",
    "createdTime":"1704067200000","updatedTime":"1704067200000"}})",
                     client_id, status);
}
std::string execution_row(std::string_view id, std::int64_t at_ms) {
  return fmt::format(R"({{"execId":"{}","orderId":"o","orderLinkId":"","symbol":"BTCUSDT",
    "side":"Buy","execPrice":"30000","execQty":"1","execFee":"1","execType":"Trade",
    "isMaker":false,"execTime":"{}"}})",
                     id, at_ms);
}
std::string repeated(const std::string& row, std::size_t times) {
  std::string rows = row;
  for (std::size_t i = 1; i < times; ++i) rows += "," + row;
  return rows;
}

// An adapter, its server, and what it signalled.
struct Bench {
  explicit Bench(MarketType market = MarketType::kLinear, Credentials credentials = {kKey, kSecret},
                 HttpOptions http = {})
      : clock(kStart), transport(http) {
    BybitOptions options;
    options.market = market;
    options.base_url = server.base_url();
    options.credentials = std::move(credentials);
    api = std::make_unique<BybitApi>(std::move(options), transport, clock);
  }
  // Further permits for as many pages as a test wants.
  void signal(int further) {
    permits_left = further;
    VenueSignals signals;
    signals.on_counter = [this](std::string_view window, std::int64_t used) {
      counters.emplace_back(window, used);
    };
    signals.on_stop = [this](std::optional<Duration> wait) { stops.push_back(wait); };
    signals.further_permit = [this](const PermitRequest& cost, auto answer) {
      costs.push_back(cost);
      if (permits_left-- > 0) return answer(Permits::fresh());
      answer(fail(ErrorCode::kRateLimited, "the window is full"));
    };
    api->set_signals(std::move(signals));
  }
  ServedRequest only_request() const {
    const auto requests = server.requests();
    REQUIRE(requests.size() == 1);
    return requests[0];
  }
  Result<VenueOrder> place(const VenueOrderRequest& order) {
    return ask<VenueOrder>([&](auto reply) { api->place(Permits::fresh(), order, reply); });
  }
  Result<std::optional<VenueOrder>> order(const std::string& id) {
    return ask<std::optional<VenueOrder>>([&](auto reply) {
      api->order(Permits::fresh(), api->features().market == MarketType::kSpot ? kSpot : kLinear,
                 {id}, reply);
    });
  }
  Result<std::vector<VenueOrder>> open_orders(const Symbol& symbol = {}) {
    return ask<std::vector<VenueOrder>>(
        [&](auto reply) { api->open_orders(Permits::fresh(), symbol, reply); });
  }
  Result<std::vector<VenueExecution>> executions(const ExecutionQuery& query) {
    return ask<std::vector<VenueExecution>>(
        [&](auto reply) { api->executions(Permits::fresh(), query, reply); });
  }
  Result<std::vector<VenuePosition>> positions() {
    return ask<std::vector<VenuePosition>>(
        [&](auto reply) { api->positions(Permits::fresh(), reply); });
  }

  ScriptedServer server;
  ManualClock clock;
  std::vector<std::pair<std::string, std::int64_t>> counters;
  std::vector<std::optional<Duration>> stops;
  std::vector<PermitRequest> costs;
  int permits_left = 0;
  HttpTransport transport;
  std::unique_ptr<BybitApi> api;
};

VenueOrderRequest buy(const std::string& id, const Symbol& symbol = kLinear) {
  VenueOrderRequest request;
  request.client_id = {id};
  request.symbol = symbol;
  request.quantity = Quantity::literal("0.5");
  return request;
}

bool tells(const Error& error, std::string_view secret) {
  return error.message.find(secret) != std::string::npos ||
         error.place.find(secret) != std::string::npos ||
         error.fix.find(secret) != std::string::npos;
}

}  // namespace

TEST_CASE("a private GET is signed over its query as sent") {
  Bench bench;
  bench.server.reply(page(""));
  REQUIRE(bench.positions().has_value());
  const ServedRequest asked = bench.only_request();
  CHECK(asked.method == "GET");
  CHECK(asked.target == "/v5/position/list?category=linear&settleCoin=USDT&limit=200");
  CHECK(asked.header("x-bapi-api-key") == kKey);
  CHECK(asked.header("x-bapi-timestamp") == "1704067200000");
  CHECK(asked.header("x-bapi-recv-window") == "5000");
  CHECK(asked.header("x-bapi-sign") ==
        "ed9b00fa4b5434324a516de3365611b5628d19e8052b5a597c40bf3f5fabdf48");
  CHECK(asked.header("content-type").empty());
}

TEST_CASE("a POST is signed over its body as sent") {
  Bench bench;
  bench.server.reply(body("{}"));
  REQUIRE(ask<std::monostate>([&](auto reply) {
            bench.api->set_leverage(Permits::fresh(), kLinear, Decimal::from_int(5), reply);
          }).has_value());
  const ServedRequest asked = bench.only_request();
  CHECK(asked.method == "POST");
  CHECK(asked.target == "/v5/position/set-leverage");
  CHECK(asked.header("content-type") == "application/json");
  CHECK(asked.body ==
        R"({"category":"linear","symbol":"BTCUSDT","buyLeverage":"5","sellLeverage":"5"})");
  CHECK(asked.header("x-bapi-sign") ==
        "f249f3728bbe05023b91e7f31460702791337c624eb2891837effad2c7a6b530");
}

TEST_CASE("public calls carry no key and need none") {
  Bench bench(MarketType::kSpot, Credentials{});
  bench.server.reply(body(R"({"timeSecond":"1704067200"})", kStart.ms + 250));
  CHECK(ask<Timestamp>([&](auto reply) { bench.api->server_time(Permits::fresh(), reply); })->ms ==
        kStart.ms + 250);
  const ServedRequest asked = bench.only_request();
  CHECK(asked.target == "/v5/market/time");
  CHECK(asked.header("x-bapi-api-key").empty());
  CHECK(asked.header("x-bapi-sign").empty());
  CHECK(bench.api->clock_offset() == Duration{250});
  const auto refused = bench.place(buy("a1", kSpot));
  CHECK(refused.error().code == ErrorCode::kInvalidInput);
  CHECK(bench.server.requests().size() == 1);
}

TEST_CASE("later requests are stamped with the venue's time") {
  Bench bench;
  bench.server.reply(body(R"({"timeSecond":"1"})", kStart.ms + 1500));
  bench.server.reply(page(""));
  REQUIRE(ask<Timestamp>([&](auto reply) {
            bench.api->server_time(Permits::fresh(), reply);
          }).has_value());
  bench.clock.advance(Duration{1000});
  REQUIRE(bench.positions().has_value());
  CHECK(bench.server.requests().at(1).header("x-bapi-timestamp") ==
        std::to_string(kStart.ms + 2500));
}

TEST_CASE("a stamp outside the window was not executed, and the clock is learnt anew at once") {
  Bench bench;
  bench.server.reply(body(R"({"timeSecond":"1"})", kStart.ms));
  bench.server.reply(
      refusal(10002, "invalid request, please check your timestamp", kStart.ms + 90'000));
  bench.server.reply(page("", ""));
  REQUIRE(ask<Timestamp>([&](auto reply) {
            bench.api->server_time(Permits::fresh(), reply);
          }).has_value());
  CHECK(bench.place(buy("a1")).error().code == ErrorCode::kUnavailable);
  CHECK(bench.api->clock_offset() == Duration{90'000});
  REQUIRE(bench.positions().has_value());
  CHECK(bench.server.requests().at(2).header("x-bapi-timestamp") ==
        std::to_string(kStart.ms + 90'000));
}

TEST_CASE("a spent permit sends nothing, whatever is called") {
  for (const MarketType market : {MarketType::kSpot, MarketType::kLinear}) {
    Bench bench(market);
    const Symbol symbol = market == MarketType::kSpot ? kSpot : kLinear;
    const Permit spent = Permits::fresh();
    REQUIRE(spent.consume());
    std::vector<ErrorCode> codes;
    const auto note = [&](const auto& result) {
      codes.push_back(result ? ErrorCode::kIo : result.error().code);
    };
    BybitApi& api = *bench.api;
    AmendOrder amend;
    amend.symbol = symbol;
    amend.limit = Price::literal("1");
    api.server_time(spent, note);
    api.instruments(spent, note);
    api.candles(spent, {symbol, Timeframe{}, kStart, kStart + kMinute}, note);
    api.ticker(spent, symbol, note);
    api.balances(spent, note);
    api.positions(spent, note);
    api.open_orders(spent, symbol, note);
    api.order(spent, symbol, {"a1"}, note);
    api.executions(spent, {symbol, {}, {}, {}}, note);
    api.place(spent, buy("a1", symbol), note);
    api.place(spent, buy("", symbol), note);
    api.place_bracket(spent, {}, note);
    api.amend(spent, amend, note);
    api.cancel(spent, symbol, {"a1"}, note);
    api.cancel_all(spent, symbol, note);
    api.set_leverage(spent, symbol, Decimal::from_int(1), note);
    api.set_margin_mode(spent, symbol, MarginMode::kCross, note);
    api.account(spent, note);
    CHECK(codes == std::vector<ErrorCode>(18, ErrorCode::kRateLimited));
    CHECK(bench.server.requests().empty());
  }
}

TEST_CASE("an accepted order is new, with the venue's id") {
  Bench bench;
  bench.server.reply(body(R"({"orderId":"17","orderLinkId":""})", kStart.ms + 5));
  const auto placed = bench.place(buy("a1"));
  REQUIRE(placed.has_value());
  CHECK(placed->client_id == ClientOrderId{"a1"});
  CHECK(placed->order_id == OrderId{"17"});
  CHECK(placed->status == OrderStatus::kNew);
  CHECK(placed->filled.is_zero());
  CHECK(placed->created_at.ms == kStart.ms + 5);
  CHECK(bench.only_request().target == "/v5/order/create");
}

TEST_CASE("an order that the venue cannot take is not sent") {
  Bench spot(MarketType::kSpot);
  VenueOrderRequest attached = buy("a1", kSpot);
  attached.attached_stop_loss = Price::literal("1");
  VenueOrderRequest no_limit = buy("a1", kSpot);
  no_limit.type = OrderType::kLimit;
  VenueOrderRequest no_trigger = buy("a1", kSpot);
  no_trigger.type = OrderType::kStopMarket;
  VenueOrderRequest nothing = buy("a1", kSpot);
  nothing.quantity = {};
  for (const auto& order : {attached, no_limit, no_trigger, nothing, buy("", kSpot),
                            buy(std::string(37, 'a'), kSpot), buy("a1", kLinear)})
    CHECK(spot.place(order).error().code == ErrorCode::kInvalidInput);
  CHECK(spot.server.requests().empty());
}

TEST_CASE("what is known of a failed order follows from code, status and transport") {
  struct Sample {
    ScriptedReply reply;
    ErrorCode expected;
  };
  HttpOptions http;
  http.timeout = Duration{200};
  Bench bench(MarketType::kLinear, {kKey, kSecret}, http);
  using E = ErrorCode;
  for (const Sample& s :
       {Sample{{refusal(10001, "params error")}, E::kRejected},
        Sample{{refusal(110007, "ab not enough")}, E::kRejected},
        Sample{{refusal(110072, "OrderLinkedID is duplicate")}, E::kAlreadyExists},
        Sample{{refusal(10000, "Server Timeout")}, E::kOutcomeUnknown},
        Sample{{refusal(10016, "Server error")}, E::kOutcomeUnknown},
        Sample{{refusal(10006, "Too many visits!")}, E::kRateLimited},
        Sample{{refusal(10003, "API key is invalid."), 401}, E::kRejected},
        Sample{{"", 401}, E::kRejected},
        Sample{{"<html>", 404}, E::kRejected},
        Sample{{"access too frequent", 403}, E::kRateLimited},
        Sample{{"", 429}, E::kRateLimited},
        Sample{{"", 302}, E::kOutcomeUnknown},
        Sample{{"bad gateway", 502}, E::kOutcomeUnknown},
        Sample{{refusal(10001, "says no, but 5xx"), 500}, E::kOutcomeUnknown},
        Sample{{"<html>not JSON</html>"}, E::kOutcomeUnknown},
        Sample{{""}, E::kOutcomeUnknown},
        Sample{{body("{}")}, E::kOutcomeUnknown},
        Sample{{R"({"retCode":0,"retMsg":"OK"})"}, E::kOutcomeUnknown},
        Sample{{body(R"({"orderId":"1"})"), 200, {}, ScriptedFault::kDropReply},
               E::kOutcomeUnknown},
        Sample{{body(R"({"orderId":"1"})"), 200, {}, ScriptedFault::kTruncate}, E::kOutcomeUnknown},
        Sample{{"", 200, {}, ScriptedFault::kSilence}, E::kOutcomeUnknown}}) {
    bench.clock.advance(Duration{3'600'000});  // whatever silence was asked for is over
    bench.server.reply(s.reply);
    const auto placed = bench.place(buy("a1"));
    REQUIRE_FALSE(placed.has_value());
    CHECK_MESSAGE(placed.error().code == s.expected, s.reply.status, " ", s.reply.body);
  }
  CHECK(bench.server.requests().size() == 21);  // none was sent twice
}

TEST_CASE("code and words of the venue reach the caller, key and secret never do") {
  Bench bench;
  bench.server.handle([](const ServedRequest& request) {
    const std::string echo = fmt::format("error sign! origin_string[{}{}] {}", kKey, kSecret,
                                         request.header("x-bapi-api-key"));
    return ScriptedReply{request.method == "POST" ? refusal(10004, echo) : echo};
  });
  const Error refused = bench.place(buy("a1")).error();
  CHECK(refused.message == "Bybit 10004: error sign! origin_string[******] ***");
  const Error unreadable = bench.positions().error();
  for (const Error& error : {refused, unreadable}) {
    CHECK_FALSE(tells(error, kKey));
    CHECK_FALSE(tells(error, kSecret));
  }
  bench.server.handle([](const ServedRequest&) {
    return ScriptedReply{kSecret + kKey, 500, {}, ScriptedFault::kDropReply};
  });
  CHECK_FALSE(tells(bench.positions().error(), kKey));
}

TEST_CASE("counters of the endpoints reach the window they belong to") {
  Bench bench;
  bench.signal(0);
  const std::vector<std::pair<std::string, std::string>> headers{{"X-Bapi-Limit", "10"},
                                                                 {"X-Bapi-Limit-Status", "8"}};
  bench.server.reply({body(R"({"orderId":"1"})"), 200, headers});
  bench.server.reply({page(""), 200, headers});
  bench.server.reply({body("{}"), 200, headers});
  REQUIRE(bench.place(buy("a1")).has_value());
  REQUIRE(bench.positions().has_value());
  REQUIRE(ask<std::monostate>([&](auto reply) {
            bench.api->cancel_all(Permits::fresh(), kLinear, reply);
          }).has_value());
  CHECK(bench.counters ==
        std::vector<std::pair<std::string, std::int64_t>>{{"orders_1s", 2}, {"account_1s", 2}});
  CHECK(bench.stops.empty());
}

TEST_CASE("a limit that is hit stops everything until the venue's reset time") {
  const auto reset = [](std::int64_t ms) {
    return std::vector<std::pair<std::string, std::string>>{
        {"X-Bapi-Limit-Reset-Timestamp", std::to_string(kStart.ms + ms)}};
  };
  using Stops = std::vector<std::optional<Duration>>;
  struct Row {
    ScriptedReply reply;
    Stops stops;
    Duration silence;
  };
  const Row table[] = {
      {{refusal(10006, "Too many visits!"), 200, reset(700)}, {Duration{700}}, Duration{700}},
      {{refusal(10006, "Too many visits!"), 200, reset(0)}, {std::nullopt}, Duration{1'000}},
      {{refusal(10018, "Exceeded the IP Rate Limit"), 200, reset(9000)},
       {Duration{9000}},
       Duration{9'000}},
      {{refusal(10018, "Exceeded the IP Rate Limit")}, {Duration{600'000}}, Duration{600'000}},
      {{"access too frequent", 403}, {Duration{600'000}}, Duration{600'000}},
      {{"", 429, {{"Retry-After", "30"}}}, {Duration{30'000}}, Duration{30'000}},
      {{refusal(110007, "ab not enough")}, {}, Duration{0}}};
  for (const Row& row : table) {
    CAPTURE(row.reply.body);
    Bench bench;
    bench.signal(0);
    bench.server.reply(row.reply);
    CHECK_FALSE(bench.place(buy("a1")).has_value());
    CHECK(bench.stops == row.stops);
    if (row.silence == Duration{0}) continue;
    // What has its permit already does not go out before the silence is over.
    bench.clock.advance(row.silence - Duration{1});
    CHECK(bench.place(buy("a2")).error().code == ErrorCode::kRateLimited);
    CHECK(bench.server.requests().size() == 1);
    bench.clock.advance(Duration{1});
    bench.server.reply(refusal(110007, "ab not enough"));
    CHECK(bench.place(buy("a3")).error().code == ErrorCode::kRejected);
  }
}

TEST_CASE("an order is asked for live, and in the history only when it is not there") {
  Bench bench;
  bench.signal(9);
  bench.server.reply(page(order_row("a1", "Filled")));
  CHECK(bench.order("a1")->value().status == OrderStatus::kFilled);
  CHECK(bench.only_request().target ==
        "/v5/order/realtime?category=linear&symbol=BTCUSDT&orderLinkId=a1");
  CHECK(bench.costs.empty());
  bench.server.reply(page(order_row("another")));
  bench.server.reply(page(order_row("a1", "Cancelled")));
  CHECK(bench.order("a1")->value().status == OrderStatus::kCancelled);
  CHECK(bench.server.requests().at(2).target ==
        "/v5/order/history?category=linear&symbol=BTCUSDT&orderLinkId=a1");
  bench.server.reply(page(""));
  bench.server.reply(refusal(110001, "order not exists or too late to cancel"));
  CHECK(*bench.order("a1") == std::nullopt);
  CHECK(bench.costs.size() == 2);
}

TEST_CASE("without a permit for the history an order is not called missing") {
  Bench bench;
  bench.server.reply(page(""));
  CHECK(bench.order("a1").error().code == ErrorCode::kRateLimited);
  CHECK(bench.server.requests().size() == 1);
  bench.server.reply(page(""));
  bench.server.reply(ScriptedReply{"", 502});
  bench.signal(1);
  const auto unknown = bench.order("a1");
  CHECK(unknown.error().code == ErrorCode::kOutcomeUnknown);
  CHECK(unknown.error().fix.empty());  // nothing stands anywhere for having been looked for
}

TEST_CASE("open orders are gathered over all pages, one permit each") {
  Bench bench;
  bench.signal(1);
  bench.server.reply(page(repeated(order_row("a1"), 50), "next%3A50%2C"));
  bench.server.reply(page(order_row("b1"), "last"));
  const auto orders = bench.open_orders();
  REQUIRE(orders.has_value());
  CHECK(orders->size() == 51);
  CHECK(orders->back().client_id == ClientOrderId{"b1"});
  const auto asked = bench.server.requests();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].target ==
        "/v5/order/realtime?category=linear&settleCoin=USDT&openOnly=0&limit=50");
  CHECK(asked[1].target == asked[0].target + "&cursor=next%3A50%2C");
  CHECK(bench.costs == std::vector<PermitRequest>{bench.api->cost(VenueCall::kOpenOrders, 0)});
}

TEST_CASE("open orders of which a page is missing are an error, not a part") {
  Bench bench;
  bench.signal(0);
  bench.server.reply(page(repeated(order_row("a1"), 50), "next"));
  CHECK(bench.open_orders(kLinear).error().code == ErrorCode::kRateLimited);
  CHECK(bench.only_request().target ==
        "/v5/order/realtime?category=linear&symbol=BTCUSDT&openOnly=0&limit=50");
}

TEST_CASE("a venue that never ends its pages is given up") {
  Bench bench;
  bench.signal(100'000);
  bench.server.handle([](const ServedRequest&) {
    return ScriptedReply{page(repeated(order_row("a1"), 50), "again&x=1")};
  });
  CHECK(bench.open_orders().error().code == ErrorCode::kOutcomeUnknown);
  CHECK(bench.server.requests().size() == 200);
  CHECK(bench.server.requests().back().target.ends_with("&cursor=again%26x%3D1"));
}

TEST_CASE("spot keeps conditional orders apart, linear does not") {
  Bench linear;
  CHECK(linear.api->conditional_orders() == nullptr);
  Bench bench(MarketType::kSpot);
  bench.signal(9);
  VenueApi* conditional = bench.api->conditional_orders();
  REQUIRE(conditional != nullptr);
  bench.server.handle([](const ServedRequest& request) {
    return ScriptedReply{request.method == "GET" ? page("") : body(R"({"orderId":"1"})")};
  });
  for (VenueApi* api : {static_cast<VenueApi*>(bench.api.get()), conditional}) {
    REQUIRE(ask<VenueOrder>([&](auto reply) {
              api->cancel(Permits::fresh(), kSpot, {"a1"}, reply);
            }).has_value());
    REQUIRE(ask<std::monostate>([&](auto reply) {
              api->cancel_all(Permits::fresh(), kSpot, reply);
            }).has_value());
    REQUIRE(ask<std::vector<VenueOrder>>([&](auto reply) {
              api->open_orders(Permits::fresh(), {}, reply);
            }).has_value());
  }
  const auto asked = bench.server.requests();
  REQUIRE(asked.size() == 6);
  CHECK(asked[0].body ==
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"a1","orderFilter":"Order"})");
  CHECK(asked[1].body == R"({"category":"spot","symbol":"BTCUSDT","orderFilter":"Order"})");
  CHECK(asked[2].query() == "category=spot&openOnly=0&orderFilter=Order&limit=50");
  CHECK(asked[3].body ==
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"a1","orderFilter":"StopOrder"})");
  CHECK(asked[4].body == R"({"category":"spot","symbol":"BTCUSDT","orderFilter":"StopOrder"})");
  CHECK(asked[5].query() == "category=spot&openOnly=0&orderFilter=StopOrder&limit=50");
}

TEST_CASE(
    "cancelling what is not open is kNotFound, and an acknowledgement is not a cancellation") {
  Bench bench;
  const auto cancel = [&] {
    return ask<VenueOrder>(
        [&](auto reply) { bench.api->cancel(Permits::fresh(), kLinear, {"a1"}, reply); });
  };
  bench.server.reply(body(R"({"orderId":"1","orderLinkId":"a1"})"));
  const auto accepted = cancel();
  REQUIRE(accepted.has_value());
  CHECK(accepted->status == OrderStatus::kNew);
  CHECK(bench.only_request().target == "/v5/order/cancel");
  bench.server.reply(refusal(110001, "order not exists or too late to cancel"));
  CHECK(cancel().error().code == ErrorCode::kNotFound);
}

TEST_CASE("an amendment changes what it names, and nothing is not amended") {
  Bench bench;
  AmendOrder change;
  change.symbol = kLinear;
  change.client_id = {"a1"};
  const auto amend = [&] {
    return ask<VenueOrder>([&](auto reply) { bench.api->amend(Permits::fresh(), change, reply); });
  };
  CHECK(amend().error().code == ErrorCode::kInvalidInput);
  change.trigger = Price::literal("29000");
  bench.server.reply(body(R"({"orderId":"1","orderLinkId":"a1"})"));
  CHECK(amend()->trigger == Price::literal("29000"));
  CHECK(bench.only_request().target == "/v5/order/amend");
  bench.server.reply(refusal(110001, "gone"));
  CHECK(amend().error().code == ErrorCode::kNotFound);
}

TEST_CASE("a setting that is in force already is a success") {
  Bench bench;
  const auto leverage = [&] {
    return ask<std::monostate>([&](auto reply) {
      bench.api->set_leverage(Permits::fresh(), kLinear, Decimal::literal("2.5"), reply);
    });
  };
  const auto margin = [&](MarginMode mode) {
    return ask<std::monostate>(
        [&](auto reply) { bench.api->set_margin_mode(Permits::fresh(), kLinear, mode, reply); });
  };
  bench.server.reply(refusal(110043, "Set leverage has not been modified."));
  CHECK(leverage().has_value());
  bench.server.reply(body(R"({"reasons":[]})"));
  CHECK(margin(MarginMode::kIsolated).has_value());
  CHECK(bench.server.requests().at(1).target == "/v5/account/set-margin-mode");
  bench.server.reply(
      R"({"retCode":3400045,"retMsg":"Set margin mode failed","result":{"reasons":[
          {"reasonCode":"3400000","reasonMsg":"Equity needs to be equal to or greater than 1000"}
         ]},"time":1704067200000})");
  const Error refused = margin(MarginMode::kCross).error();
  CHECK(refused.code == ErrorCode::kRejected);
  CHECK(refused.message ==
        "Bybit 3400045: Set margin mode failed (3400000: Equity needs to be equal to or greater "
        "than 1000)");
  CHECK(margin(MarginMode::kNone).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("candles are asked for within their bounds and come ascending") {
  Bench bench(MarketType::kSpot);
  const auto row = [](std::int64_t minute) {
    return fmt::format(R"(["{}","1","2","1","1.5","10","15"])", kStart.ms + minute * 60'000);
  };
  bench.server.reply(page(row(5) + "," + row(4) + "," + row(3) + "," + row(2)));
  const CandleQuery query{kSpot, Timeframe{}, kStart, kStart + kMinute * 5, 2};
  const auto candles = ask<std::vector<Candle>>(
      [&](auto reply) { bench.api->candles(Permits::fresh(), query, reply); });
  REQUIRE(candles.has_value());
  REQUIRE(candles->size() == 2);
  CHECK(candles->at(0).open_time == kStart + kMinute * 3);
  CHECK(candles->at(1).open_time == kStart + kMinute * 4);
  CHECK(bench.only_request().target ==
        fmt::format("/v5/market/kline?category=spot&symbol=BTCUSDT&interval=1&start={}&end={}"
                    "&limit=2",
                    kStart.ms + 180'000, kStart.ms + 299'999));
}

TEST_CASE("ticker, balances and instruments are asked for where the venue has them") {
  Bench bench(MarketType::kSpot);
  bench.signal(0);
  bench.server.reply(page(R"({"symbol":"BTCUSDT","lastPrice":"30000"})"));
  bench.server.reply(page(R"({"coin":[{"coin":"USDT","walletBalance":"5"}]})"));
  bench.server.reply(page(""));
  CHECK(ask<Ticker>([&](auto reply) { bench.api->ticker(Permits::fresh(), kSpot, reply); })->last ==
        Price::literal("30000"));
  CHECK(ask<std::vector<Balance>>([&](auto reply) { bench.api->balances(Permits::fresh(), reply); })
            ->at(0)
            .free == Decimal::from_int(5));
  CHECK(ask<std::vector<Instrument>>([&](auto reply) {
          bench.api->instruments(Permits::fresh(), reply);
        })->empty());
  CHECK(bench.positions()->empty());
  const auto asked = bench.server.requests();
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].target == "/v5/market/tickers?category=spot&symbol=BTCUSDT");
  CHECK(asked[1].target == "/v5/account/wallet-balance?accountType=UNIFIED");
  CHECK(asked[2].target == "/v5/market/instruments-info?category=spot&limit=1000");
}

TEST_CASE("executions are gathered from their bound to now in steps of seven days, ascending") {
  Bench bench;
  bench.signal(9);
  constexpr std::int64_t kWeek = 7 * 24 * 3'600'000LL;
  bench.clock.set({kStart.ms + kWeek + 1000});
  bench.server.reply(
      page(execution_row("e2", kStart.ms + 20) + "," + execution_row("e1", kStart.ms + 10), "",
           bench.clock.now().ms));
  bench.server.reply(page(execution_row("e3", kStart.ms + kWeek + 5), "", bench.clock.now().ms));
  ExecutionQuery query;
  query.symbol = kLinear;
  query.from = kStart;
  const auto executions = bench.executions(query);
  REQUIRE(executions.has_value());
  REQUIRE(executions->size() == 3);
  CHECK(executions->at(0).id == ExecutionId{"e1"});
  CHECK(executions->at(2).id == ExecutionId{"e3"});
  const auto asked = bench.server.requests();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].target == fmt::format("/v5/execution/list?category=linear&symbol=BTCUSDT"
                                       "&startTime={}&endTime={}&limit=100",
                                       kStart.ms, kStart.ms + kWeek - 1));
  CHECK(asked[1].target == fmt::format("/v5/execution/list?category=linear&symbol=BTCUSDT"
                                       "&startTime={}&endTime={}&limit=100",
                                       kStart.ms + kWeek, kStart.ms + 2 * kWeek - 1));
}

TEST_CASE("executions beyond the limit leave the newest for the next question") {
  Bench bench;
  bench.signal(9);
  bench.server.reply(page(execution_row("e3", kStart.ms + 30) + "," +
                          execution_row("e2", kStart.ms + 20) + "," +
                          execution_row("e1", kStart.ms + 10)));
  ExecutionQuery query;
  query.from = kStart;
  query.limit = 2;
  const auto executions = bench.executions(query);
  REQUIRE(executions->size() == 2);
  CHECK(executions->at(1).id == ExecutionId{"e2"});
  CHECK(bench.only_request().query().starts_with("category=linear&settleCoin=USDT&startTime="));
  bench.server.reply(page(execution_row("e1", kStart.ms + 10)));
  query.order_id = {"o"};
  CHECK(bench.executions(query)->size() == 1);
  CHECK(bench.server.requests().at(1).query() == "category=linear&orderId=o&limit=100");
}

TEST_CASE("account facts go as far as there are permits") {
  const auto facts = [](Bench& bench) {
    return ask<AccountFacts>([&](auto reply) { bench.api->account(Permits::fresh(), reply); });
  };
  const std::string key = body(R"({"readOnly":0,"uta":1,"ips":["10.0.0.1"],
    "permissions":{"ContractTrade":["Order"],"Wallet":["Withdraw"]}})");
  Bench alone;
  alone.server.reply(key);
  const auto first = facts(alone);
  REQUIRE(first.has_value());
  CHECK(first->can_trade);
  CHECK(first->can_withdraw == true);
  CHECK_FALSE(first->position_mode.has_value());
  CHECK(alone.only_request().target == "/v5/user/query-api");
  Bench whole;
  whole.signal(2);
  whole.server.reply(key);
  whole.server.reply(body(R"({"unifiedMarginStatus":5,"marginMode":"REGULAR_MARGIN"})"));
  whole.server.reply(page(R"({"positionIdx":1},{"positionIdx":2})"));
  const auto all = facts(whole);
  CHECK(all->position_mode == PositionMode::kHedge);
  CHECK(all->notes == std::vector<std::string>{"The margin mode is REGULAR_MARGIN."});
  CHECK(whole.server.requests().at(1).target == "/v5/account/info");
}

TEST_CASE("replies that are under way outlive the API") {
  HttpOptions http;
  http.timeout = Duration{200};
  Bench bench(MarketType::kLinear, {kKey, kSecret}, http);
  bench.server.reply({"", 200, {}, ScriptedFault::kSilence});
  const auto placed = ask<VenueOrder>([&](auto reply) {
    bench.api->place(Permits::fresh(), buy("a1"), reply);
    bench.api.reset();
  });
  CHECK(placed.error().code == ErrorCode::kOutcomeUnknown);
  CHECK(placed.error().fix == kAskForOrder);
}

TEST_CASE("names and features tell what Bybit offers on each market") {
  Bench linear, spot(MarketType::kSpot);
  CHECK(linear.api->name() == "bybit-linear");
  CHECK(spot.api->name() == "bybit-spot");
  CHECK(linear.api->features().attached_levels);
  CHECK(spot.api->features().attached_levels);
  CHECK_FALSE(spot.api->features().bracket_needed);
  CHECK(ask<std::vector<VenueOrder>>(
            [&](auto reply) { spot.api->place_bracket(Permits::fresh(), {}, reply); })
            .error()
            .code == ErrorCode::kInvalidInput);
}
