#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "tests/tidy/checks.hpp"
#include "tests/tidy/function_length.hpp"

namespace botbox::tidy {
namespace {

constexpr int kFunctionLinesMax = 70;
constexpr int kTestCaseLinesMax = 120;

bool is_allowed(std::string_view path, const Names& allowed) {
  return std::ranges::any_of(allowed, [&](std::string_view entry) {
    return entry.ends_with('/') ? path.starts_with(entry) : path == entry;
  });
}

// Where `word` stands in `code` as a word of its own.
std::vector<std::size_t> places_of(std::string_view code, std::string_view word) {
  std::vector<std::size_t> places;
  for (std::size_t at = code.find(word); at != std::string_view::npos;
       at = code.find(word, at + 1)) {
    const bool begins =
        !is_word_character(word.front()) || at == 0 || !is_word_character(code[at - 1]);
    const std::size_t end = at + word.size();
    const bool ends =
        !is_word_character(word.back()) || end == code.size() || !is_word_character(code[end]);
    if (begins && ends) places.push_back(at);
  }
  return places;
}

// "Timestamp WallClock::now() const" declares; a call of a static now() is never followed by const.
bool declares_now(std::string_view code, std::size_t at) {
  return code.substr(at).starts_with("::now() const");
}

// A property test may start from a fresh seed if it prints it, or takes it back from outside.
bool is_repeatable_test(const SourceFile& file, std::string_view source) {
  if (source != "random_device" || !file.is_in("tests/")) return false;
  return file.text.find("\"seed ") != std::string::npos ||
         file.text.find("\"BOTBOX_TEST_SEED\"") != std::string::npos;
}

// The parts of a name: "HttpUtil" and "http_util" give {"http", "util"}.
std::vector<std::string> name_parts(std::string_view name) {
  std::vector<std::string> parts(1);
  for (const char c : name) {
    const bool word = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (!word || std::isupper(static_cast<unsigned char>(c)) != 0) parts.emplace_back();
    if (word) parts.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return parts;
}

std::optional<std::string> vague_part(std::string_view name) {
  constexpr std::array<std::string_view, 6> kVague{"manager", "managers", "helper",
                                                   "helpers", "util",     "utils"};
  for (const std::string& part : name_parts(name))
    if (std::ranges::find(kVague, part) != kVague.end()) return part;
  return std::nullopt;
}

std::string_view word_after(std::string_view code, std::size_t at) {
  while (at < code.size() && std::isspace(static_cast<unsigned char>(code[at])) != 0) ++at;
  std::size_t end = at;
  while (end < code.size() && is_word_character(code[end])) ++end;
  return code.substr(at, end - at);
}

Finding vague(const SourceFile& file, int line, std::string_view name, std::string_view part) {
  return {file.path, line,
          fmt::format("'{}' in {} says nothing: use the trade's noun for what it is", part, name)};
}

const LongFunction* find_allowed(const std::vector<LongFunction>& allowed, const SourceFile& file,
                                 const FunctionSpan& span) {
  const auto it = std::ranges::find_if(allowed, [&](const LongFunction& entry) {
    return entry.path == file.path && entry.name == span.name;
  });
  return it == allowed.end() ? nullptr : &*it;
}

std::optional<std::string> length_problem(const FunctionSpan& span, const LongFunction* entry) {
  const int limit = span.is_test_case ? kTestCaseLinesMax : kFunctionLinesMax;
  const int permitted = entry ? entry->lines : limit;
  if (span.lines > permitted)
    return fmt::format("{} has {} lines, at most {} fit a screen: take a part out", span.name,
                       span.lines, permitted);
  if (entry && span.lines <= limit)
    return fmt::format("{} is short now: remove it from allowed.hpp", span.name);
  if (entry && span.lines < permitted)
    return fmt::format("{} shrank: write {} in allowed.hpp", span.name, span.lines);
  return std::nullopt;
}

}  // namespace

Findings check_clocks_and_chance(const Tree& tree, const Names& allowed) {
  const Names sources{"::now(",        "time(nullptr)", "time(NULL)", "time(0)", "gettimeofday",
                      "clock_gettime", "random_device", "rand(",      "srand("};
  Findings findings;
  for (const SourceFile& file : tree) {
    if (is_allowed(file.path, allowed)) continue;
    for (const std::string_view source : sources)
      for (const std::size_t at : places_of(file.code, source))
        if (!declares_now(file.code, at) && !is_repeatable_test(file, source))
          findings.push_back({file.path, line_at(file.code, at),
                              fmt::format("{} makes a run unrepeatable: take the time, or a seeded "
                                          "generator, as an argument",
                                          source)});
  }
  return findings;
}

Findings check_sleeping_tests(const Tree& tree, const Names& allowed) {
  const Names sleeps{"sleep_for", "sleep_until", "usleep", "nanosleep", "sleep("};
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_in("tests/") || is_allowed(file.path, allowed)) continue;
    for (const std::string_view sleep : sleeps)
      for (const std::size_t at : places_of(file.code, sleep))
        findings.push_back({file.path, line_at(file.code, at),
                            "a test that sleeps is slow, or fails on a busy machine: move virtual "
                            "time instead"});
  }
  return findings;
}

Findings check_swallowed_exceptions(const Tree& tree, const Names& allowed) {
  Findings findings;
  for (const SourceFile& file : tree) {
    if (is_allowed(file.path, allowed)) continue;
    for (const std::size_t at : places_of(file.code, "catch")) {
      std::string caught;
      for (std::size_t i = at + 5; i < file.code.size() && caught.size() < 5; ++i)
        if (std::isspace(static_cast<unsigned char>(file.code[i])) == 0) caught += file.code[i];
      if (caught == "(...)")
        findings.push_back({file.path, line_at(file.code, at),
                            "catches whatever was thrown: name the exception, or let it end us"});
    }
  }
  return findings;
}

Findings check_vague_names(const Tree& tree) {
  const Names introducers{"class", "struct", "enum", "union", "using", "concept"};
  Findings findings;
  for (const SourceFile& file : tree) {
    if (!file.is_cpp()) continue;
    const std::string_view code = file.code;
    if (const auto part = vague_part(file.path))
      findings.push_back(vague(file, 1, file.path, *part));
    for (const std::string_view introducer : introducers)
      for (const std::size_t at : places_of(code, introducer)) {
        const std::string_view name = word_after(code, at + introducer.size());
        if (const auto part = vague_part(name))
          findings.push_back(vague(file, line_at(code, at), name, *part));
      }
  }
  return findings;
}

Findings check_function_length(const Tree& tree, const std::vector<LongFunction>& allowed) {
  Findings findings;
  std::vector<const LongFunction*> met;
  for (const SourceFile& file : tree) {
    if (!file.is_cpp()) continue;
    for (const FunctionSpan& span : functions_of(file)) {
      const LongFunction* entry = find_allowed(allowed, file, span);
      if (entry) met.push_back(entry);
      if (auto problem = length_problem(span, entry))
        findings.push_back({file.path, span.line, *std::move(problem)});
    }
  }
  for (const LongFunction& entry : allowed)
    if (std::ranges::find(met, &entry) == met.end())
      findings.push_back({std::string(entry.path), 1,
                          fmt::format("{} is gone: remove it from allowed.hpp", entry.name)});
  return findings;
}

}  // namespace botbox::tidy
