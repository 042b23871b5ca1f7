// Indicators: numbers computed from closed candles, one candle at a time.
//
// Conventions are TA-Lib's (seeds, Wilder's smoothing, population deviation, warm-up), so that a
// user can check a value with any charting tool; engine/strategy/indicators.md lists all of them
// with parameters, outputs, warm-up and source. Each update costs O(1), amortised (cci: O(period)).
// Computing a series afresh and updating candle by candle agree bit for bit, because the one is the
// fold of the other.
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
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/result.hpp"
#include "engine/strategy/bar.hpp"

namespace botbox {

// What each one is, and whose definition it follows, stands in its row of the registry
// (engine/strategy/indicator_registry.hpp).
enum class IndicatorKind : std::uint8_t {
  kSma,
  kEma,
  kRsi,
  kBollinger,
  kAtr,
  kWma,
  kDema,
  kTema,
  kHma,
  kStochastic,
  kStochRsi,
  kMacd,
  kNatr,
  kAdx,
  kCci,
  kMfi,
  kObv,
  kVwap,
  kDonchian,
  kKeltner,
  kSupertrend,
  kParabolicSar,
  kWilliamsR,
  kRoc,
  kMomentum,
  kDeviation,
  kSlope,
  kIchimoku,
  kHighest,
  kLowest,
  kPivotPoints,
  kDoji,
  kEngulfing,
  kHammer,
  kRegime,
};

// Which number of a candle an indicator of one number looks at.
enum class BarInput : std::uint8_t {
  kDefault,  // as the kind's row says: high for highest, low for lowest, else close
  kOpen,
  kHigh,
  kLow,
  kClose,
  kVolume,
  kMedian,   // hl2: (high + low) / 2
  kTypical,  // hlc3: (high + low + close) / 3
  kMean,     // ohlc4: (open + high + low + close) / 4
};

// Which indicator with which parameters: the key under which a computed series is shared. Equal
// indicators are equal keys once they are normalised.
struct IndicatorSpec {
  IndicatorKind kind = IndicatorKind::kSma;
  int period = 1;        // candles; 1 for kinds without one
  double parameter = 0;  // the next parameter (Bollinger: k, in deviations); 0: the kind has none
  double third = 0;
  double fourth = 0;
  BarInput input = BarInput::kDefault;

  auto operator<=>(const IndicatorSpec&) const = default;
};

// kInvalidInput when a parameter is missing, superfluous, out of its range (periods: 1 or 2 to
// 10000) or a fraction where candles are counted; or the kind reads whole candles and an input is
// given. The fix names the range.
Result<void> validate(const IndicatorSpec& spec);

// The same indicator with the default input called kDefault.
IndicatorSpec normalised(IndicatorSpec spec);

// "rsi(14)", "bollinger(20,2)", "sma(volume,20)", "obv()"; parse reads exactly that, all parameters
// written out (blanks after a comma allowed), and validates.
std::string to_string(const IndicatorSpec& spec);
Result<IndicatorSpec> parse_indicator_spec(std::string_view text);

// How many candles the first ready value needs: n for sma, ema, bollinger; n + 1 for rsi and atr.
int warm_up(const IndicatorSpec& spec);

// Never NaN or infinite. All zero until ready.
struct IndicatorValue {
  static constexpr std::size_t kOutputs = 7;

  // In the order of the registry's outputs (bollinger: upper, middle, lower, percent_b, width), the
  // rest 0.
  std::array<double, kOutputs> values{};
  bool ready = false;
  // Bit i: output i has no value on this candle, though the indicator is warm: nothing moved,
  // nothing was traded, or its day has not begun yet. Its number is what TA-Lib says then, or 0.
  std::uint8_t absent = 0;

  // None before the warm-up and where there is no value: what a decision may rely on.
  std::optional<double> output(std::size_t index) const {
    if (!ready || (absent >> index & 1) != 0) return std::nullopt;
    return values[index];
  }
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
