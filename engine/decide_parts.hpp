// The parts of decide(), one file each, and what they share. Nobody else includes this.
#pragma once

#include "engine/decide.hpp"

namespace botbox {

Decision decide_check(const BotSnapshot& snapshot, const CheckDue& event,
                      const DecisionContext& context);
Result<Decision> decide_report(const BotSnapshot& snapshot, const OrderReported& event,
                               const DecisionContext& context);
Decision decide_status(const BotSnapshot& snapshot, const StatusChanged& event,
                       const DecisionContext& context);
Decision decide_lift(const BotSnapshot& snapshot, const LockLifted& event,
                     const DecisionContext& context);

Event event_for(const DecisionContext& context, std::string kind, std::string subject,
                std::string detail);

}  // namespace botbox
