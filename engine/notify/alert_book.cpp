#include "engine/notify/alert_book.hpp"

namespace botbox {
namespace {
constexpr Duration kMinute{60'000};
}

void AlertBook::forget_older(Timestamp now) {
  while (!taken_.empty() && now - taken_.front().first >= kMinute) {
    const auto told = told_.find(taken_.front().second);
    if (told != told_.end() && told->second == taken_.front().first) told_.erase(told);
    taken_.pop_front();
  }
}

void AlertBook::forget(std::string_view kind) {
  const std::string begin = std::string(kind) + '\n';
  std::erase_if(told_, [&](const auto& words) { return words.first.starts_with(begin); });
}

bool AlertBook::take(std::string_view kind, std::string_view text, Timestamp now) {
  forget_older(now);
  std::string words(kind);
  words += '\n';
  words += text;
  if (told_.contains(words)) return false;
  if (taken_.size() >= per_minute_) {
    if (counted_++ == 0) counted_since_ = now;
    return false;
  }
  told_.emplace(words, now);
  taken_.emplace_back(now, std::move(words));
  return true;
}

std::uint64_t AlertBook::take_counted(Timestamp now) {
  if (counted_ == 0 || now - counted_since_ < kMinute) return 0;
  return std::exchange(counted_, 0);
}

}  // namespace botbox
