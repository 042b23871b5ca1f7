// AlertLevel: one condition that an operator hears of when it begins and when it ends. Between the
// two levels nothing changes, so a value that swings around one of them does not flap.
#pragma once

#include <cstdint>

#include "engine/model/time.hpp"

namespace botbox {

struct AlertThreshold {
  double raise_above = 0;
  double clear_at = 0;   // not the higher one
  Duration patience{0};  // so long must the value stand above before anybody is told
  bool is_on = true;     // off: nobody is ever told

  bool operator==(const AlertThreshold&) const = default;
};

enum class AlertChange : std::uint8_t { kNone, kRaised, kCleared };

class AlertLevel {
 public:
  constexpr explicit AlertLevel(const AlertThreshold& threshold) : threshold_(threshold) {}

  // Raised when the value has been above `raise_above` at every look for `patience`; cleared by the
  // first one at or below `clear_at`.
  constexpr AlertChange update(double value, Timestamp now) {
    if (!threshold_.is_on && !is_raised_) return AlertChange::kNone;
    if (is_raised_) {
      if (threshold_.is_on && value > threshold_.clear_at) return AlertChange::kNone;
      is_raised_ = is_above_ = false;
      return AlertChange::kCleared;
    }
    if (value <= threshold_.raise_above) {
      is_above_ = false;
      return AlertChange::kNone;
    }
    if (!is_above_) since_ = now;
    is_above_ = true;
    if (now - since_ < threshold_.patience) return AlertChange::kNone;
    is_raised_ = true;
    return AlertChange::kRaised;
  }
  // From the next look on. What stands goes on standing until a look clears it; the first one does
  // where the condition is off now.
  constexpr void set_threshold(const AlertThreshold& threshold) { threshold_ = threshold; }
  constexpr bool is_raised() const { return is_raised_; }
  // Since when the value has been above; of no meaning when it is not.
  constexpr Timestamp since() const { return since_; }
  constexpr const AlertThreshold& threshold() const { return threshold_; }

 private:
  AlertThreshold threshold_;
  Timestamp since_;
  bool is_above_ = false;
  bool is_raised_ = false;
};

}  // namespace botbox
