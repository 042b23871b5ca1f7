// The scheduler: every second, finds the bots that are due, gets each series they need once, and
// lets them look. A bot that does not answer within its deadline counts as failed and the cycle
// goes on; each cycle leaves a record.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/protocol.hpp"
#include "engine/alert_thresholds.hpp"
#include "engine/clock.hpp"
#include "engine/market/candle_cache.hpp"
#include "engine/schedule.hpp"

namespace botbox::actors {

struct SchedulerSettings {
  Duration tick{1'000};
  // On virtual time, where a year of ticks at which nothing is due costs more than all that
  // happens: while no check is under way ticks are left out up to here, but never the last one
  // before a due time. What happens, and when, stays the same. Zero: none is left out.
  Duration longest_tick{0};
  Duration deadline = kCheckDeadline;
  // Of the checks handed out, at most `batches_under_way` times this many are not answered yet. The
  // next starts when the last is answered: staggered by work done, not by the clock, so that nobody
  // waits on an idle engine.
  std::size_t batch = kBatchSize;
  // More than the journal takes into a few groups, or bots and journal would wait for each other in
  // turn: with 2, a cycle of 10,000 bots took a quarter longer than with 6, with 6 a tenth longer
  // than with 16.
  std::size_t batches_under_way = 16;
  // An idle bot whose next check is at least so far away is taken out of memory until then, or
  // until somebody wants something of it. Zero: never.
  Duration evict_idle{600'000};
  Duration cycles_kept{7LL * 86'400'000};  // records of cycles; 0: for ever
  // When a cycle takes too long, and when too many of its checks fail.
  AlertThresholds alerts;
};

class SchedulerActor : public caf::event_based_actor {
 public:
  SchedulerActor(caf::actor_config& config, const Clock& clock, caf::actor journal,
                 caf::actor market_data, caf::actor observer, SchedulerSettings settings,
                 EngineState engine, storage::Epoch epoch, std::uint64_t last_cycle);
  const char* name() const override { return "scheduler"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  struct Slot {
    BotId id;
    caf::actor bot;           // null: away
    bool is_evicted = false;  // the supervisor brings it back when asked
    BotStatus status = BotStatus::kActive;
    std::uint32_t group = 0;
    Duration interval{0};
    Timestamp due;  // of the check under way, also of its retries
    // Never: the check under way, or the next one, is a due one. Else it was asked for with
    // everybody's, or its candle waits for a longer one, and this is when the regular one comes,
    // whatever becomes of it.
    Timestamp ahead_of;
    std::uint32_t failed_attempts = 0;
    std::uint64_t cycle = 0;  // of the check under way; 0: none
    bool handed_out = false;  // counted in outstanding_
    Timestamp handed_out_at;
    bool asked_by_hand = false;  // waits to be handed out
  };
  struct Pending {
    std::uint32_t slot = 0;
    std::uint64_t cycle = 0;                      // 0: asked by hand
    caf::actor reply_to;                          // asked by hand only
    std::shared_ptr<const WaitingSignal> signal;  // to be decided; null: a check
    bool is_blind = false;                        // no view is to be had
    // Of a signal for whose entry the minutes are waited for, its bot's view being there, since
    // when; and what came of it: null where none are to be had.
    Timestamp price_asked_at;
    std::shared_ptr<const MarketView> newest;
  };
  // Bots that look at the same series.
  struct Group {
    SeriesRequest wanted;                         // with the needs of all of them
    std::shared_ptr<const SeriesRequest> series;  // a copy of it; null: to be made
    std::shared_ptr<const MarketView> view;       // of the answer being handed out
    std::vector<Pending> waiting;
    bool is_asked = false;
    Timestamp asked_at;
    std::size_t watchers = 0;   // its bots in the due table
    Timestamp failure_told_at;  // "never": it has not failed yet
  };

  void on_ready(const BotReady& ready);
  void watch_series(std::uint32_t group) { ++groups_[group].watchers; }
  void leave_series(std::uint32_t group);
  void stop_looking(std::uint32_t slot);
  void hand_out_held(std::uint32_t slot);
  void on_stopped(const BotStopped& stopped);
  void on_holds(const BotHolds& told);
  void on_tick();
  void arm_tick();
  void arm_earlier();
  std::int64_t ticks_until_next(Timestamp from) const;
  void on_view(const ViewReady& ready);
  void on_done(const CheckDone& done);
  CycleBegun check_everybody();
  void on_check_now(const CheckBotNow& request);
  void on_signal(const DecideSignal& decide);
  void on_settled(const SignalSettled& settled);
  void hand_signal(const Pending& pending);
  void on_drain(const Drain& drain);
  void answer_failed(const caf::actor& to, std::uint32_t slot, std::string error);

  void wait_for_view(const Pending& pending);
  bool wants_price(const Pending& pending) const;
  void wait_for_price(Pending pending);
  void give_up_prices(Timestamp now);
  void ask_for_view(std::uint32_t group, Timestamp now);
  void ask_again_for_views(Timestamp now);
  void hand_out();
  void evict_if_idle(const CheckDone& answer);
  void wake(std::uint32_t slot);
  void hold(const Pending& pending);
  bool is_there(const Slot& slot) const { return slot.bot || slot.is_evicted; }
  void fail(std::uint32_t slot, CheckFailure failure, std::string_view why);
  void record_failure(Group& group, const Error& error);
  void see_nothing(std::uint32_t slot);
  void finish_cycles();
  void watch(const CycleRecord& record);
  void forget_check(Slot& slot);
  std::uint32_t group_of(const SeriesRequest& series);

  const Clock& clock_;
  caf::actor journal_;
  caf::actor market_data_;
  caf::actor observer_;
  caf::actor supervisor_;  // null: bots are never evicted
  SchedulerSettings settings_;
  AlertLevel cycle_ms_;
  AlertLevel failed_share_;
  std::shared_ptr<const EngineState> engine_;
  ExchangeHealth health_ = ExchangeHealth::kHealthy;
  RateBudget budget_ = RateBudget::kAmple;
  DiskSpace disk_;
  storage::Epoch epoch_;
  std::uint64_t turn_ = 0;
  std::uint64_t cycle_;
  Timestamp next_tick_;  // where ticks are left out: an earlier one is armed no more
  DueTable due_;
  std::vector<Slot> slots_;
  std::unordered_map<BotId, std::uint32_t> slot_of_;
  std::map<SeriesKey, std::uint32_t> group_index_;
  std::vector<Group> groups_;
  std::deque<Pending> ready_;                                     // their group's view is there
  std::unordered_map<std::uint32_t, std::vector<Pending>> held_;  // until their bot is awake
  // The signal that each bot has to decide: told again to its next activation, which may hear of it
  // for the first time.
  std::unordered_map<BotId, DecideSignal> signals_;
  std::map<std::uint64_t, CheckTracker> cycles_;
  std::map<std::uint64_t, std::string> first_failures_;  // of cycles that have one
  std::vector<std::string> events_;                      // encoded, for the next commit
  std::size_t outstanding_ = 0;
  DelayHistogram answered_;  // since a cycle was told of
  bool draining_ = false;
  caf::actor drain_to_;  // until it is answered
};

}  // namespace botbox::actors
