// HttpTransport: HTTP requests over kept-alive connections, on one thread of its own.
//
// HTTP/2 where a TLS server offers it, HTTP/1.1 elsewhere.
//
// A POST or PUT that has no definite answer is never sent again, also not by libcurl behind our
// back: it would repeat a request on a fresh connection when a kept-alive one dies, and is stopped
// before it writes one a second time. GET and DELETE it may repeat once more; both are idempotent.
// Errors as http_sender.hpp says. What a proxy refuses by itself (407, a tunnel) has not reached
// the venue: kUnavailable, with the proxy's address but without its user and password.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "exchange/http/http_sender.hpp"

namespace botbox::exchange {

struct HttpOptions {
  std::size_t queued_max = 4096;
  std::size_t in_flight_max = 64;
  Duration connect_timeout{3'000};
  Duration timeout{10'000};  // of the whole exchange
  std::size_t response_bytes_max = 16u << 20;
  std::string proxy;    // as libcurl takes it, "http://host:port"; empty: the environment's, if any
  std::string ca_file;  // PEM; empty: the system's. Certificates are verified always.
};

// By the status alone: 2xx to 4xx are definite and pass, 429 and 418 are kRateLimited, 5xx is
// kOutcomeUnknown (venues answer 5xx after they have executed), anything else as well.
Result<HttpResponse> definite(HttpResponse response);

// "BTC/USDT" -> "BTC%2FUSDT".
std::string percent_encode(std::string_view text);

// Safe to use from any thread.
class HttpTransport final : public HttpSender {
 public:
  explicit HttpTransport(HttpOptions options = {});
  // Ends the thread. What is queued is answered kOverloaded, what is under way kOutcomeUnknown.
  ~HttpTransport() override;
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // The answer comes exactly once: on the transport's thread, or on the caller's before this
  // returns when nothing was sent. It must not block and must not destroy the transport.
  void send(const Permit& permit, HttpRequest request, Answer answer) override;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace botbox::exchange
