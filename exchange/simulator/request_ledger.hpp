// RequestLedger: what really arrived, by endpoint and by client order id. The oracle of tests: an
// order was placed at most once if `accepted` never exceeds 1.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "engine/model/time.hpp"
#include "exchange/simulator/face.hpp"

namespace botbox::exchange::sim {

struct OrderArrivals {
  std::uint32_t arrived = 0;
  std::uint32_t accepted = 0;
  std::uint32_t duplicates = 0;
  std::uint32_t refused = 0;
};

struct EndpointCount {
  std::uint64_t requests = 0;
  std::uint64_t executed = 0;     // answered by the venue, whatever became of the answer
  std::uint64_t turned_away = 0;  // over a limit or banned
  std::uint64_t faults = 0;
};

struct RequestNote {
  Timestamp at;
  std::string venue;
  std::string what;  // "POST /api/v3/order"
  int status = 0;    // 0: no answer was sent
  std::string fault;
};

class RequestLedger {
 public:
  static constexpr std::size_t kRemembered = 10'000;

  void note_order(const std::string& venue, const std::string& client_id, Arrival arrival) {
    OrderArrivals& entry = orders_[{venue, client_id}];
    ++entry.arrived;
    entry.accepted += arrival == Arrival::kAccepted;
    entry.duplicates += arrival == Arrival::kDuplicate;
    entry.refused += arrival == Arrival::kRefused;
  }
  void note_request(RequestNote note, bool is_executed, bool is_turned_away) {
    EndpointCount& count = endpoints_[{note.venue, note.what}];
    ++count.requests;
    count.executed += is_executed;
    count.turned_away += is_turned_away;
    count.faults += !note.fault.empty();
    recent_.push_back(std::move(note));
    if (recent_.size() > kRemembered) recent_.pop_front();
  }
  // Of a request that was noted when it was sent, and arrived later.
  void note_late_execution(const std::string& venue, const std::string& what) {
    ++endpoints_[{venue, what}].executed;
  }

  // By venue and client id; the empty id stands for all orders without one.
  const auto& orders() const { return orders_; }
  const auto& endpoints() const { return endpoints_; }
  const std::deque<RequestNote>& recent() const { return recent_; }

 private:
  std::map<std::pair<std::string, std::string>, OrderArrivals> orders_;
  std::map<std::pair<std::string, std::string>, EndpointCount> endpoints_;
  std::deque<RequestNote> recent_;
};

}  // namespace botbox::exchange::sim
