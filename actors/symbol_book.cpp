#include "actors/symbol_book.hpp"

#include <algorithm>
#include <utility>

namespace botbox::actors {
namespace {

std::size_t legs_of_entry(const ClientOrderId& stop, const ClientOrderId& target) {
  return (stop.empty() ? 0U : 1U) + (target.empty() ? 0U : 1U);
}

}  // namespace

void SymbolBook::hold(std::string all, std::set<Symbol> symbols) {
  const std::lock_guard guard(lock_);
  held_all_ = std::move(all);
  held_ = std::move(symbols);
}

void SymbolBook::follow_exchange() {
  const std::lock_guard guard(lock_);
  follows_exchange_ = true;
}

void SymbolBook::follow(const Symbol& symbol, SymbolStanding standing) {
  std::vector<ClientOrderId> entries = std::exchange(standing.entries, {});
  const std::lock_guard guard(lock_);
  told_[symbol] = {std::move(standing), std::move(entries)};
}

// An entry that waits to be sent anew is counted here, and one that is at the exchange there.
SymbolStanding SymbolBook::seen(const Symbol& symbol) const {
  static const Told nothing;
  const auto found = told_.find(symbol);
  const Told& told = found == told_.end() ? nothing : found->second;
  SymbolStanding standing = told.standing;
  if (const auto entries = aside_in_.find(symbol); entries != aside_in_.end())
    for (const TradeId& id : entries->second) {
      if (std::ranges::find(told.entries, id.value, &ClientOrderId::value) != told.entries.end())
        continue;
      const Aside& entry = aside_.at(id);
      standing.orders.conditional += entry.legs;
      ++standing.orders.plain;
      ClientOrderId& holder =
          entry.direction == Direction::kShort ? standing.short_by : standing.long_by;
      if (holder.empty()) holder = {id.value};
    }
  if (!held_all_.empty())
    standing.difference = held_all_;
  else if (held_.contains(symbol))
    standing.difference = kDiffersFromRecords;
  return standing;
}

SymbolStanding SymbolBook::standing(const Symbol& symbol) const {
  const std::lock_guard guard(lock_);
  return seen(symbol);
}

void SymbolBook::put_aside(const TradeId& entry, Aside aside) {
  if (!follows_exchange_) return;
  aside_in_[aside.symbol].insert(entry);
  aside_.insert_or_assign(entry, std::move(aside));
}

// What enlarges a position has no stop of its own, and takes no room.
std::optional<SymbolStanding> SymbolBook::set_aside(const Instrument& instrument,
                                                    const Trade& entry) {
  const std::size_t legs = legs_of_entry(entry.stop_client_id, entry.take_profit_client_id);
  const bool is_addition = entry.stop_client_id.empty();
  const std::lock_guard guard(lock_);
  SymbolStanding now = seen(entry.symbol);
  if (is_addition ? obstacle_to_addition(now) : obstacle_to(now, instrument, entry.side, legs))
    return now;
  if (!is_addition) put_aside(entry.id, {entry.symbol, entry.direction, legs});
  return std::nullopt;
}

void SymbolBook::restore(const Symbol& symbol, const PendingTrade& entry) {
  if (entry.direction == Direction::kClose || entry.stop_client_id.empty()) return;
  const std::lock_guard guard(lock_);
  put_aside(entry.id, {symbol, entry.direction,
                       legs_of_entry(entry.stop_client_id, entry.take_profit_client_id)});
}

void SymbolBook::end(const TradeId& entry) {
  const std::lock_guard guard(lock_);
  const auto found = aside_.find(entry);
  if (found == aside_.end()) return;
  const auto entries = aside_in_.find(found->second.symbol);
  entries->second.erase(entry);
  if (entries->second.empty()) aside_in_.erase(entries);
  aside_.erase(found);
}

}  // namespace botbox::actors
