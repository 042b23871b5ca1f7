// The parts of decide(), one file each, and what they share. Nobody else includes this.
#pragma once

#include "engine/decide.hpp"
#include "engine/risk/plan_step.hpp"

namespace botbox {

Decision decide_check(const BotSnapshot& snapshot, const CheckDue& event,
                      const DecisionContext& context);
Result<Decision> decide_report(const BotSnapshot& snapshot, const OrderReported& event,
                               const DecisionContext& context);
Decision decide_status(const BotSnapshot& snapshot, const StatusChanged& event,
                       const DecisionContext& context);
Decision decide_lift(const BotSnapshot& snapshot, const LockLifted& event,
                     const DecisionContext& context);

Result<Decision> decide_reduction(const BotSnapshot& snapshot, const ReductionAdopted& event,
                                  const DecisionContext& context);
Result<Decision> decide_adoption(const BotSnapshot& snapshot, const PositionAdopted& event,
                                 const DecisionContext& context);
Decision decide_close(const BotSnapshot& snapshot, const CloseRequested& event,
                      const DecisionContext& context);
Decision decide_stop_passed(const BotSnapshot& snapshot, const StopPassed& event,
                            const DecisionContext& context);

Decision decide_signal(const BotSnapshot& snapshot, const SignalReceived& event,
                       const DecisionContext& context);

// What is known of a candidate before the gates are asked, wherever it comes from.
struct CandidateTurn {
  BotSnapshot next;
  Signal signal;        // without verdicts, or with those of refusals before the gates
  DecisionTrace trace;  // bot, time and context
  const MarketView* market = nullptr;  // null: there is none to be had
  Duration price_age{0};               // of a price that the market does not show: how far behind
  PlanStep plan;
  ReasonCode claim_refused = ReasonCode::kNone;
};
// Gates, size, and the records of what came of it.
Decision decide_candidate(const BotSnapshot& snapshot, const DecisionContext& context,
                          CandidateTurn turn, const Candidate& candidate);
// The last verdict of the signal said no: the signal is kept with its reason, nothing else happens.
Turn refused_turn(const DecisionContext& context, CandidateTurn turn);

// A JSON object: closing price, age of the data, gaps, indicator values, the regime where it is
// known, the plan's word.
std::string market_context(const MarketView& market, const Evaluation* evaluation, Timestamp now,
                           ReasonCode plan);

// Folds the fills that the position does not know yet. True if there were any.
Result<bool> fold_fills(const BotSnapshot& snapshot, Position& position, const OrderReport& report,
                        Effects& effects);
// Writes the position's row and moves it out of the snapshot once it is closed.
void settle_position(BotSnapshot& next, std::vector<Position>::iterator at, const Position& before,
                     const DecisionContext& context, Effects& effects);

// Of a position that its stop closes: a stop that was moved is known by what moved it.
ReasonCode stop_reason(const BotSnapshot& snapshot, const Position& position);

// A trade of this position is under way.
bool is_busy(const BotSnapshot& snapshot, const PositionId& position);

// How much the trade is about, for its event.
std::string size_text(const Trade& trade);

Event event_for(const DecisionContext& context, std::string kind, std::string subject,
                std::string detail);

}  // namespace botbox
