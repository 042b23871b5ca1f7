// The operator's HTTP API over a real socket: who may, what a foreign page cannot do, and the
// stream of events.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/send.hpp>
#include <mutex>
#include <nlohmann/json.hpp>

#include "actors/base64.hpp"
#include "actors/event_feed_actor.hpp"
#include "actors/operator_http.hpp"
#include "actors/operator_routes.hpp"
#include "storage/codec.hpp"
#include "storage/directory.hpp"
#include "storage/memory_store.hpp"

namespace botbox::actors {
namespace {

// One connection that says what the test says, byte for byte.
class Wire {
 public:
  explicit Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  }
  ~Wire() { ::close(socket_); }
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  void say(const std::string& text) {
    REQUIRE(::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(text.size()));
  }
  // Everything until `end` has come, or the other side closed.
  const std::string& read_until(const std::string& end) {
    std::array<char, 4096> bytes{};
    while (heard_.find(end) == std::string::npos) {
      const ssize_t got = ::recv(socket_, bytes.data(), bytes.size(), 0);
      if (got <= 0) break;
      heard_.append(bytes.data(), static_cast<std::size_t>(got));
    }
    return heard_;
  }

 private:
  int socket_;
  std::string heard_;
};

struct Asked {
  std::mutex mutex;
  std::vector<OperatorRequest> requests;
  std::string answer = R"({"status":"ok"})";  // of the desk
};

struct ApiServer {
  explicit ApiServer(OperatorRole anonymous = OperatorRole::kNone,
                     std::function<void(OperatorHttpSettings&)> change = {}) {
    REQUIRE(storage::open_directory(store, {"test"}).has_value());
    feed = system.spawn<EventFeedActor>(std::cref(clock), std::cref(store),
                                        std::make_shared<EngineStatistics>(),
                                        EventFeedSettings{.interval = Duration{5}});
    OperatorHttpSettings settings;
    settings.anonymous = anonymous;
    settings.tokens = {{"reader", "read-secret", OperatorRole::kRead},
                       {"alice", "operate-secret", OperatorRole::kOperate}};
    settings.assets = {{"/", "text/html; charset=utf-8", "<p>page</p>"}};
    if (change) change(settings);
    // As the desk refuses, and else a word.
    const OperatorEntry desk = [asked = asked](OperatorRequest request, OperatorAnswer answer) {
      const OperatorVerb* verb = find_operator_verb(request.verb);
      const bool may = verb != nullptr && request.role >= verb->needs;
      std::string said;
      {
        const std::lock_guard lock(asked->mutex);
        if (may) asked->requests.push_back(request);
        said = asked->answer;
      }
      if (!may) return answer(fail(ErrorCode::kRejected, "not with this role"));
      answer(std::move(said));
    };
    auto started = OperatorHttp::start(
        std::move(settings), clock, desk, feed,
        [](const exchange::HttpServerRequest&, const exchange::HttpResponder& responder) {
          responder.answer({200, "a webhook"});
        });
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    server = std::move(*started);
  }
  ~ApiServer() {
    server.reset();
    caf::anon_send_exit(feed, caf::exit_reason::user_shutdown);
  }

  std::string answer(const std::string& method, const std::string& target,
                     const std::vector<std::string>& headers = {}, const std::string& body = {}) {
    Wire wire(server->port());
    std::string text = method + " " + target + " HTTP/1.1\r\nConnection: close\r\n";
    bool has_host = false;
    for (const std::string& header : headers) {
      text += header + "\r\n";
      has_host = has_host || header.starts_with("Host:");
    }
    if (!has_host) text += "Host: 127.0.0.1:" + std::to_string(server->port()) + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
    wire.say(text);
    return wire.read_until("\1never\1");
  }
  int status(const std::string& method, const std::string& target,
             const std::vector<std::string>& headers = {}, const std::string& body = {}) {
    const std::string text = answer(method, target, headers, body);
    REQUIRE(text.size() > 12);
    return std::stoi(text.substr(9, 3));
  }
  std::vector<OperatorRequest> requests() const {
    const std::lock_guard lock(asked->mutex);
    return asked->requests;
  }
  void says(std::string answer) const {
    const std::lock_guard lock(asked->mutex);
    asked->answer = std::move(answer);
  }
  // Makes events durable, as the journal does; before each so many numbers have no event, as if
  // those had been dropped for their age.
  void append(std::size_t count, std::uint64_t dropped = 0) {
    for (std::size_t i = 0; i < count; ++i) {
      storage::DirectoryState state = *storage::read_directory(store);
      state.last_event += dropped;
      storage::WriteBatch batch{.sequence = store.last_sequence() + 1, .puts = {}, .deletes = {}};
      storage::append_event(batch.puts, state,
                            {.at = clock.now(), .kind = "test.event", .subject = "x"});
      REQUIRE(store.write(batch).has_value());
    }
  }

  ManualClock clock{Timestamp{1'714'564'800'000}};
  storage::MemoryStore store;
  caf::actor_system_config config = [] {
    caf::actor_system_config made;
    made.set("scheduler.policy", caf::atom("sharing"));
    made.set("scheduler.max-threads", 2);
    return made;
  }();
  caf::actor_system system{config};
  std::shared_ptr<Asked> asked = std::make_shared<Asked>();
  caf::actor feed;
  std::unique_ptr<OperatorHttp> server;
};

const std::string kJson = "Content-Type: application/json";
const std::string kOurs = "X-Botbox: 1";
const std::string kReads = "Authorization: Bearer read-secret";
const std::string kOperates = "Authorization: Bearer operate-secret";
const std::string kWrong = "Authorization: Bearer wrong-secret";

std::string concrete(std::string_view path) {
  std::string made(path);
  for (const std::string word : {"{bot}", "{id}"})
    if (const auto at = made.find(word); at != std::string::npos)
      made.replace(at, word.size(), "some-1");
  return made;
}

}  // namespace

TEST_CASE("every route is served to whom it is meant for, and to nobody else") {
  ApiServer api;
  std::size_t served = 0;
  for (const OperatorRoute& route : operator_routes()) {
    CAPTURE(route.path);
    const std::string path = concrete(route.path);
    const std::string method(route.method);
    const bool changes = find_operator_verb(route.verb)->needs == OperatorRole::kOperate;
    CHECK((method != "GET") == changes);
    CHECK(api.status(method, path, {kJson, kOurs}, "{}") == 401);
    CHECK(api.status(method, path, {kJson, kOurs, kWrong}, "{}") == 401);
    api.clock.advance(Duration{5'000});  // wrong tokens are counted
    CHECK(api.status(method, path, {kJson, kReads}, "{}") == (changes ? 403 : 200));
    CHECK(api.requests().size() == served + (changes ? 0 : 1));
    CHECK(api.status(method, path, {kJson, kOperates}, "{}") == 200);
    served += changes ? 1 : 2;
    const OperatorRequest last = api.requests().back();
    CHECK(last.who == "alice");
    CHECK(last.from == "127.0.0.1");
    CHECK(last.verb == route.verb);
  }
  CHECK(api.requests().size() == served);
}

void allow_five_a_minute(OperatorHttpSettings& settings) { settings.requests_per_minute = 5; }

// Somebody who has looked so often that he is refused.
void use_up(ApiServer& api, const std::string& path, const std::string& header) {
  int status = 200;
  for (int i = 0; i < 10 && status == 200; ++i) status = api.status("GET", path, {header});
  REQUIRE(status == 429);
}

TEST_CASE("whoever asked too often is refused, and can still stop what runs") {
  ApiServer api(OperatorRole::kNone, allow_five_a_minute);
  use_up(api, "/api/v1/status?bot=b", kOperates);
  CHECK(api.status("POST", "/api/bots/b/resume", {kJson, kOperates}, "{}") == 429);
  CHECK(api.status("GET", "/api/engine/mode", {kOperates}) == 429);
  for (const auto& [path, verb] : {std::pair{"/api/engine/mode", "mode"},
                                   {"/api/engine/live", "live"},
                                   {"/api/bots/b/pause", "pause"},
                                   {"/api/bots/b/close", "close"},
                                   {"/api/positions/close", "close_all"},
                                   {"/api/trades/t/cancel", "cancel_trade"},
                                   {"/bots/b/api/v1/stopbuy", "pause"},
                                   {"/bots/b/api/v1/stopentry", "pause"},
                                   {"/bots/b/api/v1/stop", "pause"}}) {
    CAPTURE(path);
    CHECK(api.status("POST", path, {kJson, kOperates}, "{}") == 200);
    CHECK(api.requests().back().verb == verb);
  }
}

TEST_CASE("nobody at the address of an operator uses up what his token may") {
  ApiServer api(OperatorRole::kNone, allow_five_a_minute);
  const std::string mode = "/api/engine/mode";
  const std::string log_in = "/api/v1/token/login";
  const auto basic_of = [](const std::string& secret) {
    return "Authorization: Basic " + to_base64url("b:" + secret);
  };
  for (int i = 0; i < 150; ++i) {
    for (const std::string& header : {kOurs, kWrong, kReads})
      static_cast<void>(api.status("POST", mode, {kJson, header}, "{}"));
    static_cast<void>(api.status("POST", log_in, {kJson, basic_of("wrong")}, "{}"));
  }
  for (const std::string& header : {kOurs, kWrong, kReads})
    CHECK(api.status("POST", mode, {kJson, header}, "{}") == 429);
  CHECK(api.status("POST", log_in, {kJson, basic_of("wrong")}, "{}") == 429);
  CHECK(api.status("GET", "/") == 429);
  CHECK(api.status("POST", mode, {kJson, kOperates}, R"({"mode":"reducing"})") == 200);
  CHECK(api.requests().back().who == "alice");
  CHECK(api.status("GET", "/api/overview", {kOperates}) == 200);
  CHECK(api.status("POST", log_in, {kJson, basic_of("operate-secret")}, "{}") == 200);
  CHECK(api.status("POST", "/bots/b/api/v1/stop", {kJson, basic_of("operate-secret")}, "{}") ==
        200);
}

TEST_CASE("what an operator may stop of bots leaves alone what stops the engine") {
  ApiServer api(OperatorRole::kNone, allow_five_a_minute);
  int status = 200;
  for (int i = 0; i < 1'000 && status == 200; ++i)
    status = api.status("POST", "/api/bots/b/pause", {kJson, kOperates}, "{}");
  CHECK(status == 429);
  CHECK(api.status("POST", "/api/engine/mode", {kJson, kOperates}, "{}") == 200);
}

TEST_CASE("wrong tokens have one budget in a network of IPv6 that may be one machine's") {
  ApiCallers callers({{"alice", "operate-secret", OperatorRole::kOperate}}, OperatorRole::kNone, 2);
  const auto refusal_of = [&](const std::string& address) {
    const auto who =
        callers.caller("Bearer wrong", address, CallerDoor::kApi, Timestamp{1'716'000'000'000});
    REQUIRE(!who);
    return who.error();
  };
  CHECK(refusal_of("2001:db8:1:2::1") == CallerRefusal::kWrong);
  CHECK(refusal_of("2001:db8:1:2:ffff::2") == CallerRefusal::kWrong);
  CHECK(refusal_of("2001:db8:1:2::3") == CallerRefusal::kTooManyWrong);
  CHECK(refusal_of("2001:db8:1:3::1") == CallerRefusal::kWrong);
  CHECK(refusal_of("192.0.2.1") == CallerRefusal::kWrong);
}

TEST_CASE("a file of the page is sent once, and told to be the same after that") {
  ApiServer api;
  const std::string first = api.answer("GET", "/");
  CHECK(first.find("<p>page</p>") != std::string::npos);
  const std::size_t at = first.find("ETag: ");
  REQUIRE(at != std::string::npos);
  const std::string tag = first.substr(at + 6, first.find("\r\n", at) - at - 6);
  const std::string again = api.answer("GET", "/", {"If-None-Match: " + tag});
  CHECK(again.starts_with("HTTP/1.1 304"));
  CHECK(again.find("page") == std::string::npos);
  CHECK(again.find("Content-Length") == std::string::npos);  // it would be that of the file
  CHECK(again.find("Content-Security-Policy: ") != std::string::npos);
  CHECK(api.status("GET", "/", {"If-None-Match: \"another\""}) == 200);
}

TEST_CASE("a file of the page is sent smaller to who takes that") {
  const std::string script(5'000, 'x');
  ApiServer api(OperatorRole::kNone, [&script](OperatorHttpSettings& settings) {
    settings.assets.push_back({"/assets/app.js", "text/javascript", script});
  });
  const std::string zipped =
      api.answer("GET", "/assets/app.js", {"Accept-Encoding: br, gzip, deflate"});
  CHECK(zipped.find("Content-Encoding: gzip") != std::string::npos);
  CHECK(zipped.find("Vary: Accept-Encoding") != std::string::npos);
  CHECK(zipped.size() < 1'500);
  const std::string plain = api.answer("GET", "/assets/app.js");
  CHECK(plain.ends_with(script));
  CHECK(plain.find("Content-Encoding") == std::string::npos);
  const auto tag_of = [](const std::string& answer) {
    const std::size_t at = answer.find("ETag: ");
    return answer.substr(at, answer.find("\r\n", at) - at);
  };
  CHECK(tag_of(zipped) != tag_of(plain));
  const auto is_zipped_for = [&api](const std::string& header) {
    return api.answer("GET", "/assets/app.js", {header}).find("Content-Encoding: gzip") !=
           std::string::npos;
  };
  CHECK(is_zipped_for("Accept-Encoding: br;q=1.0, GZIP; q=0.5"));
  for (const char* refused : {"gzip;q=0", "gzip; q=0", "br, gzip ;q=0.000", "gzipped", "identity"})
    CHECK_FALSE(is_zipped_for(std::string("Accept-Encoding: ") + refused));
  // What would not get smaller is sent as it is.
  CHECK(api.answer("GET", "/", {"Accept-Encoding: gzip"}).find("<p>page</p>") != std::string::npos);
}

TEST_CASE("what the page loads stands where it never changes, and is asked for once") {
  const auto served = [](std::string_view script) {
    return [script](OperatorHttpSettings& settings) {
      settings.assets = {{"/", "text/html; charset=utf-8",
                          "<link href=\"/assets/app.css\"><script src=\"/assets/app.js\">"},
                         {"/assets/app.css", "text/css", "a{}"},
                         {"/assets/app.js", "text/javascript", script}};
    };
  };
  ApiServer api(OperatorRole::kNone, served("import './part.js';"));
  const auto address_in = [](const std::string& page) {
    const std::string before = "src=\"";
    const std::size_t at = page.find(before) + before.size();
    return page.substr(at, page.find('"', at) - at);
  };
  const std::string page = api.answer("GET", "/");
  CHECK(page.find("Cache-Control: no-cache\r\n") != std::string::npos);
  const std::string address = address_in(page);
  REQUIRE(address.size() == std::string("/assets/0123456789ab/app.js").size());
  CHECK(page.find("\"" + address.substr(0, address.size() - 6) + "app.css\"") != std::string::npos);
  const std::string script = api.answer("GET", address);
  CHECK(script.starts_with("HTTP/1.1 200"));
  CHECK(script.ends_with("import './part.js';"));
  CHECK(script.find("Cache-Control: public, max-age=31536000, immutable\r\n") != std::string::npos);
  CHECK(script.find("Content-Security-Policy: ") != std::string::npos);
  const std::string plain = api.answer("GET", "/assets/app.js");
  CHECK(plain.ends_with("import './part.js';"));
  CHECK(plain.find("Cache-Control: no-cache\r\n") != std::string::npos);
  CHECK(api.status("GET", "/assets/0123456789ab/app.js") == 404);
  CHECK(api.status("GET", address + ".js") == 404);
  // Another build has other addresses for all of its files.
  ApiServer later(OperatorRole::kNone, served("import './other.js';"));
  CHECK(later.status("GET", address) == 404);
  CHECK(address_in(later.answer("GET", "/")) != address);
}

TEST_CASE("nobody without a token has the role that the settings give") {
  ApiServer reads(OperatorRole::kRead);
  CHECK(reads.status("GET", "/api/overview") == 200);
  CHECK(reads.requests().back().who == "anonymous");
  CHECK(reads.status("POST", "/trigger", {kJson, kOurs}, "{}") == 403);
  CHECK(reads.status("GET", "/api/overview", {kWrong}) == 401);
  ApiServer operates(OperatorRole::kOperate);
  CHECK(operates.status("POST", "/trigger", {kJson, kOurs}, "{}") == 200);
}

TEST_CASE("what a foreign page can make a browser send changes nothing") {
  ApiServer api(OperatorRole::kOperate);
  const std::string port = std::to_string(api.server->port());
  const std::string path = "/api/engine/mode";
  const std::string body = R"({"mode":"halted"})";
  CHECK(api.status("POST", path, {kJson}, body) == 403);  // a form cannot send the header
  CHECK(api.status("POST", path, {kOurs, "Content-Type: text/plain"}, body) == 415);
  CHECK(api.status("POST", path, {kOurs}, body) == 415);
  CHECK(api.status("POST", path, {kJson, kOurs, "Origin: https://evil.example"}, body) == 403);
  CHECK(api.status("POST", path, {kJson, kOurs, "Origin: null"}, body) == 403);
  CHECK(api.status("POST", path, {kJson, kOurs, "Origin: http://127.0.0.1:1"}, body) == 403);
  CHECK(api.status("POST", path, {kJson, kOurs, "Sec-Fetch-Site: cross-site"}, body) == 403);
  CHECK(api.status("POST", path, {kJson, kOurs, "Host: evil.example:" + port}, body) == 403);
  CHECK(api.status("GET", "/api/overview", {"Host: evil.example"}) == 403);
  CHECK(api.status("GET", path) == 405);
  CHECK(api.status("DELETE", path, {kJson, kOurs}) == 405);
  CHECK(api.requests().empty());
  CHECK(api.status("POST", path, {kJson, kOurs, "Origin: http://127.0.0.1:" + port}, body) == 200);
  CHECK(api.requests().size() == 1);
  CHECK(
      api.answer("OPTIONS", path, {"Origin: https://evil.example"}).find("Access-Control-Allow") ==
      std::string::npos);
}

TEST_CASE("with a bearer's token a body that says nothing may be left out, and else it may not") {
  ApiServer api;
  CHECK(api.status("POST", "/trigger", {kOperates}) == 200);
  CHECK(api.requests().back().arguments == "{}");
  CHECK(api.status("POST", "/api/bots/one/pause", {kOperates}) == 200);
  CHECK(api.requests().size() == 2);
  CHECK(api.status("POST", "/trigger", {kOperates}, "{}") == 415);
  CHECK(api.status("POST", "/trigger", {kOperates, "Origin: https://evil.example"}) == 403);
  CHECK(api.status("POST", "/trigger", {kWrong}) == 401);
  ApiServer open(OperatorRole::kOperate);
  CHECK(open.status("POST", "/trigger", {}) == 415);
  CHECK(open.status("POST", "/trigger", {kOurs}) == 415);
  CHECK(open.status("POST", "/trigger", {"Authorization: Basic eDp5"}) == 415);
  CHECK(api.requests().size() == 2);
  CHECK(open.requests().empty());
}

TEST_CASE("whoever watches the process needs no token, and sees by the status what the desk says") {
  ApiServer api;
  const auto scope_of_last = [&] {
    return nlohmann::json::parse(api.requests().back().arguments).value("scope", "");
  };
  for (const auto& [path, scope] :
       {std::pair{"/health", ""}, {"/health/ready", "ready"}, {"/health/live", "live"}}) {
    CAPTURE(path);
    api.says(R"({"status":"ok","checks":[]})");
    CHECK(api.status("GET", path) == 200);
    CHECK(api.requests().back().verb == "health");
    CHECK(scope_of_last() == scope);
    api.says(R"({"status":"failing","checks":[{"name":"journal","ok":false}]})");
    const std::string answer = api.answer("GET", path);
    CHECK(answer.starts_with("HTTP/1.1 503 "));
    CHECK(answer.find(R"({"name":"journal","ok":false})") != std::string::npos);
  }
  CHECK(api.status("GET", "/health/other") == 404);
}

TEST_CASE("names of the settings are names of this server, and webhooks mind no name") {
  ApiServer api(OperatorRole::kRead, [](OperatorHttpSettings& s) { s.hosts = {"bots.example"}; });
  CHECK(api.status("GET", "/api/overview", {"Host: bots.example:443"}) == 200);
  CHECK(api.status("GET", "/api/overview", {"Host: localhost"}) == 200);
  CHECK(api.status("GET", "/api/overview", {"Host: [::1]:8700"}) == 200);
  CHECK(api.status("POST", "/webhook/tradingview/x", {"Host: anything"}, "buy") == 200);
}

TEST_CASE("every answer carries the headers that keep a browser safe") {
  ApiServer api(OperatorRole::kRead);
  for (const std::string path : {"/", "/api/overview", "/nothing", "/health"}) {
    CAPTURE(path);
    const std::string text = api.answer("GET", path);
    CHECK(text.find("Content-Security-Policy: default-src 'none'; script-src 'self'") !=
          std::string::npos);
    CHECK(text.find("X-Content-Type-Options: nosniff") != std::string::npos);
    CHECK(text.find("Referrer-Policy: no-referrer") != std::string::npos);
    CHECK(text.find("Access-Control-Allow-Origin") == std::string::npos);
  }
  CHECK(api.answer("GET", "/api/overview").find("Cache-Control: no-store") != std::string::npos);
  CHECK(api.answer("GET", "/").find("<p>page</p>") != std::string::npos);
  const auto error = nlohmann::json::parse(
      api.answer("GET", "/nothing").substr(api.answer("GET", "/nothing").find("{\"error\"")));
  CHECK(error["error"]["code"] == "not_found");
}

TEST_CASE("arguments come from path, query and body, and the path decides") {
  ApiServer api;
  CHECK(api.status("GET", "/api/bots?search=b%20c&limit=5", {kReads}) == 200);
  auto arguments = nlohmann::json::parse(api.requests().back().arguments);
  CHECK(arguments["search"] == "b c");
  CHECK(arguments["limit"] == "5");
  CHECK(api.status("POST", "/api/bots/one/pause", {kJson, kOperates},
                   R"({"bot":"two","reason":"night"})") == 200);
  arguments = nlohmann::json::parse(api.requests().back().arguments);
  CHECK(arguments["bot"] == "one");
  CHECK(arguments["reason"] == "night");
  CHECK(api.status("POST", "/api/bots/one/pause", {kJson, kOperates}, "[1]") == 400);
  CHECK(api.status("POST", "/api/bots/one/pause", {kJson, kOperates}, R"({"a":{"b":1}})") == 400);
}

TEST_CASE("the path says which bot is updated, and the body names no other") {
  ApiServer api;
  const auto put = [&](const std::string& body) {
    return api.status("PUT", "/api/bots/one", {kJson, kOperates}, body);
  };
  for (const char* body : {R"({"toml":"x"})", R"({"toml":"x","bot":"one"})",
                           R"({"toml":"x","id":"one"})", R"({"strategy":"x"})"}) {
    CAPTURE(body);
    CHECK(put(body) == 200);
    CHECK(nlohmann::json::parse(api.requests().back().arguments)["bot"] == "one");
  }
  CHECK(put(R"({"toml":"x","bot":"two"})") == 400);
  CHECK(put(R"({"toml":"x","id":"two"})") == 400);
  CHECK(api.requests().size() == 4);
}

namespace {

std::string basic(const std::string& user, const std::string& password) {
  return "Authorization: Basic " + to_base64url(user + ":" + password);
}

nlohmann::json body_in(const std::string& answer) {
  return nlohmann::json::parse(answer.substr(answer.find("\r\n\r\n") + 4));
}

}  // namespace

TEST_CASE("freqtrade's clients log in with a bot as the user and a token as the password") {
  ApiServer api;
  const auto asked_bot = [&] {
    return nlohmann::json::parse(api.requests().back().arguments).value("bot", "");
  };
  CHECK(api.answer("GET", "/api/v1/ping").find("pong") != std::string::npos);
  CHECK(api.status("POST", "/api/v1/token/login", {kJson}, "{}") == 401);
  CHECK(api.status("POST", "/api/v1/token/login", {basic("dip", "wrong")}) == 401);
  CHECK(api.status("POST", "/api/v1/token/login", {kReads}) == 401);
  const auto tokens =
      body_in(api.answer("POST", "/api/v1/token/login", {basic("dip", "read-secret")}));
  const std::string access = "Authorization: Bearer " + tokens["access_token"].get<std::string>();
  const std::string refresh = "Authorization: Bearer " + tokens["refresh_token"].get<std::string>();
  CHECK(api.requests().empty());
  CHECK(api.status("GET", "/api/v1/status", {access}) == 200);
  CHECK(api.requests().back().who == "reader");
  CHECK(asked_bot() == "dip");
  // The login has the role of its token, and is good nowhere else.
  CHECK(api.status("POST", "/api/v1/stop", {kJson, access}, "{}") == 403);
  CHECK(api.status("GET", "/api/overview", {access}) == 401);
  CHECK(api.status("GET", "/api/v1/status", {refresh}) == 401);
  CHECK(api.status("POST", "/api/v1/token/refresh", {access}) == 401);
  // Nobody else's, nor one that was changed.
  std::string forged = access;
  forged.back() = forged.back() == 'A' ? 'B' : 'A';
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  CHECK(api.status("GET", "/api/v1/status", {forged}) == 401);
  api.clock.advance(Duration{15 * 60'000});
  CHECK(api.status("GET", "/api/v1/status", {access}) == 401);
  const auto again = body_in(api.answer("POST", "/api/v1/token/refresh", {refresh}));
  CHECK(api.status("GET", "/api/v1/status",
                   {"Authorization: Bearer " + again["access_token"].get<std::string>()}) == 200);
  CHECK(asked_bot() == "dip");
  api.clock.advance(Duration{31LL * 86'400'000});
  CHECK(api.status("POST", "/api/v1/token/refresh", {refresh}) == 401);
  // Without a login at all, as freqtrade's own scripts do it.
  CHECK(api.status("GET", "/api/v1/profit", {basic("other", "operate-secret")}) == 200);
  CHECK(asked_bot() == "other");
  CHECK(api.status("POST", "/api/v1/stop", {kJson, basic("other", "operate-secret")}, "null") ==
        200);
  CHECK(asked_bot() == "other");
  CHECK(api.status("GET", "/api/overview", {basic("other", "operate-secret")}) == 401);
}

TEST_CASE("a bot in front of the path counts before one in the query, and that before the login") {
  ApiServer api;
  const auto bot_of = [&](const std::string& target, const std::string& header) {
    REQUIRE(api.status("GET", target, {header}) == 200);
    CHECK(api.requests().back().verb == "ft_status");
    return nlohmann::json::parse(api.requests().back().arguments).value("bot", "");
  };
  const std::string login = basic("by-login", "read-secret");
  CHECK(bot_of("/bots/by-path/api/v1/status?bot=by-query", login) == "by-path");
  CHECK(bot_of("/api/v1/status?bot=by-query", login) == "by-query");
  CHECK(bot_of("/api/v1/status", login) == "by-login");
  CHECK(bot_of("/bots/by-path/api/v1/status", kReads) == "by-path");
  CHECK(bot_of("/api/v1/status", kReads).empty());
  CHECK(api.status("GET", "/bots/by-path/api/v1/ping") == 200);
  CHECK(api.status("POST", "/bots/by-path/api/v1/token/login", {login}) == 200);
  for (const char* path : {"/bots/x/api/overview", "/bots//api/v1/status", "/bots/x"})
    CHECK_MESSAGE(api.status("GET", path, {kReads}) == 404, path);
  CHECK(api.status("POST", "/bots/by-path/api/v1/stop", {kJson, kOperates}, R"({"bot":"x"})") ==
        200);
  CHECK(api.requests().back().verb == "pause");
  CHECK(nlohmann::json::parse(api.requests().back().arguments)["bot"] == "by-path");
}

TEST_CASE("pages of the settings' origins may read /api/v1, and nothing else is shared") {
  ApiServer api(OperatorRole::kOperate,
                [](OperatorHttpSettings& s) { s.origins = {"http://ui.example:3000"}; });
  const std::string origin = "Origin: http://ui.example:3000";
  const auto shares = [&](const std::string& method, const std::string& path,
                          const std::string& from) {
    return api.answer(method, path, {from, kReads})
               .find("Access-Control-Allow-Origin: http://ui.example:3000\r\n") !=
           std::string::npos;
  };
  CHECK(shares("GET", "/api/v1/status", origin));
  CHECK(shares("GET", "/bots/x/api/v1/status", origin));
  CHECK(shares("GET", "/api/v1/nothing", origin));
  CHECK_FALSE(shares("GET", "/api/v1/status", "Origin: http://ui.example"));
  CHECK_FALSE(shares("GET", "/api/overview", origin));
  const std::string before = api.answer("OPTIONS", "/api/v1/token/login", {origin});
  CHECK(before.starts_with("HTTP/1.1 200"));
  CHECK(before.find("Access-Control-Allow-Headers: Authorization, Content-Type") !=
        std::string::npos);
  CHECK(api.status("OPTIONS", "/api/engine/mode", {origin}) == 405);
  // It needs a token where it changes something, whatever nobody may.
  const std::size_t served = api.requests().size();
  CHECK(api.status("POST", "/api/v1/stop", {kJson, origin}, "{}") == 403);
  CHECK(api.status("POST", "/api/v1/stop", {kJson, kOperates, "Origin: http://evil.example"},
                   "{}") == 403);
  CHECK(api.status("POST", "/api/engine/mode", {kJson, kOperates, origin}, "{}") == 403);
  CHECK(api.requests().size() == served);
  CHECK(api.status("POST", "/api/v1/stop", {kJson, kOperates, origin}, "{}") == 200);
}

TEST_CASE("a stream goes on after the last event that was seen, and misses none") {
  ApiServer api;
  api.append(20);
  const std::string host = "Host: localhost\r\n" + kReads + "\r\n";
  Wire first(api.server->port());
  first.say("GET /api/stream?after=15 HTTP/1.1\r\n" + host + "\r\n");
  const std::string text = first.read_until("id: 20\n");
  CHECK(text.find("text/event-stream") != std::string::npos);
  CHECK(text.find("id: 15\n") == std::string::npos);
  for (int number = 16; number <= 20; ++number)
    CHECK(text.find("id: " + std::to_string(number) + "\nevent: test.event\ndata: {") !=
          std::string::npos);
  api.append(3);
  CHECK(first.read_until("id: 23\n").find("id: 22\n") != std::string::npos);
  Wire again(api.server->port());
  again.say("GET /api/stream HTTP/1.1\r\nLast-Event-ID: 21\r\n" + host + "\r\n");
  const std::string rest = again.read_until("id: 23\n");
  CHECK(rest.find("id: 21\n") == std::string::npos);
  CHECK(rest.find("id: 22\n") != std::string::npos);
  CHECK(api.status("GET", "/api/stream") == 401);
  CHECK(api.status("GET", "/api/stream?after=x", {kReads}) == 400);
  CHECK(api.status("GET", "/api/stream?since=15", {kReads}) == 400);
}

TEST_CASE("a stream misses no event behind numbers that were dropped for their age") {
  ApiServer api;
  api.append(2);
  api.append(1, 1);
  api.append(2);
  Wire wire(api.server->port());
  wire.say("GET /api/stream?after=3 HTTP/1.1\r\nHost: localhost\r\n" + kReads + "\r\n\r\n");
  const std::string& text = wire.read_until("id: 6\n");
  CHECK(text.find("id: 2\n") == std::string::npos);
  for (int number = 4; number <= 6; ++number)
    CHECK(text.find("id: " + std::to_string(number) + "\n") != std::string::npos);
}

TEST_CASE("a hundred listeners hear every event once and in order") {
  ApiServer api;
  std::vector<std::unique_ptr<Wire>> listeners;
  for (int i = 0; i < 100; ++i) {
    listeners.push_back(std::make_unique<Wire>(api.server->port()));
    listeners.back()->say("GET /api/stream?after=0 HTTP/1.1\r\nHost: localhost\r\n" + kReads +
                          "\r\n\r\n");
  }
  api.append(200);
  for (const auto& listener : listeners) {
    const std::string& text = listener->read_until("id: 200\n");
    std::size_t at = 0;
    for (int number = 1; number <= 200; ++number) {
      at = text.find("id: " + std::to_string(number) + "\n", at);
      REQUIRE(at != std::string::npos);
    }
    CHECK(text.find("id: 1\n", text.find("id: 1\n") + 1) == std::string::npos);
  }
}

}  // namespace botbox::actors
