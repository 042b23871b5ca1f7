#include "engine/model/decimal.hpp"

#include <doctest/doctest.h>

#include <array>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace botbox;
using boost::multiprecision::cpp_int;

namespace {

constexpr std::array kRoundings{Rounding::kDown, Rounding::kUp, Rounding::kHalfEven};

Decimal dec(std::string_view text) { return Decimal::literal(text); }

Decimal::Units largest_units() {
  return static_cast<Decimal::Units>(~(__extension__ static_cast<unsigned __int128>(1) << 127));
}
Decimal largest() { return Decimal::from_units(largest_units()); }
Decimal smallest() { return Decimal::from_units(-largest_units() - 1); }

cpp_int big(Decimal::Units units) { return cpp_int(units); }
cpp_int big(Decimal value) { return big(value.units()); }

// The oracle: numerator / denominator rounded to an integer, written over magnitudes in cpp_int.
cpp_int rounded(const cpp_int& numerator, const cpp_int& denominator, Rounding rounding) {
  const bool negative = (numerator < 0) != (denominator < 0);
  const cpp_int n = boost::multiprecision::abs(numerator);
  const cpp_int d = boost::multiprecision::abs(denominator);
  cpp_int whole = n / d;
  const cpp_int twice_rest = 2 * (n - whole * d);
  const bool odd = (whole & 1) != 0;
  if (rounding == Rounding::kUp && twice_rest != 0) ++whole;
  if (rounding == Rounding::kHalfEven && (twice_rest > d || (twice_rest == d && odd))) ++whole;
  return negative ? cpp_int(-whole) : whole;
}

void check_against_oracle(const Result<Decimal>& actual, const cpp_int& expected) {
  const bool fits = boost::multiprecision::abs(expected) <= big(largest());
  REQUIRE(actual.has_value() == fits);
  if (fits) {
    REQUIRE(big(*actual) == expected);
  } else {
    REQUIRE(actual.error().code == ErrorCode::kInvalidInput);
  }
}

// Every width from 1 to 127 bits equally often, and round numbers, so that carries, ties and
// overflows all happen.
class Amounts {
 public:
  Amounts() : seed_(choose_seed()), random_(seed_) {
    MESSAGE("seed " << seed_ << " (repeat with BOTBOX_TEST_SEED=" << seed_ << ")");
  }
  Decimal any() {
    const std::uint64_t choice = random_();
    Decimal::Units units = (static_cast<Decimal::Units>(random_() >> 1) << 64) |
                           static_cast<Decimal::Units>(random_());
    units >>= choice % 127;
    if ((choice >> 8) % 4 == 0) units -= units % 1'000'000;
    if ((choice >> 10) % 8 == 0) units |= (Decimal::Units{1} << (choice % 126)) - 1;
    return Decimal::from_units((choice >> 16) % 2 == 0 ? units : -units);
  }
  Decimal within_input_range() {
    const Decimal::Units limit = Decimal::Units{100'000'000'000'000} * Decimal::kOne;
    return Decimal::from_units(any().units() % (limit + 1));
  }
  Rounding rounding() { return kRoundings[random_() % 3]; }
  std::mt19937_64& random() { return random_; }

 private:
  static std::uint64_t choose_seed() {
    const char* const given = std::getenv("BOTBOX_TEST_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  }

  std::uint64_t seed_;
  std::mt19937_64 random_;
};

}  // namespace

TEST_CASE("a number is read exactly from its text") {
  struct Row {
    std::string_view text;
    std::int64_t units;
  };
  constexpr std::int64_t one = Decimal::kOne;
  for (const auto& [text, units] : std::vector<Row>{
           {"0", 0},
           {"-0", 0},
           {"0.0", 0},
           {"-0.000", 0},
           {"0e5", 0},
           {"0e-99999", 0},
           {"0.000000000000000000000000", 0},
           {"1", one},
           {"-3", -3 * one},
           {"007", 7 * one},
           {"0.1", one / 10},
           {"0.00001", one / 100'000},
           {"-0.5", -one / 2},
           {"60000.01", 60'000 * one + one / 100},
           {"0.000000000001", 1},
           {"-0.000000000001", -1},
           {"0.1000000000000000", one / 10},
           {"0.1234567890120000000000000", 123'456'789'012},
           {"1e-8", 10'000},
           {"1E-12", 1},
           {"1.5E+3", 1500 * one},
           {"1.5e3", 1500 * one},
           {"100e-14", 1},
           {"0.00001e5", one},
           {"12.50e-1", one + one / 4},
           {"1000000000000000000000e-21", one},
           {"0.0000000000000000000000000000000000000001e40", one},
       }) {
    CAPTURE(text);
    const Result<Decimal> value = Decimal::parse(text);
    REQUIRE(value.has_value());
    CHECK((value->units() == units));
  }
}

TEST_CASE("what is not a plain or scientific number is refused") {
  for (const std::string_view text :
       {"",      "-",     "+",        "+1",   "--1", "-+1", ".",     ".5",    "5.",    "-.5",
        "1..2",  "1.2.3", " 1",       "1 ",   "1 2", "1,5", "1'000", "1_000", "nan",   "NaN",
        "inf",   "-inf",  "Infinity", "0x10", "e5",  "1e",  "1e+",   "1e-",   "1e1.5", "1ee5",
        "1e5e5", "1f",    "$1",       "one",  "1\n", "\t1", "null"}) {
    CAPTURE(text);
    const Result<Decimal> value = Decimal::parse(text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().code == ErrorCode::kInvalidInput);
    CHECK_FALSE(value.error().fix.empty());
  }
  CHECK_FALSE(Decimal::parse(std::string_view("1\0", 2)).has_value());
}

TEST_CASE("a thirteenth significant place is refused, twelve are kept") {
  CHECK(to_string(dec("0.123456789012")) == "0.123456789012");
  for (const std::string_view text :
       {"0.1234567890123", "0.0000000000001", "1e-13", "-1e-13", "1.1e-12", "10.01e-12", "1e-1000",
        "1e-99999999999999999999", "1.0000000000000000000000000001",
        "99999999999999.9999999999999"}) {
    CAPTURE(text);
    const Result<Decimal> value = Decimal::parse(text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().message.find("12 decimal places") != std::string::npos);
  }
}

TEST_CASE("input ends at 1e14 on both sides") {
  CHECK(to_string(dec("100000000000000")) == "100000000000000");
  CHECK(to_string(dec("-1e14")) == "-100000000000000");
  CHECK(to_string(dec("99999999999999.999999999999")) == "99999999999999.999999999999");
  for (const std::string_view text :
       {"100000000000000.000000000001", "-100000000000000.000000000001", "100000000000001", "2e14",
        "1e15", "-1e15", "1e1000", "1e99999999999999999999",
        "123456789012345678901234567890123456789012345678901234567890",
        "170141183460469231731687303715884105727"}) {
    CAPTURE(text);
    const Result<Decimal> value = Decimal::parse(text);
    REQUIRE_FALSE(value.has_value());
    CHECK(value.error().message.find("beyond 1e14") != std::string::npos);
  }
}

TEST_CASE("a text of more than 100 characters is refused and not repeated in full") {
  CHECK(Decimal::parse("1." + std::string(98, '0')).has_value());
  const Result<Decimal> value = Decimal::parse("1." + std::string(5000, '0'));
  REQUIRE_FALSE(value.has_value());
  CHECK(value.error().message.size() < 200);
}

TEST_CASE("text is the shortest exact one and never has an exponent") {
  for (const auto& [in, out] : std::vector<std::pair<std::string_view, std::string>>{
           {"0", "0"},
           {"-0", "0"},
           {"1.50", "1.5"},
           {"-3", "-3"},
           {"0.10", "0.1"},
           {"-0.1", "-0.1"},
           {"1e-12", "0.000000000001"},
           {"-1e-12", "-0.000000000001"},
           {"1e14", "100000000000000"},
           {"10", "10"},
           {"1000000.000001", "1000000.000001"}}) {
    CHECK(to_string(dec(in)) == out);
  }
  CHECK(to_string(largest()) == "170141183460469231731687303.715884105727");
  CHECK(to_string(smallest()) == "-170141183460469231731687303.715884105728");
  const auto power = Decimal::Units{1'000'000'000'000'000'000} * Decimal::kOne;
  CHECK(to_string(Decimal::from_units(power)) == "1000000000000000000");
  CHECK(to_string(Decimal::from_units(power - 1)) == "999999999999999999.999999999999");
  CHECK(to_string(Decimal::from_units(power * 20 + 7)) == "20000000000000000000.000000000007");
}

TEST_CASE("sums, signs and order are exact") {
  CHECK(dec("0.1") + dec("0.2") == dec("0.3"));
  CHECK(dec("1") - dec("1.000000000001") == dec("-0.000000000001"));
  CHECK(-dec("-2.5") == dec("2.5"));
  CHECK(abs(dec("-2.5")) == dec("2.5"));
  CHECK(abs(dec("2.5")) == dec("2.5"));
  CHECK(dec("-1") < dec("0"));
  CHECK(dec("-2") < dec("-1"));
  CHECK(dec("2") > dec("1.999999999999"));
  CHECK(dec("1.0") == dec("1"));
  CHECK(smallest() < largest());
  Decimal sum;
  for (int i = 0; i < 10; ++i) sum += dec("0.1");
  CHECK(sum == dec("1"));
  sum -= dec("3");
  CHECK(sum == Decimal::from_int(-2));
  CHECK(sum.is_negative());
  CHECK_FALSE(sum.is_positive());
  CHECK(Decimal().is_zero());
  static_assert(Decimal::from_int(2) - Decimal::from_int(3) == -Decimal::from_int(1));
}

TEST_CASE("a product is rounded once, in the named direction") {
  struct Row {
    std::string_view a, b;
    std::string_view down, up, half_even;
  };
  for (const Row& row : std::vector<Row>{{"60000.01", "0.001", "60.00001", "60.00001", "60.00001"},
                                         {"0.000001", "0.000001", "1e-12", "1e-12", "1e-12"},
                                         {"1e-12", "0.5", "0", "1e-12", "0"},
                                         {"-1e-12", "0.5", "0", "-1e-12", "0"},
                                         {"3e-12", "0.5", "1e-12", "2e-12", "2e-12"},
                                         {"-3e-12", "0.5", "-1e-12", "-2e-12", "-2e-12"},
                                         {"-3e-12", "-0.5", "1e-12", "2e-12", "2e-12"},
                                         {"5e-12", "0.5", "2e-12", "3e-12", "2e-12"},
                                         {"1e-12", "0.500000000001", "0", "1e-12", "1e-12"},
                                         {"1e-12", "0.499999999999", "0", "1e-12", "0"},
                                         {"1e-12", "1e-12", "0", "1e-12", "0"},
                                         {"0", "5", "0", "0", "0"}}) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    CHECK(multiply(dec(row.a), dec(row.b), Rounding::kDown) == dec(row.down));
    CHECK(multiply(dec(row.a), dec(row.b), Rounding::kUp) == dec(row.up));
    CHECK(multiply(dec(row.a), dec(row.b), Rounding::kHalfEven) == dec(row.half_even));
  }
}

TEST_CASE("a quotient is rounded once, in the named direction") {
  struct Row {
    std::string_view a, b;
    std::string_view down, up, half_even;
  };
  for (const Row& row :
       std::vector<Row>{{"1", "3", "0.333333333333", "0.333333333334", "0.333333333333"},
                        {"2", "3", "0.666666666666", "0.666666666667", "0.666666666667"},
                        {"-2", "3", "-0.666666666666", "-0.666666666667", "-0.666666666667"},
                        {"2", "-3", "-0.666666666666", "-0.666666666667", "-0.666666666667"},
                        {"-2", "-3", "0.666666666666", "0.666666666667", "0.666666666667"},
                        {"1e-12", "2", "0", "1e-12", "0"},
                        {"3e-12", "2", "1e-12", "2e-12", "2e-12"},
                        {"0", "7", "0", "0", "0"}}) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    CHECK(divide(dec(row.a), dec(row.b), Rounding::kDown) == dec(row.down));
    CHECK(divide(dec(row.a), dec(row.b), Rounding::kUp) == dec(row.up));
    CHECK(divide(dec(row.a), dec(row.b), Rounding::kHalfEven) == dec(row.half_even));
  }
}

TEST_CASE("results may exceed what a text may say") {
  CHECK(to_string(*divide(dec("1e14"), dec("1e-12"), Rounding::kDown)) ==
        "100000000000000000000000000");
}

TEST_CASE("division by zero and results that do not fit are errors") {
  for (const Rounding rounding : kRoundings) {
    CHECK_FALSE(divide(dec("1"), Decimal(), rounding).has_value());
    CHECK_FALSE(divide(Decimal(), Decimal(), rounding).has_value());
    CHECK_FALSE(multiply_divide(dec("1"), dec("1"), Decimal(), rounding).has_value());
    CHECK_FALSE(multiply(dec("1e14"), dec("1e14"), rounding).has_value());
    CHECK_FALSE(multiply(largest(), largest(), rounding).has_value());
    CHECK_FALSE(multiply(smallest(), smallest(), rounding).has_value());
    CHECK_FALSE(divide(largest(), dec("0.999999999999"), rounding).has_value());
    CHECK(multiply(largest(), dec("1"), rounding) == largest());
    CHECK(multiply(largest(), dec("-1"), rounding) == -largest());
    CHECK(multiply_divide(largest(), largest(), largest(), rounding) == largest());
    CHECK_FALSE(multiply(smallest(), dec("1"), rounding).has_value());
    CHECK(divide(smallest(), smallest(), rounding) == dec("1"));
  }
}

TEST_CASE("products, quotients and their combination agree with exact integers") {
  Amounts amounts;
  const cpp_int one = Decimal::kOne;
  for (int i = 0; i < 100'000; ++i) {
    const Decimal a = amounts.any(), b = amounts.any(), c = amounts.any();
    const Rounding rounding = amounts.rounding();
    INFO(to_string(a) << " " << to_string(b) << " " << to_string(c));
    check_against_oracle(multiply(a, b, rounding), rounded(big(a) * big(b), one, rounding));
    if (!b.is_zero())
      check_against_oracle(divide(a, b, rounding), rounded(big(a) * one, big(b), rounding));
    if (!c.is_zero())
      check_against_oracle(multiply_divide(a, b, c, rounding),
                           rounded(big(a) * big(b), big(c), rounding));
  }
}

TEST_CASE("rounding to a step goes the named way for both signs") {
  struct Row {
    std::string_view value, step;
    std::string_view down, up, half_even;
  };
  for (const Row& row : std::vector<Row>{{"1.234", "0.01", "1.23", "1.24", "1.23"},
                                         {"-1.234", "0.01", "-1.23", "-1.24", "-1.23"},
                                         {"1.236", "0.01", "1.23", "1.24", "1.24"},
                                         {"1.235", "0.01", "1.23", "1.24", "1.24"},
                                         {"1.225", "0.01", "1.22", "1.23", "1.22"},
                                         {"-1.225", "0.01", "-1.22", "-1.23", "-1.22"},
                                         {"1.23", "0.01", "1.23", "1.23", "1.23"},
                                         {"-1.23", "0.01", "-1.23", "-1.23", "-1.23"},
                                         {"7", "5", "5", "10", "5"},
                                         {"0.3", "0.25", "0.25", "0.5", "0.25"},
                                         {"0.004", "0.01", "0", "0.01", "0"},
                                         {"-0.004", "0.01", "0", "-0.01", "0"},
                                         {"0", "0.01", "0", "0", "0"},
                                         {"1.234567", "0", "1.234567", "1.234567", "1.234567"}}) {
    CAPTURE(row.value);
    CAPTURE(row.step);
    CHECK(round_to_step(dec(row.value), dec(row.step), Rounding::kDown) == dec(row.down));
    CHECK(round_to_step(dec(row.value), dec(row.step), Rounding::kUp) == dec(row.up));
    CHECK(round_to_step(dec(row.value), dec(row.step), Rounding::kHalfEven) == dec(row.half_even));
  }
  CHECK(is_multiple_of(dec("1.23"), dec("0.01")));
  CHECK(is_multiple_of(dec("-1.23"), dec("0.01")));
  CHECK(is_multiple_of(Decimal(), dec("0.01")));
  CHECK(is_multiple_of(dec("1.234"), Decimal()));
  CHECK_FALSE(is_multiple_of(dec("1.234"), dec("0.01")));
}

TEST_CASE("rounding to a step agrees with exact integers and lands on the grid") {
  Amounts amounts;
  for (int i = 0; i < 100'000; ++i) {
    const Decimal value = amounts.within_input_range();
    const Decimal step = abs(amounts.within_input_range());
    if (step.is_zero()) continue;
    const Rounding rounding = amounts.rounding();
    INFO(to_string(value) << " to a multiple of " << to_string(step));
    const Decimal result = round_to_step(value, step, rounding);
    REQUIRE(big(result) == rounded(big(value), big(step), rounding) * big(step));
    REQUIRE(is_multiple_of(result, step));
    REQUIRE(abs(result - value) < step);
    REQUIRE(round_to_step(result, step, rounding) == result);
  }
}

TEST_CASE("text and number say the same, both ways") {
  Amounts amounts;
  for (int i = 0; i < 100'000; ++i) {
    const Decimal value = amounts.any();
    const std::string text = to_string(value);
    INFO(text);
    const bool negative = text.front() == '-';
    const std::size_t point = text.find('.');
    std::string whole = text.substr(negative ? 1 : 0, point - (negative ? 1 : 0));
    std::string places = point == std::string::npos ? "" : text.substr(point + 1);
    REQUIRE((places.empty() || places.back() != '0'));
    REQUIRE((whole == "0" || whole.front() != '0'));
    places.resize(12, '0');
    std::string digits = whole + places;
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    REQUIRE(cpp_int(digits) * (negative ? -1 : 1) == big(value));

    const Decimal readable = amounts.within_input_range();
    REQUIRE(Decimal::parse(to_string(readable)) == readable);
  }
}

TEST_CASE("scientific text means mantissa times power of ten") {
  Amounts amounts;
  int accepted = 0;
  for (int i = 0; i < 100'000; ++i) {
    const auto mantissa =
        static_cast<std::int64_t>(amounts.random()()) >> (amounts.random()() % 64);
    const int places = static_cast<int>(amounts.random()() % 16);
    const int exponent = static_cast<int>(amounts.random()() % 40) - 20;
    std::string text = std::to_string(mantissa);
    const std::size_t sign = mantissa < 0 ? 1 : 0;
    while (text.size() - sign <= static_cast<std::size_t>(places)) text.insert(sign, "0");
    if (places > 0) text.insert(text.size() - static_cast<std::size_t>(places), ".");
    text += (i % 2 == 0 ? "e" : "E") + std::to_string(exponent);
    INFO(text);

    const int scale = exponent - places + 12;
    const cpp_int power =
        boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(std::abs(scale)));
    const cpp_int limit = boost::multiprecision::pow(cpp_int(10), 26);
    const bool whole = scale >= 0 || mantissa % power == 0;
    const cpp_int units = scale >= 0 ? mantissa * power : cpp_int(mantissa) / power;
    const Result<Decimal> value = Decimal::parse(text);
    REQUIRE(value.has_value() == (whole && boost::multiprecision::abs(units) <= limit));
    if (!value) continue;
    ++accepted;
    REQUIRE(big(*value) == units);
  }
  CHECK(accepted > 10'000);
}

TEST_CASE("the double for an indicator is the nearest one") {
  CHECK(to_double_for_indicator(dec("0.1")) == 0.1);
  CHECK(to_double_for_indicator(dec("-60000.01")) == -60000.01);
  CHECK(to_double_for_indicator(dec("1e-12")) == 1e-12);
  CHECK(to_double_for_indicator(dec("99999999999999.999999999999")) == 1e14);
  CHECK(to_double_for_indicator(smallest()) == -0x1p127 / 1e12);
  // Halfway between two doubles goes to the even one; one unit more goes up.
  const Decimal::Units halfway =
      ((Decimal::Units{1} << 86) + (Decimal::Units{1} << 33)) * Decimal::kOne;
  CHECK(to_double_for_indicator(Decimal::from_units(halfway)) == 0x1p86);
  CHECK(to_double_for_indicator(Decimal::from_units(halfway + 1)) == 0x1p86 + 0x1p34);
  Amounts amounts;
  for (int i = 0; i < 50'000; ++i) {
    const Decimal value = amounts.any();
    const double nearest = to_double_for_indicator(value);
    INFO(to_string(value));
    // strtod is correctly rounded in glibc.
    REQUIRE(nearest == std::strtod(to_string(value).c_str(), nullptr));
  }
}

TEST_CASE("an indicator's level becomes the nearest decimal") {
  CHECK(from_indicator_level(0.1) == dec("0.1"));
  CHECK(from_indicator_level(-0.0) == Decimal());
  CHECK(from_indicator_level(60000.01) == dec("60000.010000000002"));
  CHECK(from_indicator_level(-1e14) == dec("-1e14"));
  CHECK(from_indicator_level(1e-300) == Decimal());
  CHECK(from_indicator_level(std::numeric_limits<double>::denorm_min()) == Decimal());
  CHECK(from_indicator_level(0x1p-13) == dec("0.000122070312"));  // a tie: ...312.5
  CHECK(from_indicator_level(0x1p-20) == dec("0.000000953674"));  // ...674.3164
  for (const double bad : {std::nan(""), std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(), 1.0000001e14, 1e300}) {
    const Result<Decimal> level = from_indicator_level(bad);
    REQUIRE_FALSE(level.has_value());
    CHECK(level.error().code == ErrorCode::kInvalidInput);
  }
}

TEST_CASE("levels agree with exact fractions, ties to even") {
  Amounts amounts;
  for (int i = 0; i < 50'000; ++i) {
    const auto mantissa = static_cast<std::int64_t>(amounts.random()() >> 11);
    const int exponent = static_cast<int>(amounts.random()() % 160) - 166;
    const int zeros = static_cast<int>(amounts.random()() % 53);
    const double level = std::ldexp(static_cast<double>((mantissa >> zeros) << zeros), exponent);
    if (level > 1e14) continue;
    INFO(level);
    const cpp_int numerator = cpp_int((mantissa >> zeros) << zeros) * Decimal::kOne;
    const cpp_int expected = exponent >= 0
                                 ? numerator << exponent
                                 : rounded(numerator, cpp_int(1) << -exponent, Rounding::kHalfEven);
    REQUIRE(big(*from_indicator_level(level)) == expected);
    REQUIRE(big(*from_indicator_level(-level)) == -expected);
  }
}
