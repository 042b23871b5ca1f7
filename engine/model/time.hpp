// Timestamp, Duration and Timeframe: the only notions of time in the domain.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/result.hpp"

namespace botbox {

using Duration = std::chrono::milliseconds;

// A point in time: milliseconds since 1970-01-01T00:00:00Z. 0 means "never".
struct Timestamp {
  std::int64_t ms = 0;

  auto operator<=>(const Timestamp&) const = default;
  constexpr bool is_never() const { return ms == 0; }
};

constexpr Timestamp operator+(Timestamp at, Duration by) { return {at.ms + by.count()}; }
constexpr Timestamp operator-(Timestamp at, Duration by) { return {at.ms - by.count()}; }
constexpr Duration operator-(Timestamp a, Timestamp b) { return Duration{a.ms - b.ms}; }

// "2021-04-25T04:01:00.000Z".
std::string to_iso8601(Timestamp at);

// Accepts "2021-04-25", "2021-04-25T04:01", "...:00", "...:00Z", "...:00.123Z" (always UTC) and
// epoch milliseconds as digits.
Result<Timestamp> parse_timestamp(std::string_view text);
// As people ask about a moment: the same, or a time of day alone ("14:05", UTC), which is the last
// one that had begun by `now`. A minute without seconds stands for all of it: its last millisecond.
Result<Timestamp> parse_moment(std::string_view text, Timestamp now);

// The length of a candle. Candles are aligned to the epoch, weeks to Monday 00:00 UTC, as the
// exchanges align them.
class Timeframe {
 public:
  constexpr Timeframe() = default;  // one minute
  // One of 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w. No 1M: a timeframe is one duration.
  static Result<Timeframe> parse(std::string_view text);
  static constexpr Timeframe minutes(std::int64_t n) { return Timeframe(n * 60'000); }

  constexpr std::int64_t ms() const { return ms_; }
  constexpr Duration duration() const { return Duration{ms_}; }
  // The open time of the candle that contains `at`.
  Timestamp floor(Timestamp at) const;
  // The close time (exclusive end) of the newest candle that is closed at `now`.
  Timestamp last_close(Timestamp now) const { return floor(now); }
  // How often a bot on this timeframe looks unless its config says otherwise (documents: 4h 5 min,
  // 1h 1 min, 15m 30 s; below that once a minute).
  Duration default_check_interval() const;

  auto operator<=>(const Timeframe&) const = default;

 private:
  explicit constexpr Timeframe(std::int64_t ms) : ms_(ms) {}
  std::int64_t ms_ = 60'000;
};

std::string to_string(Timeframe timeframe);
// "90 s", "5 min", "2 h 3 min": for people.
std::string humanize(Duration duration);

// How a configuration writes a duration, from the longest unit down.
struct DurationUnit {
  std::string_view name;
  std::int64_t ms;
};
inline constexpr std::array<DurationUnit, 5> kDurationUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
// The shortest exact text in these units: "1h30m", "0s".
std::string duration_text(Duration duration);

}  // namespace botbox
