// A bot that is given as JSON, as the text that stands for it in a configuration file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "engine/result.hpp"
#include "tools/config/config_node.hpp"
#include "tools/config/config_problem.hpp"

namespace botbox::config {

// {"id": "mine", "exits": {"trailing": "2%"}} as "[[bot]]\nid = \"mine\"\nexits = {...}\n". Numbers
// keep their digits. Whether it is a bot shows when the text is read. kInvalidInput: not one JSON
// object.
Result<std::string> bot_toml(std::string_view json);

// The tree of a text of one [[bot]], whose header may be left out; places are those of the text as
// it was given. Errors: those of parse_toml.
tl::expected<ConfigNode, ConfigProblem> parse_bot_toml(const std::string& toml,
                                                       const std::string& file);

// The id that a text of one [[bot]] gives. kInvalidInput: it is not TOML (where and why), or it
// gives none.
Result<std::string> id_in_bot_toml(const std::string& toml);

// A text of one [[bot]] with an id in it.
struct NamedBotToml {
  std::string toml;
  std::uint32_t added_line = 0;  // where the id was put in; 0: the text gives one, or is no TOML
};
NamedBotToml with_id(std::string toml, const std::string& id);

}  // namespace botbox::config
