#include "engine/webhook/unread_secret.hpp"

#include <algorithm>

namespace botbox {
namespace {

constexpr std::size_t kUnreadSecretMax = 4096;

char to_lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_name_character(char c) {
  const char lower = to_lower_ascii(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_quote_mark(char c) { return c == '"' || c == '\''; }

std::size_t after_blanks(std::string_view body, std::size_t at) {
  return std::min(body.find_first_not_of(" \t\r\n", at), body.size());
}

std::string value_from(std::string_view body, std::size_t at) {
  const bool is_quoted = at < body.size() && is_quote_mark(body[at]);
  const std::size_t begin = is_quoted ? at + 1 : at;
  const std::size_t end =
      is_quoted ? body.find(body[at], begin) : body.find_first_of(" \t\r\n,;&\"'{}[]", begin);
  return std::string(
      body.substr(std::min(begin, body.size()), std::min(end - begin, kUnreadSecretMax)));
}

}  // namespace

std::string unread_secret(std::string_view body, std::string_view name) {
  if (name.empty()) return {};  // of a mapping's path that ends with a dot
  std::string lower(body);
  std::ranges::transform(lower, lower.begin(), to_lower_ascii);
  for (std::size_t at = 0; (at = lower.find(name, at)) != std::string::npos; at += name.size()) {
    std::size_t next = at + name.size();
    if (at > 0 && is_name_character(lower[at - 1])) continue;
    if (next < lower.size() && is_quote_mark(lower[next])) ++next;
    next = after_blanks(body, next);
    if (next >= body.size() || (body[next] != ':' && body[next] != '=')) continue;
    if (std::string value = value_from(body, after_blanks(body, next + 1)); !value.empty())
      return value;
  }
  return {};
}

}  // namespace botbox
