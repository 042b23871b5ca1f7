// short_text: somebody else's words, cut to what a record has room for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace botbox {

inline constexpr std::size_t kShortTextMax = 200;  // bytes

// Half a character would make the row unreadable wherever text must be UTF-8.
inline std::string short_text(std::string_view text, std::size_t most = kShortTextMax) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

}  // namespace botbox
