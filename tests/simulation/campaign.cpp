#include "tests/simulation/campaign.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdio>
#include <set>
#include <utility>

namespace botbox::simulation {
namespace {

std::atomic<std::uint64_t> g_seed{0};

constexpr std::pair<std::string_view, mutation::Kind> kMutations[]{
    {"None", mutation::Kind::kNone},
    {"ReleaseBeforeSync", mutation::Kind::kReleaseBeforeSync},
    {"RandomIds", mutation::Kind::kRandomIds},
    {"ForgetOutbox", mutation::Kind::kForgetOutbox},
    {"NoSync", mutation::Kind::kNoSync},
    {"IgnoreWindow", mutation::Kind::kIgnoreWindow},
    {"EarlyAlarm", mutation::Kind::kEarlyAlarm},
    {"NoStop", mutation::Kind::kNoStop},
    {"IgnoreStops", mutation::Kind::kIgnoreStops},
    {"ForgetClosing", mutation::Kind::kForgetClosing},
    {"Oversleep", mutation::Kind::kOversleep},
    {"RefuseOutbox", mutation::Kind::kRefuseOutbox},
    {"SendBeforeSync", mutation::Kind::kSendBeforeSync},
};

// A campaign of this length that never met a fault proves nothing about it.
constexpr std::uint64_t kLong = 500;

bool met_everything(const Encounters& met) {
  return met.fallbacks > 0 && met.returns > 0 && met.slow_commits > 0 && met.lost_commits > 0 &&
         met.unanswered_commits > 0;
}

void add(Encounters& sum, const Encounters& met) {
  sum.fallbacks += met.fallbacks;
  sum.returns += met.returns;
  sum.slow_commits += met.slow_commits;
  sum.lost_commits += met.lost_commits;
  sum.unanswered_commits += met.unanswered_commits;
}

}  // namespace

std::uint64_t seed_under_way() { return g_seed.load(); }

bool mutation_called(std::string_view name, mutation::Kind& kind) {
  for (const auto& [known, value] : kMutations)
    if (known == name) {
      kind = value;
      return true;
    }
  return false;
}

RunReport run_checked(std::uint64_t seed, std::size_t events, bool twice) {
  g_seed = seed;
  RunReport report = run(seed, events);
  if (!twice) return report;
  const RunReport again = run(seed, events);
  if (again.hash != report.hash)
    report.violations.push_back({Invariant::kSameSeedSameRun,
                                 {},
                                 fmt::format("{:016x} after {} steps, then {:016x} after {} steps",
                                             report.hash, report.steps, again.hash, again.steps)});
  return report;
}

bool run_campaign(const Campaign& campaign) {
  mutation::activate(campaign.mutation);
  std::set<std::uint64_t> hashes;
  std::uint64_t lives = 0, orders = 0, fills = 0, trades = 0, steps = 0, bots = 0, failed = 0;
  std::uint64_t ran = 0;
  Encounters met;
  for (; ran < campaign.seeds && failed < campaign.failures_most; ++ran) {
    const std::uint64_t seed = campaign.first + ran;
    const RunReport report = run_checked(seed, campaign.events, seed % campaign.repeat_every == 0);
    lives += report.lives;
    orders += report.orders;
    fills += report.fills;
    trades += report.trades;
    steps += report.steps;
    bots += report.bot_failures;
    add(met, report.met);
    hashes.insert(report.hash);
    if (report.is_clean()) continue;
    ++failed;
    fmt::print("{}\n", explain(report));
    std::fflush(stdout);
  }
  mutation::activate(mutation::Kind::kNone);
  if (hashes.size() != ran) {
    fmt::print("{} seeds gave only {} different runs\n", ran, hashes.size());
    ++failed;
  }
  fmt::print(
      "{} seeds, {} failed: {} lives, {} trades, {} orders, {} fills, {} failed bots, {} steps\n",
      ran, failed, lives, trades, orders, fills, bots, steps);
  fmt::print(
      "met: {} fallbacks to the local limiter, {} returns, {} slow commits; in crashes {} commits "
      "lost, {} durable and unanswered\n",
      met.fallbacks, met.returns, met.slow_commits, met.lost_commits, met.unanswered_commits);
  if (failed == 0 && ran >= kLong && campaign.mutation == mutation::Kind::kNone &&
      !met_everything(met)) {
    fmt::print("some of these faults were never met\n");
    ++failed;
  }
  return failed == 0;
}

}  // namespace botbox::simulation
