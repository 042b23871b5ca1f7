// A bot that is given as JSON, as the text that stands for it in a configuration file.
#pragma once

#include <string>
#include <string_view>

#include "engine/result.hpp"

namespace botbox::config {

// {"id": "mine", "exits": {"trailing": "2%"}} as "[[bot]]\nid = \"mine\"\nexits = {...}\n". Numbers
// keep their digits. Whether it is a bot shows when the text is read. kInvalidInput: not one JSON
// object.
Result<std::string> bot_toml(std::string_view json);

// The id that a text of one [[bot]] gives; empty: none, or it cannot be read.
std::string id_in_bot_toml(const std::string& toml);

// The text with its header: it may be left out of what stands below [[bot]].
std::string with_bot_header(const std::string& toml);

}  // namespace botbox::config
