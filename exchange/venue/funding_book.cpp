#include "exchange/venue/funding_book.hpp"

#include <algorithm>
#include <cstdint>

namespace botbox::exchange {
namespace {

constexpr Duration kFundingHour = std::chrono::hours(1);
// Of a position that is taken over, so much before its newest fill is gone through again.
constexpr Duration kFundingRecalled = std::chrono::hours(7 * 24);
// So long a venue lists what it paid; what was told until then is not gone through again.
constexpr Duration kFundingListed = std::chrono::hours(60 * 24);
// A flat position may still share in a payment that is asked for late.
constexpr Duration kFlatKept = std::chrono::hours(24);
constexpr Duration kFundingStamped{60'000};  // of the hour, by the venue's stamp

// The two moments of an hour at which who holds what matters: itself, and the end of the slack.
Timestamp counts_from(Timestamp at) {
  const Timestamp hour = full_hour(at);
  return at - hour < kFundingSlack ? hour : hour + kFundingSlack;
}

// Of what was filled before `moment`.
Decimal held_before(const std::map<Timestamp, Decimal>& steps, Timestamp moment) {
  Decimal sum;
  for (const auto& [from, change] : steps)
    if (from < moment) sum += change;
  return abs(sum);
}

bool has_left(const std::map<Timestamp, Decimal>& steps) {
  return held_before(steps, {INT64_MAX}).is_zero();
}

// The hour's payment was listed by then, and not left to a later fill.
bool has_told_its_hour(const VenueExecution& fill) {
  return fill.at - full_hour(fill.at) >= kFundingBooked;
}

}  // namespace

std::vector<Decimal> split_funding(Decimal amount, const std::vector<Decimal>& open) {
  Decimal sum;
  for (const Decimal each : open) sum += each;
  std::vector<Decimal> shares;
  Decimal rest = amount;
  for (const Decimal each : open) {
    shares.push_back(multiply_divide(amount, each, sum, Rounding::kDown).value_or(Decimal{}));
    rest -= shares.back();
  }
  if (!shares.empty()) shares.front() += rest;
  return shares;
}

FundingBook::Held& FundingBook::add(const ClientOrderId& position, const VenueExecution& fill) {
  Held& held = holders_[fill.symbol][position];
  const bool is_first = held.known.empty();
  if (!held.known.insert(fill.id).second) return held;
  if (is_first) held.entry_side = fill.side;
  held.first = is_first ? fill.at : std::min(held.first, fill.at);
  held.newest = std::max(held.newest, fill.at);
  Decimal& step = held.steps[counts_from(fill.at)];
  step += fill.side == OrderSide::kBuy ? fill.quantity.value : -fill.quantity.value;
  if (step.is_zero()) held.steps.erase(counts_from(fill.at));
  return held;
}

const FundingBook::Held* FundingBook::find(const Symbol& symbol,
                                           const ClientOrderId& position) const {
  const auto of = holders_.find(symbol);
  if (of == holders_.end()) return nullptr;
  const auto held = of->second.find(position);
  return held == of->second.end() ? nullptr : &held->second;
}

void FundingBook::on_fill(const ClientOrderId& position, const VenueExecution& fill) {
  const bool is_new = find(fill.symbol, position) == nullptr;
  Held& held = add(position, fill);
  if (!is_new) return;
  held.since = fill.at - kFundingSlack;
  let_go(fill.at);
}

void FundingBook::on_reduction(const ClientOrderId& position, const ExecutionId& id,
                               Quantity quantity, Timestamp at) {
  for (const auto& [symbol, holders] : holders_)
    if (const Held* held = find(symbol, position))
      add(position, {.id = id,
                     .client_id = {},
                     .order_id = {},
                     .symbol = symbol,
                     .side = opposite(held->entry_side),
                     .price = {},
                     .quantity = quantity,
                     .fee = {},
                     .fee_asset = {},
                     .at = std::max(at, held->newest)});
}

void FundingBook::recall(const ClientOrderId& position,
                         const std::vector<std::pair<VenueExecution, Notional>>& booked) {
  if (booked.empty()) return;
  Held* held = nullptr;
  for (const auto& [fill, told] : booked) held = &add(position, fill);
  // From one fill to another: what the later ones have told came after it.
  held->since = held->first - kFundingSlack;
  for (const auto& [fill, told] : booked)
    if (fill.at <= held->newest - kFundingRecalled && has_told_its_hour(fill))
      held->since = std::max(held->since, fill.at);
  if (has_left(held->steps)) held->since = held->newest;  // it only shares; it tells no more
  held->told_until = held->newest;
  held->told = {};
  for (const auto& [fill, told] : booked)
    if (fill.at > held->since) held->told += told;
}

std::optional<FundingQuery> FundingBook::missing(const ClientOrderId& position,
                                                 const VenueExecution& fill) const {
  const Held* held = find(fill.symbol, position);
  if (held == nullptr) return std::nullopt;
  const Timestamp hour = newest_paying(fill.symbol, fill.at, held->since);
  if (hour <= held->since) return std::nullopt;
  // Of the hour at which it was opened a position tells when it shrinks, and the list is complete.
  const bool tells_own = fill.side != held->entry_side && fill.at - hour >= kFundingBooked;
  if (hour <= held->first && !tells_own) return std::nullopt;
  FundingQuery query{{}, oldest_since(), hour + kFundingStamped};
  if (!payments_) return query;
  if (payments_->from > held->since) {  // and all up to what is known
    query.to = std::max(query.to, payments_->to + kFundingStamped);
    return query;
  }
  if (hour <= payments_->to || is_listed(fill.symbol, hour)) return std::nullopt;
  query.from = std::max(query.from, payments_->to);
  return query;
}

// Up to `at` the newest hour at which the symbol may have been paid for; `since` or earlier: none
// after it.
Timestamp FundingBook::newest_paying(const Symbol& symbol, Timestamp at, Timestamp since) const {
  Timestamp hour = full_hour(at);
  while (hour > since && !hours_.may_pay(symbol, hour)) hour = hour - kFundingHour;
  return hour;
}

std::optional<Timestamp> FundingBook::unlisted(const ClientOrderId& position,
                                               const VenueExecution& fill) const {
  const Held* held = find(fill.symbol, position);
  if (held == nullptr || !payments_) return std::nullopt;
  const Timestamp hour = newest_paying(fill.symbol, fill.at, held->since);
  if (hour <= held->since || hour < payments_->from || hour > payments_->to) return std::nullopt;
  const bool is_owed =
      hours_.is_named(fill.symbol, hour) && !held_before(held->steps, hour).is_zero();
  if (!is_owed || is_listed(fill.symbol, hour)) return std::nullopt;
  return hour;
}

Timestamp FundingBook::oldest_since() const {
  Timestamp oldest{INT64_MAX};
  for (const auto& [symbol, holders] : holders_)
    for (const auto& [id, held] : holders) oldest = std::min(oldest, held.since);
  return oldest;
}

bool FundingBook::is_listed(const Symbol& symbol, Timestamp hour) const {
  return std::ranges::any_of(payments_->by_id, [&](const auto& each) {
    return each.second.symbol == symbol && full_hour(each.second.at) == hour;
  });
}

void FundingBook::on_payments(const FundingQuery& query, const std::vector<VenueFunding>& told,
                              bool is_settled) {
  const Timestamp until = full_hour(query.to) - (is_settled ? Duration{0} : kFundingHour);
  if (!payments_) payments_ = Payments{query.from, until, {}};
  payments_->from = std::min(payments_->from, query.from);
  payments_->to = std::max(payments_->to, until);
  for (const VenueFunding& payment : told) payments_->by_id.insert_or_assign(payment.id, payment);
}

// Several positions of one symbol stand on one side; the venue pays for all of them at once.
Decimal FundingBook::share(const VenueFunding& payment, const ClientOrderId& position) const {
  const Timestamp hour = full_hour(payment.at);
  for (const Timestamp moment : {hour, hour + kFundingSlack}) {
    std::vector<Decimal> open;
    std::optional<std::size_t> ours;
    for (const auto& [id, held] : holders_.at(payment.symbol)) {
      const Decimal quantity = held_before(held.steps, moment);
      if (quantity.is_zero()) continue;
      if (id == position) ours = open.size();
      open.push_back(quantity);
    }
    if (!open.empty()) return ours ? split_funding(payment.amount, open)[*ours] : Decimal{};
  }
  return {};
}

Notional FundingBook::take(const ClientOrderId& position, const VenueExecution& fill) {
  if (find(fill.symbol, position) == nullptr) return {};
  Held& held = holders_.at(fill.symbol).at(position);
  if (fill.at - held.told_until > kFundingListed) {
    held.since = std::max(held.since, held.told_until);
    held.told = {};
  }
  held.told_until = std::max(held.told_until, fill.at);
  Decimal due;
  if (payments_)
    for (const auto& [id, payment] : payments_->by_id) {
      const Timestamp hour = full_hour(payment.at);
      const bool is_due = hour > held.since && hour <= held.told_until;
      if (is_due && payment.symbol == fill.symbol) due += share(payment, position);
    }
  const Notional now{due - held.told.value};
  held.told += now;
  return now;
}

void FundingBook::let_go(Timestamp now) {
  const Timestamp flat_since = now - kFlatKept;
  for (auto& [symbol, holders] : holders_) {
    Timestamp oldest = flat_since;
    for (const auto& [id, held] : holders)
      if (!has_left(held.steps)) oldest = std::min(oldest, held.since);
    std::erase_if(holders, [&](const auto& each) {
      return has_left(each.second.steps) && each.second.newest < oldest;
    });
  }
  std::erase_if(holders_, [](const auto& each) { return each.second.empty(); });
  if (!payments_) return;
  const Timestamp oldest = std::min(flat_since, oldest_since());
  std::erase_if(payments_->by_id, [&](const auto& each) { return each.second.at < oldest; });
  payments_->from = std::max(payments_->from, oldest);
}

}  // namespace botbox::exchange
