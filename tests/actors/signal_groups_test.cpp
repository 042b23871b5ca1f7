// What has become of the newest signals, by the heads of their events.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "actors/signal_groups.hpp"

namespace botbox::actors {
namespace {

constexpr Timestamp kMorning{1'716'000'000'000};
using ByGroup = std::array<std::uint64_t, 4>;  // pending, filtered, executed, failed

// A log whose events are told as they are written.
struct ToldLog {
  explicit ToldLog(SignalGroups& told, std::uint64_t first = 1) : groups(told), number(first) {}
  void tell(std::string_view kind, std::string_view subject, std::string_view bot = "one") {
    groups.on_event({.sequence = number++, .at = at, .kind = kind, .bot = bot, .subject = subject});
  }
  void accept(std::string_view signal, std::string_view trade) {
    tell("signal.accepted", signal);
    tell("intent.pending", "intent");
    tell("trade.pending", trade);
  }
  ByGroup count(const BotId& bot = {}) const { return groups.count(bot, at).by_group; }

  SignalGroups& groups;
  std::uint64_t number;
  Timestamp at = kMorning;
};

}  // namespace

TEST_CASE("a signal is counted where its trade has got to") {
  SignalGroups groups;
  ToldLog log(groups);
  CHECK(log.count() == ByGroup{0, 0, 0, 0});
  log.accept("s1", "t1");
  log.accept("s2", "t2");
  log.accept("s3", "t3");
  log.tell("trade.executing", "t1");
  CHECK(log.count() == ByGroup{3, 0, 0, 0});
  log.tell("trade.completed", "t1");
  log.tell("trade.failed", "t2");
  CHECK(log.count() == ByGroup{1, 0, 1, 1});
  log.tell("trade.overtaken", "t3");
  log.tell("signal.rejected", "s4");
  log.tell("trade.dedup_skipped", "s5");
  log.tell("signal.accepted", "s6");
  log.tell("intent.blocked", "i6");  // live trading is off
  CHECK(log.count() == ByGroup{0, 2, 1, 3});
}

TEST_CASE("a signal from outside is one from its arrival on") {
  SignalGroups groups;
  ToldLog log(groups);
  log.tell("signal.received", "s1");
  log.tell("signal.received", "s2");
  log.tell("signal.received", "s3");
  CHECK(log.count() == ByGroup{3, 0, 0, 0});
  log.accept("s2", "t2");
  log.tell("signal.rejected", "s3");
  CHECK(log.count() == ByGroup{2, 1, 0, 0});
  log.tell("trade.completed", "t2");
  log.tell("intent.dedup_skipped", "s1");
  CHECK(log.count() == ByGroup{0, 2, 1, 0});
}

TEST_CASE("signals are counted of one bot, for a day, and as far back as there is room") {
  SignalGroups groups(3);
  ToldLog log(groups);
  log.tell("signal.rejected", "s1", "one");
  log.tell("signal.rejected", "s2", "two");
  CHECK(log.count({"one"}) == ByGroup{0, 1, 0, 0});
  CHECK(log.count({"three"}) == ByGroup{0, 0, 0, 0});
  CHECK(groups.count({}, log.at).since == kMorning);
  log.at = kMorning + kSignalsCounted + Duration{1};
  CHECK(log.count() == ByGroup{0, 0, 0, 0});
  CHECK(groups.count({}, log.at).since == kMorning + Duration{1});
  log.accept("s3", "t3");
  log.accept("s4", "t4");
  log.at = log.at + Duration{50};
  log.accept("s5", "t5");
  CHECK(log.count() == ByGroup{3, 0, 0, 0});
  log.accept("s6", "t6");  // there is no room for s3 any more, nor for what came with it
  CHECK(groups.count({}, log.at).since == log.at - Duration{49});
  CHECK(log.count() == ByGroup{2, 0, 0, 0});
  log.tell("trade.completed", "t3");
  log.tell("trade.completed", "t6");
  CHECK(log.count() == ByGroup{1, 0, 1, 0});
}

TEST_CASE("behind a gap in the log counting begins anew, and says since when") {
  SignalGroups groups;
  ToldLog log(groups, 100);
  log.tell("trade.pending", "t0");  // of a signal before
  log.tell("trade.completed", "t0");
  log.accept("s1", "t1");
  CHECK(log.count() == ByGroup{1, 0, 0, 0});
  log.number += 1;
  log.at = kMorning + Duration{1'000};
  log.tell("trade.completed", "t1");
  CHECK(log.count() == ByGroup{0, 0, 0, 0});
  CHECK(groups.count({}, log.at).since == kMorning + Duration{1'000});
}

}  // namespace botbox::actors
