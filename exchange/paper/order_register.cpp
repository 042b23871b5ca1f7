#include "exchange/paper/order_register.hpp"

#include "engine/assert.hpp"

namespace botbox::exchange {

OrderRegister::OrderRegister(Timestamp start, std::size_t remembered_final_orders)
    : remembered_(remembered_final_orders), sequence_(static_cast<std::uint64_t>(start.ms) << 20) {}

// FNV-1a, twice with different bases, finished by an odd multiplication so that the low bits
// spread.
OrderRegister::Fingerprint OrderRegister::fingerprint(std::string_view id) {
  std::uint64_t a = 0xCBF29CE484222325ULL, b = 0x9AE16A3B2F90404FULL;
  for (const char c : id) {
    a = (a ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    b = (b ^ static_cast<unsigned char>(c)) * 0x9E3779B97F4A7C15ULL;
    b ^= b >> 29;
  }
  return {a ^ (a >> 32), b * 0xD6E8FEB86659FD93ULL};
}

PaperOrder* OrderRegister::find(const ClientOrderId& id) const {
  const auto it = by_id_.find(id.value);
  return it == by_id_.end() ? nullptr : it->second.get();
}

bool OrderRegister::is_taken(const ClientOrderId& id) const {
  if (by_id_.contains(id.value)) return true;
  return !forgotten_.empty() && forgotten_.contains(fingerprint(id.value));
}

PaperOrder& OrderRegister::add(std::unique_ptr<PaperOrder> order) {
  PaperOrder& added = *order;
  const auto [it, fresh] = by_id_.emplace(added.report.client_id.value, std::move(order));
  ENGINE_ASSERT(fresh);
  return added;
}

void OrderRegister::unlink(PaperOrder& order) {
  if (order.changed == 0) return;
  (order.older_change != nullptr ? order.older_change->newer_change : oldest_change_) =
      order.newer_change;
  (order.newer_change != nullptr ? order.newer_change->older_change : newest_change_) =
      order.older_change;
}

void OrderRegister::note_change(PaperOrder& order) {
  unlink(order);
  order.changed = ++sequence_;
  order.older_change = newest_change_;
  order.newer_change = nullptr;
  (newest_change_ != nullptr ? newest_change_->newer_change : oldest_change_) = &order;
  newest_change_ = &order;
}

void OrderRegister::note_final(PaperOrder& order) { final_.push_back(&order); }

void OrderRegister::forget(PaperOrder& order) {
  forgotten_.insert(fingerprint(order.report.client_id.value));
  unlink(order);
  // The key looks into the order: take both out of the map before either dies.
  const auto node = by_id_.extract(order.report.client_id.value);
}

void OrderRegister::forget_old() {
  while (final_.size() > remembered_) {
    PaperOrder& order = *final_.front();
    final_.pop_front();
    // Children that never woke will not: their parent is final. Others have their own place in
    // line.
    for (PaperOrder* child : {order.stop_loss, order.take_profit})
      if (child != nullptr && child->state == PaperOrderState::kDormant) forget(*child);
    forget(order);
  }
}

OrderUpdates OrderRegister::since(std::uint64_t cursor) const {
  OrderUpdates updates;
  updates.next_cursor = cursor > sequence_ ? 0 : cursor;
  const PaperOrder* first = nullptr;
  for (const PaperOrder* o = newest_change_; o != nullptr && o->changed > updates.next_cursor;
       o = o->older_change)
    first = o;
  for (; first != nullptr && updates.reports.size() < kUpdatesPerAnswer;
       first = first->newer_change) {
    updates.reports.push_back(first->report);
    updates.next_cursor = first->changed;
  }
  return updates;
}

}  // namespace botbox::exchange
