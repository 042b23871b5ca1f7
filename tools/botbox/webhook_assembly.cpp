#include "tools/botbox/webhook_assembly.hpp"

#include <fmt/format.h>

#include <set>

#include "tools/botbox/secret_file.hpp"

namespace botbox::cli {
Result<actors::WebhookSettings> webhook_settings(const config::WebhookSection& section) {
  actors::WebhookSettings settings;
  settings.http.address = section.address;
  settings.http.port = section.port;
  settings.http.certificate_file = section.certificate_file;
  settings.http.key_file = section.key_file;
  settings.trusted_proxies = section.trusted_proxies;
  settings.delay_max = section.delay_max;
  std::set<std::string> secrets;
  for (const config::WebhookSourceSection& source : section.sources) {
    std::string secret = source.secret;
    if (secret.empty()) {
      BOTBOX_ASSIGN(secret, read_secret_file(source.secret_file));
    }
    if (!secrets.insert(secret).second)
      return fail(ErrorCode::kInvalidInput, "has the secret of another source",
                  "webhook.source " + source.name, "give each source its own");
    settings.sources.push_back({.name = source.name,
                                .secret = std::move(secret),
                                .addresses = source.addresses,
                                .bots = source.bots,
                                .per_minute = source.per_minute,
                                .mapping = source.mapping});
  }
  return settings;
}

}  // namespace botbox::cli
