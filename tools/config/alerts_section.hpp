// [alerts]: from where on an operator hears of what.
#pragma once

#include <array>
#include <string_view>

#include "engine/alert_thresholds.hpp"

namespace botbox::config {

// What `above` and `clear` are written in. Nothing: the condition is there or not, and only `for`
// says how long.
enum class AlertUnit : std::uint8_t { kNothing, kDuration, kRatio, kCount, kMib };

struct AlertSetting {
  std::string_view name;
  AlertUnit unit;
  AlertThreshold AlertThresholds::*threshold;
};
inline constexpr std::array kAlertSettings{
    AlertSetting{"cycle", AlertUnit::kDuration, &AlertThresholds::cycle},
    AlertSetting{"check_failures", AlertUnit::kRatio, &AlertThresholds::check_failures},
    AlertSetting{"queue_depth", AlertUnit::kCount, &AlertThresholds::queue_depth},
    AlertSetting{"outcome_unknown", AlertUnit::kNothing, &AlertThresholds::outcome_unknown},
    AlertSetting{"data_age", AlertUnit::kDuration, &AlertThresholds::data_age},
    AlertSetting{"clock_offset", AlertUnit::kDuration, &AlertThresholds::clock_offset},
    AlertSetting{"without_stop", AlertUnit::kNothing, &AlertThresholds::without_stop},
    AlertSetting{"mailbox", AlertUnit::kCount, &AlertThresholds::mailbox},
    AlertSetting{"silent_actor", AlertUnit::kNothing, &AlertThresholds::silent_actor},
    AlertSetting{"memory", AlertUnit::kMib, &AlertThresholds::memory},
};

}  // namespace botbox::config
