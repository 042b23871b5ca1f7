// The language of rules: what it says, and what it answers to what makes no sense.
#include <doctest/doctest.h>

#include <cmath>

#include "engine/strategy/indicator_registry.hpp"
#include "engine/strategy/rule/compile.hpp"
#include "engine/strategy/rule/rule_run.hpp"
#include "engine/strategy/rule/syntax.hpp"
#include "tests/engine/strategy/rule_views.hpp"
#include "tests/engine/strategy/strategy_bars.hpp"

using namespace botbox;
using namespace botbox::testing;
using rule::RuleRun;

namespace {

const std::vector<StrategyParameter> kParameters{{"oversold", 30}, {"period", 14}};

Result<rule::CompiledRule> compiled(std::string_view text,
                                    Timeframe timeframe = Timeframe::minutes(5)) {
  rule::ProgramBuilder builder;
  return rule::compile(text, {timeframe, kParameters}, builder);
}
std::string complaint(std::string_view text, Timeframe timeframe = Timeframe::minutes(5)) {
  const auto result = compiled(text, timeframe);
  return result ? "" : to_string(result.error());
}

Bar bar_at(std::int64_t minute, double close, double open = 100, double volume = 1) {
  return {open,
          std::max(open, close),
          std::min(open, close),
          close,
          volume,
          {1'700'006'400'000 + minute * 60'000}};
}

// What a condition says after these one-minute closes: 1, 0, or -1 for unknown.
int after(const std::string& rule, const std::vector<double>& closes) {
  const auto strategy = made(long_when(rule));
  RuleRun run(strategy, MarketType::kSpot);
  std::int64_t minute = 0;
  for (const double close : closes) run.update(bar_at(minute++, close));
  rule::ProgramBuilder builder;
  const std::vector<StrategyParameter> none;
  const auto again = rule::compile(rule, {Timeframe{}, none}, builder);
  REQUIRE(again.has_value());
  const double value = run.slots()[builder.slot_of(again->value)];
  if (!rule::is_known(value)) return -1;
  return rule::is_met(value) ? 1 : 0;
}

}  // namespace

TEST_CASE("a rule means what its text says") {
  const std::vector<double> closes{100, 101, 99, 103, 102};
  const std::pair<std::string, int> table[] = {
      {"close == 102", 1},
      {"close[1] == 103 and close[4] == 100", 1},
      {"close != 102", 0},
      {"1 + 2 * 3 == 7", 1},
      {"(1 + 2) * 3 == 9", 1},
      {"-2 + 3 == 1", 1},
      {"10 - 4 - 3 == 3", 1},
      {"8 / 4 / 2 == 1", 1},
      {"not close > 102", 1},
      {"not close > 102 and close < 0", 0},
      {"close > 0 or close > 0 and close < 0", 1},
      {"change(close, 4) == 102 / 100 - 1", 1},
      {"crosses_above(close, 102.5)", 0},
      {"crosses_below(close, 102.5)", 1},
      {"crosses_above(close, 102.5)[1]", 1},
      {"crosses_above(close, 99)[1]", 1},  // parts upwards from where it met
      {"crosses_below(close, 99)[2]", 0},  // meets
      {"(close - open)[1] == 3", 1},
      {"rising(close, 1)", 0},
      {"falling(close, 1)", 1},
      {"rising(close[1], 1)", 1},
      {"any(close > 102.5, 2)", 1},
      {"any(close > 103.5, 5)", 0},
      {"all(close > 98, 5)", 1},
      {"all(close > 101, 3)", 0},
      {"min(close, 5, 7) == 5 and max(open, close) == 102", 1},
      {"abs(close - 104) == 2 and sqrt(81) == 9", 1},
      {"highest(close, 3) == 103 and lowest(close, 3) == 99", 1},
      {"sma(close, 2) == 102.5 and sma(2) == sma(close, 2)", 1},
      {"hl2 == 101 and hlc3 > 101 and ohlc4 == 101", 1},
      {"sma(volume, 3) == 1", 1},
      {"hour >= 0 and hour < 24 and weekday >= 1 and weekday <= 7", 1},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(after(text, closes) == expected);
  }
}

TEST_CASE("what a trader writes first is understood") {
  for (const char* text :
       {"rsi(14) < 35", R"(close > ema(200, "4h"))", "crosses_above(ema(9), ema(21))",
        "volume > 1.5 * sma(volume, 20)", "change(close, 12) < -0.03"}) {
    CAPTURE(text);
    CHECK(complaint(text) == "");
  }
}

TEST_CASE("what has no value is unknown, and unknown decides nothing that it does not have to") {
  const std::vector<double> closes{100, 100, 100};
  const std::pair<std::string, int> table[] = {
      {"close[5] > 0", -1},
      {"not close[5] > 0", -1},
      {"close[5] > 0 or close > 0", 1},
      {"close[5] > 0 and close < 0", 0},
      {"close[5] > 0 and close > 0", -1},
      {"close / (close - 100) > 0", -1},
      {"change(close - 100, 1) > 0", -1},
      {"sqrt(close - 101) > 0", -1},
      {"rsi(2) < 50", -1},  // nothing moved: neither oversold nor overbought
      {"not rsi(2) < 50", -1},
      {"rsi(2) != 50", -1},
      {"williams_r(2) < -10", -1},
      {"sma(50) > 0", -1},
      {"max(close, close[5]) > 0", -1},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    CHECK(after(text, closes) == expected);
  }
}

TEST_CASE("what makes no sense is named with its place and what to write instead") {
  const std::pair<std::string, std::string> table[] = {
      {"rsii(14) < 35", "1:1: 'rsii' is not known (did you mean rsi?)"},
      {"close > emma", "1:9: 'emma' is not known (did you mean ema?)"},
      {"oversol > 3", "1:1: 'oversol' is not known (did you mean oversold?)"},
      {"rsi < 35", "1:1: rsi is called with its parameters (write rsi(14))"},
      {"rsi(0) < 35",
       "1:5: period = 0 is not possible in rsi (period is a whole number from 2 to 10000)"},
      {"rsi(2.5) < 35",
       "1:5: period = 2.5 is not possible in rsi (period is a whole number from 2 to 10000)"},
      {"rsi(14, 3) < 35", "1:9: rsi takes 1 parameters (write rsi(period))"},
      {"macd(26, 12, 9) > 0", "1:1: macd(26,12,9) is not possible (fast must be below slow)"},
      {"atr(close, 14) > 1", "1:5: atr reads whole candles (take close out)"},
      {"sma(rsi(14), 9) > 1",
       "1:5: sma cannot be computed of an expression (give it a number of the candle: open, high, "
       "low, close, volume, hl2, hlc3 or ohlc4)"},
      {"ema(close) > 1", ""},
      {"ema(close, close) > 1",
       "1:12: this changes with the candle (write a number or a parameter of the strategy)"},
      {"ichimoku().basee > 1", "1:12: ichimoku has no output 'basee' (did you mean base?)"},
      {"engulfing()", "1:1: engulfing has several outputs (name one: .bullish .bearish)"},
      {"close.upper > 1", "1:7: '.upper' follows no indicator (write macd(12,26,9).histogram)"},
      {"close", "1:1: this is a number, not a condition (compare it: rsi(14) < 35)"},
      {"close and open",
       "1:1: a condition was expected, this is a number (compare it: rsi(14) < "
       "35)"},
      {"(close > 1) + 2 > 3",
       "1:8: a number was expected, this is a condition (take the comparison out)"},
      {"close > 1 > 2", "1:11: a second comparison begins with '>' (write a < b and b < c)"},
      {"close = 1", "1:7: '=' is not understood (write == to compare)"},
      {"close > 1 && open > 1", "1:11: '&' is not understood (write and)"},
      {"close > 3%", "1:10: percent is not understood (write 0.03 for 3 %)"},
      {"close >", "1:8: the rule ends too early (write a number, a price or an indicator)"},
      {"ema(9, \"4x\") > 1", "1:8: "},
      {"ema(9, \"1m\") > 1",
       "1:8: 1m is shorter than the bot's timeframe 5m (a rule reads the bot's timeframe and "
       "longer "
       "ones)"},
      {"ema(9)[21] > 1",
       "1:1: this looks 21 candles back (at most 20 are possible for an indicator or another "
       "timeframe)"},
      {"close[401] > 1",
       "1:1: this looks 401 candles back (at most 400 are possible for a number of the candle)"},
      {"close[-1] > 1",
       "1:7: it goes on with '-' (write how many candles back: [1] is the one "
       "before)"},
      {"close(14) > 1",
       "1:1: close takes a timeframe or nothing (write close, close[1] or close(\"4h\"))"},
      {"change(close) > 1", "1:1: change takes 2 arguments (write change(close, 12))"},
      {"any(close, 3)",
       "1:5: a condition was expected, this is a number (compare it: rsi(14) < 35)"},
      {"any(close > 1, 21)", "1:16: 21 is not possible here (write a whole number from 1 to 20)"},
      {"close / 0 > 1", "1:7: this divides by zero"},
      {"close > \"4h\"",
       "1:9: \"4h\" stands alone (a text is a timeframe, at the end of an argument list: ema(200, "
       "\"4h\"))"},
      {"close > 1\n  and rsii(3) > 2", "2:7: 'rsii' is not known (did you mean rsi?)"},
  };
  for (const auto& [text, expected] : table) {
    CAPTURE(text);
    const std::string said = complaint(text);
    CAPTURE(said);
    CHECK(said.starts_with(expected));
    CHECK(said.empty() == expected.empty());
  }
}

TEST_CASE("no text, however broken, does more than be refused") {
  SeededRuns runs;
  CAPTURE(runs.seed());
  const std::vector<std::string> words{"close", "rsi", "(",   ")",  "[",   "]",    "1",   "14",
                                       "and",   "or",  "not", "<",  "==",  "+",    "-",   "/",
                                       ",",     ".",   "any", "4h", "\"",  "'4h'", "ema", "\xff",
                                       "macd",  "k",   "x",   " ",  "1e9", "\n",   "%",   "="};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (std::int64_t i = runs.between(1, 12); i > 0; --i)
      text += words[static_cast<std::size_t>(
          runs.between(0, static_cast<std::int64_t>(words.size()) - 1))];
    CAPTURE(text);
    const auto result = compiled(text);
    if (!result) CHECK_FALSE(result.error().message.empty());
  }
  CHECK_FALSE(complaint(std::string(3'000, '(')).empty());
  CHECK_FALSE(complaint("close > " + std::string(1'900, '-') + "1").empty());
  std::string deep = "close > 1";
  for (int i = 0; i < 4; ++i) deep = "any(" + deep + " and close[1] > 2, 20)";
  CHECK(complaint(deep).find("too much work") != std::string::npos);
}

TEST_CASE("parameters are numbers of the strategy, everywhere where a number may stand") {
  CHECK(complaint("rsi(period) < oversold").empty());
  CHECK(complaint("ema(period * 2 + 1) > sma(max(period, 20))").empty());
}

TEST_CASE("equal parts of rules are computed once, also across rules and either way round") {
  rule::ProgramBuilder builder;
  const std::vector<StrategyParameter> none;
  const rule::Scope scope{Timeframe::minutes(5), none};
  REQUIRE(rule::compile("close + open > sma(20) and rsi(14) < 30", scope, builder).has_value());
  const std::size_t before = builder.size();
  REQUIRE(rule::compile("rsi(14) < 30 and close + open > sma(20)", scope, builder).has_value());
  REQUIRE(rule::compile("open + close > sma(20)", scope, builder).has_value());
  REQUIRE(rule::compile("rsi() < 10 * 3", scope, builder).has_value());
  CHECK(builder.size() == before + 1 + 1);  // the constants 10 and 3
}

TEST_CASE("the warm-up of rules is that of their longest input, in its own timeframe") {
  const auto warm_up = [](const char* text) {
    return made(long_when(text), Timeframe::minutes(5))->warm_up();
  };
  const Timeframe base = Timeframe::minutes(5), hour = Timeframe::minutes(60);
  CHECK(warm_up("close > 1") == std::vector<rule::WarmUp>{{base, 1}});
  CHECK(warm_up("rsi(14) < 30 and close[40] > 1") == std::vector<rule::WarmUp>{{base, 41}});
  CHECK(warm_up("crosses_above(ema(9), ema(21))") == std::vector<rule::WarmUp>{{base, 22}});
  CHECK(warm_up("ema(50, \"1h\") > close[3]") == std::vector<rule::WarmUp>{{base, 4}, {hour, 50}});
  CHECK(warm_up("ema(50, \"1h\")[2] > 1") == std::vector<rule::WarmUp>{{base, 1}, {hour, 52}});
}

TEST_CASE("a strategy that could never get warm is refused") {
  const auto refused = rule::RuleStrategy::create(long_when("close > sma(501)"), {}, {});
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message == "its rules need 501 candles of 1m, the engine keeps 500");
  CHECK(rule::RuleStrategy::create(long_when("close > sma(500)"), {}, {}).has_value());
}

TEST_CASE("every indicator of the registry can be called with all its defaults, and read in full") {
  for (const IndicatorDescription& row : indicator_registry())
    for (const IndicatorOutput& output : row.outputs) {
      std::string text = std::string(row.name) + "()." + std::string(output.name);
      if (output.unit != OutputUnit::kFlag) text += " > 0";
      CAPTURE(text);
      CHECK(complaint(text).empty());
    }
}
