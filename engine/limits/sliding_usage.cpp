#include "engine/limits/sliding_usage.hpp"

#include <algorithm>

#include "engine/assert.hpp"

namespace botbox {

void SlidingUsage::add(Timestamp at, std::int64_t amount) {
  ENGINE_ASSERT(amount >= 0);
  ENGINE_ASSERT(entries_.empty() || at >= entries_.back().last);
  if (amount == 0) return;
  total_ += amount;
  if (!entries_.empty() && at - entries_.back().first < granularity_) {
    entries_.back().last = at;
    entries_.back().amount += amount;
    return;
  }
  entries_.push_back({at, at, amount});
}

void SlidingUsage::insert(UsedAmount used) {
  ENGINE_ASSERT(used.amount >= 0);
  if (used.amount == 0) return;
  const auto at = std::upper_bound(entries_.begin(), entries_.end(), used.at,
                                   [](Timestamp t, const Entry& entry) { return t < entry.last; });
  entries_.insert(at, {used.at, used.at, used.amount});
  total_ += used.amount;
}

void SlidingUsage::expire(Timestamp now) {
  while (!entries_.empty() && entries_.front().last + length_ < now) {
    total_ -= entries_.front().amount;
    entries_.pop_front();
  }
}

void SlidingUsage::clear() {
  entries_.clear();
  total_ = 0;
}

void SlidingUsage::shift(Duration by) {
  for (Entry& entry : entries_) {
    entry.first = entry.first + by;
    entry.last = entry.last + by;
  }
}

Timestamp SlidingUsage::falls_to(std::initializer_list<const SlidingUsage*> parts,
                                 std::int64_t allowed) {
  ENGINE_ASSERT(allowed >= 0);
  std::int64_t left = 0;
  for (const SlidingUsage* part : parts) left += part->total_;
  if (left <= allowed) return {};
  std::vector<UsedAmount> leaving;
  for (const SlidingUsage* part : parts)
    for (const Entry& entry : part->entries_)
      leaving.push_back({entry.last + part->length_ + Duration{1}, entry.amount});
  std::sort(leaving.begin(), leaving.end(),
            [](const UsedAmount& a, const UsedAmount& b) { return a.at < b.at; });
  for (const UsedAmount& next : leaving) {
    left -= next.amount;
    if (left <= allowed) return next.at;
  }
  ENGINE_ASSERT(left == 0);
  return {};
}

std::vector<UsedAmount> SlidingUsage::used() const {
  std::vector<UsedAmount> all;
  all.reserve(entries_.size());
  for (const Entry& entry : entries_) all.push_back({entry.last, entry.amount});
  return all;
}

}  // namespace botbox
