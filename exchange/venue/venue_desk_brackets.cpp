// What the book asks for, sent; and what comes of it, told to the book.
#include <fmt/format.h>

#include <algorithm>

#include "exchange/venue/venue_desk.hpp"
#include "exchange/venue/venue_desk_calls.hpp"

namespace botbox::exchange {

void VenueDesk::pump() {
  for (const BracketRequest& request : book_.take()) perform(request);
  for (BracketEvent& event : book_.take_events()) tell(event.kind, std::move(event.text));
  for (PassedStop& passed : book_.take_passed())
    if (link_.on_stop_passed) link_.on_stop_passed(std::move(passed));
  std::vector<std::pair<ClientOrderId, Then>> still;
  std::vector<Then> ready;
  for (auto& [parent, then] : std::exchange(wait_quiet_, {})) {
    if (book_.is_busy(parent))
      still.emplace_back(parent, std::move(then));
    else
      ready.push_back(std::move(then));
  }
  wait_quiet_ = std::move(still);
  for (const Then& then : ready) then();
}

void VenueDesk::when_quiet(const ClientOrderId& parent, Then then) {
  if (!book_.is_busy(parent)) return then();
  wait_quiet_.emplace_back(parent, std::move(then));
}

void VenueDesk::finish(const BracketRequest& request) {
  book_.on_answered(request);
  pump();
}

void VenueDesk::note_failure(const BracketRequest& request, const Error& error) {
  switch (error.code) {
    case ErrorCode::kRejected:
    case ErrorCode::kNothingOpen:
    case ErrorCode::kInvalidInput: return book_.on_refused(request, error.message);
    case ErrorCode::kTriggerPassed:
      return book_.on_refused(request, error.message, LegRefusal::kTriggerPassed);
    case ErrorCode::kRateLimited:
    case ErrorCode::kUnavailable:
    case ErrorCode::kOverloaded: return book_.on_unsent(request);
    case ErrorCode::kAlreadyExists: return book_.on_taken(request);
    default: return book_.on_unknown(request);
  }
}

void VenueDesk::set_own_orders(OwnOrders own) {
  own_orders_ = own;
  if (own == OwnOrders::kHeld) return;
  book_.tick();
  pump();
}

// What is held is as if there had been no permit for it: due again at the next tick.
void VenueDesk::perform(const BracketRequest& request) {
  if (own_orders_ == OwnOrders::kHeld && request.kind != BracketRequestKind::kAsk) {
    book_.on_unsent(request);
    return finish(request);
  }
  switch (request.kind) {
    case BracketRequestKind::kAmend: return perform_amend(request);
    case BracketRequestKind::kCancel:
    case BracketRequestKind::kCancelEntry: return perform_cancel(request);
    case BracketRequestKind::kAsk: return perform_ask(request);
    case BracketRequestKind::kPlacePair: {
      const VenueBracketRequest pair{.symbol = request.symbol,
                                     .side = request.side,
                                     .quantity = request.quantity,
                                     .stop_client_id = request.client_id,
                                     .stop_trigger = request.trigger,
                                     .target_client_id = request.target_client_id,
                                     .target_trigger = request.target_trigger};
      return send_own<std::vector<VenueOrder>>(
          VenueCall::kPlaceBracket, 0,
          [pair](VenueApi& api, const Permit& permit, auto reply) {
            api.place_bracket(permit, pair, reply);
          },
          [this, request](const Result<std::vector<VenueOrder>>& placed) {
            on_leg_placed(request, placed);
          });
    }
    case BracketRequestKind::kPlace: break;
  }
  VenueOrderRequest order;
  order.client_id = request.client_id;
  order.symbol = request.symbol;
  order.side = request.side;
  order.type =
      request.leg == OrderLeg::kTakeProfit ? OrderType::kTakeProfitMarket : OrderType::kStopMarket;
  order.quantity = request.quantity;
  order.trigger = request.trigger;
  order.effect = OrderEffect::kReduceOnly;
  send_own<VenueOrder>(
      VenueCall::kPlace, 0,
      [order](VenueApi& api, const Permit& permit, auto reply) { api.place(permit, order, reply); },
      [this, request](const Result<VenueOrder>& placed) {
        on_leg_placed(request, placed.map([](const VenueOrder& made) {
          return std::vector<VenueOrder>{made};
        }));
      });
}

// The acknowledgement may leave out what was asked for; a leg that filled at once is found by the
// next poll.
void VenueDesk::on_leg_placed(const BracketRequest& request,
                              const Result<std::vector<VenueOrder>>& placed) {
  if (!placed) {
    note_failure(request, placed.error());
    return finish(request);
  }
  std::vector<ClientOrderId> ids{request.client_id};
  if (!request.target_client_id.empty()) ids.push_back(request.target_client_id);
  for (const ClientOrderId& id : ids) {
    VenueOrder made;
    for (const VenueOrder& answered : *placed)
      if (answered.client_id == id || ids.size() == 1) made = answered;
    made.client_id = id;
    made.symbol = request.symbol;
    made.side = request.side;
    made.quantity = request.quantity;
    made.filled = {};
    made.trigger = id == request.client_id ? request.trigger : request.target_trigger;
    made.status = OrderStatus::kNew;
    if (const auto owner = book_.owner_of(id)) track(owner->leg_id, request.symbol, request.side);
    note(made);
  }
  finish(request);
}

// Where the venue takes no direction of a trigger, a stop that the price has passed is taken, and
// waits for the price to come back. What it says of the direction may be as of the placing, and the
// stop was moved since: only the price tells.
void VenueDesk::watch_for_beyond(const VenueOrder& order) {
  constexpr std::uint64_t kAgainAfter = 60;
  constexpr std::uint64_t kSoonAfter = 5;
  if (order.type != OrderType::kTakeProfitMarket || order.status != OrderStatus::kNew) return;
  const auto owner = book_.owner_of(order.client_id);
  if (!owner || owner->leg != OrderLeg::kStopLoss || order.trigger.is_zero()) return;
  if (book_.leg(owner->leg_id)->state != BracketBook::Leg::State::kStanding) return;
  AskedBeyond& asked = beyond_asked_[owner->leg_id];
  if (asked.trigger == order.trigger && polls_ < asked.again_at) return;
  asked = {order.trigger, polls_ + kAgainAfter};
  send_own<Ticker>(
      VenueCall::kTicker, 0,
      [symbol = order.symbol](VenueApi& api, const Permit& permit, auto reply) {
        api.ticker(permit, symbol, reply);
      },
      [this, order, leg = owner->leg_id](const Result<Ticker>& ticker) {
        const bool sells = order.side == OrderSide::kSell;
        const bool is_beyond =
            ticker && (sells ? ticker->last <= order.trigger : ticker->last >= order.trigger);
        const auto known = beyond_asked_.find(leg);
        if (known != beyond_asked_.end() && (!ticker || is_beyond))
          known->second.again_at = polls_ + kSoonAfter;
        if (!is_beyond) return;
        book_.on_stop_beyond(order.client_id,
                             fmt::format("it waits at {} for the price to come back, which is {}",
                                         to_string(order.trigger), to_string(ticker->last)));
        pump();
      });
}

void VenueDesk::on_leg_changed(const BracketRequest& request, const Result<VenueOrder>& order) {
  if (!order) {
    note_failure(request, order.error());
    return finish(request);
  }
  settle(*order, [this, request] { finish(request); });
}

void VenueDesk::perform_amend(const BracketRequest& request) {
  AmendOrder change;
  change.symbol = request.symbol;
  change.client_id = request.client_id;
  change.quantity = request.quantity;
  if (request.moves) change.trigger = request.trigger;
  change.side = request.side;
  send_own<VenueOrder>(
      VenueCall::kAmend, 0,
      [this, change](VenueApi& api, const Permit& permit, auto reply) {
        side_of(api, true).amend(permit, change, reply);
      },
      [this, request](const Result<VenueOrder>& amended) {
        // Acknowledged is not done, and where a stop stands is not to be guessed: it is asked.
        const bool is_told = amended && amended->quantity == request.quantity && !request.moves;
        if (!amended || is_told) return on_leg_changed(request, amended);
        book_.on_unknown(request);
        finish(request);
      });
}

void VenueDesk::perform_cancel(const BracketRequest& request) {
  const bool is_leg = request.kind == BracketRequestKind::kCancel;
  send_on<VenueOrder>(
      acquire_for(request.parent), VenueCall::kCancel, 0,
      [this, request, is_leg](VenueApi& api, const Permit& permit, auto reply) {
        side_of(api, is_leg).cancel(permit, request.symbol, request.client_id, reply);
      },
      [this, request, is_leg](const Result<VenueOrder>& cancelled) {
        if (cancelled && is_final(cancelled->status)) return on_leg_changed(request, cancelled);
        if (!cancelled) note_failure(request, cancelled.error());
        if (cancelled && is_leg) book_.on_unknown(request);  // it is on its way only
        finish(request);
      });
}

void VenueDesk::perform_ask(const BracketRequest& request) {
  send_on<std::optional<VenueOrder>>(
      acquire_for(request.parent), VenueCall::kOrder, 0,
      [this, request](VenueApi& api, const Permit& permit, auto reply) {
        side_of(api, true).order(permit, request.symbol, request.client_id, reply);
      },
      [this, request](const Result<std::optional<VenueOrder>>& asked) {
        if (asked && !asked->has_value()) {
          book_.on_leg_missing(request.client_id);
          return finish(request);
        }
        if (!asked) return on_leg_changed(request, tl::unexpected<Error>(asked.error()));
        settle(**asked, [this, request] {
          // An older word than what is known leaves it open: asked again, but not at once.
          const BracketBook::Leg* leg = book_.leg(request.client_id);
          const bool is_open = leg != nullptr && leg->state == BracketBook::Leg::State::kUnknown &&
                               book_.venue_id(*leg) == request.client_id;
          if (is_open) book_.on_unknown(request);
          finish(request);
        });
      });
}

// -- adopted entries

// A few at a time, in turn: each takes a second permit for its executions. Were all asked at once,
// the first ones would take all room for their orders at every poll, none would be left for the
// executions, and nobody would ever be known.
void VenueDesk::ask_adopted() {
  constexpr std::size_t kAskedMax = 6;
  auto under_way = static_cast<std::size_t>(
      std::ranges::count_if(adopted_, [](const auto& entry) { return entry.second; }));
  for (std::size_t left = adopted_.size(); left > 0 && under_way < kAskedMax; --left) {
    auto next = adopted_.upper_bound(adopted_asked_);
    if (next == adopted_.end()) next = adopted_.begin();
    adopted_asked_ = next->first;
    if (ask_adopted_entry(next->first)) ++under_way;
  }
}

bool VenueDesk::ask_adopted_entry(const ClientOrderId& id) {
  const auto found = adopted_.find(id);
  if (found == adopted_.end() || found->second) return false;
  const Symbol symbol = orders_.at(id).latest.symbol;
  if (!instruments_.contains(symbol)) return false;
  found->second = true;
  send_own<std::optional<VenueOrder>>(
      VenueCall::kOrder, 0,
      [id, symbol](VenueApi& api, const Permit& permit, auto reply) {
        api.order(permit, symbol, id, reply);
      },
      [this, id](const Result<std::optional<VenueOrder>>& order) { on_adopted_asked(id, order); });
  return true;
}

// Its legs are not touched before it is known what they protect.
void VenueDesk::ask_first(const ClientOrderId& parent) {
  ask_adopted_entry(parent);
  if (const auto family = family_.find(parent); family != family_.end())
    for (const ClientOrderId& member : family->second) ask_adopted_entry(member);
}

void VenueDesk::on_adopted_asked(const ClientOrderId& id,
                                 const Result<std::optional<VenueOrder>>& order) {
  const auto found = adopted_.find(id);
  if (found == adopted_.end()) return;
  found->second = false;
  if (!order) return;  // asked again at the next poll
  const auto is_known = [this, id] {
    adopted_.erase(id);
    book_.on_entry_known(id);
    pump();
  };
  // The venue has forgotten it: what our records say is all there is.
  if (!order->has_value()) return is_known();
  settle(**order, [this, id, is_known] {
    const TrackedOrder* entry = find(id);
    const bool is_told =
        entry == nullptr || told_by_venue(*entry, entry->latest.order_id) >= entry->latest.filled;
    if (is_told) is_known();
  });
}

}  // namespace botbox::exchange
