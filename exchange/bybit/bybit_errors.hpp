// What Bybit's retCodes mean for us. The table is data, from the venue's "Error Codes" page (V5, as
// of July 2026; retired codes as they were); codes it does not list go by their family, and what
// belongs to no family of refusals is an unknown outcome.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/result.hpp"
#include "exchange/venue/credentials.hpp"

namespace botbox::exchange::bybit {

enum class Meaning : std::uint8_t {
  kAccepted,
  kRefused,
  kDuplicate,     // the orderLinkId is taken
  kNoSuchOrder,   // or it is final already
  kNothingOpen,   // no position that the order could reduce
  kPassed,        // the price is at the trigger, or beyond it, already
  kNothingToDo,   // the setting is what was asked for
  kClock,         // the time stamp lies outside recvWindow; not executed
  kSlowDown,      // the account's limit of an endpoint
  kBanned,        // the address's limit
  kNotAccepting,  // not executed, again later: a service restarts, an order is being worked on
  kUnknown,
};
Meaning meaning_of(std::int64_t ret_code);

// What a request was for: the same code means different things.
enum class Purpose : std::uint8_t { kRead, kPlace, kChange, kSet };

// `meaning` is not kAccepted. kNothingToDo is an error for everybody but kSet, whose caller asks
// before.
ErrorCode error_code_of(Meaning meaning, Purpose purpose);

// "Bybit 110007: ab not enough for new order".
Error venue_error(std::int64_t ret_code, std::string_view ret_msg, Purpose purpose,
                  std::string_view path, const Credentials& credentials);

}  // namespace botbox::exchange::bybit
