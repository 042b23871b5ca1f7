// BirthIndex: where in the event log the newest signals, intents, trades and positions were born.
// Lists of them read what they show and not the thousands of events in between. Safe to use from
// any thread; made anew at each start, and nothing depends on it: what it does not know, the log
// does.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "engine/model/event.hpp"

namespace botbox::actors {

enum class BirthOf : std::uint8_t { kSignal, kIntent, kTrade, kPosition };
inline constexpr std::size_t kBirthKinds = 4;

// Kinds of the events that tell of a birth. A signal from outside has two of them.
std::span<const std::string_view> birth_events(BirthOf what);

struct Birth {
  std::uint64_t event = 0;
  Timestamp at;
  std::size_t bot = 0;  // hash_of_bot
};
std::size_t hash_of_bot(const BotId& bot);

class BirthIndex {
 public:
  explicit BirthIndex(std::size_t kept = 32'768) : kept_(kept) {}

  // Events in the order of their numbers. One that does not follow the last begins anew.
  void on_event(const Event& event);

  // Births of events below `below`, newest first, at most `most`. When there are fewer, they are
  // all that the events of numbers [first, min(next, below)) brought.
  struct Portion {
    std::uint64_t first = 0;
    std::uint64_t next = 0;  // of the event that is not known yet
    std::vector<Birth> births;
  };
  Portion births(BirthOf what, std::uint64_t below, std::size_t most) const;

 private:
  struct Births {
    std::uint64_t first = 0;
    std::deque<Birth> rows;  // ascending
  };

  const std::size_t kept_;
  mutable std::mutex mutex_;
  std::array<Births, kBirthKinds> births_;
  std::uint64_t next_ = 0;
};

}  // namespace botbox::actors
