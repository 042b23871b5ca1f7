// Files with secrets that a configuration names, and what would keep an engine from reading them.
#pragma once

#include <string>
#include <vector>

#include "tools/config/config_problem.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

struct SecretFile {
  std::string key;  // as the configuration names it: "api.token.secret_file"
  std::string path;
};

// Of servers, chats and webhooks. Those that the engine will read: what the environment gives needs
// no file.
std::vector<SecretFile> secret_files(const config::EngineConfig& config);

// What `run` would refuse of them and of the venue's keys: others than their owner may read them
// (the fix is the chmod), they cannot be read, they hold no secret.
std::vector<config::ConfigProblem> secret_problems(const config::EngineConfig& config);

}  // namespace botbox::cli
