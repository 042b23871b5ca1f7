// OrderRegister: every order by client id, and what changed since when. Owns the orders.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "exchange/exchange.hpp"
#include "exchange/paper/paper_order.hpp"

namespace botbox::exchange {

class OrderRegister {
 public:
  static constexpr std::size_t kUpdatesPerAnswer = 1000;

  // Sequence numbers begin at the time of start (times 2^20), so that a cursor from an earlier life
  // of the exchange is older than everything in this one and yields everything.
  OrderRegister(Timestamp start, std::size_t remembered_final_orders);

  // Null: never seen, or forgotten.
  PaperOrder* find(const ClientOrderId& id) const;
  // Whether the id was ever taken, by an order of any state.
  bool is_taken(const ClientOrderId& id) const;
  // The id must be free. The reference holds until the order is forgotten.
  PaperOrder& add(std::unique_ptr<PaperOrder> order);
  // The order has a new fill or state.
  void note_change(PaperOrder& order);
  // The order will not change any more; it may be forgotten from now on.
  void note_final(PaperOrder& order);
  // Forgets the oldest final orders beyond the number remembered.
  void forget_old();

  // Oldest change first; at most kUpdatesPerAnswer: ask again with next_cursor until empty.
  OrderUpdates since(std::uint64_t cursor) const;

 private:
  // 128 bits of the id: two ids that agree are out of reach, and a forgotten id costs 16 bytes.
  struct Fingerprint {
    std::uint64_t high, low;
    bool operator==(const Fingerprint&) const = default;
  };
  struct FingerprintHash {
    std::size_t operator()(const Fingerprint& f) const noexcept { return f.low; }
  };
  static Fingerprint fingerprint(std::string_view id);
  void unlink(PaperOrder& order);
  void forget(PaperOrder& order);

  std::size_t remembered_;
  std::uint64_t sequence_;
  std::unordered_map<std::string_view, std::unique_ptr<PaperOrder>> by_id_;  // views into orders
  PaperOrder* oldest_change_ = nullptr;
  PaperOrder* newest_change_ = nullptr;
  std::deque<PaperOrder*> final_;  // the first became final first
  std::unordered_set<Fingerprint, FingerprintHash> forgotten_;
};

}  // namespace botbox::exchange
