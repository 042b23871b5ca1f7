// Sweeps and comparisons: which trials there are, that threads change nothing, and what is said
// about luck.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/statistics/curve_statistics.hpp"
#include "tools/botbox/compare.hpp"
#include "tools/botbox/engine_assembly.hpp"
#include "tools/botbox/sweep_run.hpp"
#include "tools/config/load_config.hpp"
#include "tools/config/shipped_strategies.hpp"

namespace botbox::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr Timestamp kSweepStart{1'704'067'200'000};  // 2024-01-01T00:00:00Z

config::EngineConfig swept_config(const std::string& more = {}) {
  constexpr std::string_view kText = R"(
[engine]
name = "sweep"
[paper]
seed = 5
start_balance = 1000000
fee_taker = "0.1%"
[[paper.symbol]]
symbol = "BTC/USDT"
price = 50000
volatility = "6%"
[[bot]]
id = "cross"
strategy = "ema_cross"
symbol = "BTC/USDT"
timeframe = "5m"
check_interval = "5m"
allocation = 10000
stake_amount = 1000
[[bot]]
id = "slow"
strategy = "ema_cross"
symbol = "BTC/USDT"
timeframe = "15m"
check_interval = "5m"
allocation = 10000
stake_amount = 1000
)";
  auto config =
      config::parse_config(std::string(kText) + more, "sweep.toml", {}, config::shipped_catalogue(),
                           [](const std::string&) { return true; });
  REQUIRE_MESSAGE(config, (config ? "" : config::to_string(config.error())));
  return std::move(*config);
}

std::vector<SweptSetting> settings_of(const std::vector<std::string>& texts) {
  std::vector<SweptSetting> settings;
  for (const std::string& text : texts) {
    auto setting = parse_swept_setting(text);
    REQUIRE_MESSAGE(setting, (setting ? "" : to_string(setting.error())));
    settings.push_back(std::move(*setting));
  }
  return settings;
}

std::vector<std::string> values_of(const SweepPlan& plan) {
  std::vector<std::string> all;
  for (const Trial& trial : plan.trials) {
    std::string text;
    for (const ChosenValue& value : trial.values) text += value.name + "=" + value.value + " ";
    all.push_back(text);
  }
  return all;
}

TrialScore score_with(std::vector<double> returns) {
  TrialScore score;
  score.trades = 50;
  score.daily_returns = std::move(returns);
  if (const auto sharpe = sharpe_ratio(score.daily_returns))
    score.sharpe = annualised(*sharpe, kDaysPerYear);
  return score;
}

// Daily returns of a given mean, plus or minus one percent in turn.
std::vector<double> alternating(double mean, std::size_t days) {
  std::vector<double> returns(days, mean);
  for (std::size_t i = 0; i < days; ++i) returns[i] += i % 2 == 0 ? 0.01 : -0.01;
  return returns;
}

}  // namespace

TEST_CASE("a swept setting is a list, a range with a step, or a range") {
  CHECK(parse_swept_setting("fast=5,9,13")->values == std::vector<std::string>{"5", "9", "13"});
  CHECK(parse_swept_setting("fast=5:9:2")->values == std::vector<std::string>{"5", "7", "9"});
  CHECK(parse_swept_setting("stop_loss=0.01:0.03:0.01")->values ==
        std::vector<std::string>{"0.01", "0.02", "0.03"});
  CHECK(parse_swept_setting("fast=5:9")->values.empty());
  CHECK(parse_swept_setting("fast=5:9")->high == 9);
  for (const char* bad : {"fast", "=5", "fast=", "fast=9:5:1", "fast=1:9:0", "fast=1:9:-1",
                          "fast=a:b", "fast=1,,2", "fast=0:1:0.00001"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_swept_setting(bad));
  }
}

TEST_CASE("a grid holds every combination once, but those that a strategy refuses") {
  const config::EngineConfig config = swept_config();
  const auto plan =
      grid_plan(config.bots.front(), settings_of({"fast=5,9,30", "slow=20,30"}), config.catalogue);
  REQUIRE_MESSAGE(plan, (plan ? "" : to_string(plan.error())));
  CHECK(values_of(*plan) == std::vector<std::string>{"fast=5 slow=20 ", "fast=5 slow=30 ",
                                                     "fast=9 slow=20 ", "fast=9 slow=30 "});
  CHECK(plan->refused == 2);
  CHECK_FALSE(plan->first_refusal.empty());
  CHECK(parameter(plan->trials[2].bot, "fast", 0) == 9);
  CHECK(plan->trials[2].bot.timeframe == Timeframe::minutes(5));
}

TEST_CASE("timeframe, levels and strategy can be swept like parameters") {
  const config::EngineConfig config = swept_config();
  const auto plan = grid_plan(
      config.bots.front(),
      settings_of({"strategy=ema_cross,rsi_reversion", "timeframe=15m", "stop_loss=0.05"}),
      config.catalogue);
  REQUIRE_MESSAGE(plan, (plan ? "" : to_string(plan.error())));
  REQUIRE(plan->trials.size() == 2);
  const BotConfig& second = plan->trials[1].bot;
  CHECK(second.strategy.value == "rsi_reversion");
  CHECK(second.timeframe == Timeframe::minutes(15));
  CHECK(second.stop_loss_ratio == Decimal::literal("0.05"));
  CHECK(std::none_of(second.parameters.begin(), second.parameters.end(),
                     [](const StrategyParameter& p) { return p.name == "fast"; }));
  for (const char* bad : {"fast=1.5", "fast=100000", "nonsense=1", "strategy=none", "timeframe=7m",
                          "stop_loss=2", "check_interval=0", "fast=5:9"}) {
    CAPTURE(bad);
    CHECK_FALSE(grid_plan(config.bots.front(), settings_of({bad}), config.catalogue));
  }
}

TEST_CASE("what would say nothing, or contradicts the rest of the bot, is not tried") {
  const config::EngineConfig config = swept_config();
  BotConfig bot = config.bots.front();
  bot.pace = {{.fastest = Duration{60'000}, .slowest = Duration{600'000}}};
  RiskPlan& plan = bot.plan.emplace_back();
  plan.scaling = {.levels = 2, .deviation = Decimal::literal("0.01")};
  const auto tried = [&](const std::vector<std::string>& texts) {
    return grid_plan(bot, settings_of(texts), config.catalogue);
  };
  const auto stops = tried({"stop_loss=0.01,0.02,0.03"});
  REQUIRE_MESSAGE(stops, (stops ? "" : to_string(stops.error())));
  CHECK(values_of(*stops) == std::vector<std::string>{"stop_loss=0.03 "});
  CHECK(stops->refused == 2);
  CHECK(values_of(*tried({"stop_loss=0.03", "check_interval=0.5,1,10,11"})) ==
        std::vector<std::string>{"stop_loss=0.03 check_interval=1 ",
                                 "stop_loss=0.03 check_interval=10 "});
  CHECK_FALSE(tried({"stop_loss=0"}));
  CHECK_FALSE(tried({"take_profit=0.1", "take_profit=0.2"}));
  plan.exits.stop = {LevelKind::kAtr, Decimal::from_int(2), 0};
  CHECK_FALSE(tried({"stop_loss=0.03"}));
  CHECK(tried({"take_profit=0.03"}));
  plan.exits.target = {LevelKind::kPrice, Decimal::from_int(60'000), 0};
  CHECK_FALSE(tried({"take_profit=0.03"}));
}

TEST_CASE("random trials are the seed's, within bounds, whole where they must be, never twice") {
  const config::EngineConfig config = swept_config();
  const auto settings = settings_of({"fast=3:19", "slow=20:200", "stop_loss=0.01:0.05"});
  const auto plan = random_plan(config.bots.front(), settings, config.catalogue, 50, 7);
  REQUIRE_MESSAGE(plan, (plan ? "" : to_string(plan.error())));
  CHECK(plan->trials.size() == 50);
  std::vector<std::string> values = values_of(*plan);
  CHECK(values == values_of(*random_plan(config.bots.front(), settings, config.catalogue, 50, 7)));
  CHECK(values != values_of(*random_plan(config.bots.front(), settings, config.catalogue, 50, 8)));
  std::sort(values.begin(), values.end());
  CHECK(std::unique(values.begin(), values.end()) == values.end());
  for (const Trial& trial : plan->trials) {
    const double fast = parameter(trial.bot, "fast", 0);
    CHECK(fast == std::floor(fast));
    CHECK(fast >= 3);
    CHECK(fast <= 19);
  }
  // Lists alone run out.
  CHECK(random_plan(config.bots.front(), settings_of({"fast=5,9"}), config.catalogue, 50, 7)
            ->trials.size() == 2);
}

TEST_CASE("how many threads run the trials changes no score") {
  const config::EngineConfig config = swept_config();
  const auto plan =
      grid_plan(config.bots.front(), settings_of({"fast=5,9,12", "slow=20,30"}), config.catalogue);
  REQUIRE(plan);
  std::vector<BotConfig> bots;
  for (const Trial& trial : plan->trials) bots.push_back(trial.bot);
  const auto run = [&](std::size_t threads) {
    std::size_t told = 0;
    auto scores = run_trials(config, bots, [&] { return market_feed(config.paper); },
                             {.range = {kSweepStart, kSweepStart + Duration{3 * 86'400'000}},
                              .threads = threads,
                              .on_done = [&](std::size_t, const TrialScore&) { ++told; }});
    REQUIRE_MESSAGE(scores, (scores ? "" : to_string(scores.error())));
    CHECK(told == bots.size());
    return std::move(*scores);
  };
  const auto alone = run(1);
  const auto together = run(3);
  REQUIRE(alone.size() == together.size());
  std::size_t trades = 0;
  for (std::size_t i = 0; i < alone.size(); ++i) {
    CHECK(alone[i].profit == together[i].profit);
    CHECK(alone[i].trades == together[i].trades);
    CHECK(alone[i].daily_returns == together[i].daily_returns);
    CHECK(alone[i].daily_returns.size() == 3);
    trades += alone[i].trades;
  }
  CHECK(trades > 20);
}

TEST_CASE("an error of one trial is the error of the sweep") {
  const config::EngineConfig config = swept_config();
  const auto scores = run_trials(
      config, config.bots,
      []() -> Result<std::shared_ptr<exchange::MarketFeed>> {
        return fail(ErrorCode::kNotFound, "no candles");
      },
      {.range = {kSweepStart, kSweepStart + Duration{86'400'000}}, .threads = 2, .on_done = {}});
  REQUIRE_FALSE(scores);
  CHECK(scores.error().message == "no candles");
}

TEST_CASE("trials are ranked by what was asked for, those without it last") {
  std::vector<TrialScore> scores(4);
  scores[0].return_ratio = 0.1;
  scores[1].return_ratio = 0.3;
  scores[2].return_ratio = 0.3;
  scores[0].sharpe = 2;
  scores[2].sharpe = 1;
  CHECK(ranked(scores, Objective::kReturn) == std::vector<std::size_t>{1, 2, 0, 3});
  CHECK(ranked(scores, Objective::kSharpe) == std::vector<std::size_t>{0, 2, 1, 3});
}

TEST_CASE("the best of many like trials is luck, a lone outlier is not") {
  std::vector<TrialScore> alike;
  for (int i = 0; i < 40; ++i) alike.push_back(score_with(alternating(0.0001 * (i - 20), 100)));
  const auto luck = luck_of(alike, 39);
  REQUIRE(luck);
  CHECK(luck->probability < 0.95);
  std::vector<TrialScore> outlier(10, score_with(alternating(0, 400)));
  outlier.push_back(score_with(alternating(0.01, 400)));
  const auto skill = luck_of(outlier, 10);
  REQUIRE(skill);
  CHECK(skill->probability > 0.99);
  CHECK_FALSE(luck_of({TrialScore{}, TrialScore{}}, 0));
}

TEST_CASE("luck is judged of the trial that is told to be the best, whatever ranks") {
  // The first has by far the best Sharpe ratio; the second earned more, by a wild ride.
  std::vector<TrialScore> scores(8, score_with(alternating(0, 400)));
  scores[0] = score_with(alternating(0.01, 400));
  scores[1] = score_with(alternating(0.0002, 400));
  scores[0].return_ratio = 0.1;
  scores[1].return_ratio = 0.9;
  const std::size_t by_sharpe = ranked(scores, Objective::kSharpe).front();
  const std::size_t by_return = ranked(scores, Objective::kReturn).front();
  REQUIRE(by_sharpe == 0);
  REQUIRE(by_return == 1);
  const auto steady = luck_of(scores, by_sharpe);
  const auto wild = luck_of(scores, by_return);
  REQUIRE((steady && wild));
  CHECK(steady->probability > 0.99);
  CHECK(wild->probability < 0.95);
  CHECK(wild->benchmark == steady->benchmark);
}

TEST_CASE("a comparison pairs the days: what the market did to both cancels out") {
  const config::EngineConfig config = swept_config();
  std::vector<double> market;
  for (std::size_t i = 0; i < 120; ++i) market.push_back(i % 3 == 0 ? -0.04 : 0.021);
  std::vector<double> better = market;
  for (std::size_t i = 0; i < better.size(); ++i) better[i] += i % 2 == 0 ? 0.002 : 0.001;
  std::vector<double> same = market;
  for (std::size_t i = 0; i < same.size(); ++i) same[i] += i % 2 == 0 ? 0.001 : -0.001;
  BotConfig bot = config.bots.front();
  const auto variant = [&](const char* id, std::vector<double> returns) {
    bot.id = {id};
    return Variant{bot, score_with(std::move(returns))};
  };
  const Json json = comparison({variant("base", market), variant("better", better),
                                variant("same", same), variant("short", {0.1})},
                               {.seed = 3});
  CHECK(json.at("baseline") == "base");
  CHECK(json.at("variants").size() == 4);
  const Json& differences = json.at("differences");
  REQUIRE(differences.size() == 3);
  CHECK(differences.at(0).at("verdict") == "BETTER");
  CHECK(differences.at(0).at("mean").get<double>() == doctest::Approx(0.0015));
  CHECK(differences.at(1).at("verdict") == "NO_DIFFERENCE_SHOWN");
  CHECK(differences.at(2).at("verdict") == "TOO_SHORT");
  CHECK(differences.at(2).at("mean").is_null());
  const Json reversed = comparison({variant("better", better), variant("base", market)}, {});
  CHECK(reversed.at("differences").at(0).at("verdict") == "WORSE");
}

TEST_CASE("variants side by side have the results that each has alone") {
  const config::EngineConfig config = swept_config();
  const TimeRange range{kSweepStart, kSweepStart + Duration{3 * 86'400'000}};
  const auto feed = market_feed(config.paper);
  REQUIRE(feed);
  const auto alone = run_trials(config, config.bots, [&] { return market_feed(config.paper); },
                                {.range = range, .threads = 1, .on_done = {}});
  REQUIRE(alone);
  const auto run = run_virtually(config, {.from = range.from,
                                          .to = range.to,
                                          .bots = config.bots,
                                          .feed = *feed,
                                          .data = {},
                                          .on_progress = {}});
  REQUIRE(run);
  const auto record = read_run(run->engine->store(), **feed, run->facts);
  REQUIRE(record);
  const auto trades = run_trades(*record);
  REQUIRE(trades);
  for (std::size_t i = 0; i < config.bots.size(); ++i) {
    const TrialScore together = score_of(*record, *trades, config.bots[i].id, run->facts);
    CHECK(together.trades == (*alone)[i].trades);
    CHECK(together.profit == doctest::Approx((*alone)[i].profit));
  }
}

TEST_CASE("variants that are compared do not stand in each other's way") {
  const TimeRange range{kSweepStart, kSweepStart + Duration{3 * 86'400'000}};
  const auto trades_of = [&](const config::EngineConfig& config) {
    const auto scores = run_trials(config, config.bots, [&] { return market_feed(config.paper); },
                                   {.range = range, .threads = 1, .on_done = {}});
    REQUIRE_MESSAGE(scores, (scores ? "" : to_string(scores.error())));
    std::vector<std::size_t> trades;
    for (const TrialScore& score : *scores) trades.push_back(score.trades);
    return trades;
  };
  const std::vector<std::size_t> free = trades_of(swept_config());
  REQUIRE(free.size() == 2);
  CHECK(free[0] > 0);
  CHECK(free[1] > 0);
  CHECK(trades_of(swept_config("[risk]\nmax_per_symbol = 1\n")) == free);
}

}  // namespace botbox::cli
