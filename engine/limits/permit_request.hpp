// PermitRequest: what one request will cost at the exchange, and how urgent it is.
#pragma once

#include <cstdint>

namespace botbox {

// Closes and cancels are protective: they may use the reserved share, and go while traffic is
// paused.
enum class PermitPriority : std::uint8_t { kNormal, kProtective };

struct PermitRequest {
  std::int64_t weight = 1;  // >= 0, as published for the endpoint
  std::int64_t orders = 0;  // 1 for a request that creates an order
  PermitPriority priority = PermitPriority::kNormal;

  bool operator==(const PermitRequest&) const = default;
};

}  // namespace botbox
