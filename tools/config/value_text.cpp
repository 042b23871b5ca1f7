#include "tools/config/value_text.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

namespace botbox::config {
namespace {

constexpr std::int64_t kLongestMs = 3653LL * 86'400'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes "30s" from the front of `rest`; `unit` is the first unit still allowed and moves past the
// one that was read.
std::optional<std::int64_t> take_part(std::string_view& rest, std::size_t& unit) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (error != std::errc{} || !is_digit(rest.front())) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  std::size_t letters = 0;
  while (letters < rest.size() && !is_digit(rest[letters])) ++letters;
  const std::string_view name = rest.substr(0, letters);
  while (unit < kDurationUnits.size() && kDurationUnits[unit].name != name) ++unit;
  if (unit == kDurationUnits.size() || count > kLongestMs / kDurationUnits[unit].ms)
    return std::nullopt;
  rest.remove_prefix(letters);
  return count * kDurationUnits[unit++].ms;
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before;
  std::vector<std::size_t> last(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::vector<std::size_t> row(b.size() + 1, i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = std::exchange(last, std::move(row));
  }
  return last[b.size()];
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not a duration", text), {},
                "write \"250ms\", \"30s\", \"5m\", \"1h30m\", or whole seconds as a number");
  };
  if (text.empty()) return bad();
  if (std::all_of(text.begin(), text.end(), is_digit)) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc{} || seconds > kLongestMs / 1000) return bad();
    return Duration{seconds * 1000};
  }
  std::int64_t total = 0;
  std::size_t unit = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto part = take_part(rest, unit);
    if (!part) return bad();
    total += *part;
  }
  if (total > kLongestMs) return bad();
  return Duration{total};
}

Result<Decimal> parse_ratio(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not a ratio", text), {},
                "write \"2%\" or 0.02");
  };
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  while (percent && text.ends_with(' ')) text.remove_suffix(1);
  const Result<Decimal> number = Decimal::parse(text);
  if (!number) return bad();
  if (!percent) return *number;
  const Result<Decimal> ratio = divide(*number, Decimal::from_int(100), Rounding::kHalfEven);
  return ratio ? ratio : Result<Decimal>(bad());
}

std::optional<std::string> nearest_name(std::string_view word,
                                        const std::vector<std::string>& candidates) {
  const std::string lower = to_lower(word);
  std::optional<std::string> best;
  std::size_t best_distance =
      std::max<std::size_t>(1, std::min<std::size_t>(word.size() / 3, 4)) + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(lower, to_lower(candidate));
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

bool is_secret_name(std::string_view key) {
  const std::string lower = to_lower(key);
  constexpr std::array<std::string_view, 4> kSecrets{"secret", "token", "password", "api_key"};
  return std::any_of(kSecrets.begin(), kSecrets.end(),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower;
}

std::string proxy_problem(std::string_view address) {
  constexpr std::array<std::string_view, 3> kSchemes{"http", "https", "socks5h"};
  const std::size_t scheme = address.find("://");
  if (scheme == std::string_view::npos ||
      std::find(kSchemes.begin(), kSchemes.end(), address.substr(0, scheme)) == kSchemes.end())
    return "must begin with http://, https:// or socks5h://";
  const bool is_plain = std::all_of(address.begin(), address.end(),
                                    [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!is_plain) return "must not hold blanks or special characters (write them as %20)";
  std::string_view host = address.substr(scheme + 3);
  if (const std::size_t at = host.rfind('@'); at != std::string_view::npos)
    host.remove_prefix(at + 1);
  if (host.ends_with('/')) host.remove_suffix(1);
  if (host.find_first_of("/?#") != std::string_view::npos) return "must end after host and port";
  // An address of version 6 stands in brackets, with colons of its own.
  const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
  if (bracket == std::string_view::npos) return "must close the bracket of its address";
  const std::size_t colon = host.find(':', bracket);
  if (host.substr(0, colon).empty()) return "must name a host";
  if (colon == std::string_view::npos) return {};
  int port = 0;
  const char* const last = host.data() + host.size();
  const auto [end, error] = std::from_chars(host.data() + colon + 1, last, port);
  const bool is_port = error == std::errc{} && end == last && port > 0 && port < 65536;
  return is_port ? "" : "must end in a port between 1 and 65535";
}

std::string without_credentials(std::string_view address) {
  const std::size_t scheme = address.find("://");
  const std::size_t begin = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string(address);
  return std::string(address.substr(0, begin)) + "***" + std::string(address.substr(at));
}

}  // namespace botbox::config
