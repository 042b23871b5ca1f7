// The execution payload: what a signal and its bot's settings came to. The order as it is sent, and
// what the bot's plan makes of the position afterwards. For people and programs that read a trace:
// nothing here is read back, the trade's own row is what is executed.
#pragma once

#include <string>

#include "engine/model/bot.hpp"
#include "engine/model/trade.hpp"

namespace botbox {

// No list in a payload is longer; what is left out is counted ("more").
inline constexpr std::size_t kPayloadListMax = 12;

// A JSON object; amounts and ratios are texts, durations milliseconds.
//
//   all     order_type, side, quantity, price (of the decision), allocation, leverage
//   entry   cost, stop_loss and take_profit (price and order_type), dca, trailing, break_even,
//           time_stop_ms, roi, partials, on_reversal, each where the bot has it
//   adding  cost, enlarges: the position, whose stop and plan cover it
//   close   closes: the position
//
// Levels of dca stand where they would if the order filled at `price`.
std::string execution_payload(const Trade& trade, const BotConfig& config);

// The same as the member "payload" of an object; an empty text is an empty object.
void add_payload(std::string& json_object, const Trade& trade, const BotConfig& config);

}  // namespace botbox
