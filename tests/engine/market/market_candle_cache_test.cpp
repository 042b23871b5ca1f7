#include "engine/market/candle_cache.hpp"

#include <doctest/doctest.h>

#include <set>

#include "tests/engine/limits/limits_ledger.hpp"
#include "tests/engine/market/market_candles.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

const SeriesKey kBitcoin{{"BTC/USDT"}, kMinute};

// What the exchange answers: the minutes it has, from `range.from` to `range.to`.
std::vector<Candle> answer(const FetchRange& range, const std::set<std::int64_t>& missing = {}) {
  std::vector<Candle> candles;
  for (Timestamp at = range.from; at < range.to; at = at + Duration{60'000}) {
    const std::int64_t n = (at - kMarketOpen) / Duration{60'000};
    if (!missing.contains(n)) candles.push_back(candle_of(n));
  }
  return candles;
}

FetchRange start(CandleCache& cache, Timestamp now) {
  const WantResult wanted = cache.want(kBitcoin, now);
  REQUIRE(std::holds_alternative<StartFetch>(wanted));
  return std::get<StartFetch>(wanted).range;
}

SeriesChange fetched(CandleCache& cache, const FetchRange& range, Timestamp now,
                     const std::set<std::int64_t>& missing = {}) {
  auto change = cache.on_fetched(kBitcoin, range, answer(range, missing), now);
  REQUIRE(change.has_value());
  return std::move(*change);
}

template <class Outcome>
bool is(const WantResult& wanted) {
  return std::holds_alternative<Outcome>(wanted);
}

Timestamp retry_at(const WantResult& wanted) {
  REQUIRE(is<WaitForRetry>(wanted));
  return std::get<WaitForRetry>(wanted).retry_at;
}

}  // namespace

TEST_CASE("ten thousand askers cause one fetch") {
  CandleCache cache({});
  const FetchRange range = start(cache, minute(600));
  for (int i = 0; i < 9'999; ++i) REQUIRE(is<JoinFetch>(cache.want(kBitcoin, minute(600))));
  CHECK(range == FetchRange{kBitcoin.symbol, kMinute, minute(100), minute(600), 500});
  const SeriesChange change = fetched(cache, range, minute(600));
  CHECK(change.closed.size() == 500);
  CHECK_FALSE(change.next.has_value());
  for (int i = 0; i < 10'000; ++i) {
    const WantResult wanted = cache.want(kBitcoin, minute(600) + Duration{59'999});
    REQUIRE(is<FreshSeries>(wanted));
    REQUIRE(std::get<FreshSeries>(wanted).series == change.series);
  }
}

TEST_CASE("requests per candle do not depend on the number of askers") {
  for (const int askers : {1, 100, 3'000}) {
    CandleCache cache({});
    int fetches = 0;
    for (std::int64_t second = 0; second < 600; ++second) {
      const Timestamp now = minute(600) + Duration{second * 1'000 + 500};
      for (int i = 0; i < askers; ++i) {
        const WantResult wanted = cache.want(kBitcoin, now);
        if (!is<StartFetch>(wanted)) continue;
        ++fetches;
        fetched(cache, std::get<StartFetch>(wanted).range, now);
      }
    }
    CHECK(fetches == 10);
  }
}

TEST_CASE("within the TTL a newer closed candle makes a series stale") {
  CandleCache cache({});
  fetched(cache, start(cache, minute(600) + Duration{58'000}), minute(600) + Duration{58'000});
  CHECK(is<FreshSeries>(cache.want(kBitcoin, minute(601) - Duration{1})));
  const FetchRange range = start(cache, minute(601));
  CHECK(range.from == minute(598));
  CHECK(range.to == minute(601));
  const SeriesChange change = fetched(cache, range, minute(601));
  REQUIRE(change.closed.size() == 1);
  CHECK(change.closed[0].open_time == minute(600));
  CHECK(change.revised.empty());
}

TEST_CASE("on a long timeframe the series is confirmed once per TTL") {
  CandleCache cache({});
  const SeriesKey key{{"BTC/USDT"}, Timeframe::minutes(240)};
  const auto range = std::get<StartFetch>(cache.want(key, minute(600))).range;
  const Candle candle = [&] {
    Candle c = candle_of(0);
    c.open_time = range.to - key.timeframe.duration();
    return c;
  }();
  REQUIRE(cache.on_fetched(key, range, {candle}, minute(600)).has_value());
  CHECK(is<FreshSeries>(cache.want(key, minute(600) + Duration{59'999})));
  const auto again = cache.want(key, minute(601));
  REQUIRE(is<StartFetch>(again));
  CHECK(std::get<StartFetch>(again).range.limit == 2);
}

TEST_CASE("while the exchange has no newer candle it is asked ever less often") {
  CandleCache cache({});
  Timestamp now = minute(600);
  Duration last{0};
  for (int i = 0; i < 12; ++i) {
    const FetchRange range = start(cache, now);
    fetched(cache, range, now, {599, 600, 601, 602, 603, 604, 605, 606, 607, 608, 609, 610});
    const Timestamp retry = retry_at(cache.want(kBitcoin, now));
    CHECK(is<WaitForRetry>(cache.want(kBitcoin, retry - Duration{1})));
    const Duration pace = retry - now;
    CHECK(pace >= std::min(Duration{60'000}, last * 3 / 2));
    CHECK(pace <= Duration{75'000});
    if (i == 0) CHECK(pace <= Duration{2'500});
    last = pace;
    now = retry;
  }
  fetched(cache, start(cache, now), now);
  CHECK(is<FreshSeries>(cache.want(kBitcoin, now)));
}

TEST_CASE("the unfinished candle never gets into a series") {
  CandleCache cache({});
  const Timestamp now = minute(600) + Duration{30'000};
  const FetchRange range = start(cache, now);
  auto candles = answer(range);
  candles.push_back(candle_of(600));
  const auto change = cache.on_fetched(kBitcoin, range, candles, now);
  REQUIRE(change.has_value());
  CHECK(change->series->last_close() == minute(600));
}

TEST_CASE("a gap is fetched by its exact range, once") {
  CandleCache cache({});
  const SeriesChange holed =
      fetched(cache, start(cache, minute(600)), minute(600), {300, 301, 302, 400});
  CHECK(holed.new_gaps ==
        std::vector<CandleGap>{{minute(300), minute(303)}, {minute(400), minute(401)}});
  REQUIRE(holed.next.has_value());
  CHECK(*holed.next == FetchRange{kBitcoin.symbol, kMinute, minute(300), minute(303), 3});
  SUBCASE("and filled") {
    const SeriesChange filled = fetched(cache, *holed.next, minute(600));
    CHECK(filled.revised == std::vector<Timestamp>{minute(300), minute(301), minute(302)});
    CHECK(filled.closed.empty());
    REQUIRE(filled.next.has_value());
    CHECK(filled.next->from == minute(400));
    CHECK_FALSE(fetched(cache, *filled.next, minute(600)).next.has_value());
    CHECK(cache.series(kBitcoin)->gaps().empty());
    CHECK(cache.known_gaps(kBitcoin) == 0);
  }
  SUBCASE("and confirmed as empty, also in part") {
    const SeriesChange partly = fetched(cache, *holed.next, minute(600), {300, 302});
    CHECK(cache.known_gaps(kBitcoin) == 2);
    REQUIRE(partly.next.has_value());
    CHECK_FALSE(fetched(cache, *partly.next, minute(600), {400}).next.has_value());
    CHECK(cache.known_gaps(kBitcoin) == 3);
    const SeriesChange later =
        fetched(cache, start(cache, minute(601)), minute(601), {300, 302, 400});
    CHECK(later.new_gaps.empty());
    CHECK_FALSE(later.next.has_value());
  }
  SUBCASE("and asked for again when its fetch failed") {
    const Timestamp retry = cache.on_fetch_failed(kBitcoin, *holed.next, minute(600));
    CHECK(retry > minute(600));
    CHECK(cache.known_gaps(kBitcoin) == 0);
    const SeriesChange later = fetched(cache, start(cache, minute(601)), minute(601));
    REQUIRE(later.next.has_value());
    CHECK(later.next->from == minute(300));
  }
}

TEST_CASE("many gaps do not hold up the newest candle") {
  CandleCache cache({});
  const Timestamp before = minute(601) - Duration{1'000};
  const SeriesChange holed = fetched(cache, start(cache, before), before, {300, 400});
  REQUIRE(holed.next.has_value());
  CHECK(is<JoinFetch>(cache.want(kBitcoin, minute(601))));
  CHECK_FALSE(fetched(cache, *holed.next, minute(601)).next.has_value());
  const FetchRange newest = start(cache, minute(601));
  CHECK(newest.to == minute(601));
  CHECK(fetched(cache, newest, minute(601)).next->from == minute(400));
}

TEST_CASE("known gaps fall out with the candles around them") {
  CandleCache cache({.capacity = 50});
  std::set<std::int64_t> missing;
  for (std::int64_t n = 0; n < 3'000; n += 3) missing.insert(n);
  for (std::int64_t n = 100; n < 3'000; ++n) {
    WantResult wanted = cache.want(kBitcoin, minute(n));
    if (!is<StartFetch>(wanted)) continue;
    auto next = std::optional(std::get<StartFetch>(wanted).range);
    while (next) next = fetched(cache, *next, minute(n), missing).next;
    REQUIRE(cache.known_gaps(kBitcoin) <= 50);
    REQUIRE(cache.series(kBitcoin)->candles().size() <= 50);
  }
}

TEST_CASE("after a long pause the series starts anew instead of holding a gap of any length") {
  CandleCache cache({.capacity = 50});
  fetched(cache, start(cache, minute(100)), minute(100));
  const FetchRange range = start(cache, minute(10'000));
  CHECK(range.limit == 50);
  const SeriesChange change = fetched(cache, range, minute(10'000), {9'960});
  CHECK(change.series->candles().front().open_time == minute(9'950));
  REQUIRE(change.next.has_value());
  CHECK(change.next->limit == 1);
}

TEST_CASE("a revised candle is reported and an earlier reader keeps what it has") {
  CandleCache cache({});
  const SeriesChange first = fetched(cache, start(cache, minute(600)), minute(600));
  const FetchRange range = start(cache, minute(601));
  const auto change = cache.on_fetched(
      kBitcoin, range, {candle_of(598), candle_of(599, 1), candle_of(600)}, minute(601));
  REQUIRE(change.has_value());
  CHECK(change->revised == std::vector<Timestamp>{minute(599)});
  CHECK(change->closed == std::vector<Candle>{candle_of(600)});
  CHECK(first.series->candles().back() == candle_of(599));
}

TEST_CASE("failed fetches are retried ever less often and one success forgives them") {
  CandleCache cache({});
  Timestamp now = minute(600);
  Duration last{0};
  for (int i = 0; i < 10; ++i) {
    const Timestamp retry = cache.on_fetch_failed(kBitcoin, start(cache, now), now);
    CHECK(retry_at(cache.want(kBitcoin, now)) == retry);
    CHECK(retry - now >= std::min(Duration{60'000}, last * 3 / 2));
    CHECK(retry - now <= Duration{75'000});
    last = retry - now;
    now = retry;
  }
  fetched(cache, start(cache, now), now);
  const Timestamp later = now + Duration{60'000};
  CHECK(cache.on_fetch_failed(kBitcoin, start(cache, later), later) - later <= Duration{1'250});
}

TEST_CASE("an invalid candle fails the fetch and leaves the series as it was") {
  CandleCache cache({});
  const SeriesChange good = fetched(cache, start(cache, minute(600)), minute(600));
  const FetchRange range = start(cache, minute(601));
  Candle bad = candle_of(600);
  bad.low = Price{Decimal::from_int(-1)};
  CHECK_FALSE(cache.on_fetched(kBitcoin, range, {bad}, minute(601)).has_value());
  CHECK(cache.series(kBitcoin) == good.series);
  CHECK(is<WaitForRetry>(cache.want(kBitcoin, minute(601))));
}

TEST_CASE("a fetch of which nothing is heard does not block a series for ever") {
  CandleCache cache({});
  const FetchRange lost = start(cache, minute(600));
  CHECK(is<JoinFetch>(cache.want(kBitcoin, minute(600) + Duration{29'999})));
  const Timestamp retry = retry_at(cache.want(kBitcoin, minute(600) + Duration{30'000}));
  SUBCASE("it is fetched anew") { CHECK(start(cache, retry).to == minute(600)); }
  SUBCASE("its late answer is of use, but does not make the data young") {
    fetched(cache, lost, minute(603));
    CHECK(cache.series(kBitcoin)->last_close() == minute(600));
    CHECK(cache.fetched_at(kBitcoin).is_never());
  }
}

TEST_CASE("a late answer with holes does not start a second fetch") {
  CandleCache cache({});
  const FetchRange lost = start(cache, minute(600));
  const Timestamp retry = retry_at(cache.want(kBitcoin, minute(600) + Duration{30'000}));
  const FetchRange second = start(cache, retry + Duration{60'000});
  REQUIRE(second != lost);
  const SeriesChange late = fetched(cache, lost, retry + Duration{60'000}, {300});
  CHECK(late.new_gaps.size() == 1);
  CHECK_FALSE(late.next.has_value());
  CHECK(is<JoinFetch>(cache.want(kBitcoin, retry + Duration{60'000})));
  CHECK(fetched(cache, second, retry + Duration{60'000}, {300}).next.has_value());
}

TEST_CASE("series that nobody asks for are forgotten") {
  CandleCache cache({});
  fetched(cache, start(cache, minute(600)), minute(600));
  CHECK(cache.forget_unused(minute(600)) == 0);
  CHECK(cache.forget_unused(minute(601)) == 1);
  CHECK(cache.size() == 0);
  CHECK(cache.series(kBitcoin) == nullptr);
}

// Whatever the exchange does, the series holds what it said, in order, and fetches never overlap.
TEST_CASE("a series holds what the exchange has, with outages, holes and lateness") {
  SeededRuns runs;
  auto& random = runs.next();
  INFO("seed " << runs.seed());
  for (int run = 0; run < 40; ++run) {
    CandleCache cache({.capacity = 60});
    std::set<std::int64_t> missing;
    for (std::int64_t n = 0; n < 1'000; ++n)
      if (random() % 12 == 0) missing.insert(n);
    Timestamp now = minute(100);
    std::optional<FetchRange> flying;
    Timestamp started;
    int fetches = 0;
    for (int step = 0; step < 1'000; ++step) {
      now = now + Duration{static_cast<std::int64_t>(random() % 5'000)};
      if (flying && random() % 3 != 0) {
        const FetchRange range = *flying;
        flying.reset();
        if (random() % 5 == 0)
          cache.on_fetch_failed(kBitcoin, range, now);
        else
          flying = fetched(cache, range, now, missing).next;
        started = now;
        fetches += flying.has_value() ? 1 : 0;
      }
      const WantResult wanted = cache.want(kBitcoin, now);
      if (is<StartFetch>(wanted)) {
        REQUIRE((!flying || now - started >= Duration{30'000}));
        started = now;
        flying = std::get<StartFetch>(wanted).range;
        ++fetches;
      }
      if (!is<FreshSeries>(wanted)) continue;
      const auto& candles = std::get<FreshSeries>(wanted).series->candles();
      REQUIRE(candles.size() <= 60);
      REQUIRE(std::get<FreshSeries>(wanted).series->last_close() == kMinute.floor(now));
      for (std::size_t i = 0; i < candles.size(); ++i) {
        const std::int64_t n = (candles[i].open_time - kMarketOpen) / Duration{60'000};
        const bool right = candles[i] == candle_of(n) && !missing.contains(n) &&
                           (i == 0 || candles[i - 1].open_time < candles[i].open_time);
        if (!right) REQUIRE(to_iso8601(candles[i].open_time) == "");
      }
    }
    const auto minutes = (now - minute(100)) / Duration{60'000};
    CHECK(fetches < minutes * 8);
  }
  MESSAGE("seed " << runs.seed());
}
