// RequestWindow: how much was used in a published window that begins at multiples of its length.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "engine/model/time.hpp"

namespace botbox::exchange::sim {

class RequestWindow {
 public:
  RequestWindow(Duration length, std::int64_t limit) : length_(length), limit_(limit) {}

  // Used in the window that contains `now`, this use included.
  std::int64_t add(const std::string& who, Timestamp now, std::int64_t weight) {
    Used& used = used_[who];
    const std::int64_t window = now.ms / length_.count();
    if (used.window != window) used = {window, 0};
    return used.sum += weight;
  }
  std::int64_t limit() const { return limit_; }
  Timestamp end_of(Timestamp now) const {
    return {(now.ms / length_.count() + 1) * length_.count()};
  }

 private:
  struct Used {
    std::int64_t window = -1;
    std::int64_t sum = 0;
  };
  Duration length_;
  std::int64_t limit_;
  std::map<std::string, Used> used_;
};

}  // namespace botbox::exchange::sim
