// Statistics against the independent reference (tests/reference/performance.py), by hand, and in
// their properties.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "engine/statistics/bootstrap.hpp"
#include "engine/statistics/curve_statistics.hpp"
#include "engine/statistics/deflated_sharpe.hpp"
#include "engine/statistics/realised_equity.hpp"
#include "engine/statistics/trade_statistics.hpp"
#include "tests/support/seeded_runs.hpp"

namespace botbox {
namespace {

using Numbers = std::map<std::string, std::string, std::less<>>;

struct GoldenCurve {
  std::vector<double> values;
  Numbers numbers;
};
struct GoldenStatistics {
  std::vector<GoldenCurve> curves;
  Numbers constants;
};

GoldenStatistics read_golden_statistics() {
  std::ifstream file(BOTBOX_SOURCE_DIR "/tests/reference/performance.golden");
  REQUIRE(file.good());
  GoldenStatistics golden;
  Numbers* now = nullptr;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "curve") {
      GoldenCurve& curve = golden.curves.emplace_back();
      for (double value = 0; words >> value;) curve.values.push_back(value);
      now = &curve.numbers;
    } else if (word == "constants") {
      now = &golden.constants;
    } else {
      REQUIRE(now != nullptr);
      words >> (*now)[word];
    }
  }
  return golden;
}

void check_number(const Numbers& numbers, const std::string& name, std::optional<double> value) {
  CAPTURE(name);
  const std::string& text = numbers.at(name);
  REQUIRE((text == "-") != value.has_value());
  if (!value) return;
  const double wanted = std::strtod(text.c_str(), nullptr);
  CHECK(std::fabs(*value - wanted) <= 1e-12 + 1e-9 * std::fabs(wanted));
}

ClosedTrade closed(const char* profit, int opened_minute, int closed_minute, const char* fees = "0",
                   const char* turnover = "0") {
  const auto at = [](int minute) { return Timestamp{minute * 60'000LL}; };
  return {at(opened_minute), at(closed_minute), Notional::literal(profit), Notional::literal(fees),
          Notional::literal(turnover)};
}

}  // namespace

TEST_CASE("statistics of a curve agree with the independent reference") {
  const GoldenStatistics golden = read_golden_statistics();
  REQUIRE(golden.curves.size() == 4);
  for (const GoldenCurve& curve : golden.curves) {
    CAPTURE(curve.values.size());
    const std::vector<double> returns = simple_returns(curve.values);
    REQUIRE(returns.size() + 1 == curve.values.size());
    const Moments sample = moments(returns);
    check_number(curve.numbers, "mean", sample.mean);
    check_number(curve.numbers, "deviation", sample.deviation);
    check_number(curve.numbers, "skewness", sample.skewness);
    check_number(curve.numbers, "kurtosis", sample.kurtosis);
    const double sharpe = sharpe_ratio(returns).value();
    check_number(curve.numbers, "sharpe", annualised(sharpe, kDaysPerYear));
    const auto sortino = sortino_ratio(returns);
    check_number(curve.numbers, "sortino",
                 sortino ? std::optional(annualised(*sortino, kDaysPerYear)) : std::nullopt);
    const Drawdown fall = drawdown(curve.values);
    check_number(curve.numbers, "deepest", fall.deepest);
    check_number(curve.numbers, "deepest_ratio", fall.deepest_ratio);
    check_number(curve.numbers, "longest", static_cast<double>(fall.longest));
    const Duration days{86'400'000LL * static_cast<std::int64_t>(returns.size())};
    const auto growth = growth_per_year(curve.values.front(), curve.values.back(), days);
    check_number(curve.numbers, "growth", growth);
    check_number(curve.numbers, "calmar", calmar_ratio(growth, fall.deepest_ratio));
    const SharpeEstimate estimate{sharpe, returns.size(), *sample.skewness, *sample.kurtosis};
    check_number(curve.numbers, "psr_0", probabilistic_sharpe(estimate, 0));
    check_number(curve.numbers, "psr_0.05", probabilistic_sharpe(estimate, 0.05));
  }
}

TEST_CASE("the normal distribution and the luck of many trials agree with the reference") {
  const GoldenStatistics golden = read_golden_statistics();
  for (const auto& [name, text] : golden.constants) {
    const double argument = std::strtod(name.c_str() + name.find('_') + 1, nullptr);
    if (name.starts_with("quantile_"))
      check_number(golden.constants, name, normal_quantile(argument));
    else if (name.starts_with("cdf_"))
      check_number(golden.constants, name, normal_cdf(argument));
    else
      check_number(golden.constants, name,
                   expected_best_sharpe(static_cast<std::size_t>(argument), 0.25));
  }
  CHECK(golden.constants.size() == 16);
  CHECK(expected_best_sharpe(1, 0.25) == 0);
}

TEST_CASE("the deflated Sharpe ratio reproduces the example of its paper") {
  // Bailey & Lopez de Prado 2014: an annual ratio of 2.5 over 1250 days of 250 a year, skewness -3,
  // kurtosis 10, the best of 100 trials whose annual ratios vary by 1/2.
  const double benchmark = expected_best_sharpe(100, 0.5 / 250);
  CHECK(benchmark == doctest::Approx(0.1132).epsilon(0.0005));
  const SharpeEstimate best{2.5 / std::sqrt(250.0), 1250, -3, 10};
  CHECK(probabilistic_sharpe(best, benchmark).value() == doctest::Approx(0.9004).epsilon(0.0001));
  // After 46 trials it would have passed.
  CHECK(probabilistic_sharpe(best, expected_best_sharpe(46, 0.5 / 250)).value() ==
        doctest::Approx(0.9505).epsilon(0.0001));
}

TEST_CASE("the more was tried, the less the same best ratio is worth") {
  const SharpeEstimate best{0.15, 400, 0, 3};
  std::vector<double> tried{0.15, -0.05};
  double before = 1;
  for (int round = 0; round < 6; ++round) {
    const double now = deflated_sharpe(best, tried).value().probability;
    CHECK(now < before);
    before = now;
    tried.insert(tried.end(), tried.begin(), tried.end());
  }
  CHECK_FALSE(deflated_sharpe(best, std::vector{0.15}));
}

TEST_CASE("what divides by nothing has no value") {
  const std::vector<double> flat{5, 5, 5, 5};
  CHECK_FALSE(sharpe_ratio(simple_returns(flat)));
  CHECK_FALSE(sortino_ratio(simple_returns(flat)));
  CHECK_FALSE(sharpe_ratio(std::vector{0.01}));
  CHECK_FALSE(moments(std::vector<double>{}).deviation);
  CHECK_FALSE(calmar_ratio(0.5, 0));
  CHECK_FALSE(growth_per_year(100, 0, Duration{1'000}));
  CHECK_FALSE(growth_per_year(100, 110, Duration{0}));
  CHECK(simple_returns(std::vector<double>{100, 50, 0, 10}).size() == 2);
  const TradeStatistics none = trade_statistics({});
  CHECK(none.trades == 0);
  CHECK_FALSE(none.win_rate);
  CHECK_FALSE(none.average_duration);
  const TradeStatistics won = trade_statistics(std::vector{closed("5", 0, 1)});
  CHECK_FALSE(won.profit_factor);
  CHECK(won.win_rate == 1);
}

TEST_CASE("ratios of a few returns, worked by hand") {
  // Mean 2 %, deviation sqrt((1 + 1) / (2 - 1)) %.
  CHECK(sharpe_ratio(std::vector{0.01, 0.03}).value() == doctest::Approx(std::sqrt(2.0)));
  CHECK(sharpe_ratio(std::vector{-0.01, -0.03}).value() == doctest::Approx(-std::sqrt(2.0)));
  // Mean 0.5 %, root of (1 + 4) / 4 over all four returns.
  CHECK(sortino_ratio(std::vector{0.02, -0.01, 0.03, -0.02}).value() ==
        doctest::Approx(0.5 / std::sqrt(1.25)));
  CHECK(sortino_ratio(std::vector{-0.01}).value() == doctest::Approx(-1));
  CHECK(annualised(0.1, 365) == doctest::Approx(0.1 * std::sqrt(365.0)));
  // Off the mean of 4 by -3, -2, -1 and 6.
  const Moments sample = moments(std::vector<double>{1, 2, 3, 10});
  CHECK(sample.mean == doctest::Approx(4));
  CHECK(sample.deviation.value() == doctest::Approx(std::sqrt(50.0 / 3)));
  CHECK(sample.skewness.value() == doctest::Approx(45 / std::pow(12.5, 1.5)));
  CHECK(sample.kurtosis.value() == doctest::Approx(348.5 / (12.5 * 12.5)));
  // From 100 to 121 in two years of 365 days, a quarter down on the way.
  const auto growth = growth_per_year(100, 121, Duration{730 * 86'400'000LL});
  CHECK(growth.value() == doctest::Approx(0.1));
  CHECK(drawdown(std::vector<double>{100, 120, 90, 121}).deepest_ratio == 0.25);
  CHECK(calmar_ratio(growth, 0.25).value() == doctest::Approx(0.4));
  // A tenth of a return's deviation over 101 returns is almost one deviation of the mean.
  CHECK(probabilistic_sharpe({0.1, 101, 0, 3}, 0).value() ==
        doctest::Approx(normal_cdf(1 / std::sqrt(1.005))));
  // Skew and tails: 1 + 0.5 * 0.5 + (5 - 1) / 4 * 0.25 = 1.5.
  CHECK(probabilistic_sharpe({0.5, 7, -0.5, 5}, 0.5).value() == doctest::Approx(0.5));
  CHECK(probabilistic_sharpe({0.5, 7, -0.5, 5}, 0).value() ==
        doctest::Approx(normal_cdf(0.5 * std::sqrt(6.0) / std::sqrt(1.5))));
}

TEST_CASE("a curve that does not vary, one without falls, and one that ends in nothing") {
  // One percent a day, whatever rounding makes of it.
  std::vector<double> even{10'000};
  while (even.size() < 100) even.push_back(even.back() * 1.01);
  CHECK_FALSE(sharpe_ratio(simple_returns(even)));
  CHECK_FALSE(sortino_ratio(simple_returns(even)));
  CHECK(drawdown(even).deepest == 0);
  CHECK(drawdown(even).longest == 0);
  const std::vector<double> rising{100, 101, 103};
  CHECK(sharpe_ratio(simple_returns(rising)));
  CHECK_FALSE(sortino_ratio(simple_returns(rising)));
  CHECK_FALSE(calmar_ratio(growth_per_year(100, 103, Duration{1}), 0));
  // Nothing follows from nothing: the day of ruin is the last return.
  const std::vector<double> ruined{100, 50, 0, 0, 5};
  CHECK(simple_returns(ruined) == std::vector{-0.5, -1.0});
  CHECK(drawdown(ruined).deepest_ratio == 1);
  CHECK(drawdown(ruined).longest == 4);
  CHECK(simple_returns(std::vector<double>{0, 5}).empty());
  CHECK(simple_returns(std::vector<double>{5}).empty());
  CHECK(simple_returns({}).empty());
}

TEST_CASE("a fall lasts from its height to the value that reaches it again") {
  CHECK(drawdown(std::vector<double>{10, 12, 11, 9, 12, 13}).longest == 3);
  CHECK(drawdown(std::vector<double>{10, 12, 11, 9, 12, 13}).deepest == 3);
  CHECK(drawdown(std::vector<double>{10, 12, 11, 9, 12, 13}).deepest_ratio == 0.25);
  CHECK(drawdown(std::vector<double>{10, 9, 8, 7}).longest == 3);  // not over yet
  CHECK(drawdown(std::vector<double>{10, 10, 11}).longest == 0);
  CHECK(drawdown(std::vector<double>{}).longest == 0);
}

TEST_CASE("closed trades add up, worked by hand") {
  const std::vector trades{closed("10", 0, 10, "1", "100"), closed("-4", 20, 30, "1", "110"),
                           closed("-2", 12, 15, "0.5", "90"), closed("0", 40, 41),
                           closed("6", 50, 60)};
  const TradeStatistics sums = trade_statistics(trades);
  CHECK(sums.trades == 5);
  CHECK(sums.wins == 2);
  CHECK(sums.losses == 2);
  CHECK(sums.net_profit == Notional::literal("10"));
  CHECK(sums.gross_profit == Notional::literal("16"));
  CHECK(sums.gross_loss == Notional::literal("6"));
  CHECK(sums.fees == Notional::literal("2.5"));
  CHECK(sums.turnover == Notional::literal("300"));
  CHECK(sums.best == Notional::literal("10"));
  CHECK(sums.worst == Notional::literal("-4"));
  CHECK(sums.longest_losing_streak == 2);
  CHECK(sums.win_rate.value() == doctest::Approx(0.4));
  CHECK(sums.profit_factor.value() == doctest::Approx(16.0 / 6));
  CHECK(sums.expectancy.value() == doctest::Approx(2));
  CHECK(sums.average_win.value() == doctest::Approx(8));
  CHECK(sums.average_loss.value() == doctest::Approx(3));
  CHECK(sums.payoff_ratio.value() == doctest::Approx(8.0 / 3));
  CHECK(sums.average_duration == Duration{34 * 60'000 / 5});
}

TEST_CASE("trades at the edges: one, only wins, only losses, nothing either way") {
  const TradeStatistics win = trade_statistics(std::vector{closed("7", 0, 3)});
  CHECK(win.win_rate == 1);
  CHECK(win.expectancy == 7);
  CHECK(win.average_win == 7);
  CHECK_FALSE(win.average_loss);
  CHECK_FALSE(win.profit_factor);
  CHECK_FALSE(win.payoff_ratio);
  CHECK(win.worst == Notional::literal("7"));
  CHECK(win.average_duration == Duration{180'000});
  const TradeStatistics loss = trade_statistics(std::vector{closed("-7", 0, 3)});
  CHECK(loss.win_rate == 0);
  CHECK(loss.expectancy == -7);
  CHECK(loss.profit_factor == 0);
  CHECK_FALSE(loss.average_win);
  CHECK(loss.average_loss == 7);
  CHECK_FALSE(loss.payoff_ratio);
  CHECK(loss.best == Notional::literal("-7"));
  CHECK(loss.longest_losing_streak == 1);
  const TradeStatistics wins = trade_statistics(std::vector{closed("1", 0, 1), closed("3", 1, 2)});
  CHECK(wins.win_rate == 1);
  CHECK_FALSE(wins.profit_factor);
  CHECK(wins.longest_losing_streak == 0);
  // A trade that ends where it began is a trade, no win, no loss, and ends a streak.
  const TradeStatistics even = trade_statistics(
      std::vector{closed("-1", 0, 1), closed("0", 1, 2), closed("-1", 2, 3), closed("-1", 3, 4)});
  CHECK(even.win_rate == 0);
  CHECK(even.losses == 3);
  CHECK(even.expectancy.value() == doctest::Approx(-0.75));
  CHECK(even.longest_losing_streak == 2);
}

TEST_CASE("expectancy is what wins and losses give by their shares, and profit what they leave") {
  testing::SeededRuns runs;
  INFO("seed " << runs.seed());
  for (int round = 0; round < 50; ++round) {
    std::vector<ClosedTrade> trades;
    const std::int64_t count = runs.between(2, 40);
    for (std::int64_t i = 0; i < count; ++i) {
      const int minute = static_cast<int>(runs.between(0, 500));
      trades.push_back(closed("0", minute, minute + 5));
      trades.back().profit = {Decimal::from_int(runs.between(-50, 50))};
    }
    trades.push_back(closed("3", 1, 2));
    trades.push_back(closed("-3", 1, 2));
    const TradeStatistics sums = trade_statistics(trades);
    const auto share = [&](std::size_t part) {
      return static_cast<double>(part) / static_cast<double>(sums.trades);
    };
    CHECK(sums.expectancy.value() == doctest::Approx(share(sums.wins) * *sums.average_win -
                                                     share(sums.losses) * *sums.average_loss));
    CHECK(sums.gross_profit - sums.gross_loss == sums.net_profit);
    CHECK(sums.profit_factor.value() ==
          doctest::Approx(*sums.payoff_ratio * static_cast<double>(sums.wins) /
                          static_cast<double>(sums.losses)));
    CHECK(sums.wins + sums.losses <= sums.trades);
  }
}

TEST_CASE("exposure counts every moment once, and none outside the run") {
  const auto range = [](int from, int to) { return TimeRange{Timestamp{from}, Timestamp{to}}; };
  const TimeRange run = range(100, 200);
  CHECK(exposure({}, run) == 0);
  CHECK(exposure(std::vector{range(150, 160), range(50, 110), range(155, 170), range(190, 400)},
                 run) == doctest::Approx(0.4));
  CHECK(exposure(std::vector{range(0, 1000), range(120, 130)}, run) == 1);
  CHECK(exposure(std::vector{range(0, 10)}, run) == 0);
  CHECK(exposure(std::vector{range(0, 10)}, range(5, 5)) == 0);
}

TEST_CASE("what closed trades make of a capital, worked by hand") {
  constexpr Duration kMinute{60'000};
  // Two days and a half; 100, 110, 88, 94, 114, 110 in the order of closing.
  const TimeRange run{Timestamp{0}, Timestamp{0} + kMinute * 3'600};
  const std::vector trades{closed("-22", 30, 1'500), closed("10", 0, 1'440), closed("6", 40, 1'600),
                           closed("20", 50, 1'700), closed("-4", 60, 3'000)};
  const RealisedEquity made = realised_equity(trades, Notional::literal("100"), run);
  CHECK(made.start == 100);
  CHECK(made.end == 110);
  CHECK(made.days == std::vector<double>{100, 110, 114});  // a close on the border is yesterday's
  CHECK(made.deepest == 22);
  CHECK(made.deepest_ratio == doctest::Approx(0.2));
  CHECK(made.longest == kMinute * 600);  // from 3,000 to the end; the deepest took 200
  const RealisedEquity nothing = realised_equity({}, Notional::literal("100"), run);
  CHECK(nothing.end == 100);
  CHECK(nothing.days == std::vector<double>{100, 100, 100});
  CHECK(nothing.deepest == 0);
  CHECK(nothing.longest == Duration{0});
  const RealisedEquity regained =
      realised_equity(std::vector{closed("-5", 0, 10), closed("5", 0, 20), closed("1", 0, 900)},
                      Notional::literal("100"), run);
  CHECK(regained.deepest_ratio == doctest::Approx(0.05));
  CHECK(regained.longest == kMinute * 10);
}

TEST_CASE("falls of closed trades are those of the curve of their sums") {
  testing::SeededRuns runs;
  CAPTURE(runs.seed());
  for (int round = 0; round < 20; ++round) {
    std::vector<ClosedTrade> trades;
    std::vector<double> values{1'000};
    for (int minute = 1; minute <= 100; ++minute) {
      const std::int64_t profit = runs.between(-30, 30);
      ClosedTrade trade = closed("0", 0, minute);
      trade.profit = {Decimal::from_int(profit)};
      trades.push_back(trade);
      values.push_back(values.back() + static_cast<double>(profit));
    }
    const RealisedEquity made =
        realised_equity(trades, Notional::literal("1000"), {Timestamp{0}, Timestamp{100 * 60'000}});
    const Drawdown wanted = drawdown(values);
    CHECK(made.end == values.back());
    CHECK(made.deepest == wanted.deepest);
    CHECK(made.deepest_ratio == doctest::Approx(wanted.deepest_ratio));
  }
}

TEST_CASE("a bootstrap interval is the seed's, holds the mean, and narrows with more days") {
  std::mt19937_64 random(20240101);
  const auto noise = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53 - 0.5; };
  std::vector<double> series;
  double width = 1;
  for (const std::size_t days : {30U, 300U, 3000U}) {
    while (series.size() < days) series.push_back(noise() + 0.02);
    const MeanInterval once = bootstrap_mean(series, {.seed = 7}).value();
    const MeanInterval again = bootstrap_mean(series, {.seed = 7}).value();
    CHECK(once.low == again.low);
    CHECK(once.high == again.high);
    CHECK(once.low <= once.mean);
    CHECK(once.mean <= once.high);
    CHECK(once.high - once.low < width / 2);
    width = once.high - once.low;
  }
  CHECK_FALSE(bootstrap_mean(std::vector{1.0}, {}));
}

TEST_CASE("a bootstrap interval is about as wide as theory says, and covers about as often") {
  std::mt19937_64 random(99);
  const auto uniform = [&] { return static_cast<double>(random() >> 11) * 0x1.0p-53; };
  int covered = 0;
  constexpr int kRounds = 200;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<double> series(150);
    for (double& value : series) value = uniform();  // mean 1/2, deviation 1/sqrt(12)
    const auto seed = static_cast<std::uint64_t>(round);
    const MeanInterval found =
        bootstrap_mean(series, {.seed = seed, .draws = 400, .block = 1}).value();
    const double wanted = 2 * 1.96 / std::sqrt(12.0 * 150);
    CHECK(found.high - found.low == doctest::Approx(wanted).epsilon(0.3));
    covered += found.low <= 0.5 && 0.5 <= found.high ? 1 : 0;
  }
  CHECK(covered >= kRounds * 88 / 100);
  CHECK(covered <= kRounds * 99 / 100);
}

TEST_CASE("a bootstrap of two values has the three means that two draws can have") {
  // 0 and 1: means 0, 1/2 and 1 with a quarter, a half and a quarter of the draws.
  const MeanInterval found =
      bootstrap_mean(std::vector{0.0, 1.0}, {.draws = 4'000, .block = 1}).value();
  CHECK(found.mean == 0.5);
  CHECK(found.low == 0);
  CHECK(found.high == 1);
  CHECK(found.share_above_zero == doctest::Approx(0.75).epsilon(0.05));
  // In blocks that never end the series is drawn whole, from either of its ends.
  const MeanInterval whole =
      bootstrap_mean(std::vector{0.0, 1.0}, {.draws = 100, .block = 1e18}).value();
  CHECK(whole.low == 0.5);
  CHECK(whole.high == 0.5);
}

TEST_CASE("a series that never changes is certain, and zero is not above zero") {
  const std::vector<double> zero(20, 0.0);
  const MeanInterval nothing = bootstrap_mean(zero, {}).value();
  CHECK(nothing.low == 0);
  CHECK(nothing.high == 0);
  CHECK(nothing.share_above_zero == 0);
  CHECK_FALSE(nothing.excludes_zero());
  const std::vector<double> one(20, 1.0);
  CHECK(bootstrap_mean(one, {}).value().excludes_zero());
}

}  // namespace botbox
