// Who may send alerts: secrets, addresses, to which bots, and how many.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/time.hpp"

namespace botbox {

// Takes as long whatever the two have in common; the length of `secret` may show. Empty is never
// the same.
bool is_same_secret(std::string_view given, std::string_view secret);

// Patterns of addresses: "52.89.214.238", "10.0.0.0/8", "::1", "2001:db8::/32", or "*". What is
// wrong with one, for whoever wrote it; empty: nothing.
std::string address_problem(std::string_view pattern);
// Whether it holds every public address of IPv4 or of IPv6.
bool is_everybody(std::string_view pattern);
// IPv4 in an IPv6 cloak ("::ffff:10.0.0.1") counts as IPv4, on both sides; a port and a zone do not
// count.
bool matches_address(std::string_view pattern, std::string_view address);
bool matches_any_address(const std::vector<std::string>& patterns, std::string_view address);

// Who really asks: the peer, or, behind trusted proxies, the last address in X-Forwarded-For that
// is not one of theirs. What stands left of it may be invented by the sender. Without port,
// brackets and zone, IPv4 in four numbers.
std::string client_address(std::string_view peer, std::string_view forwarded_for,
                           const std::vector<std::string>& trusted_proxies);

// Whose budget of wrong secrets or of requests a client's is: one IPv4 address, or a /64 of IPv6,
// in which one machine may have any address it likes.
std::string budget_owner(std::string_view client);

// TradingView's senders, as published.
const std::vector<std::string>& tradingview_addresses();

// A bot's id, with '*' for any characters: "trend-*".
bool is_bot_pattern(std::string_view pattern);
// Whether a source with this list may send signals to the bot. Empty: to every bot.
bool may_signal(const std::vector<std::string>& bots, std::string_view bot);

// `text` with "***" wherever the secret stands; also for what is left of it, 8 bytes or more, where
// the text was cut.
std::string without_secret(std::string_view text, std::string_view secret);

// At most `per_minute` in any burst, and as many a minute in the long run.
class AlertBudget {
 public:
  explicit AlertBudget(std::uint32_t per_minute = 0) : per_minute_(per_minute) {}
  // False: too many; nothing is counted.
  bool take(Timestamp now);

 private:
  std::uint32_t per_minute_;
  std::int64_t used_ms_ = 0;  // 60,000 an alert; `per_minute` less each millisecond
  Timestamp last_;
};

}  // namespace botbox
