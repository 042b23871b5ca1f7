// What goes to Bybit: bodies, queries, signatures; and what its codes, statuses and headers mean.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <set>

#include "exchange/bybit/bybit_bodies.hpp"
#include "exchange/bybit/bybit_errors.hpp"
#include "exchange/bybit/bybit_limits.hpp"
#include "exchange/bybit/bybit_session.hpp"
#include "exchange/venue/signing.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::bybit;

namespace {

VenueOrderRequest order(OrderSide side, OrderType type) {
  VenueOrderRequest request;
  request.client_id = {"a1"};
  request.side = side;
  request.type = type;
  request.quantity = Quantity::literal("0.001");
  if (type == OrderType::kLimit) request.limit = Price::literal("30000.5");
  if (type == OrderType::kStopMarket || type == OrderType::kTakeProfitMarket)
    request.trigger = Price::literal("29000");
  return request;
}

HttpResponse with_headers(std::vector<std::string> headers) {
  return {200, "", std::move(headers)};
}

}  // namespace

TEST_CASE("a linear market order names one-way mode and nothing it does not need") {
  CHECK(write_order(MarketType::kLinear, "BTCUSDT", order(OrderSide::kBuy, OrderType::kMarket)) ==
        R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Market",)"
        R"("qty":"0.001","orderLinkId":"a1","positionIdx":0})");
}

TEST_CASE("a spot market order is in base coin, also when it buys") {
  VenueOrderRequest request = order(OrderSide::kBuy, OrderType::kMarket);
  request.effect = OrderEffect::kReduceOnly;  // spot knows none
  CHECK(write_order(MarketType::kSpot, "BTCUSDT", request) ==
        R"({"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Market",)"
        R"("qty":"0.001","orderLinkId":"a1","marketUnit":"baseCoin"})");
}

TEST_CASE("a limit order carries price and time in force") {
  VenueOrderRequest request = order(OrderSide::kSell, OrderType::kLimit);
  const std::vector<std::pair<TimeInForce, const char*>> names{
      {TimeInForce::kGoodTillCancelled, "GTC"},
      {TimeInForce::kImmediateOrCancel, "IOC"},
      {TimeInForce::kFillOrKill, "FOK"},
      {TimeInForce::kPostOnly, "PostOnly"}};
  for (const auto& [value, name] : names) {
    request.time_in_force = value;
    CHECK(write_order(MarketType::kSpot, "BTCUSDT", request) ==
          fmt::format(R"({{"category":"spot","symbol":"BTCUSDT","side":"Sell",)"
                      R"("orderType":"Limit","qty":"0.001","orderLinkId":"a1",)"
                      R"("price":"30000.5","timeInForce":"{}"}})",
                      name));
  }
}

TEST_CASE("a linear conditional order says from which side the price comes") {
  struct Sample {
    OrderSide side;
    OrderType type;
    int direction;
  };
  for (const Sample& s : {Sample{OrderSide::kSell, OrderType::kStopMarket, 2},
                          Sample{OrderSide::kSell, OrderType::kTakeProfitMarket, 1},
                          Sample{OrderSide::kBuy, OrderType::kStopMarket, 1},
                          Sample{OrderSide::kBuy, OrderType::kTakeProfitMarket, 2}}) {
    VenueOrderRequest request = order(s.side, s.type);
    request.effect = OrderEffect::kReduceOnly;
    CHECK(write_order(MarketType::kLinear, "BTCUSDT", request) ==
          fmt::format(R"({{"category":"linear","symbol":"BTCUSDT","side":"{}",)"
                      R"("orderType":"Market","qty":"0.001","orderLinkId":"a1",)"
                      R"("triggerPrice":"29000","triggerDirection":{},"triggerBy":"LastPrice",)"
                      R"("positionIdx":0,"reduceOnly":true}})",
                      s.side == OrderSide::kBuy ? "Buy" : "Sell", s.direction));
  }
}

TEST_CASE("a spot conditional order is a StopOrder and takes no direction") {
  CHECK(
      write_order(MarketType::kSpot, "BTCUSDT", order(OrderSide::kSell, OrderType::kStopMarket)) ==
      R"({"category":"spot","symbol":"BTCUSDT","side":"Sell","orderType":"Market",)"
      R"("qty":"0.001","orderLinkId":"a1","marketUnit":"baseCoin","triggerPrice":"29000",)"
      R"("orderFilter":"StopOrder"})");
}

TEST_CASE("attached levels are for the order's own quantity") {
  VenueOrderRequest request = order(OrderSide::kBuy, OrderType::kMarket);
  request.attached_stop_loss = Price::literal("29000");
  request.attached_take_profit = Price::literal("33000");
  CHECK(write_order(MarketType::kLinear, "BTCUSDT", request) ==
        R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Market",)"
        R"("qty":"0.001","orderLinkId":"a1","positionIdx":0,"tpslMode":"Partial",)"
        R"("takeProfit":"33000","tpTriggerBy":"LastPrice","tpOrderType":"Market",)"
        R"("stopLoss":"29000","slTriggerBy":"LastPrice","slOrderType":"Market"})");
  request.type = OrderType::kLimit;
  request.limit = Price::literal("30000");
  CHECK(
      write_order(MarketType::kSpot, "BTCUSDT", request) ==
      R"({"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit",)"
      R"("qty":"0.001","orderLinkId":"a1","price":"30000","timeInForce":"GTC",)"
      R"("takeProfit":"33000","tpOrderType":"Market","stopLoss":"29000","slOrderType":"Market"})");
}

TEST_CASE("amendments and cancellations name what they change and nothing else") {
  AmendOrder change;
  change.client_id = {"a1"};
  change.limit = Price::literal("31000");
  CHECK(write_amend(MarketType::kLinear, "BTCUSDT", change) ==
        R"({"category":"linear","symbol":"BTCUSDT","orderLinkId":"a1","price":"31000"})");
  change.quantity = Quantity::literal("2");
  change.trigger = Price::literal("3");
  change.limit = {};
  CHECK(
      write_amend(MarketType::kSpot, "BTCUSDT", change) ==
      R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"a1","qty":"2","triggerPrice":"3"})");
  CHECK(write_cancel(MarketType::kLinear, "BTCUSDT", {"a1"}, OrderFilter::kAll) ==
        R"({"category":"linear","symbol":"BTCUSDT","orderLinkId":"a1"})");
  CHECK(write_cancel(MarketType::kSpot, "BTCUSDT", {"a1"}, OrderFilter::kConditional) ==
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"a1","orderFilter":"StopOrder"})");
  CHECK(write_cancel_nameless(MarketType::kSpot, "BTCUSDT", {"77"}, OrderFilter::kPlain) ==
        R"({"category":"spot","symbol":"BTCUSDT","orderId":"77","orderFilter":"Order"})");
  CHECK(write_cancel_all(MarketType::kLinear, "", OrderFilter::kAll) ==
        R"({"category":"linear","settleCoin":"USDT"})");
  CHECK(write_cancel_all(MarketType::kSpot, "BTCUSDT", OrderFilter::kPlain) ==
        R"({"category":"spot","symbol":"BTCUSDT","orderFilter":"Order"})");
  CHECK(write_margin_mode(MarginMode::kIsolated) == R"({"setMarginMode":"ISOLATED_MARGIN"})");
  CHECK(write_margin_mode(MarginMode::kCross) == R"({"setMarginMode":"REGULAR_MARGIN"})");
}

TEST_CASE("text from outside cannot break out of a body or a query") {
  CHECK(write_cancel(MarketType::kLinear, "BTCUSDT", {"a\",\"x\":\"\xff"}, OrderFilter::kAll) ==
        "{\"category\":\"linear\",\"symbol\":\"BTCUSDT\","
        "\"orderLinkId\":\"a\\\",\\\"x\\\":\\\"\xef\xbf\xbd\"}");
  CHECK(query_of({{"a", "1&b=2"}, {"c", ""}, {"d", "%"}}) == "a=1%26b%3D2&d=%25");
}

TEST_CASE("the signature is the published HMAC of stamp, key, window and payload") {
  // RFC 4231, test case 2.
  CHECK(hmac_sha256_hex("Jefe", "what do ya want for nothing?") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const Credentials credentials("keykeykey", "secretsecret");
  const std::string text = string_to_sign({1704067200000}, credentials, Duration{5000},
                                          "category=linear&settleCoin=USDT&limit=200");
  CHECK(text == "1704067200000keykeykey5000category=linear&settleCoin=USDT&limit=200");
  CHECK(hmac_sha256_hex(credentials.secret(), text) ==
        "ed9b00fa4b5434324a516de3365611b5628d19e8052b5a597c40bf3f5fabdf48");
}

TEST_CASE("a code means what the venue says, for the purpose of the request") {
  struct Sample {
    std::int64_t code;
    Purpose purpose;
    ErrorCode expected;
  };
  using P = Purpose;
  using E = ErrorCode;
  for (const Sample& s : {Sample{10000, P::kPlace, E::kOutcomeUnknown},
                          {10016, P::kPlace, E::kOutcomeUnknown},
                          {170007, P::kPlace, E::kOutcomeUnknown},
                          {170146, P::kPlace, E::kOutcomeUnknown},
                          {10002, P::kPlace, E::kUnavailable},
                          {10001, P::kPlace, E::kRejected},
                          {10003, P::kRead, E::kRejected},
                          {10004, P::kPlace, E::kRejected},
                          {10005, P::kPlace, E::kRejected},
                          {10006, P::kPlace, E::kRateLimited},
                          {10009, P::kPlace, E::kRateLimited},
                          {10018, P::kRead, E::kRateLimited},
                          {10014, P::kPlace, E::kAlreadyExists},
                          {110072, P::kPlace, E::kAlreadyExists},
                          {170141, P::kPlace, E::kAlreadyExists},
                          {10014, P::kChange, E::kOutcomeUnknown},
                          {110001, P::kChange, E::kNotFound},
                          {110008, P::kChange, E::kNotFound},
                          {170213, P::kChange, E::kNotFound},
                          {170142, P::kChange, E::kNotFound},
                          {110001, P::kPlace, E::kRejected},
                          {110007, P::kPlace, E::kRejected},
                          {110094, P::kPlace, E::kRejected},
                          {170131, P::kPlace, E::kRejected},
                          {170140, P::kPlace, E::kRejected},
                          {110043, P::kChange, E::kRejected},
                          {3400045, P::kSet, E::kRejected},
                          {777, P::kPlace, E::kOutcomeUnknown},
                          {-1, P::kPlace, E::kOutcomeUnknown},
                          {99999999, P::kPlace, E::kOutcomeUnknown}})
    CHECK_MESSAGE(error_code_of(meaning_of(s.code), s.purpose) == s.expected, s.code);
  CHECK(meaning_of(0) == Meaning::kAccepted);
  CHECK(meaning_of(110043) == Meaning::kNothingToDo);
}

// By the venue's own "Error Codes" page, one of each group at least; retired ones as they were.
TEST_CASE("every group of the venue's codes has its meaning") {
  using M = Meaning;
  const std::vector<std::pair<M, std::vector<std::int64_t>>> groups{
      {M::kRefused,
       {-2015,  10001,  10003,  10004,  10005,  10007,  10008,   10010,     10017,
        10020,  10024,  10027,  10028,  10029,  30133,  30136,   30208,     33004,
        100028, 110003, 110004, 110006, 110007, 110012, 110020,  110021,    110023,
        110040, 110044, 110045, 110052, 110063, 110066, 30209,   30228,     30256,
        110024, 110028, 110029, 110036, 110073, 182108, 3200403, 3'100'197, 110074,
        110085, 110090, 110094, 110121, 170031, 170033, 170105,  170116,    170121,
        170124, 170130, 170131, 170132, 170133, 170134, 170136,  170137,    170140,
        170144, 170145, 170148, 170151, 170157, 170193, 170194,  170203,    170210,
        170217, 170218, 170221, 170227, 170312, 170341, 170381,  176000,    3'400'139}},
      {M::kSlowDown, {429, 10006, 10429, 170005, 170222}},
      {M::kBanned, {10009, 10018}},
      {M::kClock, {10002}},
      {M::kNotAccepting, {10019, 110079, 170191}},
      {M::kDuplicate, {10014, 110030, 110072, 170141}},
      {M::kNoSuchOrder, {110001, 110008, 110010, 110019, 170139, 170142, 170143, 170190, 170213}},
      {M::kNothingOpen, {110017, 110034}},
      {M::kPassed, {110092, 110093}},
      {M::kNothingToDo, {34036, 34040, 110025, 110026, 110027, 110043, 110075}},
      {M::kUnknown,
       {-1, 10000, 10016, 40004, 170001, 170007, 170032, 170035, 170146, 170147, 170149, 170150,
        170212, 170234, 170310, 170311, 3'400'214}}};
  for (const auto& [meaning, codes] : groups)
    for (const std::int64_t code : codes)
      CHECK_MESSAGE(static_cast<int>(meaning_of(code)) == static_cast<int>(meaning), code);
  // Whatever is not known is asked about, whatever the request was for; what was not executed may
  // be sent again.
  for (const Purpose purpose : {Purpose::kRead, Purpose::kPlace, Purpose::kChange, Purpose::kSet}) {
    CHECK(error_code_of(M::kUnknown, purpose) == ErrorCode::kOutcomeUnknown);
    CHECK(error_code_of(M::kNotAccepting, purpose) == ErrorCode::kUnavailable);
    CHECK(error_code_of(M::kBanned, purpose) == ErrorCode::kRateLimited);
  }
}

TEST_CASE("the venue's words stay, key and secret in them do not") {
  const Credentials credentials("keykeykey", "secretsecret");
  const Error error = venue_error(
      10004, "error sign! origin_string[1704067200000keykeykey5000{}]\n secretsecret keykeykey",
      Purpose::kPlace, "/v5/order/create", credentials);
  CHECK(error.message == "Bybit 10004: error sign! origin_string[1704067200000***5000{}] *** ***");
  CHECK(error.place == "/v5/order/create");
  CHECK(venue_error(110007, "ab not enough for new order", Purpose::kPlace, "", {}).message ==
        "Bybit 110007: ab not enough for new order");
  CHECK(without_secrets(std::string(5000, 'x'), credentials).size() < 400);
  CHECK(venue_error(10000, "Server Timeout", Purpose::kChange, "", {}).fix == kAskForOrder);
  CHECK(venue_error(10000, "Server Timeout", Purpose::kRead, "", {}).fix.empty());
}

TEST_CASE("no mixture of calls within the windows exceeds the limit of one endpoint") {
  for (const MarketType market : {MarketType::kSpot, MarketType::kLinear}) {
    const std::int64_t creations = market == MarketType::kSpot ? 20 : 10;
    const auto windows = limit_windows(market);
    REQUIRE(windows.size() == 3);
    CHECK(windows[0] == LimitWindow{"ip_5s", Duration{5000}, 600, LimitKind::kRequestWeight});
    CHECK(windows[1] == LimitWindow{"account_1s", Duration{1000}, 50, LimitKind::kRequestWeight});
    CHECK(windows[2] == LimitWindow{"orders_1s", Duration{1000}, creations, LimitKind::kOrders});
    RateLimiterConfig config;
    config.windows = windows;
    CHECK(validate(config).has_value());
    CHECK(cost_of(market, VenueCall::kPlace).orders == 1);
    CHECK(cost_of(market, VenueCall::kOrder).weight == 1);
    CHECK(50 / cost_of(market, VenueCall::kAmend).weight == 10);
    CHECK(50 / cost_of(market, VenueCall::kCancel).weight <= creations);
    CHECK(cost_of(market, VenueCall::kCancel).priority == PermitPriority::kProtective);
    CHECK(50 / cost_of(market, VenueCall::kSetLeverage).weight == 10);
  }
}

TEST_CASE("counters and reset times are read from the headers, nonsense is not") {
  CHECK(used_of(with_headers({"x-bapi-limit: 10", "x-bapi-limit-status: 7"})) == 3);
  for (const auto& headers : std::vector<std::vector<std::string>>{
           {},
           {"x-bapi-limit: 10"},
           {"x-bapi-limit: 10", "x-bapi-limit-status: 11"},
           {"x-bapi-limit: 10", "x-bapi-limit-status: -1"},
           {"x-bapi-limit: ten", "x-bapi-limit-status: 7"},
           {"x-bapi-limit: 99999999999999999999", "x-bapi-limit-status: 7"}})
    CHECK_FALSE(used_of(with_headers(headers)).has_value());
  const Timestamp now{1704067200000};
  CHECK(retry_after(with_headers({"retry-after: 3"}), now) == Duration{3000});
  CHECK(retry_after(with_headers({"x-bapi-limit-reset-timestamp: 1704067200700"}), now) ==
        Duration{700});
  CHECK_FALSE(
      retry_after(with_headers({"x-bapi-limit-reset-timestamp: 1704067200000"}), now).has_value());
  CHECK_FALSE(retry_after(with_headers({}), now).has_value());
  CHECK(*retry_after(with_headers({"retry-after: 9223372036854775807"}), now) <
        std::chrono::hours(24 * 8));
}
