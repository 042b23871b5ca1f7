// Each rule on small samples: what it must find, and what it must let pass.
#include <doctest/doctest.h>

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/tidy/checks.hpp"
#include "tests/tidy/function_length.hpp"

namespace botbox::tidy {
namespace {

Tree one(std::string path, std::string text) {
  return {make_source(std::move(path), std::move(text))};
}

std::string lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "  f();\n";
  return text;
}

}  // namespace

TEST_CASE("comments and literals are not code, and lines keep their numbers") {
  const std::string text =
      "int a = 1'000;  // rand(\nauto b = \"rand(\\\"\"; /* rand(\n */ char c = '\"';"
      "\nauto d = R\"x(rand(\n)\" )x\"; int e;\n";
  const SourceFile file = make_source("engine/a.cpp", text);
  CHECK(file.code.size() == text.size());
  CHECK(file.code.find("rand") == std::string::npos);
  CHECK(file.code.find("int a = 1'000;") == 0);
  CHECK(file.code.find("char c = ' ';") != std::string::npos);
  CHECK(line_at(file.code, file.code.find("int e")) == 5);
}

TEST_CASE("an include against the direction of the folders is found") {
  struct Sample {
    const char* path;
    const char* include;
    bool allowed;
  };
  const std::vector<Sample> samples{
      {"engine/a.cpp", "\"engine/b.hpp\"", true},
      {"engine/a.cpp", "<vector>", true},
      {"engine/a.cpp", "<fmt/format.h>", true},
      {"engine/a.cpp", "<tl/expected.hpp>", true},
      {"engine/a.cpp", "\"storage/b.hpp\"", false},
      {"engine/a.cpp", "\"b.hpp\"", false},
      {"engine/a.cpp", "<nlohmann/json.hpp>", false},
      {"engine/a.cpp", "<simdjson.h>", false},
      {"engine/a.cpp", "<sys/stat.h>", false},
      {"engine/a.cpp", "<fstream>", false},
      {"storage/a.cpp", "\"engine/b.hpp\"", true},
      {"storage/a.cpp", "<rocksdb/db.h>", true},
      {"storage/a.cpp", "\"exchange/b.hpp\"", false},
      {"storage/a.cpp", "<caf/actor.hpp>", false},
      {"storage/a.cpp", "<curl/curl.h>", false},
      {"exchange/a.cpp", "<curl/curl.h>", true},
      {"exchange/a.cpp", "<boost/beast/core.hpp>", true},
      {"exchange/a.cpp", "\"storage/b.hpp\"", false},
      {"exchange/a.cpp", "\"actors/b.hpp\"", false},
      {"exchange/a.cpp", "<rocksdb/db.h>", false},
      {"actors/a.cpp", "<caf/actor.hpp>", true},
      {"actors/a.cpp", "\"storage/b.hpp\"", true},
      {"actors/a.cpp", "\"tools/b.hpp\"", false},
      {"actors/a.cpp", "\"tests/b.hpp\"", false},
      {"actors/a.cpp", "<rocksdb/db.h>", false},
      {"actors/a.cpp", "<boost/beast/core.hpp>", false},
      {"tools/x/a.cpp", "\"actors/b.hpp\"", true},
      {"tools/x/a.cpp", "<rocksdb/db.h>", false},
      {"tests/storage/a.cpp", "<rocksdb/db.h>", true},
      {"tests/actors/a.cpp", "<rocksdb/db.h>", false},
  };
  for (const Sample& sample : samples) {
    const Tree tree = one(sample.path, fmt::format("#include {}\n", sample.include));
    CHECK_MESSAGE(check_include_directions(tree, {}).empty() == sample.allowed, sample.path,
                  " includes ", sample.include);
  }
  CHECK(check_include_directions(one("engine/a.cpp", "// #include <fstream>\n"), {}).empty());
  const Tree foreign = one("engine/a.cpp", "#include <curl/curl.h>\n");
  CHECK(check_include_directions(foreign, {{"engine/a.cpp", "curl/curl.h"}}).empty());
  CHECK(check_include_directions(foreign, {{"engine/b.cpp", "curl/curl.h"}}).size() == 1);
}

TEST_CASE("a header that only its own source includes is found") {
  Tree tree;
  tree.push_back(make_source("engine/a.hpp", "#pragma once\n"));
  tree.push_back(make_source("engine/a.cpp", "#include \"engine/a.hpp\"\n"));
  CHECK(check_unused_headers(tree, {}).size() == 1);
  CHECK(check_unused_headers(tree, {"engine/a.hpp"}).empty());
  tree.push_back(make_source("engine/b.cpp", "#include \"engine/a.hpp\"\n"));
  CHECK(check_unused_headers(tree, {}).empty());
  CHECK(check_unused_headers(tree, {"engine/a.hpp"}).size() == 1);
  CHECK(check_unused_headers(tree, {"engine/gone.hpp"}).size() == 1);
}

TEST_CASE("a header without pragma once is found") {
  CHECK(check_pragma_once(one("engine/a.hpp", "// #pragma once\nint a;\n")).size() == 1);
  CHECK(check_pragma_once(one("engine/a.hpp", "// promise\n#pragma once\nint a;\n")).empty());
  CHECK(check_pragma_once(one("engine/a.cpp", "int a;\n")).empty());
}

TEST_CASE("an include of all of CAF is found") {
  CHECK(check_include_everything(one("actors/a.cpp", "#include <caf/all.hpp>\n")).size() == 1);
  CHECK(check_include_everything(one("actors/a.cpp", "#include <caf/actor.hpp>\n")).empty());
}

TEST_CASE("a clock or a random number out of nowhere is found") {
  const auto count = [](std::string code) {
    return check_clocks_and_chance(one("actors/a.cpp", code + "\n"), {"tools/bench/"}).size();
  };
  CHECK(count("auto t = std::chrono::system_clock::now();") == 1);
  CHECK(count("auto t = time(nullptr);") == 1);
  CHECK(count("gettimeofday(&t, 0);") == 1);
  CHECK(count("std::random_device d;") == 1);
  CHECK(count("int i = rand();") == 1);
  const std::string seeded = "auto* s = getenv(\"BOTBOX_TEST_SEED\"); std::random_device d;\n";
  CHECK(count(seeded) == 1);
  CHECK(check_clocks_and_chance(one("tests/engine/a.cpp", seeded), {}).empty());
  const std::string printed = "std::random_device d; MESSAGE(\"seed \" << seed);\n";
  CHECK(check_clocks_and_chance(one("tests/engine/a.cpp", printed), {}).empty());
  CHECK(check_clocks_and_chance(one("tests/engine/a.cpp", "random_device d;\n"), {}).size() == 1);
  CHECK(count("int i = operand();") == 0);
  CHECK(count("auto t = clock.now();") == 0);
  CHECK(count("Timestamp Fake::now() const { return t; }") == 0);
  CHECK(count("// system_clock::now()") == 0);
  CHECK(check_clocks_and_chance(one("tools/bench/a.cpp", "rand();\n"), {"tools/bench/"}).empty());
}

TEST_CASE("a sleeping test is found") {
  const std::string code = "std::this_thread::sleep_for(1ms);\n";
  CHECK(check_sleeping_tests(one("tests/actors/a.cpp", code), {}).size() == 1);
  CHECK(check_sleeping_tests(one("tests/actors/a.cpp", "sleep(1);\n"), {}).size() == 1);
  CHECK(check_sleeping_tests(one("tests/actors/a.cpp", "CHECK(asleep(1));\n"), {}).empty());
  CHECK(check_sleeping_tests(one("tests/process/a.cpp", code), {"tests/process/"}).empty());
  CHECK(check_sleeping_tests(one("tools/x/a.cpp", code), {}).empty());
}

TEST_CASE("an exception swallowed unnamed is found") {
  const auto count = [](std::string code, const Names& allowed) {
    return check_swallowed_exceptions(one("actors/a.cpp", code + "\n"), allowed).size();
  };
  CHECK(count("try { f(); } catch (...) {}", {}) == 1);
  CHECK(count("try { f(); } catch ( ... ) {}", {}) == 1);
  CHECK(count("try { f(); } catch (...) {}", {"actors/a.cpp"}) == 0);
  CHECK(count("try { f(); } catch (const std::exception& e) {}", {}) == 0);
}

TEST_CASE("a name that says nothing is found") {
  const auto count = [](std::string path, std::string code) {
    return check_vague_names(one(std::move(path), code + "\n")).size();
  };
  CHECK(count("engine/a.hpp", "class OrderManager {};") == 1);
  CHECK(count("engine/a.hpp", "struct Helper {};") == 1);
  CHECK(count("engine/a.hpp", "enum HttpUtils {};") == 1);
  CHECK(count("engine/string_util.hpp", "int a;") == 1);
  CHECK(count("engine/a.hpp", "class Utilisation {};") == 0);
  CHECK(count("engine/a.hpp", "// class OrderManager") == 0);
  CHECK(count("engine/a.hpp", "class OrderBook {};") == 0);
}

TEST_CASE("a function is measured from its declaration to its closing brace") {
  const std::string code =
      "namespace a {\n"
      "const std::vector<int> kTable{{1}, {2}};\n"
      "const int kOther[] = {1, 2};\n"
      "class B : public C {\n"
      " public:\n"
      "  explicit B(int x)\n"
      "      : x_{x}, y_(x) {\n"
      "    if (x) { f(); }\n"
      "  }\n"
      "  int get() const { return x_; }\n"
      "  int x_ = {};\n"
      "};\n"
      "template <class T>\n"
      "bool operator<(const T& l, const T& r) {\n"
      "  const auto f = [](int a) {\n"
      "    return a;\n"
      "  };\n"
      "}\n"
      "#define M(x) \\\n"
      "  do {      \\\n"
      "}  // namespace a\n"
      "TEST_CASE(\"it {works}\") {\n"
      "}\n";
  const auto spans = functions_of(make_source("engine/a.cpp", code));
  REQUIRE(spans.size() == 4);
  CHECK(spans[0].name == "B");
  CHECK(spans[0].line == 6);
  CHECK(spans[0].lines == 4);
  CHECK(spans[1].name == "get");
  CHECK(spans[1].lines == 1);
  CHECK(spans[2].name == "operator<");
  CHECK(spans[2].lines == 6);
  CHECK(spans[3].name == "it {works}");
  CHECK(spans[3].is_test_case);
}

TEST_CASE("a function over 70 lines is found, and its permission may only shrink") {
  const auto tree = [](int body) {
    return one("engine/a.cpp", "void X::run() {\n" + lines(body) + "}\n");
  };
  CHECK(check_function_length(tree(68), {}).empty());
  CHECK(check_function_length(tree(69), {}).size() == 1);
  CHECK(check_function_length(tree(78), {{"engine/a.cpp", "X::run", 80}}).empty());
  CHECK(check_function_length(tree(79), {{"engine/a.cpp", "X::run", 80}}).size() == 1);
  CHECK(check_function_length(tree(77), {{"engine/a.cpp", "X::run", 80}}).size() == 1);
  CHECK(check_function_length(tree(10), {{"engine/a.cpp", "X::run", 80}}).size() == 1);
  CHECK(check_function_length(tree(10), {{"engine/a.cpp", "gone", 80}}).size() == 1);
}

TEST_CASE("a test case may have 120 lines") {
  const auto tree = [](int body) {
    return one("tests/a.cpp", "TEST_CASE(\"x\") {\n" + lines(body) + "}\n");
  };
  CHECK(check_function_length(tree(118), {}).empty());
  CHECK(check_function_length(tree(119), {}).size() == 1);
}

TEST_CASE("a line over 100 columns is found, counted in characters") {
  CHECK(check_line_length(one("engine/a.cpp", std::string(101, 'x') + "\n")).size() == 1);
  CHECK(check_line_length(one("engine/a.cpp", std::string(100, 'x') + "\n")).empty());
  CHECK(check_line_length(one("engine/a.cpp", std::string(99, 'x') + "\u2192\n")).empty());
  CHECK(check_line_length(one("tools/x", "#!/bin/sh\n" + std::string(101, 'x') + "\n")).size() ==
        1);
  CHECK(check_line_length(one("README.md", std::string(101, 'x') + "\n")).empty());
}

TEST_CASE("tabs, blanks at line ends and a missing last newline are found") {
  CHECK(check_blanks(one("a.md", "a\tb\n")).size() == 1);
  CHECK(check_blanks(one("a.md", "a \n")).size() == 1);
  CHECK(check_blanks(one("a.md", "a\r\n")).size() == 1);
  CHECK(check_blanks(one("a.md", "a")).size() == 1);
  CHECK(check_blanks(one("a.md", "a b\n")).empty());
  CHECK(check_blanks(one("tests/exchange/fixtures/a.txt", "a \n")).empty());
}

TEST_CASE("a mark for unfinished work is found") {
  CHECK(check_unfinished_marks(one("a.cpp",
                                   "// TO"
                                   "DO: later\n"))
            .size() == 1);
  CHECK(check_unfinished_marks(one("a.md",
                                   "FIX"
                                   "ME\n"))
            .size() == 1);
  CHECK(check_unfinished_marks(one("a.cpp", "mkstemp(\"aXXXXXX\");\n")).empty());
}

TEST_CASE("a path of one machine is found") {
  CHECK(check_machine_paths(one("a.md",
                                "see /wo"
                                "rk/x\n"))
            .size() == 1);
  CHECK(check_machine_paths(one("a.md",
                                "\"/ho"
                                "me/me/x\"\n"))
            .size() == 1);
  CHECK(check_machine_paths(one("a.md",
                                "frame/wo"
                                "rk/x and ./ro"
                                "ot/x\n"))
            .empty());
}

}  // namespace botbox::tidy
