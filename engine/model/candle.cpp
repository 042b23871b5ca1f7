#include "engine/model/candle.hpp"

#include <algorithm>

namespace botbox {

Result<void> validate(const Candle& c) {
  const auto bad = [&](std::string_view rule) {
    return fail(ErrorCode::kInvalidInput, fmt::format("candle breaks the rule {}", rule),
                to_iso8601(c.open_time));
  };
  if (!c.low.is_positive()) return bad("low > 0");
  if (c.high < c.open || c.high < c.close) return bad("high >= open and close");
  if (c.low > c.open || c.low > c.close) return bad("low <= open and close");
  if (c.volume.is_negative()) return bad("volume >= 0");
  return {};
}

Result<void> CandleSeries::merge(const std::vector<Candle>& candles, Timestamp now) {
  for (const Candle& candle : candles) {
    BOTBOX_TRY(validate(candle));
    if (timeframe_.floor(candle.open_time) != candle.open_time)
      return fail(ErrorCode::kInvalidInput,
                  fmt::format("candle does not start on the {} grid", to_string(timeframe_)),
                  to_iso8601(candle.open_time));
  }
  for (const Candle& candle : candles) {
    if (candle.open_time + timeframe_.duration() > now) continue;
    if (candles_.empty() || candle.open_time > candles_.back().open_time) {
      candles_.push_back(candle);
      continue;
    }
    const auto at = std::lower_bound(
        candles_.begin(), candles_.end(), candle.open_time,
        [](const Candle& c, Timestamp open_time) { return c.open_time < open_time; });
    if (at->open_time == candle.open_time)
      *at = candle;
    else
      candles_.insert(at, candle);
  }
  if (candles_.size() > capacity_)
    candles_.erase(candles_.begin(),
                   candles_.begin() + static_cast<std::ptrdiff_t>(candles_.size() - capacity_));
  return {};
}

CandleSeries CandleSeries::copy_with_room(std::size_t more) const {
  CandleSeries copy(timeframe_, capacity_);
  copy.candles_.reserve(candles_.size() + more);
  copy.candles_.insert(copy.candles_.end(), candles_.begin(), candles_.end());
  return copy;
}

Timestamp CandleSeries::last_close() const {
  return candles_.empty() ? Timestamp{} : candles_.back().open_time + timeframe_.duration();
}

std::vector<CandleGap> CandleSeries::gaps() const {
  std::vector<CandleGap> found;
  for (std::size_t i = 1; i < candles_.size(); ++i) {
    const Timestamp expected = candles_[i - 1].open_time + timeframe_.duration();
    if (candles_[i].open_time != expected) found.push_back({expected, candles_[i].open_time});
  }
  return found;
}

}  // namespace botbox
