#include "engine/webhook/source_rules.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "engine/gates/gates.hpp"

namespace botbox {
namespace {

std::string_view bare(std::string_view address) {
  constexpr std::string_view kCloak = "::ffff:";
  if (address.starts_with(kCloak) && address.find('.') != std::string_view::npos)
    address.remove_prefix(kCloak.size());
  return address;
}

std::optional<std::uint32_t> ipv4(std::string_view text) {
  std::uint32_t bits = 0;
  for (int part = 0; part < 4; ++part) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || number > 255) return std::nullopt;
    bits = (bits << 8) | number;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (part == 3) return text.empty() ? std::optional(bits) : std::nullopt;
    if (!text.starts_with('.')) return std::nullopt;
    text.remove_prefix(1);
  }
  return std::nullopt;
}

struct Network {
  std::uint32_t bits = 0;
  std::uint32_t mask = 0;
};

std::optional<Network> network_of(std::string_view pattern) {
  const std::size_t slash = pattern.find('/');
  const auto bits = ipv4(pattern.substr(0, slash));
  if (!bits) return std::nullopt;
  unsigned length = 32;
  if (slash != std::string_view::npos) {
    const std::string_view digits = pattern.substr(slash + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    if (error != std::errc{} || end != digits.data() + digits.size() || length > 32)
      return std::nullopt;
  }
  const std::uint32_t mask = length == 0 ? 0 : ~std::uint32_t{0} << (32 - length);
  return Network{*bits & mask, mask};
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// How much of the secret's beginning ends the text, as where a text was cut; 0: too little to tell.
std::size_t begun_at_end(std::string_view text, std::string_view secret) {
  constexpr std::size_t kLeast = 8;
  for (std::size_t count = std::min(text.size(), secret.size()); count >= kLeast; --count)
    if (text.ends_with(secret.substr(0, count))) return count;
  return 0;
}

}  // namespace

bool is_same_secret(std::string_view given, std::string_view secret) {
  if (secret.empty()) return false;
  unsigned different = given.size() == secret.size() ? 0 : 1;
  for (std::size_t i = 0; i < secret.size(); ++i) {
    // Reads as many bytes whatever was given.
    const unsigned char other =
        given.empty() ? 0 : static_cast<unsigned char>(given[i % given.size()]);
    different |= static_cast<unsigned>(static_cast<unsigned char>(secret[i]) ^ other);
  }
  return different == 0;
}

bool is_address_pattern(std::string_view pattern) {
  if (pattern == "*" || network_of(pattern)) return true;
  return pattern.find(':') != std::string_view::npos &&
         pattern.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
}

bool matches_address(std::string_view pattern, std::string_view address) {
  address = bare(address);
  if (pattern == "*" || bare(pattern) == address) return true;
  const auto network = network_of(pattern);
  const auto bits = ipv4(address);
  return network && bits && (*bits & network->mask) == network->bits;
}

bool matches_any_address(const std::vector<std::string>& patterns, std::string_view address) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return matches_address(pattern, address); });
}

std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<std::string>& trusted_proxies) {
  std::string_view client = peer;
  while (matches_any_address(trusted_proxies, client) && !forwarded_for.empty()) {
    const std::size_t comma = forwarded_for.rfind(',');
    const std::size_t start = comma == std::string_view::npos ? 0 : comma + 1;
    const std::string_view hop = without_blanks(forwarded_for.substr(start));
    if (hop.empty()) break;
    client = hop;
    forwarded_for = comma == std::string_view::npos ? "" : forwarded_for.substr(0, comma);
  }
  return std::string(bare(client));
}

const std::vector<std::string>& tradingview_addresses() {
  static const std::vector<std::string> kAddresses{"52.89.214.238", "34.212.75.30", "54.218.53.128",
                                                   "52.32.178.7"};
  return kAddresses;
}

bool is_bot_pattern(std::string_view pattern) {
  constexpr std::string_view kCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_-*";
  return !pattern.empty() && pattern.size() <= 64 &&
         pattern.find_first_not_of(kCharacters) == std::string_view::npos;
}

bool may_signal(const std::vector<std::string>& bots, std::string_view bot) {
  return bots.empty() || std::any_of(bots.begin(), bots.end(), [&](const std::string& pattern) {
           return matches_pattern(pattern, bot);
         });
}

std::string without_secret(std::string_view text, std::string_view secret) {
  std::string out;
  for (std::size_t at = 0; !secret.empty() && (at = text.find(secret)) != std::string_view::npos;) {
    out.append(text.substr(0, at)).append("***");
    text.remove_prefix(at + secret.size());
  }
  const std::size_t begun = begun_at_end(text, secret);
  if (begun == 0) return out.append(text);
  return out.append(text.substr(0, text.size() - begun)).append("***");
}

bool AlertBudget::take(Timestamp now) {
  if (per_minute_ == 0) return true;
  constexpr std::int64_t kMinuteMs = 60'000;
  // In units of 1/per_minute ms, so that nothing is rounded.
  const std::int64_t passed = std::max<std::int64_t>(0, (now - last_).count());
  used_ms_ = passed >= kMinuteMs ? 0 : std::max<std::int64_t>(0, used_ms_ - passed * per_minute_);
  last_ = std::max(now, last_);
  if (used_ms_ + kMinuteMs > kMinuteMs * per_minute_) return false;
  used_ms_ += kMinuteMs;
  return true;
}

}  // namespace botbox
