// Strategies of one's own in the configuration, and the words for what is wrong with them.
#include "engine/strategy/rule/rule_strategy.hpp"
#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::config::test {
namespace {

const std::string kMine =
    "name = \"mine\"\n"
    "[parameters]\n"
    "dip = { default = 30, min = 5, max = 50, help = \"buy below\" }\n"
    "period = { default = 14, min = 1, max = 600, integer = true }\n"
    "[long]\n"
    "threshold = \"60%\"\n"
    "require = 'close > ema(50, \"1h\")'\n"
    "exit = 'rsi(period) > 55'\n"
    "[[long.factor]]\n"
    "name = \"cheap\"\n"
    "weight = 2\n"
    "when = 'rsi(period) < dip'\n"
    "[[long.factor]]\n"
    "name = \"calm\"\n"
    "when = \"\"\"\n"
    "close > open\n"
    "  and natr(14) < 5\"\"\"\n";

// The bot of the good config with this strategy; what follows belongs to the bot.
std::string bot_with(std::string_view strategy) {
  std::string text = good_config();
  const std::string_view before = "rsi_reversion";
  text.replace(text.find(before), before.size(), strategy);
  return text;
}

std::string inline_strategy(std::string text) {
  for (const std::string table : {"[parameters]", "[long]", "[[long.factor]]"})
    for (std::size_t at = 0; (at = text.find("\n" + table, at)) != text.npos; at += table.size()) {
      const std::size_t bracket = text.find_first_not_of('[', at + 1);
      text.insert(bracket, "strategy.");
    }
  return "[[strategy]]\n" + text;
}

std::string with_files(const std::string& text, const Files& files) {
  const ConfigResult result = parse_with_files(text, files);
  return result ? "" : to_string(result.error());
}

// What is said of the strategy file, one of whose lines reads otherwise.
std::string complaint(std::string_view before, std::string_view after) {
  std::string text = kMine;
  const std::size_t at = text.find(before);
  REQUIRE(at != text.npos);
  text.replace(at, before.size(), after);
  return with_files(bot_with("mine.toml"), {{"conf/mine.toml", text}});
}

}  // namespace

TEST_CASE("a strategy stands in the config or in a file beside it, and is the same in both") {
  const auto inlined = good(bot_with("mine") + inline_strategy(kMine));
  const auto filed =
      parse_with_files(bot_with("strategies/mine.toml"), {{"conf/strategies/mine.toml", kMine}});
  REQUIRE(filed.has_value());
  REQUIRE(inlined.bots.size() == 1);
  CHECK(inlined.bots == filed->bots);
  CHECK(inlined.strategies == filed->strategies);
  CHECK(inlined.bots[0].strategy == rule::identity_of(inlined.strategies[0]));
  CHECK(inlined.bots[0].parameters == std::vector<StrategyParameter>{{"dip", 30}, {"period", 14}});
  CHECK(inlined.catalogue.find(inlined.bots[0].strategy) != nullptr);
  const rule::StrategyDefinition& mine = inlined.strategies[0];
  CHECK(mine.long_side.threshold == 0.6);
  CHECK(mine.long_side.factors[0] == rule::FactorDefinition{"cheap", 2, "rsi(period) < dip"});
  CHECK(mine.long_side.factors[1].when == "close > open\n  and natr(14) < 5");
}

TEST_CASE("a bot's identity follows the rules of its strategy, not their layout") {
  const auto id = [](const std::string& text) {
    const auto config = parse_with_files(bot_with("a.toml"), {{"conf/a.toml", text}});
    REQUIRE(config.has_value());
    return config->bots[0].strategy;
  };
  std::string edited = kMine, laid_out = kMine;
  edited.replace(edited.find("> 55"), 4, "> 56");
  laid_out.insert(0, "# a comment\ndescription = \"words\"\n");
  CHECK(id(kMine) != id(edited));
  CHECK(id(kMine) == id(laid_out));
}

TEST_CASE("a bot may pin its strategy's content, and is told when that has been edited") {
  const Files none;
  const auto mine = good(bot_with("mine") + inline_strategy(kMine)).bots[0].strategy;
  CHECK(problems_of(bot_with(mine.value) + inline_strategy(kMine)).empty());
  CHECK(problems_of(bot_with("mine@000000000000") + inline_strategy(kMine)) ==
        "conf/demo.toml:6:12: bot.strategy: 'mine' has been edited since (write \"" + mine.value +
            "\", or the name alone)\n");
}

TEST_CASE("what is wrong in a rule is shown at its character in its file") {
  CHECK(
      complaint("'rsi(period) < dip'", "'rsii(period) < dip'") ==
      "conf/mine.toml:12:9: strategy.long.factor.when: 'rsii' is not known (did you mean rsi?)\n");
  CHECK(complaint("natr(14) < 5", "natr(14) < fife") ==
        "conf/mine.toml:17:18: strategy.long.factor.when: 'fife' is not known (use a number of the "
        "candle, an indicator or a parameter)\n");
  CHECK(complaint("\"1h\")'", "\"1x\")'")
            .starts_with("conf/mine.toml:7:28: strategy.long.require: "));
  CHECK(complaint("exit = 'rsi(period) > 55'", "exit = 'rsi(period)'") ==
        "conf/mine.toml:8:9: strategy.long.exit: this is a number, not a condition (compare it: "
        "rsi(14) < 35)\n");
}

TEST_CASE("a bot whose inline strategy cannot be used is told of that alone") {
  const auto told = [](std::string_view rule) {
    std::string text = kMine;
    const std::string_view before = "'rsi(period) < dip'";
    text.replace(text.find(before), before.size(), rule);
    return problems_of(bot_with("mine") + inline_strategy(text));
  };
  CHECK(told("'rsi(period) < dip'").empty());
  CHECK(told("'rsii(period) < dip'") ==
        "conf/demo.toml:23:9: strategy.long.factor.when: 'rsii' is not known (did you mean "
        "rsi?)\n");
  CHECK(problems_of(bot_with("mime") + inline_strategy(kMine)).find("did you mean \"mine\"?") !=
        std::string::npos);
}

TEST_CASE("a rule that needs more candles than are kept is shown where it stands") {
  CHECK(complaint("'rsi(period) < dip'", "'close > sma(600)'") ==
        "conf/mine.toml:12:9: strategy.long.factor.when: needs 600 candles, the engine keeps 500 "
        "(use shorter periods, or a longer timeframe)\n");
  CHECK(complaint("'close > ema(50, \"1h\")'", "'close > sma(501, \"1h\")'") ==
        "conf/mine.toml:7:12: strategy.long.require: needs 501 candles of 1h, the engine keeps 500 "
        "(use shorter periods, or a longer timeframe)\n");
  CHECK(complaint("'rsi(period) < dip'", "'close > sma(500)'").empty());
}

TEST_CASE("what is wrong around the rules is named as well") {
  const std::string when = "name = \"calm\"\nwhen = ";
  CHECK(complaint("threshold = \"60%\"", "threshold = 1.5") ==
        "conf/mine.toml:6:13: strategy.long.threshold: must be between 0 and 1, is '1.5' (write "
        "\"1.5%\" if percent is meant)\n");
  CHECK(complaint("name = \"calm\"", "name = \"cheap\"") ==
        "conf/mine.toml:13:1: strategy.long.factor: 'cheap' is the name of another factor (rename "
        "one)\n");
  CHECK(complaint("weight = 2", "weigth = 2") ==
        "conf/mine.toml:11:1: strategy.long.factor.weigth: unknown key (did you mean weight?)\n");
  CHECK(complaint("default = 30", "default = 60") ==
        "conf/mine.toml:3:7: strategy.parameters.dip: its default 60 is not between 5 and 50 "
        "(correct default, min or max)\n");
  CHECK(complaint("name = \"mine\"", "name = \"mine\"\nregimes = [\"quiet\", \"wild\"]") ==
        "conf/mine.toml:2:21: strategy.regimes: 'wild' is not a regime (use some of trending, "
        "ranging, volatile, quiet)\n");
  CHECK(complaint("dip = {", "close = {")
            .starts_with("conf/mine.toml:3:1: strategy.parameters.close: is a word of the rules "
                         "already (choose "
                         "another name of a-z, 0-9 and '_')\n"));
  CHECK(complaint("name = \"mine\"", "name = \"ema_cross\"") ==
        "conf/mine.toml:1:8: strategy.name: 'ema_cross' is the name of another strategy (choose a "
        "name of its own)\n");
  CHECK(with_files(bot_with("none.toml"), {}) ==
        "conf/demo.toml:6:12: bot.strategy: there is no readable file conf/none.toml (correct the "
        "path; it starts at the folder of this config file)\n");
  CHECK(with_files(bot_with("mine.toml"), {{"conf/mine.toml", "name = [}"}})
            .starts_with("conf/mine.toml:1:9: strategy: is not TOML: "));
  CHECK(with_files(bot_with("mine.toml"), {{"conf/mine.toml", "name = \"a\"\n"}}) ==
        "conf/mine.toml:1:1: strategy.long: is missing (write [long] and at least one "
        "[[long.factor]])\n");
}

TEST_CASE("parameters and timeframes with which a strategy makes no sense are the bot's problem") {
  const Files files{{"conf/mine.toml", kMine}};
  CHECK(
      with_files(bot_with("mine.toml") + "[bot.parameters]\nperiod = 1\n", files) ==
      "conf/demo.toml:11:1: bot.parameters: mine cannot run bot rsi-btc on 15m: period = 1 is not "
      "possible in rsi (period is a whole number from 2 to 10000)\n");
  CHECK(with_files(bot_with("mine.toml") + "[bot.parameters]\nperiod = 600\n", files) ==
        "conf/demo.toml:11:1: bot.parameters: mine cannot run bot rsi-btc on 15m: its rules need "
        "601 candles of 15m, the engine keeps 500 (use shorter periods, or a longer timeframe)\n");
  std::string slow = bot_with("mine.toml");
  slow.replace(slow.find("15m"), 3, "1d");
  CHECK(
      with_files(slow, files) ==
      "conf/demo.toml:6:12: bot.parameters: mine cannot run bot rsi-btc on 1d: 1h is shorter than "
      "the bot's timeframe 1d (a rule reads the bot's timeframe and longer ones)\n");
}

TEST_CASE("the masked text holds a strategy of one's own and reads back as the same config") {
  const EngineConfig config = good(bot_with("mine") + inline_strategy(kMine));
  const std::string text = to_masked_text(config);
  CAPTURE(text);
  const ConfigResult again = parse(text);
  REQUIRE_MESSAGE(again.has_value(),
                  to_string(again ? std::vector<ConfigProblem>{} : again.error()));
  CHECK(*again == config);
}

TEST_CASE("every shipped strategy is named after its file and says what it is") {
  const StrategyCatalogue all = shipped_catalogue();
  REQUIRE(shipped_files().size() >= 8);
  for (const ShippedFile& file : shipped_files()) {
    CAPTURE(std::string(file.name));
    const std::string name(file.name.substr(0, file.name.rfind('.')));
    const StrategyId id = all.id_of(name);
    REQUIRE(rule::name_of(id) == name);
    REQUIRE(all.find(id) != nullptr);
    for (const StrategySchema& schema : all.schemas()) {
      if (schema.name != name) continue;
      CHECK_FALSE(schema.description.empty());
      for (const ParameterSchema& parameter : schema.parameters)
        CHECK_FALSE(parameter.help.empty());
    }
  }
}

TEST_CASE(
    "every shipped strategy runs on every usual timeframe, with each parameter at its bounds") {
  const StrategyCatalogue all = shipped_catalogue();
  for (const StrategySchema& schema : all.schemas()) {
    CAPTURE(schema.name);
    const auto strategy = all.find({schema.name});
    for (const char* frame : {"1m", "5m", "15m", "1h"}) {
      BotConfig bot;
      bot.timeframe = *Timeframe::parse(frame);
      for (const ParameterSchema& parameter : schema.parameters)
        for (const double value : {parameter.min, parameter.max}) {
          CAPTURE(parameter.name);
          bot.parameters = {{parameter.name, value}};
          const auto prepared = strategy->prepared(bot);
          CHECK_MESSAGE(prepared.has_value(), (prepared ? "" : to_string(prepared.error())));
        }
    }
  }
}

TEST_CASE("candles that a venue does not have are refused, whoever wants to look at them") {
  const auto at = [](const std::string& kind, std::string text, const std::string& timeframe) {
    text.replace(text.find("15m"), 3, timeframe);
    return "[exchange]\nkind = \"" + kind + "\"\n" + text.substr(text.find("[[bot]]"));
  };
  const std::string fix = " (choose one of 1m 3m 5m 15m 30m 1h 2h 4h 6h 12h 1d 1w)\n";
  for (const std::string timeframe : {"8h", "3d"})
    CHECK(problems_of(at("bybit-spot", good_config(), timeframe)) ==
          "conf/demo.toml:7:13: bot.timeframe: bybit-spot has no candles of " + timeframe + fix);
  for (const std::string timeframe : {"12h", "1w"})
    CHECK(problems_of(at("bybit-spot", good_config(), timeframe)).empty());
  for (const std::string timeframe : {"8h", "3d"})
    CHECK(problems_of(at("binance-spot", good_config(), timeframe)).empty());

  std::string longer = kMine;
  longer.replace(longer.find("\"1h\""), 4, "\"8h\"");
  const Files files{{"conf/mine.toml", longer}};
  CHECK(with_files(at("bybit-spot", bot_with("mine.toml"), "1h"), files) ==
        "conf/demo.toml:5:12: bot.strategy: mine looks at candles of 8h, which bybit-spot does not "
        "have" +
            fix);
  CHECK(with_files(at("binance-spot", bot_with("mine.toml"), "1h"), files).empty());
}

}  // namespace botbox::config::test
