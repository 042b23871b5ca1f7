// Request signatures of the venues: hex HMAC-SHA256 (RFC 2104, FIPS 180-4).
#pragma once

#include <string>
#include <string_view>

namespace botbox::exchange {

// 64 lower-case hex digits.
std::string hmac_sha256_hex(std::string_view secret, std::string_view message);

}  // namespace botbox::exchange
