#include "engine/webhook/unread_secret.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "engine/webhook/alert.hpp"

namespace botbox {

TEST_CASE("a secret is found in a body that cannot be read, where it is written like one") {
  struct Row {
    std::string_view body, found;
  };
  const std::vector<Row> table{
      {R"({"action":"buy","secret":"k-1",})", "k-1"},
      {R"({"SECRET" : "k-1")", "k-1"},
      {R"({'secret':'k-1'})", "k-1"},
      {R"({secret: k-1})", "k-1"},
      {R"({"a":"secret","secret":"k-1")", "k-1"},
      {R"({"secrets":"no","my_secret":"no","secret":"k-1")", "k-1"},
      {R"({"secret":"","x":1,"secret":"k-1"})", "k-1"},
      {"buy now, secret=k-1; thanks", "k-1"},
      {"buy\nsecret:\tk-1\nnow", "k-1"},
      {"secret = \"k 1\"", "k 1"},
      {"the secret is k-1", ""},
      {"secret", ""},
      {"secret=", ""},
      {"secret=\"", ""},
      {"secret=\"k-1", "k-1"},
      {"", ""},
  };
  for (const Row& row : table) {
    CAPTURE(std::string(row.body));
    CHECK(unread_secret(row.body, "secret") == row.found);
  }
  CHECK(unread_secret("secret=" + std::string(10'000, 'x'), "secret").size() == 4'096);
}

TEST_CASE("where the secret of an unreadable body is looked for, its source says") {
  CHECK(secret_in(R"({"passphrase":"k-1",)") == "k-1");
  CHECK(secret_in(R"({"auth":{"key":"k-1"},"secret":"k-2",})", {{"secret", "auth.key"}}) == "k-1");
  CHECK(secret_in("buy BTCUSDT please, token=k-1") == "k-1");
  // A path without a last name leads nowhere, and is not looked for without end.
  CHECK(secret_in(R"({"auth":{"key":"k-1"},)", {{"secret", "auth."}}).empty());
  CHECK(secret_in("buy BTCUSDT please, token=k-1", {{"secret", " "}}).empty());
  // What can be read has its secret where it has it.
  CHECK(secret_in(R"({"auth":{"secret":"k-1"}})").empty());
  CHECK(secret_in(R"({"note":"secret=k-1"})").empty());
}

}  // namespace botbox
