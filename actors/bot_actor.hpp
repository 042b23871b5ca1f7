// A bot: a durable object. One message is one turn, decided by the pure decide(), made durable
// by the journal, and only then seen by anybody else.
//
// While a commit is under way the bot handles nothing else: a second check is answered "already
// checking", order reports wait in a bounded inbox. If it dies, its supervisor fences this
// activation and starts a new one from the durable snapshot.
#pragma once

#include <caf/event_based_actor.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "actors/balance_book.hpp"
#include "actors/fleet_exposure.hpp"
#include "actors/protocol.hpp"
#include "actors/symbol_book.hpp"
#include "engine/clock.hpp"

namespace botbox::actors {

// What all bots of an engine share. Outlives them.
struct BotSurroundings {
  const Clock& clock;
  caf::actor journal;
  caf::actor trade_queue;
  caf::actor observer;        // gets notices
  caf::actor scheduler = {};  // gets BotHolds; null: nobody
  InstallationId installation;
  Duration data_age_max{120'000};
  Duration signal_age_max{120'000};
  Duration traces_kept{30LL * 86'400'000};  // 0: for ever
  MovingStops moving_stops = MovingStops::kStayHere;
  RolloutCaps rollout;  // as configured
  std::shared_ptr<FleetExposure> exposure;
  std::shared_ptr<BalanceBook> balances = nullptr;  // null: what the account has is not known
  std::shared_ptr<SymbolBook> symbols = nullptr;    // null: what stands there is not known
  std::shared_ptr<const std::vector<Instrument>> instruments;  // at birth; sorted by symbol
};

struct BotBirth {
  std::uint32_t slot = 0;
  std::shared_ptr<const BotConfig> config;
  std::shared_ptr<const Strategy> strategy;
  std::shared_ptr<const SeriesRequest> series = {};  // that it reads; null: its config's alone
  BotSnapshot snapshot;
  storage::Epoch epoch;
};

class BotActor : public caf::event_based_actor {
 public:
  BotActor(caf::actor_config& config, std::shared_ptr<const BotSurroundings> surroundings,
           BotBirth birth);
  const char* name() const override { return "bot"; }
  // Lets go of all others. Its places in the fleet stay taken (actors/fleet_exposure.hpp).
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  // What waits for the commit under way. The decision is large, so it stays where it was put.
  struct UnderWay {
    std::unique_ptr<Decision> decision;
    std::optional<Check> check;
    std::shared_ptr<const OrderReported> report;
    std::optional<AdoptReduction> adopted;
    std::optional<ChangeStatus> status;
    bool adopts_position = false;
    std::unique_ptr<TakeSignal> signal;
    std::vector<FleetLock> locked;  // by the guards of all bots, because of this turn

    // The circumstances in which it was asked; null: only told.
    const Check* look() const { return signal ? &signal->look : check ? &*check : nullptr; }
  };
  static constexpr std::size_t kInboxMax = 256;

  void on_check(const Check& check);
  bool is_handled(const Check& check) const;
  void answer_handled(const Check& check);
  void on_report(const DeliverReport& deliver);
  void on_status(const ChangeStatus& change);
  void take_status(const ChangeStatus& change);
  void on_lift(const LiftLocks& lift);
  void on_adopt(const AdoptReduction& adopt);
  void on_adopt_position(const AdoptPosition& adopt);
  void on_close(const RequestClose& close);
  void on_signal(const TakeSignal& take);
  void on_committed(const Committed& committed);
  bool is_quiet() const {
    return !under_way_ && !inbox_ && !status_ && !lifts_ && !signal_ && !check_;
  }
  void end_if_quiet();
  void decide_again(UnderWay& refused, ReasonCode reason);
  void settled_before(const UnderWay& refused);
  void take_signal(std::unique_ptr<TakeSignal> take, ReasonCode claim_refused);
  void take_turn(const BotEvent& event, UnderWay under_way);
  void give_up(const UnderWay& under_way, const Error& error);
  Asset base() const;
  void hold_places();
  std::optional<Verdict> ask_ahead(const Decision& decision);
  std::optional<Verdict> ask_fleet(const Decision& decision);
  Funds funds() const;
  void restore_asides();
  SymbolStanding standing() const;
  std::optional<SymbolStanding> take_way(const Decision& decision);
  std::optional<Decimal> set_aside(const Decision& decision);
  void give_back(const Decision& decision);
  void note_ended(const BotSnapshot& next);
  void note_freed(const Effects& effects);
  storage::WriteOps note_results(UnderWay& under_way);
  void tell_holds();
  void tell_stop(const Position& position);
  void tell_adopted(const Position& position, const ClientOrderId& id, Quantity quantity);
  Result<Decision> decide_within_limits(const BotEvent& event, const Check* check);
  const EngineState& engine() const;
  DecisionContext context(const Check* check) const;
  void commit(UnderWay&& under_way);
  void perform(const Turn& turn, const UnderWay& under_way);
  void settle_report(const Turn& turn, const std::shared_ptr<const OrderReported>& report);
  void settle_signal(const Turn& turn, const TakeSignal& take);
  void answer_check(const Check& check, const Turn& turn);
  void fail_check(const Check& check, ReasonCode reason, std::string error);
  void next_from_inbox();

  std::shared_ptr<const BotSurroundings> around_;
  std::uint32_t slot_;
  std::shared_ptr<const BotConfig> config_;
  std::shared_ptr<const Strategy> strategy_;
  std::shared_ptr<const SeriesRequest> series_;                 // null: no longer timeframe
  std::shared_ptr<const std::vector<Instrument>> instruments_;  // the newest list
  const Instrument* instrument_ = nullptr;                      // in it; null: not listed
  BotSnapshot snapshot_;
  storage::Epoch epoch_;
  std::shared_ptr<const EngineState> engine_;  // of the newest check; null: none
  bool is_evicted_ = false;
  std::unique_ptr<UnderWay> under_way_;
  std::unique_ptr<std::deque<DeliverReport>> inbox_;
  std::unique_ptr<ChangeStatus> status_;            // wanted while a commit is under way
  std::unique_ptr<std::vector<LockLifted>> lifts_;  // the same
  std::unique_ptr<TakeSignal> signal_;              // came while a commit was under way
  std::unique_ptr<Check> check_;                    // the same; not while a check was under way
};

}  // namespace botbox::actors
