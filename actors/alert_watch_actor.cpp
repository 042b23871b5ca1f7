#include "actors/alert_watch_actor.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace botbox::actors {
namespace {

constexpr Duration kAnswerWithin{1'000};

}  // namespace

AlertWatchActor::AlertWatchActor(caf::actor_config& config, const Clock& clock, caf::actor observer,
                                 caf::actor supervisor, std::vector<NamedActor> watched,
                                 AlertWatchSettings settings)
    : caf::event_based_actor(config),
      clock_(clock),
      observer_(std::move(observer)),
      supervisor_(std::move(supervisor)),
      settings_(std::move(settings)),
      without_stop_(settings_.thresholds.without_stop),
      memory_(settings_.thresholds.memory) {
  for (NamedActor& who : watched)
    watched_.push_back({std::move(who), AlertLevel(settings_.thresholds.mailbox),
                        AlertLevel(settings_.thresholds.silent_actor)});
  set_down_handler([this](const caf::down_msg& down) { on_down(down); });
}

void AlertWatchActor::on_exit() {
  watched_.clear();
  observer_ = supervisor_ = nullptr;
}

caf::behavior AlertWatchActor::make_behavior() {
  for (const Watched& watched : watched_) monitor(watched.who.actor);
  delayed_send(this, settings_.interval, TickNow{});
  return {[this](TickNow) {
            look();
            delayed_send(this, settings_.interval, TickNow{});
          },
          [this](const AlertsConfigured& configured) {
            const AlertThresholds& thresholds = configured.thresholds;
            without_stop_.set_threshold(thresholds.without_stop);
            memory_.set_threshold(thresholds.memory);
            for (Watched& watched : watched_) {
              watched.mailbox.set_threshold(thresholds.mailbox);
              watched.silence.set_threshold(thresholds.silent_actor);
            }
          }};
}

void AlertWatchActor::on_down(const caf::down_msg& down) const {
  const bool was_stopped = !down.reason || down.reason == caf::exit_reason::normal ||
                           down.reason == caf::exit_reason::user_shutdown;
  const auto lost = std::ranges::find_if(
      watched_, [&](const Watched& watched) { return watched.who.actor.address() == down.source; });
  if (was_stopped || lost == watched_.end() || !settings_.on_lost) return;
  settings_.on_lost(lost->who.name, system().render(down.reason));
}

void AlertWatchActor::look() {
  request(supervisor_, kAnswerWithin, AskFleet{})
      .then(
          [this](const FleetTold& told) {
            tell(without_stop_.update(static_cast<double>(told.without_stop), clock_.now()),
                 "positions.without_stop", "positions.stopped",
                 fmt::format("{} open positions have no stop", told.without_stop), {});
          },
          [](const caf::error&) {});
  for (std::size_t index = 0; index < watched_.size(); ++index) look_at(index);
  if (!settings_.memory_bytes) return;
  const std::uint64_t mib = settings_.memory_bytes() >> 20;
  tell(memory_.update(static_cast<double>(mib), clock_.now()), "memory.high", "memory.normal",
       fmt::format("{} MiB are in memory", mib), {});
}

void AlertWatchActor::look_at(std::size_t index) {
  request<kAskFirst>(watched_[index].who.actor, kAnswerWithin, AskActor{})
      .then(
          [this, index](const ActorTold& told) {
            Watched& watched = watched_[index];
            const std::string& name = watched.who.name;
            const Timestamp now = clock_.now();
            tell(watched.silence.update(0, now), "actor.silent", "actor.answers",
                 name + " answers again", name);
            tell(watched.mailbox.update(static_cast<double>(told.mailbox), now), "mailbox.deep",
                 "mailbox.normal", fmt::format("{} messages wait for {}", told.mailbox, name),
                 name);
          },
          [this, index](const caf::error&) {
            if (index >= watched_.size()) return;
            Watched& watched = watched_[index];
            tell(watched.silence.update(1, clock_.now()), "actor.silent", "actor.answers",
                 watched.who.name + " does not answer", watched.who.name);
          });
}

void AlertWatchActor::tell(AlertChange change, const char* begun, const char* ended,
                           std::string text, std::string subject) {
  if (change == AlertChange::kNone) return;
  send(observer_, AlertRaised{change == AlertChange::kRaised ? begun : ended, std::move(text),
                              std::move(subject)});
}

}  // namespace botbox::actors
