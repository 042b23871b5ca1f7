// One case for what is compared without regard to it; ASCII alone.
#pragma once

#include <cctype>
#include <string>
#include <string_view>

namespace botbox::actors {

inline std::string lower_case(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return made;
}

inline std::string upper_case(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return made;
}

}  // namespace botbox::actors
