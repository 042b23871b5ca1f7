// Session: one account's requests to Bybit: stamps and signs them, sends them, and judges replies:
// status, retCode, counters, stops, the venue's time. What a reply says is left to the codec.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/clock.hpp"
#include "exchange/bybit/bybit_codec.hpp"
#include "exchange/bybit/bybit_errors.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/venue/clock_offset.hpp"
#include "exchange/venue/credentials.hpp"
#include "exchange/venue/venue_api.hpp"
#include "exchange/venue/venue_stop.hpp"

namespace botbox::exchange::bybit {

// Rows of a full page of open orders (venue docs: 50 at most).
inline constexpr std::uint32_t kOpenOrdersPage = 50;

struct Request {
  VenueCall call = VenueCall::kServerTime;
  Purpose purpose = Purpose::kRead;
  HttpMethod method = HttpMethod::kGet;
  std::string_view path;  // a literal
  std::string payload;    // the query of a GET, the body of a POST
  bool is_private = true;
};

// A reply that the venue calls a success.
struct Answer {
  ReplyHead head;
  std::string body;
};

// What is signed: time stamp, key, window and payload, one after the other.
std::string string_to_sign(Timestamp stamp, const Credentials& credentials, Duration receive_window,
                           std::string_view payload);

// "a=1&b=2"; empty values are left out, all others percent-encoded.
std::string query_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters);

// Shared by the API and the replies that are under way. Safe to use from any thread once the
// signals are set.
class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Setup {
    MarketType market = MarketType::kLinear;
    std::string base_url;
    Credentials credentials;
    Duration receive_window{5'000};
  };
  Session(Setup setup, HttpSender& transport, const Clock& clock);

  // The reply comes once. An answer that the caller cannot read is turned into unreadable().
  void send(const Permit& permit, Request request, std::function<void(Result<Answer>)> reply);
  // For a request that is not made: spends the permit.
  static Error refusal(const Permit& permit, Error why);
  Error unreadable(const Error& why, HttpMethod method, std::string_view path) const;
  // See VenueSignals::further_permit; kRateLimited where there is none.
  void further_permit(VenueCall call, std::function<void(Result<Permit>)> answer) const;

  MarketType market() const { return setup_.market; }
  Timestamp venue_now() const { return clock_.now() + offset_.offset(); }
  const ClockOffset& offset() const { return offset_; }
  const VenueFeatures& features() const { return features_; }
  const std::vector<LimitWindow>& limits() const { return limits_; }
  void set_signals(VenueSignals signals) { signals_ = std::move(signals); }

 private:
  HttpRequest signed_request(const Request& request) const;
  Result<Answer> judge(const Request& request, Timestamp sent, Result<HttpResponse> raw);
  Result<Answer> judge_status(const Request& request, const HttpResponse& response,
                              const ReplyHead* head) const;
  void learn(const ReplyHead& head, Timestamp sent);
  void report(const Request& request, const HttpResponse& response, const ReplyHead* head) const;

  Setup setup_;
  VenueFeatures features_;
  std::vector<LimitWindow> limits_;
  HttpSender& transport_;
  const Clock& clock_;
  ClockOffset offset_;
  VenueSignals signals_;
  mutable VenueStop stop_;
};

}  // namespace botbox::exchange::bybit
