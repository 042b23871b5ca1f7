#include "engine/set_back_time.hpp"

#include <doctest/doctest.h>

namespace botbox {
namespace {

constexpr Timestamp kNewest{1'700'000'000'000};
constexpr Duration kSteady{5'000};

TEST_CASE("while the clock is behind, time goes on at half its pace and loses no millisecond") {
  SetBackTime time;
  Timestamp shown = time.show(kNewest, kSteady);
  CHECK(shown == kNewest);
  // Asked every millisecond, as often as actors ask.
  for (std::int64_t ms = 1; ms <= 2'001; ++ms) {
    const Timestamp next = time.show(shown, kSteady + Duration{ms});
    REQUIRE(next >= shown);
    shown = next;
  }
  CHECK(shown == kNewest + Duration{1'000});
}

TEST_CASE("an hour's step back has passed after two hours") {
  SetBackTime time;
  Timestamp shown = kNewest;
  Timestamp system = kNewest - Duration{3'600'000};
  std::int64_t seconds = 0;
  while (system < shown) {
    shown = time.show(shown, kSteady + Duration{1'000 * seconds});
    system = system + Duration{1'000};
    ++seconds;
  }
  CHECK(seconds >= 7'199);
  CHECK(seconds <= 7'201);
}

TEST_CASE("what was shown meanwhile is never taken back, and the next step begins there") {
  SetBackTime time;
  CHECK(time.show(kNewest, kSteady) == kNewest);
  const Timestamp later = kNewest + Duration{60'000};
  CHECK(time.show(later, kSteady + Duration{10'000}) == later);
  CHECK(time.show(later, kSteady + Duration{10'500}) == later + Duration{250});
}

}  // namespace
}  // namespace botbox
