#include "tests/tools_config/support.hpp"

namespace botbox::config::test {

TEST_CASE("the environment sets any value over the file's") {
  const std::string text = good_config() +
                           "[exchange]\n[[exchange.limit]]\nname = \"orders-10s\"\n"
                           "window = \"10s\"\nlimit = 5\n";
  const EngineConfig config = good(text, {{"BOTBOX__ENGINE__MODE", "halted"},
                                          {"botbox__engine__Restart__first_delay", "3s"},
                                          {"BOTBOX__PAPER__SEED", "99"},
                                          {"BOTBOX__PAPER__DRY_RUN_WALLET", "5000.5"},
                                          {"BOTBOX__PAPER__SYMBOL__BTCUSDT__PRICE", "70000"},
                                          {"BOTBOX__EXCHANGE__LIMIT__ORDERS_10S__LIMIT", "50"},
                                          {"BOTBOX__BOT__RSI_BTC__ALLOCATION", "750.25"},
                                          {"BOTBOX__BOT__RSI_BTC__STOPLOSS", "-0.05"},
                                          {"BOTBOX__BOT__RSI_BTC__ALLOW_LIST", "BTC/USDT, ETH/*"},
                                          {"BOTBOX__BOT__RSI_BTC__PARAMETERS__RSI_PERIOD", "7"},
                                          {"BOTBOX__BOT_DEFAULTS__COOLDOWN", "1m"},
                                          {"BOTBOX_SHARED", "not ours"},
                                          {"PATH", "/bin"}});
  CHECK(config.engine.initial_mode == EngineMode::kHalted);
  CHECK(config.engine.restart.first_delay == Duration{3000});
  CHECK(config.paper.seed == 99);
  CHECK(config.paper.start_balance == Notional::literal("5000.5"));
  CHECK(config.paper.symbols[0].price == Price::literal("70000"));
  CHECK(config.exchange.limiter.windows[0].limit == 50);
  const BotConfig& bot = config.bots[0];
  CHECK(bot.allocation == Notional::literal("750.25"));
  CHECK(bot.stop_loss_ratio == Decimal::literal("0.05"));
  CHECK(bot.allow_list == std::vector<std::string>{"BTC/USDT", "ETH/*"});
  CHECK(bot.parameters == std::vector<StrategyParameter>{{"oversold", 30}, {"rsi_period", 7}});
  CHECK(bot.cooldown_bot == Duration{60'000});
}

TEST_CASE("an override replaces the setting that it excludes") {
  const EngineConfig config = good(good_config(), {{"BOTBOX__BOT__RSI_BTC__STAKE_PERCENT", "50%"}});
  CHECK(config.bots[0].stake_kind == StakeKind::kPercentOfAllocation);
  CHECK(config.bots[0].stake == Decimal::literal("0.5"));
}

TEST_CASE("what a bot says itself stands over a default of the environment") {
  CHECK(good(good_config(), {{"BOTBOX__BOT_DEFAULTS__ALLOCATION", "5"}}).bots[0].allocation ==
        Notional::literal("1000"));
}

TEST_CASE("a path of the environment starts where the shell stands") {
  CHECK(good(good_config(), {{"BOTBOX__ENGINE__DATA_DIR", "here"}}).engine.data_dir == "here");
  CHECK(good(good_config() + "[engine]\ndata_dir = \"/there\"\n").engine.data_dir == "/there");
}

TEST_CASE("the longest id that fits is the one addressed") {
  const std::string bot =
      "strategy = \"ema_cross\"\nsymbol = \"BTC/USDT\"\nallocation = 10\n"
      "stake_amount = 1\n";
  const std::string text =
      good_config() + "[[bot]]\nid = \"a\"\n" + bot + "[[bot]]\nid = \"a__b\"\n" + bot;
  const EngineConfig config = good(text, {{"BOTBOX__BOT__A__B__ALLOCATION", "20"}});
  CHECK(config.bots[1].allocation == Notional::literal("10"));
  CHECK(config.bots[2].allocation == Notional::literal("20"));
}

struct BadVariable {
  const char* name;
  const char* value;
  const char* expected;
};

TEST_CASE("a variable that leads nowhere or holds nonsense is a problem") {
  const BadVariable table[] = {
      {"BOTBOX__ENGINE__MOD", "halted",
       "environment BOTBOX__ENGINE__MOD: engine.mod: unknown key (did you mean mode?)\n"},
      {"BOTBOX__ENGINE__MODE", "stopped",
       "environment BOTBOX__ENGINE__MODE: engine.mode: must be one of active, reducing, halted, is "
       "'stopped'\n"},
      {"BOTBOX__ENGINE__BATCH", "many",
       "environment BOTBOX__ENGINE__BATCH: engine.batch: must be a whole number, is 'many'\n"},
      {"BOTBOX__ENGINE__DRY_RUN", "false",
       "environment BOTBOX__ENGINE__DRY_RUN: engine.dry_run: a paper exchange runs dry always "
       "(write dry_run = true, or leave it out)\n"},
      {"BOTBOX__MODE", "halted",
       "environment BOTBOX__MODE: mode: names no section (write BOTBOX__SECTION__KEY)\n"},
      {"BOTBOX_ENGINE__MODE", "halted",
       "environment BOTBOX_ENGINE__MODE: has only one '_' after BOTBOX (write "
       "BOTBOX__ENGINE__MODE)\n"},
      {"BOTBOX__ENGIN__MODE", "halted",
       "environment BOTBOX__ENGIN__MODE: engin: unknown section (did you mean engine?)\n"},
      {"BOTBOX__ENGINE____MODE", "halted",
       "environment BOTBOX__ENGINE____MODE: has an empty part in its name (write "
       "BOTBOX__SECTION__KEY)\n"},
      {"BOTBOX__BOT__RSI_BTX__ALLOCATION", "5",
       "environment BOTBOX__BOT__RSI_BTX__ALLOCATION: bot: there is no [[bot]] with id 'rsi_btx' "
       "(did you mean rsi_btc?)\n"},
      {"BOTBOX__BOT__OTHER__ALLOCATION", "5",
       "environment BOTBOX__BOT__OTHER__ALLOCATION: bot: there is no [[bot]] with id 'other' (the "
       "file has: rsi_btc)\n"},
      {"BOTBOX__EXCHANGE__LIMIT__A__LIMIT", "5",
       "environment BOTBOX__EXCHANGE__LIMIT__A__LIMIT: exchange.limit: there is no "
       "[[exchange.limit]] with name 'a' (the file has none)\n"},
      {"BOTBOX__BOT__RSI_BTC__ID", "",
       "environment BOTBOX__BOT__RSI_BTC__ID: bot.id: is empty (write something, or leave the key "
       "out)\n"},
      {"BOTBOX__BOT__RSI_BTC__PARAMETERS__RSI_PERIOD", "7x",
       "environment BOTBOX__BOT__RSI_BTC__PARAMETERS__RSI_PERIOD: bot.parameters.rsi_period: must "
       "be "
       "a whole number, is '7x'\n"},
      {"BOTBOX__BOT__RSI_BTC__ALLOCATION__MORE", "5",
       "environment BOTBOX__BOT__RSI_BTC__ALLOCATION__MORE: bot.allocation: is not a section of "
       "the "
       "file (the name has one part too many)\n"},
      {"BOTBOX__PAPER__SYMBOL", "BTC/USDT",
       "environment BOTBOX__PAPER__SYMBOL: paper.symbol: is a section; one variable sets one value "
       "(add __ and the name of a key)\n"},
  };
  for (const BadVariable& bad : table) {
    CAPTURE(bad.name);
    CHECK(problems_of(good_config(), {{bad.name, bad.value}}) == bad.expected);
  }
}

TEST_CASE("two spellings of one variable are a problem") {
  CHECK(problems_of(good_config(), {{"BOTBOX__PAPER__SEED", "1"}, {"botbox__paper__seed", "2"}}) ==
        "environment botbox__paper__seed: is set twice, in different case (keep one)\n");
}

TEST_CASE("problems of the file come before those of the environment") {
  CHECK(problems_of(good_config() + "colour = 1\n", {{"BOTBOX__A__B", "1"}})
            .starts_with("conf/demo.toml:11:1: bot.colour: unknown key"));
}

TEST_CASE("only variables with the prefix are taken from the process") {
  for (const auto& [name, value] : process_environment()) CHECK(name.size() > 8);
}

}  // namespace botbox::config::test
