#include "exchange/simulator/fault_plan.hpp"

#include <array>
#include <charconv>

namespace botbox::exchange::sim {
namespace {

constexpr std::array<std::string_view, 13> kNames{
    "latency",      "drop_reply",  "reset",        "error_500", "timeout",  "truncate", "malformed",
    "drop_request", "unavailable", "rate_limited", "ban",       "ip_limit", "late"};

template <class Number>
bool read(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string_view to_string(FaultKind kind) { return kNames[static_cast<std::size_t>(kind)]; }

std::optional<FaultKind> parse_fault_kind(std::string_view text) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == text) return static_cast<FaultKind>(i);
  return std::nullopt;
}

Result<FaultRule> parse_fault_rule(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::string_view rest = text; parts.size() < 4;) {
    const std::size_t colon = rest.find(':');
    parts.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  FaultRule rule;
  const auto kind = parse_fault_kind(parts[0]);
  std::int64_t lasts = rule.lasts.count();
  const bool is_read = kind && parts.size() > 1 && read(parts[1], rule.chance) &&
                       rule.chance <= 1000 && (parts.size() < 4 || read(parts[3], lasts));
  if (!is_read)
    return fail(ErrorCode::kInvalidInput, "'" + std::string(text) + "' is no fault", {},
                "write kind:chance[:path[:milliseconds]] with a chance of 0 to 1000, for example "
                "drop_reply:50:/order");
  rule.kind = *kind;
  if (parts.size() > 2) rule.path = parts[2];
  rule.lasts = Duration{lasts};
  return rule;
}

std::optional<FaultRule> FaultPlan::draw(const std::string& method_and_path) {
  for (FaultRule& rule : rules) {
    if (rule.count == 0 || method_and_path.find(rule.path) == std::string::npos) continue;
    if (random_() % 1000 >= rule.chance) continue;
    if (rule.count > 0) --rule.count;
    return rule;
  }
  return std::nullopt;
}

}  // namespace botbox::exchange::sim
