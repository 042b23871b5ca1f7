#include "exchange/messages/delivery.hpp"

#include <charconv>

namespace botbox::exchange {
namespace {

constexpr std::int64_t kRetryAfterMax = 3'600;  // seconds

std::optional<Duration> seconds_in(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || seconds < 0) return std::nullopt;
  // "1.3": not before it is over.
  if (end != text.data() + text.size() && *end == '.' && seconds < kRetryAfterMax) ++seconds;
  return Duration{std::min(seconds, kRetryAfterMax) * 1'000};
}

}  // namespace

DeliveryOutcome read_delivery(const Result<HttpResponse>& response, const std::string& where) {
  using Kind = DeliveryOutcome::Kind;
  // The error's place is the address, which may be a secret; its message is libcurl's.
  if (!response)
    return {Kind::kLater, std::nullopt, fmt::format("{}: {}", where, response.error().message)};
  const int status = response->status;
  if (status >= 200 && status < 300) return {Kind::kDelivered, std::nullopt, {}};
  const std::string problem = fmt::format("{}: HTTP {}", where, status);
  if (status == 429 || status == 503)
    return {Kind::kLater, seconds_in(response->header("retry-after")), problem};
  const bool is_refused = status >= 300 && status < 500 && status != 408 && status != 425;
  return {is_refused ? Kind::kRefused : Kind::kLater, std::nullopt, problem};
}

}  // namespace botbox::exchange
