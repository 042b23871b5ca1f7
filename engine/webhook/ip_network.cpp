#include "engine/webhook/ip_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace botbox {
namespace {

constexpr unsigned kCloakBits = 96;  // of "::ffff:" before an IPv4 address

// All of `text`, as a number of at most `digits_max` digits of this base.
std::optional<unsigned> bounded_number(std::string_view text, int base, std::size_t digits_max) {
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  if (text.size() > digits_max) return std::nullopt;
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

// The parts between the separators; of an empty text none.
std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
    if (text.empty()) parts.emplace_back();
  }
  return parts;
}

// A leading zero would be octal to some: it is refused, as inet_pton does.
std::optional<std::array<std::uint8_t, 4>> four_numbers(std::string_view text) {
  const std::vector<std::string_view> parts = parts_of(text, '.');
  if (parts.size() != 4) return std::nullopt;
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto number = bounded_number(parts[i], 10, 3);
    if (!number || *number > 255 || (parts[i].size() > 1 && parts[i].front() == '0'))
      return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*number);
  }
  return bytes;
}

// The bytes of one side of "::", or of a whole address without it. Only the last part may be IPv4.
std::optional<std::vector<std::uint8_t>> groups_of(std::string_view text, bool is_end) {
  std::vector<std::uint8_t> bytes;
  const std::vector<std::string_view> parts = parts_of(text, ':');
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (is_end && i + 1 == parts.size() && parts[i].find('.') != std::string_view::npos) {
      const auto numbers = four_numbers(parts[i]);
      if (!numbers) return std::nullopt;
      bytes.insert(bytes.end(), numbers->begin(), numbers->end());
      continue;
    }
    const auto group = bounded_number(parts[i], 16, 4);
    if (!group) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*group >> 8));
    bytes.push_back(static_cast<std::uint8_t>(*group & 0xFF));
  }
  return bytes;
}

std::optional<IpAddress> parse_v6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const bool has_gap = gap != std::string_view::npos;
  const auto before = groups_of(text.substr(0, gap), !has_gap);
  const auto after = groups_of(has_gap ? text.substr(gap + 2) : std::string_view(), true);
  if (!before || !after) return std::nullopt;
  IpAddress address;
  const std::size_t size = before->size() + after->size();
  // "::" stands for one group of zeros at least.
  if (has_gap ? size > address.bytes.size() - 2 : size != address.bytes.size()) return std::nullopt;
  std::ranges::copy(*before, address.bytes.begin());
  std::ranges::copy_backward(*after, address.bytes.end());
  return address;
}

// The address, and what stands behind it: "/LENGTH", or nothing.
std::optional<std::pair<IpAddress, std::string_view>> split_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  return std::pair(*address,
                   slash == std::string_view::npos ? std::string_view() : text.substr(slash));
}

// How many of the 128 bits "/LENGTH" counts, behind an address that is written as in `text`.
std::optional<unsigned> prefix_bits(std::string_view text, std::string_view length) {
  const bool is_short = text.find(':') == std::string_view::npos;  // "/8" of "10.0.0.0"
  if (length.empty()) return 128;
  const auto bits = bounded_number(length.substr(1), 10, 3);
  if (!bits || *bits > (is_short ? 32U : 128U)) return std::nullopt;
  return is_short ? kCloakBits + *bits : *bits;
}

}  // namespace

bool IpAddress::is_v4() const {
  return std::all_of(bytes.begin(), bytes.begin() + 10, [](auto byte) { return byte == 0; }) &&
         bytes[10] == 0xFF && bytes[11] == 0xFF;
}

std::optional<IpAddress> parse_ip(std::string_view text) {
  if (text.find(':') != std::string_view::npos) return parse_v6(text);
  const auto numbers = four_numbers(text);
  if (!numbers) return std::nullopt;
  IpAddress address;
  address.bytes[10] = address.bytes[11] = 0xFF;
  std::ranges::copy(*numbers, address.bytes.begin() + 12);
  return address;
}

bool IpNetwork::contains(const IpAddress& address) const {
  if (base.is_v4() != address.is_v4()) return false;
  const std::size_t whole = prefix / 8;
  if (!std::equal(base.bytes.begin(), base.bytes.begin() + whole, address.bytes.begin()))
    return false;
  const unsigned rest = prefix % 8;
  return rest == 0 || (base.bytes[whole] ^ address.bytes[whole]) >> (8 - rest) == 0;
}

std::optional<IpNetwork> parse_network(std::string_view text) {
  const auto parts = split_network(text);
  if (!parts) return std::nullopt;
  const auto bits = prefix_bits(text, parts->second);
  if (!bits || (parts->first.is_v4() && *bits < kCloakBits)) return std::nullopt;
  return IpNetwork{parts->first, *bits};
}

std::string network_problem(std::string_view text) {
  if (parse_network(text)) return {};
  const auto parts = split_network(text);
  if (!parts) return "is not an address";
  if (parts->first.is_v4() && text.find(':') != std::string_view::npos)
    return "is an IPv4 network in IPv6's form, whose prefix is 96 to 128";
  return fmt::format("has a prefix that is not a number from 0 to {}",
                     parts->first.is_v4() ? 32 : 128);
}

}  // namespace botbox
