// The rules over the tree itself. checks_test.cpp shows that each of them can fail.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/model/reason_code.hpp"
#include "tests/tidy/allowed.hpp"
#include "tests/tidy/checks.hpp"
#include "tests/tidy/source_text.hpp"

namespace botbox::tidy {
namespace {

const Tree& tree() {
  static const Tree read = read_tree(BOTBOX_SOURCE_DIR);
  return read;
}

std::string listed(const Findings& findings) {
  std::string text;
  for (const Finding& finding : findings)
    text += fmt::format("\n{}:{}: {}", finding.path, finding.line, finding.what);
  return text;
}

void expect_none(const Findings& findings) { CHECK_MESSAGE(findings.empty(), listed(findings)); }

}  // namespace

TEST_CASE("the source tree is found and holds code") {
  REQUIRE(tree().size() > 10);
  CHECK(std::ranges::any_of(tree(), [](const SourceFile& f) { return f.is_in("engine/"); }));
}

TEST_CASE("includes point from tools to actors to storage and exchange to engine") {
  expect_none(check_include_directions(tree(), Allowed{}.foreign_includes));
}

TEST_CASE("every header is used by more than its own source") {
  expect_none(check_unused_headers(tree(), Allowed{}.unused_headers));
}

TEST_CASE("every header says pragma once") { expect_none(check_pragma_once(tree())); }

TEST_CASE("nobody includes all of CAF") { expect_none(check_include_everything(tree())); }

TEST_CASE("one file reads the wall clock and nothing is random without a seed") {
  expect_none(check_clocks_and_chance(tree(), Allowed{}.clocks));
}

TEST_CASE("no test sleeps") { expect_none(check_sleeping_tests(tree(), Allowed{}.sleeps)); }

TEST_CASE("no exception is swallowed unnamed") {
  expect_none(check_swallowed_exceptions(tree(), Allowed{}.swallowed_exceptions));
}

TEST_CASE("type and file names say what the thing is") { expect_none(check_vague_names(tree())); }

TEST_CASE("a function fits a screen") {
  expect_none(check_function_length(tree(), Allowed{}.long_functions));
}

TEST_CASE("lines of code fit 100 columns") { expect_none(check_line_length(tree())); }

TEST_CASE("no tabs, no blanks at line ends, a newline at the end of each file") {
  expect_none(check_blanks(tree()));
}

TEST_CASE("no marks for unfinished work") { expect_none(check_unfinished_marks(tree())); }

TEST_CASE("no paths of one machine") { expect_none(check_machine_paths(tree())); }

TEST_CASE("the page has words for every reason, and filters by none that does not exist") {
  const auto page = std::ranges::find(tree(), "tools/dashboard/reasons.js", &SourceFile::path);
  REQUIRE(page != tree().end());
  const std::string_view text = page->text;
  for (const ReasonName& reason : kReasonNames)
    CHECK_MESSAGE(text.find(fmt::format("\n  {}: '", reason.name)) != std::string_view::npos,
                  reason.name << " has no words");
  const std::size_t first = text.find("kRefusals = [");
  const std::size_t last = text.find(']', first);
  REQUIRE(last != std::string_view::npos);
  const std::string_view refusals = text.substr(first, last - first);
  std::size_t filters = 0;
  for (std::size_t open = refusals.find('\''); open != std::string_view::npos; ++filters) {
    const std::size_t close = refusals.find('\'', open + 1);
    REQUIRE(close != std::string_view::npos);
    const std::string_view name = refusals.substr(open + 1, close - open - 1);
    CHECK_MESSAGE(parse_reason_code(name).has_value(), std::string(name) << " is no reason");
    open = refusals.find('\'', close + 1);
  }
  CHECK(filters > 0);
}

}  // namespace botbox::tidy
