// AlertThresholds: from where on an operator hears of what, and down to where it stands. The
// defaults are the documents' alert list; what they leave open is chosen so that a healthy engine
// on a small machine tells nothing.
#pragma once

#include "engine/alert_level.hpp"

namespace botbox {

struct AlertThresholds {
  AlertThreshold cycle{10'000, 8'000};                      // ms that one cycle took
  AlertThreshold check_failures{0.10, 0.05};                // share of a cycle's checks
  AlertThreshold queue_depth{50, 40, Duration{10'000}};     // trades that wait or stand
  AlertThreshold outcome_unknown{0, 0, Duration{60'000}};   // trades, each by itself
  AlertThreshold data_age{300'000, 120'000};                // ms, of each series in use
  AlertThreshold clock_offset{500, 250};                    // ms between a venue's clock and ours
  AlertThreshold without_stop{0, 0, Duration{30'000}};      // open positions, by the records
  AlertThreshold mailbox{10'000, 5'000, Duration{10'000}};  // messages, of each actor
  AlertThreshold silent_actor{0, 0, Duration{30'000}};      // actors, each by itself
  AlertThreshold memory{0, 0, Duration{60'000}, false};     // MiB in memory

  bool operator==(const AlertThresholds&) const = default;
};

}  // namespace botbox
