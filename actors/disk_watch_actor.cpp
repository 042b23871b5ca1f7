#include "actors/disk_watch_actor.hpp"

#include <algorithm>

namespace botbox::actors {

DiskWatchActor::DiskWatchActor(caf::actor_config& config, caf::actor scheduler, caf::actor observer,
                               DiskWatchSettings settings)
    : caf::event_based_actor(config),
      scheduler_(std::move(scheduler)),
      observer_(std::move(observer)),
      settings_(std::move(settings)) {
  // Here, so that the scheduler knows before any bot is ready.
  measure();
}

void DiskWatchActor::on_exit() { scheduler_ = observer_ = nullptr; }

caf::behavior DiskWatchActor::make_behavior() {
  return {[this](TickNow) { measure(); }};
}

void DiskWatchActor::measure() {
  const Result<std::uint64_t> free = settings_.free_bytes();
  const DiskSpace space{free.value_or(0), settings_.floor};
  send(scheduler_, DiskMeasured{space});
  tell_if_changed(space, free ? std::string{} : to_string(free.error()));
  delayed_send(this, settings_.interval, TickNow{});
}

// Cleared only somewhat above the floor: files come and go by the megabyte, and an alert that flaps
// is soon read by nobody.
void DiskWatchActor::tell_if_changed(const DiskSpace& space, const std::string& problem) {
  const bool is_enough = space.free >= std::max(space.floor, settings_.enough);
  if (is_low_ ? !is_enough : !space.is_low()) return;
  is_low_ = !is_low_;
  if (!is_low_)
    return send(observer_, AlertRaised{"disk.enough", fmt::format("{} MiB free, entries go on",
                                                                  space.free >> 20)});
  send(observer_,
       AlertRaised{"disk.low",
                   problem.empty()
                       ? fmt::format("{} MiB free, below {} MiB: no entries until there is room",
                                     space.free >> 20, space.floor >> 20)
                       : "free room cannot be read, no entries meanwhile: " + problem});
}

}  // namespace botbox::actors
