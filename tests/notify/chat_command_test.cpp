// What somebody writes in a chat, and templates of messages to programs.
#include "engine/notify/chat_command.hpp"

#include <doctest/doctest.h>

#include <set>
#include <vector>

#include "engine/notify/message_template.hpp"

namespace botbox {

TEST_CASE("a command is read with its words, whoever is addressed and however it is spelled") {
  struct Row {
    std::string text, command, first, rest;
  };
  const std::vector<Row> table{
      {"/status", "status", "", ""},
      {"  /Status@botbox_bot  rsi-btc ", "status", "rsi-btc", ""},
      {"/why rsi-btc 2024-03-01T14:05", "why", "rsi-btc", "2024-03-01T14:05"},
      {"/pause rsi-btc too much  noise ", "pause", "rsi-btc", "too much  noise"},
      {"/confirm\n0042", "confirm", "0042", ""},
  };
  for (const Row& row : table) {
    CAPTURE(row.text);
    const auto words = parse_chat(row.text);
    REQUIRE(words.has_value());
    CHECK(words->command == row.command);
    CHECK(words->first == row.first);
    CHECK(words->rest == row.rest);
  }
  for (const std::string text : {"", "   ", "hello /status", "/", "no"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_chat(text).has_value());
  }
}

TEST_CASE("a command may be addressed to one bot, whose name is read in any case") {
  CHECK(parse_chat("/Status@BotBox_Bot rsi")->to == "botbox_bot");
  CHECK(parse_chat("/status")->to.empty());
  for (const std::string text : {"/stop", "/stop@NIGHTBOT now", "/stop@"})
    CHECK(is_chat_command_for("NightBot", text));
  for (const std::string text : {"/stop@other", "/stop@night", "words @NightBot", ""})
    CHECK_FALSE(is_chat_command_for("NightBot", text));
}

TEST_CASE("the names that people know are there, and each stands in the help") {
  const std::string help = chat_help();
  for (const std::string name :
       {"status",  "profit", "balance",   "trades",        "daily",       "stop",  "start",
        "pause",   "resume", "forceexit", "reload_config", "performance", "count", "logs",
        "version", "help",   "why",       "locks",         "health",      "check"}) {
    CAPTURE(name);
    CHECK(find_chat_command(name) != nullptr);
    CHECK(help.find("/" + name + " ") != std::string::npos);
  }
  CHECK(find_chat_command("stopentry") == find_chat_command("pause"));
  CHECK(find_chat_command("dance") == nullptr);
}

TEST_CASE("whatever stops or starts trading is asked back first") {
  for (const ChatCommand& command : chat_commands()) {
    CAPTURE(command.name);
    if (command.is_confirmed) CHECK(command.changes);
    CHECK(command.is_confirmed == (std::set<std::string_view>{"pause", "resume", "stop", "start",
                                                              "forceexit", "reload_config"}
                                       .contains(command.name)));
  }
}

TEST_CASE("a code is four digits of the message that asked") {
  std::set<std::string> codes;
  for (std::int64_t update = 0; update < 50; ++update) {
    const std::string code = confirm_code(-42, update);
    CHECK(code.size() == 4);
    CHECK(code.find_first_not_of("0123456789") == std::string::npos);
    CHECK(code == confirm_code(-42, update));
    codes.insert(code);
  }
  CHECK(codes.size() > 40);
}

TEST_CASE("a template is filled so that JSON stays JSON") {
  Notice notice{.sequence = 9,
                .at = {1'704'067'200'000},
                .kind = NoticeKind::kAlert,
                .bot = "a\"b",
                .text = "line\\ \"q\" \x01\xFF end",
                .event = "alert.raised"};
  CHECK(fill_template(R"({"t":"{text}","n":{sequence},"k":{"x":"{kind}"}})", notice, "e") ==
        R"({"t":"line\\ \"q\" \u0001)"
        "\xEF\xBF\xBD"
        R"( end","n":9,"k":{"x":"alert"}})");
  CHECK(fill_template("{{bot}} {bot} {knd} {", notice, "e") == "{bot} a\\\"b {knd} {");
  CHECK(fill_template("{at} {at_ms} {id} {engine} {event}", notice, "e") ==
        "2024-01-01T00:00:00.000Z 1704067200000 event-9 e alert.raised");
  CHECK(fill_template(R"({"n":{left_out}})", notice, "e") == R"({"n":0})");
  notice.left_out = 12;
  CHECK(fill_template(R"({"n":{left_out}})", notice, "e") == R"({"n":12})");
  CHECK(unknown_fields("{knd} {text} {\"a\":1} {{what}} {}") == std::vector<std::string>{"knd"});
}

TEST_CASE("who is asked back is told what would happen, to all or to one bot") {
  struct Row {
    std::string_view command;
    bool is_for_bot;
    std::string_view told;
  };
  const std::vector<Row> table{
      {"pause", false, "no entries, only closes"},
      {"pause", true, "no entries of this bot, it only leaves what it holds"},
      {"stop", false, "no orders at all, stops at the exchange stay"},
      {"stop", true, "no entries of this bot, it only leaves what it holds"},
      {"resume", false, "all goes on"},
      {"resume", true, "this bot goes on"},
      {"start", true, "this bot goes on"},
      {"forceexit", true, "close its positions"},
      {"reload_config", false, "read the configuration file again"}};
  for (const Row& row : table) {
    CAPTURE(row.command);
    const ChatCommand* command = find_chat_command(row.command);
    REQUIRE(command != nullptr);
    CHECK(chat_consequence(*command, row.is_for_bot) == row.told);
  }
}

TEST_CASE("the word all stands for every bot where a command knows it, and only there") {
  for (const ChatCommand& command : chat_commands()) {
    CAPTURE(command.name);
    const bool knows_all = command.name == "forceexit";
    CHECK(names_all(command, *parse_chat("/x all")) == knows_all);
    CHECK(names_all(command, *parse_chat("/x ALL news")) == knows_all);
    CHECK_FALSE(names_all(command, *parse_chat("/x all-in")));
    CHECK_FALSE(names_all(command, *parse_chat("/x")));
    CHECK((command.all_verb == "close_all") == knows_all);
  }
}

}  // namespace botbox
