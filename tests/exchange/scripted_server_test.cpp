// The scripted server itself: what it says, and how the transport sees its faults.
#include <doctest/doctest.h>

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
