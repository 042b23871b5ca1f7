#include "tests/tidy/source_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <utility>

namespace botbox::tidy {
namespace {

// Walks over C++ text once and blanks what is not code.
class CodeBlanker {
 public:
  explicit CodeBlanker(std::string_view text) : code_(text) {}

  std::string run() {
    while (at_ < code_.size()) {
      if (looking_at("//")) {
        blank_line_comment();
      } else if (looking_at("/*")) {
        blank_until("*/", 2);
      } else if (code_[at_] == '"') {
        is_raw_string() ? blank_raw_string() : blank_literal('"');
      } else if (code_[at_] == '\'' && !is_digit_separator()) {
        blank_literal('\'');
      } else {
        ++at_;
      }
    }
    return std::move(code_);
  }

 private:
  bool looking_at(std::string_view what) const {
    return std::string_view(code_).substr(at_, what.size()) == what;
  }

  void blank(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, code_.size()); ++i)
      if (code_[i] != '\n') code_[i] = ' ';
  }

  void blank_line_comment() {
    const std::size_t end = std::min(code_.find('\n', at_), code_.size());
    blank(at_, end);
    at_ = end;
  }

  void blank_until(std::string_view end_mark, std::size_t skip) {
    const std::size_t found = code_.find(end_mark, at_ + skip);
    const std::size_t end = found == std::string::npos ? code_.size() : found + end_mark.size();
    blank(at_, end);
    at_ = end;
  }

  void blank_literal(char quote) {
    const std::size_t from = at_ + 1;
    for (at_ = from; at_ < code_.size() && code_[at_] != quote && code_[at_] != '\n'; ++at_)
      if (code_[at_] == '\\') ++at_;
    blank(from, at_);
    if (at_ < code_.size()) ++at_;
  }

  bool is_raw_string() const { return at_ > 0 && code_[at_ - 1] == 'R'; }

  void blank_raw_string() {
    const std::size_t open = code_.find('(', at_);
    if (open == std::string::npos) {
      ++at_;
      return;
    }
    const std::string end_mark = ")" + code_.substr(at_ + 1, open - at_ - 1) + "\"";
    const std::size_t found = code_.find(end_mark, open);
    const std::size_t end = found == std::string::npos ? code_.size() : found + end_mark.size();
    blank(at_ + 1, end - 1);
    at_ = end;
  }

  // 1'000: the run of word characters and quotes before this quote begins with a digit.
  bool is_digit_separator() const {
    std::size_t begin = at_;
    while (begin > 0 && (is_word_character(code_[begin - 1]) || code_[begin - 1] == '\'')) --begin;
    return begin < at_ && std::isdigit(static_cast<unsigned char>(code_[begin])) != 0;
  }

  std::string code_;
  std::size_t at_ = 0;
};

bool is_cpp_path(std::string_view path) {
  return path.ends_with(".cpp") || path.ends_with(".hpp") || path.ends_with(".h");
}

// Runs git in `root`; empty when there is no git or no repository.
std::vector<std::string> paths_from_git(const std::string& root) {
  const std::string command = "git -c safe.directory='*' -C '" + root +
                              "' ls-files -z --cached --others --exclude-standard 2>/dev/null";
  const auto close = [](std::FILE* pipe) { pclose(pipe); };
  const std::unique_ptr<std::FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
  std::string output;
  std::array<char, 4096> buffer{};
  while (pipe) {
    const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get());
    if (count == 0) break;
    output.append(buffer.data(), count);
  }
  std::vector<std::string> paths;
  for (std::size_t from = 0, end = 0; (end = output.find('\0', from)) != std::string::npos;
       from = end + 1)
    paths.push_back(output.substr(from, end - from));
  return paths;
}

std::vector<std::string> paths_from_disk(const std::string& root) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  for (auto it = fs::recursive_directory_iterator(root); it != fs::end(it); ++it) {
    const std::string path = fs::relative(it->path(), root).generic_string();
    const bool hidden = it->path().filename().string().starts_with('.') && path != ".ci";
    if (it->is_directory() && (hidden || path == "build" || path == "data"))
      it.disable_recursion_pending();
    else if (it->is_regular_file())
      paths.push_back(path);
  }
  return paths;
}

}  // namespace

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

SourceFile make_source(std::string path, std::string text) {
  SourceFile file{std::move(path), std::move(text), {}};
  if (is_cpp_path(file.path)) file.code = CodeBlanker(file.text).run();
  return file;
}

Tree read_tree(const std::string& root) {
  std::vector<std::string> paths = paths_from_git(root);
  if (paths.empty()) paths = paths_from_disk(root);
  std::sort(paths.begin(), paths.end());
  Tree tree;
  for (const std::string& path : paths) {
    std::ifstream in(root + "/" + path, std::ios::binary);
    if (!in) continue;  // tracked, but deleted in the working tree
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (text.find('\0') == std::string::npos) tree.push_back(make_source(path, std::move(text)));
  }
  return tree;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

int line_at(std::string_view text, std::size_t position) {
  return 1 + static_cast<int>(std::ranges::count(text.substr(0, position), '\n'));
}

}  // namespace botbox::tidy
