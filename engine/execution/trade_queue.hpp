// The trade queue as data: which trade goes next, which one waits for what.
//
// CLOSE goes first, then first in, first out. Nothing here sends or stores; the trade-queue actor
// does what this says and tells it what happened. Bounded by the caller: `size()` is the depth to
// alert on.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "engine/model/event.hpp"
#include "engine/model/trade.hpp"

namespace botbox {

// Where a trade stands between queue, journal, exchange and bot.
enum class QueueStage : std::uint8_t {
  kWaiting,     // PENDING, not sent
  kCommitting,  // EXECUTING is being made durable
  kInFlight,    // sent, reply expected
  kUnknown,     // no definite answer; asked by client order id when due
  kAsking,      // the question is under way
  kWorking,     // the exchange has it, it is not final
  kReported,    // the final word is with the bot, whose commit settles it
};
std::string_view to_string(QueueStage stage);

// May a trade that was not sent yet leave in this mode? In REDUCING only CLOSE, in HALTED none.
bool mode_allows(const Trade& trade, EngineMode mode);

class TradeQueue {
 public:
  struct Entry {
    Trade trade;
    QueueStage stage = QueueStage::kWaiting;
    Timestamp ask_at;             // kUnknown: when to ask (again)
    std::uint32_t questions = 0;  // asked without a definite answer, since dispatched_at
    std::uint32_t refusals = 0;   // of the question itself
    Timestamp dispatched_at;      // newest dispatch, as far as is known
    Timestamp awaited_since;      // kInFlight, kAsking: since when a word is expected
    Timestamp not_before;         // kWaiting: of a trade that came back unsent, or is held back
  };

  explicit TradeQueue(Duration resend_after = Duration{10'000}) : resend_after_(resend_after) {}

  // A new PENDING trade, or one re-read at start: EXECUTING ones start as kUnknown, due at once.
  // A trade that is already there is left as it is (the outbox may repeat itself).
  void add(Trade trade, Timestamp now);
  // Nothing leaves before there is a definite answer on this one, as on those that are EXECUTING at
  // start.
  void recover(const TradeId& id);
  // The question itself is refused: its trade stays unknown, and after so many times nothing else
  // waits for it. What merely has no answer does not count.
  static constexpr std::uint32_t kRefusals = 3;
  void question_refused(const TradeId& id);
  // The next trades to dispatch, at most `limit`, in order; none while recovery is under way, and
  // no close whose quantity is zero. In REDUCING only CLOSE, in HALTED none. They move to
  // kCommitting as EXECUTING, attempts + 1.
  std::vector<Trade> take_dispatchable(std::size_t limit, EngineMode mode, Timestamp now);
  // This one is asked for, whatever the mode and whatever else is recovered, and stays PENDING: the
  // exchange has no order of it as far as the records know. False: it does not wait to be sent for
  // the first time.
  bool ask_unsent(const TradeId& id, Timestamp now);
  // The exchange has the order of a PENDING trade: it moves to kCommitting as EXECUTING, to be
  // asked for again. Empty: it is EXECUTING already, or its end is with the bot.
  std::optional<Trade> take_found(const TradeId& id, Timestamp now);
  // How many trades take_dispatchable could take in this mode: what to ask permits for. Asked after
  // every message, so it costs nothing but for trades that came back unsent or are held.
  std::size_t waiting(EngineMode mode, Timestamp now) const;

  // Left for the exchange, which is expected to say something. Counts as the newest dispatch.
  void sent(const TradeId& id, Timestamp now);
  // Durable as EXECUTING and not sent: an earlier life, which the records have forgotten, may have
  // sent it. Asked for at once; when it is not there it can be sent without waiting.
  void ask_first(const TradeId& id, Timestamp now, std::string message);
  // No definite answer: ask by client order id after 2 s, 4 s, ... at most 60 s.
  void no_answer(const TradeId& id, Timestamp now, std::string message);
  // Asked by client order id: not there. A request that is still on its way could arrive later, so
  // it counts only for a question put `resend_after` after the last dispatch (longer than the venue
  // accepts an old timestamp), however late its answer comes; before that the question is put
  // again. Then the trade is dispatched anew, with the same client order id.
  void not_found(const TradeId& id, Timestamp now);
  // Definitely not sent, or refused before execution (rate limit): goes out again when `not_before`
  // has come, with the same client order id.
  void unsent(const TradeId& id, Timestamp not_before);
  // Waiting trades that the mode does not let leave: entries in REDUCING, all in HALTED. An entry
  // that waited for the operator would go out at a price nobody decided on, so it ends as blocked.
  // They move to kReported.
  std::vector<Trade> take_blocked(EngineMode mode);
  // Whatever enters the position that this close is to end: until all of it is settled, but not
  // longer than `until`, the close is not sent. Empty: nothing does, or the close was sent already.
  std::vector<TradeId> hold_close(const TradeId& close, Timestamp until);
  // How much a close sells. False: it was sent already, or sells as much as that.
  bool resize_close(const TradeId& close, Quantity quantity);
  // Closes without a quantity that wait behind nothing any more: whether there is anything to sell
  // is for their bots to say. They move to kReported; one that goes on comes back by unsent().
  std::vector<Trade> take_unsized(Timestamp now);
  // One that waits is not sent any more, and moves to kReported. False: it does not wait.
  bool take_waiting(const TradeId& id);
  // The exchange knows the order. If it waited to be sent (again), it is not sent any more.
  void accepted(const TradeId& id, const OrderId& order_id, Timestamp now);
  // The same, and the order is final.
  void reported(const TradeId& id);
  // The bot's commit made the final state durable.
  void settled(const TradeId& id);

  // Unknown trades whose time to ask has come; they move to kAsking.
  std::vector<Trade> take_questions(std::size_t limit, Timestamp now);
  // Trades of which a word has been expected since `since` or longer, in flight or asked for, in
  // the order of their ids. Walks over all trades.
  std::vector<TradeId> awaited(Timestamp since) const;
  // Earliest time at which take_questions may return something; "never" when nothing waits.
  Timestamp next_question_at() const;

  // Trades that were EXECUTING at start, or are to be recovered as if they were, and have no
  // definite answer yet.
  std::size_t recovering() const { return recovering_.size(); }
  const Entry* find(const TradeId& id) const;
  const Entry* find(const ClientOrderId& id) const;
  // Any that fits; null: none does. Walks over all trades.
  const Entry* find_if(const std::function<bool(const Entry&)>& fits) const;
  std::size_t size() const { return entries_.size(); }
  std::size_t depth(QueueStage stage) const;
  std::size_t unknown_outcomes() const;
  void for_each(const std::function<void(const Entry&)>& visit) const;

 private:
  // CLOSE before others, then by creation time, then by id.
  using Order = std::tuple<int, std::int64_t, std::string>;
  static Order order_of(const Trade& trade);
  Trade start(Entry& entry, Timestamp now);
  Entry& at(const TradeId& id);
  Entry* unsent_close(const TradeId& id);
  std::vector<TradeId> entries_of(const PositionId& position) const;
  void forget_entering(const Trade& trade);
  void hold_until(Entry& entry, Timestamp not_before);
  void release_closes(const PositionId& position);
  void ask_at(Entry& entry, Timestamp when);
  void ask_later(Entry& entry, Timestamp now);
  void leave_waiting(Entry& entry);
  void leave_recovery(const TradeId& id) { recovering_.erase(id.value); }

  bool may_leave(const Entry& entry, EngineMode mode, Timestamp now) const;
  void start_waiting(const Entry& entry);
  void stop_waiting(const Entry& entry);

  Duration resend_after_;
  std::unordered_map<std::string, Entry> entries_;  // by trade id, which is the client order id
  std::unordered_map<std::string, std::set<std::string>> entering_;  // by position: what enters it
  std::set<Order> waiting_;
  std::size_t waiting_closes_ = 0;  // of waiting_
  std::set<Order> held_;  // of waiting_: those with a not_before, and closes of no quantity
  std::set<std::string> held_closes_;  // behind entries of their positions
  std::set<std::pair<std::int64_t, std::string>> questions_;
  std::set<std::string> recovering_;
};

}  // namespace botbox
