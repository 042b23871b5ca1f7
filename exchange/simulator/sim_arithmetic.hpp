// Products and quotients that cannot overflow, because placing refused what would.
#pragma once

#include "engine/assert.hpp"
#include "engine/model/decimal.hpp"

namespace botbox::exchange::sim {

inline Decimal product(Decimal a, Decimal b) {
  const auto result = multiply(a, b, Rounding::kHalfEven);
  ENGINE_ASSERT(result.has_value());
  return *result;
}

inline Decimal quotient(Decimal a, Decimal b) {
  const auto result = divide(a, b, Rounding::kHalfEven);
  ENGINE_ASSERT(result.has_value());
  return *result;
}

}  // namespace botbox::exchange::sim
