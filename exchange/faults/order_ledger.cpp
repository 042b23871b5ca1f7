#include "exchange/faults/order_ledger.hpp"

namespace botbox::exchange {

void OrderLedger::note(const ClientOrderId& id, const Result<OrderReport>& answer) {
  const std::lock_guard lock(mutex_);
  LedgerEntry& entry = entries_[id];
  ++entry.arrived;
  if (answer) {
    ++entry.accepted;
    accepted_.push_back(id);
  } else if (answer.error().code == ErrorCode::kAlreadyExists) {
    ++entry.duplicates;
  } else {
    ++entry.rejected;
  }
}

LedgerEntry OrderLedger::entry(const ClientOrderId& id) const {
  const std::lock_guard lock(mutex_);
  const auto it = entries_.find(id);
  return it == entries_.end() ? LedgerEntry{} : it->second;
}

std::map<ClientOrderId, LedgerEntry> OrderLedger::entries() const {
  const std::lock_guard lock(mutex_);
  return entries_;
}

std::vector<ClientOrderId> OrderLedger::accepted() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

}  // namespace botbox::exchange
