#include <doctest/doctest.h>

#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {
namespace {

const std::string kTold = good_config() + R"([notify]
age_max = "12h"
[notify.levels]
signal = "off"
order_skipped = "silent"
[[notify.webhook]]
name = "ops"
url = "https://ops.example/hooks/abc"
secret_file = "ops.secret"
[notify.webhook.levels]
alert = "off"
[notify.webhook.templates]
status = '{"say":"{text}"}'
[[notify.webhook]]
name = "room"
shape = "discord"
url_file = "room.url"
[telegram]
token_file = "telegram.token"
url = "http://127.0.0.1:8081"
[[telegram.chat]]
name = "alice"
id = 42
role = "operate"
[[telegram.chat]]
name = "team"
id = -100123
users = [7, 8]
[telegram.chat.levels]
status = "silent"
)";
const std::set<std::string> kToldFiles{"conf/ops.secret", "conf/room.url", "conf/telegram.token"};

}  // namespace

TEST_CASE("without the sections nobody is told") {
  const EngineConfig config = good(good_config());
  CHECK_FALSE(config.telegram.has_value());
  CHECK(config.notify == NotifySection{});
}

TEST_CASE("who is told, how loudly, and who may give commands is read in full") {
  const EngineConfig config = good(kTold, {}, kToldFiles);
  CHECK(config.notify.age_max == Duration{43'200'000});
  CHECK(config.notify.levels[NoticeKind::kSignal] == NoticeLevel::kOff);
  CHECK(config.notify.levels[NoticeKind::kAlert] == NoticeLevel::kOn);
  REQUIRE(config.notify.webhooks.size() == 2);
  const NotifyWebhookSection& ops = config.notify.webhooks[0];
  CHECK(ops.levels[NoticeKind::kAlert] == NoticeLevel::kOff);
  CHECK(ops.levels[NoticeKind::kSignal] == NoticeLevel::kOff);
  CHECK(ops.templates.at(NoticeKind::kStatus) == R"({"say":"{text}"})");
  CHECK(ops.secret_file == "conf/ops.secret");
  CHECK(config.notify.webhooks[1].shape == WebhookShape::kDiscord);
  CHECK(config.notify.webhooks[1].url_file == "conf/room.url");
  REQUIRE(config.telegram.has_value());
  CHECK(config.telegram->has_commands);
  REQUIRE(config.telegram->chats.size() == 2);
  CHECK(config.telegram->chats[0].role == ApiRole::kOperate);
  CHECK(config.telegram->chats[1].id == -100123);
  CHECK(config.telegram->chats[1].role == ApiRole::kRead);
  CHECK(config.telegram->chats[1].users == std::vector<std::int64_t>{7, 8});
  CHECK(config.telegram->chats[1].levels[NoticeKind::kStatus] == NoticeLevel::kSilent);
}

TEST_CASE("the environment gives token, address and secret, and nothing shows them") {
  std::string text = kTold;
  text.replace(text.find("token_file = \"telegram.token\"\n"), 30, "");
  text.replace(text.find("url_file = \"room.url\"\n"), 22, "");
  const EngineConfig config =
      good(text,
           {{"BOTBOX__TELEGRAM__TOKEN", "123:correct-horse"},
            {"BOTBOX__NOTIFY__WEBHOOK__ROOM__URL", "https://discord.example/battery-staple"}},
           kToldFiles);
  CHECK(config.telegram->token == "123:correct-horse");
  CHECK(config.notify.webhooks[1].url == "https://discord.example/battery-staple");
  const std::string shown = to_masked_text(config);
  CHECK(shown.find("correct-horse") == std::string::npos);
  CHECK(shown.find("battery-staple") == std::string::npos);
  CHECK(shown.find("hooks/abc") == std::string::npos);
  CHECK(shown.find("https://ops.example/***") != std::string::npos);
}

TEST_CASE("what is wrong with who is told is named, with its place and a fix") {
  struct Row {
    std::string from, to, problem;
  };
  const std::vector<Row> table{
      {"signal = \"off\"", "signal = \"loud\"", "notify.levels.signal"},
      {"signal = \"off\"", "signals = \"off\"", "did you mean signal?"},
      {"age_max = \"12h\"", "age_max = \"1s\"", "notify.age_max"},
      {"{text}", "{txt}", "'{txt}' is no field of a notice"},
      {"https://ops.example/hooks/abc", "ops.example", "notify.webhook.url: is no address"},
      {"secret_file = \"ops.secret\"", "secret = \"correct horse\"",
       "notify.webhook.secret: must not stand in the configuration"},
      {"url_file = \"room.url\"", "url = \"https://discord.example/x\"",
       "notify.webhook.url: must not stand in the configuration"},
      {"name = \"room\"", "name = \"ops\"", "two have the same name"},
      {"ops.secret", "none.secret", "there is no readable file conf/none.secret"},
      {"token_file = \"telegram.token\"", "token = \"1:abc\"",
       "telegram.token: must not stand in the configuration"},
      {"http://127.0.0.1:8081", "telegram", "telegram.url: is no address"},
      {"id = 42", "id = -100123", "two chats have the same name or id"},
      {"\"operate\"", "\"root\"", "telegram.chat.role"},
      {"[7, 8]", "[\"ann\"]", "'ann' is no id of a user"},
      {"status = \"silent\"", "status = \"loud\"", "telegram.chat.levels.status"},
  };
  for (const Row& row : table) {
    std::string text = kTold;
    text.replace(text.find(row.from), row.from.size(), row.to);
    CAPTURE(row.to);
    const std::string problems = problems_of(text, {}, kToldFiles);
    CHECK_MESSAGE(problems.find(row.problem) != std::string::npos, problems);
    CHECK(problems.find("conf/demo.toml:") != std::string::npos);
  }
}

TEST_CASE("freqtrade's chat_id is one chat, which is told and may look") {
  const std::string telegram = "[telegram]\ntoken_file = \"telegram.token\"\nchat_id = 42\n";
  const EngineConfig config = good(good_config() + telegram, {}, kToldFiles);
  REQUIRE(config.telegram.has_value());
  REQUIRE(config.telegram->chats.size() == 1);
  CHECK(config.telegram->chats[0].id == 42);
  CHECK(config.telegram->chats[0].role == ApiRole::kRead);
  const std::string both =
      good_config() + telegram + "[[telegram.chat]]\nname = \"alice\"\nid = 43\n";
  CHECK(problems_of(both, {}, kToldFiles).find("telegram.chat_id: stands beside") !=
        std::string::npos);
}

}  // namespace botbox::config::test
