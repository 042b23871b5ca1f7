// Base64 (RFC 4648): the alphabet for addresses and tokens ("-" and "_", no padding), which is also
// what decoding takes, beside the older one ("+" and "/", with or without padding).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace botbox::actors {

std::string to_base64url(std::string_view bytes);
// Empty: this is no base64.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace botbox::actors
