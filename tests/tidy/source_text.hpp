// The tracked files of the source tree as text, for checks that read code without compiling it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace botbox::tidy {

struct SourceFile {
  std::string path;  // from the root of the tree, with '/'
  std::string text;  // the bytes of the file
  // C++ only, else empty: `text` with comments and the contents of string and character literals
  // replaced by blanks. Same length and same line breaks as `text`, so positions carry over.
  std::string code;

  bool is_cpp() const { return !code.empty(); }
  bool is_header() const { return path.ends_with(".hpp") || path.ends_with(".h"); }
  bool is_in(std::string_view folder) const { return path.starts_with(folder); }
};

using Tree = std::vector<SourceFile>;

SourceFile make_source(std::string path, std::string text);

// Every text file that git tracks or would offer to add. Without git (a source archive), every text
// file below the root except in build/, data/ and hidden folders.
Tree read_tree(const std::string& root);

std::vector<std::string_view> lines_of(std::string_view text);
// Counted from 1.
int line_at(std::string_view text, std::size_t position);
bool is_word_character(char c);

}  // namespace botbox::tidy
