// HttpServer over loopback: what well-behaved clients get, and what the others cannot do.
#include "exchange/http/http_server.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <deque>
#include <future>
#include <mutex>
#include <random>
#include <thread>

#include "tests/exchange/raw_client.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

const std::string kGet = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";

// Answers with the body it was sent, and counts.
struct EchoServer {
  explicit EchoServer(HttpServerLimits limits = {}) {
    HttpServerOptions options;
    options.limits = limits;
    server = *HttpServer::start(options,
                                [this](const HttpServerRequest& request, const HttpResponder& to) {
                                  ++handled;
                                  to.answer({200, request.body});
                                });
  }
  RawClient client() const { return RawClient(server->port()); }

  std::atomic<int> handled{0};
  std::unique_ptr<HttpServer> server;
};

// Keeps what it is asked until the test answers.
struct HoldingServer {
  explicit HoldingServer(HttpServerLimits limits = {}) {
    HttpServerOptions options;
    options.limits = limits;
    server = *HttpServer::start(options,
                                [this](const HttpServerRequest& request, const HttpResponder& to) {
                                  const std::lock_guard lock(mutex);
                                  held.emplace_back(request, to);
                                  changed.notify_all();
                                });
  }
  std::pair<HttpServerRequest, HttpResponder> next() {
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(60), [this] { return !held.empty(); }));
    auto first = std::move(held.front());
    held.pop_front();
    return first;
  }
  std::size_t held_count() {
    const std::lock_guard lock(mutex);
    return held.size();
  }
  RawClient client() const { return RawClient(server->port()); }

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::pair<HttpServerRequest, HttpResponder>> held;  // under mutex
  std::unique_ptr<HttpServer> server;
};

std::string status_line(const std::optional<std::string>& answer) {
  return answer ? answer->substr(0, answer->find("\r\n")) : "closed";
}

std::string body_of(const std::optional<std::string>& answer) {
  return answer ? answer->substr(answer->find("\r\n\r\n") + 4) : "closed";
}

bool still_serves(const EchoServer& server) {
  RawClient client = server.client();
  return client.send(post_text("/", "alive")) && body_of(client.read_answer()) == "alive";
}

}  // namespace

TEST_CASE("a connection is kept for further requests") {
  EchoServer server;
  RawClient client = server.client();
  for (const std::string& body : {std::string("a"), std::string(), std::string(60'000, 'b')}) {
    REQUIRE(client.send(post_text("/", body)));
    CHECK(body_of(client.read_answer()) == body);
  }
  REQUIRE(client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  CHECK(status_line(client.read_answer()) == "HTTP/1.1 200 OK");
  CHECK(client.is_closed());
}

TEST_CASE("a request reaches the handler as it was sent") {
  HoldingServer server;
  RawClient client = server.client();
  REQUIRE(
      client.send("PUT /a/b?c=%20d HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nx-one: 2\r\n"
                  "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"));
  const auto [request, responder] = server.next();
  CHECK(request.method == "PUT");
  CHECK(request.target == "/a/b?c=%20d");
  CHECK(request.body == "abcde");
  CHECK(request.header("x-one") == "1");
  CHECK(request.header("x-two").empty());
  CHECK(request.remote == "127.0.0.1");
  CHECK_FALSE(request.is_encrypted);
}

TEST_CASE("an answer may come from any thread, and only the first one counts") {
  HoldingServer server;
  RawClient client = server.client();
  REQUIRE(client.send(kGet + kGet));
  auto [request, responder] = server.next();
  std::thread([responder = responder] {
    responder.answer({201, "first", "text/plain", {{"X-Extra", "yes"}}});
    responder.answer({200, "second"});
  }).join();
  const auto answer = client.read_answer();
  CHECK(status_line(answer) == "HTTP/1.1 201 Created");
  CHECK(body_of(answer) == "first");
  CHECK(answer->find("X-Extra: yes") != std::string::npos);
  server.next().second.answer({200, "of the second request"});
  CHECK(body_of(client.read_answer()) == "of the second request");
}

TEST_CASE("what a client sends ahead waits until its requests before are answered") {
  HoldingServer server;
  RawClient client = server.client();
  for (int i = 0; i < 20; ++i) REQUIRE(client.send(post_text("/", std::to_string(i))));
  for (int i = 0; i < 20; ++i) {
    const auto [request, responder] = server.next();
    CHECK(request.body == std::to_string(i));
    CHECK(server.held_count() == 0);
    responder.answer({200, request.body});
    CHECK(body_of(client.read_answer()) == std::to_string(i));
  }
}

TEST_CASE("HEAD is answered without a body, and 100-continue is told to go on") {
  EchoServer server;
  RawClient client = server.client();
  REQUIRE(client.send("HEAD / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"));
  CHECK(client.read_until("\r\n\r\n")->find("Content-Length: 3") != std::string::npos);
  REQUIRE(client.send(
      "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"));
  CHECK(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  REQUIRE(client.send("hi"));
  CHECK(body_of(client.read_answer()) == "hi");
}

TEST_CASE("what cannot be read never reaches the handler") {
  struct Row {
    std::string sent;
    std::string status;
  };
  HttpServerLimits limits;
  limits.header_bytes_max = 2048;
  limits.body_bytes_max = 1000;
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::vector<Row> table{
      {"\r\n\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"hello\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/9.9\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET /\x01 HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"GET / HTTP/1.1\r\nno colon\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "HTTP/1.1 400 Bad Request"},  // TLS
      {head + "Content-Length: -1\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {head + "Content-Length: 99999999999999999999999\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "HTTP/1.1 400 Bad Request"},
      {head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       "HTTP/1.1 400 Bad Request"},
      {head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "HTTP/1.1 400 Bad Request"},
      {head + "Content-Length: 1001\r\n\r\n", "HTTP/1.1 413 Payload Too Large"},
      {head + "Transfer-Encoding: chunked\r\n\r\nfff\r\n" + std::string(4095, 'x') + "\r\n",
       "HTTP/1.1 413 Payload Too Large"},
      {"GET /" + std::string(5000, 'a') + " HTTP/1.1\r\n\r\n",
       "HTTP/1.1 431 Request Header Fields Too Large"},
      {head + "X: " + std::string(5000, 'a') + "\r\n\r\n",
       "HTTP/1.1 431 Request Header Fields Too Large"},
  };
  EchoServer server(limits);
  for (const Row& row : table) {
    CAPTURE(row.sent);
    RawClient client = server.client();
    client.send(row.sent);
    CHECK(status_line(client.read_answer()) == row.status);
    CHECK(client.is_closed());
  }
  CHECK(server.handled == 0);
  CHECK(still_serves(server));
}

TEST_CASE("a client that sends in drops is closed however lively it is") {
  HttpServerLimits limits;
  limits.header_timeout = Duration{60};
  limits.body_timeout = Duration{60};
  EchoServer server(limits);
  RawClient in_header = server.client(), in_body = server.client(), silent = server.client();
  in_header.send("GET / HTTP/1.1\r\n");
  in_body.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
  std::thread drops([&] {
    while (in_header.send("A: b\r\n")) std::this_thread::yield();
  });
  CHECK(in_body.is_closed());
  CHECK(silent.is_closed());
  drops.join();
  CHECK(server.handled == 0);
  CHECK(still_serves(server));
}

TEST_CASE("a thousand idle connections keep nobody out") {
  rlimit files{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 8192);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &files) == 0);
  HttpServerLimits limits;
  limits.connections_max = 300;
  EchoServer server(limits);
  std::vector<RawClient> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(server.client());
  for (int i = 0; i < 50; ++i) CHECK(still_serves(server));
  CHECK(idle.front().is_closed());  // the one that was idle for longest
}

TEST_CASE("connections that are answered are not closed for newcomers") {
  HttpServerLimits limits;
  limits.connections_per_address_max = 2;
  HoldingServer server(limits);
  RawClient first = server.client(), second = server.client();
  first.send(kGet);
  const auto one = server.next();
  second.send(kGet);
  const auto two = server.next();
  RawClient third = server.client();
  CHECK(third.is_closed());
  one.second.answer({200, "one"});
  two.second.answer({200, "two"});
  CHECK(body_of(first.read_answer()) == "one");
  CHECK(body_of(second.read_answer()) == "two");
}

TEST_CASE("clients that send slowly keep nobody out, however many they are") {
  HttpServerLimits limits;
  limits.connections_max = 50;
  EchoServer server(limits);
  std::vector<RawClient> slow;
  for (int i = 0; i < 120; ++i) {
    slow.push_back(server.client());
    slow.back().send("POST / HT");
    if (i % 20 == 19) CHECK(still_serves(server));
  }
  CHECK(still_serves(server));
  CHECK(slow.front().is_closed());
}

TEST_CASE("clients that do not take their answers keep nobody out") {
  HttpServerOptions options;
  options.limits.connections_max = 10;
  auto server = *HttpServer::start(
      options, [](const HttpServerRequest& request, const HttpResponder& responder) {
        responder.answer({200, std::string(request.target == "/large" ? 16 << 20 : 1, 'x')});
      });
  std::vector<RawClient> lazy;
  for (int i = 0; i < 25; ++i) {
    lazy.emplace_back(server->port());
    lazy.back().send("GET /large HTTP/1.1\r\n\r\n");
    REQUIRE(lazy.back().read_until("\r\n\r\n").has_value());
  }
  RawClient client(server->port());
  client.send("GET /small HTTP/1.1\r\n\r\n");
  CHECK(body_of(client.read_answer()) == "x");
}

TEST_CASE("clients that vanish at any point leave a server that works") {
  EchoServer server;
  const std::string whole = post_text("/", std::string(2000, 'x'));
  for (std::size_t cut = 0; cut < whole.size(); cut += 97) {
    RawClient polite = server.client(), rude = server.client();
    polite.send(whole.substr(0, cut));
    rude.send(whole.substr(0, cut));
    rude.reset();
  }
  for (int i = 0; i < 50; ++i) {
    RawClient client = server.client();
    client.send(whole);
    client.reset();  // before or after the answer
  }
  CHECK(still_serves(server));
}

TEST_CASE("no bytes of a client break the server") {
  constexpr std::uint64_t kSeed = 20240607;
  CAPTURE(kSeed);
  std::mt19937_64 random(kSeed);
  EchoServer server;
  const std::string whole =
      "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" +
      kGet;
  for (int round = 0; round < 300; ++round) {
    std::string bytes = whole;
    for (std::uint64_t changes = 1 + random() % 6; changes > 0; --changes) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.insert(at, 1 + random() % 40, static_cast<char>(random())); break;
        case 2: bytes.erase(at, 1 + random() % 10); break;
        default: bytes.insert(at, whole.substr(random() % whole.size(), 30));
      }
    }
    RawClient client = server.client();
    client.send(bytes);
  }
  CHECK(still_serves(server));
}

TEST_CASE("a handler that says nothing answers 500, one that is late 504, one that throws 500") {
  HttpServerLimits limits;
  limits.answer_timeout = Duration{30};
  HttpServerOptions options;
  options.limits = limits;
  std::optional<HttpResponder> kept;
  auto server = *HttpServer::start(
      options, [&](const HttpServerRequest& request, const HttpResponder& responder) {
        if (request.target == "/throw") throw std::runtime_error("on purpose");
        if (request.target == "/late") kept = responder;
      });
  RawClient client(server->port());
  client.send("GET /forget HTTP/1.1\r\n\r\n");
  CHECK(status_line(client.read_answer()) == "HTTP/1.1 500 Internal Server Error");
  client.send("GET /throw HTTP/1.1\r\n\r\n");
  CHECK(status_line(client.read_answer()) == "HTTP/1.1 500 Internal Server Error");
  client.send("GET /late HTTP/1.1\r\n\r\n");
  CHECK(status_line(client.read_answer()) == "HTTP/1.1 504 Gateway Timeout");
  kept->answer({200, "too late"});
  client.send("GET /forget HTTP/1.1\r\n\r\n");
  CHECK(status_line(client.read_answer()) == "HTTP/1.1 500 Internal Server Error");
}

// Answers nothing but what the test says, and holds what stands under /held.
struct LateServer {
  explicit LateServer(HttpServerLimits limits) {
    limits.answer_timeout = Duration{30};
    HttpServerOptions options;
    options.limits = limits;
    server = *HttpServer::start(options,
                                [this](const HttpServerRequest& request, const HttpResponder& to) {
                                  if (request.target == "/now") return to.answer({200, "now"});
                                  if (request.target != "/late") to.hold();
                                  if (request.target == "/forgotten") return;
                                  const std::lock_guard lock(mutex);
                                  kept.push_back(to);
                                  changed.notify_all();
                                });
  }
  RawClient ask(const std::string& target) const {
    RawClient client(server->port());
    client.send("GET " + target + " HTTP/1.1\r\n\r\n");
    return client;
  }
  // Once the handler has it.
  RawClient ask_held() {
    std::unique_lock lock(mutex);
    const std::size_t before = kept.size();
    RawClient client = ask("/held");
    REQUIRE(changed.wait_for(lock, std::chrono::seconds(60), [&] { return kept.size() > before; }));
    return client;
  }
  // Timers of one server fire in their order: when this was answered 504, what was asked before has
  // had its time as well.
  void let_time_pass() {
    RawClient client = ask("/late");
    REQUIRE(status_line(client.read_answer()) == "HTTP/1.1 504 Gateway Timeout");
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<HttpResponder> kept;  // under mutex, in the order of the requests
  std::unique_ptr<HttpServer> server;
};

TEST_CASE("a request that is held is answered by its handler alone, however late that is") {
  LateServer server({});
  RawClient held = server.ask_held();
  server.let_time_pass();
  server.let_time_pass();
  {
    const std::lock_guard lock(server.mutex);
    server.kept.front().answer({200, "late, and true"});
  }
  CHECK(body_of(held.read_answer()) == "late, and true");
  // The connection goes on, and the next request is its own.
  held.send("GET /late HTTP/1.1\r\n\r\n");
  CHECK(status_line(held.read_answer()) == "HTTP/1.1 504 Gateway Timeout");
}

TEST_CASE("of a held request that nobody answers the client hears nothing at all") {
  LateServer forgetful({});
  RawClient forgotten = forgetful.ask("/forgotten");
  CHECK(forgotten.read_to_end().empty());
  HttpServerLimits limits;
  limits.held_timeout = Duration{60};
  LateServer server(limits);
  RawClient held = server.ask_held();
  CHECK(held.read_to_end().empty());
}

TEST_CASE("held requests that have had their time make room, those that are idle before them") {
  HttpServerLimits limits;
  limits.connections_max = 3;
  LateServer server(limits);
  RawClient held = server.ask_held();
  server.let_time_pass();
  RawClient idle = server.ask("/now");
  CHECK(body_of(idle.read_answer()) == "now");
  std::vector<RawClient> waiting;
  const auto wait_too = [&] {
    waiting.push_back(server.ask_held());
    server.let_time_pass();
  };
  wait_too();
  CHECK(idle.is_closed());
  wait_too();
  wait_too();
  CHECK(held.read_to_end().empty());
}

TEST_CASE("an answer can be dropped, reset, cut short and held back") {
  HoldingServer server;
  const auto deliver = [&](HttpDelivery delivery) {
    RawClient client = server.client();
    client.send(kGet);
    server.next().second.answer({200, std::string(1000, 'x')}, delivery);
    return client.read_to_end();
  };
  using Fate = HttpDelivery::Fate;
  CHECK(deliver({Fate::kDrop, Duration{0}}).empty());
  CHECK(deliver({Fate::kReset, Duration{0}}).empty());
  const std::string half = deliver({Fate::kCut, Duration{1}});
  CHECK(half.find("Content-Length: 1000") != std::string::npos);
  CHECK(half.find(std::string(499, 'x')) != std::string::npos);
  CHECK(half.find(std::string(501, 'x')) == std::string::npos);
  RawClient client = server.client();
  client.send(kGet);
  server.next().second.answer({200, "late"}, {Fate::kWhole, Duration{5}});
  CHECK(body_of(client.read_answer()) == "late");
}

TEST_CASE("a stream sends what is pushed, in order, until it is closed") {
  HoldingServer server;
  RawClient client = server.client();
  client.send(kGet);
  const auto stream = server.next().second.stream({200, "", "text/event-stream"});
  REQUIRE(stream != nullptr);
  const std::string head = *client.read_until("\r\n\r\n");
  CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
  CHECK(head.find("Transfer-Encoding: chunked") != std::string::npos);
  std::string wanted;
  for (int i = 0; i < 100; ++i) {
    const std::string event = fmt::format("data: {}\n\n", i);
    wanted += event;
    CHECK(stream->push(event) == HttpStream::Push::kQueued);
  }
  stream->close();
  CHECK(stream->push("more") == HttpStream::Push::kClosed);
  const std::string chunks = client.read_to_end();
  std::string got;
  for (std::size_t at = 0; at < chunks.size();) {
    std::size_t length = 0;
    const std::size_t line = chunks.find("\r\n", at);
    length = std::stoul(chunks.substr(at, line - at), nullptr, 16);
    got += chunks.substr(line + 2, length);
    at = line + 2 + length + 2;
  }
  CHECK(got == wanted);
  CHECK(chunks.ends_with("0\r\n\r\n"));
}

TEST_CASE("a stream's client that does not read fills its queue and nothing else") {
  HttpServerLimits limits;
  limits.stream_bytes_max = 10'000;
  HoldingServer server(limits);
  RawClient client = server.client();
  client.send(kGet);
  const auto stream = server.next().second.stream({200, "", "text/event-stream"});
  const std::string event(1000, 'e');
  std::size_t taken = 0;
  while (stream->push(event) == HttpStream::Push::kQueued) REQUIRE(++taken < 1'000'000);
  CHECK(stream->push(std::string(10'001, 'x')) == HttpStream::Push::kFull);
  RawClient other = server.client();
  other.send(kGet);
  server.next().second.answer({200, "served"});
  CHECK(body_of(other.read_answer()) == "served");
  client.reset();
  while (stream->is_open()) std::this_thread::yield();
  CHECK(stream->push("x") == HttpStream::Push::kClosed);
}

TEST_CASE("a server that stops ends its streams and finishes what is under way") {
  HoldingServer server;
  RawClient idle = server.client(), streaming = server.client(), asking = server.client();
  streaming.send(kGet);
  const auto stream = server.next().second.stream({200, "", "text/event-stream"});
  REQUIRE(streaming.read_until("\r\n\r\n").has_value());
  asking.send(kGet + kGet);
  const auto under_way = server.next();
  std::thread stopping([&] { server.server->stop(Duration{60'000}); });
  CHECK(idle.is_closed());
  CHECK(streaming.read_to_end() == "0\r\n\r\n");
  under_way.second.answer({200, "done"});
  const auto answer = asking.read_answer();
  CHECK(body_of(answer) == "done");
  CHECK(answer->find("Connection: close") != std::string::npos);
  CHECK(asking.is_closed());  // the second request is not begun
  stopping.join();
  CHECK(server.held_count() == 0);
}

TEST_CASE("answers and pushes that come after the server has gone go nowhere") {
  std::optional<HttpResponder> responder;
  std::shared_ptr<HttpStream> stream;
  {
    HoldingServer server;
    RawClient first = server.client(), second = server.client();
    first.send(kGet);
    responder = server.next().second;
    second.send(kGet);
    stream = server.next().second.stream({200, ""});
    server.server.reset();
    CHECK(first.is_closed());
  }
  responder->answer({200, "late"});
  CHECK(stream->push("late") == HttpStream::Push::kClosed);
}

TEST_CASE("a port is had before anybody is served, and who comes early is served then") {
  auto server = *HttpServer::listen({});
  HttpServerOptions same;
  same.port = server->port();
  CHECK(HttpServer::listen(same).error().code == ErrorCode::kIo);
  RawClient early(server->port());
  REQUIRE(early.send(kGet));
  server->serve([](const HttpServerRequest& request, const HttpResponder& to) {
    to.answer({200, "served " + request.target});
  });
  const auto answer = early.read_answer();
  REQUIRE(answer.has_value());
  CHECK(answer->ends_with("served /x"));
  const auto unserved = HttpServer::listen({});  // and its end is one like any other
  CHECK((*unserved)->port() != 0);
}

TEST_CASE("programs that this process starts inherit neither the port nor a connection") {
  const EchoServer server;
  RawClient client = server.client();
  REQUIRE(client.send(kGet));
  REQUIRE(client.read_answer().has_value());
  int found = 0;
  for (int fd = 3; fd < 1'024; ++fd) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) continue;
    if (address.sin_family != AF_INET || ntohs(address.sin_port) != server.server->port()) continue;
    ++found;
    CHECK((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
  }
  CHECK(found == 2);
}

TEST_CASE("a server says why it cannot start") {
  const auto quiet = [](const HttpServerRequest&, const HttpResponder&) {};
  HttpServerOptions options;
  options.address = "not an address";
  CHECK(HttpServer::start(options, quiet).error().code == ErrorCode::kInvalidInput);
  options.address = "203.0.113.7";  // nobody's
  CHECK(HttpServer::start(options, quiet).error().code == ErrorCode::kIo);
  options = {};
  const auto first = HttpServer::start(options, quiet);
  options.port = (*first)->port();
  CHECK(HttpServer::start(options, quiet).error().code == ErrorCode::kIo);
  options = {};
  options.certificate_file = "missing.pem";
  CHECK(HttpServer::start(options, quiet).error().code == ErrorCode::kInvalidInput);
  options.key_file = "missing.key";
  CHECK(HttpServer::start(options, quiet).error().place == "missing.pem");
}
