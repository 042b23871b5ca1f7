// FleetLedger: the guards of all bots together. It adds up how positions ended, whichever bot they
// were of, and locks entries of the whole fleet or of one symbol. Pure data of one owner; engines
// on several threads share it behind a lock (actors/fleet_exposure.hpp).
//
// Results and locks are rows that are written with the turn that closed the position; a ledger that
// is restored from them goes on as the one that noted them.
#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/model/fleet_lock.hpp"
#include "engine/model/money.hpp"
#include "engine/model/risk_plan.hpp"
#include "engine/model/signal.hpp"

namespace botbox {

// The same rules as a bot's own (engine/risk/guards.hpp), over the results of many. Equity is the
// allocations and what the results that are remembered have brought.
struct FleetGuards {
  GuardPlan fleet;
  GuardPlan symbol;

  bool are_set() const { return fleet.is_on() || symbol.is_on(); }
  // How far back a result can still matter.
  Duration memory() const;
  bool operator==(const FleetGuards&) const = default;
};

// What the ratios of the guards are of, in quote currency: the allocations of the bots.
struct FleetAllocations {
  Notional all;
  std::map<Symbol, Notional> by_symbol;
};

// Where the ledger's verdicts stand in the walk of the gates.
inline constexpr std::string_view kFleetLocksGate = "fleet_locks";

inline constexpr std::size_t kFleetResultsMax = 16'384;

class FleetLedger {
 public:
  FleetLedger(const FleetGuards& guards, FleetAllocations allocations)
      : guards_(guards), allocations_(std::move(allocations)) {}

  // Bots came, left or were changed: what later results are measured against.
  void allocate(FleetAllocations allocations) { allocations_ = std::move(allocations); }
  // As they were written; results in the order of time.
  void restore(const std::vector<FleetResult>& results, std::vector<FleetLock> locks);
  // Takes up a closed position; the same one again replaces its result. Returns the locks that are
  // new or longer.
  std::vector<FleetLock> note_closed(const FleetResult& closed);
  // The refusal of an entry on this symbol at `now`; empty: nothing is locked.
  std::optional<Verdict> refuse_locked(const Symbol& symbol, Timestamp now) const;
  // Ends the locks of this scope (empty: those of all bots together) for this reason (kNone: for
  // any). Returns them, with those that had ended by themselves.
  std::vector<FleetLock> lift(const Symbol& scope, ReasonCode reason);

  Duration memory() const { return guards_.memory(); }
  const std::vector<FleetLock>& locks() const { return locks_; }

 private:
  using Results = std::vector<ClosedResult>;
  void remember(Results& results, const ClosedResult& result) const;
  void lock(const Symbol& scope, const GuardPlan& plan, Notional allocation, const Results& results,
            std::vector<FleetLock>& added);

  FleetGuards guards_;
  FleetAllocations allocations_;
  Results results_;  // by time, then by position
  std::map<Symbol, Results> by_symbol_;
  std::vector<FleetLock> locks_;
};

}  // namespace botbox
