#include "engine/model/time.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace botbox;
using namespace std::chrono_literals;

namespace {

Timestamp at(std::string_view text) {
  const Result<Timestamp> parsed = parse_timestamp(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

Timeframe timeframe(std::string_view text) {
  const Result<Timeframe> parsed = Timeframe::parse(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

constexpr std::string_view kNames[] = {"1m", "3m", "5m", "15m", "30m", "1h", "2h",
                                       "4h", "6h", "8h", "12h", "1d",  "3d", "1w"};

}  // namespace

TEST_CASE("a timestamp is written as ISO 8601 in UTC with milliseconds") {
  for (const auto& [ms, text] : std::vector<std::pair<std::int64_t, std::string>>{
           {0, "1970-01-01T00:00:00.000Z"},
           {1, "1970-01-01T00:00:00.001Z"},
           {-1, "1969-12-31T23:59:59.999Z"},
           {1'619'323'260'000, "2021-04-25T04:01:00.000Z"},
           {1'619'323'260'123, "2021-04-25T04:01:00.123Z"},
           {951'782'400'000, "2000-02-29T00:00:00.000Z"},
           {1'709'251'199'999, "2024-02-29T23:59:59.999Z"},
           {253'402'300'799'999, "9999-12-31T23:59:59.999Z"}}) {
    CHECK(to_iso8601(Timestamp{ms}) == text);
    CHECK(at(text).ms == ms);
  }
}

TEST_CASE("a moment may be a time of day alone, and a minute stands for all of it") {
  const Timestamp now = at("2024-03-01T14:05:30Z");
  for (const auto& [text, means] : std::vector<std::pair<std::string_view, std::string>>{
           {"14:05", "2024-03-01T14:05:59.999Z"},
           {"14:05Z", "2024-03-01T14:05:59.999Z"},
           {"14:06", "2024-02-29T14:06:59.999Z"},
           {"00:00", "2024-03-01T00:00:59.999Z"},
           {"14:05:30", "2024-03-01T14:05:30.000Z"},
           {"14:05:31", "2024-02-29T14:05:31.000Z"},
           {"2024-02-27T09:15", "2024-02-27T09:15:59.999Z"},
           {"2024-02-27 09:15:00", "2024-02-27T09:15:00.000Z"},
           {"2024-02-27", "2024-02-27T00:00:00.000Z"},
           {"1709251199999", "2024-02-29T23:59:59.999Z"}}) {
    CAPTURE(text);
    const Result<Timestamp> read = parse_moment(text, now);
    REQUIRE(read.has_value());
    CHECK(to_iso8601(*read) == means);
  }
  for (const std::string_view text : {"", "14", "14:5", "24:00", "14:60", "14:05 today", "now"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_moment(text, now).has_value());
  }
}

TEST_CASE("a point in time is read from a date, a date with time, or epoch milliseconds") {
  for (const auto& [text, ms] : std::vector<std::pair<std::string_view, std::int64_t>>{
           {"2021-04-25", 1'619'308'800'000},
           {"2021-04-25T04:01", 1'619'323'260'000},
           {"2021-04-25T04:01Z", 1'619'323'260'000},
           {"2021-04-25T04:01:00", 1'619'323'260'000},
           {"2021-04-25T04:01:00Z", 1'619'323'260'000},
           {"2021-04-25T04:01:07.123Z", 1'619'323'267'123},
           {"2021-04-25T04:01:07.123", 1'619'323'267'123},
           {"2024-02-29", 1'709'164'800'000},
           {"1969-12-31", -86'400'000},
           {"1619323260000", 1'619'323'260'000},
           {"99999999999", 99'999'999'999},
           {"00000000000", 0}}) {
    CAPTURE(text);
    CHECK(at(text).ms == ms);
  }
}

TEST_CASE("what is no point in time is refused with a fix") {
  for (const std::string_view text : {"",
                                      " ",
                                      "now",
                                      "yesterday",
                                      "2021",
                                      "2021-04",
                                      "2021-4-25",
                                      "21-04-25",
                                      "2021/04/25",
                                      "2021-13-01",
                                      "2021-00-10",
                                      "2021-04-31",
                                      "2021-04-00",
                                      "2023-02-29",
                                      "1900-02-29",
                                      "2021-04-25T",
                                      "2021-04-25T04",
                                      "2021-04-25T4:01",
                                      "2021-04-25T24:00",
                                      "2021-04-25T04:60",
                                      "2021-04-25T04:01:60",
                                      "2021-04-25T04:01:",
                                      "2021-04-25T04:01:00.",
                                      "2021-04-25T04:01.123",
                                      "2021-04-25T04:01:00.1",
                                      "2021-04-25T04:01:00.1234Z",
                                      "2021-04-25T04:01:00+02:00",
                                      "2021-04-25T04:01:00ZZ",
                                      "2021-04-25Z",
                                      " 2021-04-25",
                                      "2021-04-25 ",
                                      "-2021-04-25",
                                      "1619323260",
                                      "1619323260.5",
                                      "-1619323260000",
                                      "1619323260000ms",
                                      "253402300800000",
                                      "99999999999999999999999999"}) {
    CAPTURE(text);
    const Result<Timestamp> parsed = parse_timestamp(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::kInvalidInput);
    CHECK_FALSE(parsed.error().fix.empty());
  }
}

TEST_CASE("every instant survives being written and read") {
  const std::uint64_t seed = std::random_device{}();
  MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> instants(-62'135'596'800'000, 253'402'300'799'999);
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp instant{instants(random)};
    CAPTURE(instant.ms);
    REQUIRE(at(to_iso8601(instant)) == instant);
  }
}

TEST_CASE("instants and durations add and subtract") {
  const Timestamp noon = at("2021-04-25T12:00");
  CHECK(noon + 90min == at("2021-04-25T13:30"));
  CHECK(noon - 12h == at("2021-04-25"));
  CHECK(at("2021-04-26") - noon == 12h);
  CHECK(noon - at("2021-04-26") == -12h);
  CHECK(noon < at("2021-04-26"));
  CHECK(Timestamp{}.is_never());
  CHECK_FALSE(noon.is_never());
}

TEST_CASE("a timeframe is read by the exchanges' names and written back") {
  for (const std::string_view name : kNames) CHECK(to_string(timeframe(name)) == name);
  CHECK(timeframe("1m").duration() == 1min);
  CHECK(timeframe("4h").duration() == 4h);
  CHECK(timeframe("3d").duration() == 72h);
  CHECK(timeframe("1w").duration() == 168h);
  CHECK(Timeframe{} == timeframe("1m"));
  CHECK(Timeframe::minutes(15) == timeframe("15m"));
  for (const std::string_view text :
       {"", "m", "1", "1M", "1H", "60m", "2m", "24h", "7d", "1 h", "1h ", "-1h", "1mo", "4hours"}) {
    CAPTURE(text);
    const Result<Timeframe> parsed = Timeframe::parse(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::kInvalidInput);
  }
  CHECK(to_string(Timeframe::parse("1M").error()) ==
        "'1M' is not a timeframe here: months differ in length, candles must not (use 1w, or "
        "longer periods on 1d)");
}

TEST_CASE("a candle opens at the grid point at or before an instant") {
  struct Row {
    std::string_view timeframe, instant, open;
  };
  for (const Row& row :
       std::vector<Row>{{"1m", "2021-04-25T04:01:59.999", "2021-04-25T04:01"},
                        {"1m", "2021-04-25T04:01", "2021-04-25T04:01"},
                        {"3m", "2021-04-25T04:02", "2021-04-25T04:00"},
                        {"15m", "2021-04-25T04:14:59", "2021-04-25T04:00"},
                        {"1h", "2021-04-25T04:59:59.999", "2021-04-25T04:00"},
                        {"4h", "2021-04-25T03:59:59.999", "2021-04-25"},
                        {"4h", "2021-04-25T23:00", "2021-04-25T20:00"},
                        {"8h", "2021-04-25T15:59", "2021-04-25T08:00"},
                        {"1d", "2021-04-25T23:59:59.999", "2021-04-25"},
                        {"3d", "1970-01-06T12:00", "1970-01-04"},
                        {"1w", "2021-04-25T23:59:59.999", "2021-04-19"},  // a Sunday
                        {"1w", "2021-04-26", "2021-04-26"},               // a Monday
                        {"1w", "2021-04-26T00:00:00.001", "2021-04-26"},
                        {"1w", "1970-01-01", "1969-12-29"},
                        {"1w", "1970-01-04T23:59:59.999", "1969-12-29"},
                        {"1h", "1969-12-31T23:30", "1969-12-31T23:00"}}) {
    CAPTURE(row.timeframe);
    CAPTURE(row.instant);
    const Timeframe length = timeframe(row.timeframe);
    CHECK(to_iso8601(length.floor(at(row.instant))) == to_iso8601(at(row.open)));
    CHECK(length.last_close(at(row.instant)) == at(row.open));
  }
}

TEST_CASE("a candle contains the instant it was floored from, and weeks open on Monday") {
  const std::uint64_t seed = std::random_device{}();
  MESSAGE("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_int_distribution<std::int64_t> instants(-10'000'000'000'000, 10'000'000'000'000);
  for (int i = 0; i < 5'000; ++i) {
    const Timestamp instant{instants(random)};
    CAPTURE(instant.ms);
    for (const std::string_view name : kNames) {
      const Timeframe length = timeframe(name);
      const Timestamp open = length.floor(instant);
      REQUIRE(open <= instant);
      REQUIRE(instant < open + length.duration());
      REQUIRE(length.floor(open) == open);
    }
    const Timestamp week = timeframe("1w").floor(instant);
    const std::chrono::sys_time<Duration> open{Duration{week.ms}};
    const auto day = std::chrono::floor<std::chrono::days>(open);
    REQUIRE(std::chrono::weekday{day} == std::chrono::Monday);
    REQUIRE(open == day);
  }
}

TEST_CASE("a bot looks more often on shorter candles") {
  CHECK(timeframe("1d").default_check_interval() == 5min);
  CHECK(timeframe("4h").default_check_interval() == 5min);
  CHECK(timeframe("2h").default_check_interval() == 1min);
  CHECK(timeframe("1h").default_check_interval() == 1min);
  CHECK(timeframe("30m").default_check_interval() == 30s);
  CHECK(timeframe("15m").default_check_interval() == 30s);
  CHECK(timeframe("5m").default_check_interval() == 1min);
  CHECK(timeframe("1m").default_check_interval() == 1min);
}

TEST_CASE("a duration is told in the two units that a person would use") {
  for (const auto& [duration, text] :
       std::vector<std::pair<Duration, std::string>>{{0ms, "0 ms"},
                                                     {999ms, "999 ms"},
                                                     {1s, "1 s"},
                                                     {1999ms, "1 s"},
                                                     {90s, "90 s"},
                                                     {119'999ms, "119 s"},
                                                     {2min, "2 min"},
                                                     {5min, "5 min"},
                                                     {119min, "119 min"},
                                                     {2h + 3min, "2 h 3 min"},
                                                     {47h + 59min, "47 h 59 min"},
                                                     {48h, "2 d 0 h"},
                                                     {75h, "3 d 3 h"}}) {
    CHECK(humanize(duration) == text);
  }
}
