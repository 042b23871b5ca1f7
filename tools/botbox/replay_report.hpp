// The report of a replay: what the engine decided and what came of it, read back from its own
// records.
//
// Equal runs give equal bytes but for "timing", the last group. Money is decimal text in quote
// currency. The layout (every name is stable):
//
//   engine{version}, from, to, virtual_seconds, bots, cycles, checks, failed_checks
//   lacking_candles[sentence]                  longer series that end before the run; mostly empty
//   signals{generated, accepted, rejected, blocked, by_reason}   blocked ones are accepted ones
//   that the
//                                                                operator's switch held back
//   intents{STATUS: n}, trades{STATUS: n, outcome_unknown}, duplicates{signals, orders}, fills
//   positions{opened, closed, open, by_close_reason}
//   per_bot[{id, symbol, strategy, checks, signals, trades, realised, fees, funding, unrealised,
//            equity, max_drawdown}], by id; trades are those COMPLETED
//   markets{SYMBOL: {first, last, change}}   first open, last close, and the share by which the
//   price
//                                            changed: what buying and holding would have brought
//   total{start_equity, end_equity, realised, fees, funding, unrealised, max_drawdown,
//         max_drawdown_ratio}; funding is what was received, negative when paid
//   statistics{..}                                               tools/botbox/run_statistics.hpp
//   timing{wall_seconds, virtual_per_wall_second, checks_per_wall_second}
//
// duplicates.signals: acceptances beyond the first of one signal id, or of one (bot, candle,
// direction). duplicates.orders: uses of a client order id beyond the first, among all orders of
// all trades, and among those that the exchange took. Both are zero, or the engine has a bug.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "exchange/market/market_feed.hpp"
#include "storage/store.hpp"
#include "tools/botbox/run_record.hpp"

namespace botbox::cli {

// `trades` are run_trades(record).
nlohmann::ordered_json build_report(const RunRecord& record, const std::vector<RunTrade>& trades,
                                    const ReplayFacts& facts);
// The same from a store. Errors: those of read_run.
Result<nlohmann::ordered_json> build_report(const storage::Store& store, exchange::MarketFeed& feed,
                                            const ReplayFacts& facts);

// The report for people: totals, then a table of bots.
std::string report_text(const nlohmann::ordered_json& report);
void print_report(const nlohmann::ordered_json& report);

}  // namespace botbox::cli
