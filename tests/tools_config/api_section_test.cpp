#include <doctest/doctest.h>

#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {
namespace {

const std::string kApi = good_config() + R"([api]
address = "127.0.0.1"
port = 8701
hosts = ["bots.example.org"]
origins = ["http://localhost:3000"]
anonymous = "read"
[[api.token]]
name = "alice"
role = "operate"
secret_file = "alice.token"
)";

}  // namespace

TEST_CASE("without an api section there is no API") {
  CHECK_FALSE(good(good_config()).api.has_value());
}

TEST_CASE("an api section is read in full, and shown without secrets") {
  const EngineConfig config = good(kApi, {}, {"conf/alice.token"});
  REQUIRE(config.api.has_value());
  CHECK(config.api->port == 8701);
  CHECK(config.api->hosts == std::vector<std::string>{"bots.example.org"});
  CHECK(config.api->origins == std::vector<std::string>{"http://localhost:3000"});
  CHECK(config.api->anonymous == ApiRole::kRead);
  REQUIRE(config.api->tokens.size() == 1);
  CHECK(config.api->tokens[0].role == ApiRole::kOperate);
  CHECK(config.api->tokens[0].secret_file == "conf/alice.token");
  const std::string text = good_config() + "[api]\n[[api.token]]\nname = \"al-ice\"\n";
  const EngineConfig other = good(text, {{"BOTBOX__API__TOKEN__AL_ICE__SECRET", "correct horse"}});
  CHECK(other.api->tokens[0].secret == "correct horse");
  CHECK(other.api->anonymous == ApiRole::kNone);
  CHECK(to_masked_text(other).find("correct horse") == std::string::npos);
  CHECK(to_masked_text(other).find("[[api.token]]") != std::string::npos);
}

TEST_CASE("what is wrong with an api section is named") {
  struct Row {
    std::string from, to, problem;
  };
  const std::vector<Row> table{
      {"127.0.0.1", "0.0.0.0", "api.anonymous: needs an address that only this machine can reach"},
      {"\"read\"\n[[", "\"all\"\n[[", "api.anonymous"},
      {"port = 8701", "port = 70000", "api.port"},
      {"bots.example.org", "http://bots", "is not a name of this machine"},
      {"http://localhost:3000", "http://localhost:3000/", "is not the origin of a page"},
      {"http://localhost:3000", "*", "is not the origin of a page"},
      {"\"operate\"", "\"root\"", "api.token.role"},
      {"alice.token", "none.token", "there is no readable file conf/none.token"},
      {"secret_file = \"alice.token\"", "secret = \"correct horse\"",
       "api.token.secret: must not stand in the configuration"},
      {"name = \"alice\"", "nam = \"alice\"", "did you mean name?"},
  };
  for (const Row& row : table) {
    std::string text = kApi;
    text.replace(text.find(row.from), row.from.size(), row.to);
    CAPTURE(row.to);
    const std::string problems = problems_of(text, {}, {"conf/alice.token"});
    CHECK_MESSAGE(problems.find(row.problem) != std::string::npos, problems);
  }
}

TEST_CASE("anybody may operate the embedded paper exchange, and no other") {
  const std::string paper = good_config() + "[api]\nanonymous = \"operate\"\n";
  CHECK(good(paper).api->anonymous == ApiRole::kOperate);
  const std::string remote =
      paper + "[exchange]\nkind = \"paper-http\"\nurl = \"http://127.0.0.1:8600\"\n";
  CHECK(problems_of(remote).find("api.anonymous: lets anybody on this machine trade") !=
        std::string::npos);
}

TEST_CASE("freqtrade's names for the API's section mean the same") {
  const EngineConfig config =
      good(good_config() +
           "[api_server]\nlisten_ip_address = \"127.0.0.1\"\nlisten_port = 8080\n"
           "CORS_origins = [\"http://localhost:3000\"]\n");
  REQUIRE(config.api.has_value());
  CHECK(config.api->address == "127.0.0.1");
  CHECK(config.api->port == 8080);
  CHECK(config.api->origins == std::vector<std::string>{"http://localhost:3000"});
  const EngineConfig other =
      good(good_config() + "[api_server]\n", {{"BOTBOX__API_SERVER__LISTEN_PORT", "8081"}});
  REQUIRE(other.api.has_value());
  CHECK(other.api->port == 8081);
  CHECK(problems_of(good_config() + "[api]\n[api_server]\n")
            .find("api_server: api is set twice, once under another name (keep one)") !=
        std::string::npos);
  CHECK(problems_of(good_config() + "[api_server]\njwt_secret_key = \"x\"\n")
            .find("api.jwt_secret_key: unknown key (not needed: ") != std::string::npos);
}

}  // namespace botbox::config::test
