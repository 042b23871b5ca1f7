// Exit codes of `botbox`, for scripts. Stable.
#pragma once

#include "engine/result.hpp"

namespace botbox::cli {

enum class ExitCode : int {
  kOk = 0,
  kError = 1,       // also: something was found, or the command line is wrong
  kNotFound = 2,    // no such directory, bot or candle
  kNotRunning = 3,  // the engine that should answer does not run
  kConfig = 4,      // the configuration cannot be used
  kTimeout = 5,     // no answer in time
};

constexpr int number(ExitCode code) { return static_cast<int>(code); }

constexpr ExitCode exit_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::kNotFound: return ExitCode::kNotFound;
    case ErrorCode::kTimeout: return ExitCode::kTimeout;
    default: return ExitCode::kError;
  }
}

}  // namespace botbox::cli
