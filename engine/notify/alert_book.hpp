// AlertBook: which alerts are worth a record of their own. The same words within a minute are one,
// and more than so many a minute are only counted: alerts of a fleet that fails all at once must
// not fill the event log.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "engine/model/time.hpp"

namespace botbox {

class AlertBook {
 public:
  explicit AlertBook(std::size_t per_minute = 60) : per_minute_(per_minute) {}

  // True: record it. False: it was told already, or there are too many; then it is counted.
  bool take(std::string_view kind, std::string_view text, Timestamp now);
  // The next words of this kind are news, however lately they were told.
  void forget(std::string_view kind);
  // Alerts that were only counted since the last call, once a minute has passed since the first.
  std::uint64_t take_counted(Timestamp now);

 private:
  void forget_older(Timestamp now);

  std::size_t per_minute_;
  std::deque<std::pair<Timestamp, std::string>> taken_;  // oldest first
  std::unordered_map<std::string, Timestamp> told_;      // those of taken_, the newest of each
  std::uint64_t counted_ = 0;
  Timestamp counted_since_;
};

}  // namespace botbox
