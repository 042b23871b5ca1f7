#include "actors/balance_book.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace botbox::actors {

void BalanceBook::keep(const std::vector<exchange::Balance>& balances, Timestamp now) {
  told_.clear();
  // A venue may tell a coin in parts.
  for (const exchange::Balance& balance : balances) {
    Told& told = told_[balance.asset];
    told.free += balance.free;
    told.locked += balance.locked;
    told.profit += balance.profit;
  }
  told_at_ = now;
}

void BalanceBook::follow(const std::vector<exchange::Balance>& balances, Timestamp now,
                         const std::vector<ClientOrderId>& arrived) {
  const std::lock_guard guard(lock_);
  knows_all_ = true;
  keep(balances, now);
  for (const ClientOrderId& order : arrived) mark_arrived(order.value);
}

// While none is answered, what waits to be counted must not add up for ever: what was told before
// so many readings is too old to be used by now.
std::uint64_t BalanceBook::begin_reading() {
  constexpr std::uint64_t kReadingsKept = 8;
  const std::lock_guard guard(lock_);
  ++begun_;
  for (auto at = aside_.begin(); at != aside_.end();) {
    const std::optional<std::uint64_t>& counted_by = at->second.counted_by;
    at = counted_by && *counted_by + kReadingsKept < begun_ ? drop(at) : std::next(at);
  }
  return begun_;
}

// An answer that was overtaken by a newer one says nothing.
void BalanceBook::take(std::uint64_t reading, const std::vector<exchange::Balance>& balances,
                       Timestamp now) {
  const std::lock_guard guard(lock_);
  if (reading <= taken_) return;
  taken_ = reading;
  keep(balances, now);
  for (auto at = aside_.begin(); at != aside_.end();) {
    const std::optional<std::uint64_t>& counted_by = at->second.counted_by;
    at = counted_by && *counted_by <= reading ? drop(at) : std::next(at);
  }
}

Decimal BalanceBook::aside(const Asset& asset) const {
  const auto sum = sums_.find(asset);
  return sum != sums_.end() ? sum->second : Decimal{};
}

void BalanceBook::put_aside(const std::string& id, Aside entry) {
  if (!knows_all_ && good_for_ <= Duration{0}) return;
  if (const auto before = aside_.find(id); before != aside_.end()) drop(before);
  sums_[entry.asset] += entry.amount;
  aside_.emplace(id, std::move(entry));
}

BalanceBook::Asides::iterator BalanceBook::drop(Asides::iterator at) {
  sums_[at->second.asset] -= at->second.amount;
  return aside_.erase(at);
}

// A coin that is not told is one of which there is none. Other coins may count as a perpetual's
// margin, at a rate that only the exchange knows: then only it can say.
std::optional<Decimal> BalanceBook::free(const Instrument& instrument, Timestamp now) const {
  if (!told_at_ || (!knows_all_ && now - *told_at_ > good_for_)) return std::nullopt;
  if (instrument.market != MarketType::kSpot && !knows_all_)
    for (const auto& [asset, told] : told_)
      if (asset != instrument.quote && !(told.free.is_zero() && told.locked.is_zero()))
        return std::nullopt;
  const auto told = told_.find(instrument.quote);
  Decimal there;
  if (told != told_.end()) {
    there = told->second.free;
    if (instrument.market != MarketType::kSpot) there += told->second.profit;
  }
  return there - aside(instrument.quote);
}

Funds BalanceBook::funds(const Instrument& instrument, Timestamp now) const {
  const std::lock_guard guard(lock_);
  return {free(instrument, now), leverages_.of(instrument.symbol)};
}

std::optional<Decimal> BalanceBook::set_aside(const Instrument& instrument, const Trade& entry,
                                              Timestamp now) {
  const Result<Notional> worth = notional(entry.entry, entry.quantity, Rounding::kUp);
  if (!worth) return std::nullopt;
  const std::optional<Decimal> needed =
      balance_needed(instrument.market, *worth, leverages_.of(instrument.symbol));
  if (!needed) return std::nullopt;
  const std::lock_guard guard(lock_);
  const std::optional<Decimal> available = free(instrument, now);
  if (available && *needed > *available) return available;
  put_aside(entry.id.value, {instrument.quote, *needed, std::nullopt});
  return std::nullopt;
}

void BalanceBook::restore(const Instrument& instrument, const TradeId& entry, Notional reserved) {
  const std::optional<Decimal> needed =
      balance_needed(instrument.market, reserved, leverages_.of(instrument.symbol));
  if (!needed) return;
  const std::lock_guard guard(lock_);
  if (aside_.contains(entry.value)) return;
  std::optional<std::uint64_t> counted_by;
  if (!knows_all_) counted_by = begun_ + 1;
  put_aside(entry.value, {instrument.quote, *needed, counted_by});
}

void BalanceBook::give_back(const TradeId& entry) {
  const std::lock_guard guard(lock_);
  if (const auto found = aside_.find(entry.value); found != aside_.end()) drop(found);
}

// Who is told at every call has counted it by now.
void BalanceBook::mark_arrived(const std::string& id) {
  const auto found = aside_.find(id);
  if (found == aside_.end()) return;
  if (knows_all_)
    drop(found);
  else if (!found->second.counted_by)
    found->second.counted_by = begun_ + 1;
}

void BalanceBook::on_arrived(const ClientOrderId& order) {
  const std::lock_guard guard(lock_);
  mark_arrived(order.value);
}

void BalanceBook::on_ended(const TradeId& entry) {
  const std::lock_guard guard(lock_);
  mark_arrived(entry.value);
}

void BalanceBook::on_freed(const Instrument& instrument, const ExecutionId& fill, Notional worth) {
  const std::optional<Decimal> freed =
      balance_needed(instrument.market, worth, leverages_.of(instrument.symbol));
  const std::lock_guard guard(lock_);
  const std::string id = "freed/" + instrument.symbol.value + "/" + fill.value;
  if (!freed || knows_all_ || aside_.contains(id)) return;
  put_aside(id, {instrument.quote, -*freed, begun_ + 1});
}

BalanceBook::Shown BalanceBook::shown() const {
  const std::lock_guard guard(lock_);
  Shown shown{told_at_, {}};
  for (const auto& [asset, told] : told_)
    shown.rows.push_back({asset, told.free, told.locked, std::max(Decimal{}, aside(asset))});
  return shown;
}

}  // namespace botbox::actors
