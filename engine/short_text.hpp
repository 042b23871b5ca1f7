// short_text: somebody else's words, cut to what a record has room for. short_list: a list of them,
// which ends between two and says how many more there are.
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace botbox {

inline constexpr std::size_t kShortTextMax = 200;  // bytes

// Half a character would make the row unreadable wherever text must be UTF-8.
inline std::string short_text(std::string_view text, std::size_t most = kShortTextMax) {
  if (text.size() <= most) return std::string(text);
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end));
}

inline std::string short_list(const std::vector<std::string>& parts, std::string_view separator,
                              std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string part = short_text(parts[i], most);
    if (text.size() + part.size() > most)
      return fmt::format("{}{}and {} more", text, separator, parts.size() - i);
    if (i > 0) text += separator;
    text += part;
  }
  return text;
}

}  // namespace botbox
