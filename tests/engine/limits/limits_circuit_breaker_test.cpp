#include "engine/limits/circuit_breaker.hpp"

#include <doctest/doctest.h>

using namespace botbox;

namespace {

constexpr Timestamp kStart{1'700'000'000'000};

Timestamp after(std::int64_t ms) { return kStart + Duration{ms}; }

CircuitBreaker opened_at_start() {
  CircuitBreaker breaker({.failures_to_open = 3});
  for (int i = 0; i < 3; ++i) {
    CHECK(breaker.allow(kStart));
    breaker.on_failure(kStart);
  }
  return breaker;
}

}  // namespace

TEST_CASE("a breaker stays closed as long as failures are not in a row") {
  CircuitBreaker breaker({.failures_to_open = 3});
  for (int i = 0; i < 10; ++i) {
    breaker.on_failure(kStart);
    breaker.on_failure(kStart);
    breaker.on_success(kStart);
  }
  CHECK(breaker.state(kStart) == BreakerState::kClosed);
  CHECK(breaker.allow(kStart));
}

TEST_CASE("failures in a row open a breaker, for a delay") {
  CircuitBreaker breaker = opened_at_start();
  CHECK(breaker.state(kStart) == BreakerState::kOpen);
  CHECK_FALSE(breaker.allow(after(999)));
  CHECK(breaker.next_try(kStart) == after(1'000));
  CHECK(breaker.state(after(1'000)) == BreakerState::kHalfOpen);
}

TEST_CASE("a half open breaker lets one probe through") {
  CircuitBreaker breaker = opened_at_start();
  CHECK(breaker.allow(after(1'000)));
  CHECK_FALSE(breaker.allow(after(1'000)));
  SUBCASE("its success closes it") {
    breaker.on_success(after(1'100));
    CHECK(breaker.state(after(1'100)) == BreakerState::kClosed);
    CHECK(breaker.allow(after(1'100)));
  }
  SUBCASE("its failure opens it for twice as long") {
    breaker.on_failure(after(1'100));
    CHECK_FALSE(breaker.allow(after(3'099)));
    CHECK(breaker.allow(after(3'100)));
  }
  SUBCASE("its silence counts as failure") {
    CHECK_FALSE(breaker.allow(after(30'999)));
    CHECK_FALSE(breaker.allow(after(31'000)));
    CHECK(breaker.allow(after(33'000)));
  }
}

TEST_CASE("failures of calls that were under way do not prolong the delay") {
  CircuitBreaker breaker = opened_at_start();
  breaker.on_failure(after(900));
  CHECK(breaker.allow(after(1'000)));
}

TEST_CASE("the delay is bounded however long it lasts") {
  CircuitBreaker breaker = opened_at_start();
  Timestamp now = kStart;
  for (int i = 0; i < 100; ++i) {
    now = breaker.next_try(now);
    REQUIRE(breaker.allow(now));
    breaker.on_failure(now);
    REQUIRE(breaker.next_try(now) - now <= Duration{60'000});
  }
  CHECK(breaker.next_try(now) - now == Duration{60'000});
}
