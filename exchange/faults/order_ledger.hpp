// OrderLedger: what really arrived at a venue, kept beside it. The oracle of "at most once" tests.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

#include "engine/model/order.hpp"
#include "engine/result.hpp"

namespace botbox::exchange {

struct LedgerEntry {
  std::uint32_t arrived = 0;     // times that an order with this id reached the venue
  std::uint32_t accepted = 0;    // times that the venue took it: more than 1 is a duplicate order
  std::uint32_t duplicates = 0;  // times that the venue refused it as a duplicate
  std::uint32_t rejected = 0;

  bool operator==(const LedgerEntry&) const = default;
};

// May be used from several threads.
class OrderLedger {
 public:
  void note(const ClientOrderId& id, const Result<OrderReport>& answer);
  LedgerEntry entry(const ClientOrderId& id) const;
  std::map<ClientOrderId, LedgerEntry> entries() const;
  // Ids in the order of their acceptance.
  std::vector<ClientOrderId> accepted() const;

 private:
  mutable std::mutex mutex_;
  std::map<ClientOrderId, LedgerEntry> entries_;
  std::vector<ClientOrderId> accepted_;
};

}  // namespace botbox::exchange
