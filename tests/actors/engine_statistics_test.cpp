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

TEST_CASE("delays fall into the bucket that holds them") {
  DelayHistogram histogram;
  for (const int ms : {0, 1, 2, 1'000, 40'000}) histogram.add(Duration{ms});
  CHECK(histogram.counts.front() == 2);
  CHECK(histogram.counts.back() == 1);
  CHECK(histogram.count == 5);
  CHECK(histogram.sum_seconds == doctest::Approx(41.003));
}

}  // namespace botbox::actors
