#include <doctest/doctest.h>

#include "actors/engine_statistics.hpp"

namespace botbox::actors {
namespace {

constexpr Timestamp kNoon{1'714'564'800'000};

Event event(std::string kind, Timestamp at, std::string subject, std::string detail = {}) {
  return {.at = at,
          .kind = std::move(kind),
          .subject = std::move(subject),
          .detail = std::move(detail)};
}

std::size_t standing(const EngineStatistics& statistics, Timestamp now) {
  std::size_t count = 0;
  for (const AlertRecord& alert : statistics.alerts(now))
    count += alert.cleared_at.is_never() ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("the last hour counts what its events say, and forgets what is older") {
  EngineStatistics statistics;
  statistics.on_event(event("signal.accepted", kNoon, "s1"));
  statistics.on_event(event("signal.rejected", kNoon, "s2", "COOLDOWN_BOT"));
  statistics.on_event(event("trade.pending", kNoon, "t1"));
  statistics.on_event(event("trade.executing", kNoon + Duration{40}, "t1"));
  statistics.on_event(event("trade.executing", kNoon + Duration{90}, "t1"));  // sent again
  statistics.on_event(event("trade.completed", kNoon + Duration{99}, "t1"));
  const RecentCounts recent = statistics.recent(kNoon + Duration{1'000});
  CHECK(recent.generated() == 2);
  CHECK(recent.rejected_by_reason.at("COOLDOWN_BOT") == 1);
  CHECK(recent.dispatched == 1);
  CHECK(recent.dispatch_delay_sum == Duration{40});
  CHECK(recent.trades_completed == 1);
  CHECK(statistics.recent(kNoon + Duration{3'599'000}).generated() == 2);
  CHECK(statistics.recent(kNoon + Duration{3'601'000}).generated() == 0);
  CHECK(statistics.totals().trades_completed == 1);
}

TEST_CASE("each cycle knows how long its checks took, and what came since the one before") {
  EngineStatistics statistics;
  Histogram commits(kWriteBounds);
  statistics.follow_commits([&commits] { return commits; });
  statistics.on_event(event("trade.pending", kNoon, "t0"));
  statistics.on_event(event("trade.executing", kNoon + Duration{9}, "t0"));
  statistics.on_fleet_ready(1, kNoon);  // what came before was read from the log
  statistics.on_event(event("trade.pending", kNoon, "t1"));
  statistics.on_event(event("trade.executing", kNoon + Duration{40}, "t1"));
  for (int i = 0; i < 3; ++i) commits.add(0.0004);
  DelayHistogram checks;
  checks.add(Duration{4});
  statistics.on_cycle({.number = 1, .started_at = kNoon}, checks, kNoon);
  const std::vector<CycleLatency> first = statistics.latencies(10);
  REQUIRE(first.size() == 1);
  CHECK(first[0].checks.count == 1);
  CHECK(first[0].checks.p50 == doctest::Approx(0.005));
  CHECK(first[0].orders.count == 1);
  CHECK(first[0].orders.p99 == doctest::Approx(0.05));
  CHECK(first[0].commits.count == 3);
  CHECK(first[0].commits.p50 == doctest::Approx(0.0005));
  commits.add(0.02);
  statistics.on_cycle({.number = 2, .started_at = kNoon}, {}, kNoon);
  CHECK(statistics.latencies(10).size() == 2);
  const std::vector<CycleLatency> newest = statistics.latencies(1);
  REQUIRE(newest.size() == 1);
  CHECK(newest[0].cycle.number == 2);
  CHECK(newest[0].orders.count == 0);
  CHECK(newest[0].commits.count == 1);
  CHECK(newest[0].commits.p99 == doctest::Approx(0.025));
}

TEST_CASE(
    "an alert stands until its end is told, or until nobody tells it any "
    "more") {
  EngineStatistics statistics;
  statistics.on_alert("data.stale", "BTC/USDT 1m is 6 min old", kNoon);
  statistics.on_alert("bot.failed", "trend-1 failed", kNoon);
  statistics.on_alert("bot.failed", "trend-1 failed", kNoon + Duration{5'000});
  CHECK(statistics.alerts(kNoon + Duration{5'000}).size() == 2);
  CHECK(statistics.alerts(kNoon + Duration{5'000}).front().count == 2);
  CHECK(standing(statistics, kNoon + Duration{5'000}) == 2);
  CHECK(standing(statistics, kNoon + Duration{900'000}) == 1);
  statistics.on_alert("data.fresh", "BTC/USDT 1m is fresh again", kNoon + Duration{900'000});
  CHECK(standing(statistics, kNoon + Duration{900'000}) == 0);
  CHECK(statistics.alerts(kNoon + Duration{900'000}).size() == 2);
}

TEST_CASE(
    "what the limiter and the exchange's health say of themselves ends "
    "their alerts") {
  EngineStatistics statistics;
  statistics.on_alert("limiter", "paper limiter is ALERT", kNoon);
  statistics.on_alert("exchange.health", "paper is failing", kNoon);
  CHECK(standing(statistics, kNoon + Duration{3'600'000}) == 2);
  statistics.on_alert("limiter", "paper limiter is OK", kNoon);
  statistics.on_alert("exchange.health", "paper is healthy again", kNoon);
  CHECK(standing(statistics, kNoon) == 0);
}

TEST_CASE("what has ended for one series, trade or bot stands on for the others") {
  EngineStatistics statistics;
  statistics.on_alert("data.stale", "BTC/USDT 1m is 6 min old", kNoon, "BTC/USDT 1m");
  statistics.on_alert("data.stale", "ETH/USDT 1m is 6 min old", kNoon, "ETH/USDT 1m");
  statistics.on_alert("data.fresh", "BTC/USDT 1m is fresh again", kNoon, "BTC/USDT 1m");
  REQUIRE(standing(statistics, kNoon) == 1);
  for (const AlertRecord& alert : statistics.alerts(kNoon))
    CHECK(alert.cleared_at.is_never() == (alert.subject == "ETH/USDT 1m"));
  // The same again, in other words, is the same alert.
  statistics.on_alert("data.stale", "ETH/USDT 1m is 9 min old", kNoon, "ETH/USDT 1m");
  CHECK(statistics.alerts(kNoon).size() == 2);
  CHECK(statistics.alerts(kNoon).front().text == "ETH/USDT 1m is 9 min old");
  CHECK(statistics.alerts(kNoon).front().count == 2);
}

TEST_CASE("a difference ends when it is resolved, and when it is gone") {
  EngineStatistics statistics;
  for (const char* id : {"d1", "d2", "d3"})
    statistics.on_alert("reconciliation.difference", "external position", kNoon, id);
  statistics.on_alert("reconciliation.resolved", "external position", kNoon, "d1");
  statistics.on_alert("reconciliation.gone", "external position", kNoon, "d2");
  CHECK(standing(statistics, kNoon + Duration{86'400'000}) == 1);
}

TEST_CASE("of many alerts the newest are kept") {
  EngineStatistics statistics;
  statistics.on_alert("queue.deep", "60 trades", kNoon);
  for (int i = 0; i < 2'000; ++i)
    statistics.on_alert("bot.failed", "bot " + std::to_string(i), kNoon + Duration{700'000LL * i});
  const auto alerts = statistics.alerts(kNoon + Duration{700'000LL * 2'000});
  CHECK(alerts.size() == 500);
  CHECK(alerts.front().text == "bot 1999");
  CHECK(alerts.back().kind == "queue.deep");
}

TEST_CASE("what is shown of a histogram is the bound that holds the share asked for") {
  Histogram histogram(kGroupBounds);
  CHECK(histogram.quantile(0.5) == 0);
  CHECK(histogram.mean() == 0);
  for (int i = 0; i < 98; ++i) histogram.add(1);
  histogram.add(200);
  histogram.add(1e6);
  CHECK(histogram.quantile(0.5) == 1);
  CHECK(histogram.quantile(0.98) == 1);
  CHECK(histogram.quantile(0.99) == 256);
  CHECK(histogram.quantile(1) == 2048);
  Histogram both(kGroupBounds);
  both.merge(histogram);
  both.merge(histogram);
  CHECK(both.count == 200);
  CHECK(both.sum == doctest::Approx(2 * histogram.sum));
  CHECK(both.counts.front() == 196);
}

TEST_CASE("a meter shows what was put into it") {
  HistogramMeter meter(kWriteBounds);
  for (const double seconds : {0.00005, 0.0001, 0.2, 60.0}) meter.add(seconds);
  const Histogram seen = meter.read();
  CHECK(seen.count == 4);
  CHECK(seen.counts.front() == 2);
  CHECK(seen.counts.back() == 1);
  CHECK(seen.sum == doctest::Approx(60.20015));
}

TEST_CASE("checks of all cycles are counted together, and the fleet is ready once it says so") {
  EngineStatistics statistics;
  CHECK(statistics.totals().fleet_ready_at.is_never());
  statistics.on_fleet_ready(1, kNoon);
  DelayHistogram checks;
  checks.add(Duration{4});
  checks.add(Duration{40});
  statistics.on_cycle({.number = 1, .started_at = kNoon, .duration = Duration{41}}, checks, kNoon);
  statistics.on_cycle({.number = 2, .started_at = kNoon, .duration = Duration{41}}, checks, kNoon);
  CHECK(statistics.totals().check_duration.count == 4);
  CHECK(statistics.totals().fleet_ready_at == kNoon);
}

TEST_CASE("delays fall into the bucket that holds them") {
  DelayHistogram histogram;
  for (const int ms : {0, 1, 2, 1'000, 40'000}) histogram.add(Duration{ms});
  CHECK(histogram.counts.front() == 2);
  CHECK(histogram.counts.back() == 1);
  CHECK(histogram.count == 5);
  CHECK(histogram.sum == doctest::Approx(41.003));
}

}  // namespace botbox::actors
