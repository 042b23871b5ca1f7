// Who sits at this terminal, as events name people: "cli:alice".
#pragma once

#include <pwd.h>
#include <unistd.h>

#include <string>

namespace botbox::cli {

// The user of this process; its number when it has no name. Not taken from the environment, which
// says what one likes.
inline std::string operator_name() {
  const passwd* user = ::getpwuid(::geteuid());
  return "cli:" + (user != nullptr ? std::string(user->pw_name) : std::to_string(::geteuid()));
}

}  // namespace botbox::cli
