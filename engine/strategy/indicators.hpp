// Indicators: numbers computed from closed candles, one candle at a time.
//
// Conventions are TA-Lib's (seeds, population deviation, warm-up), so that a user can check a value
// with any charting tool. Each update costs O(1), amortised; computing a series afresh and updating
// candle by candle agree bit for bit, because the one is the fold of the other.
//
// A value is a function of all candles since the first: EMA, RSI and ATR forget their start only
// gradually, so two series that start at different candles agree approximately, not exactly.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.hpp"
#include "engine/strategy/bar.hpp"

namespace botbox {

enum class IndicatorKind : std::uint8_t {
  kSma,        // mean of the last n closes
  kEma,        // exponential mean of closes, weight 2/(n+1), seeded with the mean of the first n
  kRsi,        // Wilder 1978, 0..100; first averages are plain means of the first n changes
  kBollinger,  // mean of the last n closes plus and minus k population deviations (Bollinger 1983)
  kAtr,        // Wilder 1978, mean true range; the first candle has no true range, as in TA-Lib
};

// Which indicator with which parameters: the key under which a computed series is shared.
struct IndicatorSpec {
  IndicatorKind kind = IndicatorKind::kSma;
  int period = 1;        // candles
  double parameter = 0;  // Bollinger: k, in deviations; 0 for kinds that have none

  auto operator<=>(const IndicatorSpec&) const = default;
};

// kInvalidInput when the period is out of range (1..10000; 2 and up for rsi and bollinger) or the
// parameter is missing, superfluous or out of range (0 < k <= 100). The fix names the range.
Result<void> validate(const IndicatorSpec& spec);

// "rsi(14)", "bollinger(20,2)"; parse reads exactly that (blanks after the comma allowed) and
// validates.
std::string to_string(const IndicatorSpec& spec);
Result<IndicatorSpec> parse_indicator_spec(std::string_view text);

// How many candles the first ready value needs: n for sma, ema, bollinger; n + 1 for rsi and atr.
int warm_up(const IndicatorSpec& spec);

// Never NaN or infinite. All zero until ready.
struct IndicatorValue {
  std::array<double, 3> values{};  // bollinger: upper, middle, lower; others: the value, 0, 0
  bool ready = false;

  double value() const { return values[0]; }
  double upper() const { return values[0]; }
  double middle() const { return values[1]; }
  double lower() const { return values[2]; }
  bool operator==(const IndicatorValue&) const = default;
};

class IndicatorState;

// One running indicator. A copy is a fork: both go on independently from the same past.
class Indicator {
 public:
  // The spec must be valid: anything else is a bug of the caller.
  explicit Indicator(const IndicatorSpec& spec);
  Indicator(const Indicator& other);
  Indicator(Indicator&&) noexcept;
  Indicator& operator=(const Indicator& other);
  Indicator& operator=(Indicator&&) noexcept;
  ~Indicator();

  // Takes the next closed candle. A price or volume that is not finite is a bug of the caller.
  const IndicatorValue& update(const Bar& bar);

  const IndicatorSpec& spec() const { return spec_; }
  // After the newest update; not ready before warm_up(spec()) updates.
  const IndicatorValue& value() const { return value_; }

 private:
  IndicatorSpec spec_;
  IndicatorValue value_;
  std::unique_ptr<IndicatorState> state_;
};

// One value per bar, in the order of the bars.
std::vector<IndicatorValue> compute(const IndicatorSpec& spec, std::span<const Bar> bars);

}  // namespace botbox

template <>
struct std::hash<botbox::IndicatorSpec> {
  std::size_t operator()(const botbox::IndicatorSpec& spec) const noexcept;
};
