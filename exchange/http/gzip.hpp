// gzip (RFC 1952), for answers that are the same for everybody and are made once. What depends on
// a secret and on a caller's words is not to be compressed: its length would tell.
#pragma once

#include <string>
#include <string_view>

namespace botbox::exchange {

std::string gzip(std::string_view bytes);

}  // namespace botbox::exchange
