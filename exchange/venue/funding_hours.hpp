// FundingHours: at which full hours a symbol may have been paid for, by the venue's own words about
// the next payment. Pure.
//
// Venues shorten and lengthen the interval of a symbol at short notice, so a word holds for what
// follows it within the hour only, and is never taken for one about the time before it. Where
// nothing is known every hour may pay.
#pragma once

#include <chrono>
#include <map>
#include <vector>

#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange {

// A word about the next payment says nothing about hours that come later than this after it, nor
// about one that comes so soon that the venue's clocks may not agree on it.
inline constexpr Duration kFundingWordHolds = std::chrono::hours(1);
inline constexpr Duration kFundingWordSettles = std::chrono::minutes(1);

class FundingHours {
 public:
  void on_told(const std::vector<FundingTime>& times);
  // False: the venue said before `hour` that the next payment comes after it.
  bool may_pay(const Symbol& symbol, Timestamp hour) const;
  // The venue has named this hour, and had not taken it back when it came.
  bool is_named(const Symbol& symbol, Timestamp hour) const;

 private:
  struct Word {
    Timestamp first;   // told at, with this next payment
    Timestamp newest;  // told at
    Timestamp next;
    Timestamp passed;  // the last one named before it whose time came
  };
  std::map<Symbol, Word> words_;
};

}  // namespace botbox::exchange
