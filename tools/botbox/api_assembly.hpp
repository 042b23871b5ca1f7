// From the [api] and [webhook] sections to running servers.
#pragma once

#include <memory>
#include <optional>

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

// What listens before anything of the engine runs, so that a port that is taken, or a secret that
// cannot be read, ends a start of which nothing was done yet. Whoever connects waits for the
// server.
struct ListeningPorts {
  std::optional<actors::WebhookSettings> webhook_settings;
  std::optional<actors::OperatorHttpSettings> api_settings;
  std::unique_ptr<exchange::HttpServer> webhook;  // null: none, or on the API's port
  std::unique_ptr<exchange::HttpServer> api;      // null: there is none
};
// Webhooks come in on the API's port where both sections name the same. Error: those of the
// settings; kIo: the port cannot be had, with the section that names it.
Result<ListeningPorts> listen_on_ports(const config::EngineConfig& config, const std::string& data);

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
// Those that come in on a port of their own are taken from now on.
Servers open_webhooks(ListeningPorts& ports, const ServerParts& parts);
// `servers` as open_webhooks() returned them.
void open_api(ListeningPorts& ports, const ServerParts& parts, Servers& servers);

}  // namespace botbox::cli
