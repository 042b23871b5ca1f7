// Funding of perpetuals: a fill tells what its position has received since it was opened and no
// fill told before it. The venue is asked only for a fill before which a full hour has passed.
#include <fmt/format.h>

#include <algorithm>

#include "exchange/venue/venue_desk.hpp"
#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {
namespace {

// Then fills are told without it: the books of a position must not wait for ever.
constexpr std::uint32_t kFundingFailures = 10;
constexpr std::uint32_t kFundingPolls = 40;

}  // namespace

void VenueDesk::expect_funding(TrackedOrder& order, const std::vector<VenueExecution>& fresh) {
  if (features_.market != MarketType::kLinear || order.parent.empty()) return;
  for (const VenueExecution& execution : fresh) {
    newest_ = std::max(newest_, execution.at);
    const auto known = std::ranges::find(order.executions, execution.id, &VenueExecution::id);
    if (known != order.executions.end()) continue;
    order.unfunded.insert(execution.id);
    funding_.on_fill(order.parent, execution);
  }
}

std::optional<FundingQuery> VenueDesk::give_funding(const ClientOrderId& parent, bool anyway) {
  std::vector<std::pair<TrackedOrder*, VenueExecution>> waiting;
  const auto gather = [&](const ClientOrderId& id) {
    TrackedOrder* order = find(id);
    if (order == nullptr) return;
    for (const VenueExecution& execution : order->executions)
      if (order->unfunded.contains(execution.id)) waiting.emplace_back(order, execution);
  };
  gather(parent);
  if (const auto family = family_.find(parent); family != family_.end())
    for (const ClientOrderId& id : family->second) gather(id);
  std::ranges::stable_sort(waiting, {}, [](const auto& each) { return each.second.at; });
  for (const auto& [order, execution] : waiting) {
    if (!anyway)
      if (auto query = funding_.missing(parent, execution)) return query;
    order->funding[execution.id] = funding_.take(parent, execution);
    order->unfunded.erase(execution.id);
  }
  unfunded_.erase(parent);
  return std::nullopt;
}

// One question at a time: its answer serves all that was filled after the same hour. What it leaves
// open the next poll asks.
void VenueDesk::fund(const ClientOrderId& parent) {
  const std::optional<FundingQuery> query = give_funding(parent, false);
  if (!query) return;
  unfunded_.try_emplace(parent);
  if (std::exchange(is_funding_asked_, true)) return;
  const bool is_settled = newest_ >= full_hour(query->to) + kFundingBooked;
  send_own<std::vector<VenueFunding>>(
      VenueCall::kFunding, 0,
      [query](VenueApi& api, const Permit& permit, auto reply) {
        api.funding(permit, *query, reply);
      },
      [this, query, is_settled](const Result<std::vector<VenueFunding>>& told) {
        is_funding_asked_ = false;
        if (told) funding_.on_payments(*query, *told, is_settled);
        on_funding(*query, told);
      });
}

void VenueDesk::on_funding(const FundingQuery& query,
                           const Result<std::vector<VenueFunding>>& told) {
  std::vector<ClientOrderId> parents;
  for (const auto& [parent, waits] : unfunded_) parents.push_back(parent);
  for (const ClientOrderId& parent : parents) give_or_wait(parent, query, told);
  for (const Then& answer : std::exchange(wait_funding_, {})) answer();
}

void VenueDesk::when_asked(const ClientOrderId& parent, const Then& then) {
  if (!is_funding_asked_ || !unfunded_.contains(parent)) return then();
  wait_funding_.push_back(then);
}

// A position that is still open tells a late payment with its next fill; one that is flat has none.
void VenueDesk::give_or_wait(const ClientOrderId& parent, const FundingQuery& query,
                             const Result<std::vector<VenueFunding>>& told) {
  noted_.insert(parent);
  if (!give_funding(parent, false)) return;
  Unfunded& waits = unfunded_[parent];
  const Timestamp booked_at = full_hour(query.to) + kFundingBooked;
  waits.ask_at = told ? booked_at : Timestamp{};
  if (!told) ++waits.failures;
  const bool is_late = told && book_.open_quantity(parent).is_zero();
  if (is_late ? waits.polls < kFundingPolls : !told && waits.failures < kFundingFailures) return;
  if (!told || is_late)
    tell("funding.unknown", fmt::format("fills of {} are booked without funding from {} to {}{}",
                                        parent.value, to_iso8601(query.from), to_iso8601(query.to),
                                        told ? "" : ": " + told.error().message));
  give_funding(parent, true);
}

void VenueDesk::fund_again(Poll& poll) {
  if (unfunded_.empty()) return;
  std::vector<ClientOrderId> due;
  bool is_clock_asked = false;
  for (auto& [parent, waits] : unfunded_) {
    poll.parents.insert(parent);
    const bool is_due = newest_ >= waits.ask_at || ++waits.polls >= kFundingPolls;
    if (is_due) due.push_back(parent);
    if (!is_due && !std::exchange(is_clock_asked, true)) learn_time();
  }
  for (const ClientOrderId& parent : due) fund(parent);
}

// Nobody told when it came: by now it is there.
void VenueDesk::fund_adopted(const ClientOrderId& parent, const AdoptedPart& part) {
  if (features_.market != MarketType::kLinear || newest_.is_never()) return;
  VenueExecution adopted;
  adopted.id = {part.id.value};
  adopted.symbol = part.symbol;
  adopted.side = part.entry_side;
  adopted.quantity = part.quantity;
  adopted.at = newest_;
  funding_.on_fill(parent, adopted);
}

void VenueDesk::recall_funding(const OpenBracket& bracket) {
  if (features_.market != MarketType::kLinear) return;
  const auto recall = [&](const ClientOrderId& position, const std::vector<Fill>& fills) {
    std::vector<std::pair<VenueExecution, Notional>> booked;
    for (const Fill& fill : fills)
      booked.emplace_back(execution_of(fill, instrument(bracket.symbol)), fill.funding);
    funding_.recall(position, booked);
  };
  recall(bracket.parent, bracket.booked);
  for (const std::vector<Fill>& fills : bracket.shared)
    if (!fills.empty()) recall(fills.front().client_id, fills);
  for (const Fill& fill : bracket.booked)
    if (TrackedOrder* order = find(fill.client_id)) order->funding[fill.id] = fill.funding;
}

}  // namespace botbox::exchange
