// Files that hold one secret in their first line, readable by their owner alone.
#pragma once

#include <string>

#include "engine/result.hpp"

namespace botbox::cli {

// Error: it cannot be read, others may read or write it, or the secret is shorter than 8
// characters.
Result<std::string> read_secret_file(const std::string& path);

// The secret of this file, which is made (mode 0600, 32 random bytes in hex) when it is not there.
Result<std::string> ensure_secret_file(const std::string& path);

}  // namespace botbox::cli
