// Binance's refusals, limits, symbols and signatures: data and pure functions.
#include <doctest/doctest.h>

#include "exchange/binance/binance_errors.hpp"
#include "exchange/binance/binance_limits.hpp"
#include "exchange/binance/binance_rest.hpp"
#include "exchange/binance/binance_symbols.hpp"

using namespace botbox;
using namespace botbox::exchange;

namespace {

// The example pair of the spot documentation, "SIGNED Endpoint Examples", which anybody may read.
constexpr std::string_view kExampleSecret =
    "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j";
constexpr std::string_view kExampleKey =
    "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A";

std::string example(std::string_view symbol) {
  BinanceQuery query;
  query.add("symbol", symbol)
      .add("side", "BUY")
      .add("type", "LIMIT")
      .add("timeInForce", "GTC")
      .add("quantity", "1")
      .add("price", "0.1")
      .add("recvWindow", 5000)
      .add("timestamp", 1499827319559);
  return signed_query(query.text(), kExampleSecret);
}

}  // namespace

TEST_CASE("a query is signed as in Binance's own examples, the signature last") {
  CHECK(example("LTCBTC") ==
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
        "&timestamp=1499827319559&signature="
        "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
  CHECK(example("１２３４５６") ==
        "symbol=%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96&side=BUY&type=LIMIT"
        "&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559&signature="
        "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3");
}

TEST_CASE("a refusal means what its code and its words say") {
  struct Row {
    std::int64_t code;
    const char* message;
    ErrorCode meaning;
  };
  const std::vector<Row> rows{
      {-1000, "An unknown error occurred.", ErrorCode::kOutcomeUnknown},
      {-1001, "Internal error; unable to process your request.", ErrorCode::kOutcomeUnknown},
      {-1003, "Too many requests.", ErrorCode::kRateLimited},
      {-1006, "Execution status unknown.", ErrorCode::kOutcomeUnknown},
      {-1007, "Timeout waiting for response from backend server.", ErrorCode::kOutcomeUnknown},
      {-1008, "Server is currently overloaded.", ErrorCode::kUnavailable},
      {-1013, "Filter failure: LOT_SIZE", ErrorCode::kRejected},
      {-1015, "Too many new orders.", ErrorCode::kRateLimited},
      {-1021, "Timestamp for this request is outside of the recvWindow.", ErrorCode::kUnavailable},
      {-1022, "Signature for this request is not valid.", ErrorCode::kRejected},
      {-1050, "a server code that nobody has told of", ErrorCode::kOutcomeUnknown},
      {-1111, "Parameter 'quantity' has too much precision.", ErrorCode::kRejected},
      {-1121, "Invalid symbol.", ErrorCode::kRejected},
      {-2010, "Duplicate order sent.", ErrorCode::kAlreadyExists},
      {-2010, "Account has insufficient balance for requested action.", ErrorCode::kRejected},
      {-2010, "Order would trigger immediately.", ErrorCode::kTriggerPassed},
      {-2010, "Stop price would trigger immediately.", ErrorCode::kTriggerPassed},
      {-2010, "The relationship of the prices for the orders is not correct.",
       ErrorCode::kTriggerPassed},
      {-2010, "Order would immediately match and take.", ErrorCode::kRejected},
      {-2011, "Unknown order sent.", ErrorCode::kNotFound},
      {-2011, "This account may not place or cancel orders.", ErrorCode::kRejected},
      {-2012, "Batch cancel failure.", ErrorCode::kOutcomeUnknown},
      {-2013, "Order does not exist.", ErrorCode::kNotFound},
      {-2015, "Invalid API-key, IP, or permissions for action.", ErrorCode::kRejected},
      {-2019, "Margin is insufficient.", ErrorCode::kRejected},
      {-2021, "Order would immediately trigger.", ErrorCode::kTriggerPassed},
      {-2021, "Order cancel-replace partially failed.", ErrorCode::kRejected},
      {-2022, "ReduceOnly Order is rejected.", ErrorCode::kNothingOpen},
      {-2026,
       "Order was canceled or expired with no executed qty over 90 days ago and has been archived.",
       ErrorCode::kNotFound},
      {-2026, "This OrderType is not supported when reduceOnly.", ErrorCode::kRejected},
      {-2038, "Unknown order sent.", ErrorCode::kNotFound},
      {-4003, "Quantity less than zero.", ErrorCode::kRejected},
      {-4046, "No need to change margin type.", ErrorCode::kAlreadyExists},
      {-4059, "No need to change position side.", ErrorCode::kAlreadyExists},
      {-4067, "Position side cannot be changed if there exists open orders.", ErrorCode::kRejected},
      {-4068, "Position side cannot be changed if there exists position.", ErrorCode::kRejected},
      {-4116, "clientOrderId is duplicated", ErrorCode::kAlreadyExists},
      {-4164, "Order's notional must be no smaller than 5.0", ErrorCode::kRejected},
      {-5022, "the Post Only order will be rejected", ErrorCode::kRejected},
      {-5028, "outside of the ME recvWindow", ErrorCode::kUnavailable},
      {-123456, "", ErrorCode::kOutcomeUnknown},
  };
  for (const Row& row : rows)
    CHECK_MESSAGE(binance_meaning({row.code, row.message}) == row.meaning, row.code, row.message);
}

// By the venue's "Error codes" pages, spot and USD-M.
TEST_CASE("every group of Binance's codes has its meaning") {
  using E = ErrorCode;
  const std::vector<std::pair<E, std::vector<std::int64_t>>> groups{
      {E::kOutcomeUnknown, {-1000, -1001, -1006, -1007, -1035, -2012, -10'000, 0}},
      {E::kRateLimited, {-1003, -1015}},
      {E::kUnavailable, {-1008, -1016, -1021, -5028}},
      {E::kNotFound, {-2011, -2013}},
      {E::kAlreadyExists, {-4046, -4059, -4116}},
      {E::kRejected,
       {-1002, -1004, -1010, -1011, -1013, -1014, -1020, -1022, -1023, -1033, -1034, -1099, -1100,
        -1101, -1102, -1106, -1111, -1112, -1114, -1115, -1116, -1117, -1121, -1127, -1128, -1130,
        -1131, -1139, -1151, -2008, -2010, -2014, -2015, -2016, -2018, -2019, -2020, -2021, -2023,
        -2024, -2025, -2026, -2027, -2028, -2038, -2039, -4000, -4001, -4002, -4003, -4004, -4005,
        -4013, -4014, -4015, -4023, -4024, -4028, -4029, -4030, -4045, -4047, -4048, -4061, -4068,
        -4111, -4118, -4120, -4131, -4137, -4140, -4141, -4142, -4161, -4164, -4183, -4184, -4192,
        -4400, -4401, -5021, -5022, -5024, -5026, -5027}}};
  for (const auto& [meaning, codes] : groups)
    for (const std::int64_t code : codes)
      CHECK_MESSAGE(
          static_cast<int>(binance_meaning({code, "some words"})) == static_cast<int>(meaning),
          code);
  CHECK(binance_meaning({-1004, "Server is busy, please wait and try again"}) == E::kUnavailable);
}

TEST_CASE("the status of an answer weighs more than its body") {
  struct Row {
    int status;
    std::optional<BinanceRefusal> refusal;
    std::optional<ErrorCode> verdict;
  };
  const BinanceRefusal filter{-1013, "Filter failure: LOT_SIZE"};
  const BinanceRefusal done{200, "success"};
  const std::vector<Row> rows{
      {200, std::nullopt, std::nullopt},
      {200, done, std::nullopt},
      {200, filter, ErrorCode::kRejected},
      {302, std::nullopt, ErrorCode::kOutcomeUnknown},
      {400, filter, ErrorCode::kRejected},
      {400, std::nullopt, ErrorCode::kOutcomeUnknown},
      {403, std::nullopt, ErrorCode::kRateLimited},
      {403, BinanceRefusal{-2015, "Invalid API-key"}, ErrorCode::kRejected},
      {408, filter, ErrorCode::kOutcomeUnknown},
      {418, std::nullopt, ErrorCode::kRateLimited},
      {429, filter, ErrorCode::kRateLimited},
      {500, filter, ErrorCode::kOutcomeUnknown},
      {503, BinanceRefusal{-1008, "throttled"}, ErrorCode::kOutcomeUnknown},
      {0, std::nullopt, ErrorCode::kOutcomeUnknown},
  };
  for (const Row& row : rows)
    CHECK_MESSAGE(binance_verdict(row.status, row.refusal) == row.verdict, row.status);
}

TEST_CASE("the end of a ban is read from the venue's words") {
  CHECK(
      banned_until("Way too much request weight used; IP banned until 1573742407123. Please")->ms ==
      1573742407123);
  CHECK_FALSE(banned_until("Too many requests.").has_value());
  CHECK_FALSE(banned_until("IP banned until tomorrow").has_value());
  CHECK_FALSE(banned_until("IP banned until 99999999999999999999999").has_value());
}

TEST_CASE("the end of a ban is told as people read it, beside the venue's own number") {
  CHECK(with_readable_ban("Too many; IP banned until 1795813710074. Please use streams.") ==
        "Too many; IP banned until 1795813710074 (2026-11-27T21:08:30.074Z). Please use streams.");
  CHECK(with_readable_ban("IP banned until 1795813710074") ==
        "IP banned until 1795813710074 (2026-11-27T21:08:30.074Z)");
  for (const std::string said :
       {"Too many requests.", "IP banned until tomorrow", "", "IP banned until 9999999999999999"})
    CHECK(with_readable_ban(said) == said);
}

TEST_CASE("secrets do not stand in the text of an error") {
  const Credentials credentials{std::string(kExampleKey), std::string(kExampleSecret)};
  const std::string text = fmt::format(
      "key {} secret {} "
      "signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71\n"
      "end",
      kExampleKey, kExampleSecret);
  CHECK(without_secrets(text, credentials) == "key *** secret *** signature=*** end");
  CHECK(without_secrets(std::string(5000, 'x'), credentials).size() == 300);
  CHECK(without_secrets("plain", Credentials{}) == "plain");
}

TEST_CASE("each call costs what is published for it") {
  const auto cost = [](MarketType market, VenueCall call, std::uint32_t size) {
    const PermitRequest request = binance_cost(market, call, size);
    return std::pair{request.weight, request.orders};
  };
  using Cost = std::pair<std::int64_t, std::int64_t>;
  struct Row {
    VenueCall call;
    std::uint32_t size;
    Cost spot;
    Cost usdm;
  };
  const std::vector<Row> rows{
      {VenueCall::kInstruments, 0, {20, 0}, {1, 0}}, {VenueCall::kCandles, 1, {2, 0}, {1, 0}},
      {VenueCall::kCandles, 99, {2, 0}, {1, 0}},     {VenueCall::kCandles, 100, {2, 0}, {2, 0}},
      {VenueCall::kCandles, 499, {2, 0}, {2, 0}},    {VenueCall::kCandles, 500, {2, 0}, {5, 0}},
      {VenueCall::kCandles, 1000, {2, 0}, {5, 0}},   {VenueCall::kCandles, 1500, {2, 0}, {10, 0}},
      {VenueCall::kOpenOrders, 1, {6, 0}, {1, 0}},   {VenueCall::kOpenOrders, 0, {80, 0}, {40, 0}},
      {VenueCall::kFunding, 0, {0, 0}, {30, 0}},     {VenueCall::kFundingTimes, 0, {0, 0}, {10, 0}},
      {VenueCall::kOrder, 1, {4, 0}, {1, 0}},        {VenueCall::kExecutions, 500, {20, 0}, {5, 0}},
      {VenueCall::kPlace, 1, {1, 1}, {0, 1}},        {VenueCall::kPlaceBracket, 1, {1, 2}, {0, 0}},
      {VenueCall::kAmend, 1, {4, 0}, {0, 1}},        {VenueCall::kAccount, 0, {20, 0}, {5, 0}},
  };
  for (const Row& row : rows) {
    CHECK(cost(MarketType::kSpot, row.call, row.size) == row.spot);
    CHECK(cost(MarketType::kLinear, row.call, row.size) == row.usdm);
  }
  for (int call = 0; call <= static_cast<int>(VenueCall::kAccount); ++call)
    CHECK(binance_cost(MarketType::kSpot, static_cast<VenueCall>(call), 0).weight >= 0);
  CHECK(binance_cost(MarketType::kSpot, VenueCall::kCancel, 1).priority ==
        PermitPriority::kProtective);
}

TEST_CASE("a counter is reported under the name of its window") {
  const auto spot = [](std::string_view name) { return window_of_header(MarketType::kSpot, name); };
  CHECK(spot("x-mbx-used-weight-1m") == "request_weight_1m");
  CHECK(spot("x-mbx-order-count-10s") == "orders_10s");
  CHECK(spot("x-mbx-order-count-1d") == "orders_1d");
  CHECK(spot("x-mbx-order-count-1m") == "");
  CHECK(spot("x-mbx-used-weight") == "");
  CHECK(window_of_header(MarketType::kLinear, "x-mbx-order-count-1m") == "orders_1m");
  for (const MarketType market : {MarketType::kSpot, MarketType::kLinear}) {
    RateLimiterConfig config;
    config.windows = binance_windows(market);
    CHECK(validate(config).has_value());
  }
}

TEST_CASE("a symbol of the other market is refused, and none is invented") {
  CHECK(*binance_symbol({"BTC/USDT"}, MarketType::kSpot) == "BTCUSDT");
  CHECK(*binance_symbol({"BTC/USDT:USDT"}, MarketType::kLinear) == "BTCUSDT");
  CHECK(*binance_symbol({"BTCTRY"}, MarketType::kSpot) == "BTCTRY");
  CHECK_FALSE(binance_symbol({"BTC/USDT"}, MarketType::kLinear).has_value());
  CHECK_FALSE(binance_symbol({"BTC/USDT:USDT"}, MarketType::kSpot).has_value());
  CHECK_FALSE(binance_symbol({""}, MarketType::kSpot).has_value());
  CHECK(guess_symbol("1000SHIBUSDT", MarketType::kLinear).value == "1000SHIB/USDT:USDT");
  CHECK(guess_symbol("USDCUSDT", MarketType::kSpot).value == "USDC/USDT");
  CHECK(guess_symbol("BTCTRY", MarketType::kSpot).value == "BTCTRY");
  CHECK(guess_symbol("BTCUSDT_250328", MarketType::kLinear).value == "BTCUSDT_250328");
  BinanceSymbols symbols;
  Instrument lira;
  lira.symbol = {"BTC/TRY"};
  symbols.learn({lira});
  CHECK(symbols.unified({"BTCTRY"}).value == "BTC/TRY");
  CHECK(symbols.unified({"ETHTRY"}).value == "ETHTRY");
}
