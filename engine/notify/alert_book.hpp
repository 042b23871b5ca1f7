// AlertBook: which alerts are worth a record of their own. The same words within a minute are one,
// and more than so many a minute are only counted: alerts of a fleet that fails all at once must
// not fill the event log. Each budget is counted by itself, so that a storm in one takes nothing
// from another.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "engine/model/time.hpp"

namespace botbox {

enum class AlertTaken : std::uint8_t {
  kRecord,   // news: record it
  kKnown,    // the same words were told within a minute
  kCounted,  // too many
};

class AlertBook {
 public:
  explicit AlertBook(std::size_t per_minute = 60) : per_minute_(per_minute) {}

  // `budget` is the name of what it is counted in: per_minute for each. Names are few and fixed.
  AlertTaken take(std::string_view kind, std::string_view text, Timestamp now,
                  std::string_view budget = {});
  // One that is not to be told, only counted.
  void count(Timestamp now);
  // The next words of this kind are news, however lately they were told.
  void forget(std::string_view kind);
  // Alerts that were only counted since the last call, once a minute has passed since the first.
  std::uint64_t take_counted(Timestamp now);

 private:
  struct Taken {
    Timestamp at;
    std::string words;
    std::string budget;
  };
  void forget_older(Timestamp now);

  std::size_t per_minute_;
  std::deque<Taken> taken_;                          // oldest first
  std::map<std::string, std::size_t> spent_;         // of each budget: those in taken_
  std::unordered_map<std::string, Timestamp> told_;  // those of taken_, the newest of each
  std::uint64_t counted_ = 0;
  Timestamp counted_since_;
};

}  // namespace botbox
