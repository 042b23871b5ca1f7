// HMAC-SHA256 (RFC 2104, FIPS 180-4): what requests to the venues, and logins here, are signed
// with.
#pragma once

#include <string>
#include <string_view>

namespace botbox::exchange {

// 32 bytes.
std::string hmac_sha256(std::string_view secret, std::string_view message);
// The same as 64 lower-case hex digits.
std::string hmac_sha256_hex(std::string_view secret, std::string_view message);

}  // namespace botbox::exchange
