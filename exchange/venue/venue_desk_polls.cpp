// What changed at the venue since the last look, its clock, and what needs no state.
#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "exchange/venue/venue_desk.hpp"
#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {
namespace {

constexpr std::size_t kOrdersKept = 2'000;

// What it tells takes something from a position.
bool is_exit(const TrackedOrder& order) {
  return order.role == OrderLeg::kClose || (order.is_leg() && !order.published.fills.empty());
}

}  // namespace

void VenueDesk::instruments(const Permit& permit, const Reply<std::vector<Instrument>>& reply) {
  send<std::vector<Instrument>>(
      [&](VenueApi& api, auto answer) { api.instruments(permit, answer); },
      [this, reply](const Result<std::vector<Instrument>>& list) {
        if (list) on_instruments(*list);
        reply(list);
      });
}

void VenueDesk::on_instruments(const std::vector<Instrument>& list) {
  std::map<Symbol, Instrument> fresh;
  for (const Instrument& each : list) fresh.emplace(each.symbol, each);
  for (const auto& [symbol, known] : instruments_) {
    const auto now = fresh.find(symbol);
    if (now == fresh.end()) {
      tell("instrument.gone", fmt::format("{} does not trade any more", symbol.value));
    } else if (now->second != known) {
      tell("instrument.changed",
           fmt::format("{}: {}", symbol.value, describe_change(known, now->second)));
    }
  }
  instruments_ = std::move(fresh);
  for (const auto& [symbol, now] : instruments_) book_.learn_lot(symbol, now.lot);
  ask_adopted();
  pump();
}

void VenueDesk::candles(const Permit& permit, const CandleQuery& query,
                        const Reply<std::vector<Candle>>& reply) {
  CandleQuery clipped = query;
  clipped.limit = std::min(query.limit, features_.candles_max);
  send<std::vector<Candle>>(
      [&](VenueApi& api, auto answer) { api.candles(permit, clipped, answer); }, reply);
}

void VenueDesk::balances(const Permit& permit, const Reply<std::vector<Balance>>& reply) {
  send<std::vector<Balance>>([&](VenueApi& api, auto answer) { api.balances(permit, answer); },
                             reply);
}

void VenueDesk::learn_time() {
  send_own<Timestamp>(
      VenueCall::kServerTime, 0,
      [](VenueApi& api, const Permit& permit, auto reply) { api.server_time(permit, reply); },
      [this](const Result<Timestamp>& time) {
        if (!time || api_ == nullptr) return;
        newest_ = std::max(newest_, *time);
        const Duration offset = api_->clock_offset();
        const auto apart = static_cast<double>(abs(offset).count());
        const AlertChange change = clock_level_.update(apart, *time);
        if (change == AlertChange::kNone) return;
        tell(change == AlertChange::kRaised ? "clock.offset" : "clock.normal",
             fmt::format("the clock of {} is {} ms {} ours", api_->name(), abs(offset).count(),
                         offset < Duration{0} ? "behind" : "ahead of"));
      });
}

// -- updates

void VenueDesk::updates(const Permit& permit, std::uint64_t cursor,
                        const Reply<OrderUpdates>& reply) {
  if (++polls_ % settings_.polls_per_time == 0) learn_time();
  prune(cursor);
  book_.tick();
  ask_adopted();
  pump();
  const bool is_watching =
      !lost_.empty() || !noted_.empty() || !unfunded_.empty() ||
      std::any_of(orders_.begin(), orders_.end(), [](const auto& o) {
        return o.second.is_open() || !o.second.short_of.empty() ||
               (o.second.is_known && !o.second.is_leg() && lacks_executions(o.second));
      });
  const auto answer = [this, cursor, reply] {
    choose_poll();
    tell_standing();
    reply(changes_since(cursor));
  };
  if (!is_watching) {
    count_others({});
    return answer();
  }
  learn_funding_times();
  auto poll = std::make_shared<Poll>();
  list_open(permit, poll, [poll, reply, answer, this] {
    if (poll->failure) return reply(tl::unexpected<Error>(*poll->failure));
    compare(poll, answer);
  });
}

std::set<Symbol> VenueDesk::watched() const {
  std::set<Symbol> symbols;
  for (const auto& [id, order] : orders_)
    if (order.is_open()) symbols.insert(order.latest.symbol);
  return symbols;
}

// Only between two polls: what the next one costs is asked for before it begins.
void VenueDesk::choose_poll() {
  if (!features_.account_wide_open_orders || api_ == nullptr) return;
  const auto symbols = static_cast<std::int64_t>(watched().size());
  polls_by_symbol_ = symbols * api_->cost(VenueCall::kOpenOrders, 1).weight <=
                     api_->cost(VenueCall::kOpenOrders, 0).weight;
}

// The permit of the call pays for the first list, our own for the others.
void VenueDesk::list_open(const Permit& permit, const std::shared_ptr<Poll>& poll,
                          const Then& then) {
  const std::set<Symbol> symbols = polls_by_symbol_ ? watched() : std::set{Symbol{}};
  const bool is_apart = api_ != nullptr && api_->conditional_orders() != nullptr;
  const auto all_listed = std::make_shared<Barrier>(*this, then);
  const auto collect = [poll, all_listed](const Result<std::vector<VenueOrder>>& list) {
    if (!list) {
      poll->failure = list.error();
      return;
    }
    poll->open.insert(poll->open.end(), list->begin(), list->end());
  };
  bool is_first = true;
  for (const Symbol& symbol : symbols) {
    for (const bool conditional : {false, true}) {
      if (conditional && !is_apart) continue;
      const auto call = [this, symbol, conditional](VenueApi& api, const Permit& spent,
                                                    auto answer) {
        side_of(api, conditional).open_orders(spent, symbol, answer);
      };
      if (std::exchange(is_first, false))
        send<std::vector<VenueOrder>>(
            [&](VenueApi& api, auto answer) { call(api, permit, answer); }, collect);
      else
        send_further<std::vector<VenueOrder>>(VenueCall::kOpenOrders, symbol.empty() ? 0 : 1, call,
                                              collect);
    }
  }
}

// What has waited longest is asked for first. In the order of their ids, the last would never have
// their turn where more happens than there are permits for.
void VenueDesk::put_in_turn(std::vector<Changed>& changed) {
  std::map<ClientOrderId, std::uint64_t> since;
  for (const auto& [id, word] : changed) {
    const auto known = unsettled_.find(id);
    since.emplace(id, known == unsettled_.end() ? polls_ : known->second);
  }
  unsettled_ = std::move(since);
  std::ranges::stable_sort(changed, {},
                           [this](const Changed& each) { return unsettled_.at(each.first); });
}

// Executions that come late come within seconds. Others the venue has forgotten: asked for at every
// poll they would cost as much as what is traded now.
bool VenueDesk::asks_for_late(const TrackedOrder& order) const {
  constexpr std::uint32_t kAtOnce = 60;
  return order.vain_answers < kAtOnce || polls_ >= order.answered_in + kAtOnce;
}

void VenueDesk::cancel_left_over(const VenueOrder& order) {
  if (own_orders_ == OwnOrders::kHeld) return;
  send_own<VenueOrder>(
      VenueCall::kCancel, 0,
      [this, order](VenueApi& api, const Permit& permit, auto reply) {
        side_of(api, true).cancel(permit, order.symbol, order.client_id, reply);
      },
      [this, order](const Result<VenueOrder>& cancelled) {
        if (!cancelled) return;  // over by now, or seen again by the next poll
        tell("bracket.left_over", fmt::format("{} of {} stood beside its successor: cancelled",
                                              order.client_id.value, order.symbol.value));
        if (is_final(cancelled->status)) settle(*cancelled, [] {});
      });
}

// Of a symbol that nobody looks at nothing is remembered: it may have gone meanwhile.
void VenueDesk::count_others(const std::vector<VenueOrder>& open) {
  for (const auto& [symbol, before] : std::exchange(others_, {})) others_changed_.insert(symbol);
  for (const VenueOrder& order : open) {
    if (book_.owner_of(order.client_id) || orders_.contains(order.client_id)) continue;
    OrderCount& count = others_[order.symbol];
    others_changed_.insert(order.symbol);
    ++(order.trigger.is_zero() ? count.plain : count.conditional);
  }
}

void VenueDesk::compare(const std::shared_ptr<Poll>& poll, const Then& then) {
  std::map<ClientOrderId, VenueOrder> open;
  take_up(poll->open);
  count_others(poll->open);
  for (const VenueOrder& order : poll->open) {
    if (book_.is_past(order.client_id)) {
      cancel_left_over(order);
      continue;
    }
    watch_for_beyond(order);
    const auto owner = book_.owner_of(order.client_id);
    open.insert_or_assign(owner ? owner->leg_id : order.client_id, order);
  }
  std::vector<Changed> changed;
  for (const auto& [id, order] : orders_) {
    const bool asks_late = asks_for_late(order);
    for (const auto& [incarnation, word] : order.short_of)
      if (asks_late && (!order.is_open() || incarnation != order.latest.order_id))
        changed.emplace_back(id, word);
    if (!order.is_open() && (order.is_leg() || !asks_late)) continue;
    // Executions that came late are asked for here as well.
    const bool is_short = lacks_executions(order);
    if (!order.is_open() && !(order.is_known && is_short)) continue;
    const auto now = open.find(id);
    // One that was given up is there after all: a word that the book has not heard.
    const BracketBook::Leg* leg = book_.leg(id);
    const bool is_back = leg != nullptr && leg->is_lost;
    if (now == open.end()) {
      // Of one that is over only the executions are asked for. Where more orders end at once than
      // there are permits in a moment, questions about all of them would leave no room for a single
      // one's executions, at every poll anew.
      const bool is_asked = order.is_open() || order.latest.order_id.empty();
      changed.emplace_back(id, is_asked ? std::nullopt : std::optional(order.latest));
    } else if (is_short || is_back || now->second.status != order.latest.status ||
               now->second.filled != order.latest.filled ||
               now->second.quantity != order.latest.quantity ||
               now->second.trigger != order.latest.trigger) {
      changed.emplace_back(id, now->second);
    }
  }
  poll->parents.merge(std::exchange(noted_, {}));
  // What became of an order whose reply was lost decides whether a position is without a stop.
  for (const ClientOrderId& id : lost_) changed.emplace_back(id, std::nullopt);
  put_in_turn(changed);
  const auto settled = std::make_shared<Barrier>(*this, [this, poll, then] {
    pump();
    const auto quiet = std::make_shared<Barrier>(*this, [this, poll, then] {
      for (const ClientOrderId& parent : poll->parents) publish_bracket(parent);
      then();
    });
    for (const ClientOrderId& parent : poll->parents) {
      // A close waits for room. Were it waited for, no stop of any position would have its next
      // try before.
      if (!book_.is_held(parent)) when_quiet(parent, [quiet] {});
      when_asked(parent, [quiet] {});
    }
  });
  for (const auto& [parent, waits] : unfunded_) poll->parents.insert(parent);
  fund_due();
  for (const auto& [id, order] : changed) {
    const TrackedOrder& tracked = orders_.at(id);
    poll->parents.insert(tracked.parent.empty() ? id : tracked.parent);
    if (order) {
      settle(*order, [settled] {});
      continue;
    }
    ask_what_became(id, tracked.latest.symbol, settled);
  }
}

void VenueDesk::ask_what_became(const ClientOrderId& id, const Symbol& symbol,
                                const std::shared_ptr<Barrier>& settled) {
  const BracketBook::Leg* leg = book_.leg(id);
  const ClientOrderId asked = leg != nullptr ? book_.venue_id(*leg) : id;
  send_own<std::optional<VenueOrder>>(
      VenueCall::kOrder, 0,
      [this, asked, is_leg = leg != nullptr, symbol](VenueApi& api, const Permit& permit,
                                                     auto reply) {
        side_of(api, is_leg).order(permit, symbol, asked, reply);
      },
      [this, id, asked, sending = sending_of(id),
       settled](const Result<std::optional<VenueOrder>>& word) {
        if (!word) return;  // the next poll asks again
        if (word->has_value()) return settle(**word, [settled] {});
        if (sending_of(id) != sending) return;  // the same
        if (book_.leg(asked) != nullptr) return book_.on_leg_missing(asked);
        // A close that is not there gives the coins back to its position's stop. Should it
        // arrive after all, the venue refuses it; the engine asks for it, and sends it anew.
        const auto close = closes_.find(asked);
        if (close != closes_.end() && lost_.contains(asked)) return let_go(close);
        note_not_there(asked);
      });
}

void VenueDesk::note_not_there(const ClientOrderId& id) {
  constexpr int kPollsMax = 60;
  TrackedOrder* order = find(id);
  if (order == nullptr || !order->is_open() || !order->latest.order_id.empty()) return;
  if (++order->not_there < kPollsMax) return;
  tell("order.forgotten",
       fmt::format("{} of {}: the venue does not know it any more, {} of it are on record",
                   id.value, order->latest.symbol.value, to_string(order->latest.filled)));
  VenueOrder over = order->latest;
  over.status = OrderStatus::kCancelled;
  note(over);
}

void VenueDesk::prune(std::uint64_t cursor) {
  if (orders_.size() <= kOrdersKept) return;
  const auto is_over = [&](const ClientOrderId& id) {
    const TrackedOrder* order = find(id);
    // Of a leg that the venue does not know any more our records may be all there is.
    if (order != nullptr && !order->is_known && order->is_leg()) return true;
    return order == nullptr ||
           (order->is_known && !order->is_open() && order->changed <= cursor &&
            order->short_of.empty() && order->unfunded.empty() && !lacks_executions(*order));
  };
  std::vector<ClientOrderId> over;
  for (const auto& [id, order] : orders_) {
    if (!order.parent.empty() && order.parent != id) continue;  // goes with its parent
    const auto family = family_.find(id);
    const bool all_over = is_over(id) && book_.is_done(id) &&
                          (family == family_.end() ||
                           std::all_of(family->second.begin(), family->second.end(), is_over));
    if (all_over) over.push_back(id);
  }
  // Of positions that were adopted: their entry is no order.
  for (const auto& [parent, members] : family_)
    if (!orders_.contains(parent) && book_.is_done(parent) &&
        std::all_of(members.begin(), members.end(), is_over))
      over.push_back(parent);
  for (const ClientOrderId& id : over) {
    for (const ClientOrderId& member : family_[id]) forget(member);  // nobody asks for them later
    family_.erase(id);
    forget(id);
    book_.drop(id);
  }
}

// In the order of the changes, but an exit never before what has changed of its position's entries:
// of several changes of an order only the last is told, and that may have come after the exit.
OrderUpdates VenueDesk::changes_since(std::uint64_t cursor) const {
  std::map<ClientOrderId, std::uint64_t> entered;  // by parent
  for (const auto& [id, order] : orders_)
    if (order.changed > cursor && !is_exit(order)) {
      std::uint64_t& newest = entered[order.parent.empty() ? id : order.parent];
      newest = std::max(newest, order.changed);
    }
  struct Change {
    std::uint64_t at = 0;
    bool is_exit = false;
    const TrackedOrder* order = nullptr;
  };
  std::vector<Change> changes;
  for (const auto& [id, order] : orders_) {
    if (order.changed <= cursor) continue;
    const auto entry = entered.find(order.parent);
    const bool waits = is_exit(order) && entry != entered.end();
    changes.push_back(
        {waits ? std::max(order.changed, entry->second) : order.changed, is_exit(order), &order});
  }
  std::ranges::sort(changes, {}, [](const Change& change) {
    return std::tuple(change.at, change.is_exit, change.order->changed);
  });
  OrderUpdates updates;
  updates.next_cursor = changes_;
  for (const Change& change : changes) updates.reports.push_back(change.order->published);
  return updates;
}

}  // namespace botbox::exchange
