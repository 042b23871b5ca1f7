#include "engine/notify/alert_book.hpp"

#include <utility>

namespace botbox {
namespace {
constexpr Duration kMinute{60'000};
}

void AlertBook::forget_older(Timestamp now) {
  while (!taken_.empty() && now - taken_.front().at >= kMinute) {
    const Taken& oldest = taken_.front();
    const auto told = told_.find(oldest.words);
    if (told != told_.end() && told->second == oldest.at) told_.erase(told);
    --spent_[oldest.budget];
    taken_.pop_front();
  }
}

void AlertBook::forget(std::string_view kind) {
  const std::string begin = std::string(kind) + '\n';
  std::erase_if(told_, [&](const auto& words) { return words.first.starts_with(begin); });
}

void AlertBook::count(Timestamp now) {
  if (counted_++ == 0) counted_since_ = now;
}

AlertTaken AlertBook::take(std::string_view kind, std::string_view text, Timestamp now,
                           std::string_view budget) {
  forget_older(now);
  std::string words(kind);
  words += '\n';
  words += text;
  if (told_.contains(words)) return AlertTaken::kKnown;
  std::size_t& spent = spent_[std::string(budget)];
  if (spent >= per_minute_) {
    count(now);
    return AlertTaken::kCounted;
  }
  ++spent;
  told_.emplace(words, now);
  taken_.push_back({now, std::move(words), std::string(budget)});
  return AlertTaken::kRecord;
}

std::uint64_t AlertBook::take_counted(Timestamp now) {
  if (counted_ == 0 || now - counted_since_ < kMinute) return 0;
  return std::exchange(counted_, 0);
}

}  // namespace botbox
