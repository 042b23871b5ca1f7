// What a drill (drill_options.hpp) changes: the clock, and the periods that are counted in real
// time.
#pragma once

#include <memory>

#include "actors/engine_system.hpp"
#include "actors/operator_desk.hpp"
#include "engine/clock.hpp"
#include "tools/botbox/drill_options.hpp"
#include "tools/config/engine_config.hpp"

namespace botbox::cli {

// Without a drill, the wall clock. Error kInvalidInput: a scale out of 1 to kTimeScaleMax, an
// origin that is missing, in the future, or so long ago that the drill's time has left the
// calendar.
Result<std::unique_ptr<Clock>> clock_of(const DrillOptions& drill);

// Error kInvalidInput: a drill against a real venue. One at an address of this machine is
// simulated.
Result<void> allow_drill(const DrillOptions& drill, const config::ExchangeSection& exchange);

// What is awaited in real time is awaited as long as ever (answers of this process and of the
// exchange do not come faster); what recurs in the drill's time recurs that much faster, down to 20
// ms.
void adapt(actors::EngineSettings& settings, const DrillOptions& drill);
// The same for what an operator waits for.
actors::OperatorDeskSettings adapted(actors::OperatorDeskSettings settings,
                                     const DrillOptions& drill);

}  // namespace botbox::cli
