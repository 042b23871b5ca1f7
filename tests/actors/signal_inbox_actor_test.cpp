// The inbox of signals from outside: durable before it is answered, in order, once.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "actors/fleet_change.hpp"
#include "actors/journal_actor.hpp"
#include "actors/signal_inbox_actor.hpp"
#include "engine/execution/identity.hpp"
#include "storage/claim.hpp"
#include "storage/expiry.hpp"
#include "storage/keys.hpp"
#include "storage/memory_store.hpp"
#include "storage/rows.hpp"
#include "tests/support/held_journal.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::actors {
namespace {

using storage::CommitOutcome;
using storage::Kind;
using test::Inbox;

struct InboxWorld : test::ActorFixture {
  InboxWorld() : journal(*this) { advance(Duration{30'000}); }

  caf::actor inbox(SignalInboxBirth birth = {}) {
    birth.epoch = {1, 1};
    return spawn<SignalInboxActor>(std::cref(clock()), journal.actor(), scheduler, observer,
                                   std::move(birth));
  }
  void offer(const caf::actor& to, const std::string& content, const std::string& id = {},
             const std::string& bot = "bot-1", Duration delay = Duration{0}) {
    auto made = std::make_shared<SignalOffer>();
    made->signal.source = SignalSource::kWebhook;
    made->signal.bot = {bot};
    made->signal.symbol = {"BTC/USDT"};
    if (delay != Duration{0}) made->signal.execution_scheduled_at = now() + delay;
    made->own_id = id;
    made->content = content;
    made->answer = [answers = answers](const Result<OfferAnswer>& answer) {
      answers->push_back(answer);
    };
    tell(to, OfferSignal{std::move(made)});
  }

  test::HeldJournal journal;
  Inbox<DecideSignal> decided;
  Inbox<SignalSettled> settled;  // as the scheduler is told
  caf::actor scheduler = listener(decided, settled);
  caf::actor observer = listener(Inbox<AlertRaised>{});
  std::shared_ptr<std::vector<Result<OfferAnswer>>> answers =
      std::make_shared<std::vector<Result<OfferAnswer>>>();
};

std::optional<DecisionTrace> rejected_trace_in(const storage::WriteOps& rows) {
  for (const storage::Put& put : rows.puts)
    if (put.key.kind == Kind::kTrace)
      return storage::decode<DecisionTrace>(storage::strip_expiry(put.value).value().value).value();
  return std::nullopt;
}

}  // namespace

TEST_CASE("nobody hears of a signal before it is durable") {
  InboxWorld world;
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "buy");
  REQUIRE(world.journal.held() == 1);
  CHECK(world.answers->empty());
  CHECK(world.decided.empty());
  const storage::WriteOps& rows = world.journal.commit().if_claimed;
  const auto stored = test::record_in<Signal>(rows, Kind::kSignal);
  REQUIRE(stored.has_value());
  CHECK(stored->decision == SignalDecision::kPending);
  CHECK(test::record_in<Signal>(rows, Kind::kInbox) == stored);
  world.journal.answer();
  REQUIRE(world.answers->size() == 1);
  CHECK(world.answers->front()->id == stored->id);
  CHECK_FALSE(world.answers->front()->is_repeated);
  REQUIRE(world.decided.size() == 1);
  CHECK(world.decided[0].waiting->signal == *stored);
}

TEST_CASE("a thousand times the same signal is one signal with one answer") {
  for (const char* id : {"", "their-id"}) {
    InboxWorld world;
    const caf::actor inbox = world.inbox();
    for (int i = 0; i < 500; ++i) world.offer(inbox, "buy", id);
    CHECK(world.journal.held() == 1);
    world.journal.answer();
    for (int i = 0; i < 500; ++i) world.offer(inbox, "buy", id);
    CHECK(world.journal.held() == 0);
    REQUIRE(world.answers->size() == 1000);
    int first = 0;
    for (const auto& answer : *world.answers) {
      CHECK(answer->id == world.answers->front()->id);
      first += !answer->is_repeated;
    }
    CHECK(first == 1);
    CHECK(world.decided.size() == 1);
  }
}

TEST_CASE("the same content is another signal once a minute has passed, whenever it began") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "buy");
  world.advance(kContentWindow - Duration{1});
  world.offer(inbox, "buy");
  world.advance(Duration{1});
  world.offer(inbox, "buy");
  REQUIRE(world.answers->size() == 3);
  CHECK((*world.answers)[1]->is_repeated);
  CHECK_FALSE((*world.answers)[2]->is_repeated);
  CHECK((*world.answers)[2]->id != (*world.answers)[0]->id);
}

TEST_CASE("the minute of a content goes from its first arrival, and repeats do not lengthen it") {
  struct Row {
    Duration later;
    bool is_repeated;
  };
  for (const Row row :
       {Row{Duration{59'999}, true}, Row{Duration{60'000}, false}, Row{Duration{60'001}, false}}) {
    for (const int repeats : {0, 1, 5}) {
      CAPTURE(row.later.count());
      CAPTURE(repeats);
      InboxWorld world;
      world.journal.release();
      const caf::actor inbox = world.inbox();
      // Not on a full minute: no bucket of the clock begins or ends with it.
      world.advance(Duration{12'345});
      const Timestamp first = world.now();
      world.offer(inbox, "buy");
      for (int i = 0; i < repeats; ++i) {
        world.advance(Duration{11'000});
        world.offer(inbox, "buy");
        CHECK(world.answers->back()->is_repeated);
      }
      world.advance(first + row.later - world.now());
      world.offer(inbox, "buy");
      CHECK(world.answers->back()->is_repeated == row.is_repeated);
      CHECK((world.answers->back()->id == world.answers->front()->id) == row.is_repeated);
    }
  }
}

TEST_CASE("an id of the sender's own is remembered by the store when the inbox has forgotten") {
  InboxWorld world;
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "buy", "their-id");
  REQUIRE(world.journal.commit().claims.front().expires_at == world.now() + kIdempotencyRetention);
  world.journal.refuse(0);
  REQUIRE(world.answers->size() == 1);
  CHECK(world.answers->front()->is_repeated);
  CHECK(world.answers->front()->id == alert_signal_id({"bot-1"}, "their-id"));
  // What has become of it meanwhile is not known here, and is not made up.
  CHECK_FALSE(world.answers->front()->is_status_known);
  CHECK(world.decided.empty());
  world.offer(inbox, "buy", "their-id");
  REQUIRE(world.answers->size() == 2);
  CHECK_FALSE(world.answers->back()->is_status_known);
}

TEST_CASE("what came within the minute before a crash is known after it") {
  InboxWorld world;
  const std::string name = idempotency_key({"bot-1"}, "buy").value;
  const caf::actor inbox =
      world.inbox({.recent = {{name, {"the-signal"}, world.now() + Duration{10'000}}}});
  world.offer(inbox, "buy");
  REQUIRE(world.answers->size() == 1);
  CHECK(world.answers->front()->id.value == "the-signal");
  CHECK_FALSE(world.answers->front()->is_status_known);
  world.advance(Duration{10'000});
  world.offer(inbox, "buy");
  CHECK(world.journal.held() == 1);
}

TEST_CASE("signals of one bot are decided in the order of arrival, one at a time") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox();
  for (int i = 0; i < 50; ++i) {
    world.offer(inbox, "a" + std::to_string(i));
    world.offer(inbox, "b" + std::to_string(i), {}, "bot-2");
  }
  REQUIRE(world.decided.size() == 2);
  std::uint64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const DecideSignal next = world.decided[world.decided.size() - (i == 0 ? 2 : 1)];
    CHECK(next.waiting->signal.bot.value == "bot-1");
    CHECK(next.waiting->order > last);
    last = next.waiting->order;
    world.tell(inbox, SignalSettled{{"bot-1"}, last});
    world.tell(inbox, SignalSettled{{"bot-1"}, last});  // told twice
    CHECK(world.settled.size() == static_cast<std::size_t>(i) + 1);
    CHECK(world.settled.back().order == last);
  }
  CHECK(world.decided.size() == 51);
}

TEST_CASE("signals that waited when the process died are decided by the next one, in order") {
  InboxWorld world;
  SignalInboxBirth birth;
  for (const std::uint64_t order : {5U, 6U}) {
    WaitingSignal waiting;
    waiting.signal.bot = {"bot-1"};
    waiting.order = order;
    birth.waiting.push_back(std::make_shared<const WaitingSignal>(waiting));
  }
  const caf::actor inbox = world.inbox(std::move(birth));
  world.run();
  REQUIRE(world.decided.size() == 1);
  CHECK(world.decided[0].waiting->order == 5);
  world.tell(inbox, SignalSettled{{"bot-1"}, 5});
  REQUIRE(world.decided.size() == 2);
  CHECK(world.decided[1].waiting->order == 6);
}

TEST_CASE("a signal that is refused from the start is recorded and goes to nobody") {
  InboxWorld world;
  const caf::actor inbox = world.inbox();
  auto offer = std::make_shared<SignalOffer>();
  offer->signal.bot = {"nobody"};
  offer->signal.decision = SignalDecision::kRejected;
  offer->signal.rejection_reason = ReasonCode::kUnknownBot;
  offer->signal.execution_status = ExecutionStatus::kIgnored;
  offer->content = "x";
  offer->answer = [&](const Result<OfferAnswer>& answer) { world.answers->push_back(answer); };
  world.tell(inbox, OfferSignal{offer});
  REQUIRE(world.journal.held() == 1);
  CHECK_FALSE(test::record_in<Signal>(world.journal.commit().if_claimed, Kind::kInbox));
  const auto stored = test::record_in<Signal>(world.journal.commit().if_claimed, Kind::kSignal);
  REQUIRE(stored.has_value());
  // It has its trace like any other.
  const auto trace = rejected_trace_in(world.journal.commit().if_claimed);
  REQUIRE(trace.has_value());
  CHECK(trace->signal == stored->id);
  CHECK(trace->candle_close == stored->created_at);
  CHECK(trace->stage == TraceStage::kChecked);
  CHECK(trace->decision == DecisionType::kSkipped);
  CHECK(trace->reason == ReasonCode::kUnknownBot);
  world.journal.answer();
  REQUIRE(world.answers->size() == 1);
  CHECK(world.answers->front()->status == ExecutionStatus::kIgnored);
  CHECK(world.decided.empty());
}

TEST_CASE("a delayed signal is durable at once, and decided when its time has come, not before") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox();
  const Timestamp due = world.now() + Duration{90'000};
  world.offer(inbox, "later", {}, "bot-1", Duration{90'000});
  REQUIRE(world.answers->size() == 1);
  CHECK(world.answers->front()->status == ExecutionStatus::kPending);
  CHECK(world.answers->front()->scheduled_at == due);
  // It holds back nobody.
  world.offer(inbox, "now");
  REQUIRE(world.decided.size() == 1);
  CHECK(world.decided[0].waiting->signal.execution_scheduled_at.is_never());
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[0].waiting->order});
  world.advance(Duration{89'000});
  CHECK(world.decided.size() == 1);
  world.advance(Duration{1'000});
  REQUIRE(world.decided.size() == 2);
  CHECK(world.decided[1].waiting->signal.execution_scheduled_at == due);
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[1].waiting->order});
  world.advance(Duration{600'000});
  CHECK(world.decided.size() == 2);
}

TEST_CASE("delayed signals of one bot are decided by their times, one at a time") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "third", {}, "bot-1", Duration{30'000});
  world.offer(inbox, "first", {}, "bot-1", Duration{10'000});
  world.offer(inbox, "second", {}, "bot-1", Duration{10'000});
  world.offer(inbox, "other", {}, "bot-2", Duration{10'000});
  world.advance(Duration{60'000});
  const auto of_bot_1 = [&] {
    std::vector<std::uint64_t> orders;
    for (const DecideSignal& decide : world.decided)
      if (decide.waiting->signal.bot.value == "bot-1") orders.push_back(decide.waiting->order);
    return orders;
  };
  CHECK(world.decided.size() == 2);
  for (int settled = 1; settled <= 3; ++settled) {
    const auto orders = of_bot_1();
    REQUIRE(orders.size() == static_cast<std::size_t>(settled));
    world.tell(inbox, SignalSettled{{"bot-1"}, orders.back()});
  }
  const auto orders = of_bot_1();
  REQUIRE(orders.size() == 3);
  CHECK(orders[0] < orders[1]);
  CHECK(orders[2] < orders[0]);
}

TEST_CASE("a delayed signal waits across a restart, and is due at once if its time has passed") {
  InboxWorld world;
  SignalInboxBirth birth;
  for (const std::uint64_t order : {1, 2}) {
    Signal signal;
    signal.id = {"s" + std::to_string(order)};
    signal.bot = {"bot-1"};
    signal.execution_scheduled_at =
        order == 1 ? world.now() + Duration{5'000} : world.now() - Duration{1};
    birth.waiting.push_back(
        std::make_shared<const WaitingSignal>(WaitingSignal{std::move(signal), order}));
  }
  const caf::actor inbox = world.inbox(std::move(birth));
  world.run();
  REQUIRE(world.decided.size() == 1);
  CHECK(world.decided[0].waiting->signal.id.value == "s2");
  world.tell(inbox, SignalSettled{{"bot-1"}, 2});
  world.advance(Duration{4'000});
  CHECK(world.decided.size() == 1);
  world.advance(Duration{1'000});
  REQUIRE(world.decided.size() == 2);
  CHECK(world.decided[1].waiting->signal.id.value == "s1");
}

TEST_CASE("what waits for a bot that leaves the configuration is IGNORED at once, delayed or not") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "now");
  world.offer(inbox, "next");
  world.offer(inbox, "later", {}, "bot-1", Duration{90'000});
  world.offer(inbox, "other", {}, "bot-2", Duration{90'000});
  const std::size_t before = world.journal.durable().size();
  world.tell(inbox, BotGone{{"bot-1"}});
  REQUIRE(world.journal.durable().size() == before + 3);
  std::set<std::string> ignored;
  for (std::size_t i = before; i < world.journal.durable().size(); ++i) {
    const storage::Commit& commit = *world.journal.durable()[i];
    const auto signal = test::record_in<Signal>(commit.if_claimed, Kind::kSignal);
    REQUIRE(signal.has_value());
    CHECK(signal->decision == SignalDecision::kRejected);
    CHECK(signal->execution_status == ExecutionStatus::kIgnored);
    CHECK(signal->execution_reason == ReasonCode::kUnknownBot);
    CHECK(rejected_trace_in(commit.if_claimed).value().signal == signal->id);
    REQUIRE(commit.always.deletes.size() == 1);
    CHECK(commit.always.deletes.front().kind == Kind::kInbox);
    // If the bot decided it before it left, that stands.
    REQUIRE(commit.claims.size() == 1);
    CHECK(commit.claims.front().key == storage::decided_key(signal->id));
    ignored.insert(signal->id.value);
  }
  CHECK(ignored.size() == 3);
  // Its last word comes late, or never; nothing goes to it any more.
  const std::size_t told = world.decided.size();
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[0].waiting->order});
  world.advance(Duration{120'000});
  REQUIRE(world.decided.size() == told + 1);
  CHECK(world.decided.back().waiting->signal.bot.value == "bot-2");
}

TEST_CASE("what comes for a bot that has left is IGNORED, until the bot is back") {
  InboxWorld world;
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "on its way");
  world.tell(inbox, BotGone{{"bot-1"}});
  world.journal.answer();  // it was PENDING when it was offered
  REQUIRE(world.journal.held() == 1);
  CHECK(
      test::record_in<Signal>(world.journal.commit().if_claimed, Kind::kSignal)->execution_status ==
      ExecutionStatus::kIgnored);
  world.journal.answer();
  world.offer(inbox, "too late");
  CHECK_FALSE(test::record_in<Signal>(world.journal.commit().if_claimed, Kind::kInbox));
  world.journal.answer();
  CHECK(world.answers->back()->status == ExecutionStatus::kIgnored);
  CHECK(world.decided.empty());
  world.tell(inbox, BotReturned{{"bot-1"}});
  world.offer(inbox, "welcome");
  world.journal.answer();
  CHECK(world.answers->back()->status == ExecutionStatus::kPending);
  CHECK(world.decided.size() == 1);
}

TEST_CASE("what waits for a bot in quarantine is IGNORED with that reason") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox();
  world.offer(inbox, "close");
  world.tell(inbox, BotGone{{"bot-1"}, ReasonCode::kBotNotActive});
  const auto ignored =
      test::record_in<Signal>(world.journal.durable().back()->if_claimed, Kind::kSignal);
  REQUIRE(ignored.has_value());
  CHECK(ignored->execution_status == ExecutionStatus::kIgnored);
  CHECK(ignored->execution_reason == ReasonCode::kBotNotActive);
  world.offer(inbox, "and again");
  CHECK(world.answers->back()->status == ExecutionStatus::kIgnored);
  CHECK(world.answers->back()->reason == ReasonCode::kBotNotActive);
}

TEST_CASE("a delayed signal outlasts a quarantine that is over by its time, and no other") {
  for (const bool is_back : {false, true}) {
    CAPTURE(is_back);
    InboxWorld world;
    world.journal.release();
    const caf::actor inbox = world.inbox();
    world.offer(inbox, "before", {}, "bot-1", Duration{60'000});
    world.tell(inbox, BotGone{{"bot-1"}, ReasonCode::kBotNotActive});
    world.offer(inbox, "meanwhile", {}, "bot-1", Duration{60'000});
    CHECK(world.answers->back()->status == ExecutionStatus::kPending);
    world.advance(Duration{30'000});
    if (is_back) world.tell(inbox, BotReturned{{"bot-1"}});
    const std::size_t durable = world.journal.durable().size();
    CHECK(durable == 2);
    world.advance(Duration{40'000});
    CHECK(world.decided.size() == (is_back ? 1 : 0));
    CHECK(world.journal.durable().size() == durable + (is_back ? 0 : 2));
  }
}

TEST_CASE("signals that were ignored leave room for others") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.waiting_max = 2});
  for (const char* content : {"a", "b"}) world.offer(inbox, content);
  world.tell(inbox, BotGone{{"bot-1"}});
  for (const char* content : {"c", "d"}) world.offer(inbox, content, {}, "bot-2");
  CHECK(world.answers->back().has_value());
  world.offer(inbox, "e", {}, "bot-2");
  CHECK(world.answers->back().error().code == ErrorCode::kOverloaded);
}

TEST_CASE("more signals than the inbox has room for are refused, and taken later") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.waiting_max = 2});
  for (const char* content : {"a", "b", "c"}) world.offer(inbox, content);
  REQUIRE(world.answers->size() == 3);
  CHECK((*world.answers)[2].error().code == ErrorCode::kOverloaded);
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[0].waiting->order});
  world.offer(inbox, "c");
  CHECK(world.answers->back().has_value());
}

namespace {

// An inbox over a real journal and a disk that fails at some write.
struct DurableInbox {
  explicit DurableInbox(std::int64_t writes) {
    const auto directory = storage::open_directory(*store, {"test"});
    REQUIRE(directory.has_value());
    medium->fault = [writes](const storage::WriteBatch&) mutable {
      return writes-- > 0 ? storage::WriteFault::kNone : storage::WriteFault::kFailAfter;
    };
    journal = world.spawn<JournalActor>(
        JournalSettings{.writer = std::make_shared<storage::CommitWriter>(*store, *directory),
                        .store = store.get(),
                        .on_fatal = [](const Error&) {}},
        std::make_shared<JournalCounters>());
    inbox = world.spawn<SignalInboxActor>(
        std::cref(world.clock()), journal, world.scheduler, world.observer,
        SignalInboxBirth{.epoch = {directory->process_epoch, 1}, .waiting_max = 8});
  }
  void offer(std::size_t number) {
    auto made = std::make_shared<SignalOffer>();
    made->signal.source = SignalSource::kWebhook;
    made->signal.bot = {"bot-1"};
    made->signal.symbol = {"BTC/USDT"};
    made->own_id = fmt::format("{}", number);
    made->content = "buy";
    made->answer = [this, number](const Result<OfferAnswer>& answer) {
      answers.emplace(number, answer);
    };
    world.post(inbox, OfferSignal{std::move(made)});
  }
  void settle_all() {
    for (; settled < world.decided.size(); ++settled) {
      const WaitingSignal& waiting = *world.decided[settled].waiting;
      world.tell(inbox, SignalSettled{waiting.signal.bot, waiting.order});
    }
  }
  // What the next process finds.
  std::set<SignalId> recover() {
    world.kill(inbox);
    world.kill(journal);
    store.reset();
    medium->fault = nullptr;
    const storage::MemoryStore after(medium);
    std::set<SignalId> found;
    for (const Kind kind : {Kind::kSignal, Kind::kInbox}) {
      const auto walked = storage::visit_all<Signal>(
          after, kind, [&](auto, Signal&& signal) { found.insert(signal.id); });
      REQUIRE(walked.has_value());
    }
    return found;
  }

  std::shared_ptr<storage::MemoryMedium> medium = std::make_shared<storage::MemoryMedium>();
  std::unique_ptr<storage::MemoryStore> store = std::make_unique<storage::MemoryStore>(medium);
  std::map<std::size_t, Result<OfferAnswer>> answers;
  std::size_t settled = 0;
  InboxWorld world;
  caf::actor journal;
  caf::actor inbox;
};

}  // namespace

TEST_CASE("of an offer that was refused nothing is on the disk, of one that was taken all is") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  std::size_t refused = 0;
  std::size_t taken = 0;
  std::size_t unknown = 0;
  for (int run = 0; run < 50; ++run) {
    DurableInbox place(runs.between(1, 20));
    for (std::size_t number = 0; number < 60; ++number) {
      place.offer(number);
      if (runs.one_in(4)) place.world.run();
      if (runs.one_in(8)) place.settle_all();
    }
    place.world.run();
    const std::set<SignalId> found = place.recover();
    for (std::size_t number = 0; number < 60; ++number) {
      CAPTURE(number);
      const bool is_there = found.contains(alert_signal_id({"bot-1"}, fmt::format("{}", number)));
      const auto answer = place.answers.find(number);
      if (answer == place.answers.end()) {
        ++unknown;
        continue;
      }
      CHECK(is_there == answer->second.has_value());
      if (answer->second)
        ++taken;
      else
        CHECK(answer->second.error().code == ErrorCode::kOverloaded);
      refused += answer->second ? 0 : 1;
    }
  }
  CHECK(refused > 0);
  CHECK(taken > 0);
  CHECK(unknown > 0);
}

TEST_CASE("delayed signals fill half of the room, and what is to be done now finds the rest") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.waiting_max = 6});
  for (const char* content : {"a", "b", "c", "d"})
    world.offer(inbox, content, {}, "bot-1", Duration{60'000});
  REQUIRE(world.answers->size() == 4);
  CHECK((*world.answers)[2].has_value());
  CHECK((*world.answers)[3].error().code == ErrorCode::kOverloaded);
  world.offer(inbox, "now");
  CHECK(world.answers->back().has_value());
  CHECK(world.decided.size() == 1);
}

TEST_CASE("a bot that decides nothing fills its own room, not that of others") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.waiting_max = 10, .waiting_of_bot_max = 3});
  for (const char* content : {"a", "b", "c"}) world.offer(inbox, content);
  CHECK(world.answers->back().has_value());
  world.offer(inbox, "d");
  CHECK(world.answers->back().error().code == ErrorCode::kOverloaded);
  world.offer(inbox, "a");  // known: it is no further one
  CHECK(world.answers->back().has_value());
  world.offer(inbox, "d", {}, "bot-2");
  CHECK(world.answers->back().has_value());
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[0].waiting->order});
  world.offer(inbox, "d");
  CHECK(world.answers->back().has_value());
}

TEST_CASE("what waits is bounded in bytes, of one bot and of all of them") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.bytes_max = 1'000, .bytes_of_bot_max = 1});
  world.offer(inbox, "a");
  REQUIRE(world.decided.size() == 1);
  world.offer(inbox, "b");
  CHECK(world.answers->back().error().code == ErrorCode::kOverloaded);
  for (int other = 0; other < 200; ++other)
    world.offer(inbox, "b", {}, fmt::format("{:05}", other));
  CHECK(world.answers->back().error().code == ErrorCode::kOverloaded);
  // The one that goes beyond the bound is taken, the next one is not.
  std::size_t bytes = 0;
  for (const DecideSignal& decide : world.decided) bytes += decide.waiting->bytes;
  CHECK(bytes >= 1'000);
  CHECK(bytes - world.decided.back().waiting->bytes < 1'000);
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[0].waiting->order});
  world.offer(inbox, "b");
  CHECK(world.answers->back().has_value());
}

TEST_CASE("a bot that has had a signal for too long takes no more of them, and others do") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.decided_within = Duration{10'000}});
  world.offer(inbox, "a");
  world.advance(Duration{9'999});
  world.offer(inbox, "b");
  CHECK(world.answers->back().has_value());
  world.advance(Duration{1});
  world.offer(inbox, "c");
  CHECK(world.answers->back().error().code == ErrorCode::kOverloaded);
  world.offer(inbox, "c", {}, "bot-2");
  CHECK(world.answers->back().has_value());
  world.tell(inbox, SignalSettled{{"bot-1"}, world.decided[0].waiting->order});
  world.offer(inbox, "c");
  CHECK(world.answers->back().has_value());
}

TEST_CASE("a flood for one bot is refused beyond its room, and holds up nobody else") {
  InboxWorld world;
  world.journal.release();
  const caf::actor inbox = world.inbox({.waiting_of_bot_max = 100});
  std::size_t refused = 0;
  for (int i = 0; i < 1'000; ++i) {
    world.offer(inbox, std::to_string(i));
    const Result<OfferAnswer>& answer = world.answers->back();
    if (!answer) CHECK(answer.error().code == ErrorCode::kOverloaded);
    refused += answer ? 0 : 1;
    if (i % 100 != 99) continue;
    const Timestamp before = world.now();
    world.offer(inbox, std::to_string(i), {}, "bot-2");
    CHECK(world.answers->back().has_value());
    const WaitingSignal& with_bot = *world.decided.back().waiting;
    REQUIRE(with_bot.signal.bot == BotId{"bot-2"});
    CHECK(world.now() == before);
    world.tell(inbox, SignalSettled{{"bot-2"}, with_bot.order});
  }
  CHECK(refused == 900);
}

TEST_CASE("no two signals of a bot have the same time, nor that of a candle's close") {
  InboxWorld world;
  const caf::actor inbox = world.inbox();
  world.advance(Duration{30'000});  // a full minute
  std::vector<Timestamp> times;
  for (int i = 0; i < 20; ++i) {
    world.offer(inbox, std::to_string(i));
    times.push_back(test::record_in<Signal>(
                        world.journal.commit(static_cast<std::size_t>(i)).if_claimed, Kind::kSignal)
                        ->created_at);
    CHECK(times.back().ms % 60'000 != 0);
    if (i > 0) CHECK(times[times.size() - 1] > times[times.size() - 2]);
  }
}

}  // namespace botbox::actors
