// Counts of refusals by reason, and how far back they reach.
#include "actors/reason_counts.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "actors/turn_commit.hpp"
#include "storage/codec.hpp"
#include "storage/commit_writer.hpp"
#include "storage/directory.hpp"
#include "storage/memory_store.hpp"

namespace botbox::actors {
namespace {

using ReasonRows = std::vector<std::pair<std::string, std::uint64_t>>;

// Event n happened n seconds after the first; three of four are refusals.
struct RefusalLog {
  RefusalLog() {
    auto commit = std::make_shared<storage::Commit>();
    commit->producer = "test";
    commit->epoch = {directory.process_epoch, 1};
    commit->turn = 1;
    commit->at = kFirst;
    for (int n = 0; n < 40; ++n)
      note(commit->always, {.at = kFirst + Duration{n * 1'000},
                            .kind = n % 4 == 3 ? "signal.accepted" : "signal.rejected",
                            .bot = {n % 4 == 0 ? "a" : "b"},
                            .subject = fmt::format("s{}", n),
                            .detail = n % 4 == 1 ? "DATA_STALE" : "COOLDOWN_BOT",
                            .actor = "engine"});
    storage::CommitWriter writer(store, directory);
    const std::vector<std::shared_ptr<const storage::Commit>> commits{commit};
    REQUIRE(writer.write(commits).has_value());
  }

  static constexpr Timestamp kFirst{1'704'067'200'000};
  storage::MemoryStore store;
  storage::DirectoryState directory = *storage::open_directory(store, {"test"});
};

}  // namespace

TEST_CASE("refusals are counted by reason, the most frequent first, within a range") {
  const RefusalLog log;
  const auto all = count_reasons(log.store, {.from = RefusalLog::kFirst, .until = {}, .bot = {}});
  REQUIRE(all.has_value());
  CHECK(all->counts == ReasonRows{{"COOLDOWN_BOT", 20}, {"DATA_STALE", 10}});
  CHECK(all->is_complete);
  CHECK(all->counted_from == RefusalLog::kFirst);
  const auto some = count_reasons(log.store, {.from = RefusalLog::kFirst + Duration{8'000},
                                              .until = RefusalLog::kFirst + Duration{15'000},
                                              .bot = {"b"}});
  REQUIRE(some.has_value());
  CHECK(some->counts == ReasonRows{{"COOLDOWN_BOT", 2}, {"DATA_STALE", 2}});
}

TEST_CASE("orders that were skipped, blocked or failed are counted by their reasons as well") {
  storage::MemoryStore store;
  const storage::DirectoryState directory = *storage::open_directory(store, {"test"});
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "test";
  commit->epoch = {directory.process_epoch, 1};
  commit->turn = 1;
  commit->at = RefusalLog::kFirst;
  const auto happen = [&](const char* kind, const char* subject, const char* detail) {
    note(commit->always, {.at = RefusalLog::kFirst,
                          .kind = kind,
                          .bot = {"a"},
                          .subject = subject,
                          .detail = detail,
                          .actor = "engine"});
  };
  for (const auto& [id, reason] :
       {std::pair("t1", ReasonCode::kExchangeRejected), std::pair("t2", ReasonCode::kRateLimited),
        std::pair("t3", ReasonCode::kExchangeRejected)}) {
    Trade trade;
    trade.id = {id};
    trade.reason = reason;
    commit->always.puts.push_back({storage::trade_key(trade.id), storage::encode(trade)});
    happen("trade.failed", id, "words of the exchange");
  }
  happen("signal.accepted", "s1", "LONG");
  happen("intent.blocked", "i1", "");
  happen("intent.dedup_skipped", "s2", "signal s2 was decided before");
  happen("trade.dedup_skipped", "s3", "a LONG trade waits");
  happen("trade.completed", "t4", "order 7");
  storage::CommitWriter writer(store, directory);
  const std::vector<std::shared_ptr<const storage::Commit>> commits{commit};
  REQUIRE(writer.write(commits).has_value());
  const auto counted = count_reasons(store, {.from = RefusalLog::kFirst, .until = {}, .bot = {}});
  REQUIRE(counted.has_value());
  CHECK(counted->counts == ReasonRows{{"EXCHANGE_REJECTED", 2},
                                      {"IDEMPOTENCY_BLOCKED", 1},
                                      {"ORDER_BLOCKED_LIVE_TRADING", 1},
                                      {"QUEUE_DUPLICATE", 1},
                                      {"RATE_LIMITED", 1}});
}

TEST_CASE("counts whose walk ended too early say so, and from when on they count") {
  const RefusalLog log;
  ReasonRange range{.from = RefusalLog::kFirst, .until = {}, .bot = {}, .events_max = 8};
  const auto cut = count_reasons(log.store, range);
  REQUIRE(cut.has_value());
  CHECK_FALSE(cut->is_complete);
  CHECK(cut->counted_from == RefusalLog::kFirst + Duration{32'000});
  CHECK(cut->counts == ReasonRows{{"COOLDOWN_BOT", 4}, {"DATA_STALE", 2}});
  // Just as many as there are: nothing is left.
  range.events_max = 40;
  CHECK(count_reasons(log.store, range)->is_complete);
}

}  // namespace botbox::actors
