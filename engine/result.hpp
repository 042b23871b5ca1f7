// Result<T>: the outcome of anything that reads input or touches the outside world.
//
// Three kinds of failure are never mixed in this project:
//  - a refusal is an outcome of the domain and has a ReasonCode (engine/model/reason_code.hpp);
//  - an Error is bad input or IO and travels in a Result;
//  - a bug ends the process through ENGINE_ASSERT (engine/assert.hpp).
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace botbox {

enum class ErrorCode {
  kInvalidInput,    // the caller's or the user's input is wrong; message names place and fix
  kNotFound,        // definitely not there
  kAlreadyExists,   // definitely there already
  kCorruption,      // stored bytes fail a checksum or an invariant
  kNewerData,       // written by a newer release; refusing is the only safe answer
  kIo,              // disk or socket; for writes the outcome is unknown until reopened
  kRejected,        // the exchange said no; the order does not exist there
  kNothingOpen,     // as kRejected: the position that the order would change is not open any more
  kTriggerPassed,   // as kRejected: the price is at the order's trigger, or beyond it, already
  kNotSent,         // as kRejected, but by our own side: the exchange was not asked
  kRateLimited,     // the exchange or our limiter said "later"; nothing was executed
  kUnavailable,     // nothing was sent, or it definitely did not arrive
  kOutcomeUnknown,  // sent, no definite answer: ask by client order id, never send anew
  kOverloaded,      // a bounded queue is full; nothing was accepted
  kFenced,          // the sender is an older activation
  kTimeout,         // no answer in time from a part of this process
};

constexpr std::string_view to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidInput: return "INVALID_INPUT";
    case ErrorCode::kNotFound: return "NOT_FOUND";
    case ErrorCode::kAlreadyExists: return "ALREADY_EXISTS";
    case ErrorCode::kCorruption: return "CORRUPTION";
    case ErrorCode::kNewerData: return "NEWER_DATA";
    case ErrorCode::kIo: return "IO";
    case ErrorCode::kRejected: return "REJECTED";
    case ErrorCode::kNothingOpen: return "NOTHING_OPEN";
    case ErrorCode::kTriggerPassed: return "TRIGGER_PASSED";
    case ErrorCode::kNotSent: return "NOT_SENT";
    case ErrorCode::kRateLimited: return "RATE_LIMITED";
    case ErrorCode::kUnavailable: return "UNAVAILABLE";
    case ErrorCode::kOutcomeUnknown: return "OUTCOME_UNKNOWN";
    case ErrorCode::kOverloaded: return "OVERLOADED";
    case ErrorCode::kFenced: return "FENCED";
    case ErrorCode::kTimeout: return "TIMEOUT";
  }
  return "UNKNOWN_ERROR_CODE";
}

// What went wrong, where, and what to do about it. Holds no secret.
struct Error {
  ErrorCode code = ErrorCode::kInvalidInput;
  std::string message;  // one sentence for a person
  std::string place;    // file:line, key, endpoint or record; may be empty
  std::string fix;      // what the reader can do; may be empty

  bool operator==(const Error&) const = default;
};

inline std::string to_string(const Error& error) {
  std::string text =
      error.place.empty() ? error.message : fmt::format("{}: {}", error.place, error.message);
  if (!error.fix.empty()) text += fmt::format(" ({})", error.fix);
  return text;
}

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(ErrorCode code, std::string message, std::string place = {},
                                  std::string fix = {}) {
  return tl::unexpected<Error>(Error{code, std::move(message), std::move(place), std::move(fix)});
}

}  // namespace botbox

// Returns the error of `expr` from the enclosing function.
#define BOTBOX_TRY(expr)                                                            \
  do {                                                                              \
    if (auto botbox_try_result = (expr); !botbox_try_result)                        \
      return tl::unexpected<::botbox::Error>(std::move(botbox_try_result).error()); \
  } while (false)

#define BOTBOX_CONCAT_INNER(a, b) a##b
#define BOTBOX_CONCAT(a, b) BOTBOX_CONCAT_INNER(a, b)

// Declares `decl` from the value of `expr`, or returns its error from the enclosing function.
#define BOTBOX_ASSIGN(decl, expr) \
  BOTBOX_ASSIGN_INNER(BOTBOX_CONCAT(botbox_assign_result_, __LINE__), decl, expr)
#define BOTBOX_ASSIGN_INNER(tmp, decl, expr)                                \
  auto tmp = (expr);                                                        \
  if (!tmp) return tl::unexpected<::botbox::Error>(std::move(tmp).error()); \
  decl = std::move(*tmp)
