// HttpSender: the port through which adapters send. HttpTransport sends over real connections;
// tests put a simulated venue in its place, on virtual time and without threads.
//
// Errors by what is known:
//   kRateLimited     the permit is used up; nothing was sent
//   kOverloaded      too much waits, or the sender is stopping; nothing was sent
//   kUnavailable     no connection came about, or it waited too long for its turn: nothing was sent
//   kOutcomeUnknown  time-out, reset, broken or oversized answer once the request was under way
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/limits/permit.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

enum class HttpMethod { kGet, kPost, kPut, kDelete };

// What to do where nobody knows what came of a request. One that only reads leaves nothing behind:
// it is made again.
constexpr std::string_view kAskForOrder = "ask for the order by its client id";
constexpr std::string_view fix_of_unknown(HttpMethod method) {
  return method == HttpMethod::kGet ? std::string_view() : kAskForOrder;
}

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string url;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;                  // kPost and kPut only
  // So long it may wait for its turn behind others; empty: for ever. Sent later it would fall into
  // a window of the limits in which it is not counted, and an order would be a stale one.
  std::optional<Duration> begin_within = std::nullopt;
};

// What the permit leaves. What is a little late already, because something was to be done before,
// may still wait for a moment.
inline std::optional<Duration> begin_within(const Permit& permit, Timestamp now) {
  constexpr Duration kMoment{100};
  const std::optional<Duration> left = permit.time_left(now);
  if (!left) return std::nullopt;
  return std::max(*left, kMoment);
}

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
