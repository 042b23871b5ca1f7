// Rows that stop counting at a time: their values start with it, 8 bytes big-endian, "never" as 0.
// Whoever reads decides by that time, not by whether the row is still there: a store drops expired
// rows late, after a grace, and may keep them for days.
#pragma once

#include <string>
#include <string_view>

#include "engine/model/time.hpp"
#include "engine/result.hpp"

namespace botbox::storage {

struct ExpiringValue {
  Timestamp expires_at;  // "never": for ever
  std::string_view value;

  bool is_expired(Timestamp now) const { return !expires_at.is_never() && expires_at <= now; }
};

// `value` behind its expiry.
std::string encode_expiring(std::string_view value, Timestamp expires_at);
// The view points into `stored`. Error kCorruption: shorter than an expiry.
Result<ExpiringValue> strip_expiry(std::string_view stored);

}  // namespace botbox::storage
