// From the [api] and [webhook] sections to running servers.
#pragma once

#include <memory>

#include "actors/operator_desk.hpp"
#include "actors/operator_http.hpp"
#include "actors/webhook_gateway.hpp"
#include "tools/botbox/fleet_configuration.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// What an operator is told of this engine. `configuration` outlives it.
actors::EngineIdentity engine_identity(const FleetConfiguration& configuration,
                                       const std::string& data, std::uint64_t process,
                                       Timestamp started_at);

// Reads the files of secrets; without any token in the configuration, the token of the data
// directory's file api.token, which is made at the first start. Error: as read_secret_file.
Result<actors::OperatorHttpSettings> api_settings(const config::ApiSection& section,
                                                  const std::string& data);

// Everything that listens.
struct Servers {
  std::unique_ptr<actors::WebhookGateway> webhook;  // null: nobody may send
  std::unique_ptr<actors::OperatorHttp> api;        // null: there is none
  void stop(Duration grace);
};
struct ServerParts {
  const config::EngineConfig& config;
  const std::string& data;
  const Clock& clock;
  const actors::EngineSystem& engine;
  actors::OperatorEntry desk;
  caf::actor feed;
};
// Webhooks come in on the API's port where both sections name the same. Error: those of the
// settings, and of ports that are taken.
Result<Servers> open_servers(const ServerParts& parts);

}  // namespace botbox::cli
