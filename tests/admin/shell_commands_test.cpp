#include "tools/botboxctl/shell_commands.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "actors/operator_desk.hpp"
#include "tools/botboxctl/answer_text.hpp"

namespace botbox::ctl {
namespace {

Command parsed(const std::string& line) {
  const auto words = split_words(line);
  REQUIRE(words.has_value());
  auto command = parse_command(*words);
  REQUIRE_MESSAGE(command.has_value(), to_string(command.error()));
  return *command;
}

Error refused(const std::string& line) {
  const auto command = parse_command(split_words(line).value());
  REQUIRE_FALSE(command.has_value());
  return command.error();
}

nlohmann::json arguments(const std::string& line) {
  return nlohmann::json::parse(parsed(line).arguments_json());
}

// What an own process does; the desk does all others.
const std::set<std::string_view> kOwnVerbs{"backup", "log_level", "stop"};

std::set<std::string> names(std::string_view list, bool with_optional) {
  std::set<std::string> found;
  std::string name;
  for (const char c : std::string(list) + ' ') {
    if (c != ' ') {
      name += c;
      continue;
    }
    const bool is_optional = name.ends_with('?');
    if (is_optional) name.pop_back();
    if (!name.empty() && (with_optional || !is_optional)) found.insert(name);
    name.clear();
  }
  return found;
}

}  // namespace

TEST_CASE("a line is split at blanks, and quotes hold words together") {
  CHECK(split_words("  bot pause  a ").value() == std::vector<std::string>{"bot", "pause", "a"});
  CHECK(split_words("a 'b c' \"d 'e'\" ''").value() ==
        std::vector<std::string>{"a", "b c", "d 'e'", ""});
  CHECK(split_words("").value().empty());
  CHECK_FALSE(split_words("bot 'a").has_value());
}

TEST_CASE("arguments go by place, by name, and the last may take the rest") {
  CHECK(arguments("bot pause a news at noon") ==
        nlohmann::json{{"bot", "a"}, {"reason", "news at noon"}});
  CHECK(arguments("bot pause a") == nlohmann::json{{"bot", "a"}});
  CHECK(arguments("signals --bot a limit=5") == nlohmann::json{{"bot", "a"}, {"limit", "5"}});
  CHECK(arguments("signals --limit=5") == nlohmann::json{{"limit", "5"}});
  CHECK(arguments("pause-all") == nlohmann::json{{"mode", "reducing"}});
  CHECK(arguments("force-exit-all flash crash") == nlohmann::json{{"reason", "flash crash"}});
  // A reason may hold what looks like an argument.
  CHECK(arguments("bot pause a x=1")["reason"] == "x=1");
  CHECK(parsed("bots --json").json);
  CHECK(parsed("events --follow").follow);
}

TEST_CASE("what has a place may be named, as people do in a hurry") {
  CHECK(arguments("pause-all --reason 'flash crash'") ==
        nlohmann::json{{"mode", "reducing"}, {"reason", "flash crash"}});
  CHECK(arguments("bot pause --reason news a") == nlohmann::json{{"bot", "a"}, {"reason", "news"}});
  CHECK(arguments("bot pause --bot=a at noon") ==
        nlohmann::json{{"bot", "a"}, {"reason", "at noon"}});
  CHECK(arguments("mode --mode halted") == nlohmann::json{{"mode", "halted"}});
  CHECK(refused("bot pause --reason news").message == "BOT is missing");
  CHECK(refused("bot pause a --reason news at noon").message == "'at' is one word too many");
  CHECK(refused("bot show a --reason x").message == "there is no '--reason' here");
}

TEST_CASE("a command is found by its other words as well") {
  for (const auto& [words, means] : {std::pair{"journal stats", "journal"},
                                     {"actor tree", "actors"},
                                     {"drain", "stop"},
                                     {"log level debug", "log-level"},
                                     {"backup now /srv/copy", "backup"}})
    CHECK(parsed(words).spec->words == means);
  CHECK(arguments("backup now /srv/copy") == nlohmann::json{{"to", "/srv/copy"}});
}

TEST_CASE("a line that cannot be meant is refused with its usage") {
  CHECK(refused("dance").fix == "'help' lists all");
  CHECK(refused("bot").fix.find("bot pause") != std::string::npos);
  CHECK(refused("bot pause").message == "BOT is missing");
  CHECK(refused("bot pause").fix == "usage: bot pause BOT [REASON...]");
  CHECK(refused("bot show a b").message == "'b' is one word too many");
  CHECK(refused("bots --follow").message == "there is no '--follow' here");
  CHECK(refused("bots --limit").message == "--limit needs a value");
}

TEST_CASE("every command asks for what the desk knows, with the arguments that it takes") {
  for (const CommandSpec& spec : shell_commands()) {
    CAPTURE(spec.words);
    if (kOwnVerbs.contains(spec.verb)) continue;
    const actors::OperatorVerb* verb = actors::find_operator_verb(spec.verb);
    REQUIRE(verb != nullptr);
    CHECK((verb->needs == actors::OperatorRole::kOperate) == (spec.effect != Effect::kLook));
    const std::set<std::string> known = names(verb->arguments, true);
    std::set<std::string> sent = names(spec.options, true);
    for (const std::string& place : places_of(spec)) sent.insert(place == "file" ? "toml" : place);
    const std::string fixed(spec.fixed.substr(0, spec.fixed.find('=')));
    if (!fixed.empty()) sent.insert(fixed);
    for (const std::string& name : sent) CHECK_MESSAGE(known.contains(name), name);
    for (const std::string& name : names(verb->arguments, false))
      CHECK_MESSAGE(sent.contains(name), name);
  }
}

TEST_CASE("a file that a command names is sent as its text") {
  const auto path = std::filesystem::temp_directory_path() / "botbox-shell-commands.toml";
  std::ofstream(path) << "id = \"mine\"\n";
  Command command = parsed("bot create " + path.string());
  REQUIRE(command.read_file().has_value());
  CHECK(nlohmann::json::parse(command.arguments_json()) ==
        nlohmann::json{{"toml", "id = \"mine\"\n"}});
  std::filesystem::remove(path);
  Command missing = parsed("bot create " + path.string());
  const Result<void> read = missing.read_file();
  REQUIRE_FALSE(read.has_value());
  CHECK(read.error().code == ErrorCode::kNotFound);
}

TEST_CASE("everything that the desk can do can be typed") {
  // Made for pages and collectors, not for people at a prompt.
  const std::set<std::string_view> elsewhere{"documents", "equity", "candles", "prometheus"};
  for (const actors::OperatorVerb& verb : actors::operator_verbs()) {
    if (elsewhere.contains(verb.name) || verb.name.starts_with("ft_")) continue;
    const bool is_there = std::ranges::any_of(
        shell_commands(), [&](const CommandSpec& spec) { return spec.verb == verb.name; });
    CHECK_MESSAGE(is_there, verb.name);
  }
}

TEST_CASE("help teaches every command, and examples are commands") {
  const std::string all = help_text();
  for (const CommandSpec& spec : shell_commands()) {
    CAPTURE(spec.words);
    // In a column of its own.
    CHECK(all.find("  " + std::string(spec.words) + "  ") != std::string::npos);
    CHECK(help_text(spec).starts_with(spec.words));
    if (spec.example.empty()) continue;
    CHECK(parsed(std::string(spec.example)).spec == &spec);
  }
}

TEST_CASE("a list is a table, and says how to go on") {
  const auto page = nlohmann::ordered_json::parse(R"({"items":[
      {"id":"a","status":"ACTIVE","symbol":"BTC/USDT","next_check_at":1716000000000}],
      "next":"xyz"})");
  const std::string text = answer_text("bots", page);
  CHECK(text.find("STRATEGY") != std::string::npos);
  CHECK(text.find("2024-05-18 02:40:00") != std::string::npos);
  CHECK(text.find("more: --cursor xyz") != std::string::npos);
  const std::string counts = answer_text(
      "reasons",
      nlohmann::ordered_json::parse(R"({"items":[{"reason":"DATA_STALE","count":3}],"next":null,)"
                                    R"("counted_from":1704067200000,"is_complete":false})"));
  CHECK(counts.find("what happened before 2024-01-01T00:00:00.000Z is not counted") !=
        std::string::npos);
  CHECK(answer_text("bots", nlohmann::ordered_json::parse(R"({"items":[],"next":null})")) ==
        "nothing\n");
  // Records have the columns of `botbox inspect`, as many as a terminal takes.
  const auto trades = nlohmann::ordered_json::parse(R"({"items":[
      {"created_at":1716000000000,"bot":"a","symbol":"BTC/USDT","status":"COMPLETED","id":"t1",
       "error_message":"none"}],"next":null})");
  const std::string table = answer_text("trades", trades);
  CHECK(table.find("QUANTITY") != std::string::npos);
  CHECK(table.find("t1") != std::string::npos);
  CHECK(table.find("ERROR") == std::string::npos);
  // A list that nobody described shows its plain values.
  const std::string unknown = answer_text(
      "something", nlohmann::ordered_json::parse(R"({"items":[{"name":"n","deep":{"x":1}}]})"));
  CHECK(unknown.find("name") != std::string::npos);
  CHECK(unknown.find("deep") == std::string::npos);
}

TEST_CASE("actors are shown as a tree, each below its parent") {
  const auto answer = nlohmann::ordered_json::parse(R"({"items":[
      {"name":"engine","parent":null,"mailbox":null},
      {"name":"supervisor","parent":"engine","mailbox":0},
      {"name":"journal","parent":"engine","mailbox":17},
      {"name":"bots","parent":"supervisor","mailbox":null,"bots":12,"in_memory":11,"restarts":3},
      {"name":"trend-btc","parent":"bots","mailbox":null,"restarts":3,"failure":"boom"}],
      "next":null})");
  const std::string text = answer_text("actors", answer);
  const std::size_t supervisor = text.find("\n  supervisor");
  const std::size_t bots = text.find("\n    bots");
  const std::size_t bot = text.find("\n      trend-btc");
  const std::size_t journal = text.find("\n  journal");
  REQUIRE(journal != std::string::npos);
  CHECK(supervisor < bots);
  CHECK(bots < bot);
  CHECK(bot < journal);
  CHECK(text.find("17") != std::string::npos);
  CHECK(text.find("boom") != std::string::npos);
}

TEST_CASE("whatever the engine answers is shown, also what it should not") {
  for (const char* answer :
       {"null", "1", "\"text\"", "[]", "[1,2]", "{}", R"({"items":3})", R"({"items":[1,"a",null]})",
        R"({"items":[{}]})", R"({"mode":1})", R"({"toml":5})", R"({"a":{"b":[{"c":1}]}})"}) {
    const auto json = nlohmann::ordered_json::parse(answer);
    for (const char* verb : {"overview", "bots", "config", "why", "limiter", "actors", "journal"})
      CHECK(answer_text(verb, json).ends_with('\n'));
  }
}

}  // namespace botbox::ctl
