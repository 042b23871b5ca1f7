#include <set>

#include "tests/tools_config/support.hpp"

namespace botbox::config::test {

const std::string kMarkets =
    "[[paper.symbol]]\nsymbol = \"BTC/USDT\"\nprice = 60000\n"
    "[[paper.symbol]]\nsymbol = \"ETH/USDT:USDT\"\nprice = 3000\n"
    "[paper]\nstart_balance = 1000000000\n"
    "[bot_defaults]\nallocation = 10\nstake_amount = 1\nstrategy = \"rsi_reversion\"\n";

std::vector<std::string> ids_of(const EngineConfig& config) {
  std::vector<std::string> ids;
  for (const BotConfig& bot : config.bots) ids.push_back(bot.id.value);
  return ids;
}

double parameter_of(const BotConfig& bot, std::string_view name) {
  for (const StrategyParameter& parameter : bot.parameters)
    if (parameter.name == name) return parameter.value;
  FAIL("no parameter " << name);
  return 0;
}

TEST_CASE("a list of symbols makes one bot for each, with its market") {
  const EngineConfig config =
      good(kMarkets + "[[bot]]\nid = \"a\"\nsymbols = [\"BTC/USDT\", \"ETHUSDT.P\"]\n");
  CHECK(ids_of(config) == std::vector<std::string>{"a-btcusdt", "a-ethusdt-p"});
  CHECK(config.bots[0].market == MarketType::kSpot);
  CHECK(config.bots[1].market == MarketType::kLinear);
  CHECK(config.bots[1].symbol.value == "ETH/USDT:USDT");
  CHECK(config.bots[1].name == "a ETH/USDT:USDT");
}

TEST_CASE("a count makes numbered bots") {
  const EngineConfig config =
      good(kMarkets + "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\ncount = 3\n");
  CHECK(ids_of(config) == std::vector<std::string>{"a-001", "a-002", "a-003"});
  CHECK(config.bots[2].name == "a 003");
}

TEST_CASE("numbers of a large fleet have one width") {
  const EngineConfig config =
      good(kMarkets + "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\ncount = 10000\n");
  REQUIRE(config.bots.size() == 10'000);
  CHECK(config.bots.front().id.value == "a-00001");
  CHECK(config.bots.back().id.value == "a-10000");
}

TEST_CASE("symbols and a count multiply") {
  const EngineConfig config = good(
      kMarkets + "[[bot]]\nid = \"a\"\nsymbols = [\"BTC/USDT\", \"ETH/USDT:USDT\"]\ncount = 2\n");
  CHECK(ids_of(config) == std::vector<std::string>{"a-btcusdt-001", "a-btcusdt-002",
                                                   "a-ethusdt-p-001", "a-ethusdt-p-002"});
}

TEST_CASE("a spread reaches both bounds, takes every step once, and is the same each time") {
  const std::string text = kMarkets +
                           "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\ncount = 15\n"
                           "spread = { rsi_period = [7, 21], oversold = [20, 48] }\n";
  const EngineConfig config = good(text);
  std::set<double> periods;
  std::set<double> levels;
  std::size_t in_step = 0;
  for (const BotConfig& bot : config.bots) {
    periods.insert(parameter_of(bot, "rsi_period"));
    levels.insert(parameter_of(bot, "oversold"));
    in_step +=
        (parameter_of(bot, "rsi_period") - 7) * 2 == parameter_of(bot, "oversold") - 20 ? 1 : 0;
  }
  CHECK(periods.size() == 15);
  CHECK(*periods.begin() == 7);
  CHECK(*periods.rbegin() == 21);
  CHECK(levels.size() == 15);
  CHECK(*levels.begin() == 20);
  CHECK(*levels.rbegin() == 48);
  CHECK(in_step < 5);
  CHECK(good(text) == config);
}

TEST_CASE("an integer parameter is spread over integers") {
  const EngineConfig config = good(kMarkets +
                                   "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\ncount = 4\n"
                                   "spread = { rsi_period = [2, 4] }\n");
  std::vector<double> periods;
  for (const BotConfig& bot : config.bots) periods.push_back(parameter_of(bot, "rsi_period"));
  CHECK(periods == std::vector<double>{2, 3, 3, 4});
}

TEST_CASE("a spread that breaks the order of two parameters names the first bot it breaks") {
  CHECK(problems_of(
            kMarkets +
            "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\nstrategy = \"ema_cross\"\ncount = 3\n"
            "spread = { fast = [5, 25] }\n") ==
        "conf/demo.toml:13:1: bot.parameters: fast = 25 is not below slow = 21 in bot a-003 (make "
        "fast smaller than slow)\n");
}

TEST_CASE("wrong spreads are named") {
  const std::string head = kMarkets + "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\ncount = 3\n";
  CHECK(
      problems_of(head + "spread = { oversold = 5 }\n") ==
      "conf/demo.toml:17:23: bot.spread.oversold: must be a list of two numbers (write spread = { "
      "rsi_period = [7, 21] })\n");
  CHECK(problems_of(head + "spread = { oversold = [5, 500] }\n") ==
        "conf/demo.toml:17:27: bot.spread.oversold: must be between 1 and 99, is 500 (long below "
        "this RSI)\n");
  CHECK(problems_of(head + "spread = { oversold = [5, 9] }\nparameters = { oversold = 7 }\n") ==
        "conf/demo.toml:17:12: bot.spread.oversold: is in parameters as well (keep one of the "
        "two)\n");
}

TEST_CASE("an expanded id that is taken or too long is a problem") {
  CHECK(
      problems_of(kMarkets + "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\ncount = 2\n"
                             "[[bot]]\nid = \"a-002\"\nsymbol = \"BTC/USDT\"\n") ==
      "conf/demo.toml:18:6: bot.id: 'a-002' is the id of another bot (line 14) (give each bot its "
      "own id)\n");
  const std::string id(62, 'x');
  CHECK(
      problems_of(kMarkets + "[[bot]]\nid = \"" + id + "\"\nsymbol = \"BTC/USDT\"\ncount = 1\n") ==
      "conf/demo.toml:14:6: bot.id: '" + id +
          "-001' is longer than 64 characters (shorten the "
          "template's id)\n");
}

TEST_CASE("a default is left out where the bot says the opposite") {
  const EngineConfig config =
      good(kMarkets + "[[bot]]\nid = \"a\"\nsymbol = \"BTC/USDT\"\nstake_percent = 10\n");
  CHECK(config.bots[0].stake_kind == StakeKind::kPercentOfAllocation);
  CHECK(config.bots[0].stake == Decimal::literal("0.1"));
}

}  // namespace botbox::config::test
