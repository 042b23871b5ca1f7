#include "exchange/venue/funding_hours.hpp"

#include <algorithm>

namespace botbox::exchange {

// A venue that has not turned its page yet names the payment that is just made: no news.
void FundingHours::on_told(const std::vector<FundingTime>& times) {
  for (const FundingTime& told : times) {
    if (told.told_at.is_never() || told.next <= told.told_at) continue;
    Word& word = words_[told.symbol];
    if (word.next == told.next) {
      word.newest = std::max(word.newest, told.told_at);
      continue;
    }
    const Timestamp passed = word.next <= told.told_at ? word.next : word.passed;
    word = {told.told_at, told.told_at, told.next, passed};
  }
}

bool FundingHours::may_pay(const Symbol& symbol, Timestamp hour) const {
  const auto found = words_.find(symbol);
  if (found == words_.end()) return true;
  const Word& word = found->second;
  const bool is_between = word.first + kFundingWordSettles < hour && hour < word.next;
  return !is_between || hour - word.newest > kFundingWordHolds;
}

bool FundingHours::is_named(const Symbol& symbol, Timestamp hour) const {
  const auto found = words_.find(symbol);
  return found != words_.end() && (found->second.next == hour || found->second.passed == hour);
}

}  // namespace botbox::exchange
