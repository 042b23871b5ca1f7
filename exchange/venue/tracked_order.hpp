// TrackedOrder: what is known of one order that VenueExchange watches, and the report it makes.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "exchange/exchange.hpp"
#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange {

struct TrackedOrder {
  ClientOrderId id;      // the engine's
  ClientOrderId parent;  // whose bracket the order belongs to; empty: none that is known
  OrderLeg role = OrderLeg::kEntry;
  Quantity asked;             // as the engine ordered it
  VenueOrder latest;          // of the newest incarnation
  bool is_known = false;      // the venue has acknowledged it
  std::uint64_t sending = 0;  // the newest request for it, counted over all orders; 0: none
  bool is_under_way = false;  // that one has no answer yet
  // Of all incarnations. Those that the engine has heard of keep their places, because it counts
  // what it has booked of an order; later ones follow, in order of time.
  std::vector<VenueExecution> executions;
  std::size_t told = 0;             // so many of them, in this life or an earlier one
  std::set<ExecutionId> on_record;  // of them, told by our records; the venue is still to be asked
  Quantity recorded;                // what an earlier life knew of its fills
  Timestamp searched_at;            // when its executions were asked for by time, the last time
  std::uint32_t vain_answers = 0;   // about its executions, in a row, that told no new one
  std::uint64_t answered_in = 0;    // the poll of the last one
  int not_there = 0;  // polls in which the venue did not know it; only of one it never told here
  // Perpetuals: what each fill tells of its position's funding, and fills of which that is not
  // known yet. They, and those after them, are not told before.
  std::map<ExecutionId, Notional> funding;
  std::set<ExecutionId> unfunded;
  // A leg's incarnations with fills whose executions are not all here yet, as last told. The venue
  // knows them by their own ids, which are not the leg's any more.
  std::map<OrderId, VenueOrder> short_of;
  OrderReport published;
  std::uint64_t changed = 0;  // position in the change log; 0: nothing published

  bool is_leg() const { return role == OrderLeg::kStopLoss || role == OrderLeg::kTakeProfit; }
  bool is_open() const { return is_known && !is_final(latest.status); }
};

// Adds what is new; false: nothing was. What is known already has the venue's newest words from now
// on, in its place: nothing is booked again for them.
bool merge_executions(TrackedOrder& order, const std::vector<VenueExecution>& executions);
// Other price, quantity or fee.
bool tells_otherwise(const VenueExecution& known, const VenueExecution& told,
                     const Instrument& instrument);
// What our records have of the order, in the order of booking.
void recall_executions(TrackedOrder& order, std::vector<VenueExecution> booked);
VenueExecution execution_of(const Fill& fill, const Instrument& instrument);
// What is known of the fills of one incarnation; an empty id: of all.
Quantity executed(const TrackedOrder& order, const OrderId& incarnation);
// Of that, what the venue has told in this life, or was asked for.
Quantity told_by_venue(const TrackedOrder& order, const OrderId& incarnation);
// The venue has told all that it knows of this incarnation. It forgets with time; of the rest our
// records are all there is.
void rely_on_records(TrackedOrder& order, const OrderId& incarnation);
// Fills of this incarnation are known of which neither executions nor our records tell.
bool lacks_executions(const TrackedOrder& order, const VenueOrder& incarnation);
inline bool lacks_executions(const TrackedOrder& order) {
  return lacks_executions(order, order.latest);
}
// Notes or forgets `word`, an incarnation of the order, in short_of.
void note_shortage(TrackedOrder& order, const VenueOrder& word);
// Coins bought that the venue kept.
Quantity fees_in_base(const TrackedOrder& order, const Instrument& instrument);

// The one place where a fee becomes quote currency. Exact for quote; at the fill's price for base;
// empty for any third coin, whose rate nobody here knows.
std::optional<Notional> fee_in_quote(const VenueExecution& execution, const Instrument& instrument);

// Status and quantity of the order itself; a final status is withheld while executions are missing,
// because a report that is final says that all fills are in it. The same holds for funding.
OrderReport report_of(const TrackedOrder& order, const Instrument& instrument);

}  // namespace botbox::exchange
