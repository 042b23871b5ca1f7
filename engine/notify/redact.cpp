#include "engine/notify/redact.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace botbox {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t kRunMax = 40;     // of letters and digits
constexpr std::size_t kTokenTail = 30;  // behind the colon of a bot token
constexpr std::array<std::string_view, 7> kNames{"secret",    "token", "password",     "passphrase",
                                                 "signature", "key",   "authorization"};

bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return made;
}

bool names_a_secret(std::string_view word) {
  const std::string name = lower(word);
  return std::ranges::any_of(kNames, [&](std::string_view end) { return name.ends_with(end); });
}

bool is_bot_token(std::string_view word, std::string_view rest) {
  if (word.empty() || !rest.starts_with(':')) return false;
  const std::string_view digits = word.starts_with("bot") ? word.substr(3) : word;
  if (digits.empty() ||
      !std::ranges::all_of(digits, [](unsigned char c) { return std::isdigit(c) != 0; }))
    return false;
  const auto tail = std::ranges::find_if_not(rest.substr(1), is_word);
  return static_cast<std::size_t>(tail - rest.begin()) - 1 >= kTokenTail;
}

bool is_long_run(std::string_view word) {
  std::size_t run = 0;
  for (const char c : word) {
    run = std::isalnum(static_cast<unsigned char>(c)) != 0 ? run + 1 : 0;
    if (run >= kRunMax) return true;
  }
  return false;
}

bool is_quote(char c) { return c == '"' || c == '\''; }
bool is_blank_or_escape(char c) { return c == ' ' || c == '\\'; }

// Where the value behind a name begins; npos: none is given. Also where it all stands in a text of
// JSON, so that quotes are escaped.
std::size_t value_after(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_quote(text[at]) || is_blank_or_escape(text[at]))) ++at;
  if (at >= text.size() || (text[at] != ':' && text[at] != '=')) return std::string_view::npos;
  ++at;
  while (at < text.size() && is_blank_or_escape(text[at])) ++at;
  if (at < text.size() && is_quote(text[at])) ++at;
  for (const std::string_view scheme : {"Bearer ", "Basic ", "bearer ", "basic "})
    if (text.substr(at).starts_with(scheme)) at += scheme.size();
  return at;
}

// Where the value ends that begins there. In quotes it goes to the closing one, blanks and all;
// where that is missing, to the end of the text.
std::size_t end_of_value(std::string_view text, std::size_t value) {
  const char quote = text[value - 1];
  std::size_t end = value;
  if (!is_quote(quote))
    end = text.find_first_of("\"', &\n\r\t}", value);
  else if (value > 1 && text[value - 2] == '\\')
    end = text.find(std::string{'\\', quote}, value);
  else
    while (end < text.size() && text[end] != quote) end += text[end] == '\\' ? 2 : 1;
  return std::min(end, text.size());
}

}  // namespace

std::string redacted(std::string_view text) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    if (!is_word(text[at])) {
      out.push_back(text[at++]);
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    const std::string_view word = text.substr(at, end - at);
    if (is_bot_token(word, text.substr(end))) {
      out += kMask;
      for (++end; end < text.size() && is_word(text[end]);) ++end;
    } else if (is_long_run(word)) {
      out += kMask;
    } else {
      out += word;
      const std::size_t value = names_a_secret(word) ? value_after(text, end) : text.npos;
      if (value != text.npos && value < text.size()) {
        out += text.substr(end, value - end);
        out += kMask;
        end = end_of_value(text, value);
      }
    }
    at = end;
  }
  return out;
}

}  // namespace botbox
