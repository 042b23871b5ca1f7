// Decimal: an exact decimal number with 12 places, for prices, quantities and money.
//
// Stored as a signed 128-bit count of 1e-12, so it holds every tick and lot the venues quote (steps
// down to 1e-12) and holdings up to 1e13 with room to spare (limit about 1.7e26). It is read from
// the venue's text and written back as text; it never passes through double, except through the two
// functions at the end, which exist for indicators and say so in their names.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "engine/assert.hpp"
#include "engine/result.hpp"

namespace botbox {

// Which way a result that does not fit the grid goes. Named at every call, never a default.
enum class Rounding { kDown, kUp, kHalfEven };  // towards zero, away from zero, banker's

class Decimal {
 public:
  __extension__ typedef __int128 Units;
  static constexpr int kPlaces = 12;
  static constexpr std::int64_t kOne = 1'000'000'000'000;  // units in 1

  constexpr Decimal() = default;
  static constexpr Decimal from_units(Units units) { return Decimal(units); }
  static constexpr Decimal from_int(std::int64_t whole) { return Decimal(Units{whole} * kOne); }

  // Plain and scientific notation ("0.00001", "-3", "1e-8", "1.5E+3"), as JSON writes numbers but
  // with leading zeros allowed. Refuses everything else: blanks, "", signs alone, "+1", ".5", "5.",
  // "nan", more than 12 significant places after the point (trailing zeros are not significant),
  // |x| > 1e14, and texts longer than 100 characters. "-0" is 0.
  static Result<Decimal> parse(std::string_view text);
  // For literals in code and tests: a bad literal is a bug.
  static Decimal literal(std::string_view text);

  constexpr Units units() const { return units_; }
  constexpr bool is_zero() const { return units_ == 0; }
  constexpr bool is_negative() const { return units_ < 0; }
  constexpr bool is_positive() const { return units_ > 0; }

  constexpr auto operator<=>(const Decimal&) const = default;

  // Overflow of a sum is a bug (parsed input is bounded far below the limit), so these assert.
  friend constexpr Decimal operator+(Decimal a, Decimal b) {
    Units sum = 0;
    ENGINE_ASSERT(!__builtin_add_overflow(a.units_, b.units_, &sum));
    return Decimal(sum);
  }
  friend constexpr Decimal operator-(Decimal a, Decimal b) {
    Units difference = 0;
    ENGINE_ASSERT(!__builtin_sub_overflow(a.units_, b.units_, &difference));
    return Decimal(difference);
  }
  constexpr Decimal operator-() const { return Decimal() - *this; }
  constexpr Decimal& operator+=(Decimal other) { return *this = *this + other; }
  constexpr Decimal& operator-=(Decimal other) { return *this = *this - other; }

 private:
  explicit constexpr Decimal(Units units) : units_(units) {}
  Units units_ = 0;
};

constexpr Decimal abs(Decimal value) { return value.is_negative() ? -value : value; }

// Products and quotients go through a 256-bit intermediate: exact, then rounded once to 1e-12.
// Error kInvalidInput when the result does not fit or the divisor is zero.
Result<Decimal> multiply(Decimal a, Decimal b, Rounding rounding);
Result<Decimal> divide(Decimal a, Decimal b, Rounding rounding);
// a * b / c with one rounding.
Result<Decimal> multiply_divide(Decimal a, Decimal b, Decimal c, Rounding rounding);

// The multiple of `step` next to `value` in the given direction; `value` itself when it is one. A
// step of zero means "no grid"; a negative step is a bug.
Decimal round_to_step(Decimal value, Decimal step, Rounding rounding);
bool is_multiple_of(Decimal value, Decimal step);

// Shortest exact text: "0.1", "-3", "0.000000000001". Never an exponent.
std::string to_string(Decimal value);

// For indicators only: the nearest double (ties to even), correctly rounded over the whole range.
double to_double_for_indicator(Decimal value);
// For levels that an indicator computed: the nearest Decimal (ties to even); error kInvalidInput
// when not finite or beyond the range of parse.
Result<Decimal> from_indicator_level(double value);

}  // namespace botbox
