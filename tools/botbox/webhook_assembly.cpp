#include "tools/botbox/webhook_assembly.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <fstream>
#include <set>

namespace botbox::cli {
namespace {

constexpr std::size_t kSecretBytesMin = 8;

Result<std::string> read_secret(const std::string& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0)
    return fail(ErrorCode::kNotFound, "cannot be read", path, "correct secret_file");
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return fail(ErrorCode::kInvalidInput, "others than its owner may read or write this file", path,
                fmt::format("chmod 600 {}", path));
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
  if (line.size() < kSecretBytesMin)
    return fail(ErrorCode::kInvalidInput, "the secret in its first line is too short", path,
                "take at least 8 characters, better 32");
  return line;
}

}  // namespace

Result<actors::WebhookSettings> webhook_settings(const config::WebhookSection& section) {
  actors::WebhookSettings settings;
  settings.http.address = section.address;
  settings.http.port = section.port;
  settings.http.certificate_file = section.certificate_file;
  settings.http.key_file = section.key_file;
  settings.trusted_proxies = section.trusted_proxies;
  std::set<std::string> secrets;
  for (const config::WebhookSourceSection& source : section.sources) {
    std::string secret = source.secret;
    if (secret.empty()) {
      BOTBOX_ASSIGN(secret, read_secret(source.secret_file));
    }
    if (!secrets.insert(secret).second)
      return fail(ErrorCode::kInvalidInput, "has the secret of another source",
                  "webhook.source " + source.name, "give each source its own");
    settings.sources.push_back({.name = source.name,
                                .secret = std::move(secret),
                                .addresses = source.addresses,
                                .per_minute = source.per_minute,
                                .mapping = source.mapping});
  }
  return settings;
}

}  // namespace botbox::cli
