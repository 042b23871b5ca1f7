#include "engine/notify/message_template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace botbox {
namespace {

constexpr std::array<std::string_view, 10> kFields{
    "id", "sequence", "kind", "event", "bot", "text", "at", "at_ms", "engine", "left_out"};

bool is_name(std::string_view word) {
  return !word.empty() &&
         std::ranges::all_of(word, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
}

// The name that begins behind the brace at `at`; empty: none.
std::string_view name_at(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('}', at);
  if (end == std::string_view::npos) return {};
  const std::string_view word = text.substr(at + 1, end - at - 1);
  return is_name(word) ? word : std::string_view{};
}

// Bytes of a "{{name}}" at `at`; 0: there is none.
std::size_t escaped_at(std::string_view text, std::size_t at) {
  if (!text.substr(at).starts_with("{{")) return 0;
  const std::string_view name = name_at(text, at + 1);
  const std::size_t size = name.size() + 4;
  return !name.empty() && text.substr(at, size).ends_with("}}") ? size : 0;
}

std::string value_of(std::string_view field, const Notice& notice, std::string_view engine) {
  if (field == "id") return notice.id();
  if (field == "sequence") return std::to_string(notice.sequence);
  if (field == "kind") return std::string(to_string(notice.kind));
  if (field == "event") return notice.event;
  if (field == "bot") return notice.bot;
  if (field == "text") return notice.text;
  if (field == "at") return to_iso8601(notice.at);
  if (field == "at_ms") return std::to_string(notice.at.ms);
  if (field == "left_out") return std::to_string(notice.left_out);
  return std::string(engine);
}

// Bytes of the well-formed character at `at`; 0: there is none.
std::size_t character_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (size == 1) return 1;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  if ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
      (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F))
    return 0;
  return size;
}

}  // namespace

std::string json_inside(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
      ++at;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += c == '\n' ? "\\n" : fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      ++at;
    } else {
      const std::size_t size = character_at(text, at);
      if (size == 0)
        out += "\xEF\xBF\xBD";
      else
        out += text.substr(at, size);
      at += std::max<std::size_t>(size, 1);
    }
  }
  return out;
}

std::string fill_template(std::string_view text, const Notice& notice, std::string_view engine) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (const std::size_t size = escaped_at(text, at); size > 0) {
      out += text.substr(at + 1, size - 2);
      at += size - 1;
      continue;
    }
    const std::string_view name = c == '{' ? name_at(text, at) : std::string_view{};
    if (std::ranges::find(kFields, name) == kFields.end()) {
      out += c;
      continue;
    }
    out += json_inside(value_of(name, notice, engine));
    at += name.size() + 1;
  }
  return out;
}

std::vector<std::string> unknown_fields(std::string_view text) {
  std::vector<std::string> unknown;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (const std::size_t size = escaped_at(text, at); size > 0) {
      at += size - 1;
      continue;
    }
    const std::string_view name = text[at] == '{' ? name_at(text, at) : std::string_view{};
    if (!name.empty() && std::ranges::find(kFields, name) == kFields.end())
      unknown.emplace_back(name);
  }
  return unknown;
}

}  // namespace botbox
