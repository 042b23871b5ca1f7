// The program botbox-exchange as a stranger's bot meets it: recorded candles, all three protocols
// over HTTP, time that moves only when it is told to.
#include <doctest/doctest.h>

#include <csignal>
#include <future>
#include <nlohmann/json.hpp>

#include "exchange/http/http_transport.hpp"
#include "exchange/venue/signing.hpp"
#include "tests/process/drill.hpp"
#include "tests/process/kill_drill.hpp"
#include "tests/storage/support.hpp"

namespace botbox::process {
namespace {

using Json = nlohmann::json;
using exchange::HttpMethod;

// Falls to 97 in its second minute, and rises in its third.
constexpr const char* kCandles =
    "open_time_ms,open,high,low,close,volume\n"
    "1711929600000,100,101,99,100,10\n"
    "1711929660000,100,100,97,98,10\n"
    "1711929720000,98,105,98,104,10\n";
constexpr const char* kKey = "stranger";
constexpr const char* kSecret = "whisper";

struct StrangerPermits : PermitIssuer {
  static Permit fresh() { return issue(); }
};

// Where time stands still, stamps are not checked; they must be there all the same.
class Stranger {
 public:
  explicit Stranger(std::uint16_t port) : url_("http://127.0.0.1:" + std::to_string(port)) {}

  Json admin(const std::string& path, const std::string& body) {
    return ask({HttpMethod::kPost, url_ + "/admin/" + path, {}, body});
  }
  Json binance(HttpMethod method, const std::string& path, const std::string& query) {
    const std::string text = query + "&timestamp=1";
    const std::string sent = text + "&signature=" + exchange::hmac_sha256_hex(kSecret, text);
    exchange::HttpRequest request{method, url_ + path, {std::string("X-MBX-APIKEY: ") + kKey}, {}};
    if (method == HttpMethod::kPost)
      request.body = sent;
    else
      request.url += "?" + sent;
    return ask(std::move(request));
  }
  Json bybit(HttpMethod method, const std::string& path, const std::string& text) {
    const std::string sign = exchange::hmac_sha256_hex(kSecret, "1" + std::string(kKey) + text);
    exchange::HttpRequest request{
        method,
        url_ + path,
        {std::string("X-BAPI-API-KEY: ") + kKey, "X-BAPI-TIMESTAMP: 1", "X-BAPI-SIGN: " + sign},
        {}};
    if (method == HttpMethod::kPost)
      request.body = text;
    else
      request.url += "?" + text;
    const Json answer = ask(std::move(request));
    REQUIRE_MESSAGE(answer.at("retCode") == 0, answer.dump());
    return answer.at("result");
  }

 private:
  Json ask(exchange::HttpRequest request) {
    std::promise<Result<exchange::HttpResponse>> promise;
    transport_.send(StrangerPermits::fresh(), std::move(request),
                    [&](Result<exchange::HttpResponse> got) { promise.set_value(std::move(got)); });
    const Result<exchange::HttpResponse> got = promise.get_future().get();
    REQUIRE(got.has_value());
    REQUIRE_MESSAGE(got->status == 200, got->body);
    return Json::parse(got->body);
  }

  std::string url_;
  exchange::HttpTransport transport_;
};

}  // namespace

TEST_CASE("recorded candles fill orders at all three faces when the time is stepped to them") {
  const storage::test::TemporaryDirectory home;
  write_text(home.path(), "mine_BTCUSDT_1m_a_b.csv", kCandles);
  ChildProcess venue("botbox-exchange",
                     {"--port", "0", "--feed", home.path().string(), "--speed", "0", "--key",
                      std::string(kKey) + ":" + kSecret, "--symbols", "BTC/USDT", "BTC/USDT:USDT"});
  Stranger stranger(port_of(venue));
  const std::string limit =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&price=98.5&quantity=1&"
      "newClientOrderId=mine";
  const std::string of = "symbol=BTCUSDT&origClientOrderId=mine";
  const std::string of_bybit = "category=linear&symbol=BTCUSDT&orderLinkId=mine";
  for (const char* path : {"/api/v3/order", "/fapi/v1/order"})
    CHECK(stranger.binance(HttpMethod::kPost, path, limit).at("status") == "NEW");
  stranger.bybit(HttpMethod::kPost, "/v5/order/create",
                 R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit",)"
                 R"("qty":"1","price":"98.5","orderLinkId":"mine"})");
  const auto statuses = [&] {
    std::string told;
    for (const char* path : {"/api/v3/order", "/fapi/v1/order"})
      told += stranger.binance(HttpMethod::kGet, path, of).at("status").get<std::string>() + " ";
    const Json rows = stranger.bybit(HttpMethod::kGet, "/v5/order/realtime", of_bybit).at("list");
    return told + rows.at(0).at("orderStatus").get<std::string>();
  };
  CHECK(stranger.admin("step", R"({"ms":60000})").at("now") == 1'711'929'660'000);
  CHECK(statuses() == "NEW NEW New");
  CHECK(stranger.admin("step", R"({"ms":60000})").at("now") == 1'711'929'720'000);
  CHECK(statuses() == "FILLED FILLED Filled");
  const Json spot = stranger.binance(HttpMethod::kGet, "/api/v3/order", of);
  CHECK(spot.at("cummulativeQuoteQty") == "98.50000000");
  venue.signal(SIGTERM);
  const auto ended = venue.wait(kPatience);
  REQUIRE(ended.has_value());
  CHECK(ended->exit_code == 0);
}

}  // namespace botbox::process
