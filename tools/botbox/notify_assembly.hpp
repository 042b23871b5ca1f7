// From the [notify] and [telegram] sections to running notifications.
#pragma once

#include <caf/actor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/engine_system.hpp"
#include "actors/notifier_actor.hpp"
#include "actors/operator_desk.hpp"
#include "exchange/http/http_transport.hpp"
#include "exchange/messages/telegram_api.hpp"
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
// Who is to be told, with the secrets that it takes.
struct NotificationTargets {
  std::vector<actors::NotifierOutlet> outlets;       // empty: nobody
  std::optional<exchange::TelegramAccount> account;  // of the chats among them
};
// Error: a file of a secret that cannot be used.
Result<NotificationTargets> notification_targets(const config::EngineConfig& config);

// Empty where nobody is to be told.
Notifications open_notifications(NotificationTargets targets, const NotificationParts& parts);

}  // namespace botbox::cli
