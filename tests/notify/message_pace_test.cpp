// How fast messages may leave, and when a failed one is tried again.
#include "engine/notify/message_pace.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "engine/notify/alert_book.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox {
namespace {

// The most that any window of this length holds.
std::size_t fullest(const std::vector<Timestamp>& sent, Duration window) {
  std::size_t most = 0;
  for (std::size_t i = 0, first = 0; i < sent.size(); ++i) {
    while (sent[i] - sent[first] >= window) ++first;
    most = std::max(most, i - first + 1);
  }
  return most;
}

}  // namespace

TEST_CASE("whoever sends as soon as it may stays within Telegram's rules in every window") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  std::mt19937_64& random = runs.next();
  for (int run = 0; run < 20; ++run) {
    MessagePace pace = telegram_pace();
    const std::vector<std::int64_t> chats{1, 2, 3, -4, -5};
    for (const std::int64_t chat : chats)
      pace.set_target(std::to_string(chat), telegram_chat_rules(chat));
    std::vector<Timestamp> all;
    std::map<std::int64_t, std::vector<Timestamp>> by_chat;
    Timestamp now{1'000'000};
    while (now.ms < 1'400'000) {
      const std::int64_t chat = chats[random() % chats.size()];
      const Timestamp free = pace.free_at(std::to_string(chat), now);
      REQUIRE(free >= now);
      if (free == now) {
        pace.take(std::to_string(chat), now);
        all.push_back(now);
        by_chat[chat].push_back(now);
      }
      if (random() % 2 == 0) now = now + Duration{static_cast<std::int64_t>(random() % 400)};
    }
    CHECK(fullest(all, Duration{1'000}) <= 30);
    for (const auto& [chat, sent] : by_chat) {
      CHECK(fullest(sent, Duration{1'000}) == 1);
      if (chat < 0) CHECK(fullest(sent, Duration{60'000}) <= 20);
      // And nobody starves: a group gets ten a minute in the long run, a chat hundreds.
      CHECK(sent.size() >= 60);
    }
  }
}

TEST_CASE("overall no more than thirty leave in a second, however many chats there are") {
  MessagePace pace = telegram_pace();
  std::vector<Timestamp> all;
  Timestamp now{1'000'000};
  for (int i = 0; i < 500; ++i) {
    const std::string chat = std::to_string(i);
    pace.set_target(chat, telegram_chat_rules(i + 1));
    now = pace.free_at(chat, now);
    pace.take(chat, now);
    all.push_back(now);
  }
  CHECK(fullest(all, Duration{1'000}) <= 30);
  CHECK(all.back() - all.front() < Duration{36'000});
}

TEST_CASE("a target that was told to be still is still until then, and the others are free") {
  MessagePace pace = telegram_pace();
  const Timestamp now{5'000'000};
  pace.stop("1", now + Duration{7'000}, now);
  CHECK(pace.free_at("1", now) == now + Duration{7'000});
  CHECK(pace.free_at("2", now) == now);
  pace.stop("1", now + Duration{3'000}, now);
  CHECK(pace.free_at("1", now) == now + Duration{7'000});
  CHECK(pace.free_at("2", now) == now);
}

TEST_CASE("when a second target is told to be still meanwhile, all are until the first may speak") {
  MessagePace pace = telegram_pace();
  const Timestamp now{5'000'000};
  pace.stop("1", now + Duration{9'000}, now);
  pace.stop("2", now + Duration{5'000}, now + Duration{1'000});
  CHECK(pace.free_at("1", now) == now + Duration{9'000});
  CHECK(pace.free_at("2", now) == now + Duration{5'000});
  CHECK(pace.free_at("3", now) == now + Duration{5'000});
  // One after the other is each one's own affair.
  pace.stop("3", now + Duration{30'000}, now + Duration{9'000});
  CHECK(pace.free_at("4", now + Duration{9'000}) == now + Duration{9'000});
  CHECK(pace.free_at("3", now + Duration{9'000}) == now + Duration{30'000});
}

TEST_CASE("a permit of the pace is good once") {
  MessagePace pace = telegram_pace();
  const Permit permit = pace.take("1", {1'000});
  CHECK(permit.consume());
  CHECK_FALSE(permit.consume());
}

TEST_CASE("failures are tried again ever later, at most every five minutes, not in step") {
  Duration before{0};
  for (std::uint32_t failures = 1; failures <= 9; ++failures) {
    const Duration wait = delivery_retry_delay(failures, "a");
    CHECK(wait > before);
    const Duration full{std::min<std::int64_t>(1'000LL << (failures - 1), 300'000)};
    CHECK(wait <= full);
    CHECK(wait.count() >= full.count() * 4 / 5);
    before = wait;
  }
  CHECK(delivery_retry_delay(1'000'000, "a") <= Duration{300'000});
  CHECK(delivery_retry_delay(9, "a") != delivery_retry_delay(9, "b"));
}

TEST_CASE("the same alert within a minute is one; a flood of them is counted") {
  AlertBook book(3);
  const Timestamp now{1'000'000};
  CHECK(book.take("queue.deep", "51 trades", now) == AlertTaken::kRecord);
  CHECK(book.take("queue.deep", "51 trades", now + Duration{59'999}) == AlertTaken::kKnown);
  CHECK(book.take("queue.deep", "52 trades", now) == AlertTaken::kRecord);
  CHECK(book.take("data.stale", "x", now) == AlertTaken::kRecord);
  CHECK(book.take("data.stale", "y", now) == AlertTaken::kCounted);
  CHECK(book.take("data.stale", "z", now) == AlertTaken::kCounted);
  CHECK(book.take_counted(now + Duration{59'999}) == 0);
  CHECK(book.take_counted(now + Duration{60'000}) == 2);
  CHECK(book.take_counted(now + Duration{120'000}) == 0);
  CHECK(book.take("queue.deep", "51 trades", now + Duration{60'000}) == AlertTaken::kRecord);
}

TEST_CASE("a flood of alerts takes nothing from another budget, which is bounded as well") {
  AlertBook book(2);
  const Timestamp now{1'000'000};
  for (const char* text : {"a", "b"})
    CHECK(book.take("data.stale", text, now) == AlertTaken::kRecord);
  CHECK(book.take("data.stale", "c", now) == AlertTaken::kCounted);
  for (const char* text : {"a", "b"})
    CHECK(book.take("disk.low", text, now, "disk.low") == AlertTaken::kRecord);
  CHECK(book.take("disk.low", "c", now, "disk.low") == AlertTaken::kCounted);
  CHECK(book.take("actor.silent", "a", now, "actor.silent") == AlertTaken::kRecord);
  book.count(now);
  CHECK(book.take_counted(now + Duration{60'000}) == 3);
  CHECK(book.take("disk.low", "d", now + Duration{60'000}, "disk.low") == AlertTaken::kRecord);
}

TEST_CASE("an alert that is forgotten is news again, and known from then on") {
  AlertBook book;
  const Timestamp now{1'000'000};
  const auto take = [&](const char* kind, const char* text, Timestamp at) {
    return book.take(kind, text, at);
  };
  CHECK(take("exchange.health", "failing", now) == AlertTaken::kRecord);
  CHECK(take("queue.deep", "51 trades", now) == AlertTaken::kRecord);
  book.forget("exchange.health");
  CHECK(take("queue.deep", "51 trades", now + Duration{10'000}) == AlertTaken::kKnown);
  CHECK(take("exchange.health", "failing", now + Duration{10'000}) == AlertTaken::kRecord);
  CHECK(take("exchange.health", "failing", now + Duration{65'000}) == AlertTaken::kKnown);
  CHECK(take("exchange.health", "failing", now + Duration{70'000}) == AlertTaken::kRecord);
}

}  // namespace botbox
