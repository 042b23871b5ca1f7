#include "engine/limits/limit_window.hpp"

#include <algorithm>
#include <set>

namespace botbox {

Duration permit_life_of(const RateLimiterConfig& config) {
  Duration life = config.permit_life;
  for (const LimitWindow& window : config.windows) life = std::min(life, window.length / 10);
  return life;
}

Result<void> validate(const RateLimiterConfig& config) {
  const auto bad = [](std::string rule, std::string place = {}) {
    return fail(ErrorCode::kInvalidInput, fmt::format("rate limits break the rule {}", rule),
                std::move(place));
  };
  std::set<std::string> names;
  for (const LimitWindow& window : config.windows) {
    if (window.name.empty() || !names.insert(window.name).second)
      return bad("every window has a name of its own", window.name);
    if (window.length <= Duration{0}) return bad("length > 0", window.name);
    if (window.limit <= 0 || window.limit > 1'000'000'000'000)
      return bad("0 < limit <= 1e12", window.name);
  }
  if (config.windows.empty()) return bad("at least one window");
  if (config.ceiling_percent < 1 || config.ceiling_percent > 100)
    return bad("1 <= ceiling_percent <= 100");
  if (config.protective_percent < 0 || config.protective_percent >= config.ceiling_percent)
    return bad("0 <= protective_percent < ceiling_percent");
  if (config.alert_percent < 1 || config.alert_percent > 100)
    return bad("1 <= alert_percent <= 100");
  if (config.alert_clear_percent < 0 || config.alert_clear_percent > 100)
    return bad("0 <= alert_clear_percent <= 100");
  if (config.alert_for < Duration{0}) return bad("alert_for >= 0");
  if (config.pause_percent < 1 || config.pause_percent > 100)
    return bad("1 <= pause_percent <= 100");
  if (config.buckets_per_window < 1 || config.buckets_per_window > 10'000)
    return bad("1 <= buckets_per_window <= 10000");
  if (config.reservation_percent < 1 || config.reservation_percent > 100)
    return bad("1 <= reservation_percent <= 100");
  if (config.reservation_length < Duration{100}) return bad("reservation_length >= 100 ms");
  if (config.default_stop < Duration{1000}) return bad("default_stop >= 1 s");
  if (config.permit_life < Duration{0}) return bad("permit_life >= 0");
  return {};
}

}  // namespace botbox
