// The inbox of signals from outside. An offered signal is made durable and only then answered; then
// it goes to its bot, one at a time and in the order of arrival, until the bot has decided it.
//
// The same signal offered again gets the same answer and has no effect: by its own id for as long
// as idempotency keys live, without one by its content for kContentWindow from its first arrival,
// to the millisecond; repeats do not lengthen that.
// After a crash all that was answered is still there: as waiting, or as decided.
//
// A delayed signal lines up for its bot when its time has come, behind those that wait by then.
//
// What waits for a bot that leaves the configuration, or goes into quarantine, is IGNORED at once,
// and so is what still comes for it until it is back; unless the bot has decided it before, which
// then stands. Delayed signals wait for the end of a quarantine as long as their time allows.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

// An alert that was taken within the last minute of the process before.
struct RecentAlert {
  std::string name;  // of its claim (storage::alert_claim_key)
  SignalId signal;
  Timestamp expires_at;
};

struct SignalInboxBirth {
  std::vector<std::shared_ptr<const WaitingSignal>> waiting;  // in the order of arrival
  std::vector<RecentAlert> recent;
  storage::Epoch epoch;
  // What is beyond these is refused as kOverloaded. Of all bots; half of them may be delayed: those
  // stay for long, and a sender of nothing else keeps nobody out.
  std::size_t waiting_max = 20'000;
  std::size_t bytes_max = std::size_t{64} << 20;
  // Lined up for one bot, which may decide nothing, so that the others have room; and how long the
  // one that it is to decide next may have been with it.
  std::size_t waiting_of_bot_max = 5'000;
  std::size_t bytes_of_bot_max = std::size_t{16} << 20;
  Duration decided_within{600'000};
  Duration traces_kept{30LL * 86'400'000};  // of what no bot decides; 0: for ever
};

class SignalInboxActor : public caf::event_based_actor {
 public:
  SignalInboxActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                   caf::actor scheduler, caf::actor observer, SignalInboxBirth birth);
  const char* name() const override { return "signal_inbox"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  using Offer = std::shared_ptr<const SignalOffer>;
  // An alert that came. Until it is durable, those who offered it wait.
  struct Known {
    OfferAnswer answer;
    bool is_durable = false;
    std::vector<Offer> offers;
  };
  struct UnderWay {
    std::string name;  // empty: its bot is gone, and it is known already
    std::shared_ptr<const WaitingSignal> waiting;  // null: only recorded
    std::size_t bytes = 0;
  };
  struct Queue {
    std::deque<std::shared_ptr<const WaitingSignal>> waiting;
    std::size_t bytes = 0;
    Timestamp first_since;  // the first of them is with its bot
  };
  // What has no room is refused before anything of it is taken in.
  struct Room {
    std::size_t count = 0;
    std::size_t bytes = 0;
  };

  void on_offer(const Offer& offer);
  void on_committed(const Committed& committed);
  void on_settled(const SignalSettled& settled);
  void on_gone(const BotId& bot, ReasonCode why);
  bool has_room(const SignalOffer& offer) const;
  void take_in(const Offer& offer, const std::string& name);
  void enqueue(std::shared_ptr<const WaitingSignal> waiting);
  ReasonCode unheard(const Signal& signal) const;
  void ignore(const WaitingSignal& waiting, ReasonCode why);
  void hold_back(std::shared_ptr<const WaitingSignal> waiting);
  void line_up(std::shared_ptr<const WaitingSignal> waiting);
  void append(std::shared_ptr<const WaitingSignal> waiting);
  void on_tick();
  void arm_timer();
  void deliver(const BotId& bot);
  void forget_expired();
  Timestamp new_time(const BotId& bot);

  const Clock& clock_;
  caf::actor journal_;
  caf::actor scheduler_;
  caf::actor observer_;
  storage::Epoch epoch_;
  Room room_;
  Room room_of_bot_;
  Duration decided_within_;
  Duration traces_kept_;
  std::uint64_t turn_ = 0;
  std::uint64_t order_ = 0;  // of the newest
  std::size_t count_ = 0;    // under way, waiting or delayed
  std::size_t bytes_ = 0;    // of them
  bool is_timer_armed_ = false;
  std::unordered_map<std::string, Known> known_;
  std::deque<std::pair<Timestamp, std::string>> expiring_;  // of known_, oldest first
  std::unordered_map<std::uint64_t, UnderWay> under_way_;   // by turn
  std::unordered_map<BotId, Queue> queues_;
  // By their time, then by arrival.
  std::map<std::pair<Timestamp, std::uint64_t>, std::shared_ptr<const WaitingSignal>> delayed_;
  std::unordered_map<BotId, Timestamp> newest_;  // signal of each bot
  std::unordered_map<BotId, ReasonCode> gone_;   // bots that decide nothing now
};

}  // namespace botbox::actors
