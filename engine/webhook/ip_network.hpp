// Addresses of IPv4 and IPv6, and networks of them in CIDR notation.
//
// An address of either family is 16 bytes; IPv4 stands as "::ffff:a.b.c.d", and so does an IPv4
// address that comes in that cloak, however it is written. The families stay apart: no IPv6 network
// holds an IPv4 address.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace botbox {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};

  bool is_v4() const;
  bool operator==(const IpAddress&) const = default;
};

// Four decimal numbers without leading zeros, or RFC 4291's text forms: "::1",
// "::ffff:10.0.0.1". No brackets, port, zone or blanks.
std::optional<IpAddress> parse_ip(std::string_view text);

struct IpNetwork {
  IpAddress base;
  unsigned prefix = 128;  // bits of the 16 bytes: an IPv4 "/8" is 104

  bool contains(const IpAddress& address) const;
};

// "10.0.0.0/8", "2001:db8::/32", or one address. What stands behind the prefix is not looked at. A
// network in IPv4's cloak ("::ffff:10.0.0.0/104") is the IPv4 network, and must be inside it.
std::optional<IpNetwork> parse_network(std::string_view text);

// Why it is no network, for whoever wrote it; empty: it is one.
std::string network_problem(std::string_view text);

}  // namespace botbox
