// The supervisor: brings the fleet up in portions, watches every bot, brings a dead one back from
// its durable snapshot after a growing delay, and quarantines one that keeps dying: it enters
// nothing any more, and leaves what it holds as far as that goes well. It is not on the data path:
// no check, order or report goes through it.
#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/result.hpp>
#include <caf/typed_response_promise.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/bot_actor.hpp"
#include "actors/fleet_change.hpp"
#include "actors/kept_instruments.hpp"
#include "actors/protocol.hpp"
#include "engine/clock.hpp"
#include "engine/restart_policy.hpp"
#include "engine/risk/fleet_book.hpp"

namespace botbox::actors {

// One bot as read at the start.
struct FleetMember {
  std::shared_ptr<const BotConfig> config;
  std::shared_ptr<const Strategy> strategy;
  // An error when its row cannot be read: the bot is quarantined, the others start.
  Result<BotSnapshot> snapshot;
  bool is_bound = false;  // to another market than the configured one, by what it holds
};

struct SupervisorBirth {
  caf::actor journal;
  caf::actor exchange;
  std::string exchange_name = {};  // for people
  caf::actor market_data;
  caf::actor trade_queue;
  caf::actor scheduler;
  caf::actor reconciler;    // null: none
  caf::actor signal_inbox;  // null: none
  caf::actor observer;
  InstallationId installation;
  Duration data_age_max{120'000};
  Duration signal_age_max{120'000};
  Duration traces_kept{30LL * 86'400'000};  // 0: for ever
  MovingStops moving_stops = MovingStops::kStayHere;
  std::uint32_t max_open_positions = UINT32_MAX;
  RolloutCaps rollout;                              // as configured
  std::shared_ptr<BalanceBook> balances = nullptr;  // null: nobody knows what the account has
  std::shared_ptr<SymbolBook> symbols = nullptr;    // null: nor what stands in its symbols
  FleetLimits fleet_limits;
  FleetGuards fleet_guards;
  std::vector<FleetResult> results;  // what the guards go on from; in the order of time
  std::vector<FleetLock> locks;
  std::vector<FleetMember> fleet;  // index = slot; let go of when all are spawned
  RestartConfig restart;
  std::size_t portion = 1'000;  // bots spawned per message
  EngineState engine;
  storage::Epoch epoch;  // .process of all producers
  // Whether what the exchange lists is written down, and what stands written of an earlier life.
  bool keeps_instruments = false;
  std::vector<storage::KeptInstrument> kept_instruments = {};
};

class SupervisorActor : public caf::event_based_actor {
 public:
  SupervisorActor(caf::actor_config& config, const Clock& clock, SupervisorBirth birth);
  const char* name() const override { return "supervisor"; }
  void on_exit() override;

 protected:
  caf::behavior make_behavior() override;

 private:
  // Whether the bot is in memory. Ending: it was told to, and is busy yet. Waking: its snapshot is
  // being read.
  enum class Presence : std::uint8_t { kThere, kEnding, kEvicted, kWaking };
  // How a bot in quarantine leaves what it holds: as a paused one, without its strategy, which may
  // be what fails, or not at all, as that has failed too, or there is nothing it could know of.
  enum class Confinement : std::uint8_t { kNone, kExits, kPlanOnly, kAway };
  struct Slot {
    std::shared_ptr<const BotConfig> config;
    std::shared_ptr<const Strategy> strategy;
    caf::actor bot;
    Presence presence = Presence::kThere;
    bool is_wanted_back = false;        // came while it was ending
    std::vector<caf::message> letters;  // for it, while it is not there
    std::uint64_t activation = 0;
    BotStatus status = BotStatus::kActive;
    std::shared_ptr<const SeriesRequest> series;
    std::uint32_t reads = 0;                       // BotReads that are still to come
    bool quarantine_asked = false;                 // the next BotRead is for writing ERROR
    Confinement confinement = Confinement::kNone;  // since the start, or somebody let it go on
    bool is_quarantined = false;                   // told as such, and its end not yet
    bool has_left = false;                         // the configuration, and holds nothing any more
    bool is_bound = false;                         // FleetMember::is_bound, until it is not
    std::string failure;
    std::uint32_t failures = 0;  // since the start
    // The operator's newest word since the start. Told again to every new activation until it is
    // written down: the one it was told to may have died before.
    std::unique_ptr<StatusChanged> wanted;
  };

  // A change of the configuration under way.
  struct Changing {
    struct One {
      const WantedBot* wanted = nullptr;  // of the plan; null: it has left the configuration
      std::optional<std::uint32_t> slot;  // empty: it is new to this process
      bool is_read = false;
      std::optional<BotSnapshot> stored;
      BotSnapshot next;
      bool is_changed = false;
    };

    std::shared_ptr<const FleetPlan> plan;
    caf::typed_response_promise<FleetChanged> promise;
    std::vector<BotId> order;
    std::unordered_map<BotId, One> bots;
    std::size_t unread = 0;
    std::optional<Error> problem;
    std::uint64_t turn = 0;  // of its commit; 0: still being read
    std::vector<BotChange> changes;
  };

  void ask_instruments();
  void ask_instruments_in(Duration wait);
  void on_tick();
  void tell_no_instruments(const std::string& why);
  void on_permits(const PermitsGranted& granted);
  void on_instruments(const InstrumentsFetched& fetched);
  void on_instruments_changed(const InstrumentsChanged& changed);
  void keep(const std::vector<Instrument>& listed);
  void recover_portion();
  void spawn_bot(std::uint32_t slot, BotSnapshot snapshot);
  void on_down(const caf::down_msg& down);
  void on_failure(std::uint32_t slot, std::string reason);
  void restart_bot(std::uint32_t slot);
  void ask_snapshot(std::uint32_t slot);
  void on_read(const BotRead& read);
  void hold_places(std::uint32_t slot, const BotSnapshot& snapshot);
  static Confinement next_confinement(Confinement before,
                                      const std::optional<BotSnapshot>& snapshot);
  static std::string quarantine_text(const Slot& slot, const std::optional<BotSnapshot>& snapshot);
  void end_quarantine(std::uint32_t index, std::string_view how);
  void quarantine(std::uint32_t slot, const std::optional<BotSnapshot>& snapshot);
  void change_bot(const ChangeBotStatus& message);
  FleetAllocations allocations() const;
  void start_guards();
  void lift_locks(const LiftBotLocks& message);
  void lift_fleet_locks(const LiftFleetLocks& message);
  void tell_wanted(std::uint32_t slot);
  void on_status_taken(const StatusTaken& taken);
  void change_engine(const ChangeEngineState& message);
  caf::result<EngineSwitched> switch_engine(const SwitchEngine& message);
  void close_position(const CloseBotPosition& message);
  // -- a change of the configuration (supervisor_changes.cpp)
  caf::result<FleetChanged> change_fleet(const ChangeFleet& message);
  // The change will start it: nobody else may, or it would live twice.
  bool is_changing(std::uint32_t slot) const;
  void choose_changed();
  void read_for_change(const BotId& bot);
  bool take_read_for_change(const BotRead& read);
  void write_change();
  void finish_change(Result<void> written);
  void start_as_it_was(std::optional<std::uint32_t> slot, std::optional<BotSnapshot> stored,
                       const Error& error);
  void take_on(const BotId& bot, const Changing::One& one);
  void take_away(std::uint32_t slot);
  bool take_commit_of_change(const Committed& committed);
  // Of `about` are taken kind, subject and detail.
  void write_engine(Event about);
  void on_compared();
  void on_committed(const Committed& committed);
  void evict(const EvictBot& message);
  void wake(std::uint32_t slot);
  void on_evicted(std::uint32_t slot);
  void count_evicted(std::int32_t change);
  bool is_away(const Slot& slot) const { return slot.presence != Presence::kThere; }
  // False: the bot is neither there nor evicted, or more waits for it than it will be told.
  bool write_to(std::uint32_t slot, caf::message letter);
  FleetTold told() const;
  void stop_fleet();

  const Clock& clock_;
  SupervisorBirth birth_;
  RestartPolicy restarts_;
  std::shared_ptr<FleetExposure> exposure_;
  std::shared_ptr<const BotSurroundings> around_;
  std::vector<Slot> slots_;
  std::unordered_map<caf::actor_id, std::uint32_t> slot_of_actor_;
  std::unordered_map<BotId, std::uint32_t> slot_of_bot_;
  std::uint32_t next_to_spawn_ = 0;
  std::uint32_t quarantined_ = 0;
  std::uint32_t evicted_ = 0;
  std::unique_ptr<KeptInstruments> kept_;  // null: nobody writes them down
  std::uint64_t kept_turn_ = 0;
  std::uint64_t turn_ = 0;
  std::uint64_t lifts_ = 0;        // commits of lifted locks
  std::uint64_t engine_turn_ = 0;  // of the newest switch
  std::unique_ptr<Changing> changing_;
  EngineState wanted_engine_;  // as the newest commit says, which may be under way
  std::vector<caf::typed_response_promise<EngineSwitched>> switching_;
  bool is_exchange_told_ = false;       // that it has told no instruments
  bool instruments_are_asked_ = false;  // and neither permit nor list has come
  Timestamp ask_instruments_at_;
  std::uint32_t ticks_armed_ = 0;
  Duration instrument_wait_{1'000};  // after the next failure
  bool stopping_ = false;
};

}  // namespace botbox::actors
