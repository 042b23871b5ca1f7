// Price, Quantity and Notional: decimals that cannot be mistaken for one another.
#pragma once

#include <compare>
#include <string>

#include "engine/model/decimal.hpp"

namespace botbox {

// A Decimal with a meaning. Same-typed amounts add and compare; different ones do not mix.
template <class Unit>
struct Amount {
  Decimal value;

  static Amount literal(std::string_view text) { return {Decimal::literal(text)}; }
  auto operator<=>(const Amount&) const = default;
  bool is_zero() const { return value.is_zero(); }
  bool is_positive() const { return value.is_positive(); }
  bool is_negative() const { return value.is_negative(); }
  friend Amount operator+(Amount a, Amount b) { return {a.value + b.value}; }
  friend Amount operator-(Amount a, Amount b) { return {a.value - b.value}; }
  Amount operator-() const { return {-value}; }
  Amount& operator+=(Amount other) {
    value += other.value;
    return *this;
  }
  Amount& operator-=(Amount other) {
    value -= other.value;
    return *this;
  }
};

template <class Unit>
std::string to_string(Amount<Unit> amount) {
  return to_string(amount.value);
}

struct PriceUnit;
struct QuantityUnit;
struct NotionalUnit;

using Price = Amount<PriceUnit>;        // quote currency per 1 base
using Quantity = Amount<QuantityUnit>;  // base currency
using Notional = Amount<NotionalUnit>;  // quote currency: order values, fees, profit, balances

// price * quantity, rounded to 1e-12 of the quote currency.
inline Result<Notional> notional(Price price, Quantity quantity, Rounding rounding) {
  return multiply(price.value, quantity.value, rounding).map([](Decimal d) { return Notional{d}; });
}
// What `money` buys at `price`.
inline Result<Quantity> quantity_for(Notional money, Price price, Rounding rounding) {
  return divide(money.value, price.value, rounding).map([](Decimal d) { return Quantity{d}; });
}
// A share of an amount: fee rates, stop distances. `ratio` 0.02 is 2 %.
template <class Unit>
Result<Amount<Unit>> scaled(Amount<Unit> amount, Decimal ratio, Rounding rounding) {
  return multiply(amount.value, ratio, rounding).map([](Decimal d) { return Amount<Unit>{d}; });
}

}  // namespace botbox
