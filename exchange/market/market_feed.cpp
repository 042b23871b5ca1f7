#include "exchange/market/market_feed.hpp"

#include <algorithm>

namespace botbox::exchange {

std::optional<CandleRange> MarketFeed::known_range(const Symbol& symbol,
                                                   Timeframe timeframe) const {
  const auto base = base_timeframe(symbol);
  const auto first = first_open(symbol);
  const auto last = last_open(symbol);
  if (!base || !first || !last || timeframe.ms() % base->ms() != 0) return std::nullopt;
  return CandleRange{.from = *first, .to = *last + base->duration()};
}

std::vector<Candle> aggregate(const std::vector<Candle>& parts, Timeframe timeframe) {
  std::vector<Candle> out;
  for (const Candle& part : parts) {
    const Timestamp open_time = timeframe.floor(part.open_time);
    if (out.empty() || out.back().open_time != open_time) {
      out.push_back(part);
      out.back().open_time = open_time;
      continue;
    }
    Candle& whole = out.back();
    whole.high = std::max(whole.high, part.high);
    whole.low = std::min(whole.low, part.low);
    whole.close = part.close;
    whole.volume += part.volume;
  }
  return out;
}

Candle unfinished(const Candle& candle) {
  return {candle.open_time, candle.open, candle.open, candle.open, candle.open, {}};
}

}  // namespace botbox::exchange
