// A clock that an operator, or a time server, sets back. As the wall clock it never shows less than
// before. It is worse than that one, and stands still until the true time has caught up.
#pragma once

#include <algorithm>

#include "engine/clock.hpp"

namespace botbox::test {

class SetBackClock final : public Clock {
 public:
  Timestamp now() const override {
    if (leader_ != nullptr) newest_ = std::max(newest_, leader_->now() - behind_);
    return newest_;
  }
  void follow(const Clock& leader) { leader_ = &leader; }
  void set_back(Duration by) {
    now();
    behind_ += by;
  }

 private:
  const Clock* leader_ = nullptr;
  Duration behind_{0};
  mutable Timestamp newest_;
};

}  // namespace botbox::test
