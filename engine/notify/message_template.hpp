// Templates of messages to programs: text with {names} of a notice's fields.
//
//   {id} {sequence} {kind} {event} {bot} {text} {at} {at_ms} {engine} {left_out}
//
// Every value is written as the inside of a JSON string, so that a template that is JSON stays JSON
// whatever an exchange or a sender has written. "{{" and "}}" are braces; a brace followed by what
// is no name stays as it is, so JSON needs no doubling.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/notify/notice.hpp"

namespace botbox {

// The inside of a JSON string: quotes, backslashes and control characters escaped, bytes that are
// no UTF-8 replaced by U+FFFD.
std::string json_inside(std::string_view text);

std::string fill_template(std::string_view text, const Notice& notice, std::string_view engine);
// Words in single braces that are no field: probably misspelt. "{knd}" is, "{\"a\":1}" is not.
std::vector<std::string> unknown_fields(std::string_view text);

}  // namespace botbox
