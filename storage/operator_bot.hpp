// OperatorBot: what an operator told the engine about one bot, beside the configuration file. It
// stands until the file says something else about that bot (tools/config/README.md).
#pragma once

#include <string>

#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"

namespace botbox::storage {

struct OperatorBot {
  BotId bot;
  std::string toml;     // one [[bot]], as it was given
  std::string in_file;  // the BotConfig of the file at that time, encoded; empty: it had none
  std::string by;
  Timestamp at;

  bool operator==(const OperatorBot&) const = default;
};

}  // namespace botbox::storage
