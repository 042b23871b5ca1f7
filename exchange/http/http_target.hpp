// The target of an HTTP request: path and query, decoded.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace botbox::exchange {

using HttpQuery = std::map<std::string, std::string, std::less<>>;

// "%20" and '+' are blanks; an escape that is none stays as it is.
std::string percent_decode(std::string_view text);
// The same of a part of a path, where '+' is itself.
std::string path_decode(std::string_view text);

// "a=1&b=%20"; of a name that comes twice the last value counts; words without '=' are left out.
HttpQuery parse_query(std::string_view text);

// "/v1/order" of "/v1/order?a=1".
std::string_view path_of(std::string_view target);
// "a=1" of "/v1/order?a=1".
std::string_view query_of(std::string_view target);

}  // namespace botbox::exchange
