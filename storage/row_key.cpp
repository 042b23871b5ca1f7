#include "storage/row_key.hpp"

#include <algorithm>

namespace botbox::storage {
namespace {

std::string with_kind(Kind kind, std::string_view bytes) {
  const auto code = static_cast<std::uint16_t>(kind);
  std::string key;
  key.reserve(kKindBytes + bytes.size());
  key.push_back(static_cast<char>(code >> 8));
  key.push_back(static_cast<char>(code & 0xFF));
  key.append(bytes);
  return key;
}

// The first key behind all that start with `prefix`. There is one: a kind is two letters.
std::string behind(std::string prefix) {
  while (static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

}  // namespace

std::string row_key(const Key& key) { return with_kind(key.kind, key.bytes); }

RowBounds row_bounds(const ScanRange& range) {
  RowBounds bounds{with_kind(range.kind, range.prefix), {}};
  bounds.upper = behind(bounds.lower);
  if (range.from.empty()) return bounds;
  std::string from = with_kind(range.kind, range.from);
  if (range.reverse) {
    from.push_back('\0');  // inclusive: the next possible key is the exclusive end
    bounds.upper = std::min(bounds.upper, from);
  } else {
    bounds.lower = std::max(bounds.lower, from);
  }
  return bounds;
}

}  // namespace botbox::storage
