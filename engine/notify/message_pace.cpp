#include "engine/notify/message_pace.hpp"

#include <algorithm>

namespace botbox {
namespace {

constexpr Duration kLongestDelay{300'000};

// FNV-1a: any even spread will do.
std::uint64_t spread_of(std::string_view name) {
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : name) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ULL;
  }
  return hash;
}

}  // namespace

// A token is free when taking it would fill the bucket no later than one whole period from now.
Timestamp TokenBucket::free_at(Timestamp now) const {
  const std::int64_t each_us = per_.count() * 1'000 / capacity_;
  const std::int64_t latest_us = now.ms * 1'000 + per_.count() * 1'000 - each_us;
  if (full_at_us_ <= latest_us) return now;
  return {now.ms + (full_at_us_ - latest_us + 999) / 1'000};
}

void TokenBucket::take(Timestamp now) {
  const std::int64_t each_us = per_.count() * 1'000 / capacity_;
  full_at_us_ = std::max(full_at_us_, now.ms * 1'000) + each_us;
}

void MessagePace::set_target(const std::string& target, const std::vector<Rule>& rules) {
  std::vector<TokenBucket>& buckets = targets_[target];
  buckets.clear();
  for (const Rule& rule : rules) buckets.emplace_back(rule.capacity, rule.per);
}

void MessagePace::stop(const std::string& target, Timestamp until, Timestamp now) {
  std::erase_if(stopped_, [now](const auto& one) { return one.second <= now; });
  Timestamp& stopped = stopped_[target];
  stopped = std::max(stopped, until);
  if (stopped_.size() < 2) return;
  Timestamp first = stopped;
  for (const auto& [name, at] : stopped_) first = std::min(first, at);
  stopped_until_ = std::max(stopped_until_, first);
}

Timestamp MessagePace::free_at(const std::string& target, Timestamp now) const {
  Timestamp free = std::max(overall_.free_at(now), std::max(now, stopped_until_));
  if (const auto stopped = stopped_.find(target); stopped != stopped_.end())
    free = std::max(free, stopped->second);
  const auto found = targets_.find(target);
  if (found == targets_.end()) return free;
  for (const TokenBucket& bucket : found->second) free = std::max(free, bucket.free_at(now));
  return free;
}

Permit MessagePace::take(const std::string& target, Timestamp now) {
  overall_.take(now);
  const auto found = targets_.find(target);
  if (found != targets_.end())
    for (TokenBucket& bucket : found->second) bucket.take(now);
  return issue();
}

MessagePace telegram_pace() { return MessagePace({15, Duration{1'000}}); }

std::vector<MessagePace::Rule> telegram_chat_rules(std::int64_t chat) {
  std::vector<MessagePace::Rule> rules{{1, Duration{1'000}}};
  if (chat < 0) rules.push_back({10, Duration{60'000}});
  return rules;
}

Duration delivery_retry_delay(std::uint32_t failures, std::string_view name) {
  const std::uint32_t doublings = std::min<std::uint32_t>(failures > 0 ? failures - 1 : 0, 9);
  const Duration full = std::min(Duration{1'000LL << doublings}, kLongestDelay);
  const auto share = static_cast<std::int64_t>(spread_of(name) % 200);
  return full - Duration{full.count() * share / 1'000};
}

}  // namespace botbox
