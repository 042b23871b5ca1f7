#include "engine/webhook/source_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "engine/gates/gates.hpp"
#include "engine/webhook/ip_network.hpp"

namespace botbox {
namespace {

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// The address alone: without the port that some proxies add, the brackets that go with it, and the
// zone of a link-local one.
std::string_view host_of(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find_first_of("]%") - 1);
  if (const std::size_t colon = text.find(':'); text.rfind(':') == colon)
    return text.substr(0, colon);
  return text.substr(0, text.find('%'));
}

// An IPv4 address in four numbers, in whatever cloak it came.
std::string plain_address(std::string_view text) {
  const std::string_view host = host_of(text);
  const auto address = parse_ip(host);
  if (!address || !address->is_v4()) return std::string(host);
  return fmt::format("{}", fmt::join(address->bytes.begin() + 12, address->bytes.end(), "."));
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

std::string address_problem(std::string_view pattern) {
  return pattern == "*" ? std::string() : network_problem(pattern);
}

bool is_everybody(std::string_view pattern) {
  if (pattern == "*") return true;
  const auto network = parse_network(pattern);
  const auto holds = [&](std::string_view first, std::string_view last) {
    return network->contains(*parse_ip(first)) && network->contains(*parse_ip(last));
  };
  return network && (holds("0.0.0.1", "255.255.255.254") ||
                     holds("2000::", "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
}

bool matches_address(std::string_view pattern, std::string_view address) {
  if (pattern == "*") return true;
  const auto network = parse_network(pattern);
  const auto asked = parse_ip(host_of(address));
  return network && asked && network->contains(*asked);
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
  return plain_address(client);
}

std::string budget_owner(std::string_view client) {
  const auto address = parse_ip(client);
  if (!address || address->is_v4()) return std::string(client);
  return fmt::format("{:02x}", fmt::join(address->bytes.begin(), address->bytes.begin() + 8, ""));
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
