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
constexpr Duration kFundingTimesEvery = std::chrono::minutes(15);
constexpr Duration kFundingTimesRetry = std::chrono::minutes(1);

// What the venue refuses, to this key or for good, is refused again.
bool is_funding_refused(const Error& error) {
  return error.code == ErrorCode::kRejected || error.code == ErrorCode::kInvalidInput;
}

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
    if (!anyway) {
      if (auto query = funding_.missing(parent, execution)) return query;
      tell_late(parent, execution);
    }
    order->funding[execution.id] = funding_.take(parent, execution);
    order->unfunded.erase(execution.id);
  }
  unfunded_.erase(parent);
  return std::nullopt;
}

void VenueDesk::tell_late(const ClientOrderId& parent, const VenueExecution& execution) {
  const std::optional<Timestamp> hour = funding_.unlisted(parent, execution);
  if (!hour || late_told_[execution.symbol] >= *hour) return;
  late_told_[execution.symbol] = *hour;
  tell("funding.late",
       fmt::format("the payment of {} for {} is not listed {} s after it was due; a fill of {} is "
                   "booked without it",
                   to_iso8601(*hour), execution.symbol.value, kFundingBooked.count() / 1000,
                   parent.value));
}

// Often enough that there is a word from the hour before every full hour.
void VenueDesk::learn_funding_times() {
  if (!features_.funding_times || newest_.is_never() || newest_ < funding_times_due_) return;
  if (std::exchange(are_funding_times_asked_, true)) return;
  send_own<std::vector<FundingTime>>(
      VenueCall::kFundingTimes, 0,
      [](VenueApi& api, const Permit& permit, auto reply) { api.funding_times(permit, reply); },
      [this](const Result<std::vector<FundingTime>>& times) {
        are_funding_times_asked_ = false;
        funding_times_due_ = newest_ + (times ? kFundingTimesEvery : kFundingTimesRetry);
        if (times) funding_.on_times(*times);
      });
}

// One question at a time: its answer serves all that was filled after the same hour. What it leaves
// open the next poll asks. In the first seconds of an hour, when most fills come, one is enough. It
// waits for room: fills are told without their funding after so many polls.
void VenueDesk::fund(const ClientOrderId& parent) {
  const std::optional<FundingQuery> query = give_funding(parent, false);
  if (!query) return;
  const Unfunded& waits = unfunded_[parent];
  const Timestamp hour = full_hour(query->to);
  const bool is_settled = newest_ >= hour + kFundingBooked;
  if (!is_settled && funding_heard_ == hour && waits.polls < kFundingPolls)
    return give_or_wait(parent, std::nullopt);
  if (std::exchange(is_funding_asked_, true)) return;
  send_further<std::vector<VenueFunding>>(
      VenueCall::kFunding, 0,
      [query](VenueApi& api, const Permit& permit, auto reply) {
        api.funding(permit, *query, reply);
      },
      [this, query, is_settled](const Result<std::vector<VenueFunding>>& told) {
        is_funding_asked_ = false;
        if (told) funding_.on_payments(*query, *told, is_settled);
        on_funding(*query, told ? std::nullopt : std::optional(told.error()));
      });
}

void VenueDesk::on_funding(const FundingQuery& query, const std::optional<Error>& failure) {
  if (!failure) {
    funding_failures_ = 0;
    funding_heard_ = full_hour(query.to);
  } else if (is_funding_refused(*failure)) {
    funding_failures_ = kFundingFailures;
  } else if (failure->code != ErrorCode::kRateLimited) {
    ++funding_failures_;
  }
  std::vector<ClientOrderId> parents;
  for (const auto& [parent, waits] : unfunded_) parents.push_back(parent);
  for (const ClientOrderId& parent : parents) give_or_wait(parent, failure);
  for (const Then& answer : std::exchange(wait_funding_, {})) answer();
}

void VenueDesk::when_asked(const ClientOrderId& parent, const Then& then) {
  if (!is_funding_asked_ || !unfunded_.contains(parent)) return then();
  wait_funding_.push_back(then);
}

// A position that is still open tells a late payment with its next fill; one that is flat has none.
void VenueDesk::give_or_wait(const ClientOrderId& parent, const std::optional<Error>& failure) {
  noted_.insert(parent);
  const std::optional<FundingQuery> open = give_funding(parent, false);
  if (!open) return;
  Unfunded& waits = unfunded_[parent];
  waits.has_failed = failure.has_value();
  waits.ask_at = failure ? Timestamp{} : full_hour(open->to) + kFundingBooked;
  const bool is_lost = failure || book_.open_quantity(parent).is_zero();
  const bool may_wait =
      waits.polls < kFundingPolls && (!failure || funding_failures_ < kFundingFailures);
  if (is_lost && may_wait) return;
  if (is_lost)
    tell("funding.unknown", fmt::format("fills of {} are booked without funding from {} to {}{}",
                                        parent.value, to_iso8601(open->from), to_iso8601(open->to),
                                        failure ? ": " + failure->message : ""));
  give_funding(parent, true);
}

void VenueDesk::fund_due() {
  std::vector<ClientOrderId> due;
  for (auto& [parent, waits] : unfunded_)
    if (++waits.polls >= kFundingPolls || newest_ >= waits.ask_at) due.push_back(parent);
  if (due.size() < unfunded_.size()) learn_time();
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
