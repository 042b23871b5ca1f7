// BracketBook: which stop and target must stand at a venue that attaches none itself. Pure: facts
// in, requests out; the shell (venue_exchange.*) sends them and brings the answers back.
//
// One bracket belongs to one entry order ("parent") and the position that it opens; what enlarges
// the position ("addition") shares stop and target with it. The book asks for one request at a time
// per bracket, and for the next when that one has an answer. Promises,
// whatever is lost, late or refused on the way, as long as unknown outcomes are asked for by id:
//  - never more than one live stop, and one live target, per position;
//  - when a bracket is quiet and nothing was refused, both stand for exactly what is open;
//  - a stop that is moved is amended, where the venue can, else cancelled and placed anew: then
//    there is a moment without one, never one with two. A new place that the venue refuses (the
//    price is there already) is given up for the old one, with an event;
//  - what is added to a position is in its stop one request after its fill is known, where the
//    venue amends; elsewhere after two, a cancellation and a placing;
//  - a stop that fires takes its target, its unfilled parent and unfilled additions with it;
//  - a stop that is refused is tried again at the next ticks, attempts_max times for one open
//    quantity, and from then on once in retry_ticks: the price may have come back. Every refusal is
//    an event;
//  - a stop that is refused because the price has passed its trigger is told to whoever can close
//    the position (take_passed), and tried like any other meanwhile: at the first three words of
//    the venue, and from then on after ever more ticks, at most 32;
//  - a stop that stood and is not found is not placed beside itself, though its venue is slow to
//    tell of it: only one of which nothing is found for long (lost_ticks, twins_max) has a
//    successor under another id.
//
// Ids: a leg has the client id that the engine gave it. One that is placed anew gets the next id of
// a chain that is a function of the first one, so that it is found again after a restart: after
// every end where the venue takes an id only once, elsewhere after one with fills. So an order that
// was filled is never hidden behind a later one of its id, and an id that the venue does not know,
// or knows without a fill, is the last of its chain.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/model/order.hpp"
#include "engine/model/symbol_standing.hpp"
#include "exchange/exchange.hpp"
#include "exchange/venue/open_bracket.hpp"

namespace botbox::exchange {

struct BracketRules {
  bool can_amend = false;
  // Stop and target cannot stand for the same coins: one request places both, a cancellation of
  // one is a cancellation of both.
  bool pair_needed = false;
  bool ids_reusable = false;
  std::uint32_t attempts_max = 5;
  std::uint32_t retry_ticks = 60;
  std::uint32_t unprotected_ticks = 3;  // without a stop for so many ticks: an event
  // What stood is lost when it was not found at so many ticks in a row: venues may tell of an order
  // later than they take it, and a second stop beside the first would be one too many.
  std::uint32_t lost_ticks = 5;
  // An id that is taken for ever, and of whose order nothing was found after so many tries to place
  // it, is used up: the venue has forgotten the order, and the next id of the chain follows.
  std::uint32_t twins_max = 15;
};

enum class BracketRequestKind : std::uint8_t {
  kPlace,
  kPlacePair,
  kAmend,
  kCancel,
  kAsk,
  kCancelEntry  // of the parent, or of an addition
};

struct BracketRequest {
  BracketRequestKind kind = BracketRequestKind::kPlace;
  ClientOrderId parent;
  OrderLeg leg = OrderLeg::kStopLoss;
  ClientOrderId client_id;  // as the venue knows it; kPlacePair: of the stop
  Symbol symbol;
  OrderSide side = OrderSide::kSell;
  Quantity quantity;  // kAmend: the new total, fills included
  Price trigger;
  bool moves = false;              // kAmend: to the trigger as well
  ClientOrderId target_client_id;  // kPlacePair
  Price target_trigger;            // kPlacePair

  bool operator==(const BracketRequest&) const = default;
};

enum class LegRefusal : std::uint8_t { kOther, kTriggerPassed };

struct BracketEvent {
  std::string kind;  // "bracket.refused", "bracket.lost", "position.unprotected", ...
  std::string text;

  bool operator==(const BracketEvent&) const = default;
};

// The `generation`-th id of a chain; the 0th is the id itself. At most 28 characters of [a-z0-9] if
// the first has no more.
ClientOrderId chained_id(const ClientOrderId& first, std::uint32_t generation);
bool is_of_chain(const ClientOrderId& first, const ClientOrderId& id);

class BracketBook {
 public:
  // Whose order a venue's client id is.
  struct Owner {
    ClientOrderId parent;
    ClientOrderId leg_id;  // the engine's own id of the leg
    OrderLeg leg = OrderLeg::kStopLoss;
  };
  struct Leg {
    ClientOrderId id;        // empty: the bracket has no such leg
    Price trigger;           // wanted
    Price stands_at;         // of the standing order; zero: not told, taken to be right
    Price before;            // where it stood before it was moved; zero: it was not
    bool is_moving = false;  // it may stand elsewhere: moved, or adopted
    Price taken_back_from;   // a place that is not ours, from which it was moved back; zero: none
    bool was_moved = false;  // a move was sent, and where it stands was not told since
    std::uint32_t vain_moves = 0;  // in a row, after which it stood elsewhere
    std::uint32_t displaced_ticks = 0;
    std::uint32_t taken_back = 0;  // so many times
    enum class State : std::uint8_t { kAbsent, kUnknown, kStanding } state = State::kAbsent;
    std::uint32_t generation = 0;
    Quantity quantity;       // of the standing order
    Quantity filled;         // of the present incarnation
    Quantity filled_before;  // of all earlier ones
    Quantity recorded;       // by executions, ours or the venue's; at least this was filled
    std::uint32_t failures = 0;
    Quantity failed_for;              // the open quantity that the failures are about
    std::uint32_t rested_ticks = 0;   // since it was refused attempts_max times
    std::uint32_t missing_ticks = 0;  // at which it was not found, since a word on it
    bool is_missing = false;          // not found since the last tick
    bool is_lost = false;             // given up, and no word on it since
    bool is_twin = false;             // its id was called taken, and was not asked for since
    std::uint32_t twins = 0;          // so often, and not found then, since a word on it
    bool waits = false;               // for the next tick
    bool amends = true;               // until the venue refuses an amendment
    bool was_placed = false;
    bool search_chain = false;       // adopted: the newest generation is not known
    std::uint32_t passed_told = 0;   // that the price has passed it, so many times
    std::uint32_t passed_ticks = 0;  // since it was told last
  };

  explicit BracketBook(BracketRules rules) : rules_(rules) {}

  // An entry is about to be sent; nothing of it is filled. `lot`: stops are multiples of it.
  void open(const OrderRequest& entry, Quantity lot);
  // What an earlier process left: both legs are asked for before anything is placed.
  void adopt(const OpenBracket& bracket, Quantity lot);
  // Of an entry that perhaps never left: its legs are asked for once something is known of it.
  void adopt_unheard(const OpenBracket& bracket, Quantity lot);
  // Adopted, and the coins that the venue kept as a fee are not in our records: until
  // on_entry_known nothing is placed or changed for it. An entry or an addition.
  void doubt_entry(const ClientOrderId& entry);
  void on_entry_known(const ClientOrderId& entry);
  // Stops of the symbol are multiples of it from now on.
  void learn_lot(const Symbol& symbol, Quantity lot);
  // `addition` is about to be sent: an order that enlarges the parent's position.
  void enlarge(const ClientOrderId& parent, const ClientOrderId& addition);
  // The entry or addition was definitely not executed.
  void drop(const ClientOrderId& entry);
  bool knows(const ClientOrderId& parent) const { return brackets_.contains(parent); }
  // The parent of an addition.
  std::optional<ClientOrderId> parent_of_addition(const ClientOrderId& id) const;

  // Totals so far, of an entry or addition. `fee_in_base`: coins that the venue kept of what was
  // bought.
  void on_entry(const ClientOrderId& entry, Quantity filled, Quantity fee_in_base, bool is_final);
  void on_exit(const ClientOrderId& parent, const ClientOrderId& order, Quantity filled);

  // The venue's word on one leg, by the venue's client id.
  // `trigger` zero: not told.
  void on_leg(const ClientOrderId& id, OrderStatus status, Quantity quantity, Quantity filled,
              Price trigger = {});
  // Not found. One that stands is not given up for that at once: see lost_ticks.
  void on_leg_missing(const ClientOrderId& id);
  // What the executions of all its incarnations add up to, by the engine's own id.
  void on_leg_executions(const ClientOrderId& id, Quantity filled);
  // Definitely not executed; `why` for people.
  void on_refused(const BracketRequest& request, const std::string& why,
                  LegRefusal refusal = LegRefusal::kOther);
  // By the venue's client id: the price has passed a stop that stands all the same, as an order
  // that waits for the price to come back.
  void on_stop_beyond(const ClientOrderId& id, const std::string& why);
  // Nothing was sent: no permit, no connection. Tried again at the next tick, as often as needed.
  void on_unsent(const BracketRequest& request);
  // Perhaps executed, or a question without an answer.
  void on_unknown(const BracketRequest& request);
  // A placing whose id the venue calls taken: by the leg itself, if an earlier one arrived.
  void on_taken(const BracketRequest& request);
  // The request has its answer (told by one of the above before); the next one may go.
  void on_answered(const BracketRequest& request);

  // The stop is to stand at `trigger` from now on, if that is nearer to the price.
  void move_stop(const ClientOrderId& parent, Price trigger);

  // While held, a bracket stands for nothing: coins that its legs lock are free for a close.
  void hold(const ClientOrderId& parent);
  void release(const ClientOrderId& parent);
  bool is_held(const ClientOrderId& parent) const;
  // Time for another try of what was refused, at about one second's distance.
  void tick();

  // Everything that may go out now; each is under way until on_answered. Where permits are few, no
  // new target takes one from a stop, and what was denied most often comes first.
  std::vector<BracketRequest> take();
  std::vector<BracketEvent> take_events();
  std::vector<PassedStop> take_passed();
  // True while a request is under way or due.
  bool is_busy(const ClientOrderId& parent) const;

  Quantity open_quantity(const ClientOrderId& parent) const;
  OrderSide exit_side(const ClientOrderId& parent) const;
  // More is known to have left it than to have entered, and an entry may still tell of more. Once
  // all of them are final nothing comes: another bot's part of a net position was taken.
  bool is_overdrawn(const ClientOrderId& parent) const;
  // Some of its stop was filled.
  bool has_stopped(const ClientOrderId& parent) const;
  // A bracket of the symbol on the other side that is open, or may still be filled.
  std::optional<ClientOrderId> held_against(const Symbol& symbol, OrderSide entry_side) const;
  // What stands for the symbol's brackets, or may come to stand: the legs of all that is open or
  // may still be filled, and the entries that may.
  SymbolStanding standing_of(const Symbol& symbol) const;
  // Symbols of which that may have changed since the last call.
  std::set<Symbol> take_changed();
  std::optional<ClientOrderId> parent_of_group(const PositionId& group) const;
  std::optional<Owner> owner_of(const ClientOrderId& id) const;  // ours or the venue's
  const Leg* leg(const ClientOrderId& id) const;
  // An order of a leg that is over, or was given up: a later one of its chain has its place.
  bool is_past(const ClientOrderId& id) const;
  // The id under which the venue knows the leg now.
  ClientOrderId venue_id(const Leg& leg) const;
  std::size_t size() const { return brackets_.size(); }
  // Neither leg stands, or may stand.
  bool is_clear(const ClientOrderId& parent) const;
  // Flat, final, and nothing of it stands any more.
  bool is_done(const ClientOrderId& parent) const;

 private:
  struct Entry {
    Quantity filled;
    Quantity fee_in_base;
    bool is_final = false;
    bool cancel_asked = false;
    bool waits = false;  // with its cancellation, for the next tick
    bool in_doubt = false;
  };
  struct Bracket {
    ClientOrderId parent;
    PositionId group;
    Symbol symbol;
    OrderSide exit_side = OrderSide::kSell;
    Quantity lot;
    Leg stop;
    Leg target;
    std::map<ClientOrderId, Entry> entries;  // the parent, and what enlarges its position
    Quantity exits_before;                   // adopted: by orders that nobody will report again
    std::map<ClientOrderId, Quantity> exits;
    bool held = false;
    bool in_flight = false;
    bool is_unheard = false;  // nothing is known of its entry yet
    std::uint32_t unprotected_ticks = 0;
    std::uint32_t denied = 0;  // requests without a permit since the last word on a leg
    bool told_unprotected = false;
  };

  static Quantity entered(const Bracket& bracket);
  static bool are_entries_final(const Bracket& bracket);
  static Quantity exited(const Bracket& bracket);
  static Quantity open_of(const Bracket& bracket);
  // Open, or may still be filled.
  static bool is_live(const Bracket& bracket) {
    return !are_entries_final(bracket) || !open_of(bracket).is_zero();
  }
  static Quantity wanted(const Bracket& bracket) {
    return bracket.held ? Quantity{} : open_of(bracket);
  }
  std::optional<BracketRequest> next(const Bracket& bracket) const;
  std::optional<BracketRequest> next_of_pair(const Bracket& bracket) const;
  std::optional<BracketRequest> next_of_leg(const Bracket& bracket, const Leg& leg,
                                            OrderLeg which) const;
  BracketRequest request(const Bracket& bracket, BracketRequestKind kind, OrderLeg which) const;
  std::optional<BracketRequest> next_cancelled_entry(const Bracket& bracket) const;
  Bracket* find(const ClientOrderId& id, Leg** leg);
  Entry* find_entry(const ClientOrderId& id, Bracket** bracket);
  void touch(const Bracket& bracket) {
    dirty_.insert(bracket.parent);
    changed_.insert(bracket.symbol);
  }
  void end_incarnation(Leg& leg);
  static void forget_doubts(Leg& leg);
  void miss(Bracket& bracket, Leg& leg, bool is_again);
  void note_twin(Bracket& bracket, Leg& leg);
  void fail(const Bracket& bracket, Leg& leg);
  void try_again_after_rest(Leg& leg) const;
  void note_passed(const Bracket& bracket, Leg& stop, bool or_target, const std::string& why);
  void take_back(const Bracket& bracket, Leg& stop);
  void note_vain_move(const Bracket& bracket, Leg& leg);
  bool give_up_move(const Bracket& bracket, Leg& leg, const std::string& why);
  void tell_protection(Bracket& bracket);
  void event(const Bracket& bracket, std::string kind, const std::string& text);
  void name(const Bracket& bracket);

  BracketRules rules_;
  std::map<ClientOrderId, Bracket> brackets_;
  std::map<ClientOrderId, Owner> owners_;  // our ids and the venue's
  std::map<PositionId, ClientOrderId> groups_;
  std::map<ClientOrderId, ClientOrderId> additions_;  // addition -> parent
  std::set<ClientOrderId> dirty_;                     // brackets that may have something to ask for
  std::set<Symbol> changed_;
  std::vector<BracketEvent> events_;
  std::vector<PassedStop> passed_;
};

}  // namespace botbox::exchange
