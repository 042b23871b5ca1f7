// Webhooks over HTTP, up to the inbox.
#include <doctest/doctest.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <future>
#include <mutex>

#include "actors/protocol.hpp"
#include "actors/webhook_gateway.hpp"
#include "exchange/http/http_transport.hpp"
#include "tests/support/actor_builders.hpp"

namespace botbox::actors {
namespace {

// What the inbox was offered. Shared with the actor's thread.
struct Offers {
  std::mutex mutex;
  std::vector<Signal> signals;
  std::vector<std::string> contents;
  std::vector<std::string> own_ids;
  bool is_forgetful = false;  // lets go of what it is offered
  Result<OfferAnswer> says = OfferAnswer{{"the-signal"}, false, ExecutionStatus::kPending, {}};
};

caf::behavior recording_inbox(std::shared_ptr<Offers> offers) {
  return {[offers](const OfferSignal& offered) {
    const std::lock_guard lock(offers->mutex);
    offers->signals.push_back(offered.offer->signal);
    offers->contents.push_back(offered.offer->content);
    offers->own_ids.push_back(offered.offer->own_id);
    if (offers->is_forgetful) return;
    Result<OfferAnswer> answer = offers->says;
    if (answer) {
      answer->status = offered.offer->signal.execution_status;
      answer->reason = offered.offer->signal.execution_reason;
    }
    offered.offer->answer(answer);
  }};
}

struct Gateway {
  explicit Gateway(std::function<void(WebhookSettings&)> change = {})
      : inbox(system.spawn(recording_inbox, offers)) {
    WebhookSettings settings;
    settings.sources.push_back({.name = "tv", .secret = "tv-secret", .per_minute = 100});
    settings.sources.push_back(
        {.name = "mine", .secret = "my-secret", .mapping = {{"secret", "auth.key"}}});
    settings.trusted_proxies = {"127.0.0.1"};
    if (change) change(settings);
    gateway = *WebhookGateway::start(settings, {test::plain_bot("bot-1")}, clock, inbox);
  }
  ~Gateway() {
    gateway.reset();
    caf::anon_send_exit(inbox, caf::exit_reason::user_shutdown);
  }

  Result<exchange::HttpResponse> try_post(
      const std::string& path, const std::string& body, std::vector<std::string> headers = {},
      exchange::HttpMethod method = exchange::HttpMethod::kPost) {
    std::promise<Result<exchange::HttpResponse>> promise;
    transport.send(
        test::TestPermits::fresh(),
        {method, "http://127.0.0.1:" + std::to_string(gateway->port()) + path, headers, body},
        [&](Result<exchange::HttpResponse> got) { promise.set_value(std::move(got)); });
    return promise.get_future().get();
  }
  exchange::HttpResponse post(const std::string& path, const std::string& body,
                              std::vector<std::string> headers = {},
                              exchange::HttpMethod method = exchange::HttpMethod::kPost) {
    const Result<exchange::HttpResponse> answer = try_post(path, body, std::move(headers), method);
    REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
    return *answer;
  }
  int status(const std::string& path, const std::string& body,
             const std::vector<std::string>& headers = {}) {
    return post(path, body, headers).status;
  }
  std::vector<Signal> offered() {
    const std::lock_guard lock(offers->mutex);
    return offers->signals;
  }

  ManualClock clock{Timestamp{1'714'564'800'000}};
  caf::actor_system_config config = [] {
    caf::actor_system_config made;
    made.set("scheduler.policy", caf::atom("sharing"));
    made.set("scheduler.max-threads", 1);
    return made;
  }();
  caf::actor_system system{config};
  std::shared_ptr<Offers> offers = std::make_shared<Offers>();
  caf::actor inbox;
  exchange::HttpTransport transport;
  std::unique_ptr<WebhookGateway> gateway;
};

}  // namespace

TEST_CASE("the secret may stand in the body, in the path or in a header") {
  Gateway world;
  const std::string with_secret = R"({"action":"buy","secret":"tv-secret"})";
  CHECK(world.status("/webhook/tradingview/bot-1", with_secret) == 200);
  CHECK(world.status("/webhook/tradingview/bot-1/tv-secret", "buy BTCUSDT") == 200);
  CHECK(world.status("/webhook/tradingview/tv-secret", R"({"action":"buy","bot":"bot-1"})") == 200);
  CHECK(world.status("/webhook/signal", "action=buy;bot=bot-1;secret=tv-secret") == 200);
  CHECK(world.status("/webhook/signal", "action=buy;bot=bot-1",
                     {"Authorization: Bearer tv-secret"}) == 200);
  CHECK(world.status("/webhook/signal",
                     R"({"action":"buy","bot":"bot-1","auth":{"key":"my-secret"}})") == 200);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 6);
  for (const Signal& signal : offered) {
    CHECK(signal.bot.value == "bot-1");
    CHECK(signal.symbol.value == "BTC/USDT");
    CHECK(signal.decision == SignalDecision::kPending);
    CHECK(signal.market_context.find("secret") == std::string::npos);
  }
}

TEST_CASE("without the right secret nothing is offered") {
  Gateway world([](WebhookSettings& s) { s.wrong_secrets_per_minute = 3; });
  const std::string body = R"({"action":"buy","bot":"bot-1","secret":"wrong"})";
  CHECK(world.status("/webhook/signal", body) == 401);
  CHECK(world.status("/webhook/signal", R"({"action":"buy","bot":"bot-1"})") == 401);
  CHECK(world.status("/webhook/tradingview/bot-1/tv-secre", "buy") == 401);
  CHECK(world.status("/webhook/signal", body) == 429);
  world.clock.advance(Duration{60'000});
  CHECK(world.status("/webhook/signal", body) == 401);
  CHECK(world.offered().empty());
}

TEST_CASE("only listed addresses may send, also behind a trusted proxy") {
  Gateway world([](WebhookSettings& s) { s.sources[0].addresses = {"52.89.214.238"}; });
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  CHECK(world.status(path, "buy") == 403);
  CHECK(world.status(path, "buy", {"X-Forwarded-For: 52.89.214.238"}) == 200);
  CHECK(world.status(path, "buy", {"X-Forwarded-For: 52.89.214.238, 6.6.6.6"}) == 403);
  CHECK(world.offered().size() == 1);
}

TEST_CASE(
    "a line that the sender wrote itself does not count before the one that the proxy added") {
  Gateway world([](WebhookSettings& s) { s.sources[0].addresses = {"52.89.214.238"}; });
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  CHECK(world.status(path, "buy", {"X-Forwarded-For: 52.89.214.238", "X-Forwarded-For: 6.6.6.6"}) ==
        403);
  CHECK(world.status(path, "buy", {"X-Forwarded-For: 6.6.6.6", "X-Forwarded-For: 52.89.214.238"}) ==
        200);
  CHECK(world.offered().size() == 1);
}

TEST_CASE("a secret with a plus may stand in the path as it is, or escaped") {
  Gateway world([](WebhookSettings& s) { s.sources[0].secret = "tv+secret=="; });
  CHECK(world.status("/webhook/tradingview/bot-1/tv+secret==", "buy BTCUSDT") == 200);
  CHECK(world.status("/webhook/tradingview/bot-1/tv%2Bsecret%3D%3D", "sell BTCUSDT") == 200);
  CHECK(world.status("/webhook/tradingview/bot-1/tv%20secret==", "sell BTCUSDT") == 401);
}

TEST_CASE("of an alert that may be kept no 5xx is told, whatever becomes of the inbox") {
  Gateway world;
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  world.offers->is_forgetful = true;
  const auto unknown = world.try_post(path, "buy BTCUSDT");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(world.offered().size() == 1);
  world.offers->is_forgetful = false;
  CHECK(world.status(path, "buy BTCUSDT") == 200);
}

TEST_CASE("a source that sends too much is told to wait, the others are served") {
  Gateway world([](WebhookSettings& s) { s.sources[0].per_minute = 2; });
  const std::string path = "/webhook/tradingview/bot-1/";
  CHECK(world.status(path + "tv-secret", "buy") == 200);
  CHECK(world.status(path + "tv-secret", "sell") == 200);
  const auto refused = world.post(path + "tv-secret", "close");
  CHECK(refused.status == 429);
  CHECK(refused.header("retry-after") == "60");
  CHECK(world.status(path + "my-secret", "close") == 200);
  world.clock.advance(Duration{30'000});
  CHECK(world.status(path + "tv-secret", "close") == 200);
}

TEST_CASE("what cannot be understood is answered 400 and recorded with what it said") {
  Gateway world;
  const auto answer =
      world.post("/webhook/tradingview/bot-1", R"({"action":"hodl","secret":"tv-secret"})");
  CHECK(answer.status == 400);
  CHECK(answer.body.find("action is not buy, sell, long, short or close") != std::string::npos);
  CHECK(answer.body.find("the-signal") != std::string::npos);
  CHECK(world.status("/webhook/tradingview/tv-secret", "buy") == 400);
  CHECK(world.status("/webhook/tradingview/B%20t/tv-secret", "buy") == 400);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 3);
  for (const Signal& signal : offered) {
    CHECK(signal.rejection_reason == ReasonCode::kMalformedAlert);
    CHECK(signal.execution_status == ExecutionStatus::kFiltered);
    CHECK(signal.market_context.find("tv-secret") == std::string::npos);
  }
  CHECK(offered[0].market_context ==
        R"({"source":"tv","body_bytes":38,"body":"{\"action\":\"hodl\",\"secret\":\"***\"}"})");
  CHECK(offered[1].market_context == R"({"source":"tv","body_bytes":3,"body":"buy"})");
  CHECK(offered[0].bot.value == "bot-1");
  CHECK(offered[1].bot.value == "unknown");
  CHECK(offered[2].bot.value == "unknown");
}

TEST_CASE("a body that cannot be read is answered with the reason to who shows the secret in it") {
  Gateway world([](WebhookSettings& s) { s.wrong_secrets_per_minute = 1'000; });
  struct Row {
    std::string body, says;
  };
  const std::vector<Row> table{
      {R"({"action":"buy","secret":"tv-secret",})", "a name in quotes is missing"},
      {R"({"secret":"tv-secret","action":"bu)", "a text has no end"},
      {R"({"action":"buy","action":"sell","secret":"tv-secret"})", "a name comes twice"},
      {R"([{"action":"buy","secret":"tv-secret"}])", "the JSON is not an object"},
      {R"({'action':'buy','secret':'tv-secret'})", "a name in quotes is missing"},
      {R"({"action":"buy","secret":"tv-secret"}{"action":"sell"})", "something follows"},
      {"action=buy;action=sell;secret=tv-secret", "a name comes twice"},
      {"buy now please\nsecret: tv-secret", "has a word that is no action"},
      {"{\"secret\":\"tv-secret\",\"action\":\"\xFF\"}", "the body is not UTF-8"},
      {R"({"auth":{"key":"my-secret"},"action":buy})", "a value is missing"},
  };
  for (const Row& row : table) {
    CAPTURE(row.body);
    const auto answer = world.post("/webhook/tradingview/bot-1", row.body);
    CHECK(answer.status == 400);
    CHECK_MESSAGE(answer.body.find(row.says) != std::string::npos, answer.body);
    CHECK(answer.body.find("-secret") == std::string::npos);
  }
  for (const Signal& signal : world.offered()) {
    CHECK(signal.bot.value == "bot-1");
    CHECK(signal.rejection_reason == ReasonCode::kMalformedAlert);
    CHECK(signal.execution_status == ExecutionStatus::kFiltered);
    CHECK(signal.market_context.find(R"("body":)") != std::string::npos);
    CHECK_MESSAGE(signal.market_context.find("-secret") == std::string::npos,
                  signal.market_context);
  }
  CHECK(world.offered().size() == table.size());
  for (const std::string& content : world.offers->contents)
    CHECK(content.find("-secret") == std::string::npos);
  CHECK(world.status("/webhook/tradingview/bot-1", R"({"secret":"wrong-secret",})") == 401);
  CHECK(world.status("/webhook/tradingview/bot-1", R"({"a":"tv-secret",})") == 401);
  CHECK(world.offered().size() == table.size());
}

TEST_CASE("the scheme of a header is read in any case, and a wrong method is told the right one") {
  Gateway world;
  CHECK(world.status("/webhook/signal", "action=buy;bot=bot-1",
                     {"Authorization: bearer tv-secret"}) == 200);
  CHECK(world.status("/webhook/signal", "action=buy;bot=bot-1",
                     {"Authorization: Basic tv-secret"}) == 401);
  const auto refused = world.post("/webhook/signal", "", {}, exchange::HttpMethod::kGet);
  CHECK(refused.status == 405);
  CHECK(refused.header("allow") == "POST");
}

TEST_CASE("a signal for a bot that is not here is recorded as IGNORED and answered 200") {
  Gateway world;
  const auto answer = world.post("/webhook/tradingview/nobody/tv-secret", "buy BTCUSDT");
  CHECK(answer.status == 200);
  CHECK(answer.body.find("UNKNOWN_BOT") != std::string::npos);
  REQUIRE(world.offered().size() == 1);
  CHECK(world.offered()[0].execution_status == ExecutionStatus::kIgnored);
  CHECK(world.offered()[0].decision == SignalDecision::kRejected);
}

TEST_CASE("an alert for a bot that its source may not signal is recorded as IGNORED") {
  Gateway world([](WebhookSettings& s) { s.sources[0].bots = {"trend-*"}; });
  const std::string body = R"({"action":"buy","ticker":"BTCUSDT","id":"a-1"})";
  for (const char* bot : {"bot-1", "nobody"}) {
    CAPTURE(bot);
    const auto answer = world.post(std::string("/webhook/tradingview/") + bot + "/tv-secret", body);
    CHECK(answer.status == 200);
    CHECK(answer.body.find(R"("status":"IGNORED","reason":"BOT_NOT_ALLOWED")") !=
          std::string::npos);
  }
  CHECK(world.status("/webhook/signal", "action=buy;bot=bot-1;secret=tv-secret") == 200);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 3);
  for (const Signal& signal : offered) {
    CHECK(signal.decision == SignalDecision::kRejected);
    CHECK(signal.execution_status == ExecutionStatus::kIgnored);
    CHECK(signal.execution_reason == ReasonCode::kBotNotAllowed);
    CHECK(signal.verdicts.back().detail == "source tv may not signal this bot");
  }
  CHECK(offered[0].bot.value == "bot-1");
  CHECK(offered[1].bot.value == "nobody");
  // A source without a list signals every bot.
  CHECK(world.status("/webhook/tradingview/bot-1/my-secret", body) == 200);
  CHECK(world.offered()[3].decision == SignalDecision::kPending);
}

TEST_CASE("what is refused takes neither the id nor the content of the alert that is not") {
  Gateway world([](WebhookSettings& s) { s.sources[0].bots = {"trend-*"}; });
  const std::string path = "/webhook/tradingview/bot-1/";
  const std::string body = R"({"action":"buy","id":"a-1"})";
  CHECK(world.status(path + "tv-secret", body) == 200);                // not its bot
  CHECK(world.status(path + "tv-secret", "0=BUY\n1=BTCUSDT") == 400);  // as words would be named
  CHECK(world.status(path + "my-secret", body) == 200);
  CHECK(world.status(path + "my-secret", "BUY BTCUSDT") == 200);
  REQUIRE(world.offered().size() == 4);
  CHECK(world.offers->own_ids == std::vector<std::string>{"", "", "a-1", ""});
  CHECK(world.offers->contents[0] == "BOT_NOT_ALLOWED tv\naction=buy\nid=a-1");
  CHECK(world.offers->contents[1] == "MALFORMED_ALERT tv\n0=BUY\n1=BTCUSDT");
  CHECK(world.offers->contents[3] == "0=BUY\n1=BTCUSDT");
}

TEST_CASE("a secret that its sender wrote into other fields as well is not kept") {
  Gateway world;
  CHECK(world.status("/webhook/tradingview/bot-1/tv-secret",
                     R"({"action":"buy","id":"x-tv-secret","comment":"key tv-secret, go"})") ==
        200);
  CHECK(world.status("/webhook/tradingview/bot-1/tv-secret", "hodl tv-secret") == 400);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 2);
  CHECK(offered[0].market_context.find(R"("id":"x-***","comment":"key ***, go")") !=
        std::string::npos);
  CHECK(offered[1].market_context == R"({"source":"tv","body_bytes":14,"body":"hodl ***"})");
  CHECK(world.offers->contents[1] == "MALFORMED_ALERT tv\nhodl ***");
}

TEST_CASE("what is kept of a refused body shows no source's secret, nor another that it gives") {
  Gateway world;
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  CHECK(world.status(path, R"(hodl my\u002dsecret tv%2Dsecret)") == 400);
  CHECK(world.status(
            path, R"({"action":"hodl","passphrase":"the old one","note":"the old one"})") == 400);
  CHECK(world.status("/webhook/tradingview/nobody/tv-secret",
                     R"({"action":"buy","n":"tv-secret"})") == 200);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 3);
  CHECK(offered[0].market_context.ends_with(R"("body":"hodl *** ***"})"));
  CHECK(offered[1].market_context.find("old one") == std::string::npos);
  CHECK(offered[1].market_context.find(R"(\"note\":\"***\")") != std::string::npos);
  // What is refused though it could be read is kept with both.
  CHECK(offered[2].market_context.starts_with(R"({"alert":{"source":"tv","action":"BUY")"));
  CHECK(offered[2].market_context.ends_with(R"("body":"{\"action\":\"buy\",\"n\":\"***\"}"})"));
}

TEST_CASE("an alert for later is offered with its time, one for too late is refused and recorded") {
  Gateway world([](WebhookSettings& s) { s.delay_max = Duration{3'600'000}; });
  const Timestamp now = world.clock.now();
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  CHECK(world.status(path, "action=buy;delay=1h") == 200);
  CHECK(world.status(path, R"({"action":"buy","execute_at":1714564860000})") == 200);
  CHECK(world.status(path, R"({"action":"buy","execute_at":"2020-01-01T00:00:00Z"})") == 200);
  const auto refused = world.post(path, R"({"action":"buy","delay":3601,"id":"a-1"})");
  CHECK(refused.status == 400);
  CHECK(refused.body.find("SCHEDULED_TOO_FAR") != std::string::npos);
  CHECK(refused.body.find("delay_max") != std::string::npos);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 4);
  CHECK(offered[0].execution_scheduled_at == now + Duration{3'600'000});
  CHECK(offered[1].execution_scheduled_at == now + Duration{60'000});
  // Its bot's gate says that it is too old.
  CHECK(offered[2].execution_scheduled_at == *parse_timestamp("2020-01-01T00:00:00Z"));
  CHECK(offered[2].decision == SignalDecision::kPending);
  CHECK(offered[3].decision == SignalDecision::kRejected);
  CHECK(offered[3].execution_status == ExecutionStatus::kFiltered);
  CHECK(offered[3].rejection_reason == ReasonCode::kScheduledTooFar);
  world.offers->says = OfferAnswer{{"the-signal"}, false, {}, {}, now + Duration{60'000}};
  CHECK(world.post(path, "action=buy;delay=60")
            .body.find(R"("execution_scheduled_at":"2024-05-01T12:01:00.000Z")") !=
        std::string::npos);
}

TEST_CASE("of a duplicate whose status is not known any more none is told") {
  Gateway world;
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  world.offers->says = OfferAnswer{.id = {"the-signal"}, .is_repeated = true};
  CHECK(world.post(path, "buy").body ==
        "{\"signal_id\":\"the-signal\",\"status\":\"PENDING\",\"reason\":\"NONE\","
        "\"duplicate\":true}\n");
  world.offers->says =
      OfferAnswer{.id = {"the-signal"}, .is_repeated = true, .is_status_known = false};
  const auto answer = world.post(path, "buy");
  CHECK(answer.status == 200);
  CHECK(answer.body == "{\"signal_id\":\"the-signal\",\"duplicate\":true}\n");
}

TEST_CASE("an inbox that takes nothing is 503, other paths and methods are refused") {
  Gateway world;
  world.offers->says = fail(ErrorCode::kOverloaded, "too many signals wait for their bots");
  CHECK(world.status("/webhook/tradingview/bot-1/tv-secret", "buy") == 503);
  CHECK(world.status("/", "buy") == 404);
  CHECK(world.status("/webhook/other", "buy") == 404);
  CHECK(world.post("/webhook/signal", "", {}, exchange::HttpMethod::kGet).status == 405);
  CHECK(world.status("/webhook/tradingview/bot-1/tv-secret", std::string(70'000, 'x')) == 413);
}

TEST_CASE("what the alert says reaches the signal") {
  Gateway world;
  REQUIRE(world.status("/webhook/tradingview/bot-1/tv-secret",
                       R"({"action":"sell","ticker":"ETHUSDT","price":"2500.5","interval":"15",)"
                       R"("timenow":"2024-05-01T11:59:58Z","id":"a-1"})") == 200);
  const Signal signal = world.offered()[0];
  CHECK(signal.direction == Direction::kClose);
  CHECK(signal.symbol.value == "ETH/USDT");
  CHECK(signal.entry == Price::literal("2500.5"));
  CHECK(signal.timeframe == Timeframe::minutes(15));
  CHECK(to_iso8601(signal.candle_close) == "2024-05-01T11:59:58.000Z");
  CHECK(signal.market_context ==
        R"({"alert":{"source":"tv","action":"SELL","symbol":"ETH/USDT","price":"2500.5",)"
        R"("interval":"15m","id":"a-1","ignored":["interval"]}})");
}

TEST_CASE("what of an alert is not followed is noted with the signal, by name") {
  Gateway world;
  const std::string path = "/webhook/tradingview/bot-1/tv-secret";
  REQUIRE(world.status(path, R"({"action":"buy","qty":"2","stop_loss":"1%","leverage":5,"tp1":"",)"
                             R"("tv-SECRET":1})") == 200);
  REQUIRE(world.status(path, "buy BTCUSDT 0.1") == 200);
  REQUIRE(world.status(path, R"({"action":"buy","interval":"1"})") == 200);
  REQUIRE(world.status("/webhook/tradingview/nobody/tv-secret",
                       R"({"action":"buy","interval":"15","leverage":5})") == 200);
  const std::vector<Signal> offered = world.offered();
  REQUIRE(offered.size() == 4);
  CHECK(offered[0].market_context.ends_with(
      R"("ignored":["stop_loss","leverage","***","quantity"]}})"));
  CHECK(offered[1].market_context.ends_with(R"("ignored":["quantity"]}})"));
  CHECK(offered[2].market_context.find("ignored") == std::string::npos);
  CHECK(offered[3].market_context.find(R"("ignored":["leverage"]})") != std::string::npos);
}

}  // namespace botbox::actors
