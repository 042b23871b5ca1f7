#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/tidy/checks.hpp"

namespace botbox::tidy {
namespace {

constexpr std::ptrdiff_t kColumnsMax = 100;

// Code points, not bytes: an arrow in a comment is one column.
std::ptrdiff_t columns(std::string_view line) {
  return std::ranges::count_if(
      line, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

bool is_script(const SourceFile& file) { return file.text.starts_with("#!"); }

// Recorded answers of venues and the like are kept byte for byte.
bool is_recorded(const SourceFile& file) {
  return file.path.find("/fixtures/") != std::string::npos;
}

// Does `word` stand in `line` with no word character beside it?
bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word_character(line[at - 1])) &&
        (end == line.size() || !is_word_character(line[end])))
      return true;
  }
  return false;
}

// Is `root` the beginning of an absolute path in `line`? "frame/work/" is not.
bool has_absolute_path(std::string_view line, std::string_view root) {
  for (std::size_t at = line.find(root); at != std::string_view::npos;
       at = line.find(root, at + 1)) {
    constexpr std::string_view kPathCharacters = "._-~})$";
    if (at == 0 || (!is_word_character(line[at - 1]) &&
                    kPathCharacters.find(line[at - 1]) == std::string_view::npos))
      return true;
  }
  return false;
}

// Calls problem(line) for each line; a text that it returns becomes a finding.
template <class Problem>
void collect(const SourceFile& file, Findings& findings, Problem problem) {
  int number = 0;
  for (const std::string_view line : lines_of(file.text)) {
    ++number;
    if (std::string what = problem(line); !what.empty())
      findings.push_back({file.path, number, std::move(what)});
  }
}

}  // namespace

Findings check_line_length(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree)
    if (file.is_cpp() || is_script(file))
      collect(file, findings, [](std::string_view line) {
        return columns(line) > kColumnsMax ? fmt::format("{} columns, at most 100", columns(line))
                                           : std::string();
      });
  return findings;
}

Findings check_blanks(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (is_recorded(file)) continue;
    collect(file, findings, [](std::string_view line) -> std::string {
      if (line.find('\t') != std::string_view::npos) return "a tab: indent with blanks";
      if (line.ends_with(' ') || line.ends_with('\r')) return "a blank at the end of the line";
      return {};
    });
    if (!file.text.empty() && !file.text.ends_with('\n'))
      findings.push_back(
          {file.path, line_at(file.text, file.text.size()), "no newline at its end"});
  }
  return findings;
}

Findings check_unfinished_marks(const Tree& tree) {
  // Written in two pieces so that this file passes its own check.
  constexpr std::array<std::string_view, 3> kMarks{
      "TO"
      "DO",
      "FIX"
      "ME",
      "X"
      "XX"};
  Findings findings;
  for (const SourceFile& file : tree)
    collect(file, findings, [&](std::string_view line) {
      for (const std::string_view mark : kMarks)
        if (has_word(line, mark))
          return fmt::format("'{}' is for the issue list, not for the tree", mark);
      return std::string();
    });
  return findings;
}

Findings check_machine_paths(const Tree& tree) {
  constexpr std::array<std::string_view, 4> kRoots{
      "/wo"
      "rk/",
      "/ho"
      "me/",
      "/ro"
      "ot/",
      "/Us"
      "ers/"};
  Findings findings;
  for (const SourceFile& file : tree)
    collect(file, findings, [&](std::string_view line) {
      for (const std::string_view root : kRoots)
        if (has_absolute_path(line, root))
          return fmt::format("a path below {} exists on one machine only", root);
      return std::string();
    });
  return findings;
}

}  // namespace botbox::tidy
