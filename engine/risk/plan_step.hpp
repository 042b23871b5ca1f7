// What a bot's plan says at a check: its exits and its scaling in, brought together for decide().
#pragma once

#include <optional>
#include <vector>

#include "engine/market/market_view.hpp"
#include "engine/model/bot.hpp"
#include "engine/strategy/strategy.hpp"

namespace botbox {

struct PlanStep {
  ReasonCode reason = ReasonCode::kNone;  // kNone: the strategy's word counts
  Direction direction = Direction::kClose;
  Quantity part;               // of a close; zero: all
  std::uint32_t partials = 0;  // partial exits that it makes up for
  PositionId adds_to;          // scaling in
  std::uint32_t level = 0;
  Notional stake;
  std::vector<Condition> conditions;
};

// `open` is the position on the bot's symbol, or null; candles that closed after `since` are new to
// it. Takes up in `next` what the plan remembers of the position, whatever becomes of the check.
//
// An exit of all goes before the strategy's word, the strategy's close before a partial exit and
// scaling in, and a proposal against the position closes it where the plan says so, before those
// two as well (the opposite entry is for a later candle).
// Silent while a close is under way. While the opening order is, only time, minimal ROI and a
// proposal against the position close it. A bot that is not active only leaves:
// its next level of scaling in is for when it goes on.
PlanStep step_plan(BotSnapshot& next, const Position* open, const MarketView& market,
                   Timestamp since, const Evaluation& evaluation, const BotConfig& config);

// The order that this step led to is on its way.
void note_accepted(BotSnapshot& next, const PlanStep& step);

// The indicators that are needed beside the strategy's: for the plan, and the regime, which paces
// checks and which every record names.
std::vector<IndicatorSpec> plan_indicators(const BotConfig& config);
// Of the newest candle; empty when the plan needs none, or it is warming up.
std::optional<Price> plan_atr(const BotConfig& config, const MarketView& market);

}  // namespace botbox
