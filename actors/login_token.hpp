// What a login at /api/v1 is answered with: JSON Web Tokens (RFC 7519) signed with HMAC-SHA256
// (HS256 of RFC 7518). The key is the secret of the API token that was given as the password, so
// they are good across restarts, and end with that secret. Nothing is kept of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/model/time.hpp"

namespace botbox::actors {

enum class LoginKind : std::uint8_t { kAccess, kRefresh };

struct LoginClaim {
  std::string token;  // name of the API token
  std::string user;   // as typed; at /api/v1 the bot that is meant
  LoginKind kind = LoginKind::kAccess;
  Timestamp until;  // whole seconds; not good any more from here on

  bool operator==(const LoginClaim&) const = default;
};

std::string sign_login(const LoginClaim& claim, std::string_view secret);
// What it says of itself: not to be believed before is_signed() says so with the secret of the
// token that it names. Empty: not one of ours.
std::optional<LoginClaim> read_login(std::string_view text);
bool is_signed(std::string_view text, std::string_view secret);

}  // namespace botbox::actors
