#include "exchange/venue/bracket_book.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace botbox::exchange {
namespace {

using Leg = BracketBook::Leg;
using State = BracketBook::Leg::State;
using Kind = BracketRequestKind;

Quantity filled_in_all(const Leg& leg) {
  return std::max(leg.recorded, leg.filled_before + leg.filled);
}

bool exists(const Leg& leg) { return !leg.id.empty(); }

Quantity remaining(const Leg& leg) { return leg.quantity - leg.filled; }

bool is_misplaced(const Leg& leg) {
  return leg.is_moving && !leg.stands_at.is_zero() && leg.stands_at != leg.trigger;
}

}  // namespace

// The end of the id gives way to a counter: 25 characters of a hash are unique without it.
namespace {

constexpr std::size_t kChainStem = 25;
constexpr char kChainMark = 'z';

}  // namespace

ClientOrderId chained_id(const ClientOrderId& first, std::uint32_t generation) {
  if (generation == 0) return first;
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuvwxyz";
  std::string id = first.value.substr(0, kChainStem);
  id += kChainMark;
  id += kDigits[generation / kDigits.size() % kDigits.size()];
  id += kDigits[generation % kDigits.size()];
  return {id};
}

bool is_of_chain(const ClientOrderId& first, const ClientOrderId& id) {
  if (id == first) return true;
  const std::string stem = first.value.substr(0, kChainStem) + kChainMark;
  return id.value.size() == stem.size() + 2 && id.value.starts_with(stem);
}

ClientOrderId BracketBook::venue_id(const Leg& leg) const {
  return chained_id(leg.id, leg.generation);
}

// -- what is open

Quantity BracketBook::entered(const Bracket& bracket) {
  Quantity sum;
  for (const auto& [id, entry] : bracket.entries) sum += entry.filled - entry.fee_in_base;
  return sum;
}

bool BracketBook::are_entries_final(const Bracket& bracket) {
  return std::ranges::all_of(bracket.entries, [](const auto& e) { return e.second.is_final; });
}

Quantity BracketBook::exited(const Bracket& bracket) {
  Quantity sum = bracket.exits_before + filled_in_all(bracket.stop) + filled_in_all(bracket.target);
  for (const auto& [id, filled] : bracket.exits) sum += filled;
  return sum;
}

Quantity BracketBook::open_of(const Bracket& bracket) {
  const Quantity left = entered(bracket) - exited(bracket);
  if (!left.is_positive()) return {};
  if (bracket.lot.is_zero()) return left;
  return {round_to_step(left.value, bracket.lot.value, Rounding::kDown)};
}

Quantity BracketBook::open_quantity(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  return found == brackets_.end() ? Quantity{} : open_of(found->second);
}

OrderSide BracketBook::exit_side(const ClientOrderId& parent) const {
  return brackets_.at(parent).exit_side;
}

std::optional<ClientOrderId> BracketBook::held_against(const Symbol& symbol,
                                                       OrderSide entry_side) const {
  for (const auto& [parent, bracket] : brackets_)
    if (bracket.symbol == symbol && bracket.exit_side == entry_side && is_live(bracket))
      return parent;
  return std::nullopt;
}

SymbolStanding BracketBook::standing_of(const Symbol& symbol) const {
  SymbolStanding standing;
  for (const auto& [parent, bracket] : brackets_) {
    if (bracket.symbol != symbol) continue;
    const bool may_place = is_live(bracket) || bracket.in_flight;
    for (const Leg* leg : {&bracket.stop, &bracket.target})
      if (exists(*leg) && (may_place || leg->state != State::kAbsent))
        ++standing.orders.conditional;
    for (const auto& [id, entry] : bracket.entries)
      if (!entry.is_final) ++standing.orders.plain;
    if (!is_live(bracket)) continue;
    standing.entries.push_back(parent);
    ClientOrderId& holder =
        bracket.exit_side == OrderSide::kSell ? standing.long_by : standing.short_by;
    if (holder.empty()) holder = parent;
  }
  return standing;
}

std::set<Symbol> BracketBook::take_changed() { return std::exchange(changed_, {}); }

bool BracketBook::is_overdrawn(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  return found != brackets_.end() && !are_entries_final(found->second) &&
         exited(found->second) > entered(found->second);
}

bool BracketBook::has_stopped(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  return found != brackets_.end() && filled_in_all(found->second.stop).is_positive();
}

std::optional<ClientOrderId> BracketBook::parent_of_addition(const ClientOrderId& id) const {
  const auto found = additions_.find(id);
  if (found == additions_.end()) return std::nullopt;
  return found->second;
}

std::optional<ClientOrderId> BracketBook::parent_of_group(const PositionId& group) const {
  const auto found = groups_.find(group);
  if (found == groups_.end()) return std::nullopt;
  return found->second;
}

std::optional<BracketBook::Owner> BracketBook::owner_of(const ClientOrderId& id) const {
  const auto found = owners_.find(id);
  if (found == owners_.end()) return std::nullopt;
  return found->second;
}

const Leg* BracketBook::leg(const ClientOrderId& id) const {
  const auto owner = owners_.find(id);
  if (owner == owners_.end()) return nullptr;
  const Bracket& bracket = brackets_.at(owner->second.parent);
  return owner->second.leg == OrderLeg::kStopLoss ? &bracket.stop : &bracket.target;
}

bool BracketBook::is_past(const ClientOrderId& id) const {
  const Leg* of = leg(id);
  if (of == nullptr) return false;
  for (std::uint32_t generation = 0; generation < of->generation; ++generation)
    if (chained_id(of->id, generation) == id) return true;
  return false;
}

BracketBook::Bracket* BracketBook::find(const ClientOrderId& id, Leg** leg) {
  const auto owner = owners_.find(id);
  if (owner == owners_.end()) return nullptr;
  Bracket& bracket = brackets_.at(owner->second.parent);
  *leg = owner->second.leg == OrderLeg::kStopLoss ? &bracket.stop : &bracket.target;
  return &bracket;
}

BracketBook::Entry* BracketBook::find_entry(const ClientOrderId& id, Bracket** bracket) {
  const auto addition = additions_.find(id);
  const auto found = brackets_.find(addition == additions_.end() ? id : addition->second);
  if (found == brackets_.end()) return nullptr;
  *bracket = &found->second;
  return &found->second.entries.at(id);
}

// -- brackets come and go

void BracketBook::open(const OrderRequest& entry, Quantity lot) {
  Bracket bracket;
  bracket.parent = entry.client_id;
  bracket.group = entry.group;
  bracket.symbol = entry.symbol;
  bracket.exit_side = opposite(entry.side);
  bracket.lot = lot;
  bracket.entries[bracket.parent] = {};
  if (entry.stop_loss) {
    bracket.stop.id = entry.stop_loss->client_id;
    bracket.stop.trigger = entry.stop_loss->trigger;
  }
  if (entry.take_profit) {
    bracket.target.id = entry.take_profit->client_id;
    bracket.target.trigger = entry.take_profit->trigger;
  }
  if (!bracket.group.empty()) groups_[bracket.group] = bracket.parent;
  name(bracket);
  changed_.insert(bracket.symbol);
  brackets_.insert_or_assign(bracket.parent, std::move(bracket));
}

void BracketBook::adopt(const OpenBracket& known, Quantity lot) {
  OrderRequest entry;
  entry.client_id = known.parent;
  entry.symbol = known.symbol;
  entry.side = known.entry_side;
  entry.group = known.group;
  entry.stop_loss = known.stop_loss;
  entry.take_profit = known.take_profit;
  open(entry, lot);
  Bracket& bracket = brackets_.at(known.parent);
  bracket.entries[known.parent] = {.filled = known.entered, .is_final = known.entry_is_final};
  for (const OpenAddition& addition : known.additions) {
    bracket.entries[addition.id] = {.filled = addition.filled, .is_final = addition.is_final};
    additions_[addition.id] = known.parent;
  }
  bracket.exits_before = entered(bracket) - known.open - known.stop_filled - known.target_filled;
  for (const OpenClose& close : known.closes) {
    bracket.exits_before -= close.filled;
    bracket.exits[close.id] = close.filled;
  }
  bracket.stop.recorded = known.stop_filled;
  bracket.target.recorded = known.target_filled;
  for (Leg* leg : {&bracket.stop, &bracket.target}) {
    if (!exists(*leg)) continue;
    leg->state = State::kUnknown;
    leg->is_moving = leg == &bracket.stop;
    leg->search_chain = true;
  }
  touch(bracket);
}

void BracketBook::adopt_unheard(const OpenBracket& known, Quantity lot) {
  adopt(known, lot);
  brackets_.at(known.parent).is_unheard = true;
}

void BracketBook::enlarge(const ClientOrderId& parent, const ClientOrderId& addition) {
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return;
  found->second.entries.try_emplace(addition);
  changed_.insert(found->second.symbol);
  additions_[addition] = parent;
}

void BracketBook::doubt_entry(const ClientOrderId& entry) {
  Bracket* bracket = nullptr;
  if (Entry* const known = find_entry(entry, &bracket)) known->in_doubt = true;
}

void BracketBook::on_entry_known(const ClientOrderId& entry) {
  Bracket* bracket = nullptr;
  Entry* const known = find_entry(entry, &bracket);
  if (known == nullptr) return;
  known->in_doubt = false;
  touch(*bracket);
}

void BracketBook::learn_lot(const Symbol& symbol, Quantity lot) {
  for (auto& [parent, bracket] : brackets_) {
    if (bracket.symbol != symbol || bracket.lot == lot) continue;
    bracket.lot = lot;
    touch(bracket);
  }
}

void BracketBook::drop(const ClientOrderId& entry) {
  if (const auto addition = additions_.find(entry); addition != additions_.end()) {
    Bracket& enlarged = brackets_.at(addition->second);
    enlarged.entries.erase(entry);
    additions_.erase(addition);
    return touch(enlarged);
  }
  const ClientOrderId& parent = entry;
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return;
  std::erase_if(owners_, [&](const auto& owner) { return owner.second.parent == parent; });
  std::erase_if(additions_, [&](const auto& addition) { return addition.second == parent; });
  if (!found->second.group.empty()) groups_.erase(found->second.group);
  dirty_.erase(parent);
  changed_.insert(found->second.symbol);
  brackets_.erase(found);
}

void BracketBook::name(const Bracket& bracket) {
  for (const auto& [leg, which] : {std::pair(&bracket.stop, OrderLeg::kStopLoss),
                                   std::pair(&bracket.target, OrderLeg::kTakeProfit)}) {
    if (!exists(*leg)) continue;
    const Owner owner{bracket.parent, leg->id, which};
    owners_.insert_or_assign(leg->id, owner);
    owners_.insert_or_assign(venue_id(*leg), owner);
  }
}

bool BracketBook::is_clear(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  return found == brackets_.end() || (found->second.stop.state == State::kAbsent &&
                                      found->second.target.state == State::kAbsent);
}

bool BracketBook::is_done(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return true;
  const Bracket& bracket = found->second;
  return are_entries_final(bracket) && !bracket.in_flight && open_of(bracket).is_zero() &&
         bracket.stop.state == State::kAbsent && bracket.target.state == State::kAbsent;
}

// -- facts

void BracketBook::on_entry(const ClientOrderId& entry, Quantity filled, Quantity fee_in_base,
                           bool is_final) {
  Bracket* bracket = nullptr;
  Entry* const known = find_entry(entry, &bracket);
  if (known == nullptr) return;
  known->filled = std::max(known->filled, filled);
  known->fee_in_base = std::max(known->fee_in_base, fee_in_base);
  known->is_final = known->is_final || is_final;
  bracket->is_unheard = false;
  touch(*bracket);
}

void BracketBook::on_exit(const ClientOrderId& parent, const ClientOrderId& order,
                          Quantity filled) {
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return;
  Quantity& known = found->second.exits[order];
  known = std::max(known, filled);
  touch(found->second);
}

// There was a word on it.
void BracketBook::forget_doubts(Leg& leg) {
  leg.missing_ticks = 0;
  leg.is_lost = false;
  leg.is_twin = false;
  leg.twins = 0;
}

// The order of this generation is over; the next one that is placed is another order.
void BracketBook::end_incarnation(Leg& leg) {
  if (rules_.ids_reusable && leg.filled.is_zero())
    leg.search_chain = false;  // its id is used again, so there is no later one
  else
    ++leg.generation;
  forget_doubts(leg);
  leg.filled_before += leg.filled;
  leg.filled = {};
  leg.quantity = {};
  leg.stands_at = {};
  leg.state = leg.search_chain ? State::kUnknown : State::kAbsent;
  leg.was_placed = false;
}

void BracketBook::on_leg(const ClientOrderId& id, OrderStatus status, Quantity quantity,
                         Quantity filled, Price trigger) {
  Leg* leg = nullptr;
  Bracket* bracket = find(id, &leg);
  if (bracket == nullptr) return;
  touch(*bracket);
  bracket->denied = 0;
  if (venue_id(*leg) != id) return;  // an earlier generation, which is over and accounted for
  forget_doubts(*leg);
  // Its end was told before; with reusable ids an old answer may look like a word on the next one.
  if (is_final(status) && leg->state == State::kAbsent && !leg->was_placed) return;
  leg->filled = std::max(leg->filled, filled);
  leg->was_placed = true;
  if (!is_final(status)) {
    leg->state = State::kStanding;
    leg->quantity = quantity;
    if (!trigger.is_zero()) leg->stands_at = trigger;
    if (!trigger.is_zero() && trigger == leg->trigger) {
      leg->before = {};
      leg->is_moving = false;
      leg->vain_moves = 0;
    }
    if (std::exchange(leg->was_moved, false) && is_misplaced(*leg)) note_vain_move(*bracket, *leg);
    // Adopted: should our place be refused, better there than nowhere.
    if (is_misplaced(*leg) && leg->before.is_zero()) leg->before = trigger;
    leg->search_chain = false;
    leg->failures = 0;
    return tell_protection(*bracket);
  }
  const bool was_searching = leg->search_chain;
  const bool no_fill = filled.is_zero();
  end_incarnation(*leg);
  name(*bracket);
  if (was_searching || !no_fill || wanted(*bracket).is_zero()) return;
  if (status == OrderStatus::kRejected) {
    if (give_up_move(*bracket, *leg, "rejected after it was accepted")) return;
    event(*bracket, "bracket.refused",
          fmt::format("the venue rejected {} after accepting it", id.value));
    fail(*bracket, *leg);
  }
}

void BracketBook::on_leg_missing(const ClientOrderId& id) {
  Leg* leg = nullptr;
  Bracket* bracket = find(id, &leg);
  if (bracket == nullptr || venue_id(*leg) != id) return;
  touch(*bracket);
  leg->search_chain = false;
  const bool is_again = std::exchange(leg->is_missing, true);
  if (leg->was_placed && leg->state == State::kStanding) return miss(*bracket, *leg, is_again);
  leg->state = State::kAbsent;
  // Not in a circle: placed, refused as a twin, asked for, not found.
  if (is_again || leg->was_placed) leg->waits = true;
  if (std::exchange(leg->is_twin, false)) note_twin(*bracket, *leg);
}

// Where an id may be taken again, the one that is taken stands. Elsewhere it may have ended long
// ago: venues forget orders sooner than their ids, and no other would ever take its place.
void BracketBook::note_twin(Bracket& bracket, Leg& leg) {
  if (rules_.ids_reusable || ++leg.twins < rules_.twins_max) return;
  const ClientOrderId id = venue_id(leg);
  end_incarnation(leg);
  name(bracket);
  event(bracket, "bracket.lost",
        fmt::format("{} is taken and nowhere to be found: {} takes its place", id.value,
                    venue_id(leg).value));
}

// A standing order is not found. It is placed anew under its own id: should it stand after all, the
// venue refuses the twin. One with fills is never hidden behind a later order of its id.
void BracketBook::miss(Bracket& bracket, Leg& leg, bool is_again) {
  if (!is_again) ++leg.missing_ticks;
  if (leg.missing_ticks < rules_.lost_ticks) return;
  event(bracket, "bracket.lost",
        fmt::format("{} stood and is not there any more", venue_id(leg).value));
  leg.missing_ticks = 0;
  if (!leg.filled.is_zero()) {
    end_incarnation(leg);
    return name(bracket);
  }
  leg.quantity = {};
  leg.stands_at = {};
  leg.is_lost = true;
  leg.state = State::kAbsent;
}

void BracketBook::on_leg_executions(const ClientOrderId& id, Quantity filled) {
  Leg* leg = nullptr;
  Bracket* bracket = find(id, &leg);
  if (bracket == nullptr || filled <= leg->recorded) return;
  leg->recorded = filled;
  touch(*bracket);
}

// Whoever hears of it may not be able to close just now. Not at every refusal: a close that fails
// would be tried as often.
void BracketBook::note_passed(const Bracket& bracket, Leg& stop, bool or_target,
                              const std::string& why) {
  constexpr std::uint32_t kAtOnce = 3;
  constexpr std::uint32_t kDoublingsMax = 5;
  if (wanted(bracket).is_zero()) return;  // flat, or being closed
  const std::uint32_t rest = 1U << std::min(stop.passed_told, kDoublingsMax);
  if (stop.passed_told >= kAtOnce && stop.passed_ticks < rest) return;
  ++stop.passed_told;
  stop.passed_ticks = 0;
  passed_.push_back({stop.id, or_target, why});
}

void BracketBook::on_stop_beyond(const ClientOrderId& id, const std::string& why) {
  Leg* leg = nullptr;
  Bracket* const bracket = find(id, &leg);
  if (bracket == nullptr || leg != &bracket->stop || venue_id(*leg) != id) return;
  if (leg->state == State::kStanding) note_passed(*bracket, *leg, false, why);
}

std::vector<PassedStop> BracketBook::take_passed() { return std::exchange(passed_, {}); }

void BracketBook::on_refused(const BracketRequest& request, const std::string& why,
                             LegRefusal refusal) {
  const auto found = brackets_.find(request.parent);
  if (found == brackets_.end()) return;
  Bracket& bracket = found->second;
  touch(bracket);
  if (request.kind == Kind::kCancelEntry) return;
  Leg& leg = request.leg == OrderLeg::kTakeProfit ? bracket.target : bracket.stop;
  const bool is_amended = request.kind == Kind::kAmend;
  const bool is_passed = refusal == LegRefusal::kTriggerPassed && &leg == &bracket.stop &&
                         (!is_amended || request.moves);
  if (is_passed) note_passed(bracket, leg, request.kind == Kind::kPlacePair, why);
  // It stands where it stood, which is better than nowhere until its position is closed.
  if (is_passed && is_amended && give_up_move(bracket, leg, why)) return;
  switch (request.kind) {
    case Kind::kAmend:
      leg.amends = false;  // a cancellation and a new order do as well
      leg.state = State::kUnknown;
      return;
    case Kind::kCancel: leg.state = State::kUnknown; break;
    case Kind::kAsk: break;
    default:
      if (&leg == &bracket.stop && give_up_move(bracket, leg, why)) return;
      event(bracket, "bracket.refused",
            fmt::format("{} for {} of {}: {}", request.client_id.value, to_string(request.quantity),
                        request.symbol.value, why));
  }
  fail(bracket, leg);
}

// Somebody else has moved it: the records say where it belongs. Seen at two ticks, so that it is no
// old answer to a question from before a move of ours; and not twice from the same place, which may
// be what the venue makes of ours. Who moves it again and again is answered ever more seldom: each
// time costs requests that other positions need.
void BracketBook::take_back(const Bracket& bracket, Leg& stop) {
  const bool is_displaced = stop.state == State::kStanding && !stop.is_moving &&
                            !stop.stands_at.is_zero() && stop.stands_at != stop.trigger &&
                            stop.stands_at != stop.taken_back_from;
  stop.displaced_ticks = is_displaced ? stop.displaced_ticks + 1 : 0;
  constexpr std::uint32_t kAtOnce = 3;
  const std::uint32_t doublings = stop.taken_back > kAtOnce ? stop.taken_back - kAtOnce : 0;
  if (stop.displaced_ticks < 2U << std::min(doublings, 8U)) return;
  stop.displaced_ticks = 0;
  ++stop.taken_back;
  stop.before = stop.taken_back_from = stop.stands_at;
  stop.vain_moves = 0;
  stop.is_moving = true;
  event(bracket, "bracket.displaced",
        fmt::format("{} stands at {} instead of {}: it is moved back", stop.id.value,
                    to_string(stop.stands_at), to_string(stop.trigger)));
}

// The venue took the move and tells another place: not yet, or for good what it makes of ours.
// Tried again tick by tick, or one question after the other would go out for ever; and then left
// there.
void BracketBook::note_vain_move(const Bracket& bracket, Leg& leg) {
  leg.waits = true;
  if (++leg.vain_moves < rules_.attempts_max) return;
  event(
      bracket, "bracket.not_moved",
      fmt::format("{} stays at {} instead of {}: it was moved {} times, and the venue leaves it",
                  leg.id.value, to_string(leg.stands_at), to_string(leg.trigger), leg.vain_moves));
  leg.vain_moves = 0;
  leg.before = {};
  leg.taken_back_from = leg.stands_at;
  leg.is_moving = false;
}

// True: it is tried at its old place now.
bool BracketBook::give_up_move(const Bracket& bracket, Leg& leg, const std::string& why) {
  if (leg.before.is_zero()) return false;
  event(bracket, "bracket.not_moved",
        fmt::format("{} goes back from {} to {}: {}", leg.id.value, to_string(leg.trigger),
                    to_string(leg.before), why));
  leg.trigger = std::exchange(leg.before, {});
  return true;
}

void BracketBook::move_stop(const ClientOrderId& parent, Price trigger) {
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return;
  Leg& stop = found->second.stop;
  const bool tightens =
      found->second.exit_side == OrderSide::kSell ? trigger > stop.trigger : trigger < stop.trigger;
  if (!exists(stop) || !tightens) return;
  if (stop.before.is_zero()) stop.before = stop.trigger;
  stop.trigger = trigger;
  stop.vain_moves = 0;
  stop.is_moving = true;
  touch(found->second);
}

void BracketBook::fail(const Bracket& bracket, Leg& leg) {
  const Quantity quantity = wanted(bracket);
  if (leg.failed_for != quantity) leg.failures = 0;
  leg.failed_for = quantity;
  leg.waits = true;
  leg.rested_ticks = 0;
  if (++leg.failures != rules_.attempts_max) return;
  event(bracket, "position.unprotected",
        fmt::format("{} {} is open, and {} is tried only now and then after {} refusals",
                    to_string(quantity), bracket.symbol.value, leg.id.value, leg.failures));
}

void BracketBook::try_again_after_rest(Leg& leg) const {
  if (leg.failures < rules_.attempts_max) return;
  if (++leg.rested_ticks < rules_.retry_ticks) return;
  leg.rested_ticks = 0;
  leg.failures = rules_.attempts_max - 1;
}

void BracketBook::on_unsent(const BracketRequest& request) {
  const auto found = brackets_.find(request.parent);
  if (found == brackets_.end()) return;
  ++found->second.denied;
  if (request.kind == Kind::kCancelEntry) {
    const auto entry = found->second.entries.find(request.client_id);
    if (entry == found->second.entries.end()) return;
    entry->second.cancel_asked = false;
    entry->second.waits = true;
    return;
  }
  (request.leg == OrderLeg::kTakeProfit ? found->second.target : found->second.stop).waits = true;
}

void BracketBook::on_unknown(const BracketRequest& request) {
  const auto found = brackets_.find(request.parent);
  if (found == brackets_.end()) return;
  // Cancelling twice does no harm; what comes of the first is seen by the poll of the entry.
  if (request.kind == Kind::kCancelEntry) return on_unsent(request);
  Bracket& bracket = found->second;
  touch(bracket);
  Leg& leg = request.leg == OrderLeg::kTakeProfit ? bracket.target : bracket.stop;
  leg.state = State::kUnknown;
  if (request.moves) {
    leg.stands_at = {};  // told by the answer to the next question
    leg.was_moved = true;
  }
  leg.waits = request.kind == Kind::kAsk;
  if (request.kind == Kind::kPlacePair) bracket.target.state = State::kUnknown;
  if (request.kind == Kind::kCancel && rules_.pair_needed && exists(bracket.target) &&
      exists(bracket.stop))
    bracket.stop.state = bracket.target.state = State::kUnknown;
}

void BracketBook::on_taken(const BracketRequest& request) {
  on_unknown(request);
  Leg* leg = nullptr;
  if (find(request.client_id, &leg) != nullptr) leg->is_twin = true;
}

void BracketBook::on_answered(const BracketRequest& request) {
  const auto found = brackets_.find(request.parent);
  if (found == brackets_.end()) return;
  Bracket& bracket = found->second;
  bracket.in_flight = false;
  touch(bracket);
  // What became of the other half of a pair is asked.
  if (request.kind != Kind::kCancel || !rules_.pair_needed) return;
  Leg& other = request.leg == OrderLeg::kTakeProfit ? bracket.stop : bracket.target;
  if (exists(other) && other.state == State::kStanding) other.state = State::kUnknown;
}

void BracketBook::hold(const ClientOrderId& parent) {
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return;
  found->second.held = true;
  touch(found->second);
}

void BracketBook::release(const ClientOrderId& parent) {
  const auto found = brackets_.find(parent);
  if (found == brackets_.end()) return;
  found->second.held = false;
  touch(found->second);
}

bool BracketBook::is_held(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  return found != brackets_.end() && found->second.held;
}

void BracketBook::tick() {
  for (auto& [parent, bracket] : brackets_) {
    bracket.stop.waits = bracket.target.waits = false;
    bracket.stop.is_missing = bracket.target.is_missing = false;
    try_again_after_rest(bracket.stop);
    try_again_after_rest(bracket.target);
    ++bracket.stop.passed_ticks;
    for (auto& [id, entry] : bracket.entries) entry.waits = false;
    take_back(bracket, bracket.stop);
    if (next(bracket)) touch(bracket);
    if (!exists(bracket.stop) || wanted(bracket).is_zero() ||
        bracket.stop.state == State::kStanding) {
      bracket.unprotected_ticks = 0;
      continue;
    }
    if (++bracket.unprotected_ticks < rules_.unprotected_ticks || bracket.told_unprotected)
      continue;
    bracket.told_unprotected = true;
    event(bracket, "position.unprotected",
          fmt::format("{} {} is open without its stop {}", to_string(open_of(bracket)),
                      bracket.symbol.value, bracket.stop.id.value));
  }
}

void BracketBook::tell_protection(Bracket& bracket) {
  if (!bracket.told_unprotected || bracket.stop.state != State::kStanding) return;
  bracket.told_unprotected = false;
  event(bracket, "position.protected", fmt::format("{} stands again", bracket.stop.id.value));
}

void BracketBook::event(const Bracket& bracket, std::string kind, const std::string& text) {
  events_.push_back({std::move(kind), fmt::format("{}: {}", bracket.parent.value, text)});
}

std::vector<BracketEvent> BracketBook::take_events() { return std::exchange(events_, {}); }

// -- requests

BracketRequest BracketBook::request(const Bracket& bracket, BracketRequestKind kind,
                                    OrderLeg which) const {
  const Leg& leg = which == OrderLeg::kTakeProfit ? bracket.target : bracket.stop;
  BracketRequest made;
  made.kind = kind;
  made.parent = bracket.parent;
  made.leg = which;
  made.client_id = venue_id(leg);
  made.symbol = bracket.symbol;
  made.side = bracket.exit_side;
  made.trigger = leg.trigger;
  made.moves = kind == Kind::kAmend && is_misplaced(leg);
  made.quantity = wanted(bracket) + (kind == Kind::kAmend ? leg.filled : Quantity{});
  if (kind == Kind::kPlacePair) {
    made.target_client_id = venue_id(bracket.target);
    made.target_trigger = bracket.target.trigger;
  }
  return made;
}

// What is still to be filled of an entry would open again what the stop has just closed.
std::optional<BracketRequest> BracketBook::next_cancelled_entry(const Bracket& bracket) const {
  if (!filled_in_all(bracket.stop).is_positive()) return std::nullopt;
  for (const auto& [id, entry] : bracket.entries) {
    if (entry.is_final || entry.cancel_asked || entry.waits) continue;
    BracketRequest made = request(bracket, Kind::kCancelEntry, OrderLeg::kStopLoss);
    made.client_id = id;
    return made;
  }
  return std::nullopt;
}

std::optional<BracketRequest> BracketBook::next(const Bracket& bracket) const {
  if (bracket.in_flight || bracket.is_unheard) return std::nullopt;
  if (auto cancelled = next_cancelled_entry(bracket)) return cancelled;
  for (const auto& [leg, which] : {std::pair(&bracket.stop, OrderLeg::kStopLoss),
                                   std::pair(&bracket.target, OrderLeg::kTakeProfit)})
    if (leg->state == State::kUnknown && !leg->waits) return request(bracket, Kind::kAsk, which);
  const bool in_doubt =
      std::ranges::any_of(bracket.entries, [](const auto& e) { return e.second.in_doubt; });
  if (bracket.stop.state == State::kUnknown || bracket.target.state == State::kUnknown || in_doubt)
    return std::nullopt;
  if (rules_.pair_needed && exists(bracket.stop) && exists(bracket.target))
    return next_of_pair(bracket);
  if (auto of_stop = next_of_leg(bracket, bracket.stop, OrderLeg::kStopLoss)) return of_stop;
  return next_of_leg(bracket, bracket.target, OrderLeg::kTakeProfit);
}

std::optional<BracketRequest> BracketBook::next_of_pair(const Bracket& bracket) const {
  const Leg& stop = bracket.stop;
  const Leg& target = bracket.target;
  const Quantity quantity = wanted(bracket);
  const bool both_absent = stop.state == State::kAbsent && target.state == State::kAbsent;
  if (stop.waits || target.waits) return std::nullopt;
  if (!both_absent) {
    const bool is_right =
        stop.state == target.state && remaining(stop) == quantity && !is_misplaced(stop);
    if (is_right) return std::nullopt;
    return request(bracket, Kind::kCancel,
                   stop.state == State::kStanding ? OrderLeg::kStopLoss : OrderLeg::kTakeProfit);
  }
  const bool gave_up = stop.failures >= rules_.attempts_max && stop.failed_for == quantity;
  if (quantity.is_zero() || gave_up) return std::nullopt;
  return request(bracket, Kind::kPlacePair, OrderLeg::kStopLoss);
}

std::optional<BracketRequest> BracketBook::next_of_leg(const Bracket& bracket, const Leg& leg,
                                                       OrderLeg which) const {
  if (!exists(leg) || leg.waits) return std::nullopt;
  const Quantity quantity = wanted(bracket);
  if (leg.state == State::kStanding) {
    if (quantity == remaining(leg) && !is_misplaced(leg)) return std::nullopt;
    const bool amend = rules_.can_amend && leg.amends && !quantity.is_zero();
    return request(bracket, amend ? Kind::kAmend : Kind::kCancel, which);
  }
  const bool gave_up = leg.failures >= rules_.attempts_max && leg.failed_for == quantity;
  if (quantity.is_zero() || gave_up) return std::nullopt;
  return request(bracket, Kind::kPlace, which);
}

std::vector<BracketRequest> BracketBook::take() {
  std::vector<BracketRequest> requests;
  for (const ClientOrderId& parent : std::exchange(dirty_, {})) {
    const auto found = brackets_.find(parent);
    if (found == brackets_.end()) continue;
    const auto due = next(found->second);
    if (!due) continue;
    found->second.in_flight = true;
    if (due->kind == Kind::kCancelEntry)
      found->second.entries.at(due->client_id).cancel_asked = true;
    requests.push_back(*due);
  }
  const auto turn = [this](const BracketRequest& made) {
    const bool is_target = made.kind == Kind::kPlace && made.leg == OrderLeg::kTakeProfit;
    return std::pair(is_target, -static_cast<std::int64_t>(brackets_.at(made.parent).denied));
  };
  std::ranges::stable_sort(requests, {}, turn);
  return requests;
}

bool BracketBook::is_busy(const ClientOrderId& parent) const {
  const auto found = brackets_.find(parent);
  return found != brackets_.end() && (found->second.in_flight || next(found->second).has_value());
}

}  // namespace botbox::exchange
