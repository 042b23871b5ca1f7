#include "tests/tidy/function_length.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace botbox::tidy {
namespace {

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

// Blanks preprocessor lines with their continuations: a macro's braces need not balance.
std::string without_preprocessor(std::string code) {
  bool continued = false;
  for (std::size_t from = 0; from < code.size();) {
    const std::size_t end = std::min(code.find('\n', from), code.size());
    const std::size_t first = code.find_first_not_of(" \t", from);
    const bool skip = continued || (first < end && code[first] == '#');
    continued = skip && end > from && code[end - 1] == '\\';
    if (skip) code.replace(from, end - from, end - from, ' ');
    from = end + 1;
  }
  return code;
}

// The words of a declaration that stand outside <...> and (...).
std::string outer_words(std::string_view head) {
  std::string words;
  int depth = 0;
  for (const char c : head) {
    if (c == '<' || c == '(') ++depth;
    if (depth == 0) words += c;
    if ((c == '>' || c == ')') && depth > 0) {
      --depth;
      words += ' ';
    }
  }
  return words;
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != std::string_view::npos;
       at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_word_character(text[at - 1]);
    const std::size_t end = at + word.size();
    if (begins && (end == text.size() || !is_word_character(text[end]))) return true;
  }
  return false;
}

bool opens_scope(std::string_view head) {
  const std::string words = outer_words(head);
  constexpr std::array<std::string_view, 6> kScopes{"namespace", "class", "struct",
                                                    "enum",      "union", "TEST_SUITE"};
  for (const std::string_view scope : kScopes)
    if (has_word(words, scope)) return true;
  return head.find(')') == std::string_view::npos;  // extern "C", a bare block
}

std::string name_of(std::string_view head, std::string_view original) {
  if (head.starts_with("TEST_CASE") || head.starts_with("SCENARIO")) {
    const std::size_t open = original.find('"');
    const std::size_t close = original.find('"', open + 1);
    if (close != std::string_view::npos)
      return std::string(original.substr(open + 1, close - open - 1));
  }
  std::size_t end = head.find('(');
  if (end == std::string_view::npos) end = head.size();
  if (head.substr(0, end).ends_with("operator")) end = head.find('(', end + 1);  // operator()
  while (end > 0 && is_blank(head[end - 1])) --end;
  std::size_t begin = end;
  while (begin > 0 && !is_blank(head[begin - 1])) --begin;
  return std::string(head.substr(begin, end - begin));
}

enum class Brace { kScope, kFunction, kInner, kInitialiser };

class FunctionScanner {
 public:
  explicit FunctionScanner(const SourceFile& file)
      : text_(file.text), code_(without_preprocessor(file.code)) {}

  std::vector<FunctionSpan> run() {
    for (at_ = 0; at_ < code_.size(); ++at_) {
      switch (code_[at_]) {
        case '{': open(); break;
        case '}': close(); break;
        case '(': ++parentheses_; break;
        case ')': --parentheses_; break;
        case ';':
          if (parentheses_ == 0 && !in_initialiser()) head_ = at_ + 1;
          break;
        case ':':
          if (ends_access_label()) head_ = at_ + 1;
          break;
        default: break;
      }
    }
    return std::move(found_);
  }

 private:
  std::string_view head() const {
    std::size_t begin = head_;
    while (begin < at_ && is_blank(code_[begin])) ++begin;
    return std::string_view(code_).substr(begin, at_ - begin);
  }

  bool in_initialiser() const { return !open_.empty() && open_.back() == Brace::kInitialiser; }

  bool ends_access_label() const {
    const std::string_view label = head();
    return label == "public" || label == "private" || label == "protected";
  }

  Brace classify() const {
    if (function_depth_ > 0) return Brace::kInner;
    if (in_initialiser() || parentheses_ > 0) return Brace::kInitialiser;
    if (at_ > 0 && !is_blank(code_[at_ - 1])) return Brace::kInitialiser;
    std::string_view before = head();
    while (!before.empty() && is_blank(before.back())) before.remove_suffix(1);
    if (before.ends_with('=')) return Brace::kInitialiser;
    return opens_scope(before) ? Brace::kScope : Brace::kFunction;
  }

  void open() {
    const Brace kind = classify();
    open_.push_back(kind);
    if (kind == Brace::kFunction) begin_function();
    if (kind == Brace::kFunction || kind == Brace::kInner) ++function_depth_;
    if (kind != Brace::kInitialiser) head_ = at_ + 1;
  }

  void begin_function() {
    const std::string_view declaration = head();
    const auto begin = static_cast<std::size_t>(declaration.data() - code_.data());
    FunctionSpan span;
    span.line = line_at(code_, begin);
    span.name = name_of(declaration, text_.substr(begin, at_ - begin));
    span.is_test_case = declaration.starts_with("TEST_CASE") || declaration.starts_with("SCENARIO");
    found_.push_back(span);
  }

  void close() {
    if (open_.empty()) return;
    const Brace kind = open_.back();
    open_.pop_back();
    if (kind == Brace::kInitialiser) return;
    head_ = at_ + 1;
    if (kind == Brace::kScope) return;
    if (--function_depth_ == 0) found_.back().lines = line_at(code_, at_) - found_.back().line + 1;
  }

  std::string_view text_;
  std::string code_;
  std::size_t at_ = 0;
  std::size_t head_ = 0;  // where the declaration now being read begins
  int parentheses_ = 0;
  int function_depth_ = 0;  // open braces since the body of a function began
  std::vector<Brace> open_;
  std::vector<FunctionSpan> found_;
};

}  // namespace

std::vector<FunctionSpan> functions_of(const SourceFile& file) {
  return FunctionScanner(file).run();
}

}  // namespace botbox::tidy
