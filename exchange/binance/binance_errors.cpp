#include "exchange/binance/binance_errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace botbox::exchange {
namespace {

constexpr std::string_view kBannedWords = "banned until ";

// The first rule that fits counts. `words` must stand in the message; empty: any message.
struct Rule {
  std::int64_t lowest;
  std::int64_t highest;
  std::string_view words;
  ErrorCode meaning;
};

constexpr std::array kRules{
    // Server and network. An "internal error" says nothing about what came before it.
    Rule{-1001, -1000, "", ErrorCode::kOutcomeUnknown},
    Rule{-1002, -1002, "", ErrorCode::kRejected},     // not authorized
    Rule{-1003, -1003, "", ErrorCode::kRateLimited},  // weight used up, or banned
    Rule{-1004, -1004, "busy", ErrorCode::kUnavailable},
    Rule{-1005, -1004, "", ErrorCode::kRejected},        // address lists
    Rule{-1007, -1006, "", ErrorCode::kOutcomeUnknown},  // "execution status unknown"
    Rule{-1008, -1008, "", ErrorCode::kUnavailable},     // throttled before the engine
    Rule{-1010, -1010, "Duplicate order sent", ErrorCode::kAlreadyExists},
    Rule{-1014, -1010, "", ErrorCode::kRejected},     // filters, order composition
    Rule{-1015, -1015, "", ErrorCode::kRateLimited},  // too many orders
    Rule{-1016, -1016, "", ErrorCode::kUnavailable},  // shutting down
    Rule{-1020, -1020, "", ErrorCode::kRejected},
    Rule{-1021, -1021, "", ErrorCode::kUnavailable},  // time stamp outside of recvWindow
    Rule{-1023, -1022, "", ErrorCode::kRejected},     // signature, time range
    Rule{-1034, -1033, "", ErrorCode::kRejected},
    Rule{-1099, -1099, "", ErrorCode::kRejected},  // unauthenticated
    Rule{-1099, -1000, "", ErrorCode::kOutcomeUnknown},
    Rule{-1999, -1100, "", ErrorCode::kRejected},  // the request itself
    // Orders.
    Rule{-2010, -2010, "Duplicate order sent", ErrorCode::kAlreadyExists},
    Rule{-2010, -2010, "trigger immediately", ErrorCode::kTriggerPassed},
    // Of an order list one of whose prices the market has passed.
    Rule{-2010, -2010, "relationship of the prices", ErrorCode::kTriggerPassed},
    Rule{-2021, -2021, "immediately trigger", ErrorCode::kTriggerPassed},
    Rule{-2011, -2011, "may not place or cancel", ErrorCode::kRejected},
    Rule{-2011, -2011, "disabled on this account", ErrorCode::kRejected},
    Rule{-2011, -2011, "trading is not enabled", ErrorCode::kRejected},
    Rule{-2011, -2011, "Market is closed", ErrorCode::kRejected},
    Rule{-2011, -2011, "cancel restrictions", ErrorCode::kRejected},
    Rule{-2011, -2011, "", ErrorCode::kNotFound},
    Rule{-2012, -2012, "", ErrorCode::kOutcomeUnknown},  // some of a batch may be cancelled
    Rule{-2013, -2013, "", ErrorCode::kNotFound},
    Rule{-2022, -2022, "ReduceOnly", ErrorCode::kNothingOpen},
    Rule{-2026, -2026, "archived", ErrorCode::kNotFound},  // spot: ended without a fill, long ago
    Rule{-2038, -2038, "Unknown order sent", ErrorCode::kNotFound},
    Rule{-2999, -2000, "", ErrorCode::kRejected},
    // USD-M: filters, margin, state.
    Rule{-4046, -4046, "", ErrorCode::kAlreadyExists},  // margin type is what was asked for
    Rule{-4059, -4059, "", ErrorCode::kAlreadyExists},  // so is the position mode
    Rule{-4116, -4116, "", ErrorCode::kAlreadyExists},  // client order id
    Rule{-5028, -5028, "", ErrorCode::kUnavailable},    // recvWindow passed before the engine
    Rule{-9999, -3000, "", ErrorCode::kRejected},
};

}  // namespace

ErrorCode binance_meaning(const BinanceRefusal& refusal) {
  for (const Rule& rule : kRules)
    if (refusal.code >= rule.lowest && refusal.code <= rule.highest &&
        refusal.message.find(rule.words) != std::string::npos)
      return rule.meaning;
  return ErrorCode::kOutcomeUnknown;
}

std::optional<ErrorCode> binance_verdict(int http_status,
                                         const std::optional<BinanceRefusal>& refusal) {
  const bool refused = refusal && refusal->code < 0;
  if (http_status == 429 || http_status == 418) return ErrorCode::kRateLimited;
  if (http_status >= 200 && http_status < 300)
    return refused ? std::optional(binance_meaning(*refusal)) : std::nullopt;
  // 408: the gateway waited in vain for what it had passed on.
  if (http_status < 400 || http_status >= 500 || http_status == 408)
    return ErrorCode::kOutcomeUnknown;
  if (refused) return binance_meaning(*refusal);
  return http_status == 403 ? ErrorCode::kRateLimited : ErrorCode::kOutcomeUnknown;
}

std::optional<Timestamp> banned_until(std::string_view message) {
  const std::size_t at = message.find(kBannedWords);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view digits = message.substr(at + kBannedWords.size());
  Timestamp until;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), until.ms);
  if (error != std::errc{} || until.ms <= 0) return std::nullopt;
  return until;
}

std::string with_readable_ban(std::string message) {
  constexpr Timestamp kLastReadable{253'402'300'799'999};  // of the year 9999
  const std::optional<Timestamp> until = banned_until(message);
  if (!until || *until > kLastReadable) return message;
  const std::size_t digits = message.find(kBannedWords) + kBannedWords.size();
  const std::size_t end = std::min(message.find_first_not_of("0123456789", digits), message.size());
  return message.insert(end, " (" + to_iso8601(*until) + ")");
}

}  // namespace botbox::exchange
