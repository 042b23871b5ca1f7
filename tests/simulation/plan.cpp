#include "tests/simulation/plan.hpp"

namespace botbox::simulation {
namespace {

template <class T, std::size_t N>
T one_of(std::mt19937_64& random, const T (&choices)[N]) {
  return choices[draw(random, N)];
}

std::uint32_t sometimes(std::mt19937_64& random, std::uint32_t most) {
  const bool is_on = happens(random, 1, 2);
  const auto chance = static_cast<std::uint32_t>(1 + draw(random, most));
  return is_on ? chance : 0;
}

exchange::FaultPlan fault_plan(std::mt19937_64& random) {
  exchange::FaultPlan plan;
  plan.drop_reply = sometimes(random, 120);
  plan.late_accept = sometimes(random, 200);
  plan.unavailable = sometimes(random, 60);
  plan.rate_limited = sometimes(random, 4);
  plan.rejected = sometimes(random, 60);
  plan.stale_candles = sometimes(random, 60);
  plan.late_calls = static_cast<std::uint32_t>(1 + draw(random, 8));
  return plan;
}

// The limiter counts as silent after one second, three times; a sync takes milliseconds on most
// disks and seconds on a bad day.
HoldPlan hold_plan(std::mt19937_64& random) {
  HoldPlan plan;
  plan.silent_limiter = sometimes(random, 6);
  constexpr std::int64_t kSilences[]{3'000, 10'000, 90'000};
  plan.silence_most = Duration{one_of(random, kSilences)};
  plan.slow_commit = sometimes(random, 100);
  constexpr std::int64_t kSyncs[]{30, 1'000, 20'000};
  plan.sync_most = Duration{one_of(random, kSyncs)};
  plan.stalled_actor = sometimes(random, 3);
  constexpr std::int64_t kStalls[]{100, 5'000};
  plan.stall_most = Duration{one_of(random, kStalls)};
  return plan;
}

// Small enough that windows bind, large enough that a fleet can live with them.
void small_limits(std::mt19937_64& random, RateLimiterConfig& limits) {
  const auto weight = static_cast<std::int64_t>(100 + draw(random, 200));
  const auto few = static_cast<std::int64_t>(draw(random, 15));
  limits.windows = {{"weight_1m", Duration{60'000}, weight, LimitKind::kRequestWeight}};
  if (happens(random, 1, 2))
    limits.windows.push_back({"orders_10s", Duration{10'000}, 5 + few, LimitKind::kOrders});
  else
    limits.windows.push_back({"orders_10m", Duration{600'000}, 8 + few, LimitKind::kOrders});
  limits.default_stop = Duration{20'000};
}

actors::EngineSettings settings_for(std::mt19937_64& random) {
  actors::EngineSettings settings;
  settings.exchange_name = "simulated";
  settings.limits = actors::default_limits();
  if (happens(random, 1, 2)) small_limits(random, settings.limits);
  constexpr std::uint32_t kPositions[]{UINT32_MAX, UINT32_MAX, 2, 4};
  settings.max_open_positions = one_of(random, kPositions);
  constexpr std::size_t kGroups[]{1, 2, 1024};
  settings.commit_group_max = one_of(random, kGroups);
  constexpr std::int64_t kPolls[]{1'000, 2'000, 5'000};
  settings.trade_queue.poll_interval = Duration{one_of(random, kPolls)};
  constexpr std::int64_t kResends[]{10'000, 15'000, 30'000};
  settings.trade_queue.resend_after = Duration{one_of(random, kResends)};
  constexpr std::size_t kDispatches[]{1, 2, 512};
  settings.trade_queue.dispatch_max = one_of(random, kDispatches);
  return settings;
}

}  // namespace

Plan plan_for(std::uint64_t seed) {
  std::mt19937_64 random(seed ^ 0x9e3779b97f4a7c15ULL);
  Plan plan;
  plan.seed = seed;
  plan.market_seed = 1 + draw(random, 8);
  // Whole minutes are not the only times at which engines are started.
  plan.start = Timestamp{1'704'067'200'000 + static_cast<std::int64_t>(draw(random, 43'200'000))};
  plan.bots = 3 + draw(random, 6);
  plan.faulty_time = Duration{static_cast<std::int64_t>(10 + draw(random, 31)) * 60'000};
  plan.shuffle = happens(random, 7, 8);
  if (happens(random, 2, 3))
    plan.transit_most = Duration{static_cast<std::int64_t>(1 + draw(random, 1'500))};
  plan.faults = fault_plan(random);
  plan.commit_fault = sometimes(random, 40);
  plan.strategy_fault = sometimes(random, 15);
  plan.crashes = static_cast<std::uint32_t>(draw(random, 9));
  plan.operator_act = sometimes(random, 4);
  constexpr std::string_view kShares[]{"0", "0", "0.015", "0.1"};
  plan.max_participation = Decimal::literal(one_of(random, kShares));
  plan.settings = settings_for(random);
  plan.holds = hold_plan(random);
  plan.planned = seed % 2 == 1;
  // Where it is short enough, every bot leaves memory after each check.
  plan.settings.scheduler.evict_idle = Duration{seed % 3 == 0 ? 1 : 0};
  if (seed % 4 == 1) plan.settings.fleet_limits = {.per_symbol = 2, .per_direction = 3};
  return plan;
}

std::string describe(const Plan& plan) {
  const exchange::FaultPlan& f = plan.faults;
  const RateLimiterConfig& limits = plan.settings.limits;
  return fmt::format(
      "seed {}: {} bots{}, {} min from {}, market {}, {}, transit <= {} ms\n"
      "  of 1000 calls: drop_reply {}, late_accept {} (after {} calls), unavailable {}, "
      "rate_limited {}, rejected {}, stale_candles {}\n"
      "  commit faults {}/10000, strategy faults {}/1000, crashes <= {}, operator {}/10000, "
      "participation {}\n"
      "  silent limiter {}/10000 <= {} ms, slow commits {}/1000 <= {} ms, stalls {}/10000 <= {} "
      "ms\n"
      "  weight {}/min, orders {}/{} s, positions <= {}, group {}, poll {} ms, resend {} ms, "
      "dispatch {}{}",
      plan.seed, plan.bots, plan.planned ? " with plans" : "", plan.faulty_time.count() / 60'000,
      to_iso8601(plan.start), plan.market_seed, plan.shuffle ? "shuffled" : "in order",
      plan.transit_most.count(), f.drop_reply, f.late_accept, f.late_calls, f.unavailable,
      f.rate_limited, f.rejected, f.stale_candles, plan.commit_fault, plan.strategy_fault,
      plan.crashes, plan.operator_act, to_string(plan.max_participation), plan.holds.silent_limiter,
      plan.holds.silence_most.count(), plan.holds.slow_commit, plan.holds.sync_most.count(),
      plan.holds.stalled_actor, plan.holds.stall_most.count(), limits.windows[0].limit,
      limits.windows[1].limit, limits.windows[1].length.count() / 1'000,
      plan.settings.max_open_positions, plan.settings.commit_group_max,
      plan.settings.trade_queue.poll_interval.count(),
      plan.settings.trade_queue.resend_after.count(), plan.settings.trade_queue.dispatch_max,
      plan.settings.scheduler.evict_idle.count() > 0 ? ", idle bots leave memory" : "");
}

}  // namespace botbox::simulation
