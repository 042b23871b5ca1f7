// At which hours a symbol may have been paid for, by the venue's words.
#include "exchange/venue/funding_hours.hpp"

#include <doctest/doctest.h>

namespace botbox::exchange::testing {
namespace {

const Symbol kHourlySymbol{"BTC/USDT:USDT"};
constexpr Timestamp kHourlyDay{1'704'067'200'000};  // 2024-01-01

Timestamp hourly_minute(int minute) { return kHourlyDay + std::chrono::minutes(minute); }
Timestamp hourly_hour(int hour) { return hourly_minute(60 * hour); }

FundingHours hours_told(std::initializer_list<std::pair<int, int>> minutes_and_next_hours) {
  FundingHours hours;
  for (const auto& [minute, next] : minutes_and_next_hours)
    hours.on_told({{kHourlySymbol, hourly_minute(minute), hourly_hour(next)}});
  return hours;
}

}  // namespace

TEST_CASE("of a symbol about which nothing was said every hour may pay, and none is named") {
  const FundingHours nothing = hours_told({});
  CHECK(nothing.may_pay(kHourlySymbol, hourly_hour(5)));
  CHECK_FALSE(nothing.is_named(kHourlySymbol, hourly_hour(8)));
  CHECK(hours_told({{250, 8}}).may_pay({"ETH/USDT:USDT"}, hourly_hour(5)));
}

TEST_CASE("between a word and the payment it names nothing is paid, before and after it may be") {
  const FundingHours hours = hours_told({{250, 8}});  // at 04:10
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(4)));
  CHECK_FALSE(hours.may_pay(kHourlySymbol, hourly_hour(5)));
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(6)));  // the word is too old for it
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(8)));
  CHECK(hours.is_named(kHourlySymbol, hourly_hour(8)));
  CHECK_FALSE(hours.is_named(kHourlySymbol, hourly_hour(5)));
}

TEST_CASE("a word that is repeated holds on") {
  const FundingHours hours = hours_told({{250, 8}, {310, 8}, {370, 8}});
  for (const int hour : {5, 6, 7}) CHECK_FALSE(hours.may_pay(kHourlySymbol, hourly_hour(hour)));
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(8)));
}

TEST_CASE(
    "a word of the last moment before an hour, or of the hour itself, says nothing about it") {
  CHECK(hours_told({{299, 8}}).may_pay(kHourlySymbol, hourly_hour(5)));
  CHECK(hours_told({{300, 8}}).may_pay(kHourlySymbol, hourly_hour(5)));
  CHECK_FALSE(hours_told({{298, 8}}).may_pay(kHourlySymbol, hourly_hour(5)));
}

TEST_CASE("a payment stays named when the next one is told, and the hours before it stay unpaid") {
  const FundingHours hours = hours_told({{470, 8}, {481, 16}, {530, 16}});
  CHECK(hours.is_named(kHourlySymbol, hourly_hour(8)));
  CHECK(hours.is_named(kHourlySymbol, hourly_hour(16)));
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(8)));
  CHECK_FALSE(hours.may_pay(kHourlySymbol, hourly_hour(9)));
}

TEST_CASE("an interval that is shortened or lengthened on the way counts from its word on") {
  const FundingHours shorter = hours_told({{250, 8}, {290, 5}});
  CHECK(shorter.may_pay(kHourlySymbol, hourly_hour(5)));
  CHECK_FALSE(shorter.is_named(kHourlySymbol, hourly_hour(8)));
  const FundingHours longer = hours_told({{250, 5}, {290, 8}});
  CHECK_FALSE(longer.may_pay(kHourlySymbol, hourly_hour(5)));
  CHECK_FALSE(longer.is_named(kHourlySymbol, hourly_hour(5)));
}

TEST_CASE(
    "a venue that still names the payment of this hour, or no time at all, tells nothing new") {
  FundingHours hours = hours_told({{470, 8}, {480, 8}, {481, 8}});
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(9)));
  hours.on_told({{kHourlySymbol, {}, hourly_hour(16)}, {kHourlySymbol, hourly_minute(482), {}}});
  CHECK(hours.may_pay(kHourlySymbol, hourly_hour(9)));
  CHECK(hours.is_named(kHourlySymbol, hourly_hour(8)));
}

}  // namespace botbox::exchange::testing
