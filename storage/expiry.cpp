#include "storage/expiry.hpp"

#include "storage/keys.hpp"

namespace botbox::storage {

std::string encode_expiring(std::string_view value, Timestamp expires_at) {
  std::string stored = big_endian(static_cast<std::uint64_t>(expires_at.ms));
  stored.append(value);
  return stored;
}

Result<ExpiringValue> strip_expiry(std::string_view stored) {
  if (stored.size() < 8)
    return fail(
        ErrorCode::kCorruption,
        fmt::format("an expiring row holds {} bytes, fewer than its expiry", stored.size()));
  return ExpiringValue{Timestamp{static_cast<std::int64_t>(from_big_endian(stored))},
                       stored.substr(8)};
}

}  // namespace botbox::storage
