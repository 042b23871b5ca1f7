#include "engine/model/candle.hpp"

#include <algorithm>
#include <utility>

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
  bool is_own = false;
  for (const Candle& candle : candles) {
    if (candle.open_time + timeframe_.duration() > now) continue;
    if (candles_.empty() || candle.open_time > candles_.back().open_time) {
      append(candle, candles.size());
      continue;
    }
    const auto at = std::ranges::lower_bound(candles_, candle.open_time, {}, &Candle::open_time);
    if (*at == candle) continue;
    const auto place = at - candles_.begin();
    if (!std::exchange(is_own, true)) move_to_own_room(candles.size());
    put_at(place, candle);
  }
  if (is_own) find_gaps();
  drop_oldest();
  return {};
}

// Where another copy has filled the room behind these candles, or it is full, they move.
void CandleSeries::append(const Candle& candle, std::size_t room_for) {
  const bool is_free = room_ != nullptr && room_->size() < room_->capacity() &&
                       candles_.data() + candles_.size() == room_->data() + room_->size();
  if (!is_free) move_to_own_room(room_for);
  if (!candles_.empty() && candle.open_time != last_close())
    gaps_.push_back({last_close(), candle.open_time});
  const auto first = static_cast<std::size_t>(candles_.data() - room_->data());
  room_->push_back(candle);
  candles_ = std::span<const Candle>(*room_).subspan(first);
}

// Nobody else looks into the room.
void CandleSeries::put_at(std::ptrdiff_t place, const Candle& candle) {
  const auto at = room_->begin() + place;
  if (at->open_time == candle.open_time)
    *at = candle;
  else
    room_->insert(at, candle);
  candles_ = *room_;
}

// With room for a while, or every candle would move all others.
void CandleSeries::move_to_own_room(std::size_t more) {
  constexpr std::size_t kLeast = 16;
  auto room = std::make_shared<std::vector<Candle>>();
  room->reserve(candles_.size() + std::max({kLeast, candles_.size() / 4, more}));
  room->assign(candles_.begin(), candles_.end());
  room_ = std::move(room);
  candles_ = *room_;
}

void CandleSeries::find_gaps() {
  gaps_.clear();
  for (std::size_t i = 1; i < candles_.size(); ++i) {
    const Timestamp expected = candles_[i - 1].open_time + timeframe_.duration();
    if (candles_[i].open_time != expected) gaps_.push_back({expected, candles_[i].open_time});
  }
}

void CandleSeries::drop_oldest() {
  if (candles_.size() <= capacity_) return;
  candles_ = candles_.last(capacity_);
  std::erase_if(gaps_, [this](const CandleGap& gap) {
    return candles_.empty() || gap.to <= candles_.front().open_time;
  });
}

Timestamp CandleSeries::last_close() const {
  return candles_.empty() ? Timestamp{} : candles_.back().open_time + timeframe_.duration();
}

}  // namespace botbox
