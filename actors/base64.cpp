#include "actors/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace botbox::actors {
namespace {

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_";

const unsigned char* raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* raw(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

std::string to_base64url(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a zero byte
  text.resize(static_cast<std::size_t>(
      EVP_EncodeBlock(raw(text), raw(bytes), static_cast<int>(bytes.size()))));
  while (text.ends_with('=')) text.pop_back();
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

// OpenSSL passes over blanks at both ends, and takes "=" for a digit: neither comes that far.
std::optional<std::string> from_base64(std::string_view text) {
  for (int padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
  if (text.size() % 4 == 1 || text.find_first_not_of(kDigits) != std::string_view::npos)
    return std::nullopt;
  std::string whole(text);
  std::ranges::replace(whole, '-', '+');
  std::ranges::replace(whole, '_', '/');
  const std::size_t padding = (4 - whole.size() % 4) % 4;
  whole.append(padding, '=');
  std::string bytes(whole.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(raw(bytes), raw(whole), static_cast<int>(whole.size()));
  if (size < 0) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace botbox::actors
