// HttpServer with TLS, against the transport, which verifies certificates.
#include <doctest/doctest.h>

#include <future>
#include <vector>

#include "exchange/http/http_server.hpp"
#include "exchange/http/http_transport.hpp"
#include "tests/exchange/certificate_files.hpp"
#include "tests/exchange/fixture.hpp"
#include "tests/exchange/raw_client.hpp"

namespace botbox::exchange::testing {
namespace {

struct TlsServer {
  explicit TlsServer(Duration header_timeout = Duration{500}, std::size_t connections_max = 1'024) {
    HttpServerOptions options;
    options.certificate_file = files.certificate_file();
    options.key_file = files.key_file();
    options.limits.header_timeout = header_timeout;
    options.limits.connections_max = connections_max;
    auto started = HttpServer::start(
        options, [](const HttpServerRequest& request, const HttpResponder& responder) {
          responder.answer({request.is_encrypted ? 200 : 500, request.body});
        });
    REQUIRE_MESSAGE(started.has_value(), to_string(started.error()));
    server = std::move(*started);
  }
  Result<HttpResponse> post(const HttpOptions& options, const std::string& body) const {
    HttpTransport transport(options);
    return ask<HttpResponse>([&](auto reply) {
      transport.send(
          Permits::fresh(),
          {HttpMethod::kPost, fmt::format("https://127.0.0.1:{}/", server->port()), {}, body},
          reply);
    });
  }
  CertificateFiles files;
  std::unique_ptr<HttpServer> server;
};

}  // namespace

TEST_CASE("a server with a certificate serves those who trust it, and only them") {
  TlsServer world;
  HttpOptions trusting;
  trusting.ca_file = world.files.certificate_file();
  const auto answer = world.post(trusting, std::string(50'000, 'x'));
  REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
  CHECK(answer->status == 200);
  CHECK(answer->body == std::string(50'000, 'x'));
  CHECK_FALSE(world.post({}, "x").has_value());
}

TEST_CASE("plain text, garbage and silence do not hold up a server with TLS") {
  TlsServer world;
  RawClient plain(world.server->port()), silent(world.server->port());
  plain.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(plain.is_closed());
  CHECK(silent.is_closed());
  HttpOptions trusting;
  trusting.ca_file = world.files.certificate_file();
  CHECK(world.post(trusting, "still there")->body == "still there");
}

TEST_CASE("connections that shake no hands keep nobody out, however many they are") {
  TlsServer world(Duration{600'000}, 20);
  std::vector<RawClient> silent;
  for (int i = 0; i < 50; ++i) silent.emplace_back(world.server->port());
  HttpOptions trusting;
  trusting.ca_file = world.files.certificate_file();
  const auto answer = world.post(trusting, "let in");
  REQUIRE_MESSAGE(answer.has_value(), to_string(answer.error()));
  CHECK(answer->body == "let in");
}

TEST_CASE("a key that is not the certificate's is refused at the start") {
  TlsServer world;
  const CertificateFiles others;
  HttpServerOptions options;
  options.certificate_file = world.files.certificate_file();
  options.key_file = others.key_file();
  const auto started =
      HttpServer::start(options, [](const HttpServerRequest&, const HttpResponder&) {});
  REQUIRE_FALSE(started.has_value());
  CHECK(started.error().place == others.key_file());
}

}  // namespace botbox::exchange::testing
