// What changed of a bot, by the names that its configuration has for it.
#include "actors/bot_settings.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include "tests/support/actor_builders.hpp"

namespace botbox::actors {
namespace {

RiskPlan guarded_plan(std::string_view trailing, std::string_view daily_loss) {
  RiskPlan plan;
  plan.exits.trailing.distance = Decimal::literal(trailing);
  plan.guards.daily_loss = Decimal::literal(daily_loss);
  return plan;
}

}  // namespace

TEST_CASE("each parameter and each setting of the plan that changed is named with its values") {
  BotConfig before = test::plain_bot("one");
  before.parameters = {{"oversold", 30}, {"rsi_period", 14}};
  before.plan = {guarded_plan("0.01", "0.02")};
  BotConfig after = before;
  CHECK(difference_text(before, after).empty());
  after.parameters[1].value = 7;
  after.plan = {guarded_plan("0.02", "0.05")};
  CHECK(difference_text(before, after) ==
        "parameters.rsi_period 14 -> 7; exits.trailing 1% -> 2%; guards.daily_loss 2% -> 5%");
}

TEST_CASE("a plan that comes or goes differs in what it says, not in defaults") {
  const BotConfig without = test::plain_bot("one");
  BotConfig with = without;
  with.plan = {guarded_plan("0.01", "0")};
  CHECK(difference_text(without, with) == "exits.trailing (not set) -> 1%");
  CHECK(difference_text(with, without) == "exits.trailing 1% -> (not set)");
}

TEST_CASE("of a list of symbols is said what came and what went") {
  BotConfig before = test::plain_bot("one");
  before.block_list = {"XRP/USDT", "BTC/USDT"};
  BotConfig after = before;
  after.block_list = {"BTC/USDT", "DOGE/USDT"};
  CHECK(difference_text(before, after) == "block_list +DOGE/USDT -XRP/USDT");
  after.block_list = {"BTC/USDT", "XRP/USDT"};
  CHECK(difference_text(before, after) == "block_list in another order");
}

TEST_CASE("a long difference ends between two settings and says how many more there are") {
  BotConfig before = test::plain_bot("one");
  for (int i = 0; i < 40; ++i)
    before.parameters.push_back({fmt::format("parameter_{:02}", i), 1.0});
  BotConfig after = before;
  for (StrategyParameter& parameter : after.parameters) parameter.value = 2;
  const std::string text = difference_text(before, after);
  CHECK(text.ends_with("parameters.parameter_17 1 -> 2; and 22 more"));
  CHECK(text.find("(...)") == std::string::npos);
}

TEST_CASE("a long value is cut, and the name of its setting never") {
  const BotConfig before = test::plain_bot("one");
  BotConfig after = before;
  after.name = std::string(100, 'x');
  CHECK(difference_text(before, after) == "name one -> " + std::string(60, 'x') + "...");
}

}  // namespace botbox::actors
