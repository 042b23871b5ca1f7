// MessagePace: how fast messages may leave, as token buckets over the time that is passed in.
//
// Telegram's rules (core.telegram.org/bots/faq): 30 messages a second overall, one a second to a
// chat, 20 a minute to a group. A window that is slid over a full bucket and its refill holds twice
// the bucket, so buckets are half of what a window may hold, and no window ever holds more. Nothing
// is kept over a restart: what then goes beyond is answered 429, and stop() heeds it.
//
// A 429 does not say whose limit it was, the chat's or the account's. It is taken for the chat's,
// since one chat may be told to wait for hours (a busy group) while another waits for an alert; the
// account's comes out by the next chat that is told so too, and from then on all are still.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/limits/permit.hpp"
#include "engine/model/time.hpp"

namespace botbox {

// `capacity` at once, refilled evenly over `per`.
class TokenBucket {
 public:
  TokenBucket(std::uint32_t capacity, Duration per) : capacity_(capacity), per_(per) {}

  // When one may be taken: `now`, or later. Time that goes back counts as standing still.
  Timestamp free_at(Timestamp now) const;
  // free_at(now) is now.
  void take(Timestamp now);

 private:
  std::uint32_t capacity_;
  Duration per_;
  // The virtual time at which the bucket will be full again: one number says all (GCRA).
  std::int64_t full_at_us_ = 0;
};

// Of one sender: overall, and for each of its targets.
class MessagePace : private PermitIssuer {
 public:
  struct Rule {
    std::uint32_t capacity = 1;
    Duration per{1'000};
  };
  explicit MessagePace(Rule overall) : overall_(overall.capacity, overall.per) {}

  // Buckets of a target; set before it is first used.
  void set_target(const std::string& target, const std::vector<Rule>& rules);
  // This target was told to be still until then. While two or more are, all of this sender's are,
  // until the first of those times.
  void stop(const std::string& target, Timestamp until, Timestamp now);
  Timestamp free_at(const std::string& target, Timestamp now) const;
  // free_at(target, now) is now.
  Permit take(const std::string& target, Timestamp now);

 private:
  TokenBucket overall_;
  Timestamp stopped_until_;                   // all
  std::map<std::string, Timestamp> stopped_;  // until when; may be over
  std::map<std::string, std::vector<TokenBucket>> targets_;
};

// Telegram's, for a chat: negative ids are groups and channels.
MessagePace telegram_pace();
std::vector<MessagePace::Rule> telegram_chat_rules(std::int64_t chat);

// How long to wait after so many failures in a row (from 1): 1 s, 2 s, 4 s, ..., at most 5 min,
// each shortened by up to a fifth, differently for each `name`, so that targets do not come in
// step.
Duration delivery_retry_delay(std::uint32_t failures, std::string_view name);

}  // namespace botbox
