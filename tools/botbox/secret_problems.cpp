#include "tools/botbox/secret_problems.hpp"

#include "exchange/venue/credentials_file.hpp"
#include "tools/botbox/secret_file.hpp"

namespace botbox::cli {
namespace {

config::ConfigProblem problem_of(const SecretFile& file, const Error& error) {
  return {.file = error.place.empty() ? file.path : error.place,
          .key = file.key,
          .message = error.message,
          .fix = error.fix};
}

// Empty: the keys stand in the environment, or there is no real venue.
std::string credentials_read(const config::ExchangeSection& exchange) {
  const bool is_read = config::is_real(exchange.kind) && exchange.api_key.empty();
  return is_read ? exchange.credentials_file : std::string{};
}

}  // namespace

std::vector<SecretFile> secret_files(const config::EngineConfig& config) {
  std::vector<SecretFile> files;
  const auto add = [&files](const char* key, const std::string& given, const std::string& file) {
    if (given.empty() && !file.empty()) files.push_back({key, file});
  };
  if (config.api)
    for (const auto& token : config.api->tokens)
      add("api.token.secret_file", token.secret, token.secret_file);
  if (config.webhook)
    for (const auto& source : config.webhook->sources)
      add("webhook.source.secret_file", source.secret, source.secret_file);
  if (config.telegram && config.telegram->is_enabled)
    add("telegram.token_file", config.telegram->token, config.telegram->token_file);
  for (const auto& webhook : config.notify.webhooks) {
    add("notify.webhook.url_file", webhook.url, webhook.url_file);
    add("notify.webhook.secret_file", webhook.secret, webhook.secret_file);
  }
  return files;
}

std::vector<config::ConfigProblem> secret_problems(const config::EngineConfig& config) {
  std::vector<config::ConfigProblem> problems;
  for (const SecretFile& file : secret_files(config))
    if (const auto secret = read_secret_file(file.path); !secret)
      problems.push_back(problem_of(file, secret.error()));
  if (const std::string keys = credentials_read(config.exchange); !keys.empty())
    if (const auto read = exchange::read_credentials(keys); !read)
      problems.push_back(problem_of({"exchange.credentials_file", keys}, read.error()));
  return problems;
}

}  // namespace botbox::cli
