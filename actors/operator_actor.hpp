// The actor behind OperatorDesk: checks who may, writes down who did, tells the actors of the
// engine, and waits for what comes of it.
#pragma once

#include <atomic>
#include <caf/event_based_actor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/alert_watch_actor.hpp"
#include "actors/engine_facts.hpp"
#include "actors/fleet_draft.hpp"
#include "actors/operator_arguments.hpp"
#include "actors/operator_desk.hpp"
#include "actors/operator_reads.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

// A request and whoever waits for it: answered exactly once, also when it is dropped.
class OperatorCall {
 public:
  OperatorCall(OperatorRequest asked, OperatorAnswer answer,
               std::shared_ptr<std::atomic<std::size_t>> under_way)
      : request(std::move(asked)), answer_(std::move(answer)), under_way_(std::move(under_way)) {
    ++*under_way_;
  }
  ~OperatorCall() {
    answer(fail(ErrorCode::kUnavailable, "the engine is stopping"));
    --*under_way_;
  }
  OperatorCall(const OperatorCall&) = delete;
  OperatorCall& operator=(const OperatorCall&) = delete;
  void answer(Result<std::string> result) {
    if (is_answered_.exchange(true)) return;
    if (before_answer) before_answer();
    answer_(std::move(result));
  }

  bool is_answered() const { return is_answered_; }

  const OperatorRequest request;
  OperatorArguments arguments;          // parsed by the actor
  std::function<void()> before_answer;  // on any thread; set by the actor, may be null

 private:
  OperatorAnswer answer_;
  std::atomic<bool> is_answered_{false};
  std::shared_ptr<std::atomic<std::size_t>> under_way_;
};
using OperatorCallPtr = std::shared_ptr<OperatorCall>;

struct OperatorAsked {
  OperatorCallPtr call;
};
// To a reader.
struct ReadNow {
  OperatorCallPtr call;
  std::shared_ptr<const ReadQuery> query;
};
struct ReadFleet {};
// To the drafter. Answered by FleetDrafted.
struct DraftFleet {
  FleetWish wish;
  caf::actor reply_to;
};
struct FleetDrafted {
  std::shared_ptr<Result<FleetDraft>> draft;
};
caf::behavior fleet_drafter(caf::event_based_actor* self, FleetDrafter draft);

// The engine's actors, as the desk speaks to them.
struct OperatorParts {
  const storage::Store& store;
  const JournalCounters& journal_counters;
  caf::actor journal;
  caf::actor supervisor;
  caf::actor scheduler;
  caf::actor trade_queue;
  caf::actor reconciler;  // null: off
  caf::actor limiter;
  caf::actor market_data;
  caf::actor exchange;
  std::shared_ptr<const BalanceBook> balances;
  std::vector<NamedActor> singletons;
  storage::Epoch epoch;
  std::shared_ptr<OperatorReads> reads;
  std::vector<caf::actor> readers;  // empty: reads where it runs
  FleetDrafter draft;               // null: the configuration cannot change
  caf::actor drafter;               // null: drafts where it runs
  std::string live_forbidden;
  Duration patience;
  Duration check_patience;
};

class OperatorActor : public caf::event_based_actor {
 public:
  OperatorActor(caf::actor_config& config, const Clock& clock, OperatorParts parts);
  const char* name() const override { return "operator_desk"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  using Json = nlohmann::ordered_json;
  using Act = std::function<void(const OperatorCallPtr&)>;
  using Prepare = Result<Act> (OperatorActor::*)(const OperatorCall& call);
  struct Command;
  struct Closing;
  // Something that was asked for and shows in the store once it is done.
  struct Watch {
    OperatorCallPtr call;
    Timestamp deadline;
    std::function<std::optional<Result<Json>>()> look;  // empty: not yet
    std::string late;
  };

  void on_asked(const OperatorCallPtr& call);
  // -- looking
  void look(const OperatorCallPtr& call);
  void with_facts(const OperatorCallPtr& call, Duration age_max);
  void gather();
  template <class Told, class Ask>
  void gather_from(const caf::actor& whom, Ask question, std::optional<Told> EngineFacts::*into);
  void gather_mailboxes();
  void on_fact();
  void look_at_market(const OperatorCallPtr& call);
  void look_at_queue(const OperatorCallPtr& call);
  // Null: there is none.
  void read(const OperatorCallPtr& call, std::shared_ptr<const EngineFacts> facts,
            std::shared_ptr<const MarketView> market);
  // -- changing
  void record(const OperatorCallPtr& call, Act act);
  void on_committed(const Committed& committed);
  Result<Act> prepare_note(const OperatorCall& call);
  Result<Act> prepare_trigger(const OperatorCall& call);
  Result<Act> prepare_mode(const OperatorCall& call);
  Result<Act> prepare_live(const OperatorCall& call);
  Result<Act> prepare_rollout(const OperatorCall& call);
  Result<Act> prepare_status(const OperatorCall& call);
  Result<Act> prepare_check(const OperatorCall& call);
  Result<Act> prepare_close(const OperatorCall& call);
  Result<Act> prepare_close_all(const OperatorCall& call);
  Result<Act> prepare_lift(const OperatorCall& call);
  Result<Act> prepare_fleet_lift(const OperatorCall& call);
  Result<Act> prepare_decide(const OperatorCall& call);
  Result<Act> prepare_cancel(const OperatorCall& call);
  void switch_engine(const OperatorCallPtr& call, SwitchEngine wanted);
  void check(const OperatorCallPtr& call);
  Result<void> orders_leave() const;
  std::shared_ptr<Closing> begin_closing(const OperatorCall& call) const;
  Result<bool> ask_to_close(Closing& closing, const BotId& bot, bool asks);
  bool ask_left_to_close(Closing& closing, bool is_last);
  void close(const OperatorCallPtr& call);
  void close_all(const OperatorCallPtr& call);
  void on_decided(const DifferenceDecided& decided);
  // -- the configuration (operator_fleet.cpp)
  void reconfigure(const OperatorCallPtr& call);
  void next_reconfiguration();
  void on_drafted(const FleetDrafted& drafted);
  void change_fleet(const OperatorCallPtr& call, const std::shared_ptr<const FleetDraft>& draft);
  void watch(Watch watch);
  void on_tick();
  template <class Answered, caf::message_priority Priority = caf::message_priority::normal,
            class Message, class Tell>
  void ask(const OperatorCallPtr& call, const caf::actor& whom, Message message, Tell tell);

  const Clock& clock_;
  OperatorParts parts_;
  std::uint64_t turn_ = 0;
  std::map<std::uint64_t, std::pair<OperatorCallPtr, Act>> recording_;  // by turn
  std::vector<Watch> watches_;
  std::multimap<DifferenceId, OperatorCallPtr> deciding_;
  std::deque<OperatorCallPtr> reconfiguring_;  // the first is under way
  bool is_drafting_ = false;
  std::shared_ptr<const EngineFacts> facts_;
  std::shared_ptr<EngineFacts> gathering_;  // null: nobody is being asked
  std::size_t facts_missing_ = 0;
  std::vector<OperatorCallPtr> wait_for_facts_;
  std::size_t next_reader_ = 0;
  bool tick_armed_ = false;
};

}  // namespace botbox::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::OperatorAsked)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::ReadNow)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::ReadFleet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::DraftFleet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(::botbox::actors::FleetDrafted)
