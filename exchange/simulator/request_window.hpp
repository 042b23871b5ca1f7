// RequestWindow: how much was used in a published window that begins at multiples of its length.
// RollingWindow: how often something happened within so long before now.
#pragma once

#include <cstdint>
#include <deque>
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

class RollingWindow {
 public:
  RollingWindow(Duration length, std::int64_t limit) : length_(length), limit_(limit) {}

  // How often in the window that ends now, this time included. What is over the limit does not
  // count for later: at most limit + 1 is told.
  std::int64_t add(const std::string& who, Timestamp now) {
    std::deque<Timestamp>& times = times_[who];
    while (!times.empty() && times.front() <= now - length_) times.pop_front();
    const auto used = static_cast<std::int64_t>(times.size()) + 1;
    if (used <= limit_) times.push_back(now);
    return used;
  }
  std::int64_t limit() const { return limit_; }
  // When the oldest of those that were counted leaves the window.
  Timestamp end_of(const std::string& who) const {
    const auto found = times_.find(who);
    if (found == times_.end() || found->second.empty()) return {};
    return found->second.front() + length_;
  }

 private:
  Duration length_;
  std::int64_t limit_;
  std::map<std::string, std::deque<Timestamp>> times_;
};

}  // namespace botbox::exchange::sim
