// Which alerts cannot wait: orders, positions or the engine itself are in danger.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace botbox {

inline constexpr std::array<std::string_view, 10> kCriticalAlerts{
    "bot.quarantined",        "trade.unknown",        "disk.low",
    "fleet.restarts",         "exchange.health",      "reconciliation.failed",
    "positions.without_stop", "position.unprotected", "actor.silent",
    "exchange.unreachable"};

constexpr bool is_critical_alert(std::string_view kind) {
  return std::ranges::find(kCriticalAlerts, kind) != kCriticalAlerts.end();
}

}  // namespace botbox
