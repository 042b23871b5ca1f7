#include "engine/model/event.hpp"
#include "storage/claim.hpp"
#include "storage/codec.hpp"
#include "storage/expiry.hpp"
#include "storage/reader.hpp"
#include "tests/storage/support.hpp"

namespace botbox::storage::test {
namespace {

using Value = std::optional<std::string>;

// A home with a writer, as a process has it.
template <class Home>
struct Process {
  Home home;
  DirectoryState directory = must(open_directory(home.store(), {"test"}));
  CommitWriter writer{home.store(), directory};
  std::uint64_t turns = 0;

  Commit commit(std::string producer = "bot-1") {
    Commit made;
    made.producer = std::move(producer);
    made.epoch = {directory.process_epoch, 1};
    made.turn = ++turns;
    made.at = kStart;
    return made;
  }
  Commit claim(const Key& key, Timestamp expires_at, Timestamp at = kStart) {
    Commit made = commit();
    made.at = at;
    made.claims = {{key, expires_at}};
    made.if_claimed.puts = {{row("won"), fmt::format("{}", made.turn)}};
    made.if_refused.puts = {{row("lost"), fmt::format("{}", made.turn)}};
    return made;
  }
  Result<std::vector<CommitResult>> try_write(std::vector<Commit> commits) {
    std::vector<std::shared_ptr<const Commit>> group;
    for (Commit& one : commits) group.push_back(std::make_shared<Commit>(std::move(one)));
    return writer.write(group);
  }
  std::vector<CommitResult> write(std::vector<Commit> commits) {
    return must(try_write(std::move(commits)));
  }
  Value get(const Key& key) { return must(home.store().get(key)); }
  void restart() {
    home.reopen();
    directory = must(open_directory(home.store(), {"test"}));
    std::destroy_at(&writer);
    std::construct_at(&writer, home.store(), directory);
  }
};

constexpr Duration kMinute{60'000};

}  // namespace

TEST_CASE_TEMPLATE("a group of commits takes effect in order in one batch", Home, MemoryHome,
                   RocksHome) {
  Process<Home> process;
  Commit first = process.commit("a");
  first.always.puts = {{row("x"), "1"}, {row("y"), "1"}};
  Commit second = process.commit("b");
  second.always.puts = {{row("x"), "2"}};
  second.always.deletes = {row("y")};
  Commit third = process.commit("c");
  third.always.puts = {{row("y"), "3"}};
  const std::uint64_t before = process.home.store().last_sequence();

  const auto results = process.write({first, second, third});

  for (const CommitResult& result : results) {
    CHECK(result.outcome == CommitOutcome::kCommitted);
    CHECK(result.sequence == before + 1);
  }
  CHECK(process.get(row("x")) == Value("2"));
  CHECK(process.get(row("y")) == Value("3"));
}

TEST_CASE_TEMPLATE("of two commits with one claim the second is refused", Home, MemoryHome,
                   RocksHome) {
  Process<Home> process;
  const Key once = dedup_key("signal-1");
  SUBCASE("in one group") {
    const auto results = process.write({process.claim(once, {}), process.claim(once, {})});
    CHECK(results[0].outcome == CommitOutcome::kCommitted);
    CHECK(results[1].outcome == CommitOutcome::kClaimRefused);
  }
  SUBCASE("in two groups") {
    process.write({process.claim(once, {})});
    CHECK(process.write({process.claim(once, {})})[0].outcome == CommitOutcome::kClaimRefused);
  }
  SUBCASE("after a restart") {
    process.write({process.claim(once, {})});
    process.restart();
    CHECK(process.write({process.claim(once, {})})[0].outcome == CommitOutcome::kClaimRefused);
  }
  CHECK(process.get(row("won")) == Value("1"));
  CHECK(process.get(row("lost")) == Value("2"));
}

TEST_CASE_TEMPLATE("a claim holds until it expires and not longer", Home, MemoryHome, RocksHome) {
  Process<Home> process;
  const Key once = dedup_key("content");
  const Timestamp expires = kStart + kMinute;
  process.write({process.claim(once, expires)});
  const auto at = [&](Timestamp when) {
    return process.write({process.claim(once, when + kMinute, when)})[0].outcome;
  };
  CHECK(at(expires - Duration{1}) == CommitOutcome::kClaimRefused);
  CHECK(at(expires) == CommitOutcome::kCommitted);
  CHECK(at(expires + Duration{1}) == CommitOutcome::kClaimRefused);
  process.restart();
  CHECK(at(expires + kMinute - Duration{1}) == CommitOutcome::kClaimRefused);
  CHECK(at(expires + kMinute) == CommitOutcome::kCommitted);
}

TEST_CASE_TEMPLATE("a claim row says when it was taken, by whom, and until when", Home, MemoryHome,
                   RocksHome) {
  Process<Home> process;
  process.write({process.claim(dedup_key("x"), kStart + kMinute)});
  const Value stored = process.get(dedup_key("x"));
  REQUIRE(stored);
  const ExpiringValue parts = must(strip_expiry(*stored));
  CHECK(parts.expires_at == kStart + kMinute);
  CHECK(must(decode<ClaimRow>(parts.value)) == ClaimRow{kStart, "bot-1"});
}

TEST_CASE_TEMPLATE("when one of several claims is taken, none is", Home, MemoryHome, RocksHome) {
  Process<Home> process;
  process.write({process.claim(dedup_key("b"), {})});
  Commit both = process.claim(dedup_key("a"), {});
  both.claims.push_back({dedup_key("b"), {}});
  both.always.puts = {{row("always"), "yes"}};
  const auto results = process.write({both});
  CHECK(results[0].outcome == CommitOutcome::kClaimRefused);
  CHECK(results[0].refused_claim == 1);
  CHECK(process.get(dedup_key("a")) == std::nullopt);
  CHECK(process.get(row("always")) == Value("yes"));
  CHECK(process.get(row("won")) == Value("1"));
  CHECK(process.get(row("lost")) == Value("2"));
}

TEST_CASE_TEMPLATE("a slot released earlier in the same group can be claimed", Home, MemoryHome,
                   RocksHome) {
  Process<Home> process;
  const Key slot = pending_slot_key({"b"}, {"BTC/USDT"}, Direction::kLong);
  process.write({process.claim(slot, {})});
  Commit release = process.commit();
  release.always.deletes = {slot};
  const auto results = process.write({release, process.claim(slot, {}), process.claim(slot, {})});
  CHECK(results[1].outcome == CommitOutcome::kCommitted);
  CHECK(results[2].outcome == CommitOutcome::kClaimRefused);
  CHECK(process.get(slot).has_value());
}

TEST_CASE_TEMPLATE("a record can be claimed by its own key", Home, MemoryHome, RocksHome) {
  Process<Home> process;
  const auto intent = [&](std::string text) {
    Commit made = process.commit();
    made.claims = {{intent_key({"k"}), {}}};
    made.if_claimed.puts = {{intent_key({"k"}), std::move(text)}};
    return made;
  };
  const auto results = process.write({intent("first"), intent("second")});
  CHECK(results[0].outcome == CommitOutcome::kCommitted);
  CHECK(results[1].outcome == CommitOutcome::kClaimRefused);
  CHECK(process.get(intent_key({"k"})) == Value("first"));
}

TEST_CASE_TEMPLATE("commits of an older life, or that came before, change nothing", Home,
                   MemoryHome, RocksHome) {
  Process<Home> process;
  const auto commit = [&](Epoch epoch, std::uint64_t turn, std::string value) {
    Commit made = process.commit();
    made.epoch = epoch;
    made.turn = turn;
    made.always.puts = {{row("state"), std::move(value)}};
    made.always.events = {encode(Event{})};
    return made;
  };
  const std::uint64_t now = process.directory.process_epoch;
  const auto results = process.write({
      commit({now, 1}, 5, "old life"),
      commit({now, 2}, 1, "new life"),
      commit({now, 1}, 6, "late"),
      commit({now, 2}, 1, "twice"),
      commit({now - 1, 9}, 9, "older process"),
      commit({now + 1, 9}, 9, "process that does not exist"),
  });
  std::vector<CommitOutcome> outcomes;
  for (const CommitResult& result : results) outcomes.push_back(result.outcome);
  CHECK(outcomes == std::vector{CommitOutcome::kCommitted, CommitOutcome::kCommitted,
                                CommitOutcome::kFenced, CommitOutcome::kFenced,
                                CommitOutcome::kFenced, CommitOutcome::kFenced});
  CHECK(process.get(row("state")) == Value("new life"));
  CHECK(process.writer.last_event() == 2);
  CHECK(process.write({commit({now, 2}, 1, "twice")})[0].outcome == CommitOutcome::kFenced);
  process.restart();
  CHECK(process.write({commit({now, 3}, 1, "late")})[0].outcome == CommitOutcome::kFenced);
  CHECK(process.get(row("state")) == Value("new life"));
}

TEST_CASE_TEMPLATE("a commit beyond the size limits is refused whole, at the limit it is not", Home,
                   MemoryHome, RocksHome) {
  Process<Home> process;
  const auto with = [&](std::size_t key_bytes, std::size_t value_bytes) {
    Commit made = process.commit();
    made.always.puts = {{row("other"), "written"},
                        {row(std::string(key_bytes, 'k')), std::string(value_bytes, 'v')}};
    return made;
  };
  CHECK(process.write({with(kMaxKeyBytes + 1, 1)})[0].outcome == CommitOutcome::kTooLarge);
  CHECK(process.write({with(1, kMaxValueBytes + 1)})[0].outcome == CommitOutcome::kTooLarge);
  Commit in_branch = process.commit();
  in_branch.always.puts = {{row("other"), "written"}};
  in_branch.if_refused.puts = {{row("x"), std::string(kMaxValueBytes + 1, 'v')}};
  CHECK(process.write({in_branch})[0].outcome == CommitOutcome::kTooLarge);
  CHECK(process.get(row("other")) == std::nullopt);
  CHECK(process.write({with(kMaxKeyBytes, kMaxValueBytes)})[0].outcome ==
        CommitOutcome::kCommitted);
  CHECK(process.get(row("other")) == Value("written"));
}

TEST_CASE_TEMPLATE("events are numbered without holes, across branches and restarts", Home,
                   MemoryHome, RocksHome) {
  Process<Home> process;
  const auto event = [](std::string kind) {
    Event made;
    made.kind = std::move(kind);
    return encode(made);
  };
  Commit first = process.commit();
  first.always.events = {event("1"), event("2")};
  Commit second = process.claim(dedup_key("x"), {});
  second.if_claimed.events = {event("3")};
  second.if_refused.events = {event("never")};
  process.write({first, second});
  process.restart();
  Commit third = process.claim(dedup_key("x"), {});
  third.if_claimed.events = {event("never")};
  third.if_refused.events = {event("4")};
  process.write({third});

  const std::vector<Event> events = must(load_events(process.home.store(), 0, 100));
  REQUIRE(events.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(events[i].sequence == i + 1);
    CHECK(events[i].kind == std::to_string(i + 1));
  }
  CHECK(must(load_events(process.home.store(), 3, 1)).at(0).sequence == 3);
  CHECK(must(load_newest_events(process.home.store(), 1)).at(0).sequence == 4);
}

TEST_CASE_TEMPLATE("a group larger than a batch goes out in several, and claims span them", Home,
                   MemoryHome, RocksHome) {
  Process<Home> process;
  std::vector<Commit> commits;
  commits.push_back(process.claim(dedup_key("x"), {}));
  for (int i = 0; i < 50; ++i) {
    Commit big = process.commit();
    big.always.puts = {{row(fmt::format("big-{:02}", i)), std::string(kMaxValueBytes, 'v')}};
    commits.push_back(std::move(big));
  }
  commits.push_back(process.claim(dedup_key("x"), {}));
  const std::uint64_t before = process.home.store().last_sequence();

  const auto results = process.write(std::move(commits));

  CHECK(results.front().sequence == before + 1);
  CHECK(results.back().sequence == before + 2);
  CHECK(results.back().outcome == CommitOutcome::kClaimRefused);
  CHECK(process.home.store().last_sequence() == before + 2);
  CHECK(keys_of(process.home.store(), {.kind = Kind::kLimiter, .prefix = "big-", .from = {}})
            .size() == 50);
}

TEST_CASE("a group without effects writes nothing and names the newest batch") {
  Process<MemoryHome> process;
  const std::uint64_t before = process.home.store().last_sequence();
  CHECK(process.write({}).empty());
  CHECK(process.write({process.commit()})[0].sequence == before);
  CHECK(process.home.store().last_sequence() == before);
}

TEST_CASE("an error of the store is the outcome of the whole group") {
  auto medium = std::make_shared<MemoryMedium>();
  MemoryStore store(medium);
  const DirectoryState directory = must(open_directory(store, {"test"}));
  CommitWriter writer(store, directory);
  medium->fault = [](const WriteBatch&) { return WriteFault::kFailBefore; };
  Commit commit;
  commit.producer = "a";
  commit.epoch = {directory.process_epoch, 1};
  commit.turn = 1;
  commit.always.puts = {{row("x"), "1"}};
  const std::vector group{std::make_shared<const Commit>(commit)};
  const auto failed = writer.write(group);
  REQUIRE(!failed);
  CHECK(failed.error().code == ErrorCode::kIo);
}

}  // namespace botbox::storage::test
