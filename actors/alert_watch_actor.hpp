// The alert watch: looks every few seconds at what nobody else watches: positions without a stop,
// actors that do not answer or have much to do yet, the memory of the process. What it finds is
// told to the observer when it begins and when it ends. An actor that is gone is another matter: a
// bug, after which this process should end, and the next one take up what is durable.
#pragma once

#include <caf/event_based_actor.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/alert_thresholds.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

// One of the engine's own actors, for those who ask how they fare.
struct NamedActor {
  std::string name;
  caf::actor actor;
};

struct AlertWatchSettings {
  Duration interval{0};                         // zero: nobody watches
  std::function<std::uint64_t()> memory_bytes;  // of this process; null: unknown
  AlertThresholds thresholds;
  // Told which of the watched ended without having been stopped, and why; may be null.
  std::function<void(const std::string& name, const std::string& why)> on_lost;
};

class AlertWatchActor : public caf::event_based_actor {
 public:
  AlertWatchActor(caf::actor_config& config, const Clock& clock, caf::actor observer,
                  caf::actor supervisor, std::vector<NamedActor> watched,
                  AlertWatchSettings settings);
  const char* name() const override { return "alert_watch"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  struct Watched {
    NamedActor who;
    AlertLevel mailbox;
    AlertLevel silence;
  };

  void on_down(const caf::down_msg& down) const;
  void look();
  void look_at(std::size_t index);
  void tell(AlertChange change, const char* begun, const char* ended, std::string text,
            std::string subject);

  const Clock& clock_;
  caf::actor observer_;
  caf::actor supervisor_;
  std::vector<Watched> watched_;
  AlertWatchSettings settings_;
  AlertLevel without_stop_;
  AlertLevel memory_;
};

}  // namespace botbox::actors
