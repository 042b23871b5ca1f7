// The rate limiter of one exchange and egress address. Grants permits out of reservations that are
// already durable (engine/limits/rate_limiter.hpp); asks that need a new reservation wait for its
// commit, first come first served.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <set>
#include <string>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/limits/rate_limiter.hpp"

namespace botbox::actors {

struct RateLimiterBirth {
  std::string exchange;  // names its row
  RateLimiterConfig config;
  std::optional<LimiterState> saved;        // of this limiter
  std::optional<LimiterState> saved_local;  // of the gateway's local one
  storage::Epoch epoch;
};

class RateLimiterActor : public caf::event_based_actor {
 public:
  RateLimiterActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                   caf::actor observer, RateLimiterBirth birth);
  const char* name() const override { return "rate_limiter"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  static constexpr std::size_t kWaitingMax = 4096;

  void acquire(const AcquirePermits& ask);
  bool try_grant(const AcquirePermits& ask);
  void on_counter(const ExchangeCounted& counted);
  void absorb(const AbsorbLocal& request);
  void save();
  void on_committed();
  void raise_alerts();
  RateBudget budget() const;
  LimiterCondition condition_at(Timestamp now);
  LimiterCondition to_tell_at(Timestamp now, LimiterCondition condition);

  const Clock& clock_;
  caf::actor journal_;
  caf::actor observer_;
  std::string exchange_;
  RateLimiter limiter_;
  storage::Epoch epoch_;
  std::uint64_t turn_ = 0;
  std::deque<AcquirePermits> waiting_;  // for a reservation
  std::deque<caf::actor> absorbing_;
  std::set<std::string> unknown_windows_;               // each is told once
  LimiterCondition condition_ = LimiterCondition::kOk;  // as the watchers know it
  LimiterCondition told_ = LimiterCondition::kOk;       // as operators do
  std::vector<caf::actor> watchers_;
};

}  // namespace botbox::actors
