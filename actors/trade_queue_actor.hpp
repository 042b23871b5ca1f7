// The trade queue: takes PENDING trades from bots, gets a permit, makes EXECUTING durable, lets the
// order out, and brings every word of the exchange back to the bot that asked for it.
//
// Which trade goes when is decided by engine/execution/trade_queue.hpp. A trade without a definite
// answer stays EXECUTING and is asked for by client order id. After a start nothing is dispatched
// until every trade that was EXECUTING has a definite answer. In restored data every order is asked
// for before it is sent for the first time, and before its trade ends without being sent, whatever
// holds it back.
//
// A close of a position whose entry has not ended yet (it fills in parts, or nothing is known of
// it) cancels that entry first, and sells all that it bought once its bot has booked that. If no
// end comes of it the close is sent a minute later as it was decided. One that was decided before
// the entry had bought anything has no quantity, and is not sent without one: once nothing enters
// its position any more the bot is told that there is nothing to close, and either writes that down
// as its end or answers with what it holds. Nothing of this is stored: a start finds both in the
// queue and begins anew.
//
// A stop that the exchange does not take because the price has passed it is told to its bot, which
// closes the position, unless no close may leave.
//
// An exchange that never answers is waited for `answer_within`: an order in flight is then of
// unknown outcome, a question is put again. What it says later is taken all the same, but for a
// refusal of an attempt that is not the newest, or a "not found" to a question that is not.
#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/execution/queue_watch.hpp"
#include "engine/execution/trade_queue.hpp"

namespace botbox::actors {

struct TradeQueueSettings {
  Duration poll_interval{1'000};  // order updates are asked for this often while orders stand
  Duration resend_after{10'000};  // see TradeQueue::not_found
  // Longer than any exchange's own time-outs, those of several requests for one call together;
  // given up up to an eighth later.
  Duration answer_within{120'000};
  std::size_t dispatch_max = 512;  // trades per EXECUTING commit
  AlertThresholds alerts;          // of the queue's depth and of unknown outcomes
};

// What was durable at the start.
struct TradeQueueBirth {
  std::vector<Trade> open_trades;                                     // PENDING and EXECUTING
  std::vector<std::pair<ClientOrderId, std::uint32_t>> order_routes;  // protective orders -> slot
  std::vector<std::uint32_t> trade_slots;                             // parallel to open_trades
  // Of open_trades, those that an operator does not want any more, and who said so.
  std::vector<std::pair<ClientOrderId, std::string>> cancelled;
  EngineState engine;
  storage::Epoch epoch;
  Timestamp restored_at = {};  // "never"; else orders may stand that the records have forgotten
  // Looks at the account before any entry leaves, or anything at all where the engine state says
  // so; null: nobody does, and entries leave at once.
  caf::actor reconciler;
};

class TradeQueueActor : public caf::event_based_actor {
 public:
  TradeQueueActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                  caf::actor exchange, caf::actor observer, TradeQueueSettings settings,
                  TradeQueueBirth birth);
  const char* name() const override { return "trade_queue"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  enum Ticket : std::uint64_t { kPlaceNormal = 1, kPlaceProtective, kAsk, kPoll, kCancel };
  // An operator's wish that is being written, and what is said of it then.
  struct Wish {
    ClientOrderId trade;
    std::string outcome;
    caf::typed_response_promise<TradeCancelled> promise;
  };
  struct Dispatch {
    std::vector<Trade> trades;
    std::vector<Permit> permits;
    std::optional<Wish> wish;
  };
  struct Route {
    std::uint32_t slot = 0;
  };
  // A trade that is to end wherever it is, and why.
  struct Unwanted {
    std::string why;
    ReasonCode reason = ReasonCode::kNone;
  };
  struct Refusal {
    std::string message;
    ReasonCode reason = ReasonCode::kNone;
  };

  void enqueue(const EnqueueTrade& message);
  void on_permits(const PermitsGranted& granted);
  void on_committed(const Committed& committed);
  void on_answers(const OrdersAnswered& answered);
  void on_answer(const OrderAnswered& answer);
  void on_late_answer(const TradeQueue::Entry& entry, const Error& error);
  void on_asked(const OrderAsked& asked);
  void on_updates(const OrderUpdatesPolled& polled);
  void on_settled(const ReportSettled& settled);
  void on_attached(const BotAttached& attached);
  void on_stop_passed(const TellStopPassed& passed);
  void on_engine_state(const SetEngineState& message);
  void on_hold(const HoldEntries& hold);
  void tell_reconciler(const OrderReport& report);
  void send_out(const Dispatch& dispatch);
  bool is_to_be_sent(const Trade& trade) const;
  bool may_be_out(const Trade& trade) const;
  void ask_first(const Trade& trade);
  void ask_what_may_be_out();
  void take_up(const TradeQueue::Entry& entry);
  bool put_off(const OrderReport& report, std::uint32_t slot);
  void tell_put_off(const ClientOrderId& entry);
  caf::typed_response_promise<TradeCancelled> cancel(const CancelTrade& message);
  void on_wish_durable(Wish wish);
  bool is_worth_another_cancel(const OrderCancelled& cancelled) const;
  void on_cancelled(const OrderCancelled& cancelled);
  QueueTold told(const AskQueue& ask) const;
  void on_tick();
  void give_up_waiting();
  void on_drain(const Drain& drain);

  // Asks for the permits that are wanted now.
  void pump();
  void ask_permits(Ticket ticket, std::size_t count);
  void dispatch(const PermitsGranted& granted, EngineMode allowed);
  void ask_orders(const PermitsGranted& granted);
  void handle_report(const OrderReport& report);
  void pass_on(const OrderReport& report, std::uint32_t slot);
  void accept(const TradeQueue::Entry& entry, const OrderReport& report);
  bool end_if_cancelled(const TradeQueue::Entry& entry);
  void clear_way(const TradeId& close);
  void clear_ways();
  void ask_for_sizes();
  void resize(const CloseSize& size);
  void deliver(std::uint32_t slot, std::shared_ptr<const OrderReported> report);
  void tell_first(std::uint32_t slot);
  void wake(std::uint32_t slot);
  void fail(const Trade& trade, const std::string& message, ReasonCode blocked);
  void refuse(const TradeQueue::Entry& entry, const Error& error);
  void unknown(const TradeId& id, const std::string& message);
  void commit(storage::WriteOps rows, Dispatch dispatch);
  // What the operator's switches let out.
  EngineMode mode() const { return engine_.live_trading ? engine_.mode : EngineMode::kHalted; }
  // The same for what closes, and for entries, while they wait for the first look at the account.
  EngineMode close_mode() const {
    return hold_.closes ? EngineMode::kHalted : std::max(mode(), EngineMode::kReducing);
  }
  EngineMode entry_mode() const { return hold_.waiting ? close_mode() : mode(); }
  // Why they hold this trade back; kNone: they do not.
  ReasonCode held_back(const Trade& trade) const;
  void block(const Trade& trade);
  void block_what_may_not_leave();
  void finish_drain();
  void arm_tick(Duration after);

  const Clock& clock_;
  caf::actor journal_;
  caf::actor exchange_;
  caf::actor observer_;
  TradeQueueSettings settings_;
  TradeQueue queue_;
  QueueWatch watch_;
  EngineState engine_;
  caf::actor reconciler_;
  HoldEntries hold_;
  // Open at the start, and nothing heard of them since then.
  std::set<std::string> unheard_;
  storage::Epoch epoch_;
  Timestamp restored_at_;
  // In restored data: the exchange has said that it has no order of this client id.
  std::set<std::string> not_out_;
  // In restored data, by the entry that waits for its answer: the newest report of each stop and
  // target that waits for it, by client order id.
  std::map<std::string, std::map<std::string, OrderReport>> put_off_;
  std::uint64_t turn_ = 0;
  std::uint64_t update_cursor_ = 0;
  caf::actor waker_;                               // of evicted bots; null: there was none yet
  std::vector<caf::actor> bots_;                   // by slot; null while a bot is away
  std::unordered_map<std::string, Route> routes_;  // client order id -> bot
  std::map<std::uint64_t, Dispatch> committing_;   // by turn
  // What each bot has still to make durable, by slot. Only the first is told; the others wait, so
  // that a bot, whichever activation of it, hears all reports in their order: of a stop before its
  // entry it could make nothing, and a part of the entry that comes after its stop does not fit.
  using Reports = std::deque<std::shared_ptr<const OrderReported>>;
  std::map<std::uint32_t, Reports> reports_;
  // Trades that an operator does not want any more, and entries behind which a close of their
  // position waits; until they are settled.
  std::unordered_map<std::string, Unwanted> unwanted_;      // by client order id
  std::deque<std::pair<Symbol, ClientOrderId>> to_cancel_;  // waits for a permit
  std::map<std::string, Timestamp> cancelling_;  // by client order id: sent, no answer yet
  // Of a further attempt, until the exchange says whether an earlier one arrived.
  std::unordered_map<std::string, Refusal> refused_;  // by client order id
  std::uint64_t permits_asked_ = 0;                   // bit set of tickets under way
  bool polling_ = false;
  Timestamp polled_at_;
  Timestamp waited_at_;  // when it was last looked for answers that do not come
  bool tick_armed_ = false;
  bool draining_ = false;
  caf::actor drain_to_;  // until it is answered
};

}  // namespace botbox::actors
