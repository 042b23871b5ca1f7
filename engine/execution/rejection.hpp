// The trace of a signal from outside that no bot was asked about: its body said nothing that can be
// traded, or no such bot runs here. A bot's own word on a signal is decide()'s.
#pragma once

#include "engine/model/signal.hpp"
#include "engine/model/time.hpp"
#include "engine/model/trace.hpp"

namespace botbox {

// IGNORED, because nobody decides it. kUnknownBot: its bot left the configuration; kBotNotActive:
// its bot is in quarantine.
void reject_unheard(Signal& signal, ReasonCode why);

// Stands under the time of the signal's arrival, as those of all signals from outside.
DecisionTrace rejection_trace(const Signal& rejected, Timestamp at);

}  // namespace botbox
