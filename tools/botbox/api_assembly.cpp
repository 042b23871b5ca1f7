#include "tools/botbox/api_assembly.hpp"

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <fstream>
#include <set>

#include "storage/disk_space.hpp"
#include "tools/botbox/build_facts.hpp"
#include "tools/botbox/dashboard_assets.hpp"
#include "tools/botbox/secret_file.hpp"
#include "tools/botbox/webhook_assembly.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::cli {
namespace {

constexpr std::string_view kTokenFile = "api.token";

std::uint64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  in >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

actors::OperatorRole role_of(config::ApiRole role) {
  switch (role) {
    case config::ApiRole::kNone: return actors::OperatorRole::kNone;
    case config::ApiRole::kRead: return actors::OperatorRole::kRead;
    case config::ApiRole::kOperate: return actors::OperatorRole::kOperate;
  }
  return actors::OperatorRole::kNone;
}

// The page of a build without one.
constexpr std::string_view kPlainPage =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Botbox</title>"
    "<h1>Botbox</h1><p>This build has no dashboard. The engine's API is described in "
    "<a href=\"/openapi.json\">/openapi.json</a>.</p></html>\n";

std::vector<actors::HttpAsset> page_files() {
  std::vector<actors::HttpAsset> files;
  for (const DashboardAsset& asset : dashboard_assets())
    files.push_back({asset.path, asset.content_type, asset.bytes});
  if (files.empty()) files.push_back({"/", "text/html; charset=utf-8", kPlainPage});
  return files;
}

bool is_same_server(const config::EngineConfig& config) {
  return config.api && config.webhook && config.api->address == config.webhook->address &&
         config.api->port == config.webhook->port;
}

std::string url_of(std::string_view address, std::uint16_t port, bool is_encrypted) {
  const bool is_v6 = address.find(':') != std::string_view::npos;
  return fmt::format("{}://{}{}{}:{}", is_encrypted ? "https" : "http", is_v6 ? "[" : "", address,
                     is_v6 ? "]" : "", port);
}

Result<std::unique_ptr<exchange::HttpServer>> listen_for(
    std::string_view section, const exchange::HttpServerOptions& options) {
  auto listening = exchange::HttpServer::listen(options);
  if (listening || listening.error().code != ErrorCode::kIo) return listening;
  Error error = std::move(listening).error();
  error.place = fmt::format("[{}] {}", section, error.place);
  error.fix = fmt::format(
      "end what listens there ('ss -ltnp' shows it), or set address and port of [{}] to others (0: "
      "any port that is free); nothing was started",
      section);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

actors::EngineIdentity engine_identity(const FleetConfiguration& configuration,
                                       const std::string& data, std::uint64_t process,
                                       Timestamp started_at) {
  const std::shared_ptr<const config::EngineConfig> at_start = configuration.current();
  const config::EngineConfig& config = *at_start;
  actors::EngineIdentity identity;
  identity.name = config.engine.name;
  identity.version = engine_version();
  identity.exchange = to_string(config.exchange.kind);
  identity.is_paper = !config::is_real(config.exchange.kind);
  if (config.exchange.leverage)
    identity.linear_leverage = to_double_for_indicator(*config.exchange.leverage);
  if (config.exchange.margin_mode) identity.margin_mode = to_string(*config.exchange.margin_mode);
  identity.started_at = started_at;
  identity.process = process;
  identity.config_toml = [&configuration] {
    return config::to_masked_text(*configuration.current());
  };
  if (config::is_real(config.exchange.kind) && config.engine.dry_run)
    identity.live_forbidden = "dry_run is on in the configuration";
  identity.strategy = [&configuration](const StrategyId& id) {
    return configuration.current()->catalogue.find(id);
  };
  identity.disk_free = [data] { return storage::free_bytes(data); };
  identity.memory_bytes = resident_bytes;
  return identity;
}

Result<actors::OperatorHttpSettings> api_settings(const config::ApiSection& section,
                                                  const std::string& data) {
  actors::OperatorHttpSettings settings;
  settings.http.address = section.address;
  settings.http.port = section.port;
  settings.http.certificate_file = section.certificate_file;
  settings.http.key_file = section.key_file;
  settings.hosts = section.hosts;
  settings.origins = section.origins;
  settings.anonymous = role_of(section.anonymous);
  settings.assets = page_files();
  settings.version = engine_version();
  std::set<std::string> secrets;
  for (const config::ApiTokenSection& token : section.tokens) {
    std::string secret = token.secret;
    if (secret.empty()) {
      BOTBOX_ASSIGN(secret, read_secret_file(token.secret_file));
    }
    if (!secrets.insert(secret).second)
      return fail(ErrorCode::kInvalidInput, "has the secret of another token",
                  "api.token " + token.name, "give each its own");
    settings.tokens.push_back({token.name, std::move(secret), role_of(token.role)});
  }
  if (!section.tokens.empty()) return settings;
  const std::string path = fmt::format("{}/{}", data, kTokenFile);
  BOTBOX_ASSIGN(std::string secret, ensure_secret_file(path));
  settings.tokens.push_back({"owner", std::move(secret), actors::OperatorRole::kOperate});
  spdlog::info("the token of this engine's API stands in {}", path);
  return settings;
}

void Servers::stop(Duration grace) {
  if (api) api->stop(grace);
  if (webhook) webhook->stop(grace);
}

Result<ListeningPorts> listen_on_ports(const config::EngineConfig& config,
                                       const std::string& data) {
  ListeningPorts ports;
  if (config.webhook) {
    BOTBOX_ASSIGN(ports.webhook_settings, webhook_settings(*config.webhook));
    if (!is_same_server(config)) {
      BOTBOX_ASSIGN(ports.webhook, listen_for("webhook", ports.webhook_settings->http));
    }
  }
  if (!config.api) return ports;
  BOTBOX_ASSIGN(ports.api_settings, api_settings(*config.api, data));
  exchange::HttpServerOptions& http = ports.api_settings->http;
  if (is_same_server(config) && http.key_file.empty()) {
    http.certificate_file = config.webhook->certificate_file;
    http.key_file = config.webhook->key_file;
  }
  BOTBOX_ASSIGN(ports.api, listen_for("api", http));
  return ports;
}

Servers open_webhooks(ListeningPorts& ports, const ServerParts& parts) {
  Servers servers;
  if (!ports.webhook_settings) return servers;
  const exchange::HttpServerOptions http = ports.webhook_settings->http;
  const caf::actor& inbox = parts.engine.signal_inbox();
  if (!ports.webhook) {
    servers.webhook = actors::WebhookGateway::attach(std::move(*ports.webhook_settings),
                                                     parts.config.bots, parts.clock, inbox);
    return servers;
  }
  servers.webhook =
      actors::WebhookGateway::serve(std::move(ports.webhook), std::move(*ports.webhook_settings),
                                    parts.config.bots, parts.clock, inbox);
  spdlog::info("webhooks on {}",
               url_of(http.address, servers.webhook->port(), !http.key_file.empty()));
  return servers;
}

void open_api(ListeningPorts& ports, const ServerParts& parts, Servers& servers) {
  if (!ports.api) return;
  const exchange::HttpServerOptions http = ports.api_settings->http;
  exchange::HttpServer::Handler webhooks;
  if (is_same_server(parts.config)) {
    webhooks = [gateway = servers.webhook.get()](const exchange::HttpServerRequest& request,
                                                 const exchange::HttpResponder& responder) {
      gateway->handle(request, responder);
    };
  }
  servers.api =
      actors::OperatorHttp::serve(std::move(ports.api), std::move(*ports.api_settings), parts.clock,
                                  parts.desk, parts.feed, std::move(webhooks));
  spdlog::info("dashboard and API on {}",
               url_of(http.address, servers.api->port(), !http.key_file.empty()));
}

}  // namespace botbox::cli
