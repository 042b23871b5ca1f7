// The scripted server itself: what it says, and how the transport sees its faults.
#include <doctest/doctest.h>

#include <future>
#include <thread>
#include <vector>

#include "exchange/http/http_transport.hpp"
#include "tests/exchange/fixture.hpp"
#include "tests/exchange/scripted_server.hpp"

using namespace botbox;
using namespace botbox::exchange;
using namespace botbox::exchange::testing;

namespace {

Result<HttpResponse> send(HttpTransport& transport, HttpRequest request) {
  return ask<HttpResponse>(
      [&](auto reply) { transport.send(Permits::fresh(), std::move(request), reply); });
}

}  // namespace

TEST_CASE("the scripted server answers in order and remembers what it was asked") {
  ScriptedServer server;
  HttpTransport transport;
  server.reply({"first", 403, {{"X-Counter", "7"}}});
  server.handle([](const ServedRequest& request) { return ScriptedReply{request.body}; });
  const auto first =
      send(transport, {HttpMethod::kPost, server.base_url() + "/a?b=c", {"X-Key: k"}, "body"});
  REQUIRE(first.has_value());
  CHECK(first->status == 403);
  CHECK(first->body == "first");
  CHECK(first->header("x-counter") == "7");
  const auto second = send(transport, {HttpMethod::kPut, server.base_url() + "/d", {}, "echo"});
  REQUIRE(second.has_value());
  CHECK(second->body == "echo");
  const auto asked = server.requests();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].method == "POST");
  CHECK(asked[0].path() == "/a");
  CHECK(asked[0].query() == "b=c");
  CHECK(asked[0].header("x-key") == "k");
  CHECK(asked[0].body == "body");
  CHECK(asked[1].method == "PUT");
  CHECK(server.replies_left() == 0);
}

TEST_CASE("a dropped answer, a truncated one and none at all are unknown outcomes") {
  ScriptedServer server;
  HttpOptions options;
  options.timeout = Duration{200};
  HttpTransport transport(options);
  for (const ScriptedFault fault :
       {ScriptedFault::kDropReply, ScriptedFault::kTruncate, ScriptedFault::kSilence}) {
    server.reply({"a body that never comes whole", 200, {}, fault});
    const auto answer = send(transport, {HttpMethod::kPost, server.base_url() + "/", {}, "x"});
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::kOutcomeUnknown);
  }
  CHECK(server.requests().size() == 3);
}

// libcurl repeats a request by itself when the kept-alive connection that carried it dies.
TEST_CASE("a connection that dies under an order does not make it be sent twice") {
  ScriptedServer server;
  HttpTransport transport;
  for (const HttpMethod method : {HttpMethod::kPost, HttpMethod::kPut})
    for (const std::string body : {"", "an order"}) {
      const std::size_t before = server.requests().size();
      server.reply("the connection stands");
      REQUIRE(send(transport, {HttpMethod::kGet, server.base_url() + "/", {}, {}}).has_value());
      server.reply({"", 200, {}, ScriptedFault::kDropReply});
      server.reply("sent twice");
      const auto answer = send(transport, {method, server.base_url() + "/order", {}, body});
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code == ErrorCode::kOutcomeUnknown);
      CHECK(server.requests().size() == before + 2);
      REQUIRE(server.replies_left() == 1);
      REQUIRE(send(transport, {HttpMethod::kGet, server.base_url() + "/", {}, {}}).has_value());
    }
}

TEST_CASE("a question is repeated when its kept-alive connection dies") {
  ScriptedServer server;
  HttpTransport transport;
  server.reply("the connection stands");
  REQUIRE(send(transport, {HttpMethod::kGet, server.base_url() + "/", {}, {}}).has_value());
  server.reply({"", 200, {}, ScriptedFault::kDropReply});
  server.reply("again");
  const auto answer = send(transport, {HttpMethod::kGet, server.base_url() + "/", {}, {}});
  REQUIRE(answer.has_value());
  CHECK(answer->body == "again");
  CHECK(server.requests().size() == 3);
}

// The last thing that goes wrong is a refused connection, and yet the order may have arrived.
TEST_CASE("an order whose connection dies with the server has an unknown outcome") {
  ScriptedServer server;
  HttpTransport transport;
  server.reply("the connection stands");
  REQUIRE(send(transport, {HttpMethod::kGet, server.base_url() + "/", {}, {}}).has_value());
  server.reply({"", 200, {}, ScriptedFault::kLeave});
  const auto order = send(transport, {HttpMethod::kPost, server.base_url() + "/", {}, "x"});
  REQUIRE_FALSE(order.has_value());
  CHECK(order.error().code == ErrorCode::kOutcomeUnknown);
  const auto next = send(transport, {HttpMethod::kPost, server.base_url() + "/", {}, "y"});
  REQUIRE_FALSE(next.has_value());
  CHECK(next.error().code == ErrorCode::kUnavailable);
  CHECK(server.requests().size() == 2);
}

TEST_CASE("more requests than places are all answered, each with its own answer") {
  ScriptedServer server;
  server.handle([](const ServedRequest& request) { return ScriptedReply{request.body}; });
  HttpOptions options;
  options.in_flight_max = 3;
  HttpTransport transport(options);
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  std::vector<std::promise<std::string>> answers(kThreads * kEach);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      for (int at = thread * kEach; at < (thread + 1) * kEach; ++at)
        transport.send(
            Permits::fresh(), {HttpMethod::kPost, server.base_url() + "/", {}, std::to_string(at)},
            [&answers, at](Result<HttpResponse> answer) {
              answers[static_cast<std::size_t>(at)].set_value(answer ? answer->body
                                                                     : answer.error().message);
            });
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t at = 0; at < answers.size(); ++at)
    CHECK(answers[at].get_future().get() == std::to_string(at));
  CHECK(server.requests().size() == answers.size());
}
