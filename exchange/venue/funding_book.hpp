// FundingBook: what each of our positions in a perpetual has received in funding. Pure: fills and
// the venue's payments in, shares out.
//
// A payment belongs to those who held the symbol when its hour came, in proportion; where nobody
// did, to those who entered within kFundingSlack after it. What a position's next fill tells is all
// that the position is due up to that fill, less what its fills have told before. So a payment is
// told once, whatever was late, repeated or forgotten on the way.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "exchange/venue/funding_hours.hpp"
#include "exchange/venue/venue_types.hpp"

namespace botbox::exchange {

// Who enters within it after a full hour may be paid, or made to pay, for that hour.
inline constexpr Duration kFundingSlack{15'000};
// So long after its hour a payment is in the venue's list.
inline constexpr Duration kFundingBooked{20'000};

// Venues pay every one, two, four or eight hours, on the hour; which of them, FundingHours says.
constexpr Timestamp full_hour(Timestamp at) {
  constexpr std::int64_t kHourMs = 3'600'000;
  return {at.ms - at.ms % kHourMs};
}

// The shares of a payment, as the holders stand in `open`; they add up to it to the last decimal.
// What does not divide goes to the first of them. All are above zero.
std::vector<Decimal> split_funding(Decimal amount, const std::vector<Decimal>& open);

class FundingBook {
 public:
  // An execution of the position; a known one changes nothing.
  void on_fill(const ClientOrderId& position, const VenueExecution& fill);
  // Something of the position was closed by somebody else.
  void on_reduction(const ClientOrderId& position, const ExecutionId& id, Quantity quantity,
                    Timestamp at);
  // What is on record of a position, with the funding that its fills have told.
  void recall(const ClientOrderId& position,
              const std::vector<std::pair<VenueExecution, Notional>>& booked);
  // When the venue pays next, as it said: of other hours nothing is asked.
  void on_times(const std::vector<FundingTime>& times) { hours_.on_told(times); }
  // What must be asked before `fill` can tell its funding; empty: it can.
  std::optional<FundingQuery> missing(const ClientOrderId& position,
                                      const VenueExecution& fill) const;
  // The whole answer to a question of missing(), which is about all symbols: one does for all that
  // is filled after an hour. `is_settled`: a payment of its last hour that is not among them does
  // not exist.
  void on_payments(const FundingQuery& query, const std::vector<VenueFunding>& told,
                   bool is_settled);
  // Of the hours up to `fill` the newest that pays: the venue had named it, the position held the
  // symbol when it came, and the whole list of what was paid has no payment of it. A rate of zero
  // is told so as well. Only of a fill of which nothing is missing().
  std::optional<Timestamp> unlisted(const ClientOrderId& position,
                                    const VenueExecution& fill) const;
  // What `fill` tells: by as much as is known, all that the position is due and was not told.
  Notional take(const ClientOrderId& position, const VenueExecution& fill);

 private:
  struct Held {
    OrderSide entry_side = OrderSide::kBuy;
    std::set<ExecutionId> known;
    // Signed changes, by the hour's moment at which they begin to count; those that cancel out
    // between two of them are left out.
    std::map<Timestamp, Decimal> steps;
    Timestamp first;  // fill
    Timestamp newest;
    Timestamp since;  // payments after it are counted
    Timestamp told_until;
    Notional told;  // since then
  };
  struct Payments {
    Timestamp from;
    Timestamp to;  // full hour; all payments between the two are known, and perhaps later ones
    std::map<std::string, VenueFunding> by_id;
  };
  using Holders = std::map<ClientOrderId, Held>;

  Held& add(const ClientOrderId& position, const VenueExecution& fill);
  const Held* find(const Symbol& symbol, const ClientOrderId& position) const;
  void let_go(Timestamp now);
  Timestamp oldest_since() const;
  bool is_listed(const Symbol& symbol, Timestamp hour) const;
  Timestamp newest_paying(const Symbol& symbol, Timestamp at, Timestamp since) const;
  Decimal share(const VenueFunding& payment, const ClientOrderId& position) const;

  FundingHours hours_;
  std::map<Symbol, Holders> holders_;
  std::optional<Payments> payments_;
};

}  // namespace botbox::exchange
