// Bots that operators give to a running engine, beside those of the file.
#include <doctest/doctest.h>

#include "tests/tools_config/support.hpp"
#include "tools/config/bot_json.hpp"

namespace botbox::config::test {
namespace {

constexpr const char* kMine =
    "id = \"mine\"\nstrategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\nallocation = 500\n"
    "stake_amount = 50\n";

BotByHand by_hand(const std::string& id, const std::string& toml) {
  return {.id = {id}, .toml = toml, .in_file = {}, .is_new = true, .by = "alice", .at = {}};
}

ConfigResult parse_with(const std::vector<BotByHand>& given,
                        const std::string& text = good_config()) {
  return parse_config(
      text, "conf/demo.toml", {}, catalogue(), [](const std::string&) { return false; }, {}, given);
}

EngineConfig good_with(const std::vector<BotByHand>& given,
                       const std::string& text = good_config()) {
  auto read = parse_with(given, text);
  REQUIRE_MESSAGE(read.has_value(), to_string(read ? std::vector<ConfigProblem>{} : read.error()));
  return std::move(*read);
}

}  // namespace

TEST_CASE("a bot that an operator gave stands behind those of the file, with its defaults") {
  const EngineConfig config =
      good_with({by_hand("mine", kMine)}, good_config() + "[bot_defaults]\ntimeframe = \"5m\"\n");
  REQUIRE(config.bots.size() == 2);
  CHECK(config.bots[1].id.value == "mine");
  CHECK(config.bots[1].timeframe == Timeframe::parse("5m").value());
  CHECK(config.bots[1].stake == Decimal::literal("50"));
  REQUIRE(config.by_hand.size() == 1);
  CHECK_FALSE(config.by_hand[0].is_new);
  CHECK_FALSE(config.by_hand[0].in_file.has_value());
}

TEST_CASE("the newest word on a bot counts: an operator's, until the file says something else") {
  const std::string other =
      "[[bot]]\nid = \"rsi-btc\"\nstrategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\n"
      "timeframe = \"15m\"\nallocation = 9000\nstake_amount = 100\n";
  const EngineConfig first = good_with({by_hand("rsi-btc", other)});
  REQUIRE(first.bots.size() == 1);
  CHECK(first.bots[0].allocation.value == Decimal::literal("9000"));
  REQUIRE(first.by_hand.size() == 1);
  REQUIRE(first.by_hand[0].in_file.has_value());
  CHECK(first.by_hand[0].in_file->allocation.value == Decimal::literal("1000"));

  const EngineConfig again = good_with(first.by_hand);
  CHECK(again.bots == first.bots);
  CHECK(again.overruled.empty());

  const EngineConfig edited = good_with(first.by_hand, good_config() + "take_profit = \"9%\"\n");
  CHECK(edited.bots[0].allocation.value == Decimal::literal("1000"));
  CHECK(edited.overruled == std::vector<BotId>{{"rsi-btc"}});
  CHECK(edited.by_hand.empty());
}

TEST_CASE("a bot of the file under an operator's id is the newer word") {
  const EngineConfig first = good_with({by_hand("mine", kMine)});
  const EngineConfig later =
      good_with(first.by_hand, good_config() + "[[bot]]\n" + kMine + "take_profit = \"7%\"\n");
  CHECK(later.overruled == std::vector<BotId>{{"mine"}});
  CHECK(later.bots.size() == 2);
}

TEST_CASE("what an operator gives is checked as the file is, with every problem") {
  const auto refused =
      parse_with({by_hand("mine", std::string(kMine) + "stop_loss = 2\nchek_interval = \"1m\"\n")});
  REQUIRE_FALSE(refused.has_value());
  const std::string problems = to_string(refused.error());
  CHECK(problems.find("bot mine:7:") != std::string::npos);
  CHECK(problems.find("bot.stop_loss") != std::string::npos);
  CHECK(problems.find("did you mean check_interval?") != std::string::npos);
  for (const std::string& text :
       {std::string("id = "), std::string("[engine]\nmode = \"halted\"\n"),
        "[[bot]]\n" + std::string(kMine) + "[[bot]]\n" + kMine, std::string(kMine) + "count = 2\n"})
    CHECK_FALSE(parse_with({by_hand("mine", text)}).has_value());
  CHECK_FALSE(parse_with({by_hand("another", kMine)}).has_value());
}

TEST_CASE("a header is what TOML takes for one, not its text in a comment or in quotes") {
  const std::string body = kMine;
  for (const std::string& text :
       {"# one [[bot]] as in the file\n" + body, body + "# [[bot]]\n", "[[ bot ]]\n" + body,
        "[[\"bot\"]]  # [[bot]]\n" + body, "\n# mine\n\n  [[bot]]\n" + body,
        body + "[bot.exits]  # of [[bot]]\ntrailing = \"2%\"\n"}) {
    CAPTURE(text);
    CHECK(id_in_bot_toml(text).value() == "mine");
    CHECK(good_with({by_hand("mine", text)}).bots.size() == 2);
    CHECK(with_id(text, "mine").toml == text);
    CHECK(with_id(text, "mine").added_line == 0);
  }
}

TEST_CASE("an id that is left out is put below the header, wherever that stands") {
  const std::string body = "strategy = \"rsi_reversion\"\nsymbol = \"BTC/USDT\"\n";
  const std::string id = "id = \"mine\"\n";
  const auto named = [](const std::string& text) {
    const NamedBotToml made = with_id(text, "mine");
    CHECK(id_in_bot_toml(made.toml).value() == "mine");
    return made;
  };
  const NamedBotToml bare = named("# [[bot]]\n" + body);
  CHECK(bare.toml == id + "# [[bot]]\n" + body);
  CHECK(bare.added_line == 1);
  const NamedBotToml with_header = named("# [[bot]]\n\n[[ bot ]]  # mine\n" + body);
  CHECK(with_header.toml == "# [[bot]]\n\n[[ bot ]]  # mine\n" + id + body);
  CHECK(with_header.added_line == 4);
  const NamedBotToml with_table = named(body + "[bot.parameters]\nid = 5\n");
  CHECK(with_table.added_line == 1);
  CHECK(named("[[bot]]").toml == "[[bot]]\n" + id);
  const std::string inside = "bot = [{ strategy = \"rsi_reversion\" }]\n";
  CHECK(with_id(inside, "mine").toml == inside);
}

TEST_CASE("problems of a bot's text stand at the lines of its author, with a header and without") {
  const auto line_of = [](const std::string& text) {
    const auto refused = parse_with({by_hand("mine", text)});
    REQUIRE_FALSE(refused.has_value());
    return refused.error().front().line;
  };
  CHECK(line_of("# [[bot]]\n" + std::string(kMine) + "stop_loss = 2\n") == 7);
  CHECK(line_of("[[ bot ]]\n" + std::string(kMine) + "stop_loss = 2\n") == 7);
  CHECK(line_of("# [[bot]]\n" + std::string(kMine) + "stop_loss = = 2\n") == 7);
  CHECK(line_of("[[ bot ]]\n" + std::string(kMine) + "stop_loss = = 2\n") == 7);
}

TEST_CASE("a bot on candles that the venue does not have is not taken from an operator either") {
  const std::string bots = good_config().substr(good_config().find("[[bot]]"));
  const std::string mine = std::string(kMine) + "timeframe = \"3d\"\n";
  const auto read =
      parse_with({by_hand("mine", mine)}, "[exchange]\nkind = \"bybit-spot\"\n" + bots);
  REQUIRE_FALSE(read.has_value());
  CHECK(to_string(read.error()).find("bot.timeframe: bybit-spot has no candles of 3d (choose") !=
        std::string::npos);
}

TEST_CASE("a bot as JSON is the same bot, and its numbers keep their digits") {
  const auto toml = bot_toml(
      R"({"id":"mine","strategy":"rsi_reversion","symbol":"BTC/USDT","allocation":1234.567890123456,
          "stake_amount":"50","parameters":{"rsi_period":7,"oversold":25.5},
          "allow_list":["BTC/USDT","*/USDT"],"exits":{"trailing":"2%"}})");
  REQUIRE_MESSAGE(toml.has_value(), to_string(toml.has_value() ? Error{} : toml.error()));
  CHECK(id_in_bot_toml(*toml).value() == "mine");
  const EngineConfig config = good_with({by_hand("mine", *toml)});
  CHECK(config.bots[1].allocation.value == Decimal::literal("1234.567890123456"));
  CHECK(config.bots[1].parameters.front().value == 25.5);
  CHECK(config.bots[1].allow_list.size() == 2);
  CHECK(config.bots[1].plan.size() == 1);
}

TEST_CASE("only one JSON object is a bot, and no text of it can leave its quotes") {
  for (const char* text : {"", "[]", "1", "{", R"({"id":null})", R"({"id":"a"} x)"})
    CHECK_FALSE(bot_toml(text).has_value());
  const auto toml = bot_toml(R"({"id":"a\"\n[engine]\nmode = \"halted"})");
  REQUIRE(toml.has_value());
  CHECK(id_in_bot_toml(*toml).value() == "a\"\n[engine]\nmode = \"halted");
}

}  // namespace botbox::config::test
