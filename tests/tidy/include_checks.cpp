#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include "tests/tidy/checks.hpp"

namespace botbox::tidy {
namespace {

struct Include {
  int line;
  std::string_view path;
  bool angled;
};

std::vector<Include> includes_of(const SourceFile& file) {
  std::vector<Include> includes;
  const auto text = lines_of(file.text);
  const auto code = lines_of(file.code);
  for (std::size_t i = 0; i < std::min(text.size(), code.size()); ++i) {
    if (!code[i].starts_with("#include ")) continue;  // or it is commented out
    const std::size_t open = text[i].find_first_of("<\"");
    const std::size_t close = text[i].find_first_of(">\"", open + 1);
    if (open == std::string_view::npos || close == std::string_view::npos) continue;
    includes.push_back({static_cast<int>(i) + 1, text[i].substr(open + 1, close - open - 1),
                        text[i][open] == '<'});
  }
  return includes;
}

bool starts_with_any(std::string_view text, const Names& prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view p) { return text.starts_with(p); });
}

struct FolderRule {
  std::string_view folder;
  Names may_include;
};

// Which of our own folders a file may name in an include.
const std::array<FolderRule, 6> kOwnFolders{{
    {"engine/", {"engine/"}},
    {"storage/", {"engine/", "storage/"}},
    {"exchange/", {"engine/", "exchange/"}},
    {"actors/", {"engine/", "storage/", "exchange/", "actors/"}},
    {"tools/", {"engine/", "storage/", "exchange/", "actors/", "tools/"}},
    {"tests/", {"engine/", "storage/", "exchange/", "actors/", "tools/", "tests/"}},
}};

struct LibraryRule {
  std::string_view library;
  Names may_be_used_by;
};

// Libraries that stay behind a border. What is not named here is free outside engine.
const std::array<LibraryRule, 8> kLibraries{{
    {"caf/", {"actors/", "tools/", "tests/"}},
    {"rocksdb/", {"storage/", "tests/storage/"}},
    {"curl/", {"exchange/", "tools/", "tests/exchange/"}},
    {"boost/beast", {"exchange/", "tools/", "tests/exchange/"}},
    {"boost/asio", {"exchange/", "tools/", "tests/exchange/"}},
    {"simdjson", {"exchange/", "tools/", "tests/exchange/"}},
    {"spdlog/", {"actors/", "tools/", "tests/actors/"}},
    {"CLI/", {"tools/"}},
}};

// What the pure core must not reach for, though it is in the standard library.
const Names kImpure{"filesystem", "fstream", "iostream",           "random",  "thread",
                    "mutex",      "future",  "condition_variable", "unistd.h"};

std::optional<std::string> broken_rule(const SourceFile& file, const Include& include) {
  if (file.is_in("engine/") && include.angled) {
    const bool ours = starts_with_any(include.path, {"fmt/", "tl/"});
    const bool standard = include.path.find_first_of("./") == std::string_view::npos;
    if (!ours && !standard) return "engine knows the standard library, fmt and tl::expected only";
    if (std::ranges::find(kImpure, include.path) != kImpure.end())
      return "engine is pure: no files, threads or random numbers";
  }
  if (!include.angled) {
    for (const FolderRule& rule : kOwnFolders)
      if (file.is_in(rule.folder) && !starts_with_any(include.path, rule.may_include))
        return fmt::format("{} may include only: {} (paths from the root of the tree)", rule.folder,
                           fmt::join(rule.may_include, " "));
  }
  for (const LibraryRule& rule : kLibraries)
    if (include.path.starts_with(rule.library) && !starts_with_any(file.path, rule.may_be_used_by))
      return fmt::format("{} is used only in: {}", rule.library,
                         fmt::join(rule.may_be_used_by, " "));
  return std::nullopt;
}

std::string_view without_suffix(std::string_view path) { return path.substr(0, path.rfind('.')); }

}  // namespace

Findings check_include_directions(const Tree& tree, const std::vector<ForeignInclude>& allowed) {
  Findings findings;
  for (const SourceFile& file : tree)
    for (const Include& include : includes_of(file)) {
      const auto rule = broken_rule(file, include);
      const bool permitted = std::ranges::any_of(allowed, [&](const ForeignInclude& entry) {
        return entry.path == file.path && entry.include == include.path;
      });
      if (rule && !permitted)
        findings.push_back(
            {file.path, include.line, fmt::format("includes {}: {}", include.path, *rule)});
    }
  return findings;
}

Findings check_unused_headers(const Tree& tree, const Names& allowed) {
  std::set<std::string_view> used;
  std::set<std::string_view> headers;
  for (const SourceFile& file : tree) {
    if (file.is_header()) headers.insert(file.path);
    for (const Include& include : includes_of(file))
      if (without_suffix(include.path) != without_suffix(file.path)) used.insert(include.path);
  }
  Findings findings;
  for (const std::string_view header : headers)
    if (!used.contains(header) && std::ranges::find(allowed, header) == allowed.end())
      findings.push_back({std::string(header), 1, "only its own source includes it: remove it"});
  for (const std::string_view header : allowed)
    if (used.contains(header) || !headers.contains(header))
      findings.push_back({std::string(header), 1, "is used or gone: remove it from allowed.hpp"});
  return findings;
}

Findings check_pragma_once(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree)
    if (file.is_header() && file.code.find("#pragma once\n") == std::string::npos)
      findings.push_back({file.path, 1, "a header says #pragma once"});
  return findings;
}

Findings check_include_everything(const Tree& tree) {
  Findings findings;
  for (const SourceFile& file : tree)
    for (const Include& include : includes_of(file))
      if (include.path == "caf/all.hpp" || include.path == "caf/io/all.hpp")
        findings.push_back({file.path, include.line,
                            "includes all of CAF, which doubles its compile time: name the parts"});
  return findings;
}

}  // namespace botbox::tidy
