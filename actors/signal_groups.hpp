// SignalGroups: how many signals of the last day are in each group that an operator watches, of one
// bot or of all. Follows the event log, by the heads of its events, and remembers where each of the
// newest signals has got to, so that asking costs no look at the store. Safe to use from any
// thread; made anew at each start, and nothing depends on it.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>

#include "engine/model/ids.hpp"
#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"
#include "storage/event_head.hpp"

namespace botbox::actors {

inline constexpr Duration kSignalsCounted{24LL * 3'600'000};

struct SignalCounts {
  Timestamp since;                                             // signals from then on are counted
  std::array<std::uint64_t, kSignalGroups.size()> by_group{};  // in the order of kSignalGroups
};

class SignalGroups {
 public:
  explicit SignalGroups(std::size_t kept = 32'768) : kept_(kept) {}

  // In the order of their numbers. One that does not follow the last begins anew.
  void on_event(const storage::EventHead& event);
  // Of the last kSignalsCounted, as far as they are known; `bot` empty: of all.
  SignalCounts count(const BotId& bot, Timestamp now) const;

 private:
  struct Row {
    std::uint64_t event = 0;  // of the signal's birth
    Timestamp at;
    std::size_t bot = 0;  // hash_of_bot
    ExecutionStatus status = ExecutionStatus::kPending;
  };

  void begin_anew(Timestamp at);
  void add(const storage::EventHead& event, ExecutionStatus status);
  void on_decided(const storage::EventHead& event, ExecutionStatus status);
  void on_trade_over(const storage::EventHead& event, ExecutionStatus status);
  void move(std::uint64_t birth, ExecutionStatus status);

  const std::size_t kept_;
  mutable std::mutex mutex_;
  std::deque<Row> rows_;  // ascending
  // Births of signals that wait for their bot, and of those whose trade is under way.
  std::unordered_map<std::string, std::uint64_t> undecided_;
  std::unordered_map<std::string, std::uint64_t> trades_;
  std::uint64_t accepted_ = 0;  // whose intent and trade come with the next events; 0: none
  std::uint64_t next_ = 0;      // number of the event that is not known yet
  Timestamp since_;             // all from then on are known
};

}  // namespace botbox::actors
