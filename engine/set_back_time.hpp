// What a clock shows while the system's clock is behind what it showed before, because that one was
// set back. Time must not go backwards, and must not stand still either: for as long as the step
// was no window of the limiter would empty, no order of unknown outcome be asked for, no bot look.
// So it goes on at half its pace until the two meet.
#pragma once

#include <algorithm>

#include "engine/model/time.hpp"

namespace botbox {

class SetBackTime {
 public:
  // `newest` is the newest time that was shown, by whomever; `steady` counts from anywhere and is
  // never set. Never less than `newest`.
  Timestamp show(Timestamp newest, Duration steady) {
    if (newest != shown_) {
      from_ = newest;
      from_steady_ = steady;
    }
    shown_ = std::max(newest, from_ + (steady - from_steady_) / 2);
    return shown_;
  }

 private:
  Timestamp shown_;
  Timestamp from_;
  Duration from_steady_{0};
};

}  // namespace botbox
