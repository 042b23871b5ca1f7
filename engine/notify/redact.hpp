// redacted: words of others without what looks like a secret.
#pragma once

#include <string>
#include <string_view>

namespace botbox {

// Puts "***" for the value of whatever is named secret, token, password, passphrase, signature, key
// or authorization ("secret":"x", token=x, X-Api-Key: x), for bot tokens (digits, a colon, 30 or
// more characters of [A-Za-z0-9_-]) and for runs of 40 or more letters and digits. Ids of this
// product are shorter.
std::string redacted(std::string_view text);

}  // namespace botbox
