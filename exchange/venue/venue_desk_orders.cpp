// Placing, asking and cancelling on behalf of the engine.
#include <fmt/format.h>

#include <algorithm>

#include "exchange/venue/venue_desk.hpp"
#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {
namespace {

bool is_definite(ErrorCode code) {
  return code == ErrorCode::kRejected || code == ErrorCode::kNothingOpen ||
         code == ErrorCode::kTriggerPassed || code == ErrorCode::kRateLimited ||
         code == ErrorCode::kUnavailable || code == ErrorCode::kInvalidInput ||
         code == ErrorCode::kOverloaded;
}

// The port knows no kInvalidInput for an order, and none that waits for a trigger: what cannot be
// ordered is rejected.
Error order_error(Error error) {
  const bool is_plain_no =
      error.code == ErrorCode::kInvalidInput || error.code == ErrorCode::kTriggerPassed;
  if (is_plain_no) error.code = ErrorCode::kRejected;
  if (error.code == ErrorCode::kOverloaded) error.code = ErrorCode::kUnavailable;
  if (error.code == ErrorCode::kTimeout || error.code == ErrorCode::kIo)
    error.code = ErrorCode::kOutcomeUnknown;
  return error;
}

// Nothing is kept of an order of somebody else.
OrderReport strangers_report(const ClientOrderId& id, const VenueOrder& order) {
  OrderReport report;
  report.client_id = id;
  report.order_id = order.order_id;
  report.symbol = order.symbol;
  report.status = order.status;
  return report;
}

}  // namespace

// -- place

void VenueDesk::place(const Permit& permit, const OrderRequest& order,
                      const Reply<OrderReport>& reply) {
  const bool is_taken = book_.owner_of(order.client_id).has_value() ||
                        unsent_.contains(order.client_id) ||
                        (orders_.contains(order.client_id) && !in_doubt_.contains(order.client_id));
  if (is_taken)
    return reply(
        fail(ErrorCode::kAlreadyExists, "that client order id is taken", {}, "ask for the order"));
  if (order.effect == OrderEffect::kEnlargeOnly) return enlarge(permit, order, reply);
  const auto parent =
      order.effect == OrderEffect::kReduceOnly ? book_.parent_of_group(order.group) : std::nullopt;
  if (!parent) {
    if (order.effect == OrderEffect::kMayOpen) return enter(permit, order, reply);
    return send_order(permit, order, reply);
  }
  place_close(permit, order, *parent, reply);
}

// The legs are gone from the venue before the close arrives there: they lock what it sells. Its
// permit is good for a moment only, and they may take longer: then it is spent without a request,
// and another one is asked for.
void VenueDesk::place_close(const Permit& permit, const OrderRequest& order,
                            const ClientOrderId& parent, const Reply<OrderReport>& reply) {
  closes_[order.client_id] = parent;
  unsent_.insert(order.client_id);
  if (features_.market == MarketType::kSpot) book_.hold(parent);
  const bool has_to_wait = book_.is_busy(parent);
  if (has_to_wait && !permit.consume())
    return give_up_close(order.client_id, {ErrorCode::kRateLimited, "the permit is used up"},
                         reply);
  ask_first(parent);
  pump();
  when_quiet(parent, [this, usable = has_to_wait ? std::nullopt : std::optional(permit), order,
                      parent, reply] { send_close(usable, order, parent, reply); });
}

void VenueDesk::send_close(const std::optional<Permit>& permit, const OrderRequest& order,
                           const ClientOrderId& parent, const Reply<OrderReport>& reply) {
  const Result<OrderRequest> clipped = clipped_close(order, parent);
  if (!clipped) return give_up_close(order.client_id, clipped.error(), reply);
  if (permit) {
    unsent_.erase(order.client_id);
    return send_order(*permit, *clipped, reply);
  }
  with_permit(link_.acquire_further, VenueCall::kPlace, 0,
              [this, order, parent, reply](const Result<Permit>& fresh) {
                if (!fresh) return give_up_close(order.client_id, fresh.error(), reply);
                when_quiet(parent, [this, fresh, order, parent, reply] {
                  send_close(*fresh, order, parent, reply);
                });
              });
}

void VenueDesk::give_up_close(const ClientOrderId& id, Error why, const Reply<OrderReport>& reply) {
  unsent_.erase(id);
  release_after(id);
  reply(tl::unexpected<Error>(order_error(std::move(why))));
}

// What is counted is what may come to stand. Closes, and what enlarges a position, place no leg of
// their own. Bots are refused by their gate for the same; this is the last word, for those that
// want the last room at one moment.
Result<void> VenueDesk::check_way(const OrderRequest& entry) const {
  const std::size_t legs = (entry.stop_loss ? 1U : 0U) + (entry.take_profit ? 1U : 0U);
  const auto obstacle =
      obstacle_to(standing_of(entry.symbol), instrument(entry.symbol), entry.side, legs);
  if (!obstacle) return {};
  return fail(ErrorCode::kNotSent, obstacle->detail, {}, obstacle->fix);
}

SymbolStanding VenueDesk::standing_of(const Symbol& symbol) const {
  SymbolStanding standing = book_.standing_of(symbol);
  if (const auto others = others_.find(symbol); others != others_.end()) {
    standing.orders.conditional += others->second.conditional;
    standing.orders.plain += others->second.plain;
  }
  return standing;
}

void VenueDesk::tell_standing() {
  if (!link_.on_standing) return;
  std::set<Symbol> changed = book_.take_changed();
  changed.merge(std::exchange(others_changed_, {}));
  for (const Symbol& symbol : changed) link_.on_standing(symbol, standing_of(symbol));
}

void VenueDesk::enter(const Permit& permit, const OrderRequest& order,
                      const Reply<OrderReport>& reply) {
  const bool is_new = !book_.knows(order.client_id);
  const Result<void> way = is_new ? check_way(order) : Result<void>{};
  if (!way) return reply(tl::unexpected<Error>(way.error()));
  // One that waits for the terms itself holds nothing yet.
  const auto is_held_on = [&](OrderSide side) {
    const std::optional<ClientOrderId> holder = book_.held_against(order.symbol, side);
    return holder && !unsent_.contains(*holder);
  };
  const bool is_held = is_held_on(OrderSide::kBuy) || is_held_on(OrderSide::kSell);
  if (is_new) book_.open(order, instrument(order.symbol).lot);
  if (!needs_terms(order.symbol, is_held)) return send_order(permit, order, reply);
  if (!permit.consume())
    return give_up_entry(order.client_id, is_new,
                         {ErrorCode::kRateLimited, "the permit is used up"}, reply);
  unsent_.insert(order.client_id);
  enter_on_terms(order, is_new, reply);
}

// Setting them takes longer than a permit is good. The new one is had at once or not at all:
// whether the entry is still wanted is not known here.
void VenueDesk::enter_on_terms(const OrderRequest& order, bool is_new,
                               const Reply<OrderReport>& reply) {
  with_terms(order.symbol, [this, order, is_new, reply](const Result<void>& agreed) {
    if (!agreed) return give_up_entry(order.client_id, is_new, agreed.error(), reply);
    with_permit(
        link_.acquire, VenueCall::kPlace, 0,
        [this, order, is_new, reply](const Result<Permit>& fresh) {
          if (!fresh) return give_up_entry(order.client_id, is_new, fresh.error(), reply);
          unsent_.erase(order.client_id);
          send_order(*fresh, order, reply);
        },
        PermitPriority::kNormal);
  });
}

void VenueDesk::give_up_entry(const ClientOrderId& id, bool is_new, Error why,
                              const Reply<OrderReport>& reply) {
  unsent_.erase(id);
  if (is_new) book_.drop(id);
  reply(tl::unexpected<Error>(std::move(why)));
}

void VenueDesk::enlarge(const Permit& permit, const OrderRequest& order,
                        const Reply<OrderReport>& reply) {
  const Result<ClientOrderId> parent = enlarged_by(order);
  if (!parent) return reply(tl::unexpected<Error>(parent.error()));
  book_.enlarge(*parent, order.client_id);
  send_order(permit, order, reply);
}

Result<ClientOrderId> VenueDesk::enlarged_by(const OrderRequest& order) const {
  if (order.stop_loss || order.take_profit)
    return fail(ErrorCode::kRejected, "the position's stop and target cover what enlarges it");
  const auto parent = book_.parent_of_group(order.group);
  if (!parent || book_.open_quantity(*parent).is_zero() || book_.has_stopped(*parent))
    return fail(ErrorCode::kNothingOpen,
                fmt::format("nothing of {} is open to be enlarged", order.group.value));
  if (order.side == book_.exit_side(*parent))
    return fail(ErrorCode::kRejected, "an enlarge-only order on the side that would reduce");
  for (const auto& [close, of] : closes_)
    if (of == *parent)
      return fail(ErrorCode::kUnavailable, fmt::format("{} is being closed", order.group.value));
  return *parent;
}

Result<OrderRequest> VenueDesk::clipped_close(const OrderRequest& order,
                                              const ClientOrderId& parent) const {
  const Quantity open = book_.open_quantity(parent);
  if (open.is_zero())
    return fail(ErrorCode::kNothingOpen, fmt::format("nothing of {} is open", order.group.value));
  if (order.side != book_.exit_side(parent))
    return fail(ErrorCode::kRejected, "a reduce-only order on the side that would enlarge");
  // A leg is still there, or may be: the close would be refused for coins that it locks.
  if (features_.market == MarketType::kSpot && !book_.is_clear(parent))
    return fail(ErrorCode::kUnavailable, "the position's stop is still in the way");
  OrderRequest clipped = order;
  clipped.quantity = std::min(order.quantity, open);
  return clipped;
}

void VenueDesk::send_order(const Permit& permit, const OrderRequest& order,
                           const Reply<OrderReport>& reply) {
  TrackedOrder& tracked = track(order.client_id, order.symbol, order.side);
  tracked.asked = order.quantity;
  tracked.sending = ++sendings_;
  tracked.is_under_way = true;
  if (const auto close = closes_.find(order.client_id); close != closes_.end()) {
    tracked.role = OrderLeg::kClose;
    join(tracked, close->second);
  }
  in_doubt_.insert(order.client_id);
  lost_.erase(order.client_id);
  VenueOrderRequest request;
  request.client_id = order.client_id;
  request.symbol = order.symbol;
  request.side = order.side;
  request.type = order.type;
  request.quantity = order.quantity;
  request.limit = order.limit;
  request.trigger = order.trigger;
  request.effect = order.effect;
  send<VenueOrder>(
      [&](VenueApi& api, auto answer) { api.place(permit, request, answer); },
      [this, order, reply](const Result<VenueOrder>& placed) { on_placed(order, placed, reply); });
}

void VenueDesk::on_placed(const OrderRequest& order, const Result<VenueOrder>& placed,
                          const Reply<OrderReport>& reply) {
  const ClientOrderId id = order.client_id;
  TrackedOrder* tracked = find(id);
  if (tracked != nullptr) tracked->is_under_way = false;
  if (!placed) {
    if (is_definite(placed.error().code)) {
      forget(id);
      release_after(id);
    } else if (tracked != nullptr) {
      lost_.insert(id);
    }
    return reply(tl::unexpected<Error>(order_error(placed.error())));
  }
  if (tracked == nullptr) return reply(fail(ErrorCode::kOutcomeUnknown, "forgotten meanwhile"));
  in_doubt_.erase(id);
  lost_.erase(id);
  tracked->is_known = true;
  tracked->latest = *placed;
  tracked->latest.client_id = id;
  tracked->latest.symbol = order.symbol;
  tracked->latest.side = order.side;
  if (tracked->latest.quantity.is_zero()) tracked->latest.quantity = order.quantity;
  const Then then = [this, id, reply] { answer_with_report(id, reply); };
  const bool is_acknowledged_only = !is_final(placed->status) && order.type == OrderType::kMarket;
  if (is_acknowledged_only) return follow_up(id, order.symbol, then);
  if (placed->filled.is_zero() && !is_final(placed->status)) return then();
  settle(tracked->latest, then);
}

// A market order is over at once nearly always: asking now, and not at the next poll, protects its
// position a second earlier.
void VenueDesk::follow_up(const ClientOrderId& id, const Symbol& symbol, const Then& then) {
  send_own<std::optional<VenueOrder>>(
      VenueCall::kOrder, 0,
      [id, symbol](VenueApi& api, const Permit& permit, auto reply) {
        api.order(permit, symbol, id, reply);
      },
      [this, then](const Result<std::optional<VenueOrder>>& order) {
        if (!order || !order->has_value()) return then();
        settle(**order, then);
      });
}

void VenueDesk::answer_with_report(const ClientOrderId& id, const Reply<OrderReport>& reply) {
  const TrackedOrder* tracked = find(id);
  if (tracked == nullptr)
    return reply(fail(ErrorCode::kOutcomeUnknown, "the order is not known any more"));
  const ClientOrderId parent = tracked->parent.empty() ? id : tracked->parent;
  pump();
  const Then answer = [this, id, parent, reply] {
    publish_bracket(parent);
    publish(id);
    if (const TrackedOrder* known = find(id); known != nullptr) return reply(known->published);
    reply(fail(ErrorCode::kOutcomeUnknown, "the order is not known any more"));
  };
  when_quiet(parent, [this, parent, answer] { when_asked(parent, answer); });
}

// A close that is over, or was never executed, lets its position's legs stand again.
void VenueDesk::release_after(const ClientOrderId& id) {
  const auto close = closes_.find(id);
  if (close == closes_.end()) return;
  const TrackedOrder* order = find(id);
  if (order != nullptr && (in_doubt_.contains(id) || order->is_open())) return;
  let_go(close);
}

void VenueDesk::let_go(std::map<ClientOrderId, ClientOrderId>::iterator close) {
  const ClientOrderId parent = close->second;
  closes_.erase(close);
  for (const auto& [other, of] : closes_)
    if (of == parent) return;
  book_.release(parent);
  pump();
}

// -- ask

void VenueDesk::ask_order(const Permit& permit, const Symbol& symbol, const ClientOrderId& id,
                          const Reply<std::optional<OrderReport>>& reply) {
  const BracketBook::Leg* leg = book_.leg(id);
  if (leg != nullptr && !orders_.contains(id) && leg->state == BracketBook::Leg::State::kAbsent)
    return reply(std::optional<OrderReport>{});  // its entry has no fill yet
  const ClientOrderId asked = leg != nullptr ? book_.venue_id(*leg) : id;
  const bool conditional = leg != nullptr;
  send<std::optional<VenueOrder>>(
      [&](VenueApi& api, auto answer) {
        side_of(api, conditional).order(permit, symbol, asked, answer);
      },
      [this, id, sending = sending_of(id), reply](const Result<std::optional<VenueOrder>>& order) {
        if (!order) return reply(tl::unexpected<Error>(order.error()));
        on_order_asked(id, sending, *order, reply);
      });
}

std::uint64_t VenueDesk::sending_of(const ClientOrderId& id) const {
  const auto found = orders_.find(id);
  return found == orders_.end() ? 0 : found->second.sending;
}

void VenueDesk::on_order_asked(const ClientOrderId& id, std::uint64_t sending,
                               const std::optional<VenueOrder>& order,
                               const Reply<std::optional<OrderReport>>& reply) {
  const Then answer = [this, id, reply] {
    answer_with_report(id, [reply](const Result<OrderReport>& made) {
      if (!made) return reply(tl::unexpected<Error>(made.error()));
      reply(std::optional<OrderReport>(*made));
    });
  };
  if (order) return settle(*order, answer);
  const TrackedOrder* known = find(id);
  // The venue has forgotten what it once acknowledged, or a leg is between two lives.
  if (known != nullptr && known->is_known) return answer();
  if (unsent_.contains(id))
    return reply(fail(ErrorCode::kOutcomeUnknown, "it is about to be sent"));
  if (known != nullptr && (known->is_under_way || known->sending != sending))
    return reply(fail(ErrorCode::kOutcomeUnknown, "it was sent since it was asked for"));
  if (in_doubt_.contains(id)) {
    forget(id);
    release_after(id);
  }
  reply(std::optional<OrderReport>{});
}

// -- cancel

void VenueDesk::cancel(const Permit& permit, const Symbol& symbol, const ClientOrderId& id,
                       const Reply<OrderReport>& reply) {
  const TrackedOrder* known = find(id);
  if (known != nullptr && known->is_known && is_final(known->latest.status) && !known->is_leg())
    return answer_with_report(id, reply);
  if (book_.owner_of(id)) {
    if (known == nullptr) return reply(fail(ErrorCode::kNotFound, "no such open order"));
    return reply(fail(ErrorCode::kRejected, "the order protects an open position"));
  }
  send<VenueOrder>([&](VenueApi& api, auto answer) { api.cancel(permit, symbol, id, answer); },
                   [this, id, symbol, reply](const Result<VenueOrder>& cancelled) {
                     const Then then = [this, id, reply] { answer_with_report(id, reply); };
                     if (cancelled && is_final(cancelled->status)) return settle(*cancelled, then);
                     const bool is_missing =
                         !cancelled && cancelled.error().code == ErrorCode::kNotFound;
                     const bool may_be_over = cancelled || (is_missing && orders_.contains(id));
                     if (may_be_over) return follow_up(id, symbol, then);
                     if (is_missing && api_ != nullptr && api_->conditional_orders() != nullptr)
                       return cancel_apart(
                           [symbol, id](VenueApi& api, const Permit& further, auto answer) {
                             api.cancel(further, symbol, id, answer);
                           },
                           id, reply);
                     reply(tl::unexpected<Error>(cancelled.error()));
                   });
}

// Ours are legs, which nobody cancels by this way; one of somebody else's may stand there.
void VenueDesk::cancel_apart(const CancelOne& cancel, const ClientOrderId& id,
                             const Reply<OrderReport>& reply) {
  send_own<VenueOrder>(
      VenueCall::kCancel, 0,
      [this, cancel](VenueApi& api, const Permit& permit, const Reply<VenueOrder>& answer) {
        cancel(side_of(api, true), permit, answer);
      },
      [id, reply](const Result<VenueOrder>& cancelled) {
        reply(cancelled.map([&](const VenueOrder& order) { return strangers_report(id, order); }));
      });
}

void VenueDesk::cancel_nameless(const Permit& permit, const Symbol& symbol, const OrderId& id,
                                const Reply<OrderReport>& reply) {
  const CancelOne cancel = [symbol, id](VenueApi& api, const Permit& given,
                                        const Reply<VenueOrder>& answer) {
    api.cancel_nameless(given, symbol, id, answer);
  };
  send<VenueOrder>(
      [&](VenueApi& api, auto answer) { cancel(api, permit, answer); },
      [this, cancel, reply](const Result<VenueOrder>& cancelled) {
        const bool is_missing = !cancelled && cancelled.error().code == ErrorCode::kNotFound;
        if (is_missing && api_ != nullptr && api_->conditional_orders() != nullptr)
          return cancel_apart(cancel, {}, reply);
        reply(cancelled.map([](const VenueOrder& order) { return strangers_report({}, order); }));
      });
}

}  // namespace botbox::exchange
