// HttpTransport over TLS: HTTP/2 where it is offered, and proxies.
#include <doctest/doctest.h>

#include <cstdlib>

#include "exchange/http/http_transport.hpp"
#include "tests/exchange/fixture.hpp"
#include "tests/exchange/http2_server.hpp"
#include "tests/exchange/scripted_server.hpp"
#include "tests/exchange/tunnel_proxy.hpp"

namespace botbox::exchange::testing {
namespace {

Result<HttpResponse> sent(HttpTransport& transport, HttpRequest request) {
  return ask<HttpResponse>(
      [&](auto reply) { transport.send(Permits::fresh(), std::move(request), reply); });
}

// What must not be told to anybody but the venue.
HttpRequest signed_order(std::uint16_t port) {
  return {HttpMethod::kPost,
          fmt::format("https://127.0.0.1:{}/order?signature=f00d", port),
          {"X-Sign: hidden"},
          "quantity=1"};
}

HttpOptions through(const std::string& proxy, const CertificateFiles& files) {
  // Where the machine excepts this host from its proxies, libcurl excepts it from ours.
  ::unsetenv("no_proxy");
  ::unsetenv("NO_PROXY");
  HttpOptions options;
  options.proxy = proxy;
  options.ca_file = files.certificate_file();
  return options;
}

bool tells_secrets(const std::string& text) {
  for (const char* secret : {"f00d", "hidden", "quantity", "pass-word"})
    if (text.find(secret) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("where HTTP/2 is offered all requests go over it, one connection for all") {
  const CertificateFiles files;
  Http2Server server(files);
  HttpOptions options;
  options.ca_file = files.certificate_file();
  HttpTransport transport(options);
  for (int i = 0; i < 3; ++i) {
    HttpRequest order = signed_order(server.port());
    order.body = fmt::format("order {}", i);
    const auto answer = sent(transport, order);
    REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
    CHECK(answer->status == 200);
    CHECK(answer->body == order.body);
  }
  const auto asked = sent(
      transport, {HttpMethod::kGet, fmt::format("https://127.0.0.1:{}/", server.port()), {}, {}});
  REQUIRE_MESSAGE(asked.has_value(), to_string(asked.error()));
  CHECK(asked->status == 200);
  CHECK(asked->body.empty());
  CHECK(server.connections() == 1);
  CHECK(server.streams().size() == 4);
}

TEST_CASE("what waits for its turn longer than its permit lasts is not sent") {
  ScriptedServer server;
  HttpOptions options;
  options.in_flight_max = 1;
  options.timeout = Duration{300};
  HttpTransport transport(options);
  const auto request = [&](const char* path, Duration patience) {
    HttpRequest made{HttpMethod::kGet, server.base_url() + path, {}, {}};
    made.begin_within = patience;
    return made;
  };
  server.reply(ScriptedReply{"", 200, {}, ScriptedFault::kSilence});
  transport.send(Permits::fresh(), request("/first", Duration{60'000}),
                 [](const Result<HttpResponse>& answer) { CHECK_FALSE(answer.has_value()); });
  const auto stale = sent(transport, request("/second", Duration{0}));
  REQUIRE_FALSE(stale.has_value());
  CHECK(stale.error().code == ErrorCode::kUnavailable);
  server.reply("third");
  const auto fresh = sent(transport, request("/third", Duration{60'000}));
  REQUIRE_MESSAGE(fresh.has_value(), to_string(fresh.error()));
  CHECK(fresh->body == "third");
  const auto asked = server.requests();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].target == "/first");
  CHECK(asked[1].target == "/third");
}

TEST_CASE("through a proxy a venue is reached by a tunnel, of which the proxy sees the host only") {
  const CertificateFiles files;
  Http2Server server(files);
  TunnelProxy proxy(ProxyManner::kTunnels);
  HttpTransport transport(
      through(fmt::format("http://user:pass-word@127.0.0.1:{}", proxy.port()), files));
  for (int i = 0; i < 2; ++i) {
    const auto answer = sent(transport, signed_order(server.port()));
    REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
    CHECK(answer->status == 200);
    CHECK(answer->body == "quantity=1");
    CHECK(answer->header("x-proxy-date").empty());
  }
  CHECK(server.streams().size() == 2);
  REQUIRE(proxy.heads().size() == 1);
  const std::string head = proxy.heads().front();
  CHECK(head.starts_with(fmt::format("CONNECT 127.0.0.1:{} HTTP/1.1\r\n", server.port())));
  CHECK(head.find("Proxy-Authorization: Basic dXNlcjpwYXNzLXdvcmQ=\r\n") != std::string::npos);
  CHECK_FALSE(tells_secrets(head));
  CHECK(head.find("/order") == std::string::npos);
}

TEST_CASE("a proxy that lets nobody through means that nothing was sent, and no secret is told") {
  const CertificateFiles files;
  Http2Server server(files);
  TunnelProxy strict(ProxyManner::kWantsPassword), rude(ProxyManner::kHangsUp);
  std::uint16_t nobody = 0;
  {
    const TunnelProxy gone(ProxyManner::kHangsUp);
    nobody = gone.port();
  }
  for (const std::uint16_t port : {strict.port(), rude.port(), nobody}) {
    CAPTURE(port);
    HttpTransport transport(
        through(fmt::format("http://user:pass-word@127.0.0.1:{}", port), files));
    const auto answer = sent(transport, signed_order(server.port()));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().code == ErrorCode::kUnavailable);
    CHECK_FALSE(answer.error().message.empty());
    CHECK(answer.error().place == fmt::format("https://127.0.0.1:{}/order", server.port()));
    CHECK_FALSE(tells_secrets(to_string(answer.error())));
    CHECK(to_string(answer.error()).find(fmt::format("http://127.0.0.1:{}", port)) !=
          std::string::npos);
  }
  CHECK(strict.heads().size() == 1);
  CHECK(rude.heads().size() == 1);
  CHECK(server.connections() == 0);
}

TEST_CASE("a proxy that wants credentials is named with the way to give them, and without them") {
  const CertificateFiles files;
  TunnelProxy strict(ProxyManner::kWantsPassword);
  const std::string address = fmt::format("127.0.0.1:{}", strict.port());
  struct Row {
    std::string user;
    const char* words;
  };
  for (const Row& row : {Row{"", "wants a user and a password"},
                         Row{"user:pass-word@", "refuses the user and password"}}) {
    HttpTransport transport(through("http://" + row.user + address, files));
    for (const char* venue : {"https://127.0.0.1:1/order", "http://venue.invalid/order"}) {
      CAPTURE(venue);
      const auto answer = sent(transport, {HttpMethod::kGet, venue, {}, {}});
      REQUIRE_FALSE(answer.has_value());
      const Error& error = answer.error();
      CHECK(error.code == ErrorCode::kUnavailable);
      CHECK(error.message.find("http://" + address) != std::string::npos);
      CHECK(error.message.find(row.words) != std::string::npos);
      CHECK(error.message.find("407") != std::string::npos);
      CHECK(error.fix.find("user:password@host") != std::string::npos);
      CHECK_FALSE(tells_secrets(to_string(error)));
    }
  }
}

TEST_CASE("what is not encrypted is asked of the proxy by its whole address") {
  const CertificateFiles files;
  ScriptedServer proxy;
  proxy.reply("as the venue says");
  HttpTransport transport(through(proxy.base_url(), files));
  const auto answer =
      sent(transport, {HttpMethod::kGet, "http://venue.invalid/v5/market/time?a=1", {}, {}});
  REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
  CHECK(answer->body == "as the venue says");
  REQUIRE(proxy.requests().size() == 1);
  CHECK(proxy.requests().front().target == "http://venue.invalid/v5/market/time?a=1");
}

}  // namespace botbox::exchange::testing
