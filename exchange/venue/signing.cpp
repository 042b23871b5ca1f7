#include "exchange/venue/signing.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "engine/assert.hpp"

namespace botbox::exchange {

std::string hmac_sha256(std::string_view secret, std::string_view message) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  const unsigned char* made = HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                                   reinterpret_cast<const unsigned char*>(message.data()),
                                   message.size(), digest.data(), &length);
  ENGINE_ASSERT(made != nullptr && length == 32);
  return {reinterpret_cast<const char*>(digest.data()), length};
}

std::string hmac_sha256_hex(std::string_view secret, std::string_view message) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(64);
  for (const char c : hmac_sha256(secret, message)) {
    const auto byte = static_cast<unsigned char>(c);
    hex.push_back(kDigits[byte >> 4U]);
    hex.push_back(kDigits[byte & 15U]);
  }
  return hex;
}

}  // namespace botbox::exchange
