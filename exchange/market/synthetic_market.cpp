#include "exchange/market/synthetic_market.hpp"

#include <algorithm>

#include "engine/assert.hpp"

namespace botbox::exchange {
namespace {

__extension__ typedef __int128 Wide;

constexpr std::int64_t kDayMs = 86'400'000;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kFirstDay = 16'436;  // 2015-01-01
constexpr std::int64_t kEndDay = 47'482;    // 2100-01-01
constexpr std::int64_t kAnchorDays = 256;

// Log-prices are base 2 with 40 fractional bits: 1 % is about 1.6e10 units.
constexpr int kLogBits = 40;
constexpr std::int64_t kLogOne = std::int64_t{1} << kLogBits;

// splitmix64 (Steele, Lea, Flood 2014): the finaliser as a hash.
constexpr std::uint64_t mix(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

enum class Stream : std::uint64_t { kAnchor = 1, kBridge, kRegime, kMinute, kWick, kSwing };

std::uint64_t draw(std::uint64_t key, Stream stream, std::int64_t index) {
  return mix(mix(key ^ (static_cast<std::uint64_t>(stream) << 56)) +
             static_cast<std::uint64_t>(index));
}

// Nearly normal: the sum of four 16-bit uniforms (Irwin-Hall), mean 0, scaled so that the standard
// deviation is 2^15. Bounded at 3.46 deviations; the fat tails come from the volatile regime. A
// libm normal would differ in its last bit from machine to machine, and with it a rounded price.
std::int64_t normal(std::uint64_t bits) {
  std::int64_t sum = -2 * 65535;
  for (int part = 0; part < 4; ++part)
    sum += static_cast<std::int64_t>((bits >> (16 * part)) & 0xFFFF);
  return sum * 32768 / 37837;  // 65536 * sqrt(4 / 12) = 37837
}

std::int64_t times_normal(std::int64_t sigma, std::uint64_t bits) {
  return static_cast<std::int64_t>(Wide{sigma} * normal(bits) >> 15);
}

constexpr std::int64_t floor_div(std::int64_t a, std::int64_t b) {
  return a / b - (a % b < 0 ? 1 : 0);
}

// 2^x for a log-price, times `scale`, rounded to the nearest integer and at least 1. The fraction
// goes through the Taylor series of 2^f in 32 fractional bits, to the 9th term: exact to 1e-9.
std::int64_t scaled_exp2(std::int64_t scale, std::int64_t log) {
  const std::int64_t whole = log >> kLogBits;
  const std::int64_t fraction = (log & (kLogOne - 1)) >> (kLogBits - 32);
  constexpr std::int64_t kLn2 = 2977044472;  // ln 2 * 2^32
  const std::int64_t exponent = static_cast<std::int64_t>(Wide{fraction} * kLn2 >> 32);
  std::int64_t term = std::int64_t{1} << 32, sum = term;
  for (std::int64_t n = 1; n <= 9; ++n) {
    term = static_cast<std::int64_t>(Wide{term} * exponent >> 32) / n;
    sum += term;
  }
  Wide value = Wide{scale} * sum;
  const std::int64_t shift = 32 - whole;
  ENGINE_ASSERT(shift > 0 && shift < 100);
  value = (value + (Wide{1} << (shift - 1))) >> shift;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(value));
}

struct Shape {
  std::int64_t volatility;  // percent of the normal minute
  std::int64_t drift;       // per minute, percent of the normal minute's deviation
  std::int64_t swing;       // size of a swing's leg per minute, same unit
  std::int64_t volume;      // percent
};

Shape shape_of(MarketRegime regime) {
  switch (regime) {
    case MarketRegime::kTrendUp: return {80, 12, 20, 110};
    case MarketRegime::kTrendDown: return {85, -12, 20, 115};
    case MarketRegime::kRange: return {70, 0, 35, 80};
    case MarketRegime::kVolatile: return {190, 0, 45, 260};
    case MarketRegime::kQuiet: return {35, 0, 10, 40};
  }
  return {};
}

// Regimes live in slots of two hours; one slot in two goes on as the one before. A chain never
// crosses midnight, so that a day can be made without its neighbours.
constexpr std::size_t kSlots = 12;
std::array<MarketRegime, kSlots> regimes_of(std::uint64_t key, std::int64_t day) {
  std::array<MarketRegime, kSlots> regimes{};
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    const std::uint64_t bits =
        draw(key, Stream::kRegime, day * 16 + static_cast<std::int64_t>(slot));
    regimes[slot] = slot > 0 && (bits & 1) != 0 ? regimes[slot - 1]
                                                : static_cast<MarketRegime>((bits >> 8) % 5);
  }
  return regimes;
}

std::uint64_t text_hash(std::string_view text) {
  std::uint64_t hash = 0;
  for (const char c : text) hash = mix(hash ^ static_cast<unsigned char>(c));
  return hash;
}

Result<void> check(const SyntheticSymbol& s) {
  const auto bad = [&](std::string message, std::string fix) {
    return fail(ErrorCode::kInvalidInput, std::move(message), s.instrument.symbol.value,
                std::move(fix));
  };
  if (!s.instrument.tick.is_positive() || !s.instrument.lot.is_positive())
    return bad("synthetic symbol without tick or lot", "give both, above zero");
  if (!s.daily_volatility.is_positive() || s.daily_volatility > Decimal::literal("0.1"))
    return bad(fmt::format("daily volatility {} is out of range", to_string(s.daily_volatility)),
               "use a ratio above 0, at most 0.1");
  const Decimal::Units ticks = s.start_price.value.units() / s.instrument.tick.value.units();
  if (ticks < 100 || ticks > Decimal::kOne)
    return bad(fmt::format("start price {} is out of range", to_string(s.start_price)),
               "use 100 to 1e12 ticks");
  const Decimal::Units lots = s.minute_volume.value.units() / s.instrument.lot.value.units();
  if (lots < 1 || lots > Decimal::kOne)
    return bad(fmt::format("minute volume {} is out of range", to_string(s.minute_volume)),
               "use 1 to 1e12 lots");
  return {};
}

// The minutes that make up the candles of `range`: widened to whole candles, cut to the newest
// `limit`.
CandleRange parts_of(CandleRange range, Timeframe timeframe) {
  const auto ceiling = [&](Timestamp at) {
    const Timestamp floor = timeframe.floor(at);
    return floor == at ? at : floor + timeframe.duration();
  };
  CandleRange parts{ceiling(range.from), ceiling(range.to)};
  if (parts.to < parts.from) parts.to = parts.from;
  const std::int64_t count = (parts.to.ms - parts.from.ms) / timeframe.ms();
  if (static_cast<std::uint64_t>(count) > range.limit)
    parts.from = parts.to - timeframe.duration() * static_cast<std::int64_t>(range.limit);
  return parts;
}

}  // namespace

std::size_t SyntheticMarket::DayKeyHash::operator()(const DayKey& key) const noexcept {
  return static_cast<std::size_t>(mix(key.source * 0x10001 + static_cast<std::uint64_t>(key.day)));
}

Result<SyntheticMarket> SyntheticMarket::create(SyntheticMarketConfig config) {
  SyntheticMarket market;
  for (SyntheticSymbol& symbol : config.symbols) {
    BOTBOX_TRY(check(symbol));
    const Symbol name = symbol.instrument.symbol;
    if (!market.index_.emplace(name, market.sources_.size()).second)
      return fail(ErrorCode::kInvalidInput, "synthetic symbol given twice", name.value,
                  "name each symbol once");
    Source source;
    source.key = mix(config.seed) ^ text_hash(name.value);
    source.start_ticks = static_cast<std::int64_t>(symbol.start_price.value.units() /
                                                   symbol.instrument.tick.value.units());
    // ln to log2 with 40 bits: 2^40 / ln 2 / 1e12 = 1.586260 units per 1e-12.
    source.day_sigma =
        static_cast<std::int64_t>(symbol.daily_volatility.units() * 1'586'260 / 1'000'000);
    source.minute_lots = static_cast<std::int64_t>(symbol.minute_volume.value.units() /
                                                   symbol.instrument.lot.value.units());
    source.symbol = std::move(symbol);
    market.sources_.push_back(std::move(source));
  }
  market.capacity_ = config.cached_days > 0 ? config.cached_days : 64 + 2 * market.sources_.size();
  return market;
}

const SyntheticMarket::Source* SyntheticMarket::find(const Symbol& symbol) const {
  const auto it = index_.find(symbol);
  return it == index_.end() ? nullptr : &sources_[it->second];
}

// Log-price at midnight. Anchors deviate by 0.3 (natural log, at a daily volatility of 3 %);
// halving a span of n days displaces its middle by sqrt(n) / 2 daily deviations (Levy's
// construction).
std::int64_t SyntheticMarket::log_price(const Source& source, std::int64_t day) {
  constexpr std::array<std::int64_t, 8> kMiddle{80000, 56569, 40000, 28284,
                                                20000, 14142, 10000, 7071};  // 1e-4
  const auto anchor = [&](std::int64_t number) {
    return times_normal(source.day_sigma * 10, draw(source.key, Stream::kAnchor, number));
  };
  const std::int64_t number = floor_div(day, kAnchorDays);
  std::int64_t left_day = number * kAnchorDays, span = kAnchorDays;
  if (day == left_day) return anchor(number);
  std::int64_t left = anchor(number), right = anchor(number + 1);
  for (const std::int64_t deviation : kMiddle) {
    const std::int64_t middle_day = left_day + span / 2;
    const std::int64_t sigma =
        static_cast<std::int64_t>(Wide{source.day_sigma} * deviation / 10000);
    const std::int64_t middle =
        (left + right) / 2 + times_normal(sigma, draw(source.key, Stream::kBridge, middle_day));
    if (day == middle_day) return middle;
    span /= 2;
    if (day < middle_day) {
      right = middle;
    } else {
      left = middle;
      left_day = middle_day;
    }
  }
  ENGINE_ASSERT(false);
}

void SyntheticMarket::make_day(const Source& source, std::int64_t day, Day& out) const {
  const std::int64_t start = log_price(source, day);
  const std::int64_t end = log_price(source, day + 1);
  const std::int64_t minute_sigma = source.day_sigma * 10 / 379;  // sqrt(1440) = 37.9
  const auto regimes = regimes_of(source.key, day);

  std::array<std::int64_t, kMinutes + 1> path;
  path[0] = 0;
  std::int64_t leg_left = 0, leg_sign = 1;
  for (std::size_t m = 0; m < kMinutes; ++m) {
    const Shape shape = shape_of(regimes[m * kSlots / kMinutes]);
    const std::int64_t index = day * 1440 + static_cast<std::int64_t>(m);
    if (leg_left-- == 0) {  // swings: legs of 8 to 23 minutes, up and down in turn
      leg_left = static_cast<std::int64_t>(8 + draw(source.key, Stream::kSwing, index) % 16);
      leg_sign = -leg_sign;
    }
    const std::int64_t noise = times_normal(minute_sigma * shape.volatility / 100,
                                            draw(source.key, Stream::kMinute, index));
    path[m + 1] = path[m] + noise + minute_sigma * (shape.drift + leg_sign * shape.swing) / 100;
  }
  const std::int64_t miss = (end - start) - path[kMinutes];
  const auto log_at = [&](std::size_t m) {
    return start + path[m] +
           static_cast<std::int64_t>(Wide{miss} * static_cast<std::int64_t>(m) / 1440);
  };
  out.open = scaled_exp2(source.start_ticks, start);
  std::int64_t open = out.open, open_log = start;
  for (std::size_t m = 0; m < kMinutes; ++m) {
    const Shape shape = shape_of(regimes[m * kSlots / kMinutes]);
    const std::uint64_t bits =
        draw(source.key, Stream::kWick, day * 1440 + static_cast<std::int64_t>(m));
    const std::int64_t close_log = log_at(m + 1);
    const std::int64_t wick = minute_sigma * shape.volatility / 100;
    const auto part = [&](int shift) {
      return static_cast<std::int64_t>((bits >> shift) & 0xFFFF);
    };
    const std::int64_t up = static_cast<std::int64_t>(Wide{wick} * part(0) * part(0) >> 32);
    const std::int64_t down = static_cast<std::int64_t>(Wide{wick} * part(16) * part(16) >> 32);
    Minute& minute = out.minutes[m];
    minute.close = scaled_exp2(source.start_ticks, close_log);
    minute.high = std::max(
        {scaled_exp2(source.start_ticks, std::max(open_log, close_log) + up), open, minute.close});
    minute.low = std::min({scaled_exp2(source.start_ticks, std::min(open_log, close_log) - down),
                           open, minute.close});
    const std::int64_t activity = shape.volume * (1 + part(32) * 2) / 65536 + shape.volume / 10;
    minute.volume = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(Wide{source.minute_lots} * activity / 100));
    open = minute.close;
    open_log = close_log;
  }
}

const SyntheticMarket::Day& SyntheticMarket::day(const Source& source, std::int64_t number) {
  const DayKey key{static_cast<std::size_t>(&source - sources_.data()), number};
  if (!recent_.empty() && recent_.front().key == key) return recent_.front().day;
  if (const auto it = cache_.find(key); it != cache_.end()) {
    recent_.splice(recent_.begin(), recent_, it->second);
    return it->second->day;
  }
  if (recent_.size() >= capacity_) {
    cache_.erase(recent_.back().key);
    recent_.splice(recent_.begin(), recent_, std::prev(recent_.end()));
  } else {
    recent_.emplace_front();
  }
  recent_.front().key = key;
  make_day(source, number, recent_.front().day);
  cache_.emplace(key, recent_.begin());
  return recent_.front().day;
}

Candle SyntheticMarket::candle(const Source& source, const Day& day, std::int64_t number,
                               std::size_t minute) {
  const Decimal::Units tick = source.symbol.instrument.tick.value.units();
  const Decimal::Units lot = source.symbol.instrument.lot.value.units();
  const auto price = [&](std::int64_t ticks) { return Price{Decimal::from_units(tick * ticks)}; };
  const Minute& m = day.minutes[minute];
  return {{number * kDayMs + static_cast<std::int64_t>(minute) * kMinuteMs},
          price(minute == 0 ? day.open : day.minutes[minute - 1].close),
          price(m.high),
          price(m.low),
          price(m.close),
          {Decimal::from_units(lot * m.volume)}};
}

std::vector<Symbol> SyntheticMarket::symbols() const {
  std::vector<Symbol> names;
  for (const Source& source : sources_) names.push_back(source.symbol.instrument.symbol);
  return names;
}

std::optional<Timeframe> SyntheticMarket::base_timeframe(const Symbol& symbol) const {
  if (find(symbol) == nullptr) return std::nullopt;
  return Timeframe::minutes(1);
}

std::optional<Timestamp> SyntheticMarket::first_open(const Symbol& symbol) const {
  if (find(symbol) == nullptr) return std::nullopt;
  return Timestamp{kFirstDay * kDayMs};
}

std::optional<Timestamp> SyntheticMarket::last_open(const Symbol& symbol) const {
  if (find(symbol) == nullptr) return std::nullopt;
  return Timestamp{kEndDay * kDayMs - kMinuteMs};
}

std::optional<Candle> SyntheticMarket::candle_at(const Symbol& symbol, Timestamp open_time) {
  const Source* source = find(symbol);
  if (source == nullptr || open_time.ms % kMinuteMs != 0) return std::nullopt;
  const std::int64_t number = floor_div(open_time.ms, kDayMs);
  if (number < kFirstDay || number >= kEndDay) return std::nullopt;
  return candle(*source, day(*source, number), number,
                static_cast<std::size_t>((open_time.ms - number * kDayMs) / kMinuteMs));
}

std::optional<Candle> SyntheticMarket::next_candle(const Symbol& symbol, Timestamp from) {
  const std::int64_t up = floor_div(from.ms + kMinuteMs - 1, kMinuteMs) * kMinuteMs;
  return candle_at(symbol, {std::max(up, kFirstDay * kDayMs)});
}

std::vector<Candle> SyntheticMarket::candles(const Symbol& symbol, Timeframe timeframe,
                                             CandleRange range) {
  const Source* source = find(symbol);
  if (source == nullptr) return {};
  range.from = std::max(range.from, Timestamp{kFirstDay * kDayMs});
  range.to = std::min(range.to, Timestamp{kEndDay * kDayMs});
  const CandleRange parts = parts_of(range, timeframe);
  std::vector<Candle> base;
  Timestamp at = parts.from;
  while (at < parts.to && at.ms < kEndDay * kDayMs) {
    const std::int64_t number = floor_div(at.ms, kDayMs);
    const Day& minutes = day(*source, number);
    for (; at < parts.to && at.ms < (number + 1) * kDayMs; at.ms += kMinuteMs)
      base.push_back(candle(*source, minutes, number,
                            static_cast<std::size_t>((at.ms - number * kDayMs) / kMinuteMs)));
  }
  if (timeframe == Timeframe::minutes(1)) return base;
  return aggregate(base, timeframe);
}

std::optional<MarketRegime> SyntheticMarket::regime_at(const Symbol& symbol, Timestamp at) const {
  const Source* source = find(symbol);
  if (source == nullptr) return std::nullopt;
  const std::int64_t number = floor_div(at.ms, kDayMs);
  const auto of_day = static_cast<std::size_t>((at.ms - number * kDayMs) / kMinuteMs);
  return regimes_of(source->key, number)[of_day * kSlots / kMinutes];
}

}  // namespace botbox::exchange
