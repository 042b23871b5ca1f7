#include "engine/webhook/kept_body.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/notify/redact.hpp"
#include "engine/short_text.hpp"
#include "engine/webhook/alert_fields.hpp"

namespace botbox {
namespace {

constexpr std::string_view kHidden = "***";
constexpr int kCloaksMax = 3;             // one in the other
constexpr std::size_t kBegunLeast = 8;    // so much of a secret is worth hiding where a text ends
constexpr std::size_t kEscapedMax = 216;  // bytes that one byte of a secret may take: "\u0041" of
                                          // "\u0041" of "\u0041"
// What is left of so many bytes is kept; more of them than that are only looked at where much is
// taken out.
constexpr std::size_t kLookedAt = 4 * kKeptBodyMax;

// A byte as a reader would understand it, and the bytes of the text that say so.
struct ReadByte {
  char value = 0;
  std::size_t begin = 0;
  std::size_t end = 0;
};
using ReadText = std::vector<ReadByte>;

char small_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// A blank may stand as '+' in a query.
bool is_alike(char a, char b) {
  const auto plain = [](char c) { return c == '+' ? ' ' : small_letter(c); };
  return plain(a) == plain(b);
}

std::optional<std::uint32_t> hex_number(const ReadText& text, std::size_t at, std::size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = at; i < at + digits; ++i) {
    const char c = small_letter(text[i].value);
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) return std::nullopt;
    value = value * 16 + static_cast<std::uint32_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return value;
}

// Each byte of the code point is said by the same bytes of the text.
void add_character(ReadText& out, std::uint32_t code, std::size_t begin, std::size_t end) {
  std::string bytes;
  append_utf8(bytes, code);
  for (const char byte : bytes) out.push_back({byte, begin, end});
}

// How many bytes the escape at `at` has; 0: there is none.
using ReadEscape = std::size_t (*)(const ReadText& text, std::size_t at, ReadText& out);

std::size_t json_escape(const ReadText& text, std::size_t at, ReadText& out) {
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeant = "\b\f\n\r\t";
  if (text[at].value != '\\' || at + 1 >= text.size()) return 0;
  const char what = text[at + 1].value;
  std::size_t length = 2;
  auto code = static_cast<std::uint32_t>(static_cast<unsigned char>(what));
  if (const auto unit = what == 'u' ? hex_number(text, at + 2, 4) : std::nullopt) {
    code = *unit;
    length = 6;
    const bool has_second = code >= 0xD800 && code < 0xDC00 && at + 7 < text.size() &&
                            text[at + 6].value == '\\' && text[at + 7].value == 'u';
    const auto second = has_second ? hex_number(text, at + 8, 4) : std::nullopt;
    if (second && *second >= 0xDC00 && *second < 0xE000) {
      code = 0x10000 + ((code - 0xD800) << 10) + (*second - 0xDC00);
      length = 12;
    }
    add_character(out, code, text[at].begin, text[at + length - 1].end);
    return length;
  }
  if (const std::size_t letter = kLetters.find(what); letter != std::string_view::npos)
    code = static_cast<unsigned char>(kMeant[letter]);
  out.push_back({static_cast<char>(code), text[at].begin, text[at + 1].end});
  return length;
}

std::size_t query_escape(const ReadText& text, std::size_t at, ReadText& out) {
  const auto byte = text[at].value == '%' ? hex_number(text, at + 1, 2) : std::nullopt;
  if (!byte) return 0;
  out.push_back({static_cast<char>(*byte), text[at].begin, text[at + 2].end});
  return 3;
}

// Of letters of two bytes each the one that is always zero.
std::size_t empty_byte(const ReadText& text, std::size_t at, ReadText&) {
  return text[at].value == '\0' ? 1 : 0;
}

constexpr std::array<ReadEscape, 3> kCloaks{json_escape, query_escape, empty_byte};

ReadText without_cloak(const ReadText& text, ReadEscape escape) {
  ReadText out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = escape(text, at, out);
    if (length == 0) out.push_back(text[at]);
    at += std::max<std::size_t>(length, 1);
  }
  return out;
}

class SecretSearch {
 public:
  SecretSearch(std::string_view text, const std::vector<std::string_view>& secrets)
      : text_(text), secrets_(secrets), is_hidden_(text.size(), false) {
    ReadText plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) plain.push_back({text[i], i, i + 1});
    search(plain, kCloaksMax);
  }

  std::string masked(std::size_t most) const {
    std::string out;
    for (std::size_t i = 0; i < std::min(text_.size(), most); ++i) {
      if (!is_hidden_[i])
        out.push_back(text_[i]);
      else if (i == 0 || !is_hidden_[i - 1])
        out += kHidden;
    }
    return out;
  }

 private:
  void search(const ReadText& text, int cloaks_left) {
    for (const std::string_view secret : secrets_)
      if (!secret.empty()) hide(text, secret);
    if (cloaks_left == 0) return;
    for (const ReadEscape escape : kCloaks)
      if (const ReadText read = without_cloak(text, escape); read.size() < text.size())
        search(read, cloaks_left - 1);
  }

  static bool stands_at(const ReadText& text, std::size_t at, std::string_view part) {
    return at + part.size() <= text.size() &&
           std::ranges::equal(part, std::span(text).subspan(at, part.size()),
                              [](char a, const ReadByte& b) { return is_alike(a, b.value); });
  }

  void hide(const ReadText& text, std::string_view secret) {
    for (std::size_t at = 0; at < text.size(); ++at) {
      const std::size_t left = text.size() - at;
      const bool is_begun = left < secret.size() && left >= kBegunLeast;
      const std::string_view part = is_begun ? secret.substr(0, left) : secret;
      if (!stands_at(text, at, part)) continue;
      const auto first = is_hidden_.begin() + static_cast<std::ptrdiff_t>(text[at].begin);
      const auto last =
          is_hidden_.begin() + static_cast<std::ptrdiff_t>(text[at + part.size() - 1].end);
      std::fill(first, last, true);
    }
  }

  std::string_view text_;
  const std::vector<std::string_view>& secrets_;
  std::vector<bool> is_hidden_;
};

std::string as_utf8(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    std::size_t length = 1;
    while (length < 4 && length < bytes.size() && !is_utf8(bytes.substr(0, length))) ++length;
    if (is_utf8(bytes.substr(0, length))) {
      out += bytes.substr(0, length);
    } else {
      out += "\xEF\xBF\xBD";
      length = 1;
    }
    bytes.remove_prefix(length);
  }
  return out;
}

}  // namespace

std::string with_secrets_masked(std::string_view text, const std::vector<std::string_view>& secrets,
                                std::size_t looked_at) {
  std::size_t longest = 0;
  for (const std::string_view secret : secrets) longest = std::max(longest, secret.size());
  if (looked_at < text.size()) text = text.substr(0, looked_at + longest * kEscapedMax);
  return SecretSearch(text, secrets).masked(looked_at);
}

std::string kept_body(std::string_view body, const std::vector<std::string_view>& secrets) {
  std::string text = redacted(with_secrets_masked(body, secrets, kLookedAt));
  // What was cut off there may have looked like a token as a whole.
  if (body.size() > kLookedAt) text.resize(text.find_last_of(" \n\"',;&{}[]") + 1);
  return short_text(as_utf8(text), kKeptBodyMax);
}

}  // namespace botbox
