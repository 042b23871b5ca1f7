// Executions of USD-M that are older than what a question without a range of time yields.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "exchange/binance/binance_rest.hpp"

namespace botbox::exchange::usdm {

// The longest range of one question, and the one without any: the last 7 days.
constexpr Duration kTradesRange = std::chrono::hours(7 * 24);

Quantity sum_of(const std::vector<VenueExecution>& executions);

// Goes from `wanted.from` in steps of kTradesRange, a further permit each, until so much is found
// of the order as is known to be filled, or now is reached. Ascending. Where nothing more is found,
// what is known is the answer.
void find_old_trades(const std::shared_ptr<BinanceRest>& rest, const BinanceQuery& about,
                     const ExecutionQuery& wanted, std::vector<VenueExecution> known,
                     Reply<std::vector<VenueExecution>> reply);

}  // namespace botbox::exchange::usdm
