// SlidingUsage: how much was granted within one sliding window.
//
// Grants close to one another share an entry, so memory is bounded by length / granularity. An
// entry leaves only when the *newest* grant in it is out of the window, so the total is never below
// the truth: for any two grants at most `length` apart, the later one was made while the earlier
// one was counted. (Both ends count; an exchange that counts half-open windows is only treated more
// carefully.)
#pragma once

#include <cstdint>
#include <deque>
#include <initializer_list>
#include <vector>

#include "engine/limits/limiter_state.hpp"
#include "engine/model/time.hpp"

namespace botbox {

class SlidingUsage {
 public:
  SlidingUsage(Duration length, Duration granularity)
      : length_(length), granularity_(granularity) {}

  // `at` is not before anything counted so far.
  void add(Timestamp at, std::int64_t amount);
  // For usage learnt later, of any time.
  void insert(UsedAmount used);
  void expire(Timestamp now);
  void clear();
  // Moves everything in time: the clock was set back by -`by`.
  void shift(Duration by);

  std::int64_t total() const { return total_; }
  // The first time at which the totals of `parts` sum to <= allowed if nothing is added; "never" if
  // that is already so. All parts have one length; allowed >= 0.
  static Timestamp falls_to(std::initializer_list<const SlidingUsage*> parts, std::int64_t allowed);
  std::vector<UsedAmount> used() const;
  std::size_t entries() const { return entries_.size(); }

 private:
  struct Entry {
    Timestamp first;
    Timestamp last;
    std::int64_t amount = 0;
  };
  Duration length_;
  Duration granularity_;
  std::deque<Entry> entries_;  // ascending in `last`
  std::int64_t total_ = 0;
};

}  // namespace botbox
