#include "actors/rate_limiter_actor.hpp"

#include <algorithm>
#include <utility>

#include "engine/mutation.hpp"
#include "storage/codec.hpp"
#include "storage/keys.hpp"

namespace botbox::actors {

RateLimiterActor::RateLimiterActor(caf::actor_config& config, const Clock& clock,
                                   caf::actor journal, caf::actor observer, RateLimiterBirth birth)
    : caf::event_based_actor(config),
      clock_(clock),
      journal_(std::move(journal)),
      observer_(std::move(observer)),
      exchange_(std::move(birth.exchange)),
      limiter_(std::move(birth.config)),
      epoch_(birth.epoch) {
  if (mutation::active(mutation::Kind::kIgnoreWindow)) return;
  if (birth.saved) limiter_.restore(*birth.saved, clock_.now());
  if (birth.saved_local) limiter_.absorb(*birth.saved_local, clock_.now());
}

void RateLimiterActor::on_exit() {
  waiting_.clear();
  absorbing_.clear();
  watchers_.clear();
  journal_ = observer_ = nullptr;
}

caf::behavior RateLimiterActor::make_behavior() {
  return {[this](const AcquirePermits& ask) { acquire(ask); },
          [this](const Committed&) { on_committed(); },
          [this](AskLimiter) {
            return LimiterTold{exchange_, limiter_.snapshot(clock_.now())};
          },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [this](const AbsorbLocal& request) { absorb(request); },
          [this](const ExchangeCounted& counted) { on_counter(counted); },
          [this](const WatchBudget& watch) {
            watchers_.push_back(watch.watcher);
            if (budget() != RateBudget::kAmple) send(watch.watcher, BudgetChanged{budget()});
          },
          [this](const ExchangeRefusedRate& refused) {
            limiter_.on_rate_limited(clock_.now(), refused.retry_after);
            save();
            raise_alerts();
          }};
}

void RateLimiterActor::acquire(const AcquirePermits& ask) {
  if (!waiting_.empty() || !try_grant(ask)) {
    if (waiting_.size() < kWaitingMax)
      waiting_.push_back(ask);
    else
      send(ask.reply_to, PermitsGranted{ask.ticket, {}, clock_.now() + Duration{1'000}});
  }
  save();
}

// False: the ask needs a reservation that is not durable yet.
bool RateLimiterActor::try_grant(const AcquirePermits& ask) {
  const Timestamp now = clock_.now();
  const PermitRequest request{
      .weight = ask.weight,
      .orders = ask.orders,
      .priority = ask.is_protective ? PermitPriority::kProtective : PermitPriority::kNormal};
  PermitsGranted granted{.ticket = ask.ticket, .permits = {}, .retry_at = now};
  granted.permits.reserve(ask.count);
  while (granted.permits.size() < ask.count) {
    AcquireResult result = limiter_.acquire(now, request);
    if (result) {
      granted.permits.push_back(std::move(*result));
      continue;
    }
    if (result.error().reason == DenialReason::kNotReserved && granted.permits.empty())
      return false;
    granted.retry_at = result.error().retry_at;
    break;
  }
  send(ask.reply_to, std::move(granted));
  raise_alerts();
  return true;
}

void RateLimiterActor::on_counter(const ExchangeCounted& counted) {
  const bool is_known = limiter_.on_exchange_counter(clock_.now(), counted.window, counted.used);
  if (!is_known && unknown_windows_.insert(counted.window).second)
    send(observer_, AlertRaised{"limiter.unknown_window",
                                fmt::format("{} counts in a window {} that no limit is set for",
                                            exchange_, counted.window)});
  raise_alerts();
}

void RateLimiterActor::absorb(const AbsorbLocal& request) {
  limiter_.absorb(request.state, clock_.now());
  absorbing_.push_back(request.reply_to);
  save();
}

void RateLimiterActor::save() {
  const std::optional<LimiterState> state = limiter_.state_to_save(clock_.now());
  if (!state) {
    if (!limiter_.is_saved()) return;
    for (const caf::actor& waiter : absorbing_) send(waiter, LocalAbsorbed{});
    absorbing_.clear();
    return;
  }
  auto commit = std::make_shared<storage::Commit>();
  commit->producer = "rate_limiter/" + exchange_;
  commit->epoch = epoch_;
  commit->turn = ++turn_;
  commit->at = clock_.now();
  commit->always.puts.push_back({storage::limiter_key(exchange_), storage::encode(*state)});
  send<kCommitFirst>(journal_, CommitRequest{std::move(commit), this});
}

void RateLimiterActor::on_committed() {
  limiter_.on_saved();
  std::deque<AcquirePermits> asks = std::move(waiting_);
  waiting_.clear();
  while (!asks.empty() && try_grant(asks.front())) asks.pop_front();
  waiting_ = std::move(asks);
  save();
}

// A fleet that stands at the alert's level is one alert, and keeps its pace, until there is room.
LimiterCondition RateLimiterActor::condition_at(Timestamp now) {
  const LimiterCondition condition = limiter_.condition(now);
  if (condition != LimiterCondition::kOk || condition_ == LimiterCondition::kOk) return condition;
  return limiter_.is_filled(now, limiter_.config().alert_clear_percent) ? LimiterCondition::kAlert
                                                                        : LimiterCondition::kOk;
}

// What operators hear: of a short window's peak nothing.
LimiterCondition RateLimiterActor::to_tell_at(Timestamp now, LimiterCondition condition) {
  if (condition > LimiterCondition::kAlert) return condition;
  const RateLimiterConfig& config = limiter_.config();
  const int percent =
      told_ == LimiterCondition::kOk ? config.alert_percent : config.alert_clear_percent;
  return limiter_.stays_filled(now, percent) ? LimiterCondition::kAlert : LimiterCondition::kOk;
}

void RateLimiterActor::raise_alerts() {
  const Timestamp now = clock_.now();
  const LimiterCondition condition = condition_at(now);
  const LimiterCondition told = to_tell_at(now, condition);
  if (told != std::exchange(told_, told))
    send(observer_,
         AlertRaised{"limiter", fmt::format("{} limiter is {}", exchange_, to_string(told_))});
  if (condition == std::exchange(condition_, condition)) return;
  for (const caf::actor& watcher : watchers_) send(watcher, BudgetChanged{budget()});
}

RateBudget RateLimiterActor::budget() const {
  return condition_ == LimiterCondition::kOk ? RateBudget::kAmple : RateBudget::kTight;
}

}  // namespace botbox::actors
