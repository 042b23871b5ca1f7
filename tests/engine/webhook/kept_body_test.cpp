// What is kept of refused bodies: enough to see what was sent, and no secret.
#include "engine/webhook/kept_body.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/webhook/alert_fields.hpp"

namespace botbox {
namespace {

const std::vector<std::string_view> kSecrets{"correct-horse/42", "k \"1\""};

std::string in_two_bytes(std::string_view text) {
  std::string wide;
  for (const char c : text) wide += {c, '\0'};
  return wide;
}

// The first secret, as senders may write it.
const std::vector<std::string> kShapes{
    "correct-horse/42",
    "CORRECT-Horse/42",
    R"(correct-horse\/42)",
    R"(\u0063orrect\u002Dhorse\u002f42)",
    R"(correct-horse\\/42)",
    R"(\\u0063orrect-horse/42)",
    "correct%2Dhorse%2F42",
    "%63%6f%72%72%65%63%74%2d%68%6F%72%73%65%2f%34%32",
    "correct%252Dhorse/42",
    R"(correct\u00252Dhorse/42)",
    in_two_bytes("correct-horse/42"),
};

// Of a text that has none of these letters otherwise.
bool shows_a_secret(const std::string& kept) {
  return kept.find_first_of("cCrRhH4%u\\") != std::string::npos;
}

}  // namespace

TEST_CASE("what was sent is kept as it came, with its secrets taken out") {
  struct Row {
    std::string body, kept;
  };
  const std::vector<Row> table{
      {"hodl correct-horse/42 now", "hodl *** now"},
      {R"({"action":"hodl","secret":"correct-horse/42"})", R"({"action":"hodl","secret":"***"})"},
      {R"({"a":"\u0063orrect\u002Dhorse\/42"})", R"({"a":"***"})"},
      {R"({"text":"{\"k\":\"correct-horse\\/42\"}"})", R"({"text":"{\"k\":\"***\"}"})"},
      {"a=correct%2Dhorse%2F42&b=1", "a=***&b=1"},
      {R"({"q":"x%3Dcorrect%2dhorse%2f42"})", R"({"q":"x%3D***"})"},
      {"p=k+%221%22&b=1", "p=***&b=1"},
      {R"({"p":"k \"1\""})", R"({"p":"***"})"},
      {"hodl correct-ho", "hodl ***"},
      {"hodl correct", "hodl correct"},
      {R"({"action":"hodl","token":"an old one"})", R"({"action":"hodl","token":"***"})"},
      {"100% \\ off", "100% \\ off"},
      {"hodl \xFF\xFE \xC3", "hodl \xEF\xBF\xBD\xEF\xBF\xBD \xEF\xBF\xBD"},
      {"\xD0\xBA\xD1\x83 \xF0\x9F\x9A\x80", "\xD0\xBA\xD1\x83 \xF0\x9F\x9A\x80"},
      {"", ""},
  };
  for (const Row& row : table) {
    CAPTURE(row.body);
    CHECK(kept_body(row.body, kSecrets) == row.kept);
  }
  CHECK(kept_body("hodl", {}) == "hodl");
}

TEST_CASE("no part of a secret is kept, in whatever shape and wherever the bound cuts") {
  for (const std::string& shape : kShapes) {
    CAPTURE(shape);
    for (std::size_t before = kKeptBodyMax - 2 * shape.size(); before <= kKeptBodyMax; ++before) {
      CAPTURE(before);
      const std::string kept = kept_body(std::string(before, ' ') + shape + " end", kSecrets);
      CHECK(kept.size() <= kKeptBodyMax);
      CHECK_FALSE(shows_a_secret(kept));
    }
  }
}

TEST_CASE("where much is taken out, what follows is kept no more than what is looked at") {
  std::string body;
  for (int i = 0; i < 400; ++i) body += kShapes[static_cast<std::size_t>(i) % 4] + " ";
  const std::string kept = kept_body(body, kSecrets);
  CHECK(kept.starts_with("*** *** *** *** "));
  CHECK_FALSE(shows_a_secret(kept));
  // Of a token that is not ours no part stays either.
  const std::string token = "1234567:" + std::string(35, 't');
  for (std::size_t before = 1'940; before <= 2'000; ++before) {
    CAPTURE(before);
    const std::string text = "secret=\"" + std::string(before, 'x') + "\" " + token;
    CHECK(kept_body(text, kSecrets).find('t', 12) == std::string::npos);
  }
}

TEST_CASE("what is kept is bounded, and UTF-8 whatever came") {
  for (const std::string& body :
       {std::string(70'000, ' '), std::string(600, '\xFF'), std::string(499, ' ') + "\xC3\xA9"}) {
    const std::string kept = kept_body(body, kSecrets);
    CHECK(kept.size() <= kKeptBodyMax);
    CHECK(kept.size() > kKeptBodyMax - 4);
    CHECK(is_utf8(kept));
  }
}

}  // namespace botbox
