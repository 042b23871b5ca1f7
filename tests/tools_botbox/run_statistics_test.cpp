// Statistics, trades and page of a run whose rows a test has written down.
#include "tools/botbox/run_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/tools_botbox/written_run.hpp"
#include "tools/botbox/report_page.hpp"
#include "tools/botbox/trades_csv.hpp"
#include "tools/botbox/virtual_run.hpp"

namespace botbox::cli {
namespace {

using written::ClosesFeed;
using written::kBtc;
using written::kEth;
using Json = nlohmann::ordered_json;

struct ReadRun {
  RunRecord record;
  std::vector<RunTrade> trades;
  Json statistics;
};

void read_into(ReadRun& read, written::Run& run, exchange::MarketFeed& feed,
               const ReplayFacts& facts) {
  auto record = read_run(run.store(), feed, facts);
  REQUIRE_MESSAGE(record, (record ? "" : to_string(record.error())));
  read.record = std::move(*record);
  auto trades = run_trades(read.record);
  REQUIRE(trades);
  read.trades = std::move(*trades);
  read.statistics = run_statistics(read.record, read.trades, facts);
}

// Two bots of ten minutes: "a" wins 30 less 2 and loses 20 less 1 on BTC, "b" is short on ETH.
void write_two_bots(written::Run& run) {
  run.bot("a", kBtc, 1000);
  run.bot("b", kEth, 500);
  run.position("a", "p1", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "1", 100, "1", 1}, {OrderSide::kSell, "1", 130, "1", 3}});
  run.position("a", "p2", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "2", 100, "0.5", 5}, {OrderSide::kSell, "2", 90, "0.5", 6}});
  run.position("b", "p3", kEth, PositionSide::kShort,
               {{OrderSide::kSell, "1", 50, "0", 2}, {OrderSide::kBuy, "1", 40, "0", 7}});
  Trade& opening = run.trade("a", "p1");
  opening.position = {"p1"};
  opening.signal = {"s1"};
  run.signal("a", "s1", 1).market_context = R"({"close":"100","regime":"trending"})";
}

ClosesFeed two_markets() {
  return ClosesFeed({{kBtc, {100, 110, 130, 130, 100, 100, 90, 90, 90, 90}},
                     {kEth, {50, 50, 45, 45, 45, 45, 40, 40, 40, 40}}});
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace

TEST_CASE("statistics of a run are those of its trades and curves, in every group") {
  written::Run run;
  write_two_bots(run);
  ClosesFeed feed = two_markets();
  ReadRun read;
  read_into(read, run, feed, written::facts(10));
  const Json& total = read.statistics.at("total");
  CHECK(total.at("trades") == 3);
  CHECK(total.at("wins") == 2);
  CHECK(total.at("net_profit") == "17");  // 28 - 21 + 10
  CHECK(total.at("fees") == "3");
  CHECK(total.at("turnover") == "700");  // 230 + 380 + 90
  CHECK(total.at("profit_factor").get<double>() == doctest::Approx(38.0 / 21));
  CHECK(total.at("start") == 1500);
  CHECK(total.at("end") == 1517);
  CHECK(total.at("return").get<double>() == doctest::Approx(17.0 / 1500));
  // Open from 1 to 3, 5 to 6 and 2 to 7: minutes 1 to 7.
  CHECK(total.at("exposure").get<double>() == doctest::Approx(0.6));
  CHECK(total.at("turnover_ratio").get<double>() == doctest::Approx(700.0 / 1500));
  CHECK(total.at("sharpe").is_null());  // no two days
  const Json& a = read.statistics.at("by_bot").at("a");
  CHECK(a.at("exposure").get<double>() == doctest::Approx(0.3));
  CHECK(a.at("max_drawdown") == 21);
  CHECK(a.at("average_minutes").get<double>() == doctest::Approx(1.5));
  CHECK(read.statistics.at("by_symbol").at("ETH/USDT").at("net_profit") == "10");
  CHECK(read.statistics.at("by_strategy").at("rsi_reversion").at("trades") == 3);
  CHECK(read.statistics.at("by_strategy").at("rsi_reversion").at("end") == 1517);
  CHECK(read.statistics.at("by_regime").at("trending").at("net_profit") == "28");
  CHECK(read.statistics.at("by_regime").size() == 1);
  CHECK(read.statistics.at("by_exit_reason").at("STOP_LOSS_HIT").at("trades") == 3);
  CHECK(read.statistics.at("by_side").at("SHORT").at("trades") == 1);
  const Json& month = read.statistics.at("monthly").at(0);
  CHECK(month.at("month") == "2024-01");
  CHECK(month.at("profit") == 17);
  CHECK(month.at("trades") == 3);
}

TEST_CASE("groups of trades tell what their closed trades made of the capital of all bots") {
  written::Run run;
  write_two_bots(run);
  ClosesFeed feed = two_markets();
  ReadRun read;
  read_into(read, run, feed, written::facts(10));
  // 1500, 1528 at minute 3, 1507 at minute 6.
  const Json& longs = read.statistics.at("by_side").at("LONG");
  CHECK(longs.at("start") == 1500);
  CHECK(longs.at("end") == 1507);
  CHECK(longs.at("return").get<double>() == doctest::Approx(7.0 / 1500));
  CHECK(longs.at("max_drawdown") == 21);
  CHECK(longs.at("max_drawdown_ratio").get<double>() == doctest::Approx(21.0 / 1528));
  CHECK(longs.at("max_drawdown_days").get<double>() == doctest::Approx(4.0 / 1'440));
  CHECK(longs.at("exposure").get<double>() == doctest::Approx(0.3));
  CHECK(longs.at("turnover_ratio").get<double>() == doctest::Approx(610.0 / 1500));
  CHECK(longs.at("sharpe").is_null());  // no two days
  const Json& shorts = read.statistics.at("by_side").at("SHORT");
  CHECK(shorts.at("end") == 1510);
  CHECK(shorts.at("exposure").get<double>() == doctest::Approx(0.5));
  CHECK(shorts.at("max_drawdown") == 0);
  CHECK(shorts.at("calmar").is_null());
  // All three: 1517 at minute 7 is below 1528 still. Held from 1 to 7 by one or the other.
  const Json& stopped = read.statistics.at("by_exit_reason").at("STOP_LOSS_HIT");
  CHECK(stopped.at("end") == 1517);
  CHECK(stopped.at("max_drawdown_days").get<double>() == doctest::Approx(4.0 / 1'440));
  CHECK(stopped.at("exposure").get<double>() == doctest::Approx(0.6));
  const Json& trending = read.statistics.at("by_regime").at("trending");
  CHECK(trending.at("end") == 1528);
  CHECK(trending.at("exposure").get<double>() == doctest::Approx(0.2));
}

TEST_CASE("ratios of a group of trades come from the sums of its days") {
  constexpr int kDayMinutes = 1'440;
  written::Run run;
  run.bot("a", kBtc, 1000);
  run.position("a", "p1", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "1", 100, "0", 10}, {OrderSide::kSell, "1", 110, "0", 20}});
  // Closes as the second day ends, and so is of that day.
  run.position(
      "a", "p2", kBtc, PositionSide::kLong,
      {{OrderSide::kBuy, "1", 110, "0", 1'500}, {OrderSide::kSell, "1", 90, "0", 2 * kDayMinutes}});
  ClosesFeed feed({{kBtc, std::vector<int>(3 * kDayMinutes, 100)}});
  ReadRun read;
  read_into(read, run, feed, written::facts(3 * kDayMinutes));
  const Json& group = read.statistics.at("by_side").at("LONG");
  CHECK(group.at("end") == 990);  // 1000, 1010, 990, 990
  const double gain = 0.01;
  const double loss = -20.0 / 1010;
  const double mean = (gain + loss) / 3;
  const double squares = std::pow(gain - mean, 2) + std::pow(loss - mean, 2) + mean * mean;
  CHECK(group.at("sharpe").get<double>() ==
        doctest::Approx(mean / std::sqrt(squares / 2) * std::sqrt(365.0)));
  CHECK(group.at("sortino").get<double>() ==
        doctest::Approx(mean / std::sqrt(loss * loss / 3) * std::sqrt(365.0)));
  CHECK(group.at("volatility").get<double>() ==
        doctest::Approx(std::sqrt(squares / 2) * std::sqrt(365.0)));
  const double growth = std::pow(0.99, 365.0 / 3) - 1;
  CHECK(group.at("growth_per_year").get<double>() == doctest::Approx(growth));
  CHECK(group.at("calmar").get<double>() == doctest::Approx(growth / (20.0 / 1010)));
  CHECK(group.at("max_drawdown_days") == 1);
}

TEST_CASE("a drawdown lasts from the height to its return, and a curve holds every step") {
  written::Run run;
  run.bot("a", kBtc, 1000);
  run.position("a", "p1", kBtc, PositionSide::kLong, {{OrderSide::kBuy, "1", 100, "0", 0}});
  // Equity at the closes, minutes 1 to 12.
  ClosesFeed feed({{kBtc, {110, 105, 90, 100, 110, 120, 119, 118, 117, 118, 119, 121}}});
  ReadRun read;
  read_into(read, run, feed, written::facts(12));
  const Equity& equity = read.record.equity.total;
  CHECK(equity.max_drawdown_length == Duration{6 * 60'000});  // minutes 6 to 12
  CHECK(equity.curve.step == Duration{5 * 60'000});
  CHECK(equity.curve.equity == std::vector<double>{1000, 1010, 1018, 1021});
  REQUIRE(equity.curve.drawdown.size() == 4);
  CHECK(equity.curve.drawdown[1] == doctest::Approx(20.0 / 1010));
  CHECK(equity.curve.drawdown[2] == doctest::Approx(3.0 / 1020));
  CHECK(equity.curve.drawdown[3] == doctest::Approx(2.0 / 1020));
}

TEST_CASE("over a day without candles the equity stands still, and a fall goes on") {
  written::Run run;
  run.bot("a", kBtc, 1000);
  run.position("a", "p1", kBtc, PositionSide::kLong, {{OrderSide::kBuy, "1", 100, "0", 0}});
  constexpr std::size_t kDayMinutes = 1'440;
  std::vector<int> closes(3 * kDayMinutes, 100);
  std::fill(closes.begin() + 1'001, closes.begin() + kDayMinutes, 90);
  std::fill(closes.begin() + kDayMinutes, closes.begin() + 2 * kDayMinutes, 0);
  ClosesFeed feed({{kBtc, closes}});
  ReadRun read;
  read_into(read, run, feed, written::facts(3 * kDayMinutes));
  const Equity& equity = read.record.equity.total;
  CHECK(daily_equity(equity.curve) == std::vector<double>{1000, 990, 990, 1000});
  // The candle of minute 1001 closes below at 1002, the first of the third day reaches it again.
  CHECK(equity.max_drawdown_length == Duration{(2'881 - 1'001) * 60'000});
  const Json& total = read.statistics.at("total");
  CHECK(total.at("max_drawdown") == 10);
  CHECK(total.at("max_drawdown_ratio").get<double>() == doctest::Approx(0.01));
  CHECK(total.at("max_drawdown_days").get<double>() == doctest::Approx(1'880.0 / 1'440));
  CHECK(total.at("exposure") == 1);
  // Daily returns -1/100, 0 and 1/99.
  const double mean = (1.0 / 99 - 0.01) / 3;
  CHECK(total.at("sortino").get<double>() ==
        doctest::Approx(mean / std::sqrt(0.0001 / 3) * std::sqrt(365.0)));
  const double squares = std::pow(-0.01 - mean, 2) + mean * mean + std::pow(1.0 / 99 - mean, 2);
  CHECK(total.at("sharpe").get<double>() ==
        doctest::Approx(mean / std::sqrt(squares / 2) * std::sqrt(365.0)));
}

TEST_CASE("a run without a trade has every number that exists, and null for the others") {
  written::Run run;
  run.bot("a", kBtc, 1000);
  ClosesFeed feed({{kBtc, std::vector<int>(3 * 1'440, 100)}});
  ReadRun read;
  read_into(read, run, feed, written::facts(3 * 1'440));
  for (const Json& group : {read.statistics.at("total"), read.statistics.at("by_bot").at("a"),
                            read.statistics.at("by_symbol").at("BTC/USDT")}) {
    for (const char* name :
         {"trades", "return", "growth_per_year", "volatility", "max_drawdown", "max_drawdown_ratio",
          "max_drawdown_days", "exposure", "turnover_ratio"}) {
      CAPTURE(name);
      CHECK(group.at(name) == 0);
    }
    CHECK(group.at("net_profit") == "0");
    for (const char* name : {"win_rate", "profit_factor", "expectancy", "average_win",
                             "payoff_ratio", "average_minutes", "sharpe", "sortino", "calmar"}) {
      CAPTURE(name);
      CHECK(group.at(name).is_null());
    }
  }
  CHECK(read.statistics.at("by_exit_reason").empty());
}

TEST_CASE("days of a curve are its points at whole days") {
  EquityCurve curve{.step = Duration{8 * 3'600'000}, .equity = {}, .drawdown = {}};
  for (int i = 0; i < 9; ++i) curve.equity.push_back(i);
  CHECK(daily_equity(curve) == std::vector<double>{0, 3, 6});
  CHECK(curve_step(written::kFrom, written::kFrom + Duration{3'600'000}) == Duration{300'000});
  const Timestamp later = written::kFrom + Duration{229 * 86'400'000LL};
  CHECK(curve_step(written::kFrom, later) == Duration{2 * 3'600'000});
  CHECK(curve_step(written::kFrom, written::kFrom + Duration{9'000 * 86'400'000LL}) ==
        Duration{86'400'000});
}

TEST_CASE("a line of the CSV says all of a trade, and a comma in a name is no column") {
  written::Run run;
  run.bot("a,\"1\"", kBtc, 1000);
  run.position("a,\"1\"", "p1", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "1", 100, "0.5", 1},
                {OrderSide::kBuy, "1", 110, "0.5", 2},
                {OrderSide::kSell, "2", 120, "1", 4}});
  ClosesFeed feed({{kBtc, {100, 100, 100, 100, 100}}});
  ReadRun read;
  read_into(read, run, feed, written::facts(5));
  const std::string csv = trades_csv(read.record, read.trades);
  CHECK(count_of(csv, "\r\n") == 2);
  CHECK(csv.starts_with("bot,symbol,strategy,side,opened_at,"));
  CHECK(
      csv.find(
          "\"a,\"\"1\"\"\",BTC/USDT,rsi_reversion,LONG,2024-01-01T00:01:00.000Z,"
          "2024-01-01T00:04:00.000Z,3.00,2,105,120,210,28,2,0,0.133333,STOP_LOSS_HIT,,3,p1\r\n") !=
      csv.npos);
}

TEST_CASE("the page holds the whole run, loads nothing, and no text of a bot ends its script") {
  written::Run run;
  run.bot("</script><b>", kBtc, 1000);
  run.position("</script><b>", "p1", kBtc, PositionSide::kLong,
               {{OrderSide::kBuy, "1", 100, "0", 1}, {OrderSide::kSell, "1", 120, "0", 4}});
  ClosesFeed feed({{kBtc, {100, 101, 102, 103, 104}}});
  ReadRun read;
  const ReplayFacts facts = written::facts(5);
  read_into(read, run, feed, facts);
  const Json report = build_report(read.record, read.trades, facts);
  const PageParts parts{.charts = "export const x = '</script>';",
                        .uplot = "window.uPlot = 1;",
                        .uplot_style = ".uplot{}"};
  const std::string page = report_page(report, read.record, read.trades, feed, facts, parts);
  CHECK(page.find("{{") == page.npos);
  // Four scripts are opened, four are closed, whatever stands inside.
  CHECK(count_of(page, "<script") == 4);
  CHECK(count_of(page, "</script") == 4);
  CHECK(page.find("<b>") == page.npos);
  CHECK(page.find("default-src 'none'") != page.npos);
  CHECK(page.find(" src=") == page.npos);
  CHECK(page.find("window.uPlot = 1;") != page.npos);
  for (const char* column : {"'CAGR'", "'Calmar'", "'Turnover'", "'Drawdown lasted'"}) {
    CAPTURE(column);
    CHECK(page.find(std::string("{title: ") + column) != page.npos);
  }
  // The data reads back as JSON.
  const Json data = written::page_data(page);
  CHECK(data.at("report") == report);
  CHECK(data.at("trades").at(0).at("profit") == 20);
  CHECK(data.at("fills").at("</script><b>").size() == 2);
  CHECK(data.at("markets").at("BTC/USDT").at("candles").size() == 5);
  CHECK(data.at("curves").at("bots").at("</script><b>").at("equity").size() ==
        data.at("curves").at("total").at("equity").size());
}

TEST_CASE("a page without charts is a page all the same") {
  written::Run run;
  run.bot("a", kBtc, 1000);
  ClosesFeed feed({{kBtc, {100, 101}}});
  ReadRun read;
  const ReplayFacts facts = written::facts(2);
  read_into(read, run, feed, facts);
  const Json report = build_report(read.record, read.trades, facts);
  const std::string page = report_page(report, read.record, read.trades, feed, facts, {});
  CHECK(page.find("built without its charts") != page.npos);
  CHECK(page.find("{{") == page.npos);
}

}  // namespace botbox::cli
