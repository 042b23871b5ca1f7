#include <doctest/doctest.h>

#include "engine/webhook/source_rules.hpp"
#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {
namespace {

const std::string kWebhook = good_config() + R"([webhook]
address = "0.0.0.0"
port = 8701
trusted_proxies = "10.0.0.0/8"
delay_max = "2h"
[[webhook.source]]
name = "tv"
secret_file = "tv.secret"
addresses = ["tradingview", "127.0.0.1"]
bots = ["rsi-btc", "trend-*"]
per_minute = 60
[webhook.source.mapping]
action = "data.What"
)";

}  // namespace

TEST_CASE("without a webhook section nobody listens") {
  CHECK_FALSE(good(good_config()).webhook.has_value());
}

TEST_CASE("a webhook section is read in full") {
  const EngineConfig config = good(kWebhook, {}, {"conf/tv.secret"});
  REQUIRE(config.webhook.has_value());
  const WebhookSection& webhook = *config.webhook;
  CHECK(webhook.address == "0.0.0.0");
  CHECK(webhook.port == 8701);
  CHECK(webhook.trusted_proxies == std::vector<std::string>{"10.0.0.0/8"});
  CHECK(webhook.delay_max == Duration{7'200'000});
  REQUIRE(webhook.sources.size() == 1);
  const WebhookSourceSection& source = webhook.sources[0];
  CHECK(source.secret_file == "conf/tv.secret");
  CHECK(source.addresses.size() == tradingview_addresses().size() + 1);
  CHECK(source.bots == std::vector<std::string>{"rsi-btc", "trend-*"});
  CHECK(to_masked_text(config).find(R"(bots = ["rsi-btc", "trend-*"])") != std::string::npos);
  CHECK(source.per_minute == 60);
  CHECK(source.mapping == AlertMapping{{"action", "data.what"}});
}

TEST_CASE("sources and proxies are named by networks of IPv6 too") {
  std::string text = kWebhook;
  const auto put = [&](std::string_view from, std::string_view to) {
    text.replace(text.find(from), from.size(), to);
  };
  put("\"10.0.0.0/8\"", "[\"fd00::/8\", \"10.0.0.1\"]");
  put("[\"tradingview\", \"127.0.0.1\"]", "[\"2001:db8::/32\", \"::1\"]");
  const EngineConfig config = good(text, {}, {"conf/tv.secret"});
  CHECK(config.webhook->trusted_proxies == std::vector<std::string>{"fd00::/8", "10.0.0.1"});
  CHECK(config.webhook->sources.at(0).addresses ==
        std::vector<std::string>{"2001:db8::/32", "::1"});
}

TEST_CASE("a secret comes from the environment or a file, and is never shown") {
  const std::string text = good_config() + "[webhook]\n[[webhook.source]]\nname = \"t-v\"\n";
  const EngineConfig config =
      good(text, {{"BOTBOX__WEBHOOK__SOURCE__T_V__SECRET", "correct horse"}});
  CHECK(config.webhook->sources[0].secret == "correct horse");
  CHECK(to_masked_text(config).find("correct horse") == std::string::npos);
  CHECK(problems_of(text + "secret = \"correct horse\"\n")
            .find("webhook.source.secret: must not stand in the configuration") !=
        std::string::npos);
  CHECK(problems_of(text).find("webhook.source.secret_file") != std::string::npos);
  CHECK(
      problems_of(text, {{"BOTBOX__WEBHOOK__SOURCE__T_V__SECRET", "short"}}).find("is too short") !=
      std::string::npos);
}

TEST_CASE("what is wrong with a webhook section is named") {
  struct Row {
    std::string from, to, problem;
  };
  const std::vector<Row> table{
      {"address = \"0.0.0.0\"", "address = \"localhost\"", "is not an address of this machine"},
      {"port = 8701", "port = 70000", "webhook.port"},
      {"port = 8701", "certificate_file = \"c.pem\"", "there is no readable file conf/c.pem"},
      {"port = 8701", "certificate_file = \"tv.secret\"", "TLS takes a certificate and its key"},
      {"\"127.0.0.1\"]", "\"example.com\"]", "'example.com' is not an address"},
      {"\"127.0.0.1\"]", "\"example.com\"]", "conf/demo.toml:19:"},
      {"\"127.0.0.1\"]", "\"2001:db8::/129\"]",
       "webhook.source.addresses: '2001:db8::/129' has a prefix that is not a number from 0 to 128 "
       "(write 52.89.214.238, 10.0.0.0/8, ::1, 2001:db8::/32, * or tradingview)"},
      {"\"127.0.0.1\"]", "\"::ffff:10.0.0.0/8\"]", "whose prefix is 96 to 128"},
      {"\"10.0.0.0/8\"", "\"10.0.0.0/33\"", "webhook.trusted_proxies: '10.0.0.0/33' has a prefix"},
      {"\"10.0.0.0/8\"", "\"10.0.0.0/33\"", "conf/demo.toml:14:"},
      {"\"10.0.0.0/8\"", "\"*\"", "'*' would trust everybody"},
      {"\"10.0.0.0/8\"", "[\"10.0.0.1\", \"0.0.0.0/0\"]", "'0.0.0.0/0' would trust everybody"},
      {"\"10.0.0.0/8\"", "[\"10.0.0.1\", \"::/0\"]", "'::/0' would trust everybody"},
      {"\"2h\"", "\"31d\"", "webhook.delay_max"},
      {"action = ", "acton = ", "did you mean action?"},
      {"\"trend-*\"", "\"Trend-*\"", "'Trend-*' is not the id of a bot"},
      {"[\"rsi-btc\", \"trend-*\"]", "[]", "names no bot"},
      {"per_minute = 60", "per_minute = 0", "webhook.source.per_minute"},
      {"tv.secret", "none.secret", "there is no readable file conf/none.secret"},
  };
  for (const Row& row : table) {
    std::string text = kWebhook;
    text.replace(text.find(row.from), row.from.size(), row.to);
    CAPTURE(row.to);
    const std::string problems = problems_of(text, {}, {"conf/tv.secret"});
    CHECK_MESSAGE(problems.find(row.problem) != std::string::npos, problems);
  }
  CHECK(problems_of(good_config() + "[webhook]\n").find("webhook.source") != std::string::npos);
}

}  // namespace botbox::config::test
