#include "exchange/bybit/bybit_session.hpp"

#include <utility>

#include "exchange/bybit/bybit_limits.hpp"
#include "exchange/venue/signing.hpp"

namespace botbox::exchange::bybit {
namespace {

VenueFeatures features_of(MarketType market) {
  VenueFeatures features;
  features.market = market;
  features.amend = true;
  features.attached_levels = true;  // spot: of limit orders
  features.account_wide_open_orders = true;
  features.account_wide_executions = true;
  features.account_wide_margin_mode = market == MarketType::kLinear;
  features.funding_times = market == MarketType::kLinear;
  features.open_orders_page = kOpenOrdersPage;
  return features;
}

bool is_stop_status(int status) { return status == 403 || status == 418 || status == 429; }

}  // namespace

std::string string_to_sign(Timestamp stamp, const Credentials& credentials, Duration receive_window,
                           std::string_view payload) {
  return fmt::format("{}{}{}{}", stamp.ms, credentials.key(), receive_window.count(), payload);
}

std::string query_of(
    std::initializer_list<std::pair<std::string_view, std::string_view>> parameters) {
  std::string query;
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, percent_encode(value));
  }
  return query;
}

Session::Session(Setup setup, HttpSender& transport, const Clock& clock)
    : setup_(std::move(setup)),
      features_(features_of(setup_.market)),
      limits_(limit_windows(setup_.market)),
      transport_(transport),
      clock_(clock) {}

Error Session::refusal(const Permit& permit, Error why) {
  if (permit.consume()) return why;
  return {ErrorCode::kRateLimited, "the permit is used up", std::move(why.place), {}};
}

Error Session::unreadable(const Error& why, HttpMethod method, std::string_view path) const {
  return {ErrorCode::kOutcomeUnknown,
          fmt::format("the answer makes no sense: {}",
                      without_secrets(why.message, setup_.credentials)),
          std::string(path), std::string(fix_of_unknown(method))};
}

void Session::further_permit(VenueCall call, std::function<void(Result<Permit>)> answer) const {
  if (signals_.further_permit)
    return signals_.further_permit(cost_of(setup_.market, call), std::move(answer));
  answer(fail(ErrorCode::kRateLimited, "the answer has a further part, and no permit to ask for it",
              "Bybit"));
}

HttpRequest Session::signed_request(const Request& request) const {
  HttpRequest http{request.method, fmt::format("{}{}", setup_.base_url, request.path), {}, {}};
  if (request.method == HttpMethod::kGet) {
    if (!request.payload.empty()) http.url += "?" + request.payload;
  } else {
    http.body = request.payload;
    http.headers.emplace_back("Content-Type: application/json");
  }
  if (!request.is_private) return http;
  const Timestamp stamp = venue_now();
  const std::string text =
      string_to_sign(stamp, setup_.credentials, setup_.receive_window, request.payload);
  http.headers.push_back(fmt::format("X-BAPI-API-KEY: {}", setup_.credentials.key()));
  http.headers.push_back(fmt::format("X-BAPI-TIMESTAMP: {}", stamp.ms));
  http.headers.push_back(fmt::format("X-BAPI-RECV-WINDOW: {}", setup_.receive_window.count()));
  http.headers.push_back(
      fmt::format("X-BAPI-SIGN: {}", hmac_sha256_hex(setup_.credentials.secret(), text)));
  return http;
}

void Session::send(const Permit& permit, Request request,
                   std::function<void(Result<Answer>)> reply) {
  if (request.is_private && setup_.credentials.empty())
    return reply(tl::unexpected<Error>(
        refusal(permit, {ErrorCode::kInvalidInput, "this call needs an API key",
                         std::string(request.path), "configure key and secret"})));
  if (auto open = stop_.check(clock_.now(), std::string(request.path)); !open)
    return reply(tl::unexpected<Error>(refusal(permit, std::move(open).error())));
  HttpRequest http = signed_request(request);
  http.begin_within = begin_within(permit, clock_.now());
  transport_.send(permit, std::move(http),
                  [self = shared_from_this(), request = std::move(request),
                   reply = std::move(reply), sent = clock_.now()](Result<HttpResponse> raw) {
                    reply(self->judge(request, sent, std::move(raw)));
                  });
}

Result<Answer> Session::judge(const Request& request, Timestamp sent, Result<HttpResponse> raw) {
  if (!raw) return tl::unexpected<Error>(std::move(raw).error());
  HttpResponse response = *std::move(raw);
  Result<ReplyHead> head = parse_head(response.body);
  report(request, response, head ? &*head : nullptr);
  if (response.status >= 500 || is_stop_status(response.status))
    return judge_status(request, response, head ? &*head : nullptr);
  if (!head) {
    if (response.status >= 200 && response.status < 300)
      return tl::unexpected<Error>(unreadable(head.error(), request.method, request.path));
    return judge_status(request, response, nullptr);
  }
  learn(*head, sent);
  if (head->code != 0) {
    Error error =
        venue_error(head->code, head->message, request.purpose, request.path, setup_.credentials);
    const std::string reasons = parse_reasons(response.body);
    if (!reasons.empty())
      error.message += fmt::format(" ({})", without_secrets(reasons, setup_.credentials));
    if (meaning_of(head->code) == Meaning::kNothingToDo && request.purpose == Purpose::kSet)
      return Answer{*std::move(head), std::move(response.body)};
    return tl::unexpected<Error>(std::move(error));
  }
  if (response.status >= 300) return judge_status(request, response, &*head);
  return Answer{*std::move(head), std::move(response.body)};
}

// For a status that says more than the body.
Result<Answer> Session::judge_status(const Request& request, const HttpResponse& response,
                                     const ReplyHead* head) const {
  std::string message = fmt::format("Bybit HTTP {}", response.status);
  if (head != nullptr && head->code != 0)
    message +=
        fmt::format(", {}: {}", head->code, without_secrets(head->message, setup_.credentials));
  const std::string place(request.path);
  if (is_stop_status(response.status)) return fail(ErrorCode::kRateLimited, message, place);
  if (response.status >= 400 && response.status < 500)
    return fail(ErrorCode::kRejected, message, place, "check base URL, key and kind of account");
  return fail(ErrorCode::kOutcomeUnknown, message, place,
              std::string(fix_of_unknown(request.method)));
}

// A reply to a stamp outside the window tells that what was learnt of the clocks is wrong.
void Session::learn(const ReplyHead& head, Timestamp sent) {
  if (head.time.is_never()) return;
  if (meaning_of(head.code) == Meaning::kClock) offset_.forget();
  offset_.learn(sent, head.time, clock_.now());
}

void Session::report(const Request& request, const HttpResponse& response,
                     const ReplyHead* head) const {
  const std::string_view window = counter_window(request.call);
  const std::optional<std::int64_t> used = used_of(response);
  if (signals_.on_counter && used && !window.empty()) signals_.on_counter(window, *used);
  const Meaning meaning = head != nullptr ? meaning_of(head->code) : Meaning::kUnknown;
  const bool slow = meaning == Meaning::kSlowDown || meaning == Meaning::kBanned;
  if (!slow && !is_stop_status(response.status)) return;
  const bool dated = head != nullptr && !head->time.is_never();
  std::optional<Duration> wait = retry_after(response, dated ? head->time : venue_now());
  if (!wait && (meaning == Meaning::kBanned || response.status == 403)) wait = kBanLength;
  stop_.begin(clock_.now(), wait);
  if (signals_.on_stop) signals_.on_stop(wait);
}

}  // namespace botbox::exchange::bybit
