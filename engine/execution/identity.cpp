#include "engine/execution/identity.hpp"

#include <fmt/compile.h>
#include <openssl/sha.h>

#include <array>
#include <initializer_list>
#include <iterator>

#include "engine/mutation.hpp"

namespace botbox {
namespace {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

// Each part goes in with its length, so that ("ab","c") and ("a","bc") differ. A hand-written hash
// would save the dependency and cost the certainty: OpenSSL's is the one thing here beyond fmt.
Digest digest_of(std::initializer_list<std::string_view> parts) {
  std::string joined;
  joined.reserve(192);
  for (const std::string_view part : parts) {
    fmt::format_to(std::back_inserter(joined), FMT_COMPILE("{}:"), part.size());
    joined += part;
  }
  Digest digest;
  SHA256(reinterpret_cast<const unsigned char*>(joined.data()), joined.size(), digest.data());
  return digest;
}

std::string hex(const Digest& digest, std::size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes * 2);
  for (std::size_t i = 0; i < bytes; ++i) {
    text.push_back(kDigits[digest[i] >> 4]);
    text.push_back(kDigits[digest[i] & 15]);
  }
  return text;
}

}  // namespace

SignalId signal_id(const SignalIdentity& identity) {
  return {hex(digest_of({"signal", identity.bot.value, std::to_string(identity.settings_version),
                         identity.symbol.value, to_string(identity.timeframe),
                         std::to_string(identity.candle_close.ms), to_string(identity.direction),
                         std::to_string(identity.leg)}),
              16)};
}

std::string content_hash(std::initializer_list<std::string_view> parts) {
  return hex(digest_of(parts), 16);
}

SignalId alert_signal_id(const BotId& bot, std::string_view own_id) {
  return {hex(digest_of({"alert", bot.value, own_id}), 16)};
}

SignalId alert_signal_id(const BotId& bot, std::string_view content, Timestamp first_seen) {
  return {
      hex(digest_of({"alert-content", bot.value, content, fmt::format("{}", first_seen.ms)}), 16)};
}

std::string content_digest(std::string_view content) {
  return hex(digest_of({"content-digest", content}), 6);
}

IdempotencyKey idempotency_key(const SignalId& signal) { return {"s:" + signal.value}; }

IdempotencyKey idempotency_key(const BotId& bot, std::string_view canonical_content) {
  return {"c:" + hex(digest_of({"content", bot.value, canonical_content}), 16)};
}

namespace {

constexpr std::string_view kOrderPrefix = "bb";
constexpr std::size_t kOrderDigits = 26;  // behind it

}  // namespace

ClientOrderId client_order_id(const InstallationId& installation, const IdempotencyKey& intent,
                              OrderLeg leg) {
  constexpr std::string_view kAlphabet = "abcdefghijklmnopqrstuvwxyz234567";
  const Digest digest =
      digest_of({"order", installation.value, intent.value, to_string(leg), mutation::id_salt()});
  std::string id{kOrderPrefix};
  std::uint32_t bits = 0;
  int available = 0;
  for (std::size_t next = 0; id.size() < kOrderPrefix.size() + kOrderDigits;) {
    if (available < 5) {
      bits = (bits << 8) | digest[next++];
      available += 8;
    }
    id.push_back(kAlphabet[(bits >> (available - 5)) & 31]);
    available -= 5;
  }
  return {id};
}

bool may_be_client_order_id(const ClientOrderId& id) {
  const bool has_form =
      id.value.size() == kOrderPrefix.size() + kOrderDigits && id.value.starts_with(kOrderPrefix);
  return has_form &&
         id.value.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
}

}  // namespace botbox
