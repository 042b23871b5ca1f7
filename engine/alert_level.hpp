// AlertLevel: one condition that an operator hears of when it begins and when it ends. Between the
// two levels nothing changes, so a value that swings around one of them does not flap.
#pragma once

#include <cstdint>

namespace botbox {

enum class AlertChange : std::uint8_t { kNone, kRaised, kCleared };

class AlertLevel {
 public:
  // Raised above `raise_above`, cleared at or below `clear_at`, which must not be the higher one.
  constexpr AlertLevel(double raise_above, double clear_at)
      : raise_above_(raise_above), clear_at_(clear_at) {}

  constexpr AlertChange update(double value) {
    if (is_raised_ ? value > clear_at_ : value <= raise_above_) return AlertChange::kNone;
    is_raised_ = !is_raised_;
    return is_raised_ ? AlertChange::kRaised : AlertChange::kCleared;
  }
  constexpr bool is_raised() const { return is_raised_; }

 private:
  double raise_above_;
  double clear_at_;
  bool is_raised_ = false;
};

}  // namespace botbox
