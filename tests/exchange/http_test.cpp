// The HTTP face over loopback: contract, classification of failures, faults, codec.
#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

#include "exchange/http/paper_codec.hpp"
#include "exchange/http/paper_http_exchange.hpp"
#include "exchange/http/paper_http_server.hpp"
#include "tests/exchange/contract.hpp"
#include "tests/exchange/fixture.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const Symbol kSpot{"BTC/USDT"};

// A paper exchange, its server, and a client of it.
struct Loopback {
  explicit Loopback(PaperServerOptions server_options = {}, HttpOptions http_options = {})
      : clock(kStart + kMinute * 20 + Duration{500}), transport(http_options) {
    market.add(kSpot, std::vector<std::string>(30, "100 110 90 105"));
    PaperConfig config;
    config.instruments = {{instrument("BTC/USDT", "0.01", "0.001"), Decimal::from_int(1)}};
    config.balances = {{{"USDT"}, Decimal::from_int(1'000'000)}};
    config.taker_fee = Decimal::literal("0.001");
    paper = *PaperExchange::create(config, market, clock);
    auto started = PaperHttpServer::start(*paper, server_options);
    REQUIRE(started.has_value());
    server = *std::move(started);
    base_url = "http://127.0.0.1:" + std::to_string(server->port());
    client = std::make_unique<PaperHttpExchange>(base_url, transport);
  }
  Result<HttpResponse> get(const std::string& path, HttpMethod method = HttpMethod::kGet,
                           const std::string& body = {}) {
    return ask<HttpResponse>([&](auto reply) {
      transport.send(Permits::fresh(), {method, base_url + path, {}, body}, reply);
    });
  }
  TableMarket market;
  ManualClock clock;
  std::unique_ptr<PaperExchange> paper;
  HttpTransport transport;
  std::unique_ptr<PaperHttpServer> server;
  std::string base_url;
  std::unique_ptr<PaperHttpExchange> client;
};

OrderRequest buy(const std::string& id) { return order(id, kSpot, OrderSide::kBuy, "0.1"); }

PaperServerOptions faulty(std::uint32_t ServerFaults::*fault, std::uint32_t chance) {
  PaperServerOptions options;
  options.faults.*fault = chance;
  return options;
}

}  // namespace

TEST_CASE("the paper exchange behind HTTP keeps the contract") {
  std::unique_ptr<Loopback> loopback;
  run_exchange_contract([&] {
    loopback = std::make_unique<Loopback>();
    return ContractVenue{*loopback->client, kSpot, loopback->clock.now(), "BTC", "USDT"};
  });
}

TEST_CASE("many orders at once arrive once each over few connections") {
  constexpr int kOrders = 2000;
  Loopback loopback;
  std::mutex mutex;
  std::condition_variable changed;
  int filled = 0, answered = 0;
  for (int i = 0; i < kOrders; ++i)
    loopback.client->place(Permits::fresh(), buy("o" + std::to_string(i)),
                           [&](const Result<OrderReport>& report) {
                             const std::lock_guard lock(mutex);
                             filled += report && report->status == OrderStatus::kFilled;
                             ++answered;
                             changed.notify_one();
                           });
  std::unique_lock lock(mutex);
  REQUIRE(changed.wait_for(lock, std::chrono::seconds(120), [&] { return answered == kOrders; }));
  CHECK(filled == kOrders);
  const auto entries = loopback.server->ledger().entries();
  CHECK(entries.size() == kOrders);
  for (const auto& [id, entry] : entries) CHECK(entry == LedgerEntry{1, 1, 0, 0});
}

TEST_CASE("nobody listening is kUnavailable: nothing was sent") {
  std::string dead;
  {
    Loopback loopback;
    dead = loopback.base_url;
  }
  HttpTransport transport;
  PaperHttpExchange client(dead, transport);
  CHECK(place(client, buy("a")).error().code == ErrorCode::kUnavailable);
  PaperHttpExchange nowhere("http://no.such.host.invalid", transport);
  CHECK(place(nowhere, buy("a")).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a dropped reply is an unknown outcome; the order stands and is not sent again") {
  Loopback loopback(faulty(&ServerFaults::drop_reply, 1000));
  for (int round = 0; round < 3; ++round) {
    // From the second round on the connection is a kept-alive one that dies, which libcurl by
    // itself would answer with a second request.
    REQUIRE(loopback.get("/v1/instruments").has_value());
    const std::string id = "a" + std::to_string(round);
    CHECK(place(*loopback.client, buy(id)).error().code == ErrorCode::kOutcomeUnknown);
    CHECK(loopback.server->ledger().entry({id}) == LedgerEntry{1, 1, 0, 0});
    CHECK((*find(*loopback.client, kSpot, id))->status == OrderStatus::kFilled);
  }
}

TEST_CASE("HTTP 500 after execution is an unknown outcome") {
  Loopback loopback(faulty(&ServerFaults::answer_500, 1000));
  CHECK(place(*loopback.client, buy("a")).error().code == ErrorCode::kOutcomeUnknown);
  CHECK(find(*loopback.client, kSpot, "a")->has_value());
  CHECK(place(*loopback.client, buy("a")).error().code == ErrorCode::kOutcomeUnknown);
  CHECK(loopback.server->ledger().entry({"a"}) == LedgerEntry{2, 1, 1, 0});
}

TEST_CASE("an answer that comes too late is an unknown outcome") {
  PaperServerOptions slow = faulty(&ServerFaults::delay, 1000);
  slow.faults.delay_by = Duration{60'000};
  HttpOptions options;
  options.timeout = Duration{150};
  Loopback loopback(slow, options);
  CHECK(place(*loopback.client, buy("a")).error().code == ErrorCode::kOutcomeUnknown);
  CHECK(find(*loopback.client, kSpot, "a")->has_value());
}

TEST_CASE("a server that dies leaves an unknown outcome, then nothing to connect to") {
  PaperServerOptions slow = faulty(&ServerFaults::delay, 1000);
  slow.faults.delay_by = Duration{60'000};
  Loopback loopback(slow);
  std::promise<Result<OrderReport>> promise;
  loopback.client->place(Permits::fresh(), buy("a"),
                         [&](Result<OrderReport> r) { promise.set_value(std::move(r)); });
  while (!find(*loopback.client, kSpot, "a")->has_value()) {
  }  // until it has arrived
  loopback.server.reset();
  CHECK(promise.get_future().get().error().code == ErrorCode::kOutcomeUnknown);
  CHECK(place(*loopback.client, buy("b")).error().code == ErrorCode::kUnavailable);
}

TEST_CASE("a transport that stops answers everything it holds") {
  PaperServerOptions slow = faulty(&ServerFaults::delay, 1000);
  slow.faults.delay_by = Duration{60'000};
  Loopback loopback(slow);
  HttpOptions narrow;
  narrow.in_flight_max = 1;
  narrow.queued_max = 2;
  std::vector<ErrorCode> codes;
  std::mutex mutex;
  {
    HttpTransport transport(narrow);
    PaperHttpExchange client(loopback.base_url, transport);
    const auto put = [&](const std::string& id) {
      client.place(Permits::fresh(), buy(id), [&](const Result<OrderReport>& report) {
        const std::lock_guard lock(mutex);
        codes.push_back(report ? ErrorCode::kCorruption : report.error().code);
      });
    };
    put("a");
    while (loopback.server->ledger().entry({"a"}).arrived == 0) {
    }
    put("b");
    put("c");
    CHECK(codes.empty());
    put("d");  // the queue is full
    CHECK(codes == std::vector<ErrorCode>{ErrorCode::kOverloaded});
  }
  CHECK(codes == std::vector<ErrorCode>{ErrorCode::kOverloaded, ErrorCode::kOutcomeUnknown,
                                        ErrorCode::kOverloaded, ErrorCode::kOverloaded});
  CHECK(loopback.server->ledger().entries().size() == 1);
}

TEST_CASE("an answer beyond the cap is refused") {
  HttpOptions small;
  small.response_bytes_max = 100;
  Loopback loopback({}, small);
  const auto answer = loopback.get("/v1/instruments");
  CHECK(answer.error().code == ErrorCode::kOutcomeUnknown);
  CHECK(answer.error().message == "the answer is too large");
}

TEST_CASE("the transport refuses a permit that is used up") {
  Loopback loopback;
  const Permit permit = Permits::fresh();
  const auto with = [&](const Permit& p) {
    return ask<OrderReport>([&](auto reply) { loopback.client->place(p, buy("a"), reply); });
  };
  REQUIRE(with(permit).has_value());
  CHECK(with(permit).error().code == ErrorCode::kRateLimited);
  CHECK(loopback.server->ledger().entry({"a"}).arrived == 1);
}

TEST_CASE("a port that is taken is refused with a way out") {
  Loopback loopback;
  PaperServerOptions same;
  same.port = loopback.server->port();
  const auto second = PaperHttpServer::start(*loopback.paper, same);
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error().code == ErrorCode::kIo);
  CHECK_FALSE(second.error().fix.empty());
}

TEST_CASE("the server answers nonsense with a definite refusal that names the field") {
  Loopback loopback;
  struct Row {
    HttpMethod method;
    std::string path, body;
    int status;
    std::string message;
  };
  const std::string order_start = R"({"client_id":"a","symbol":"BTC/USDT","side":"BUY",)";
  const std::vector<Row> table{
      {HttpMethod::kGet, "/", "", 404, "no such path"},
      {HttpMethod::kPost, "/v1/balances", "", 405, "method not allowed"},
      {HttpMethod::kPost, "/v1/order", "{}", 400, "field 'client_id' is not text"},
      {HttpMethod::kPost, "/v1/order", R"({"client_id":7})", 400, "field 'client_id' is not text"},
      {HttpMethod::kPost, "/v1/order", order_start + R"("type":"MARKET","quantity":1.5})", 400,
       "field 'quantity' is not a decimal as text"},
      {HttpMethod::kPost, "/v1/order", order_start + R"("type":"TRAILING","quantity":"1"})", 400,
       "field 'type' has no value 'TRAILING'"},
      {HttpMethod::kPost, "/v1/order",
       order_start + R"("type":"MARKET","quantity":"1","stop_loss":{"client_id":"s"}})", 400,
       "field 'trigger' is not a decimal as text"},
      {HttpMethod::kPost, "/v1/order",
       order_start + R"("type":"MARKET","quantity":"1","reduce_only":"yes"})", 400,
       "field 'reduce_only' is not true or false"},
      {HttpMethod::kGet, "/v1/order-updates?cursor=x", "", 400, "'x' is not a number"},
      {HttpMethod::kGet, "/v1/candles?symbol=BTC%2FUSDT&timeframe=7m&from=0&to=1&limit=1", "", 400,
       "'7m' is not a timeframe"},
      {HttpMethod::kDelete, "/v1/order?symbol=BTC%2FUSDT&client_id=zz", "", 404, "no such order"}};
  for (const Row& row : table) {
    const auto answer = loopback.get(row.path, row.method, row.body);
    REQUIRE(answer.has_value());
    CHECK(answer->status == row.status);
    CHECK(paper_codec::parse_error(answer->body).message == row.message);
  }
  CHECK(loopback.get("/v1/order", HttpMethod::kPost, std::string(2'000'000, ' '))->status == 413);
  CHECK(loopback.server->ledger().entries().empty());
}

TEST_CASE("the ledger is served as the server knows it") {
  Loopback loopback;
  REQUIRE(place(*loopback.client, buy("a")).has_value());
  CHECK_FALSE(place(*loopback.client, buy("a")).has_value());
  const auto ledger = paper_codec::parse_ledger(loopback.get("/v1/ledger")->body);
  REQUIRE(ledger.has_value());
  CHECK(*ledger == loopback.server->ledger().entries());
  CHECK(ledger->at({"a"}) == LedgerEntry{2, 1, 1, 0});
}

TEST_CASE("every document survives writing and parsing to the last digit") {
  OrderRequest request = with_target(
      with_stop(limit(order("a1", {"ETH/USDT:USDT"}, OrderSide::kSell, "123456789.123456789012"),
                      "0.000000000001"),
                "99999999999999"),
      "0.5");
  CHECK(*paper_codec::parse_order(paper_codec::write_order(request)) == request);
  request = reduce(order("b", kSpot, OrderSide::kBuy, "1"), "g");
  CHECK(*paper_codec::parse_order(paper_codec::write_order(request)) == request);
  const Fill fill{{"x-1"},
                  {"c"},
                  {"p"},
                  kSpot,
                  OrderSide::kSell,
                  Price::literal("1.1"),
                  Quantity::literal("2"),
                  Notional::literal("-0.000000000003"),
                  {1234567890123}};
  const OrderReport report{{"c"},
                           {"p"},
                           kSpot,
                           OrderStatus::kPartiallyFilled,
                           Quantity::literal("3"),
                           Quantity::literal("2"),
                           {fill},
                           "a \"quote\", a \\ and a line\n\xC3\xA4",
                           {1234567890124}};
  CHECK(*paper_codec::parse_report(paper_codec::write_report(report)) == report);
  CHECK(*paper_codec::parse_found(paper_codec::write_found(report)) == report);
  CHECK(*paper_codec::parse_found(paper_codec::write_found({})) == std::nullopt);
  const OrderUpdates updates{{report, report}, 0xFFFFFFFFFFFFFFFFULL};
  const auto parsed = *paper_codec::parse_updates(paper_codec::write_updates(updates));
  CHECK(parsed.reports == updates.reports);
  CHECK(parsed.next_cursor == updates.next_cursor);
  const std::vector<Candle> some{{{60000},
                                  Price::literal("1"),
                                  Price::literal("2.5"),
                                  Price::literal("0.1"),
                                  Price::literal("2"),
                                  {}}};
  CHECK(*paper_codec::parse_candles(paper_codec::write_candles(some)) == some);
  CHECK(paper_codec::parse_candles(paper_codec::write_candles({}))->empty());
  const Error error{ErrorCode::kAlreadyExists, "m", "p", "f"};
  CHECK(paper_codec::parse_error(paper_codec::write_error(error)) == error);
  CHECK(paper_codec::parse_error("<html>").code == ErrorCode::kOutcomeUnknown);
  for (const char* json :
       {"", "{", "[]", R"({"candles":[[1,2]]})", R"({"candles":[[1,1.5,"1","1","1","1"]]})"})
    CHECK_FALSE(paper_codec::parse_candles(json).has_value());
}
