// VenueDesk: the state and the conversations behind VenueExchange. Everything but post() runs on
// its strand. Kept alive by what is under way; knows its API only until close().
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "exchange/venue/bracket_book.hpp"
#include "exchange/venue/funding_book.hpp"
#include "exchange/venue/strand.hpp"
#include "exchange/venue/tracked_order.hpp"
#include "exchange/venue/venue_exchange.hpp"

namespace botbox::exchange {

class VenueDesk : public std::enable_shared_from_this<VenueDesk> {
 public:
  VenueDesk(VenueApi& api, VenueExchangeSettings settings);

  void post(std::function<void(VenueDesk&)> task);
  // After it no call reaches the API; what is still to be sent is answered kUnavailable.
  void close() { api_ = nullptr; }
  void connect(ExchangeLink link);
  // How the next updates() asks for what is open: symbol by symbol, or the whole account at once.
  // Safe to use from any thread.
  bool polls_by_symbol() const { return polls_by_symbol_; }

  void adopt(const OpenBracket& bracket);
  void look_up_with(FindBracket find) { find_bracket_ = std::move(find); }
  void instruments(const Permit& permit, const Reply<std::vector<Instrument>>& reply);
  void candles(const Permit& permit, const CandleQuery& query,
               const Reply<std::vector<Candle>>& reply);
  void balances(const Permit& permit, const Reply<std::vector<Balance>>& reply);
  void place(const Permit& permit, const OrderRequest& order, const Reply<OrderReport>& reply);
  void ask_order(const Permit& permit, const Symbol& symbol, const ClientOrderId& id,
                 const Reply<std::optional<OrderReport>>& reply);
  void cancel(const Permit& permit, const Symbol& symbol, const ClientOrderId& id,
              const Reply<OrderReport>& reply);
  void cancel_nameless(const Permit& permit, const Symbol& symbol, const OrderId& id,
                       const Reply<OrderReport>& reply);
  void updates(const Permit& permit, std::uint64_t cursor, const Reply<OrderUpdates>& reply);
  void account(const Permit& permit, const Reply<AccountSnapshot>& reply);
  void note_repeat(const OrderRequest& order);
  void note_reduction(const PositionId& group, const ClientOrderId& id, Quantity quantity);
  void note_adoption(const AdoptedPart& part);
  void note_stop(const PositionId& group, Price trigger);
  void set_own_orders(OwnOrders own);
  void set_clock_alert(const AlertThreshold& threshold) { clock_level_.set_threshold(threshold); }

 private:
  using Then = std::function<void()>;
  // Runs its function on the strand when the last holder lets go of it, wherever that is.
  struct Barrier {
    Barrier(VenueDesk& owner, Then then) : desk(owner.shared_from_this()), done(std::move(then)) {}
    ~Barrier() {
      desk->post([then = std::move(done)](VenueDesk&) { then(); });
    }
    Barrier(const Barrier&) = delete;
    Barrier& operator=(const Barrier&) = delete;
    std::shared_ptr<VenueDesk> desk;
    Then done;
  };
  struct AskedBeyond {
    Price trigger;
    std::uint64_t again_at = 0;  // this poll, or when the stop was moved
  };
  struct Poll {
    std::vector<VenueOrder> open;
    std::optional<Error> failure;
    std::set<ClientOrderId> parents;  // whose protection the answer waits for
  };

  // -- talking to the venue
  template <class T>
  Reply<T> on_strand(std::function<void(Result<T>)> then);
  // `call` is given the API and what to answer to.
  template <class T, class Call>
  void send(Call call, std::function<void(Result<T>)> then);
  // The same on a permit of our own.
  template <class T, class Call>
  void send_own(VenueCall kind, std::uint32_t size, Call call, std::function<void(Result<T>)> then);
  // The same for what is nothing in parts, or is given up after some tries: it waits for room.
  template <class T, class Call>
  void send_further(VenueCall kind, std::uint32_t size, Call call,
                    std::function<void(Result<T>)> then);
  using AcquirePermit = std::function<void(PermitRequest, Reply<Permit>)>;
  template <class T, class Call>
  void send_on(const AcquirePermit& acquire, VenueCall kind, std::uint32_t size, Call call,
               std::function<void(Result<T>)> then);
  void with_permit(const AcquirePermit& acquire, VenueCall kind, std::uint32_t size,
                   std::function<void(const Result<Permit>&)> then,
                   PermitPriority priority = PermitPriority::kProtective);
  // For a request about this bracket: a close that is under way waits for it, and for room.
  const AcquirePermit& acquire_for(const ClientOrderId& parent) const {
    return book_.is_held(parent) ? link_.acquire_further : link_.acquire;
  }
  VenueApi& side_of(VenueApi& api, bool conditional) const;
  void tell(std::string_view kind, std::string text);

  // -- orders
  TrackedOrder* find(const ClientOrderId& id);
  TrackedOrder& track(const ClientOrderId& id, const Symbol& symbol, OrderSide side);
  const Instrument& instrument(const Symbol& symbol) const;
  void join(TrackedOrder& order, const ClientOrderId& parent);
  void forget(const ClientOrderId& id);
  // Takes in the venue's word, fetches the executions that are missing, tells the book.
  void settle(const VenueOrder& order, const Then& then);
  ExecutionQuery executions_of(TrackedOrder& tracked, const VenueOrder& order) const;
  void note(const VenueOrder& order);
  // The venue does not know an order of an earlier life of which fills are on record. One that is
  // open is never forgotten: after some polls it is over, with what is on record.
  void ask_what_became(const ClientOrderId& id, const Symbol& symbol,
                       const std::shared_ptr<Barrier>& settled);
  void note_not_there(const ClientOrderId& id);
  // What is known of an execution, and is told otherwise now: booked it stays as it was.
  void tell_changed(const TrackedOrder& order, const std::vector<VenueExecution>& executions);
  void tell_odd_fees(const TrackedOrder& order, const std::vector<VenueExecution>& executions);
  OrderReport report(const TrackedOrder& order) const;
  using CancelOne = std::function<void(VenueApi&, const Permit&, Reply<VenueOrder>)>;
  void cancel_apart(const CancelOne& cancel, const ClientOrderId& id,
                    const Reply<OrderReport>& reply);

  // -- funding of perpetuals
  // Fills of a bracket that are known and not told, because their funding is not known yet.
  struct Unfunded {
    std::uint32_t polls = 0;
    bool has_failed = false;
    Timestamp ask_at;  // by the venue's clock; never: at the next poll
  };
  void expect_funding(TrackedOrder& order, const std::vector<VenueExecution>& fresh);
  // Asks what the bracket received, if its fills are to tell of it. Nothing waits for the answer
  // but the telling: no order, no stop.
  void fund(const ClientOrderId& parent);
  // Without a failure: the answer is in funding_.
  void on_funding(const FundingQuery& query, const std::optional<Error>& failure);
  void give_or_wait(const ClientOrderId& parent, const std::optional<Error>& failure);
  // At once, or when the question that is under way and may be about the bracket has its answer.
  void when_asked(const ClientOrderId& parent, const Then& then);
  // Lets fills be told as far as their funding is known (`anyway`: all); what is to be asked next.
  std::optional<FundingQuery> give_funding(const ClientOrderId& parent, bool anyway);
  // A payment that was due and did not come in the time waited for it, once an hour and symbol.
  void tell_late(const ClientOrderId& parent, const VenueExecution& execution);
  // Asks now and then when the venue pays next.
  void learn_funding_times();
  void recall_funding(const OpenBracket& bracket);
  // No fill of ours, but it is paid for as well.
  void fund_adopted(const ClientOrderId& parent, const AdoptedPart& part);
  // Asks again for what waits, as far as its time has come.
  void fund_due();

  void publish(const ClientOrderId& id);
  void publish_bracket(const ClientOrderId& parent);
  // An entry's fills are still to come, as is known of it or because more has left than entered.
  bool lacks_entries(const ClientOrderId& parent);

  void send_order(const Permit& permit, const OrderRequest& order, const Reply<OrderReport>& reply);
  void on_placed(const OrderRequest& order, const Result<VenueOrder>& placed,
                 const Reply<OrderReport>& reply);
  void follow_up(const ClientOrderId& id, const Symbol& symbol, const Then& then);
  void enter(const Permit& permit, const OrderRequest& order, const Reply<OrderReport>& reply);
  // Whether the entry's stop and target would find room in its symbol, and nobody holds it the
  // other way where the two would net.
  Result<void> check_way(const OrderRequest& entry) const;
  // Ours and others'.
  SymbolStanding standing_of(const Symbol& symbol) const;
  // Of all symbols in which it may have changed.
  void tell_standing();
  // Once its terms are agreed. Its first permit is spent by then.
  void enter_on_terms(const OrderRequest& order, bool is_new, const Reply<OrderReport>& reply);
  void give_up_entry(const ClientOrderId& id, bool is_new, Error why,
                     const Reply<OrderReport>& reply);
  void enlarge(const Permit& permit, const OrderRequest& order, const Reply<OrderReport>& reply);
  // The bracket that the order may enlarge now.
  Result<ClientOrderId> enlarged_by(const OrderRequest& order) const;
  void place_close(const Permit& permit, const OrderRequest& order, const ClientOrderId& parent,
                   const Reply<OrderReport>& reply);
  // Once nothing is under way for the bracket. Without a permit a new one is asked for.
  void send_close(const std::optional<Permit>& permit, const OrderRequest& order,
                  const ClientOrderId& parent, const Reply<OrderReport>& reply);
  void give_up_close(const ClientOrderId& id, Error why, const Reply<OrderReport>& reply);
  // What of it may go out now: as much as is open.
  Result<OrderRequest> clipped_close(const OrderRequest& order, const ClientOrderId& parent) const;
  void release_after(const ClientOrderId& id);
  void let_go(std::map<ClientOrderId, ClientOrderId>::iterator close);
  void answer_with_report(const ClientOrderId& id, const Reply<OrderReport>& reply);
  // `sending`: as it was when the question was put.
  void on_order_asked(const ClientOrderId& id, std::uint64_t sending,
                      const std::optional<VenueOrder>& order,
                      const Reply<std::optional<OrderReport>>& reply);
  // "Not there" says nothing of a request that left after the question.
  std::uint64_t sending_of(const ClientOrderId& id) const;

  // -- brackets
  void pump();
  void perform(const BracketRequest& request);
  void perform_amend(const BracketRequest& request);
  void perform_cancel(const BracketRequest& request);
  void perform_ask(const BracketRequest& request);
  void on_leg_placed(const BracketRequest& request, const Result<std::vector<VenueOrder>>& placed);
  void on_leg_changed(const BracketRequest& request, const Result<VenueOrder>& order);
  void watch_for_beyond(const VenueOrder& order);
  void note_failure(const BracketRequest& request, const Error& error);
  void finish(const BracketRequest& request);
  void when_quiet(const ClientOrderId& parent, Then then);

  void adopt_entry(const OpenBracket& bracket, const ClientOrderId& id, Quantity filled,
                   bool is_over);
  void adopt_close(const OpenBracket& bracket, const OpenClose& close);
  void recall_booked(const OpenBracket& bracket);
  // Adopts the brackets of orders that stand and that nobody here knows.
  void take_up(const std::vector<VenueOrder>& open);
  // Asks for some of the entries that were adopted in doubt, once their instrument is known.
  void ask_adopted();
  // False: it is being asked for, is known, or cannot be asked for yet.
  bool ask_adopted_entry(const ClientOrderId& id);
  // This position is to be closed: its entries do not wait for their turn.
  void ask_first(const ClientOrderId& parent);
  void on_adopted_asked(const ClientOrderId& id, const Result<std::optional<VenueOrder>>& order);

  // -- terms: leverage and margin mode
  using Agreed = std::function<void(const Result<void>&)>;
  // `is_held`: the symbol has a position, under which a venue changes neither.
  bool needs_terms(const Symbol& symbol, bool is_held) const;
  void with_terms(const Symbol& symbol, const Agreed& then);
  void set_margin_mode(const Symbol& symbol, const Agreed& then);
  void set_leverage(const Symbol& symbol, const Agreed& then);
  void on_term_set(std::string_view what, const Symbol& symbol, const Result<std::monostate>& done,
                   const Agreed& then);

  // -- account
  struct Survey;
  template <class T>
  void survey(const std::shared_ptr<Survey>& gathered, VenueCall kind,
              std::function<void(VenueApi&, const Permit&, Reply<T>)> call,
              std::function<void(AccountSnapshot&, const T&)> take);
  void survey_orders(const std::shared_ptr<Survey>& gathered, const Symbol& symbol,
                     bool conditional);
  void survey_instruments(const std::shared_ptr<Survey>& gathered);
  OpenOrder open_order(const VenueOrder& order) const;

  // -- polls
  void list_open(const Permit& permit, const std::shared_ptr<Poll>& poll, const Then& then);
  void compare(const std::shared_ptr<Poll>& poll, const Then& then);
  // An order and the venue's word on it; without one it is to be asked for.
  using Changed = std::pair<ClientOrderId, std::optional<VenueOrder>>;
  void put_in_turn(std::vector<Changed>& changed);
  // Whether this poll asks for executions that are missing of what is over.
  bool asks_for_late(const TrackedOrder& order) const;
  // A leg that was given up for lost and stands after all, beside its successor.
  void cancel_left_over(const VenueOrder& order);
  void count_others(const std::vector<VenueOrder>& open);
  std::set<Symbol> watched() const;
  void choose_poll();
  // Lets go of positions that are over and of which the engine has heard.
  void prune(std::uint64_t cursor);
  OrderUpdates changes_since(std::uint64_t cursor) const;
  void learn_time();
  void on_instruments(const std::vector<Instrument>& list);

  Strand strand_;
  VenueApi* api_;
  const VenueFeatures features_;
  VenueExchangeSettings settings_;
  ExchangeLink link_;
  BracketBook book_;
  std::map<ClientOrderId, TrackedOrder> orders_;
  std::map<Symbol, Instrument> instruments_;
  mutable std::map<Symbol, Instrument> unlisted_;  // what their symbols say
  std::map<Symbol, OrderCount> others_;            // not ours, as of the last poll, where it looked
  std::set<Symbol> others_changed_;                // since they were told
  std::map<ClientOrderId, std::set<ClientOrderId>> family_;  // by parent: all that is not it
  std::set<ClientOrderId> in_doubt_;                         // placed, no definite answer yet
  std::set<ClientOrderId> lost_;                             // of them, those without any answer
  std::map<ClientOrderId, bool> adopted_;                    // in doubt; whether it is being asked
  ClientOrderId adopted_asked_;                              // the last one, of those in turn
  std::map<ClientOrderId, ClientOrderId> closes_;            // close under way -> parent, held
  std::set<ClientOrderId> unsent_;                           // to be sent once something is done
  std::vector<std::pair<ClientOrderId, Then>> wait_quiet_;   // by parent
  // Parents of orders of which something was heard since the last poll, and not by a poll: what a
  // start asks for, what becomes of an amendment. The next poll tells it.
  std::set<ClientOrderId> noted_;
  FindBracket find_bracket_;
  std::set<ClientOrderId> looked_up_;  // whatever came of it
  std::set<Symbol> agreed_;            // whose terms were settled by this process
  std::set<Symbol> mode_agreed_;       // the margin mode only
  FundingBook funding_;
  // Stops that the venue takes for targets, by the engine's id.
  std::map<ClientOrderId, AskedBeyond> beyond_asked_;
  std::map<ClientOrderId, Unfunded> unfunded_;  // by parent
  bool is_funding_asked_ = false;
  std::uint32_t funding_failures_ = 0;  // in a row; enough: later fills wait for one question only
  Timestamp funding_heard_;             // the hour of the last answer
  std::vector<Then> wait_funding_;      // for the answer
  std::map<Symbol, Timestamp> late_told_;  // the hour
  Timestamp funding_times_due_;
  bool are_funding_times_asked_ = false;
  Timestamp newest_;  // the venue's clock, as last heard of
  std::uint64_t changes_ = 0;
  std::uint64_t polls_ = 0;
  std::uint64_t sendings_ = 0;
  std::map<ClientOrderId, std::uint64_t> unsettled_;  // since which poll
  std::uint64_t surveys_ = 0;                         // accounts told
  AlertLevel clock_level_{settings_.clock_offset};
  OwnOrders own_orders_ = OwnOrders::kLetGo;
  std::atomic<bool> polls_by_symbol_;
};

}  // namespace botbox::exchange
