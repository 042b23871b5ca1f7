// The reconciler: looks at the whole account, compares it with the records, and sees to what was
// decided about each difference. At the start entries wait for its first look; closes and
// protective orders do not.
//
// One look: permit ► account ► records ► compare ► commit of what changed ► only then holds and
// actions. A difference is written once, insert-if-absent by its id, with one event. While
// something is unsettled, or being acted on, it looks every two seconds; else at its interval.
//
// After a crash: what was decided is read again. An order of a flatten has a client order id that
// is a function of the difference, and is asked for by that id before it is sent in a later life.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <map>
#include <optional>
#include <unordered_map>

#include "actors/protocol.hpp"
#include "actors/symbol_book.hpp"
#include "engine/clock.hpp"
#include "engine/execution/difference_book.hpp"

namespace botbox::actors {

struct ReconcilerSettings {
  bool is_on = false;
  Duration interval{30'000};
  Duration confirm_after{5'000};    // so long must a difference stand before it is one
  Duration look_again{2'000};       // while something is unsettled, or acted on; then less
  Duration resend_after{10'000};    // see TradeQueueSettings
  Duration answer_within{120'000};  // the same
  ReconciliationRules rules;
};

struct ReconcilerBirth {
  const storage::Store* store = nullptr;  // read only; outlives the actor
  InstallationId installation;
  caf::actor exchange;
  caf::actor journal;
  caf::actor observer;
  std::map<Symbol, std::set<BotId>> traders;  // by what they trade, running or not
  std::vector<OrderRecord> open_orders;       // as they were on record at the start
  std::vector<Difference> stored;
  bool takes_adoptions = false;                   // the exchange, of positions
  std::shared_ptr<SymbolBook> symbols = nullptr;  // hears of what is held back; null: nobody
  EngineState engine;
  storage::Epoch epoch;
};

class ReconcilerActor : public caf::event_based_actor {
 public:
  ReconcilerActor(caf::actor_config& config, const Clock& clock, ReconcilerSettings settings,
                  ReconcilerBirth birth);
  const char* name() const override { return "reconciler"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  enum Ticket : std::uint64_t { kLook = 1, kAct };
  // What a commit was about, until it is durable.
  struct Writing {
    Difference difference;
    bool is_of_look = false;
    caf::actor reply_to;
  };
  // What the newest look found of a symbol, a position in which may be adopted.
  struct Net {
    std::optional<NetPosition> theirs;
    std::map<BotId, Quantity> ours;
    bool in_doubt = false;
  };
  // The order of a flatten, or the asking of a bot to adopt a position, in this life.
  struct Progress {
    enum class Step : std::uint8_t { kAsk, kSend, kUnderWay, kAccepted } step = Step::kAsk;
    Timestamp sent_at;  // or when this life began; of an adoption: when it was asked for first
    Timestamp under_way_since;
    std::uint32_t attempt = 0;  // of the order, in this life
    bool waits_for_permit = false;
    std::uint32_t times_asked = 0;
  };

  void start(const StartReconciling& start);
  void on_attached(const BotAttached& attached);
  void note_coin(const Symbol& symbol);
  void learn_traded(const Comparison& compared);
  bool learn_let_go(const Comparison& compared);
  // -- looks
  void look();
  void look_later(Duration after);
  void on_tick();
  void give_up_look();
  void see_instruments(const AccountSnapshot& account);
  void note_filters(const std::vector<Difference>& changed);
  void note_marks(EngineRecords& records, const AccountSnapshot& account);
  void note_nets(const EngineRecords& records, const AccountSnapshot& account,
                 const Comparison& compared);
  void on_permits(const PermitsGranted& granted);
  void on_account(const AccountFetched& fetched);
  void finish_look();
  Duration pause();
  void publish_holds();
  void tell_gates(const DifferenceBook::Holds& holds, std::string why_all) const;
  void on_heard(const OrderHeard& heard);
  // -- records
  void write(const Difference& difference, Writing writing);
  void on_committed(const Committed& committed);
  void on_decide(const DecideDifference& message);
  void on_durable(const Difference& difference);
  void halt(const Difference& difference);
  void refused(const DifferenceId& id, const std::string& why);
  // -- what was decided
  void act();
  void wake(const BotId& bot);
  void adopt(const Difference& difference);
  bool is_asked_enough(const Difference& difference);
  void adopt_position(const Difference& difference, const caf::actor& bot);
  void flatten(const Difference& difference);
  OrderRequest flattening(const Difference& difference) const;
  void advance(const Difference& difference, Progress& progress, const Permit& permit);
  void on_answers(const OrdersAnswered& answered);
  void on_asked(const OrderAsked& asked);
  void on_cancelled(const OrderCancelled& cancelled);
  void judge(const Difference& difference, const OrderReport& report);
  const Difference* acting_on(const ClientOrderId& order) const;
  const Difference* cancelling(const OrderCancelled& cancelled) const;
  bool may_send() const { return engine_.live_trading && engine_.mode != EngineMode::kHalted; }

  const Clock& clock_;
  ReconcilerSettings settings_;
  ReconcilerBirth birth_;
  caf::actor trade_queue_;
  caf::actor supervisor_;
  EngineState engine_;
  DifferenceBook book_;
  std::map<Asset, Timestamp> coins_since_;  // of spot pairs: when the first bot came
  std::vector<Instrument> instruments_;     // as they were last written down, or at the start
  std::shared_ptr<const std::vector<Instrument>> listed_;  // as the bots know them; by symbol
  std::map<ClientOrderId, OrderRecord> open_orders_;
  std::unordered_map<BotId, caf::actor> bots_;
  std::map<std::uint32_t, BotId> slots_;
  std::map<Symbol, Price> marks_;  // the newest of what positions of ours are open in
  std::map<Symbol, Net> nets_;
  std::map<DifferenceId, Difference> durable_;  // those that stand
  std::set<DifferenceId> written_;              // has a row, or is about to have one
  std::map<std::uint64_t, Writing> writing_;    // by turn
  std::map<DifferenceId, Progress> progress_;
  std::deque<DifferenceId> wants_permit_;
  std::uint64_t turn_ = 0;
  std::uint32_t quick_looks_ = 0;  // one after another
  Timestamp born_at_;
  bool is_looking_ = false;
  std::optional<Timestamp> fetching_since_;  // the account of this look
  bool is_released_ = false;                 // entries do not wait any more
  bool closes_wait_;  // until then, closes do as well: the directory was restored
  bool is_act_asked_ = false;
  bool told_failure_ = false;
  std::optional<Timestamp> tick_at_;  // of the next look; empty: none is armed
  std::uint32_t ticks_armed_ = 0;
};

}  // namespace botbox::actors
