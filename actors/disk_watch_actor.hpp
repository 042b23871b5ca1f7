// The disk watch: measures the room in the data directory about once a second, tells the scheduler,
// and raises an alert when there is too little and another one when there is enough again.
#pragma once

#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <functional>

#include "actors/protocol.hpp"
#include "engine/result.hpp"

namespace botbox::actors {

struct DiskWatchSettings {
  // Any thread may call it. An error counts as no room: where not even that can be read, nothing
  // should be begun. Empty: there is no disk to watch.
  std::function<Result<std::uint64_t>()> free_bytes;
  std::uint64_t floor = 256ULL << 20;
  std::uint64_t enough = 288ULL << 20;  // from here on the alert is over; at least `floor`
  Duration interval{1'000};
};

class DiskWatchActor : public caf::event_based_actor {
 public:
  DiskWatchActor(caf::actor_config& config, caf::actor scheduler, caf::actor observer,
                 DiskWatchSettings settings);
  const char* name() const override { return "disk_watch"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  void measure();
  void tell_if_changed(const DiskSpace& space, const std::string& problem);

  caf::actor scheduler_;
  caf::actor observer_;
  DiskWatchSettings settings_;
  bool is_low_ = false;  // as the last alert said
};

}  // namespace botbox::actors
