#include "actors/notice_board_actor.hpp"

#include <fmt/format.h>

#include <utility>

#include "engine/notify/alert_ends.hpp"
#include "engine/notify/alert_severity.hpp"

namespace botbox::actors {
namespace {

constexpr std::size_t kEarlyMax = 256;  // where nobody ever follows, no more are kept
// Critical ones and ends have as much room once more: they are not lost behind lesser ones.
constexpr std::size_t kEarlyUrgentMax = 2 * kEarlyMax;

bool is_urgent(const AlertRaised& alert) {
  return is_critical_alert(alert.kind) || !alert_ended_by(alert.kind, alert.text).empty();
}

}  // namespace

NoticeBoardActor::NoticeBoardActor(caf::actor_config& config, const Clock& clock,
                                   std::shared_ptr<EngineStatistics> statistics, caf::actor console)
    : caf::event_based_actor(config),
      clock_(clock),
      statistics_(std::move(statistics)),
      console_(std::move(console)) {}

caf::behavior NoticeBoardActor::make_behavior() {
  const auto hand_on = [this](const auto& notice) {
    if (console_) send(console_, notice);
  };
  return {[=, this](const CycleFinished& cycle) {
            statistics_->on_cycle(cycle.record, cycle.checks, clock_.now());
            hand_on(cycle);
          },
          [=, this](const SignalNoticed& signal) {
            statistics_->on_signal(signal.outcome, signal.reason);
            hand_on(signal);
          },
          [=](const OrdersNoticed& orders) { hand_on(orders); },
          [=, this](const FillsNoticed& fills) {
            statistics_->on_fills(fills.fills, fills.is_opened, fills.is_closed);
            hand_on(fills);
          },
          [=, this](const FleetReady& ready) {
            statistics_->on_fleet_ready(ready.bots, clock_.now());
            hand_on(ready);
          },
          [=, this](const BotsEvicted& evicted) { statistics_->on_evicted(evicted.bots); },
          [=, this](const RetentionSwept& swept) {
            for (const KindSwept& one : swept.kinds)
              statistics_->on_swept(to_string(one.kind), one.rows, one.bytes);
            hand_on(swept);
          },
          [=, this](const AlertRaised& alert) {
            hand_on(alert);
            on_alert(alert);
          },
          [this](const FollowAlerts& follow) { on_follow(follow); },
          [this](AskActor) { return ActorTold{mailbox().size()}; },
          [](const Drained&) {}};
}

void NoticeBoardActor::on_alert(const AlertRaised& alert) {
  statistics_->on_alert(alert.kind, alert.text, clock_.now(), alert.subject);
  if (alerted_)
    send(alerted_, alert);
  else if (early_.size() < (is_urgent(alert) ? kEarlyUrgentMax : kEarlyMax))
    early_.push_back(alert);
  else
    ++untold_;
}

void NoticeBoardActor::on_follow(const FollowAlerts& follow) {
  alerted_ = follow.follower;
  for (const AlertRaised& alert : std::exchange(early_, {})) send(alerted_, alert);
  if (const std::uint64_t untold = std::exchange(untold_, 0); untold > 0)
    send(alerted_, AlertRaised{"alerts.more", fmt::format("{} more alerts at the start", untold)});
}

}  // namespace botbox::actors
