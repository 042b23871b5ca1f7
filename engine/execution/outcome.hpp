// Outcome: a signal and its trace as they stand now, joined with the trade that came of them.
#pragma once

#include <optional>
#include <string>

#include "engine/model/signal.hpp"
#include "engine/model/trace.hpp"
#include "engine/model/trade.hpp"

namespace botbox {

// What the event of a trade's step says, and where its signal and its intent stand since: that
// event is the one of their transition as well.
std::string with_standing(std::string text, const Trade& trade);

// `trade` is the row named by signal.executed_trade_id, if there is one.
Signal with_outcome(Signal signal, const std::optional<Trade>& trade);
// `trade` is the row named by trace.trade, if there is one.
DecisionTrace with_outcome(DecisionTrace trace, const std::optional<Trade>& trade);

}  // namespace botbox
