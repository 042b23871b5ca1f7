// From a config file and the environment to an EngineConfig, or to the list of everything that is
// wrong.
//
//   const auto config = load_config("demo.toml", process_environment(), shipped_catalogue());
//   if (!config) { fmt::print(stderr, "{}", to_string(config.error())); return 4; }
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "engine/strategy/strategy.hpp"
#include "tools/config/engine_config.hpp"
#include "tools/config/environment.hpp"
#include "tools/config/sections.hpp"

namespace botbox::config {

// Problems are sorted by line, those of the environment last; never empty in the error case.
using ConfigResult = tl::expected<EngineConfig, std::vector<ConfigProblem>>;

// Reads the file system. Order of precedence: environment, [[bot]], [bot_defaults], defaults of the
// structs. Never throws.
ConfigResult load_config(const std::string& path, const Environment& environment,
                         const StrategyCatalogue& catalogue);

// The same for a text in hand, and the bots that operators gave beside it: pure but for the two
// functions; without `read_file` no strategy has a file of its own. `file` is what problems call
// it, and its folder is where relative paths start.
ConfigResult parse_config(std::string_view text, const std::string& file,
                          const Environment& environment, const StrategyCatalogue& catalogue,
                          const FileCheck& file_exists, const FileRead& read_file = {},
                          const std::vector<BotByHand>& by_hand = {});

// The file system as load_config() sees it. Empty, or false: no regular file that can be read; of a
// path that ends in '/': no directory.
std::optional<std::string> read_text_file(const std::string& path);
bool is_text_file(const std::string& path);
// The problem of a config file that read_text_file() cannot give.
ConfigProblem unreadable(const std::string& path);

}  // namespace botbox::config
