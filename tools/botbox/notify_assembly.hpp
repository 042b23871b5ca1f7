// From the [notify] and [telegram] sections to running notifications.
#pragma once

#include <caf/actor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/engine_system.hpp"
#include "actors/operator_desk.hpp"
#include "exchange/http/http_transport.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// Who is told, and who may give commands. Declared after the actor system and ended before it: its
// connections end with it, and their last answers find the system alive.
struct Notifications {
  std::shared_ptr<exchange::HttpTransport> messages;
  std::shared_ptr<exchange::HttpTransport> poll;
  std::vector<caf::actor> actors;
  void stop();
};

struct NotificationParts {
  caf::actor_system& system;
  const config::EngineConfig& config;
  const Clock& clock;
  const storage::Store& store;
  const actors::EngineSystem& engine;
  caf::actor board;  // tells of alerts
  actors::OperatorEntry desk;
};
// Empty where nobody is to be told. Error: a file of a secret that cannot be used.
Result<Notifications> open_notifications(const NotificationParts& parts);

}  // namespace botbox::cli
