// How durations, ratios and names are written in a configuration.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/decimal.hpp"
#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::config {

// "250ms", "30s", "5m", "1h30m", "2d", or digits alone: seconds. Units descend, each at most once;
// at most ten years. Fractions are refused: write "250ms", not 0.25.
// What duration_text (engine/model/time.hpp) writes is read back as it was.
Result<Duration> parse_duration(std::string_view text);

// "2%" is 0.02; "0.02" is 0.02. No bounds here.
Result<Decimal> parse_ratio(std::string_view text);

// The candidate most like `word`, if one is close enough to have been meant (Levenshtein distance
// with swaps of neighbours, at most a third of the length).
std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& candidates);

// True for names whose value must never be shown: *secret*, *token*, *password*, *api_key*.
bool is_secret_name(std::string_view key);

// Why this is no address of a proxy, which is "scheme://user:password@host:port" with the scheme
// http, https or socks5h, and credentials and port left out where there are none. Empty: it is one.
// Holds nothing of the address, which may hold a password.
std::string proxy_problem(std::string_view address);
// The address with *** for the credentials in it, if any.
std::string without_credentials(std::string_view address);

std::string to_lower(std::string_view text);

}  // namespace botbox::config
