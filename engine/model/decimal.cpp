#include "engine/model/decimal.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <optional>

namespace botbox {
namespace {

__extension__ typedef unsigned __int128 Magnitude;

constexpr Magnitude kUnitsInOne = Magnitude{static_cast<std::uint64_t>(Decimal::kOne)};
// Symmetric on purpose: the lowest int128 has no positive twin, so no product ever yields it.
constexpr Magnitude kLargestMagnitude = (Magnitude{1} << 127) - 1;
constexpr std::size_t kLongestText = 100;
// The digits of 1e14 at 12 places: 1 and 26 zeros.
constexpr int kMostDigits = 27;

constexpr std::array<Magnitude, kMostDigits + 1> kPowersOfTen = [] {
  std::array<Magnitude, kMostDigits + 1> powers{};
  Magnitude power = 1;
  for (Magnitude& slot : powers) {
    slot = power;
    power *= 10;
  }
  return powers;
}();
constexpr Magnitude kLargestInput = kPowersOfTen[kMostDigits - 1];

constexpr std::uint64_t low_half(Magnitude value) { return static_cast<std::uint64_t>(value); }
constexpr std::uint64_t high_half(Magnitude value) {
  return static_cast<std::uint64_t>(value >> 64);
}

constexpr Magnitude magnitude_of(Decimal::Units units) {
  const auto bits = static_cast<Magnitude>(units);
  return units < 0 ? Magnitude{0} - bits : bits;
}

int leading_zeros(Magnitude value) {
  return high_half(value) != 0 ? std::countl_zero(high_half(value))
                               : 64 + std::countl_zero(low_half(value));
}

struct Product {  // high * 2^128 + low
  Magnitude high = 0;
  Magnitude low = 0;
};

Product full_product(Magnitude a, Magnitude b) {
  const Magnitude a_low = low_half(a), a_high = high_half(a);
  const Magnitude b_low = low_half(b), b_high = high_half(b);
  const Magnitude bottom = a_low * b_low;
  // Neither sum can overflow: (2^64-1)^2 + 2 (2^64-1) = 2^128 - 1.
  const Magnitude cross = a_high * b_low + high_half(bottom);
  const Magnitude middle = a_low * b_high + low_half(cross);
  return {a_high * b_high + high_half(cross) + high_half(middle),
          (middle << 64) | low_half(bottom)};
}

struct Quotient {
  Magnitude whole = 0;
  Magnitude rest = 0;
};

// One 64-bit digit of (rest * 2^64 + next) / divisor, for a divisor with its top bit set and
// rest < divisor. The guess from the divisor's upper half is at most 2 too large (Knuth, TAOCP vol.
// 2, 4.3.1, theorem B).
Quotient next_digit(Magnitude rest, std::uint64_t next, Magnitude divisor) {
  const Magnitude upper = high_half(divisor), lower = low_half(divisor);
  Magnitude digit = rest / upper;
  Magnitude guess_rest = rest % upper;
  while (high_half(digit) != 0 || digit * lower > ((guess_rest << 64) | next)) {
    --digit;
    guess_rest += upper;
    if (high_half(guess_rest) != 0) break;
  }
  // Wraps modulo 2^128 twice and ends at the true rest, which is below the divisor.
  return {digit, ((rest << 64) | next) - digit * divisor};
}

// Needs product.high < divisor, so that the quotient fits. Bit-by-bit long division would be
// shorter, but sizing and fees divide on every decision, and it takes 128 rounds where this takes
// two.
Quotient long_divide(Product product, Magnitude divisor) {
  if (product.high == 0) return {product.low / divisor, product.low % divisor};
  const int shift = leading_zeros(divisor);
  const Magnitude scaled = divisor << shift;
  const Magnitude top =
      shift == 0 ? product.high : (product.high << shift) | (product.low >> (128 - shift));
  const Magnitude bottom = product.low << shift;
  const Quotient first = next_digit(top, high_half(bottom), scaled);
  const Quotient second = next_digit(first.rest, low_half(bottom), scaled);
  return {(first.whole << 64) | second.whole, second.rest >> shift};
}

bool rounds_away(Quotient quotient, Magnitude divisor, Rounding rounding) {
  if (quotient.rest == 0) return false;
  switch (rounding) {
    case Rounding::kDown: return false;
    case Rounding::kUp: return true;
    case Rounding::kHalfEven: break;
  }
  const Magnitude to_next = divisor - quotient.rest;
  return quotient.rest > to_next || (quotient.rest == to_next && (quotient.whole & 1) != 0);
}

// The caller has checked that magnitude <= kLargestMagnitude.
Decimal with_sign(Magnitude magnitude, bool negative) {
  const auto units = static_cast<Decimal::Units>(magnitude);
  return Decimal::from_units(negative ? -units : units);
}

Result<Decimal> product_over(Decimal::Units a, Decimal::Units b, Decimal::Units c,
                             Rounding rounding) {
  if (c == 0) return fail(ErrorCode::kInvalidInput, "division of an amount by zero");
  const auto too_large = [] {
    return fail(ErrorCode::kInvalidInput,
                "the result of a multiplication or division is too large");
  };
  const Magnitude divisor = magnitude_of(c);
  const Product product = full_product(magnitude_of(a), magnitude_of(b));
  if (product.high >= divisor) return too_large();
  Quotient quotient = long_divide(product, divisor);
  if (quotient.whole > kLargestMagnitude) return too_large();
  if (rounds_away(quotient, divisor, rounding)) ++quotient.whole;
  if (quotient.whole > kLargestMagnitude) return too_large();
  return with_sign(quotient.whole, (a < 0) != ((b < 0) != (c < 0)));
}

// The significant digits of a text, from the first to the last that is not zero, as one integer,
// and the power of ten that it is to be multiplied with.
struct Coefficient {
  Magnitude digits = 0;
  int digit_count = 0;
  int exponent = 0;
  bool too_many = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Zeros wait until a digit follows them: leading and trailing ones never become significant.
class CoefficientReader {
 public:
  void add(char c) {
    if (c == '0') {
      ++waiting_zeros_;
      return;
    }
    const int width = coefficient_.digit_count == 0 ? 1 : waiting_zeros_ + 1;
    waiting_zeros_ = 0;
    coefficient_.digit_count += width;
    if (coefficient_.digit_count > kMostDigits) {
      coefficient_.too_many = true;
      return;
    }
    coefficient_.digits = coefficient_.digits * kPowersOfTen[static_cast<std::size_t>(width)] +
                          static_cast<unsigned>(c - '0');
  }
  Coefficient finish(int places, int exponent) const {
    Coefficient result = coefficient_;
    result.exponent = exponent - places + waiting_zeros_;
    return result;
  }

 private:
  Coefficient coefficient_;
  int waiting_zeros_ = 0;
};

// Reads digits from `at` on; false when there is none.
bool read_digits(std::string_view text, std::size_t& at, CoefficientReader& reader) {
  const std::size_t begin = at;
  for (; at < text.size() && is_digit(text[at]); ++at) reader.add(text[at]);
  return at > begin;
}

// `at` is behind the 'e'. Stops counting at 1000, which is far out of range for any text we read.
bool read_exponent(std::string_view text, std::size_t& at, int& exponent) {
  const bool negative = at < text.size() && text[at] == '-';
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const std::size_t begin = at;
  for (; at < text.size() && is_digit(text[at]); ++at)
    if (exponent < 1000) exponent = exponent * 10 + (text[at] - '0');
  if (negative) exponent = -exponent;
  return at > begin;
}

std::optional<Coefficient> read_unsigned_number(std::string_view text) {
  std::size_t at = 0;
  CoefficientReader reader;
  int places = 0;
  int exponent = 0;
  if (!read_digits(text, at, reader)) return std::nullopt;
  if (at < text.size() && text[at] == '.') {
    const std::size_t point = at++;
    if (!read_digits(text, at, reader)) return std::nullopt;
    places = static_cast<int>(at - point) - 1;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E'))
    if (!read_exponent(text, ++at, exponent)) return std::nullopt;
  if (at != text.size()) return std::nullopt;
  return reader.finish(places, exponent);
}

tl::unexpected<Error> refuse(std::string_view text, std::string_view why) {
  return fail(ErrorCode::kInvalidInput, fmt::format("'{}' {}", text.substr(0, kLongestText), why),
              {}, "write a plain number such as 0.001, -3 or 1e-8");
}

// Writes the digits of `value` so that they end before `end`; returns where they begin.
char* write_backwards(char* end, std::uint64_t value) {
  do {
    *--end = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  return end;
}

}  // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  if (text.size() > kLongestText) return refuse(text, "is too long for a number");
  const bool negative = !text.empty() && text.front() == '-';
  const std::optional<Coefficient> number = read_unsigned_number(text.substr(negative ? 1 : 0));
  if (!number) return refuse(text, "is not a decimal number");
  if (number->digit_count == 0) return Decimal();
  const int scale = number->exponent + kPlaces;
  if (number->digit_count + scale > kMostDigits) return refuse(text, "is beyond 1e14");
  if (scale < 0 || number->too_many) return refuse(text, "has more than 12 decimal places");
  const Magnitude magnitude = number->digits * kPowersOfTen[static_cast<std::size_t>(scale)];
  if (magnitude > kLargestInput) return refuse(text, "is beyond 1e14");
  return with_sign(magnitude, negative);
}

Decimal Decimal::literal(std::string_view text) {
  const Result<Decimal> value = parse(text);
  ENGINE_ASSERT(value.has_value());
  return *value;
}

Result<Decimal> multiply(Decimal a, Decimal b, Rounding rounding) {
  return product_over(a.units(), b.units(), Decimal::kOne, rounding);
}

Result<Decimal> divide(Decimal a, Decimal b, Rounding rounding) {
  return product_over(a.units(), Decimal::kOne, b.units(), rounding);
}

Result<Decimal> multiply_divide(Decimal a, Decimal b, Decimal c, Rounding rounding) {
  return product_over(a.units(), b.units(), c.units(), rounding);
}

Decimal round_to_step(Decimal value, Decimal step, Rounding rounding) {
  ENGINE_ASSERT(!step.is_negative());
  if (step.is_zero()) return value;
  const Magnitude magnitude = magnitude_of(value.units()), grid = magnitude_of(step.units());
  const Quotient quotient{magnitude / grid, magnitude % grid};
  const Decimal towards_zero = Decimal::from_units(value.units() - value.units() % step.units());
  if (!rounds_away(quotient, grid, rounding)) return towards_zero;
  return value.is_negative() ? towards_zero - step : towards_zero + step;
}

bool is_multiple_of(Decimal value, Decimal step) {
  ENGINE_ASSERT(!step.is_negative());
  return step.is_zero() || value.units() % step.units() == 0;
}

std::string to_string(Decimal value) {
  // Sign, 27 digits of 2^127 / 1e12, point, 12 places.
  std::array<char, 48> buffer;
  char* const end = buffer.data() + buffer.size();
  const Magnitude magnitude = magnitude_of(value.units());
  const Magnitude whole = magnitude / kUnitsInOne;
  auto places = static_cast<std::uint64_t>(magnitude % kUnitsInOne);

  char* begin = end;
  if (places != 0) {
    int width = Decimal::kPlaces;
    for (; places % 10 == 0; places /= 10) --width;
    for (; width > 0; --width, places /= 10) *--begin = static_cast<char>('0' + places % 10);
    *--begin = '.';
  }
  constexpr std::uint64_t kBillionBillion = 1'000'000'000'000'000'000;
  if (whole < kBillionBillion) {
    begin = write_backwards(begin, low_half(whole));
  } else {
    char* const low_end = begin;
    begin = write_backwards(begin, low_half(whole % kBillionBillion));
    while (low_end - begin < 18) *--begin = '0';
    begin = write_backwards(begin, low_half(whole / kBillionBillion));
  }
  if (value.is_negative()) *--begin = '-';
  return std::string(begin, end);
}

double to_double_for_indicator(Decimal value) {
  const Magnitude magnitude = magnitude_of(value.units());
  double result = 0;
  if (magnitude < (Magnitude{1} << 53)) {
    result = static_cast<double>(low_half(magnitude)) / 1e12;  // both exact: rounded once
  } else {
    // double(magnitude) / 1e12 would round twice. At least 87 bits of the quotient with "something
    // was cut off" in the last one leave a single rounding, in the conversion.
    const int shift = leading_zeros(magnitude);
    const Magnitude scaled = magnitude << shift;
    const Magnitude sticky = scaled % kUnitsInOne != 0 ? 1 : 0;
    result = std::ldexp(static_cast<double>(scaled / kUnitsInOne | sticky), -shift);
  }
  return value.is_negative() ? -result : result;
}

Result<Decimal> from_indicator_level(double value) {
  if (!std::isfinite(value) || std::fabs(value) > 1e14)
    return fail(ErrorCode::kInvalidInput,
                fmt::format("an indicator computed {}, which is not a usable level", value));
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  // value = mantissa * 2^(exponent - 53), and mantissa * 1e12 < 2^93. Scaling in double instead
  // would round twice and lose the last places of large levels.
  const Magnitude scaled =
      Magnitude{static_cast<std::uint64_t>(std::ldexp(fraction, 53))} * kUnitsInOne;
  const int shift = 53 - exponent;
  if (shift <= 0) return with_sign(scaled << -shift, value < 0);  // value <= 1e14: below 2^88
  if (shift > 94) return Decimal();                               // below half a unit
  const Magnitude divisor = Magnitude{1} << shift;
  const Quotient quotient{scaled >> shift, scaled & (divisor - 1)};
  const bool away = rounds_away(quotient, divisor, Rounding::kHalfEven);
  return with_sign(quotient.whole + (away ? 1 : 0), value < 0);
}

}  // namespace botbox
