// The journal: many producers, one synced batch, and silence after a failure.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "actors/journal_actor.hpp"
#include "storage/keys.hpp"
#include "storage/memory_store.hpp"
#include "storage/reader.hpp"
#include "tests/support/held_journal.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox::actors {
namespace {

using storage::CommitOutcome;
using storage::Kind;
using storage::WriteFault;
using test::Inbox;

std::shared_ptr<storage::Commit> commit_of(const std::string& producer, std::uint64_t turn,
                                           const std::string& row = "row") {
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = producer;
  commit->epoch = {1, 1};
  commit->turn = turn;
  commit->always.puts.push_back({{Kind::kMeta, row}, fmt::format("{}-{}", producer, turn)});
  return commit;
}

struct JournalWorld : test::ActorFixture {
  JournalWorld() {
    const auto directory = storage::open_directory(store, {"test"});
    REQUIRE(directory.has_value());
    writer = std::make_shared<storage::CommitWriter>(store, *directory);
    medium->fault = [this](const storage::WriteBatch&) {
      ++batches;
      return next_fault;
    };
    start(1024);
  }
  void start(std::size_t group_max) {
    journal = spawn<JournalActor>(
        JournalSettings{.writer = writer,
                        .store = &store,
                        .group_max = group_max,
                        .on_fatal = [this](const Error& error) { fatals.push_back(error); }},
        counters);
    run();
  }
  void request(std::shared_ptr<storage::Commit> commit) {
    post(journal, CommitRequest{std::move(commit), answers_to});
  }
  std::string row(const std::string& name) const {
    return store.get({Kind::kMeta, name}).value().value_or("");
  }

  std::shared_ptr<storage::MemoryMedium> medium = std::make_shared<storage::MemoryMedium>();
  storage::MemoryStore store{medium};
  std::shared_ptr<storage::CommitWriter> writer;
  std::size_t batches = 0;
  WriteFault next_fault = WriteFault::kNone;
  std::vector<Error> fatals;
  std::shared_ptr<JournalCounters> counters = std::make_shared<JournalCounters>();
  Inbox<Committed> answers;
  Inbox<BotRead> reads;
  caf::actor answers_to = listener(answers, reads);
  caf::actor journal;
};

TEST_CASE("commits that queued up become durable in one batch, each answered on its own") {
  JournalWorld world;
  for (std::uint64_t i = 1; i <= 100; ++i)
    world.request(commit_of(fmt::format("bot-{}", i), 1, fmt::format("row-{}", i)));
  world.run();
  CHECK(world.batches == 1);
  CHECK(world.answers.size() == 100);
  CHECK(world.row("row-100") == "bot-100-1");
  CHECK(world.counters->commits == 100);
  CHECK(world.counters->groups == 1);
}

TEST_CASE("commits that somebody waits for become durable in one batch too, and with the others") {
  JournalWorld world;
  for (std::uint64_t i = 1; i <= 200; ++i) {
    CommitRequest request{commit_of(fmt::format("bot-{}", i), 1), world.answers_to};
    if (i % 5 == 0)
      world.post(world.journal, std::move(request));
    else
      caf::anon_send<kCommitFirst>(world.journal, std::move(request));
  }
  world.run();
  CHECK(world.answers.size() == 200);
  CHECK(world.batches == 1);
}

TEST_CASE("an idle journal commits at once") {
  JournalWorld world;
  const Timestamp before = world.now();
  world.request(commit_of("bot", 1));
  world.run();
  CHECK(world.answers.size() == 1);
  CHECK(world.now() == before);
}

TEST_CASE("a group is bounded and the rest follows in the next one") {
  JournalWorld world;
  world.start(10);
  for (std::uint64_t i = 1; i <= 25; ++i) world.request(commit_of("bot", i));
  world.run();
  CHECK(world.batches == 3);
  CHECK(world.answers.size() == 25);
}

TEST_CASE("a producer's commits take effect and are answered in the order they were sent") {
  JournalWorld world;
  for (std::uint64_t i = 1; i <= 40; ++i) {
    world.request(commit_of("a", i, "row-a"));
    if (i % 2 == 0) world.request(commit_of("b", i / 2, "row-b"));
  }
  world.run();
  std::uint64_t turn = 0;
  std::size_t other = 0;
  for (const Committed& answer : world.answers) {
    CHECK(answer.result.outcome == CommitOutcome::kCommitted);
    if (answer.turn == turn + 1)
      ++turn;
    else
      ++other;
  }
  CHECK(turn == 40);
  CHECK(other == 20);
  CHECK(world.row("row-a") == "a-40");
  CHECK(world.row("row-b") == "b-20");
}

TEST_CASE(
    "what a bot writes of a trade after the trade queue is not overtaken by it in a large group") {
  JournalWorld world;
  const auto turn_of = [](const std::string& bot, const std::string& row) {
    auto commit = commit_of(bot, 1, row);
    commit->always.puts.insert(commit->always.puts.begin(),
                               {storage::bot_snapshot_key({bot}), "snapshot"});
    return commit;
  };
  for (int i = 0; i < 20; ++i) world.request(turn_of(fmt::format("m-{}", i), "of its own"));
  world.request(commit_of("trade_queue", 1, "first"));
  world.request(turn_of("a", "first"));
  world.request(turn_of("z", "second"));
  world.request(commit_of("trade_queue", 2, "second"));
  for (int i = 0; i < 20; ++i) world.request(turn_of(fmt::format("n-{}", i), "of its own"));
  world.run();
  CHECK(world.batches == 1);
  CHECK(world.row("first") == "a-1");
  CHECK(world.row("second") == "trade_queue-2");
}

TEST_CASE(
    "a write that nobody waits for is synced with the others, and its failure is everybody's") {
  JournalWorld world;
  world.post(world.journal, CommitRequest{commit_of("scheduler", 1, "cycle"), nullptr});
  world.run();
  CHECK(world.row("cycle") == "scheduler-1");
  CHECK(world.fatals.empty());
  world.next_fault = WriteFault::kFailBefore;
  world.post(world.journal, CommitRequest{commit_of("scheduler", 2, "cycle"), nullptr});
  world.request(commit_of("bot", 1));
  world.run();
  CHECK(world.batches == 2);
  CHECK(world.fatals.size() == 1);
  CHECK(world.answers.empty());
}

TEST_CASE("a write that somebody waits for is answered when the one before it is durable as well") {
  for (const bool fails : {false, true}) {
    JournalWorld world;
    std::vector<std::string> rows_at_answer;
    const caf::actor asker = world.fake([&](const Committed&) {
      rows_at_answer = {world.row("first"), world.row("second")};
    });
    world.next_fault = fails ? WriteFault::kFailBefore : WriteFault::kNone;
    world.post(world.journal, CommitRequest{commit_of("scheduler", 1, "first"), nullptr});
    world.post(world.journal, CommitRequest{commit_of("scheduler", 2, "second"), asker});
    world.run();
    CHECK(world.batches == 1);
    CHECK(world.fatals.size() == (fails ? 1U : 0U));
    const std::vector<std::string> both{"scheduler-1", "scheduler-2"};
    CHECK(rows_at_answer == (fails ? std::vector<std::string>{} : both));
  }
}

// S19: what a durable object's sync() promises, of each answer.
TEST_CASE("a turn is answered if, and only if, all turns of its producer up to it are durable") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  const auto row_of = [](char producer, std::uint64_t turn) {
    return fmt::format("{}/{}", producer, turn);
  };
  for (int run = 0; run < 60; ++run) {
    const std::array faults{WriteFault::kNone, WriteFault::kFailBefore, WriteFault::kFailAfter};
    const WriteFault fault = faults[static_cast<std::size_t>(run) % faults.size()];
    JournalWorld world;
    world.start(static_cast<std::size_t>(runs.between(1, 40)));
    std::size_t heard = 0;
    std::size_t waiting = 0;
    std::array<caf::actor, 3> askers;
    for (std::size_t i = 0; i < askers.size(); ++i)
      askers[i] = world.fake([&, producer = static_cast<char>('a' + i)](const Committed& answer) {
        ++heard;
        for (std::uint64_t turn = 1; turn <= answer.turn; ++turn)
          CHECK(world.row(row_of(producer, turn)) == fmt::format("{}-{}", producer, turn));
      });
    const std::int64_t breaks_at = runs.between(0, 99);
    std::array<std::uint64_t, 3> turns{};
    for (std::int64_t i = 0; i < 100; ++i) {
      if (i == breaks_at) world.next_fault = fault;
      const auto who = static_cast<std::size_t>(runs.between(0, 2));
      const auto producer = static_cast<char>('a' + who);
      const std::uint64_t turn = ++turns[who];
      const bool waits = runs.one_in(2);
      waiting += waits ? 1 : 0;
      world.post(world.journal,
                 CommitRequest{commit_of(std::string(1, producer), turn, row_of(producer, turn)),
                               waits ? askers[who] : caf::actor{}});
      if (runs.one_in(7)) world.run();
    }
    world.run();
    CHECK(heard <= waiting);
    if (fault == WriteFault::kNone) CHECK(heard == waiting);
    CHECK(world.fatals.size() == (fault == WriteFault::kNone ? 0U : 1U));
  }
}

// S19: abort(). Reading a bot for its next activation is how the old one is aborted.
TEST_CASE("what an aborted activation had not committed by then never becomes durable") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  const auto turn_of = [](std::uint64_t activation, std::uint64_t turn) {
    BotSnapshot snapshot;
    snapshot.turn = turn;
    snapshot.checks = activation;
    auto commit = commit_of("bot-1", turn, fmt::format("{}/{}", activation, turn));
    commit->epoch = {1, activation};
    commit->always.puts.push_back(
        {storage::bot_snapshot_key({"bot-1"}), storage::encode(snapshot)});
    return commit;
  };
  for (int run = 0; run < 60; ++run) {
    JournalWorld world;
    world.start(static_cast<std::size_t>(runs.between(1, 40)));
    const auto aborted_after = static_cast<std::uint64_t>(runs.between(0, 30));
    for (std::uint64_t turn = 1; turn <= 30; ++turn) {
      if (turn == aborted_after + 1)
        world.post(world.journal, ReadBot{{"bot-1"}, {1, 2}, world.answers_to});
      world.request(turn_of(1, turn));
      if (runs.one_in(7)) world.run();
    }
    if (aborted_after == 30)
      world.post(world.journal, ReadBot{{"bot-1"}, {1, 2}, world.answers_to});
    world.request(turn_of(2, aborted_after + 1));
    world.request(turn_of(1, 31));
    world.run();
    REQUIRE(world.reads.size() == 1);
    const std::optional<BotSnapshot> read = world.reads[0].snapshot.value();
    CHECK((read ? read->turn : 0) == aborted_after);
    for (std::uint64_t turn = 1; turn <= 31; ++turn)
      CHECK(world.row(fmt::format("1/{}", turn)).empty() == (turn > aborted_after));
    const auto row = world.store.get(storage::bot_snapshot_key({"bot-1"})).value();
    const auto left = storage::decode<BotSnapshot>(row.value()).value();
    CHECK(left.checks == 2);
    CHECK(left.turn == aborted_after + 1);
    const auto fenced = std::count_if(
        world.answers.begin(), world.answers.end(),
        [](const Committed& answer) { return answer.result.outcome == CommitOutcome::kFenced; });
    CHECK(static_cast<std::uint64_t>(fenced) == 31 - aborted_after);
    CHECK(world.answers.size() == 32);
  }
}

TEST_CASE("a commit that comes twice is written once") {
  JournalWorld world;
  const auto commit = commit_of("bot", 1);
  world.request(commit);
  world.run();
  world.request(commit);
  world.run();
  REQUIRE(world.answers.size() == 2);
  CHECK(world.answers[0].result.outcome == CommitOutcome::kCommitted);
  CHECK(world.answers[1].result.outcome == CommitOutcome::kFenced);
}

TEST_CASE(
    "after a failed write nobody is answered, the engine is told once, nothing more is written") {
  for (const WriteFault fault : {WriteFault::kFailBefore, WriteFault::kFailAfter}) {
    JournalWorld world;
    world.request(commit_of("bot", 1, "before"));
    world.run();
    CHECK(world.answers.size() == 1);
    world.next_fault = fault;
    world.request(commit_of("a", 1));
    world.request(commit_of("b", 1));
    world.run();
    CHECK(world.fatals.size() == 1);
    CHECK(world.answers.size() == 1);
    const std::size_t batches = world.batches;
    world.next_fault = WriteFault::kNone;
    world.request(commit_of("c", 1));
    world.post(world.journal, ReadBot{{"a"}, {1, 2}, world.answers_to});
    world.advance(Duration{60'000});
    CHECK(world.fatals.size() == 1);
    CHECK(world.answers.size() == 1);
    CHECK(world.reads.empty());
    CHECK(world.batches == batches);
  }
}

TEST_CASE("reading a bot fences its older activations, after what they had committed") {
  JournalWorld world;
  BotSnapshot snapshot;
  snapshot.turn = 1;
  snapshot.checks = 7;
  auto early = commit_of("bot-1", 1);
  early->always.puts.push_back({storage::bot_snapshot_key({"bot-1"}), storage::encode(snapshot)});
  world.request(early);
  world.post(world.journal, ReadBot{{"bot-1"}, {1, 2}, world.answers_to});
  world.request(commit_of("bot-1", 2, "late"));
  world.request(commit_of("bot-2", 1, "other"));
  world.run();
  REQUIRE(world.reads.size() == 1);
  CHECK(world.reads[0].snapshot.value()->checks == 7);
  REQUIRE(world.answers.size() == 3);
  CHECK(world.answers[0].result.outcome == CommitOutcome::kCommitted);
  CHECK(world.answers[1].result.outcome == CommitOutcome::kFenced);
  CHECK(world.answers[2].result.outcome == CommitOutcome::kCommitted);
  CHECK(world.row("late").empty());
}

TEST_CASE("reading a bot whose row is damaged is an error, not an empty bot") {
  JournalWorld world;
  auto damage = commit_of("bot-1", 1);
  damage->always.puts.push_back({storage::bot_snapshot_key({"bot-1"}), "no snapshot"});
  world.request(damage);
  world.tell(world.journal, ReadBot{{"bot-1"}, {1, 2}, world.answers_to});
  REQUIRE(world.reads.size() == 1);
  CHECK_FALSE(world.reads[0].snapshot.has_value());
}

}  // namespace
}  // namespace botbox::actors
