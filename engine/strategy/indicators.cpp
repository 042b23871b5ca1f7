#include "engine/strategy/indicators.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "engine/assert.hpp"
#include "engine/strategy/wide_double.hpp"

namespace botbox {

// What an indicator remembers. Behind a pointer rather than in a variant, so that the header does
// not grow with each kind.
class IndicatorState {
 public:
  virtual ~IndicatorState() = default;
  virtual IndicatorValue update(const Bar& bar) = 0;
  virtual std::unique_ptr<IndicatorState> clone() const = 0;
};

namespace {

constexpr int kLongestPeriod = 10'000;
constexpr double kLargestParameter = 100;

IndicatorValue ready_value(double value) { return {{value, 0, 0}, true}; }

template <class State>
class Cloneable : public IndicatorState {
 public:
  std::unique_ptr<IndicatorState> clone() const override {
    return std::make_unique<State>(static_cast<const State&>(*this));
  }
};

// Sum and sum of squares of the last n numbers.
//
// Plain running sums are not good enough. At 60000 the squares of 20 closes add up to 7e10, where
// one unit in the last place is 1.5e-5: a quiet market's variance drowns in it. Welford's sliding
// update keeps a residue of any spike that leaves the window. Wide sums leave 1e-21 of that; and
// since even that would stay for ever after an absurd print, the sums start afresh each time the
// ring is full, which costs one more addition per candle on average. A window of equal numbers is
// recognised outright, so that flat prices have a deviation of exactly zero.
class RollingWindow {
 public:
  explicit RollingWindow(int size) : ring_(static_cast<std::size_t>(size)) {}

  void add(double number) {
    equal_run_ = number == newest_ ? equal_run_ + 1 : 1;
    newest_ = number;
    if (full_) include(-1, ring_[next_]);
    ring_[next_] = number;
    include(1, number);
    if (++next_ < ring_.size()) return;
    next_ = 0;
    full_ = true;
    sum_ = squares_ = {};
    for (const double held : ring_) include(1, held);
  }

  bool full() const { return full_; }
  double mean() const { return sum_ / size(); }
  // Dividing by n, not n - 1.
  double population_deviation() const {
    if (is_flat()) return 0;
    const double center = mean();
    // The sum of (x - center)^2, expanded; exact enough that the terms may cancel.
    const WideDouble cross = (sum_ * 2 - WideDouble::product(size(), center)) * center;
    return std::sqrt(std::max(0.0, (squares_ - cross).high) / size());
  }

 private:
  double size() const { return static_cast<double>(ring_.size()); }
  bool is_flat() const { return equal_run_ >= ring_.size(); }
  void include(double sign, double number) {
    sum_ = sum_ + WideDouble{sign * number, 0};
    squares_ = squares_ + WideDouble::product(sign * number, number);
  }

  std::vector<double> ring_;
  std::size_t next_ = 0;
  std::size_t equal_run_ = 0;
  double newest_ = 0;
  WideDouble sum_, squares_;
  bool full_ = false;
};

// The mean of the first n numbers.
class Seed {
 public:
  explicit Seed(int size) : size_(size) {}
  // The mean with the n-th number, nothing before. Not to be called after that.
  std::optional<double> add(double number) {
    sum_ += number;
    if (++count_ < size_) return std::nullopt;
    return sum_ / size_;
  }

 private:
  int size_;
  int count_ = 0;
  double sum_ = 0;
};

// Wilder's average: a seed, then (average * (n - 1) + number) / n.
class WilderAverage {
 public:
  explicit WilderAverage(int period) : period_(period), seed_(period) {}
  std::optional<double> add(double number) {
    average_ = average_ ? (*average_ * (period_ - 1) + number) / period_ : seed_.add(number);
    return average_;
  }

 private:
  double period_;
  Seed seed_;
  std::optional<double> average_;
};

class Sma : public Cloneable<Sma> {
 public:
  explicit Sma(const IndicatorSpec& spec) : window_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    window_.add(bar.close);
    if (!window_.full()) return {};
    return ready_value(window_.mean());
  }

 private:
  RollingWindow window_;
};

class Ema : public Cloneable<Ema> {
 public:
  explicit Ema(const IndicatorSpec& spec) : weight_(2.0 / (spec.period + 1)), seed_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    if (average_) {
      *average_ += (bar.close - *average_) * weight_;
    } else {
      average_ = seed_.add(bar.close);
    }
    return average_ ? ready_value(*average_) : IndicatorValue{};
  }

 private:
  double weight_;
  Seed seed_;
  std::optional<double> average_;
};

class Rsi : public Cloneable<Rsi> {
 public:
  explicit Rsi(const IndicatorSpec& spec) : gains_(spec.period), losses_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    if (!previous_close_) {
      previous_close_ = bar.close;
      return {};
    }
    const double change = bar.close - *previous_close_;
    previous_close_ = bar.close;
    const std::optional<double> gain = gains_.add(std::max(change, 0.0));
    const std::optional<double> loss = losses_.add(std::max(-change, 0.0));
    if (!gain || !loss) return {};
    // TA-Lib says 0 where nothing has moved. Its threshold of 1e-14 is not taken over: it would
    // make the RSI of a coin at 1e-8 differ from that of the same coin quoted in satoshi.
    const double total = *gain + *loss;
    return ready_value(total > 0 ? 100 * (*gain / total) : 0);
  }

 private:
  WilderAverage gains_, losses_;
  std::optional<double> previous_close_;
};

class Bollinger : public Cloneable<Bollinger> {
 public:
  explicit Bollinger(const IndicatorSpec& spec) : window_(spec.period), width_(spec.parameter) {}
  IndicatorValue update(const Bar& bar) override {
    window_.add(bar.close);
    if (!window_.full()) return {};
    const double middle = window_.mean();
    const double distance = width_ * window_.population_deviation();
    return {{middle + distance, middle, middle - distance}, true};
  }

 private:
  RollingWindow window_;
  double width_;
};

class Atr : public Cloneable<Atr> {
 public:
  explicit Atr(const IndicatorSpec& spec) : average_(spec.period) {}
  IndicatorValue update(const Bar& bar) override {
    const std::optional<double> previous_close = previous_close_;
    previous_close_ = bar.close;
    if (!previous_close) return {};
    const double true_range =
        std::max(bar.high, *previous_close) - std::min(bar.low, *previous_close);
    const std::optional<double> average = average_.add(true_range);
    return average ? ready_value(*average) : IndicatorValue{};
  }

 private:
  WilderAverage average_;
  std::optional<double> previous_close_;
};

template <class State>
std::unique_ptr<IndicatorState> make(const IndicatorSpec& spec) {
  return std::make_unique<State>(spec);
}

// All that is particular to a kind: a new indicator is an enumerator, a state and a row.
struct KindTraits {
  IndicatorKind kind;
  std::string_view name;
  int shortest_period;
  bool has_parameter;
  int candles_beyond_period;
  std::unique_ptr<IndicatorState> (*make)(const IndicatorSpec&);
};
constexpr std::array<KindTraits, 5> kKinds{{
    {IndicatorKind::kSma, "sma", 1, false, 0, make<Sma>},
    {IndicatorKind::kEma, "ema", 1, false, 0, make<Ema>},
    {IndicatorKind::kRsi, "rsi", 2, false, 1, make<Rsi>},
    {IndicatorKind::kBollinger, "bollinger", 2, true, 0, make<Bollinger>},
    {IndicatorKind::kAtr, "atr", 1, false, 1, make<Atr>},
}};

const KindTraits& traits_of(IndicatorKind kind) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const KindTraits& row) { return row.kind == kind; });
  ENGINE_ASSERT(found != kKinds.end());
  return *found;
}

std::string known_names() {
  std::string names;
  for (const KindTraits& row : kKinds) {
    if (!names.empty()) names += ", ";
    names += fmt::format("{}(n{})", row.name, row.has_parameter ? ",k" : "");
  }
  return names;
}

// The whole of `text` as a number.
template <class Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_arguments(std::string_view text, IndicatorSpec& spec) {
  const std::size_t comma = text.find(',');
  if (!read_number(text.substr(0, comma), spec.period)) return false;
  if (comma == std::string_view::npos) return true;
  text.remove_prefix(comma + 1);
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return read_number(text, spec.parameter);
}

}  // namespace

Result<void> validate(const IndicatorSpec& spec) {
  const KindTraits& traits = traits_of(spec.kind);
  const auto bad = [&](std::string fix) {
    return fail(ErrorCode::kInvalidInput, fmt::format("{} is not possible", to_string(spec)), {},
                std::move(fix));
  };
  if (spec.period < traits.shortest_period || spec.period > kLongestPeriod)
    return bad(fmt::format("the period of {} is {} to {} candles", traits.name,
                           traits.shortest_period, kLongestPeriod));
  if (!traits.has_parameter && spec.parameter != 0)
    return bad(fmt::format("{} takes the period alone", traits.name));
  // Written so that NaN fails.
  if (traits.has_parameter && !(spec.parameter > 0 && spec.parameter <= kLargestParameter))
    return bad(fmt::format("{} needs a factor above 0, up to {}", traits.name, kLargestParameter));
  return {};
}

std::string to_string(const IndicatorSpec& spec) {
  const std::string_view name = traits_of(spec.kind).name;
  return spec.parameter == 0 ? fmt::format("{}({})", name, spec.period)
                             : fmt::format("{}({},{})", name, spec.period, spec.parameter);
}

Result<IndicatorSpec> parse_indicator_spec(std::string_view text) {
  const std::size_t open = text.find('(');
  const auto row = std::find_if(kKinds.begin(), kKinds.end(), [&](const KindTraits& candidate) {
    return candidate.name == text.substr(0, open);
  });
  IndicatorSpec spec;
  if (row == kKinds.end() || open == std::string_view::npos || text.back() != ')' ||
      !read_arguments(text.substr(open + 1, text.size() - open - 2), spec))
    return fail(ErrorCode::kInvalidInput, fmt::format("'{}' is not an indicator", text), {},
                fmt::format("use one of {}, for example rsi(14)", known_names()));
  spec.kind = row->kind;
  BOTBOX_TRY(validate(spec));
  return spec;
}

int warm_up(const IndicatorSpec& spec) {
  return spec.period + traits_of(spec.kind).candles_beyond_period;
}

Indicator::Indicator(const IndicatorSpec& spec) : spec_(spec) {
  ENGINE_ASSERT(validate(spec).has_value());
  state_ = traits_of(spec.kind).make(spec);
}
Indicator::Indicator(const Indicator& other)
    : spec_(other.spec_), value_(other.value_), state_(other.state_->clone()) {}
Indicator& Indicator::operator=(const Indicator& other) { return *this = Indicator(other); }
Indicator::Indicator(Indicator&&) noexcept = default;
Indicator& Indicator::operator=(Indicator&&) noexcept = default;
Indicator::~Indicator() = default;

const IndicatorValue& Indicator::update(const Bar& bar) {
  for (const double number : {bar.open, bar.high, bar.low, bar.close, bar.volume})
    ENGINE_ASSERT(std::isfinite(number));
  value_ = state_->update(bar);
  return value_;
}

std::vector<IndicatorValue> compute(const IndicatorSpec& spec, std::span<const Bar> bars) {
  std::vector<IndicatorValue> values;
  values.reserve(bars.size());
  Indicator indicator(spec);
  for (const Bar& bar : bars) values.push_back(indicator.update(bar));
  return values;
}

}  // namespace botbox

std::size_t std::hash<botbox::IndicatorSpec>::operator()(
    const botbox::IndicatorSpec& spec) const noexcept {
  const std::size_t integers = std::hash<std::uint64_t>{}(
      (static_cast<std::uint64_t>(spec.kind) << 32) | static_cast<std::uint32_t>(spec.period));
  return integers * 0x9E3779B97F4A7C15u ^ std::hash<double>{}(spec.parameter);
}
