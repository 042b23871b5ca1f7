// The file that holds an API key and its secret:
//   key = AbC...
//   secret = xYz...
#pragma once

#include <string>

#include "engine/result.hpp"
#include "exchange/venue/credentials.hpp"

namespace botbox::exchange {

// Refuses a file that anybody but its owner may read or write. Errors name the file and the line,
// never what stands in it.
Result<Credentials> read_credentials(const std::string& path);

}  // namespace botbox::exchange
