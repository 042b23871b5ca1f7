// Whether somebody listens at an address.
#pragma once

#include <cstdint>
#include <string>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::cli {

struct TcpAddress {
  std::string host;
  std::string port;
};

// "http://127.0.0.1:8600" -> 127.0.0.1 and 8600; port 80 (https: 443) where none stands.
Result<TcpAddress> address_of(const std::string& url);

// Connects and hangs up; blocks for at most `patience`, but for the look-up of a name. Errors:
// kUnavailable (refused, no such host), kTimeout.
Result<void> probe_tcp(const TcpAddress& address, Duration patience);

}  // namespace botbox::cli
