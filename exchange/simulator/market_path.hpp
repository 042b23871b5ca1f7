// MarketPath: how the price walks through the candles of a feed, known only up to a given time.
//
// A base candle is walked in four ticks, at 0, 1/4, 2/4 and 3/4 of its length: its open, the
// extreme against its direction (the low of a rising candle), the other extreme, its close. Between
// ticks the price moves through everything in between; to an open it jumps. So an order placed
// within a minute meets only what comes after it, and an unfinished candle shows what has happened.
#pragma once

#include <array>
#include <optional>
#include <unordered_map>
#include <vector>

#include "exchange/market/market_feed.hpp"

namespace botbox::exchange::sim {

struct Tick {
  Timestamp at;
  Price price;
  Quantity volume;
  bool jumps = false;  // from the price before, instead of moving through what lies between
};

std::array<Tick, 4> ticks_of(const Candle& candle, Timeframe base);

class MarketPath {
 public:
  // The feed must outlive the path.
  explicit MarketPath(MarketFeed& feed) : feed_(feed) {}

  bool knows(const Symbol& symbol) const { return feed_.base_timeframe(symbol).has_value(); }
  // The newest tick at or before `now`; empty before the first candle.
  std::optional<Tick> last_tick(const Symbol& symbol, Timestamp now);
  // The first tick after `after`; empty when the feed ends. The newest answer of each symbol is
  // remembered: a venue asks for it again with every order.
  std::optional<Tick> next_tick(const Symbol& symbol, Timestamp after);
  // As seen at `now`: the candle that contains it is unfinished and holds the ticks so far. Of more
  // than `limit` the newest. Ascending.
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe, CandleRange range,
                              Timestamp now);
  // Faults of candles(): they are told as they were `lag` ago; the newest comes twice.
  void set_candle_faults(Duration lag, bool repeat_newest) {
    lag_ = lag;
    repeat_newest_ = repeat_newest;
  }

 private:
  struct Known {
    Timestamp after;
    Tick tick;  // the first one after `after`, and so after every time between the two
  };

  std::optional<Tick> look_up_next(const Symbol& symbol, Timestamp after);

  MarketFeed& feed_;
  std::unordered_map<Symbol, Known> next_;
  Duration lag_{0};
  bool repeat_newest_ = false;
};

}  // namespace botbox::exchange::sim
