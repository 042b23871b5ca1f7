#include "engine/limits/rate_limiter.hpp"

#include <doctest/doctest.h>

#include "tests/engine/limits/limits_ledger.hpp"

using namespace botbox;
using namespace botbox::testing;

namespace {

RateLimiterConfig one_window(std::int64_t limit, Duration length = Duration{60'000}) {
  return {.windows = {{"weight_1m", length, limit, LimitKind::kRequestWeight}},
          .permit_life = Duration{0}};  // so that a window's length is what is published
}

constexpr Timestamp kStart{1'700'000'000'000};
constexpr PermitRequest kNormalOne{1, 0, PermitPriority::kNormal};
constexpr PermitRequest kProtectiveOne{1, 0, PermitPriority::kProtective};

// Grants until refused; the refusal.
Denied exhaust(RateLimiter& limiter, Timestamp now, const PermitRequest& request,
               std::int64_t& granted) {
  for (;;) {
    auto acquired = acquire_saving(limiter, now, request);
    if (!acquired) return acquired.error();
    ++granted;
  }
}

}  // namespace

TEST_CASE("a permit is good once, whoever holds a copy") {
  RateLimiter limiter(one_window(100));
  const auto permit = acquire_saving(limiter, kStart, kNormalOne);
  REQUIRE(permit.has_value());
  const Permit copy = *permit;
  CHECK(copy.consume());
  CHECK_FALSE(permit->consume());
}

TEST_CASE("a permit is good for its life, which is at most a tenth of the shortest window") {
  RateLimiterConfig config = one_window(100);
  config.permit_life = Duration{1'000};
  RateLimiter limiter(config);
  const auto permit = acquire_saving(limiter, kStart, kNormalOne);
  REQUIRE(permit.has_value());
  CHECK_FALSE(permit->has_expired(kStart + Duration{1'000}));
  CHECK(permit->has_expired(kStart + Duration{1'001}));
  CHECK(permit->time_left(kStart + Duration{400}) == Duration{600});
  CHECK(permit->time_left(kStart + Duration{1'001}) == Duration{0});
  config.windows[0].length = Duration{2'000};
  CHECK(permit_life_of(config) == Duration{200});
}

TEST_CASE("what was granted leaves a window only when its permit, used last, would have left it") {
  RateLimiterConfig config = one_window(100);
  config.permit_life = Duration{1'000};
  config.buckets_per_window = 1'000;
  RateLimiter limiter(config);
  std::int64_t granted = 0;
  exhaust(limiter, kStart, kProtectiveOne, granted);
  CHECK(granted == 80);
  CHECK_FALSE(acquire_saving(limiter, kStart + Duration{61'000}, kProtectiveOne).has_value());
  CHECK(acquire_saving(limiter, kStart + Duration{61'100}, kProtectiveOne).has_value());
}

TEST_CASE("nothing is granted before a reservation is durable") {
  RateLimiter limiter(one_window(100));
  auto denied = limiter.acquire(kStart, kNormalOne);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error() == Denied{DenialReason::kNotReserved, kStart, {}});
  const auto state = limiter.state_to_save(kStart);
  REQUIRE(state.has_value());
  CHECK(state->reservations.size() == 1);
  CHECK_FALSE(limiter.acquire(kStart, kNormalOne).has_value());
  CHECK_FALSE(limiter.state_to_save(kStart).has_value());
  limiter.on_saved();
  CHECK(limiter.acquire(kStart, kNormalOne).has_value());
}

TEST_CASE("a reservation whose save failed gives no rights") {
  RateLimiter limiter(one_window(100));
  CHECK_FALSE(limiter.acquire(kStart, kNormalOne).has_value());
  REQUIRE(limiter.state_to_save(kStart).has_value());
  limiter.on_save_failed();
  CHECK_FALSE(limiter.acquire(kStart, kNormalOne).has_value());
  CHECK(limiter.state_to_save(kStart).has_value());
}

TEST_CASE("an idle limiter writes nothing") {
  RateLimiter limiter(one_window(100));
  CHECK_FALSE(limiter.state_to_save(kStart).has_value());
  REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  CHECK_FALSE(limiter.state_to_save(kStart + Duration{3'600'000}).has_value());
}

TEST_CASE("one write pays for many permits") {
  RateLimiter limiter(one_window(6000));
  int saves = 0;
  for (int i = 0; i < 4000; ++i) {
    auto acquired = limiter.acquire(kStart + Duration{i}, kNormalOne);
    if (const auto state = limiter.state_to_save(kStart + Duration{i})) {
      ++saves;
      limiter.on_saved();
      if (!acquired) acquired = limiter.acquire(kStart + Duration{i}, kNormalOne);
    }
    REQUIRE(acquired.has_value());
  }
  CHECK(saves < 25);
}

TEST_CASE("an expired reservation is worth nothing") {
  RateLimiter limiter(one_window(100));
  REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  const auto late = limiter.acquire(kStart + Duration{10'001}, kNormalOne);
  REQUIRE_FALSE(late.has_value());
  CHECK(late.error().reason == DenialReason::kNotReserved);
}

TEST_CASE("normal requests stop at 70 %, closes and cancels at 80 %") {
  RateLimiter limiter(one_window(100));
  std::int64_t granted = 0;
  const Denied normal = exhaust(limiter, kStart, kNormalOne, granted);
  CHECK(granted == 70);
  CHECK(normal == Denied{DenialReason::kWindowFull, kStart + Duration{60'001}, "weight_1m"});
  CHECK(exhaust(limiter, kStart, kProtectiveOne, granted).reason == DenialReason::kWindowFull);
  CHECK(granted == 80);
  CHECK_FALSE(limiter.acquire(normal.retry_at - Duration{1}, kNormalOne).has_value());
  CHECK(acquire_saving(limiter, normal.retry_at, kNormalOne).has_value());
}

TEST_CASE("a request greater than any window's ceiling is refused for ever") {
  RateLimiter limiter(one_window(100));
  const auto denied = acquire_saving(limiter, kStart, {71, 0, PermitPriority::kNormal});
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error() == Denied{DenialReason::kTooLarge, Timestamp{}, "weight_1m"});
}

TEST_CASE("orders and request weight are counted apart") {
  RateLimiter limiter({.windows = {{"weight", Duration{1'000}, 1000, LimitKind::kRequestWeight},
                                   {"orders", Duration{10'000}, 10, LimitKind::kOrders}}});
  std::int64_t orders = 0;
  CHECK(exhaust(limiter, kStart, {1, 1, PermitPriority::kNormal}, orders).window == "orders");
  CHECK(orders == 7);
  CHECK(acquire_saving(limiter, kStart, kNormalOne).has_value());
}

TEST_CASE("a batch gets as many permits as are possible now") {
  RateLimiter limiter(one_window(100));
  CHECK(limiter.acquire_many(kStart, kNormalOne, 500).empty());
  REQUIRE(limiter.state_to_save(kStart).has_value());
  limiter.on_saved();
  CHECK(limiter.acquire_many(kStart, kNormalOne, 500).size() == 70);
}

TEST_CASE("after a crash every reserved permit counts as granted at its latest time") {
  RateLimiter limiter(one_window(1000));
  const SavedGrants saved = save_after_grants(limiter, kStart, kNormalOne, 10);
  RateLimiter restored(one_window(1000));
  restored.restore(saved.state, kStart + Duration{1'000});
  std::int64_t reserved = 0;
  for (const LimiterReservation& r : saved.state.reservations) reserved += r.weight;
  CHECK(reserved > 0);
  std::int64_t granted = 0;
  exhaust(restored, kStart + Duration{1'000}, kNormalOne, granted);
  CHECK(granted <= 700 - 10);
  CHECK(granted >= 700 - 10 - 2 * reserved);
}

TEST_CASE("a window about which nothing is known starts as if it were full") {
  RateLimiter limiter(one_window(100));
  limiter.restore(LimiterState{}, kStart);
  const auto denied = acquire_saving(limiter, kStart, kProtectiveOne);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().retry_at == kStart + Duration{60'001});
}

TEST_CASE("a shorter window learns its past from a longer one of the same kind") {
  RateLimiter before(one_window(1000));
  const SavedGrants saved = save_after_grants(before, kStart, kNormalOne, 10);
  RateLimiterConfig config = one_window(1000);
  config.windows.push_back({"weight_10s", Duration{10'000}, 200, LimitKind::kRequestWeight});
  RateLimiter after(config);
  after.restore(saved.state, kStart + Duration{30'000});
  CHECK(acquire_saving(after, kStart + Duration{30'000}, kNormalOne).has_value());
}

TEST_CASE("a stop by the exchange holds back everything until its end, also across a restart") {
  RateLimiter limiter(one_window(100));
  REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  limiter.on_rate_limited(kStart, Duration{30'000});
  CHECK_FALSE(limiter.is_saved());
  const auto state = limiter.state_to_save(kStart);
  REQUIRE(state.has_value());
  limiter.on_saved();
  CHECK(limiter.is_saved());
  const auto denied = limiter.acquire(kStart + Duration{1}, kProtectiveOne);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error() == Denied{DenialReason::kStopped, kStart + Duration{30'000}, {}});
  SUBCASE("with the clock where it should be") {
    RateLimiter restored(one_window(100));
    restored.restore(*state, kStart + Duration{5'000});
    CHECK_FALSE(acquire_saving(restored, kStart + Duration{29'999}, kProtectiveOne).has_value());
    CHECK(acquire_saving(restored, kStart + Duration{30'000}, kProtectiveOne).has_value());
  }
  SUBCASE("with the clock set back by an hour") {
    const Timestamp back = kStart - Duration{3'600'000};
    RateLimiter restored(one_window(100));
    restored.restore(*state, back);
    CHECK_FALSE(acquire_saving(restored, back + Duration{29'999}, kProtectiveOne).has_value());
    CHECK(acquire_saving(restored, back + Duration{30'000}, kProtectiveOne).has_value());
  }
}

TEST_CASE("a second, shorter stop does not shorten the first") {
  RateLimiter limiter(one_window(100));
  limiter.on_rate_limited(kStart, Duration{120'000});
  limiter.on_rate_limited(kStart, std::nullopt);
  CHECK(limiter.snapshot(kStart).stopped_until == kStart + Duration{120'000});
}

TEST_CASE("what others use on the same address takes from our room") {
  RateLimiter limiter(one_window(100));
  std::int64_t granted = 0;
  for (; granted < 10; ++granted) REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  CHECK(limiter.on_exchange_counter(kStart, "weight_1m", 50));
  exhaust(limiter, kStart, kNormalOne, granted);
  CHECK(granted == 30);
  CHECK_FALSE(limiter.on_exchange_counter(kStart, "no_such_window", 1));
}

TEST_CASE("our own weight in the exchange's counter is not counted twice") {
  RateLimiter limiter(one_window(100));
  std::int64_t granted = 0;
  for (; granted < 40; ++granted) REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  limiter.on_exchange_counter(kStart, "weight_1m", 38);
  exhaust(limiter, kStart, kNormalOne, granted);
  CHECK(granted == 70);
}

TEST_CASE("above 90 % by the exchange's counter only closes and cancels go, until it falls") {
  RateLimiter limiter(one_window(1000));
  limiter.on_exchange_counter(kStart, "weight_1m", 901);
  const auto denied = acquire_saving(limiter, kStart, kNormalOne);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().reason == DenialReason::kPaused);
  CHECK(acquire_saving(limiter, kStart, kProtectiveOne).has_value());
  CHECK(limiter.snapshot(kStart).condition == LimiterCondition::kPaused);
  SUBCASE("it falls") {
    limiter.on_exchange_counter(kStart + Duration{1'000}, "weight_1m", 10);
    CHECK(limiter.snapshot(kStart + Duration{1'000}).condition == LimiterCondition::kAlert);
  }
  SUBCASE("nobody reports any more") {
    const Timestamp later = kStart + Duration{60'001};
    CHECK(acquire_saving(limiter, later, kNormalOne).has_value());
  }
}

TEST_CASE("not even a close goes beyond the exchange's own limit") {
  RateLimiter limiter(one_window(1000));
  limiter.on_exchange_counter(kStart, "weight_1m", 1000);
  const auto denied = acquire_saving(limiter, kStart, kProtectiveOne);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().reason == DenialReason::kWindowFull);
}

TEST_CASE("operators see the usage of each window and when it is free again") {
  RateLimiter limiter(one_window(100));
  CHECK(limiter.snapshot(kStart).condition == LimiterCondition::kOk);
  CHECK(limiter.snapshot(kStart).next_free == kStart);
  std::int64_t granted = 0;
  for (; granted < 59; ++granted) REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  CHECK(limiter.snapshot(kStart).condition == LimiterCondition::kOk);
  REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  const LimiterSnapshot alert = limiter.snapshot(kStart);
  CHECK(alert.condition == LimiterCondition::kAlert);
  REQUIRE(alert.windows.size() == 1);
  CHECK(alert.windows[0].ratio == doctest::Approx(0.60));
  exhaust(limiter, kStart, kNormalOne, granted);
  CHECK(limiter.snapshot(kStart).next_free == kStart + Duration{60'001});
  limiter.on_rate_limited(kStart, Duration{90'000});
  CHECK(limiter.snapshot(kStart).condition == LimiterCondition::kStopped);
}

TEST_CASE("the condition that is asked for after every grant is the one that operators see") {
  RateLimiter limiter(one_window(100));
  const auto checks_as = [&limiter](Timestamp now, LimiterCondition expected) {
    CHECK(limiter.snapshot(now).condition == expected);
    CHECK(limiter.condition(now) == expected);
  };
  for (int granted = 0; granted < 59; ++granted)
    REQUIRE(acquire_saving(limiter, kStart, kNormalOne).has_value());
  checks_as(kStart, LimiterCondition::kOk);
  CHECK(limiter.is_filled(kStart, 59));
  CHECK_FALSE(limiter.is_filled(kStart, 60));
  limiter.on_exchange_counter(kStart, "weight_1m", 60);
  checks_as(kStart, LimiterCondition::kAlert);
  CHECK(limiter.is_filled(kStart, 60));
  limiter.on_exchange_counter(kStart, "weight_1m", 91);
  checks_as(kStart, LimiterCondition::kPaused);
  limiter.on_rate_limited(kStart, Duration{90'000});
  checks_as(kStart, LimiterCondition::kStopped);
  checks_as(kStart + Duration{90'001}, LimiterCondition::kOk);
  CHECK_FALSE(limiter.is_filled(kStart + Duration{90'001}, 1));
}

TEST_CASE("a short window is told as filled once it stays so, and until it no longer does") {
  RateLimiterConfig config;
  config.windows = {{"orders_1s", Duration{1'000}, 10, LimitKind::kOrders}};
  RateLimiter limiter(config);
  const auto fill_at = [&limiter](int second) {
    const Timestamp at = kStart + Duration{1'000} * second;
    limiter.on_exchange_counter(at, "orders_1s", 6);
    CHECK(limiter.is_filled(at, 60));
    return limiter.stays_filled(at, 60);
  };
  for (int second = 0; second < 10; ++second) CHECK_FALSE(fill_at(second));
  CHECK(fill_at(10));
  CHECK_FALSE(limiter.is_filled(kStart + Duration{12'000}, 60));
  CHECK(limiter.stays_filled(kStart + Duration{12'000}, 60));
  CHECK_FALSE(limiter.stays_filled(kStart + Duration{12'001}, 60));
  CHECK_FALSE(fill_at(20));
  config.alert_for = Duration{1'000};
  RateLimiter told_at_once(config);
  told_at_once.on_exchange_counter(kStart, "orders_1s", 6);
  CHECK(told_at_once.stays_filled(kStart, 60));
  CHECK_FALSE(told_at_once.stays_filled(kStart + Duration{2'000}, 60));
}

TEST_CASE("a clock set back by an hour does not block for an hour") {
  RateLimiter limiter(one_window(100));
  std::int64_t granted = 0;
  exhaust(limiter, kStart, kNormalOne, granted);
  const Timestamp back = kStart - Duration{3'600'000};
  const auto denied = acquire_saving(limiter, back, kNormalOne);
  REQUIRE_FALSE(denied.has_value());
  CHECK(denied.error().retry_at == back + Duration{60'001});
}

TEST_CASE("memory is bounded by the granularity") {
  SlidingUsage usage(Duration{60'000}, Duration{1'000});
  for (int i = 0; i < 600'000; i += 3) {
    usage.add(kStart + Duration{i}, 1);
    usage.expire(kStart + Duration{i});
    REQUIRE(usage.entries() <= 63);
  }
}

TEST_CASE("limits that make no sense are refused by name") {
  RateLimiterConfig config = one_window(100);
  CHECK(validate(config).has_value());
  config.windows.push_back(config.windows[0]);
  CHECK_FALSE(validate(config).has_value());
  config = one_window(0);
  CHECK_FALSE(validate(config).has_value());
  config = one_window(100, Duration{0});
  CHECK_FALSE(validate(config).has_value());
  config = one_window(100);
  config.protective_percent = 80;
  CHECK_FALSE(validate(config).has_value());
  CHECK_FALSE(validate(RateLimiterConfig{}).has_value());
}

// The central promise, against a log of every grant in real time. The clock that the limiter sees
// steps back at random; the process crashes at random places, before and after a save became
// durable.
TEST_CASE("in every window of the published length the weight sent is at most 80 %") {
  SeededRuns runs;
  for (int run = 0; run < 150; ++run) {
    auto& random = runs.next();
    const RateLimiterConfig config = random_config(random);
    GrantLedger ledger(config.windows);
    DurableLimiter limiter(config);
    std::int64_t real = kStart.ms;
    std::int64_t offset = 0;
    for (int step = 0; step < 1'500; ++step) {
      real += random_gap(random);
      if (random() % 100 == 0) offset -= static_cast<std::int64_t>(random() % 20'000);
      const Timestamp now{real + offset};
      const PermitRequest request = random_request(random);
      const auto waits = static_cast<std::int64_t>(
          random() % static_cast<std::uint64_t>(permit_life_of(config).count() + 1));
      if (limiter.try_once(now, request, random)) ledger.granted(Timestamp{real + waits}, request);
      if (random() % 150 == 0) {
        if (random() % 3 == 0) offset -= static_cast<std::int64_t>(random() % 90'000);
        real += random_gap(random);
        limiter.crash(Timestamp{real + offset}, random);
      }
    }
    const std::string broken = ledger.first_window_above(config.ceiling_percent);
    INFO("run " << run << " of seed " << runs.seed());
    REQUIRE(broken == "");
  }
  MESSAGE("seed " << runs.seed());
}

TEST_CASE("the limiter is not idle: under load it grants nearly all it may") {
  RateLimiter limiter(one_window(6000));
  std::int64_t granted = 0;
  for (int ms = 0; ms < 600'000; ms += 10)
    if (acquire_saving(limiter, kStart + Duration{ms}, kNormalOne)) ++granted;
  CHECK(granted > 10 * 4200 * 95 / 100);
}

TEST_CASE("retry_at is never too late and, without other traffic, never too early") {
  SeededRuns runs;
  auto& random = runs.next();
  for (int run = 0; run < 300; ++run) {
    RateLimiter limiter(random_config(random));
    Timestamp now = kStart;
    for (int step = 0; step < 200; ++step) {
      now = now + Duration{static_cast<std::int64_t>(random() % 300)};
      const PermitRequest request = random_request(random);
      const auto acquired = acquire_saving(limiter, now, request);
      if (acquired || acquired.error().reason == DenialReason::kTooLarge) continue;
      INFO("seed " << runs.seed());
      RateLimiter early = limiter;
      REQUIRE_FALSE(acquire_saving(early, acquired.error().retry_at - Duration{1}, request));
      RateLimiter punctual = limiter;
      REQUIRE(acquire_saving(punctual, acquired.error().retry_at, request).has_value());
    }
  }
  MESSAGE("seed " << runs.seed());
}
