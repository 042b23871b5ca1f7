#include "tools/botbox/replay_report.hpp"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/tools_botbox/written_run.hpp"
#include "tools/botbox/equity.hpp"

namespace botbox::cli {
namespace {

using namespace botbox::cli::written;

using Json = nlohmann::ordered_json;

}  // namespace

TEST_CASE("equity follows fills and closes, and the drawdown is the deepest fall of the curve") {
  Run run;
  run.bot("a", kBtc, 1000);
  // Bought 2 at 100 with a fee of 1 in the first minute, sold 1 at 130 with a fee of 1 in the
  // third.
  run.position("a", "p1", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "2", 100, "1", 0}, {OrderSide::kSell, "1", 130, "1", 2}});
  // Equity at the closes: 1019 at 110, 1048 at 120 (30 - 2 + 20), 1018 at 90, 1033 at 105, 1008
  // at 80.
  ClosesFeed feed({{kBtc, {110, 120, 90, 105, 80}}});
  const Json report = run.report(facts(5), feed);
  const Json& bot = report.at("per_bot").at(0);
  CHECK(bot.at("realised") == "30");
  CHECK(bot.at("fees") == "2");
  CHECK(bot.at("unrealised") == "-20");
  CHECK(bot.at("equity") == "1008");
  CHECK(bot.at("max_drawdown") == "40");
  CHECK(report.at("total").at("start_equity") == "1000");
  CHECK(report.at("total").at("end_equity") == "1008");
  CHECK(report.at("total").at("max_drawdown") == "40");
  CHECK(report.at("total").at("max_drawdown_ratio") == "0.038167938931");
  CHECK(report.at("fills") == 2);
  CHECK(report.at("positions").at("open") == 1);
  const Json& market = report.at("markets").at("BTC/USDT");
  CHECK(market.at("first") == "110");
  CHECK(market.at("last") == "80");
  CHECK(market.at("change").get<double>() == doctest::Approx(80.0 / 110 - 1));
}

TEST_CASE("falls of two bots at different times do not add up in the total") {
  Run run;
  run.bot("a", kBtc, 500);
  run.bot("b", kEth, 500);
  run.bot("idle", kEth, 100);
  run.position("a", "p1", kBtc, PositionSide::kLong, {{OrderSide::kBuy, "1", 100, "0", 0}});
  run.position("b", "p2", kEth, PositionSide::kShort, {{OrderSide::kSell, "1", 100, "0", 0}});
  // a: -40 then back; b: rises when its price falls.
  ClosesFeed feed({{kBtc, {60, 100, 100}}, {kEth, {100, 100, 70}}});
  const Json report = run.report(facts(3), feed);
  CHECK(report.at("per_bot").at(0).at("max_drawdown") == "40");
  CHECK(report.at("per_bot").at(1).at("max_drawdown") == "0");
  CHECK(report.at("per_bot").at(1).at("unrealised") == "30");
  CHECK(report.at("per_bot").at(2).at("equity") == "100");
  CHECK(report.at("total").at("max_drawdown") == "40");
  CHECK(report.at("total").at("start_equity") == "1100");
  CHECK(report.at("total").at("end_equity") == "1130");
}

TEST_CASE("a fill after the last close counts at the end") {
  Run run;
  run.bot("a", kBtc, 1000);
  run.position("a", "p1", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "1", 100, "0", 0}, {OrderSide::kSell, "1", 70, "0.5", 3}});
  ClosesFeed feed({{kBtc, {100, 100}}});
  const Json report = run.report(facts(3), feed);
  CHECK(report.at("total").at("end_equity") == "969.5");
  CHECK(report.at("total").at("max_drawdown") == "30.5");
  CHECK(report.at("positions").at("by_close_reason").at("STOP_LOSS_HIT") == 1);
}

TEST_CASE("an open position without candles is an error and not a guess") {
  const std::vector<BotHistory> bots{{.bot = {"a"},
                                      .allocation = Notional::literal("100"),
                                      .positions = {{.id = {"p"},
                                                     .symbol = kBtc,
                                                     .side = PositionSide::kLong,
                                                     .fills = {{.id = {"f"},
                                                                .symbol = kBtc,
                                                                .side = OrderSide::kBuy,
                                                                .price = Price::literal("10"),
                                                                .quantity = Quantity::literal("1"),
                                                                .at = kFrom}}}}}};
  ClosesFeed feed({});
  const auto fleet = fold_equity(bots, feed, {}, {kFrom, minute(3)});
  REQUIRE(!fleet);
  CHECK(fleet.error().code == ErrorCode::kNotFound);
  CHECK(fold_equity({}, feed, {}, {kFrom, kFrom}).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("signals are counted by decision and reason") {
  Run run;
  run.bot("a", kBtc, 1000);
  run.signal("a", "s1", 1);
  run.signal("a", "s2", 2).execution_reason = ReasonCode::kOrderBlockedLiveTrading;
  Signal& refused = run.signal("a", "s3", 3);
  refused.decision = SignalDecision::kRejected;
  refused.rejection_reason = ReasonCode::kCooldownBot;
  ClosesFeed feed({});
  const Json report = run.report(facts(5), feed);
  const Json& signals = report.at("signals");
  CHECK(signals.at("generated") == 3);
  CHECK(signals.at("accepted") == 2);
  CHECK(signals.at("rejected") == 1);
  CHECK(signals.at("blocked") == 1);
  CHECK(signals.at("by_reason").at("COOLDOWN_BOT") == 1);
  CHECK(signals.at("by_reason").at("ORDER_BLOCKED_LIVE_TRADING") == 1);
  CHECK(report.at("duplicates") == Json{{"signals", 0}, {"orders", 0}});
  CHECK(report.at("per_bot").at(0).at("signals") == 3);
}

TEST_CASE("duplicates are found where they are") {
  ClosesFeed feed({});
  SUBCASE("one signal accepted twice") {
    Run run;
    run.signal("a", "s1", 1);
    run.signal("a", "s1", 2);
    CHECK(run.report(facts(5), feed).at("duplicates").at("signals") == 1);
  }
  SUBCASE("two signals of one bot, candle and direction") {
    Run run;
    run.signal("a", "s1", 1);
    run.signal("a", "s2", 1);
    run.signal("b", "s3", 1);
    run.signal("a", "s4", 1).direction = Direction::kClose;
    run.signal("a", "s5", 1).decision = SignalDecision::kRejected;
    CHECK(run.report(facts(5), feed).at("duplicates").at("signals") == 1);
  }
  SUBCASE("one client order id in two trades, in whichever leg") {
    Run run;
    run.trade("a", "t1").stop_client_id = {"x"};
    run.trade("a", "t2").take_profit_client_id = {"x"};
    run.trade("a", "t3").client_order_id = {"t1"};
    CHECK(run.report(facts(5), feed).at("duplicates").at("orders") == 2);
  }
  SUBCASE("one client order id taken twice by the exchange") {
    Run run;
    run.trade("a", "t1");
    ReplayFacts twice = facts(5);
    twice.taken_orders = {{"t1"}, {"t2"}, {"t1"}};
    CHECK(run.report(twice, feed).at("duplicates").at("orders") == 1);
  }
}

TEST_CASE("but for its timing the report of equal runs is equal to the byte") {
  const auto once = [](double wall_seconds) {
    Run run;
    run.bot("a", kBtc, 1000);
    run.trade("a", "t1");
    ClosesFeed feed({{kBtc, {1, 2}}});
    ReplayFacts with = facts(2);
    with.wall_seconds = wall_seconds;
    return run.report(with, feed);
  };
  Json one = once(1);
  Json two = once(3);
  CHECK(one.dump() != two.dump());
  CHECK(std::prev(one.end()).key() == "timing");
  one.erase("timing");
  two.erase("timing");
  CHECK(one.dump() == two.dump());
}

TEST_CASE("the report for people names totals, duplicates and every bot") {
  Run run;
  run.bot("alpha", kBtc, 1000);
  ClosesFeed feed({{kBtc, {1, 2}}});
  const std::string text = report_text(run.report(facts(2), feed));
  CHECK(text.find("duplicates  0 signals, 0 orders") != std::string::npos);
  CHECK(text.find("equity      1000 -> 1000") != std::string::npos);
  CHECK(text.find("market      BTC/USDT +100.00 % (1 -> 2)") != std::string::npos);
  CHECK(text.find("alpha  BTC/USDT") != std::string::npos);
}

}  // namespace botbox::cli
