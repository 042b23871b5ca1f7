// [bot.sizing], [bot.exits], [bot.scaling], [bot.guards].
#include "tests/tools_config/support.hpp"
#include "tools/config/masked_text.hpp"

namespace botbox::config::test {
namespace {

const std::string kPlan = R"(
stop_loss = "10%"
[bot.sizing]
kind = "risk"
ratio = "1%"
kelly = "50%"
kelly_trades = 30
kelly_lookback = "30d"
[bot.exits]
target_atr = 3
trailing = "2%"
trailing_from = "1%"
break_even_at = "1.5%"
break_even_offset = "0.2%"
time_stop = "12h"
minimal_roi = { "60" = 0.01, "0" = "4%", "1440" = -1 }
partial = [{ at = "2%", close = "25%" }, { at = "3%", close = "25%" }]
on_reversal = true
atr_period = 20
[bot.scaling]
levels = 3
deviation = "1%"
deviation_scale = 1.5
size_scale = 2
[bot.guards]
daily_loss = "5%"
drawdown = "10%"
drawdown_trades = 4
drawdown_lookback = "7d"
drawdown_pause = "12h"
losing_streak = 3
stop_losses = 4
stop_losses_lookback = "6h"
low_profit = "-1%"
)";

std::string problem(const std::string& lines) { return problems_of(good_config() + lines); }

}  // namespace

TEST_CASE("a plan becomes exactly the values it says") {
  const EngineConfig config = good(good_config() + kPlan);
  REQUIRE(config.bots.front().plan.size() == 1);
  const RiskPlan& plan = config.bots.front().plan.front();
  constexpr Duration kHour{3'600'000};
  CHECK(plan.atr_period == 20);
  CHECK(plan.sizing == SizingPlan{.kind = SizingKind::kRiskPerTrade,
                                  .ratio = Decimal::literal("0.01"),
                                  .kelly = {.fraction = Decimal::literal("0.5"),
                                            .min_trades = 30,
                                            .lookback = kHour * 720}});
  CHECK(plan.exits == ExitPlan{.stop = {},
                               .target = {LevelKind::kAtr, Decimal::from_int(3), 0},
                               .trailing = {.distance = Decimal::literal("0.02"),
                                            .atr_multiple = {},
                                            .activation = Decimal::literal("0.01")},
                               .break_even_at = Decimal::literal("0.015"),
                               .break_even_offset = Decimal::literal("0.002"),
                               .time_stop = kHour * 12,
                               .roi = {{Duration{0}, Decimal::literal("0.04")},
                                       {kHour, Decimal::literal("0.01")},
                                       {kHour * 24, Decimal::from_int(-1)}},
                               .partials = {{Decimal::literal("0.02"), Decimal::literal("0.25")},
                                            {Decimal::literal("0.03"), Decimal::literal("0.25")}},
                               .on_reversal = true});
  CHECK(plan.scaling == ScalingPlan{.levels = 3,
                                    .deviation = Decimal::literal("0.01"),
                                    .deviation_scale = Decimal::literal("1.5"),
                                    .size_scale = Decimal::from_int(2)});
  CHECK(plan.guards ==
        GuardPlan{.daily_loss = Decimal::literal("0.05"),
                  .drawdown = {4, Decimal::literal("0.1"), kHour * 168, kHour * 12},
                  .streak = {3, {}, Duration{0}, kHour * 24},
                  .stops = {4, {}, kHour * 6, kHour * 24},
                  .low_profit = {2, Decimal::literal("-0.01"), kHour * 24, kHour * 24}});
}

TEST_CASE("a plan reads back from the masked text") {
  const EngineConfig config = good(good_config() + kPlan);
  const ConfigResult again = parse(to_masked_text(config));
  REQUIRE(again.has_value());
  CHECK(again->bots == config.bots);
}

TEST_CASE("the guards of all bots are written as a bot's, and shown as they are read") {
  const std::string lines = R"(
[risk.guards]
daily_loss = "5%"
losing_streak = 4
losing_streak_pause = "2h"
[risk.symbol_guards]
stop_losses = 3
low_profit = "-1%"
low_profit_lookback = "6h"
)";
  const EngineConfig config = good(good_config() + lines);
  constexpr Duration kHour{3'600'000};
  GuardPlan fleet;
  fleet.daily_loss = Decimal::literal("0.05");
  fleet.streak = {.trades = 4, .limit = {}, .lookback = {}, .pause = kHour * 2};
  CHECK(config.risk.guards.fleet == fleet);
  GuardPlan symbol;
  symbol.stops = {.trades = 3, .limit = {}, .lookback = kHour * 24, .pause = kHour * 24};
  symbol.low_profit = {2, Decimal::literal("-0.01"), kHour * 6, kHour * 24};
  CHECK(config.risk.guards.symbol == symbol);
  CHECK(good(to_masked_text(config)).risk == config.risk);
  CHECK(problem("[risk.guards]\ndaily_los = \"5%\"\n") ==
        "conf/demo.toml:12:1: risk.guards.daily_los: unknown key (did you mean daily_loss?)\n");
  CHECK_FALSE(good(good_config()).risk.guards.are_set());
}

TEST_CASE("a bot without these sections has no plan") {
  CHECK(good(good_config()).bots.front().plan.empty());
  CHECK(good(good_config() + "[bot.sizing]\nkind = \"stake\"\n").bots.front().plan.empty());
}

TEST_CASE("a bot whose sizing computes what an entry stakes needs no stake") {
  const std::string without = good_config().substr(0, good_config().find("stake_amount"));
  for (const char* kind : {"equity", "risk", "atr"}) {
    CAPTURE(kind);
    const EngineConfig config =
        good(without + "[bot.sizing]\nkind = \"" + kind + "\"\nratio = \"1%\"\n");
    CHECK(config.warnings.empty());
    CHECK(config.bots.front().stake.is_zero());
    CHECK(good(to_masked_text(config)).bots == config.bots);
  }
  const std::string named = without + "[bot.sizing]\nkind = \"stake\"\nleverage = 1\n";
  CHECK(problems_of(named).find("bot.stake_amount: is missing") != std::string::npos);
  // What is misspelt is told alone.
  CHECK(problems_of(without + "[bot.sizing]\nkind = \"rsik\"\n").find("stake_amount") ==
        std::string::npos);
}

TEST_CASE("a stake beside a sizing that computes one is told to have no effect, with both lines") {
  const std::string sizing = "[bot.sizing]\nkind = \"risk\"\nratio = \"1%\"\n";
  CHECK(to_string(good(good_config() + sizing).warnings) ==
        "conf/demo.toml:10:16: bot.stake_amount: has no effect beside kind = \"risk\" of "
        "[bot.sizing], line 12 (leave out one of the two)\n");
  const std::string without = good_config().substr(0, good_config().find("stake_amount"));
  const std::string defaults = "[bot_defaults]\nstake_percent = \"5%\"\n";
  // For the bots that do not compute theirs.
  CHECK(good(without + sizing + defaults).warnings.empty());
  CHECK(good(without + defaults + "[bot_defaults.sizing]\nkind = \"risk\"\nratio = \"1%\"\n")
            .warnings.size() == 1);
}

TEST_CASE("a plan that contradicts itself or the bot is refused with its line and a fix") {
  struct Row {
    std::string lines;
    std::string wanted;
  };
  const std::vector<Row> rows{
      {"[bot.sizing]\nkind = \"risk\"\n",
       "conf/demo.toml:11:1: bot.sizing.ratio: is missing (write ratio = \"1%\": the share of the "
       "bot's equity)\n"},
      {"[bot.sizing]\nleverage = 2\n",
       "conf/demo.toml:12:12: bot.sizing.leverage: a spot bot has none (leave it out, or trade a "
       "linear symbol)\n"},
      {"[bot.exits]\ntrailing_from = \"1%\"\n",
       "conf/demo.toml:12:17: bot.exits.trailing_from: means nothing alone (write trailing = "
       "\"2%\" as well)\n"},
      {"[bot.exits]\ntrailing = \"1%\"\ntrailing_atr = 2\n",
       "conf/demo.toml:13:16: bot.exits.trailing_atr: stands beside trailing (keep one of the "
       "two)\n"},
      {"[bot.exits]\nstop_atr = 2\nstop_swing = 20\n",
       "conf/demo.toml:13:14: bot.exits.stop_swing: stands beside stop_atr (keep one of them)\n"},
      {"[bot.exits]\nbreak_even_at = \"1%\"\nbreak_even_offset = \"1%\"\n",
       "conf/demo.toml:13:21: bot.exits.break_even_offset: is not below break_even_at: the stop "
       "would be crossed at once (make it smaller)\n"},
      {"[bot.exits]\nminimal_roi = { soon = \"1%\" }\n",
       "conf/demo.toml:12:17: bot.exits.minimal_roi: 'soon' is not a number of minutes (write "
       "minimal_roi = { \"0\" = \"4%\", \"60\" = \"1%\" })\n"},
      {"[bot.scaling]\nlevels = 2\ndeviation = \"1%\"\n",
       "conf/demo.toml:11:1: bot.scaling.levels: the last level lies 0.02 away, not before the "
       "stop at 0.02 (widen stop_loss, or lower levels or deviation)\n"},
      {"[bot.guards]\nlow_profit = \"1%\"\nlow_profit_trades = 257\n",
       "conf/demo.toml:13:21: bot.guards.low_profit_trades: must be between 1 and 256, is 257\n"},
      {"[bot.guards]\nlosing_steak = 3\n",
       "conf/demo.toml:12:1: bot.guards.losing_steak: unknown key (did you mean "
       "losing_streak?)\n"}};
  for (const Row& row : rows) {
    CAPTURE(row.lines);
    CHECK(problem(row.lines) == row.wanted);
  }
}

TEST_CASE("freqtrade's names for exits mean the same in a bot") {
  const auto bots = [](const std::string& lines) { return good(good_config() + lines).bots; };
  const std::string roi = "minimal_roi = { \"0\" = 0.1, \"60\" = 0.01 }\n";
  const std::string theirs =
      "stoploss = -0.05\ntrailing_stop = true\ntrailing_stop_positive = 0.01\n"
      "trailing_stop_positive_offset = 0.02\ntrailing_only_offset_is_reached = true\n" +
      roi;
  // Where the table is freqtrade's there is no other target, unless one is written.
  CHECK(bots(theirs) == bots("stop_loss = 0.05\ntake_profit = 0\n[bot.exits]\ntrailing = 0.01\n"
                             "trailing_from = 0.02\n" +
                             roi));
  CHECK(bots(roi + "take_profit = \"3%\"\n") == bots("take_profit = \"3%\"\n[bot.exits]\n" + roi));
  CHECK(bots("stoploss = -0.05\ntrailing_stop = true\n") ==
        bots("stop_loss = 0.05\n[bot.exits]\ntrailing = 0.05\n"));
  CHECK(bots("trailing_stop = false\ntrailing_stop_positive = 0.01\n") == bots(""));
  const ConfigResult again = parse(to_masked_text(good(good_config() + theirs)));
  REQUIRE(again.has_value());
  CHECK(again->bots == bots(theirs));

  const auto says = [](const std::string& lines, std::string_view what) {
    CHECK_MESSAGE(problem(lines).find(what) != std::string::npos, problem(lines));
  };
  says("trailing_stop_positive = 0.01\n", "bot.trailing_stop_positive: means nothing alone");
  says(
      "trailing_stop = true\ntrailing_stop_positive = 0.01\ntrailing_stop_positive_offset = 0.02\n",
      "bot.trailing_stop: would follow at stoploss until the offset");
  says("trailing_stop = true\ntrailing_stop_positive_offset = 0.02\n",
       "bot.trailing_stop: has an offset and no distance");
  says("trailing_stop = true\n[bot.exits]\ntrailing = 0.01\n",
       "bot.trailing_stop: stands beside trailing in [bot.exits]");
  says("trailing_stop = true\n[bot.exits]\nstop_atr = 2\n",
       "bot.trailing_stop: has no distance: the stop is no ratio");
  says(roi + "[bot.exits]\n" + roi, "bot.minimal_roi: stands in [bot.exits] as well");
}

}  // namespace botbox::config::test
