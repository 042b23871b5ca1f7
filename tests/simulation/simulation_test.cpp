#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "tests/simulation/campaign.hpp"

namespace botbox::simulation {
namespace {

// Whether a seed breaks the invariant when the engine is broken so. In a process of its own: a
// broken engine may well run into its own assertions and abort, which proves something else.
bool breaks(mutation::Kind mutation, std::uint64_t seed, Invariant invariant) {
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    mutation::activate(mutation);
    const bool twice = invariant == Invariant::kSameSeedSameRun;
    const RunReport report = twice ? run_checked(seed, 30, true) : run(seed);
    _exit(report.broke(invariant) ? 42 : 0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 42;
}

// The first seed, of at most `most`, that breaks it; 0: none does.
std::uint64_t first_to_break(mutation::Kind mutation, Invariant invariant, std::uint64_t most) {
  for (std::uint64_t seed = 1; seed <= most; ++seed)
    if (breaks(mutation, seed, invariant)) return seed;
  return 0;
}

void check_noticed(mutation::Kind mutation, Invariant invariant) {
  constexpr std::uint64_t kSeedsMost = 500;
  const std::uint64_t seed = first_to_break(mutation, invariant, kSeedsMost);
  CHECK_MESSAGE(seed != 0, "not noticed in ", kSeedsMost, " seeds: ", to_string(invariant));
  MESSAGE(to_string(invariant), ": seed ", seed);
}

}  // namespace

TEST_CASE("twenty seeds keep every promise") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const RunReport report = run_checked(seed, 30, false);
    CHECK_MESSAGE(report.is_clean(), explain(report));
  }
}

TEST_CASE("the same seed is the same run, to the byte, and another seed is another run") {
  std::array<std::uint64_t, 6> hashes{};
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    const RunReport report = run_checked(100 + i, 30, true);
    CHECK_FALSE(report.broke(Invariant::kSameSeedSameRun));
    hashes[i] = report.hash;
    for (std::size_t j = 0; j < i; ++j) CHECK(hashes[j] != hashes[i]);
  }
}

TEST_CASE("a bot that speaks before its commit is durable is noticed") {
  check_noticed(mutation::Kind::kReleaseBeforeSync, Invariant::kDurableBeforeSeen);
}

TEST_CASE("an order that leaves before its trade is durably EXECUTING is noticed") {
  check_noticed(mutation::Kind::kSendBeforeSync, Invariant::kIntentBeforeOrder);
}

TEST_CASE("client order ids that differ from attempt to attempt are noticed") {
  check_noticed(mutation::Kind::kRandomIds, Invariant::kIdOfTheDecision);
  check_noticed(mutation::Kind::kRandomIds, Invariant::kOneOrderPerDecision);
  check_noticed(mutation::Kind::kRandomIds, Invariant::kSameSeedSameRun);
}

TEST_CASE("an engine that forgets its open trades at a restart is noticed") {
  check_noticed(mutation::Kind::kForgetOutbox, Invariant::kOneFinalState);
}

TEST_CASE("a disk that acknowledges what a crash can lose is noticed") {
  check_noticed(mutation::Kind::kNoSync, Invariant::kNothingLost);
  check_noticed(mutation::Kind::kNoSync, Invariant::kIntentBeforeOrder);
  check_noticed(mutation::Kind::kNoSync, Invariant::kOneOrderPerClientId);
}

TEST_CASE("a rate limiter that forgets its window at a restart is noticed") {
  check_noticed(mutation::Kind::kIgnoreWindow, Invariant::kWindowsKept);
}

TEST_CASE("a check that begins before it is due is noticed") {
  check_noticed(mutation::Kind::kEarlyAlarm, Invariant::kAlarmKept);
}

TEST_CASE("an entry that leaves without its stop is noticed") {
  check_noticed(mutation::Kind::kNoStop, Invariant::kOneStop);
}

TEST_CASE("a bot that does not book what its stops filled is noticed") {
  check_noticed(mutation::Kind::kIgnoreStops, Invariant::kBooksAgree);
}

TEST_CASE("a closed position whose row says that it is open is noticed") {
  check_noticed(mutation::Kind::kForgetClosing, Invariant::kRecordsAgree);
}

TEST_CASE("bots that a restart puts to sleep are noticed") {
  check_noticed(mutation::Kind::kOversleep, Invariant::kGoesOn);
}

TEST_CASE("an engine that does not start after a crash during an order is noticed") {
  check_noticed(mutation::Kind::kRefuseOutbox, Invariant::kStarts);
}

}  // namespace botbox::simulation
