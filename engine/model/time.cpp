#include "engine/model/time.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

namespace botbox {
namespace {

struct NamedTimeframe {
  std::string_view name;
  std::int64_t minutes;
};
constexpr std::array<NamedTimeframe, 14> kTimeframes{{{"1m", 1},
                                                      {"3m", 3},
                                                      {"5m", 5},
                                                      {"15m", 15},
                                                      {"30m", 30},
                                                      {"1h", 60},
                                                      {"2h", 120},
                                                      {"4h", 240},
                                                      {"6h", 360},
                                                      {"8h", 480},
                                                      {"12h", 720},
                                                      {"1d", 1440},
                                                      {"3d", 4320},
                                                      {"1w", 10080}}};
constexpr std::int64_t kWeekMs = 7LL * 86'400'000;
// 1970-01-05 was the first Monday after the epoch.
constexpr std::int64_t kFirstMondayMs = 4LL * 86'400'000;

// 9999-12-31T23:59:59.999Z: later years do not fit the four digits of to_iso8601.
constexpr std::int64_t kLastMs = 253'402'300'799'999;

std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0);
}

bool read_digits(std::string_view& text, std::size_t count, int& out) {
  if (text.size() < count) return false;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(count);
  out = value;
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

struct ClockTime {
  int hour = 0, minute = 0, second = 0, milli = 0;
};

bool read_clock_time(std::string_view& rest, ClockTime& t) {
  if (!read_digits(rest, 2, t.hour) || !take(rest, ':') || !read_digits(rest, 2, t.minute))
    return false;
  if (take(rest, ':')) {
    if (!read_digits(rest, 2, t.second)) return false;
    if (take(rest, '.') && !read_digits(rest, 3, t.milli)) return false;
  }
  take(rest, 'Z');
  return t.hour < 24 && t.minute < 60 && t.second < 60;
}

}  // namespace

std::string to_iso8601(Timestamp at) {
  const std::int64_t days = floor_div(at.ms, 86'400'000);
  const std::int64_t of_day = at.ms - days * 86'400'000;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     of_day / 3'600'000, of_day / 60'000 % 60, of_day / 1000 % 60, of_day % 1000);
}

Result<Timestamp> parse_timestamp(std::string_view text) {
  const auto bad = [&] {
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not a point in time", text), {},
                "write 2021-04-25T04:01:00Z (UTC), 2021-04-25, or epoch milliseconds");
  };
  std::string_view rest = text;
  if (text.size() >= 11 && text.find_first_not_of("0123456789") == std::string_view::npos) {
    std::int64_t ms = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc{} || end != text.data() + text.size() || ms > kLastMs) return bad();
    return Timestamp{ms};
  }
  int year = 0, month = 0, day = 0;
  ClockTime time;
  if (!read_digits(rest, 4, year) || !take(rest, '-') || !read_digits(rest, 2, month) ||
      !take(rest, '-') || !read_digits(rest, 2, day))
    return bad();
  if ((take(rest, 'T') || take(rest, ' ')) && !read_clock_time(rest, time)) return bad();
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!rest.empty() || !date.ok()) return bad();
  const std::int64_t days = std::chrono::sys_days{date}.time_since_epoch().count();
  return Timestamp{days * 86'400'000 + time.hour * 3'600'000LL + time.minute * 60'000LL +
                   time.second * 1000LL + time.milli};
}

Result<Timestamp> parse_moment(std::string_view text, Timestamp now) {
  constexpr std::int64_t kDayMs = 86'400'000;
  const auto colons = std::count(text.begin(), text.end(), ':');
  const Duration rest_of_minute{colons == 1 ? 59'999 : 0};
  std::string_view rest = text;
  ClockTime time;
  if (!read_clock_time(rest, time) || !rest.empty())
    return parse_timestamp(text).map([&](Timestamp at) { return at + rest_of_minute; });
  const std::int64_t of_day =
      time.hour * 3'600'000LL + time.minute * 60'000LL + time.second * 1000LL + time.milli;
  Timestamp at{floor_div(now.ms, kDayMs) * kDayMs + of_day};
  if (at > now) at = at - Duration{kDayMs};
  return at + rest_of_minute;
}

Result<Timeframe> Timeframe::parse(std::string_view text) {
  for (const auto& [name, minutes] : kTimeframes)
    if (name == text) return Timeframe::minutes(minutes);
  if (text == "1M")
    return fail(ErrorCode::kInvalidInput,
                "'1M' is not a timeframe here: months differ in length, candles must not", {},
                "use 1w, or longer periods on 1d");
  return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not a timeframe", text), {},
              "use one of 1m 3m 5m 15m 30m 1h 2h 4h 6h 8h 12h 1d 3d 1w");
}

Timestamp Timeframe::floor(Timestamp at) const {
  const std::int64_t origin = ms_ == kWeekMs ? kFirstMondayMs : 0;
  return {origin + floor_div(at.ms - origin, ms_) * ms_};
}

Duration Timeframe::default_check_interval() const {
  using std::chrono::minutes;
  using std::chrono::seconds;
  if (ms_ >= 4 * 3'600'000LL) return minutes{5};
  if (ms_ >= 3'600'000LL) return minutes{1};
  if (ms_ >= 15 * 60'000LL) return seconds{30};
  return minutes{1};
}

std::string to_string(Timeframe timeframe) {
  for (const auto& [name, minutes] : kTimeframes)
    if (minutes * 60'000 == timeframe.ms()) return std::string(name);
  return fmt::format("{}ms", timeframe.ms());
}

std::string humanize(Duration duration) {
  const std::int64_t ms = duration.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 120'000) return fmt::format("{} s", ms / 1000);
  if (ms < 7'200'000) return fmt::format("{} min", ms / 60'000);
  if (ms < 172'800'000) return fmt::format("{} h {} min", ms / 3'600'000, ms / 60'000 % 60);
  return fmt::format("{} d {} h", ms / 86'400'000, ms / 3'600'000 % 24);
}

std::string duration_text(Duration duration) {
  std::string text;
  std::int64_t rest = duration.count();
  for (const DurationUnit& unit : kDurationUnits) {
    if (rest / unit.ms > 0) text += fmt::format("{}{}", rest / unit.ms, unit.name);
    rest %= unit.ms;
  }
  return text.empty() ? "0s" : text;
}

}  // namespace botbox
