// SyntheticMarket: invented one-minute candles, a pure function of (seed, symbol, time).
//
// The same on every machine and in every run, in whatever order it is asked: integers only, no
// libm, no state but a cache. Defined from 2015-01-01 to 2100-01-01 without gaps. Each candle opens
// at the close of the one before; prices stand on the tick grid, volumes on the lot grid. Prices
// revert to their start over the years (at 3 % a day they stay within about a factor of 6), so that
// no simulation ends at zero.
//
// How: log-prices at 256-day anchors are hashed normals; days between are a Brownian bridge by
// midpoint displacement (8 hashes give any day); minutes of a day are a bridge between its ends,
// with a regime (trend up or down, range, volatile, quiet) that changes every few hours.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <unordered_map>
#include <vector>

#include "engine/model/instrument.hpp"
#include "exchange/market/market_feed.hpp"

namespace botbox::exchange {

enum class MarketRegime : std::uint8_t { kTrendUp, kTrendDown, kRange, kVolatile, kQuiet };

struct SyntheticSymbol {
  Instrument instrument;     // symbol, tick and lot
  Price start_price;         // centre of the price over the years; >= 100 ticks
  Decimal daily_volatility;  // standard deviation of a day's log return: 0.03 is 3 %
  Quantity minute_volume;    // mean volume of a candle
};

struct SyntheticMarketConfig {
  std::uint64_t seed = 1;
  std::vector<SyntheticSymbol> symbols;
  std::size_t cached_days = 0;  // one costs about 58 kB; 0: two per symbol and 64 more
};

class SyntheticMarket final : public MarketFeed {
 public:
  // Error kInvalidInput: a symbol twice, or numbers outside of the ranges above (volatility in
  // (0, 0.1], start at most 1e12 ticks, volume at most 1e12 lots).
  static Result<SyntheticMarket> create(SyntheticMarketConfig config);

  std::vector<Symbol> symbols() const override;
  std::optional<Timeframe> base_timeframe(const Symbol& symbol) const override;
  std::optional<Timestamp> first_open(const Symbol& symbol) const override;
  std::optional<Timestamp> last_open(const Symbol& symbol) const override;
  std::optional<Candle> candle_at(const Symbol& symbol, Timestamp open_time) override;
  std::optional<Candle> next_candle(const Symbol& symbol, Timestamp from) override;
  std::vector<Candle> candles(const Symbol& symbol, Timeframe timeframe,
                              CandleRange range) override;

  // The regime that ruled the candle at this time. For tests and for scenario displays.
  std::optional<MarketRegime> regime_at(const Symbol& symbol, Timestamp at) const;

 private:
  static constexpr std::size_t kMinutes = 1440;
  struct Minute {
    std::int64_t high, low, close, volume;  // ticks, lots
  };
  struct Day {
    std::int64_t open;  // ticks
    std::array<Minute, kMinutes> minutes;
  };
  struct Source {
    SyntheticSymbol symbol;
    std::uint64_t key;  // hash of seed and symbol
    std::int64_t start_ticks;
    std::int64_t day_sigma;  // log2 units, see synthetic_market.cpp
    std::int64_t minute_lots;
  };
  struct DayKey {
    std::size_t source;
    std::int64_t day;
    bool operator==(const DayKey&) const = default;
  };
  struct DayKeyHash {
    std::size_t operator()(const DayKey& key) const noexcept;
  };
  struct Cached {
    DayKey key;
    Day day;
  };

  SyntheticMarket() = default;
  const Source* find(const Symbol& symbol) const;
  const Day& day(const Source& source, std::int64_t day);
  void make_day(const Source& source, std::int64_t day, Day& out) const;
  static std::int64_t log_price(const Source& source, std::int64_t day);
  static Candle candle(const Source& source, const Day& day, std::int64_t number,
                       std::size_t minute);

  std::vector<Source> sources_;
  std::unordered_map<Symbol, std::size_t> index_;
  std::size_t capacity_ = 0;
  std::list<Cached> recent_;  // front: used last
  std::unordered_map<DayKey, std::list<Cached>::iterator, DayKeyHash> cache_;
};

}  // namespace botbox::exchange
