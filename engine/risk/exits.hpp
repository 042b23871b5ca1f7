// Exits and scaling in: what a position does by its plan when candles have closed. Pure functions
// of the position, what is remembered of it, and the candles.
//
// A stop that follows the price moves when a candle closes, and only tightens. Where the exchange
// moves stops (Exchange::note_stop) the position's own stop follows it there and fires within a
// candle; elsewhere the first stop stands all the while, and one that was crossed closes at the
// market when the candle closes. Either way one stop stands at the exchange.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/model/bot.hpp"
#include "engine/model/candle.hpp"
#include "engine/model/position.hpp"
#include "engine/model/risk_plan.hpp"
#include "engine/model/risk_state.hpp"
#include "engine/model/signal.hpp"

namespace botbox {

struct ExitInput {
  const ExitPlan& plan;
  const Position& position;       // open
  std::span<const Candle> fresh;  // closed since the last look, oldest first; at least one
  Duration candle{60'000};        // length of one
  std::optional<Price> atr;       // of the newest
};

struct ExitStep {
  PositionCare care;
  ReasonCode reason = ReasonCode::kNone;  // kNone: stay
  Quantity quantity;                      // of a partial exit, on no grid; zero: all
  std::uint32_t partials = 0;             // how many partial exits that is
  std::vector<Condition> conditions;      // the rule that speaks, with its numbers
};

// What is remembered of a position that is looked at for the first time.
PositionCare care_for(const Position& position);

// The position's stop was moved since its entry, and is where it is remembered to be.
bool has_moved_stop(const BotSnapshot& snapshot, const Position& position);

// In this order: a stop that a candle has crossed, then at the newest close time stop, minimal ROI,
// partial exits. Of the candle in which the position was opened only the close is known to come
// after it; of one in which it was enlarged that is all of the best price, which counts anew then.
// A crossed stop is remembered (PositionCare::due) until the position is closed. One that stood at
// the exchange while it was crossed has its answer on the way: if the position is still there at
// the next look, it is left at the market.
ExitStep step_exits(const ExitInput& input, PositionCare care);

// Gross profit of the open part at `price`, as a ratio of its cost.
Decimal profit_ratio(const Position& position, Price price);
// The same after fees and funding: the open part pays on its way out what it paid, by the mean of
// all fees so far, on its way in.
Decimal net_profit_ratio(const Position& position, Price price);

// The ROI that a position of this age has to be above (freqtrade's minimal_roi: the step with the
// greatest age, in whole minutes, that is reached; empty: none is).
std::optional<Decimal> roi_wanted(std::span<const RoiStep> steps, Duration age);

struct ScaleIn {
  std::uint32_t level = 0;  // from 1 on
  Notional cost;
  Condition condition;
};
// The next level, if the close has reached it; one level at a time.
std::optional<ScaleIn> next_level(const ScalingPlan& plan, const Position& position,
                                  const PositionCare& care, Price close);
// How far from the first entry level k waits, as a ratio.
Result<Decimal> deviation_of(const ScalingPlan& plan, std::uint32_t level);

}  // namespace botbox
