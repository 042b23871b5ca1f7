#include "exchange/binance/binance_rest.hpp"

#include <curl/curl.h>

#include <charconv>
#include <chrono>
#include <optional>

#include "exchange/binance/binance_codec.hpp"
#include "exchange/binance/binance_limits.hpp"
#include "exchange/venue/signing.hpp"
#include "exchange/venue/venue_stop.hpp"

namespace botbox::exchange {
namespace {

// Refusals are short; a candle list or exchangeInfo need not be searched for a code.
constexpr std::size_t kRefusalBytesMax = 2048;

std::string_view name_of(HttpMethod method) {
  switch (method) {
    case HttpMethod::kGet: return "GET";
    case HttpMethod::kPost: return "POST";
    case HttpMethod::kPut: return "PUT";
    case HttpMethod::kDelete: return "DELETE";
  }
  return "?";
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string fix_for(HttpMethod method, ErrorCode meaning,
                    const std::optional<BinanceRefusal>& refusal) {
  if (meaning == ErrorCode::kOutcomeUnknown) return std::string(fix_of_unknown(method));
  if (!refusal) return {};
  switch (refusal->code) {
    case -1021: return "the clocks differ; ask for the server time";
    case -1022: return "check the API secret";
    case -2014:
    case -2015: return "check the API key, its permissions and its list of addresses";
    default: return {};
  }
}

}  // namespace

BinanceQuery& BinanceQuery::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  text_ += name;
  text_ += '=';
  text_ += percent_encode(value);
  return *this;
}

BinanceQuery& BinanceQuery::add(std::string_view name, std::int64_t value) {
  return add(name, std::string_view(std::to_string(value)));
}

std::string signed_query(std::string query, std::string_view secret) {
  const std::string signature = hmac_sha256_hex(secret, query);
  return std::move(query) + "&signature=" + signature;
}

// What answers need; they may come when the API is gone.
struct BinanceRest::Shared {
  Shared(MarketType m, BinanceOptions o, Credentials c, const Clock& now)
      : market(m), options(std::move(o)), credentials(std::move(c)), clock(now) {}

  MarketType market;
  BinanceOptions options;
  Credentials credentials;
  static constexpr Duration kHalfSecond{500};

  const Clock& clock;
  ClockOffset offset;
  VenueSignals signals;
  VenueStop stop;

  Timestamp venue_now() const { return clock.now() + offset.offset(); }

  void report_counters(const HttpResponse& response) const {
    if (!signals.on_counter) return;
    for (const std::string& line : response.headers) {
      const std::string_view name = std::string_view(line).substr(0, line.find(':'));
      const std::string_view window = window_of_header(market, name);
      if (window.empty()) continue;
      if (const auto used = whole_number(response.header(name))) signals.on_counter(window, *used);
    }
  }

  void report_stop(const HttpResponse& response, const std::optional<BinanceRefusal>& refusal) {
    std::optional<Duration> wait;
    const auto seconds = whole_number(response.header("retry-after"));
    if (seconds && *seconds >= 0 && *seconds < 1'000'000'000)
      wait = std::chrono::seconds{*seconds};
    else if (const auto until = refusal ? banned_until(refusal->message) : std::nullopt)
      wait = std::max(Duration{0}, *until - venue_now());
    stop.begin(clock.now(), wait);
    if (signals.on_stop) signals.on_stop(wait);
  }

  // When the second began in which the answer was made.
  static std::optional<Timestamp> date_of(const HttpResponse& response) {
    const std::string date(response.header("date"));
    const std::int64_t seconds = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
    if (seconds <= 0) return std::nullopt;
    return Timestamp{seconds * 1000};
  }

  // The header tells whole seconds, so that much more is in doubt, and any later sample is better.
  void learn_from_date(const HttpResponse& response, Timestamp sent) {
    offset.forget();
    const std::optional<Timestamp> date = date_of(response);
    if (!date) return;
    offset.learn(sent - kHalfSecond, *date + kHalfSecond, clock.now() + kHalfSecond);
  }

  // The venue's time is asked twice a minute; a clock of ours that is set, or goes at half its
  // pace, leaves the window of a stamp sooner. Only of what no cache on the way answers.
  void watch_date(const HttpResponse& response, Timestamp sent) {
    const std::optional<Timestamp> date = date_of(response);
    if (!date || !offset.is_known()) return;
    const Duration least = *date - clock.now() - kHalfSecond;
    const Duration most = *date - sent + 3 * kHalfSecond;
    if (offset.offset() < least || offset.offset() > most) learn_from_date(response, sent);
  }

  Result<std::string> read(HttpMethod method, const std::string& place, Timestamp sent,
                           Result<HttpResponse> raw) {
    if (!raw) {
      Error error = std::move(raw).error();
      error.message = without_secrets(error.message, credentials);
      error.place = place;
      return tl::unexpected<Error>(std::move(error));
    }
    report_counters(*raw);
    std::optional<BinanceRefusal> refusal;
    if (raw->body.size() <= kRefusalBytesMax) refusal = binance_codec::parse_refusal(raw->body);
    const std::optional<ErrorCode> meaning = binance_verdict(raw->status, refusal);
    if (!meaning) return std::move(raw->body);
    if (*meaning == ErrorCode::kRateLimited) report_stop(*raw, refusal);
    if (refusal && refusal->code == -1021) learn_from_date(*raw, sent);
    const std::string words =
        refusal ? fmt::format("Binance {}: {}", refusal->code, with_readable_ban(refusal->message))
                : fmt::format("Binance HTTP {}", raw->status);
    return fail(*meaning, without_secrets(words, credentials), place,
                fix_for(method, *meaning, refusal));
  }
};

BinanceRest::BinanceRest(MarketType market, BinanceOptions options, Credentials credentials,
                         HttpSender& transport, const Clock& clock)
    : shared_(std::make_shared<Shared>(market, std::move(options), std::move(credentials), clock)),
      transport_(transport) {}

void BinanceRest::set_signals(VenueSignals signals) { shared_->signals = std::move(signals); }
const BinanceOptions& BinanceRest::options() const { return shared_->options; }
Duration BinanceRest::clock_offset() const { return shared_->offset.offset(); }
Timestamp BinanceRest::venue_now() const { return shared_->venue_now(); }

void BinanceRest::send(const Permit& permit, const BinanceRequest& request, Body answer) {
  const std::string place = fmt::format("{} {}", name_of(request.method), request.path);
  if (auto open = shared_->stop.check(shared_->clock.now(), place); !open) {
    permit.consume();
    return answer(tl::unexpected<Error>(std::move(open).error()));
  }
  const std::string& base_url =
      request.base_url.empty() ? shared_->options.base_url : request.base_url;
  HttpRequest http{request.method, base_url + request.path, {}, {}};
  http.begin_within = begin_within(permit, shared_->clock.now());
  std::string query = request.query.text();
  if (request.access == BinanceRequest::Access::kSigned) {
    if (shared_->credentials.empty()) {
      // Spent all the same: a caller may not come to know by this path whether it was good.
      const bool fresh = permit.consume();
      return answer(fresh ? fail(ErrorCode::kInvalidInput, "no API key is configured", place,
                                 "set the key and its secret")
                          : fail(ErrorCode::kRateLimited, "the permit is used up", place));
    }
    BinanceQuery stamped = request.query;
    stamped.add("recvWindow", shared_->options.receive_window.count());
    stamped.add("timestamp", shared_->venue_now().ms);
    query = signed_query(stamped.text(), shared_->credentials.secret());
    http.headers.push_back(fmt::format("X-MBX-APIKEY: {}", shared_->credentials.key()));
  }
  if (request.method == HttpMethod::kPost || request.method == HttpMethod::kPut) {
    http.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
    http.body = std::move(query);
  } else if (!query.empty()) {
    http.url += "?" + query;
  }
  transport_.send(
      permit, std::move(http),
      [shared = shared_, method = request.method, place, sent = shared_->clock.now(),
       answer = std::move(answer),
       is_signed = request.access == BinanceRequest::Access::kSigned](Result<HttpResponse> raw) {
        if (raw && is_signed) shared->watch_date(*raw, sent);
        answer(shared->read(method, place, sent, std::move(raw)));
      });
}

void BinanceRest::further_permit(const PermitRequest& cost, Reply<Permit> answer) const {
  if (shared_->signals.further_permit) return shared_->signals.further_permit(cost, answer);
  answer(fail(ErrorCode::kRateLimited, "the answer has a further part, and no permit to ask for it",
              "Binance"));
}

void BinanceRest::server_time(const Permit& permit, std::string path, Reply<Timestamp> reply) {
  const Timestamp sent = shared_->clock.now();
  send<Timestamp>(
      permit, {HttpMethod::kGet, std::move(path), {}, BinanceRequest::Access::kPublic},
      [shared = shared_, sent, reply = std::move(reply)](Result<Timestamp> venue) {
        if (venue) shared->offset.learn(sent, *venue, shared->clock.now());
        reply(std::move(venue));
      },
      binance_codec::parse_server_time);
}

tl::unexpected<Error> BinanceRest::unreadable(const Shared& shared, HttpMethod method,
                                              const Error& why) {
  const std::string words = fmt::format("Binance's answer makes no sense: {}", why.message);
  return fail(ErrorCode::kOutcomeUnknown, without_secrets(words, shared.credentials), why.place,
              std::string(fix_of_unknown(method)));
}

}  // namespace botbox::exchange
