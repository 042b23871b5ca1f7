#include "engine/execution/trade_queue.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/builders.hpp"
#include "tests/support/seeded_runs.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

constexpr Timestamp kStart = opens(0);
constexpr Duration kResendAfter{10'000};
constexpr EngineMode kActive = EngineMode::kActive;
constexpr std::array kStages{QueueStage::kWaiting, QueueStage::kCommitting, QueueStage::kInFlight,
                             QueueStage::kUnknown, QueueStage::kAsking,     QueueStage::kWorking,
                             QueueStage::kReported};
constexpr Timestamp after(std::int64_t ms) { return kStart + Duration{ms}; }

Trade waiting_trade(std::string id, Direction direction = Direction::kLong,
                    Timestamp created_at = kStart) {
  return a_trade({.id = std::move(id),
                  .direction = direction,
                  .status = TradeStatus::kPending,
                  .created_at = created_at});
}

std::vector<std::string> ids(const std::vector<Trade>& trades) {
  std::vector<std::string> ids;
  for (const Trade& trade : trades) ids.push_back(trade.id.value);
  return ids;
}
using Ids = std::vector<std::string>;

QueueStage stage_of(const TradeQueue& queue, const std::string& id) {
  const auto* entry = queue.find(TradeId{id});
  REQUIRE(entry != nullptr);
  return entry->stage;
}

// A queue whose one trade "a" was sent at `at`.
TradeQueue in_flight(Timestamp at = kStart) {
  TradeQueue queue(kResendAfter);
  queue.add(waiting_trade("a"), at);
  REQUIRE(queue.take_dispatchable(1, kActive, at).size() == 1);
  queue.sent({"a"}, at);
  return queue;
}

// "close" waits behind the entry "a", which has bought nothing so far.
TradeQueue closed_before_its_fill() {
  TradeQueue queue = in_flight();
  Trade close = waiting_trade("close", Direction::kClose);
  close.position = {"a"};
  close.quantity = {};
  queue.add(close, kStart);
  REQUIRE(queue.hold_close({"close"}, after(60'000)) == std::vector<TradeId>{{"a"}});
  return queue;
}

// The same promises, kept in the most obvious way: one list, searched anew for every answer.
class NaiveQueue {
 public:
  struct Row {
    Trade trade;
    QueueStage stage = QueueStage::kWaiting;
    std::int64_t ask_at = 0, asked_at = 0, dispatched_at = 0, not_before = 0;
    int doublings = 0;
    bool is_recovering = false;
  };

  std::vector<Row> rows;

  Row* find(const std::string& id) {
    for (Row& row : rows)
      if (row.trade.id.value == id) return &row;
    return nullptr;
  }
  bool recovers() const {
    return std::any_of(rows.begin(), rows.end(), [](const Row& r) { return r.is_recovering; });
  }
  static bool allows(EngineMode mode, const Trade& trade) {
    return mode == kActive ||
           (mode == EngineMode::kReducing && trade.direction == Direction::kClose);
  }
  Ids dispatchable(EngineMode mode, Timestamp now) const {
    if (recovers()) return {};
    std::vector<const Row*> ready;
    for (const Row& row : rows)
      if (row.stage == QueueStage::kWaiting && allows(mode, row.trade) && row.not_before <= now.ms)
        ready.push_back(&row);
    return ordered(std::move(ready));
  }
  Ids blocked(EngineMode mode) const {
    std::vector<const Row*> stuck;
    for (const Row& row : rows)
      if (row.stage == QueueStage::kWaiting && !allows(mode, row.trade)) stuck.push_back(&row);
    return ordered(std::move(stuck));
  }
  Ids due_questions(Timestamp now) const {
    std::vector<const Row*> due;
    for (const Row& row : rows)
      if (row.stage == QueueStage::kUnknown && row.ask_at <= now.ms) due.push_back(&row);
    std::sort(due.begin(), due.end(), [](const Row* a, const Row* b) {
      return std::tie(a->ask_at, a->trade.id.value) < std::tie(b->ask_at, b->trade.id.value);
    });
    Ids out;
    for (const Row* row : due) out.push_back(row->trade.id.value);
    return out;
  }
  std::int64_t next_question_at() const {
    std::int64_t next = 0;
    for (const Row& row : rows)
      if (row.stage == QueueStage::kUnknown && (next == 0 || row.ask_at < next)) next = row.ask_at;
    return next;
  }
  void ask_later(Row& row, Timestamp now) {
    row.stage = QueueStage::kUnknown;
    std::int64_t wait = 2'000;
    for (int i = 0; i < row.doublings; ++i) wait = std::min<std::int64_t>(60'000, wait * 2);
    ++row.doublings;
    row.ask_at = now.ms + wait;
  }

 private:
  static Ids ordered(std::vector<const Row*> rows_to_order) {
    std::sort(rows_to_order.begin(), rows_to_order.end(), [](const Row* a, const Row* b) {
      const auto key = [](const Row* r) {
        return std::tuple(r->trade.direction != Direction::kClose, r->trade.created_at.ms,
                          r->trade.id.value);
      };
      return key(a) < key(b);
    });
    Ids out;
    for (const Row* row : rows_to_order) out.push_back(row->trade.id.value);
    return out;
  }
};

// Drives both queues with the same random words and compares all that can be seen.
class TwoQueues {
 public:
  explicit TwoQueues(SeededRuns& runs) : runs_(runs) {}

  void step() {
    now_ = now_ + Duration{runs_.one_in(10) ? runs_.between(0, 70'000) : runs_.between(0, 900)};
    switch (runs_.between(0, 6)) {
      case 0: add(); break;
      case 1: dispatch(); break;
      case 2: ask(); break;
      case 3:
        if (runs_.one_in(6)) block();
        break;
      default: word_about_one(); break;
    }
    compare();
  }
  void finish() {
    for (const auto& row : std::vector<NaiveQueue::Row>(naive_.rows)) queue_.settled(row.trade.id);
    REQUIRE(queue_.size() == 0);
    REQUIRE(queue_.take_dispatchable(100, kActive, now_ + Duration{1'000'000}).empty());
    REQUIRE(queue_.take_questions(100, now_ + Duration{1'000'000}).empty());
    REQUIRE(queue_.recovering() == 0);
  }

 private:
  EngineMode any_mode() {
    constexpr std::array kModes{kActive, kActive, kActive, EngineMode::kReducing,
                                EngineMode::kHalted};
    return kModes[static_cast<std::size_t>(runs_.between(0, 4))];
  }

  void add() {
    Trade trade = waiting_trade("t" + std::to_string(runs_.between(0, 400)),
                                runs_.one_in(3) ? Direction::kClose : Direction::kLong,
                                now_ - Duration{runs_.between(0, 3) * 100});
    if (runs_.one_in(12)) {
      trade.status = TradeStatus::kExecuting;
      trade.attempts = 1;
      trade.updated_at = now_ - Duration{runs_.between(0, 20'000)};
    } else if (runs_.one_in(20)) {
      trade.status = TradeStatus::kCompleted;
    }
    queue_.add(trade, now_);
    if (is_final(trade.status) || naive_.find(trade.id.value) != nullptr) return;
    NaiveQueue::Row row{.trade = trade};
    if (trade.status == TradeStatus::kExecuting) {
      row.stage = QueueStage::kUnknown;
      row.ask_at = now_.ms;
      row.dispatched_at = trade.updated_at.ms;
      row.is_recovering = true;
    }
    naive_.rows.push_back(row);
  }

  void dispatch() {
    const EngineMode mode = any_mode();
    const auto limit = static_cast<std::size_t>(runs_.between(0, 4));
    Ids expected = naive_.dispatchable(mode, now_);
    REQUIRE(queue_.waiting(mode, now_) == expected.size());
    if (expected.size() > limit) expected.resize(limit);
    const std::vector<Trade> taken = queue_.take_dispatchable(limit, mode, now_);
    REQUIRE(ids(taken) == expected);
    for (const Trade& trade : taken) {
      NaiveQueue::Row& row = *naive_.find(trade.id.value);
      REQUIRE(trade.status == TradeStatus::kExecuting);
      REQUIRE(trade.attempts == row.trade.attempts + 1);
      REQUIRE_FALSE(trade.outcome_unknown);
      row.trade.attempts = trade.attempts;
      row.trade.status = TradeStatus::kExecuting;
      row.stage = QueueStage::kCommitting;
      row.dispatched_at = now_.ms;
      row.doublings = 0;
    }
  }

  void ask() {
    const auto limit = static_cast<std::size_t>(runs_.between(0, 4));
    Ids expected = naive_.due_questions(now_);
    if (expected.size() > limit) expected.resize(limit);
    REQUIRE(ids(queue_.take_questions(limit, now_)) == expected);
    for (const std::string& id : expected) {
      naive_.find(id)->stage = QueueStage::kAsking;
      naive_.find(id)->asked_at = now_.ms;
    }
  }

  void block() {
    const EngineMode mode = any_mode();
    const Ids expected = naive_.blocked(mode);
    REQUIRE(ids(queue_.take_blocked(mode)) == expected);
    for (const std::string& id : expected) naive_.find(id)->stage = QueueStage::kReported;
  }

  void word_about_one() {
    if (naive_.rows.empty()) return;
    auto& row = naive_.rows[static_cast<std::size_t>(
        runs_.between(0, static_cast<std::int64_t>(naive_.rows.size()) - 1))];
    const TradeId id = row.trade.id;
    switch (row.stage) {
      case QueueStage::kCommitting:
        queue_.sent(id, now_);
        row.stage = QueueStage::kInFlight;
        row.dispatched_at = now_.ms;
        return;
      case QueueStage::kReported:
        queue_.settled(id);
        std::erase_if(naive_.rows, [&](const auto& r) { return r.trade.id == id; });
        return;
      case QueueStage::kInFlight:
        if (runs_.one_in(3)) return unsent(row);
        if (runs_.one_in(2)) return no_answer(row);
        return definite_word(row);
      case QueueStage::kAsking:
        if (runs_.one_in(2)) return not_found(row);
        if (runs_.one_in(2)) return no_answer(row);
        return definite_word(row);
      case QueueStage::kUnknown:
      case QueueStage::kWorking:
        if (runs_.one_in(4)) definite_word(row);
        return;
      case QueueStage::kWaiting:
        // An order that was "not there" arrived after all.
        if (row.trade.status == TradeStatus::kExecuting && runs_.one_in(2)) definite_word(row);
        return;
    }
  }

  void unsent(NaiveQueue::Row& row) {
    const Timestamp not_before = now_ + Duration{runs_.between(0, 3'000)};
    queue_.unsent(row.trade.id, not_before);
    row.stage = QueueStage::kWaiting;
    row.not_before = not_before.ms;
  }
  void no_answer(NaiveQueue::Row& row) {
    queue_.no_answer(row.trade.id, now_, "timeout");
    naive_.ask_later(row, now_);
    REQUIRE(queue_.find(row.trade.id)->trade.outcome_unknown);
  }
  void not_found(NaiveQueue::Row& row) {
    queue_.not_found(row.trade.id, now_);
    if (row.asked_at - row.dispatched_at < kResendAfter.count()) return naive_.ask_later(row, now_);
    row.stage = QueueStage::kWaiting;
    row.is_recovering = false;
  }
  void definite_word(NaiveQueue::Row& row) {
    row.is_recovering = false;
    if (runs_.one_in(2)) {
      queue_.accepted(row.trade.id, {"o"}, now_);
      row.stage = QueueStage::kWorking;
      REQUIRE_FALSE(queue_.find(row.trade.id)->trade.outcome_unknown);
    } else {
      queue_.reported(row.trade.id);
      row.stage = QueueStage::kReported;
    }
  }

  void compare() {
    REQUIRE(queue_.size() == naive_.rows.size());
    std::map<QueueStage, std::size_t> depth;
    for (const NaiveQueue::Row& row : naive_.rows) {
      const TradeQueue::Entry* entry = queue_.find(row.trade.id);
      REQUIRE(entry != nullptr);
      REQUIRE(to_string(entry->stage) == to_string(row.stage));
      REQUIRE(entry->trade.attempts == row.trade.attempts);
      ++depth[row.stage];
    }
    for (const QueueStage stage : kStages) REQUIRE(queue_.depth(stage) == depth[stage]);
    REQUIRE(queue_.next_question_at().ms == naive_.next_question_at());
    REQUIRE((queue_.recovering() > 0) == naive_.recovers());
    std::size_t visited = 0;
    queue_.for_each([&](const TradeQueue::Entry&) { ++visited; });
    REQUIRE(visited == queue_.size());
  }

  SeededRuns& runs_;
  TradeQueue queue_{kResendAfter};
  NaiveQueue naive_;
  Timestamp now_ = kStart;
};

}  // namespace

TEST_CASE("closes go first, then first in, first out") {
  TradeQueue queue;
  queue.add(waiting_trade("late", Direction::kLong, after(2)), after(9));
  queue.add(waiting_trade("early", Direction::kShort, after(1)), after(9));
  queue.add(waiting_trade("late-close", Direction::kClose, after(4)), after(9));
  queue.add(waiting_trade("early-close", Direction::kClose, after(3)), after(9));
  CHECK(ids(queue.take_dispatchable(3, kActive, after(9))) ==
        Ids{"early-close", "late-close", "early"});
  CHECK(ids(queue.take_dispatchable(3, kActive, after(9))) == Ids{"late"});
}

TEST_CASE("reducing lets closes out, halted nothing") {
  TradeQueue queue;
  queue.add(waiting_trade("entry"), kStart);
  queue.add(waiting_trade("close", Direction::kClose), kStart);
  CHECK(queue.waiting(EngineMode::kHalted, kStart) == 0);
  CHECK(queue.take_dispatchable(9, EngineMode::kHalted, kStart).empty());
  CHECK(queue.waiting(EngineMode::kReducing, kStart) == 1);
  CHECK(ids(queue.take_dispatchable(9, EngineMode::kReducing, kStart)) == Ids{"close"});
}

TEST_CASE("what the mode does not let out ends as blocked, and does not go out later") {
  TradeQueue queue;
  queue.add(waiting_trade("entry"), kStart);
  queue.add(waiting_trade("close", Direction::kClose), kStart);
  CHECK(queue.take_blocked(kActive).empty());
  CHECK(ids(queue.take_blocked(EngineMode::kReducing)) == Ids{"entry"});
  CHECK(ids(queue.take_blocked(EngineMode::kHalted)) == Ids{"close"});
  CHECK(queue.take_dispatchable(9, kActive, kStart).empty());
  CHECK(queue.depth(QueueStage::kReported) == 2);
}

TEST_CASE("a trade that is there already is left as it is") {
  TradeQueue queue = in_flight();
  queue.add(waiting_trade("a"), kStart);
  CHECK(queue.size() == 1);
  CHECK(stage_of(queue, "a") == QueueStage::kInFlight);
  Trade final = waiting_trade("b");
  final.status = TradeStatus::kFailed;
  queue.add(final, kStart);
  CHECK(queue.size() == 1);
}

TEST_CASE("no order leaves before every trade under way at the start has an answer") {
  TradeQueue queue(kResendAfter);
  queue.add(a_trade({.id = "under-way"}), after(60'000));
  queue.add(waiting_trade("close", Direction::kClose), after(60'000));
  CHECK(queue.recovering() == 1);
  CHECK(queue.waiting(kActive, after(60'000)) == 0);
  CHECK(queue.take_dispatchable(9, kActive, after(60'000)).empty());
  CHECK(ids(queue.take_questions(9, after(60'000))) == Ids{"under-way"});
  queue.no_answer({"under-way"}, after(60'000), "timeout");
  CHECK(queue.take_dispatchable(9, kActive, after(60'000)).empty());
  CHECK(ids(queue.take_questions(9, after(62'000))) == Ids{"under-way"});
  queue.accepted({"under-way"}, {"o-1"}, after(62'000));
  CHECK(ids(queue.take_dispatchable(9, kActive, after(62'000))) == Ids{"close"});
}

TEST_CASE(
    "a trade sent in a time that is to come, since the clock was set back, waits from now on") {
  TradeQueue queue(kResendAfter);
  Trade trade = a_trade({.id = "a"});
  trade.updated_at = after(86'400'000);
  queue.add(trade, kStart);
  REQUIRE(queue.take_questions(9, kStart).size() == 1);
  queue.not_found({"a"}, kStart);
  CHECK(stage_of(queue, "a") == QueueStage::kUnknown);
  REQUIRE(queue.take_questions(9, after(10'000)).size() == 1);
  queue.not_found({"a"}, after(10'000));
  CHECK(stage_of(queue, "a") == QueueStage::kWaiting);
  CHECK(queue.recovering() == 0);
}

TEST_CASE("an unknown outcome is asked for after 2 s, then ever more rarely, up to once a minute") {
  TradeQueue queue = in_flight();
  Timestamp now = kStart;
  for (const std::int64_t seconds : {2, 4, 8, 16, 32, 60, 60, 60}) {
    queue.no_answer({"a"}, now, "timeout");
    CHECK(queue.unknown_outcomes() == 1);
    const Timestamp due = now + Duration{seconds * 1'000};
    CHECK(queue.next_question_at() == due);
    CHECK(queue.take_questions(9, due - Duration{1}).empty());
    REQUIRE(ids(queue.take_questions(9, due)) == Ids{"a"});
    CHECK(queue.next_question_at().is_never());
    now = due;
  }
}

TEST_CASE("an order that is not there goes out again only when it can no longer arrive") {
  TradeQueue queue = in_flight();
  queue.no_answer({"a"}, kStart, "timeout");
  REQUIRE(queue.take_questions(9, after(2'000)).size() == 1);
  queue.not_found({"a"}, after(9'999));
  CHECK(stage_of(queue, "a") == QueueStage::kUnknown);
  CHECK(queue.take_dispatchable(9, kActive, after(9'999)).empty());
  REQUIRE(queue.take_questions(9, queue.next_question_at()).size() == 1);
  queue.not_found({"a"}, after(14'000));
  CHECK(queue.unknown_outcomes() == 0);
  const std::vector<Trade> again = queue.take_dispatchable(9, kActive, after(14'000));
  REQUIRE(ids(again) == Ids{"a"});
  CHECK(again[0].attempts == 2);
  CHECK(again[0].client_order_id == waiting_trade("a").client_order_id);
}

TEST_CASE("what was not there when it was asked for may be there when the answer comes") {
  TradeQueue queue = in_flight();
  queue.no_answer({"a"}, kStart, "timeout");
  REQUIRE(queue.take_questions(9, after(9'999)).size() == 1);
  queue.not_found({"a"}, after(60'000));
  CHECK(stage_of(queue, "a") == QueueStage::kUnknown);
  CHECK(queue.next_question_at() == after(64'000));
  REQUIRE(queue.take_questions(9, after(64'000)).size() == 1);
  queue.not_found({"a"}, after(64'001));
  CHECK(stage_of(queue, "a") == QueueStage::kWaiting);
}

TEST_CASE(
    "what an earlier life may have sent is asked for at once, and sent once it is not there") {
  TradeQueue queue(kResendAfter);
  queue.add(waiting_trade("a"), kStart);
  queue.add(waiting_trade("b"), kStart);
  REQUIRE(queue.take_dispatchable(2, kActive, kStart).size() == 2);
  queue.ask_first({"a"}, kStart, "asked first");
  queue.ask_first({"b"}, kStart, "asked first");
  CHECK(queue.unknown_outcomes() == 2);
  CHECK(queue.find(TradeId{"a"})->trade.error_message == "asked first");
  REQUIRE(queue.next_question_at() == kStart);
  REQUIRE(queue.take_questions(2, kStart).size() == 2);
  queue.not_found({"a"}, after(1));
  CHECK(stage_of(queue, "a") == QueueStage::kWaiting);
  CHECK(queue.unknown_outcomes() == 1);
  // No answer says nothing.
  queue.no_answer({"b"}, after(1), "time-out");
  CHECK(stage_of(queue, "b") == QueueStage::kUnknown);
  const std::vector<Trade> again = queue.take_dispatchable(2, kActive, after(1));
  REQUIRE(ids(again) == Ids{"a"});
  CHECK(again.front().attempts == 2);
  CHECK(again.front().error_message.empty());
  // An ordinary attempt from here on.
  queue.sent({"a"}, after(1));
  queue.no_answer({"a"}, after(1), "time-out");
  REQUIRE(queue.take_questions(1, after(2001)).size() == 1);
}

TEST_CASE("a slow commit between dispatch and order does not shorten the wait before a resend") {
  TradeQueue queue(kResendAfter);
  queue.add(waiting_trade("a"), kStart);
  REQUIRE(queue.take_dispatchable(1, kActive, kStart).size() == 1);
  queue.sent({"a"}, after(8'000));
  queue.no_answer({"a"}, after(8'000), "timeout");
  REQUIRE(queue.take_questions(9, after(10'000)).size() == 1);
  queue.not_found({"a"}, after(17'999));
  CHECK(stage_of(queue, "a") == QueueStage::kUnknown);
  REQUIRE(queue.take_questions(9, queue.next_question_at()).size() == 1);
  queue.not_found({"a"}, after(22'000));
  CHECK(stage_of(queue, "a") == QueueStage::kWaiting);
}

TEST_CASE("what is in flight or asked for is awaited since it left, anything else is not") {
  const auto awaited = [](const TradeQueue& queue, Timestamp since) {
    Ids found;
    for (const TradeId& id : queue.awaited(since)) found.push_back(id.value);
    return found;
  };
  TradeQueue queue = in_flight(after(1'000));
  queue.add(waiting_trade("b"), kStart);
  CHECK(awaited(queue, after(999)).empty());
  CHECK(awaited(queue, after(1'000)) == Ids{"a"});
  queue.no_answer({"a"}, after(1'000), "timeout");
  CHECK(awaited(queue, after(60'000)).empty());
  REQUIRE(queue.take_questions(9, after(3'000)).size() == 1);
  CHECK(awaited(queue, after(2'999)).empty());
  CHECK(awaited(queue, after(3'000)) == Ids{"a"});
  queue.accepted({"a"}, {"o-1"}, after(3'000));
  CHECK(awaited(queue, after(60'000)).empty());
}

TEST_CASE("a new attempt of an order is asked for after 2 s again") {
  TradeQueue queue = in_flight();
  queue.no_answer({"a"}, kStart, "timeout");
  REQUIRE(queue.take_questions(9, after(10'000)).size() == 1);
  queue.not_found({"a"}, after(10'000));
  REQUIRE(queue.take_dispatchable(9, kActive, after(10'000)).size() == 1);
  queue.sent({"a"}, after(10'000));
  queue.no_answer({"a"}, after(20'000), "timeout");
  CHECK(queue.next_question_at() == after(22'000));
}

TEST_CASE("a trade that came back unsent waits until its time") {
  TradeQueue queue = in_flight();
  queue.unsent({"a"}, after(500));
  CHECK(queue.waiting(kActive, after(499)) == 0);
  CHECK(queue.take_dispatchable(9, kActive, after(499)).empty());
  CHECK(ids(queue.take_dispatchable(9, kActive, after(500))) == Ids{"a"});
}

TEST_CASE("an order that turns up while it waits to be sent again is not sent again") {
  for (const bool is_final_word : {false, true}) {
    TradeQueue queue = in_flight();
    queue.no_answer({"a"}, kStart, "timeout");
    REQUIRE(queue.take_questions(9, after(10'000)).size() == 1);
    queue.not_found({"a"}, after(10'000));
    REQUIRE(stage_of(queue, "a") == QueueStage::kWaiting);
    if (is_final_word)
      queue.reported({"a"});
    else
      queue.accepted({"a"}, {"o-1"}, after(10'001));
    CHECK(queue.waiting(kActive, after(10'001)) == 0);
    CHECK(queue.take_dispatchable(9, kActive, after(10'001)).empty());
    CHECK(queue.take_blocked(EngineMode::kHalted).empty());
  }
}

// A data directory restored from a backup knows less than the exchange.
TEST_CASE("an order that turns up although its trade was never sent counts as sent") {
  for (const bool is_final_word : {false, true}) {
    TradeQueue queue;
    queue.add(waiting_trade("a"), kStart);
    if (is_final_word)
      queue.reported({"a"});
    else
      queue.accepted({"a"}, {"o-1"}, after(1));
    CHECK(queue.find(TradeId{"a"})->trade.status == TradeStatus::kExecuting);
    CHECK(queue.take_dispatchable(9, kActive, after(1)).empty());
  }
}

TEST_CASE("what is to be recovered is asked for whatever the mode, and nothing leaves beside it") {
  TradeQueue queue(kResendAfter);
  for (const char* id : {"a", "b"}) queue.add(waiting_trade(id), kStart);
  queue.recover({"a"});
  CHECK(queue.recovering() == 1);
  CHECK(queue.waiting(kActive, after(1)) == 0);
  CHECK(queue.take_dispatchable(9, kActive, after(1)).empty());
  CHECK(queue.ask_unsent({"a"}, after(1)));
  CHECK_FALSE(queue.ask_unsent({"a"}, after(1)));
  CHECK(ids(queue.take_questions(9, after(2))) == Ids{"a"});
  CHECK(queue.find(TradeId{"a"})->trade.status == TradeStatus::kPending);
  CHECK(queue.take_dispatchable(9, kActive, after(2)).empty());
  queue.no_answer({"a"}, after(2), "down");
  CHECK(queue.unknown_outcomes() == 0);
  CHECK(ids(queue.take_questions(9, after(2'002))) == Ids{"a"});
  queue.not_found({"a"}, after(2'003));
  CHECK(queue.recovering() == 0);
  CHECK(ids(queue.take_dispatchable(9, kActive, after(2'003))) == Ids{"a", "b"});
}

TEST_CASE("an order that is found while its trade is pending puts it under way, and is asked for") {
  for (const bool is_late : {false, true}) {
    CAPTURE(is_late);
    TradeQueue queue(kResendAfter);
    queue.add(waiting_trade("a"), kStart);
    queue.recover({"a"});
    CHECK(queue.ask_unsent({"a"}, kStart));
    CHECK(queue.take_questions(9, kStart).size() == 1);
    if (is_late) queue.not_found({"a"}, after(1));
    const std::optional<Trade> found = queue.take_found({"a"}, after(2));
    REQUIRE(found.has_value());
    CHECK(found->status == TradeStatus::kExecuting);
    CHECK(found->attempts == 1);
    CHECK(stage_of(queue, "a") == QueueStage::kCommitting);
    CHECK(queue.waiting(kActive, after(2)) == 0);
    CHECK_FALSE(queue.take_found({"a"}, after(2)).has_value());
    queue.ask_first({"a"}, after(3), "asked first");
    CHECK(ids(queue.take_questions(9, after(3))) == Ids{"a"});
  }
}

TEST_CASE("an order that is found when the end of its trade was told puts it under way no more") {
  TradeQueue queue(kResendAfter);
  queue.add(waiting_trade("a"), kStart);
  CHECK(queue.ask_unsent({"a"}, kStart));
  CHECK(queue.take_questions(9, kStart).size() == 1);
  queue.not_found({"a"}, after(1));
  CHECK(queue.take_blocked(EngineMode::kHalted).size() == 1);
  CHECK_FALSE(queue.take_found({"a"}, after(2)).has_value());
  CHECK(stage_of(queue, "a") == QueueStage::kReported);
}

TEST_CASE("a settled trade is gone, and settling twice is nothing") {
  TradeQueue queue = in_flight();
  queue.reported({"a"});
  queue.no_answer({"a"}, kStart, "too late");
  queue.accepted({"a"}, {"o-1"}, kStart);
  CHECK(stage_of(queue, "a") == QueueStage::kReported);
  queue.settled({"a"});
  CHECK(queue.find(ClientOrderId{"a"}) == nullptr);
  queue.settled({"a"});
  CHECK(queue.size() == 0);
}

TEST_CASE(
    "a close waits until what enters its position is settled, or until it has waited enough") {
  enum class Ends : std::uint8_t { kSettled, kLate };
  for (const Ends ends : {Ends::kSettled, Ends::kLate}) {
    TradeQueue queue = in_flight();
    Trade close = waiting_trade("close", Direction::kClose);
    close.position = {"a"};
    queue.add(close, kStart);
    queue.add(waiting_trade("other", Direction::kClose), kStart);
    CHECK(queue.hold_close({"other"}, after(60'000)).empty());
    CHECK(queue.hold_close({"close"}, after(60'000)) == std::vector<TradeId>{{"a"}});
    CHECK(queue.waiting(kActive, after(1)) == 1);
    CHECK(ids(queue.take_dispatchable(9, kActive, after(1))) == Ids{"other"});
    CHECK(queue.resize_close({"close"}, quantity("3")));
    CHECK_FALSE(queue.resize_close({"close"}, quantity("3")));
    queue.reported({"a"});
    CHECK(queue.take_dispatchable(9, kActive, after(2)).empty());
    if (ends == Ends::kSettled) queue.settled({"a"});
    const std::vector<Trade> sent =
        queue.take_dispatchable(9, kActive, after(ends == Ends::kSettled ? 3 : 60'000));
    REQUIRE(ids(sent) == Ids{"close"});
    CHECK(sent.front().quantity == quantity("3"));
    CHECK_FALSE(queue.resize_close({"close"}, quantity("4")));
    CHECK(queue.hold_close({"close"}, after(99'000)).empty());
  }
}

TEST_CASE(
    "a close of no quantity is never sent, and is its bot's to judge when its entry is over") {
  TradeQueue queue = closed_before_its_fill();
  const auto leaves = [&](std::int64_t ms) {
    const std::size_t count = queue.waiting(kActive, after(ms));
    CHECK(queue.take_dispatchable(9, kActive, after(ms)).size() == count);
    return count > 0;
  };
  CHECK_FALSE(leaves(1));
  CHECK_FALSE(leaves(600'000));
  CHECK(queue.take_unsized(after(600'000)).empty());
  queue.reported({"a"});
  queue.settled({"a"});
  CHECK_FALSE(leaves(1));
  REQUIRE(ids(queue.take_unsized(after(1))) == Ids{"close"});
  CHECK(stage_of(queue, "close") == QueueStage::kReported);
  CHECK(queue.take_unsized(after(1)).empty());
  // Its bot says that it goes on: it is asked again when so much time has passed.
  queue.unsent({"close"}, after(60'001));
  CHECK_FALSE(leaves(60'000));
  CHECK(queue.take_unsized(after(60'000)).empty());
  REQUIRE(ids(queue.take_unsized(after(60'001))) == Ids{"close"});
  // Its bot says how much there is.
  queue.unsent({"close"}, after(120'000));
  CHECK(queue.resize_close({"close"}, quantity("3")));
  CHECK(queue.take_unsized(after(120'000)).empty());
  const std::vector<Trade> sent = queue.take_dispatchable(9, kActive, after(60'002));
  REQUIRE(ids(sent) == Ids{"close"});
  CHECK(sent.front().quantity == quantity("3"));
}

TEST_CASE("a close that learns its quantity while its entry fills leaves when that is over") {
  TradeQueue queue = closed_before_its_fill();
  CHECK(queue.resize_close({"close"}, quantity("3")));
  CHECK(queue.waiting(kActive, after(59'999)) == 0);
  CHECK(queue.waiting(kActive, after(60'000)) == 1);
  queue.reported({"a"});
  queue.settled({"a"});
  CHECK(queue.waiting(kActive, after(2)) == 1);
  CHECK(ids(queue.take_dispatchable(9, kActive, after(2))) == Ids{"close"});
}

TEST_CASE("a close of no quantity ends as blocked where the mode lets none out") {
  TradeQueue queue = closed_before_its_fill();
  CHECK(queue.take_blocked(EngineMode::kReducing).empty());
  CHECK(ids(queue.take_blocked(EngineMode::kHalted)) == Ids{"close"});
  queue.settled({"close"});
  CHECK(queue.waiting(kActive, after(600'000)) == 0);
}

TEST_CASE("the queue does what one list, searched anew each time, would do; nothing is lost") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 60; ++round) {
    TwoQueues queues(runs);
    for (int i = 0; i < 400; ++i) queues.step();
    queues.finish();
  }
}
