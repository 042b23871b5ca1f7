#include "exchange/venue/venue_desk.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {

VenueDesk::VenueDesk(VenueApi& api, VenueExchangeSettings settings)
    : api_(&api),
      features_(api.features()),
      settings_(settings),
      book_({.can_amend = side_of(api, true).features().amend,
             .pair_needed = features_.bracket_needed,
             .ids_reusable = features_.client_id_reusable}),
      polls_by_symbol_(!features_.account_wide_open_orders) {}

void VenueDesk::post(std::function<void(VenueDesk&)> task) {
  strand_.post([self = shared_from_this(), task = std::move(task)] {
    task(*self);
    self->tell_standing();
  });
}

void VenueDesk::connect(ExchangeLink link) {
  link_ = std::move(link);
  learn_time();
  ask_adopted();
  pump();
}

void VenueDesk::tell(std::string_view kind, std::string text) {
  if (link_.on_event) link_.on_event(kind, std::move(text));
}

void VenueDesk::with_permit(const AcquirePermit& acquire, VenueCall kind, std::uint32_t size,
                            std::function<void(const Result<Permit>&)> then,
                            PermitPriority priority) {
  if (api_ == nullptr) return then(fail(ErrorCode::kUnavailable, "the exchange is being closed"));
  if (!acquire) return then(fail(ErrorCode::kRateLimited, "no gateway gives permits"));
  PermitRequest request = api_->cost(kind, size);
  request.priority = priority;
  acquire(request, on_strand<Permit>(std::move(then)));
}

VenueApi& VenueDesk::side_of(VenueApi& api, bool conditional) const {
  VenueApi* apart = conditional ? api.conditional_orders() : nullptr;
  return apart == nullptr ? api : *apart;
}

// -- what is known

TrackedOrder* VenueDesk::find(const ClientOrderId& id) {
  const auto found = orders_.find(id);
  return found == orders_.end() ? nullptr : &found->second;
}

TrackedOrder& VenueDesk::track(const ClientOrderId& id, const Symbol& symbol, OrderSide side) {
  TrackedOrder& order = orders_[id];
  if (!order.id.empty()) return order;
  order.id = id;
  order.latest.client_id = id;
  order.latest.symbol = symbol;
  order.latest.side = side;
  if (const auto owner = book_.owner_of(id)) {
    order.role = owner->leg;
    join(order, owner->parent);
  } else if (book_.knows(id)) {
    order.parent = id;
  } else if (const auto parent = book_.parent_of_addition(id)) {
    join(order, *parent);
  }
  return order;
}

void VenueDesk::join(TrackedOrder& order, const ClientOrderId& parent) {
  order.parent = parent;
  family_[parent].insert(order.id);
}

void VenueDesk::forget(const ClientOrderId& id) {
  in_doubt_.erase(id);
  lost_.erase(id);
  adopted_.erase(id);
  noted_.erase(id);
  beyond_asked_.erase(id);
  if (orders_.erase(id) > 0) book_.drop(id);
}

const Instrument& VenueDesk::instrument(const Symbol& symbol) const {
  const auto found = instruments_.find(symbol);
  if (found != instruments_.end()) return found->second;
  // Not read yet, or listed no more. Its coins are known all the same: fees are told in them.
  Instrument& made = unlisted_[symbol];
  if (const auto parts = parse_symbol(symbol.value); parts && made.symbol.empty()) {
    made.symbol = symbol;
    made.base = parts->base;
    made.quote = parts->quote;
    made.market = parts->market;
  }
  return made;
}

void VenueDesk::adopt(const OpenBracket& bracket) {
  book_.adopt(bracket, instrument(bracket.symbol).lot);
  adopt_entry(bracket, bracket.parent, bracket.entered, bracket.entry_is_final);
  for (const OpenAddition& addition : bracket.additions) {
    adopt_entry(bracket, addition.id, addition.filled, addition.is_final);
    // What it has bought is not in the stop yet: the next poll asks, and not only the engine.
    if (in_doubt_.contains(addition.id)) lost_.insert(addition.id);
  }
  for (const OpenClose& close : bracket.closes) adopt_close(bracket, close);
  recall_booked(bracket);
}

// What is on record is repeated in its places; what the venue kept of it as a fee is known then.
void VenueDesk::recall_booked(const OpenBracket& bracket) {
  std::map<ClientOrderId, std::vector<VenueExecution>> by_order;
  for (const Fill& fill : bracket.booked)
    by_order[fill.client_id].push_back(execution_of(fill, instrument(bracket.symbol)));
  for (auto& [id, booked] : by_order) {
    const auto owner = book_.owner_of(id);
    // A close that is over, or a reduction by somebody else: nobody will tell of it again.
    if (!owner && find(id) == nullptr) continue;
    TrackedOrder& order = track(id, bracket.symbol, booked.front().side);
    recall_executions(order, std::move(booked));
    if (owner) book_.on_leg_executions(id, executed(order, {}));
    if (adopted_.contains(id))
      book_.on_entry(id, order.latest.filled, fees_in_base(order, instrument(bracket.symbol)),
                     false);
  }
  recall_funding(bracket);
}

void VenueDesk::adopt_entry(const OpenBracket& bracket, const ClientOrderId& id, Quantity filled,
                            bool is_over) {
  TrackedOrder& entry = track(id, bracket.symbol, bracket.entry_side);
  entry.is_known = !filled.is_zero();
  entry.latest.filled = entry.recorded = filled;
  entry.latest.status = is_over ? OrderStatus::kFilled : OrderStatus::kPartiallyFilled;
  // Perhaps it never arrived; then it may be sent.
  if (!entry.is_known && !is_over) in_doubt_.insert(id);
  // The fee of a purchase may have been taken out of the coins; records tell it in quote currency.
  if (features_.market != MarketType::kSpot || bracket.entry_side != OrderSide::kBuy) return;
  if (!entry.is_known) return;
  book_.doubt_entry(id);
  adopted_[id] = false;
}

// The close may have sold what the legs would sell again: as after a lost reply, they stand only
// when it is known. One with fills on record has arrived, whatever is not found of it for a moment:
// it is never sent again.
void VenueDesk::adopt_close(const OpenBracket& bracket, const OpenClose& close) {
  closes_[close.id] = bracket.parent;
  if (features_.market == MarketType::kSpot) book_.hold(bracket.parent);
  TrackedOrder& order = track(close.id, bracket.symbol, opposite(bracket.entry_side));
  order.role = OrderLeg::kClose;
  join(order, bracket.parent);
  order.latest.filled = order.recorded = close.filled;
  order.is_known = !close.filled.is_zero();
  if (order.is_known) {
    order.latest.status = OrderStatus::kPartiallyFilled;
    return;
  }
  in_doubt_.insert(close.id);
  lost_.insert(close.id);
}

// As after a restart in which it was under way. It is asked for next, and only when it is there its
// legs are looked for, and placed where none stand.
void VenueDesk::note_repeat(const OrderRequest& order) {
  const ClientOrderId& id = order.client_id;
  if (orders_.contains(id) || book_.owner_of(id)) return;
  OpenBracket bracket;
  bracket.symbol = order.symbol;
  bracket.entry_side = order.side;
  if (order.effect == OrderEffect::kMayOpen) {
    bracket.parent = id;
    bracket.group = order.group;
    bracket.stop_loss = order.stop_loss;
    bracket.take_profit = order.take_profit;
    book_.adopt_unheard(bracket, instrument(bracket.symbol).lot);
    return adopt_entry(bracket, id, {}, false);
  }
  const auto parent = book_.parent_of_group(order.group);
  if (!parent) return;
  bracket.parent = *parent;
  if (order.effect == OrderEffect::kEnlargeOnly) {
    book_.enlarge(*parent, id);
    adopt_entry(bracket, id, {}, false);
    lost_.insert(id);
    return;
  }
  bracket.entry_side = opposite(order.side);
  adopt_close(bracket, {id, {}});
}

void VenueDesk::take_up(const std::vector<VenueOrder>& open) {
  constexpr std::size_t kLookedUpMax = 4'096;
  if (!find_bracket_) return;
  if (looked_up_.size() > kLookedUpMax) looked_up_.clear();
  bool is_one_ours = false;
  for (const VenueOrder& order : open) {
    const ClientOrderId& id = order.client_id;
    if (is_final(order.status) || orders_.contains(id) || book_.owner_of(id)) continue;
    if (!looked_up_.insert(id).second) continue;
    const std::optional<OpenBracket> bracket = find_bracket_(id);
    if (!bracket || book_.knows(bracket->parent)) continue;
    adopt(*bracket);
    tell("bracket.left_over", fmt::format("{} of {} stands, its position is closed: cancelling",
                                          id.value, order.symbol.value));
    is_one_ours = true;
  }
  if (!is_one_ours) return;
  ask_adopted();
  pump();
}

// -- settling

void VenueDesk::settle(const VenueOrder& order, const Then& then) {
  const auto owner = book_.owner_of(order.client_id);
  const ClientOrderId id = owner ? owner->leg_id : order.client_id;
  TrackedOrder& tracked = track(id, order.symbol, order.side);
  if (told_by_venue(tracked, order.order_id) >= order.filled) {
    note(order);
    return then();
  }
  const ExecutionQuery query = executions_of(tracked, order);
  send_own<std::vector<VenueExecution>>(
      VenueCall::kExecutions, query.limit,
      [query](VenueApi& api, const Permit& permit, auto reply) {
        api.executions(permit, query, reply);
      },
      [this, id, order, then](const Result<std::vector<VenueExecution>>& executions) {
        // Without them the position is protected all the same, and they are asked for again.
        if (TrackedOrder* known = find(id); known != nullptr && executions) {
          tell_changed(*known, *executions);
          tell_odd_fees(*known, *executions);
          expect_funding(*known, *executions);
          const bool is_news = merge_executions(*known, *executions);
          known->vain_answers = is_news ? 0 : known->vain_answers + 1;
          known->answered_in = polls_;
          rely_on_records(*known, order.order_id);
        }
        note(order);
        const TrackedOrder* known = find(id);
        if (known != nullptr && !known->unfunded.empty()) fund(known->parent);
        then();
      });
}

// By time as well where the venue may not reach back so far by order: what was filled while nobody
// looked for a week would never be told. Not at every poll: what it has forgotten is not found by
// the next one either, and executions of what has just been filled come by order a moment later.
ExecutionQuery VenueDesk::executions_of(TrackedOrder& tracked, const VenueOrder& order) const {
  constexpr Duration kComesLate{60'000};
  constexpr Duration kSearchEvery{600'000};
  ExecutionQuery query{.symbol = order.symbol, .order_id = order.order_id};
  const Duration reach = features_.executions_by_order;
  if (reach == Duration{0} || order.created_at.is_never()) return query;
  if (order.created_at + reach > newest_ || order.updated_at + kComesLate > newest_) return query;
  if (newest_ < tracked.searched_at + kSearchEvery) return query;
  tracked.searched_at = newest_;
  query.from = order.created_at;
  query.filled = order.filled;
  return query;
}

void VenueDesk::tell_changed(const TrackedOrder& order,
                             const std::vector<VenueExecution>& executions) {
  for (const VenueExecution& told : executions) {
    const auto known = std::ranges::find(order.executions, told.id, &VenueExecution::id);
    if (known == order.executions.end() || !tells_otherwise(*known, told, instrument(told.symbol)))
      continue;
    tell("fill.differs",
         fmt::format(
             "execution {} of {} was known as {} at {}, fee {} {}; the venue says {} at {}, "
             "fee {} {}",
             told.id.value, order.id.value, to_string(known->quantity), to_string(known->price),
             to_string(known->fee), known->fee_asset.value, to_string(told.quantity),
             to_string(told.price), to_string(told.fee), told.fee_asset.value));
  }
}

void VenueDesk::tell_odd_fees(const TrackedOrder& order,
                              const std::vector<VenueExecution>& executions) {
  for (const VenueExecution& execution : executions) {
    if (fee_in_quote(execution, instrument(execution.symbol))) continue;
    const bool told =
        std::any_of(order.executions.begin(), order.executions.end(),
                    [&](const VenueExecution& known) { return known.id == execution.id; });
    if (told) continue;
    tell("fee.other_asset",
         fmt::format("execution {} of {} cost {} {}, which its fill does not show",
                     execution.id.value, order.id.value, to_string(execution.fee),
                     execution.fee_asset.value));
  }
}

void VenueDesk::note(const VenueOrder& order) {
  const auto owner = book_.owner_of(order.client_id);
  const ClientOrderId id = owner ? owner->leg_id : order.client_id;
  TrackedOrder* tracked = find(id);
  if (tracked == nullptr) return;
  in_doubt_.erase(id);
  lost_.erase(id);
  tracked->is_known = true;
  if (!tracked->parent.empty()) noted_.insert(tracked->parent);
  // Only its executions were still to come; another order stands in its place, and is watched. Or
  // the answer to a later question came first: what is over does not open again.
  const VenueOrder& latest = tracked->latest;
  const bool is_of_latest = order.order_id == latest.order_id;
  const bool is_overtaken =
      is_of_latest && !order.order_id.empty() &&
      (order.filled < latest.filled || (is_final(latest.status) && !is_final(order.status)));
  const bool is_past = is_overtaken || book_.is_past(order.client_id) ||
                       (!is_of_latest && tracked->short_of.contains(order.order_id));
  if (owner) {
    if (!is_overtaken) note_shortage(*tracked, order);
    book_.on_leg_executions(id, executed(*tracked, {}));
  }
  if (is_past) return;
  tracked->latest = order;
  if (owner) {
    book_.on_leg(order.client_id, order.status, order.quantity, order.filled, order.trigger);
  } else if (book_.knows(id) || book_.parent_of_addition(id)) {
    const bool is_spot = features_.market == MarketType::kSpot;
    const Quantity kept = is_spot && order.side == OrderSide::kBuy
                              ? fees_in_base(*tracked, instrument(order.symbol))
                              : Quantity{};
    book_.on_entry(id, order.filled, kept, is_final(order.status));
  } else if (!tracked->parent.empty()) {
    book_.on_exit(tracked->parent, id, order.filled);
  }
  release_after(id);
}

// -- publishing

// A leg may be several orders of the venue, one after another; to the engine it is one.
OrderReport VenueDesk::report(const TrackedOrder& order) const {
  OrderReport made = report_of(order, instrument(order.latest.symbol));
  const BracketBook::Leg* leg = order.is_leg() ? book_.leg(order.id) : nullptr;
  if (leg == nullptr) return made;
  const Quantity open = book_.open_quantity(order.parent);
  const bool is_complete = order.short_of.empty() && order.unfunded.empty();
  const bool stands = leg->state != BracketBook::Leg::State::kAbsent || !open.is_zero();
  made.quantity = executed(order, {}) + (stands ? open : Quantity{});
  if (stands || !is_complete)
    made.status = made.filled.is_zero() ? OrderStatus::kNew : OrderStatus::kPartiallyFilled;
  else if (order.latest.status != OrderStatus::kFilled)
    made.status = OrderStatus::kCancelled;
  return made;
}

void VenueDesk::publish(const ClientOrderId& id) {
  TrackedOrder* order = find(id);
  if (order == nullptr || !order->is_known) return;
  OrderReport made = report(*order);
  if (order->changed != 0 && made == order->published) return;
  order->published = std::move(made);
  order->told = order->published.fills.size();
  order->changed = ++changes_;
}

bool VenueDesk::lacks_entries(const ClientOrderId& parent) {
  if (book_.is_overdrawn(parent)) return true;
  const auto lacks = [this](const ClientOrderId& id) {
    const TrackedOrder* order = find(id);
    return order != nullptr && (lacks_executions(*order) || !order->unfunded.empty());
  };
  return lacks(parent) || std::ranges::any_of(family_[parent], [&](const ClientOrderId& id) {
           return book_.parent_of_addition(id).has_value() && lacks(id);
         });
}

// Legs that only stand come before their entries, so that whoever hears of a fill hears that it is
// protected; legs with fills come after them, so that nobody hears of an exit before its entry. An
// exit whose entry is not told yet waits for a later poll.
void VenueDesk::publish_bracket(const ClientOrderId& parent) {
  noted_.erase(parent);
  // Who hears of a close may want to enter next.
  tell_standing();
  std::vector<ClientOrderId> standing;
  std::vector<ClientOrderId> additions;
  std::vector<ClientOrderId> others;
  for (const ClientOrderId& id : family_[parent]) {
    const TrackedOrder* order = find(id);
    if (order == nullptr) continue;
    (book_.parent_of_addition(id)                   ? additions
     : order->is_leg() && order->executions.empty() ? standing
                                                    : others)
        .push_back(id);
  }
  for (const ClientOrderId& id : standing) publish(id);
  publish(parent);
  for (const ClientOrderId& id : additions) publish(id);
  if (!others.empty() && lacks_entries(parent)) {
    noted_.insert(parent);
    return;
  }
  for (const ClientOrderId& id : others) publish(id);
}

}  // namespace botbox::exchange
