#include "exchange/venue/clock_offset.hpp"

#include <doctest/doctest.h>

namespace botbox::exchange {
namespace {

TEST_CASE("of the last samples the one in the least doubt counts") {
  ClockOffset offset;
  CHECK_FALSE(offset.is_known());
  offset.learn({0}, {1'030}, {100});
  CHECK(offset.offset() == Duration{980});
  offset.learn({1'000}, {2'010}, {1'020});
  CHECK(offset.offset() == Duration{1'000});
  offset.learn({2'000}, {3'090}, {2'200});
  CHECK(offset.offset() == Duration{1'000});
}

TEST_CASE("an offset that follows a clock at half its pace forgets what cannot be true any more") {
  ClockOffset offset;
  offset.learn({0}, {5}, {10});
  CHECK(offset.offset() == Duration{0});
  // Each of them later, and in more doubt.
  for (int i = 1; i <= 12; ++i) {
    const std::int64_t ours = 5'000LL * i;
    const std::int64_t doubt = 10 + i;
    offset.learn({ours - doubt}, {2 * ours}, {ours + doubt});
    CHECK(offset.offset() == Duration{ours});
  }
}

}  // namespace
}  // namespace botbox::exchange
