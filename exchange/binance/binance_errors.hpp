// What Binance's refusals mean, as data, for spot and USD-M alike.
//
// Sources: "Error codes" of the spot and of the USD-M documentation, as of July 2026 (a few codes
// mean different things in the two: the words decide). What is not *known* to be a refusal is
// kOutcomeUnknown; HTTP 5xx always is, whatever the body says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/time.hpp"
#include "engine/result.hpp"
#include "exchange/venue/credentials.hpp"

namespace botbox::exchange {

// {"code": -1121, "msg": "Invalid symbol."}; a success that is told in this form has a code >= 0.
struct BinanceRefusal {
  std::int64_t code = 0;
  std::string message;

  bool operator==(const BinanceRefusal&) const = default;
};

ErrorCode binance_meaning(const BinanceRefusal& refusal);

// What a whole answer means; empty: a success.
std::optional<ErrorCode> binance_verdict(int http_status,
                                         const std::optional<BinanceRefusal>& refusal);

// "... IP banned until 1573742407123. ...": the venue's time at which the ban ends.
std::optional<Timestamp> banned_until(std::string_view message);
// The message with that time once more as people read it: "... until 1573742407123
// (2019-11-14T14:40:07.123Z). ...".
std::string with_readable_ban(std::string message);

}  // namespace botbox::exchange
