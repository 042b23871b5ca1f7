// The engine's answers for people: tables for lists, a page for the overview, lines for the rest.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace botbox::ctl {

// `verb` is the engine's. Whatever the engine answers becomes readable text.
std::string answer_text(std::string_view verb, const nlohmann::ordered_json& answer);

// One event as a line of `events --follow`.
std::string event_line(const nlohmann::ordered_json& event);

}  // namespace botbox::ctl
