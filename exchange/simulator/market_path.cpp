#include "exchange/simulator/market_path.hpp"

#include <algorithm>

namespace botbox::exchange::sim {
namespace {

Candle seen_until(const Candle& whole, Timeframe base, Timestamp now) {
  const auto ticks = ticks_of(whole, base);
  Candle seen = unfinished(whole);
  for (const Tick& tick : ticks) {
    if (tick.at > now) break;
    seen.high = std::max(seen.high, tick.price);
    seen.low = std::min(seen.low, tick.price);
    seen.close = tick.price;
    seen.volume += tick.volume;
  }
  return seen;
}

}  // namespace

std::array<Tick, 4> ticks_of(const Candle& candle, Timeframe base) {
  const bool rises = candle.close >= candle.open;
  const std::array<Price, 4> prices{candle.open, rises ? candle.low : candle.high,
                                    rises ? candle.high : candle.low, candle.close};
  const Decimal::Units quarter = candle.volume.value.units() / 4;
  const Decimal::Units rest = candle.volume.value.units() - 3 * quarter;
  std::array<Tick, 4> ticks;
  for (std::size_t i = 0; i < ticks.size(); ++i) {
    const auto step = Duration{base.ms() / 4 * static_cast<std::int64_t>(i)};
    ticks[i] = {candle.open_time + step, prices[i],
                Quantity{Decimal::from_units(i < 3 ? quarter : rest)}, i == 0};
  }
  return ticks;
}

std::optional<Tick> MarketPath::last_tick(const Symbol& symbol, Timestamp now) {
  if (!knows(symbol)) return std::nullopt;
  const auto first = feed_.first_open(symbol);
  if (!first || now < *first) return std::nullopt;
  std::optional<Candle> candle = feed_.candle_at(symbol, feed_.base_open(symbol, now));
  if (!candle) {  // in a gap, or after the end
    const auto before = feed_.base_candles(symbol, {*first, now, 1});
    if (before.empty()) return std::nullopt;
    candle = before.back();
  }
  std::optional<Tick> newest;
  for (const Tick& tick : ticks_of(*candle, feed_.timeframe_at(symbol, candle->open_time)))
    if (tick.at <= now) newest = tick;
  return newest;
}

std::optional<Tick> MarketPath::next_tick(const Symbol& symbol, Timestamp after) {
  const auto known = next_.find(symbol);
  if (known != next_.end() && known->second.after <= after && after < known->second.tick.at)
    return known->second.tick;
  const std::optional<Tick> tick = look_up_next(symbol, after);
  if (tick) next_.insert_or_assign(symbol, Known{after, *tick});
  return tick;
}

std::optional<Tick> MarketPath::look_up_next(const Symbol& symbol, Timestamp after) {
  if (!knows(symbol)) return std::nullopt;
  const Timeframe base = feed_.timeframe_at(symbol, after);
  if (const auto candle = feed_.candle_at(symbol, base.floor(after)))
    for (const Tick& tick : ticks_of(*candle, base))
      if (tick.at > after) return tick;
  const auto next = feed_.next_candle(symbol, base.floor(after) + base.duration());
  if (!next) return std::nullopt;
  return ticks_of(*next, feed_.timeframe_at(symbol, next->open_time)).front();
}

std::vector<Candle> MarketPath::candles(const Symbol& symbol, Timeframe timeframe,
                                        CandleRange range, Timestamp now) {
  now = now - lag_;
  if (!knows(symbol) || range.from >= range.to || range.limit == 0) return {};
  const Timestamp running = timeframe.floor(now);
  std::vector<Candle> found =
      feed_.candles(symbol, timeframe, {range.from, std::min(range.to, running), range.limit});
  const auto told = [&] {
    if (repeat_newest_ && !found.empty()) found.push_back(found.back());
    return std::move(found);
  };
  if (range.to <= running || range.from > running) return told();
  const Timeframe base = feed_.timeframe_at(symbol, now);
  std::vector<Candle> parts = feed_.base_candles(symbol, {running, base.floor(now)});
  if (const auto newest = feed_.candle_at(symbol, base.floor(now)))
    parts.push_back(seen_until(*newest, base, now));
  for (const Candle& candle : aggregate(parts, timeframe)) found.push_back(candle);
  if (found.size() > range.limit)
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(range.limit));
  return told();
}

}  // namespace botbox::exchange::sim
