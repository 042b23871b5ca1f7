#include "exchange/paper/funding.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <utility>

#include "engine/assert.hpp"

namespace botbox::exchange {
namespace {

constexpr std::string_view kFundingHeader = "time_ms,rate";

// Takes the next line off the text, without its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

Result<FundingRate> rate_in(std::string_view line) {
  const std::size_t comma = line.find(',');
  if (comma == std::string_view::npos)
    return fail(ErrorCode::kInvalidInput, "the line has no comma", {}, "write time_ms,rate");
  FundingRate rate;
  const auto [end, problem] = std::from_chars(line.data(), line.data() + comma, rate.at.ms);
  if (problem != std::errc{} || end != line.data() + comma || rate.at.ms <= 0)
    return fail(ErrorCode::kInvalidInput, "the time is none", {}, "write UTC epoch milliseconds");
  BOTBOX_ASSIGN(rate.rate, Decimal::parse(line.substr(comma + 1)));
  return rate;
}

Result<void> check_next(const std::vector<FundingRate>& before, const FundingRate& rate) {
  if (!before.empty() && rate.at <= before.back().at)
    return fail(ErrorCode::kInvalidInput, "funding rates are not in ascending order",
                to_iso8601(rate.at), "sort them by time and leave each in once");
  if (abs(rate.rate) > Decimal::from_int(1))
    return fail(ErrorCode::kInvalidInput,
                fmt::format("a funding rate of {} is out of range", to_string(rate.rate)),
                to_iso8601(rate.at), "write a ratio: 0.0001 is 0.01 %");
  return {};
}

}  // namespace

FundingSchedule FundingSchedule::constant(Decimal rate) {
  FundingSchedule schedule;
  schedule.constant_ = rate;
  schedule.is_constant_ = true;
  return schedule;
}

Result<FundingSchedule> FundingSchedule::of(std::vector<FundingRate> rates) {
  FundingSchedule schedule;
  for (const FundingRate& rate : rates) {
    BOTBOX_TRY(check_next(schedule.rates_, rate));
    schedule.rates_.push_back(rate);
  }
  return schedule;
}

Result<FundingSchedule> FundingSchedule::parse(const std::string& name, std::string_view text) {
  std::size_t number = 1;
  const auto at_line = [&](const Error& error) {
    return fail(error.code, error.message, fmt::format("{}:{}", name, number), error.fix);
  };
  if (take_line(text) != kFundingHeader)
    return fail(ErrorCode::kInvalidInput, "the header is missing", name + ":1",
                fmt::format("begin the file with {}", kFundingHeader));
  FundingSchedule schedule;
  while (!text.empty()) {
    ++number;
    const Result<FundingRate> rate = rate_in(take_line(text));
    if (!rate) return at_line(rate.error());
    if (const Result<void> fits = check_next(schedule.rates_, *rate); !fits)
      return at_line(fits.error());
    schedule.rates_.push_back(*rate);
  }
  return schedule;
}

Result<FundingSchedule> FundingSchedule::load(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.is_open() || in.bad())
    return fail(ErrorCode::kIo, "cannot read the file of funding rates", path.string(),
                "check the path and its permissions");
  return parse(path.string(), text);
}

std::optional<FundingRate> FundingSchedule::next(Timestamp after) const {
  if (is_constant_) {
    const std::int64_t step = kFundingInterval.count();
    return FundingRate{{(after.ms / step + 1) * step}, constant_};
  }
  const auto found =
      std::upper_bound(rates_.begin(), rates_.end(), after,
                       [](Timestamp at, const FundingRate& rate) { return at < rate.at; });
  if (found == rates_.end()) return std::nullopt;
  return *found;
}

Notional funding_payment(Decimal open, Price mark, Decimal rate) {
  const auto worth = notional(mark, Quantity{abs(open)}, Rounding::kHalfEven);
  ENGINE_ASSERT(worth.has_value());
  const auto amount = scaled(*worth, rate, Rounding::kHalfEven);
  ENGINE_ASSERT(amount.has_value());
  return open.is_negative() ? *amount : -*amount;
}

std::optional<Price> mark_price(MarketFeed& feed, const Symbol& symbol, Timestamp at) {
  constexpr Duration kOldest{30LL * 86'400'000};
  if (const auto candle = feed.candle_at(symbol, at)) return candle->open;
  const std::vector<Candle> before = feed.base_candles(
      symbol, {.from = at - kOldest, .to = feed.base_open(symbol, at), .limit = 1});
  if (before.empty()) return std::nullopt;
  return before.back().close;
}

}  // namespace botbox::exchange
