#include "engine/webhook/alert_fields.hpp"

#include <algorithm>
#include <optional>

#include "engine/webhook/alert_json.hpp"

namespace botbox {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kHardBlank = "\xC2\xA0";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view trimmed_alert(std::string_view text) {
  for (bool changed = true; changed && !text.empty();) {
    changed = false;
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1), changed = true;
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1), changed = true;
    for (const std::string_view odd : {kByteOrderMark, kHardBlank}) {
      if (text.starts_with(odd)) text.remove_prefix(odd.size()), changed = true;
      if (text.ends_with(odd)) text.remove_suffix(odd.size()), changed = true;
    }
  }
  return text;
}

std::string lower_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(separators);
    const std::string_view part = trimmed_alert(text.substr(0, end));
    if (!part.empty()) parts.push_back(part);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return parts;
}

// "a=b", or "a: b". Without a blank behind it a colon belongs to a symbol ("BINANCE:BTCUSDT").
std::optional<AlertField> pair_of(std::string_view part) {
  std::size_t mark = part.find('=');
  if (mark == std::string_view::npos) {
    mark = part.find(": ");
    if (mark == std::string_view::npos) return std::nullopt;
  }
  const std::string name = lower_ascii(trimmed_alert(part.substr(0, mark)));
  std::string_view value = trimmed_alert(part.substr(mark + 1));
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
    value = value.substr(1, value.size() - 2);
  if (name.empty() || name.find(' ') != std::string::npos) return std::nullopt;
  return AlertField{name, std::string(value)};
}

std::optional<std::vector<AlertField>> pairs_of(std::string_view text) {
  std::vector<AlertField> fields;
  for (const std::string_view part : split(text, ";,&\n")) {
    const std::optional<AlertField> pair = pair_of(part);
    if (!pair) return std::nullopt;
    fields.push_back(*pair);
  }
  return fields;
}

AlertProblem problem_of(const std::vector<AlertField>& fields) {
  if (fields.size() > kAlertFieldsMax) return "too many fields";
  std::vector<std::string_view> names;
  for (const AlertField& field : fields) {
    if (field.name.size() > kAlertNameBytesMax) return "a name is too long";
    if (field.value.size() > kAlertValueBytesMax) return "a text is too long";
    names.push_back(field.name);
  }
  std::sort(names.begin(), names.end());
  if (std::adjacent_find(names.begin(), names.end()) != names.end()) return "a name comes twice";
  return {};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = lead < 0x80             ? 1
                               : (lead & 0xE0) == 0xC0 ? 2
                               : (lead & 0xF0) == 0xE0 ? 3
                               : (lead & 0xF8) == 0xF0 ? 4
                                                       : 0;
    if (length == 0 || i + length > bytes.size()) return false;
    std::uint32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      code = (code << 6) | (next & 0x3FU);
    }
    constexpr std::uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return false;
    i += length;
  }
  return true;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    return byte(0x80 | (code & 0x3F));
  }
  if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
  }
  byte(0x80 | ((code >> 6) & 0x3F));
  byte(0x80 | (code & 0x3F));
}

tl::expected<AlertFields, AlertProblem> read_alert_fields(std::string_view body) {
  if (body.size() > kAlertBytesMax) return tl::unexpected<AlertProblem>("the body is too large");
  if (!is_utf8(body)) return tl::unexpected<AlertProblem>("the body is not UTF-8");
  const std::string_view text = trimmed_alert(body);
  if (text.empty()) return tl::unexpected<AlertProblem>("the body is empty");
  AlertFields read;
  if (text.front() == '{' || text.front() == '[') {
    auto fields = read_alert_json(text);
    if (!fields) return tl::unexpected(fields.error());
    read.fields = std::move(*fields);
    return read;
  }
  if (std::any_of(text.begin(), text.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 && !is_blank(c); }))
    return tl::unexpected<AlertProblem>("the body holds a control character");
  // TradingView's own message begins with the strategy's name and a colon.
  const bool is_sentence = text.find(" filled on ") != std::string_view::npos;
  if (auto pairs = is_sentence ? std::nullopt : pairs_of(text)) {
    read.shape = AlertShape::kPairs;
    read.fields = std::move(*pairs);
  } else {
    read.shape = AlertShape::kWords;
    for (const std::string_view word : split(text, " \t\r\n,;"))
      read.fields.push_back({std::to_string(read.fields.size()), std::string(word)});
  }
  if (AlertProblem problem = problem_of(read.fields); !problem.empty())
    return tl::unexpected(std::move(problem));
  return read;
}

}  // namespace botbox
