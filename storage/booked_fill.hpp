// BookedFill: the value of a fill's row. Positions hear of fills order by order, which need not be
// the order in which they were executed; only the order of booking makes their fold exact.
#pragma once

#include <cstdint>

#include "engine/model/order.hpp"

namespace botbox::storage {

struct BookedFill {
  Fill fill;
  // The position's first fill is 1. Zero: booked before this was recorded, ahead of all numbered
  // ones, as executed.
  std::uint32_t number = 0;

  bool operator==(const BookedFill&) const = default;
};

}  // namespace botbox::storage
