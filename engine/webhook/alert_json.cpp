#include "engine/webhook/alert_json.hpp"

#include <fmt/format.h>

#include <cstdint>

namespace botbox {
namespace {

bool is_json_digit(char c) { return c >= '0' && c <= '9'; }

// Recursive descent. Every reading function returns false after the first problem.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : text_(text) {}

  tl::expected<std::vector<AlertField>, AlertProblem> read() {
    skip_blanks();
    if (!at('{')) return tl::unexpected<AlertProblem>("the JSON is not an object");
    if (object({}, 1)) {
      skip_blanks();
      if (next_ != text_.size()) problem("something follows the JSON object");
    }
    if (!problem_.empty()) return tl::unexpected(problem_);
    return std::move(fields_);
  }

 private:
  bool problem(std::string_view what) {
    if (problem_.empty()) problem_ = fmt::format("{} (at byte {})", what, next_);
    return false;
  }
  bool at(char c) const { return next_ < text_.size() && text_[next_] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++next_;
    return true;
  }
  void skip_blanks() {
    while (at(' ') || at('\t') || at('\n') || at('\r')) ++next_;
  }

  bool object(const std::string& path, int depth) {
    if (depth > kAlertDepthMax) return problem("the JSON is nested too deeply");
    ++next_;
    skip_blanks();
    if (take('}')) return true;
    do {
      skip_blanks();
      std::string name;
      if (!at('"')) return problem("a name in quotes is missing");
      if (!text(name)) return false;
      for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
      skip_blanks();
      if (!take(':')) return problem("a colon is missing");
      if (!value(path.empty() ? name : path + "." + name, depth)) return false;
      skip_blanks();
    } while (take(','));
    return take('}') || problem("a comma or a closing brace is missing");
  }

  bool array(const std::string& path, int depth) {
    if (depth > kAlertDepthMax) return problem("the JSON is nested too deeply");
    ++next_;
    skip_blanks();
    if (take(']')) return true;
    std::size_t index = 0;
    do {
      if (!value(fmt::format("{}.{}", path, index++), depth)) return false;
      skip_blanks();
    } while (take(','));
    return take(']') || problem("a comma or a closing bracket is missing");
  }

  bool value(const std::string& path, int depth) {
    skip_blanks();
    if (at('{')) return object(path, depth + 1);
    if (at('[')) return array(path, depth + 1);
    std::string read;
    if (at('"')) return text(read) && add(path, std::move(read));
    if (at('-') || (next_ < text_.size() && is_json_digit(text_[next_])))
      return number(read) && add(path, std::move(read));
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(next_, word.size()) != word) continue;
      next_ += word.size();
      return word == "null" ? seen(path) : add(path, std::string(word));
    }
    return problem("a value is missing or is none of JSON's");
  }

  bool number(std::string& into) {
    const std::size_t start = next_;
    take('-');
    if (take('0')) {
      if (next_ < text_.size() && is_json_digit(text_[next_]))
        return problem("a number begins with a needless zero");
    } else if (!digits()) {
      return problem("a number has no digits");
    }
    if (take('.') && !digits()) return problem("a number ends in a point");
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return problem("a number has no exponent");
    }
    into = std::string(text_.substr(start, next_ - start));
    return true;
  }

  bool digits() {
    const std::size_t start = next_;
    while (next_ < text_.size() && is_json_digit(text_[next_])) ++next_;
    return next_ > start;
  }

  bool text(std::string& into) {
    ++next_;
    while (next_ < text_.size()) {
      const char c = text_[next_];
      if (into.size() > kAlertValueBytesMax) return problem("a text is too long");
      if (c == '"') {
        ++next_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return problem("a text holds a control character");
      if (c == '\\') {
        if (!escape(into)) return false;
        continue;
      }
      into.push_back(c);
      ++next_;
    }
    return problem("a text has no end");
  }

  bool escape(std::string& into) {
    ++next_;
    if (next_ >= text_.size()) return problem("a text has no end");
    const char c = text_[next_++];
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (const std::size_t i = kFrom.find(c); i != std::string_view::npos) {
      into.push_back(kTo[i]);
      return true;
    }
    std::uint32_t code = 0;
    if (c != 'u' || !hex_code(code)) return problem("an escape is none of JSON's");
    if (code >= 0xDC00 && code < 0xE000) return problem("half a surrogate pair");
    if (code >= 0xD800 && code < 0xDC00) {
      std::uint32_t low = 0;
      if (!take('\\') || !take('u') || !hex_code(low) || low < 0xDC00 || low > 0xDFFF)
        return problem("half a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    }
    append_utf8(into, code);
    return true;
  }

  bool hex_code(std::uint32_t& code) {
    if (next_ + 4 > text_.size()) return false;
    code = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[next_++];
      const bool upper = c >= 'A' && c <= 'F';
      if (!is_json_digit(c) && !(c >= 'a' && c <= 'f') && !upper) return false;
      code = code * 16 + static_cast<std::uint32_t>(
                             is_json_digit(c) ? c - '0' : (upper ? c - 'A' : c - 'a') + 10);
    }
    return true;
  }

  // null says nothing, but its name is taken.
  bool seen(const std::string& path) {
    for (const std::string& name : nulls_)
      if (name == path) return problem("a name comes twice");
    for (const AlertField& field : fields_)
      if (field.name == path) return problem("a name comes twice");
    if (fields_.size() + nulls_.size() >= kAlertFieldsMax) return problem("too many fields");
    nulls_.push_back(path);
    return true;
  }

  bool add(const std::string& path, std::string read) {
    if (path.size() > kAlertNameBytesMax) return problem("a name is too long");
    if (!seen(path)) return false;
    nulls_.pop_back();
    fields_.push_back({path, std::move(read)});
    return true;
  }

  std::string_view text_;
  std::size_t next_ = 0;
  std::vector<AlertField> fields_;
  std::vector<std::string> nulls_;
  std::string problem_;
};

}  // namespace

tl::expected<std::vector<AlertField>, AlertProblem> read_alert_json(std::string_view text) {
  return JsonReader(text).read();
}

}  // namespace botbox
