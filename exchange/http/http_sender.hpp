// HttpSender: the port through which adapters send. HttpTransport sends over real connections;
// tests put a simulated venue in its place, on virtual time and without threads.
//
// Errors by what is known:
//   kRateLimited     the permit is used up; nothing was sent
//   kOverloaded      too much waits, or the sender is stopping; nothing was sent
//   kUnavailable     no connection came about: nothing was sent
//   kOutcomeUnknown  time-out, reset, broken or oversized answer once the request was under way
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/limits/permit.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

enum class HttpMethod { kGet, kPost, kPut, kDelete };

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;                  // kPost and kPut only
};

struct HttpResponse {
  int status = 0;
  std::string body;
  std::vector<std::string> headers;  // "name: value", the name in lower case

  // Empty: not there.
  std::string_view header(std::string_view lower_case_name) const;
};

class HttpSender {
 public:
  using Answer = std::function<void(Result<HttpResponse>)>;

  virtual ~HttpSender() = default;
  // Spends the permit; without a fresh one nothing is sent. The answer comes exactly once, on any
  // thread, possibly before this returns. It must not block and must not destroy the sender.
  virtual void send(const Permit& permit, HttpRequest request, Answer answer) = 0;
};

}  // namespace botbox::exchange
