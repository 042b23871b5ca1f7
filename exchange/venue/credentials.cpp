#include "exchange/venue/credentials.hpp"

#include <openssl/crypto.h>

#include <algorithm>

namespace botbox::exchange {
namespace {

void blot(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  constexpr std::string_view kBlot = "***";
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kBlot.size()))
    text.replace(at, secret.size(), kBlot);
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// 64 hex digits or more in a row are a signature.
void blot_signatures(std::string& text) {
  std::size_t from = 0;
  while (from < text.size()) {
    const auto begin = text.begin() + static_cast<std::ptrdiff_t>(from);
    const auto end = std::find_if_not(begin, text.end(), is_hex);
    const auto length = static_cast<std::size_t>(end - begin);
    if (length >= 64)
      text.replace(from, length, "***");
    else
      from += length + 1;
  }
}

}  // namespace

void Credentials::wipe() {
  OPENSSL_cleanse(key_.data(), key_.size());
  OPENSSL_cleanse(secret_.data(), secret_.size());
}

std::string without_secrets(std::string_view text, const Credentials& credentials) {
  constexpr std::size_t kBytesMax = 300;
  std::string out(text);
  blot(out, credentials.secret());
  blot(out, credentials.key());
  blot_signatures(out);
  std::ranges::replace_if(
      out, [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  const auto both_blank = [](char a, char b) { return a == ' ' && b == ' '; };
  out.erase(std::unique(out.begin(), out.end(), both_blank), out.end());
  if (out.size() > kBytesMax) out.resize(kBytesMax);
  return out;
}

}  // namespace botbox::exchange
