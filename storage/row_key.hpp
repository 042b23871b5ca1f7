// Keys as the stores sort them: two bytes of kind, then the bytes of the key.
#pragma once

#include <string>

#include "storage/store.hpp"

namespace botbox::storage {

std::string row_key(const Key& key);
constexpr std::size_t kKindBytes = 2;

// Row keys of a range: lower <= key < upper. Empty range: lower >= upper.
struct RowBounds {
  std::string lower;
  std::string upper;
};
RowBounds row_bounds(const ScanRange& range);

}  // namespace botbox::storage
