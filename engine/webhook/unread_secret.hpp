// The secret in a body that cannot be read: whoever knows it is told what is wrong with the body,
// instead of that it was missing. Nothing else is taken from such a body.
#pragma once

#include <string>
#include <string_view>

namespace botbox {

// What follows the first `name` (in lower case) that is a word of its own, in any case, and is
// followed by ':' or '=': up to the closing quote, or where there is none the end of the word.
// Empty: there is no such thing, or no name.
std::string unread_secret(std::string_view body, std::string_view name);

}  // namespace botbox
