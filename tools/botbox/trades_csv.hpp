// The closed trades of a run as CSV (RFC 4180: comma, CRLF, quotes doubled), one per line, by bot
// and time of opening; with a header line. Times are UTC, money is decimal text in quote currency.
#pragma once

#include <string>
#include <vector>

#include "tools/botbox/run_record.hpp"

namespace botbox::cli {

// Columns: bot, symbol, strategy, side, opened_at, closed_at, minutes, quantity, entry, exit,
// value, profit (after fees and funding), fees, funding, return, exit_reason, regime, fills,
// position.
std::string trades_csv(const RunRecord& record, const std::vector<RunTrade>& trades);

}  // namespace botbox::cli
